"""The parts a room has, and telling all of them."""

from collections.abc import Iterable
from typing import Any, Generic, TypeVar

from rb_studio.gui.commands.registry import Command
from rb_studio.gui.rooms.part import RoomPart

P = TypeVar("P", bound=RoomPart)


class PartSet(Generic[P]):
    """A room's parts, made once; each call goes to all, in the order they were made in."""

    def __init__(self, parts: Iterable[P]) -> None:
        self.all: tuple[P, ...] = tuple(parts)

    def joined(self) -> None:
        """The room knows its parts now."""
        for part in self.all:
            part.joined()

    def commands(self) -> list[Command]:
        """Every function of the parts."""
        return [command for part in self.all for command in part.commands()]

    def entered(self) -> None:
        for part in self.all:
            part.entered()

    def place_to_keep(self) -> dict[str, Any]:
        """What each part with a name wants to come back to."""
        return {part.name: part.place_to_keep() for part in self.all if part.name}

    def restore_place(self, kept: object) -> None:
        """Come back to what `place_to_keep` gave; what is damaged is left out."""
        for part in self.all:
            own = kept.get(part.name) if isinstance(kept, dict) and part.name else None
            if isinstance(own, dict):
                part.restore_place(own)

    def closing(self) -> None:
        for part in self.all:
            part.closing()
