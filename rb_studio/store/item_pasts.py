"""The history of a bank's items as values, and items with such a history as rows.

An operation of another workspace that a history tells of becomes a row of the journal in a scope that nobody undoes.
The rows it opened are closed before the import's own operation opens what is valid now: undoing the import takes the
item out of the bank, and redoing it brings the item back, as with any other.
"""

import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from rb_studio.records.item_past import NOT_DUPLICATE, Act, ItemEvent, ItemLink, ItemPast, PastText
from rb_studio.store.item_notes import Notes, put_notes
from rb_studio.store.memory_rows import VERSION_COLUMNS, version_row
from rb_studio.store.rows import clean, insert, insert_many, now
from rb_studio.store.temporal import Chain, chain, visible

if TYPE_CHECKING:
    from sqlite_utils import Database

PAST = "past"
END = "end"
_BETWEEN = ("op_from", "op_to")


@dataclass
class _Traces:
    """What is known of one item while its history is put together: values by operation, oldest first."""

    texts: list[tuple[int, PastText]] = field(default_factory=list)
    states: list[tuple[int, str]] = field(default_factory=list)
    tags: list[tuple[int, str, bool]] = field(default_factory=list)
    links: dict[tuple[str, str], int] = field(default_factory=dict)
    removed: set[int] = field(default_factory=set)
    last: int = 0


@dataclass
class _Change:
    text: PastText | None = None
    state: str | None = None
    tags: dict[str, bool] = field(default_factory=dict)


def pasts(conn: sqlite3.Connection, bank_id: int, at_operation: int | None = None) -> dict[str, ItemPast]:
    """Histories by item uid as a bank shows them; operations are numbered from 1 in the order they were done."""
    layers = chain(conn, bank_id, at_operation)
    shown, params = visible("item_version", layers)
    rows = conn.execute(
        f"SELECT i.id, i.uid, i.created_at, v.number, v.title, v.description, v.content FROM ({shown}) v "
        "JOIN memory_item i ON i.id = v.item ORDER BY i.id",
        params,
    ).fetchall()
    items = {row[0]: _Traces() for row in rows}
    uids = {row[0]: row[1] for row in rows}
    _read_texts(conn, layers, items)
    _read_states(conn, layers, items)
    _read_tags(conn, layers, items)
    _read_links(conn, layers, items, uids)
    present_states, present_tags = _present(conn, layers)
    changes = {
        row[0]: _changes(items[row[0]], PastText(*row[3:]), present_states.get(row[0], ""), present_tags[row[0]])
        for row in rows
    }
    said = Notes(conn, layers, items)
    named = {op for one in changes.values() for op in one}
    acts = _acts(conn, named | said.operations | {op for one in items.values() for op in one.links.values()})
    doubts = _doubts(conn)
    return {
        uids[item]: ItemPast(
            created,
            tuple(_event(acts[op], change) for op, change in sorted(changes[item].items())),
            tuple(ItemLink(kind, other, acts[op]) for (kind, other), op in sorted(items[item].links.items())),
            doubts.get(item, {}),
            *said.of(item, acts),
        )
        for item, created in ((row[0], row[2]) for row in rows)
    }


@dataclass(frozen=True, slots=True)
class Journalled:
    """Rows of the journal for operations of other histories, by their number there; `end` closes what they opened."""

    operations: Mapping[int, int]
    end: int


def journal(db: "Database", bank_id: int, found: Iterable[ItemPast]) -> Journalled:
    """Put the operations that histories tell of into the journal, before the one that adds their items."""
    acts: dict[int, Act] = {}
    for past in found:
        acts |= {act.number: act for act in past.acts}
    if not acts:
        return Journalled({}, 0)
    operations = {number: _journal(db, bank_id, acts[number], "do") for number in sorted(acts)}
    return Journalled(operations, _journal(db, bank_id, Act(0, now(), "rb_studio", "History ends here"), END))


def put_pasts(db: "Database", bank_id: int, op: int, found: Mapping[int, ItemPast], known: Journalled) -> None:
    """Histories of items that operation `op` added, by item id: rows, times of making, doubts."""
    insert_many(db, "item_version", (*VERSION_COLUMNS, "op_to"), _text_rows(bank_id, found, known))
    states = ("item", "bank", "state", *_BETWEEN)
    insert_many(db, "item_state", states, _state_rows(bank_id, found, known))
    insert_many(db, "item_tag", ("item", "bank", "tag", "present", *_BETWEEN), _tag_rows(bank_id, found, known))
    put_notes(db, bank_id, op, found, known.operations, known.end)
    _settle(db, op, found)


