"""A figure on screen: points tell what they are, and open what is behind them, by mouse and by keyboard."""

from collections.abc import Sequence

import pyqtgraph as pg
from PySide6.QtCore import QEvent, QObject, QPoint, QPointF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFocusEvent, QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QScrollArea, QToolTip, QVBoxLayout, QWidget

from rb_studio.gui.plots.ink import screen_ink
from rb_studio.gui.plots.multiples import Cell, cells_of
from rb_studio.gui.plots.names import metric_of, point_key, point_sentence, value_name
from rb_studio.gui.plots.panel import Panel, Panels
from rb_studio.gui.plots.placing import Mark
from rb_studio.gui.theme import Theme
from rb_studio.jobs.places import PHASE
from rb_studio.jobs.streams import arm_name
from rb_studio.records.curve import CurveSet, Point, Series

PANEL_LINES = 8  # a panel of several is no lower than so many lines of text
SHOWN_NAMES = 12


class CurvePlot(QWidget):
    """One figure, drawn anew whenever its curves or the theme change.

    Arrow keys walk from point to point, Enter opens, a double click shows everything again.

    Signals
    -------
    pointed
        A point is pointed at; carries a Mark.
    opened
        A point was clicked, or Enter pressed on it; carries a Mark.
    """

    pointed = Signal(object)
    opened = Signal(object)

    def __init__(self, theme: Theme, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._curves = CurveSet((), ())
        self._arms: Sequence[str] = ()
        self._log2 = self._split = False
        self._present: tuple[Panel, int] | None = None
        self._ranged: tuple[object, ...] | None = None
        self.setAccessibleName(name)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._view = pg.GraphicsLayoutWidget()
        self._view.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._view.setAntialiasing(True)
        self._view.setMinimumSize(0, 0)
        self._panels = Panels(self._view)
        self._badge = pg.TextItem(anchor=(1, 1))
        self._scroll = QScrollArea()
        self._scroll.setWidget(self._view)
        self._scroll.setWidgetResizable(True)
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._scroll.viewport().installEventFilter(self)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(2, 2, 2, 2)
        layout.addWidget(self._scroll)
        self._view.scene().sigMouseMoved.connect(self._moved)
        self._view.scene().sigMouseClicked.connect(self._clicked)
        theme.changed.connect(self._paint)

    def set_curves(self, curves: CurveSet, arms: Sequence[str], *, log2: bool = False, panels: bool = False) -> None:
        """Draw these curves, in `panels` by memory and scaling; the person's zoom stays unless the axes are others."""
        before = self.present
        self._curves, self._arms, self._log2, self._split = curves, arms, log2, panels
        self._paint()
        if before is not None:
            self.point_at(before.series, before.point)

    @property
    def marks(self) -> Sequence[Mark]:
        """Everything that can be pointed at, panel by panel."""
        panels = self._panels.all
        return panels[0].marks if len(panels) == 1 else [mark for panel in panels for mark in panel.marks]

    @property
    def present(self) -> Mark | None:
        """The point with the ring."""
        return None if self._present is None else self._present[0].marks[self._present[1]]

    def point_at(self, series: Series, point: Point) -> None:
        """Put the ring around a point, if it is drawn."""
        wanted = point_key(self._curves.x, series, point)
        for panel in self._panels.all:
            for place in panel.marks.of(series.name):
                if point_key(self._curves.x, series, panel.marks[place].point) == wanted:
                    self._point((panel, place))
                    return
        self._point(None)

    def show_all(self) -> None:
        """Undo zooming and panning."""
        self._panels.show_all()

    @property
    def seen(self) -> tuple[float, float, float, float]:
        """The part of the axes on screen: left, right, bottom, top."""
        (left, right), (bottom, top) = self._panels.all[0].plot.vb.viewRange()
        return left, right, bottom, top

    def place_of(self, mark: Mark) -> QPointF:
        """Where a mark stands in this widget."""
        panel = next((one for one in self._panels.all if one.marks.of(mark.series.name)), self._panels.all[0])
        return self._to_widget(panel, mark)

    def minimumSizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """Small enough for a small window."""
        one = self.fontMetrics()
        return QSize(one.averageCharWidth() * 36, one.height() * 9)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """Walk along the points and open them."""
        key = event.key()
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.present is not None:
            self.opened.emit(self.present)
        elif key in (Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Home, Qt.Key.Key_End) and self._drawn():
            self._walk(Qt.Key(key))
        elif key in (Qt.Key.Key_Up, Qt.Key.Key_Down) and self._drawn():
            self._change_series(-1 if key == Qt.Key.Key_Up else 1)
        else:
            super().keyPressEvent(event)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        """Panels stay as wide and as high as each other, also where a scroll bar comes."""
        if event.type() == QEvent.Type.Resize:
            self._share()
        return super().eventFilter(watched, event)

    def focusInEvent(self, event: QFocusEvent) -> None:  # noqa: N802 - Qt's name
        """Show the focus."""
        super().focusInEvent(event)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:  # noqa: N802 - Qt's name
        """Show that the focus is gone."""
        super().focusOutEvent(event)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """A frame, in the accent colour with the focus."""
        painter = QPainter(self)
        colours = self._theme.colours
        painter.setPen(QColor(colours.accent if self.hasFocus() else colours.border))
        painter.drawRect(self.rect().adjusted(0, 0, -1, -1))

    def _paint(self) -> None:
        ink = screen_ink(self._theme.colours, dark=self._theme.dark)
        self._view.setBackground(ink.ground)
        cells = (cells_of(self._curves) if self._split else []) or [[Cell("", self._curves)]]
        self._present = None
        if self._panels.draw(cells, ink, self._arms, log2=self._log2):
            self._arranged(len(cells))
        self._share()
        self._point(None)
        note = "simulated: practice model" if self._curves.simulated else ""
        self._badge.setText(note, color=QColor(self._theme.colours.warning))
        self._place_badge()
        self._range_if_new(len(cells))
        self.setAccessibleDescription(self._description())

    def _arranged(self, rows: int) -> None:
        """Other panels: the last one has the mark of practice results, and many of them scroll."""
        box = self._panels.all[-1].plot.vb
        self._badge = pg.TextItem(anchor=(1, 1))
        self._badge.setParentItem(box)
        box.sigResized.connect(self._place_badge)
        line = self.fontMetrics().height()
        self._view.setMinimumHeight(0 if rows == 1 else (rows * PANEL_LINES + 2) * line)

    def _share(self) -> None:
        room = self._scroll.viewport()
        self._panels.share(room.width(), max(room.height(), self._view.minimumHeight()))

    def _place_badge(self, _box: object = None) -> None:
        """The mark of practice results stays in the corner of the figure where fewest marks are."""
        size = self._panels.all[-1].plot.vb.size()
        above = self._curves.x == PHASE
        self._badge.setAnchor((1, 0 if above else 1))
        self._badge.setPos(size.width(), 0 if above else size.height())

    def _range_if_new(self, rows: int) -> None:
        """Other axes, panels or numbers of tasks show everything; the same keep the person's zoom."""
        last = max((panel.reach[1] for panel in self._panels.all if panel.reach), default=0.0)
        ranged = (self._curves.x, self._log2, value_name(self._curves), rows, last)
        if ranged != self._ranged:
            self._ranged = ranged
            self.show_all()

    def _description(self) -> str:
        count = sum(len(panel.marks) for panel in self._panels.all)
        arms = list(dict.fromkeys(map(arm_name, self._curves.series)))
        names = ", ".join(arms[:SHOWN_NAMES]) + (f" and {len(arms) - SHOWN_NAMES} more" * (len(arms) > SHOWN_NAMES))
        metrics = ", ".join(dict.fromkeys(map(metric_of, self._curves.series)))
        return f"{count} points of {names or 'no arm'} ({metrics}); the table below has the same numbers"

    def _drawn(self) -> list[Panel]:
        """The panels with something in them."""
        return [panel for panel in self._panels.all if len(panel.marks)]

    def _point(self, place: tuple[Panel, int] | None) -> None:
        self._present = place
        for panel in self._panels.all:
            here = place[1] if place is not None and place[0] is panel else None
            panel.point(here, QColor(self._theme.colours.accent))

    def _walk(self, key: Qt.Key) -> None:
        """One point on or back, over the edges of panels too; to the first or the last."""
        panels = self._drawn()
        places = [(panel, place) for panel in panels for place in (0, len(panel.marks) - 1)]
        if key == Qt.Key.Key_Home or (self._present is None and key != Qt.Key.Key_End):
            self._announce(places[0])
            return
        if key == Qt.Key.Key_End or self._present is None:
            self._announce(places[-1])
            return
        panel, place = self._present
        number, step = panels.index(panel), 1 if key == Qt.Key.Key_Right else -1
        if 0 <= place + step < len(panel.marks):
            self._announce((panel, place + step))
        elif 0 <= number + step < len(panels):
            self._announce(places[2 * (number + step) + (step < 0)])

    def _change_series(self, direction: int) -> None:
        """The nearest point of the next curve in the list, over the edges of panels too."""
        curves = [(panel, name) for panel in self._drawn() for name in dict.fromkeys(panel.marks.names())]
        now = self.present
        if now is None or self._present is None:
            self._announce((curves[0][0], 0))
            return
        panel, name = curves[(curves.index((self._present[0], now.series.name)) + direction) % len(curves)]
        near = [(abs(panel.marks[place].x - now.x), place) for place in panel.marks.of(name)]
        self._announce((panel, min(near)[1]))

    def _announce(self, place: tuple[Panel, int]) -> None:
        self._point(place)
        mark = place[0].marks[place[1]]
        at = self._view.mapFromScene(place[0].plot.vb.mapViewToScene(QPointF(mark.x, mark.y)))
        self._scroll.ensureVisible(at.x(), at.y(), 0, self.fontMetrics().height())
        self.pointed.emit(mark)

    def _show_tip(self, panel: Panel, mark: Mark) -> None:
        at = self.mapToGlobal(self._to_widget(panel, mark).toPoint())
        QToolTip.showText(at, point_sentence(self._curves.x, mark.series, mark.point), self)

    def _moved(self, scene_position: QPointF) -> None:
        place = self._nearest(scene_position)
        self._view.viewport().setCursor(
            Qt.CursorShape.ArrowCursor if place is None else Qt.CursorShape.PointingHandCursor
        )
        if place is None:
            QToolTip.hideText()
        elif place != self._present or not QToolTip.isVisible():
            self._announce(place)
            self._show_tip(place[0], place[0].marks[place[1]])

    def _clicked(self, event: "pg.GraphicsScene.mouseEvents.MouseClickEvent") -> None:
        self.setFocus(Qt.FocusReason.MouseFocusReason)
        if event.button() != Qt.MouseButton.LeftButton:
            return
        place = self._nearest(event.scenePos())
        if place is not None:
            event.accept()
            self._point(place)
            self.opened.emit(place[0].marks[place[1]])
        elif event.double():
            self.show_all()

    def _nearest(self, scene_position: QPointF) -> tuple[Panel, int] | None:
        """The mark within reach of a place of the scene."""
        panel = self._panels.at(scene_position)
        place = None if panel is None else panel.nearest(scene_position)
        return None if panel is None or place is None else (panel, place)

    def _to_widget(self, panel: Panel, mark: Mark) -> QPointF:
        scene = panel.plot.vb.mapViewToScene(QPointF(mark.x, mark.y))
        inside: QPoint = self._view.mapFromScene(scene)
        return QPointF(self._view.viewport().mapTo(self, inside))
