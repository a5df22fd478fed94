"""What the curves, axes and values of figures are called, wherever they are shown."""

from collections.abc import Sequence

from rb_studio.interchange.latex_out import latex_table
from rb_studio.jobs.along import BUCKET_SHARE, BUCKET_SUCCESS, PHASE_TOKENS, POSITION_GAIN
from rb_studio.jobs.curves import BARS, JUDGED, PASS_HAT_K
from rb_studio.jobs.frontier_names import ANY, AT_ANY, AT_BEST, BEST, FRONTIERS, SPENT
from rb_studio.jobs.noise_figure import CLEAR, MEASURED, NOISY
from rb_studio.jobs.panels import FIXES, MARGINAL_GAIN, REGRESSIONS, SELECTION_LOSS
from rb_studio.jobs.places import BUCKET, NAMED, PHASE, STRETCH, name_at
from rb_studio.jobs.streams import CUMULATIVE, POSITION, STEPS, arm_name
from rb_studio.records.curve import BOTH, Comparison, CurveSet, Point, Series

SIMULATED = "Simulated: produced by the practice model, not by a language model."
PAIRED = "Paired differences, arm minus the one it is compared with, on the same tasks; success in points."
AXIS_NAMES = {
    "k": "rollouts per task, k",
    "tokens": "tokens per task",
    "cost": "US dollars per task",
    "time": "seconds per task",
    POSITION: "tasks so far",
    STRETCH: "position in the stream, middle of each part",
    BUCKET: "how often a task was solved",
    PHASE: "phase",
    SPENT: "rollouts in all",
}
METRIC_NAMES = {
    "best_of_k": "best-of-k",
    "pass_at_1": "pass@1",
    "pass_at_k": "pass@k",
    "judged": "pass@1, judged",
    "judged_best": "best-of-k, judged",
    "judged_any": "pass@k, judged",
    PASS_HAT_K: "pass^k",
    CUMULATIVE: "success so far",
    "steps": "all rollouts",
    "steps_solved": "solved",
    "steps_failed": "failed",
    SELECTION_LOSS: "selection loss",
    MARGINAL_GAIN: "marginal gain",
    FIXES: "fixes",
    REGRESSIONS: "regressions",
    BUCKET_SUCCESS: "best-of-k",
    BUCKET_SHARE: "share of tasks",
    PHASE_TOKENS: "tokens",
    POSITION_GAIN: "gain of memory",
    BEST: "best-of-k",
    ANY: "pass@k",
    AT_BEST: "best-of-k at the budget",
    AT_ANY: "pass@k at the budget",
    NOISY: "best-of-k, flipped",
    CLEAR: "best-of-k, as judged",
    MEASURED: "best-of-k, ran so",
}
_JUDGED_NAMES = {"pass_at_1": "judged", "best_of_k": "judged_best", "pass_at_k": "judged_any"}
_VALUE_NAMES = {
    SELECTION_LOSS: "selection loss, pass@k minus best-of-k",
    MARGINAL_GAIN: "gain in best-of-k per further rollout",
    FIXES: "passes per task that changed the outcome",
    REGRESSIONS: "passes per task that changed the outcome",
    POSITION_GAIN: "best-of-k minus that without memory",
    PHASE_TOKENS: "tokens per task",
    **dict.fromkeys(STEPS, "steps per rollout"),
}
_SHARE_NAMES = {BUCKET_SHARE: "share of tasks"}
COUNTED = (*STEPS, FIXES, REGRESSIONS, PHASE_TOKENS)  # in numbers, not in shares of success
WHOLE = (PHASE_TOKENS,)  # of those, without decimals
SIGNED = (SELECTION_LOSS, MARGINAL_GAIN, POSITION_GAIN)  # shares that may lie below zero
DASH = "–"
_DIGITS = {"steps": 2, "tokens": 0, "dollars": 4, "seconds": 2}


def metric_of(series: Series) -> str:
    """The metric with its truth, as `curves.METRICS` names it: what a line style stands for."""
    return _JUDGED_NAMES.get(series.metric, series.metric) if series.truth == JUDGED else series.metric


def metric_name(series: Series) -> str:
    """The metric as shown."""
    metric = metric_of(series)
    return METRIC_NAMES.get(metric, metric)


