"""A drawing as plain parts in points (1/72 inch), painted by Qt or written as SVG: one figure, whatever the file."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPainterPath, QPen, QPolygonF

from rb_studio.gui.plots.ink import shape

FAMILIES = ("Liberation Sans", "Arial", "Helvetica", "DejaVu Sans", "Noto Sans", "Segoe UI")
FINE = 16  # text is measured this much larger: letters are whole pixels wide where it is small
INCH = 25.4  # millimetres
ANCHORS = {"start": 0.0, "middle": 0.5, "end": 1.0}
Places = Sequence[tuple[float, float]]
Box = tuple[float, float, float, float]  # left, top, width, height


@dataclass(frozen=True, slots=True)
class Pen:
    """A colour, a width in points, dashes and gaps in widths."""

    colour: str
    width: float
    dash: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Line:
    """A line through places."""

    places: Places
    pen: Pen


@dataclass(frozen=True, slots=True)
class Area:
    """A filled area without an edge."""

    places: Places
    colour: str
    opacity: float = 1.0


@dataclass(frozen=True, slots=True)
class Marker:
    """One of `ink.shape` around a place, filled with `fill`; `none` leaves it open."""

    name: str
    x: float
    y: float
    radius: float
    pen: Pen
    fill: str = "none"


@dataclass(frozen=True, slots=True)
class Words:
    """A line of text; `y` is its base line, `turned` lets it run upwards."""

    text: str
    x: float
    y: float
    size: float
    colour: str
    anchor: str = "start"
    turned: bool = False


@dataclass(frozen=True, slots=True)
class Group:
    """Parts that belong together; `about` names them in files that can be edited, `clip` is where they end."""

    parts: "tuple[Part, ...]"
    about: tuple[tuple[str, str], ...] = ()
    clip: Box | None = None


Part = Line | Area | Marker | Words | Group


@dataclass(frozen=True, slots=True)
class Sheet:
    """A whole drawing: size in whole points, ground, parts, and what it is called."""

    width: int
    height: int
    ground: str
    parts: tuple[Part, ...]
    title: str
    family: str


def font_of(family: str, size: float) -> QFont:
    """A font whose size is in the units of the drawing, without fitting letters to pixels."""
    font = QFont(family)
    font.setPixelSize(max(1, round(size)))
    font.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
    return font


def measure(family: str, size: float) -> QFontMetricsF:
    """The measures of letters, `FINE` times as large."""
    return QFontMetricsF(font_of(family, size * FINE))


def paint(painter: QPainter, sheet: Sheet) -> None:
    """Draw the sheet where one unit of the painter is a point."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.fillRect(QRectF(0, 0, sheet.width, sheet.height), QColor(sheet.ground))
    for part in sheet.parts:
        _paint(painter, part, sheet.family)


def svg(sheet: Sheet, metadata: str = "") -> str:
    """The sheet as SVG with its size in millimetres and its coordinates in points."""
    width, height = (f"{side * INCH / 72:.2f}mm" for side in (sheet.width, sheet.height))
    families = ", ".join(dict.fromkeys((sheet.family, *FAMILIES)))
    clips = [group.clip for group in _groups(sheet.parts) if group.clip is not None]
    names = {clip: f"clip{number}" for number, clip in enumerate(dict.fromkeys(clips))}
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        f'viewBox="0 0 {sheet.width} {sheet.height}">',
        f"<title>{_text(sheet.title)}</title>",
        metadata,
        *(f'<clipPath id="{name}">{_rect(*clip)}</clipPath>' for clip, name in names.items()),
        f'<rect width="{sheet.width}" height="{sheet.height}" fill="{sheet.ground}"/>',
        f'<g font-family="{_text(families)}" fill="none">',
        *(_element(part, names) for part in sheet.parts),
        "</g>",
        "</svg>",
        "",
    ]
    return "\n".join(line for line in lines if line) + "\n"


def _groups(parts: Iterable[Part]) -> list[Group]:
    found: list[Group] = []
    for part in parts:
        if isinstance(part, Group):
            found += [part, *_groups(part.parts)]
    return found


