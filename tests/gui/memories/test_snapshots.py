"""Snapshots in the room: what differs between any two points, and what can be done with one."""

from collections.abc import Callable

import pytest
from pytestqt.qtbot import QtBot

from rb_studio.gui.frame import Frame
from rb_studio.gui.rooms.memories import part_set
from rb_studio.gui.rooms.memories.parts import Part
from rb_studio.gui.rooms.memories.points import Points
from rb_studio.gui.rooms.memories.snapshots_panel import SnapshotsPanel
from rb_studio.gui.rooms.memories.snapshots_part import SnapshotsPart
from rb_studio.gui.rooms.memories.view import MemoriesRoom
from rb_studio.records.item_text import ItemText
from rb_studio.store import banks, curation, snapshots
from rb_studio.store.items import ItemRow

Stored = Callable[[], dict[int, ItemRow]]


class Listening(Part):
    """Takes both kinds of pairs."""

    def __init__(self, room: MemoriesRoom) -> None:
        self.compared: list[Points] = []
        self.tested: list[Points] = []

    def compare_answers(self, points: Points) -> None:
        self.compared.append(points)

    def test_curation(self, points: Points) -> None:
        self.tested.append(points)


def not_listening() -> tuple[object, ...]:
    """The room's parts without those that take pairs themselves."""
    takers = ("compare_answers", "test_curation")
    return tuple(part for part in part_set.PARTS if not any(hasattr(part, name) for name in takers))


def do(frame: Frame, act: Callable[..., object]) -> None:
    frame.session.workspace.run(act)


def curated(room: MemoriesRoom, frame: Frame) -> list[int]:
    """Two snapshots, and changes before, between and after them."""
    bank, ids = room.bank(), room.model.ids[:3]
    do(frame, lambda db: snapshots.take_snapshot(db, bank, "first", reason="before anything"))
    do(frame, lambda db: curation.set_state(db, bank, ids[:2], "archived"))
    do(frame, lambda db: snapshots.take_snapshot(db, bank, "by itself", automatic=True, reason="bulk"))
    do(frame, lambda db: curation.edit_item(db, bank, ids[2], ItemText("Another title", "short", "text")))
    do(frame, lambda db: curation.add_tag(db, bank, [ids[2]], "odd"))
    return ids


def shown(room: MemoriesRoom, frame: Frame, qtbot: QtBot) -> SnapshotsPanel:
    frame.registry.action("memory.snapshots").trigger()
    panel = next(part for part in room.parts.all if isinstance(part, SnapshotsPart)).panel
    qtbot.waitUntil(lambda: not frame.session._awaited)
    return panel


def rows(panel: SnapshotsPanel) -> list[tuple[str, str, str]]:
    found = [panel.list.topLevelItem(place) for place in range(panel.list.topLevelItemCount())]
    return [(row.text(0), row.text(2), row.text(3)) for row in found]


def changes(panel: SnapshotsPanel) -> list[str]:
    return [panel.changes.topLevelItem(place).text(1) for place in range(panel.changes.topLevelItemCount())]


def test_snapshots_are_listed_with_their_reason_and_their_distance(
    room: MemoriesRoom, frame: Frame, qtbot: QtBot
) -> None:
    curated(room, frame)
    panel = shown(room, frame, qtbot)

    qtbot.waitUntil(
        lambda: (
            rows(panel)
            == [("by itself", "1", "automatic \u00b7 bulk"), ("first", "3", "by hand \u00b7 before anything")]
        )
    )
    assert panel.list.topLevelItem(0).font(0).italic()
    assert not panel.list.topLevelItem(1).font(0).italic()


def test_any_two_points_are_compared_item_by_item_and_word_by_word(
    room: MemoriesRoom, frame: Frame, qtbot: QtBot
) -> None:
    ids = curated(room, frame)
    panel = shown(room, frame, qtbot)
    qtbot.waitUntil(lambda: changes(panel) == ["texts, +odd"])
    assert "Another" in panel.diff.toPlainText()
    assert panel.what.text() == "From \u201cby itself\u201d to now: 1 with other texts, 1 with other tags."

    panel.other.setCurrentIndex(panel.other.findData("first"))
    panel.other.activated.emit(panel.other.currentIndex())
    qtbot.waitUntil(lambda: changes(panel) == ["active \u2192 archived"] * 2)
    assert panel.what.text().startswith("From \u201cfirst\u201d to \u201cby itself\u201d: 2 in another state")

    frame.registry.action("memory.snapshot.items").trigger()
    qtbot.waitUntil(lambda: sorted(room.model.ids) == sorted(ids[:2]))


