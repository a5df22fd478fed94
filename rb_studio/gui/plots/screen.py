"""A figure on screen: points tell what they are, and open what is behind them, by mouse and by keyboard."""

from collections.abc import Sequence

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QPoint, QPointF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFocusEvent, QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QToolTip, QVBoxLayout, QWidget

from rb_studio.gui.plots.draw import add_plot, draw, set_axes, set_range
from rb_studio.gui.plots.ink import screen_ink
from rb_studio.gui.plots.names import metric_of, point_key, point_sentence, value_name
from rb_studio.gui.plots.placing import Mark
from rb_studio.gui.plots.strokes import Strokes
from rb_studio.gui.theme import Theme
from rb_studio.jobs.streams import arm_name
from rb_studio.records.curve import CurveSet, Point, Series

REACH = 14


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
        self._log2 = False
        self._marks: list[Mark] = []
        self._places = np.zeros((0, 2))
        self._present: int | None = None
        self._ranged: tuple[object, ...] | None = None
        self.setAccessibleName(name)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._view = pg.GraphicsLayoutWidget()
        self._view.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._view.setAntialiasing(True)
        self._view.setMinimumSize(0, 0)
        self._plot = add_plot(self._view)
        self._strokes = Strokes()
        self._plot.addItem(self._strokes)
        self._badge = pg.TextItem(anchor=(1, 1))
        self._badge.setParentItem(self._plot.vb)
        self._plot.vb.sigResized.connect(self._place_badge)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(2, 2, 2, 2)
        layout.addWidget(self._view)
        self._view.scene().sigMouseMoved.connect(self._moved)
        self._view.scene().sigMouseClicked.connect(self._clicked)
        theme.changed.connect(self._paint)

    def set_curves(self, curves: CurveSet, arms: Sequence[str], *, log2: bool = False) -> None:
        """Draw these curves; where the person zoomed stays unless the axes are others."""
        before = self.present
        self._curves, self._arms, self._log2 = curves, arms, log2
        self._paint()
        if before is not None:
            self.point_at(before.series, before.point)

    @property
    def marks(self) -> list[Mark]:
        """Everything that can be pointed at."""
        return self._marks

    @property
    def present(self) -> Mark | None:
        """The point with the ring."""
        return None if self._present is None else self._marks[self._present]

    def point_at(self, series: Series, point: Point) -> None:
        """Put the ring around a point, if it is drawn."""
        axis = self._curves.x
        wanted = point_key(axis, series, point)
        found = [place for place, mark in enumerate(self._marks) if point_key(axis, mark.series, mark.point) == wanted]
        self._point(found[0] if found else None)

    def show_all(self) -> None:
        """Undo zooming and panning."""
        self._plot.enableAutoRange()
        set_range(self._plot, self._curves, log2=self._log2)

    @property
    def seen(self) -> tuple[float, float, float, float]:
        """The part of the axes on screen: left, right, bottom, top."""
        (left, right), (bottom, top) = self._plot.vb.viewRange()
        return left, right, bottom, top

    def place_of(self, mark: Mark) -> QPointF:
        """Where a mark stands in this widget."""
        return self._to_widget(self._plot.vb.mapViewToScene(QPointF(mark.x, mark.y)))

    def minimumSizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """Small enough for a small window."""
        one = self.fontMetrics()
        return QSize(one.averageCharWidth() * 36, one.height() * 9)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """Walk along the points and open them."""
        key = event.key()
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.present is not None:
            self.opened.emit(self.present)
        elif key in (Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Home, Qt.Key.Key_End) and self._marks:
            self._walk(Qt.Key(key))
        elif key in (Qt.Key.Key_Up, Qt.Key.Key_Down) and self._marks:
            self._change_series(-1 if key == Qt.Key.Key_Up else 1)
        else:
            super().keyPressEvent(event)

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
        set_axes(self._plot, self._curves, ink, log2=self._log2)
        self._marks, strokes = draw(self._curves, ink, self._arms, log2=self._log2)
        self._strokes.set_strokes(strokes)
        self._places = np.array([(mark.x, mark.y) for mark in self._marks], dtype=float).reshape(-1, 2)
        self._point(None)
        note = "simulated: practice model" if self._curves.simulated else ""
        self._badge.setText(note, color=QColor(self._theme.colours.warning))
        self._place_badge()
        self._range_if_new()
        self.setAccessibleDescription(self._description())

    def _place_badge(self, _box: object = None) -> None:
        """The mark of practice results stays in the corner of the figure."""
        size = self._plot.vb.size()
        self._badge.setPos(size.width(), size.height())

    def _range_if_new(self) -> None:
        """Another axis, metric or number of tasks shows everything; the same keeps the person's zoom."""
        last = max((float(mark.x) for mark in self._marks), default=0.0)
        ranged = (self._curves.x, self._log2, value_name(self._curves), last)
        if ranged != self._ranged:
            self._ranged = ranged
            self.show_all()

    def _description(self) -> str:
        names = ", ".join(dict.fromkeys(arm_name(mark.series) for mark in self._marks))
        metrics = ", ".join(dict.fromkeys(metric_of(mark.series) for mark in self._marks))
        return f"{len(self._marks)} points of {names or 'no arm'} ({metrics}); the table below has the same numbers"

    def _point(self, place: int | None) -> None:
        self._present = place
        mark = self.present
        at = None if mark is None else QPointF(mark.x, mark.y)
        self._strokes.set_ring(at, QColor(self._theme.colours.accent))

    def _walk(self, key: Qt.Key) -> None:
        last = len(self._marks) - 1
        now = self._present
        target = {
            Qt.Key.Key_Left: 0 if now is None else max(0, now - 1),
            Qt.Key.Key_Right: 0 if now is None else min(last, now + 1),
            Qt.Key.Key_Home: 0,
            Qt.Key.Key_End: last,
        }[key]
        self._announce(target)

    def _change_series(self, direction: int) -> None:
        """The nearest point of the next curve in the list."""
        names = list(dict.fromkeys(mark.series.name for mark in self._marks))
        now = self.present
        if now is None:
            self._announce(0)
            return
        wanted = names[(names.index(now.series.name) + direction) % len(names)]
        near = [(abs(mark.x - now.x), place) for place, mark in enumerate(self._marks) if mark.series.name == wanted]
        self._announce(min(near)[1])

    def _announce(self, place: int) -> None:
        self._point(place)
        self.pointed.emit(self._marks[place])

    def _show_tip(self, mark: Mark) -> None:
        at = self.mapToGlobal(self.place_of(mark).toPoint())
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
            self._show_tip(self._marks[place])

    def _clicked(self, event: "pg.GraphicsScene.mouseEvents.MouseClickEvent") -> None:
        self.setFocus(Qt.FocusReason.MouseFocusReason)
        if event.button() != Qt.MouseButton.LeftButton:
            return
        place = self._nearest(event.scenePos())
        if place is not None:
            event.accept()
            self._point(place)
            self.opened.emit(self._marks[place])
        elif event.double():
            self.show_all()

    def _nearest(self, scene_position: QPointF) -> int | None:
        """The mark within reach of a place of the scene."""
        box = self._plot.vb
        if not len(self._places) or not box.sceneBoundingRect().contains(scene_position):
            return None
        at = box.mapSceneToView(scene_position)
        width, height = box.viewPixelSize()
        away = np.hypot((self._places[:, 0] - at.x()) / width, (self._places[:, 1] - at.y()) / height)
        place = int(np.argmin(away))
        return place if away[place] <= REACH else None

    def _to_widget(self, scene_position: QPointF) -> QPointF:
        inside: QPoint = self._view.mapFromScene(scene_position)
        return QPointF(self._view.viewport().mapTo(self, inside))
