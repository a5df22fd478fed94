"""What the official code reads: banks with the steps they were learned from, vectors by one model, verdicts."""

import logging
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from rb_studio.interchange.reasoningbank_autoeval_out import Judged, write_autoeval
from rb_studio.interchange.reasoningbank_out import write_bank, write_embeddings
from rb_studio.records.errors import UsageError
from rb_studio.records.judgement import Status
from rb_studio.records.memory import Experience
from rb_studio.records.trajectory import Trajectory
from rb_studio.store import banks, rollouts, runs

if TYPE_CHECKING:
    from rb_studio.records.memory import Vector

__all__ = ["vectors_of", "write", "write_embeddings", "write_verdicts"]

log = logging.getLogger(__name__)
DIMENSION = 3072


def write(conn: sqlite3.Connection, experiences: Iterable[Experience], target: Path, *, scaling: bool = False) -> int:
    """Write a bank and return the number of items. Raises CannotWrite."""

    def rollout(uid: str) -> Trajectory | None:
        return rollouts.trajectory(conn, uid) if rollouts.find_run(conn, uid) is not None else None

    return write_bank(experiences, rollout, target, scaling=scaling)


def write_verdicts(conn: sqlite3.Connection, run: int | None, target: Path) -> int:
    """Write the judge's verdicts of WebArena's tasks, one file an episode, and return how many.

    Raises
    ------
    UsageError
        There are none: the form knows tasks by WebArena's numbers only.
    """
    rows = rollouts.rollout_rows(conn, run=run)
    found = list(_judged(conn, rows))
    written = write_autoeval(found, target)
    if not written:
        raise UsageError(
            "no judged rollout of a WebArena task is here, and the official form names tasks by WebArena's numbers; "
            "choose --format csv"
        )
    if written < len(found):
        log.warning("%s: verdicts left out, as they are not on WebArena's tasks: %d", target, len(found) - written)
    return written


def _judged(conn: sqlite3.Connection, rows: Iterable[rollouts.RolloutRow]) -> Iterator[Judged]:
    """The judge's own word on each rollout, the newest; what label noise made of it is not told."""
    names = {row.id: row.name or f"run-{row.id}" for row in runs.runs(conn, purpose=None)}
    for row in rows:
        own = [one for one in rollouts.verdicts(conn, row.uid, run=row.run) if one.source == "judge"]
        if own and row.judged:
            reward = row.reward if row.reward is not None else None if row.truth is None else float(row.truth)
            reason, model = own[-1].reason, own[-1].model
            yield Judged(names[row.run], row.task_key, row.rollout_index, model, Status(row.judged), reason, reward)


def vectors_of(
    conn: sqlite3.Connection, bank: int, at_operation: int | None, embedder: str | None, target: Path
) -> "Mapping[str, Vector]":
    """Vectors of a bank's task texts by experience uid, all by one model.

    Raises
    ------
    UsageError
        The bank has no vectors, or vectors of several models and none is named.
    """
    known = banks.embedders(conn, bank)
    if embedder is None and len(known) == 1:
        embedder = known[0]
    if not known:
        raise UsageError("the bank has no vectors yet; run or search with it once, then export them")
    if embedder not in known:
        why = "has vectors of several models" if embedder is None else f"has no vectors by {embedder}"
        raise UsageError(f"the bank {why}; choose one with --embedder: {', '.join(known)}")
    found = banks.bank_value(conn, bank, at_operation=at_operation, embedder=embedder).vectors
    if any(vector.size != DIMENSION for vector in found.values()):
        log.warning(
            "%s: the official code compares with vectors of %d numbers, and %s makes others",
            target,
            DIMENSION,
            embedder,
        )
    return found
