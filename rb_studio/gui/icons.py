"""Icons from the resource folder, tinted with the palette and drawn anew when it changes."""

from functools import lru_cache

from PySide6.QtCore import QByteArray, QRectF, Qt
from PySide6.QtGui import QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from rb_studio.records.resources import root

SIZES = (16, 20, 24, 32, 48)


@lru_cache(maxsize=512)
def icon(name: str, colour: str, disabled: str) -> QIcon:
    """The icon `name` in one colour, selected or not, and in another while disabled; sharp at every usual size."""
    made = QIcon()
    for drawn in _pixmaps(name, colour):
        made.addPixmap(drawn, QIcon.Mode.Normal)
        made.addPixmap(drawn, QIcon.Mode.Selected)
    for drawn in _pixmaps(name, disabled):
        made.addPixmap(drawn, QIcon.Mode.Disabled)
    return made


@lru_cache(maxsize=2048)
def pixmap(name: str, colour: str, size: int) -> QPixmap:
    """One icon as a picture of `size` pixels square."""
    return _drawn(_renderer(name, colour), size)


@lru_cache(maxsize=1024)
def _pixmaps(name: str, colour: str) -> tuple[QPixmap, ...]:
    renderer = _renderer(name, colour)
    return tuple(_drawn(renderer, size) for size in SIZES)


def _renderer(name: str, colour: str) -> QSvgRenderer:
    return QSvgRenderer(QByteArray(_svg(name).replace("#000000", colour).encode()))


@lru_cache(maxsize=256)
def _svg(name: str) -> str:
    return (root() / "icons" / f"{name}.svg").read_text(encoding="utf-8")


def _drawn(renderer: QSvgRenderer, size: int) -> QPixmap:
    drawn = QPixmap(size, size)
    drawn.fill(Qt.GlobalColor.transparent)
    painter = QPainter(drawn)
    renderer.render(painter, QRectF(0, 0, size, size))
    painter.end()
    return drawn
