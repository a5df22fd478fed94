"""Editing: nothing typed is lost, every save is a version, the preview is what will be injected."""

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from rb_studio.gui.frame import Frame
from rb_studio.gui.rooms.memories.fields import TextField
from rb_studio.gui.rooms.memories.view import MemoriesRoom
from rb_studio.method.prompts import PromptSet
from rb_studio.method.retrieve import memory_block
from rb_studio.records.item_text import ItemText
from rb_studio.store import banks, curation
from rb_studio.store.items import ItemRow

Stored = Callable[[], dict[int, ItemRow]]


@pytest.fixture
def editing(room: MemoriesRoom, qtbot: QtBot) -> MemoriesRoom:
    """The room with its first item in the editor."""
    room.table.choose(room.model.ids[0])
    qtbot.waitUntil(lambda: room.side.editor.item_id == room.model.ids[0])
    return room


def go_to(room: MemoriesRoom, qtbot: QtBot, item_id: int) -> None:
    room.table.choose(item_id)
    qtbot.waitUntil(lambda: room.side.editor.item_id == item_id)


def type_title(room: MemoriesRoom, text: str) -> None:
    room.side.editor.title.input.setText(text)


def test_a_draft_survives_going_elsewhere_and_its_row_is_marked(editing: MemoriesRoom, qtbot: QtBot) -> None:
    first, second = editing.model.ids[:2]
    type_title(editing, "My own title")
    go_to(editing, qtbot, second)
    assert editing.side.editor.title.text() != "My own title"
    assert "1 draft" in editing.bar.count.text()

    go_to(editing, qtbot, first)
    assert editing.side.editor.title.text() == "My own title"
    assert editing.side.editor.save_button.isEnabled()


def test_saving_makes_a_version_with_reason_and_author(editing: MemoriesRoom, stored: Stored, qtbot: QtBot) -> None:
    item = editing.model.ids[0]
    before = stored()[item]
    type_title(editing, "Better")
    editing.side.editor.reason.setText("clearer")
    editing.side.editor.author.setText("ada")
    editing.frame.registry.refresh()
    editing.frame.registry.action("memory.save").trigger()

    qtbot.waitUntil(lambda: stored()[item].title == "Better")
    assert stored()[item].version == before.version + 1
    assert stored()[item].content == before.content
    qtbot.waitUntil(lambda: editing.side.history.list.topLevelItemCount() == 3)
    newest = editing.side.history.list.topLevelItem(0)
    assert [newest.text(column) for column in (0, 2, 3)] == ["version 2", "ada", "clearer"]
    assert editing.editing.drafts.all == {}
    assert editing.side.editor.reason.text() == ""


def test_texts_that_were_not_touched_keep_their_line_ends(room: MemoriesRoom, stored: Stored, qtbot: QtBot) -> None:
    item = room.model.ids[0]
    text = ItemText("Title", "one\r\ntwo", "a\u2028b")
    room.frame.session.operate(lambda db: curation.edit_item(db, room.presenter.bank, item, text))
    qtbot.waitUntil(lambda: stored()[item].title == "Title")
    go_to(room, qtbot, item)
    qtbot.waitUntil(lambda: room.side.editor.title.text() == "Title")
    assert room.editing.drafts.all == {}
    type_title(room, "Other")
    room.verbs.save()

    qtbot.waitUntil(lambda: stored()[item].title == "Other")
    assert (stored()[item].description, stored()[item].content) == ("one\r\ntwo", "a\u2028b")


def test_the_preview_is_the_block_a_run_would_inject(editing: MemoriesRoom, stored: Stored, qtbot: QtBot) -> None:
    type_title(editing, "Typed just now")
    row = stored()[editing.model.ids[0]]
    conn = editing.frame.session.workspace.reader()
    value = banks.bank_value(conn, editing.presenter.bank, embedder="")
    experience = next(one for one in value.experiences if one.uid == row.experience_uid)
    expected = memory_block(experience.active_items, PromptSet.with_overrides()).replace(row.title, "Typed just now", 1)

    assert editing.side.editor.preview.text.toPlainText() == expected
    assert "about" in editing.side.editor.preview.heading.text()


def test_an_inactive_item_is_said_not_to_be_injected(editing: MemoriesRoom, qtbot: QtBot) -> None:
    editing.verbs.set_state("excluded")

    preview = editing.side.editor.preview
    qtbot.waitUntil(lambda: "Not injected while it is excluded" in preview.note.text())


def test_an_empty_title_is_a_draft_that_cannot_be_saved(editing: MemoriesRoom) -> None:
    type_title(editing, " ")

    assert editing.verbs.has_draft()
    assert not editing.side.editor.save_button.isEnabled()
    assert "title" in editing.side.editor.save_button.toolTip()


def test_a_long_text_is_called_long_and_nothing_is_cut(editing: MemoriesRoom) -> None:
    words = "word " * 130
    editing.side.editor.content.input.setPlainText(words)

    assert editing.side.editor.content.count.text() == "\u26a0 long: 130 of 120 words"
    assert editing.side.editor.now().text.content == words


def test_a_change_under_a_draft_is_told_and_neither_text_is_lost(
    editing: MemoriesRoom, stored: Stored, qtbot: QtBot
) -> None:
    item = editing.model.ids[0]
    type_title(editing, "Mine")
    other = ItemText("Theirs", "d", "c")
    editing.frame.session.operate(lambda db: curation.edit_item(db, editing.presenter.bank, item, other))

    qtbot.waitUntil(lambda: "Version 2 was stored" in editing.side.editor.banner_text.text())
    assert editing.side.editor.title.text() == "Mine"
    assert stored()[item].title == "Theirs"
    editing.verbs.discard()
    qtbot.waitUntil(lambda: editing.side.editor.title.text() == "Theirs")


