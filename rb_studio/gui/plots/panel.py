"""Axes of a figure on screen: one, or one for each panel of small multiples, on scales they share."""

from collections.abc import Sequence
from html import escape
from itertools import chain

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QFontMetrics

from rb_studio.gui.plots.axes import reach, x_name
from rb_studio.gui.plots.draw import add_plot, set_axes, strokes_of
from rb_studio.gui.plots.ink import PAPER, Ink
from rb_studio.gui.plots.multiples import Cell
from rb_studio.gui.plots.names import is_share, short_value_name
from rb_studio.gui.plots.placing import Marks, placed, reported
from rb_studio.gui.plots.strokes import Strokes

REACH = 14  # pixels from a mark within which it is pointed at
TITLE_SIZE = "9pt"
GAP = 6
FEW_TICKS = 0.6  # of what is usual
BARE = 6  # pixels of an axis without numbers
UNBOUND = 16_777_215.0  # the height that Qt takes for any


class Panel:
    """One pair of axes with its curves."""

    def __init__(self, view: pg.GraphicsLayoutWidget, row: int, column: int) -> None:
        self.plot = add_plot(view, row, column)
        self.strokes = Strokes()
        self.plot.addItem(self.strokes)
        self.marks = Marks(())
        self.reach: tuple[float, float, float, float] | None = None
        self._title, self._ink = "", PAPER
        self._places = np.zeros((0, 2))
        self._beneath = 0  # curves that are painted first and can be pointed at last

    def draw(self, cell: Cell, ink: Ink, arms: Sequence[str], *, log2: bool) -> None:
        """Draw these curves."""
        curves = cell.curves
        drawn, paper = placed(curves, arms, log2=log2), reported(curves, log2=log2)
        set_axes(self.plot, curves, ink, log2=log2)
        self._title, self._ink = cell.title, ink
        self.plot.setTitle(escape(cell.title) if cell.title else None, color=ink.text, size=TITLE_SIZE)
        self.marks = Marks([*drawn, *paper])
        self.reach = reach(curves, drawn, log2) if drawn or paper else None
        self._beneath = len(paper)
        self.strokes.set_strokes(strokes_of(drawn, paper, ink))
        self._places = self.marks.where()

    def number(self, *, left: bool, below: bool, size: tuple[int, int]) -> None:
        """Beside others: numbers where they are asked for, of this width and height, and no names of axes."""
        for side, shown in (("left", left), ("bottom", below)):
            axis = self.plot.getAxis(side)
            axis.setStyle(showValues=shown)
            axis.showLabel(False)
        self.plot.getAxis("left").setTickDensity(FEW_TICKS)
        self.plot.titleLabel.setMaximumHeight(size[1])
        self.plot.layout.setRowFixedHeight(0, size[1])
        self.plot.getAxis("left").setWidth(size[0] if left else BARE)
        self.plot.getAxis("bottom").setHeight(size[1] if below else BARE)

    def fit_title(self, letters: QFontMetrics, width: int) -> None:
        """The title in the room there is."""
        text = letters.elidedText(self._title, Qt.TextElideMode.ElideMiddle, width)
        self.plot.titleLabel.setText(escape(text), color=self._ink.text, size=TITLE_SIZE)

    def point(self, place: int | None, colour: QColor) -> None:
        """Put the ring around a mark and raise its curve; None takes the ring away."""
        if place is None:
            self.strokes.set_ring(None, colour)
            return
        mark, count = self.marks[place], self.marks.curves
        self.strokes.set_ring(QPointF(mark.x, mark.y), colour, (self.marks.curve(place) + self._beneath) % count)

    def holds(self, scene_position: QPointF) -> bool:
        """Whether a place of the scene lies within the axes."""
        return bool(self.plot.vb.sceneBoundingRect().contains(scene_position))

    def nearest(self, scene_position: QPointF) -> int | None:
        """The mark within reach of a place of the scene."""
        if not len(self._places):
            return None
        box = self.plot.vb
        at = box.mapSceneToView(scene_position)
        width, height = box.viewPixelSize()
        away = np.hypot((self._places[:, 0] - at.x()) / width, (self._places[:, 1] - at.y()) / height)
        place = int(np.argmin(away))
        return place if away[place] <= REACH else None


