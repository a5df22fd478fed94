"""Opening, closing, and the sentence for every file that is not a workspace."""

import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from typing import Any

import pytest
from sqlite_utils.migrations import Migrations

from rb_studio.records.errors import UnreadableInput, WorkspaceBusy, WorkspaceError
from rb_studio.store import banks, schema
from rb_studio.store.tables import FIRST_VERSION
from rb_studio.store.workspace import Workspace
from tests.store.faults import dump_all

ROOT = Path(__file__).resolve().parents[2]


def test_a_new_workspace_is_marked_as_ours_and_closes_into_one_file(path: Path) -> None:
    with Workspace.open(path, write=True, create=True) as workspace:
        workspace.run(lambda db: banks.create_bank(db, "b", "reasoningbank"))
        assert workspace.reader().execute("SELECT name FROM bank").fetchone()["name"] == "b"
        assert workspace.check() == []
    assert [file.name for file in path.parent.iterdir()] == [path.name]
    conn = sqlite3.connect(path)
    assert schema.version_of(conn) == (schema.APPLICATION_ID, schema.VERSION)
    conn.close()


def test_every_table_is_strict_and_foreign_keys_are_enforced(workspace: Workspace) -> None:
    loose = [
        row["name"]
        for row in workspace.reader().execute("PRAGMA table_list")
        if row["type"] == "table"
        and not row["strict"]
        and not row["name"].startswith(("sqlite_", "_sqlite_"))
        and not row["name"].startswith(("item_words_", "item_trigrams_"))
    ]
    assert loose == []
    with pytest.raises(sqlite3.IntegrityError):
        workspace.run(lambda db: db.execute("INSERT INTO subset (name, suite) VALUES ('x', 99)"))


def test_an_operation_that_fails_leaves_nothing(workspace: Workspace) -> None:
    def half(db: object) -> None:
        banks.create_bank(db, "half", "reasoningbank")
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        workspace.run(half)
    assert banks.banks(workspace.reader()) == []
    workspace.run(lambda db: banks.create_bank(db, "whole", "reasoningbank"))


def test_operations_run_in_the_order_they_were_submitted(workspace: Workspace) -> None:
    futures = [workspace.submit(lambda db, n=n: banks.create_bank(db, f"b{n}", "awm")) for n in range(20)]
    assert [future.result() for future in futures] == list(range(1, 21))


def test_waiting_for_an_operation_inside_an_operation_is_refused(workspace: Workspace) -> None:
    with pytest.raises(RuntimeError, match="cannot wait"):
        workspace.run(lambda db: workspace.run(lambda inner: None))


def test_each_thread_reads_through_its_own_connection_that_cannot_write(workspace: Workspace) -> None:
    mine, others = workspace.reader(), []
    thread = threading.Thread(target=lambda: others.append(workspace.reader()))
    thread.start()
    thread.join()
    assert workspace.reader() is mine
    assert others[0] is not mine
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        mine.execute("INSERT INTO bank (name, mode, created_at) VALUES ('x', 'y', 'z')")


def test_a_reader_sees_commits_made_after_it_was_opened(workspace: Workspace) -> None:
    conn = workspace.reader()
    assert banks.banks(conn) == []
    workspace.run(lambda db: banks.create_bank(db, "later", "reasoningbank"))
    assert [row.name for row in banks.banks(conn)] == ["later"]


def test_a_second_writer_is_told_who_writes_and_can_read_meanwhile(workspace: Workspace, path: Path) -> None:
    with pytest.raises(WorkspaceBusy, match="process"):
        Workspace.open(path, write=True)
    with Workspace.open(path, write=False) as reader:
        assert banks.banks(reader.reader()) == []
    assert workspace.run(lambda db: banks.create_bank(db, "b", "reasoningbank")) == 1


def test_another_process_is_refused_while_one_writes_and_admitted_after(path: Path) -> None:
    code = (
        "import sys; from rb_studio.store.workspace import Workspace\n"
        "from rb_studio.records.errors import WorkspaceBusy\n"
        "try: Workspace.open(sys.argv[1], write=True, create=True).close()\n"
        "except WorkspaceBusy as busy: print(busy); sys.exit(3)\n"
    )
    with Workspace.open(path, write=True, create=True):
        refused = _python(code, path)
        assert refused.returncode == 3
        assert "is being written to by process" in refused.stdout
    assert _python(code, path).returncode == 0


def test_the_lock_of_a_process_that_died_is_free(path: Path) -> None:
    code = (
        "import os, sys; from rb_studio.store.workspace import Workspace\n"
        "Workspace.open(sys.argv[1], write=True, create=True); os._exit(9)"
    )
    assert _python(code, path).returncode == 9
    with Workspace.open(path, write=True) as workspace:
        assert workspace.check() == []


def test_closing_finishes_what_was_queued_and_then_refuses(path: Path) -> None:
    workspace = Workspace.open(path, write=True, create=True)
    future = workspace.submit(lambda db: banks.create_bank(db, "queued", "reasoningbank"))
    workspace.close()
    workspace.close()
    assert future.result() == 1
    with pytest.raises(WorkspaceError, match="closed"):
        workspace.run(lambda db: None)
    with pytest.raises(WorkspaceError, match="closed"):
        workspace.reader()


