"""Bringing many experiences into a bank at once, as one undoable operation."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Literal

from rb_studio.records.errors import UsageError
from rb_studio.records.identity import uid
from rb_studio.records.item_past import ItemPast
from rb_studio.records.memory import Experience, ItemState, MemoryItem
from rb_studio.store import temporal
from rb_studio.store.changes import ChangeRecord
from rb_studio.store.curation import SCOPE, put_state
from rb_studio.store.item_notes import put_notes
from rb_studio.store.item_pasts import Journalled, journal, put_links, put_pasts
from rb_studio.store.lineage import COPIED
from rb_studio.store.memory_reads import tags_of
from rb_studio.store.memory_rows import add_experience, add_items, add_version, show_experience
from rb_studio.store.operations import begin
from rb_studio.store.rows import clean, dump, insert, insert_many

if TYPE_CHECKING:
    from sqlite_utils import Database

Choice = Literal["take", "keep", "both"]
CHOICES: tuple[Choice, ...] = ("take", "keep", "both")
_LINK = ("item", "bank", "kind", "other", "op_from")
_TAG = ("item", "bank", "tag", "present", "op_from")


def import_items(
    db: "Database",
    bank_id: int,
    experiences: Sequence[Experience],
    *,
    choice: Mapping[str, Choice] | None = None,
    pasts: Mapping[str, ItemPast] | None = None,
    who: str = "user",
    reason: str = "",
) -> ChangeRecord:
    """Add many experiences with their items; those whose uid the bank has already are updated.

    An item that is there keeps its state and tags and gets a new version where its texts differ. `choice` decides
    otherwise by uid: `take` its state and tags too, `keep` what is there, or have `both`, the incoming one as a new
    item that is linked to the other. `pasts` are the histories that new items come with, by uid; of those, items that
    come back and copies get what was said of them beside their texts, and one that is there keeps its own. Of items
    with the same uid the first counts. Reading the same again changes nothing. Raises UsageError for a choice that is
    none.
    """
    _refuse_choices(choice or {})
    wanted = list({one.uid: one for one in reversed(experiences)}.values())[::-1]
    label = f"Import {sum(len(one.items) for one in wanted)} memories"
    work = _Import(db, bank_id, wanted, choice or {})
    if not work.differs(wanted):
        return ChangeRecord(label, who)
    brought = {name: past for name, past in (pasts or {}).items() if name not in work.items}
    known = journal(db, bank_id, brought.values())
    op = begin(db, SCOPE, label, who=who, reason=reason, bank=bank_id, forward={"import": len(wanted)})
    added, edited = work.carry_out(wanted, op)
    work.remember(op, brought, known)
    work.note(op, pasts or {})
    tables = ("memory_item", "item_version", "item_state", "item_tag", "item_lineage", "experience")
    return ChangeRecord(label, who, tables, {"memory_item": (*added, *edited)}, op)


class _Import:
    """What the bank has of the experiences and items to import, looked up by uid."""

    def __init__(
        self, db: "Database", bank_id: int, experiences: Sequence[Experience], choice: Mapping[str, Choice]
    ) -> None:
        self.db = db
        self.bank_id = bank_id
        self.choice = choice
        layers = temporal.chain(db.conn, bank_id)
        banks = [bank for bank, _ in layers]
        self.experiences = self._ids("experience", banks, [one.uid for one in experiences])
        self.items = self._ids("memory_item", banks, [item.uid for one in experiences for item in one.items])
        self.present = {row[0] for row in self._visible(layers, "experience_presence", "experience", self.experiences)}
        rows = self._visible(layers, "item_version", "item", self.items, "title, description, content")
        self.texts: dict[int, tuple[str, ...]] = {row[0]: tuple(row[1:]) for row in rows}
        self.added: dict[str, int] = {}
        self.again: dict[int, str] = {}
        self.states: dict[int, str] = {}
        self.tags: dict[int, tuple[str, ...]] = {}
        if "take" in choice.values():
            self.states = {row[0]: row[1] for row in self._visible(layers, "item_state", "item", self.items, "state")}
            self.tags = tags_of(db.conn, layers)

    def differs(self, experiences: Iterable[Experience]) -> bool:
        """True when importing would change anything."""
        return any(
            (self.experiences.get(one.uid) not in self.present and not self._all_kept(one))
            or any(self._item_differs(item) for item in one.items)
            for one in experiences
        )

    def carry_out(self, experiences: Iterable[Experience], op: int) -> tuple[tuple[int, ...], list[int]]:
        """Write what differs; returns the ids of the added and of the edited items."""
        fresh: dict[str, tuple[int, MemoryItem]] = {}
        edited: dict[int, MemoryItem] = {}
        copies: dict[str, tuple[int, str]] = {}
        for one in experiences:
            if self._all_kept(one):
                continue
            home = self._experience(one, op)
            for item in filter(self._item_differs, one.items):
                known = self.items.get(item.uid)
                if known is None:
                    fresh.setdefault(item.uid, (home, item))
                elif self._chosen(item) == "both":
                    copy = replace(item, uid=uid("copy", item.uid, op))
                    fresh.setdefault(copy.uid, (home, copy))
                    copies.setdefault(copy.uid, (known, item.uid))
                else:
                    edited.setdefault(known, item)
        for known, item in edited.items():
            self._update(known, item, op)
        added = add_items(self.db, self.bank_id, op, list(fresh.values()))
        self.added = dict(zip(fresh, added, strict=True))
        self.again = {known: item.uid for known, item in edited.items() if known not in self.texts}
        self.again |= {self.added[name]: uid for name, (_, uid) in copies.items()}
        links = ((self.added[name], self.bank_id, COPIED, known, op) for name, (known, _) in copies.items())
        insert_many(self.db, "item_lineage", _LINK, links)
        return added, list(edited)

    def remember(self, op: int, pasts: Mapping[str, ItemPast], known: Journalled) -> None:
        """The histories of the items that were added, and their links to any of the bank."""
        found = {self.added[name]: past for name, past in pasts.items() if name in self.added}
        put_pasts(self.db, self.bank_id, op, found, known)
        named = {link.other for past in found.values() for link in past.links} - self.added.keys()
        banks = [bank for bank, _ in temporal.chain(self.db.conn, self.bank_id)]
        put_links(self.db, self.bank_id, op, found, self._ids("memory_item", banks, sorted(named)) | self.added, known)

    def note(self, op: int, pasts: Mapping[str, ItemPast]) -> None:
        """What is said of items that come back, or as copies, beside their texts."""
        put_notes(self.db, self.bank_id, op, {item: pasts[name] for item, name in self.again.items() if name in pasts})

    def _ids(self, table: str, banks: Iterable[int], uids: Sequence[str]) -> dict[str, int]:
        """Row ids of these uids; a nearer bank's row stands over a farther one's."""
        found: dict[str, int] = {}
        query = f"SELECT uid, id FROM {table} WHERE bank = ? AND uid IN (SELECT value FROM json_each(?))"
        for bank in banks:
            for row in self.db.execute(query, (bank, dump(uids))):
                found.setdefault(row[0], row[1])
        return found

    def _visible(
        self, layers: temporal.Chain, table: str, key: str, ids: Mapping[str, int], columns: str = "NULL"
    ) -> list[tuple[int, str]]:
        """The bank's rows of these ids: the key, then the columns."""
        rows, params = temporal.visible(table, layers)
        query = f"SELECT {key}, {columns} FROM ({rows}) WHERE {key} IN (SELECT value FROM json_each(?))"
        return self.db.execute(query, [*params, json.dumps(list(ids.values()))]).fetchall()

    def _chosen(self, item: MemoryItem) -> Choice | None:
        """What was chosen for an item that the bank shows; one it does not show comes anyway, unless kept out."""
        chosen = self.choice.get(item.uid)
        return chosen if chosen == "keep" or self.items.get(item.uid) in self.texts else None

    def _all_kept(self, experience: Experience) -> bool:
        """Whether nothing of an experience is wanted: it does not come without its items."""
        return bool(experience.items) and all(self._chosen(item) == "keep" for item in experience.items)

    def _item_differs(self, item: MemoryItem) -> bool:
        known = self.items.get(item.uid)
        if self._chosen(item) == "keep":
            return False
        if known is None or self.texts.get(known) != tuple(map(clean, (item.title, item.description, item.content))):
            return True
        return self._chosen(item) == "take" and (
            self.states.get(known) != str(item.state) or set(self.tags.get(known, ())) != set(map(clean, item.tags))
        )

    def _experience(self, experience: Experience, op: int) -> int:
        known = self.experiences.get(experience.uid)
        if known is None:
            return add_experience(self.db, self.bank_id, op, experience)
        if known not in self.present:
            show_experience(self.db, self.bank_id, op, known)
        return known

    def _update(self, item_id: int, item: MemoryItem, op: int) -> None:
        """A new version; an item whose addition was taken back also gets its state and tags again."""
        texts = tuple(map(clean, (item.title, item.description, item.content)))
        if self.texts.get(item_id) != texts:
            temporal.end(self.db, "item_version", self.bank_id, [item_id], op)
            add_version(self.db, self.bank_id, op, item_id, item)
        if item_id not in self.texts:
            temporal.end(self.db, "item_state", self.bank_id, [item_id], op)
            self._put_state(item_id, item.state, op)
            self._put_tags(item_id, item.tags, (), op)
            self._show_home(item_id, op)
        elif self._chosen(item) == "take":
            if self.states.get(item_id) != str(item.state):
                put_state(self.db, self.bank_id, [item_id], item.state, op)
            self._put_tags(item_id, item.tags, self.tags.get(item_id, ()), op)

    def _show_home(self, item_id: int, op: int) -> None:
        """An item that comes back belongs to the experience it was added to, which may be gone from the bank."""
        home = self.db.execute("SELECT experience FROM memory_item WHERE id = ?", (item_id,)).fetchone()[0]
        rows, params = temporal.visible("experience_presence", temporal.chain(self.db.conn, self.bank_id))
        if self.db.execute(f"SELECT 1 FROM ({rows}) WHERE experience = ?", [*params, home]).fetchone() is None:
            show_experience(self.db, self.bank_id, op, home)

    def _put_state(self, item_id: int, state: ItemState, op: int) -> None:
        insert(self.db, "item_state", {"item": item_id, "bank": self.bank_id, "state": str(state), "op_from": op})

    def _put_tags(self, item_id: int, tags: Iterable[str], present: Sequence[str], op: int) -> None:
        """Give an item these tags and no others; one that a parent bank shows is hidden."""
        wanted = set(map(clean, tags))
        changed = {**dict.fromkeys(wanted - set(present), 1), **dict.fromkeys(set(present) - wanted, 0)}
        for tag in changed:
            temporal.end(self.db, "item_tag", self.bank_id, [item_id], op, tag=tag)
        rows = ((item_id, self.bank_id, tag, on, op) for tag, on in sorted(changed.items()))
        insert_many(self.db, "item_tag", _TAG, rows)


def _refuse_choices(choice: Mapping[str, str]) -> None:
    wrong = next((value for value in choice.values() if value not in CHOICES), None)
    if wrong is not None:
        raise UsageError(f"{wrong!r} is no choice for an item the bank has already: use {', '.join(CHOICES)}")
