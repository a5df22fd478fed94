"""Which stored trajectories are distilled together, and why others are not."""

import sqlite3
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from rb_studio.environments.registry import domain_of
from rb_studio.jobs.allocation_pools import draw_of
from rb_studio.jobs.query import parse_query
from rb_studio.records.arm import LABELS
from rb_studio.records.errors import UsageError
from rb_studio.records.task import Task
from rb_studio.store import rollouts, runs, suites
from rb_studio.store.rollouts import RolloutRow

CONTRASTS = ("task", "template")
CHOSEN = "chosen"
MODE = "reasoningbank"
# A contrast shows whole attempts side by side; more of them than this leave the context of most models.
MOST_ATTEMPTS = 8
SHOWN_TASKS = 5
COPY = "the same rollout again, in another arm or run"


@dataclass(frozen=True, slots=True)
class LearnRequest:
    """What to learn from, by which label, how compared, with whose model, into which bank.

    With `rollouts`, each a run and a uid, it is from just these instead of those a query finds; `contrast` may be
    `chosen` then, which compares them all. `steps` names by uid the only steps to learn from. `relabelled` learns from
    a rollout again for every verdict a person gave on it.
    """

    query: str = ""
    label: str = "judge"
    contrast: str | None = None
    profile: str | None = None
    bank: str = MODE
    rollouts: tuple[tuple[int, str], ...] = ()
    steps: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    relabelled: bool = False

    def check(self) -> None:
        """Raise `UsageError` for what does not go together."""
        contrasts = (None, *CONTRASTS, *([CHOSEN] if self.rollouts else []))
        for what, value, choices in (("label", self.label, LABELS), ("contrast", self.contrast, contrasts)):
            if value not in choices:
                raise UsageError(f"{what} {value!r} is unknown; choose {', '.join(filter(None, choices))}")
        if self.query and self.rollouts:
            raise UsageError("name rollouts or give a query for them, not both")
        unnamed = set(self.steps) - {uid for _, uid in self.rollouts}
        if unnamed:
            raise UsageError(f"steps of {min(unnamed)} are chosen, and that is none of the rollouts to learn from")


@dataclass(frozen=True, slots=True)
class Group:
    """Rollouts that are distilled together; `key` and `text` are what their experience is retrieved by.

    `goals` holds the task text of each rollout by uid where they are of several tasks, else nothing.
    """

    task: Task
    text: str
    key: str
    domain: str
    rows: tuple[RolloutRow, ...]
    goals: Mapping[str, str] = field(default_factory=dict)


def groups(conn: sqlite3.Connection, request: LearnRequest, reasons: Counter[str]) -> list[Group]:
    """The chosen rollouts with a known label, by task or template, in the order they were stored, each draw once.

    `reasons` is told of those left out. Raises UsageError when no rollout matches the query.
    """
    by_group: defaultdict[tuple[str, ...], list[tuple[RolloutRow, Task]]] = defaultdict(list)
    made_by = {row.id: row for row in runs.runs(conn, purpose=None)}
    seen: set[object] = set()
    for row, task in _named(conn, request) if request.rollouts else _chosen(conn, request.query):
        reason = _unusable(row, request)
        draw = row.uid if request.rollouts else draw_of(made_by[row.run], row)
        if not reason and draw in seen:
            reason = COPY
        if reason:
            reasons[reason] += 1
            continue
        seen.add(draw)
        if request.contrast == CHOSEN:
            by_group[()].append((row, task))
        elif request.contrast == "template":
            by_group[(task.suite, str(row.template))].append((row, task))
        else:
            by_group[(row.task_key,)].append((row, task))
    domains = {row.suite.name: domain_of(row.suite) for row in suites.suites(conn)}
    return [_group(members, request, domains, reasons) for members in by_group.values()]


def _named(conn: sqlite3.Connection, request: LearnRequest) -> list[tuple[RolloutRow, Task]]:
    """The rollouts that were named, in that order. Raises `UsageError` for one that is not there or has no end."""
    rows: dict[tuple[int, str], RolloutRow] = {}
    for run in dict.fromkeys(run for run, _ in request.rollouts):
        runs.run(conn, run)
        rows |= {(run, row.uid): row for row in rollouts.rollout_rows(conn, run=run)}
    missing = next((uid for run, uid in request.rollouts if (run, uid) not in rows), None)
    if missing is not None:
        raise UsageError(f"there is no finished rollout {missing} in that run: choose one that is over")
    return [(rows[key], _task(conn, rows[key])) for key in request.rollouts]


def _chosen(conn: sqlite3.Connection, text: str) -> list[tuple[RolloutRow, Task]]:
    query = parse_query(text)
    if query.run is not None:
        runs.run(conn, query.run)
    rows = {row.uid: row for row in rollouts.rollout_rows(conn, run=query.run, sweep=query.sweep)}
    pairs = [(row, _task(conn, row)) for row in rows.values()]
    found = [(row, task) for row, task in pairs if query.takes(row, task)]
    if not found:
        what = f"no trajectory matches {text!r}" if rows and text else "there are no trajectories to learn from"
        raise UsageError(f"{what}; run a suite or import trajectories first, or ask for others with --from")
    return found


def _task(conn: sqlite3.Connection, row: RolloutRow) -> Task:
    known_task = suites.task(conn, row.task_key)
    return known_task or Task(row.task_key, row.task_key.partition("/")[0], 0, row.task_key, row.site, row.template)


def _unusable(row: RolloutRow, request: LearnRequest) -> str:
    """Why a rollout cannot be learned from, empty when it can."""
    if not row.valid:
        return "cut short by a fault outside the agent"
    if not row.steps:
        return "without recorded steps"
    label = _label(row, request)
    if label in (None, "unknown"):
        return f"without a known {request.label} label"
    return "without a template" if request.contrast == "template" and row.template is None else ""


def _label(row: RolloutRow, request: LearnRequest) -> bool | str | None:
    truth = None if row.report_only else row.truth
    return {"gt": truth, "judge": row.judged, "human": row.human}[request.label]


def _group(
    members: Sequence[tuple[RolloutRow, Task]],
    request: LearnRequest,
    domains: Mapping[str, str],
    reasons: Counter[str],
) -> Group:
    first = members[0][1]
    kept = _spread(members, request) if request.contrast else list(members)
    if len(kept) < len(members):
        reasons[f"more than {MOST_ATTEMPTS} attempts in one contrast"] += len(members) - len(kept)
    texts = list(dict.fromkeys(task.text for _, task in kept))
    prompt = first.text
    if len(texts) > 1:
        prompt = "several tasks of one kind:\n" + "\n".join(f"- {text}" for text in texts[:SHOWN_TASKS])
    domain = domains.get(first.suite, "answer")
    goals = {row.uid: task.text for row, task in kept} if len(texts) > 1 else {}
    return Group(replace(first, text=prompt), first.text, first.key, domain, tuple(row for row, _ in kept), goals)


def _spread(members: Sequence[tuple[RolloutRow, Task]], request: LearnRequest) -> list[tuple[RolloutRow, Task]]:
    """At most MOST_ATTEMPTS of them, successes and failures in turn, in their order."""
    sides: defaultdict[bool, list[int]] = defaultdict(list)
    for place, (row, _) in enumerate(members):
        label = _label(row, request)
        sides[label in (True, "success")].append(place)
    turns = sorted((turn, place) for side in sides.values() for turn, place in enumerate(side))
    return [members[place] for place in sorted(place for _, place in turns[:MOST_ATTEMPTS])]
