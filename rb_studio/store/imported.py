"""Foreign files: what was read from them, and the trajectories they held."""

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from rb_studio.records.calls import LlmCall
from rb_studio.records.judgement import Truth, Verdict
from rb_studio.records.trajectory import Trajectory
from rb_studio.store import feed
from rb_studio.store.call_rows import save_calls
from rb_studio.store.changes import ChangeRecord
from rb_studio.store.judgement_rows import save_truths, save_verdict
from rb_studio.store.rows import dump, insert, load, now, upsert
from rb_studio.store.trajectory_rows import save_rollout

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
    """A foreign rollout; `run_key` names the foreign run it belongs to, `task_text` what was asked.

    `task_text`, `site` and `template` stay with the rollout: no task of a suite is made or changed.
    """

    trajectory: Trajectory
    run_key: str
    task_text: str = ""
    site: str | None = None
    template: str | None = None
    truths: tuple[Truth, ...] = ()
    verdicts: tuple[Verdict, ...] = ()
    calls: tuple[LlmCall, ...] = ()
    family: str = ""


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
    file_id = _save_file(db, source, report)
    keys = dict.fromkeys((one.family or source.format, one.run_key) for one in trajectories)
    runs = {key: _save_run(db, *key, trajectories) for key in keys}
    rollouts = tuple(
        _save_one(db, runs[one.family or source.format, one.run_key], file_id, one, who) for one in trajectories
    )
    tables = ("source_file", "import_report", *(("run", "rollout", "step") if rollouts else ()))
    ids = {"source_file": (file_id,), "rollout": rollouts, "run": tuple(runs.values())}
    return ChangeRecord(f"Import {source.path}", who, tables, {table: rows for table, rows in ids.items() if rows})


def sources(conn: sqlite3.Connection) -> list[SourceRow]:
    """Every file read so far with its newest report."""
    rows = conn.execute(
        "SELECT f.*, (SELECT report FROM import_report r WHERE r.source_file = f.id ORDER BY r.id DESC LIMIT 1) "
        "AS report "
        "FROM source_file f ORDER BY f.id"
    )
    return [
        SourceRow(
            row["id"],
            SourceFile(row["path"], row["format"], row["member"], row["sha256"], row["size"]),
            row["imported_at"],
            load(row["report"]) or {},
        )
        for row in rows
    ]


def task_text(conn: sqlite3.Connection, rollout_uid: str) -> str | None:
    """What a rollout was asked: its suite's task text, else what its file said; None when neither is known."""
    row = conn.execute(
        "SELECT coalesce(t.text, r.task_text) FROM rollout r LEFT JOIN task t ON t.key = r.task_key "
        "WHERE r.uid = ? ORDER BY r.id DESC LIMIT 1",
        (rollout_uid,),
    ).fetchone()
    return row[0] if row else None


def _save_file(db: "Database", source: SourceFile, report: Mapping[str, Any]) -> int:
    row = {
        "path": source.path,
        "member": source.member,
        "format": source.format,
        "sha256": source.sha256,
        "size": source.size,
        "imported_at": now(),
    }
    file_id = upsert(db, "source_file", row, ("path", "member"))
    insert(db, "import_report", {"source_file": file_id, "report": dump(dict(report)), "at": now()})
    feed.emit(db, None, "imported", "source_file", file_id)
    return file_id


def _save_run(db: "Database", family: str, run_key: str, trajectories: Sequence[ImportedTrajectory]) -> int:
    """The row of a foreign run: one per family and key, however many files it is spread over."""
    simulated = any(one.trajectory.simulated for one in trajectories if one.run_key == run_key)
    row = {
        "foreign_key": f"{family}:{run_key}",
        "name": run_key,
        "status": "imported",
        "start_state": "empty",
        "pass_number": 1,
        "simulated": int(simulated),
        "config": dump({"format": family}),
    }
    found = db.execute("SELECT id FROM run WHERE foreign_key = ?", (row["foreign_key"],)).fetchone()
    if found:
        return int(found[0])
    run_id = insert(db, "run", row | {"created_at": now()})
    feed.emit(db, run_id, "run", "run", run_id)
    return run_id


def _save_one(db: "Database", run_id: int, file_id: int, one: ImportedTrajectory, who: str) -> int:
    foreign = {
        "source_file": file_id,
        "task_text": one.task_text,
        "task_site": one.site,
        "task_template": one.template,
    }
    rollout_id = save_rollout(db, run_id, one.trajectory, foreign=foreign)
    save_truths(db, rollout_id, one.truths)
    for verdict in one.verdicts:
        save_verdict(db, rollout_id, verdict, who=who, learned=False)
    save_calls(db, run_id, one.trajectory.task_key, one.calls)
    feed.emit(db, run_id, "rollout_ended", "rollout", rollout_id)
    return rollout_id
