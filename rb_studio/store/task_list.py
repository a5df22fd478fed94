"""Tasks of a suite as a long list: found, sorted and cut in SQL, with what their rollouts came to."""

import sqlite3
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from rb_studio.records.trajectory import INVALID_EXITS
from rb_studio.store.judgement_rows import OWN_STATUS, STANDING
from rb_studio.store.rows import marks, maybe_bool, select_in
from rb_studio.store.task_query import TaskQuery
from rb_studio.store.words import like_pattern

MOST = 100_000
SORTS = {
    "ordinal": "t.ordinal",
    "text": "t.text COLLATE NOCASE",
    "site": "t.site",
    "template": "t.template",
    "difficulty": "CASE WHEN graded > 0 THEN (solved > 0) + (solved = graded) END",
    "solved": "CASE WHEN graded > 0 THEN 1.0 * solved / graded END",
    "judged": "judged",
    "truth": "truth",
    "tried": "coalesce(tried, 0)",
    "siblings": "place",
}
_RESULTS = {
    "always": "(graded > 0 AND solved = graded)",
    "mixed": "(solved > 0 AND solved < graded)",
    "never": "(graded > 0 AND solved = 0)",
    "success": "truth = 1",
    "failure": "truth = 0",
    "unknown": "(tried > 0 AND truth IS NULL)",
    "untried": "tried IS NULL",
}
_INVALID = ",".join(f"'{reason}'" for reason in sorted(INVALID_EXITS))
_TRUTH = "(SELECT success FROM truth x WHERE x.rollout = {} ORDER BY pass_index DESC, id DESC LIMIT 1)"
_JUDGED = (
    f"(SELECT {OWN_STATUS} FROM verdict v WHERE v.rollout = {{}} AND v.source IN ('judge', 'human') "
    f"AND v.judging IS NULL AND {STANDING} ORDER BY v.source = 'human' DESC, v.id DESC LIMIT 1)"
)
# An outcome that a fault cost a part counts as invalid, whatever became of its rollouts.
_WHOLE = "NOT EXISTS (SELECT 1 FROM outcome o WHERE o.run = r.run AND o.task_key = r.task_key AND NOT o.valid)"
# What a rollout becomes from one of its steps on, under other conditions, is no result of its task.
_OF_ARMS = "r.run IN (SELECT id FROM run WHERE purpose = 'arm')"
# One row for each task that was tried; rollouts that a fault cut short are no data.
_TALLY = f"""
WITH ended AS (
  SELECT r.id, r.uid, r.task_key, {_TRUTH.format("r.id")} AS truth FROM rollout r
  WHERE r.exit_reason IS NOT NULL AND r.exit_reason NOT IN ({_INVALID}) AND {_WHOLE} AND {{rollouts}}
), counted AS (
  SELECT task_key, count(*) AS tried, count(truth) AS graded, sum(truth) AS solved, max(id) AS last
  FROM ended GROUP BY task_key
), tally AS (
  SELECT c.*, e.uid AS last_uid, e.truth, {_JUDGED.format("c.last")} AS judged
  FROM counted c JOIN ended e ON e.id = c.last
)
"""
# Tasks with their place among the listed ones of their template, in the suite's order.
_PLACED = """
(SELECT t.*, CASE WHEN template IS NOT NULL
 THEN row_number() OVER (PARTITION BY suite, template ORDER BY ordinal, id) END AS place FROM task t WHERE {chosen})
"""
FACETS = ("site", "template")


@dataclass(frozen=True, slots=True)
class TaskLine:
    """One task in one line; `truth` and `judged` are of its newest rollout, None is unknown.

    It is the `place`-th of the `kin` tasks that share its template; None without a template.
    """

    id: int
    key: str
    ordinal: int
    text: str
    site: str | None
    template: str | None
    tried: int
    graded: int
    solved: int
    truth: bool | None
    judged: str | None
    last_uid: str | None
    place: int | None = None
    kin: int | None = None

    @property
    def difficulty(self) -> str | None:
        """always, mixed or never solved; None without a graded rollout."""
        if not self.graded:
            return None
        return "always" if self.solved == self.graded else "mixed" if self.solved else "never"


@dataclass(frozen=True, slots=True)
class Attempt:
    """One rollout of a task. `status` is running or done; `arm` is None for imported rollouts."""

    uid: str
    run: int
    source: str
    arm: dict[str, Any] | None
    index: int
    status: str
    exit_reason: str
    valid: bool
    truth: bool | None
    judged: str | None
    steps: int
    simulated: bool
    started_at: str | None


