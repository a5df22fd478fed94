"""Random curation, undo, redo, crashes and reopening against a plain-Python model of up to three banks."""

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

from rb_studio.jobs import bulk
from rb_studio.records.errors import UsageError
from rb_studio.records.item_text import ItemText
from rb_studio.records.memory import Experience, ItemState, MemoryItem
from rb_studio.store import banks, curation, items, operations, relevance, replacing, review, snapshots, themes, vectors
from rb_studio.store.changes import ChangeRecord
from rb_studio.store.index import ItemIndex
from rb_studio.store.item_import import CHOICES, import_items
from rb_studio.store.search import find_by_words
from rb_studio.store.themes import STAGES
from rb_studio.store.trash import empty_trash, trash
from rb_studio.store.workspace import Workspace
from tests.store.faults import check_whole
from tests.store.samples import EMBEDDER, vector

WORDS = ("sorting", "filters", "saving", "検索結果", "paging", "naïve", "x\ud800y", "nul\x00word", "'quoted'")
TASKS = ("find it", "検索", "save it")
STATES = tuple(ItemState)
EVERY = tuple(str(state) for state in STATES)
EVERYTHING = items.ItemFilter(states=EVERY)


@dataclass(frozen=True)
class Item:
    """What the model knows of an item."""

    text: tuple[str, str, str]
    state: str = "active"
    tags: frozenset[str] = frozenset()


@dataclass
class Content:
    """A bank: its items by uid, the pairs that are no duplicates, and what is said of items beside their texts.

    That is grades by item and task, stages by item and who said them, names of themes by item.
    """

    items: dict[str, Item] = field(default_factory=dict)
    apart: frozenset[frozenset[str]] = frozenset()
    grades: dict[tuple[str, str], int] = field(default_factory=dict)
    stages: dict[tuple[str, str], str] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)

    def without(self, uids: set[str]) -> "Content":
        return Content(
            {uid: item for uid, item in self.items.items() if uid not in uids},
            frozenset(pair for pair in self.apart if not pair & uids),
            {key: grade for key, grade in self.grades.items() if key[0] not in uids},
            {key: stage for key, stage in self.stages.items() if key[0] not in uids},
            {uid: name for uid, name in self.names.items() if uid not in uids},
        )


@dataclass
class Step:
    """A done or undone operation: its row in the journal, its bank, and the bank before and after."""

    operation: int
    bank: int
    before: Content
    after: Content


@dataclass
class Model:
    """Banks by id and the two stacks."""

    banks: dict[int, Content] = field(default_factory=dict)
    done: list[Step] = field(default_factory=list)
    undone: list[Step] = field(default_factory=list)

    def change(self, bank: int, after: Content, change: ChangeRecord) -> None:
        """A change that the store journalled is a step, also where no item shows it."""
        before = self.banks[bank]
        if change.operation is None:
            assert before == after
            return
        self.done.append(Step(change.operation, bank, before, after))
        self.undone.clear()
        self.banks[bank] = after


class Died(Exception):
    """The process ends here."""


def shown(text: str) -> str:
    """A text as the store keeps it."""
    return text.encode("utf-8", "backslashreplace").decode()


def _said(old: dict, new: dict) -> dict:
    """What was said with what is said now; what is empty is said no longer."""
    return {key: value for key, value in (old | new).items() if value}


