"""What is told of an item's origin beyond its row: who made it and by what, the verdicts, its relatives, its uses."""

import sqlite3
from dataclasses import dataclass

from rb_studio.method.prompts import PromptSet, shipped
from rb_studio.records.identity import digest
from rb_studio.store import blobs, prompts, served
from rb_studio.store.judgement_rows import STANDING
from rb_studio.store.lineage import Link, lineage


@dataclass(frozen=True, slots=True)
class Begun:
    """The step that brought the item: a run's task, a merge, a file, a person."""

    label: str
    at: str
    who: str


@dataclass(frozen=True, slots=True)
class Judged:
    """The verdict a source was learned under."""

    status: str
    source: str
    by: str
    reason: str
    noisy: bool


@dataclass(frozen=True, slots=True)
class Prompt:
    """The prompt that asked for the item and what stands under its name today; texts are None where unknown."""

    name: str
    hash: str
    text: str | None
    today: str | None


@dataclass(frozen=True, slots=True)
class Origin:
    """All of it for one item; `judged` by the source's rollout, `reply` is what the distiller wrote."""

    item: int
    begun: Begun | None
    judged: dict[str, Judged]
    prompt: Prompt | None
    reply: str
    links: tuple[Link, ...]
    uses: served.Uses


def origin(conn: sqlite3.Connection, bank_id: int, item_id: int) -> Origin | None:
    """An item's origin; None where there is no such item."""
    row = conn.execute("SELECT prompt_hash FROM memory_item WHERE id = ?", (item_id,)).fetchone()
    if row is None:
        return None
    return Origin(
        item=item_id,
        begun=_begun(conn, item_id),
        judged=_judged(conn, item_id),
        prompt=_prompt(conn, row["prompt_hash"]),
        reply=_reply(conn, item_id),
        links=lineage(conn, bank_id, item_id),
        uses=served.uses(conn, bank_id, item_id),
    )


def _begun(conn: sqlite3.Connection, item_id: int) -> Begun | None:
    row = conn.execute(
        "SELECT o.label, o.at, o.who FROM item_version v JOIN operation o ON o.id = v.op_from WHERE v.item = ? "
        "ORDER BY v.op_from LIMIT 1",
        (item_id,),
    ).fetchone()
    return None if row is None else Begun(*row)


def _judged(conn: sqlite3.Connection, item_id: int) -> dict[str, Judged]:
    """By rollout: the verdict that is named, else the one the rollout was learned under."""
    rows = conn.execute(
        "SELECT s.rollout_uid, v.status, v.source, v.model, v.who, v.reason, v.noisy FROM item_source s "
        "JOIN rollout r ON r.uid = s.rollout_uid JOIN verdict v ON v.rollout = r.id "
        f"WHERE s.item = ? AND (v.uid = s.verdict_uid OR s.verdict_uid IS NULL AND v.learned) AND {STANDING} "
        "ORDER BY v.id",
        (item_id,),
    )
    return {
        row["rollout_uid"]: Judged(
            row["status"], row["source"], row["model"] or row["who"], row["reason"], bool(row["noisy"])
        )
        for row in rows
    }


def _prompt(conn: sqlite3.Connection, known: str | None) -> Prompt | None:
    if not known:
        return None
    stored = prompts.prompt_by_hash(conn, known)
    name, text = (stored.name, stored.text) if stored else _shipped(known)
    today = PromptSet.with_overrides(prompts.prompt_texts(conn)).texts.get(name)
    return Prompt(name, known, text, today)


def _shipped(known: str) -> tuple[str, str | None]:
    return next(((name, text) for name, text in shipped().items() if digest(text) == known), ("", None))


def _reply(conn: sqlite3.Connection, item_id: int) -> str:
    row = conn.execute(
        "SELECT e.raw FROM memory_item i JOIN experience e ON e.id = i.experience WHERE i.id = ?", (item_id,)
    ).fetchone()
    return (blobs.get(conn, row["raw"]) or "") if row is not None else ""
