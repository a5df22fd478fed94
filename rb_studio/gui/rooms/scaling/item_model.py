"""The numbers of a figure as a table."""

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QLocale, Qt

from rb_studio.gui.plots.names import (
    AXIS_NAMES,
    METRIC_NAMES,
    counted_in,
    interval_text,
    metric_of,
    point_key,
    value_text,
    x_text,
)
from rb_studio.gui.widgets.table_model import TableModel
from rb_studio.jobs.figure_words import k_name
from rb_studio.jobs.places import BUCKET, NAMED, PHASE, STRETCH
from rb_studio.jobs.streams import POSITION, arm_name
from rb_studio.records.curve import CurveSet, Point, Series

Row = tuple[Series, Point]
_HEADINGS = {BUCKET: "solved", STRETCH: "position"}  # of axes with long names


class CurveModel(TableModel):
    """A point a row: the numbers of one figure."""

    def __init__(self) -> None:
        super().__init__(_point_columns("k", "tasks", "k"))
        self._shape = ("k", "tasks", "k")
        self._place_of: dict[tuple[object, ...], int] | None = None

    def set_curves(self, curves: CurveSet) -> None:
        """Show the points of these curves."""
        counted = counted_in(curves.series[0].metric) if curves.series else "tasks"
        if (curves.x, counted, k_name(curves)) != self._shape:
            self._shape = curves.x, counted, k_name(curves)
            self.beginResetModel()
            self._rows, self._order = [], None
            self._columns = _point_columns(*self._shape)
            self.endResetModel()
        self._place_of = None
        self.set_rows([(series, point) for series in curves.series for point in series.points])

    def place(self, series: Series, point: Point) -> int | None:
        """The row of a point."""
        axis = self._shape[0]
        if self._place_of is None:
            self._place_of = {point_key(axis, *one): row for row, one in enumerate(self._rows)}
        return self._place_of.get(point_key(axis, series, point))

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """Order the rows: the same points stand elsewhere."""
        self._place_of = None
        super().sort(column, order)


def _point_columns(axis: str, counted: str, k: str) -> list[tuple[str, Callable[[Row], str], Callable[[Row], Any]]]:
    columns: list[tuple[str, Callable[[Row], str], Callable[[Row], Any]]] = [
        ("Arm", lambda row: arm_name(row[0]), lambda row: arm_name(row[0])),
        ("metric", lambda row: METRIC_NAMES.get(metric_of(row[0]), row[0].metric), lambda row: metric_of(row[0])),
        (
            _HEADINGS.get(axis) or AXIS_NAMES[axis].removeprefix("rollouts per task, "),
            lambda row: x_text(axis, row[1].x),
            lambda row: row[1].x,
        ),
        ("value", lambda row: value_text(row[0], row[1].value), lambda row: row[1].value),
        (
            "lowest to highest" if axis in (POSITION, PHASE) else "95 % interval",
            lambda row: interval_text(row[0], row[1]),
            lambda row: row[1].low,
        ),
        (counted, lambda row: QLocale().toString(row[1].n), lambda row: row[1].n),
    ]
    if axis not in ("k", POSITION, STRETCH, *NAMED):
        columns.insert(3, (k, lambda row: QLocale().toString(row[1].k), lambda row: row[1].k))
    return columns
