"""What the room shows: which bank, which items, in which order, and when that is stale."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol

from rb_studio.gui.rooms.memories import reads
from rb_studio.gui.rooms.memories.gathered import CLAUSE, names_gathered, read_query
from rb_studio.gui.rooms.memories.meaning import MeaningSearch
from rb_studio.gui.rooms.memories.notes import note
from rb_studio.gui.rooms.memories.pictures import Pictures
from rb_studio.gui.rooms.memories.reads import BankChoice, BankChoices, Found
from rb_studio.gui.rooms.memories.slow import Slow
from rb_studio.jobs.item_query import Clause, ItemQuery, clauses, toggled
from rb_studio.jobs.query_tree import MEANING
from rb_studio.records.errors import UsageError
from rb_studio.store.changes import ChangeRecord
from rb_studio.store.first_page import bank_counts
from rb_studio.store.item_facets import Facets
from rb_studio.store.item_filter import Effects
from rb_studio.store.items import ItemFilter, ItemRow

if TYPE_CHECKING:
    from rb_studio.gui.frame import Frame

SEARCH, WARM = "search", "warm"
TABLES = {"memory_item", "item_version", "item_state", "item_tag", "item_lineage", "experience_presence", "experience"}
LEARNING = {"distilled", "outcome", "retrieved"}
FIRST_ORDER = "id"


class FinderView(Protocol):
    """What the presenter tells."""

    def show_banks(self, banks: Sequence[BankChoice], chosen: int | None) -> None: ...
    def show_query(self, text: str) -> None: ...
    def show_note(self, text: str, button: str = "", *, wrong: bool = False) -> None: ...
    def show_count(self, text: str) -> None: ...
    def show_items(self, ids: list[int], likeness: dict[int, float] | None, *, best_first: bool) -> None: ...
    def show_rows(self, rows: dict[int, ItemRow]) -> None: ...
    def show_sort(self, order: str, descending: bool) -> None: ...
    def show_facets(self, facets: Facets, on: Sequence[Clause]) -> None: ...
    def show_emptiness(self, total: int, found: int, unembedded: int) -> None: ...
    def forget_rows(self, ids: Sequence[int] | None) -> None: ...
    def choose(self, item_id: int) -> bool: ...


class MemoriesPresenter:
    """Holds bank, query and order; asks the session; tells the view."""

    def __init__(self, frame: "Frame", slow: Slow, view: FinderView) -> None:
        self._frame = frame
        self._slow = slow
        self._view = view
        self.pictures = Pictures()
        self._meaning = MeaningSearch(frame, self.pictures)
        self.bank: int | None = None
        self.query = ""
        self.order, self.descending = FIRST_ORDER, False
        self.ids: list[int] = []
        self.drafts = 0
        self.new_begun = False
        self.selected = 0
        self._banks: tuple[BankChoice, ...] = ()
        self._counts: dict[int, int] = {}
        self.where = ItemFilter()
        self._gathered: tuple[int, ...] = ()
        self._asked = 0
        self._found: Found | None = None
        self._facets: Facets | None = None
        self._wanted_bank: str | None = None
        self._to_choose: int | None = None
        self._insist = False
        self._ranked: tuple[int | None, str] = (None, "")

    @property
    def bank_name(self) -> str:
        return next((bank.name for bank in self._banks if bank.id == self.bank), "")

    def start(self) -> None:
        """Read the banks, then the items."""
        self._frame.session.query("memories.banks", reads.bank_choices, self._show_banks)

    def set_effects(self, bank_id: int, effects: Effects) -> None:
        """What the items of a bank did, by uid: queries can ask for it from now on."""
        self.pictures.set_effects(bank_id, effects)
        if bank_id == self.bank:
            self.refresh()

    def choose_bank(self, bank_id: int) -> None:
        """Show another bank's items."""
        if bank_id != self.bank:
            self.bank, self._found, self._facets, self._gathered = bank_id, None, None, ()
            self._view.show_banks(self._banks, bank_id)
            self.refresh()

    def choose_bank_named(self, name: str) -> None:
        """As `choose_bank`, once the banks are known."""
        self._wanted_bank = name
        self.start()

    def set_query(self, text: str) -> None:
        """Look for something else."""
        if text != self.query:
            self.query = text
            self._view.show_query(text)
            self.refresh()

    def list_gathered(self, ids: Sequence[int]) -> None:
        """List items that were gathered elsewhere, however many; words and fields may narrow them."""
        self._gathered, self.query = tuple(ids), CLAUSE
        self._view.show_query(CLAUSE)
        self.refresh()

    def toggle(self, field: str, value: str, alone: bool, negated: bool = False, either: bool = False) -> None:
        """Put a clause into the query, or take it out; `negated` leaves such items out, `either` is one more choice."""
        self.set_query(toggled(self.query, field, value, alone=alone, negated=negated, either=either))

    def sort(self, order: str, descending: bool) -> None:
        """Order the items by a column; a meaning orders by itself."""
        self.order, self.descending = order, descending
        self.refresh()

    def refresh(self) -> None:
        """Look again, by the same query."""
        bank = self.bank
        if bank is None:
            self._show(Found([]))
            self._show_facets(Facets(0, {}, {}, {}))
            return
        try:
            query = read_query(self.query, self._gathered)
        except UsageError as error:
            self._view.show_note(str(error), wrong=True)
            return
        self.where = query.where
        self._asked += 1
        if query.meaning:
            self._search(bank, query)
            return
        self._slow.stop(SEARCH)
        asked = (bank, query.where, self.order, self.descending)
        if not self.pictures.ready(bank):
            begin = partial(self._begin, self._asked)
            self._frame.session.query("memories.first", lambda conn: reads.first(conn, *asked), begin)
        self._frame.session.query("memories.find", lambda conn: self.pictures.find(conn, *asked), self._show)
        if any(one.field == MEANING for one in clauses(self.query)):
            self._slow.run(WARM, partial(self._meaning.warm, bank), lambda _: None, self._search_failed)

    def fetch(self, ids: list[int]) -> None:
        """Read rows that are looked at."""
        if self.bank is not None:
            read = partial(reads.rows, bank_id=self.bank, ids=ids)
            self._frame.session.query("memories.rows", read, self._view.show_rows)

    def changed(self, change: ChangeRecord) -> None:
        """Something was stored: bring up to date what depends on it."""
        touched = set(change.tables)
        if not touched & TABLES and "bank" not in touched:
            return
        ids = change.ids.get("memory_item")
        self._view.forget_rows(ids)
        self.start()

    def look_again(self) -> None:
        """After a run learned: counts of uses may have grown too."""
        self._view.forget_rows(None)
        self.start()

    def show_item(self, reference: int | str) -> None:
        """Go to an item, in the bank that has it; a query that hides it is cleared."""
        read = partial(reads.locate, reference=reference, bank_id=self.bank)
        self._frame.session.query("memories.locate", read, partial(self._go_to, reference))

    def show_drafts_count(self, count: int, *, new: bool) -> None:
        """How many items have unsaved texts, and whether a new one was begun."""
        self.drafts, self.new_begun = count, new
        self._tell_count()

    def show_selected(self, count: int) -> None:
        """How many items are selected."""
        if count != self.selected:
            self.selected = count
            self._tell_count()

    def place(self) -> dict[str, Any]:
        """What to come back to."""
        query = "" if names_gathered(self.query) else self.query
        return {"bank": self.bank_name, "query": query, "order": self.order, "descending": self.descending}

    def restore(self, kept: dict[str, Any], item_id: int | None) -> None:
        """Come back to what `place` gave, and to an item."""
        self.query = str(kept.get("query", ""))
        self.order, self.descending = str(kept.get("order", FIRST_ORDER)), bool(kept.get("descending"))
        self._wanted_bank = str(kept.get("bank", "")) or None
        self._to_choose = item_id
        self._view.show_query(self.query)

    def _show_banks(self, choices: BankChoices) -> None:
        self._banks = self._counted(choices.banks)
        known = {bank.name: bank.id for bank in choices.banks}
        if self._wanted_bank in known:
            self.bank = known[self._wanted_bank]
        elif self.bank not in known.values():
            self.bank = choices.preferred
        self._wanted_bank = None
        self._view.show_banks(self._banks, self.bank)
        self.refresh()
        self._frame.session.query("memories.counts", bank_counts, self._show_counts)

    def _show_counts(self, counts: dict[int, int]) -> None:
        if counts != self._counts:
            self._counts, self._banks = counts, self._counted(self._banks, counts)
            self._view.show_banks(self._banks, self.bank)

    def _counted(self, banks: Sequence[BankChoice], counts: dict[int, int] | None = None) -> tuple[BankChoice, ...]:
        """Banks with how much they held when last counted."""
        known = self._counts if counts is None else counts
        return tuple(replace(bank, items=known.get(bank.id)) for bank in banks)

    def _search(self, bank: int, query: ItemQuery) -> None:
        self._view.show_note("Searching by meaning\u2026")
        work = partial(self._meaning.find, bank, query)
        self._slow.run(SEARCH, work, self._show, self._search_failed, self._embedding)

    def _search_failed(self, sentence: str) -> None:
        self._view.show_note(sentence, wrong=True)

    def _embedding(self, done: int, total: int) -> None:
        self._view.show_note(f"Embedding items for search by meaning: {done:,} of {total:,}")

    def _begin(self, asked: int, found: Found) -> None:
        """The first items, unless all are here already; an item that was asked for may be among the others."""
        if asked == self._asked and self._found is None and found.ids and self._to_choose is None:
            self._found, self.ids = found, found.ids
            self._list(found)

    def _list(self, found: Found) -> None:
        if found.rows:
            self._view.show_rows(found.rows)
        self._view.show_sort("" if found.likeness is not None else self.order, self.descending)
        ranked_anew = found.likeness is not None and self._ranked != (self.bank, self.query)
        self._ranked = (self.bank, self.query)
        self._view.show_items(found.ids, found.likeness, best_first=ranked_anew)
        self._tell_count()

    def _show(self, found: Found) -> None:
        self._asked += 1
        self._found = found
        self.ids = found.ids
        self._tell_note(found)
        self._list(found)
        self._choose_pending()
        if self.bank is not None:
            read = partial(self.pictures.facets, bank_id=self.bank, where=self.where)
            self._frame.session.query("memories.facets", read, self._show_facets)

    def _show_facets(self, found: Facets) -> None:
        self._facets = found
        self._view.show_facets(found, list(clauses(self.query)))
        self._tell_count()

    def _choose_pending(self) -> None:
        """Go to the item that was asked for; a query that hides it gives way once."""
        wanted, self._to_choose = self._to_choose, None
        insist, self._insist = self._insist, False
        if wanted is not None and not self._view.choose(wanted) and self.query and insist:
            self._to_choose, self._insist = wanted, True
            self.set_query("")

    def _go_to(self, reference: int | str, found: tuple[int, int] | None) -> None:
        if found is None:
            self._frame.toast(f"The memory item {reference} is in no bank of this workspace.")
            return
        bank, item_id = found
        self._to_choose, self._insist = item_id, True
        if bank != self.bank:
            self.choose_bank(bank)
        elif item_id in self.ids:
            self._choose_pending()
        else:
            self.refresh()

    def _tell_note(self, found: Found) -> None:
        measured = self.bank is not None and self.pictures.measured(self.bank)
        writable = self._frame.session.workspace.writable
        self._view.show_note(*note(found, self.query, writable, measured=measured))

    def _tell_count(self) -> None:
        if self._found is None:
            return
        total = "\u2026" if self._facets is None else f"{self._facets.total:,}"
        text = f"{len(self._found.ids):,} of {total}" if self._found.whole else f"\u2026 of {total}"
        if self.selected > 1:
            text += f" \u00b7 {self.selected:,} selected"
        if self.drafts:
            text += f" \u00b7 {self.drafts} draft{'' if self.drafts == 1 else 's'}"
        if self.new_begun:
            text += " \u00b7 new item begun"
        self._view.show_count(text)
        total_found = self._facets.total if self._facets else 1
        self._view.show_emptiness(total_found, len(self._found.ids), self._found.unembedded)
