"""Arms beside a reference in one metric: computed off the GUI thread, and only while somebody looks."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from PySide6.QtWidgets import QComboBox, QWidget

from rb_studio.gui.commands.binding import Binding, bind
from rb_studio.gui.commands.registry import Command
from rb_studio.gui.dialogs.alive import while_alive
from rb_studio.gui.rooms.room import Place
from rb_studio.gui.rooms.scaling.comparison_panel import ComparisonPanel
from rb_studio.gui.rooms.scaling.comparison_reads import (
    USUAL,
    Compared,
    Detail,
    compared_arms,
    detail,
    rollouts_of,
)
from rb_studio.gui.rooms.scaling.offered_comparison import OFFERED
from rb_studio.gui.rooms.scaling.parts import Part
from rb_studio.jobs.comparisons import METRICS
from rb_studio.records.recipe import COMPARISONS, CURVES, Recipe

if TYPE_CHECKING:
    from rb_studio.gui.rooms.scaling.view import ScalingRoom
    from rb_studio.gui.widgets.dense_table import DenseTable
    from rb_studio.gui.widgets.kept_scroll import KeptScroll
    from rb_studio.jobs.comparisons import Paired
    from rb_studio.jobs.flips import Flip

T = TypeVar("T")
WHERE = "scaling"
MENU = ("scaling.comparisons.open", "scaling.comparisons.this", "scaling.copy_numbers", "scaling.export.csv",
        "scaling.export.latex", "scaling.export.recipe")  # fmt: skip
NOTHING = "There is nothing to compare yet."
NO_ROW = "Choose a comparison in the table."
NO_TASK = "Choose a task that flipped."
ALIKE = "No two rollouts of one seed differ in this task: the rates differ over several seeds."


class ComparisonPart(Part):
    """Holds the reference and the metric; the arms that are drawn are those that are compared."""

    name = COMPARISONS
    title = "Co&mparisons"
    words = "comparisons of arms"

    def __init__(self, room: "ScalingRoom") -> None:
        super().__init__(room)
        self._room, self._frame = room, room.frame
        self.panel = ComparisonPanel(room.frame.theme)
        self.compared = Compared(USUAL, "best_of_k")
        self._reference: str | None = None
        self._metric = self.compared.metric
        self._stale = True
        self.panel.asked.connect(self._choose)
        self.panel.row_chosen.connect(self._look_behind)
        self.panel.flip_opened.connect(self._open)

    def page(self) -> QWidget:
        return self.panel

    def table(self) -> "DenseTable":
        return self.panel.table

    def stops(self) -> Sequence[QWidget]:
        panel = self.panel
        return [panel.table, *([panel.flip_table] if panel.flip_table.isVisible() else []), panel.difference]

    def scrolls(self) -> "dict[str, KeptScroll]":
        return {self.name: self.panel.kept_scroll}

    def recipe(self) -> Recipe | None:
        """What rebuilds the pairs as they are shown."""
        room, found = self._room, self.compared
        if not found.rows:
            return None
        made = room.presenter.recipe(CURVES)
        hidden = tuple(key for key in made.hidden if key != found.reference)
        return replace(
            made, figure=COMPARISONS, x="k", metrics=(found.metric,), hidden=hidden, reference=found.reference
        )

    def commands(self) -> list[Command]:
        panel = self.panel
        rows, row = (self._has_rows, NOTHING), (self._has_row, NO_ROW)
        bindings = {
            "scaling.comparisons": Binding(self.show),
            "scaling.comparisons.with": Binding(partial(self._ask_in, panel.reference), *rows),
            "scaling.comparisons.in": Binding(partial(self._ask_in, panel.metrics), *rows),
            "scaling.comparisons.this": Binding(self._with_this, *row),
            "scaling.comparisons.tasks": Binding(self._to_tasks, *row),
            "scaling.comparisons.open": Binding(self._open_current, self._has_task, NO_TASK),
            "scaling.comparisons.needed": Binding(self._to_needed, *row),
        }
        return bind(OFFERED, WHERE, bindings)

    def entered(self) -> None:
        registry = self._frame.registry
        if registry.of(WHERE) and not self.panel.table.actions():
            self.panel.offer([registry.action(command) for command in MENU])
            for table in (self.panel.table, self.panel.flip_table):
                table.selectionModel().currentRowChanged.connect(registry.refresh)

    def place_to_keep(self) -> dict[str, Any]:
        return {"reference": self._reference, "metric": self._metric}

    def restore_place(self, kept: dict[str, Any]) -> None:
        reference, metric = kept.get("reference"), kept.get("metric")
        self._reference = reference if isinstance(reference, str) else None
        self._metric = metric if metric in METRICS else self._metric
        self._became_stale()

    def figures_shown(self) -> None:
        self._became_stale()

    def turned(self, front: bool) -> None:
        if front:
            self._read_if_stale()

    def show(self) -> None:
        """The pairs, with the keyboard in their table."""
        self._room.tabs.setCurrentWidget(self.panel)
        self.panel.table.setFocus()

    def _became_stale(self) -> None:
        self._stale = True
        if self._room.front_part is self:
            self._read_if_stale()

    def _read_if_stale(self) -> None:
        presenter = self._room.presenter
        if self._stale and presenter.figures.pools:
            self._stale = False
            hidden = frozenset(presenter.hidden_arms)
            pools, reference, metric = presenter.figures.pools, self._reference, self._metric
            self._ask("scaling.comparisons", lambda: compared_arms(pools, hidden, reference, metric), self._show)

    def _show(self, found: Compared) -> None:
        self.compared = found
        self.panel.show_compared(found)
        self._frame.registry.refresh()

    def _choose(self, reference: str, metric: str) -> None:
        self._reference, self._metric = reference, metric
        self._became_stale()

    def _look_behind(self, row: "Paired", difference: float) -> None:
        pools = self._room.presenter.figures.pools
        self._ask("scaling.compared", lambda: detail(pools, row.comparison, difference), self._show_detail)

    def _show_detail(self, found: Detail) -> None:
        row = self.panel.current()
        if row is not None and row.comparison == found.comparison:
            self.panel.show_detail(found)
            self._frame.registry.refresh()

    def _ask(self, key: str, compute: Callable[[], T], done: Callable[[T], None]) -> None:
        """Compute on a query's thread; what was overtaken is dropped."""
        failed = while_alive(self.panel, self.panel.tell)
        self._frame.session.query(key, lambda _conn: compute(), while_alive(self.panel, done), failed)

    def _open(self, flip: "Flip") -> None:
        row = self.panel.current()
        if row is None:
            return
        pair = rollouts_of(self._room.presenter.figures.pools, row.comparison, flip)
        if len(pair) == 2:
            self._room.go.emit(Place("trajectories", {"compare": [list(one) for one in pair]}))
        else:
            self._frame.toast(ALIKE)

    def _open_current(self) -> None:
        self._open(self.panel.flips.row(self.panel.flip_table.currentIndex()))

    def _with_this(self) -> None:
        """The arm of the current row becomes what the others are compared with."""
        row = self.panel.current()
        arm = None if row is None else row.comparison.b.rpartition(" \u00b7 ")[0]
        key = next((pool.key for pool in self._room.presenter.figures.pools if pool.name == arm), None)
        if key is not None:
            self._choose(key, self._metric)

    def _ask_in(self, box: QComboBox) -> None:
        self.show()
        box.setFocus()
        box.showPopup()

    def _to_tasks(self) -> None:
        self.show()
        self.panel.to_flips()

    def _to_needed(self) -> None:
        self.show()
        self.panel.difference.setFocus()
        self.panel.difference.selectAll()

    def _has_rows(self) -> bool:
        return bool(self._room.presenter.figures.pools)

    def _has_row(self) -> bool:
        return self.panel.current() is not None

    def _has_task(self) -> bool:
        return self._has_row() and self.panel.flip_table.currentIndex().isValid()
