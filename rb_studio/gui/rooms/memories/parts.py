"""What a part of the room is: a panel of its own, its commands, and what it is told.

A new part is a module of its own with a class after `Part`, or `PanelPart` where it has a panel among the tabs, its
commands in a module `offered_<part>`, one line in `part_set.PARTS` and one in `offered.OFFERED`. Of the room it uses
`bank()`, `selected()`, `select(ids)`, `show_items(query)`, `slow`, `frame`, and the signals of the panels.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Generic, Literal, NamedTuple, TypeVar, cast

from PySide6.QtWidgets import QWidget

from rb_studio.gui.rooms.memories.reads import Detail
from rb_studio.gui.rooms.memories.slot import Slot
from rb_studio.gui.rooms.part import RoomPart
from rb_studio.store.changes import ChangeRecord

if TYPE_CHECKING:
    from rb_studio.gui.rooms.memories.view import MemoriesRoom

Page = Literal["item", "tools"]
P = TypeVar("P", bound=QWidget)


class Tab(NamedTuple):
    """Where a panel stands: `name` for commands and kept places, on the item's page or among the bank's tools."""

    page: Page
    name: str
    title: str


class Part(RoomPart):
    """A part that brings nothing and wants to be told nothing: what a real one does not override.

    What it has above the table it places itself in `joined`, with `room.panes.add_banner`.
    """

    def __init__(self, room: "MemoriesRoom") -> None:
        super().__init__(room)
        self._room, self._frame = room, room.frame

    @property
    def listens(self) -> bool:
        """Whether there is anything to be told yet."""
        return True

    def changed(self, change: ChangeRecord) -> None:
        """Something was stored, by whomever."""

    def bank_shown(self, bank: int | None) -> None:
        """Another bank is shown."""

    def item_shown(self, detail: Detail | None) -> None:
        """Another item is shown, or the same one as it is stored now."""

    def show_place(self, target: Mapping[str, Any]) -> None:
        """Another room, or the window, asks for something."""


class PanelPart(Part, Generic[P]):
    """A part with a panel among the tabs, which is made when it is first looked at, or asked for.

    Until then it is told nothing, and what it asked to come back to waits; then it is told all of that at once. One
    that wants to be told from the beginning overrides `listens`.
    """

    tab: Tab

    def __init__(self, room: "MemoriesRoom") -> None:
        super().__init__(room)
        self.name = self.tab.name
        self.slot = Slot(self.make)
        self.slot.made.connect(self._catch_up)
        self.kept: dict[str, Any] = {}
        """What it is to come back to once it listens."""

    def make(self) -> P:
        """The panel, with its signals connected; `self.panel` is not there yet."""
        raise NotImplementedError

    @property
    def panel(self) -> P:
        return cast(P, self.slot.panel())

    @property
    def listens(self) -> bool:
        return self.slot.filled

    def _catch_up(self) -> None:
        """The panel was made just now: what it was not told, at once."""
        kept, bank = self.kept, self._room.bank()
        self.kept = {}
        if kept:
            self.restore_place(kept)
        if bank is not None:
            self.bank_shown(bank)
        self.item_shown(self._room.editing.detail)
