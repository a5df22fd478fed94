"""Memory items and their history, as JSON and as text."""

import sqlite3
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from rb_studio.cli.output import count, table
from rb_studio.records.effect import ItemEffect
from rb_studio.records.item_text import render_item
from rb_studio.store.banks import banks
from rb_studio.store.item_history import HistoryEntry
from rb_studio.store.items import ItemRow

TITLE_WIDTH = 60


def item_json(row: ItemRow, effect: ItemEffect | None = None) -> dict[str, Any]:
    """One item; `effect` is null where the item was never retrieved, and where nobody asked what items did."""
    return {
        "id": row.id,
        "uid": row.uid,
        "title": row.title,
        "description": row.description,
        "content": row.content,
        "state": row.state,
        "polarity": row.polarity,
        "tags": list(row.tags),
        "sources": [
            {"rollout": one.rollout_uid, "steps": list(one.steps), "status": one.status, "verdict": one.verdict_uid}
            for one in row.sources
        ],
        "used": row.used,
        "effect": effect_json(effect),
        "version": row.version,
        "experience": row.experience_uid,
        "task": row.task_key,
        "label_source": row.label_source,
        "mode": row.mode,
        "model": row.model,
        "simulated": row.simulated,
        "created_at": row.created_at,
        "run": row.run,
        "site": row.site,
        "template": row.template,
        "edited_by": row.edited_by or None,
        "merged_from": row.merged_from,
    }


def effect_json(effect: ItemEffect | None) -> dict[str, Any] | None:
    """What an item did: counts, and success and steps with it minus without it; null is not estimable, never 0."""
    if effect is None:
        return None
    values = asdict(effect)
    return {**values.pop("estimate"), **values}


def effect_line(effect: ItemEffect | None) -> str:
    """What an item did, in a line."""
    if effect is None:
        return "never retrieved"
    known = effect.estimate
    counts = f"retrieved {count(effect.retrieved, 'time')}, injected {effect.injected}, withheld {effect.withheld}"
    cited = f", cited {'-' if effect.cited is None else effect.cited}"
    if known.difference is None or known.low is None or known.high is None:
        return f"{counts}{cited}; effect not estimable: no attempts at these tasks with and without it"
    flag = f", {known.flagged}" if known.flagged else ""
    return (
        f"{counts}{cited}; success {100 * known.difference:+.1f} points [{100 * known.low:+.1f}, "
        f"{100 * known.high:+.1f}] over {count(known.tasks, 'task')} ({known.evidence}{flag})"
    )


def items_table(rows: Sequence[ItemRow]) -> str:
    """Items in short, one a line."""
    headers = ("id", "state", "polarity", "used", "version", "tags", "title")
    return table(
        headers,
        [
            (row.id, row.state, _polarity(row), row.used, row.version, ", ".join(row.tags), short(row.title))
            for row in rows
        ],
    )


def _polarity(row: ItemRow) -> str | None:
    """What the item was learned from, and who said so where that was not the judge."""
    by = f" by {row.label_source}" if row.label_source in ("gt", "human") else ""
    return f"{row.polarity}{by}" if row.polarity else None


def item_page(row: ItemRow, effect: ItemEffect | None = None) -> str:
    """One item in full, its text as an agent would read it."""
    facts = [
        f"{row.state}, version {row.version}, used {count(row.used, 'time')}",
        f"learned from {'a ' + row.polarity if row.polarity else 'no attempt (written by hand)'}"
        + (", simulated" if row.simulated else ""),
        *([f"edited by {row.edited_by}"] if row.edited_by else []),
        *([f"merged from {count(row.merged_from, 'item')}"] if row.merged_from else []),
        f"labelled by: {row.label_source or '-'}",
        *([f"run: {row.run}"] if row.run is not None else []),
        effect_line(effect),
        f"tags: {', '.join(row.tags) or '-'}",
        f"uid: {row.uid}",
        *(f"source: rollout {one.rollout_uid}{_steps(one.steps)} {one.status}".rstrip() for one in row.sources),
    ]
    return "\n".join([f"{row.id}  {row.title}", *facts, "", render_item(row, 1)])


def history_json(conn: sqlite3.Connection, entries: Sequence[HistoryEntry]) -> list[dict[str, Any]]:
    """History entries with the names of their banks."""
    names = {row.id: row.name for row in banks(conn)}
    return [{**asdict(entry), "bank": names.get(entry.bank)} for entry in entries]


def history_table(entries: Sequence[HistoryEntry]) -> str:
    """An item's history, oldest first."""
    return table(
        ("operation", "at", "who", "what", "by", "reason"),
        [
            (entry.operation, entry.at[:19], entry.who, f"{entry.kind}: {entry.detail}", entry.label, entry.reason)
            for entry in entries
        ],
    )


def short(text: str, width: int = TITLE_WIDTH) -> str:
    """A text on one line, cut to a width."""
    line = " ".join(text.split())
    return line if len(line) <= width else line[: width - 1] + "…"


def _steps(steps: Sequence[int]) -> str:
    return f" steps {', '.join(map(str, steps))}" if steps else ""
