"""Truths, verdicts, selections and retrievals: rows from records, records from rows."""

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from rb_studio.records.judgement import Selection, Status, Truth, Verdict
from rb_studio.records.memory import NearMiss, Retrieval, RetrievedExperience
from rb_studio.store import blobs
from rb_studio.store.rows import (
    clean,
    cleaned,
    dump,
    load,
    maybe_bool,
    now,
    upsert,
)
from rb_studio.store.sheet import Sheet
from rb_studio.store.trajectory_rows import dump_failure, load_failure

if TYPE_CHECKING:
    from sqlite_utils import Database

_PAIR = ("task_text", "experience_uid", "rank", "score", "task_key", "reason")
_TRUTH = ("pass_index", "success", "reward", "source", "detail", "report_only")
_VERDICT = (
    "uid",
    "status",
    "reason",
    "source",
    "cited",
    "model",
    "prompt_hash",
    "call_uid",
    "failure",
    "noisy",
)
_IN_PAIR = ("pair", "position", "item_uid")
# A verdict made by a run always stands; one given later stands while the operation that gave it does.
STANDING = (
    "(NOT EXISTS (SELECT 1 FROM verdict_presence p WHERE p.verdict = v.id) "
    "OR EXISTS (SELECT 1 FROM verdict_presence p WHERE p.verdict = v.id AND p.op_to IS NULL))"
)

# The judge whose word stands: a run's own, or one that was asked again before judgings were kept apart. What a judging
# says is looked at beside it and stands for nothing else.
STANDING_JUDGE = f"v.source = 'judge' AND v.judging IS NULL AND {STANDING}"

# What a source itself said of a rollout: label noise, which flips only what learning goes by, is taken back.
OWN_STATUS = (
    "CASE WHEN v.noisy AND v.status = 'success' THEN 'failure' "
    "WHEN v.noisy AND v.status = 'failure' THEN 'success' ELSE v.status END"
)


_Row = tuple[Any, ...]


class PackedRetrieval(NamedTuple):
    """A retrieval as rows; texts are named by their places, pairs by theirs."""

    row: Mapping[str, Any]
    pairs: tuple[_Row, ...]
    items: tuple[tuple[int, int, str], ...]
    withheld: tuple[tuple[int, int, str], ...]


class PackedJudgements(NamedTuple):
    """Truths and verdicts as rows behind the uid of their rollout; `raws` are the places of the verdicts' texts."""

    truths: tuple[tuple[str, _Row], ...]
    verdicts: tuple[tuple[str, _Row], ...]
    raws: tuple[int, ...]


def pack_judgements(
    texts: blobs.Texts, truths: Mapping[str, Sequence[Truth]], verdicts: Sequence[Verdict]
) -> PackedJudgements:
    """Made ready to be written; texts join `texts`."""
    last = {(one.rollout_uid, one.uid): one for one in verdicts}.values()
    return PackedJudgements(
        tuple((uid, cleaned(_truth_row(one).values())) for uid, found in truths.items() for one in found),
        tuple((one.rollout_uid, cleaned(_verdict_row(one).values())) for one in last),
        tuple(texts.place(one.raw) for one in last),
    )


def put_judgements(
    sheet: Sheet, rollouts: Mapping[str, int], packed: PackedJudgements, ids: blobs.Ids, *, who: str
) -> range:
    """Add what is said of new rollouts, by uid; returns the ids of the verdicts, which were learned from."""
    truths = [(rollouts[uid], *row) for uid, row in packed.truths]
    sheet.add("truth", ("rollout", *_TRUTH), truths, ("rollout", "pass_index", "source"))
    at, numbers = now(), sheet.ids("verdict", len(packed.verdicts))
    rows = [
        (number, rollouts[uid], ids[raw], who, at, 1, *row)
        for number, (uid, row), raw in zip(numbers, packed.verdicts, packed.raws, strict=True)
    ]
    sheet.add("verdict", ("id", "rollout", "raw", "who", "at", "learned", *_VERDICT), rows)
    return numbers


def save_truths(db: "Database", rollout_id: int, truths: Sequence[Truth]) -> None:
    """Write what the environment or a report says about a rollout, in place of what it said before."""
    db.execute("DELETE FROM truth WHERE rollout = ?", (rollout_id,))
    for truth in truths:
        upsert(db, "truth", {"rollout": rollout_id, **_truth_row(truth)}, ("rollout", "pass_index", "source"))


def save_verdict(
    db: "Database",
    rollout_id: int,
    verdict: Verdict,
    *,
    who: str,
    learned: bool,
    judging: int | None = None,
    ask: int = 0,
) -> int:
    """Write one verdict; `learned` marks the one a rollout was learned from, `judging` has it apart. Returns its id."""
    given = {"rollout": rollout_id, "raw": blobs.put(db, verdict.raw), "who": who, "at": now(), "learned": int(learned)}
    given |= {"judging": judging, "ask": ask}
    return upsert(db, "verdict", given | _verdict_row(verdict), ("rollout", "uid"))


def save_selection(db: "Database", run_id: int, selection: Selection) -> int:
    """Write which rollout best-of-k stands on; returns its id."""
    return upsert(db, "selection", selection_row(run_id, selection), ("run", "task_key"))


