"""The trash: deleted items come back as they were; emptying tells what goes and asks for a number."""

from collections.abc import Callable

import pytest
from PySide6.QtCore import QPoint, Qt
from pytestqt.qtbot import QtBot

from rb_studio.gui.frame import Frame
from rb_studio.gui.rooms.memories.trash_dialog import ONLY, EmptyTrashDialog, going_lines, markup, staying
from rb_studio.gui.rooms.memories.trash_part import TrashPart
from rb_studio.gui.rooms.memories.trash_reads import Bin, Deleted
from rb_studio.gui.rooms.memories.view import MemoriesRoom
from rb_studio.records.memory import ItemState
from rb_studio.store import curation, operations, snapshots
from rb_studio.store.items import ItemRow
from rb_studio.store.trash import Trash

from .conftest import last_label

Stored = Callable[[], dict[int, ItemRow]]


@pytest.fixture
def deleted(room: MemoriesRoom, frame: Frame, stored: Stored, qtbot: QtBot) -> list[int]:
    """Three deleted items, one of them excluded before; a snapshot still shows the third."""
    ids = list(stored())[:3]
    bank, run = room.bank(), frame.session.workspace.run
    run(lambda db: curation.set_state(db, bank, ids[:2], ItemState.DELETED))
    run(lambda db: snapshots.take_snapshot(db, bank, "kept"))
    run(lambda db: curation.set_state(db, bank, [ids[2]], ItemState.EXCLUDED))
    run(lambda db: curation.set_state(db, bank, [ids[2]], ItemState.DELETED))
    run(lambda db: snapshots.take_snapshot(db, bank, "after"))
    return ids


@pytest.fixture
def shown(deleted: list[int], room: MemoriesRoom, frame: Frame, qtbot: QtBot) -> TrashPart:
    frame.registry.action("memory.trash").trigger()
    part = next(part for part in room.parts.all if isinstance(part, TrashPart))
    qtbot.waitUntil(lambda: part.panel.model.rowCount() == len(deleted))
    return part


def ask(room: MemoriesRoom, frame: Frame, qtbot: QtBot) -> EmptyTrashDialog:
    frame.registry.action("memory.trash.empty").trigger()
    qtbot.waitUntil(lambda: room.findChild(EmptyTrashDialog) is not None)
    return room.findChild(EmptyTrashDialog)


def test_the_trash_says_what_is_in_it_and_what_must_stay(shown: TrashPart, deleted: list[int]) -> None:
    panel = shown.panel
    assert panel.isVisible()
    assert panel.status.text().startswith("3 items deleted; ")
    assert panel.model.rows()[0].id == deleted[2]
    assert "snapshot kept" in panel.model.rows()[0].why


def test_restored_items_are_as_they_were_before_in_one_step(
    shown: TrashPart, deleted: list[int], frame: Frame, stored: Stored, qtbot: QtBot
) -> None:
    shown.panel.table.selectAll()
    shown.panel.table.setFocus()
    qtbot.keyClick(shown.panel.table, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: [stored()[item].state for item in deleted] == ["active", "active", "excluded"])
    assert last_label(frame) == "Restore 3 memories"
    qtbot.waitUntil(lambda: shown.panel.model.rowCount() == 0)
    assert "Nothing is deleted" in shown.panel.status.text()
    frame.session.operate(lambda db: operations.undo(db, curation.SCOPE))
    qtbot.waitUntil(lambda: shown.panel.model.rowCount() == 3)


def test_emptying_needs_the_number_and_enter_cancels(
    shown: TrashPart, deleted: list[int], room: MemoriesRoom, frame: Frame, stored: Stored, qtbot: QtBot
) -> None:
    dialog = ask(room, frame, qtbot)
    count = len(dialog._ids)
    text = dialog.what.toPlainText()
    assert "What goes" in text
    assert "What stays" in text
    assert "snapshot kept of" in text
    assert stored()[deleted[0]].title in text
    assert dialog.cancel.isDefault()
    for typed in ("", "9", "yes"):
        dialog.number.setText(typed)
        assert not dialog.button.isEnabled()
    qtbot.keyClick(dialog, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: room.findChild(EmptyTrashDialog) is None)
    assert set(deleted) <= set(stored())

    dialog = ask(room, frame, qtbot)
    dialog.number.setText(str(count))
    qtbot.mouseClick(dialog.button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not {deleted[0], deleted[1]} & set(stored()))
    assert deleted[2] in stored()
    qtbot.waitUntil(lambda: shown.panel.model.rowCount() == 1)
    assert not shown.panel.empty_button.isEnabled()
    assert frame.toast.said[-1] == f"Erase {count} memories: done, for good."


def test_nothing_to_erase_says_so(room: MemoriesRoom, frame: Frame, qtbot: QtBot) -> None:
    frame.registry.action("memory.trash.empty").trigger()
    qtbot.waitUntil(lambda: frame.toast.said[-1:] == ["The trash of this bank is empty."])
    assert room.findChild(EmptyTrashDialog) is None


def test_deleted_items_can_be_seen_in_the_table(
    shown: TrashPart, deleted: list[int], room: MemoriesRoom, qtbot: QtBot
) -> None:
    shown.panel.list_button.click()
    qtbot.waitUntil(lambda: sorted(room.model.ids) == sorted(deleted))


def test_the_dialog_tells_all_of_it_and_fits_a_small_window(room: MemoriesRoom, qtbot: QtBot) -> None:
    found = Trash((1, 2, 3), {3: "bank other has it in use"}, 4, ("before a", "before b"), (7,))
    assert list(going_lines(found)) == [
        "2 items: every version of the texts, tags, notes, and the vectors of the texts.",
        "4 steps of undo or redo that only these are about.",
        "Their place in the automatic snapshots: before a, before b.",
        "Their texts in the results of the run that learned them: 7.",
    ]
    assert list(staying(found.kept)) == ["1 item in the trash: bank other has it in use."]
    rows = (Deleted(1, "<b>evil</b>", "", "", ""), Deleted(2, "b", "", "", ""), Deleted(3, "c", "", "", "why"))
    assert "&lt;b&gt;evil" in markup(Bin(found, rows))
    room.resize(800, 560)
    dialog = EmptyTrashDialog(Bin(found, rows), "main", room)
    dialog.open()
    assert ONLY in [label.text()[2:] for label in dialog.findChildren(type(room.bar.count))]
    assert dialog.width() <= 800
    for widget in (dialog.number, dialog.button, dialog.cancel):
        corner = widget.mapTo(dialog, QPoint(widget.width(), widget.height()))
        assert corner.x() <= dialog.width()
        assert corner.y() <= dialog.height()
    dialog.reject()