def value_name(curves: CurveSet) -> str:
    """What the vertical axis shows."""
    names = {**_VALUE_NAMES, **_SHARE_NAMES}
    return next((names[one.metric] for one in curves.series if one.metric in names), "success rate")


def k_name(curves: CurveSet) -> str:
    """What the `k` of points is called, where it is not their place."""
    return "budget" if any(one.metric in FRONTIERS for one in curves.series) else "k"


def is_share(curves: CurveSet) -> bool:
    """True for shares of success, which lie from 0 to 1."""
    return all(one.metric not in _VALUE_NAMES for one in curves.series)


def figure_table(curves: CurveSet, recipe: str = "") -> str:
    """The numbers of a figure as a LaTeX table, with its caption and what rebuilds it."""
    axis = AXIS_NAMES[curves.x].removeprefix("rollouts per task, ")
    over_k = curves.x in ("k", POSITION, *NAMED)
    bounds = "lowest to highest" if curves.x in (POSITION, PHASE) else _level(curves)
    columns = [("arm", "l"), ("metric", "l"), (axis, "r")] + ([] if over_k else [(k_name(curves), "r")])
    columns += [("n", "r"), ("value", "r"), (bounds, "r")]
    return latex_table(
        columns,
        [row for series in curves.series for row in _rows(series, curves.x, over_k)],
        caption=_caption(curves),
        label=f"tab:{'-'.join(dict.fromkeys(one.metric.replace('_', '-') for one in curves.series))}",
        recipe=recipe,
    )


def comparison_table(curves: CurveSet, recipe: str = "") -> str:
    """Paired differences as a LaTeX table; success in points."""
    columns = [("arm", "l"), ("compared with", "l"), ("metric", "l"), ("difference", "r")]
    columns += [("95 % interval", "r"), ("p", "r"), ("tasks", "r")]
    return latex_table(
        columns,
        [_compared(one) for one in curves.comparisons],
        caption=_caption(curves, PAIRED),
        label="tab:comparisons",
        recipe=recipe,
    )


def _caption(curves: CurveSet, first: str = "") -> str:
    """What is told below a table: each sentence ends before the next begins."""
    told = [first, curves.caption, SIMULATED if curves.simulated else ""]
    return " ".join(text if text.endswith(".") else f"{text}." for text in told if text)


def _compared(one: Comparison) -> tuple[str, ...]:
    metric = one.metric.removesuffix(BOTH)
    name = METRIC_NAMES.get(metric, metric) if not one.unit else metric
    bounds = [_difference(one, value) for value in (one.low, one.high)]
    return (
        one.b,
        one.a,
        f"{name}, both solved" if one.metric.endswith(BOTH) else name,
        _difference(one, one.difference),
        DASH if DASH in bounds else " to ".join(bounds),
        DASH if one.p is None else f"{one.p:.3f}",
        str(one.n),
    )


def _difference(comparison: Comparison, value: float | None) -> str:
    if value is None:
        return DASH
    return f"{value:+,.{_DIGITS[comparison.unit]}f}" if comparison.unit else f"{100 * value:+.1f}"


def count_text(metric: str, value: float) -> str:
    """A value of a metric that is `COUNTED`."""
    return f"{value:,.0f}" if metric in WHOLE else f"{value:.2f}"


def _level(curves: CurveSet) -> str:
    """The heading of the intervals by what the caption says of them."""
    before, found, _ = curves.caption.rpartition(" % intervals")
    return f"{before.rsplit(' ', 1)[-1]} % interval" if found else BARS.split(",", 1)[0]


def _rows(series: Series, axis: str, over_k: bool) -> Sequence[Sequence[str]]:
    rows = []
    for place, point in enumerate(series.points):
        name = (arm_name(series), metric_name(series)) if not place else ("", "")
        named = name_at(axis, point.x)
        x = named or (DASH if point.x is None else f"{point.x:.0f}" if over_k else f"{point.x:,.4g}")
        k = () if over_k else (str(point.k),)
        rows.append((*name, x, *k, str(point.n), _value(series, point.value), _bounds(series, point)))
    return rows


def _value(series: Series, value: float | None) -> str:
    if value is None:
        return DASH
    return count_text(series.metric, value) if series.metric in COUNTED else f"{100 * value:.1f} %"


def _bounds(series: Series, point: Point) -> str:
    if point.low is None or point.high is None:
        return DASH
    return f"{_value(series, point.low)} to {_value(series, point.high)}"
