"""Truths, verdicts, selections and retrievals: rows from records, records from rows."""

import sqlite3
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from rb_studio.records.judgement import Selection, Status, Truth, Verdict
from rb_studio.records.memory import NearMiss, Retrieval, RetrievedExperience
from rb_studio.store import blobs
from rb_studio.store.rows import dump, insert_many, load, maybe_bool, now, upsert
from rb_studio.store.trajectory_rows import dump_failure, load_failure

if TYPE_CHECKING:
    from sqlite_utils import Database

_PAIR = ("event", "experience_uid", "rank", "score", "task_key", "task_text", "reason")
_IN_PAIR = ("pair", "position", "item_uid")
# A verdict made by a run always stands; one given later stands while the operation that gave it does.
STANDING = (
    "(NOT EXISTS (SELECT 1 FROM verdict_presence p WHERE p.verdict = v.id) "
    "OR EXISTS (SELECT 1 FROM verdict_presence p WHERE p.verdict = v.id AND p.op_to IS NULL))"
)

# What a source itself said of a rollout: label noise, which flips only what learning goes by, is taken back.
OWN_STATUS = (
    "CASE WHEN v.noisy AND v.status = 'success' THEN 'failure' "
    "WHEN v.noisy AND v.status = 'failure' THEN 'success' ELSE v.status END"
)


def save_truths(db: "Database", rollout_id: int, truths: Sequence[Truth]) -> None:
    """Write what the environment or a report says about a rollout, in place of what it said before."""
    db.execute("DELETE FROM truth WHERE rollout = ?", (rollout_id,))
    for truth in truths:
        row = {
            "rollout": rollout_id,
            "pass_index": truth.pass_index,
            "success": None if truth.success is None else int(truth.success),
            "reward": truth.reward,
            "source": truth.source,
            "detail": truth.detail,
            "report_only": int(truth.report_only),
        }
        upsert(db, "truth", row, ("rollout", "pass_index", "source"))


def save_verdict(db: "Database", rollout_id: int, verdict: Verdict, *, who: str, learned: bool) -> int:
    """Write one verdict; `learned` marks the one a rollout was learned from. Returns its id."""
    row = {
        "uid": verdict.uid,
        "rollout": rollout_id,
        "status": str(verdict.status),
        "reason": verdict.reason,
        "source": verdict.source,
        "raw": blobs.put(db, verdict.raw),
        "cited": dump(verdict.cited),
        "model": verdict.model,
        "prompt_hash": verdict.prompt_hash,
        "call_uid": verdict.call_uid,
        "failure": dump_failure(verdict.failure),
        "noisy": int(verdict.noisy),
        "who": who,
        "at": now(),
        "learned": int(learned),
    }
    return upsert(db, "verdict", row, ("rollout", "uid"))


def save_selection(db: "Database", run_id: int, selection: Selection) -> int:
    """Write which rollout best-of-k stands on; returns its id."""
    row = {
        "uid": selection.uid,
        "run": run_id,
        "task_key": selection.task_key,
        "rollout_uid": selection.rollout_uid,
        "how": selection.how,
        "reason": selection.reason,
        "raw": selection.raw,
        "call_uid": selection.call_uid,
    }
    return upsert(db, "selection", row, ("run", "task_key"))


def save_retrieval(db: "Database", run_id: int, task_key: str, retrieval: Retrieval) -> int:
    """Write a task's retrieval with its hits and near misses; returns its id."""
    row = {
        "run": run_id,
        "task_key": task_key,
        "query": retrieval.query,
        "embedder": retrieval.embedder,
        "block": blobs.put(db, retrieval.block),
        "at": now(),
        "withhold": retrieval.withhold,
    }
    event = upsert(db, "retrieval_event", row, ("run", "task_key"))
    db.execute("DELETE FROM retrieval_pair WHERE event = ?", (event,))
    first = int(db.execute("SELECT coalesce(max(id), 0) + 1 FROM retrieval_pair").fetchone()[0])
    hits = [_pair(db, event, hit, hit.rank, None) for hit in retrieval.hits]
    misses = [_pair(db, event, miss, None, miss.reason) for miss in retrieval.near_misses]
    pairs = [(number, *pair) for number, pair in enumerate([*hits, *misses], first)]
    insert_many(db, "retrieval_pair", ("id", *_PAIR), pairs)
    items = ((number, *one) for number, hit in enumerate(retrieval.hits, first) for one in enumerate(hit.item_uids))
    insert_many(db, "retrieval_item", _IN_PAIR, items)
    withheld = (
        (number, *one) for number, hit in enumerate(retrieval.hits, first) for one in enumerate(hit.withheld_uids)
    )
    insert_many(db, "retrieval_withheld", _IN_PAIR, withheld)
    return event


