"""A workspace's contents into files: memories, trajectories, verdicts, notes, or the workspace itself."""

import csv
import json
import os
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from rb_studio.interchange.atomic import CannotWrite, folder_of, part_of, writing
from rb_studio.interchange.loaded import Rollout
from rb_studio.interchange.memory_csv import COLUMNS, joined_tags, write_memories_csv
from rb_studio.interchange.memory_jsonl import write_memories
from rb_studio.interchange.memory_md import write_memories_md
from rb_studio.interchange.mini_swe_agent_out import write_mini_swe
from rb_studio.interchange.trajectory_jsonl import JudgedRollout, write_trajectories
from rb_studio.interchange.trajectory_md import write_trajectories_md
from rb_studio.jobs import exporting_official as official
from rb_studio.jobs.agents_md import write_agents_md
from rb_studio.jobs.annotations import annotations_csv, annotations_jsonl
from rb_studio.jobs.card import run_card, sweep_card, write_card
from rb_studio.jobs.memory_export import whole
from rb_studio.jobs.results import asked_for
from rb_studio.records.memory import Experience, ItemState, MemoryItem
from rb_studio.records.task import Task
from rb_studio.store import banks, items, judgings, rollouts, runs, suites
from rb_studio.store.lock import FileLock
from rb_studio.store.rollouts import RolloutRow
from rb_studio.store.workspace import Workspace

ARM_FIELDS = ("memory", "scaling", "k", "seed")
VERDICT_COLUMNS = (
    "rollout_uid",
    "run",
    "task_key",
    "rollout_index",
    "source",
    "status",
    "reason",
    "cited",
    "model",
    "noisy",
    "truth",
    "judging",
    "ask",
)


@dataclass(frozen=True, slots=True)
class Choice:
    """What of a workspace is exported; None and empty take all (deleted items only when named).

    `items` names memory items by uid, whatever their state; `embedder` is the identity whose vectors are meant;
    `vectors` says whether a lossless file brings them all.
    """

    bank: int | None = None
    at_operation: int | None = None
    states: tuple[str, ...] = ()
    run: int | None = None
    sweep: int | None = None
    items: frozenset[str] | None = None
    embedder: str | None = None
    vectors: bool = True


Export = Callable[[Workspace, Path, Choice], int]


def memories_jsonl(workspace: Workspace, target: Path, choice: Choice) -> int:
    """Items with their experiences, vectors and histories, lossless; returns how many."""
    assert choice.bank is not None
    conn = workspace.reader()
    experiences = _experiences(conn, choice)
    return write_memories(
        whole(conn, choice.bank, experiences, at_operation=choice.at_operation, vectors=choice.vectors), target
    )


def memories_md(workspace: Workspace, target: Path, choice: Choice) -> int:
    """Items as Markdown that reads back."""
    return write_memories_md(_experiences(workspace.reader(), choice), target)


def memories_csv(workspace: Workspace, target: Path, choice: Choice) -> int:
    """Items as one row each, for spreadsheets; what was edited there reads back."""
    assert choice.bank is not None
    conn = workspace.reader()
    where = items.ItemFilter(states=choice.states if choice.items is None else tuple(map(str, ItemState)))
    listed = items.list_items(conn, choice.bank, where, at_operation=choice.at_operation)
    texts = dict(map(tuple, conn.execute("SELECT uid, task_text FROM experience")))
    found = (item for item in listed if choice.items is None or item.uid in choice.items)
    rows = (
        {name: getattr(item, name, None) for name in COLUMNS}
        | {"tags": joined_tags(item.tags), "task_text": texts[item.experience_uid]}
        for item in found
    )
    return write_memories_csv(rows, target)


def memories_agents_md(workspace: Workspace, target: Path, choice: Choice) -> int:
    """Items in use as a part of an AGENTS.md; what else stands in the file stays."""
    return write_agents_md(_in_use(workspace.reader(), choice), target)


def memories_official(workspace: Workspace, target: Path, choice: Choice) -> int:
    """Items as the official code's bank, one line a task: only those in use, unless others are asked for."""
    conn = workspace.reader()
    return official.write(conn, _in_use(conn, choice), target)


def memories_official_scaling(workspace: Workspace, target: Path, choice: Choice) -> int:
    """Items as the lines of the official scaling script, whose memory text is one string."""
    conn = workspace.reader()
    return official.write(conn, _in_use(conn, choice), target, scaling=True)


