"""Foreign files: what was read from them, and the trajectories they held."""

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from rb_studio.records.calls import LlmCall
from rb_studio.records.judgement import Truth, Verdict
from rb_studio.records.trajectory import Trajectory
from rb_studio.store.changes import ChangeRecord

if TYPE_CHECKING:
    from sqlite_utils import Database


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file something was read from; `member` is the part inside an archive or folder."""

    path: str
    format: str
    member: str = ""
    sha256: str = ""
    size: int = 0


@dataclass(frozen=True, slots=True)
class ImportedTrajectory:
    """A foreign rollout; `run_key` names the foreign run it belongs to, `task_text` what was asked."""

    trajectory: Trajectory
    run_key: str
    task_text: str = ""
    site: str | None = None
    template: str | None = None
    truths: tuple[Truth, ...] = ()
    verdicts: tuple[Verdict, ...] = ()
    calls: tuple[LlmCall, ...] = ()


@dataclass(frozen=True, slots=True)
class SourceRow:
    """A stored source file with its last import report."""

    id: int
    source: SourceFile
    imported_at: str
    report: Mapping[str, Any] = field(default_factory=dict)


def save_imported(
    db: "Database",
    source: SourceFile,
    trajectories: Sequence[ImportedTrajectory],
    report: Mapping[str, Any],
    *,
    who: str = "import",
) -> ChangeRecord:
    """Store what one file held; reading it again updates by uid and adds nothing twice.

    `ids["rollout"]` are the rollout rows, `ids["source_file"]` the file's.
    """
    raise NotImplementedError


def sources(conn: sqlite3.Connection) -> list[SourceRow]:
    """Every file read so far with its newest report."""
    raise NotImplementedError
