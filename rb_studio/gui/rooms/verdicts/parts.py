"""What a part of the room is: its commands, and what it is told.

A new part is a module of its own with a class after `Part`, its commands in a module `offered_<part>`, one line in
`part_set.PARTS` and one in `offered.OFFERED`.
"""

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject

from rb_studio.gui.commands.registry import Command

if TYPE_CHECKING:
    from rb_studio.gui.rooms.verdicts.reading import Shown
    from rb_studio.gui.rooms.verdicts.view import VerdictsRoom
    from rb_studio.store.changes import ChangeRecord


class Part(QObject):
    """A part that brings nothing and wants to be told nothing: what a real one does not override.

    It is made with the room, when the room's widgets are there, and goes with it, as do its connections.
    """

    name: str = ""
    """What its place is kept under."""

    def __init__(self, room: "VerdictsRoom") -> None:
        super().__init__(room)

    def commands(self) -> list[Command]:
        """Bound with `bind` from what the part's `offered_` module declares."""
        return []

    def joined(self) -> None:
        """Every part is there now."""

    def entered(self) -> None:
        """The room is on screen, and its commands are known."""

    def report_shown(self) -> None:
        """Other rollouts are looked at, or the same as they stand now."""

    def rollout_shown(self, shown: "Shown | None") -> None:
        """Another rollout is shown, or the same one as it is stored now."""

    def changed(self, change: "ChangeRecord") -> None:
        """Something was stored, by whomever."""

    def place_to_keep(self) -> dict[str, Any]:
        """Plain JSON to come back to."""
        return {}

    def restore_place(self, kept: dict[str, Any]) -> None:
        """Come back to what `place_to_keep` gave."""

    def closing(self) -> None:
        """Let go of threads and timers."""
