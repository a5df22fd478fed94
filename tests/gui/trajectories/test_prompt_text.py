"""The prompt as it was sent."""

from dataclasses import replace

from rb_studio.gui.rooms.trajectories.opened import Opened
from rb_studio.gui.rooms.trajectories.prompt_text import (
    HEADER,
    LIVE,
    MEMORY,
    NOT_INJECTED,
    REBUILT,
    SAME,
    UNKNOWN,
    compose,
    prompt_of,
)
from rb_studio.records.calls import Message
from tests.gui.trajectories.samples import call, listed_row, run_row, step, trajectory


def opened(calls: dict[int, tuple[object, ...]], **more: object) -> Opened:
    steps = tuple(step(number) for number in (1, 2, 3))
    return Opened(listed_row(**more), trajectory(steps, memory_block="\nnotes: be brief"), run_row(), calls=calls)


def test_messages_stand_as_they_were_sent_and_the_memory_is_found() -> None:
    text = prompt_of(opened({1: (call(1, "You act.\nnotes: be brief", "Goal"),)}), 1)
    assert "You act.\nnotes: be brief" in text.text
    memory = [span for span in text.spans if span.kind == MEMORY]
    assert [text.text[span.start : span.start + span.length] for span in memory] == ["notes: be brief"]
    assert text.memory_at == memory[0].start
    assert "temperature 0.7" in text.note


def test_what_the_step_before_sent_too_is_told() -> None:
    both = {1: (call(1, "system", "goal"),), 2: (call(2, "system", "goal", "new"),)}
    text = prompt_of(opened(both), 2)
    assert [span.kind for span in text.spans] == [SAME, SAME, HEADER]
    assert "the first 2 as in the step before" in text.note


def test_the_middle_of_a_long_history_is_hidden_until_asked_for() -> None:
    old = [f"message {number} " + "x" * 3000 for number in range(20)]
    both = {1: (call(1, *old),), 2: (call(2, *old, "new"),)}
    part, whole = prompt_of(opened(both), 2), prompt_of(opened(both), 2, whole=True)
    assert part.hidden > 0
    assert "14 messages here, as in the step before, not shown" in part.text
    assert "message 1 " in part.text
    assert "message 10 " not in part.text
    assert (whole.hidden, whole.size) == (0, part.size)
    assert "message 10 " in whole.text


def test_of_several_tries_the_last_is_shown() -> None:
    text = prompt_of(opened({1: (call(1, "first"), call(1, "second"))}), 1)
    assert "second" in text.text
    assert "asked 2 times" in text.note


def test_retrieved_but_not_sent_is_a_warning(practised_rollout: Opened) -> None:
    assert prompt_of(practised_rollout, 1).warning == ""
    assert prompt_of(practised_rollout, 1).memory_at is not None
    without = {number: tuple(replace(one, messages=(Message("user", "x"),)) for one in calls)
               for number, calls in practised_rollout.calls.items()}  # fmt: skip
    assert prompt_of(replace(practised_rollout, calls=without), 1).warning == NOT_INJECTED


def test_a_running_rollout_says_when_the_prompt_comes() -> None:
    assert prompt_of(opened({}, status="running"), 1).note == LIVE
    assert prompt_of(opened({}), 1).note == UNKNOWN


def test_an_imported_conversation_is_rebuilt_and_said_to_be(foreign_rollout: Opened) -> None:
    text = prompt_of(foreign_rollout, 2)
    assert text.note == REBUILT
    assert "Please mend" in text.text
    assert "thought 1" in text.text
    assert "thought 2" not in text.text


def test_a_huge_message_is_shown_in_part() -> None:
    message = Message("user", "y" * 100_000)
    part = compose([message], "")
    assert part.size - part.hidden < 30_000
    assert compose([message], "", whole=True).hidden == 0
