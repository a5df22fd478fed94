"""Steps in texts: found, left out, moved, counted."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rb_studio.gui.rooms.memories.forms import LESSON, form_of
from rb_studio.gui.rooms.memories.steps import added, exchanged, recorded_steps, renumbered, without, workflow_steps
from rb_studio.method.render import answer_text, steps_text
from rb_studio.records.trajectory import Action, ExitReason, Step, Trajectory

LISTED = "Export a report.\n1. Open {report}.\n2. Set the dates:\n   from {start}\n3. Press Show.\n"


def record(thoughts: list[str]) -> str:
    """An attempt in the form a trajectory memory has."""
    steps = tuple(
        Step(number, thought, (Action(f"click [{number}]"),), "page") for number, thought in enumerate(thoughts, 1)
    )
    trajectory = Trajectory("r", "t", 0, 0, "start", steps, ExitReason.ANSWERED, answer="done")
    return f"{steps_text(trajectory.steps)}\n\nFinal message: {answer_text(trajectory)}"


def test_steps_of_a_recorded_attempt_are_found_with_what_was_done() -> None:
    text = record(["Look around", "Press it"])
    steps = recorded_steps(text)

    assert len(steps) == 3
    assert steps[0].line.startswith("1  ")
    assert "click" in steps[0].line
    assert steps[0].line.endswith("Look around")
    assert text[steps[1].start : steps[1].end].startswith("[step 2] Thought: Press it")
    assert steps[2].line == "Final message: done"


def test_leaving_a_recorded_step_out_keeps_the_others_word_for_word() -> None:
    text = record(["one", "two", "three"])
    steps = recorded_steps(text)
    left = without(text, steps, 1)

    assert "two" not in left
    assert [text[a.start : a.end] for a in (steps[0], *steps[2:])] == [
        left[b.start : b.end] for b in recorded_steps(left)
    ]


def test_steps_of_a_workflow_keep_their_further_lines() -> None:
    steps = workflow_steps(LISTED)

    assert [step.line for step in steps] == ["1. Open {report}.", "2. Set the dates: from {start}", "3. Press Show."]


def test_a_workflow_is_counted_anew() -> None:
    steps = workflow_steps(LISTED)

    assert without(LISTED, steps, 0, counted=True) == (
        "Export a report.\n1. Set the dates:\n   from {start}\n2. Press Show.\n"
    )
    assert exchanged(LISTED, steps, 1, 2) == (
        "Export a report.\n1. Open {report}.\n2. Press Show.\n3. Set the dates:\n   from {start}\n"
    )
    assert "\n2. new\n3. Set the dates" in added(LISTED, steps, 0, "new")
    assert added("", (), -1, "new") == "1. new"
    assert renumbered("- a\n- b") == "- a\n- b"


def test_bullets_stay_bullets() -> None:
    text = "- a\n- b"

    assert added(text, workflow_steps(text), 0, "new") == "- a\n- new\n- b"
    assert without(text, workflow_steps(text), 1, counted=True) == "- a"


@given(st.lists(st.text("ab 1.\n-", min_size=1), min_size=2, max_size=6), st.data())
def test_exchanging_twice_gives_the_same_text_again(words: list[str], data: st.DataObject) -> None:
    text = renumbered(
        "\n".join(f"{n}. {re.sub(r'[0-9.-]|^ +', '', word).strip() or 'x'}" for n, word in enumerate(words, 1))
    )
    steps = workflow_steps(text)
    place = data.draw(st.integers(0, len(steps) - 2))
    once = exchanged(text, steps, place, place + 1)

    assert exchanged(once, workflow_steps(once), place, place + 1) == text
    assert sorted(step.line.partition(" ")[2] for step in workflow_steps(once)) == sorted(
        step.line.partition(" ")[2] for step in steps
    )


@pytest.mark.parametrize(("mode", "unit", "most"), [("synapse", "characters", 16_000), ("awm", "words", 400)])
def test_each_mode_has_its_own_limits(mode: str, unit: str, most: int) -> None:
    limit = form_of(mode).limits["content"]

    assert (limit.unit, limit.most) == (unit, most)
    assert limit.told("x " * (most + 1)).startswith("⚠ long: ")
    assert form_of("reasoningbank") is form_of("anything") is LESSON
