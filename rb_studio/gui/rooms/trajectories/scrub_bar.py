"""The scrub bar: one tick a step, coloured by what the step does, with signs for errors and marks of others."""

from collections.abc import Mapping, Sequence

from PySide6.QtCore import QEvent, QPoint, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QPen, QPixmap
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget

from rb_studio.gui.rooms.trajectories.opened import Opened
from rb_studio.gui.rooms.trajectories.parts import Lane
from rb_studio.gui.rooms.trajectories.scrub_draw import LANES, Brush, Drawn
from rb_studio.gui.rooms.trajectories.ticks import Tick, preview_of
from rb_studio.gui.theme import Theme

LEAST_MARK = 5


class ScrubBar(QWidget):
    """Click or drag to a step; hovering previews it.

    Signals
    -------
    asked
        A step was pointed at; carries its number.
    extended
        The selection is to reach to a step: Shift was down.
    toggled
        A step is to be selected or no more: Ctrl was down.
    """

    asked = Signal(int)
    extended = Signal(int)
    toggled = Signal(int)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._opened: Opened | None = None
        self._ticks: tuple[Tick, ...] = ()
        self._cited: frozenset[int] = frozenset()
        self._passes: tuple[int, ...] = ()
        self._marks: dict[Lane, Mapping[int, str]] = {}
        self._selected: frozenset[int] = frozenset()
        self._blind = False
        self._current = 0
        self._preview: QLabel | None = None
        self._picture: QPixmap | None = None
        self._made_of: tuple[object, ...] = ()
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Steps of the rollout")

    def show_rollout(self, opened: Opened | None) -> None:
        """Another rollout, or the same one with more steps; the ends of refinement passes are lines."""
        ticks = opened.ticks if opened is not None else ()
        verdicts = opened.verdicts if opened is not None else ()
        passes = opened.trajectory.passes if opened is not None else ()
        cited = frozenset(step for verdict in verdicts for step in verdict.cited if 1 <= step <= len(ticks))
        inner = tuple(step for step in passes if 0 < step < len(ticks))
        self._opened = opened
        if (ticks, cited, inner) != (self._ticks, self._cited, self._passes):
            self._ticks, self._cited, self._passes = ticks, cited, inner
            self.update()

    def show_current(self, step: int) -> None:
        """The step on screen."""
        self._current = step
        self._describe()
        self.update()

    def show_marks(self, lane: Lane, steps: Mapping[int, str]) -> None:
        """Mark steps, each with a word for its preview; none takes the lane's marks away."""
        if dict(steps) != self._marks.get(lane, {}):
            self._marks[lane] = dict(steps)
            self._marks_changed()

    def marked(self, lane: Lane) -> frozenset[int]:
        """The steps with a mark in a lane."""
        return frozenset(self._marks.get(lane, ()))

    def forget_marks(self) -> None:
        """Another rollout has none yet."""
        if any(self._marks.values()):
            self._marks.clear()
            self._marks_changed()

    def show_selected(self, steps: Sequence[int]) -> None:
        """The selected steps."""
        self._selected = frozenset(steps)
        self._describe()
        self.update()

    def set_blind(self, on: bool) -> None:
        """Without the steps that verdicts name, or with them."""
        self._blind = on
        self._describe()
        self.update()

    def tick_text(self, step: int) -> str:
        """What the preview of a step says."""
        tick = self._ticks[step - 1]
        said = [f"Step {step} of {len(self._ticks)}: {tick.kind}", *((tick.sign,) if tick.sign else ())]
        if step in self._cited and not self._blind:
            said.append("cited by a verdict")
        if step in self._selected:
            said.append("selected")
        said += [f"{LANES[lane]}: {steps[step]}" for lane, steps in self._marks.items() if step in steps]
        seen = preview_of(self._opened.step(step)) if self._opened is not None else ""
        told = " \u2013 ".join(said)
        return f"{told}\n{seen}"

    def step_at(self, x: float) -> int:
        """The step under a point, 0 without steps."""
        count = len(self._ticks)
        return min(count, max(1, int(x / max(self.width(), 1) * count) + 1)) if count else 0

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """Two lines high, and a strip for marks where there are any."""
        high = self.fontMetrics().height() * 2 + 6 + self._drawn.strip
        return QSize(self.fontMetrics().averageCharWidth() * 30, high)

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """To the step under the pointer, or select it."""
        if event.button() == Qt.MouseButton.LeftButton and self._ticks:
            self._point(event, self.step_at(event.position().x()))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """Preview; with the button down go there."""
        step = self.step_at(event.position().x())
        toggling = event.modifiers() & Qt.KeyboardModifier.ControlModifier
        if step and step != self._current and event.buttons() & Qt.MouseButton.LeftButton and not toggling:
            self._point(event, step)
        if step:
            self._show_preview(step)

    def leaveEvent(self, event: QEvent) -> None:  # noqa: N802 - Qt's name
        """No preview any more."""
        if self._preview is not None:
            self._preview.hide()
        super().leaveEvent(event)

    def hideEvent(self, event: QEvent) -> None:  # noqa: N802 - Qt's name
        """The preview belongs to the window: it must not stay behind."""
        if self._preview is not None:
            self._preview.hide()

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """Ticks and marks, and where we are."""
        painter = QPainter(self)
        painter.drawPixmap(0, 0, self._drawn_ticks())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colours = self._theme.colours
        if self._current and self._ticks:
            width = self.width() / len(self._ticks)
            wide = max(width - 2, LEAST_MARK)
            left = min((self._current - 1) * width, self.width() - wide - 2)
            top = 5 + self._drawn.strip
            painter.setPen(QPen(QColor(colours.text), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(left + 1, top, wide, self.height() - top - 3), 2, 2)
        if self.hasFocus():
            painter.setPen(QPen(QColor(colours.accent), 1))
            painter.drawRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5))
        painter.end()

    @property
    def _drawn(self) -> Drawn:
        cited = frozenset() if self._blind else self._cited
        return Drawn(self._ticks, cited, self._passes, self._marks, self._selected)

    def _drawn_ticks(self) -> QPixmap:
        """Everything but where we are: many steps take long to draw, and a step changes none of them."""
        ratio, colours, shown = self.devicePixelRatioF(), self._theme.colours, self._drawn
        marks = tuple(sorted((lane, frozenset(steps)) for lane, steps in self._marks.items()))
        made_of = (
            *(shown.ticks, shown.cited, shown.passes, shown.selected, marks),
            *(self.size().toTuple(), ratio, self.font().key(), colours),
        )
        if self._picture is not None and made_of == self._made_of:
            return self._picture
        picture = QPixmap(self.size() * ratio)
        picture.setDevicePixelRatio(ratio)
        picture.fill(Qt.GlobalColor.transparent)
        painter = QPainter(picture)
        painter.setFont(self.font())
        Brush(painter, QRectF(self.rect()), self.fontMetrics(), colours, shown).paint()
        painter.end()
        self._picture, self._made_of = picture, made_of
        return picture

    def _marks_changed(self) -> None:
        self._describe()
        self.updateGeometry()
        self.update()

    def _point(self, event: QMouseEvent, step: int) -> None:
        if event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            self.extended.emit(step)
        elif event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.toggled.emit(step)
        else:
            self.asked.emit(step)

    def _describe(self) -> None:
        if 1 <= self._current <= len(self._ticks):
            self.setAccessibleDescription(self.tick_text(self._current))

    def _show_preview(self, step: int) -> None:
        """A note over the bar, inside the window."""
        window = self.window()
        if self._preview is None or self._preview.parent() is not window:
            self._preview = QLabel(window)
            self._preview.setProperty("role", "toast")
            self._preview.setTextFormat(Qt.TextFormat.PlainText)
            self._preview.setWordWrap(True)
            self._preview.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
            self._preview.setMargin(6)
            self._preview.setAutoFillBackground(True)
        preview = self._preview
        preview.setText(self.tick_text(step))
        preview.setFixedWidth(min(window.width() - 20, self.fontMetrics().averageCharWidth() * 60))
        preview.adjustSize()
        middle = int((step - 0.5) * self.width() / len(self._ticks))
        at = self.mapTo(window, QPoint(middle - preview.width() // 2, -preview.height() - 4))
        preview.move(max(4, min(at.x(), window.width() - preview.width() - 4)), max(4, at.y()))
        preview.show()
        preview.raise_()
