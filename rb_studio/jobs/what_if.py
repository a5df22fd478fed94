"""What would be injected for a task that nobody ran: retrieval over a bank as it stands, or stood."""

import sqlite3
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from rb_studio.method.prompts import PromptSet
from rb_studio.method.retrieve import retrieve
from rb_studio.models.protocol import Embedder
from rb_studio.records.errors import UsageError
from rb_studio.records.memory import Bank, Retrieval
from rb_studio.records.task import Task
from rb_studio.store import banks, prompts

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
    leave_out_template: str | None = None,
    leave_out_task: str | None = None,
) -> Retrieval:
    """Rank a bank's experiences for a task's text and build the block to inject, as a run would.

    Parameters
    ----------
    bank
        From `embedded_bank`.
    leave_out_template, leave_out_task
        Experiences of this template, or of the task with this key, are not used.

    Raises
    ------
    UsageError
        The text is empty, or the bank was embedded with another model.
    """
    if not text.strip():
        raise UsageError("the task is empty: give its text")
    task = Task(leave_out_task or ASKED, "", 0, text, template=leave_out_template)
    texts = PromptSet.with_overrides(prompts.prompt_texts(conn))
    return retrieve(bank, task, embedder, texts, n=n, exclude_template=leave_out_template is not None)


def embedded_bank(
    conn: sqlite3.Connection,
    bank_id: int,
    operation: int | None,
    embedder: Embedder,
    *,
    told: Callable[[int, int], None] | None = None,
    keep: "Callable[[Mapping[str, Vector]], None] | None" = None,
) -> Bank:
    """The bank's value with a vector for every experience that can be retrieved.

    Parameters
    ----------
    told
        Called after each batch of missing vectors with how many are done, and of how many; it may raise to stop.
    keep
        Gets each batch's new vectors by task text; without it they are not stored.
    """
    value = banks.bank_value(conn, bank_id, at_operation=operation, embedder=embedder.identity)
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
    return replace(value, vectors=vectors)
