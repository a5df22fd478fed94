"""The parts the room has, and telling all of them."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from rb_studio.gui.commands.registry import Command
from rb_studio.gui.rooms.verdicts.bench_part import BenchPart
from rb_studio.gui.rooms.verdicts.parts import Part
from rb_studio.gui.rooms.verdicts.prompt_part import PromptPart
from rb_studio.gui.rooms.verdicts.repair_part import RepairPart
from rb_studio.gui.rooms.verdicts.review_part import ReviewPart

if TYPE_CHECKING:
    from rb_studio.gui.rooms.verdicts.reading import Shown
    from rb_studio.gui.rooms.verdicts.view import VerdictsRoom
    from rb_studio.store.changes import ChangeRecord

PARTS: tuple[Callable[["VerdictsRoom"], Part], ...] = (RepairPart, ReviewPart, BenchPart, PromptPart)


class PartSet:
    """The room's parts, made once; each call goes to all, in the order of `PARTS`."""

    def __init__(self, room: "VerdictsRoom") -> None:
        self.all = tuple(make(room) for make in PARTS)

    def joined(self) -> None:
        for part in self.all:
            part.joined()

    def commands(self) -> list[Command]:
        """Every function of the parts."""
        return [command for part in self.all for command in part.commands()]

    def entered(self) -> None:
        for part in self.all:
            part.entered()

    def report_shown(self) -> None:
        for part in self.all:
            part.report_shown()

    def rollout_shown(self, shown: "Shown | None") -> None:
        for part in self.all:
            part.rollout_shown(shown)

    def changed(self, change: "ChangeRecord") -> None:
        for part in self.all:
            part.changed(change)

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
