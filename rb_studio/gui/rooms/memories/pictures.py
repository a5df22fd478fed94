"""The pictures of the banks last looked at, shared by lists, counts and meaning; asked on other threads only."""

import sqlite3
import threading
from typing import TYPE_CHECKING

from rb_studio.gui.rooms.memories import reads
from rb_studio.gui.rooms.memories.reads import Found
from rb_studio.store.item_facets import Facets
from rb_studio.store.item_filter import MEASURED, Effects, asks_effects
from rb_studio.store.items import ItemFilter

if TYPE_CHECKING:
    from rb_studio.store.picture import BankPicture

KEPT = 2
BEGINNING = 60  # rows that come with a list, so that its first screen need not be asked for


class Pictures:
    """A picture of each bank, made when first asked for."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._pictures: dict[int, BankPicture] = {}
        self._effects: dict[int, Effects] = {}
        self._ready: set[int] = set()

    def ready(self, bank_id: int) -> bool:
        """Whether a bank's picture stands, so that lists of it come at once."""
        return bank_id in self._ready

    def measured(self, bank_id: int) -> bool:
        """Whether it is known of any of the bank's items what it did."""
        return bool(self._effects.get(bank_id))

    def set_effects(self, bank_id: int, effects: Effects) -> None:
        """What the bank's items did, by uid."""
        with self._guard:
            self._effects[bank_id] = effects
            if bank_id in self._pictures:
                self._pictures[bank_id].set_effects(effects)

    def of(self, bank_id: int) -> "BankPicture":
        """The bank's picture, as old as its last refresh."""
        from rb_studio.store.picture import BankPicture

        with self._guard:
            found = self._pictures.pop(bank_id, None)
            if found is None:
                found = BankPicture(bank_id)
                found.set_effects(self._effects.get(bank_id, {}))
            self._pictures[bank_id] = found
            while len(self._pictures) > KEPT:
                oldest = next(iter(self._pictures))
                del self._pictures[oldest]
                self._ready.discard(oldest)
            return found

    def fresh(self, conn: sqlite3.Connection, bank_id: int, where: ItemFilter, order: str = "id") -> "BankPicture":
        """The bank's picture as the file is now, with what items did where that is asked for."""
        picture = self.of(bank_id)
        picture.refresh(conn)
        if order in MEASURED or asks_effects(where):
            from rb_studio.jobs.effects import effects

            self.set_effects(bank_id, {**self._effects.get(bank_id, {}), **effects(conn, bank_id)})
        return picture

    def find(self, conn: sqlite3.Connection, bank_id: int, where: ItemFilter, order: str, descending: bool) -> Found:
        """All matching items, with the rows of the first."""
        picture = self.fresh(conn, bank_id, where, order)
        self._ready.add(bank_id)
        ids = picture.find(conn, where, order=order, descending=descending).tolist()
        return Found(ids, rows=reads.rows(conn, bank_id, ids[:BEGINNING]))

    def facets(self, conn: sqlite3.Connection, bank_id: int, where: ItemFilter) -> Facets:
        """Counts of what a filter finds."""
        return self.fresh(conn, bank_id, where).facets(conn, where)