def memories_official_embeddings(workspace: Workspace, target: Path, choice: Choice) -> int:
    """Vectors of the bank's task texts as the official code's embedding cache.

    Raises UsageError when the bank has no vectors, or vectors of several models and none is named.
    """
    assert choice.bank is not None
    conn = workspace.reader()
    found = official.vectors_of(conn, choice.bank, choice.at_operation, choice.embedder, target)
    return official.write_embeddings(_in_use(conn, choice), found, target)


def trajectories_jsonl(workspace: Workspace, target: Path, choice: Choice) -> int:
    """Rollouts with all they have, one a line."""
    return write_trajectories(_judged(workspace.reader(), choice), target)


def trajectories_md(workspace: Workspace, target: Path, choice: Choice) -> int:
    """Rollouts as Markdown to read."""
    return write_trajectories_md(_judged(workspace.reader(), choice), target)


def trajectories_mini_swe(workspace: Workspace, target: Path, choice: Choice) -> int:
    """Rollouts as files of mini-swe-agent, in folders as its batch runs have them."""
    return write_mini_swe((entry.rollout for entry in _judged(workspace.reader(), choice)), target)


def trajectories_preds(workspace: Workspace, target: Path, choice: Choice) -> int:
    """Final patches as SWE-bench predictions, by instance; of several rollouts of one the last counts."""
    found: dict[str, dict[str, str]] = {}
    for entry in _judged(workspace.reader(), choice):
        trajectory = entry.rollout.trajectory
        if trajectory.patch is not None:
            instance = str(trajectory.extra.get("instance_id") or trajectory.task_key.partition("/")[2])
            found[instance] = {
                "model_name_or_path": trajectory.model or "unknown",
                "instance_id": instance,
                "model_patch": trajectory.patch,
            }
    with writing(target) as file:
        json.dump(found, file, indent=2, ensure_ascii=False)
        file.write("\n")
    return len(found)


def verdicts_csv(workspace: Workspace, target: Path, choice: Choice) -> int:
    """Every verdict that stands and every one of a judging, with the truth where it is known."""
    conn = workspace.reader()
    return _write_csv(target, VERDICT_COLUMNS, _verdict_rows(conn, rollouts.rollout_rows(conn, run=choice.run)))


def verdicts_official(workspace: Workspace, target: Path, choice: Choice) -> int:
    """The judge's verdicts as the official code keeps them, a folder an episode; raises UsageError without any."""
    return official.write_verdicts(workspace.reader(), choice.run, target)


def card_json(workspace: Workspace, target: Path, choice: Choice) -> int:
    """The experiment card of a run, or of a sweep, the newest unless named; returns the number of its arms."""
    conn = workspace.reader()
    card = sweep_card(conn, choice.sweep) if choice.run is None else run_card(conn, choice.run)
    return write_card(card, target)


def workspace_copy(workspace: Workspace, target: Path, choice: Choice) -> int:
    """The whole file as it stands at one moment, also while somebody writes to it.

    Raises
    ------
    CannotWrite
        The target's folder cannot be written to, or the target has changes in a file beside it.
    WorkspaceBusy
        The target is a workspace somebody writes to.
    """
    target = target.absolute()
    lock = FileLock(target)
    try:
        with folder_of(target):
            lock.acquire()
            try:
                _refuse_changes_beside(target)
                with part_of(target) as part:
                    _back_up(workspace, part)
            finally:
                lock.release()
    except sqlite3.Error as error:
        raise CannotWrite(f"{target} could not be written ({error}); choose another place.") from error
    return 1


def _back_up(workspace: Workspace, part: Path) -> None:
    try:
        with closing(sqlite3.connect(part)) as copy:
            workspace.reader().backup(copy)
    finally:
        for suffix in ("-journal", "-wal", "-shm"):  # what a copy that broke off leaves beside it
            part.with_name(part.name + suffix).unlink(missing_ok=True)
    with part.open("rb+") as file:
        os.fsync(file.fileno())


def _refuse_changes_beside(target: Path) -> None:
    """A write-ahead log belongs to the file it stands beside; under another one it would damage that."""
    log = target.with_name(target.name + "-wal")
    if log.exists() and log.stat().st_size:
        raise CannotWrite(f"{target} has changes in {log.name} that belong to it; choose another name for the copy")


