"""Outcomes: what one task of one run produced, committed whole and read back whole."""

import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from rb_studio.records.calls import LlmCall
from rb_studio.records.errors import WorkspaceError
from rb_studio.records.item_text import embedded_text
from rb_studio.records.judgement import Verdict
from rb_studio.records.memory import Experience, MemoryItem, Retrieval, Rewritten
from rb_studio.records.outcome import EmbeddingUse, TaskOutcome
from rb_studio.store import blobs, feed, judgement_rows, vectors
from rb_studio.store.allocations import read_allocation, save_vector
from rb_studio.store.call_rows import put_calls, read_calls
from rb_studio.store.changes import ChangeRecord
from rb_studio.store.consolidation import read_consolidation, save_consolidation
from rb_studio.store.memory_reads import experience_record, items_of
from rb_studio.store.memory_rows import put_experience, put_items
from rb_studio.store.operations import RUNS, put
from rb_studio.store.packed import Packed, pack
from rb_studio.store.review import doubts_of, put_doubts
from rb_studio.store.rows import dump, load, now
from rb_studio.store.runs import known_run, source_run
from rb_studio.store.sheet import Sheet
from rb_studio.store.temporal import chain
from rb_studio.store.trajectory_rows import put_rollouts, read_trajectories, save_packed_rollout

if TYPE_CHECKING:
    from sqlite_utils import Database

    from rb_studio.records.memory import Vector

# What the column `valid` holds; anything but zero counts.
_INVALID, _WHOLE, _PARTIAL = 0, 1, 2
_Pointer = tuple[str, str, int]  # an event: its kind, and the table and row it is about


@dataclass(frozen=True, slots=True)
class Commit:
    """An outcome to be committed to a run and its bank.

    `embedder` is the identity behind `experience_vector` (default: the retrieval's). An outcome that is not `whole`,
    because a fault cost it a part, is kept to be seen and counts as invalid; its experience does not enter the bank.
    A `partial` one lacks a part as well and counts all the same, until a whole one takes its place.
    """

    run: int
    bank: int | None
    outcome: TaskOutcome | Packed
    embedder: str | None = None
    whole: bool = True
    partial: bool = False

    def packed(self) -> Packed:
        """What enters the file."""
        packed = self.outcome if isinstance(self.outcome, Packed) else pack(self.outcome)
        if self.whole:
            return packed
        outcome = replace(packed.outcome, experience=None, experience_vector=None, consolidation=None)
        return replace(packed, outcome=replace(outcome, item_vectors={}, doubts={}))

    @property
    def valid(self) -> int:
        """What the column of that name will hold."""
        outcome = self.outcome.outcome if isinstance(self.outcome, Packed) else self.outcome
        return _PARTIAL if self.whole and self.partial and outcome.valid else int(self.whole and outcome.valid)


def commit_outcome(
    db: "Database",
    run_id: int,
    bank_id: int | None,
    outcome: TaskOutcome | Packed,
    *,
    embedder: str | None = None,
    whole: bool = True,
    partial: bool = False,
) -> ChangeRecord:
    """Write everything a task led to, as `commit_outcomes` does for many."""
    return commit_outcomes(db, [Commit(run_id, bank_id, outcome, embedder, whole, partial)])[0]


def commit_outcomes(db: "Database", commits: Iterable[Commit]) -> list[ChangeRecord]:
    """Write everything tasks led to, and experiences into banks; least is left to do for packed outcomes.

    Committing an outcome again changes nothing; one that was invalid is replaced. Rollouts already
    written live are completed.

    Raises
    ------
    WorkspaceError
        There is an experience and no bank, or a vector and nobody knows which embedder made it.
    """
    changes: list[ChangeRecord] = []
    for part in _apart(commits):
        ready = [(one, one.packed()) for one in part]
        wanted = [_make_way(db, one.run, packed, valid=one.valid) for one, packed in ready]
        bulk = [text for (_, packed), new in zip(ready, wanted, strict=True) if new for text in packed.all_texts]
        texts, sheet = blobs.put_packed(db, bulk), Sheet(db)
        for (one, packed), new in zip(ready, wanted, strict=True):
            changes.append(_commit(sheet, one, packed, texts) if new else ChangeRecord(*_told(db, one, packed)))
        sheet.write()
    return changes


