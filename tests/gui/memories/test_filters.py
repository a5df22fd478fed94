"""Saved filters and clauses that are switched off, in the room."""

import json
from collections.abc import Callable

from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from rb_studio.gui.frame import Frame
from rb_studio.gui.rooms.memories.columns import KEYS
from rb_studio.gui.rooms.memories.filters_part import FiltersPart
from rb_studio.gui.rooms.memories.view import MemoriesRoom
from rb_studio.store.saved_filters import saved_filters

MakeRoom = Callable[[Frame], MemoriesRoom]


def part_of(room: MemoriesRoom) -> FiltersPart:
    return next(part for part in room.parts.all if isinstance(part, FiltersPart))


def boxes(part: FiltersPart) -> list[tuple[str, bool]]:
    return [(box.text(), box.isChecked()) for box in part.strip.boxes]


def stored(frame: Frame) -> dict[str, str]:
    return {one.name: one.query for one in saved_filters(frame.session.workspace.reader(), "memories")}


def saved(room: MemoriesRoom, frame: Frame, qtbot: QtBot, name: str, query: str) -> FiltersPart:
    part = part_of(room)
    room.presenter.set_query(query)
    frame.dialogs.texts.append(name)
    frame.registry.action("memory.filter.save").trigger()
    qtbot.waitUntil(lambda: name in {one.name for one in part.views.saved})
    return part


def test_a_clause_is_switched_off_without_being_lost(room: MemoriesRoom, qtbot: QtBot) -> None:
    part = part_of(room)
    assert not part.strip.isVisible()
    everything = len(room.model.ids)
    room.presenter.set_query("state:active state:archived tag:nowhere")
    qtbot.waitUntil(lambda: room.model.ids == [])
    part.strip.boxes[2].click()

    qtbot.waitUntil(lambda: len(room.model.ids) == everything)
    assert boxes(part) == [("state:active", True), ("state:archived", True), ("tag:nowhere", False)]
    assert room.bar.query.text() == "state:active state:archived"
    part.strip.boxes[2].click()
    qtbot.waitUntil(lambda: room.model.ids == [])
    assert room.bar.query.text() == "state:active state:archived tag:nowhere"


def test_clauses_are_handled_by_keyboard(room: MemoriesRoom, frame: Frame, qtbot: QtBot) -> None:
    part = part_of(room)
    room.presenter.set_query("state:active used:>0")
    frame.registry.refresh()
    frame.registry.action("memory.filter.clauses").trigger()
    qtbot.keyClick(part.strip.boxes[0], Qt.Key.Key_Right)
    qtbot.keyClick(part.strip.boxes[1], Qt.Key.Key_Space)
    assert boxes(part) == [("state:active", True), ("used:>0", False)]
    qtbot.keyClick(part.strip.boxes[1], Qt.Key.Key_Delete)
    assert boxes(part) == [("state:active", True)]
    qtbot.keyClick(part.strip.boxes[0], Qt.Key.Key_Delete)

    assert boxes(part) == []
    assert room.bar.query.text() == ""


def test_a_saved_filter_brings_back_query_order_columns_and_what_is_off(
    room: MemoriesRoom, frame: Frame, qtbot: QtBot
) -> None:
    part, header = part_of(room), room.table.header
    room.presenter.set_query("state:active used:>0")
    part.strip.boxes[1].click()
    room.presenter.sort("used", True)
    header.setSectionHidden(KEYS.index("task"), True)
    header.setSectionHidden(KEYS.index("id"), False)
    saved(room, frame, qtbot, "mine", "state:active")
    qtbot.waitUntil(lambda: part.strip.name.text() == "Filter \u201cmine\u201d")
    assert part.strip.back_button.isHidden()

    room.presenter.set_query("other")
    part.forget_off()
    room.presenter.sort("title", False)
    header.setSectionHidden(KEYS.index("task"), False)
    qtbot.waitUntil(lambda: "changed: query, clauses off, order, columns" in part.strip.name.text())
    part.strip.back_button.click()

    qtbot.waitUntil(lambda: part.strip.name.text() == "Filter \u201cmine\u201d")
    assert boxes(part) == [("state:active", True), ("used:>0", False)]
    assert (room.presenter.order, room.presenter.descending) == ("used", True)
    assert header.isSectionHidden(KEYS.index("task"))
    assert not header.isSectionHidden(KEYS.index("id"))


def test_filters_are_chosen_from_a_menu_by_number(room: MemoriesRoom, frame: Frame, qtbot: QtBot) -> None:
    saved(room, frame, qtbot, "first", "state:active")
    part = saved(room, frame, qtbot, "second", "used:>0")
    menu = part.views.menu(room)
    names = [action.text() for action in menu.actions()[:2]]
    assert names == ["&1  first", "&2  second"]
    assert [action.isChecked() for action in menu.actions()[:2]] == [False, True]
    menu.actions()[0].trigger()
    menu.deleteLater()

    assert part.views.active == "first"
    assert room.bar.query.text() == "state:active"


def test_a_filter_is_updated_renamed_and_deleted(room: MemoriesRoom, frame: Frame, qtbot: QtBot) -> None:
    part = saved(room, frame, qtbot, "first", "state:active")
    room.presenter.set_query("state:active used:>0")
    qtbot.waitUntil(lambda: part.strip.update_button.isVisible())
    part.strip.update_button.click()
    qtbot.waitUntil(lambda: stored(frame) == {"first": "state:active used:>0"})
    frame.dialogs.texts.append("other")
    frame.registry.action("memory.filter.rename").trigger()
    qtbot.waitUntil(lambda: stored(frame) == {"other": "state:active used:>0"})
    qtbot.waitUntil(lambda: part.strip.name.text() == "Filter \u201cother\u201d")
    frame.registry.action("memory.filter.delete").trigger()
    qtbot.waitUntil(lambda: stored(frame) == {})
    qtbot.waitUntil(lambda: part.strip.name.text() == "")

    frame.toast.act()
    qtbot.waitUntil(lambda: stored(frame) == {"other": "state:active used:>0"})


def test_a_name_that_is_taken_is_asked_about(room: MemoriesRoom, frame: Frame, qtbot: QtBot) -> None:
    saved(room, frame, qtbot, "first", "state:active")
    part = saved(room, frame, qtbot, "second", "used:>0")
    frame.dialogs.texts.append("first")
    frame.dialogs.answers.append(None)
    frame.registry.action("memory.filter.save").trigger()

    assert "already" in frame.dialogs.asked[-1][0]
    assert stored(frame) == {"first": "state:active", "second": "used:>0"}
    assert part.views.active == "second"


def test_what_is_off_is_there_at_the_next_start(
    make_room: MakeRoom, room: MemoriesRoom, frame: Frame, qtbot: QtBot
) -> None:
    part = saved(room, frame, qtbot, "mine", "state:active used:>0")
    part.strip.boxes[1].click()
    kept = json.loads(json.dumps(room.place_to_keep()))
    part.forget_off()
    part.views.active = ""
    room.restore_place(kept)

    assert part.off == ["used:>0"]
    assert part.views.active == "mine"
