"""A bank, whatever was done to it, leaves a workspace and comes into another with nothing lost."""

import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from rb_studio.interchange.load import load_path
from rb_studio.jobs.exporting import Choice, memories_jsonl
from rb_studio.jobs.importing import store_file
from rb_studio.records.errors import UsageError
from rb_studio.records.item_text import ItemText
from rb_studio.records.memory import Experience, ItemSource, ItemState, MemoryItem
from rb_studio.store import banks, curation, items, operations, review, snapshots, vectors
from rb_studio.store.item_history import history
from rb_studio.store.item_import import import_items
from rb_studio.store.trash import empty_trash, trash
from rb_studio.store.workspace import Workspace
from tests.store.samples import EMBEDDER, vector

WORDS = ("sorting", "検索", "x\u2028y", "# Memory Item 2", "\r\nline", "'quoted'")
EVERY = items.ItemFilter(states=tuple(map(str, ItemState)))
ACTS = ("add", "edit", "state", "tag", "untag", "merge", "apart", "undo", "redo", "roll back", "doubt", "erase", "fork")
STEPS = st.lists(
    st.tuples(st.sampled_from(ACTS), st.integers(0, 9), st.sampled_from(WORDS), st.sampled_from(("Ann", "user"))),
    min_size=4,
    max_size=16,
)


