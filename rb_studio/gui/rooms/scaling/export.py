"""A figure or the comparisons into a file or onto the clipboard: exactly what is shown."""

import csv
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices, QGuiApplication

from rb_studio.interchange.atomic import writing
from rb_studio.jobs.curves import comparison_rows, csv_rows
from rb_studio.records.curve import CurveSet
from rb_studio.records.errors import RbStudioError

if TYPE_CHECKING:
    from rb_studio.gui.rooms.scaling.view import ScalingRoom

COMPARISONS = "comparisons"
KINDS = {"png": "PNG pictures (*.png)", "svg": "SVG drawings (*.svg)", "csv": "CSV tables (*.csv)"}


def proposal(source: str, figure: str, kind: str) -> str:
    """A dated file name."""
    today = datetime.now(UTC).strftime("%Y-%m-%d")
    return f"{figure}-{source.replace(':', '-')}-{today}.{kind}"


def export(curves: CurveSet, arms: Sequence[str], path: Path, kind: str) -> Path:
    """Write the figure and return where it is. Raises RbStudioError."""
    path = _named(path, kind)
    if kind == "csv":
        return _write_rows(path, csv_rows(curves))
    from rb_studio.gui.figures import save_png, save_svg

    (save_png if kind == "png" else save_svg)(curves, path, arms)
    return path


class Exporter:
    """Exports and copies what the room has in front."""

    def __init__(self, room: "ScalingRoom") -> None:
        self._room = room

    def has_picture(self) -> bool:
        """A figure is in front, and something is drawn in it."""
        return not self._room.comparing and self._curves.series != ()

    def has_numbers(self) -> bool:
        """There is a table to export."""
        return bool(self._room.comparisons.model.rows()) if self._room.comparing else self.has_picture()

    def export(self, kind: str) -> None:
        """Ask where to, and write what is in front."""
        room = self._room
        what = COMPARISONS if room.comparing else room.present_figure
        suggested = proposal(room.presenter.figures.source, what, kind)
        path = room.frame.dialogs.save_file(f"Export {room.front_name}", suggested, KINDS[kind])
        if path is None:
            return
        try:
            written = self._write(path, kind)
        except RbStudioError as error:
            room.frame.toast(str(error))
            return
        room.frame.toast(f"Wrote {written.name}", "Show folder", partial(_show_folder, written))

    def copy_picture(self) -> None:
        """The present figure on the clipboard."""
        from rb_studio.gui.figures import picture

        QGuiApplication.clipboard().setImage(picture(self._curves, self._room.presenter.figures.arms))
        self._room.frame.toast("The picture is on the clipboard")

    def copy_numbers(self) -> None:
        """The present table on the clipboard."""
        room = self._room
        table = room.comparisons.table if room.comparing else room.panes[room.present_figure].table
        table.selectAll()
        table.copy()
        room.frame.toast("The numbers are on the clipboard")

    @property
    def _curves(self) -> CurveSet:
        return self._room.panes[self._room.present_figure].curves

    def _write(self, path: Path, kind: str) -> Path:
        if self._room.comparing:
            return _write_rows(_named(path, kind), comparison_rows(self._room.comparisons.model.rows()))
        return export(self._curves, self._room.presenter.figures.arms, path, kind)


def _named(path: Path, kind: str) -> Path:
    return path if path.suffix.lower() == f".{kind}" else path.with_name(f"{path.name}.{kind}")


def _write_rows(path: Path, rows: Sequence[Sequence[object]]) -> Path:
    with writing(path) as file:
        csv.writer(file, lineterminator="\r\n").writerows(rows)
    return path


def _show_folder(path: Path) -> None:
    QDesktopServices.openUrl(QUrl.fromLocalFile(str(path.parent)))
