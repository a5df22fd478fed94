"""What arms, metrics, axes and points are called, in figures, lists and tables alike."""

from PySide6.QtCore import QLocale

from rb_studio.jobs.streams import CUMULATIVE, POSITION, arm_name
from rb_studio.records.curve import CurveSet, Point, Series

DASH = "\u2013"
AXIS_NAMES = {
    "k": "rollouts per task, k",
    "tokens": "tokens per task",
    "cost": "US dollars per task",
    "time": "seconds per task",
    POSITION: "tasks so far",
}
METRIC_NAMES = {
    "best_of_k": "best-of-k",
    "pass_at_1": "pass@1",
    "pass_at_k": "pass@k",
    "judged": "pass@1, judged",
    "cumulative": "success so far",
    "steps": "all rollouts",
    "steps_solved": "solved",
    "steps_failed": "failed",
}
SIMULATED = "Simulated: produced by the practice model, not by a language model."


def arms_of(curves: CurveSet) -> list[str]:
    """The arms of a figure in the order that gives them their colours: as they come."""
    return [*dict.fromkeys(arm_name(series) for series in curves.series)]


def point_key(axis: str, series: Series, point: Point) -> tuple[object, ...]:
    """What makes a point the same one after more results came: its cost may change, its k and its task do not."""
    return (series.name, point.k, point.x if axis == POSITION else None)


def metric_of(series: Series) -> str:
    """The metric with its truth: what a line style stands for."""
    return "judged" if series.truth == "judged" else series.metric


def series_name(series: Series) -> str:
    """Arm and metric as shown in a legend."""
    metric = metric_of(series)
    return f"{arm_name(series)} · {METRIC_NAMES.get(metric, metric)}"


def value_name(curves: CurveSet) -> str:
    """What the vertical axis shows."""
    return "steps per rollout" if counts_steps(curves) else "success rate"


def counts_steps(curves: CurveSet) -> bool:
    """True when the values are steps, not success."""
    return any(series.metric.startswith("steps") for series in curves.series)


def value_text(series: Series, value: float | None) -> str:
    """A value as shown: success in per cent, steps as they are, a dash where not estimable."""
    if value is None:
        return DASH
    if series.metric.startswith("steps"):
        return QLocale().toString(value, "f", 2)
    return f"{QLocale().toString(100 * value, 'f', 1)} %"


def x_text(axis: str, value: float | None) -> str:
    """A place on the horizontal axis."""
    if value is None:
        return DASH
    if axis in ("k", POSITION):
        return QLocale().toString(round(value))
    return QLocale().toString(value, "g", 4)


def interval_text(series: Series, point: Point) -> str:
    """The bounds of a point, a dash where there are none."""
    if point.low is None or point.high is None:
        return DASH
    return f"{value_text(series, point.low)} to {value_text(series, point.high)}"


def point_sentence(axis: str, series: Series, point: Point) -> str:
    """A point in one line: what, where, value, interval, n."""
    place = f"{AXIS_NAMES[axis].removesuffix(', k')}: {x_text(axis, point.x)}"
    if axis not in ("k", POSITION):
        place += f" (k={point.k})"
    if point.value is None:
        return f"{series_name(series)}, {place}: not estimable, no task has k={point.k} graded rollouts"
    bounds = "" if point.low is None else f", {interval_text(series, point)}"
    counted = "seed" if series.metric == CUMULATIVE else "task"
    n = f"{QLocale().toString(point.n)} {counted}{'' if point.n == 1 else 's'}"
    return f"{series_name(series)}, {place}: {value_text(series, point.value)}{bounds}, n = {n}"
