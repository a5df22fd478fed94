"""What arms, metrics, axes and points are called, in figures, lists and tables alike."""

from PySide6.QtCore import QLocale

from rb_studio.jobs.along import PHASE_TOKENS, POSITION_GAIN
from rb_studio.jobs.figure_words import (
    AXIS_NAMES,
    COUNTED,
    DASH,
    METRIC_NAMES,
    SIMULATED,
    WHOLE,
    is_share,
    metric_name,
    metric_of,
    value_name,
)
from rb_studio.jobs.frontier_names import FRONTIERS
from rb_studio.jobs.panels import FIXES, MARGINAL_GAIN, REGRESSIONS, SELECTION_LOSS
from rb_studio.jobs.paper import REPORTED, reported_in
from rb_studio.jobs.places import BUCKET, NAMED, STRETCH, name_at
from rb_studio.jobs.streams import CUMULATIVE, POSITION, arm_name
from rb_studio.records.curve import CurveSet, Point, Series

__all__ = [
    "AXIS_NAMES",
    "DASH",
    "METRIC_NAMES",
    "SIMULATED",
    "arms_of",
    "counted_in",
    "interval_text",
    "is_share",
    "metric_name",
    "metric_of",
    "point_key",
    "point_sentence",
    "series_name",
    "short_value_name",
    "value_name",
    "value_text",
    "x_text",
]


WHOLE_FROM = 1_000  # what is larger has no decimals on an axis
_SHORT_NAMES = {
    SELECTION_LOSS: "selection loss",
    MARGINAL_GAIN: "gain per further rollout",
    FIXES: "passes per task",
    REGRESSIONS: "passes per task",
    POSITION_GAIN: "gain over no memory",
}


def short_value_name(curves: CurveSet) -> str:
    """What the vertical axis shows, in the room there is on screen."""
    return next((_SHORT_NAMES[one.metric] for one in curves.series if one.metric in _SHORT_NAMES), value_name(curves))


def arms_of(curves: CurveSet) -> list[str]:
    """The arms of a figure in the order that gives them their colours: as they come."""
    return [*dict.fromkeys(arm_name(series) for series in curves.series)]


def point_key(axis: str, series: Series, point: Point) -> tuple[object, ...]:
    """What makes a point the same one after more results came: its cost may change, its k and its place do not."""
    return (series.name, point.k, point.x if axis in (POSITION, STRETCH, *NAMED) else None)


def series_name(series: Series) -> str:
    """Arm and metric as shown in a legend."""
    return f"{arm_name(series)} · {metric_name(series)}"


def value_text(series: Series, value: float | None) -> str:
    """A value as shown: success in per cent, counts as they are, a dash where not estimable."""
    if value is None:
        return DASH
    if series.metric in COUNTED:
        return QLocale().toString(value, "f", 0 if series.metric in WHOLE else 2)
    return f"{QLocale().toString(100 * value, 'f', 1)} %"


def x_text(axis: str, value: float | None) -> str:
    """A place on the horizontal axis."""
    if value is None:
        return DASH
    if (name := name_at(axis, value)) is not None:
        return name
    if axis in ("k", POSITION):
        return QLocale().toString(round(value))
    return QLocale().toString(value, "f", 0) if abs(value) >= WHOLE_FROM else QLocale().toString(value, "g", 4)


def interval_text(series: Series, point: Point) -> str:
    """The bounds of a point, a dash where there are none."""
    if point.low is None or point.high is None:
        return DASH
    return f"{value_text(series, point.low)} to {value_text(series, point.high)}"


def point_sentence(axis: str, series: Series, point: Point) -> str:
    """A point in one line: what, where, value, interval, n."""
    place = f"{AXIS_NAMES[axis].removesuffix(', k')}: {x_text(axis, point.x)}"
    if axis not in ("k", POSITION):
        place += f" ({_k_told(series, point)})"
    if series.truth == REPORTED:
        tasks = f", {QLocale().toString(point.n)} tasks" if point.n else ""
        where = f"as reported in {reported_in(series, point)}{tasks}, not measured here"
        return f"{series_name(series)}, {place}: {value_text(series, point.value)}, {where}"
    if point.value is None:
        return f"{series_name(series)}, {place}: {_unknown(axis, series, point)}"
    bounds = "" if point.low is None else f", {interval_text(series, point)}"
    return f"{series_name(series)}, {place}: {value_text(series, point.value)}{bounds}, n = {_counted(series, point)}"


def _k_told(series: Series, point: Point) -> str:
    """A point's k where it is not its place: of a frontier its budget."""
    return f"budget {QLocale().toString(point.k)}" if series.metric in FRONTIERS else f"k={point.k}"


def counted_in(metric: str) -> str:
    """What n counts at the points of a metric, in the plural."""
    return _COUNTED_IN.get(metric, "tasks")


_COUNTED_IN = {CUMULATIVE: "seeds", POSITION_GAIN: "outcomes"}


def _counted(series: Series, point: Point) -> str:
    counted = counted_in(series.metric)
    return f"{QLocale().toString(point.n)} {counted.removesuffix('s') if point.n == 1 else counted}"


def _unknown(axis: str, series: Series, point: Point) -> str:
    """Why there is no value."""
    if axis == BUCKET:
        return "no task is so"
    if series.metric == PHASE_TOKENS:
        return "not known"
    return f"not estimable, no task has k={point.k} graded rollouts"
