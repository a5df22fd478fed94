"""The numbers of a figure as a table."""

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QLocale, Qt

from rb_studio.gui.plots.names import (
    AXIS_NAMES,
    METRIC_NAMES,
    interval_text,
    metric_of,
    point_key,
    value_text,
    x_text,
)
from rb_studio.gui.widgets.table_model import TableModel
from rb_studio.jobs.streams import CUMULATIVE, POSITION, arm_name
from rb_studio.records.curve import CurveSet, Point, Series

Row = tuple[Series, Point]
BOUNDS = Qt.ItemDataRole.UserRole + 1
DRAWN = 4


class CurveModel(TableModel):
    """A point a row: the numbers of one figure."""

    def __init__(self) -> None:
        super().__init__(_point_columns("k", "tasks"))
        self._curves = CurveSet((), ())

    def set_curves(self, curves: CurveSet) -> None:
        """Show the points of these curves."""
        if curves.x != self._curves.x:
            counted = "seeds" if any(one.metric == CUMULATIVE for one in curves.series) else "tasks"
            self.beginResetModel()
            self._rows, self._order = [], None
            self._columns = _point_columns(curves.x, counted)
            self.endResetModel()
        self._curves = curves
        self.set_rows([(series, point) for series in curves.series for point in series.points])

    def place(self, series: Series, point: Point) -> int | None:
        """The row of a point."""
        axis = self._curves.x
        wanted = point_key(axis, series, point)
        return next((row for row, one in enumerate(self._rows) if point_key(axis, *one) == wanted), None)


def _point_columns(axis: str, counted: str) -> list[tuple[str, Callable[[Row], str], Callable[[Row], Any]]]:
    columns: list[tuple[str, Callable[[Row], str], Callable[[Row], Any]]] = [
        ("Arm", lambda row: arm_name(row[0]), lambda row: arm_name(row[0])),
        ("metric", lambda row: METRIC_NAMES.get(metric_of(row[0]), row[0].metric), lambda row: metric_of(row[0])),
        (
            AXIS_NAMES[axis].removeprefix("rollouts per task, "),
            lambda row: x_text(axis, row[1].x),
            lambda row: row[1].x,
        ),
        ("value", lambda row: value_text(row[0], row[1].value), lambda row: row[1].value),
        (
            "lowest to highest" if axis == POSITION else "95 % interval",
            lambda row: interval_text(row[0], row[1]),
            lambda row: row[1].low,
        ),
        (counted, lambda row: QLocale().toString(row[1].n), lambda row: row[1].n),
    ]
    if axis not in ("k", POSITION):
        columns.insert(3, ("k", lambda row: QLocale().toString(row[1].k), lambda row: row[1].k))
    return columns
