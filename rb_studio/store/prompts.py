"""Prompt texts of a workspace: its own versions of the packaged prompts, by hash."""

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rb_studio.store.changes import ChangeRecord

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
    raise NotImplementedError


def set_prompt(db: "Database", name: str, text: str, *, who: str = "user") -> ChangeRecord:
    """Use this text for a prompt from now on."""
    raise NotImplementedError


def reset_prompt(db: "Database", name: str, *, who: str = "user") -> ChangeRecord:
    """Use the packaged text again; the versions stay readable."""
    raise NotImplementedError


def record_prompts(db: "Database", texts: Mapping[str, str]) -> ChangeRecord:
    """Keep the texts a run uses, so that every stored prompt hash can be read later."""
    raise NotImplementedError


def prompt_history(conn: sqlite3.Connection, name: str) -> list[PromptVersion]:
    """All versions of a prompt this workspace has seen, oldest first."""
    raise NotImplementedError


def prompt_by_hash(conn: sqlite3.Connection, digest: str) -> PromptVersion | None:
    """The text behind a stored prompt hash."""
    raise NotImplementedError
