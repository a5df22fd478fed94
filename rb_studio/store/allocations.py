"""What a run's tasks were given and why, as far as an allocation decided it."""

import sqlite3
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from rb_studio.records.allocation import Allocation
from rb_studio.records.errors import WorkspaceError
from rb_studio.store import vectors
from rb_studio.store.blobs import content_hash
from rb_studio.store.rows import load
from rb_studio.store.runs import source_run

if TYPE_CHECKING:
    from sqlite_utils import Database


def read_allocation(column: str | None) -> Allocation | None:
    """The record of an outcome's column."""
    return None if column is None else Allocation.from_json(load(column))


def save_vector(db: "Database", embedder: str | None, given: Allocation | None) -> None:
    """Keep the vector that later tasks find this one by. Raises `WorkspaceError` when nobody knows who made it."""
    if given is None or given.vector is None:
        return
    if not embedder:
        raise WorkspaceError(f"task {given.task_key} comes with a vector of an unnamed embedder: name the embedder")
    vectors.store_vectors(db, embedder, vectors.TASK_RECIPE, {given.text: given.vector})


def allocations(conn: sqlite3.Connection, run_id: int) -> list[Allocation]:
    """One record a task in the order they were committed, without vectors; those a fault left without data are out."""
    query = "SELECT allocation FROM outcome WHERE run = ? AND valid AND allocation IS NOT NULL ORDER BY id"
    return [Allocation.from_json(load(row[0])) for row in conn.execute(query, (source_run(conn, run_id),))]


def with_vectors(
    conn: sqlite3.Connection, found: list[Allocation], embedder: str, texts: Mapping[str, str]
) -> tuple[Allocation, ...]:
    """The same with the vectors they were committed with; `texts` are the task texts by key.

    Raises
    ------
    WorkspaceError
        One of them is gone, so that what follows could not be decided as before.
    """
    hashes = {one.task_key: content_hash(texts.get(one.task_key, "")) for one in found}
    known = vectors.load_vectors(conn, embedder, vectors.TASK_RECIPE, hashes.values())
    lacking = next((one.task_key for one in found if hashes[one.task_key] not in known), None)
    if lacking is not None:
        raise WorkspaceError(
            f"the vector of task {lacking} by {embedder} is not in the workspace, so this run cannot be continued as "
            "it was begun: begin a new one"
        )
    return tuple(replace(one, text=texts[one.task_key], vector=known[hashes[one.task_key]]) for one in found)
