"""Comparisons of arms and the tasks that flipped, as tables and in words."""

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QLocale, Qt

from rb_studio.analysis.intervals import FEW_TASKS
from rb_studio.gui.plots.names import DASH, METRIC_NAMES
from rb_studio.gui.widgets.table_model import DISPLAY, Index, TableModel
from rb_studio.jobs.comparisons import METRICS, SUCCESS, Paired, few
from rb_studio.jobs.flips import Flip
from rb_studio.jobs.panels import TasksNeeded
from rb_studio.records.curve import BOTH, SAME, Comparison

BOUNDS = Qt.ItemDataRole.UserRole + 1
DRAWN = 3
DIGITS = {"": 1, "steps": 2, "tokens": 0, "dollars": 4, "seconds": 2}
UNIT_WORDS = {"": "points", "steps": "steps", "tokens": "tokens", "dollars": "US dollars", "seconds": "seconds"}
WITHIN = "below the floor"
LEAST_P = 0.001
FEW = f" (fewer than {FEW_TASKS}: mostly noise)"
Bounds = tuple[float, float, float, float | None]


class ComparisonModel(TableModel):
    """A pair of arms a row."""

    def __init__(self) -> None:
        super().__init__(
            [
                ("Arm", lambda row: row.comparison.b, lambda row: row.comparison.b),
                ("compared with", lambda row: row.comparison.a, lambda row: row.comparison.a),
                ("difference", lambda row: difference(row.comparison), lambda row: row.comparison.difference),
                ("drawn", lambda row: "", lambda row: row.comparison.difference),
                ("95 % interval", lambda row: bounds(row.comparison), lambda row: row.comparison.low),
                ("reading", self._outcome, self._outcome),
                ("to right", lambda row: _flipped(row, row.to_right), lambda row: len(row.to_right)),
                ("to wrong", lambda row: _flipped(row, row.to_wrong), lambda row: len(row.to_wrong)),
                ("tasks", _tasks, lambda row: row.comparison.n),
                ("p, bootstrap", lambda row: _p(row.comparison.p), lambda row: row.comparison.p),
                ("p, McNemar", lambda row: _p(row.comparison.mcnemar), lambda row: row.comparison.mcnemar),
            ]
        )
        self.floor: float | None = None
        self._scale = 1.0

    def show(self, rows: Sequence[Paired], floor: float | None) -> None:
        """Show these pairs; what arms differ by that are equal is on their scale as well."""
        self.floor = floor
        known = [one.comparison for one in rows]
        edges = [abs(edge) for one in known for edge in (one.low, one.high) if edge is not None]
        self._scale = max([*edges, floor or 0.0], default=0.0) or 1.0
        self.set_rows(rows)

    def data(self, index: Index, role: int = DISPLAY) -> Any:
        if index.isValid() and role == BOUNDS and index.column() == DRAWN:
            return self._bounds(self._rows[index.row()].comparison)
        return super().data(index, role)

    def place(self, comparison: Comparison) -> int | None:
        """The row that compares the same two arms."""
        rows = enumerate(one.comparison for one in self._rows)
        return next((row for row, one in rows if (one.a, one.b) == (comparison.a, comparison.b)), None)

    def _outcome(self, row: Paired) -> str:
        return outcome(row.comparison, self.floor)

    def _bounds(self, one: Comparison) -> Bounds | None:
        """Low, value and high between -1 and 1 on one scale for all rows, and how far the floor reaches on it."""
        if one.low is None or one.high is None or one.difference is None:
            return None
        floor = None if self.floor is None else self.floor / self._scale
        return one.low / self._scale, one.difference / self._scale, one.high / self._scale, floor


class FlipModel(TableModel):
    """A task a row that came out otherwise."""

    def __init__(self) -> None:
        super().__init__(
            [
                ("Task", lambda row: row.task_key, lambda row: row.task_key),
                ("turned", turned, turned),
                ("before", lambda row: _share(row.before), lambda row: row.before),
                ("after", lambda row: _share(row.after), lambda row: row.after),
                ("seed", _seed, lambda row: row.rollouts[0][0] if row.rollouts else None),
            ]
        )


def outcome(comparison: Comparison, floor: float | None) -> str:
    """What a comparison says, in words."""
    if comparison.low is None or comparison.high is None or comparison.difference is None:
        return "not estimable"
    if comparison.kind == SAME:
        return "equal arms: chance alone"
    said = _direction(comparison) if not comparison.low <= 0 <= comparison.high else "no clear difference"
    return f"{said}, {WITHIN}" if floor is not None and abs(comparison.difference) < floor else said