def test_rolling_back_says_what_it_does_and_is_one_step(
    room: MemoriesRoom, stored: Stored, frame: Frame, qtbot: QtBot
) -> None:
    curated(room, frame)
    before = {item: row.title for item, row in stored().items()}
    panel = shown(room, frame, qtbot)
    qtbot.waitUntil(lambda: panel.list.topLevelItemCount() == 2)
    panel.choose("first")
    frame.dialogs.answers += [None, "Roll back"]
    panel.back_button.click()
    qtbot.waitUntil(lambda: bool(frame.dialogs.asked))
    assert frame.dialogs.asked[-1][1].startswith(
        "1 get their earlier texts, 2 their earlier state, 1 their earlier tags"
    )
    assert {item: row.title for item, row in stored().items()} == before

    panel.back_button.click()
    qtbot.waitUntil(lambda: {row.state for row in stored().values()} == {"active"})
    assert not any(row.tags for row in stored().values() if "odd" in row.tags)
    qtbot.waitUntil(lambda: frame.toast.act is not None)
    frame.toast.act()
    qtbot.waitUntil(lambda: {item: row.title for item, row in stored().items()} == before)
    assert [row.state for row in stored().values()].count("archived") == 2


def test_going_back_without_a_difference_asks_nothing(room: MemoriesRoom, frame: Frame, qtbot: QtBot) -> None:
    do(frame, lambda db: snapshots.take_snapshot(db, room.bank(), "same"))
    panel = shown(room, frame, qtbot)
    qtbot.waitUntil(lambda: panel.chosen() is not None)
    panel.back_button.click()

    qtbot.waitUntil(lambda: bool(frame.toast.said))
    assert frame.toast.said == ["Nothing to change: the bank is as it was at \u201csame\u201d."]
    assert not frame.dialogs.asked


def test_a_snapshot_is_taken_renamed_and_deleted_by_keyboard(room: MemoriesRoom, frame: Frame, qtbot: QtBot) -> None:
    from PySide6.QtCore import Qt

    panel = shown(room, frame, qtbot)
    assert "No snapshot yet" in panel.what.text()
    frame.dialogs.texts += ["one", "other"]
    frame.registry.action("memory.snapshot").trigger()
    qtbot.waitUntil(lambda: [row[0] for row in rows(panel)] == ["one"])
    qtbot.keyClick(panel.list, Qt.Key.Key_F2)
    qtbot.waitUntil(lambda: [row[0] for row in rows(panel)] == ["other"])
    frame.dialogs.answers.append("Delete")
    qtbot.keyClick(panel.list, Qt.Key.Key_Delete)

    qtbot.waitUntil(lambda: rows(panel) == [])
    assert "\u201cother\u201d deleted" in frame.toast.said[-1]


def test_a_fork_starts_as_the_chosen_snapshot(room: MemoriesRoom, frame: Frame, qtbot: QtBot) -> None:
    curated(room, frame)
    panel = shown(room, frame, qtbot)
    qtbot.waitUntil(lambda: panel.list.topLevelItemCount() == 2)
    panel.choose("first")
    frame.dialogs.texts.append("branch")
    frame.registry.action("memory.snapshot.fork").trigger()
    qtbot.waitUntil(lambda: any("branch" in said for said in frame.toast.said))
    frame.toast.act()
    qtbot.waitUntil(lambda: room.presenter.bank_name == "branch")
    conn = frame.session.workspace.reader()
    made = banks.find_bank(conn, "branch")

    assert made is not None
    assert made.parent_op == snapshots.point(conn, made.parent_bank, "first")
    qtbot.waitUntil(lambda: "No snapshot yet" in panel.what.text())


def test_pairs_go_to_the_parts_that_take_them_and_else_the_reason_is_said(
    make_room: Callable[[Frame], MemoriesRoom], frame: Frame, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(part_set, "PARTS", not_listening())
    alone = make_room(frame)
    qtbot.waitUntil(lambda: bool(alone.model.ids))
    assert not frame.registry.action("memory.snapshot.test").isEnabled()
    assert "No part" in frame.registry.command("memory.snapshot.test").why()
    assert "No part" in frame.registry.command("memory.snapshot.whatif").why()


def test_a_part_that_listens_is_told_the_pair(
    make_room: Callable[[Frame], MemoriesRoom], frame: Frame, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(part_set, "PARTS", (*not_listening(), Listening))
    room = make_room(frame)
    qtbot.waitUntil(lambda: bool(room.model.ids))
    assert "choose one" in frame.registry.command("memory.snapshot.test").why()
    curated(room, frame)
    panel = shown(room, frame, qtbot)
    qtbot.waitUntil(lambda: frame.registry.action("memory.snapshot.test").isEnabled())
    frame.registry.action("memory.snapshot.test").trigger()
    frame.registry.action("memory.snapshot.whatif").trigger()
    listening = room.parts.all[-1]

    assert isinstance(listening, Listening)
    assert listening.tested == listening.compared == [panel.points()]
    assert listening.tested[0].before == "by itself"
    assert listening.tested[0].after_operation is None
