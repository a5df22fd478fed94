"""Prompt texts of a workspace: its own versions of the packaged prompts, by hash."""

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rb_studio.records.errors import UsageError
from rb_studio.records.identity import digest
from rb_studio.store import feed
from rb_studio.store.changes import ChangeRecord
from rb_studio.store.rows import clean, now, upsert

if TYPE_CHECKING:
    from sqlite_utils import Database


@dataclass(frozen=True, slots=True)
class PromptVersion:
    """One text a prompt had; `active` when it stands in place of the packaged one."""

    name: str
    hash: str
    text: str
    at: str
    who: str
    active: bool


def prompt_texts(conn: sqlite3.Connection) -> dict[str, str]:
    """The workspace's own texts by prompt name; names that are absent use the packaged text."""
    return {row[0]: row[1] for row in conn.execute("SELECT name, text FROM prompt WHERE active ORDER BY name")}


def set_prompt(db: "Database", name: str, text: str, *, who: str = "user") -> ChangeRecord:
    """Use this text for a prompt from now on. Raises UsageError for an empty one."""
    if not text.strip():
        raise UsageError(f"the prompt {name} would be empty: write its text, or reset it to the packaged one")
    if prompt_texts(db.conn).get(name) == clean(text):
        return ChangeRecord(f"Change prompt {name}", who)
    db.execute("UPDATE prompt SET active = 0 WHERE name = ?", (name,))
    row = _keep(db, name, text, who, active=1)
    return ChangeRecord(f"Change prompt {name}", who, ("prompt",), {"prompt": (row,)})


def reset_prompt(db: "Database", name: str, *, who: str = "user") -> ChangeRecord:
    """Use the packaged text again; the versions stay readable."""
    rows = tuple(row[0] for row in db.execute("SELECT id FROM prompt WHERE name = ? AND active", (name,)))
    db.execute("UPDATE prompt SET active = 0 WHERE name = ?", (name,))
    for row in rows:
        feed.emit(db, None, "prompt", "prompt", row)
    return ChangeRecord(f"Reset prompt {name}", who, ("prompt",) if rows else (), {"prompt": rows} if rows else {})


def record_prompts(db: "Database", texts: Mapping[str, str]) -> ChangeRecord:
    """Keep the texts a run uses, so that every stored prompt hash can be read later."""
    known = {(row[0], row[1]) for row in db.execute("SELECT name, hash FROM prompt")}
    new = [(name, text) for name, text in texts.items() if (name, digest(clean(text))) not in known]
    rows = tuple(_keep(db, name, text, "rb_studio", active=0) for name, text in new)
    return ChangeRecord("Record prompts", "rb_studio", ("prompt",) if rows else (), {"prompt": rows} if rows else {})


def prompt_history(conn: sqlite3.Connection, name: str) -> list[PromptVersion]:
    """All versions of a prompt this workspace has seen, by the time they were last set."""
    rows = conn.execute("SELECT * FROM prompt WHERE name = ? ORDER BY at, id", (name,))
    return [_version(row) for row in rows]


def prompt_by_hash(conn: sqlite3.Connection, digest: str) -> PromptVersion | None:
    """The text behind a stored prompt hash."""
    row = conn.execute("SELECT * FROM prompt WHERE hash = ? LIMIT 1", (digest,)).fetchone()
    return _version(row) if row else None


def _keep(db: "Database", name: str, text: str, who: str, *, active: int) -> int:
    values = {"name": name, "hash": digest(clean(text)), "text": text, "at": now(), "who": who, "active": active}
    row = upsert(db, "prompt", values, ("name", "hash"))
    feed.emit(db, None, "prompt", "prompt", row)
    return row


def _version(row: sqlite3.Row) -> PromptVersion:
    return PromptVersion(row["name"], row["hash"], row["text"], row["at"], row["who"], bool(row["active"]))