def _apart(commits: Iterable[Commit]) -> Iterator[list[Commit]]:
    """Cut where a task of a run or an experience of a bank comes again: what was written first decides about it."""
    part: list[Commit] = []
    seen: set[tuple[int | None, str]] = set()
    for one in commits:
        outcome = one.outcome.outcome if isinstance(one.outcome, Packed) else one.outcome
        named: set[tuple[int | None, str]] = {(one.run, outcome.task_key)}
        if outcome.experience is not None:
            named.add((one.bank, outcome.experience.uid))
        if named & seen:
            yield part
            part, seen = [], set()
        part.append(one)
        seen |= named
    if part:
        yield part


def _told(db: "Database", one: Commit, packed: Packed) -> tuple[str, str]:
    """Label and author of a commit."""
    return f"Finish {packed.outcome.task_key}", f"run {known_run(db.conn, one.run)}"


def _commit(sheet: Sheet, one: Commit, packed: Packed, known: Mapping[bytes, int]) -> ChangeRecord:
    """Put an outcome on the sheet; what cannot wait is written at once."""
    db, run_id, outcome = sheet.db, one.run, packed.outcome
    label, who = _told(db, one, packed)
    identity = _identity(outcome, one.embedder)
    op = put(sheet, RUNS, label, who=who, bank=one.bank, forward={"run": run_id, "task": outcome.task_key})
    texts: blobs.Ids = {None: None} | {place: known[text[0]] for place, text in enumerate(packed.all_texts)}
    told: list[_Pointer] = []
    if _begun(db.conn, run_id, outcome.task_key):
        sheet.write()
        rollouts = _complete_rollouts(db, run_id, packed, texts, told)
        _complete_choices(db, run_id, packed, texts, told)
    else:
        rollouts = _put_rollouts(sheet, run_id, packed, texts, told)
        _put_choices(sheet, run_id, packed, texts, told)
    put_calls(sheet, run_id, outcome.task_key, packed.calls, texts)
    experience = _put_experience(sheet, run_id, one.bank, op, packed, identity, told)
    row = _outcome_row(run_id, op, outcome, experience, identity) | {"valid": one.valid}
    outcome_id = sheet.add_row("outcome", row)
    save_vector(db, one.embedder, outcome.allocation)
    feed.put_all(sheet, run_id, [*told, ("outcome", "outcome", outcome_id)])
    if outcome.consolidation is not None and one.bank is not None:
        sheet.write()
        save_consolidation(db, run_id, one.bank, outcome.task_key, outcome.consolidation)
    tables = ("outcome", "rollout", "step", "verdict", "truth", "llm_call", *(["experience"] if experience else []))
    ids = {"outcome": (outcome_id,), "rollout": tuple(rollouts)}
    return ChangeRecord(label, who, tables, ids | ({"experience": (experience,)} if experience else {}), op)


def finished_tasks(conn: sqlite3.Connection, run_id: int) -> set[str]:
    """Keys of the tasks with a whole committed outcome (of the run it shares, for an equal cell)."""
    return _tasks(conn, run_id, _WHOLE)


def invalid_tasks(conn: sqlite3.Connection, run_id: int) -> set[str]:
    """Keys of the tasks whose committed outcome is an infrastructure fault."""
    return _tasks(conn, run_id, _INVALID)


def partial_tasks(conn: sqlite3.Connection, run_id: int) -> set[str]:
    """Keys of the tasks that count although a fault cost them a part: resuming tries them again."""
    return _tasks(conn, run_id, _PARTIAL)


