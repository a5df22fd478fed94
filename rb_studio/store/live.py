"""Steps as they happen: a running task's rows before its outcome is committed."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rb_studio.records.outcome import LiveEvent
from rb_studio.store.changes import ChangeRecord

if TYPE_CHECKING:
    from sqlite_utils import Database


def append_live(db: "Database", run_id: int, events: Sequence[LiveEvent]) -> ChangeRecord:
    """Write a batch of live events; rollouts have status `running` until their outcome is committed."""
    raise NotImplementedError


def drop_unfinished(db: "Database", run_id: int) -> ChangeRecord:
    """Remove what a killed run left of tasks without a committed outcome, before it resumes."""
    raise NotImplementedError
