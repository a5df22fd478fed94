"""Verdicts beside truths: counted by cell, put in order and read rollout by rollout."""

import sqlite3
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from rb_studio.records.judgement import Truth, Verdict
from rb_studio.records.trajectory import INVALID_EXITS
from rb_studio.store import judgement_rows, judgings
from rb_studio.store.judgement_rows import OWN_STATUS, STANDING, STANDING_JUDGE
from rb_studio.store.judgings import judge_sql
from rb_studio.store.rows import dump, select_in
from rb_studio.store.runs import ARM, source_run
from rb_studio.store.words import like_pattern

MOST = 100_000
NONE = "none"
SIDES: Mapping[str, tuple[str, ...]] = {
    "judge": ("success", "failure", "unknown", NONE),
    "truth": ("success", "failure", "unknown"),
    "human": ("success", "failure", "unknown", NONE),
}


@dataclass(frozen=True, slots=True)
class Scope:
    """Which rollouts are looked at: those of a run, of a sweep, these by their rows, or all but forks.

    Only finished ones count.

    With a `judging` they are those of its selection, and the judge is its, by the first ask.
    """

    run: int | None = None
    sweep: int | None = None
    judging: int | None = None
    rollouts: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Count:
    """How many rollouts have these three values; `simulated` when the practice world made them.

    `repeated` ones show a draw that another rollout of the scope shows already: the model was asked the same under
    the same seed and answered word for word the same, as when arms of one and of five rollouts begin alike.
    Counting them again would make intervals narrower than they are.
    """

    judge: str
    truth: str
    human: str
    valid: bool
    repeated: bool
    simulated: bool
    n: int


@dataclass(frozen=True, slots=True)
class Sides:
    """One rollout's three values, without texts; see `Count`."""

    id: int
    judge: str
    truth: str
    human: str
    valid: bool
    repeated: bool
    simulated: bool


@dataclass(frozen=True, slots=True)
class Cell:
    """Rollouts of one kind: values by side (see `SIDES`), words in the task or the reason; no sides are all.

    `valid` False means the rollouts an infrastructure fault cut short instead, `repeated` True those that repeat
    another one's draw.
    """

    sides: Mapping[str, str] = field(default_factory=dict)
    text: str = ""
    valid: bool = True
    repeated: bool = False

    def holds(self, row: Sides | Count) -> bool:
        """Whether a rollout, or all of a kind, stand here, whatever their words."""
        here = row.valid is self.valid and row.repeated is self.repeated
        return here and all(getattr(row, side) == value for side, value in self.sides.items())


@dataclass(frozen=True, slots=True)
class JudgedRollout:
    """One rollout as it is listed; statuses are success, failure, unknown or none. `reason` is the judge's."""

    id: int
    uid: str
    run: int
    task_key: str
    task_text: str
    arm: str
    rollout_index: int
    judge: str
    truth: str
    human: str
    reason: str
    simulated: bool


@dataclass(frozen=True, slots=True)
class GivenVerdict:
    """A standing verdict with its time (ISO-8601), who gave it, and whether learning went by it.

    One of a `judging` stands for nothing; `ask` counts from 0 how often that asked.
    """

    verdict: Verdict
    at: str
    who: str
    learned: bool
    judging: int | None = None
    ask: int = 0


@dataclass(frozen=True, slots=True)
class JudgedDetail:
    """All that was said about one rollout: truths by pass, verdicts oldest first."""

    rollout: JudgedRollout
    truths: tuple[Truth, ...]
    verdicts: tuple[GivenVerdict, ...]


_HUMAN = f"""coalesce((SELECT v.status FROM verdict v WHERE v.rollout = r.id AND v.source = 'human' AND {STANDING}
  ORDER BY v.id DESC LIMIT 1), '{NONE}')"""
_TRUTH = """CASE (SELECT success FROM truth x WHERE x.rollout = r.id ORDER BY pass_index DESC, id DESC LIMIT 1)
  WHEN 1 THEN 'success' WHEN 0 THEN 'failure' ELSE 'unknown' END"""
_ARM = """coalesce(nullif(run.name, ''), json_extract(run.arm_config, '$.memory') ||
  CASE json_extract(run.arm_config, '$.k') WHEN 1 THEN '' ELSE ' k=' || json_extract(run.arm_config, '$.k') END,
  run.foreign_key, '')"""