def kept(text: ItemText | MemoryItem) -> tuple[str, str, str]:
    return shown(text.title), shown(text.description), shown(text.content)


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
        self.gone: set[str] = set()
        self.indexes: dict[int, ItemIndex] = {}
        self.snapshots: dict[tuple[int, str], Content] = {}
        return self._know(self.run(lambda db: banks.create_bank(db, "first", "reasoningbank")), Content())

    @rule(bank=bank_ids, text=texts, state=st.sampled_from((ItemState.ACTIVE, ItemState.CANDIDATE)))
    def add(self, bank: int, text: ItemText, state: ItemState) -> None:
        new = replace(self._new(text), state=state)
        change = self.run(lambda db: curation.add_item(db, bank, new))
        self.changed(bank, {new.uid: self._item(new)}, change)

    @rule(
        bank=bank_ids,
        new=st.lists(texts, max_size=3),
        again=pick,
        text=texts,
        choices=st.lists(st.sampled_from((None, *CHOICES)), min_size=4, max_size=4),
        erased=st.booleans(),
    )
    def import_some(
        self,
        bank: int,
        new: list[ItemText],
        again: list[int],
        text: ItemText,
        choices: list[str | None],
        erased: bool,
    ) -> None:
        """New items and known ones under every choice; sometimes one that was erased."""
        fresh = [self._new(one) for one in new]
        uids = self.chosen(bank, again)
        gone = sorted(self.gone - self.model.banks[bank].items.keys())[:1] if erased else []
        known = [replace(self._new(text), uid=uid, state=ItemState.EXCLUDED) for uid in (*uids, *gone)]
        choice = {item.uid: what for item, what in zip(known, choices, strict=False) if what is not None}
        self.counter += 1
        one = Experience(f"e{self.counter}", "", f"task {self.counter}", (*fresh, *known), kind="import")
        change = self.run(lambda db: import_items(db, bank, [one], choice=choice))
        after = self.content(bank).items
        added = {item.uid: self._item(item) for item in fresh}
        for item in known:
            old = after.get(item.uid)
            if old is None:
                added |= {} if choice.get(item.uid) == "keep" else {item.uid: self._item(item)}
            elif choice.get(item.uid) == "take":
                added[item.uid] = self._item(item)
            elif choice.get(item.uid) is None:
                added[item.uid] = replace(old, text=kept(item))
            elif choice[item.uid] == "both" and old.text != kept(item):
                added[self._copy_of(bank, item.uid, change)] = self._item(item)
        self.changed(bank, added, change)

    @rule(bank=bank_ids, which=pick, text=texts)
    def edit(self, bank: int, which: list[int], text: ItemText) -> None:
        for uid in self.chosen(bank, which)[:1]:
            item_id = self.id(bank, uid)
            change = self.run(lambda db, item_id=item_id: curation.edit_item(db, bank, item_id, text))
            self.changed(bank, {uid: replace(self.model.banks[bank].items[uid], text=kept(text))}, change)

    @rule(bank=bank_ids, which=pick, state=st.sampled_from(STATES), snapshot=st.booleans())
    def set_state(self, bank: int, which: list[int], state: ItemState, snapshot: bool) -> None:
        """As a bulk act, with a snapshot of its own where asked for."""
        uids = self.chosen(bank, which)
        ids = [self.id(bank, uid) for uid in uids]
        before, name = self.content(bank), f"before {state}" if snapshot else None
        plan = bulk.plan_state(self.workspace.reader(), bank, ids, state)
        change = self.run(
            lambda db: bulk.act(
                db, bank, ids, lambda db, reason: curation.set_state(db, bank, ids, state), snapshot=name, many=1
            )
        )
        assert plan.changing == len(change.ids.get("memory_item", ()))
        if snapshot and not change.empty:
            self._know_automatic(bank, before)
        self.changed(bank, {uid: replace(before.items[uid], state=str(state)) for uid in uids}, change)

    @rule(bank=bank_ids, which=pick, tag=tags, present=st.booleans())
    def set_tag(self, bank: int, which: list[int], tag: str, present: bool) -> None:
        uids = self.chosen(bank, which)
        do = curation.add_tag if present else curation.remove_tag
        ids = [self.id(bank, uid) for uid in uids]
        plan = bulk.plan_tag(self.workspace.reader(), bank, ids, tag, present=present)
        change = self.run(lambda db: do(db, bank, ids, tag))
        assert plan.changing == len(change.ids.get("memory_item", ()))
        old = self.model.banks[bank].items
        tagged = {uid: old[uid].tags | {tag} if present else old[uid].tags - {tag} for uid in uids}
        self.changed(bank, {uid: replace(old[uid], tags=found) for uid, found in tagged.items()}, change)

    @rule(bank=bank_ids, pattern=st.sampled_from(WORDS[:6]), by=st.sampled_from(WORDS[:6]), regex=st.booleans())
    def replace_texts(self, bank: int, pattern: str, by: str, regex: bool) -> None:
        rows = items.list_items(self.workspace.reader(), bank, EVERYTHING)
        found = list(replacing.replacements(rows, pattern, by, regex=regex, case=True))
        change = self.run(lambda db: replacing.replace_texts(db, bank, found))
        old = self.model.banks[bank].items
        new = {
            uid: replace(item, text=tuple(one.replace(pattern, by) for one in item.text)) for uid, item in old.items()
        }
        self.changed(bank, new, change)

    @rule(bank=bank_ids, which=pick, accepting=st.booleans())
    def decide(self, bank: int, which: list[int], accepting: bool) -> None:
        """Accept or reject candidates; whoever is none is passed over."""
        old = self.model.banks[bank].items
        uids = self.chosen(bank, which)
        conn = self.workspace.reader()
        waiting = {uid for uid, item in old.items() if item.state == "candidate"}
        assert set(review.queue(conn, bank)) == {self.id(bank, uid) for uid in waiting}
        ids = [self.id(bank, uid) for uid in uids]
        change = self.run(lambda db: (review.accept if accepting else review.reject)(db, bank, ids))
        state = "active" if accepting else "archived"
        self.changed(bank, {uid: replace(old[uid], state=state) for uid in uids if uid in waiting}, change)

    @rule(bank=bank_ids, which=pick, text=texts, chosen_tags=st.none() | st.lists(tags, max_size=2), apart=pick)
    def merge(
        self, bank: int, which: list[int], text: ItemText, chosen_tags: list[str] | None, apart: list[int]
    ) -> None:
        """Some of a group are merged, others kept apart from them."""
        uids = self.chosen(bank, which)
        if len(uids) < 2:
            return
        others = [uid for uid in self.chosen(bank, apart) if uid not in uids]
        ids, left = ([self.id(bank, uid) for uid in them] for them in (uids, others))
        task = ids[-1]
        change = self.run(
            lambda db: curation.merge_items(db, bank, ids, text, tags=chosen_tags, task_of=task, apart=left)
        )
        merged = items.item(self.workspace.reader(), bank, change.ids["memory_item"][0]).uid
        old = self.model.banks[bank].items
        united = frozenset().union(*(old[uid].tags for uid in uids))
        after = {uid: replace(old[uid], state="archived") for uid in uids}
        after[merged] = Item(kept(text), tags=united if chosen_tags is None else frozenset(chosen_tags))
        pairs = {frozenset((a, b)) for a in others for b in (*others, *uids) if a != b}
        self.changed(bank, after, change, pairs)

    @rule(bank=bank_ids, which=pick)
    def mark_distinct(self, bank: int, which: list[int]) -> None:
        uids = self.chosen(bank, which)
        change = self.run(lambda db: curation.mark_distinct(db, bank, [self.id(bank, uid) for uid in uids]))
        self.changed(bank, {}, change, {frozenset((a, b)) for a in uids for b in uids if a != b})

    @rule(bank=bank_ids, which=pick)
    def forget_distinct(self, bank: int, which: list[int]) -> None:
        uids, old = self.chosen(bank, which), self.content(bank)
        within = frozenset(pair for pair in old.apart if pair <= set(uids))
        try:
            change = self.run(lambda db: curation.forget_distinct(db, bank, [self.id(bank, uid) for uid in uids]))
        except UsageError:
            assert within
            assert banks.bank(self.workspace.reader(), bank).parent_bank is not None
            return
        assert change.empty == (not within)
        self._say(bank, replace(old, apart=old.apart - within), change)

    @rule(bank=bank_ids, which=pick, task=st.sampled_from(TASKS), grade=st.integers(0, 3))
    def set_relevance(self, bank: int, which: list[int], task: str, grade: int) -> None:
        uids, after = self.chosen(bank, which), self.content(bank)
        ids = [self.id(bank, uid) for uid in uids]
        change = self.run(lambda db: relevance.set_relevance(db, bank, task, dict.fromkeys(ids, grade)))
        after.grades = _said(after.grades, {(uid, task): grade for uid in uids})
        self._say(bank, after, change)

    @rule(bank=bank_ids, which=pick, who=st.sampled_from(("user", "model-a")), stage=st.sampled_from(("", *STAGES)))
    def set_stages(self, bank: int, which: list[int], who: str, stage: str) -> None:
        uids, after = self.chosen(bank, which), self.content(bank)
        ids = [self.id(bank, uid) for uid in uids]
        change = self.run(lambda db: themes.set_stages(db, bank, dict.fromkeys(ids, stage), by=who))
        after.stages = _said(after.stages, {(uid, who): stage for uid in uids})
        self._say(bank, after, change)

    @rule(bank=bank_ids, which=pick, name=st.sampled_from(("", *WORDS)))
    def name_theme(self, bank: int, which: list[int], name: str) -> None:
        for uid in self.chosen(bank, which)[:1]:
            item, after = self.id(bank, uid), self.content(bank)
            change = self.run(lambda db, item=item: themes.name_theme(db, bank, item, name))
            after.names = _said(after.names, {uid: shown(name)})
            self._say(bank, after, change)

    @rule(bank=bank_ids)
    def snapshot(self, bank: int) -> None:
        self.counter += 1
        name = f"s{self.counter}"
        self.run(lambda db: snapshots.take_snapshot(db, bank, name))
        self.snapshots[bank, name] = self.content(bank)

    @precondition(lambda self: self.snapshots)
    @rule(which=st.integers(0, 99), delete=st.booleans())
    def rename_or_delete_a_snapshot(self, which: int, delete: bool) -> None:
        (bank, name), content = self._a_snapshot(which)
        del self.snapshots[bank, name]
        if delete:
            self.run(lambda db: snapshots.delete_snapshot(db, bank, name))
            return
        self.counter += 1
        new = f"n{self.counter}"
        assert not self.run(lambda db: snapshots.rename_snapshot(db, bank, name, new)).automatic
        self.snapshots[bank, new] = content

    @precondition(lambda self: self.snapshots)
    @rule(which=st.integers(0, 99))
    def roll_back(self, which: int) -> None:
        (bank, name), content = self._a_snapshot(which)
        found = banks.diff(self.workspace.reader(), bank, snapshots.point(self.workspace.reader(), bank, name))
        self._check_difference(found, content, self.content(bank))
        change = self.run(lambda db: curation.rollback(db, bank, name))
        self.model.change(bank, deepcopy(content), change)

    @precondition(lambda self: len(self.model.banks) < 3)
    @rule(target=bank_ids, parent=bank_ids)
    def fork(self, parent: int) -> int:
        name = f"fork {len(self.model.banks)}"
        return self._know(self.run(lambda db: banks.fork_bank(db, parent, name)), self.content(parent))

    @precondition(lambda self: self.snapshots and len(self.model.banks) < 3)
    @rule(target=bank_ids, which=st.integers(0, 99))
    def fork_a_snapshot(self, which: int) -> int:
        (bank, name), content = self._a_snapshot(which)
        at = snapshots.point(self.workspace.reader(), bank, name)
        made = self.run(lambda db: banks.fork_bank(db, bank, f"fork {len(self.model.banks)}", at_operation=at))
        return self._know(made, deepcopy(content))

    @rule(bank=bank_ids, which=pick, everywhere=st.booleans(), some=st.integers(1, 3))
    def erase(self, bank: int, which: list[int], everywhere: bool, some: int) -> None:
        """What every bank and every named snapshot shows as deleted, if at all, can go; other steps go on without."""
        for uid in self.chosen(bank, which) if everywhere else ():
            for one in self.model.banks:
                self._delete(one, uid)
        conn = self.workspace.reader()
        found = trash(conn, bank)
        uids = {row.id: row.uid for row in items.list_items(conn, bank, EVERYTHING)}
        points = [*self.model.banks.values(), *self._named()]
        deleted = {uid for uid, item in self.model.banks[bank].items.items() if item.state == "deleted"}
        free = {uid for uid in deleted if all(p.items[uid].state == "deleted" for p in points if uid in p.items)}
        assert {uids[item] for item in found.items} == deleted
        assert {uids[item] for item in found.erasable} == free
        going = found.erasable[:some]
        change = self.run(lambda db: empty_trash(db, bank, going))
        assert change.empty == (not going)
        self._strip({uids[item] for item in going})

    @rule(times=st.integers(1, 3))
    def undo_some(self, times: int) -> None:
        for _ in range(times):
            self._undo()

    @rule(times=st.integers(1, 3))
    def redo_some(self, times: int) -> None:
        for _ in range(times):
            self._redo()

    def _undo(self) -> None:
        if self.model.done:
            self.run(lambda db: operations.undo(db, "memories"))
            step = self.model.done.pop()
            self.model.undone.append(step)
            self.model.banks[step.bank] = deepcopy(step.before)
        assert (operations.undo_label(self.workspace.reader(), "memories") is None) == (not self.model.done)

    def _redo(self) -> None:
        if self.model.undone:
            self.run(lambda db: operations.redo(db, "memories"))
            step = self.model.undone.pop()
            self.model.done.append(step)
            self.model.banks[step.bank] = deepcopy(step.after)
        assert (operations.redo_label(self.workspace.reader(), "memories") is None) == (not self.model.undone)

    @rule()
    def reopen(self) -> None:
        self.workspace.close()
        self.workspace = Workspace.open(self.path, write=True)

    @rule(bank=bank_ids, text=texts, within=st.booleans())
    def crash(self, bank: int, text: ItemText, within: bool) -> None:
        """The process is killed between two operations, or in the middle of one: its files stay as they lie."""
        self.counter += 1
        copy = self.folder / f"crashed {self.counter}.rbank"
        new = self._new(text)

        def die(db: object) -> None:
            if within:
                db.execute("PRAGMA cache_size = 2")  # half of what was changed is in the files already
                curation.add_item(db, bank, new)
                ids = [row.id for row in items.list_items(db.conn, bank, EVERYTHING)]
                curation.set_state(db, bank, ids, ItemState.EXCLUDED)
                replacing.replace_texts(db, bank, [])
            for suffix in ("", "-wal"):
                if self.path.with_name(self.path.name + suffix).exists():
                    shutil.copy(self.path.with_name(self.path.name + suffix), copy.with_name(copy.name + suffix))
            raise Died

        with pytest.raises(Died):
            self.run(die)
        self.workspace.close()
        self.path = copy
        self.workspace = Workspace.open(copy, write=True)
        assert self.workspace.check() == []

    @invariant()
    def database_equals_model(self) -> None:
        conn = self.workspace.reader()
        for bank, content in self.model.banks.items():
            rows = items.list_items(conn, bank, EVERYTHING)
            found = {
                row.uid: Item((row.title, row.description, row.content), row.state, frozenset(row.tags)) for row in rows
            }
            assert found == content.items
            uids = {row.id: row.uid for row in rows}
            pairs = curation.distinct_pairs(conn, bank)
            both = {frozenset((uids[a], uids[b])) for a, b in pairs if a in uids and b in uids}
            assert both == {pair for pair in content.apart if pair <= content.items.keys()}
            grades = {(uids[i], t.text): g for t in relevance.relevance(conn, bank) for i, g in t.grades.items()}
            assert {key: grade for key, grade in content.grades.items() if key[0] in content.items} == grades
            said = {(uids[i], who): stage for i, by in themes.stages(conn, bank).items() for who, stage in by.items()}
            assert {key: stage for key, stage in content.stages.items() if key[0] in content.items} == said
            names = {uids[item]: name for item, name in themes.theme_names(conn, bank).items()}
            assert {uid: name for uid, name in content.names.items() if uid in content.items} == names
            value = banks.bank_value(conn, bank, embedder=EMBEDDER)
            assert {item.uid for one in value.experiences for item in one.items} == content.items.keys()

    @invariant()
    def text_index_is_in_step(self) -> None:
        conn = self.workspace.reader()
        for bank, content in self.model.banks.items():
            index = self.indexes[bank]
            index.refresh(conn)
            ids = {row.id: row.uid for row in items.list_items(conn, bank, EVERYTHING)}
            for word in ("sorting", "検索", "検索結果", "quoted"):
                found = {ids[one] for one in find_by_words(conn, index, word, EVERY, 100)}
                assert found == {uid for uid, item in content.items.items() if word in " ".join(item.text)}

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
            assert len(fresh.nearest(query, EVERY, 100)) == len(self.model.banks[bank].items)
            for row in items.list_items(conn, bank, EVERYTHING)[:3]:
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

    def changed(
        self, bank: int, items_after: dict[str, Item], change: ChangeRecord, pairs: set[frozenset[str]] | None = None
    ) -> None:
        """These items of the bank are this now, and these pairs no duplicates."""
        old = self.content(bank)
        after = replace(old, items=old.items | items_after, apart=old.apart | (pairs or set()))
        self.model.change(bank, after, change)

    def _say(self, bank: int, after: Content, change: ChangeRecord) -> None:
        """Something was said of items; where that is a step it is taken back and done again at once."""
        self.model.change(bank, after, change)
        if not change.empty:
            self._undo()
            self.database_equals_model()
            self._redo()

    def chosen(self, bank: int, which: list[int]) -> list[str]:
        """Some of the bank's items, each once."""
        known = sorted(self.model.banks[bank].items)
        return list(dict.fromkeys(known[number % len(known)] for number in which)) if known else []

    def id(self, bank: int, uid: str) -> int:
        return items.item_by_uid(self.workspace.reader(), bank, uid).id

    def _delete(self, bank: int, uid: str) -> None:
        """Delete an item in a bank that shows it."""
        old = self.model.banks[bank].items.get(uid)
        if old is not None:
            item = self.id(bank, uid)
            change = self.run(lambda db: curation.set_state(db, bank, [item], ItemState.DELETED))
            self.changed(bank, {uid: replace(old, state="deleted")}, change)

    def _strip(self, uids: set[str]) -> None:
        """Erased items are nowhere any more; steps about them alone have left the line, and took nothing else along."""
        for bank, content in self.model.banks.items():
            self.model.banks[bank] = content.without(uids)
        self.snapshots = {key: content.without(uids) for key, content in self.snapshots.items()}
        self.gone |= uids
        for stack in (self.model.done, self.model.undone):
            for step in stack:
                step.before, step.after = step.before.without(uids), step.after.without(uids)
            rows = self.workspace.reader().execute("SELECT id FROM operation WHERE status = 'dropped'")
            dropped = {row[0] for row in rows}
            assert all(step.before == step.after for step in stack if step.operation in dropped)
            stack[:] = [step for step in stack if step.operation not in dropped]

    def _check_difference(self, found: banks.BankDiff, old: Content, new: Content) -> None:
        """What is said to differ between two points is what differs, and its sides are what the points show."""
        both = old.items.keys() & new.items.keys()
        assert set(found.added) == new.items.keys() - old.items.keys()
        assert set(found.removed) == old.items.keys() - new.items.keys()
        assert set(found.edited) == {uid for uid in both if old.items[uid].text != new.items[uid].text}
        assert set(found.restated) == {uid for uid in both if old.items[uid].state != new.items[uid].state}
        assert set(found.retagged) == {uid for uid in both if old.items[uid].tags != new.items[uid].tags}
        for one in found.changes:
            for side, content in ((one.before, old), (one.after, new)):
                expected = content.items.get(one.uid)
                assert (side is None) == (expected is None)
                if side is not None:
                    texts_of = (side.title, side.description, side.content)
                    assert Item(texts_of, side.state, frozenset(side.tags)) == expected

    def _a_snapshot(self, which: int) -> tuple[tuple[int, str], Content]:
        return list(self.snapshots.items())[which % len(self.snapshots)]

    def _named(self) -> list[Content]:
        """What the snapshots show that a person named."""
        named = {
            (bank, row.name)
            for bank in self.model.banks
            for row in snapshots.snapshots(self.workspace.reader(), bank)
            if not row.automatic
        }
        return [content for key, content in self.snapshots.items() if key in named]

    def _know_automatic(self, bank: int, content: Content) -> None:
        """The newest automatic snapshot shows the bank as it was; the oldest may have made room for it."""
        rows = snapshots.snapshots(self.workspace.reader(), bank)
        self.snapshots[bank, next(row.name for row in rows[::-1] if row.automatic)] = content
        names = {row.name for row in rows}
        self.snapshots = {key: one for key, one in self.snapshots.items() if key[0] != bank or key[1] in names}

    def _copy_of(self, bank: int, uid: str, change: ChangeRecord) -> str:
        """The uid under which an incoming item was added beside the one of this uid."""
        from rb_studio.store.lineage import COPIED, lineage

        links = lineage(self.workspace.reader(), bank, self.id(bank, uid))
        return next(one.uid for one in links if one.kind == COPIED and one.operation == change.operation)

    def _know(self, bank: int, content: Content) -> int:
        self.model.banks[bank] = content
        self.indexes[bank] = ItemIndex(bank, EMBEDDER)
        return bank

    def _new(self, text: ItemText) -> MemoryItem:
        self.counter += 1
        return MemoryItem(f"i{self.counter}", text.title, text.description, text.content, tags=("red",))

    def _item(self, item: MemoryItem) -> Item:
        return Item(kept(item), str(item.state), frozenset(item.tags))


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
