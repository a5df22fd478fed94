"""Banks and caches with something wrong in them: the rest is read, and what is wrong is said with its line."""

import json
from typing import Any

import numpy as np
import pytest

from rb_studio.interchange.reasoningbank_bank import MAX_ITEMS, MAX_MEMORY_CHARS
from rb_studio.interchange.source import Source
from rb_studio.records.item_text import render_items
from rb_studio.records.memory import MemoryItem
from tests.interchange.files import Write, load_one
from tests.interchange.official import FAILED, SCALING_LINE, WEB_LINE, cache, jsonl


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('{"id": "1", "text": "t", "embedding": [1.0, NaN]}', "no number"),
        ('{"id": "1", "text": "t", "embedding": [1.0, Infinity]}', "no number"),
        ('{"id": "1", "text": "t", "embedding": [1e400, 1.0]}', "no number"),
        ('{"id": "1", "text": "t", "embedding": [1e38, 1.0]}', "beyond any model's"),
        ('{"id": "1", "text": "t", "embedding": [true, 1.0]}', "no number"),
        ('{"id": "1", "text": "t", "embedding": [[1.0], [2.0]]}', "no number"),
        ('{"id": "1", "text": "t", "embedding": [0.0, 0.0]}', "zero"),
        ('{"id": "1", "text": "t", "embedding": []}', "no list of numbers"),
        ('{"id": "1", "text": "t", "embedding": "1 2"}', "no list of numbers"),
        ('{"id": "1", "text": "", "embedding": [1.0]}', "no text"),
        ('{"id": "1", "embedding": [1.0]}', "no text"),
        ('{"id": "1", "text": "t"}', "no vector"),
        ("[1, 2]", "no vector"),
        (json.dumps({"id": "1", "text": "t", "embedding": [0.5] * 70_000}), "more than 65,536"),
        ('{"id": "1", "text": "t", "embedding": [1.0', "left out"),
        ('{"id": "1", "text": "a", "embedding": [9.0, 0.5]}', "another vector"),
    ],
)
def test_a_bad_line_of_a_cache_is_said_and_stops_no_other(write: Write, line: str, said: str) -> None:
    good = cache(("1", "a", [0.6, 0.8]), ("2", "b", [3.0, 4.0]))
    first, second = good.splitlines()
    loaded = load_one(write("x_embeddings.jsonl", f"{first}\n{line}\n{second}\n"))
    (found,) = loaded.text_vectors.values()
    assert list(found) == ["a", "b"]
    assert np.allclose(found["a"], [0.6, 0.8])
    told = [text for text in loaded.warnings if "line 2" in text]
    assert any(said in text for text in told)


def test_a_cache_beyond_the_limit_is_read_as_far_as_it_goes(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rb_studio.interchange.reasoningbank_cache.MAX_NUMBERS", 5)
    loaded = load_one(write("x_embeddings.jsonl", cache(*((str(n), f"t{n}", [1.0, float(n)]) for n in range(4)))))
    assert loaded.vector_count == 2
    assert "read up to line 2" in loaded.warnings[0]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("{not json", "line 2 was left out: damaged JSON"),
        ('{"task_id": "9", "memory_items": ["x"', "line 2 was left out: ends in the middle"),
        ('"text"', "line 2 was left out: it is no memory of a task"),
        ('{"task_id": "9"}', "line 2 was left out: it is no memory of a task"),
        ('{"task_id": null, "memory_items": "x"}', "line 2 was left out: it names no task"),
        ('{"task_id": ["9"], "memory_items": "x"}', "line 2 was left out: it names no task"),
        ('{"task_id": "9", "memory_items": {"title": "x"}}', "line 2 was left out: it holds no memory text"),
        ('{"task_id": "9", "memory_items": 3}', "line 2 was left out: it holds no memory text"),
        ("[" * 100_000, "line 2 was left out"),
    ],
)
def test_a_bad_line_of_a_bank_is_said_and_stops_no_other(write: Write, line: str, said: str) -> None:
    loaded = load_one(write("memories_x/shopping.jsonl", jsonl(WEB_LINE) + line + "\n" + jsonl(FAILED)))
    assert loaded.error is None
    assert [one.task_key for one in loaded.experiences] == ["webarena/21", "webarena/22"]
    assert any(said in text for text in loaded.warnings)


