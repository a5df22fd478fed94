"""What the allocation lab shows and why: pools, then the pool chosen, then its lines and one budget side by side."""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from PySide6.QtCore import QObject, Signal

from rb_studio.gui.dialogs.alive import while_alive
from rb_studio.gui.rooms.scaling import lab_reads
from rb_studio.gui.rooms.scaling.lab_reads import At, Pools
from rb_studio.jobs.frontier import AS_DECIDED
from rb_studio.jobs.frontier_figure import frontier_set
from rb_studio.records.recipe import FRONTIER, Recipe, RunsFrom

if TYPE_CHECKING:
    import sqlite3

    from rb_studio.gui.session import Session
    from rb_studio.jobs.allocation import Prepared
    from rb_studio.jobs.frontier import FrontierPoint
    from rb_studio.records.curve import CurveSet
    from rb_studio.records.precedence import Precedence

T = TypeVar("T")
Points = tuple["FrontierPoint", ...]


class LabPresenter(QObject):
    """Asks the session for one thing of a kind at a time, the last one wanted.

    Signals
    -------
    pools_read
        The pools of the runs that are drawn are known: `pools`.
    prepared
        The pool chosen is ready: `ready`, with the budget in `total`.
    answered
        There is something else to draw: `at` has another budget, or lines came.
    failed
        Nothing can be shown; carries one sentence.
    """

    pools_read = Signal()
    prepared = Signal()
    answered = Signal()
    failed = Signal(str)

    def __init__(self, session: "Session", parent: QObject) -> None:
        super().__init__(parent)
        self._session = session
        self.pools = Pools(RunsFrom())
        self.ready: Prepared | None = None
        self.at: At | None = None
        self.key = ""
        self.total: int | None = None
        self.policy = "greedy"
        self.controls = False
        self._lines: Points = ()
        self._beside: dict[str, Points] = {}
        self._reading = False
        self._asked: tuple[int, str, bool] | None = None

    def read(self, source: RunsFrom, precedence: "Precedence") -> None:
        """Read the stored rollouts of these runs, unless they are known or being read."""
        if not self._reading and (source, precedence) != (self.pools.source, self.pools.precedence):
            self._reading = True
            self._ask("pools", lambda conn: lab_reads.read_pools(conn, source, precedence), self._read)

    def choose_pool(self, key: str) -> None:
        """Another arm's rollouts."""
        self.key, self.total = key, None
        self._prepare()

    def choose(self, *, total: int | None = None, policy: str | None = None, controls: bool | None = None) -> None:
        """Another budget, the tasks of another policy, its controls or none; what is None stays."""
        self.total = self.total if total is None else total
        self.policy = policy or self.policy
        self.controls = self.controls if controls is None else controls
        self._look()

    def curves(self, recipe: Recipe) -> "CurveSet | None":
        """The figure with the policies of a recipe; None before all of it is there."""
        if self.ready is None or self.at is None or recipe.replayed is None or not self._lines:
            return None
        shown = recipe.replayed.policies

        def drawn(point: "FrontierPoint") -> bool:
            own = point.spread == AS_DECIDED
            return point.policy in shown if own else self.controls and point.policy == self.policy

        points = (*self._lines, *self._beside.get(self.policy, ()))
        return frontier_set(self.ready, [*filter(drawn, points)], [*filter(drawn, self.at.points)], recipe)

    def taken(self, policy: str, total: int, done: Callable[[list[str]], None]) -> None:
        """Uids of the rollouts a policy takes at a budget."""
        ready = self.ready
        if ready is not None:
            self._ask("taken", lambda _conn: lab_reads.taken(ready, policy, total), done)

    def _read(self, found: Pools) -> None:
        self.pools, self._reading = found, False
        keys = [pool.key for pool in found.pools]
        if keys:
            self.key = self.key if self.key in keys else keys[-1]
            self._prepare()
        else:
            self.ready = None
        self.pools_read.emit()

    def _prepare(self) -> None:
        pool = next(pool for pool in self.pools.pools if pool.key == self.key)
        recipe = Recipe(self.pools.source, figure=FRONTIER)
        self._ask("ready", lambda conn: lab_reads.prepare_pool(conn, pool, recipe), self._prepared)

    def _prepared(self, ready: "Prepared") -> None:
        self.ready, self._lines, self._beside, self._asked, self.at = ready, (), {}, None, None
        tasks, most = ready.tasks, ready.tasks * ready.stage.k
        if self.total is None or not tasks <= self.total <= most:
            self.total = (tasks + most) // 2
        self.prepared.emit()
        self._ask("lines", lambda _conn: lab_reads.lines(ready), self._drawn)
        self._look()

    def _drawn(self, points: Points) -> None:
        self._lines = points
        self.answered.emit()

    def _look(self) -> None:
        """Ask for the budget wanted; while an answer is awaited, it is asked for when that is there."""
        if self.ready is None or self.total is None:
            return
        ready, total, policy, controls = self.ready, self.total, self.policy, self.controls
        if controls and policy not in self._beside:
            self._beside[policy] = ()
            keep = partial(self._keep, ready, policy)
            self._ask(f"controls.{policy}", lambda _conn: lab_reads.controls(ready, policy), keep)
        if self._asked is None:
            self._asked = (total, policy, controls)
            answer = partial(self._answer, ready)
            self._ask("at", lambda _conn: lab_reads.at_budget(ready, total, policy, controls=controls), answer)

    def _answer(self, ready: "Prepared", at: At) -> None:
        if ready is self.ready:
            asked, self._asked, self.at = self._asked, None, at
            self.answered.emit()
            if asked != (self.total, self.policy, self.controls):
                self._look()

    def _keep(self, ready: "Prepared", policy: str, points: Points) -> None:
        if ready is self.ready:
            self._beside[policy] = points
            self.answered.emit()

    def _ask(self, key: str, read: "Callable[[sqlite3.Connection], T]", done: Callable[[T], None]) -> None:
        """Read on a query's thread; what was overtaken is dropped."""
        self._session.query(f"scaling.lab.{key}", read, while_alive(self, done), while_alive(self, self._fail))

    def _fail(self, sentence: str) -> None:
        self.ready = self._asked = None
        self._reading = False
        self.failed.emit(sentence)
