"""The parts the room has, and telling all of them what happens in it."""

from collections.abc import Callable, Mapping
from typing import Any

from rb_studio.gui.rooms.part_set import PartSet as RoomPartSet
from rb_studio.gui.rooms.trajectories.annotate import AnnotatePart
from rb_studio.gui.rooms.trajectories.compare import ComparePart
from rb_studio.gui.rooms.trajectories.copy_part import CopyPart
from rb_studio.gui.rooms.trajectories.find_everywhere import FindEverywherePart
from rb_studio.gui.rooms.trajectories.find_part import FindPart
from rb_studio.gui.rooms.trajectories.fork_part import ForkPart, ForksPart
from rb_studio.gui.rooms.trajectories.grid_part import GridPart
from rb_studio.gui.rooms.trajectories.jumps import JumpsPart
from rb_studio.gui.rooms.trajectories.memory_draft import MemoryDraftPart
from rb_studio.gui.rooms.trajectories.opened import Opened
from rb_studio.gui.rooms.trajectories.panels import Panels
from rb_studio.gui.rooms.trajectories.parts import Part, Stage
from rb_studio.gui.rooms.trajectories.review_part import ReviewPart
from rb_studio.store.changes import ChangeRecord

PARTS: tuple[Callable[[Stage], Part], ...] = (
    FindPart,
    FindEverywherePart,
    JumpsPart,
    GridPart,
    CopyPart,
    AnnotatePart,
    MemoryDraftPart,
    ReviewPart,
    ComparePart,
    ForkPart,
    ForksPart,
)


class PartSet(RoomPartSet[Part]):
    """The room's parts; what takes a place, or decides what is taken back, is the first that does."""

    def __init__(self, stage: Stage, panels: Panels) -> None:
        super().__init__(make(stage) for make in PARTS)
        for part in self.all:
            panel = part.widget()
            if part.tab is not None and panel is not None:
                panels.add(part.tab, panel)

    @property
    def undo_scope(self) -> str | None:
        return next((part.undo_scope for part in self.all if part.undo_scope is not None), None)

    def show_rollout(self, opened: Opened | None) -> None:
        for part in self.all:
            part.show_rollout(opened)

    def show_step(self, step: int) -> None:
        for part in self.all:
            part.show_step(step)

    def changed(self, change: ChangeRecord) -> None:
        for part in self.all:
            part.changed(change)

    def takes(self, target: Mapping[str, Any]) -> bool:
        """Whether a place is a part's; the first that takes it shows it."""
        return any(part.takes(target) for part in self.all)

    def redraw(self) -> None:
        for part in self.all:
            part.redraw()

    def set_blind(self, on: bool) -> None:
        for part in self.all:
            part.set_blind(on)