@pytest.mark.parametrize("line", ["{not json", "words", '{"task_id": "9", "memory_items": ["x"', "[1, 2", '{"a": 1}}'])
def test_a_broken_first_line_does_not_hide_what_a_file_is(write: Write, line: str) -> None:
    loaded = load_one(write("memories_x/shopping.jsonl", line + "\n" + jsonl(WEB_LINE, FAILED)))
    assert (loaded.format, len(loaded.experiences), loaded.error) == ("reasoningbank-bank", 2, None)
    assert any("line 1" in text for text in loaded.warnings)
    loaded = load_one(write("x_embeddings.jsonl", line + "\n" + cache(("1", "a", [1.0, 2.0]))))
    assert (loaded.format, loaded.vector_count) == ("reasoningbank-embeddings", 1)


@pytest.mark.parametrize(
    ("changes", "said", "items"),
    [
        ({"memory_items": "just words"}, "without a recognisable item; it was kept raw", 0),
        ({"memory_items": []}, "no memory text", 0),
        ({"memory_items": None}, "no memory text", 0),
        ({"memory_items": [1, "# Memory Item 1\n## Title A\n## Content b"]}, "that are no text", 1),
        ({"memory_items": "# Memory Item 1\n## Description Only when asked.\n## Content Do."}, "no title", 1),
        (
            {"memory_items": "# Memory Item 1\n## Title Empty\n\n# Memory Item 2\n## Title A\n## Content b"},
            "dropped",
            1,
        ),
        ({"status": "maybe"}, "neither success nor fail", 2),
        ({"status": None}, "neither success nor fail", 2),
        ({"query": None}, "no query", 2),
        ({"think_list": ["one"]}, "1 thoughts and 2 actions", 2),
        ({"think_list": None, "action_list": [3, None]}, "0 thoughts and 2 actions", 2),
        ({"task_id": "22"}, "about webarena/22 again", 2),
    ],
)
def test_what_is_odd_in_a_line_is_said_with_its_number(
    write: Write, changes: dict[str, Any], said: str, items: int
) -> None:
    loaded = load_one(write("memories_x/shopping.jsonl", jsonl(FAILED, {**WEB_LINE, **changes})))
    assert [len(one.items) for one in loaded.experiences] == [2, items]
    (told,) = [text for text in loaded.warnings if said in text]
    assert "line 2" in told


def test_what_was_guessed_is_in_the_report(write: Write) -> None:
    loaded = load_one(write("memories_awm/shopping.jsonl", jsonl(SCALING_LINE, {**SCALING_LINE, "extra": 1})))
    assert [text.partition(" ←")[0] for text in loaded.guessed] == ["memory mode", "suite", "kind"]
    assert loaded.skipped == ("extra",)


def test_forty_items_in_a_line_are_all_kept_and_said_and_thousands_are_cut(write: Write) -> None:
    def line(count: int) -> dict[str, Any]:
        return {**WEB_LINE, "memory_items": render_items([MemoryItem(str(n), f"T{n}", "d", "c") for n in range(count)])}

    loaded = load_one(write("memories_x/a.jsonl", jsonl(line(40))))
    assert len(loaded.experiences[0].items) == 40
    assert "40 items, more than the 5" in loaded.warnings[0]
    cut = load_one(write("memories_x/b.jsonl", jsonl(line(3000))))
    assert len(cut.experiences[0].items) == MAX_ITEMS
    assert "3000 items given, the first 200 kept" in cut.warnings[0]


def test_a_text_beyond_the_limit_is_cut_and_said(write: Write) -> None:
    text = "# Memory Item 1\n## Title A\n## Content " + "x" * (MAX_MEMORY_CHARS + 5)
    loaded = load_one(write("memories_x/a.jsonl", jsonl({**WEB_LINE, "memory_items": text})))
    assert len(loaded.experiences[0].raw) == MAX_MEMORY_CHARS
    assert "1,000,043 characters" in loaded.warnings[0]


def test_a_line_beyond_the_limit_is_skipped_and_the_next_is_read(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write("memories_x/a.jsonl", jsonl(WEB_LINE, {**FAILED, "memory_items": "y" * 3_500_000}, FAILED))
    source = Source(path)
    assert [number for number, _ in source.tolerant_lines(largest=1 << 20)] == [1, 3]
    assert source.warnings == ("line 2 has more than 1 MiB and was left out",)


def test_endless_trouble_is_counted_and_not_listed(write: Write) -> None:
    loaded = load_one(write("memories_x/a.jsonl", jsonl(WEB_LINE) + "{broken\n" * 2000 + jsonl(FAILED)))
    assert len(loaded.experiences) == 2
    assert len(loaded.warnings) == 501
    assert loaded.warnings[-1] == "and 1,500 more remarks on this file"
