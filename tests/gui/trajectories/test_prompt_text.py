"""The prompt as it was sent."""

from dataclasses import replace

from rb_studio.gui.rooms.trajectories.details_html import details_html
from rb_studio.gui.rooms.trajectories.opened import ItemLink, Opened, read_opened
from rb_studio.gui.rooms.trajectories.plain import LONGEST_LINE, SHOWN
from rb_studio.gui.rooms.trajectories.prompt_text import (
    HEADER,
    ITEMS_ABSENT,
    LIVE,
    MEMORY,
    NOT_INJECTED,
    REBUILT,
    SAME,
    UNKNOWN,
    PromptText,
    compose,
    prompt_of,
)
from rb_studio.gui.theme import LIGHT
from rb_studio.records.calls import Message
from rb_studio.records.memory import Retrieval, RetrievedExperience
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


def marked(text: PromptText) -> list[str]:
    return [text.text[span.start : span.start + span.length] for span in text.spans if span.kind == MEMORY]


def test_memory_beyond_the_shown_part_of_a_message_is_found_and_shown() -> None:
    far = "preamble\n" * SHOWN + "notes: be brief" + "\nmore" * SHOWN
    text = prompt_of(opened({1: (call(1, far, "Goal"),)}), 1)
    assert marked(text) == ["notes: be brief"]
    long_line = "x" * (3 * LONGEST_LINE) + " notes: be brief"
    assert marked(prompt_of(opened({1: (call(1, long_line, "Goal"),)}), 1)) == ["notes: be brief"]


def test_a_message_with_the_memory_is_never_left_out_of_a_long_history() -> None:
    history = ["x" * 10_000 for _ in range(10)]
    history[5] = "notes: be brief"
    both = {1: (call(1, *history),), 2: (call(2, *history, "now"),)}
    text = prompt_of(opened(both), 2)
    assert "not shown]" in text.text
    assert marked(text) == ["notes: be brief"]


def test_without_system_messages_their_names_stay() -> None:
    messages = (Message("system", "secret ways"), Message("user", "go"))
    text = compose(messages, "", system=False)
    assert "secret" not in text.text
    assert "system \u2013 11 characters" in text.text
    assert "go" in text.text


def test_an_item_that_was_retrieved_and_not_injected_is_named() -> None:
    items = {
        "a": ItemLink("a", 1, "Be brief"),
        "b": ItemLink("b", 2, "Be bold", absent=True),
        "c": ItemLink("c", 3, "Be kind", absent=True, withheld=True),
    }
    hits = (RetrievedExperience("x", 1, 0.9, "task", "text", ("a", "b"), ("c",)),)
    retrieval = Retrieval("practice/1", "hashing", hits)
    one = replace(opened({1: (call(1, "notes: be brief", "Goal"),)}), retrieval=retrieval, items=items)
    assert prompt_of(one, 1).warning == f"{ITEMS_ABSENT} Be bold, Be kind (left out by lot)"
    told = details_html(one, LIGHT, frozenset())
    assert [name for name in ("Be brief", "Be bold", "Be kind") if f"{name}</a> " in told] == ["Be bold", "Be kind"]
    gone = replace(one, calls={1: (call(1, "nothing", "Goal"),)})
    assert prompt_of(gone, 1).warning == NOT_INJECTED


def test_whether_an_item_was_injected_is_told_by_any_text_it_ever_had(workspace, practised_rollout: Opened) -> None:
    known = practised_rollout.items
    assert known
    assert not any(item.absent for item in known.values())
    changed = next(iter(known.values()))
    workspace.run(lambda db: db.execute("UPDATE rollout SET memory_block = (SELECT first_observation FROM rollout)"))
    without = read_opened(workspace.reader(), practised_rollout.id)
    assert without.items[changed.uid].absent