def selection_row(run_id: int, selection: Selection) -> dict[str, Any]:
    """Which rollout best-of-k stands on, as columns."""
    return {
        "uid": selection.uid,
        "run": run_id,
        "task_key": selection.task_key,
        "rollout_uid": selection.rollout_uid,
        "how": selection.how,
        "reason": selection.reason,
        "raw": selection.raw,
        "call_uid": selection.call_uid,
    }


def save_retrieval(db: "Database", run_id: int, task_key: str, retrieval: Retrieval) -> int:
    """Write a task's retrieval with its hits and near misses; returns its id."""
    texts = blobs.Texts()
    packed = pack_retrieval(texts, retrieval)
    return save_packed_retrieval(db, run_id, task_key, packed, blobs.put_all(db, texts.packed()))


def pack_retrieval(texts: blobs.Texts, retrieval: Retrieval) -> PackedRetrieval:
    """Made ready to be written; texts join `texts`."""
    row = {
        "query": clean(retrieval.query),
        "embedder": clean(retrieval.embedder),
        "block": texts.place(retrieval.block),
        "withhold": retrieval.withhold,
    }
    hits = [_pair(texts, hit, hit.rank, None) for hit in retrieval.hits]
    misses = [_pair(texts, miss, None, miss.reason) for miss in retrieval.near_misses]
    return PackedRetrieval(
        row,
        (*hits, *misses),
        _uids(hit.item_uids for hit in retrieval.hits),
        _uids(hit.withheld_uids for hit in retrieval.hits),
    )


def save_packed_retrieval(db: "Database", run_id: int, task_key: str, packed: PackedRetrieval, ids: blobs.Ids) -> int:
    """As `save_retrieval`; `ids` are those of its texts."""
    event = upsert(db, "retrieval_event", _retrieval_row(run_id, task_key, packed, ids), ("run", "task_key"))
    db.execute("DELETE FROM retrieval_pair WHERE event = ?", (event,))
    sheet = Sheet(db)
    _put_pairs(sheet, event, packed, ids)
    sheet.write()
    return event


def put_retrieval(sheet: Sheet, run_id: int, task_key: str, packed: PackedRetrieval, ids: blobs.Ids) -> int:
    """As `save_packed_retrieval`, for a task of which nothing is there yet."""
    event = sheet.add_row("retrieval_event", _retrieval_row(run_id, task_key, packed, ids))
    _put_pairs(sheet, event, packed, ids)
    return event


def _retrieval_row(run_id: int, task_key: str, packed: PackedRetrieval, ids: blobs.Ids) -> dict[str, Any]:
    return {**packed.row, "run": run_id, "task_key": task_key, "block": ids[packed.row["block"]], "at": now()}


def _put_pairs(sheet: Sheet, event: int, packed: PackedRetrieval, ids: blobs.Ids) -> None:
    numbers = sheet.ids("retrieval_pair", len(packed.pairs))
    pairs = [(number, event, ids[text], *rest) for number, (text, *rest) in zip(numbers, packed.pairs, strict=True)]
    sheet.add("retrieval_pair", ("id", "event", *_PAIR), pairs)
    for table, found in (("retrieval_item", packed.items), ("retrieval_withheld", packed.withheld)):
        sheet.add(table, _IN_PAIR, [(numbers[place], position, uid) for place, position, uid in found])


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


def read_verdicts(
    conn: sqlite3.Connection, rollout_id: int, *, learned: bool = False, judgings: bool = False
) -> tuple[Verdict, ...]:
    """A rollout's standing verdicts, oldest first; only those learned from where asked, judgings' where asked."""
    chosen = ("AND v.learned" if learned else "") + ("" if judgings else " AND v.judging IS NULL")
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


def _truth_row(truth: Truth) -> dict[str, Any]:
    """The columns of `_TRUTH`."""
    return {
        "pass_index": truth.pass_index,
        "success": None if truth.success is None else int(truth.success),
        "reward": truth.reward,
        "source": truth.source,
        "detail": truth.detail,
        "report_only": int(truth.report_only),
    }


def _verdict_row(verdict: Verdict) -> dict[str, Any]:
    """The columns of `_VERDICT`."""
    return {
        "uid": verdict.uid,
        "status": str(verdict.status),
        "reason": verdict.reason,
        "source": verdict.source,
        "cited": dump(verdict.cited),
        "model": verdict.model,
        "prompt_hash": verdict.prompt_hash,
        "call_uid": verdict.call_uid,
        "failure": dump_failure(verdict.failure),
        "noisy": int(verdict.noisy),
    }


def _uids(by_hit: Iterable[Sequence[str]]) -> tuple[tuple[int, int, str], ...]:
    """Items of hits as place of the hit, position and uid."""
    return tuple(
        (place, position, clean(uid)) for place, uids in enumerate(by_hit) for position, uid in enumerate(uids)
    )


def _pair(
    texts: blobs.Texts, found: RetrievedExperience | NearMiss, rank: int | None, reason: str | None
) -> tuple[Any, ...]:
    """The values of `_PAIR`, the text by its place."""
    return cleaned((texts.place(found.task_text), found.uid, rank, found.score, found.task_key, reason))


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