def comparison_sentence(row: Paired, floor: float | None) -> str:
    """One comparison in a line, for whoever reads it aloud or copies it."""
    one = row.comparison
    tests = f"p {_p(one.p)} (bootstrap over tasks)"
    tests += f" and {_p(one.mcnemar)} (McNemar, exact)" if one.mcnemar is not None else ""
    return (
        f"{one.b} minus {one.a}, {metric_title(one.metric)}: {difference(one)} (95 % interval {bounds(one)}), "
        f"{tests}, {one.n} tasks{FEW if few(one) else ''}: {outcome(one, floor)}"
    )


def floor_sentence(floor: float | None, metric: str) -> str:
    """What arms differ by that are equal, or how to come to know it."""
    if floor is None:
        return (
            "A/A floor not known: no arm here was repeated with other seeds. Start a sweep with A/A (on the command "
            "line --aa) to learn how far equal arms differ by chance alone."
        )
    value = _number(metric, floor).lstrip("+")
    return (
        f"A/A floor (the band): equal arms with other seeds differ by up to {value} {UNIT_WORDS[unit_of(metric)]} "
        "either way; a smaller difference may be nothing but chance."
    )


def needed_sentence(needed: TasksNeeded) -> str:
    """How many tasks show a difference, and how many there are."""
    apart = "" if needed.unpaired is None else f"{QLocale().toString(needed.unpaired)} with other tasks in each arm"
    have = f"there are {QLocale().toString(needed.have)}"
    if needed.paired is None:
        return f"not known: the arms differ on no task{f'; {apart}' if apart else ''}; {have}."
    return (
        f"about {QLocale().toString(needed.paired)} tasks"
        f"{f', {apart}' if apart else ''}; {have}{': enough' if needed.have >= needed.paired else ''}."
    )


def metric_title(metric: str) -> str:
    """A metric of comparisons as shown."""
    name = metric.removesuffix(BOTH)
    shown = METRIC_NAMES.get(name, name) if metric in SUCCESS else UNIT_WORDS[unit_of(metric)]
    return f"{shown}, both solved" if metric.endswith(BOTH) else shown


def metric_choices() -> list[tuple[str, str]]:
    """(title, metric) of every metric, those of success first."""
    first = ("best_of_k", "pass_at_1", "pass_at_k")
    titles = [(f"success, {metric_title(metric)}", metric) for metric in first]
    return [*titles, *((metric_title(metric), metric) for metric in METRICS if metric not in SUCCESS)]


def unit_of(metric: str) -> str:
    """What a metric is counted in; empty for success."""
    return Comparison("", "", metric, None, None, None, None, 0).unit


def turned(flip: Flip) -> str:
    """Which way a task went."""
    if {flip.before, flip.after} == {0.0, 1.0}:
        return "to right" if flip.after else "to wrong"
    return "more often right" if flip.after > flip.before else "more often wrong"


def difference(comparison: Comparison) -> str:
    """The difference with its unit where the column does not tell it."""
    text = _number(comparison.metric, comparison.difference)
    return f"{text} points" if not comparison.unit and comparison.difference is not None else text


def bounds(comparison: Comparison) -> str:
    """The interval of a difference."""
    if comparison.low is None or comparison.high is None:
        return DASH
    return f"{_number(comparison.metric, comparison.low)} to {_number(comparison.metric, comparison.high)}"


def _direction(comparison: Comparison) -> str:
    more = (comparison.difference or 0) > 0
    if comparison.unit:
        return f"{'more' if more else 'fewer'} {UNIT_WORDS[comparison.unit]}"
    return "higher" if more else "lower"


def _number(metric: str, value: float | None) -> str:
    if value is None:
        return DASH
    unit = unit_of(metric)
    return f"{'+' if value > 0 else ''}{QLocale().toString(value if unit else 100 * value, 'f', DIGITS[unit])}"


def _p(value: float | None) -> str:
    if value is None:
        return DASH
    return QLocale().toString(value, "f", 3) if value >= LEAST_P else f"< {QLocale().toString(LEAST_P, 'f', 3)}"


def _tasks(row: Paired) -> str:
    count = QLocale().toString(row.comparison.n)
    return f"{count}, few" if few(row.comparison) else count


def _flipped(row: Paired, tasks: Sequence[str]) -> str:
    return QLocale().toString(len(tasks)) if row.comparison.metric in SUCCESS else DASH


def _share(value: float) -> str:
    return f"{QLocale().toString(100 * value, 'f', 0)} %"


def _seed(flip: Flip) -> str:
    return QLocale().toString(flip.rollouts[0][0]) if flip.rollouts else DASH
