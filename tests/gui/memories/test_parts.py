"""A panel of its own needs nothing of the room but its class among the parts."""

import json
import re
from collections.abc import Mapping
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QWidget
from pytestqt.qtbot import QtBot
from shiboken6 import dump

from rb_studio.gui.commands.binding import Binding, bind
from rb_studio.gui.commands.declared import Declared
from rb_studio.gui.commands.registry import Command
from rb_studio.gui.frame import Frame
from rb_studio.gui.rooms.memories import part_set
from rb_studio.gui.rooms.memories.parts import PanelPart, Tab
from rb_studio.gui.rooms.memories.slow import Slow
from rb_studio.gui.rooms.memories.view import MemoriesRoom
from rb_studio.store.changes import ChangeRecord

OFFERED = (Declared("memory.counting", "Count", "Memory", "Q", "", 3),)


class Counting(PanelPart[QLabel]):
    """Writes down what it is told."""

    tab = Tab("tools", "counting", "Counting")

    def __init__(self, room: MemoriesRoom) -> None:
        super().__init__(room)
        self.told: list[object] = []
        self._side = room.side

    def make(self) -> QLabel:
        self.told.append("made")
        return QLabel("counted")

    def commands(self) -> list[Command]:
        def show() -> None:
            self._side.show_tab("counting")

        return bind(OFFERED, "memories", {"memory.counting": Binding(show)})

    def joined(self) -> None:
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
    frame.registry.action("memory.counting").trigger()
    assert room.side.current_panel() is part.panel
    assert part.panel.isVisible()
    room.table.choose(room.model.ids[0])
    qtbot.waitUntil(lambda: ("item", room.model.ids[0]) in part.told)
    room.verbs.set_state("archived")
    qtbot.waitUntil(lambda: any("rchive" in str(one) for one in part.told))

    kept = json.loads(json.dumps(room.place_to_keep()))
    room.side.show_tab("item")
    room.restore_place(kept)
    assert part.told[:2] == ["connected", "made"]
    assert ("bank", room.bank()) in part.told
    assert part.told[-1] == 3
    assert room.side.current_tab() == "counting"


def test_a_panel_is_made_when_first_looked_at_and_told_everything_then(
    counting: None, make_room: Any, frame: Frame, qtbot: QtBot
) -> None:
    room = make_room(frame)
    part = room.parts.all[-1]
    room.restore_place({"parts": {"counting": {"told": 5}}})
    qtbot.waitUntil(lambda: bool(room.model.ids))
    room.table.choose(room.model.ids[1])
    qtbot.waitUntil(lambda: room.editing.detail is not None and room.editing.detail.row.id == room.model.ids[1])
    assert part.told == ["connected"]
    assert room.place_to_keep()["parts"]["counting"] == {"told": 5}
    room.side.show_tab("counting")

    assert part.told[1:] == ["made", 5, ("bank", room.bank()), ("item", room.model.ids[1])]


def test_opening_the_room_makes_the_text_alone(room: MemoriesRoom) -> None:
    panels = [part for part in room.parts.all if isinstance(part, PanelPart)]

    assert len(panels) > 10
    assert [part.name for part in panels if part.slot.filled] == []


def test_every_panel_is_made_by_its_tab_and_the_keyboard_comes_to_it_from_there(room: MemoriesRoom) -> None:
    names = [action.data() for action in room.side._menu.actions()]
    for name in reversed(names):
        room.side.show_tab(name)
        panel = room.side.current_panel()
        inner = [one for one in panel.findChildren(QWidget) if one.focusPolicy() & Qt.FocusPolicy.TabFocus]
        following = panel.parentWidget().after.nextInFocusChain()
        while not (following.focusPolicy() & Qt.FocusPolicy.TabFocus and following.isVisible()):
            following = following.nextInFocusChain()

        assert panel.isVisible()
        assert following is panel or following in inner, name


def test_making_a_panel_leaves_every_widget_to_what_it_stands_in(room: MemoriesRoom) -> None:
    """PySide deletes a widget with the one it takes for its parent, be that a neighbour along the chain of focus."""
    room.side.show_tab("duplicates")
    editor, panel = room.side.editor, room.side.panel("duplicates")
    for widget in (editor.title, editor.title.input, editor.reason, editor.below, panel.tree, panel.find_button):
        taken_for_parent = re.search(r"^parent\.+ (.*?) *$", dump(widget), re.MULTILINE)
        assert taken_for_parent is not None
        above, standing_in = widget.parentWidget(), []
        while above is not None:
            standing_in.append(repr(above))
            above = above.parentWidget()
        assert taken_for_parent[1] in standing_in


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
