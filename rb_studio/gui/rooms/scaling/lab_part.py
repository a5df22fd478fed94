"""The allocation lab: stored rollouts spread again by any policy, what each reaches, and why each task got its k."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtWidgets import QComboBox, QWidget

from rb_studio.gui.commands.binding import Binding, bind
from rb_studio.gui.commands.registry import Command
from rb_studio.gui.plots.looks import Arms
from rb_studio.gui.plots.names import arms_of
from rb_studio.gui.rooms.room import Place
from rb_studio.gui.rooms.scaling.lab_panel import EMPTY, METRICS, OVER, LabPanel
from rb_studio.gui.rooms.scaling.lab_presenter import LabPresenter
from rb_studio.gui.rooms.scaling.offered_lab import OFFERED
from rb_studio.gui.rooms.scaling.parts import Part
from rb_studio.jobs.frontier import AS_DECIDED, usual_budgets
from rb_studio.jobs.frontier_figure import places_of, replayed_set
from rb_studio.records.arm import ALLOCATIONS
from rb_studio.records.recipe import FRONTIER, Recipe
from rb_studio.records.replayed import Replayed

if TYPE_CHECKING:
    from rb_studio.gui.rooms.scaling.figure_pane import FigurePane
    from rb_studio.gui.rooms.scaling.lab_reads import At
    from rb_studio.gui.rooms.scaling.view import ScalingRoom
    from rb_studio.gui.widgets.kept_scroll import KeptScroll
    from rb_studio.jobs.frontier import TaskOutcome
    from rb_studio.records.curve import CurveSet, Point, Series

WHERE = "scaling"
NOTHING = "Show the allocation lab first; it takes an arm with two stored rollouts of each task."
NO_TASK = "Choose a task in the table of the allocation lab."
NO_POLICY = "A control is no policy: its rollouts were drawn for comparison only."
MENU = ("scaling.lab.open", "scaling.lab.policy")


class LabPart(Part):
    """Reads the stored rollouts when somebody looks."""

    name = "lab"
    title = "Allocatio&n"
    words = "what a budget of rollouts buys"

    def __init__(self, room: "ScalingRoom") -> None:
        super().__init__(room)
        self._room, self._frame = room, room.frame
        self.panel = LabPanel(room.frame.theme)
        self.presenter = LabPresenter(room.frame.session, self)
        panel, presenter = self.panel, self.presenter
        presenter.pools_read.connect(self._show_pools)
        presenter.prepared.connect(self._show_bounds)
        presenter.answered.connect(self._show_answer)
        presenter.failed.connect(self._show_failure)
        panel.pool_chosen.connect(presenter.choose_pool)
        panel.drawn_changed.connect(self._choose_drawn)
        panel.budget_chosen.connect(self._choose_budget)
        panel.policy_chosen.connect(self._choose_policy)
        panel.task_opened.connect(self._open_task)

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
        ready, at, panel = self.presenter.ready, self.presenter.at, self.panel
        if ready is None or at is None:
            return None
        return Recipe(
            replace(self.presenter.pools.source, results=ready.pool.rollouts),
            figure=FRONTIER,
            x=panel.over.currentData(),
            k=ready.stage.k,
            metrics=(panel.success.currentData(),),
            arms=(ready.pool.key,),
            precedence=self.presenter.pools.precedence,
            preset=self._room.presenter.preset,
            replayed=Replayed(
                policies=panel.shown_policies,
                controls_of=self.presenter.policy if self.presenter.controls else "",
                budgets=usual_budgets(ready),
                at=at.total / ready.tasks,
            ),
        )

    def figure(self, recipe: Recipe) -> "Callable[[], CurveSet] | None":
        """The frontier computed anew as the recipe tells it, to the last digit."""
        ready = self.presenter.ready
        return None if ready is None else partial(replayed_set, ready, recipe)

    def arms(self) -> Sequence[str]:
        return _arms(self.panel.pane.curves)

    def notes(self) -> Sequence[str]:
        return [*_ranked(self.presenter.at), *self.panel.pane.curves.warnings]

    def opens(self, series: "Series", point: "Point") -> bool:
        """The rollouts a policy took at the budget of a point; a control's are those of nobody."""
        policy = str(series.arm["allocation"])
        if series.arm["spread"] == policy:
            self.presenter.taken(policy, point.k, self._open)
        else:
            self._frame.toast(NO_POLICY)
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
        panel, presenter = self.panel, self.presenter
        return {
            "pool": presenter.key,
            "total": presenter.total,
            "policies": list(panel.shown_policies),
            "policy": presenter.policy,
            "controls": presenter.controls,
            "over": panel.over.currentData(),
            "metric": panel.success.currentData(),
            "below": panel.below.currentIndex(),
        }

    def restore_place(self, kept: dict[str, Any]) -> None:
        presenter, shown, policy = self.presenter, kept.get("policies"), kept.get("policy")
        presenter.key, presenter.controls = str(kept.get("pool", "")), kept.get("controls") is True
        presenter.total = kept["total"] if isinstance(kept.get("total"), int) else None
        presenter.policy = policy if policy in ALLOCATIONS else presenter.policy
        self.panel.set_choices(
            [name for name in ALLOCATIONS if not isinstance(shown, list) or name in shown],
            presenter.policy,
            kept["over"] if kept.get("over") in OVER else "k",
            kept["metric"] if kept.get("metric") in METRICS else "best_of_k",
            controls=presenter.controls,
        )
        self.panel.below.setCurrentIndex(1 if kept.get("below") == 1 else 0)

    def joined(self) -> None:
        self.panel.set_choices(ALLOCATIONS, self.presenter.policy, "k", "best_of_k", controls=False)

    def figures_shown(self) -> None:
        self._read_in_front()

    def turned(self, front: bool) -> None:
        self._read_in_front()

    def show(self) -> None:
        """The lab, with the keyboard at its budget."""
        self._room.tabs.setCurrentWidget(self.panel)
        self.panel.budget.slider.setFocus()

    def _read_in_front(self) -> None:
        figures = self._room.presenter.figures
        if self._room.front_part is self and figures.pools:
            self.presenter.read(figures.origin.runs, figures.pools[0].precedence)

    def _show_pools(self) -> None:
        found = self.presenter.pools
        if found.pools:
            self.panel.show_pools(found.pools, self.presenter.key)
        else:
            registry = self._frame.registry
            self.panel.show_empty("\n\n".join([EMPTY, *found.notes]), registry.action("scaling.sweep"))
            registry.refresh()
        self._read_in_front()  # more may have come meanwhile

    def _show_failure(self, sentence: str) -> None:
        self.panel.show_message(sentence)
        self._frame.registry.refresh()

    def _show_bounds(self) -> None:
        ready, total = self.presenter.ready, self.presenter.total
        if ready is not None and total is not None:
            self.panel.budget.set_bounds(ready.tasks, ready.stage.k, total)
        self._frame.registry.refresh()

    def _show_answer(self) -> None:
        recipe, at = self.recipe(), self.presenter.at
        curves = None if recipe is None else self.presenter.curves(recipe)
        if curves is not None:
            self.panel.show_curves(curves, _arms(curves))
            if self._room.front_part is self:
                self._room.show_notes(self.notes(), curves.simulated)
        if at is not None:
            self.panel.show_tasks(at.tasks)

    # What is chosen.

    def _choose_drawn(self) -> None:
        self.presenter.choose(controls=self.panel.controls.isChecked())
        self._show_answer()
        self._frame.registry.refresh()

    def _choose_budget(self, total: int) -> None:
        self.presenter.choose(total=total)

    def _choose_policy(self, policy: str) -> None:
        self.presenter.choose(policy=policy)

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

    def _has_pool(self) -> bool:
        return self.presenter.ready is not None

    def _has_task(self) -> bool:
        return self._has_pool() and self.panel.table.currentIndex().isValid()


def _ranked(at: "At | None") -> list[str]:
    """Whether the policy of the tasks gives more to the harder ones."""
    own = [] if at is None else [one for one in at.points if (one.policy, one.spread) == (at.policy, AS_DECIDED)]
    told = [(one.policy, one.correlation) for one in own if one.correlation is not None]
    return [f"{policy}: Spearman of k with 1 - pass rate {rho:+.2f}" for policy, rho in told]


def _arms(curves: "CurveSet") -> Arms:
    return Arms(arms_of(curves), places_of(curves))
