"""Files of the fourth format become files of the present one: notes, forks, an index of words, judgings."""

import gzip
import shutil
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from rb_studio.records.errors import WorkspaceError
from rb_studio.store import operations, schema
from rb_studio.store.workspace import Workspace
from tests.store.faults import check_whole, dump_all

# Rows that migrating itself writes.
_ITS_OWN = ("_sqlite_migrations", "sqlite_sequence", "annotation")


@pytest.fixture(scope="module")
def fourth(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace written by the last version that had the fourth format: a run, memories, an act taken back."""
    path = tmp_path_factory.mktemp("fourth") / "old.rbank"
    path.write_bytes(gzip.decompress(Path(__file__).with_name("format_4.rbank.gz").read_bytes()))
    return path


@pytest.fixture
def old(fourth: Path, path: Path) -> Path:
    shutil.copy(fourth, path)
    return path


# Tables that later formats gave further columns.
_LONGER = ("run", "rollout", "verdict", "sweep", "experience")


def _without_new_columns(rows: dict[str, list[Any]]) -> dict[str, list[Any]]:
    return {name: found for name, found in rows.items() if name not in (*_ITS_OWN, *_LONGER)}


def test_everything_of_the_fourth_format_is_still_there(old: Path, fourth: Path) -> None:
    before = sqlite3.connect(fourth)
    assert schema.version_of(before)[1] == 4
    assert before.execute("SELECT count(*) FROM step").fetchone()[0] > 0
    with Workspace.open(old, write=True) as workspace:
        conn = workspace.reader()
        assert schema.version_of(conn) == (schema.APPLICATION_ID, schema.VERSION)
        now = dump_all(conn)
        for name, rows in _without_new_columns(dump_all(before)).items():
            assert now[name] == rows, name
        for table in _LONGER:
            columns = ",".join(row[1] for row in before.execute(f"PRAGMA table_info({table})"))
            query = f"SELECT {columns} FROM {table} ORDER BY id"
            assert [tuple(row) for row in conn.execute(query)] == before.execute(query).fetchall()
        assert {row[0] for row in conn.execute("SELECT purpose FROM run")} == {"arm"}
        assert conn.execute("SELECT count(forked_from) + count(forked_step) FROM rollout").fetchone()[0] == 0
        told = "SELECT count(*) FILTER (WHERE judging IS NULL AND ask = 0), count(*) FROM verdict"
        assert (
            tuple(conn.execute(told).fetchone()) == (before.execute("SELECT count(*) FROM verdict").fetchone()[0],) * 2
        )
        assert {row[0] for row in conn.execute("SELECT other_tasks FROM experience")} <= {"[]"}
        assert conn.execute("PRAGMA foreign_key_check").fetchall() == []
        assert operations.redo_label(conn, "memories") is not None
        workspace.run(lambda db: operations.redo(db, "memories"))
        workspace.run(lambda db: operations.undo(db, "memories"))
        workspace.run(lambda db: check_whole(db, commit=False))
    before.close()


def test_notes_that_nobody_can_have_written_are_not_dropped(old: Path) -> None:
    conn = sqlite3.connect(old)
    conn.execute("INSERT INTO annotation VALUES (1, 'u', 'r', 1, NULL, NULL, 'label', 'x', '', 'me', '2026-01-01')")
    conn.commit()
    with pytest.raises(WorkspaceError, match="rows that rb-studio never wrote"):
        Workspace.open(old, write=True)
    assert conn.execute("SELECT count(*) FROM annotation").fetchone()[0] == 1
    conn.close()
