import json
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from rb_studio.interchange.collisions import compare_items
from rb_studio.interchange.load import load_path
from rb_studio.interchange.loaded import LoadedFile
from rb_studio.interchange.memory_jsonl import MemoryExport, write_memories
from rb_studio.interchange.memory_md import item_markdown, write_memories_md
from rb_studio.records.item_past import Act, ItemEvent, ItemLink, ItemPast, PastText
from rb_studio.records.item_text import parse_items
from rb_studio.records.memory import Experience, ItemState, MemoryItem
from tests.interchange.files import Write, load_one
from tests.interchange.strategies import NAME, TEXT, experiences, items

SLOW = settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    phases=set(Phase) - {Phase.explain, Phase.shrink},
)
ACTS = st.builds(Act, st.integers(1, 99), TEXT, TEXT, TEXT, TEXT)
TAGS = st.lists(TEXT, max_size=2).map(tuple)
PASTS = st.builds(
    ItemPast,
    TEXT,
    st.lists(
        st.builds(
            ItemEvent,
            ACTS,
            st.none() | st.builds(PastText, st.integers(1, 9), TEXT, TEXT, TEXT),
            st.none() | TEXT,
            TAGS,
            TAGS,
        ),
        max_size=3,
    ).map(tuple),
    st.lists(st.builds(ItemLink, NAME, NAME, ACTS), max_size=2).map(tuple),
    st.dictionaries(TEXT, st.none() | st.floats(-1, 1), max_size=2),
)
BANKS = st.lists(experiences(), min_size=1, max_size=3)
ITEM = MemoryItem("u1", "Sort first", "Use for extremes.", "Sort by the field, then read every page.")


def through_jsonl(export: MemoryExport) -> LoadedFile:
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder, "bank.jsonl")
        write_memories(export, target)
        return load_one(target)


def through_md(bank: Sequence[Experience], loose: Sequence[MemoryItem] = ()) -> LoadedFile:
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder, "bank.md")
        write_memories_md(bank, target, loose)
        return load_one(target)


@given(bank=BANKS, loose=st.lists(items(), max_size=2), data=st.data())
@SLOW
def test_memory_lines_are_lossless(bank: list[Experience], loose: list[MemoryItem], data: st.DataObject) -> None:
    numbers = np.asarray(data.draw(st.lists(st.floats(-1, 1, width=32), min_size=1, max_size=4)), dtype=np.float32)
    vectors = {one.uid: [("embedder-1", numbers), ("embedder-2", numbers[:1])] for one in bank}
    item_vectors = {item.uid: [("embedder-1", numbers)] for item in loose}
    pasts = {item.uid: data.draw(PASTS) for item in loose}
    loaded = through_jsonl(MemoryExport(bank, loose, vectors, pasts, item_vectors))
    assert loaded.error is None
    assert loaded.experiences == tuple(bank)
    assert loaded.items == tuple(loose)
    assert loaded.pasts == pasts
    exact = tuple(map(float, numbers))
    assert set(loaded.vectors.values()) <= {(("embedder-1", exact), ("embedder-2", exact[:1]))}
    assert loaded.item_vectors == {item.uid: (("embedder-1", exact),) for item in loose}
    assert loaded.vectors.keys() == {one.uid for one in bank}


