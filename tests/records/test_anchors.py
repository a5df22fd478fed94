"""Places of notes: found again by what was thought and done, and by the words that stood there."""

from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rb_studio.records.anchors import LONGEST_QUOTE, anchor_at, bind, bind_all, step_key, step_keys, text_of
from rb_studio.records.annotation import Part
from rb_studio.records.errors import UsageError
from rb_studio.records.readable import readable
from rb_studio.records.trajectory import Action, ExitReason, Step, Trajectory

ROLLOUT = Trajectory("r", "t", 0, 1, "start", (), ExitReason.ANSWERED, answer="It costs 7.", patch="+ a\n- b\n")


def step(number: int, thought: str, action: str, observation: str = "", error: str | None = None) -> Step:
    return Step(number, thought, (Action(action),), observation, error)


def rollout(*steps: Step) -> Trajectory:
    return replace(ROLLOUT, steps=steps)


def numbered(*steps: Step) -> Trajectory:
    return rollout(*(replace(one, number=number) for number, one in enumerate(steps, 1)))


LOOK = step(1, "I look", "ls", "a.py b.py\nb.py again")
READ = step(2, "I read", "cat a.py", "import b\nb.run()\nimport b")
EDIT = step(3, "I edit", "sed -i s/b/c/ a.py", "done")
THREE = numbered(LOOK, READ, EDIT)


def test_a_step_is_known_by_thought_and_actions_and_by_how_manieth_of_its_like_it_is() -> None:
    keys = step_keys(numbered(LOOK, READ, LOOK))
    assert keys[0].partition("#")[0] == keys[2].partition("#")[0]
    assert [key.partition("#")[2] for key in keys] == ["1", "1", "2"]
    assert step_key(replace(LOOK, observation="other", number=9), Counter()) == keys[0]


@pytest.mark.parametrize(
    ("part", "number"),
    [
        (Part.ROLLOUT, None),
        (Part.ANSWER, None),
        (Part.PATCH, None),
        (Part.STEP, 2),
        (Part.STEP, 0),
        (Part.THOUGHT, 1),
        (Part.ACTION, 3),
        (Part.OBSERVATION, 0),
        (Part.OBSERVATION, 2),
    ],
)
def test_every_place_is_found_in_the_rollout_it_was_made_in(part: Part, number: int | None) -> None:
    found = bind(anchor_at(THREE, part, number), THREE)
    assert found is not None
    assert (found.step, found.start, found.moved) == (number, None, False)
    text = text_of(THREE, part, number)
    if text and part is not Part.STEP:
        found = bind(anchor_at(THREE, part, number, 1, 3), THREE)
        assert found is not None
        assert (found.step, found.start, found.end, found.moved) == (number, 1, 3, False)


def test_a_step_that_moved_is_followed() -> None:
    anchor = anchor_at(THREE, Part.STEP, 2)
    found = bind(anchor, numbered(LOOK, EDIT, EDIT, READ))
    assert found is not None
    assert (found.step, found.moved) == (4, True)


def test_of_several_equal_steps_the_very_one_is_meant_and_else_the_nearest() -> None:
    loop = numbered(LOOK, READ, LOOK, READ, LOOK)
    anchor = anchor_at(loop, Part.STEP, 5)
    assert bind(anchor, loop).step == 5
    assert bind(anchor, numbered(EDIT, LOOK, EDIT, LOOK, EDIT, LOOK)).step == 6
    assert bind(anchor, numbered(LOOK, READ, LOOK, READ)).step == 3


def test_a_range_goes_by_its_words_and_the_words_around_them() -> None:
    # The second "import b" of the text, by what stands before it.
    start = READ.observation.rindex("import")
    anchor = anchor_at(THREE, Part.OBSERVATION, 2, start, start + 8)
    longer = replace(READ, observation="# new first line\n" + READ.observation + "\nimport b")
    found = bind(anchor, numbered(LOOK, longer, EDIT))
    assert found is not None
    assert (found.step, found.start, found.moved) == (2, start + 17, True)


def test_a_range_whose_words_are_gone_is_not_bound_to_others() -> None:
    anchor = anchor_at(THREE, Part.OBSERVATION, 2, 0, 8)
    assert bind(anchor, numbered(LOOK, replace(READ, observation="nothing of it"), EDIT)) is None
    assert bind(anchor_at(THREE, Part.STEP, 2), numbered(LOOK, EDIT)) is None
    assert bind(anchor_at(THREE, Part.ANSWER, None, 0, 2), replace(THREE, answer="No")) is None
    assert bind(anchor_at(THREE, Part.ANSWER), replace(THREE, answer=None)) is None