def put_links(
    db: "Database",
    bank_id: int,
    op: int,
    found: Mapping[int, ItemPast],
    ids: Mapping[str, int],
    known: Journalled,
) -> None:
    """Links of the items to those of the bank, by uid, as part of operation `op`; links to others are left out."""
    lineage: dict[tuple[int, int, str, int], int] = {}
    apart: dict[tuple[int, int, int], int] = {}
    for item, past in found.items():
        for link in past.links:
            other = ids.get(link.other)
            if other is None or other == item:
                continue
            if link.kind == NOT_DUPLICATE:
                apart[min(item, other), bank_id, max(item, other)] = known.operations[link.act.number]
            else:
                lineage[item, bank_id, clean(link.kind), other] = known.operations[link.act.number]
    there = set(map(tuple, db.execute("SELECT item, bank, other FROM not_duplicate WHERE op_to IS NULL")))
    apart = {key: made for key, made in apart.items() if key not in there}
    for table, columns, rows in (
        ("item_lineage", ("item", "bank", "kind", "other"), lineage),
        ("not_duplicate", ("item", "bank", "other"), apart),
    ):
        past_rows = ((*key, made, known.end) for key, made in sorted(rows.items()))
        insert_many(db, table, (*columns, *_BETWEEN), past_rows)
        insert_many(db, table, (*columns, "op_from"), ((*key, op) for key in sorted(rows)))


def _settle(db: "Database", op: int, found: Mapping[int, ItemPast]) -> None:
    for item, past in found.items():
        texts = [event.text for event in past.events if event.text is not None]
        if texts:
            db.execute(
                "UPDATE item_version SET number = CASE WHEN (title, description, content) = (?, ?, ?) THEN ? ELSE ? "
                "END WHERE item = ? AND op_from = ?",
                (
                    *(clean(text) for text in (texts[-1].title, texts[-1].description, texts[-1].content)),
                    texts[-1].number,
                    max(text.number for text in texts) + 1,
                    item,
                    op,
                ),
            )
        if past.created_at:
            db.execute("UPDATE memory_item SET created_at = ? WHERE id = ?", (clean(past.created_at), item))
    rows = ((item, reason, value) for item, past in found.items() for reason, value in past.doubts.items())
    insert_many(db, "item_doubt", ("item", "reason", "value"), rows)


def _text_rows(bank_id: int, found: Mapping[int, ItemPast], known: Journalled) -> Iterator[tuple[Any, ...]]:
    for item, past in found.items():
        events = [(event.act, event.text) for event in past.events if event.text is not None]
        for (act, text), end in zip(events, _ends(events, known), strict=True):
            start = known.operations[act.number]
            yield (*version_row(item, bank_id, text.number, text, start), end)


def _state_rows(bank_id: int, found: Mapping[int, ItemPast], known: Journalled) -> Iterator[tuple[Any, ...]]:
    for item, past in found.items():
        events = [(event.act, event.state) for event in past.events if event.state is not None]
        for (act, state), end in zip(events, _ends(events, known), strict=True):
            yield item, bank_id, state, known.operations[act.number], end


def _tag_rows(bank_id: int, found: Mapping[int, ItemPast], known: Journalled) -> Iterator[tuple[Any, ...]]:
    for item, past in found.items():
        held: dict[str, int] = {}
        for event in past.events:
            op = known.operations[event.act.number]
            yield from ((item, bank_id, tag, 1, held.pop(tag), op) for tag in event.untagged if tag in held)
            held |= dict.fromkeys(event.tagged, op)
        yield from ((item, bank_id, tag, 1, op, known.end) for tag, op in held.items())


def _ends(events: Sequence[tuple[Act, object]], known: Journalled) -> list[int]:
    """Each value holds until the next one."""
    return [*(known.operations[act.number] for act, _ in events[1:]), *([known.end] if events else [])]


def _read_texts(conn: sqlite3.Connection, layers: Chain, items: Mapping[int, _Traces]) -> None:
    for row in _rows(conn, layers, "item_version", "number, title, description, content"):
        if row[0] in items:
            items[row[0]].texts.append((row[1], PastText(*row[3:])))
            _seen(items[row[0]], row)


def _read_states(conn: sqlite3.Connection, layers: Chain, items: Mapping[int, _Traces]) -> None:
    for row in _rows(conn, layers, "item_state", "state"):
        if row[0] in items:
            items[row[0]].states.append((row[1], row[3]))
            items[row[0]].removed.add(row[2])
            _seen(items[row[0]], row)
    for traces in items.values():
        traces.removed -= {op for op, _ in traces.states}


def _read_tags(conn: sqlite3.Connection, layers: Chain, items: Mapping[int, _Traces]) -> None:
    for row in _rows(conn, layers, "item_tag", "tag, present"):
        if row[0] in items:
            items[row[0]].tags.append((row[1], row[3], bool(row[4])))
            if row[2] and row[2] not in items[row[0]].removed:  # an item that goes takes its tags along
                items[row[0]].tags.append((row[2], row[3], False))
            _seen(items[row[0]], row)
    for traces in items.values():
        traces.tags.sort()  # False before True: a row that ends where another begins was never away