def task_ids(
    conn: sqlite3.Connection,
    suite: str,
    query: TaskQuery | None = None,
    *,
    sort: str = "ordinal",
    descending: bool = False,
) -> list[int]:
    """Ids of a suite's or subset's listed tasks that fit, in order, at most `MOST`; empty for an unknown suite.

    Unknown values stand last in either direction; equal ones stand in the suite's order.
    """
    query = query or TaskQuery()
    chosen, params = _members(suite)
    conditions, more = _conditions(query)
    tally = query.needs_results or sort in ("difficulty", "solved", "judged", "truth", "tried")
    keys = f"{_OF_ARMS} AND r.task_key IN (SELECT t.key FROM task t WHERE {chosen})"
    sql = (
        _TALLY.format(rollouts=keys) if tally else ""
    ) + f"SELECT t.id FROM {_PLACED.format(chosen=chosen) if sort == 'siblings' else 'task'} t "
    sql += "LEFT JOIN tally ON tally.task_key = t.key " if tally else ""
    by = SORTS[sort]
    way = "DESC" if descending else "ASC"
    sql += (
        f"WHERE {' AND '.join([chosen, *conditions])} ORDER BY {by} IS NULL, {by} {way}, t.ordinal, t.id LIMIT {MOST}"
    )
    return [row[0] for row in conn.execute(sql, params | more)]


def task_count(conn: sqlite3.Connection, suite: str) -> int:
    """How many tasks a suite or subset lists."""
    chosen, params = _members(suite)
    return int(conn.execute(f"SELECT count(*) FROM task t WHERE {chosen}", params).fetchone()[0])


def task_facets(conn: sqlite3.Connection, suite: str) -> dict[str, list[tuple[str, int]]]:
    """Sites and templates of a suite's or subset's listed tasks with their counts, the most frequent first."""
    chosen, params = _members(suite)
    found = {}
    for name in FACETS:
        rows = conn.execute(
            f"SELECT t.{name}, count(*) AS n FROM task t WHERE {chosen} AND t.{name} IS NOT NULL "
            f"GROUP BY 1 ORDER BY n DESC, min(t.ordinal)",
            params,
        )
        found[name] = [(row[0], row[1]) for row in rows]
    return found


def earlier_siblings(conn: sqlite3.Connection, suite: str) -> tuple[int, int]:
    """(tasks with an earlier task of the same template, all tasks) of a suite or subset."""
    chosen, params = _members(suite)
    sql = f"SELECT count(t.template) - count(DISTINCT t.template), count(*) FROM task t WHERE {chosen}"
    siblings, total = conn.execute(sql, params).fetchone()
    return siblings, total


def task_lines(conn: sqlite3.Connection, ids: Sequence[int]) -> list[TaskLine]:
    """Lines of these tasks (at most a few hundred), in no particular order."""
    wanted = marks(ids)
    keys = f"{_OF_ARMS} AND r.task_key IN (SELECT key FROM task WHERE id IN ({wanted}))"
    sql = _TALLY.format(rollouts=keys) + (
        "SELECT t.*, tried, graded, solved, truth, judged, last_uid FROM task t "
        f"LEFT JOIN tally ON tally.task_key = t.key WHERE t.id IN ({wanted})"
    )
    rows = conn.execute(sql, [*ids, *ids]).fetchall()
    places = _places(conn, rows)
    return [_line(row, *places.get(row["id"], (None, None))) for row in rows]


def _places(conn: sqlite3.Connection, rows: Sequence[sqlite3.Row]) -> dict[int, tuple[int, int]]:
    """Place and number of tasks among the listed ones of the template, by task."""
    wanted = {row["id"] for row in rows}
    templates = sorted({row["template"] for row in rows if row["template"] is not None})
    found: dict[int, tuple[int, str]] = {}
    counts: Counter[tuple[int, str]] = Counter()
    for suite in sorted({row["suite"] for row in rows}):
        kin = conn.execute(
            f"SELECT id, template FROM task WHERE suite = ? AND listed AND template IN ({marks(templates)}) "
            "ORDER BY ordinal, id",
            [suite, *templates],
        )
        for task, template in kin:
            counts[suite, template] += 1
            if task in wanted:
                found[task] = (counts[suite, template], template)
    suites = {row["id"]: row["suite"] for row in rows}
    return {task: (place, counts[suites[task], template]) for task, (place, template) in found.items()}


