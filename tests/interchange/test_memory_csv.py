"""Items as a table: what is written reads back, and what a spreadsheet or a person made of it is read."""

import csv
import tempfile
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from rb_studio.interchange.memory_csv import COLUMNS, joined_tags, write_memories_csv
from rb_studio.records.memory import Experience, ItemState, MemoryItem
from tests.interchange.files import Write, load_one
from tests.interchange.strategies import experiences, items

QUICK = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    phases=set(Phase) - {Phase.explain, Phase.shrink},
)


def row_of(item: MemoryItem, experience: Experience | None = None) -> dict[str, object]:
    named = {name: getattr(item, name, None) for name in COLUMNS}
    home = {} if experience is None else {
        "experience_uid": experience.uid, "task_key": experience.task_key, "task_text": experience.task_text
    }  # fmt: skip
    return {**named, **home, "tags": joined_tags(item.tags), "id": 1}


def told(item: MemoryItem) -> MemoryItem:
    """An item as a table carries it."""
    return replace(item, sources=(), prompt_hash=None, mode=item.mode or "reasoningbank")


@given(bank=st.lists(experiences(), max_size=2, unique_by=lambda one: one.uid), loose=st.lists(items(), max_size=2))
@QUICK
def test_a_table_reads_back_whatever_the_texts_hold(bank: list[Experience], loose: list[MemoryItem]) -> None:
    pairs = [(item, one) for one in bank for item in one.items] + [(item, None) for item in loose]
    fit = {
        item.uid: (item, one) for item, one in pairs if item.title.strip() and (item.description + item.content).strip()
    }
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder, "t.csv")
        assert write_memories_csv((row_of(*pair) for pair in fit.values()), target) == len(fit)
        if not fit:
            return
        loaded = load_one(target)
    assert (loaded.error, loaded.format) == (None, "memory-csv")
    read = {item.uid: item for one in loaded.experiences for item in one.items} | {one.uid: one for one in loaded.items}
    assert read == {uid: told(item) for uid, (item, _) in fit.items()}
    homes = {one.uid: (one.task_key, one.task_text) for one in loaded.experiences}
    assert homes == {one.uid: (one.task_key, one.task_text) for _, one in fit.values() if one is not None}


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_a_table_of_a_spreadsheet_is_read_with_its_own_delimiter(write: Write, delimiter: str) -> None:
    lines = (("Title", "Content", "Tags", "State"), ("Sort first", "Sort, then read", "a b", "Archived"))
    text = "\ufeff" + "\r\n".join(delimiter.join(f'"{cell}"' for cell in line) for line in lines)
    (item,) = load_one(write("mine.csv", text)).items
    assert (item.title, item.content, item.tags, item.state) == (
        "Sort first", "Sort, then read", ("a b",), ItemState.ARCHIVED,
    )  # fmt: skip


def test_rows_of_one_task_share_an_experience_and_odd_rows_are_said(write: Write) -> None:
    text = (
        "title,content,uid,task_text,state\nA,a,u1,Find it,\nB,b,u1,Find it,happy\n,c,,,\n\n'=SUM(1),'-x,,,\n"
        "C,'tis so,,,\n"
    )
    loaded = load_one(write("mine.csv", text))
    (experience,) = loaded.experiences
    assert [item.title for item in experience.items] == ["A", "B"]
    assert [(item.title, item.content) for item in loaded.items] == [("=SUM(1)", "-x"), ("C", "'tis so")]
    warnings = " ".join(loaded.warnings)
    assert all(words in warnings for words in ("row 3 repeats the uid", "unknown state 'happy'", "row 4 has no title"))


def test_a_cell_is_never_run_as_a_formula(tmp_path: Path) -> None:
    item = MemoryItem("u", "=1+1", "@x", "'=kept")
    write_memories_csv([row_of(item)], tmp_path / "t.csv")
    with (tmp_path / "t.csv").open(encoding="utf-8", newline="") as file:
        (row,) = csv.DictReader(file)
    assert (row["title"], row["description"], row["content"]) == ("'=1+1", "'@x", "''=kept")
    (read,) = load_one(tmp_path / "t.csv").items
    assert (read.title, read.description, read.content) == ("=1+1", "@x", "'=kept")


def test_a_table_of_something_else_is_not_taken_for_memories(write: Write) -> None:
    assert load_one(write("issues.csv", "number,title,content\n1,Bug,It breaks\n")).format == "unknown"
