"""A figure or the comparisons into a file or onto the clipboard, with the recipe that rebuilds it."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices, QGuiApplication, QImage

from rb_studio.gui.dialogs.alive import while_alive
from rb_studio.gui.plots.ink import screen_ink
from rb_studio.gui.plots.styles import LABELS, Style, drawn_style, style_of
from rb_studio.jobs.figure_files import write_csv, write_latex, write_recipe
from rb_studio.jobs.recipe import carried_text, figure_of
from rb_studio.records.curve import CurveSet
from rb_studio.records.recipe import DRAWN, Recipe

if TYPE_CHECKING:
    from rb_studio.gui.rooms.scaling.view import ScalingRoom
    from rb_studio.gui.widgets.dense_table import DenseTable

KINDS = {
    "png": "PNG pictures (*.png)",
    "svg": "SVG drawings (*.svg)",
    "pdf": "PDF documents (*.pdf)",
    "csv": "CSV tables (*.csv)",
    "latex": "LaTeX tables (*.tex)",
    "recipe": "Recipes (*.json)",
}
NUMBERS = ("csv", "latex")  # what a table without a figure can be exported as
_SUFFIXES = {"latex": "tex", "recipe": "json"}


def suffix_of(kind: str) -> str:
    """How the files of a kind end."""
    return _SUFFIXES.get(kind, kind)


def proposal(source: str, figure: str, kind: str) -> str:
    """A dated file name."""
    today = datetime.now(UTC).strftime("%Y-%m-%d")
    return f"{figure}-{source.replace(':', '-')}-{today}.{suffix_of(kind)}"


def export(
    curves: CurveSet,
    arms: Sequence[str],
    path: Path,
    kind: str,
    recipe: Recipe | None = None,
    style: Style | None = None,
) -> Path:
    """Write the figure and return where it is. Raises RbStudioError."""
    path = named(path, kind)
    if kind == "csv":
        write_csv(curves, path)
    elif kind == "latex":
        write_latex(curves, path, recipe)
    elif kind == "recipe" and recipe is not None:
        write_recipe(recipe, path)
    else:
        from rb_studio.gui.figures import save_figure

        look = {"log2": recipe.log2, "panels": recipe.panels} if recipe else {}
        save_figure(curves, path, kind, arms=arms, style=style, recipe=carried_text(recipe) if recipe else "", **look)
    return path


class Exporter:
    """Exports and copies what the room has in front."""

    def __init__(self, room: "ScalingRoom") -> None:
        self._room = room

    def has_picture(self) -> bool:
        """A figure is in front, and something is drawn in it."""
        return self._curves.series != ()

    def has_numbers(self) -> bool:
        """There is a table to export."""
        table = self._table
        return self.has_picture() or (table is not None and table.model().rowCount() > 0)

    def has_recipe(self) -> bool:
        """There is something to rebuild."""
        return self.has_numbers() and self._room.front_recipe() is not None

    def export(self, kind: str) -> None:
        """Ask where to, and write what is in front as its recipe gives it."""
        room, recipe = self._room, self._room.front_recipe()
        what = room.front_name if recipe is None else recipe.figure
        suggested = proposal(room.presenter.figures.source, what, kind)
        size = "" if kind in (*NUMBERS, "recipe") else f", {LABELS[room.presenter.preset]}"
        path = room.frame.dialogs.save_file(f"Export {room.front_name}{size}", suggested, KINDS[kind])
        if path is not None and recipe is not None:
            room.frame.session.background(
                self._work(path, kind, recipe), while_alive(room, self._written), while_alive(room, room.frame.toast)
            )

    def copy_picture(self) -> None:
        """The present figure on the clipboard."""
        from rb_studio.gui.figures import picture

        room = self._room
        paint = partial(picture, self._curves, self._arms, self._drawn())
        room.frame.session.background(paint, while_alive(room, self._copied), while_alive(room, room.frame.toast))

    def copy_numbers(self) -> None:
        """The present table on the clipboard."""
        room = self._room
        table = self._table
        if table is None:
            return
        table.selectAll()
        table.copy()
        room.frame.toast("The numbers are on the clipboard")

    @property
    def _table(self) -> "DenseTable | None":
        """The numbers in front: of a figure, or of a part that has none."""
        pane, part = self._room.front_pane, self._room.front_part
        if pane is not None:
            return pane.table
        return None if part is None else part.table()

    @property
    def _curves(self) -> CurveSet:
        pane = self._room.front_pane
        return CurveSet((), ()) if pane is None else pane.curves

    @property
    def _arms(self) -> Sequence[str]:
        part = self._room.front_part
        own = None if part is None else part.arms()
        return self._room.presenter.figures.arms if own is None else own

    def _work(self, path: Path, kind: str, recipe: Recipe) -> Callable[[], Path]:
        """What writes the file, on another thread."""
        room = self._room
        preset = room.presenter.preset
        style = style_of(preset)
        if preset == DRAWN:
            style = self._drawn()
        part, arms = room.front_part, self._arms
        own = None if part is None else part.figure(recipe)
        draw = own or partial(figure_of, room.presenter.figures.pools, recipe)
        return lambda: export(draw(), arms, path, kind, recipe, style)

    def _drawn(self) -> Style:
        """The size, the colours and the part of the axes on screen."""
        room = self._room
        pane, theme = room.front_pane, room.frame.theme
        plot = None if pane is None else pane.plot
        ink = screen_ink(theme.colours, dark=theme.dark)
        return style_of(DRAWN) if plot is None else drawn_style(plot.width(), plot.height(), ink, plot.seen)

    def _copied(self, image: QImage) -> None:
        QGuiApplication.clipboard().setImage(image)
        self._room.frame.toast("The picture is on the clipboard")

    def _written(self, path: Path) -> None:
        self._room.frame.toast(f"Wrote {path.name}", "Show folder", partial(_show_folder, path))


def named(path: Path, kind: str) -> Path:
    """The path with the ending of its kind."""
    ending = f".{suffix_of(kind)}"
    return path if path.suffix.lower() == ending else path.with_name(f"{path.name}{ending}")


def _show_folder(path: Path) -> None:
    QDesktopServices.openUrl(QUrl.fromLocalFile(str(path.parent)))