def load_outcome(
    conn: sqlite3.Connection, run_id: int, task_key: str, *, with_calls: bool = False
) -> TaskOutcome | None:
    """The outcome as it was committed (a shared run's too); without its calls unless asked for, and item vectors."""
    run_id = source_run(conn, run_id)
    row = conn.execute("SELECT * FROM outcome WHERE run = ? AND task_key = ?", (run_id, task_key)).fetchone()
    return _outcome(conn, row, with_calls) if row else None


def load_outcomes(conn: sqlite3.Connection, run_id: int) -> list[TaskOutcome]:
    """All outcomes of a run in the order they were committed, without calls."""
    rows = conn.execute("SELECT * FROM outcome WHERE run = ? ORDER BY id", (source_run(conn, run_id),)).fetchall()
    return [_outcome(conn, row, False) for row in rows]


def labels_along(conn: sqlite3.Connection, run_id: int) -> Iterator[tuple[Retrieval | None, tuple[Verdict, ...]]]:
    """What was injected and what label it led to, task by task as they were committed; no invalid ones."""
    query = "SELECT task_key, rollouts FROM outcome WHERE run = ? AND valid = 1 ORDER BY id"
    for row in conn.execute(query, (source_run(conn, run_id),)).fetchall():
        uids = load(row["rollouts"])
        ids = dict(
            conn.execute("SELECT uid, id FROM rollout WHERE run = ? AND task_key = ?", (run_id, row["task_key"]))
        )
        verdicts = (v for uid in uids for v in judgement_rows.read_verdicts(conn, ids[uid], learned=True))
        yield judgement_rows.read_retrieval(conn, run_id, row["task_key"]), tuple(verdicts)


def remove_task(db: "Database", run_id: int, task_key: str) -> tuple[int, ...]:
    """Take out everything a task without a valid outcome left in a run; returns the rollouts removed."""
    rows = db.execute("SELECT id FROM rollout WHERE run = ? AND task_key = ?", (run_id, task_key)).fetchall()
    for table in ("outcome", "selection", "retrieval_event", "llm_call", "rollout"):
        db.execute(f"DELETE FROM {table} WHERE run = ? AND task_key = ?", (run_id, task_key))
    return tuple(row[0] for row in rows)


def _make_way(db: "Database", run_id: int, packed: Packed, *, valid: int) -> bool:
    """False when the outcome is there already; an invalid one that another is to replace is removed.

    A partial one makes way for a whole one only.
    """
    key = packed.outcome.task_key
    kept = db.execute("SELECT valid FROM outcome WHERE run = ? AND task_key = ?", (run_id, key)).fetchone()
    if kept is None:
        return True
    if (
        kept[0] == _WHOLE
        or (kept[0] == _PARTIAL and valid != _WHOLE)
        or (not valid and _packed_again(db.conn, run_id, key) == packed)
    ):
        return False
    remove_task(db, run_id, key)
    return True


def _packed_again(conn: sqlite3.Connection, run_id: int, task_key: str) -> Packed | None:
    outcome = load_outcome(conn, run_id, task_key, with_calls=True)
    return None if outcome is None else pack(outcome)


def _begun(conn: sqlite3.Connection, run_id: int, task_key: str) -> bool:
    """Whether anything of a task was written while it ran."""
    query = " UNION ALL ".join(
        f"SELECT 1 FROM {table} WHERE run = :run AND task_key = :task"
        for table in ("rollout", "retrieval_event", "selection")
    )
    return conn.execute(query, {"run": run_id, "task": task_key}).fetchone() is not None


def _put_rollouts(sheet: Sheet, run_id: int, packed: Packed, texts: blobs.Ids, told: list[_Pointer]) -> Sequence[int]:
    """Rollouts with truths and verdicts, where there is nothing of them yet; returns their ids in order."""
    ids = put_rollouts(sheet, run_id, packed.rollouts, texts)
    by_uid = {rollout.uid: number for rollout, number in zip(packed.outcome.rollouts, ids, strict=True)}
    verdicts = judgement_rows.put_judgements(sheet, by_uid, packed.judged, texts, who=f"run {run_id}")
    told += [("verdict", "verdict", number) for number in verdicts]
    told += [("rollout_ended", "rollout", number) for number in ids]
    return ids


