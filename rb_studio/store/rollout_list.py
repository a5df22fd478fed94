"""The list of rollouts: filtered, counted by facet, ordered and paged in SQL."""

import sqlite3
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from rb_studio.records.precedence import USUAL, Precedence
from rb_studio.store import extra_columns
from rb_studio.store.rollout_filter import (
    ARMS,
    COST,
    FACET_SQL,
    FROM,
    GROUP_SQL,
    SECONDS,
    SELECTED,
    STEPS,
    TOKENS,
    TRUTH,
    USED,
    VERDICT,
    facet_conditions,
    success_sql,
    where_sql,
)
from rb_studio.store.rollout_filter import FACETS as FACETS
from rb_studio.store.rollout_filter import NONE as NONE
from rb_studio.store.rollout_filter import RUNNING as RUNNING
from rb_studio.store.rollout_filter import RolloutFilter as RolloutFilter
from rb_studio.store.rows import maybe_bool, select_in

MOST = 100_000


@dataclass(frozen=True, slots=True)
class Listing:
    """Ids of the rollouts to list with the group each stands in (a run's id, a task's key, a name, or nothing).

    `ids` and `groups` are at most `MOST` long; `matching` counts all that fit, `total` all there are.
    `counts` gives for every counted facet its values with the number of rollouts that fit everything but this facet.
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
    label noise or another source of labels can make another one. `success` is as those say whose word counts. `cost`
    (US dollars) and `tokens` are those of its steps.
    `memory` and `k` are its arm's, None for imported rollouts. `extra` has the values of extra columns by their keys,
    of those that were asked for.
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
    success: bool | None = None
    extra: Mapping[str, Any] = field(default_factory=dict, hash=False)


_SORTS = {
    "order": "r.id",
    "task": "coalesce(t.text, r.task_text, r.task_key)",
    "key": "t.suite, t.ordinal, r.task_key",
    "index": "r.rollout_index",
    "verdict": FACET_SQL["verdict"],
    "truth": FACET_SQL["truth"],
    "memory": "arms.memory",
    "k": "arms.k",
    "steps": STEPS,
    "cost": COST,
    "tokens": TOKENS,
    "seconds": SECONDS,
    "exit": "r.exit_reason",
    "model": "r.model",
    "selected": SELECTED,
}
SUCCESS = "success"
SORTS = (*_SORTS, SUCCESS)
_GROUPS = {
    "": ("NULL", ""),
    "run": ("r.run", "r.run DESC, "),
    "task": ("r.task_key", "t.suite, t.ordinal, r.task_key, "),
    "arm": (GROUP_SQL["arm"], f"{GROUP_SQL['arm']} DESC, "),
    "model": (GROUP_SQL["model"], f"{GROUP_SQL['model']}, "),
    "memory": (GROUP_SQL["memory"], f"{GROUP_SQL['memory']}, "),
}
GROUPS = tuple(_GROUPS)


def list_rollouts(
    conn: sqlite3.Connection,
    chosen: RolloutFilter,
    *,
    group: str = "run",
    sort: str = "order",
    descending: bool = False,
    most: int = MOST,
    counted: Collection[str] = FACETS,
    whose: Precedence = USUAL,
) -> Listing:
    """The rollouts that fit, in order, with the counts of facets.

    Parameters
    ----------
    group
        `run` (newest run first), `task` (in suite order), `arm` (named by its first run), `model`, `memory` or empty;
        rollouts of a group stand together.
    sort
        One of `SORTS`, or the key of an extra column, within the groups; unknown values come last.
    counted
        Facets whose values are counted, which means looking at every rollout.
    whose
        Whose word success is, where it is listed by that.

    Raises
    ------
    UsageError
        There is no such order.
    """
    where, params = where_sql(conn, chosen)
    fits = facet_conditions(chosen, params)
    value, first = _GROUPS[group]
    wanted = " AND ".join([where, *fits.values()])
    order, extra = _order(sort, descending, whose)
    rows = conn.execute(
        f"WITH {ARMS} SELECT r.id, {value} {FROM} WHERE {wanted} ORDER BY {first}{order}, r.id LIMIT :most",
        {**params, **extra, "most": most},
    ).fetchall()
    counts = _counts(conn, where, fits, params, [facet for facet in FACETS if facet in counted])
    matching = len(rows) if len(rows) < most else _count(conn, wanted, params)
    total = int(conn.execute("SELECT count(*) FROM rollout").fetchone()[0])
    return Listing(tuple(row[0] for row in rows), tuple(row[1] for row in rows), matching, total, counts)


def listed(
    conn: sqlite3.Connection, ids: Iterable[int], extra: Sequence[str] = (), *, whose: Precedence = USUAL
) -> dict[int, ListedRollout]:
    """Rollouts by id, as they are listed, with the values of these extra columns; ids that are gone are left out."""
    ids = tuple(ids)
    values = extra_columns.values(conn, ids, extra) if extra else {}
    sql = (
        f"WITH {ARMS} SELECT r.*, coalesce(t.text, r.task_text, '') AS text, arms.memory, arms.k, "
        f"coalesce(t.template, r.task_template) AS template, coalesce(t.site, r.task_site) AS site, "
        f"{VERDICT} AS verdict, {USED} AS used, {TRUTH} AS truth, {success_sql(whose)} AS success, "
        f"{STEPS} AS steps, "
        f"{COST} AS cost, {TOKENS} AS tokens, {SECONDS} AS seconds, {SELECTED} AS selected "
        f"{FROM} WHERE r.id IN ({{}})"
    )
    return {
        row["id"]: _listed(row, dict(zip(extra, values.get(row["id"], ()), strict=False)))
        for row in select_in(conn, sql, ids)
    }


def newest_rollout(conn: sqlite3.Connection) -> int | None:
    """The rollout that was begun last, None in an empty workspace."""
    row = conn.execute("SELECT max(id) FROM rollout").fetchone()
    return None if row[0] is None else int(row[0])


def _counts(
    conn: sqlite3.Connection, where: str, fits: Mapping[str, str], params: Mapping[str, Any], counted: Sequence[str]
) -> dict[str, dict[str, int]]:
    """Facets' values and counts, in one pass over the rollouts."""
    counts: dict[str, dict[str, int]] = {facet: {} for facet in counted}
    if not counted:
        return counts
    values = ", ".join(f"CAST({FACET_SQL[facet]} AS TEXT) AS {facet}" for facet in {**counts, **fits})
    base = f"SELECT {values} {FROM} WHERE {where}"
    parts = []
    for facet in counted:
        others = " AND ".join(f"{name} IN (SELECT value FROM json_each(:{name}))" for name in fits if name != facet)
        parts.append(f"SELECT '{facet}', {facet}, count(*) FROM base WHERE {others or 1} GROUP BY 2")
    rows = conn.execute(f"WITH {ARMS}, base AS MATERIALIZED ({base}) {' UNION ALL '.join(parts)}", params)
    for facet, value, count in rows:
        counts[facet][value] = count
    return counts


def _count(conn: sqlite3.Connection, wanted: str, params: Mapping[str, Any]) -> int:
    row = conn.execute(f"WITH {ARMS} SELECT count(*) {FROM} WHERE {wanted}", params).fetchone()
    return int(row[0])


def _order(sort: str, descending: bool, whose: Precedence) -> tuple[str, dict[str, Any]]:
    direction = " DESC" if descending else ""
    if sort == SUCCESS:
        return f"{success_sql(whose)}{direction} NULLS LAST", {}
    if sort not in _SORTS:
        sql, params = extra_columns.value_sql(sort)
        return f"{sql}{direction} NULLS LAST", params
    return ", ".join(f"{part}{direction} NULLS LAST" for part in _parts(_SORTS[sort], sort)), {}


def _parts(sql: str, sort: str) -> list[str]:
    return sql.split(", ") if sort == "key" else [sql]


def _listed(row: sqlite3.Row, extra: Mapping[str, Any]) -> ListedRollout:
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
        success=maybe_bool(row["success"]),
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
        extra=extra,
    )