def test_closing_breaks_off_what_another_thread_reads_and_leaves_it_alive(path: Path) -> None:
    begun, said = threading.Event(), []
    workspace = Workspace.open(path, write=True, create=True)

    def read() -> None:
        conn = workspace.reader()
        conn.create_function("told", 1, lambda number: begun.set() or number)
        endless = "WITH RECURSIVE n (i) AS (SELECT told(1) UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"
        try:
            conn.execute(endless).fetchall()
        except sqlite3.OperationalError as error:
            said.append(str(error))
        try:
            workspace.reader()
        except WorkspaceError as error:
            said.append(str(error))

    reading = threading.Thread(target=read)
    reading.start()
    assert begun.wait(60)
    workspace.close()
    reading.join(60)

    assert said == ["interrupted", f"{path} is closed: open it again to read it"]
    assert not [file for file in path.parent.iterdir() if file.suffix == ".rbank-wal" and file.stat().st_size]
    with Workspace.open(path, write=True) as again:
        assert again.check() == []


def test_a_workspace_opened_for_reading_cannot_be_changed_and_leaves_no_side_files(path: Path) -> None:
    Workspace.open(path, write=True, create=True).close()
    before = path.read_bytes()
    with Workspace.open(path, write=False) as workspace, pytest.raises(WorkspaceError, match="reading only"):
        workspace.run(lambda db: None)
    assert [file.name for file in path.parent.iterdir()] == [path.name]
    assert path.read_bytes() == before


@pytest.mark.parametrize("write", [True, False])
@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"# notes about memory\n", "not a workspace"),
        (bytes(range(256)) * 20, "not a workspace"),
        (b"SQLite form", "not a workspace"),
        (b"SQLite format 3\x00" + b"\xff" * 5000, "damaged|not a workspace"),
        (b"", "empty"),
    ],
)
def test_a_file_that_is_no_workspace_is_refused_in_one_sentence(
    path: Path, content: bytes, sentence: str, write: bool
) -> None:
    path.write_bytes(content)
    with pytest.raises(UnreadableInput, match=sentence) as raised:
        Workspace.open(path, write=write)
    assert str(path) in str(raised.value)
    assert "\n" not in str(raised.value)
    assert path.read_bytes() == content


@pytest.mark.parametrize("write", [True, False])
def test_a_truncated_workspace_is_refused(path: Path, write: bool) -> None:
    Workspace.open(path, write=True, create=True).close()
    path.write_bytes(path.read_bytes()[:20_000])
    with pytest.raises(UnreadableInput, match="damaged"):
        Workspace.open(path, write=write)


@pytest.mark.parametrize("write", [True, False])
def test_another_programs_database_is_refused_and_left_alone(path: Path, write: bool) -> None:
    conn = sqlite3.connect(path)
    conn.execute("CREATE TABLE songs (title TEXT)")
    conn.commit()
    conn.close()
    before = path.read_bytes()
    with pytest.raises(UnreadableInput, match="another program"):
        Workspace.open(path, write=write)
    assert path.read_bytes() == before


@pytest.mark.parametrize("write", [True, False])
def test_a_newer_workspace_is_refused(path: Path, write: bool) -> None:
    Workspace.open(path, write=True, create=True).close()
    _set_version(path, schema.VERSION + 1)
    with pytest.raises(UnreadableInput, match=f"newer rb-studio .format {schema.VERSION + 1}"):
        Workspace.open(path, write=write)


def test_a_missing_file_is_refused_unless_it_may_be_created(path: Path) -> None:
    for write in (True, False):
        with pytest.raises(UnreadableInput, match="there is no workspace"):
            Workspace.open(path, write=write)
    with pytest.raises(WorkspaceError, match="folder"):
        Workspace.open(path.parent / "absent" / "w.rbank", write=True, create=True)
    with pytest.raises(UnreadableInput, match="folder"):
        Workspace.open(path.parent, write=False)


