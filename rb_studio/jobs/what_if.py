"""What would be injected for a task that nobody ran: retrieval over a bank as it stands, or stood."""

import sqlite3
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from rb_studio.method.prompts import PromptSet
from rb_studio.method.retrieve import retrieve
from rb_studio.models.protocol import Embedder
from rb_studio.records.errors import UsageError
from rb_studio.records.item_text import embedded_text
from rb_studio.records.memory import Bank, Retrieval
from rb_studio.records.task import Task
from rb_studio.store import banks, prompts, suites

if TYPE_CHECKING:
    from rb_studio.records.memory import Vector

BATCH = 64
# No stored task has this key, so that no experience is left out as the task's own.
ASKED = "retrieve:asked"


def what_if(
    conn: sqlite3.Connection,
    bank: Bank,
    text: str,
    embedder: Embedder,
    *,
    n: int = 1,
    unit: str = "experience",
    scope: str = "global",
    suite: str = "",
    site: str | None = None,
    most_items: int | None = None,
    leave_out_template: str | None = None,
    leave_out_task: str | None = None,
    held_out: Collection[str] = (),
) -> Retrieval:
    """Rank a bank's experiences for a task's text and build the block to inject, as a run would.

    Parameters
    ----------
    bank
        From `embedded_bank`, with the vectors of items where the unit is the item.
    n, unit, scope, most_items
        As of `retrieve`; `suite` and `site` are the task's, which a scope goes by.
    leave_out_template, leave_out_task
        Experiences of this template, or of the task with this key, are not used.
    held_out
        Templates of a test split, the key of a task without one: a run with the split has learned nothing from them.

    Raises
    ------
    UsageError
        The text is empty, or the bank was embedded with another model.
    """
    if not text.strip():
        raise UsageError("the task is empty: give its text")
    task = Task(leave_out_task or ASKED, suite, 0, text, site, leave_out_template)
    learned = tuple(one for one in bank.experiences if (one.template or one.task_key) not in held_out)
    return retrieve(
        replace(bank, experiences=learned),
        task,
        embedder,
        PromptSet.with_overrides(prompts.prompt_texts(conn)),
        n=n,
        exclude_template=leave_out_template is not None,
        unit=unit,
        scope=scope,
        most_items=most_items,
    )


def held_out_of(conn: sqlite3.Connection, suite: str, split: str | None) -> tuple[str, ...]:
    """The templates that a split SHARE[:SEED] of a whole suite holds out. Raises `UsageError`."""
    if split is None:
        return ()
    from rb_studio.jobs.request import read_split, split_by_template

    read_split(split)
    return split_by_template(suites.tasks(conn, suite), split)[1]


def embedded_bank(
    conn: sqlite3.Connection,
    bank_id: int,
    operation: int | None,
    embedder: Embedder,
    *,
    items: bool = False,
    told: Callable[[int, int], None] | None = None,
    keep: "Callable[[Mapping[str, Vector]], None] | None" = None,
) -> Bank:
    """The bank's value with a vector for every experience that can be retrieved.

    Parameters
    ----------
    items
        Every item in use gets a vector too; those that are missing are made and not stored.
    told
        Called after each batch of missing vectors with how many are done, and of how many; it may raise to stop.
    keep
        Gets each batch's new vectors by task text; without it they are not stored.
    """
    value = banks.bank_value(conn, bank_id, at_operation=operation, embedder=embedder.identity, items=items)
    missing = [experience for experience in banks.missing_vectors(value) if experience.active_items]
    vectors = dict(value.vectors)
    for start in range(0, len(missing), BATCH):
        batch = missing[start : start + BATCH]
        rows = embedder.embed([experience.task_text for experience in batch])
        vectors |= {experience.uid: row for experience, row in zip(batch, rows, strict=True)}
        if keep is not None:
            keep({experience.task_text: row for experience, row in zip(batch, rows, strict=True)})
        if told is not None:
            told(start + len(batch), len(missing))
    value = replace(value, vectors=vectors)
    return _with_items(value, embedder) if items else value


def _with_items(value: Bank, embedder: Embedder) -> Bank:
    in_use = [item for one in value.experiences for item in one.active_items if item.uid not in value.item_vectors]
    vectors = dict(value.item_vectors)
    for start in range(0, len(in_use), BATCH):
        batch = in_use[start : start + BATCH]
        rows = embedder.embed([embedded_text(item) for item in batch])
        vectors |= {item.uid: row for item, row in zip(batch, rows, strict=True)}
    return replace(value, item_vectors=vectors)
