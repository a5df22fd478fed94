"""The numbers of a figure, and the comparisons of arms, as tables."""

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QLocale, Qt

from rb_studio.gui.plots.names import (
    AXIS_NAMES,
    DASH,
    METRIC_NAMES,
    interval_text,
    metric_of,
    point_key,
    value_text,
    x_text,
)
from rb_studio.gui.widgets.table_model import DISPLAY, Index, TableModel
from rb_studio.jobs.streams import CUMULATIVE, POSITION, arm_name
from rb_studio.records.curve import BOTH, Comparison, CurveSet, Point, Series

Row = tuple[Series, Point]
BOUNDS = Qt.ItemDataRole.UserRole + 1
DRAWN = 4
DIGITS = {"": 1, "steps": 2, "tokens": 0, "dollars": 4, "seconds": 2}


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


class ComparisonModel(TableModel):
    """A comparison a row."""

    def __init__(self) -> None:
        super().__init__(
            [
                ("Arm", lambda row: row.b, lambda row: row.b),
                ("compared with", lambda row: row.a, lambda row: row.a),
                ("metric", _metric, _metric),
                ("difference", _difference, lambda row: row.difference),
                ("drawn", lambda row: "", lambda row: row.difference),
                ("reading", outcome, outcome),
                ("95 % interval", _bounds, lambda row: row.low),
                ("p", lambda row: DASH if row.p is None else QLocale().toString(row.p, "f", 3), lambda row: row.p),
                ("tasks", lambda row: QLocale().toString(row.n), lambda row: row.n),
            ]
        )

    def data(self, index: Index, role: int = DISPLAY) -> Any:
        if index.isValid() and role == BOUNDS and index.column() == DRAWN:
            return self._spread(self._rows[index.row()])
        return super().data(index, role)

    def _spread(self, row: Comparison) -> tuple[float, float, float] | None:
        """Low, value and high between -1 and 1, on one scale for all rows of this kind of metric."""
        if row.low is None or row.high is None or row.difference is None:
            return None
        alike = [one for one in self._rows if one.unit == row.unit]
        widest = max((abs(edge) for one in alike for edge in (one.low, one.high) if edge is not None), default=0.0)
        scale = widest or 1.0
        return row.low / scale, row.difference / scale, row.high / scale


def outcome(comparison: Comparison) -> str:
    """What a comparison says, in words."""
    if comparison.low is None or comparison.high is None or comparison.difference is None:
        return "not estimable"
    if comparison.low <= 0 <= comparison.high:
        return "no clear difference"
    more = comparison.difference > 0
    if comparison.unit:
        return f"{'more' if more else 'fewer'} {comparison.unit}"
    return "higher" if more else "lower"


def comparison_sentence(comparison: Comparison) -> str:
    """One comparison in a line, for whoever reads it aloud or copies it."""
    return (
        f"{comparison.b} minus {comparison.a}, {_metric(comparison)}: {_difference(comparison)} "
        f"(95 % interval {_bounds(comparison)}), "
        f"{comparison.n} tasks: {outcome(comparison)}"
    )


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


def _metric(comparison: Comparison) -> str:
    over = ", both solved" if comparison.metric.endswith(BOTH) else ""
    metric = comparison.metric.removesuffix(BOTH)
    return (metric if comparison.unit else METRIC_NAMES.get(metric, metric)) + over


def _difference(comparison: Comparison) -> str:
    unit = "" if comparison.unit or comparison.difference is None else " points"
    return _signed(comparison, comparison.difference) + unit


def _bounds(comparison: Comparison) -> str:
    if comparison.low is None or comparison.high is None:
        return DASH
    return f"{_signed(comparison, comparison.low)} to {_signed(comparison, comparison.high)}"


def _signed(comparison: Comparison, value: float | None) -> str:
    if value is None:
        return DASH
    text = QLocale().toString(value if comparison.unit else 100 * value, "f", DIGITS[comparison.unit])
    return f"{'+' if value > 0 else ''}{text}"
