"""The list of rollouts: filtered, counted by facet, ordered and paged in SQL."""

import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from rb_studio.store.judgement_rows import OWN_STATUS, STANDING
from rb_studio.store.rows import dump, maybe_bool, select_in
from rb_studio.store.runs import source_run

FACETS = ("verdict", "truth", "memory", "k", "exit", "simulated")
NONE = "none"
RUNNING = "running"
MOST = 100_000


@dataclass(frozen=True, slots=True)
class RolloutFilter:
    """Which rollouts are listed; empty values choose everything.

    Parameters
    ----------
    text
        Words that all have to occur in what identifies a rollout: task, site, template, model, answer, uid.
    in_steps
        A word may occur in a thought or an action as well.
    facets
        Chosen values by facet, see `FACETS`; a rollout has to have one of each facet's values.
    uids, task_key, run
        Only these rollouts, the rollouts of this task, of this run (an equal cell's run is the one it shares).
    """

    text: str = ""
    in_steps: bool = False
    facets: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    uids: tuple[str, ...] = ()
    task_key: str | None = None
    run: int | None = None

    @property
    def empty(self) -> bool:
        """True when every rollout is listed."""
        return not (self.text.strip() or any(self.facets.values()) or self.uids or self.task_key or self.run)


@dataclass(frozen=True, slots=True)
class Listing:
    """Ids of the rollouts to list with the group each stands in (a run's id, a task's key, or nothing).

    `ids` and `groups` are at most `MOST` long; `matching` counts all that fit, `total` all there are.
    `counts` gives for every facet its values with the number of rollouts that fit everything but this facet.
    """

    ids: tuple[int, ...]
    groups: tuple[Any, ...]
    matching: int
    total: int
    counts: Mapping[str, Mapping[str, int]]


@dataclass(frozen=True, slots=True)
class ListedRollout:
    """One rollout as it is listed. None is unknown.

    `verdict` is a person's, else what the latest judge said itself; `used` is the label that was learned from, which
    label noise or another source of labels can make another one. `cost` (US dollars) and `tokens` are those of its
    steps.
    `memory` and `k` are its arm's, None for imported rollouts.
    """

    id: int
    uid: str
    run: int
    task_key: str
    task_text: str
    template: str | None
    site: str | None
    rollout_index: int
    status: str
    verdict: str | None
    truth: bool | None
    memory: str | None
    k: int | None
    steps: int
    cost: float | None
    tokens: int | None
    seconds: float | None
    exit_reason: str | None
    model: str
    selected: bool
    simulated: bool
    used: str | None = None


_VERDICT = f"""(SELECT {OWN_STATUS} FROM verdict v
  WHERE v.rollout = r.id AND source IN ('human', 'judge') AND {STANDING}
  ORDER BY source = 'human' DESC, id DESC LIMIT 1)"""
_USED = "(SELECT v.status FROM verdict v WHERE v.rollout = r.id AND v.learned ORDER BY v.id DESC LIMIT 1)"
_TRUTH = "(SELECT success FROM truth x WHERE x.rollout = r.id ORDER BY pass_index DESC, id DESC LIMIT 1)"
_STEPS = "(SELECT count(*) FROM step s WHERE s.rollout = r.id)"
_COST = "(SELECT CASE WHEN count(*) = count(cost) THEN sum(cost) END FROM step s WHERE s.rollout = r.id)"
_TOKENS = """(SELECT CASE WHEN count(*) = count(tokens_prompt + tokens_completion)
  THEN sum(tokens_prompt + tokens_completion) END FROM step s WHERE s.rollout = r.id)"""
_SECONDS = "(julianday(r.ended_at) - julianday(r.started_at)) * 86400"
_SELECTED = """EXISTS (SELECT 1 FROM selection c
  WHERE c.run = r.run AND c.task_key = r.task_key AND c.rollout_uid = r.uid)"""
_FROM = "FROM rollout r JOIN arms ON arms.id = r.run LEFT JOIN task t ON t.key = r.task_key"
_ARMS = """arms AS MATERIALIZED (SELECT id, json_extract(arm_config, '$.memory') AS memory,
  json_extract(arm_config, '$.k') AS k FROM run)"""