class Panels:
    """The panels of a view, as many as there are cells; they zoom together, and name the axes they share once."""

    def __init__(self, view: pg.GraphicsLayoutWidget) -> None:
        self._view = view
        self._shape: tuple[int, int] = (0, 0)
        self._names: list[pg.LabelItem] = []
        self._shares = True
        self.all: list[Panel] = []

    def draw(self, cells: Sequence[Sequence[Cell]], ink: Ink, arms: Sequence[str], *, log2: bool) -> bool:
        """Draw a panel for each cell; true where the panels are others than before."""
        shape = len(cells), max(map(len, cells))
        fresh = shape != self._shape
        if fresh:
            self._arrange(*shape)
        for panel, cell in zip(self.all, chain.from_iterable(cells), strict=True):
            panel.draw(cell, ink, arms, log2=log2)
        self._shares = all(is_share(cell.curves) for cell in chain.from_iterable(cells))
        if len(self.all) > 1:
            self._number()
            for label, text in zip(self._names, _names_of(cells, log2), strict=True):
                label.setText(text, color=ink.text, size=TITLE_SIZE)
        return fresh

    def show_all(self) -> None:
        """Show everything that any panel has."""
        reached = [panel.reach for panel in self.all if panel.reach is not None]
        if reached:
            lefts, rights, bottoms, tops = zip(*reached, strict=True)
            box = self.all[0].plot.vb
            box.setRange(xRange=(min(lefts), max(rights)), yRange=(min(bottoms), max(tops)), padding=0)

    def at(self, scene_position: QPointF) -> Panel | None:
        """The panel at a place of the scene."""
        return next((panel for panel in self.all if panel.holds(scene_position)), None)

    def share(self, width: float, height: float) -> None:
        """Make all axes as wide and as high, beside their numbers and the names of the axes."""
        if len(self.all) < 2:
            return
        layout, (rows, columns) = self._view.ci.layout, self._shape
        numbers, line = self._numbers(), self._line()
        left, top, right, bottom = layout.getContentsMargins()
        each = (height - top - bottom - numbers[1] + BARE - line - rows * GAP) / rows
        for row in range(rows):
            layout.setRowFixedHeight(row, max(1.0, each + (numbers[1] - BARE) * (row == rows - 1)))
        layout.setRowFixedHeight(rows, line)
        each = (width - left - right - numbers[0] + BARE - line - columns * GAP) / columns
        for panel in self.all:
            panel.fit_title(self._view.fontMetrics(), max(0, int(each) - 4 * BARE))
        layout.setColumnFixedWidth(0, line)
        for column in range(columns):
            layout.setColumnFixedWidth(column + 1, max(1.0, each + (numbers[0] - BARE) * (column == 0)))

    def _numbers(self) -> tuple[int, int]:
        """How wide and how high the numbers at the axes are."""
        letters = self._view.fontMetrics()
        widest = "0.8" if self._shares else "10,000"
        return letters.horizontalAdvance(widest) + 2 * BARE, letters.height() + BARE

    def _line(self) -> int:
        return int(self._view.fontMetrics().height() * 1.2)

    def _number(self) -> None:
        rows, columns = self._shape
        for place, panel in enumerate(self.all):
            row, column = divmod(place, columns)
            panel.number(left=column == 0, below=row == rows - 1, size=self._numbers())

    def _arrange(self, rows: int, columns: int) -> None:
        self._clear()
        self._shape = rows, columns
        gap = 0 if rows * columns == 1 else GAP  # rows that are empty now have gaps all the same
        self._view.ci.layout.setHorizontalSpacing(gap)
        self._view.ci.layout.setVerticalSpacing(gap)
        if rows * columns == 1:
            self.all = [Panel(self._view, 0, 0)]
            return
        self.all = [Panel(self._view, row, column + 1) for row in range(rows) for column in range(columns)]
        self._names = [
            self._view.addLabel("", row=0, col=0, rowspan=rows, angle=-90),
            self._view.addLabel("", row=rows, col=1, colspan=columns),
        ]
        for panel in self.all[1:]:
            panel.plot.setXLink(self.all[0].plot)
            panel.plot.setYLink(self.all[0].plot)

    def _clear(self) -> None:
        layout = self._view.ci.layout
        for panel in self.all:
            panel.plot.setXLink(None)
            panel.plot.setYLink(None)
            self._view.removeItem(panel.plot)
        for label in self._names:
            self._view.removeItem(label)
        self._names = []
        for row in range(self._shape[0] + 1):
            layout.setRowMinimumHeight(row, 0)
            layout.setRowPreferredHeight(row, -1)
            layout.setRowMaximumHeight(row, UNBOUND)
        for column in range(self._shape[1] + 1):
            layout.setColumnMinimumWidth(column, 0)
            layout.setColumnPreferredWidth(column, -1)
            layout.setColumnMaximumWidth(column, UNBOUND)


def _names_of(cells: Sequence[Sequence[Cell]], log2: bool) -> tuple[str, str]:
    """What the axes show, upright and across: of the first panel with any curve."""
    curves = next((cell.curves for line in cells for cell in line if cell.curves.series), cells[0][0].curves)
    return short_value_name(curves), x_name(curves, log2)