def _normal(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _as_markdown_keeps(item: MemoryItem) -> MemoryItem:
    """An item with just the fields Markdown carries."""
    title, description, content = map(_normal, (item.title, item.description, item.content))
    tags = tuple(map(_normal, item.tags))
    return MemoryItem(
        item.uid, title, description, content, item.polarity, item.state, tags, label_source=item.label_source
    )


@given(bank=st.lists(experiences(), min_size=1, max_size=3), loose=st.lists(items(), max_size=2))
@SLOW
def test_markdown_reads_back_whatever_the_texts_hold(bank: list[Experience], loose: list[MemoryItem]) -> None:
    told = [item for item in (*(i for one in bank for i in one.items), *loose) if item.title.strip()]
    kept = {item.uid for item in told}
    bank = [replace(one, items=tuple(item for item in one.items if item.uid in kept)) for one in bank]
    bank = [one for one in bank if one.items]
    loose = [item for item in loose if item.uid in kept]
    if not kept:
        return
    loaded = through_md(bank, loose)
    assert loaded.error is None
    read = [item for one in loaded.experiences for item in one.items]
    assert read == [_as_markdown_keeps(item) for one in bank for item in one.items]
    assert list(loaded.items) == [_as_markdown_keeps(item) for item in loose]
    told_of = [(one.uid, one.task_key, _normal(one.task_text)) for one in bank]
    assert [(one.uid, one.task_key, one.task_text) for one in loaded.experiences] == told_of


def test_markdown_of_a_plain_item_is_what_is_injected_plus_a_short_list() -> None:
    item = replace(ITEM, tags=("web", "a, b"), state=ItemState.EXCLUDED, polarity="failure")
    text = item_markdown(item, 1, Experience("e1", "shop/3", "Which is cheapest?", (item,)))
    assert text.split("\n") == [
        "# Memory Item 1",
        "- State: excluded",
        '- Tags: web, "a, b"',
        "- Polarity: failure",
        "- Id: u1",
        "- Task: Which is cheapest?",
        "- Task key: shop/3",
        "- Experience: e1",
        "## Title Sort first",
        "## Description Use for extremes.",
        "## Content Sort by the field, then read every page.",
    ]
    assert parse_items(text).items[0].title == "Sort first"


def test_markdown_written_by_hand_is_read(write: Write) -> None:
    path = write(
        "mine.md",
        "# My notes\n\n# Memory Item 1\r\n* state: Archived\n* TAGS: one ,two\n\n## Title: Look twice\n"
        "## Description\nUse it always.\n## Content\nFirst line\n\n```\ncode\n```\nlast\n\n"
        "# Memory Item\n**Title:** Bold\n**Content:** Also read.\n\n# Memory Item 3\nnothing here\n",
    )
    loaded = load_one(path)
    first, second = loaded.items
    assert (first.title, first.description, first.state) == ("Look twice", "Use it always.", ItemState.ARCHIVED)
    assert first.content == "First line\n\n```\ncode\n```\nlast"
    assert first.tags == ("one", "two")
    assert (second.title, second.content) == ("Bold", "Also read.")
    assert "memory item 3" in " ".join(loaded.warnings)
    assert [item.uid for item in load_one(path).items] == [first.uid, second.uid]


def test_an_unknown_state_and_a_repeated_id_are_said(write: Write) -> None:
    block = "# Memory Item 1\n- State: happy\n- Id: same\n## Title T\n## Content {}\n\n"
    loaded = load_one(write("m.md", block.format("one") + block.format("two")))
    assert [item.content for item in loaded.items] == ["one", "two"]
    assert len({item.uid for item in loaded.items}) == 2
    assert all(item.state is ItemState.ACTIVE for item in loaded.items)
    assert "unknown state" in loaded.warnings[0]


def test_a_prompt_that_shows_the_form_is_no_bank() -> None:
    prompts = Path(__file__).resolve().parents[2] / "resources" / "prompts"
    assert {file.format for file in load_path(prompts)} == {"unknown"}


def bank_line(**changes: object) -> str:
    line = {
        "task_id": "21",
        "query": "Which colour?",
        "think_list": ["Open.", "Read."],
        "action_list": ["click('12')"],
        "status": "fail",
        "memory_items": ["```", "# Memory Item 1\n## Title Sort\n## Description When asked", "## Content Sort first."],
        "template_id": 7,
    }
    return json.dumps({**line, **changes}) + "\n"


def test_a_web_bank_gives_experiences_rollouts_and_verdicts(write: Write) -> None:
    path = write("memories_reasoningbank/shopping.jsonl", bank_line() + bank_line(status="success"))
    loaded = load_one(path)
    first, second = loaded.experiences
    assert (first.task_key, first.template, first.site, first.label) == ("webarena/21", "7", "shopping", "failure")
    assert (first.items[0].title, first.items[0].content) == ("Sort", "Sort first.")
    assert first.items[0].polarity == "failure"
    assert first.raw.startswith("```\n\n# Memory Item 1")
    assert first.uid != second.uid
    assert [len(t.steps) for t in loaded.trajectories] == [2, 2]
    assert [str(verdict.status) for verdict in loaded.verdicts] == ["failure", "success"]
    assert first.rollout_uids == (loaded.trajectories[0].uid,)
    assert load_one(path).experiences == loaded.experiences


def test_scaling_and_swe_lines_are_read(write: Write) -> None:
    text = "# Memory Item 1\n## Title A\n## Content a\n\n# Memory Item 2\n## Title B\n## Content b"
    scaling = json.dumps({"task_id": "3", "query": "q", "memory_items": text, "template_id": 1}) + "\n"
    swe = json.dumps({"task_id": "a__b-1", "query": "q", "memory_items": [text], "status": "success"}) + "\n"
    loaded = load_one(write("memories_scaling/map.jsonl", scaling + swe))
    assert [len(one.items) for one in loaded.experiences] == [2, 2]
    assert [one.task_key for one in loaded.experiences] == ["webarena/3", "swe-bench/a__b-1"]
    assert loaded.rollouts == ()


def test_workflow_banks_keep_their_text_as_one_item(write: Write) -> None:
    loaded = load_one(write("memories_awm/map.jsonl", bank_line(memory_items="Workflow: do x")))
    item = loaded.experiences[0].items[0]
    assert (item.mode, item.content) == ("awm", "Workflow: do x")


@given(lines=st.lists(st.dictionaries(st.sampled_from(["task_id", "query", "status", "memory_items"]), TEXT | NAME)))
@SLOW
def test_odd_bank_lines_never_raise(lines: list[dict[str, str]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "b.jsonl")
        path.write_text(bank_line() + "".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
        assert load_one(path).error is None


def test_collisions_sort_items_by_what_the_bank_has() -> None:
    changed, fresh = replace(ITEM, content="Other.", tags=("t",)), replace(ITEM, uid="u9")
    found = compare_items([ITEM, replace(ITEM, uid="u2")], [changed, fresh, replace(ITEM, uid="u2")])
    assert found.new == (fresh,)
    assert [item.uid for item in found.identical] == ["u2"]
    assert [(entry.incoming, entry.names) for entry in found.different] == [(changed, ("content", "tags"))]
    elsewhere = replace(ITEM, model="another", label_source="human", tags=("b", "a"))
    assert compare_items([replace(ITEM, tags=("a", "b"))], [elsewhere, changed]).identical == (elsewhere,)


def test_items_picked_out_of_a_file_bring_their_task(write: Write, tmp_path: Path) -> None:
    write_memories(MemoryExport([Experience("e", "shop/1", "Find it", (ITEM,), kind="contrast")]), tmp_path / "a.jsonl")
    line = (tmp_path / "a.jsonl").read_text(encoding="utf-8").splitlines()[1]
    loaded = load_one(write("b.jsonl", line + "\n"))
    assert [(one.uid, one.task_text, one.items) for one in loaded.experiences] == [("e", "Find it", (ITEM,))]


def test_a_damaged_memory_line_is_named(write: Write, tmp_path: Path) -> None:
    write_memories(MemoryExport(items=[ITEM]), tmp_path / "a.jsonl")
    good = (tmp_path / "a.jsonl").read_text(encoding="utf-8")
    for bad in (good.replace('"active"', '"lively"'), '{"rb_studio": "item", "version": 1}\n', "[1]\n", "{\n"):
        error = load_one(write("bad.jsonl", good + bad + good)).error
        assert error is not None
        assert "line 2" in error
    newer = load_one(write("new.jsonl", good.replace('"version": 1', '"version": 2'))).error
    assert newer is not None
    assert "another version" in newer