class Curator:
    """Does random acts to a bank, or to the newest fork of it."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self.bank = workspace.run(lambda db: banks.create_bank(db, "first", "reasoningbank"))
        self.count = 0

    def do(self, act: str, number: int, word: str, who: str) -> None:
        try:
            self.workspace.run(lambda db: self._act(db, act, number, word, who))
        except UsageError:
            assert act in ("undo", "redo", "erase", "merge")

    def _act(self, db: object, act: str, number: int, word: str, who: str) -> None:
        ids = [row.id for row in items.list_items(db.conn, self.bank, EVERY)]
        chosen = [ids[number % len(ids)], ids[(number * 7 + 1) % len(ids)]] if ids else []
        text = ItemText(f"{word} {number}", word, f"do {number}")
        self.count += 1
        if act == "add" or not ids:
            new = MemoryItem(f"i{self.count}", text.title, word, word, tags=(word,), sources=(ItemSource("r1", (1,)),))
            curation.add_item(db, self.bank, new, task_text=word, who=who, reason=word)
        elif act in ("undo", "redo"):
            (operations.undo if act == "undo" else operations.redo)(db, "memories", who=who)
        elif act == "fork":
            self.bank = banks.fork_bank(db, self.bank, f"fork {self.count}")
        elif act == "roll back":
            snapshots.take_snapshot(db, self.bank, f"s{self.count}", automatic=True)
            curation.rollback(db, self.bank, f"#{max(1, banks.last_operation(db.conn) - number)}", who=who)
        elif act == "doubt":
            db.execute("DELETE FROM item_doubt WHERE item = ?", chosen[:1])
            review.add_doubts(db, {chosen[0]: [review.Doubt("low confidence", number / 10)]})
        elif act == "erase":
            empty_trash(db, self.bank, trash(db.conn, self.bank).erasable[:1], who=who)
        else:
            self._curate(db, act, number, word, who, chosen, text)

    def _curate(
        self, db: object, act: str, number: int, word: str, who: str, chosen: list[int], text: ItemText
    ) -> None:
        states = tuple(ItemState)
        acts: dict[str, Callable[[], object]] = {
            "edit": lambda: curation.edit_item(db, self.bank, chosen[0], text, who=who, reason=word),
            "state": lambda: curation.set_state(db, self.bank, chosen, states[number % 5], who=who),
            "tag": lambda: curation.add_tag(db, self.bank, chosen, word, who=who),
            "untag": lambda: curation.remove_tag(db, self.bank, chosen, word, who=who),
            "merge": lambda: curation.merge_items(db, self.bank, chosen, text, who=who, reason=word),
            "apart": lambda: curation.mark_distinct(db, self.bank, chosen, who=who),
        }
        acts[act]()


def exported(workspace: Workspace, bank: int, target: Path) -> bytes:
    every = Choice(bank, states=tuple(map(str, ItemState)))
    memories_jsonl(workspace, target, every)
    return target.read_bytes()


def embedded(workspace: Workspace, bank: int) -> None:
    texts = vectors.items_without_vector(workspace.reader(), bank, EMBEDDER).values()
    found = {text: vector(text) for text in texts}
    workspace.run(lambda db: vectors.store_vectors(db, EMBEDDER, vectors.ITEM_RECIPE, found))
    tasks = banks.missing_vectors(banks.bank_value(workspace.reader(), bank, embedder=EMBEDDER))
    named = {one.task_text: vector(one.task_text) for one in tasks}
    workspace.run(lambda db: banks.save_vectors(db, EMBEDDER, named))


@given(steps=STEPS)
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck), phases=set(Phase) - {Phase.explain})
def test_an_exported_bank_comes_back_byte_for_byte(steps: list[tuple[str, int, str, str]]) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with Workspace.open(folder / "a.rbank", write=True, create=True) as first:
            curator = Curator(first)
            for step in steps:
                curator.do(*step)
            embedded(first, curator.bank)
            original = exported(first, curator.bank, folder / "a.jsonl")
        with Workspace.open(folder / "b.rbank", write=True, create=True) as second:
            (file,) = load_path(folder / "a.jsonl")
            if not file.anything:
                return
            assert store_file(second, file, "first").error is None
            bank = banks.find_bank(second.reader(), "first").id
            assert exported(second, bank, folder / "b.jsonl") == original
            before = second.reader().execute("SELECT max(id) FROM operation").fetchone()[0]
            store_file(second, file, "first")
            assert second.reader().execute("SELECT max(id) FROM operation").fetchone()[0] == before, "read twice"
            second.run(lambda db: operations.undo(db, "memories"))
            assert items.list_items(second.reader(), bank, EVERY) == []
            second.run(lambda db: operations.redo(db, "memories"))
            assert exported(second, bank, folder / "c.jsonl") == original
            assert second.check() == []


@pytest.fixture
def pair(tmp_path: Path) -> Workspace:
    with Workspace.open(tmp_path / "w.rbank", write=True, create=True) as workspace:
        bank = workspace.run(lambda db: banks.create_bank(db, "first", "reasoningbank"))
        one = Experience("e1", "", "task", (MemoryItem("i1", "Old", "d", "c"),))
        workspace.run(lambda db: import_items(db, bank, [one], who="Ann", reason="learned"))
        workspace.run(lambda db: curation.edit_item(db, bank, 1, ItemText("New", "d", "c"), who="Bob", reason="vague"))
        exported(workspace, bank, tmp_path / "a.jsonl")
        yield workspace


def test_the_history_of_an_imported_item_names_its_authors_of_old(pair: Workspace, tmp_path: Path) -> None:
    with Workspace.open(tmp_path / "other.rbank", write=True, create=True) as other:
        (file,) = load_path(tmp_path / "a.jsonl")
        store_file(other, file, "mine")
        entries = [entry for entry in history(other.reader(), 1) if entry.kind == "text"]
        assert [(entry.title, entry.who, entry.reason) for entry in entries[:2]] == [
            ("Old", "Ann", "learned"),
            ("New", "Bob", "vague"),
        ]
        assert [entry.detail for entry in history(other.reader(), 1) if entry.kind == "state"] == ["active", "active"]
        row = items.item(other.reader(), 1, 1)
        old = items.item(pair.reader(), 1, 1)
        assert (row.version, row.created_at) == (2, old.created_at)


def test_vectors_are_left_out_where_asked(pair: Workspace, tmp_path: Path) -> None:
    embedded(pair, 1)
    memories_jsonl(pair, tmp_path / "with.jsonl", Choice(1))
    memories_jsonl(pair, tmp_path / "without.jsonl", Choice(1, vectors=False))
    assert b"float32" in (tmp_path / "with.jsonl").read_bytes()
    assert b"float32" not in (tmp_path / "without.jsonl").read_bytes()
