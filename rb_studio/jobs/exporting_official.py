"""A bank for the official code: its lines with the steps they were learned from, its vectors by one model."""

import logging
import sqlite3
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from rb_studio.interchange.reasoningbank_out import write_bank, write_embeddings
from rb_studio.records.errors import UsageError
from rb_studio.records.memory import Experience
from rb_studio.records.trajectory import Trajectory
from rb_studio.store import banks, rollouts

if TYPE_CHECKING:
    from rb_studio.records.memory import Vector

__all__ = ["vectors_of", "write", "write_embeddings"]

log = logging.getLogger(__name__)
DIMENSION = 3072


def write(conn: sqlite3.Connection, experiences: Iterable[Experience], target: Path, *, scaling: bool = False) -> int:
    """Write a bank and return the number of items. Raises CannotWrite."""

    def rollout(uid: str) -> Trajectory | None:
        return rollouts.trajectory(conn, uid) if rollouts.find_run(conn, uid) is not None else None

    return write_bank(experiences, rollout, target, scaling=scaling)


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
