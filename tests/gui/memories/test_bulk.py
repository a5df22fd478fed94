"""Acts on many items: what they would change is told first, a snapshot and one step of undo go with them."""

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from rb_studio.gui.frame import Frame
from rb_studio.gui.rooms.memories.bulk_dialog import BulkDialog, Wish
from rb_studio.gui.rooms.memories.tag_dialog import TagDialog
from rb_studio.gui.rooms.memories.view import MemoriesRoom
from rb_studio.jobs import bulk
from rb_studio.jobs.bulk import Plan
from rb_studio.records.memory import ItemState
from rb_studio.store import curation, snapshots
from rb_studio.store.items import ItemRow

from .conftest import last_label

Stored = Callable[[], dict[int, ItemRow]]


@pytest.fixture
def few_are_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk, "MANY", 2)
    monkeypatch.setattr(bulk.act, "__kwdefaults__", {**bulk.act.__kwdefaults__, "many": 2})


def opened(room: MemoriesRoom, kind: type, qtbot: QtBot) -> object:
    qtbot.waitUntil(lambda: room.findChild(kind) is not None)
    return room.findChild(kind)


def test_all_matching_are_acted_on_after_a_look_and_the_message_names_the_snapshot(
    few_are_many: None, room: MemoriesRoom, frame: Frame, stored: Stored, qtbot: QtBot
) -> None:
    bank, total = room.bank(), len(stored())
    first = next(iter(stored()))
    frame.session.workspace.run(lambda db: curation.set_state(db, bank, [first], ItemState.ARCHIVED))
    room.presenter.refresh()
    room.verbs.select_all()
    frame.registry.action("memory.state.archived").trigger()
    dialog = opened(room, BulkDialog, qtbot)
    assert dialog.what.text().splitlines() == [
        f"Matching: {total} items ({total - 1} active, 1 archived).",
        f"Changing: {total - 1} items.",
        "So already: 1 item.",
    ]
    assert dialog.button.text() == f"Set {total - 1} items to archived"
    assert {row.state for row in stored().values()} == {"active", "archived"}

    qtbot.keyClick(dialog, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: {row.state for row in stored().values()} == {"archived"})
    taken = snapshots.snapshots(frame.session.workspace.reader(), bank)[-1]
    assert taken.automatic
    qtbot.waitUntil(lambda: any(taken.name in said for said in frame.toast.said))
    frame.toast.act()
    qtbot.waitUntil(lambda: sum(row.state == "active" for row in stored().values()) == total - 1)


def test_esc_changes_nothing_and_what_is_so_already_asks_nothing(
    few_are_many: None, room: MemoriesRoom, frame: Frame, stored: Stored, qtbot: QtBot
) -> None:
    before = last_label(frame)
    room.verbs.select_all()
    room.verbs.set_state(ItemState.DELETED)
    dialog = opened(room, BulkDialog, qtbot)
    qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: room.findChild(BulkDialog) is None)
    room.verbs.set_state(ItemState.ACTIVE)
    qtbot.waitUntil(lambda: any("so already" in said for said in frame.toast.said))
    assert last_label(frame) == before
    assert room.findChild(BulkDialog) is None


def test_a_tag_on_many_is_told_first(
    few_are_many: None, room: MemoriesRoom, frame: Frame, stored: Stored, qtbot: QtBot
) -> None:
    room.verbs.select_all()
    frame.registry.action("memory.tag").trigger()
    asked = opened(room, TagDialog, qtbot)
    asked.name.setText("kept")
    asked.add_button.click()
    dialog = opened(room, BulkDialog, qtbot)
    assert dialog.button.text() == f"Tag {len(stored())} items as “kept”"
    dialog.button.click()
    qtbot.waitUntil(lambda: all("kept" in row.tags for row in stored().values()))


def test_what_is_spared_is_told_by_the_numbers(qtbot: QtBot) -> None:
    every, doubted = Plan(30, 30, {"candidate": 30}, ()), Plan(20, 20, {"candidate": 20}, ())
    dialog = BulkDialog(Wish("Accept"), every, spare=("Leave the 10 in doubt waiting", doubted))
    qtbot.addWidget(dialog)
    said: list[bool] = []
    dialog.confirmed.connect(said.append)
    assert dialog.button.text() == "Accept 20 items"
    dialog.spared.setChecked(False)
    assert dialog.button.text() == "Accept 30 items"
    dialog.button.click()
    assert said == [False]
