"""Colours, markers and dashes of figures: an arm keeps its colour and marker everywhere."""

from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPainterPath, QPen, QPixmap, QPolygonF

from rb_studio.gui.theme import Colours

# Okabe and Ito's palette: told apart with every common colour vision; markers repeat the distinction.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00", "#000000")
# The same hues, light enough for a dark ground.
COLOURS_ON_DARK = ("#5AA9E6", "#FF8A4C", "#3CCB9B", "#E79BC6", "#A5DCFF", "#FFC24D", "#FFFFFF")
MARKERS = ("o", "s", "t1", "d", "+", "x", "star")
SOLID, DASH, DOT = Qt.PenStyle.SolidLine, Qt.PenStyle.DashLine, Qt.PenStyle.DotLine
DASH_DOT, DASH_DOT_DOT = Qt.PenStyle.DashDotLine, Qt.PenStyle.DashDotDotLine
# A judged curve has the dashes of the true one, but a thinner line and open markers.
DASHES = {
    "best_of_k": SOLID,
    "pass_at_1": DOT,
    "pass_at_k": DASH,
    "judged": DOT,
    "judged_best": SOLID,
    "judged_any": DASH,
    "pass_hat_k": DASH_DOT,
    "cumulative": SOLID,
    "steps": SOLID,
    "steps_solved": DASH,
    "steps_failed": DOT,
    "selection_loss": SOLID,
    "marginal_gain": DASH_DOT_DOT,
    "fixes": SOLID,
    "regressions": DASH,
    "noisy_best": SOLID,
    "clear_best": DOT,
    "measured_best": DASH,
}
PATTERNS = {SOLID: (), DASH: (4.0, 2.0), DOT: (1.0, 2.0), DASH_DOT: (4.0, 2.0, 1.0, 2.0),
            DASH_DOT_DOT: (4.0, 2.0, 1.0, 2.0, 1.0, 2.0)}  # fmt: skip
JUDGED = ("judged", "judged_best", "judged_any")


def dashes(metric: str) -> Qt.PenStyle:
    """The dashes of a metric."""
    return DASHES.get(metric, SOLID)


@dataclass(frozen=True, slots=True)
class Ink:
    """What a figure is drawn with."""

    ground: str
    text: str
    axis: str
    grid: str
    arms: tuple[str, ...]

    def colour(self, arm: int) -> QColor:
        """The colour of the arm with this number."""
        return QColor(self.arms[arm % len(self.arms)])


MISSING = "crosshair"
GREY = "#9a9a9a"  # what a paper reports
PAPER = Ink("#ffffff", "#202020", "#606060", "#e4e4e4", COLOURS)


def screen_ink(colours: Colours, *, dark: bool) -> Ink:
    """Ink in the colours of the window."""
    return Ink(colours.base, colours.text, colours.muted, colours.border, COLOURS_ON_DARK if dark else COLOURS)


def marker(arm: int) -> str:
    """The marker of the arm with this number; after seven arms colour and marker meet in other pairs."""
    return MARKERS[(arm + arm // len(MARKERS)) % len(MARKERS)]


def line_icon(ink: Ink, arm: int | None, style: Qt.PenStyle, size: int, *, judged: bool = False) -> QIcon:
    """A piece of a curve as an icon: with an arm's colour and marker, or a dash in the colour of text.

    One that is `judged` is thin, with an open marker.
    """
    pixmap = QPixmap(size * 4, size * 2)
    pixmap.setDevicePixelRatio(2)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    colour = QColor(ink.text) if arm is None else ink.colour(arm)
    painter.setPen(QPen(colour, 1 if judged else 2, style))
    painter.drawLine(QPointF(1, size / 2), QPointF(size * 2 - 1, size / 2))
    if arm is not None:
        painter.setPen(QPen(colour, 2))
        painter.setBrush(colour)
        painter.drawPath(shape(marker(arm), QPointF(size, size / 2), size * 0.3))
    elif judged:
        painter.setPen(QPen(colour, 1))
        painter.setBrush(QColor(ink.ground))
        painter.drawPath(shape("o", QPointF(size, size / 2), size * 0.25))
    painter.end()
    return QIcon(pixmap)


def shape(name: str, centre: QPointF, radius: float) -> QPainterPath:
    """A marker as a path around its centre; `crosshair` is the mark of what cannot be estimated."""
    path = QPainterPath()
    square = QRectF(centre.x() - radius, centre.y() - radius, 2 * radius, 2 * radius)
    if name == "o":
        path.addEllipse(square)
    elif name == "s":
        path.addRect(square)
    elif name in ("+", "x", "star"):
        _strokes(path, name, centre, radius)
    elif name == "crosshair":
        path.addEllipse(square.adjusted(radius / 3, radius / 3, -radius / 3, -radius / 3))
        _strokes(path, "+", centre, radius)
    else:
        x, y = centre.x(), centre.y()
        top, bottom = QPointF(x, y - radius), QPointF(x, y + radius)
        left, right = QPointF(x - radius, y), QPointF(x + radius, y)
        corners = [top, right, bottom, left] if name == "d" else [top, square.bottomRight(), square.bottomLeft()]
        path.addPolygon(QPolygonF([*corners, corners[0]]))
    return path


def _strokes(path: QPainterPath, name: str, centre: QPointF, radius: float) -> None:
    upright = [(0.0, radius), (radius, 0.0)]
    slanted = [(radius * 0.8, radius * 0.8), (radius * 0.8, -radius * 0.8)]
    for dx, dy in {"+": upright, "x": slanted, "star": upright + slanted}[name]:
        path.moveTo(centre - QPointF(dx, dy))
        path.lineTo(centre + QPointF(dx, dy))
