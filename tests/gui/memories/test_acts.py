"""Acts on items, by key and command: one step of undo each, and the person stays where they were."""

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from rb_studio.gui.frame import Frame
from rb_studio.gui.rooms.memories.bulk_dialog import BulkDialog
from rb_studio.gui.rooms.memories.merge import MergeDialog
from rb_studio.gui.rooms.memories.tag_dialog import TagDialog
from rb_studio.gui.rooms.memories.view import MemoriesRoom
from rb_studio.store import curation, operations
from rb_studio.store.items import ItemRow

from .conftest import last_label

Stored = Callable[[], dict[int, ItemRow]]


def count_done(frame: Frame) -> int:
    query = "SELECT count(*) FROM operation WHERE scope = 'memories' AND kind = 'do'"
    return int(frame.session.workspace.reader().execute(query).fetchone()[0])


def select_first_two(room: MemoriesRoom) -> None:
    selection = room.table.selectionModel()
    room.table.setCurrentIndex(room.model.index(0, 1))
    selection.select(room.model.index(1, 0), selection.SelectionFlag.Select | selection.SelectionFlag.Rows)


def test_keys_in_the_table_set_states_one_item_after_the_other(
    room: MemoriesRoom, stored: Stored, qtbot: QtBot
) -> None:
    keys = {
        Qt.Key.Key_E: "archived",
        Qt.Key.Key_X: "excluded",
        Qt.Key.Key_C: "candidate",
        Qt.Key.Key_A: "active",
        Qt.Key.Key_Delete: "deleted",
    }
    chosen = room.model.ids[2]
    room.table.choose(chosen)
    with qtbot.waitActive(room):
        room.activateWindow()
        room.table.setFocus()
    for key, state in keys.items():
        qtbot.keyClick(room.table, key)
        qtbot.waitUntil(lambda state=state: stored()[chosen].state == state)


def test_letters_typed_into_a_text_are_texts(room: MemoriesRoom, stored: Stored, qtbot: QtBot) -> None:
    room.table.choose(room.model.ids[0])
    qtbot.waitUntil(lambda: room.side.editor.item_id == room.model.ids[0])
    with qtbot.waitActive(room):
        room.activateWindow()
    room.side.editor.focus_title()
    qtbot.keyClicks(room.side.editor.title.input, "axec")

    assert room.side.editor.title.text().startswith("axec")
    assert {row.state for row in stored().values()} == {"active"}


def test_all_matching_items_are_acted_on_as_one_step_that_undo_takes_back(
    room: MemoriesRoom, stored: Stored, frame: Frame, qtbot: QtBot
) -> None:
    matching = sum(row.polarity == "success" for row in stored().values())
    before = count_done(frame)
    room.presenter.set_query("polarity:success")
    qtbot.waitUntil(lambda: len(room.model.ids) == matching)
    room.verbs.select_all()
    frame.registry.action("memory.state.archived").trigger()
    qtbot.waitUntil(lambda: room.findChild(BulkDialog) is not None)
    room.findChild(BulkDialog).button.click()

    qtbot.waitUntil(lambda: sum(row.state == "archived" for row in stored().values()) == matching)
    assert count_done(frame) == before + 1
    qtbot.waitUntil(lambda: bool(frame.toast.said))
    assert frame.toast.said[-1].startswith(f"Set {matching} memories to archived. Snapshot: before ")
    frame.toast.act()
    qtbot.waitUntil(lambda: all(row.state == "active" for row in stored().values()))


def test_the_toasts_undo_refuses_once_something_else_was_done(
    room: MemoriesRoom, stored: Stored, frame: Frame, qtbot: QtBot
) -> None:
    failures: list[str] = []
    frame.session.failed.connect(failures.append)
    room.table.choose(room.model.ids[0])
    room.verbs.set_state("deleted")
    qtbot.waitUntil(lambda: bool(frame.toast.said))
    frame.session.workspace.run(lambda db: curation.add_tag(db, room.presenter.bank, [room.model.ids[1]], "later"))
    frame.toast.act()

    qtbot.waitUntil(lambda: bool(failures))
    assert "other changes came after" in failures[0]