def _paint(painter: QPainter, part: Part, family: str) -> None:
    painter.save()
    match part:
        case Group():
            if part.clip is not None:
                painter.setClipRect(QRectF(*part.clip), Qt.ClipOperation.IntersectClip)
            for inner in part.parts:
                _paint(painter, inner, family)
        case Line():
            painter.setPen(_qt_pen(part.pen))
            painter.drawPolyline(_polygon(part.places))
        case Area():
            colour = QColor(part.colour)
            colour.setAlphaF(part.opacity)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(colour)
            painter.drawPolygon(_polygon(part.places))
        case Marker():
            painter.setPen(_qt_pen(part.pen))
            if part.fill != "none":
                painter.setBrush(QColor(part.fill))
            painter.drawPath(shape(part.name, QPointF(part.x, part.y), part.radius))
        case Words():
            _write(painter, part, family)
    painter.restore()


def _write(painter: QPainter, words: Words, family: str) -> None:
    painter.setFont(font_of(family, words.size))
    painter.setPen(QColor(words.colour))
    painter.translate(words.x, words.y)
    if words.turned:
        painter.rotate(-90)
    width = measure(family, words.size).horizontalAdvance(words.text) / FINE if words.anchor != "start" else 0.0
    painter.drawText(QPointF(-width * ANCHORS[words.anchor], 0), words.text)


def _qt_pen(pen: Pen) -> QPen:
    made = QPen(QColor(pen.colour), pen.width)
    made.setCapStyle(Qt.PenCapStyle.FlatCap)
    made.setJoinStyle(Qt.PenJoinStyle.MiterJoin)
    if pen.dash:
        made.setDashPattern(list(pen.dash))
    return made


def _polygon(places: Places) -> QPolygonF:
    return QPolygonF([QPointF(x, y) for x, y in places])


def _element(part: Part, clips: dict[Box, str]) -> str:
    match part:
        case Group():
            about = "".join(f' data-{name}="{_text(value)}"' for name, value in part.about)
            clip = "" if part.clip is None else f' clip-path="url(#{clips[part.clip]})"'
            inside = "\n".join(_element(inner, clips) for inner in part.parts)
            return f"<g{about}{clip}>\n{inside}\n</g>"
        case Line():
            return f'<polyline points="{_points(part.places)}"{_stroke(part.pen)}/>'
        case Area():
            opacity = f' fill-opacity="{part.opacity:g}"' if part.opacity < 1 else ""
            return f'<polygon points="{_points(part.places)}" fill="{part.colour}"{opacity}/>'
        case Marker():
            outline = _outline(shape(part.name, QPointF(part.x, part.y), part.radius))
            at = f' data-x="{part.x:.3f}" data-y="{part.y:.3f}"'
            return f'<path d="{outline}" fill="{part.fill}"{_stroke(part.pen)}{at}/>'
    turned = f' transform="rotate(-90 {part.x:.3f} {part.y:.3f})"' if part.turned else ""
    return (
        f'<text x="{part.x:.3f}" y="{part.y:.3f}" font-size="{part.size:g}" fill="{part.colour}" '
        f'text-anchor="{part.anchor}"{turned}>{_text(part.text)}</text>'
    )


def _stroke(pen: Pen) -> str:
    dash = f' stroke-dasharray="{" ".join(f"{pen.width * one:g}" for one in pen.dash)}"' if pen.dash else ""
    return f' stroke="{pen.colour}" stroke-width="{pen.width:g}"{dash}'


def _points(places: Places) -> str:
    return " ".join(f"{x:.3f},{y:.3f}" for x, y in places)


def _rect(left: float, top: float, width: float, height: float) -> str:
    return f'<rect x="{left:.3f}" y="{top:.3f}" width="{width:.3f}" height="{height:.3f}"/>'


def _outline(path: QPainterPath) -> str:
    """A path of lines and curves in the words of SVG."""
    letters = {
        QPainterPath.ElementType.MoveToElement: "M",
        QPainterPath.ElementType.LineToElement: "L",
        QPainterPath.ElementType.CurveToElement: "C",
        QPainterPath.ElementType.CurveToDataElement: "",
    }
    elements = (path.elementAt(place) for place in range(path.elementCount()))
    return " ".join(f"{letters[one.type]}{one.x:.3f} {one.y:.3f}" for one in elements)


def _text(text: str) -> str:
    return escape(text, quote=True)