def _complete_rollouts(
    db: "Database", run_id: int, packed: Packed, texts: blobs.Ids, told: list[_Pointer]
) -> Sequence[int]:
    """As `_put_rollouts`, where some of it was written live."""
    outcome = packed.outcome
    pairs = zip(outcome.rollouts, packed.rollouts, strict=True)
    ids = {rollout.uid: save_packed_rollout(db, run_id, one, texts) for rollout, one in pairs}
    for uid, truths in outcome.truths.items():
        judgement_rows.save_truths(db, ids[uid], truths)
    for verdict in outcome.verdicts:
        row = judgement_rows.save_verdict(db, ids[verdict.rollout_uid], verdict, who=f"run {run_id}", learned=True)
        told.append(("verdict", "verdict", row))
    told += [("rollout_ended", "rollout", rollout_id) for rollout_id in ids.values()]
    return list(ids.values())


def _put_choices(sheet: Sheet, run_id: int, packed: Packed, texts: blobs.Ids, told: list[_Pointer]) -> None:
    outcome = packed.outcome
    if packed.retrieval is not None:
        row = judgement_rows.put_retrieval(sheet, run_id, outcome.task_key, packed.retrieval, texts)
        told.append(("retrieved", "retrieval_event", row))
    if outcome.selection is not None:
        row = sheet.add_row("selection", judgement_rows.selection_row(run_id, outcome.selection))
        told.append(("selected", "selection", row))


def _complete_choices(db: "Database", run_id: int, packed: Packed, texts: blobs.Ids, told: list[_Pointer]) -> None:
    """As `_put_choices`, where some of it was written live."""
    outcome = packed.outcome
    if packed.retrieval is not None:
        row = judgement_rows.save_packed_retrieval(db, run_id, outcome.task_key, packed.retrieval, texts)
        told.append(("retrieved", "retrieval_event", row))
    if outcome.selection is not None:
        row = judgement_rows.save_selection(db, run_id, outcome.selection)
        told.append(("selected", "selection", row))


def _put_experience(
    sheet: Sheet,
    run_id: int,
    bank_id: int | None,
    op: int,
    packed: Packed,
    identity: str | None,
    told: list[_Pointer],
) -> int | None:
    """The experience's id; one the bank has already (by uid) stays as it is there."""
    db, outcome, items = sheet.db, packed.outcome, packed.items
    experience = outcome.experience
    if experience is None or items is None:
        return None
    if bank_id is None:
        raise WorkspaceError(f"task {outcome.task_key} learned something and its run has no bank: name one")
    if outcome.experience_vector is not None and identity is not None:
        recipe, vector = vectors.TASK_RECIPE, outcome.experience_vector
        vectors.store_vectors(db, identity, recipe, {experience.task_text: vector})
        vectors.store_vectors(db, identity, vectors.ITEM_RECIPE, _by_text(outcome))
    known = db.execute("SELECT id FROM experience WHERE bank = ? AND uid = ?", (bank_id, experience.uid)).fetchone()
    if known:
        return int(known[0])
    found = put_experience(sheet, bank_id, op, experience, run=run_id)
    ids = put_items(sheet, bank_id, op, [found] * len(items.items), items)
    by_uid = {item.uid: number for item, number in zip(experience.items, ids, strict=True)}
    put_doubts(sheet, {by_uid[uid]: doubts for uid, doubts in outcome.doubts.items() if uid in by_uid})
    told.append(("distilled", "experience", found))
    return found


def _by_text(outcome: TaskOutcome) -> "dict[str, Vector]":
    """Vectors of new and rewritten items by the text they stand for."""
    texts: list[MemoryItem | Rewritten] = list(outcome.experience.items if outcome.experience else ())
    texts += outcome.consolidation.rewritten if outcome.consolidation else ()
    return {embedded_text(one): outcome.item_vectors[one.uid] for one in texts if one.uid in outcome.item_vectors}


