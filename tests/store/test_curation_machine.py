"""Random curation, undo, redo and reopening against a plain-Python model of two banks."""

import shutil
import tempfile
from copy import deepcopy
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, precondition, rule

from rb_studio.records.item_text import ItemText
from rb_studio.records.memory import Experience, ItemState, MemoryItem
from rb_studio.store import banks, curation, items, operations, vectors
from rb_studio.store.index import ItemIndex
from rb_studio.store.item_import import import_items
from rb_studio.store.search import find_by_words
from rb_studio.store.workspace import Workspace
from tests.store.faults import check_whole
from tests.store.samples import EMBEDDER, vector

WORDS = ("sorting", "filters", "saving", "検索結果", "paging", "naïve", "x\ud800y", "nul\x00word", "'quoted'")
STATES = tuple(ItemState)
EVERY = tuple(str(state) for state in STATES)


@dataclass
class Item:
    """What the model knows of an item."""

    text: tuple[str, str, str]
    state: str = "active"
    tags: frozenset[str] = frozenset()


Content = dict[str, Item]


@dataclass
class Model:
    """Banks by id with their items by uid, and the two stacks of (bank, before, after)."""

    banks: dict[int, Content] = field(default_factory=dict)
    done: list[tuple[int, Content, Content]] = field(default_factory=list)
    undone: list[tuple[int, Content, Content]] = field(default_factory=list)

    def change(self, bank: int, after: Content) -> None:
        before = self.banks[bank]
        if before != after:
            self.done.append((bank, before, after))
            self.undone.clear()
            self.banks[bank] = after


def shown(text: str) -> str:
    """A text as the store keeps it."""
    return text.encode("utf-8", "backslashreplace").decode()


texts = st.builds(
    lambda *words: ItemText(*words), st.sampled_from(WORDS), st.sampled_from(WORDS), st.sampled_from(WORDS)
)
tags = st.sampled_from(("red", "blue", "緑"))
pick = st.lists(st.integers(0, 30), min_size=1, max_size=4)