EXPORTS: Mapping[str, Mapping[str, Export]] = {
    "memories": {
        "jsonl": memories_jsonl,
        "md": memories_md,
        "csv": memories_csv,
        "agents-md": memories_agents_md,
        "official": memories_official,
        "official-scaling": memories_official_scaling,
        "official-embeddings": memories_official_embeddings,
    },
    "trajectories": {
        "jsonl": trajectories_jsonl,
        "md": trajectories_md,
        "mini-swe-agent": trajectories_mini_swe,
        "preds": trajectories_preds,
    },
    "verdicts": {"csv": verdicts_csv, "official-autoeval": verdicts_official},
    "annotations": {
        "jsonl": lambda workspace, target, choice: annotations_jsonl(workspace, target, choice.run),
        "csv": lambda workspace, target, choice: annotations_csv(workspace, target, choice.run),
    },
    "card": {"json": card_json},
    "workspace": {"rbank": workspace_copy},
}


def _experiences(conn: sqlite3.Connection, choice: Choice) -> list[Experience]:
    """The bank's experiences that hold a chosen item, with those items only."""
    assert choice.bank is not None
    value = banks.bank_value(conn, choice.bank, at_operation=choice.at_operation, embedder="")
    kept = ((one, [item for item in one.items if _chosen(item, choice)]) for one in value.experiences)
    return [replace(one, items=tuple(chosen)) for one, chosen in kept if chosen]


def _in_use(conn: sqlite3.Connection, choice: Choice) -> list[Experience]:
    """The official code injects whatever a bank holds, so items out of use are written only when named."""
    if choice.items is None and not choice.states:
        choice = replace(choice, states=(str(ItemState.ACTIVE),))
    return _experiences(conn, choice)


def _chosen(item: MemoryItem, choice: Choice) -> bool:
    if choice.items is not None:
        return item.uid in choice.items
    return item.state in choice.states if choice.states else item.state is not ItemState.DELETED


def _judged(conn: sqlite3.Connection, choice: Choice) -> Iterator[JudgedRollout]:
    """Rollouts one by one, as a large workspace does not fit into memory."""
    found = runs.runs(conn, purpose=None)
    names = {row.id: row.name or f"run-{row.id}" for row in found}
    arms = {row.id: {name: asked_for(row)[name] for name in ARM_FIELDS} for row in found if row.arm is not None}
    for row in rollouts.rollout_rows(conn, run=choice.run):
        trajectory = rollouts.trajectory(conn, row.uid, run=row.run)
        rollout = Rollout(names[row.run], _task(conn, row), trajectory)
        yield JudgedRollout(
            rollout,
            rollouts.truths(conn, row.uid, run=row.run),
            rollouts.verdicts(conn, row.uid, run=row.run),
            selected=row.selected,
            arm=arms.get(row.run),
        )


def _task(conn: sqlite3.Connection, row: RolloutRow) -> Task:
    known = suites.task(conn, row.task_key)
    return known or Task(row.task_key, row.task_key.partition("/")[0], 0, "", row.site, row.template)


def _verdict_rows(conn: sqlite3.Connection, found: Sequence[RolloutRow]) -> Iterator[dict[str, Any]]:
    for row in found:
        stands = [(None, 0, one) for one in rollouts.verdicts(conn, row.uid, run=row.run)]
        apart = judgings.verdicts(conn, rollouts.rollout_id(conn, row.uid, run=row.run))
        for judging, ask, verdict in (*stands, *apart):
            yield {
                "rollout_uid": row.uid,
                "run": row.run,
                "task_key": row.task_key,
                "rollout_index": row.rollout_index,
                "source": verdict.source,
                "status": str(verdict.status),
                "reason": verdict.reason,
                "cited": " ".join(map(str, verdict.cited)),
                "model": verdict.model,
                "noisy": verdict.noisy,
                "truth": {True: "success", False: "failure", None: "unknown"}[row.truth],
                "judging": "" if judging is None else judging,
                "ask": "" if judging is None else ask,
            }


def _write_csv(target: Path, columns: Sequence[str], rows: Iterator[dict[str, Any]]) -> int:
    count = 0
    with writing(target) as file:
        writer = csv.DictWriter(file, columns, lineterminator="\n")
        writer.writeheader()
        for row in rows:
            writer.writerow({name: _cell(value) for name, value in row.items()})
            count += 1
    return count


def _cell(value: Any) -> Any:
    """A text a spreadsheet would run as a formula gets a quote in front; a truth value is a lower-case word."""
    if isinstance(value, bool):
        return str(value).lower()
    return f"'{value}" if isinstance(value, str) and value[:1] in "=+-@\t\r" and value else value
