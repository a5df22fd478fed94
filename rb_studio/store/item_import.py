"""Bringing many experiences into a bank at once, as one undoable operation."""

import json
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from rb_studio.records.memory import Experience, MemoryItem
from rb_studio.store import temporal
from rb_studio.store.changes import ChangeRecord
from rb_studio.store.curation import SCOPE
from rb_studio.store.memory_rows import add_experience, add_items, add_version, show_experience
from rb_studio.store.operations import begin
from rb_studio.store.rows import clean, dump, insert

if TYPE_CHECKING:
    from sqlite_utils import Database


def import_items(
    db: "Database", bank_id: int, experiences: Sequence[Experience], *, who: str = "user", reason: str = ""
) -> ChangeRecord:
    """Add many experiences with their items; those whose uid the bank has already are updated.

    An item that is there keeps its state and tags and gets a new version where its texts differ. Of items
    with the same uid the first counts. Reading the same again changes nothing.
    """
    wanted = list({one.uid: one for one in reversed(experiences)}.values())[::-1]
    label = f"Import {sum(len(one.items) for one in wanted)} memories"
    work = _Import(db, bank_id, wanted)
    if not work.differs(wanted):
        return ChangeRecord(label, who)
    op = begin(db, SCOPE, label, who=who, reason=reason, bank=bank_id, forward={"import": len(wanted)})
    added, edited = work.carry_out(wanted, op)
    tables = ("memory_item", "item_version", "item_state", "item_tag", "experience")
    return ChangeRecord(label, who, tables, {"memory_item": (*added, *edited)}, op)


class _Import:
    """What the bank has of the experiences and items to import, looked up by uid."""

    def __init__(self, db: "Database", bank_id: int, experiences: Sequence[Experience]) -> None:
        self.db = db
        self.bank_id = bank_id
        layers = temporal.chain(db.conn, bank_id)
        banks = [bank for bank, _ in layers]
        self.experiences = self._ids("experience", banks, [one.uid for one in experiences])
        self.items = self._ids("memory_item", banks, [item.uid for one in experiences for item in one.items])
        presence, params = temporal.visible("experience_presence", layers)
        rows = db.execute(
            f"SELECT experience FROM ({presence}) WHERE experience IN (SELECT value FROM json_each(?))",
            [*params, json.dumps(list(self.experiences.values()))],
        )
        self.present = {row[0] for row in rows}
        texts, params = temporal.visible("item_version", layers)
        rows = db.execute(
            f"SELECT item, title, description, content FROM ({texts}) WHERE item IN (SELECT value FROM json_each(?))",
            [*params, json.dumps(list(self.items.values()))],
        )
        self.texts: dict[int, tuple[str, ...]] = {row[0]: tuple(row[1:]) for row in rows}

    def differs(self, experiences: Iterable[Experience]) -> bool:
        """True when importing would change anything."""
        return any(
            self.experiences.get(one.uid) not in self.present or any(self._item_differs(item) for item in one.items)
            for one in experiences
        )

    def carry_out(self, experiences: Iterable[Experience], op: int) -> tuple[tuple[int, ...], list[int]]:
        """Write what differs; returns the ids of the added and of the edited items."""
        fresh: dict[str, tuple[int, MemoryItem]] = {}
        edited: dict[int, MemoryItem] = {}
        for one in experiences:
            home = self._experience(one, op)
            for item in one.items:
                known = self.items.get(item.uid)
                if known is None:
                    fresh.setdefault(item.uid, (home, item))
                elif self._item_differs(item):
                    edited.setdefault(known, item)
        for known, item in edited.items():
            self._update(known, item, op)
        return add_items(self.db, self.bank_id, op, list(fresh.values())), list(edited)

    def _ids(self, table: str, banks: Iterable[int], uids: Sequence[str]) -> dict[str, int]:
        """Row ids of these uids; a nearer bank's row stands over a farther one's."""
        found: dict[str, int] = {}
        query = f"SELECT uid, id FROM {table} WHERE bank = ? AND uid IN (SELECT value FROM json_each(?))"
        for bank in banks:
            for row in self.db.execute(query, (bank, dump(uids))):
                found.setdefault(row[0], row[1])
        return found

    def _item_differs(self, item: MemoryItem) -> bool:
        known = self.items.get(item.uid)
        return known is None or self.texts.get(known) != tuple(map(clean, (item.title, item.description, item.content)))

    def _experience(self, experience: Experience, op: int) -> int:
        known = self.experiences.get(experience.uid)
        if known is None:
            return add_experience(self.db, self.bank_id, op, experience)
        if known not in self.present:
            show_experience(self.db, self.bank_id, op, known)
        return known

    def _update(self, item_id: int, item: MemoryItem, op: int) -> None:
        """A new version; an item whose addition was taken back also gets its state again."""
        temporal.end(self.db, "item_version", self.bank_id, [item_id], op)
        add_version(self.db, self.bank_id, op, item_id, item)
        if item_id not in self.texts:
            temporal.end(self.db, "item_state", self.bank_id, [item_id], op)
            insert(
                self.db, "item_state", {"item": item_id, "bank": self.bank_id, "state": str(item.state), "op_from": op}
            )
            for tag in dict.fromkeys(item.tags):
                row = {"item": item_id, "bank": self.bank_id, "tag": tag, "present": 1, "op_from": op}
                insert(self.db, "item_tag", row)
