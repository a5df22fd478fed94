"""Judgings: who was asked about which rollouts, what was sent and what came back.

Their verdicts stand for nothing: figures, learning and lists go by the judge of the runs (`STANDING_JUDGE`). Their
calls are no cost of the runs they are about, so they have a table of their own.
"""

import json
import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rb_studio.records.calls import LlmCall
from rb_studio.records.errors import UsageError
from rb_studio.records.identity import uid
from rb_studio.records.judgement import Status, Verdict
from rb_studio.records.judging import JudgeAnswer, Judging
from rb_studio.store import blobs, feed, judgement_rows
from rb_studio.store.call_rows import COLUMNS, pack_call, read_calls
from rb_studio.store.judgement_rows import STANDING_JUDGE
from rb_studio.store.rows import dump, insert, insert_many, load, next_id, now, upsert_many
from rb_studio.store.runs import RUN_STATUSES
from rb_studio.store.spending import CallMeans, means

if TYPE_CHECKING:
    from sqlite_utils import Database

_ENDED = ("finished", "cancelled", "failed", "paused")
_OWN = ("judging", "rollout", "ask", "request", "text", "reasoning", "at")
# A judging has no use for whose rollout, which role and which step a call is about: it knows.
_KEPT = tuple(name for name in COLUMNS if name not in ("rollout_uid", "role", "step"))
_COUNTED = "(c.failure IS NULL OR c.tokens_prompt IS NOT NULL OR c.tokens_completion IS NOT NULL)"
_JUDGING = """SELECT j.*, json_extract(j.config, '$.skipped') AS skipped,
  (SELECT count(*) FROM judging_target t WHERE t.judging = j.id) AS rollouts,
  (SELECT count(*) FROM verdict v WHERE v.judging = j.id) AS answers FROM judging j"""


@dataclass(frozen=True, slots=True)
class JudgingSpent:
    """What a judging's calls used; None where a call did not say or has no price."""

    calls: int
    tokens: int | None
    cost: float | None


def judge_sql(judging: int | None) -> str:
    """The condition of verdict `v` to be the judge's: of a judging (its first ask), or without one the runs' own."""
    return STANDING_JUDGE if judging is None else f"v.judging = {int(judging)} AND v.ask = 0"


def create(
    db: "Database",
    rollouts: Sequence[int],
    *,
    profile: str,
    model: str,
    times: int,
    simulated: bool,
    name: str = "",
    prompt_hash: str | None = None,
    config: Mapping[str, Any] | None = None,
) -> int:
    """A judging that is to begin, with the rollouts by their row ids in the order they are asked about."""
    number = next_id(db, "judging")
    row = {
        "uid": uid("judging", number, now(), profile, rollouts),
        "name": name or f"judging {number}: {profile}",
        "profile": profile,
        "model": model,
        "prompt_hash": prompt_hash,
        "times": times,
        "config": dump(dict(config or {})),
        "status": "planned",
        "simulated": int(simulated),
        "created_at": now(),
    }
    found = insert(db, "judging", row)
    targets = ((found, rollout, place) for place, rollout in enumerate(dict.fromkeys(rollouts)))
    insert_many(db, "judging_target", ("judging", "rollout", "position"), targets)
    feed.emit(db, None, "judging", "judging", found)
    return found


def judging(conn: sqlite3.Connection, number: int) -> Judging:
    """One judging. Raises UsageError."""
    row = conn.execute(f"{_JUDGING} WHERE j.id = ?", (number,)).fetchone()
    if row is None:
        known = ", ".join(str(found[0]) for found in conn.execute("SELECT id FROM judging ORDER BY id")) or "none yet"
        raise UsageError(f"there is no judging {number} in this workspace; it has {known}")
    return _judging(row)


def judgings(conn: sqlite3.Connection) -> list[Judging]:
    """All judgings, oldest first."""
    return [_judging(row) for row in conn.execute(f"{_JUDGING} ORDER BY j.id")]


def config(conn: sqlite3.Connection, number: int) -> dict[str, Any]:
    """What else a judging was asked for with."""
    row = conn.execute("SELECT config FROM judging WHERE id = ?", (number,)).fetchone()
    return dict(load(row[0])) if row else {}


def set_status(db: "Database", number: int, status: str, note: str = "") -> None:
    """Record how far a judging is; `status` is one of `runs.RUN_STATUSES`."""
    if status not in RUN_STATUSES:
        raise UsageError(f"{status!r} is no status: use {', '.join(RUN_STATUSES)}")
    ended = now() if status in _ENDED else None
    db.execute("UPDATE judging SET status = ?, note = ?, ended_at = ? WHERE id = ?", (status, note, ended, number))
    feed.emit(db, None, "judging", "judging", number)


def set_limit(db: "Database", number: int, max_cost: float | None) -> None:
    """Spend at most so many US dollars from now on; None is no limit."""
    kept = dump({**config(db.conn, number), "max_cost": max_cost})
    db.execute("UPDATE judging SET config = ? WHERE id = ?", (kept, number))


def keep_answers(db: "Database", number: int, answers: Sequence[JudgeAnswer]) -> None:
    """Write what a judge said, and all calls; what is there already of an ask is not written twice."""
    by_model = judging(db.conn, number).model
    for one in answers:
        if one.verdict is not None and not _answered(db.conn, number, one):
            judgement_rows.save_verdict(
                db, one.rollout, one.verdict, who=by_model, learned=False, judging=number, ask=one.ask
            )
    _save_calls(db, number, answers)
    feed.emit(db, None, "judging", "judging", number)