_FACET_SQL = {
    "verdict": f"coalesce({_VERDICT}, '{NONE}')",
    "truth": f"CASE {_TRUTH} WHEN 1 THEN 'success' WHEN 0 THEN 'failure' ELSE '{NONE}' END",
    "memory": "coalesce(arms.memory, 'imported')",
    "k": f"coalesce(arms.k, '{NONE}')",
    "exit": f"coalesce(r.exit_reason, '{RUNNING}')",
    "simulated": "CASE r.simulated WHEN 1 THEN 'yes' ELSE 'no' END",
}
_SORTS = {
    "order": "r.id",
    "task": "coalesce(t.text, r.task_text, r.task_key)",
    "key": "t.suite, t.ordinal, r.task_key",
    "index": "r.rollout_index",
    "verdict": _FACET_SQL["verdict"],
    "truth": _FACET_SQL["truth"],
    "memory": "arms.memory",
    "k": "arms.k",
    "steps": _STEPS,
    "cost": _COST,
    "tokens": _TOKENS,
    "seconds": _SECONDS,
    "exit": "r.exit_reason",
    "model": "r.model",
    "selected": _SELECTED,
}
SORTS = tuple(_SORTS)
_GROUPS = {
    "": ("NULL", ""),
    "run": ("r.run", "r.run DESC, "),
    "task": ("r.task_key", "t.suite, t.ordinal, r.task_key, "),
}
GROUPS = tuple(_GROUPS)
_NAMED = """coalesce(t.text, r.task_text, '') || ' ' || r.task_key || ' ' || coalesce(t.site, r.task_site, '') || ' '
  || coalesce(t.template, r.task_template, '') || ' ' || r.model || ' ' || coalesce(r.answer, '') || ' ' || r.uid"""


def list_rollouts(
    conn: sqlite3.Connection,
    chosen: RolloutFilter,
    *,
    group: str = "run",
    sort: str = "order",
    descending: bool = False,
    most: int = MOST,
) -> Listing:
    """The rollouts that fit, in order, with the counts of every facet.

    Parameters
    ----------
    group
        `run` (newest run first), `task` (in suite order) or empty; rollouts of a group stand together.
    sort
        One of `SORTS`, within the groups; unknown values come last.
    """
    where, params = _where(conn, chosen)
    fits = _facet_conditions(chosen, params)
    value, first = _GROUPS[group]
    wanted = " AND ".join([where, *fits.values()])
    rows = conn.execute(
        f"WITH {_ARMS} SELECT r.id, {value} {_FROM} WHERE {wanted} ORDER BY {first}{_order(sort, descending)}, r.id "
        "LIMIT :most",
        params | {"most": most},
    ).fetchall()
    counts = _counts(conn, where, fits, params)
    matching = len(rows) if len(rows) < most else _count(conn, wanted, params)
    total = int(conn.execute("SELECT count(*) FROM rollout").fetchone()[0])
    return Listing(tuple(row[0] for row in rows), tuple(row[1] for row in rows), matching, total, counts)


def listed(conn: sqlite3.Connection, ids: Iterable[int]) -> dict[int, ListedRollout]:
    """Rollouts by id, as they are listed; ids that are gone are left out."""
    sql = (
        f"WITH {_ARMS} SELECT r.*, coalesce(t.text, r.task_text, '') AS text, arms.memory, arms.k, "
        f"coalesce(t.template, r.task_template) AS template, coalesce(t.site, r.task_site) AS site, "
        f"{_VERDICT} AS verdict, {_USED} AS used, {_TRUTH} AS truth, {_STEPS} AS steps, "
        f"{_COST} AS cost, {_TOKENS} AS tokens, {_SECONDS} AS seconds, {_SELECTED} AS selected "
        f"{_FROM} WHERE r.id IN ({{}})"
    )
    return {row["id"]: _listed(row) for row in select_in(conn, sql, ids)}


def newest_rollout(conn: sqlite3.Connection) -> int | None:
    """The rollout that was begun last, None in an empty workspace."""
    row = conn.execute("SELECT max(id) FROM rollout").fetchone()
    return None if row[0] is None else int(row[0])


