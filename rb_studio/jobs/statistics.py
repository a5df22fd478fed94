"""What stands beside the figures of a run: its ledger, rates with every denominator, siblings, the audit."""

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from rb_studio.analysis.arm_metrics import ROLE_NAMES
from rb_studio.analysis.contamination import Contamination, Exposure, RetrievedPair, contamination
from rb_studio.analysis.leak import answers, holds, telling
from rb_studio.analysis.ledger import Entry, ledger
from rb_studio.analysis.rates import Rates, rates
from rb_studio.analysis.streams import siblings_along
from rb_studio.jobs.results import RunRows, asked_for, decided, results_of
from rb_studio.records.arm import ArmConfig
from rb_studio.records.calls import CONSOLIDATE
from rb_studio.records.errors import UsageError
from rb_studio.records.precedence import USUAL, Precedence
from rb_studio.records.trajectory import ExitReason
from rb_studio.store import exposure, rollouts, runs, suites
from rb_studio.store import ledger as stored


@dataclass(frozen=True, slots=True)
class Siblings:
    """How many tasks of a stream came after another one of their template: lessons from a near copy."""

    tasks: int
    with_earlier_sibling: int

    @property
    def share(self) -> float | None:
        return self.with_earlier_sibling / self.tasks if self.tasks else None

    def to_json(self) -> dict[str, Any]:
        return {**asdict(self), "share": self.share}

    def sentence(self) -> str:
        """The share in words."""
        share = "" if self.share is None else f" ({100 * self.share:.1f} %)"
        return f"{self.with_earlier_sibling} of {self.tasks} tasks{share} came after another one of their template"


@dataclass(frozen=True, slots=True)
class Statistics:
    """All of it for one run; `audit` is None without memory."""

    ledger: Mapping[str, Entry]
    rates: Rates
    siblings: Siblings
    audit: Contamination | None

    def to_json(self) -> dict[str, Any]:
        return {
            "ledger": {phase: asdict(entry) for phase, entry in self.ledger.items()},
            "rates": asdict(self.rates),
            "siblings": self.siblings.to_json(),
            "audit": audit_json(self.audit),
        }


def run_statistics(conn: sqlite3.Connection, run: int, precedence: Precedence = USUAL) -> Statistics:
    """Statistics of one run; an equal cell has those of the run it shares."""
    row = runs.run(conn, results_of(runs.run(conn, run)))
    return _statistics(conn, row, rollouts.rollout_rows(conn, run=row.id), precedence)


def _statistics(
    conn: sqlite3.Connection, row: runs.RunRow, rows: Sequence[rollouts.RolloutRow], precedence: Precedence
) -> Statistics:
    return Statistics(run_ledger(conn, row), _rates(conn, row, rows, precedence), siblings(rows), audit(conn, [row]))


def run_ledger(conn: sqlite3.Connection, row: runs.RunRow) -> dict[str, Entry]:
    """Calls, tokens, cost and waiting of a run by phase.

    Embedding that runs here costs no money; what an endpoint charged for it is not known.
    """
    groups = stored.call_groups(conn, row.id)
    entries = [(_phase(one), Entry(one.calls, one.tokens, one.cost, one.seconds)) for one in groups]
    embedded = stored.embedded_texts(conn, row.id)
    remote = "@" in (row.arm.models.get("embedder", "") if row.arm else "")
    cost = None if remote and embedded.texts else 0.0
    return ledger([*entries, ("embed", Entry(embedded.texts, embedded.tokens, cost))])


def siblings(rows: Sequence[rollouts.RolloutRow]) -> Siblings:
    """Siblings along a run's stream, from its rollouts in commit order."""
    templates = {row.task_key: row.template for row in rows}
    found, total = siblings_along(templates.values())
    return Siblings(total, found)


def audit(conn: sqlite3.Connection, rows: Iterable[runs.RunRow]) -> Contamination | None:
    """What the tasks of these runs met in memory; None where none of them has any."""
    chosen = {results_of(row): row for row in rows}
    with_memory = [runs.run(conn, run) for run in chosen]
    with_memory = [row for row in with_memory if row.arm is not None and row.arm.memory != "none"]
    if not with_memory:
        return None
    met = [(row, one) for row in with_memory for one in exposure.exposed_tasks(conn, row)]
    pairs = [
        RetrievedPair(f"{row.id} {task.task_key}", task.template, _key(row, task, source), source.template)
        for row, task in met
        for source in task.served
    ]
    return contamination(pairs, [_exposure(row, task) for row, task in met])


def audit_json(found: Contamination | None) -> dict[str, Any] | None:
    """The audit as plain values with its share."""
    return None if found is None else {**asdict(found), "same_template_share": found.same_template_share}


