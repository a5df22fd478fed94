"""The numbers of a figure as files, and the recipe that rebuilds it."""

import csv
from collections.abc import Sequence
from pathlib import Path

from rb_studio.interchange.atomic import writing
from rb_studio.jobs.curves import comparison_rows, csv_rows
from rb_studio.jobs.figure_words import comparison_table, figure_table
from rb_studio.jobs.recipe import carried_text, recipe_text
from rb_studio.records.curve import CurveSet
from rb_studio.records.recipe import Recipe


def write_csv(curves: CurveSet, path: Path) -> None:
    """Every drawn number, a row a point, or a row a pair of arms where it is comparisons only."""
    _write_rows(path, csv_rows(curves) if curves.series else comparison_rows(curves.comparisons))


def write_latex(curves: CurveSet, path: Path, recipe: Recipe | None = None) -> None:
    """The same as a table for LaTeX, with the recipe in a comment."""
    with writing(path) as file:
        draw = figure_table if curves.series else comparison_table
        file.write(draw(curves, carried_text(recipe) if recipe else ""))


def write_recipe(recipe: Recipe, path: Path) -> None:
    """What rebuilds a figure, as JSON."""
    with writing(path) as file:
        file.write(recipe_text(recipe))


def _write_rows(path: Path, rows: Sequence[Sequence[object]]) -> None:
    with writing(path) as file:
        csv.writer(file, lineterminator="\r\n").writerows(rows)
