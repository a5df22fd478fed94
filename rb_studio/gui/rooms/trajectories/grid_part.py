"""The list as a grid: columns of any metadata, saved views, tasks against arms, what is chosen in other rooms."""

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from PySide6.QtWidgets import QStackedWidget, QWidget

from rb_studio.gui.commands.binding import Binding, bind
from rb_studio.gui.commands.registry import Command
from rb_studio.gui.review.blind import tells
from rb_studio.gui.rooms.room import Place
from rb_studio.gui.rooms.trajectories.asking import Asking
from rb_studio.gui.rooms.trajectories.columns_dialog import ColumnsDialog
from rb_studio.gui.rooms.trajectories.commands import BLIND, WHERE
from rb_studio.gui.rooms.trajectories.heat_page import HeatPage
from rb_studio.gui.rooms.trajectories.list_presenter import heat_names
from rb_studio.gui.rooms.trajectories.offered_grid import OFFERED
from rb_studio.gui.rooms.trajectories.parts import Part, Stage, Tab
from rb_studio.gui.widgets.saved_views import SavedViews, View
from rb_studio.store.changes import ChangeRecord
from rb_studio.store.extra_columns import ExtraColumn, extra_columns
from rb_studio.store.heat_map import Heat, heat
from rb_studio.store.rows import select_in

if TYPE_CHECKING:
    from sqlite3 import Connection

HEAT = "heat"
NOT_SHOWN = "The map of tasks against arms is not on screen: Shift+G shows it."
NOTHING = "No rollout is chosen in the list."
STALE = frozenset(("rollout", "truth", "verdict", "run", "outcome"))


class GridPart(Part):
    """The page is made when it is shown for the first time."""

    tab = Tab("centre", HEAT, "Tasks against arms", wide=True)

    def __init__(self, stage: Stage) -> None:
        super().__init__(stage)
        self._asking = Asking(stage.frame.session)
        self._place = QStackedWidget()
        self._page: HeatPage | None = None
        self._read = False
        self.views = SavedViews(stage.frame, WHERE, "trajectories.view", self._capture, self._show_view, self)

    def widget(self) -> QWidget:
        return self._place

    @property
    def page(self) -> HeatPage:
        if self._page is None:
            self._page = page = HeatPage(self._frame.theme)
            self._place.addWidget(page)
            self._place.setFocusProxy(page)
            page.asked.connect(self._load)
            page.opened.connect(self._open)
            page.closed.connect(self._close)
        return self._page

    def commands(self) -> list[Command]:
        some, shown = (lambda: bool(self._stage.chosen()), NOTHING), (self._is_shown, NOT_SHOWN)
        bindings = {
            "trajectories.columns.more": Binding(self.ask_columns),
            "trajectories.heat": Binding(self.show_heat, lambda: not self._stage.blind, BLIND),
            "trajectories.heat.order": Binding(lambda: self.page.order_by_current(), *shown),
            "trajectories.heat.close": Binding(self._close, *shown),
            "trajectories.to.verdicts": Binding(self._to_verdicts, *some),
            "trajectories.to.scaling": Binding(self._to_scaling, *some),
            **self.views.bindings(self._stage.list_anchor),
        }
        return bind(OFFERED, WHERE, bindings)

    def joined(self) -> None:
        self._stage.when_wanted(self.ask_columns, self._pop_up)

    def show_rollout(self, opened: object) -> None:
        if not self._read:
            self._read = True
            self.views.load()

    def changed(self, change: ChangeRecord) -> None:
        self.views.changed(change)
        if self._is_shown() and STALE & set(change.tables):
            self._load()

    def set_blind(self, on: bool) -> None:
        """The map tells how arms came out: it is left."""
        if on and self._is_shown():
            self._stage.bring("step")

    def redraw(self) -> None:
        if self._page is not None:
            self._page.redraw()

    def place_to_keep(self) -> dict[str, Any]:
        return {"view": self.views.active}

    def restore_place(self, kept: dict[str, Any]) -> None:
        self.views.active = str(kept.get("view", ""))

    def closing(self) -> None:
        self._asking.close()

    def ask_columns(self) -> None:
        """Which metadata are columns."""
        self._asking.query("extra columns", extra_columns, self._offer)

    def show_heat(self) -> None:
        """Tasks against arms, of what the list shows."""
        self.page.show()
        self._stage.bring(HEAT)
        self.page.table.setFocus()
        self._load()

    def _pop_up(self) -> None:
        self.views.pop_up(self._stage.list_anchor())

    def _is_shown(self) -> bool:
        return self._page is not None and self._page.isVisible()

    def _offer(self, offered: tuple[ExtraColumn, ...]) -> None:
        hidden = [one.key for one in offered if self._stage.blind and tells(one.key)]
        dialog = ColumnsDialog(offered, self._stage.extra(), self._stage.window(), hidden)
        dialog.chosen.connect(self._stage.set_extra)
        dialog.open()

    def _load(self) -> None:
        by, measure = self.page.by.currentData(), self.page.measure.currentData()
        chosen = self._stage.filter()

        def read(conn: "Connection") -> tuple[Heat, dict[Any, str]]:
            found = heat(conn, chosen, by, measure)
            return found, heat_names(conn, found.columns, by)

        self._asking.query("heat map", read, self._loaded)

    def _loaded(self, answer: tuple[Heat, dict[Any, str]]) -> None:
        self.page.show_heat(*answer)

    def _open(self, task: str, column: Any) -> None:
        """List the rollouts of a cell."""
        chosen, by = self._stage.filter(), self.page.by.currentData()
        wanted = replace(chosen, task_key=task or chosen.task_key)
        if by == "arm":
            wanted = replace(wanted, arm=int(column))
        else:
            wanted = replace(wanted, facets={**wanted.facets, by: (str(column),)})
        self._stage.set_filter(wanted)
        self._stage.bring("list")
        self._stage.focus_list()

    def _close(self) -> None:
        self._stage.bring("step")
        self._stage.focus()

    def _to_verdicts(self) -> None:
        """The chosen rollouts in Verdicts."""
        self._asking.query("chosen rollouts", self._named(), self._go_to_verdicts)

    def _to_scaling(self) -> None:
        """The runs of the chosen rollouts in Scaling."""
        self._asking.query("chosen rollouts", self._named(), self._go_to_scaling)

    def _named(self) -> Any:
        ids = self._stage.chosen()
        sql = "SELECT uid, run FROM rollout WHERE id IN ({}) ORDER BY id"
        return lambda conn: [tuple(row) for row in select_in(conn, sql, ids)]

    def _go_to_verdicts(self, found: list[tuple[str, int]]) -> None:
        self._stage.go(Place("verdicts", {"rollouts": [uid for uid, _ in found]}))

    def _go_to_scaling(self, found: list[tuple[str, int]]) -> None:
        self._stage.go(Place("scaling", {"runs": sorted({run for _, run in found})}))

    def _capture(self) -> View:
        shown = self._stage.view()
        return View(str(shown["filter"].get("text", "")), shown)

    def _show_view(self, view: View) -> None:
        self._stage.show_view(view.shown)
