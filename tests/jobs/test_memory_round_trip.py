"""A bank, whatever was done to it, leaves a workspace and comes into another with nothing lost."""

import json
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
from rb_studio.store.relevance import relevance, set_relevance
from rb_studio.store.themes import STAGES, name_theme, set_stages, stages, theme_names
from rb_studio.store.trash import empty_trash, trash
from rb_studio.store.workspace import Workspace
from tests.store.samples import EMBEDDER, vector

WORDS = ("sorting", "検索", "x\u2028y", "# Memory Item 2", "\r\nline", "'quoted'")
WHO = ("user", "model-a", "model-b")
EVERY = items.ItemFilter(states=tuple(map(str, ItemState)))
ACTS = (
    *("add", "edit", "state", "tag", "untag", "merge", "apart", "undo", "redo", "roll back", "doubt", "erase", "fork"),
    *("grade", "stage", "name"),
)
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
            "grade": lambda: self._grade(db, number, word, who, chosen),
            "stage": lambda: set_stages(
                db, self.bank, dict.fromkeys(chosen, ("", *STAGES)[number % 5]), by=WHO[number % 3], who=who
            ),
            "name": lambda: name_theme(db, self.bank, chosen[0], word if number % 4 else "", who=who),
        }
        acts[act]()

    def _grade(self, db: object, number: int, word: str, who: str, chosen: list[int]) -> None:
        """Label items for a task; sometimes for one that says another in other words."""
        known = [task.text for task in relevance(db.conn, self.bank) if task.text != word.strip()]
        said = {"template": f"t{number}" if number % 2 else None, "who": who, "reason": word}
        if known and number % 3 == 0:
            said["paraphrase_of"] = known[number % len(known)]
        set_relevance(db, self.bank, word, dict.fromkeys(chosen, number % 4), **said)


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


def said(workspace: Workspace, bank: int) -> tuple[dict, dict, dict]:
    """What is said of items beside their texts, by uid: labelled tasks with their families, stages, names."""
    conn = workspace.reader()
    uids = {row.id: row.uid for row in items.list_items(conn, bank, EVERY)}
    texts = dict(map(tuple, conn.execute("SELECT id, text FROM labelled_task")))
    labelled = {
        task.text: (task.template, texts[task.family], {uids[one]: grade for one, grade in task.grades.items()})
        for task in relevance(conn, bank)
    }
    staged = {uids[one]: found for one, found in stages(conn, bank).items()}
    return labelled, staged, {uids[one]: name for one, name in theme_names(conn, bank).items()}


@given(steps=STEPS)
@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck), phases=set(Phase) - {Phase.explain})
def test_an_exported_bank_comes_back_byte_for_byte(steps: list[tuple[str, int, str, str]]) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with Workspace.open(folder / "a.rbank", write=True, create=True) as first:
            curator = Curator(first)
            for step in steps:
                curator.do(*step)
            embedded(first, curator.bank)
            original = exported(first, curator.bank, folder / "a.jsonl")
            noted = said(first, curator.bank)
        with Workspace.open(folder / "b.rbank", write=True, create=True) as second:
            (file,) = load_path(folder / "a.jsonl")
            if not file.anything:
                return
            assert store_file(second, file, "first").error is None
            bank = banks.find_bank(second.reader(), "first").id
            assert exported(second, bank, folder / "b.jsonl") == original
            assert said(second, bank) == noted
            before = second.reader().execute("SELECT max(id) FROM operation").fetchone()[0]
            store_file(second, file, "first")
            assert second.reader().execute("SELECT max(id) FROM operation").fetchone()[0] == before, "read twice"
            second.run(lambda db: operations.undo(db, "memories"))
            assert items.list_items(second.reader(), bank, EVERY) == []
            assert said(second, bank) == ({}, {}, {})
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


@pytest.fixture
def noted(pair: Workspace, tmp_path: Path) -> Workspace:
    pair.run(lambda db: set_relevance(db, 1, "find the cheapest", {1: 3}, template="t"))
    pair.run(lambda db: set_relevance(db, 1, "what costs least?", {1: 1}, paraphrase_of="find the cheapest"))
    pair.run(lambda db: set_stages(db, 1, {1: "procedure"}, by="model-a"))
    pair.run(lambda db: name_theme(db, 1, 1, "Prices"))
    exported(pair, 1, tmp_path / "a.jsonl")
    return pair


def test_an_item_that_comes_back_has_its_labels_again_and_one_that_is_there_keeps_its_own(
    noted: Workspace, tmp_path: Path
) -> None:
    before = said(noted, 1)
    (file,) = load_path(tmp_path / "a.jsonl")
    with Workspace.open(tmp_path / "other.rbank", write=True, create=True) as other:
        store_file(other, file, "mine")
        other.run(lambda db: operations.undo(db, "memories"))
        assert said(other, 1) == ({}, {}, {})
        store_file(other, file, "mine")
        assert said(other, 1) == before
        other.run(lambda db: name_theme(db, 1, 1, "Costs"))
        other.run(lambda db: set_relevance(db, 1, "find the cheapest", {1: 0}))
        mine = said(other, 1)
        store_file(other, file, "mine")
        assert said(other, 1) == mine


def test_a_copy_beside_an_item_has_the_labels_of_its_file(noted: Workspace, tmp_path: Path) -> None:
    (file,) = load_path(tmp_path / "a.jsonl")
    noted.run(lambda db: curation.edit_item(db, 1, 1, ItemText("Mine", "d", "c")))
    noted.run(lambda db: set_stages(db, 1, {1: ""}, by="model-a"))
    noted.run(lambda db: import_items(db, 1, file.experiences, choice={"i1": "both"}, pasts=file.pasts))
    assert stages(noted.reader(), 1) == {2: {"model-a": "procedure"}}
    assert {task.text: dict(task.grades) for task in relevance(noted.reader(), 1)} == {
        "find the cheapest": {1: 3, 2: 3},
        "what costs least?": {1: 1, 2: 1},
    }


def test_a_file_without_labels_still_reads_and_a_wrong_one_is_refused_by_line(noted: Workspace, tmp_path: Path) -> None:
    text = (tmp_path / "a.jsonl").read_text()
    lines = [json.loads(line) for line in text.splitlines()]
    for name in ("grades", "stages", "theme"):
        del lines[1]["past"][name]
    (tmp_path / "old.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    (file,) = load_path(tmp_path / "old.jsonl")
    with Workspace.open(tmp_path / "other.rbank", write=True, create=True) as other:
        assert store_file(other, file, "mine").error is None
        assert said(other, 1) == ({}, {}, {})
    (tmp_path / "wrong.jsonl").write_text(text.replace('"stage": "procedure"', '"stage": "genius"'))
    (wrong,) = load_path(tmp_path / "wrong.jsonl")
    assert "line 2" in wrong.error


def test_a_task_that_becomes_a_paraphrase_takes_its_own_along(pair: Workspace) -> None:
    for text, origin in (("b", None), ("a", "b"), ("c", None), ("b", "c")):
        pair.run(lambda db, text=text, origin=origin: set_relevance(db, 1, text, {1: 1}, paraphrase_of=origin))
        pair.run(lambda db, text=text: set_relevance(db, 1, text, {1: 2}))
    assert len({task.family for task in relevance(pair.reader(), 1)}) == 1
