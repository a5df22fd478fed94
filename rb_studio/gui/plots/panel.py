"""Axes of a figure on screen: one, or one for each panel of small multiples, on scales they share."""

from collections.abc import Sequence
from html import escape

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QPointF

from rb_studio.gui.plots.axes import reach
from rb_studio.gui.plots.draw import add_plot, set_axes, strokes_of
from rb_studio.gui.plots.ink import Ink
from rb_studio.gui.plots.multiples import Cell
from rb_studio.gui.plots.placing import Marks, placed, reported
from rb_studio.gui.plots.strokes import Strokes

REACH = 14  # pixels from a mark within which it is pointed at
TITLE_SIZE = "9pt"
UNBOUND = 16_777_215.0  # the height that Qt takes for any


class Panel:
    """One pair of axes with its curves."""

    def __init__(self, view: pg.GraphicsLayoutWidget, row: int, column: int) -> None:
        self.plot = add_plot(view, row, column)
        self.strokes = Strokes()
        self.plot.addItem(self.strokes)
        self.marks = Marks(())
        self.reach: tuple[float, float, float, float] | None = None
        self._places = np.zeros((0, 2))

    def draw(self, cell: Cell, ink: Ink, arms: Sequence[str], *, log2: bool, first: bool, last: bool) -> None:
        """Draw these curves; only the `first` panel of a row and the `last` of a column have numbers."""
        curves = cell.curves
        drawn, paper = placed(curves, arms, log2=log2), reported(curves, log2=log2)
        set_axes(self.plot, curves, ink, log2=log2)
        self.plot.setTitle(escape(cell.title) if cell.title else None, color=ink.text, size=TITLE_SIZE)
        for side, shown in (("left", first), ("bottom", last)):
            axis = self.plot.getAxis(side)
            axis.setStyle(showValues=shown)
            axis.showLabel(shown)
        self.marks = Marks([*drawn, *paper])
        self.reach = reach(curves, drawn, log2) if drawn or paper else None
        self.strokes.set_strokes(strokes_of(drawn, paper, ink))
        self._places = self.marks.where()

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
    """The panels of a view, as many as there are cells; they zoom together."""

    def __init__(self, view: pg.GraphicsLayoutWidget) -> None:
        self._view = view
        self._shape: tuple[int, int] = (0, 0)
        self.all: list[Panel] = []

    def draw(self, cells: Sequence[Sequence[Cell]], ink: Ink, arms: Sequence[str], *, log2: bool) -> bool:
        """Draw a panel for each cell; true where the panels are others than before."""
        shape = len(cells), max(map(len, cells))
        fresh = shape != self._shape
        if fresh:
            self._arrange(*shape)
        panels = iter(self.all)
        for row, line in enumerate(cells):
            for column, cell in enumerate(line):
                next(panels).draw(cell, ink, arms, log2=log2, first=column == 0, last=row == len(cells) - 1)
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

    def share(self, height: float) -> None:
        """Make all axes as high: the last row has its numbers below as well."""
        layout, rows = self._view.ci.layout, self._shape[0]
        if rows < 2:
            return
        last, other = (self.all[place].plot.getAxis("bottom").height() for place in (-1, 0))
        each = (height - (last - other) - (rows - 1) * layout.verticalSpacing()) / rows
        for row in range(rows):
            layout.setRowFixedHeight(row, max(1.0, each + (last - other) * (row == rows - 1)))

    def _arrange(self, rows: int, columns: int) -> None:
        for panel in self.all:
            panel.plot.setXLink(None)
            panel.plot.setYLink(None)
            self._view.removeItem(panel.plot)
        for row in range(self._shape[0]):
            self._view.ci.layout.setRowMinimumHeight(row, 0)
            self._view.ci.layout.setRowMaximumHeight(row, UNBOUND)
            self._view.ci.layout.setRowPreferredHeight(row, -1)
        self._shape = rows, columns
        self.all = [Panel(self._view, row, column) for row in range(rows) for column in range(columns)]
        for panel in self.all[1:]:
            panel.plot.setXLink(self.all[0].plot)
            panel.plot.setYLink(self.all[0].plot)