def open_targets(conn: sqlite3.Connection, number: int) -> list[tuple[int, int]]:
    """(rollout, ask) without a verdict: everything once before anything twice."""
    rows = conn.execute(
        "WITH RECURSIVE asks(ask) AS (SELECT 0 UNION ALL SELECT ask + 1 FROM asks "
        "WHERE ask + 1 < (SELECT times FROM judging WHERE id = :judging)) "
        "SELECT t.rollout, a.ask FROM judging_target t JOIN asks a WHERE t.judging = :judging AND NOT EXISTS "
        "(SELECT 1 FROM verdict v WHERE v.judging = :judging AND v.rollout = t.rollout AND v.ask = a.ask) "
        "ORDER BY a.ask, t.position",
        {"judging": number},
    )
    return [(row[0], row[1]) for row in rows]


def targets(conn: sqlite3.Connection, number: int) -> tuple[int, ...]:
    """The rollouts of a judging by row id, in its order."""
    rows = conn.execute("SELECT rollout FROM judging_target WHERE judging = ? ORDER BY position", (number,))
    return tuple(row[0] for row in rows)


def answers(conn: sqlite3.Connection, number: int) -> dict[int, tuple[Status, ...]]:
    """What a judging said of each rollout, by row id, in the order of the asks."""
    found: defaultdict[int, list[Status]] = defaultdict(list)
    query = "SELECT rollout, status FROM verdict WHERE judging = ? ORDER BY rollout, ask"
    for rollout, status in conn.execute(query, (number,)):
        found[rollout].append(Status(status))
    return {rollout: tuple(said) for rollout, said in found.items()}


def verdicts(conn: sqlite3.Connection, rollout: int) -> list[tuple[int, int, Verdict]]:
    """(judging, ask, verdict) of a rollout, by its row id, in that order."""
    rows = conn.execute(
        "SELECT uid, judging, ask FROM verdict WHERE rollout = ? AND judging IS NOT NULL", (rollout,)
    ).fetchall()
    places = {row["uid"]: (row["judging"], row["ask"]) for row in rows}
    found = judgement_rows.read_verdicts(conn, rollout, judgings=True) if places else ()
    return sorted(((*places[one.uid], one) for one in found if one.uid in places), key=lambda one: one[:2])


def calls(conn: sqlite3.Connection, number: int, rollout: int) -> list[LlmCall]:
    """What was sent about a rollout in a judging and what came back, every attempt of every ask."""
    rows = conn.execute(
        "SELECT c.*, 'judge' AS role, NULL AS step, r.uid AS rollout_uid FROM judging_call c "
        "JOIN rollout r ON r.id = c.rollout WHERE c.judging = ? AND c.rollout = ? ORDER BY c.ask, c.id",
        (number, rollout),
    ).fetchall()
    return read_calls(conn, rows)


def spent(conn: sqlite3.Connection, number: int) -> JudgingSpent:
    """What a judging cost so far; calls that failed before they used anything are no part of it."""
    row = conn.execute(
        "SELECT count(*), sum(tokens_prompt + tokens_completion), sum(cost), "
        "count(tokens_prompt + tokens_completion), count(cost) "
        f"FROM judging_call c WHERE judging = ? AND {_COUNTED}",
        (number,),
    ).fetchone()
    whole, priced = row[3] == row[0], row[4] == row[0]
    return JudgingSpent(row[0], (row[1] or 0) if whole else None, (row[2] or 0.0) if priced else None)


def call_means(conn: sqlite3.Connection, model: str) -> CallMeans:
    """The mean over all calls of judgings by a model."""
    return means(
        conn,
        f"FROM judging_call c JOIN judging j ON j.id = c.judging WHERE j.model = :model AND {_COUNTED}",
        {"model": model},
    )


def unjudgeable(conn: sqlite3.Connection, rollouts: Iterable[int]) -> set[int]:
    """Rollouts, by row id, whose task is not stored: a judge is shown the task."""
    rows = conn.execute(
        "SELECT r.id FROM rollout r WHERE r.id IN (SELECT value FROM json_each(?)) "
        "AND NOT EXISTS (SELECT 1 FROM task t WHERE t.key = r.task_key)",
        (json.dumps(list(rollouts)),),
    )
    return {row[0] for row in rows}


def _answered(conn: sqlite3.Connection, number: int, one: JudgeAnswer) -> bool:
    query = "SELECT 1 FROM verdict WHERE judging = ? AND rollout = ? AND ask = ?"
    return conn.execute(query, (number, one.rollout, one.ask)).fetchone() is not None


def _save_calls(db: "Database", number: int, answers: Iterable[JudgeAnswer]) -> None:
    texts = blobs.Texts()
    packed = [(one, pack_call(texts, call)) for one in answers for call in one.calls]
    ids = blobs.put_all(db, texts.packed())
    at = now()
    rows = []
    for one, call in packed:
        request = call.request % tuple(map(ids.__getitem__, call.messages))
        values = dict(zip(COLUMNS, call.row, strict=True))
        own = (number, one.rollout, one.ask, request, ids[call.text], ids[call.reasoning], at)
        rows.append((*own, *(values[name] for name in _KEPT)))
    upsert_many(db, "judging_call", (*_OWN, *_KEPT), ("judging", "uid"), rows)


def _judging(row: sqlite3.Row) -> Judging:
    return Judging(
        id=row["id"],
        uid=row["uid"],
        name=row["name"],
        profile=row["profile"],
        model=row["model"],
        prompt_hash=row["prompt_hash"],
        times=row["times"],
        status=row["status"],
        note=row["note"],
        simulated=bool(row["simulated"]),
        created_at=row["created_at"],
        ended_at=row["ended_at"],
        rollouts=row["rollouts"],
        answers=row["answers"],
        skipped=row["skipped"] or 0,
    )