_TEXT = "coalesce(nullif(t.text, ''), nullif(r.task_text, ''), r.task_key)"
_VALID = """(r.exit_reason IS NOT NULL AND r.exit_reason NOT IN (SELECT value FROM json_each(:invalid))
  AND coalesce(o.valid, 1))"""
_JOINS = """JOIN run ON run.id = r.run LEFT JOIN outcome o ON o.run = r.run AND o.task_key = r.task_key
  LEFT JOIN task t ON t.key = r.task_key"""
_FROM = f"FROM rollout r {_JOINS}"
# What a rollout's draw is told by: the judge's call, which was shown all of it, else the actor's last one.
_DRAW = f"""coalesce(
  (SELECT c.seed || ' ' || c.request || ' ' || c.text FROM verdict v JOIN llm_call c ON c.run = r.run
    AND c.uid = v.call_uid WHERE v.rollout = r.id AND {STANDING_JUDGE} ORDER BY v.id DESC LIMIT 1),
  (SELECT c.seed || ' ' || c.request || ' ' || c.text FROM llm_call c WHERE c.run = r.run AND c.rollout_uid = r.uid
    AND c.role = 'actor' ORDER BY c.number DESC, c.id DESC LIMIT 1),
  r.run || ' ' || r.uid)"""
# The first rollout of a draw stands for it, one a person judged before others.
_COPIES = f"""WITH one AS MATERIALIZED (
  SELECT r.id, r.task_key, r.seed, r.simulated, {{judge}} AS judge, {_TRUTH} AS truth, {_HUMAN} AS human,
    {_VALID} AS valid, {_DRAW} AS draw {_FROM} WHERE {{where}}
), copies AS MATERIALIZED (
  SELECT one.*, valid AND row_number() OVER (
    PARTITION BY draw, task_key, seed, valid, truth ORDER BY human = '{NONE}', id) > 1 AS repeated FROM one
)"""
_FINISHED = "(o.id IS NOT NULL OR run.foreign_key IS NOT NULL)"
_SORTS = {
    "order": "o.id",
    "task": _TEXT,
    "judge": "{judge}",
    "truth": _TRUTH,
    "human": _HUMAN,
    "arm": _ARM,
    "run": "r.run",
    "index": "r.rollout_index",
    "reason": "{reason}",
}
SORTS = tuple(_SORTS)
_INVALID = dump(sorted(str(reason) for reason in INVALID_EXITS))


def counts(conn: sqlite3.Connection, scope: Scope) -> list[Count]:
    """How many finished rollouts stand in each cell. Raises UsageError for an unknown run or judging."""
    return counted(sides(conn, scope))


def counted(rows: Iterable[Sides]) -> list[Count]:
    """The same of rollouts that were read before."""
    found = Counter(map(kind_of, rows))
    return [Count(*kind, n) for kind, n in sorted(found.items())]


def kind_of(row: Sides | Count) -> tuple[str, str, str, bool, bool, bool]:
    """All that is counted of a rollout."""
    return row.judge, row.truth, row.human, row.valid, row.repeated, row.simulated


def sides(conn: sqlite3.Connection, scope: Scope) -> list[Sides]:
    """The values of every finished rollout, by id. Raises UsageError for an unknown run or judging."""
    where, params = _where(conn, scope)
    copies = _COPIES.format(where=where, judge=_judge(scope.judging))
    rows = conn.execute(f"{copies} SELECT id, judge, truth, human, valid, repeated, simulated FROM copies", params)
    return sorted((Sides(*row[:4], *map(bool, row[4:])) for row in map(tuple, rows)), key=lambda one: one.id)


def ordered(
    conn: sqlite3.Connection, scope: Scope, text: str = "", *, sort: str = "order", descending: bool = False
) -> list[int]:
    """Ids of the finished rollouts with these words in task or reason, in one of `SORTS`; `sides` has their cells."""
    where, params = _where(conn, scope)
    said = {"judge": _judge(scope.judging), "reason": _reason(scope.judging)}
    by = f"{_SORTS[sort].format(**said)}{' DESC' if descending else ''}"
    first = "r.run, " if sort == "order" else ""
    wanted = " AND ".join([where, *_words(text, params, said["reason"])])
    query = f"SELECT r.id {_FROM} WHERE {wanted} ORDER BY {first}{by}, r.rollout_index, r.id"
    return [row[0] for row in conn.execute(query, params)]