def read_truths(conn: sqlite3.Connection, rollout_id: int) -> tuple[Truth, ...]:
    """A rollout's truths by refinement pass."""
    rows = conn.execute("SELECT * FROM truth WHERE rollout = ? ORDER BY pass_index, id", (rollout_id,))
    return tuple(
        Truth(
            maybe_bool(row["success"]),
            row["reward"],
            row["source"],
            row["detail"],
            row["pass_index"],
            bool(row["report_only"]),
        )
        for row in rows
    )


def read_verdicts(conn: sqlite3.Connection, rollout_id: int, *, learned: bool = False) -> tuple[Verdict, ...]:
    """A rollout's standing verdicts, oldest first; only those learned from where asked."""
    chosen = "AND v.learned" if learned else ""
    rows = conn.execute(
        f"SELECT v.*, r.uid AS rollout_uid FROM verdict v JOIN rollout r ON r.id = v.rollout "
        f"WHERE v.rollout = ? AND {STANDING} {chosen} ORDER BY v.id",
        (rollout_id,),
    ).fetchall()
    raws = blobs.get_many(conn, (row["raw"] for row in rows))
    return tuple(_verdict(row, raws[row["raw"]]) for row in rows)


def read_selection(conn: sqlite3.Connection, run_id: int, task_key: str) -> Selection | None:
    """Which rollout of a task best-of-k stands on."""
    row = conn.execute("SELECT * FROM selection WHERE run = ? AND task_key = ?", (run_id, task_key)).fetchone()
    if row is None:
        return None
    return Selection(
        row["uid"], row["task_key"], row["rollout_uid"], row["how"], row["reason"], row["raw"], row["call_uid"]
    )


def read_retrieval(conn: sqlite3.Connection, run_id: int, task_key: str) -> Retrieval | None:
    """What retrieval did for a task."""
    event = conn.execute("SELECT * FROM retrieval_event WHERE run = ? AND task_key = ?", (run_id, task_key)).fetchone()
    if event is None:
        return None
    pairs = conn.execute("SELECT * FROM retrieval_pair WHERE event = ? ORDER BY id", (event["id"],)).fetchall()
    texts = blobs.get_many(conn, [event["block"], *(pair["task_text"] for pair in pairs)])
    return Retrieval(
        query=event["query"],
        embedder=event["embedder"],
        hits=tuple(_hit(conn, pair, texts[pair["task_text"]]) for pair in pairs if pair["rank"] is not None),
        near_misses=tuple(_miss(pair, texts[pair["task_text"]]) for pair in pairs if pair["rank"] is None),
        block=texts[event["block"]],
        withhold=event["withhold"],
    )


def _pair(
    db: "Database", event: int, found: RetrievedExperience | NearMiss, rank: int | None, reason: str | None
) -> tuple[Any, ...]:
    """The values of `_PAIR`."""
    text = blobs.put(db, found.task_text)
    return event, found.uid, rank, found.score, found.task_key, text, reason


def _hit(conn: sqlite3.Connection, pair: sqlite3.Row, text: str) -> RetrievedExperience:
    injected, withheld = (
        tuple(
            row[0]
            for row in conn.execute(f"SELECT item_uid FROM {table} WHERE pair = ? ORDER BY position", (pair["id"],))
        )
        for table in ("retrieval_item", "retrieval_withheld")
    )
    known = (pair["experience_uid"], pair["rank"], pair["score"], pair["task_key"], text)
    return RetrievedExperience(*known, injected, withheld)


def _miss(pair: sqlite3.Row, text: str) -> NearMiss:
    return NearMiss(pair["experience_uid"], pair["score"], pair["task_key"], text, pair["reason"])


def _verdict(row: sqlite3.Row, raw: str) -> Verdict:
    return Verdict(
        uid=row["uid"],
        rollout_uid=row["rollout_uid"],
        status=Status(row["status"]),
        reason=row["reason"],
        source=row["source"],
        raw=raw,
        cited=tuple(load(row["cited"])),
        model=row["model"],
        prompt_hash=row["prompt_hash"],
        call_uid=row["call_uid"],
        failure=load_failure(row["failure"]),
        noisy=bool(row["noisy"]),
    )
