"""What a part of a room is: panels and commands of its own, and what it is told; each room adds what is its own."""

from typing import Any

from PySide6.QtCore import QObject

from rb_studio.gui.commands.registry import Command


class RoomPart(QObject):
    """A part that brings nothing and wants to be told nothing: what a real one does not override.

    It is made with the room, when the room's widgets are there, and goes with it, as do its connections: what is
    connected to a signal of Qt is a child of the room.
    """

    name: str = ""
    """What its place is kept under."""

    def commands(self) -> list[Command]:
        """Bound with `bind` from what the part's `offered_` module declares."""
        return []

    def joined(self) -> None:
        """Every part is there now."""

    def entered(self) -> None:
        """The room is on screen, and its commands are known."""

    def place_to_keep(self) -> dict[str, Any]:
        """Plain JSON to come back to."""
        return {}

    def restore_place(self, kept: dict[str, Any]) -> None:
        """Come back to what `place_to_keep` gave."""

    def closing(self) -> None:
        """Let go of threads and timers."""