def test_migrating_keeps_a_copy_of_the_older_file(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Workspace.open(path, write=True, create=True) as workspace:
        workspace.run(lambda db: banks.create_bank(db, "kept", "reasoningbank"))
    present, before = schema.migrations, schema.VERSION

    def newer() -> object:
        steps = present()

        @steps(name="later")
        def later(db: object) -> None:
            db.execute("CREATE TABLE later (id INTEGER PRIMARY KEY) STRICT")
            db.execute(f"PRAGMA user_version = {before + 1}")

        return steps

    monkeypatch.setattr(schema, "migrations", newer)
    monkeypatch.setattr(schema, "VERSION", before + 1)
    with pytest.raises(WorkspaceError, match=f"older format {before}"):
        Workspace.open(path, write=False)
    with Workspace.open(path, write=True) as workspace:
        assert workspace.reader().execute("SELECT count(*) FROM later").fetchone()[0] == 0
        assert [row.name for row in banks.banks(workspace.reader())] == ["kept"]
    monkeypatch.undo()
    with Workspace.open(path.with_name(f"my work.backup-v{before}.rbank"), write=False) as backup:
        assert [row.name for row in banks.banks(backup.reader())] == ["kept"]


def test_a_file_of_the_first_format_is_brought_up_to_date(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as first:
        first.setattr(schema, "VERSION", 1)
        first.setattr(schema, "migrations", _first_format)
        with Workspace.open(path, write=True, create=True) as workspace:
            workspace.run(lambda db: banks.create_bank(db, "kept", "reasoningbank"))
    with Workspace.open(path, write=True) as workspace:
        assert schema.version_of(workspace.reader()) == (schema.APPLICATION_ID, schema.VERSION)
        assert [row.name for row in banks.banks(workspace.reader())] == ["kept"]
        assert workspace.reader().execute("SELECT count(same_as) FROM rollout").fetchone()[0] == 0
        assert workspace.reader().execute("SELECT count(allocation) FROM outcome").fetchone()[0] == 0
        assert workspace.reader().execute("SELECT count(withhold) FROM retrieval_event").fetchone()[0] == 0


def test_a_snapshot_of_the_first_format_was_nobodys_automatic_one(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as first:
        first.setattr(schema, "VERSION", 1)
        first.setattr(schema, "migrations", _first_format)
        with Workspace.open(path, write=True, create=True) as workspace:
            bank = workspace.run(lambda db: banks.create_bank(db, "kept", "reasoningbank"))
            workspace.run(
                lambda db: db.execute(
                    "INSERT INTO snapshot (bank, name, operation, created_at) VALUES (?, 'before', 1, '2026-01-01')",
                    [bank],
                )
            )
    with Workspace.open(path, write=True) as workspace:
        row = workspace.reader().execute("SELECT name, automatic, reason FROM snapshot").fetchone()
        assert tuple(row) == ("before", 0, "")


def _first_format() -> Migrations:
    """The migrations as they were when there was one."""
    steps = Migrations("rb_studio")

    @steps(name="1")
    def first(db: Any) -> None:
        for part in FIRST_VERSION:
            for statement in schema._statements(part):
                db.execute(statement)
        schema._stamp(db, 1)

    return steps


def test_a_migration_that_was_killed_is_repeated(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schema, "_stamp", lambda db, version: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        Workspace.open(path, write=True, create=True)
    monkeypatch.undo()
    with Workspace.open(path, write=True) as workspace:
        assert workspace.check() == []


def test_a_full_file_is_one_sentence_and_loses_nothing(workspace: Workspace) -> None:
    workspace.run(lambda db: banks.create_bank(db, "kept", "reasoningbank"))
    pages = workspace.run(lambda db: db.execute("PRAGMA page_count").fetchone()[0])
    workspace.run(lambda db: db.execute(f"PRAGMA max_page_count = {pages + 4}").fetchall())
    before = dump_all(workspace.reader())

    def fill(db: object) -> None:
        for n in range(3000):
            banks.create_bank(db, f"bank {n} " + "x" * 500, "reasoningbank")

    with pytest.raises(WorkspaceError, match="free some space; everything committed is kept"):
        workspace.run(fill)
    assert dump_all(workspace.reader()) == before
    assert workspace.check() == []
    workspace.run(lambda db: db.execute("PRAGMA max_page_count = 1073741823").fetchall())
    assert workspace.run(lambda db: banks.create_bank(db, "after", "reasoningbank")) == 2


@pytest.mark.skipif(sys.platform == "win32", reason="folders have no write permission there")
def test_a_read_only_folder_opens_for_reading_and_refuses_writing() -> None:
    # Root is allowed everything: the child gives its rights up, so the folder must be one others can enter.
    folder = Path(tempfile.mkdtemp(prefix="rbank-"))
    folder.chmod(0o755)
    path = folder / "w.rbank"
    with Workspace.open(path, write=True, create=True) as workspace:
        workspace.run(lambda db: banks.create_bank(db, "kept", "reasoningbank"))
    path.chmod(0o644)
    folder.chmod(0o555)
    code = (
        "import os, sys, sqlite_utils; from rb_studio.store.workspace import Workspace\n"
        "from rb_studio.store import banks; from rb_studio.records.errors import WorkspaceError\n"
        "if os.geteuid() == 0: os.setgroups([]); os.setgid(65534); os.setuid(65534)\n"
        "with Workspace.open(sys.argv[1], write=False) as w: print([b.name for b in banks.banks(w.reader())])\n"
        "try: Workspace.open(sys.argv[1], write=True)\n"
        "except WorkspaceError as error: print(error)\n"
    )
    try:
        done = _python(code, path)
    finally:
        folder.chmod(0o755)
        shutil.rmtree(folder)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[0] == "['kept']"
    assert "cannot be written to" in done.stdout.splitlines()[1]


def _python(code: str, path: Path) -> "subprocess.CompletedProcess[str]":
    env = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(
        [sys.executable, "-c", code, str(path)], capture_output=True, text=True, timeout=60, env=env, cwd=ROOT
    )


def _set_version(path: Path, version: int) -> None:
    conn = sqlite3.connect(path)
    conn.execute(f"PRAGMA user_version = {version}")
    conn.commit()
    conn.close()
