"""Figures as files: PNG, SVG and PDF of one drawing, each with the recipe that rebuilds it; also without a display."""

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QMarginsF, QSizeF
from PySide6.QtGui import QColor, QGuiApplication, QImage, QImageWriter, QPageSize, QPainter, QPdfWriter
from PySide6.QtWidgets import QApplication

from rb_studio.gui.plots.paper import TITLE, sheet_of
from rb_studio.gui.plots.sheet import Sheet, paint, svg
from rb_studio.gui.plots.styles import Style, style_of
from rb_studio.interchange.atomic import writing_bytes
from rb_studio.interchange.carried import into_pdf, into_png, svg_metadata
from rb_studio.records.curve import CurveSet
from rb_studio.records.errors import RbStudioError
from rb_studio.records.recipe import DRAWN

INCH = 72  # points
FINE = 1200  # dots per inch of a PDF's coordinates
LARGEST = 20_000  # pixels on a side that any program opens


def ensure_application() -> QApplication | QGuiApplication:
    """The running application, or a new one."""
    running = QApplication.instance()
    return running if isinstance(running, QGuiApplication) else QApplication(["rb-studio"])


def picture(
    curves: CurveSet,
    arms: Sequence[str] = (),
    style: Style | None = None,
    *,
    log2: bool = False,
    panels: bool = False,
) -> QImage:
    """The figure as an image, usually as drawn."""
    ensure_application()
    style = style or style_of(DRAWN)
    return _image(sheet_of(curves, arms, style, log2=log2, panels=panels), style.dpi)


def save_figure(
    curves: CurveSet,
    path: Path,
    kind: str,
    *,
    arms: Sequence[str] = (),
    style: Style | None = None,
    log2: bool = False,
    panels: bool = False,
    recipe: str = "",
) -> None:
    """Write a figure whole, or leave what was there before.

    Parameters
    ----------
    kind
        `png`, `svg` or `pdf`.
    arms
        The arms with the places of their colours; empty for those of the figure as they come.
    recipe
        What rebuilds the figure, one line of ASCII, which the file carries.

    Raises
    ------
    RbStudioError
        The picture cannot be painted, or the file not be written.
    """
    ensure_application()
    style = style or style_of(DRAWN)
    sheet = sheet_of(curves, arms, style, log2=log2, panels=panels)
    data = _KINDS[kind](sheet, style, recipe)
    if not data:
        raise RbStudioError(f"the picture for {path} could not be painted; draw fewer arms or close other programs")
    with writing_bytes(path) as file:
        file.write(data)


def _png(sheet: Sheet, style: Style, recipe: str) -> bytes:
    image = _image(sheet, style.dpi)
    data = _into_memory(lambda device: QImageWriter(device, QByteArray(b"png")).write(image))
    return into_png(data, recipe) if data and recipe else data


def _svg(sheet: Sheet, _style: Style, recipe: str) -> bytes:
    return svg(sheet, svg_metadata(recipe) if recipe else "").encode()


def _pdf(sheet: Sheet, _style: Style, recipe: str) -> bytes:
    data = _into_memory(lambda device: _print(sheet, device))
    return into_pdf(data, recipe, sheet.title) if data and recipe else data


_KINDS: dict[str, Callable[[Sheet, Style, str], bytes]] = {"png": _png, "svg": _svg, "pdf": _pdf}
KINDS = tuple(_KINDS)


def _image(sheet: Sheet, dpi: int) -> QImage:
    """The sheet in pixels; a very long one in fewer of them."""
    scale = min(dpi / INCH, LARGEST / max(sheet.width, sheet.height))
    image = QImage(round(sheet.width * scale), round(sheet.height * scale), QImage.Format.Format_RGB32)
    image.fill(QColor(sheet.ground))  # the last line of pixels may be covered in part only
    image.setDotsPerMeterX(round(scale * INCH / 0.0254))
    image.setDotsPerMeterY(round(scale * INCH / 0.0254))
    painter = QPainter()
    if painter.begin(image):
        painter.scale(scale, scale)
        paint(painter, sheet)
        painter.end()
    return image


def _print(sheet: Sheet, device: QIODevice) -> bool:
    """One page of the sheet's size; Qt embeds the letters that are used as TrueType."""
    writer = QPdfWriter(device)
    size = QSizeF(sheet.width, sheet.height)
    writer.setPageSize(QPageSize(size, QPageSize.Unit.Point, matchPolicy=QPageSize.SizeMatchPolicy.ExactMatch))
    writer.setPageMargins(QMarginsF(0, 0, 0, 0))
    writer.setResolution(FINE)
    writer.setTitle(TITLE)
    writer.setCreator("rb_studio")
    painter = QPainter()
    begun = painter.begin(writer)
    if begun:
        painter.scale(FINE / INCH, FINE / INCH)
        paint(painter, sheet)
        painter.end()
    return begun


def _into_memory(write: Callable[[QIODevice], bool]) -> bytes:
    """What is written, empty where it fails: Qt's own writers do not notice when a disk is full."""
    buffer = QBuffer()
    done = buffer.open(QIODevice.OpenModeFlag.WriteOnly) and write(buffer)
    return bytes(buffer.data().data()) if done else b""
