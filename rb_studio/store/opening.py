"""Connections to a workspace file, and the sentence for each reason there is none."""

import logging
import os
import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING

from rb_studio.records.errors import RbStudioError, UnreadableInput, WorkspaceBusy, WorkspaceError
from rb_studio.store import schema
from rb_studio.store.lock import FileLock

if TYPE_CHECKING:
    from sqlite_utils import Database

log = logging.getLogger(__name__)

_MAGIC = b"SQLite format 3\x00"
_BUSY_MS = 10_000


def require_file(path: Path) -> None:
    """Refuse what cannot be a workspace before SQLite sees it."""
    if not path.exists():
        raise UnreadableInput(f"there is no workspace {path}: check the name, or create it by importing tasks into it")
    if path.is_dir():
        raise UnreadableInput(f"{path} is a folder, not a workspace file: name a *.rbank file")
    try:
        with path.open("rb") as file:
            start = file.read(len(_MAGIC))
    except OSError as error:
        raise UnreadableInput(f"{path} cannot be read ({error.strerror}): check its permissions") from error
    if not start and not _side_file(path, "-wal"):
        raise UnreadableInput(f"{path} is empty, not a workspace: delete it or name another file")
    if start and start != _MAGIC:
        raise UnreadableInput(f"{path} is not a workspace (it is no SQLite file): choose a file made by rb-studio")


def connect_reader(path: Path) -> sqlite3.Connection:
    """A read-only connection; in a folder that cannot be written to it reads the file as immutable."""
    options = "mode=ro"
    in_use = path.with_name(path.name + "-shm").exists()
    if not in_use and not os.access(path.parent, os.W_OK):
        if _side_file(path, "-wal"):
            raise WorkspaceError(
                f"the last changes of {path} are still in {path.name}-wal and its folder cannot be written to: "
                "copy both files into a writable folder and open the copy"
            )
        options += "&immutable=1"
    try:
        conn = sqlite3.connect(f"{path.as_uri()}?{options}", uri=True, check_same_thread=False, isolation_level=None)
        conn.row_factory = sqlite3.Row
        conn.execute(f"PRAGMA busy_timeout = {_BUSY_MS}")
        conn.execute("PRAGMA wal_autocheckpoint = 0")
        conn.execute("PRAGMA query_only = 1")
    except sqlite3.Error as error:
        raise explained(error, path) from error
    return conn


def connect_writer(path: Path) -> "Database":
    """The one connection that writes; the caller holds the lock."""
    from sqlite_utils import Database

    try:
        conn = sqlite3.connect(path, check_same_thread=False, cached_statements=512)
    except sqlite3.Error as error:
        raise explained(error, path) from error
    try:
        conn.execute(f"PRAGMA busy_timeout = {_BUSY_MS}")
        refuse_foreign(conn, path)
        return Database(conn, recursive_triggers=False, execute_plugins=False)
    except sqlite3.Error as error:
        conn.close()
        raise explained(error, path) from error
    except RbStudioError:
        conn.close()
        raise


def prepare_writer(db: "Database") -> None:
    """Settings of the writing connection, made once the schema is there."""
    for pragma in (
        "journal_mode = WAL",
        "synchronous = NORMAL",  # a killed process loses nothing; FULL would wait for the disk at every task
        "foreign_keys = ON",
        "journal_size_limit = 67108864",
        "wal_autocheckpoint = 4000",  # pages that change often are copied into the file less often
        "cache_size = -8192",  # most of what a sweep writes in a second fits, and one of many arms needs no more
    ):
        db.conn.execute(f"PRAGMA {pragma}").fetchall()
    db.conn.row_factory = sqlite3.Row


def refuse_foreign(conn: sqlite3.Connection, path: Path) -> None:
    """Refuse another program's database and a newer workspace; an empty database passes."""
    application, version = schema.version_of(conn)
    if application != schema.APPLICATION_ID:
        empty = application == 0 and not conn.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
        if not empty:
            raise UnreadableInput(f"{path} is a database of another program, not a workspace: choose another file")
    if version > schema.VERSION:
        raise UnreadableInput(
            f"{path} was written by a newer rb-studio (format {version}, this one reads up to {schema.VERSION}): "
            "update rb-studio to open it"
        )


def refuse_older(conn: sqlite3.Connection, path: Path) -> None:
    """A reader cannot migrate: ask for one opening with write access."""
    version = schema.version_of(conn)[1]
    if version < schema.VERSION:
        raise WorkspaceError(
            f"{path} has the older format {version}: open it once for writing, for instance in the window, to update it"
        )


def back_up(db: "Database", path: Path, version: int) -> Path:
    """Copy an older file beside itself before it is migrated."""
    copy = path.with_name(f"{path.stem}.backup-v{version}{path.suffix}")
    target = sqlite3.connect(copy)
    try:
        db.conn.backup(target)
    finally:
        target.close()
    return copy


def explained(error: sqlite3.Error, path: Path) -> Exception:
    """The sentence behind an SQLite error; a mistake in our own SQL stays what it is."""
    text = str(error)
    if isinstance(error, (sqlite3.IntegrityError, sqlite3.ProgrammingError)):
        return error
    if "full" in text or "disk I/O error" in text:
        return WorkspaceError(f"{path} could not be written ({text}): free some space; everything committed is kept")
    if "malformed" in text or "not a database" in text:
        return UnreadableInput(f"{path} is damaged ({text}): use a backup or a copy of it")
    if "locked" in text or "busy" in text:
        return WorkspaceBusy(f"{path} is locked by another program: close it there and try again")
    if "unable to open" in text or "readonly" in text:
        return WorkspaceError(f"{path} cannot be opened ({text}): check the permissions of the file and its folder")
    return error


def tidy(path: Path) -> None:
    """Remove the empty side files a read-only connection leaves, if nobody else has the file open."""
    wal = path.with_name(path.name + "-wal")
    if not wal.exists() or wal.stat().st_size or not os.access(path.parent, os.W_OK):
        return
    lock = FileLock(path)
    try:
        lock.acquire()
        conn = sqlite3.connect(path, timeout=0)
        try:
            conn.execute("SELECT count(*) FROM sqlite_master").fetchone()
        finally:
            conn.close()
    except (sqlite3.Error, WorkspaceError) as error:
        log.debug("side files of %s stay: %s", path, error)
    finally:
        lock.release()


def _side_file(path: Path, suffix: str) -> bool:
    """True when SQLite left something in a file beside the workspace."""
    side = path.with_name(path.name + suffix)
    return side.exists() and side.stat().st_size > 0