def task_keys(conn: sqlite3.Connection, ids: Sequence[int]) -> tuple[str, ...]:
    """Keys of these tasks, in their suite's order."""
    rows = select_in(conn, "SELECT key, ordinal, id FROM task WHERE id IN ({})", ids)
    return tuple(row["key"] for row in sorted(rows, key=lambda row: (row["ordinal"], row["id"])))


def attempts(conn: sqlite3.Connection, task_key: str, limit: int = 500) -> list[Attempt]:
    """A task's rollouts of every run but forks, newest first, running ones too."""
    rows = conn.execute(
        f"SELECT r.*, run.name AS run_name, run.foreign_key, json_extract(run.arm_config, '$.memory') AS memory, "
        f"json_extract(run.arm_config, '$.scaling') AS scaling, json_extract(run.arm_config, '$.k') AS k, "
        f"json_extract(run.arm_config, '$.seed') AS arm_seed, "
        f"{_TRUTH.format('r.id')} AS truth, {_JUDGED.format('r.id')} AS judged, {_WHOLE} AS whole, "
        f"(SELECT count(*) FROM step WHERE rollout = r.id) AS steps "
        f"FROM rollout r JOIN run ON run.id = r.run WHERE {_OF_ARMS} AND r.task_key = ? "
        f"ORDER BY r.run DESC, r.rollout_index, r.id LIMIT ?",
        (task_key, limit),
    )
    return [_attempt(row) for row in rows]


def _members(suite: str) -> tuple[str, dict[str, Any]]:
    """The condition for a listed task of a suite or of a subset."""
    whole = "t.suite = (SELECT id FROM suite WHERE name = :suite)"
    part = "t.id IN (SELECT m.task FROM subset_task m JOIN subset s ON s.id = m.subset WHERE s.name = :suite)"
    return f"t.listed AND ({whole} OR {part})", {"suite": suite}


def _conditions(query: TaskQuery) -> tuple[list[str], dict[str, Any]]:
    conditions: list[str] = []
    params: dict[str, Any] = {}
    for number, word in enumerate(query.words):
        conditions.append(f"(t.text LIKE :w{number} ESCAPE '\\' OR t.key LIKE :w{number} ESCAPE '\\')")
        params[f"w{number}"] = like_pattern(word)
    for name in ("template", "site"):
        values = query.fields.get(name, ())
        named = {f"{name}{number}": value for number, value in enumerate(values)}
        conditions += [f"t.{name} IN ({','.join(f':{key}' for key in named)})"] if named else []
        params |= named
    if results := query.fields.get("result"):
        conditions.append(f"({' OR '.join(_RESULTS[value] for value in results)})")
    if verdicts := query.fields.get("judged"):
        tests = ["(tried > 0 AND judged IS NULL)" if value == "none" else f"judged = '{value}'" for value in verdicts]
        conditions.append(f"({' OR '.join(tests)})")
    return conditions, params


def _line(row: sqlite3.Row, place: int | None, kin: int | None) -> TaskLine:
    return TaskLine(
        id=row["id"],
        key=row["key"],
        ordinal=row["ordinal"],
        text=row["text"],
        site=row["site"],
        template=row["template"],
        tried=row["tried"] or 0,
        graded=row["graded"] or 0,
        solved=row["solved"] or 0,
        truth=maybe_bool(row["truth"]),
        judged=row["judged"],
        last_uid=row["last_uid"],
        place=place,
        kin=kin,
    )


def _attempt(row: sqlite3.Row) -> Attempt:
    ours = row["memory"] is not None
    arm = {"memory": row["memory"], "scaling": row["scaling"], "k": row["k"], "seed": row["arm_seed"]}
    return Attempt(
        uid=row["uid"],
        run=row["run"],
        source=row["run_name"] or row["foreign_key"] or f"run {row['run']}",
        arm=arm if ours else None,
        index=row["rollout_index"],
        status=row["status"],
        exit_reason=row["exit_reason"] or "",
        valid=bool(row["whole"]) and row["exit_reason"] is not None and row["exit_reason"] not in INVALID_EXITS,
        truth=maybe_bool(row["truth"]),
        judged=row["judged"],
        steps=row["steps"],
        simulated=bool(row["simulated"]),
        started_at=row["started_at"],
    )
