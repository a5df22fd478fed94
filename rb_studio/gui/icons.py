"""Icons from the resource folder, tinted with the palette and drawn anew when it changes."""

from functools import lru_cache

from PySide6.QtCore import QByteArray, QRectF, QSize, Qt
from PySide6.QtGui import QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from rb_studio.records.resources import root

SIZES = (16, 20, 24, 32, 48)


@lru_cache(maxsize=512)
def icon(name: str, colour: str, disabled: str) -> QIcon:
    """The icon `name` in one colour, selected or not, and in another while disabled; sharp at every usual size."""
    made = QIcon()
    for size in SIZES:
        for mode in (QIcon.Mode.Normal, QIcon.Mode.Selected):
            made.addPixmap(pixmap(name, colour, size), mode)
        made.addPixmap(pixmap(name, disabled, size), QIcon.Mode.Disabled)
    return made


@lru_cache(maxsize=2048)
def pixmap(name: str, colour: str, size: int) -> QPixmap:
    """One icon as a picture of `size` pixels square."""
    svg = (root() / "icons" / f"{name}.svg").read_text(encoding="utf-8").replace("#000000", colour)
    drawn = QPixmap(QSize(size, size))
    drawn.fill(Qt.GlobalColor.transparent)
    painter = QPainter(drawn)
    QSvgRenderer(QByteArray(svg.encode())).render(painter, QRectF(0, 0, size, size))
    painter.end()
    return drawn
