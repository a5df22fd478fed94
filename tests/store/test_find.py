"""Finding everywhere, and every place in one rollout."""

import time
from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rb_studio.records.annotation import Anchor, Kind
from rb_studio.records.errors import UsageError
from rb_studio.records.trajectory import Trajectory
from rb_studio.store import annotations, curation, outcomes, runs, step_index
from rb_studio.store.find import Extra, Found, Hit, Search, find, find_in, presence
from rb_studio.store.find_text import FIELDS, SLOW_TEXTS
from rb_studio.store.imported import ImportedTrajectory, SourceFile, save_imported
from tests.store.conftest import Ground
from tests.store.samples import ARM, outcome, rollout, step

EVERY = frozenset(FIELDS)


@pytest.fixture
def never_idle(monkeypatch: pytest.MonkeyPatch) -> None:
    """The writer waits for operations and indexes nothing by itself."""
    monkeypatch.setattr("rb_studio.store.workspace._QUIET", None)


@pytest.fixture
def filled(never_idle: None, ground: Ground) -> Ground:
    """Two runs: one of two tasks that learned, one of a file with a patch and an error."""
    run = ground.workspace.run
    for key, words in (("shop/1", "Zebra crossing"), ("shop/2", "注文を開く")):
        run(lambda db, key=key, words=words: outcomes.commit_outcome(db, 1, 1, outcome(key, words=words)))
    one = replace(rollout(ARM, "swe/1", words="zebrafish"), patch="+ zebra = 1\n", memory_block="Zebra notes")
    given = ImportedTrajectory(one, "lite")
    run(lambda db: save_imported(db, SourceFile("/a.json", "x"), [given], {}))
    run(lambda db: annotations.add(db, Anchor(one.uid), Kind.COMMENT, comment="a ZEBRA here", who="Ann"))
    return ground


def look(ground: Ground, text: str, **more: object) -> Found:
    return find(ground.workspace.reader(), Search(text, **more))


def fields(found: Found) -> dict[str, int]:
    return dict(Counter(hit.field for hit in found.hits))


def test_a_text_is_found_wherever_it_stands_indexed_or_not(filled: Ground) -> None:
    before = look(filled, "zebra", fields=EVERY)
    assert fields(before) == {
        "thought": 6,
        "observation": 9,
        "answer": 3,
        "patch": 1,
        "prompt": 1,
        "memory": 2,
        "note": 1,
    }
    assert before.unindexed > 0
    filled.workspace.run(lambda db: step_index.catch_up(db, 10_000))
    after = look(filled, "zebra", fields=EVERY)
    assert (after.hits, after.unindexed, after.complete) == (before.hits, 0, True)


def test_hits_stand_by_run_rollout_and_field_newest_run_first(filled: Ground) -> None:
    groups = look(filled, "zebra").groups()
    assert [group.run for group in groups] == [2, 1]
    assert [(one.rollout, list(one.fields)) for one in groups[0].rollouts] == [
        (5, ["observation", "answer", "patch", "note", "thought"]),
    ]
    assert [one.rollout for one in groups[1].rollouts] == [None, 1, 2]
    assert sum(group.count for group in groups) == sum(hit.count for hit in look(filled, "zebra").hits)


def test_a_hit_tells_where_it_is(filled: Ground) -> None:
    hit = next(hit for hit in look(filled, "crossing").hits if hit.field == "thought")
    assert (hit.kind, hit.run, hit.rollout, hit.step, hit.count) == ("step", 1, 1, 1, 1)
    assert hit.snippet[hit.at : hit.at + hit.length] == "crossing"
    assert "I look at page 1 Zebra crossing"[hit.start :][: hit.length] == "crossing"
    both = next(hit for hit in look(filled, "at crossing").hits if hit.field == "thought")
    assert (both.snippet[both.at :][: both.length], both.count) == ("crossing", 2)
    note = next(hit for hit in look(filled, "here").hits if hit.kind == "note")
    assert (note.run, note.rollout, note.step, note.item) == (2, 5, None, 1)


@pytest.mark.parametrize(
    ("text", "more", "expected"),
    [
        ("注文", {}, {"thought": 4, "observation": 6, "answer": 2, "memory": 2}),
        ("注文を開", {}, {"thought": 4, "observation": 6, "answer": 2, "memory": 2}),
        ("zebra", {"case": True, "fields": frozenset(("thought", "patch"))}, {"thought": 2, "patch": 1}),
        ("crossing zebra", {"fields": frozenset(("thought",))}, {"thought": 4}),
        ('"crossing zebra"', {}, {}),
        ("crossing zebra", {"words": False}, {}),
        (r"zebra(fish)?\b", {"regex": True, "fields": frozenset(("thought",))}, {"thought": 6}),
        ("such elem", {}, {"error": 5}),
        ("private", {}, {"reasoning": 5}),
        ("click('2')", {}, {"action": 5}),
        ("it was found", {}, {"verdict": 4}),
        (
            "zebra",
            {"runs": (1,), "fields": frozenset(("thought", "patch", "memory", "note"))},
            {"thought": 4, "memory": 2},
        ),
        ("zebra", {"runs": (99,)}, {}),
        ("", {}, {}),
    ],
)
@pytest.mark.parametrize("indexed", [False, True])
def test_words_phrases_patterns_fields_and_runs(
    filled: Ground, text: str, more: dict[str, object], expected: dict[str, int], indexed: bool
) -> None:
    if indexed:
        filled.workspace.run(lambda db: step_index.catch_up(db, 10_000))
    assert fields(look(filled, text, **more)) == expected