def test_an_earlier_version_is_restored_as_a_new_one(editing: MemoriesRoom, stored: Stored, qtbot: QtBot) -> None:
    item = editing.model.ids[0]
    before = stored()[item].title
    type_title(editing, "Worse")
    editing.verbs.save()
    history = editing.side.history
    qtbot.waitUntil(lambda: history.list.topLevelItemCount() == 3)
    history.list.setCurrentItem(history.list.topLevelItem(2))
    assert history.heading.text().startswith("Version 1 by ")
    assert " and now: " in history.heading.text()
    assert "[" in history.diff.toPlainText()
    history.restore_button.click()

    qtbot.waitUntil(lambda: stored()[item].title == before)
    assert stored()[item].version == 3


def test_a_new_item_is_kept_while_it_is_written_and_shown_once_saved(
    editing: MemoriesRoom, stored: Stored, qtbot: QtBot
) -> None:
    editing.frame.registry.action("memory.new").trigger()
    type_title(editing, "Written by hand")
    go_to(editing, qtbot, editing.model.ids[1])
    assert "new item begun" in editing.bar.count.text()
    editing.verbs.new_item()
    assert editing.side.editor.title.text() == "Written by hand"
    editing.side.editor.content.input.setPlainText("Do this.")
    editing.side.editor.task.input.setPlainText("A task about mugs")
    editing.side.editor.author.setText("ada")
    editing.verbs.save()

    qtbot.waitUntil(lambda: any(row.title == "Written by hand" for row in stored().values()))
    added = next(row for row in stored().values() if row.title == "Written by hand")
    qtbot.waitUntil(lambda: editing.side.editor.item_id == added.id)
    assert editing.editing.detail is not None
    assert editing.editing.detail.experience.task_text == "A task about mugs"
    assert {entry.who for entry in editing.editing.detail.history} == {"ada"}
    assert editing.editing.drafts.all == {}


def test_a_click_on_the_current_row_leaves_the_new_item_for_it(editing: MemoriesRoom, qtbot: QtBot) -> None:
    editing.verbs.new_item()
    type_title(editing, "Begun")
    where = editing.table.visualRect(editing.table.currentIndex()).center()
    qtbot.mouseClick(editing.table.viewport(), Qt.MouseButton.LeftButton, pos=where)

    qtbot.waitUntil(lambda: editing.side.editor.item_id == editing.model.ids[0])
    editing.verbs.new_item()
    go_to(editing, qtbot, editing.model.ids[0])


def test_saving_by_key_is_offered_as_soon_as_the_new_item_is_whole(editing: MemoriesRoom) -> None:
    save = editing.frame.registry.action("memory.save")
    editing.verbs.new_item()
    type_title(editing, "Begun")
    assert not save.isEnabled()
    editing.side.editor.content.input.setPlainText("Whole")
    assert save.isEnabled()
    type_title(editing, "")
    assert not save.isEnabled()


def test_the_first_item_begins_the_users_own_bank(make_room, empty_frame: Frame, qtbot: QtBot) -> None:
    room = make_room(empty_frame)
    qtbot.waitUntil(lambda: room.panes.middle.currentIndex() == 1)
    room.verbs.new_item()
    type_title(room, "First")
    room.side.editor.content.input.setPlainText("Content")
    room.verbs.save()

    qtbot.waitUntil(lambda: len(room.model.ids) == 1)
    assert room.presenter.bank_name == "reasoningbank"
    assert room.panes.middle.currentIndex() == 0


def test_a_field_gives_back_what_was_stored_until_it_is_typed_in(qtbot: QtBot) -> None:
    field = TextField("description", "Description", 3)
    qtbot.addWidget(field)
    field.load("a\r\nb", "a\r\nb")
    assert field.text() == "a\r\nb"
    field.input.setPlainText("a\nb\nc")

    assert field.text() == "a\nb\nc"


def test_any_two_versions_are_compared_and_their_authors_told(
    editing: MemoriesRoom, frame: Frame, stored: Stored, qtbot: QtBot
) -> None:
    item, bank = editing.model.ids[0], editing.bank()
    assert bank is not None
    for number, who in ((2, "ada"), (3, "grace"), (4, "edsger")):
        text = ItemText("T", f"word{number}", "c")
        frame.session.workspace.run(lambda db, text=text, who=who: curation.edit_item(db, bank, item, text, who=who))
    editing.editing.refresh()
    history = editing.side.history
    qtbot.waitUntil(lambda: history.other.count() == 5)
    history.compare(3, 2)
    assert history.heading.text().startswith("Version 2 by ada and version 3 by grace")
    assert "[word2]word3" in history.diff.toPlainText()
    history.compare(2, 3)
    assert "[word2]word3" in history.diff.toPlainText()
    history.compare(3, None)
    assert "[word3]word4" in history.diff.toPlainText()
    history.compare(4, 4)
    assert history.heading.text() == "Version 4 by edsger: the same texts as version 4 by edsger"
    assert not history.restore_button.isEnabled()
    history.compare(2, 3)
    editing.editing.refresh()
    qtbot.waitUntil(lambda: editing.frame.session.idle)

    assert history.other.currentData() == 3
    assert history.restore_button.isEnabled()