def audit_sentence(found: Contamination) -> str:
    """The audit in a line."""
    if not found.retrieved:
        return f"audit: nothing was retrieved for {found.exposed} tasks"
    share = found.same_template_share or 0.0
    blind = "" if found.expected_siblings is None else f" ({found.expected_siblings:.1f} if drawn blindly)"
    leaks = (
        f"; the answer stood word for word in the memory of {found.leaks} of {found.leak_known} tasks where that can "
        "be told (an answer in other words is not seen)"
    )
    return (
        f"audit: of {found.retrieved} experiences retrieved {found.same_task} came from the task itself, "
        f"{found.same_template} ({100 * share:.1f} %) from one of its template{blind}"
        f"{leaks if found.leak_known else ''}"
    )


def _key(row: runs.RunRow, task: exposure.ExposedTask, source: exposure.Source) -> str:
    """A source's task in one run, this one where it was learned from it too."""
    return f"{row.id} {task.task_key if _is_own(task, source) else source.task_key}"


def _is_own(task: exposure.ExposedTask, source: exposure.Source) -> bool:
    """Whether a source was learned at the task; one of the same text is the same task."""
    told = task.task_key == source.task_key or task.task_key in source.other_tasks
    return told or bool(task.words and source.words == task.words)


def _own(task: exposure.ExposedTask) -> list[exposure.Source]:
    """As `_is_own` of all that the bank held, which is asked once for every pair of tasks."""
    key, words = task.task_key, task.words
    return [
        one
        for one in task.held
        if one.task_key == key or (words and one.words == words) or (one.other_tasks and key in one.other_tasks)
    ]


def _exposure(row: runs.RunRow, task: exposure.ExposedTask) -> Exposure:
    own = _own(task)
    mine = {one.uid for one in own}
    others = [one for one in task.held if one.uid not in mine]
    if row.arm is not None and (row.arm.exclude_template or row.arm.scope != "global"):
        others = [one for one in others if _allowed(row.arm, task, one)]
    return Exposure(
        task_key=f"{row.id} {task.task_key}",
        eligible=len(own) + len(others),
        own=len(own),
        siblings=0 if task.template is None else [one.template for one in others].count(task.template),
        leak=_leak(task),
    )


def _allowed(arm: ArmConfig, task: exposure.ExposedTask, source: exposure.Source) -> bool:
    """Whether the arm's own rules let this source be retrieved."""
    if arm.exclude_template and task.template is not None and source.template == task.template:
        return False
    if not source.task_key or arm.scope == "global":
        return True
    if arm.scope == "site":
        return source.site == task.site
    return source.task_key.rpartition("/")[0] == task.task_key.rpartition("/")[0]


def _leak(task: exposure.ExposedTask) -> bool | None:
    wanted = telling(answers(task.expected), task.text)
    return any(holds(task.block, answer) for answer in wanted) if wanted and task.block else None


def _phase(group: stored.CallGroup) -> str:
    return CONSOLIDATE if group.consolidates else ROLE_NAMES[group.role]


def _rates(
    conn: sqlite3.Connection, row: runs.RunRow, rows: Sequence[rollouts.RolloutRow], precedence: Precedence
) -> Rates:
    graded: dict[str, list[bool]] = {}
    answered: dict[str, list[bool]] = {}
    for one in rows:
        first_pass = one.passes and (precedence.usual or len(one.passes) > 1)
        success = one.passes[0] if first_pass else decided(one, precedence)
        if one.valid and success is not None:
            graded.setdefault(one.task_key, []).append(success)
            if one.exit_reason == ExitReason.ANSWERED:
                answered.setdefault(one.task_key, []).append(success)
    return rates(max(len({one.task_key for one in rows}), _asked(conn, row)), graded, answered)


def _asked(conn: sqlite3.Connection, row: runs.RunRow) -> int:
    """How many tasks the arm was to do; 0 where that is not kept any more."""
    if row.arm is None:
        return 0
    if row.arm.tasks:
        return min(len(row.arm.tasks), row.arm.limit or len(row.arm.tasks))
    try:
        there = suites.task_count(conn, row.arm.suite)
    except UsageError:
        return 0
    return there if row.arm.limit is None else min(there, row.arm.limit)


def arm_statistics(
    conn: sqlite3.Connection, row: runs.RunRow, read: RunRows, precedence: Precedence = USUAL
) -> dict[str, Any]:
    """What stands beside an arm of a sweep as plain values: that of a run, and the seed it repeats, if any."""
    source = row if row.shared_with is None else runs.run(conn, row.shared_with)
    return {"repeat_of": asked_for(row).get("repeat_of"), **_statistics(conn, source, read.rows, precedence).to_json()}