def test_what_is_indexed_bit_by_bit_is_merged_bit_by_bit_and_found_whole(
    filled: Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(step_index, "_AT_ONCE", 1)
    run, turns = filled.workspace.run, 0
    while run(lambda db: step_index.catch_up(db, 0)):
        turns += 1
    assert turns > 8
    for table in (step_index.STEPS, step_index.SEEN):
        run(lambda db, table=table: db.conn.execute(f"INSERT INTO {table} ({table}) VALUES ('integrity-check')"))
        automerge = filled.workspace.reader().execute(f"SELECT v FROM {table}_config WHERE k = 'automerge'")
        assert automerge.fetchone()[0] == 0
    assert fields(look(filled, "zebra", runs=(1,), fields=frozenset(("thought",)))) == {"thought": 4}


def test_a_prompt_is_found_at_the_first_step_it_was_sent(filled: Ground) -> None:
    found = look(filled, "operate a website", fields=frozenset(("prompt",)))
    assert {(hit.run, hit.step, hit.field) for hit in found.hits} == {(1, 0, "prompt")}
    assert len(found.hits) == 4
    assert look(filled, "operate a website").hits == ()


def test_what_was_deleted_or_taken_back_is_found_no_more(filled: Ground) -> None:
    conn, run = filled.workspace.reader(), filled.workspace.run
    memories = [hit.item for hit in look(filled, "zebra").hits if hit.kind == "memory"]
    run(lambda db: curation.set_state(db, 1, memories[:1], "deleted"))
    run(lambda db: annotations.remove(db, 1, "Ann"))
    assert [hit.item for hit in look(filled, "zebra").hits if hit.kind in ("memory", "note")] == memories[1:]
    assert find(conn, Search("zebra", fields=frozenset(("note",)))).complete


def test_a_file_read_again_is_found_as_it_reads_now(filled: Ground) -> None:
    filled.workspace.run(lambda db: step_index.catch_up(db, 10_000))
    one = replace(rollout(ARM, "swe/1", steps=1, words="gnu"), patch=None)
    given = ImportedTrajectory(one, "lite")
    filled.workspace.run(lambda db: save_imported(db, SourceFile("/a.json", "x"), [given], {}))
    assert fields(look(filled, "zebra", runs=(2,))) == {"note": 1}
    assert fields(look(filled, "gnu", runs=(2,))) == {"thought": 1, "observation": 2, "answer": 1}


def test_of_too_many_hits_the_newest_are_listed(filled: Ground) -> None:
    found = find(filled.workspace.reader(), Search("page", fields=frozenset(("thought",))), limit=3)
    assert [(hit.run, hit.step) for hit in found.hits] == [(2, 1), (2, 2), (1, 2)]
    assert (found.complete, found.why) == (False, "the newest 3 of each kind are listed")


def test_looking_stops_when_asked_or_when_time_is_up_with_what_was_found(filled: Ground) -> None:
    asked = iter([False] * 4)
    stopped = find(filled.workspace.reader(), Search("zebra"), cancelled=lambda: next(asked, True))
    assert (stopped.complete, stopped.why) == (False, "stopped")
    assert len(stopped.hits) == 4
    late = find(filled.workspace.reader(), Search("zebra"), deadline=time.monotonic() - 1)
    assert (late.hits, late.complete) == ((), False)


def test_first_hits_come_before_all_is_read(filled: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rb_studio.store.find._TELL", -1.0)
    told: list[Found] = []
    found = find(filled.workspace.reader(), Search("z.bra", regex=True), partly=told.append)
    assert [len(one.hits) for one in told] == sorted(len(one.hits) for one in told)
    assert 0 < len(told[-1].hits) <= len(found.hits)
    assert not told[-1].complete
    assert found.complete


def test_a_hostile_pattern_ends_with_a_sentence_and_what_was_found(
    ground: Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rb_studio.store.find_text.SECONDS", 0.02)
    for key in ("shop/1", "shop/2"):
        ground.workspace.run(
            lambda db, key=key: outcomes.commit_outcome(db, 1, 1, outcome(key, words="a" * 300 + "b", learns=False))
        )
    with pytest.raises(UsageError, match="repetitions inside repetitions"):
        look(ground, "(a|aa)+$", regex=True)
    found = look(ground, "answer|(a|aa)+$", regex=True)
    assert fields(found) == {"answer": 4}
    assert (found.complete, found.skipped) == (False, SLOW_TEXTS)
    assert "takes too long" in found.why


def test_an_unreadable_pattern_is_refused(ground: Ground) -> None:
    with pytest.raises(UsageError, match="cannot be read"):
        look(ground, "(", regex=True)


def test_a_shared_run_is_found_in_the_run_that_holds_its_results(filled: Ground) -> None:
    shared = filled.workspace.run(lambda db: runs.create_run(db, ARM, simulated=True, shared_with=1))
    assert look(filled, "zebra", runs=(shared,)).hits == look(filled, "zebra", runs=(1,)).hits


def long_trajectory() -> Trajectory:
    one = rollout(ARM, "shop/1", steps=3)
    hidden = "row\n" * 20_000 + "the needle\n" * 3
    steps = (one.steps[0], replace(one.steps[1], observation=hidden), one.steps[2])
    return replace(one, steps=steps, answer="no Needle", patch="- needle")


def test_every_place_counts_shown_or_not() -> None:
    extras = (
        Extra("prompt", "needle, needle", step=2),
        Extra("memory", "a needle", item=7),
        Extra("verdict", "no needle"),
        Extra("note", "needle?", step=1, item=3),
    )
    found = find_in(long_trajectory(), extras, Search("needle", fields=EVERY), rollout=4, run=2)
    assert [(hit.kind, hit.field, hit.step, hit.item) for hit in found] == [
        ("note", "note", 1, 3),
        *[("step", "observation", 2, None)] * 3,
        *[("step", "prompt", 2, None)] * 2,
        ("rollout", "answer", None, None),
        ("rollout", "patch", None, None),
        ("memory", "memory", None, 7),
        ("verdict", "verdict", None, None),
    ]
    assert {(hit.rollout, hit.run, hit.count) for hit in found} == {(4, 2, 1)}
    assert found[1].start == 80_004
    assert find_in(long_trajectory(), extras, Search("needle", case=True, fields=frozenset(("answer",)))) == []


def test_in_one_rollout_words_are_looked_for_as_they_stand() -> None:
    one = long_trajectory()
    assert len(find_in(one, (), Search("the needle"))) == 3
    assert find_in(one, (), Search("needle the")) == []
    assert len(find_in(one, (), Search("needle the", words=True))) == 6
    assert len(find_in(one, (), Search("e", fields=EVERY), most=10)) == 10
    assert find_in(one, (), Search("needle"), cancelled=lambda: True) == []


def test_presence_tells_where_a_text_comes_and_goes() -> None:
    one = rollout(ARM, "shop/1", steps=0)
    pages = ("none", "red", "red", "none", "red")
    one = replace(one, steps=tuple(replace(step(n), observation=page) for n, page in enumerate(pages, 1)))
    found = presence(one, Search("RED"))
    assert found is not None
    assert (found.first, found.last, found.changed) == (2, 5, (2, 4, 5))
    assert presence(one, Search("blue")) is None
    assert presence(one, Search("")) is None


@settings(max_examples=40)
@given(st.lists(st.text("ab ", max_size=12), max_size=4), st.text("ab", min_size=1, max_size=3))
def test_hits_in_a_rollout_are_all_the_places_of_all_texts(pages: list[str], wanted: str) -> None:
    one = replace(rollout(ARM, "shop/1", steps=0), first_observation="", answer=None)
    one = replace(one, steps=tuple(replace(step(n), observation=page) for n, page in enumerate(pages, 1)))
    found = find_in(one, (), Search(wanted, fields=frozenset(("observation",))))
    assert [(hit.step, page[hit.start :][: hit.length]) for hit in found for page in [pages[(hit.step or 0) - 1]]] == [
        (number, wanted) for number, page in enumerate(pages, 1) for _ in range(page.count(wanted))
    ]


def indexed(ground: Ground) -> bool:
    """Whether everything is, after some waiting."""
    until = time.monotonic() + 30
    while step_index.waiting(ground.workspace.reader()) and time.monotonic() < until:
        time.sleep(0.02)
    return step_index.waiting(ground.workspace.reader()) == 0


def test_the_writer_indexes_while_nobody_asks_for_anything(ground: Ground) -> None:
    ground.workspace.run(lambda db: outcomes.commit_outcome(db, 1, 1, outcome("shop/1")))
    assert indexed(ground)
    assert isinstance(look(ground, "page").hits[0], Hit)


def test_a_long_job_leaves_the_index_for_later(ground: Ground) -> None:
    with ground.workspace.hurried():
        ground.workspace.run(lambda db: outcomes.commit_outcome(db, 1, 1, outcome("shop/1")))
        assert step_index.waiting(ground.workspace.reader()) > 0
    assert indexed(ground)
