"""Where one has been: rollout, step and tab, gone back to and forward again."""

from collections.abc import Callable
from typing import NamedTuple

from rb_studio.gui.commands.binding import Binding, bind
from rb_studio.gui.commands.registry import Command
from rb_studio.gui.rooms.trajectories.commands import WHERE
from rb_studio.gui.rooms.trajectories.offered_jumps import OFFERED
from rb_studio.gui.rooms.trajectories.parts import Part, Stage

MOST = 200
NOTHING_BEFORE = "Nothing was looked at before this."
NOTHING_AFTER = "One has not gone back from anywhere."


class Spot(NamedTuple):
    """A place one looked at."""

    uid: str
    run: int
    step: int
    tab: str = ""


class Jumps:
    """Spots before and after the present one. A step onwards or back moves the spot, anything else makes a new one."""

    def __init__(self) -> None:
        self.here: Spot | None = None
        self.before: list[Spot] = []
        self.after: list[Spot] = []

    def arrive(self, spot: Spot, *, left: str, jump: bool) -> None:
        """Somewhere else is shown; `left` is the tab read until now, `jump` whether it was more than a step."""
        if self.here is not None and jump:
            self.before.append(self.here._replace(tab=left))
            del self.before[:-MOST]
            self.after.clear()
        self.here = spot

    def back(self, tab: str) -> Spot | None:
        """The spot before, which is the present one now."""
        return self._turn(self.before, self.after, tab)

    def forward(self, tab: str) -> Spot | None:
        """The spot that was gone back from, which is the present one now."""
        return self._turn(self.after, self.before, tab)

    def _turn(self, source: list[Spot], target: list[Spot], tab: str) -> Spot | None:
        if not source or self.here is None:
            return None
        target.append(self.here._replace(tab=tab))
        self.here = source.pop()
        return self.here


class JumpsPart(Part):
    """Listens to what is shown, and goes back."""

    def __init__(self, stage: Stage) -> None:
        super().__init__(stage)
        self._moving: Spot | None = None
        self.jumps = Jumps()

    def commands(self) -> list[Command]:
        bindings = {
            "trajectories.jump.back": Binding(self.back, lambda: bool(self.jumps.before), NOTHING_BEFORE),
            "trajectories.jump.forward": Binding(self.forward, lambda: bool(self.jumps.after), NOTHING_AFTER),
        }
        return bind(OFFERED, WHERE, bindings)

    def show_step(self, step: int) -> None:
        """Another step, or another rollout: a spot of its own, unless one is on the way to a known one."""
        opened = self._stage.opened
        if opened is None or not step:
            return
        spot = Spot(opened.row.uid, opened.run.id, step)
        moving, self._moving = self._moving, None
        if moving is not None and moving[:2] == spot[:2]:
            self._stage.show_tab(moving.tab)
            return
        here = self.jumps.here
        near = here is not None and here[:2] == spot[:2] and abs(here.step - step) <= 1
        before = len(self.jumps.before), len(self.jumps.after)
        self.jumps.arrive(spot, left=self._stage.tab, jump=not near and not self._stage.moves_itself)
        if before != (len(self.jumps.before), len(self.jumps.after)):
            self._frame.registry.refresh()

    def back(self) -> None:
        """To where one was before."""
        self._go(self.jumps.back)

    def forward(self) -> None:
        """To where one went back from."""
        self._go(self.jumps.forward)

    def _go(self, turn: Callable[[str], Spot | None]) -> None:
        here = self.jumps.here
        spot = turn(self._stage.tab)
        if spot is None or here is None:
            return
        self._stage.bring("step")
        if spot[:3] == here[:3]:
            self._stage.show_tab(spot.tab)
        elif spot[:2] == here[:2]:
            self._moving = spot
            self._stage.jump(spot.step)
        else:
            self._moving = spot
            self._stage.open(spot.uid, spot.step, spot.run)
        self._frame.registry.refresh()
