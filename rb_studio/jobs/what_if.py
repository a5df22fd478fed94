"""What would be injected for a task that nobody ran: retrieval over a bank as it stands, or stood."""

import sqlite3
from dataclasses import replace

from rb_studio.method.prompts import PromptSet
from rb_studio.method.retrieve import retrieve
from rb_studio.models.protocol import Embedder
from rb_studio.records.errors import UsageError
from rb_studio.records.memory import Bank, Retrieval
from rb_studio.records.task import Task
from rb_studio.store import banks, prompts

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


def embedded_bank(conn: sqlite3.Connection, bank_id: int, operation: int | None, embedder: Embedder) -> Bank:
    """The bank's value with a vector for every experience that can be retrieved; new ones are not stored."""
    value = banks.bank_value(conn, bank_id, at_operation=operation, embedder=embedder.identity)
    missing = [experience for experience in banks.missing_vectors(value) if experience.active_items]
    rows = embedder.embed([experience.task_text for experience in missing])
    vectors = {experience.uid: row for experience, row in zip(missing, rows, strict=True)}
    return replace(value, vectors={**value.vectors, **vectors})