def _identity(outcome: TaskOutcome, embedder: str | None) -> str | None:
    """Which embedder made the experience's vector."""
    if outcome.experience_vector is None:
        return None
    identity = embedder or (outcome.retrieval.embedder if outcome.retrieval else None)
    if not identity:
        raise WorkspaceError(f"task {outcome.task_key} comes with a vector of an unnamed embedder: name the embedder")
    return identity


def _outcome_row(
    run_id: int, op: int, outcome: TaskOutcome, experience: int | None, identity: str | None
) -> dict[str, object]:
    return {
        "run": run_id,
        "task_key": outcome.task_key,
        "k": outcome.k,
        "rollouts": dump([rollout.uid for rollout in outcome.rollouts]),
        "experience": experience,
        "embedding_texts": outcome.embedding.texts,
        "embedding_tokens": outcome.embedding.tokens,
        "vector_embedder": identity,
        "arm_hash": outcome.arm_hash,
        "notes": dump(outcome.notes),
        "operation": op,
        "at": now(),
        "allocation": None if outcome.allocation is None else dump(outcome.allocation.to_json()),
    }


def _tasks(conn: sqlite3.Connection, run_id: int, valid: int) -> set[str]:
    rows = conn.execute("SELECT task_key FROM outcome WHERE run = ? AND valid = ?", (source_run(conn, run_id), valid))
    return {row[0] for row in rows}


def _outcome(conn: sqlite3.Connection, row: sqlite3.Row, with_calls: bool) -> TaskOutcome:
    run_id, task_key = row["run"], row["task_key"]
    rows = conn.execute("SELECT * FROM rollout WHERE run = ? AND task_key = ?", (run_id, task_key)).fetchall()
    by_uid = {found["uid"]: found for found in rows}
    ordered = [by_uid[uid] for uid in load(row["rollouts"])]
    truths = {found["uid"]: judgement_rows.read_truths(conn, found["id"]) for found in ordered}
    experience, vector = _learned(conn, row)
    return TaskOutcome(
        arm_hash=row["arm_hash"],
        task_key=task_key,
        k=row["k"],
        rollouts=tuple(read_trajectories(conn, ordered)),
        retrieval=judgement_rows.read_retrieval(conn, run_id, task_key),
        verdicts=tuple(v for found in ordered for v in judgement_rows.read_verdicts(conn, found["id"], learned=True)),
        selection=judgement_rows.read_selection(conn, run_id, task_key),
        experience=experience,
        experience_vector=vector,
        truths=truths,
        calls=tuple(_calls(conn, run_id, task_key)) if with_calls else (),
        embedding=EmbeddingUse(row["embedding_texts"], row["embedding_tokens"]),
        notes=tuple(load(row["notes"])),
        consolidation=read_consolidation(conn, row["operation"]),
        allocation=read_allocation(row["allocation"]),
        doubts=doubts_of(conn, row["experience"]),
    )


def _calls(conn: sqlite3.Connection, run_id: int, task_key: str) -> list[LlmCall]:
    rows = conn.execute("SELECT * FROM llm_call WHERE run = ? AND task_key = ? ORDER BY id", (run_id, task_key))
    return read_calls(conn, rows.fetchall())


def _learned(conn: sqlite3.Connection, outcome: sqlite3.Row) -> "tuple[Experience | None, Vector | None]":
    """The experience as it was when the outcome was committed, and its vector."""
    row = conn.execute("SELECT * FROM experience WHERE id = ?", (outcome["experience"],)).fetchone()
    if row is None:
        return None, None
    layers = chain(conn, row["bank"], max(outcome["operation"], row["op"]))
    items = tuple(item for _, item in items_of(conn, layers, row["id"]))
    record = experience_record(row, items, blobs.get(conn, row["raw"]) or "")
    if outcome["vector_embedder"] is None:
        return record, None
    found = vectors.load_vectors(conn, outcome["vector_embedder"], vectors.TASK_RECIPE, [row["text_hash"]])
    return record, found.get(row["text_hash"])
