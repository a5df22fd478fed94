"""What a part of the room is told beyond what every room tells its parts.

A new part is a module of its own with a class after `Part`, its commands in a module `offered_<part>`, one line in
`part_set.PARTS` and one in `offered.OFFERED`.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QWidget

from rb_studio.gui.rooms.part import RoomPart

if TYPE_CHECKING:
    from rb_studio.gui.rooms.verdicts.reading import Shown
    from rb_studio.gui.rooms.verdicts.view import VerdictsRoom


class Part(RoomPart):
    """A part that brings nothing: what a real one does not override."""

    def __init__(self, room: "VerdictsRoom") -> None:
        super().__init__(room)

    def page(self) -> QWidget | None:
        """What stands in its tab at the left."""
        return None

    def stops(self) -> Sequence[QWidget]:
        """What F6 walks through while that tab is in front."""
        return ()

    def report_shown(self) -> None:
        """Other rollouts are looked at, or the same as they stand now."""

    def rollout_shown(self, shown: "Shown | None") -> None:
        """Another rollout is shown, or the same one as it is stored now."""