def _read_links(conn: sqlite3.Connection, layers: Chain, items: Mapping[int, _Traces], uids: Mapping[int, str]) -> None:
    """Links that the bank shows, with the operation that first made them."""
    for table, kind, same in (("item_lineage", "r.kind", "AND f.kind = r.kind"), ("not_duplicate", "''", "")):
        query, params = visible(table, layers)
        rows = conn.execute(
            f"SELECT r.item, {kind}, r.other, (SELECT min(f.op_from) FROM {table} f WHERE f.item = r.item "
            f"AND f.other = r.other {same}) FROM ({query}) r",
            params,
        )
        for item, name, other, op in rows:
            ends = (item, other) if name else sorted((item, other), key=lambda one: uids.get(one, ""))
            if all(one in items for one in ends):
                items[ends[0]].links[name or NOT_DUPLICATE, uids[ends[1]]] = op


def _rows(conn: sqlite3.Connection, layers: Chain, table: str, columns: str) -> list[tuple[Any, ...]]:
    """(item, op_from, op_to or 0, columns...) of every row the layers ever held, in the order they were opened.

    An end that only makes room for an import, or lies behind the point a layer is seen at, is none.
    """
    ends = {row[0] for row in conn.execute("SELECT id FROM operation WHERE scope = ? AND kind = ?", (PAST, END))}
    found = []
    for bank, at in layers:
        limit = 2**62 if at is None else at
        rows = conn.execute(
            f"SELECT item, op_from, coalesce(op_to, 0), {columns} FROM {table} WHERE bank = ? AND op_from <= ?",
            (bank, limit),
        )
        for item, start, stop, *values in rows:
            found.append((item, start, 0 if stop in ends or stop > limit else stop, *values))
    return sorted(found, key=lambda row: (row[1], row[0]))


def _seen(traces: _Traces, row: tuple[Any, ...]) -> None:
    traces.last = max(traces.last, row[1], row[2])


def _present(conn: sqlite3.Connection, layers: Chain) -> tuple[dict[int, str], defaultdict[int, set[str]]]:
    query, params = visible("item_state", layers)
    states = {row[0]: row[1] for row in conn.execute(f"SELECT item, state FROM ({query})", params)}
    query, params = visible("item_tag", layers)
    tags: defaultdict[int, set[str]] = defaultdict(set)
    for item, tag in conn.execute(f"SELECT item, tag FROM ({query}) WHERE present", params):
        tags[item].add(tag)
    return states, tags


def _changes(traces: _Traces, text: PastText, state: str, tags: set[str]) -> dict[int, _Change]:
    """What differed after each operation; the last ones lead to what the item is now."""
    found: defaultdict[int, _Change] = defaultdict(_Change)
    known: PastText | None = None
    for op, one in (*traces.texts, (traces.last, text)):
        if one != known:
            found[op].text = known = one
    before = ""
    for op, name in (*traces.states, (traces.last, state)):
        if name != before:
            found[op].state = before = name
    held: set[str] = set()
    final: dict[int, dict[str, bool]] = defaultdict(dict)
    for op, tag, on in traces.tags:
        final[op][tag] = on
    for tag in sorted({tag for _, tag, _ in traces.tags} | tags):
        final.setdefault(traces.last, {})[tag] = tag in tags
    for op in sorted(final):
        for tag, on in final[op].items():
            if (tag in held) != on:
                found[op].tags[tag] = on
                (held.add if on else held.discard)(tag)
    return dict(found)


def _event(act: Act, change: _Change) -> ItemEvent:
    on, off = (
        tuple(sorted(tag for tag, present in change.tags.items() if present is which)) for which in (True, False)
    )
    return ItemEvent(act, change.text, change.state, on, off)


def _acts(conn: sqlite3.Connection, ops: Iterable[int]) -> dict[int, Act]:
    known = {row[0]: row for row in conn.execute("SELECT id, at, who, label, reason FROM operation")}
    return {op: Act(number, *known[op][1:]) for number, op in enumerate(sorted(ops), 1)}


def _doubts(conn: sqlite3.Connection) -> dict[int, dict[str, float | None]]:
    found: defaultdict[int, dict[str, float | None]] = defaultdict(dict)
    for item, reason, value in conn.execute("SELECT item, reason, value FROM item_doubt ORDER BY item, reason"):
        found[item][reason] = value
    return found


def _journal(db: "Database", bank_id: int, act: Act, kind: str) -> int:
    row = {
        "scope": PAST,
        "kind": kind,
        "label": act.label,
        "who": act.who,
        "reason": act.reason,
        "at": act.at,
        "bank": bank_id,
        "forward": "null",
    }
    return insert(db, "operation", row)
