"""What a part of the room is: a panel of its own, its commands, and what it is told.

A new part is a module of its own with a class after `Part`, or `PanelPart` where it has a panel among the tabs, its
commands in a module `offered_<part>`, one line in `part_set.PARTS` and one in `offered.OFFERED`. Of the room it uses
`bank()`, `selected()`, `select(ids)`, `show_items(query)`, `slow`, `frame`, and the signals of the panels.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Generic, Literal, NamedTuple, Protocol, TypeVar, cast

from PySide6.QtWidgets import QWidget

from rb_studio.gui.commands.registry import Command
from rb_studio.gui.rooms.memories.reads import Detail
from rb_studio.gui.rooms.memories.slot import Slot
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


class RoomPart(Protocol):
    """What the room asks of a part and tells it; all on the GUI thread."""

    name: str

    @property
    def listens(self) -> bool: ...
    def commands(self) -> list[Command]: ...
    def connect(self, room: "MemoriesRoom") -> None: ...
    def changed(self, change: ChangeRecord) -> None: ...
    def bank_shown(self, bank: int | None) -> None: ...
    def item_shown(self, detail: Detail | None) -> None: ...
    def show_place(self, target: Mapping[str, Any]) -> None: ...
    def place_to_keep(self) -> dict[str, Any]: ...
    def restore_place(self, kept: Mapping[str, Any]) -> None: ...
    def closing(self) -> None: ...


class Part:
    """A part that brings nothing and wants to be told nothing: what a real one does not override.

    What it has above the table it places itself in `connect`, with `room.panes.add_banner`.
    """

    name: str = ""
    """What its place is kept under."""

    @property
    def listens(self) -> bool:
        """Whether there is anything to be told yet."""
        return True

    def commands(self) -> list[Command]:
        """Bound with `bind` from what the part's `offered_` module declares."""
        return []

    def connect(self, room: "MemoriesRoom") -> None:
        """Every part is there now, and what is always in sight."""

    def changed(self, change: ChangeRecord) -> None:
        """Something was stored, by whomever."""

    def bank_shown(self, bank: int | None) -> None:
        """Another bank is shown."""

    def item_shown(self, detail: Detail | None) -> None:
        """Another item is shown, or the same one as it is stored now."""

    def show_place(self, target: Mapping[str, Any]) -> None:
        """Another room, or the window, asks for something."""

    def place_to_keep(self) -> dict[str, Any]:
        """Plain JSON to come back to."""
        return {}

    def restore_place(self, kept: Mapping[str, Any]) -> None:
        """Come back to what `place_to_keep` gave."""

    def closing(self) -> None:
        """Let go of threads and timers."""


class PanelPart(Part, Generic[P]):
    """A part with a panel among the tabs, which is made when it is first looked at, or asked for.

    Until then it is told nothing, and what it asked to come back to waits; then it is told all of that at once. One
    that wants to be told from the beginning overrides `listens`.
    """

    tab: Tab

    def __init__(self) -> None:
        self.name = self.tab.name
        self.slot = Slot(self.make)

    def make(self) -> P:
        """The panel, with its signals connected; `self.panel` is not there yet."""
        raise NotImplementedError

    @property
    def panel(self) -> P:
        return cast(P, self.slot.panel())

    @property
    def listens(self) -> bool:
        return self.slot.filled
