"""Which bank an arm starts from: empty, continued, frozen or forked."""

import logging
import math
import sqlite3
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from rb_studio.jobs.embedding import anew_notes
from rb_studio.jobs.request import RunRequest
from rb_studio.jobs.toolbox import Toolbox
from rb_studio.records.consolidation import spelled
from rb_studio.records.errors import UsageError
from rb_studio.records.memory import Bank
from rb_studio.records.task import Task, plain
from rb_studio.store import banks
from rb_studio.store.workspace import Workspace

if TYPE_CHECKING:
    from rb_studio.jobs.plan import Ground

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class BankChoice:
    """The bank an arm works on and the state it starts from.

    `bank` is None for an arm without memory and for a bank that is yet to be made: `new` names that one, to
    be forked from `parent` as of `at_operation` where there is one. `start` enters the arm's hash: `empty`,
    or the bank's name with the hash of what it held. A frozen bank is read as of `at_operation`.
    """

    bank: int | None = None
    new: str | None = None
    parent: int | None = None
    start: str = "empty"
    state: str = "empty"
    pass_number: int = 1
    at_operation: int | None = None


def with_bank(db: Any, mode: str, choice: BankChoice) -> BankChoice:
    """The choice with its bank made, empty or as a fork."""
    if choice.new is None:
        return choice
    if choice.parent is None:
        made = banks.create_bank(db, choice.new, mode)
    else:
        made = banks.fork_bank(db, choice.parent, choice.new, at_operation=choice.at_operation)
    return replace(choice, bank=made, new=None, parent=None, at_operation=None)


def bank_value(
    workspace: Workspace, bank_id: int, ground: "Ground", at_operation: int | None = None, *, items: bool = False
) -> Bank:
    """A bank's value with every vector of this job's embedder, those of `items` too; missing ones are made and kept."""
    identity = ground.identities["embedder"]

    def read() -> Bank:
        return banks.bank_value(workspace.reader(), bank_id, at_operation=at_operation, embedder=identity, items=items)

    value = read()
    tasks = sorted({experience.task_text for experience in banks.missing_vectors(value)})
    texts = banks.missing_item_vectors(value) if items else ()
    if not tasks and not texts:
        return value
    known = banks.embedders(workspace.reader(), bank_id)
    for note in anew_notes(known, banks.bank(workspace.reader(), bank_id).name, identity):
        log.warning("%s", note)
    toolbox = Toolbox(replace(ground.setup, concurrency=1))
    try:
        rows = toolbox.embedder.embed([*tasks, *texts])
    finally:
        toolbox.close()
    workspace.run(lambda db: banks.save_vectors(db, identity, dict(zip(tasks, rows, strict=False))))
    workspace.run(lambda db: banks.save_item_vectors(db, identity, dict(zip(texts, rows[len(tasks) :], strict=True))))
    return read()


def choose_bank(workspace: Workspace, request: RunRequest, ground: "Ground") -> BankChoice:
    """The bank a single run works on.

    Without `--bank` it is the mode's own; a suite whose tasks that bank already knows starts on an
    empty one instead, so that a repetition is never a silent second pass. A policy other than
    append, or a method's own, never acts on a bank that is there already: it works on an empty one of its own, or on a
    fork of the one named.
    """
    if request.memory == "none":
        if request.bank not in (None, "empty"):
            raise UsageError("without memory no bank is read or written: leave --bank out, or choose a memory mode")
        return BankChoice()
    conn = workspace.reader()
    if request.bank == "empty":
        _refuse_unknown(request.without, "an empty bank", Bank())
    if request.bank in (None, "empty") and rearranges(request):
        policy = spelled(request.consolidation)
        return BankChoice(new=fresh_name(conn, request.memory if policy == "append" else f"{request.memory} {policy}"))
    if request.bank == "empty":
        return BankChoice(new=fresh_name(conn, request.memory))
    if request.bank is not None:
        return from_bank(workspace, request, ground, request.bank)
    own = banks.find_bank(conn, request.memory)
    if own is None:
        return BankChoice(new=request.memory)
    if request.learn and second_pass(bank_value(workspace, own.id, ground), ground.tasks) > 1:
        return BankChoice(new=fresh_name(conn, request.memory))
    return from_bank(workspace, request, ground, own.name)


def from_bank(workspace: Workspace, request: RunRequest, ground: "Ground", text: str) -> BankChoice:
    """Start from NAME[@SNAPSHOT]: continued in place, frozen with `--learn off`, forked from a snapshot."""
    conn = workspace.reader()
    row, operation = banks.resolve(conn, text)
    if row.mode != request.memory:
        raise UsageError(f"bank {row.name!r} holds {row.mode} memories: run with --memory {row.mode} or choose another")
    start = f"{row.name}@{banks.bank_hash(conn, row.id, at_operation=operation)[:16]}"
    value = bank_value(workspace, row.id, ground, at_operation=operation)
    _refuse_unknown(request.without, f"the bank {row.name!r}", value)
    passes = second_pass(value, ground.tasks)
    if not request.learn:
        frozen_at = banks.last_operation(conn) if operation is None else operation
        return BankChoice(row.id, start=start, state="frozen", pass_number=passes, at_operation=frozen_at)
    if operation is None and value.experiences and rearranges(request):
        operation = banks.last_operation(conn)
    if operation is None:
        begun = BankChoice(row.id)
        return replace(begun, start=start, state="continued", pass_number=passes) if value.experiences else begun
    return BankChoice(
        new=fresh_name(conn, row.name),
        parent=row.id,
        start=start,
        state="continued",
        pass_number=passes,
        at_operation=operation,
    )


def _refuse_unknown(uids: Sequence[str], bank: str, value: Bank) -> None:
    """What is to be left out must be there, else a slip would pass for a finding."""
    missing = set(uids) - {item.uid for one in value.experiences for item in one.items}
    if missing:
        raise UsageError(f"{bank} has no item {min(missing)} to go without: `memories list --json` tells their uids")


def rearranges(request: RunRequest) -> bool:
    """Whether learning changes what a bank holds already."""
    own = request.own_method
    return request.learn and (spelled(request.consolidation) != "append" or (own is not None and own.consolidates))


def second_pass(value: Bank, tasks: Sequence[Task]) -> int:
    """1 where the bank knows none of the tasks, else one more than its most experiences of one task.

    A task is known by its text too, whatever suite it was learned in; tasks of one text share its experiences.
    """
    by_key = Counter(key for one in value.experiences for key in (one.task_key, *one.other_tasks))
    by_text = Counter(plain(experience.task_text) for experience in value.experiences)
    texts = [plain(task.text) for task in tasks]
    sharing = Counter(texts)
    passes = [
        max(by_key[task.key], math.ceil(by_text[text] / sharing[text])) for task, text in zip(tasks, texts, strict=True)
    ]
    return 1 + max(passes, default=0)


def fresh_name(conn: sqlite3.Connection, base: str) -> str:
    """`base`, `base 2`, `base 3`, ...: the first name no bank has."""
    taken = {row.name for row in banks.banks(conn)}
    name, number = base, 1
    while name in taken:
        number += 1
        name = f"{base} {number}"
    return name