def judged_rows(
    conn: sqlite3.Connection, ids: Iterable[int], *, judging: int | None = None
) -> dict[int, JudgedRollout]:
    """Rollouts by id as they are listed; what the judge of a judging said where one is named."""
    sql = (
        f"SELECT r.id, r.uid, r.run, r.task_key, {_TEXT} AS text, {_ARM} AS arm, r.rollout_index, r.simulated, "
        f"{_judge(judging)} AS judge, {_TRUTH} AS truth, {_HUMAN} AS human, {_reason(judging)} AS reason "
        f"{_FROM} WHERE r.id IN ({{}})"
    )
    return {row["id"]: _judged(row) for row in select_in(conn, sql, ids)}


def judged_detail(conn: sqlite3.Connection, rollout_id: int, *, judgings: bool = False) -> JudgedDetail | None:
    """Everything said about a rollout, None when it is gone; what judgings said too where asked."""
    found = judged_rows(conn, [rollout_id]).get(rollout_id)
    if found is None:
        return None
    query = "SELECT uid, at, who, learned, judging, ask FROM verdict WHERE rollout = ?"
    rows = {row["uid"]: row for row in conn.execute(query, (rollout_id,))}
    given = tuple(
        GivenVerdict(one, row["at"], row["who"], bool(row["learned"]), row["judging"], row["ask"])
        for one in judgement_rows.read_verdicts(conn, rollout_id, judgings=judgings)
        if (row := rows[one.uid])
    )
    return JudgedDetail(found, judgement_rows.read_truths(conn, rollout_id), given)


def _judge(judging: int | None) -> str:
    """What the judge said of rollout `r`."""
    return (
        f"coalesce((SELECT {OWN_STATUS} FROM verdict v WHERE v.rollout = r.id AND {judge_sql(judging)} "
        f"ORDER BY v.id DESC LIMIT 1), '{NONE}')"
    )


def _reason(judging: int | None) -> str:
    """Why the judge said it."""
    return (
        f"coalesce((SELECT v.reason FROM verdict v WHERE v.rollout = r.id AND {judge_sql(judging)} "
        "ORDER BY v.id DESC LIMIT 1), '')"
    )


def _where(conn: sqlite3.Connection, scope: Scope) -> tuple[str, dict[str, Any]]:
    conditions = [_FINISHED]
    params: dict[str, Any] = {"invalid": _INVALID}
    if scope.run is None and scope.judging is None and not scope.rollouts:
        conditions.append(f"run.purpose = '{ARM}'")
    if scope.judging is not None:
        conditions.append("r.id IN (SELECT rollout FROM judging_target WHERE judging = :judging)")
        params["judging"] = judgings.judging(conn, scope.judging).id
    if scope.rollouts:
        conditions.append("r.id IN (SELECT value FROM json_each(:rollouts))")
        params["rollouts"] = dump(scope.rollouts)
    if scope.run is not None:
        conditions.append("r.run = :run")
        params["run"] = source_run(conn, scope.run)
    if scope.sweep is not None:
        conditions.append("r.run IN (SELECT coalesce(shared_with, id) FROM run WHERE sweep = :sweep)")
        params["sweep"] = scope.sweep
    return " AND ".join(conditions), params


def _words(text: str, params: dict[str, Any], reason: str) -> list[str]:
    """A condition for each word; adds the words to the parameters."""
    conditions = []
    for number, word in enumerate(text.split()):
        params[f"word{number}"] = like_pattern(word)
        conditions.append(f"({_TEXT} || ' ' || r.task_key || ' ' || {reason}) LIKE :word{number} ESCAPE '\\'")
    return conditions


def _judged(row: sqlite3.Row) -> JudgedRollout:
    return JudgedRollout(
        id=row["id"],
        uid=row["uid"],
        run=row["run"],
        task_key=row["task_key"],
        task_text=row["text"],
        arm=row["arm"],
        rollout_index=row["rollout_index"],
        judge=row["judge"],
        truth=row["truth"],
        human=row["human"],
        reason=row["reason"],
        simulated=bool(row["simulated"]),
    )