def test_an_item_that_leaves_the_filter_hands_its_place_to_the_next(room: MemoriesRoom, qtbot: QtBot) -> None:
    room.presenter.set_query("state:active")
    qtbot.waitUntil(lambda: room.bar.query.text() == "state:active" and bool(room.model.ids))
    second, third = room.model.ids[1:3]
    room.table.choose(second)
    room.verbs.set_state("archived")

    qtbot.waitUntil(lambda: second not in room.model.ids)
    assert room.table.current_id() == third
    assert room.table.selected_ids() == [third]


def test_undo_and_redo_are_named_and_the_room_follows(room: MemoriesRoom, frame: Frame, qtbot: QtBot) -> None:
    chosen = room.model.ids[0]
    room.table.choose(chosen)
    room.verbs.set_state("deleted")
    qtbot.waitUntil(lambda: chosen not in room.model.ids)

    assert room.undo_scope() == "memories"
    assert last_label(frame) == "Set 1 memory to deleted"
    frame.session.operate(lambda db: operations.undo(db, "memories"))
    qtbot.waitUntil(lambda: chosen in room.model.ids)
    assert room.table.current_id() is not None


def test_a_tag_goes_on_and_off_through_the_dialog(
    room: MemoriesRoom, stored: Stored, frame: Frame, qtbot: QtBot
) -> None:
    chosen = room.model.ids[0]
    room.table.choose(chosen)
    for button, tags in (("add_button", ("review",)), ("remove_button", ())):
        frame.registry.action("memory.tag").trigger()
        qtbot.waitUntil(lambda: room.findChild(TagDialog) is not None)
        dialog = room.findChild(TagDialog)
        dialog.name.setText(" review ")
        getattr(dialog, button).click()
        qtbot.waitUntil(lambda tags=tags: stored()[chosen].tags == tags)
        qtbot.waitUntil(lambda: room.findChild(TagDialog) is None)


def test_merging_takes_the_chosen_texts_and_goes_to_the_new_item(
    room: MemoriesRoom, stored: Stored, frame: Frame, qtbot: QtBot
) -> None:
    ids = room.model.ids[:2]
    texts = stored()
    select_first_two(room)
    frame.registry.refresh()
    frame.registry.action("memory.merge").trigger()
    qtbot.waitUntil(lambda: room.findChild(MergeDialog) is not None)
    dialog = room.findChild(MergeDialog)
    dialog.choices["content"].setCurrentIndex(1)
    other = dialog.choices["content"].currentData()
    dialog.texts["title"].setPlainText("Merged title")
    foretold = dialog.fate.text()
    dialog.merge_button.click()

    qtbot.waitUntil(lambda: len(stored()) == len(texts) + 1)
    merged = stored()[max(stored())]
    assert (merged.title, merged.content) == ("Merged title", other)
    assert f"from the {merged.used:,} time" in foretold
    assert [stored()[item].state for item in ids] == ["archived", "archived"]
    qtbot.waitUntil(lambda: room.table.current_id() == merged.id)


def test_a_merge_without_a_title_cannot_be_asked_for(room: MemoriesRoom, stored: Stored, qtbot: QtBot) -> None:
    dialog = MergeDialog(list(stored().values())[:2], uses=0)
    qtbot.addWidget(dialog)
    dialog.texts["title"].setPlainText("   ")

    assert not dialog.merge_button.isEnabled()
    assert "title" in dialog.merge_button.toolTip()


def test_rows_are_copied_as_text_a_spreadsheet_takes(room: MemoriesRoom, stored: Stored, qtbot: QtBot) -> None:
    room.verbs.select_all()
    room.table.copy_asked.emit()

    qtbot.waitUntil(lambda: QApplication.clipboard().text().count("\n") == len(room.model.ids) + 1)
    heading, first, *_ = QApplication.clipboard().text().split("\n")
    assert heading.split("\t")[:2] == ["State", "Title"]
    assert first.split("\t")[1] == stored()[room.model.ids[0]].title


def test_a_workspace_open_for_reading_offers_no_act(make_frame, practised, make_room, qtbot: QtBot) -> None:
    from rb_studio.store.workspace import Workspace

    with Workspace.open(practised, write=False) as reading:
        frame = make_frame(reading)
        room = make_room(frame)
        qtbot.waitUntil(lambda: bool(room.model.ids))
        room.table.choose(room.model.ids[0])
        frame.registry.refresh()

        assert not frame.registry.action("memory.state.archived").isEnabled()
        failures: list[str] = []
        frame.session.failed.connect(failures.append)
        room.verbs.set_state("archived")
        assert "reading only" in failures[0]
        room.closing()
        frame.session.close()
