"""The allocation lab: stored rollouts spread again by any policy, what each reaches, and why each task got its k."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from PySide6.QtWidgets import QComboBox, QWidget

from rb_studio.gui.commands.binding import Binding, bind
from rb_studio.gui.commands.registry import Command
from rb_studio.gui.dialogs.alive import while_alive
from rb_studio.gui.plots.looks import Arms
from rb_studio.gui.plots.names import arms_of
from rb_studio.gui.rooms.room import Place
from rb_studio.gui.rooms.scaling import lab_reads
from rb_studio.gui.rooms.scaling.lab_panel import EMPTY, METRICS, OVER, READING, LabPanel
from rb_studio.gui.rooms.scaling.lab_reads import At, Pools
from rb_studio.gui.rooms.scaling.offered_lab import OFFERED
from rb_studio.gui.rooms.scaling.parts import Part
from rb_studio.jobs.frontier import AS_DECIDED, usual_budgets
from rb_studio.jobs.frontier_figure import frontier_set, places_of, replayed_set
from rb_studio.records.arm import ALLOCATIONS
from rb_studio.records.recipe import FRONTIER, Recipe, RunsFrom
from rb_studio.records.replayed import Replayed

if TYPE_CHECKING:
    import sqlite3

    from rb_studio.gui.rooms.scaling.figure_pane import FigurePane
    from rb_studio.gui.rooms.scaling.view import ScalingRoom
    from rb_studio.gui.widgets.kept_scroll import KeptScroll
    from rb_studio.jobs.allocation import Prepared
    from rb_studio.jobs.frontier import FrontierPoint, TaskOutcome
    from rb_studio.records.curve import CurveSet, Point, Series

T = TypeVar("T")
WHERE = "scaling"
NOTHING = "Show the allocation lab first; it takes an arm with two stored rollouts of each task."
NO_TASK = "Choose a task in the table of the allocation lab."
MENU = ("scaling.lab.open", "scaling.lab.policy")


class LabPart(Part):
    """Reads the stored rollouts when somebody looks, and asks for one budget at a time: the last one wanted."""

    name = "lab"
    title = "&Allocation"
    words = "what a budget of rollouts buys"

    def __init__(self, room: "ScalingRoom") -> None:
        super().__init__(room)
        self._room, self._frame = room, room.frame
        self.panel = LabPanel(room.frame.theme)
        self.pools = Pools(RunsFrom())
        self.ready: Prepared | None = None
        self.at: At | None = None
        self._lines: tuple[FrontierPoint, ...] = ()
        self._controls: dict[str, tuple[FrontierPoint, ...]] = {}
        self._reading: RunsFrom | None = None
        self._asked: tuple[int, str, bool] | None = None
        self._total: int | None = None
        self._key = ""
        self.policy = "greedy"
        self.panel.pool_chosen.connect(self._choose_pool)
        self.panel.drawn_changed.connect(self._redraw)
        self.panel.budget_chosen.connect(self._choose_budget)
        self.panel.policy_chosen.connect(self._choose_policy)
        self.panel.task_opened.connect(self._open_task)

    def page(self) -> QWidget:
        return self.panel

    def pane(self) -> "FigurePane":
        return self.panel.pane

    def stops(self) -> Sequence[QWidget]:
        plot = self.panel.pane.plot
        lower = self.panel.table if self.panel.below.currentIndex() == 0 else self.panel.pane.table
        return [self.panel.budget.slider, *([] if plot is None else [plot]), lower]

    def scrolls(self) -> "dict[str, KeptScroll]":
        return {self.name: self.panel.kept_scroll, FRONTIER: self.panel.pane.kept_scroll}

    def recipe(self) -> Recipe | None:
        """What rebuilds the frontier as it is shown."""
        if self.ready is None or self.at is None:
            return None
        pool, room = self.ready.pool, self._room
        return Recipe(
            replace(self.pools.source, results=pool.rollouts),
            figure=FRONTIER,
            x=self.panel.over.currentData(),
            k=self.ready.stage.k,
            metrics=(self.panel.success.currentData(),),
            arms=(pool.key,),
            preset=room.presenter.preset,
            replayed=Replayed(
                policies=self.panel.shown_policies,
                controls_of=self.policy if self._with_controls else "",
                budgets=usual_budgets(self.ready),
                at=self.at.total / self.ready.tasks,
            ),
        )

    def figure(self, recipe: Recipe) -> "Callable[[], CurveSet] | None":
        """The frontier computed anew as the recipe tells it, to the last digit."""
        return None if self.ready is None else partial(replayed_set, self.ready, recipe)

    def arms(self) -> Sequence[str]:
        return _arms(self.panel.pane.curves)

    def opens(self, series: "Series", point: "Point") -> bool:
        """The rollouts a policy took at the budget of a point; a control's are those of nobody."""
        ready, policy, total = self.ready, str(series.arm["allocation"]), point.k
        if ready is None or series.arm["spread"] != policy:
            self._frame.toast("A control is no policy: its rollouts were drawn for comparison only.")
        else:
            self._ask("scaling.lab.taken", lambda _conn: lab_reads.taken(ready, policy, total), self._open)
        return True

    def commands(self) -> list[Command]:
        panel, some, task = self.panel, (self._has_pool, NOTHING), (self._has_task, NO_TASK)
        bindings = {
            "scaling.lab": Binding(self.show),
            "scaling.lab.pool": Binding(partial(self._ask_in, panel.pool), *some),
            "scaling.lab.budget": Binding(self._type_budget, *some),
            "scaling.lab.more": Binding(partial(self._step, 1), *some),
            "scaling.lab.less": Binding(partial(self._step, -1), *some),
            "scaling.lab.policy": Binding(self._next_policy, *some),
            "scaling.lab.controls": Binding(panel.controls.toggle, *some, checked=panel.controls.isChecked),
            "scaling.lab.over": Binding(partial(self._ask_in, panel.over), *some),
            "scaling.lab.metric": Binding(partial(self._ask_in, panel.success), *some),
            "scaling.lab.open": Binding(self._open_current, *task),
        }
        return bind(OFFERED, WHERE, bindings)

    def entered(self) -> None:
        registry = self._frame.registry
        if registry.of(WHERE) and not self.panel.table.actions():
            self.panel.offer([registry.action(command) for command in MENU])
            self.panel.table.selectionModel().currentRowChanged.connect(registry.refresh)

    def place_to_keep(self) -> dict[str, Any]:
        panel = self.panel
        return {
            "pool": self._key,
            "total": self._total,
            "policies": list(panel.shown_policies),
            "policy": self.policy,
            "controls": panel.controls.isChecked(),
            "over": panel.over.currentData(),
            "metric": panel.success.currentData(),
            "lower": panel.below.currentIndex(),
        }

    def restore_place(self, kept: dict[str, Any]) -> None:
        shown, policy, total = kept.get("policies"), kept.get("policy"), kept.get("total")
        self._key = str(kept.get("pool", ""))
        self._total = total if isinstance(total, int) else None
        self.policy = policy if policy in ALLOCATIONS else self.policy
        self.panel.set_choices(
            [name for name in ALLOCATIONS if not isinstance(shown, list) or name in shown],
            self.policy,
            kept["over"] if kept.get("over") in OVER else "k",
            kept["metric"] if kept.get("metric") in METRICS else "best_of_k",
            controls=kept.get("controls") is True,
        )
        self.panel.below.setCurrentIndex(1 if kept.get("lower") == 1 else 0)

    def joined(self) -> None:
        self.panel.set_choices(ALLOCATIONS, self.policy, "k", "best_of_k", controls=False)

    def figures_shown(self) -> None:
        if self._room.front_part is self:
            self._read_if_other()

    def turned(self, front: bool) -> None:
        if front:
            self._read_if_other()

    def show(self) -> None:
        """The lab, with the keyboard at its budget."""
        self._room.tabs.setCurrentWidget(self.panel)
        self.panel.budget.slider.setFocus()

    # What is read, one after the other: pools, the pool chosen, its lines and one budget side by side.

    def _read_if_other(self) -> None:
        """Other runs are drawn, or the same with more results: one reading at a time, then the newest."""
        source = self._room.presenter.figures.origin.runs
        known = self.pools.source if self._reading is None else self._reading
        if source == known or self._reading is not None or not self._room.presenter.figures.pools:
            return
        self._reading = source
        if self.ready is None:
            self.panel.show_message(READING)
        self._ask("scaling.lab.pools", lambda conn: lab_reads.read_pools(conn, source), self._show_pools)

    def _show_pools(self, found: Pools) -> None:
        self.pools, self._reading = found, None
        if not found.pools:
            self.ready = None
            self.panel.show_message("\n\n".join([EMPTY, *found.notes]))
            self._frame.registry.refresh()
        else:
            keys = [pool.key for pool in found.pools]
            self._key = self._key if self._key in keys else keys[-1]
            self.panel.show_pools(found.pools, self._key)
            self._prepare()
        self._read_if_other()

    def _prepare(self) -> None:
        pool = next(pool for pool in self.pools.pools if pool.key == self._key)
        recipe = Recipe(self.pools.source, figure=FRONTIER)
        self._ask("scaling.lab.ready", lambda conn: lab_reads.prepare_pool(conn, pool, recipe), self._show_ready)

    def _show_ready(self, ready: "Prepared") -> None:
        self.ready, self._lines, self._controls, self._asked, self.at = ready, (), {}, None, None
        tasks, k = ready.tasks, ready.stage.k
        kept = self._total if self._total is not None and tasks <= self._total <= tasks * k else None
        self._total = kept or tasks * (1 + k) // 2
        self.panel.budget.set_bounds(tasks, k, self._total)
        self._ask("scaling.lab.lines", lambda _conn: lab_reads.lines(ready), self._show_lines)
        self._look()

    def _show_lines(self, points: "tuple[FrontierPoint, ...]") -> None:
        self._lines = points
        self._draw()

    def _look(self) -> None:
        """Ask for the budget wanted, unless an answer is awaited: then it is asked for when that is there."""
        if self.ready is None or self._total is None:
            return
        ready, total, policy, controls = self.ready, self._total, self.policy, self._with_controls
        if controls and policy not in self._controls:
            self._controls[policy] = ()
            keep = partial(self._keep_controls, ready, policy)
            self._ask(f"scaling.lab.controls.{policy}", lambda _conn: lab_reads.controls(ready, policy), keep)
        if self._asked is None:
            self._asked = (total, policy, controls)
            answered = partial(self._answered, ready)
            self._ask(
                "scaling.lab.at", lambda _conn: lab_reads.at_budget(ready, total, policy, controls=controls), answered
            )

    def _answered(self, ready: "Prepared", at: At) -> None:
        asked, self._asked = self._asked, None
        if ready is self.ready:
            self.at = at
            self.panel.show_tasks(at.tasks)
            self._draw()
            if asked != (self._total, self.policy, self._with_controls):
                self._look()

    def _keep_controls(self, ready: "Prepared", policy: str, points: "tuple[FrontierPoint, ...]") -> None:
        if ready is self.ready:
            self._controls[policy] = points
            self._draw()

    def _draw(self) -> None:
        recipe = self.recipe()
        if self.ready is None or self.at is None or recipe is None:
            return
        beside = self._controls.get(self.policy, ()) if self._with_controls else ()
        points = [one for one in (*self._lines, *beside) if self._is_shown(one)]
        curves = frontier_set(self.ready, points, [one for one in self.at.points if self._is_shown(one)], recipe)
        self.panel.pane.set_curves(curves, _arms(curves))
        self.panel.show_tasks(self.at.tasks)
        if self._room.front_part is self:
            self._room.show_notes(curves.warnings, curves.simulated)

    def _is_shown(self, point: "FrontierPoint") -> bool:
        if point.spread == AS_DECIDED:
            return point.policy in self.panel.shown_policies
        return self._with_controls and point.policy == self.policy

    def _redraw(self) -> None:
        self._look()
        self._draw()
        self._frame.registry.refresh()

    # What is chosen.

    def _choose_pool(self, key: str) -> None:
        self._key, self._total = key, None
        self._prepare()

    def _choose_budget(self, total: int) -> None:
        self._total = total
        self._look()

    def _choose_policy(self, policy: str) -> None:
        self.policy = policy
        self._look()

    def _next_policy(self) -> None:
        box = self.panel.policy
        box.setCurrentIndex((box.currentIndex() + 1) % box.count())

    def _step(self, direction: int) -> None:
        self.show()
        self.panel.budget.step(direction)

    def _type_budget(self) -> None:
        self.show()
        self.panel.budget.number.setFocus()
        self.panel.budget.number.selectAll()

    def _ask_in(self, box: QComboBox) -> None:
        self.show()
        box.setFocus()
        box.showPopup()

    def _open_current(self) -> None:
        self._open_task(self.panel.tasks.row(self.panel.table.currentIndex()))

    def _open_task(self, row: "TaskOutcome") -> None:
        self._open(row.rollouts)

    def _open(self, uids: Sequence[str]) -> None:
        self._room.go.emit(Place("trajectories", {"rollouts": list(uids)}))

    @property
    def _with_controls(self) -> bool:
        return self.panel.controls.isChecked()

    def _has_pool(self) -> bool:
        return self.ready is not None

    def _has_task(self) -> bool:
        return self.ready is not None and self.panel.table.currentIndex().isValid()

    def _ask(self, key: str, read: "Callable[[sqlite3.Connection], T]", done: Callable[[T], None]) -> None:
        """Read on a query's thread; what was overtaken is dropped."""
        self._frame.session.query(key, read, while_alive(self.panel, done), while_alive(self.panel, self._failed))

    def _failed(self, sentence: str) -> None:
        self._reading = self._asked = None
        self.ready = None
        self.panel.show_message(sentence)
        self._frame.registry.refresh()


def _arms(curves: "CurveSet") -> Arms:
    return Arms(arms_of(curves), places_of(curves))
