"""The scrub bar: one tick a step, coloured by what the step does, with signs for errors."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QPen, QPixmap, QPolygonF
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget

from rb_studio.gui.rooms.trajectories.kinds import Kind, kind_of, signs
from rb_studio.gui.rooms.trajectories.opened import Opened
from rb_studio.gui.rooms.trajectories.parts import Lane
from rb_studio.gui.rooms.trajectories.plain import readable
from rb_studio.gui.theme import Colours, Theme

COLOURS = {
    Kind.OPEN: "accent",
    Kind.WRITE: "warning",
    Kind.READ: "muted",
    Kind.ANSWER: "text",
    Kind.NOTHING: "border",
}
HEIGHTS = {Kind.OPEN: 0.7, Kind.WRITE: 1.0, Kind.READ: 0.5, Kind.RUN: 0.85, Kind.ANSWER: 1.0, Kind.NOTHING: 0.3}
PREVIEW = 300
TINT = 0.35
BAND = 4
LEAST_MARK = 5


@dataclass(frozen=True, slots=True)
class Tick:
    """One step on the bar; `sign` is its error in a word, `cited` tells that a verdict names it."""

    kind: Kind
    sign: str | None
    cited: bool
    preview: str


def ticks_of(opened: Opened) -> tuple[Tick, ...]:
    """The ticks of a rollout."""
    cited = {step for verdict in opened.verdicts for step in verdict.cited}
    return tuple(
        Tick(kind_of(step), signs(step), place in cited, _preview(opened, place))
        for place, step in enumerate(opened.trajectory.steps, 1)
    )


class ScrubBar(QWidget):
    """Click or drag to a step; hovering previews it.

    Signals
    -------
    asked
        A step was pointed at; carries its number.
    """

    asked = Signal(int)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._ticks: tuple[Tick, ...] = ()
        self._marks: dict[Lane, Mapping[int, str]] = {}
        self._selected: frozenset[int] = frozenset()
        self._blind = False
        self._passes: tuple[int, ...] = ()
        self._current = 0
        self._preview: QLabel | None = None
        self._picture: QPixmap | None = None
        self._made_of: tuple[object, ...] = ()
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Steps of the rollout")

    def show_ticks(self, ticks: tuple[Tick, ...], passes: Sequence[int] = ()) -> None:
        """Other steps, or more of them; `passes` are the last steps of refinement passes, shown as lines."""
        inner = tuple(step for step in passes if 0 < step < len(ticks))
        if (ticks, inner) != (self._ticks, self._passes):
            self._ticks, self._passes = ticks, inner
            self.update()

    def show_current(self, step: int) -> None:
        """The step on screen."""
        self._current = step
        self._describe()
        self.update()

    def show_marks(self, lane: Lane, steps: Mapping[int, str]) -> None:
        """Mark steps, each with a word for its preview."""
        self._marks[lane] = dict(steps)
        self.update()

    def forget_marks(self) -> None:
        """Another rollout has none yet."""
        self._marks.clear()
        self.update()

    def show_selected(self, steps: Sequence[int]) -> None:
        """The selected steps."""
        self._selected = frozenset(steps)
        self.update()

    def set_blind(self, on: bool) -> None:
        """Without the steps that verdicts name, or with them."""
        self._blind = on
        self.update()

    @property
    def _hits(self) -> frozenset[int]:
        return frozenset(self._marks.get("hits", ()))

    def tick_text(self, step: int) -> str:
        """What the preview of a step says."""
        tick = self._ticks[step - 1]
        sign = f" \u2013 {tick.sign}" if tick.sign else ""
        cited = " \u2013 cited by a verdict" if tick.cited else ""
        return f"Step {step} of {len(self._ticks)}: {tick.kind}{sign}{cited}\n{tick.preview}"

    def step_at(self, x: float) -> int:
        """The step under a point, 0 without steps."""
        count = len(self._ticks)
        return min(count, max(1, int(x / max(self.width(), 1) * count) + 1)) if count else 0

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """Two lines high."""
        return QSize(self.fontMetrics().averageCharWidth() * 30, self.fontMetrics().height() * 2 + 6)

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """To the step under the pointer."""
        if event.button() == Qt.MouseButton.LeftButton and self._ticks:
            self.asked.emit(self.step_at(event.position().x()))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """Preview; with the button down go there."""
        step = self.step_at(event.position().x())
        if step and event.buttons() & Qt.MouseButton.LeftButton:
            self.asked.emit(step)
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
        """Ticks, signs, citations, hits and where we are."""
        painter = QPainter(self)
        painter.drawPixmap(0, 0, self._drawn_ticks())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colours = self._theme.colours
        if self._current and self._ticks:
            width = self.width() / len(self._ticks)
            wide = max(width - 2, LEAST_MARK)
            left = min((self._current - 1) * width, self.width() - wide - 2)
            pen = QPen(QColor(colours.text), 2)
            painter.setPen(pen)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(left + 1, 5, wide, self.height() - 8), 2, 2)
        if self.hasFocus():
            painter.setPen(QPen(QColor(colours.accent), 1))
            painter.drawRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5))
        painter.end()

    def _drawn_ticks(self) -> QPixmap:
        """Everything but where we are: many steps take long to draw, and a step changes none of them."""
        ratio, colours = self.devicePixelRatioF(), self._theme.colours
        made_of = (self._ticks, self._hits, self._passes, self.size().toTuple(), ratio, self.font().key(), colours)
        if self._picture is not None and made_of == self._made_of:
            return self._picture
        picture = QPixmap(self.size() * ratio)
        picture.setDevicePixelRatio(ratio)
        picture.fill(Qt.GlobalColor.transparent)
        painter = QPainter(picture)
        painter.setFont(self.font())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        area = QRectF(self.rect()).adjusted(0, 7, 0, -7)
        painter.fillRect(area, QColor(colours.base))
        width = self.width() / max(len(self._ticks), 1)
        for place in self._visible(width):
            self._paint_tick(painter, area, place, width)
        painter.setPen(QPen(QColor(colours.text), 1))
        for place in self._passes:
            painter.drawLine(QPointF(place * width, 0), QPointF(place * width, self.height()))
        painter.end()
        self._picture, self._made_of = picture, made_of
        return picture

    def _visible(self, width: float) -> list[int]:
        """Every step, or, where many share a pixel, one each with those that bear a sign."""
        count = len(self._ticks)
        if width >= 1:
            return list(range(count))
        every = max(1, int(1 / width))
        return [place for place in range(count) if place % every == 0 or self._ticks[place].sign]

    def _paint_tick(self, painter: QPainter, area: QRectF, place: int, width: float) -> None:
        colours, tick = self._theme.colours, self._ticks[place]
        gap = 2 if width >= 8 else 1 if width >= 4 else 0
        wide = max(width - gap, 1)
        high = area.height() * HEIGHTS[tick.kind]
        left = place * width + gap / 2
        error = tick.sign == "error"
        colour = QColor(colours.failure) if error else kind_colour(tick.kind, colours)
        colour.setAlphaF(TINT)
        painter.fillRect(QRectF(left, area.bottom() - high, wide, high), colour)
        colour.setAlphaF(1.0)
        painter.fillRect(QRectF(left, area.bottom() - BAND, wide, BAND), colour)
        self._paint_word(painter, QRectF(left + 3, area.top(), wide - 6, area.height()), place)
        middle = left + wide / 2
        if tick.sign:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(colours.failure if error else colours.warning))
            painter.drawPolygon(QPolygonF([QPointF(middle - 4, 0), QPointF(middle + 4, 0), QPointF(middle, 6)]))
        if tick.cited:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(colours.accent))
            painter.drawEllipse(QPointF(middle, self.height() - 2.5), 2, 2)
        if place + 1 in self._hits:
            painter.fillRect(QRectF(left, self.height() - 6, wide, 3), QColor(colours.mark))

    def _paint_word(self, painter: QPainter, room: QRectF, place: int) -> None:
        """Number and word of a step, where they fit."""
        metrics, tick = self.fontMetrics(), self._ticks[place]
        for text in (f"{place + 1}  {tick.sign or tick.kind}", str(place + 1)):
            if metrics.horizontalAdvance(text) <= room.width():
                painter.setPen(QColor(self._theme.colours.text))
                painter.drawText(room, Qt.AlignmentFlag.AlignCenter, text)
                return

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


def kind_colour(kind: Kind, colours: Colours) -> QColor:
    """The colour of a kind; running something is between accent and failure, so that it is no other's."""
    if kind is not Kind.RUN:
        return QColor(getattr(colours, COLOURS[kind]))
    one, other = QColor(colours.accent), QColor(colours.failure)
    return QColor(*((a + b) // 2 for a, b in zip(one.getRgb()[:3], other.getRgb()[:3], strict=True)))  # type: ignore[index]


def _preview(opened: Opened, place: int) -> str:
    """Thought, action and error of a step in a few lines."""
    step = opened.step(place)
    parts = [_short(step.thought), _short(step.action_text)]
    if step.error:
        parts.append(f"Error: {_short(step.error)}")
    return "\n".join(part for part in parts if part)


def _short(text: str) -> str:
    line = " ".join(readable(text[: PREVIEW * 2]).split())
    return line if len(line) <= PREVIEW else line[:PREVIEW] + "\u2026"
