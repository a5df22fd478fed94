"""Verdicts given later: a person's, or another judge's. They are added, never overwritten."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rb_studio.records.judgement import Verdict
from rb_studio.store.changes import ChangeRecord

if TYPE_CHECKING:
    from sqlite_utils import Database


def add_verdicts(
    db: "Database", verdicts: Sequence[Verdict], *, who: str = "user", reason: str = "", run: int | None = None
) -> ChangeRecord:
    """Append verdicts as one undoable operation of the scope `verdicts`. Raises UsageError."""
    raise NotImplementedError