def test_words_that_stand_between_the_same_words_are_found_in_another_step_when_it_is_the_only_one() -> None:
    anchor = anchor_at(THREE, Part.OBSERVATION, 2, 9, 16)
    other = replace(READ, thought="otherwise put")
    found = bind(anchor, numbered(EDIT, LOOK, EDIT, other))
    assert found is not None
    assert (found.step, found.start, found.moved) == (4, 9, True)
    assert bind(anchor, numbered(EDIT, EDIT, EDIT, other, replace(other, thought="again"))) is None


def test_a_step_that_was_thought_otherwise_is_found_under_its_number_by_how_it_begins() -> None:
    anchor = anchor_at(THREE, Part.STEP, 2)
    assert bind(anchor, numbered(LOOK, replace(READ, thought="in other words"), EDIT)).step == 2
    assert bind(anchor, numbered(LOOK, step(2, "I read", "cat b.py"), EDIT)) is None


def test_a_long_range_is_kept_by_its_beginning_and_its_length() -> None:
    text = "".join(f"line {n}\n" for n in range(2_000))
    long = numbered(replace(READ, observation=text))
    anchor = anchor_at(long, Part.OBSERVATION, 1, 100, 9_000)
    assert len(anchor.quote) == LONGEST_QUOTE
    found = bind(anchor, numbered(replace(READ, observation="new\n" + text)))
    assert found is not None
    assert (found.start, found.end) == (104, 9_004)
    found = bind(anchor, numbered(replace(READ, thought="else", observation="new\n" + text)))
    assert found is not None
    assert (found.start, found.end) == (104, 9_004)


@pytest.mark.parametrize(
    ("part", "number", "start", "end", "told"),
    [
        (Part.STEP, 7, None, None, "step 7 of this rollout has no step"),
        (Part.ERROR, 1, None, None, "has no error"),
        (Part.THOUGHT, None, None, None, "number of its step"),
        (Part.ANSWER, None, 0, 500, "has 11 characters"),
        (Part.ANSWER, None, 3, 3, "beginning and an end"),
        (Part.ANSWER, None, 3, None, "beginning and an end"),
        (Part.ROLLOUT, None, 0, 1, "has 0 characters"),
    ],
)
def test_a_place_that_is_not_there_is_one_sentence(
    part: Part, number: int | None, start: int | None, end: int | None, told: str
) -> None:
    with pytest.raises(UsageError, match=told):
        anchor_at(THREE, part, number, start, end)


@given(st.text(alphabet=st.sampled_from("ab \n\x1b[0m\r\x00\u202e検😀"), min_size=1, max_size=60), st.data())
def test_offsets_are_over_the_readable_text(raw: str, data: st.DataObject) -> None:
    text = readable(raw)
    if len(text) < 2:
        return
    start = data.draw(st.integers(0, len(text) - 2))
    end = data.draw(st.integers(start + 1, len(text)))
    there = numbered(LOOK, replace(READ, observation=raw))
    anchor = anchor_at(there, Part.OBSERVATION, 2, start, end)
    assert anchor.quote == text[start:end]
    found = bind(anchor, there)
    assert found is not None
    assert (found.step, found.start, found.end, found.moved) == (2, start, end, False)


@given(st.lists(st.sampled_from([LOOK, READ, EDIT]), max_size=7), st.sampled_from(["a", "b", "import b", "done"]))
def test_a_note_never_lands_on_other_words(steps: list[Step], words: str) -> None:
    source = numbered(LOOK, READ, EDIT, READ)
    target = numbered(*steps)
    anchors = []
    for number in range(1, 5):
        text = text_of(source, Part.OBSERVATION, number) or ""
        if words in text:
            start = text.index(words)
            anchors.append(anchor_at(source, Part.OBSERVATION, number, start, start + len(words)))
    for anchor, found in zip(anchors, bind_all(anchors, target), strict=True):
        if found is not None:
            text = text_of(target, Part.OBSERVATION, found.step) or ""
            assert text[found.start : found.end] == anchor.quote == words