class Curation(RuleBasedStateMachine):
    """The database equals the model; text index and vectors are in step."""

    bank_ids = Bundle("banks")

    @initialize(target=bank_ids)
    def open(self) -> int:
        self.folder = Path(tempfile.mkdtemp())
        self.path = self.folder / "w.rbank"
        self.workspace = Workspace.open(self.path, write=True, create=True)
        self.model = Model()
        self.counter = 0
        self.indexes: dict[int, ItemIndex] = {}
        self.snapshots: dict[tuple[int, str], Content] = {}
        return self._know(self.run(lambda db: banks.create_bank(db, "first", "reasoningbank")), {})

    @rule(bank=bank_ids, text=texts)
    def add(self, bank: int, text: ItemText) -> None:
        new = self._new(text)
        self.run(lambda db: curation.add_item(db, bank, new))
        self.model.change(bank, {**self.content(bank), new.uid: self._item(new)})

    @rule(bank=bank_ids, new=st.lists(texts, max_size=3), again=pick, text=texts)
    def import_some(self, bank: int, new: list[ItemText], again: list[int], text: ItemText) -> None:
        fresh = [self._new(one) for one in new]
        known = [replace(fresh_item, uid=uid) for uid in self.chosen(bank, again) for fresh_item in [self._new(text)]]
        self.counter += 1
        one = Experience(f"e{self.counter}", "", f"task {self.counter}", (*fresh, *known), kind="import")
        self.run(lambda db: import_items(db, bank, [one]))
        after = self.content(bank) | {item.uid: self._item(item) for item in fresh}
        for item in known:
            after[item.uid] = replace(after[item.uid], text=self._item(item).text)
        # An experience without items is a change no item shows: the model's content may stay the same.
        if after == self.content(bank):
            self.model.done.append((bank, after, after))
            self.model.undone.clear()
        self.model.change(bank, after)

    @rule(bank=bank_ids, which=pick, text=texts)
    def edit(self, bank: int, which: list[int], text: ItemText) -> None:
        for uid in self.chosen(bank, which)[:1]:
            item_id = self.id(bank, uid)
            self.run(lambda db, item_id=item_id: curation.edit_item(db, bank, item_id, text))
            after = self.content(bank)
            after[uid] = replace(after[uid], text=tuple(map(shown, (text.title, text.description, text.content))))
            self.model.change(bank, after)

    @rule(bank=bank_ids, which=pick, state=st.sampled_from(STATES))
    def set_state(self, bank: int, which: list[int], state: ItemState) -> None:
        uids = self.chosen(bank, which)
        self.run(lambda db: curation.set_state(db, bank, [self.id(bank, uid) for uid in uids], state))
        changed = {uid: replace(self.model.banks[bank][uid], state=str(state)) for uid in uids}
        self.model.change(bank, self.content(bank) | changed)

    @rule(bank=bank_ids, which=pick, tag=tags, present=st.booleans())
    def set_tag(self, bank: int, which: list[int], tag: str, present: bool) -> None:
        uids = self.chosen(bank, which)
        do = curation.add_tag if present else curation.remove_tag
        self.run(lambda db: do(db, bank, [self.id(bank, uid) for uid in uids], tag))
        after = self.content(bank)
        for uid in uids:
            old = after[uid].tags
            after[uid] = replace(after[uid], tags=old | {tag} if present else old - {tag})
        self.model.change(bank, after)

    @rule(bank=bank_ids, which=pick, text=texts)
    def merge(self, bank: int, which: list[int], text: ItemText) -> None:
        uids = self.chosen(bank, which)
        if len(uids) < 2:
            return
        ids = [self.id(bank, uid) for uid in uids]
        change = self.run(lambda db: curation.merge_items(db, bank, ids, text))
        merged = items.item(self.workspace.reader(), bank, change.ids["memory_item"][0]).uid
        after = self.content(bank)
        united = frozenset().union(*(after[uid].tags for uid in uids))
        for uid in uids:
            after[uid] = replace(after[uid], state="archived")
        after[merged] = Item(tuple(map(shown, (text.title, text.description, text.content))), tags=united)
        self.model.change(bank, after)

    @rule(bank=bank_ids)
    def snapshot(self, bank: int) -> None:
        name = f"s{len(self.snapshots)}"
        self.run(lambda db: banks.take_snapshot(db, bank, name))
        self.snapshots[bank, name] = self.content(bank)

    @precondition(lambda self: self.snapshots)
    @rule(which=st.integers(0, 99))
    def roll_back(self, which: int) -> None:
        (bank, name), content = list(self.snapshots.items())[which % len(self.snapshots)]
        self.run(lambda db: curation.rollback(db, bank, name))
        self.model.done.append((bank, self.content(bank), deepcopy(content)))
        self.model.undone.clear()
        self.model.banks[bank] = deepcopy(content)

    @precondition(lambda self: len(self.model.banks) < 3)
    @rule(target=bank_ids, parent=bank_ids)
    def fork(self, parent: int) -> int:
        name = f"fork {len(self.model.banks)}"
        return self._know(self.run(lambda db: banks.fork_bank(db, parent, name)), self.content(parent))

    @rule()
    def undo(self) -> None:
        if self.model.done:
            self.run(lambda db: operations.undo(db, "memories"))
            bank, before, after = self.model.done.pop()
            self.model.undone.append((bank, before, after))
            self.model.banks[bank] = before
        assert (operations.undo_label(self.workspace.reader(), "memories") is None) == (not self.model.done)

    @rule()
    def redo(self) -> None:
        if self.model.undone:
            self.run(lambda db: operations.redo(db, "memories"))
            bank, before, after = self.model.undone.pop()
            self.model.done.append((bank, before, after))
            self.model.banks[bank] = after
        assert (operations.redo_label(self.workspace.reader(), "memories") is None) == (not self.model.undone)

    @rule()
    def reopen(self) -> None:
        self.workspace.close()
        self.workspace = Workspace.open(self.path, write=True)

    @invariant()
    def database_equals_model(self) -> None:
        for bank, content in self.model.banks.items():
            rows = items.list_items(self.workspace.reader(), bank, items.ItemFilter(states=EVERY))
            found = {
                row.uid: Item((row.title, row.description, row.content), row.state, frozenset(row.tags)) for row in rows
            }
            assert found == content
            value = banks.bank_value(self.workspace.reader(), bank, embedder=EMBEDDER)
            assert {item.uid for one in value.experiences for item in one.items} == content.keys()

    @invariant()
    def text_index_is_in_step(self) -> None:
        conn = self.workspace.reader()
        for bank, content in self.model.banks.items():
            index = self.indexes[bank]
            index.refresh(conn)
            ids = {row.id: row.uid for row in items.list_items(conn, bank, items.ItemFilter(states=EVERY))}
            for word in ("sorting", "検索", "検索結果", "quoted"):
                found = {ids[one] for one in find_by_words(conn, index, word, EVERY, 100)}
                assert found == {uid for uid, item in content.items() if word in " ".join(item.text)}

    @invariant()
    def vectors_are_in_step(self) -> None:
        conn = self.workspace.reader()
        for bank in self.model.banks:
            missing = vectors.items_without_vector(conn, bank, EMBEDDER)
            found = {text: vector(text) for text in missing.values()}
            self.run(lambda db, found=found: vectors.store_vectors(db, EMBEDDER, vectors.ITEM_RECIPE, found))
            self.indexes[bank].refresh(conn)
            fresh = ItemIndex(bank, EMBEDDER)
            fresh.refresh(conn)
            query = vector("anything")
            assert dict(self.indexes[bank].nearest(query, EVERY, 100)) == pytest.approx(
                dict(fresh.nearest(query, EVERY, 100)), abs=1e-5
            )
            assert len(fresh.nearest(query, EVERY, 100)) == len(self.model.banks[bank])
            for row in items.list_items(conn, bank, items.ItemFilter(states=EVERY))[:3]:
                own = vector(vectors.item_embedding_text(row.title, row.description, row.content))
                best = dict(fresh.nearest(own, EVERY, 100))
                assert np.isclose(best[row.id], 1.0, atol=1e-5)

    def teardown(self) -> None:
        if hasattr(self, "workspace"):
            self.run(check_whole_inside)
            assert self.workspace.check() == []
            self.workspace.close()
            shutil.rmtree(self.folder)

    def run(self, operation: object) -> object:
        return self.workspace.run(operation)

    def content(self, bank: int) -> Content:
        return deepcopy(self.model.banks[bank])

    def chosen(self, bank: int, which: list[int]) -> list[str]:
        """Some of the bank's items, each once."""
        known = sorted(self.model.banks[bank])
        return list(dict.fromkeys(known[number % len(known)] for number in which)) if known else []

    def id(self, bank: int, uid: str) -> int:
        return items.item_by_uid(self.workspace.reader(), bank, uid).id

    def _know(self, bank: int, content: Content) -> int:
        self.model.banks[bank] = content
        self.indexes[bank] = ItemIndex(bank, EMBEDDER)
        return bank

    def _new(self, text: ItemText) -> MemoryItem:
        self.counter += 1
        return MemoryItem(f"i{self.counter}", text.title, text.description, text.content, tags=("red",))

    def _item(self, item: MemoryItem) -> Item:
        return Item(tuple(map(shown, (item.title, item.description, item.content))), tags=frozenset(item.tags))


def check_whole_inside(db: object) -> None:
    """The text indexes match the texts; the caller's transaction stays open."""
    check_whole(db, commit=False)


QUIET = [HealthCheck.too_slow, HealthCheck.filter_too_much]
UNSHRUNK = (Phase.explicit, Phase.reuse, Phase.generate)
TestCuration = Curation.TestCase
TestCuration.settings = settings(
    max_examples=12, stateful_step_count=20, deadline=None, suppress_health_check=QUIET, phases=UNSHRUNK
)


class LongCuration(Curation):
    """The same, for longer."""


TestLongCuration = pytest.mark.timeout(3600)(pytest.mark.long(LongCuration.TestCase))
TestLongCuration.settings = settings(
    max_examples=150, stateful_step_count=50, deadline=None, suppress_health_check=QUIET
)
