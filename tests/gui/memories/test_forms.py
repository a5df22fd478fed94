"""Recorded attempts and workflows in the editor: a list of steps over one big text."""

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPlainTextEdit
from pytestqt.qtbot import QtBot

from rb_studio.gui.rooms.memories.forms import LESSON
from rb_studio.gui.rooms.memories.view import MemoriesRoom
from rb_studio.records.memory import MemoryItem
from rb_studio.store import banks, curation
from rb_studio.store.items import ItemRow
from tests.gui.memories.test_steps import LISTED, record

Stored = Callable[[], dict[int, ItemRow]]


@pytest.fixture
def open_item(room: MemoriesRoom, qtbot: QtBot) -> Callable[[str, str], int]:
    """Puts an item of a mode into a bank of that mode and opens it in the editor."""

    def make(mode: str, content: str) -> int:
        workspace = room.frame.session.workspace
        bank = workspace.run(lambda db: banks.create_bank(db, mode, mode))
        item = MemoryItem(f"{mode}-1", "A title", "A description", content, mode=mode)
        change = workspace.run(lambda db: curation.add_item(db, bank, item, task_text="a task"))
        found = change.ids["memory_item"][0]
        room.presenter.show_item(found)
        qtbot.waitUntil(lambda: room.side.editor.item_id == found)
        return found

    return make


def lines(room: MemoriesRoom) -> list[str]:
    steps = room.side.editor.content.steps.list
    return [steps.item(place).text() for place in range(steps.count())]


def test_a_recorded_attempt_is_shortened_step_by_step_and_saved(
    room: MemoriesRoom, open_item: Callable[[str, str], int], qtbot: QtBot
) -> None:
    item = open_item("synapse", record(["Look around", "Take a detour \U0001f600", "Press it"]))
    content = room.side.editor.content
    box = content.input
    assert isinstance(box, QPlainTextEdit)
    assert content.steps.isVisible()
    assert not content.steps.up.isVisible()
    assert content.heading.text().replace("&", "") == "Steps as recorded"
    assert content.count.text().endswith("of 16,000 characters")
    content.steps.list.setCurrentRow(2)
    assert box.textCursor().selectedText().startswith("[step 3] Thought: Press it")
    content.steps.list.setCurrentRow(1)
    content.steps.list.setFocus()
    qtbot.keyClick(content.steps.list, Qt.Key.Key_Delete)
    assert "detour" not in content.text()
    assert [line.split(" ")[0] for line in lines(room)] == ["1", "3", "Final"]
    assert room.side.editor.preview.text.toPlainText().count("detour") == 0
    box.undo()
    assert "detour" in content.text()
    box.redo()
    room.verbs.save()

    bank = room.bank()
    assert bank is not None
    from rb_studio.store.items import item as read

    qtbot.waitUntil(lambda: read(room.frame.session.workspace.reader(), bank, item).version == 2)
    stored = read(room.frame.session.workspace.reader(), bank, item)
    assert "detour" not in stored.content
    assert stored.mode == "synapse"


def test_the_steps_of_a_workflow_are_ordered_and_added_with_the_keyboard(
    room: MemoriesRoom, open_item: Callable[[str, str], int], qtbot: QtBot
) -> None:
    open_item("awm", LISTED)
    content = room.side.editor.content
    assert content.steps.up.isVisible()
    content.steps.list.setCurrentRow(2)
    content.steps.list.setFocus()
    qtbot.keyClick(content.steps.list, Qt.Key.Key_Up, Qt.KeyboardModifier.AltModifier)
    assert lines(room) == ["1. Open {report}.", "2. Press Show.", "3. Set the dates: from {start}"]
    assert content.steps.list.currentRow() == 1
    content.steps.add.click()
    assert lines(room)[2] == "3. {what to do}"
    assert content.steps.list.currentRow() == 2

    assert isinstance(content.input, QPlainTextEdit)
    assert content.input.textCursor().selectedText() == "3. {what to do}"
    assert content.steps.count.text() == "4 steps"


def test_the_list_follows_the_place_in_the_text(
    room: MemoriesRoom, open_item: Callable[[str, str], int], qtbot: QtBot
) -> None:
    open_item("awm", LISTED)
    content = room.side.editor.content
    assert isinstance(content.input, QPlainTextEdit)
    cursor = content.input.textCursor()
    cursor.setPosition(LISTED.index("from {start}"))
    content.input.setTextCursor(cursor)

    assert content.steps.list.currentRow() == 1
    assert content.input.textCursor().position() == LISTED.index("from {start}")


def test_a_lesson_has_no_steps_and_a_bank_of_workflows_asks_for_some(
    room: MemoriesRoom, open_item: Callable[[str, str], int], stored: Stored, qtbot: QtBot
) -> None:
    lesson = room.model.ids[0]
    open_item("awm", LISTED)
    qtbot.waitUntil(lambda: room.side.editor._new_form.ordered)
    room.verbs.new_item()
    assert room.side.editor.content.steps.isVisible()
    room.presenter.show_item(lesson)
    qtbot.waitUntil(lambda: room.side.editor.item_id == lesson)
    qtbot.waitUntil(lambda: room.side.editor._new_form is LESSON)

    assert not room.side.editor.content.steps.isVisible()
    assert room.side.editor.content.count.text().endswith("of 120 words")


def test_a_text_that_was_not_touched_is_no_draft_in_any_form(
    room: MemoriesRoom, open_item: Callable[[str, str], int], qtbot: QtBot
) -> None:
    open_item("synapse", record(["one", "two"]).replace("\n", "\r\n"))
    room.side.editor.content.steps.list.setCurrentRow(1)

    assert room.editing.drafts.all == {}
    assert not room.side.editor.save_button.isEnabled()
