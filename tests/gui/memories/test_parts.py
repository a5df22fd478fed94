"""A panel of its own needs nothing of the room but its class among the parts."""

import json
from collections.abc import Mapping
from typing import Any

import pytest
from PySide6.QtWidgets import QLabel, QWidget
from pytestqt.qtbot import QtBot

from rb_studio.gui.commands.binding import Binding, bind
from rb_studio.gui.commands.declared import Declared
from rb_studio.gui.commands.registry import Command
from rb_studio.gui.frame import Frame
from rb_studio.gui.rooms.memories import part_set
from rb_studio.gui.rooms.memories.parts import Part, Tab
from rb_studio.gui.rooms.memories.slow import Slow
from rb_studio.gui.rooms.memories.view import MemoriesRoom
from rb_studio.store.changes import ChangeRecord

OFFERED = (Declared("memory.counting", "Count", "Memory", "Q", "", 3),)


class Counting(Part):
    """Writes down what it is told."""

    tab = Tab("tools", "counting", "Counting")

    def __init__(self, room: MemoriesRoom) -> None:
        self.label = QLabel("counted")
        self.told: list[object] = []
        self._side = room.side

    def widget(self) -> QWidget:
        return self.label

    def commands(self) -> list[Command]:
        def show() -> None:
            self._side.show_tab("counting")

        return bind(OFFERED, "memories", {"memory.counting": Binding(show)})

    def connect(self, room: MemoriesRoom) -> None:
        self.told.append("connected")

    def changed(self, change: ChangeRecord) -> None:
        self.told.append(change.label)

    def bank_shown(self, bank: int | None) -> None:
        self.told.append(("bank", bank))

    def item_shown(self, detail: Any) -> None:
        self.told.append(("item", detail.row.id if detail else None))

    def place_to_keep(self) -> dict[str, Any]:
        return {"told": 3}

    def restore_place(self, kept: Mapping[str, Any]) -> None:
        self.told.append(kept["told"])

    def closing(self) -> None:
        self.told.append("closed")


@pytest.fixture
def counting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(part_set, "PARTS", (*part_set.PARTS, Counting))


def test_a_part_is_shown_told_and_kept(counting: None, make_room: Any, frame: Frame, qtbot: QtBot) -> None:
    room = make_room(frame)
    part = room.parts.all[-1]
    qtbot.waitUntil(lambda: bool(room.model.ids))
    room.table.choose(room.model.ids[0])
    qtbot.waitUntil(lambda: ("item", room.model.ids[0]) in part.told)
    frame.registry.action("memory.counting").trigger()
    assert room.side.current_panel() is part.label
    assert part.label.isVisible()
    room.verbs.set_state("archived")
    qtbot.waitUntil(lambda: any("rchive" in str(one) for one in part.told))

    kept = json.loads(json.dumps(room.place_to_keep()))
    room.side.show_tab("item")
    room.restore_place(kept)
    assert part.told[0] == "connected"
    assert ("bank", room.bank()) in part.told
    assert part.told[-1] == 3
    assert room.side.current_tab() == "counting"


def test_the_side_turns_between_the_item_and_the_tools(room: MemoriesRoom, frame: Frame) -> None:
    room.side.show_tab("history")
    frame.registry.action("memory.tools").trigger()
    assert room.side.current_tab() == "what if"
    room.side.show_tab("duplicates")
    frame.registry.action("memory.tools").trigger()
    assert room.side.current_tab() == "history"
    frame.registry.action("memory.tools").trigger()
    assert room.side.current_tab() == "duplicates"


def test_a_place_kept_by_number_or_of_a_part_that_is_gone_is_no_trouble(room: MemoriesRoom) -> None:
    room.restore_place({"tab": 2, "parts": {"gone": {}}})
    room.restore_place({"tab": "gone", "parts": []})

    assert room.side.current_tab() == "item"


def test_what_is_declared_and_what_is_bound_must_be_the_same() -> None:
    with pytest.raises(ValueError, match=r"memory\.counting, memory\.other"):
        bind(OFFERED, "memories", {"memory.other": Binding(lambda: None)})


def test_every_panel_is_in_the_menu_beside_the_tabs(room: MemoriesRoom) -> None:
    actions = room.side._menu.actions()
    names = [action.data() for action in actions]
    assert names[:3] == ["item", "origin", "history"]
    assert {"what if", "duplicates", "audit"} <= set(names)
    next(action for action in actions if action.data() == "audit").trigger()

    assert room.side.current_tab() == "audit"


def test_what_a_timer_asks_for_after_closing_is_not_begun(qtbot: QtBot) -> None:
    begun: list[str] = []
    slow = Slow()
    slow.close()
    slow.run("late", lambda _ticket: begun.append("late"), begun.append, begun.append)

    assert begun == []
    assert not slow.busy("late")
    slow.deleteLater()