def _where(conn: sqlite3.Connection, chosen: RolloutFilter) -> tuple[str, dict[str, Any]]:
    """The SQL condition of everything but the facets."""
    conditions: list[str] = ["1"]
    params: dict[str, Any] = {}
    if chosen.uids:
        conditions.append("r.uid IN (SELECT value FROM json_each(:uids))")
        params["uids"] = dump(chosen.uids)
    if chosen.task_key is not None:
        conditions.append("r.task_key = :task")
        params["task"] = chosen.task_key
    if chosen.run is not None:
        conditions.append("r.run = :run")
        params["run"] = source_run(conn, chosen.run)
    for number, word in enumerate(chosen.text.split()):
        name = f"word{number}"
        params[name] = f"%{_escaped(word)}%"
        in_name = f"{_NAMED} LIKE :{name} ESCAPE '\\'"
        in_steps = f"SELECT rollout FROM step WHERE thought || ' ' || actions LIKE :{name} ESCAPE '\\'"
        conditions.append(f"({in_name} OR r.id IN ({in_steps}))" if chosen.in_steps else in_name)
    return " AND ".join(conditions), params


def _facet_conditions(chosen: RolloutFilter, params: dict[str, Any]) -> dict[str, str]:
    """By facet with chosen values, the SQL condition that a rollout has one of them."""
    conditions = {}
    for facet, values in chosen.facets.items():
        if values:
            params[facet] = dump([str(value) for value in values])
            conditions[facet] = f"CAST({_FACET_SQL[facet]} AS TEXT) IN (SELECT value FROM json_each(:{facet}))"
    return conditions


def _counts(
    conn: sqlite3.Connection, where: str, fits: Mapping[str, str], params: Mapping[str, Any]
) -> dict[str, dict[str, int]]:
    """Every facet's values and counts, in one pass over the rollouts."""
    values = ", ".join(f"CAST({sql} AS TEXT) AS {facet}" for facet, sql in _FACET_SQL.items())
    base = f"SELECT {values} {_FROM} WHERE {where}"
    parts = []
    for facet in FACETS:
        others = " AND ".join(f"{name} IN (SELECT value FROM json_each(:{name}))" for name in fits if name != facet)
        parts.append(f"SELECT '{facet}', {facet}, count(*) FROM base WHERE {others or 1} GROUP BY 2")
    rows = conn.execute(f"WITH {_ARMS}, base AS MATERIALIZED ({base}) {' UNION ALL '.join(parts)}", params)
    counts: dict[str, dict[str, int]] = {facet: {} for facet in FACETS}
    for facet, value, count in rows:
        counts[facet][value] = count
    return counts


def _count(conn: sqlite3.Connection, wanted: str, params: Mapping[str, Any]) -> int:
    row = conn.execute(f"WITH {_ARMS} SELECT count(*) {_FROM} WHERE {wanted}", params).fetchone()
    return int(row[0])


def _order(sort: str, descending: bool) -> str:
    direction = " DESC" if descending else ""
    return ", ".join(f"{part}{direction} NULLS LAST" for part in _parts(_SORTS[sort], sort))


def _parts(sql: str, sort: str) -> list[str]:
    return sql.split(", ") if sort == "key" else [sql]


def _escaped(word: str) -> str:
    return word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _listed(row: sqlite3.Row) -> ListedRollout:
    return ListedRollout(
        id=row["id"],
        uid=row["uid"],
        run=row["run"],
        task_key=row["task_key"],
        task_text=row["text"],
        template=row["template"],
        site=row["site"],
        rollout_index=row["rollout_index"],
        status=row["status"],
        verdict=row["verdict"],
        used=row["used"],
        truth=maybe_bool(row["truth"]),
        memory=row["memory"],
        k=row["k"],
        steps=row["steps"],
        cost=row["cost"],
        tokens=row["tokens"],
        seconds=None if row["seconds"] is None else round(row["seconds"], 3),
        exit_reason=row["exit_reason"],
        model=row["model"],
        selected=bool(row["selected"]),
        simulated=bool(row["simulated"]),
    )
