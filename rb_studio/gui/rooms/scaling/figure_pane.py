"""A figure with its table of numbers: pointing at one shows the other."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, Qt, QTimer, Signal
from PySide6.QtGui import QAction, QShowEvent
from PySide6.QtWidgets import QAbstractItemView, QLabel, QSplitter, QVBoxLayout, QWidget

from rb_studio.gui.plots.names import point_sentence
from rb_studio.gui.rooms.scaling.item_model import CurveModel, Row
from rb_studio.gui.theme import Theme
from rb_studio.gui.widgets.dense_table import DenseTable
from rb_studio.gui.widgets.kept_scroll import KeptScroll
from rb_studio.jobs.places import NAMED, STRETCH
from rb_studio.jobs.streams import POSITION
from rb_studio.records.curve import CurveSet, Point, Series

if TYPE_CHECKING:
    from rb_studio.gui.plots.placing import Mark
    from rb_studio.gui.plots.screen import CurvePlot

WIDTHS = [24, 15, 19, 4, 8, 21, 8]
K_PLACE, NAMED_WIDTH = 3, 11
RESTING = 40  # milliseconds
APART = 20  # milliseconds between the steps of drawing, in which the window does what else there is
HINT = "Point at a mark, or walk with the arrow keys; Enter or a click opens the rollouts behind it."


class FigurePane(QSplitter):
    """Plot above, numbers below.

    Signals
    -------
    opened
        A point was clicked, or Enter pressed on it or its row; carries (Series, Point).
    """

    opened = Signal(object, object)
    hint = HINT

    def __init__(self, theme: Theme, name: str, parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Vertical, parent)
        self._theme, self._name = theme, name
        self._curves = CurveSet((), ())
        self._arms: Sequence[str] = ()
        self._look = {"log2": False, "panels": False}
        self._ready = False
        self._drawn = False
        self._fitted = ""
        self._told: Row | None = None
        self._drawing = QTimer(self)
        self._drawing.setSingleShot(True)
        self._drawing.timeout.connect(self._draw)
        self._following = QTimer(self)
        self._following.setSingleShot(True)
        self._following.setInterval(RESTING)
        self._following.timeout.connect(self._follow)
        self._actions: list[QAction] = []
        self.plot: CurvePlot | None = None
        self._upper = QWidget()
        self._readout = QLabel(self.hint)
        self._readout.setProperty("role", "muted")
        self._readout.setWordWrap(True)
        self._readout.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        self._readout.setFixedHeight(self._readout.fontMetrics().lineSpacing() * 2)  # or pointing moves the figure
        self._room = QVBoxLayout(self._upper)
        self._room.setContentsMargins(0, 0, 0, 0)
        self._room.addStretch(1)
        self._room.addWidget(self._readout)
        self.model = CurveModel()
        self.model.setParent(self)
        self.table = DenseTable(f"Numbers of the figure {name}")
        self.table.setModel(self.model)
        self.table.setSortingEnabled(True)
        self.table.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.table.horizontalHeader().setSortIndicator(-1, Qt.SortOrder.AscendingOrder)
        self.kept_scroll = KeptScroll(self.table)
        self.table.opened.connect(self._open_row)
        self.table.selectionModel().currentRowChanged.connect(self._show_row)
        self.setFocusProxy(self.table)
        self.addWidget(self._upper)
        self.addWidget(self.table)
        self.setStretchFactor(0, 3)
        self.setStretchFactor(1, 1)
        self.setChildrenCollapsible(False)
        self.table.setMinimumHeight(self.fontMetrics().height() * 5)
        self._sized = False

    def plots_ready(self, after: int = 0) -> None:
        """The drawing library is loaded: the plot is made in so many milliseconds, and drawn when it is shown."""
        self._ready = True
        self._drawing.start(after)

    def set_curves(self, curves: CurveSet, arms: Sequence[str], *, log2: bool = False, panels: bool = False) -> None:
        """Show these curves; a hidden pane is drawn when it is shown."""
        look = {"log2": log2, "panels": panels}
        same = curves == self._curves and arms == self._arms
        if same and look == self._look and self._drawn:
            return
        self._curves, self._arms, self._look, self._drawn = curves, arms, look, False
        if not same:
            self._fill()
        self._draw_soon()

    def _fill(self) -> None:
        """The table has these numbers; who reads it keeps the row."""
        place = self._reader_place()
        self.model.set_curves(self._curves)
        self._return_to(place)
        self._tell_again()
        self.kept_scroll.filled()
        if self._fitted != self._curves.x:
            self._fitted = self._curves.x
            self.table.fit_columns(_widths(self._curves.x))

    @property
    def curves(self) -> CurveSet:
        """What is shown."""
        return self._curves

    def show_all(self) -> None:
        """Undo zooming and panning."""
        if self.plot is not None:
            self.plot.show_all()

    def offer(self, actions: Sequence[QAction]) -> None:
        """Commands of the context menu, of figure and table alike."""
        self._actions = list(actions)
        for widget in (self.plot, self.table):
            if widget is not None:
                self._add_menu(widget)

    def _add_menu(self, widget: QWidget) -> None:
        widget.addActions(self._actions)
        widget.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802 - Qt's name
        """Draw what came while hidden."""
        super().showEvent(event)
        if not self._sized:
            self._sized = True
            self.setSizes([2 * self.height() // 3, self.height() // 3])
        self._draw_soon()

    def _reader_place(self) -> tuple[Row, int] | None:
        """The current row and how far below the table's upper edge it stands."""
        current = self.table.currentIndex()
        return (self.model.row(current), self.table.rowViewportPosition(current.row())) if current.isValid() else None

    def _return_to(self, place: tuple[Row, int] | None) -> None:
        """Make the same point current, at the same height: new rows may have come above it."""
        row = None if place is None else self.model.place(*place[0])
        if place is None or row is None:
            self.table.selectionModel().clear()
            return
        if row != self.table.currentIndex().row():
            self.table.selectionModel().blockSignals(True)
            self.table.selectRow(row)
            self.table.selectionModel().blockSignals(False)
            self.table.viewport().update()
        if self.table.isVisible():
            self.table.verticalScrollBar().setValue(row * self.table.rowHeight(row) - place[1])

    @property
    def drawn(self) -> bool:
        """The figure on screen is that of the present curves."""
        return self._drawn

    def _draw_soon(self) -> None:
        """Laying out, making the plot and drawing are turns of their own; the figure of before is not painted again."""
        if self._ready and not self._drawn and self.isVisible():
            self._upper.setUpdatesEnabled(False)
            self._drawing.start(APART)

    def _draw(self) -> None:
        if self.plot is None:
            self.plot = self._make_plot()
            self._draw_soon()
            return
        if self._drawn or not self.isVisible():
            return
        self.plot.set_curves(self._curves, self._arms, **self._look)
        current = self.table.currentIndex()
        if current.isValid() and self.plot.present is None:
            self.plot.point_at(*self.model.row(current))
        self._drawn = True
        self._upper.setUpdatesEnabled(True)

    def _make_plot(self) -> "CurvePlot":
        from rb_studio.gui.plots.screen import CurvePlot

        plot = CurvePlot(self._theme, self._name)
        plot.set_curves(CurveSet((), ()), ())
        plot.pointed.connect(self._pointed)
        plot.opened.connect(self._open_mark)
        self._room.takeAt(0)
        self._room.insertWidget(0, plot, 1)
        self.setTabOrder(plot, self.table)
        self.setFocusProxy(plot)
        self._add_menu(plot)
        return plot

    def _pointed(self, mark: "Mark") -> None:
        self._tell(mark.series, mark.point)
        self._following.start()

    def _follow(self) -> None:
        """The table goes where the pointer came to rest: every row in between would be painted."""
        row = None if self._told is None else self.model.place(*self._told)
        if row is not None and not self.table.hasFocus():
            self.table.selectRow(row)

    def _open_mark(self, mark: "Mark") -> None:
        self.opened.emit(mark.series, mark.point)

    def _open_row(self, index: QModelIndex) -> None:
        self.opened.emit(*self.model.row(index))

    def _show_row(self, current: QModelIndex, _previous: QModelIndex) -> None:
        if current.isValid():
            series, point = self.model.row(current)
            self._tell(series, point)
            if self.plot is not None and not self.plot.hasFocus():
                self.plot.point_at(series, point)

    def _tell_again(self) -> None:
        """The line goes with the figure: the same point with the numbers it has now, or no point."""
        row = None if self._told is None else self.model.place(*self._told)
        if row is not None:
            self._tell(*self.model.rows()[row])
        elif self._told is not None:
            self._told = None
            self._readout.setText(self.hint)

    def _tell(self, series: Series, point: Point) -> None:
        self._told = (series, point)
        self._readout.setText(point_sentence(self._curves.x, series, point))


def _widths(axis: str) -> list[int]:
    """Widths of the columns in characters: k has a column of its own where the axis is another one."""
    if axis == "k":
        return [*WIDTHS[: K_PLACE - 1], *WIDTHS[K_PLACE:]]
    if axis in NAMED:
        return [*WIDTHS[: K_PLACE - 1], NAMED_WIDTH, *WIDTHS[K_PLACE + 1 :]]
    return [*WIDTHS[:K_PLACE], *WIDTHS[K_PLACE + 1 :]] if axis in (POSITION, STRETCH) else WIDTHS
