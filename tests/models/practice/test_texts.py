"""The model's own words must show what they mean to its own readers, and nothing else."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rb_studio.environments.practice.names import CATALOGUES
from rb_studio.models.practice_behaviours import blamed, shown
from rb_studio.models.practice_habits import Habit, Trait
from rb_studio.models.practice_lessons import lesson, wordings
from rb_studio.models.practice_page import see
from rb_studio.models.practice_sayings import CAREFUL, CARELESS, REMARKS
from rb_studio.models.practice_talk import ShownStep, read_attempts, read_notes, read_steps, write_notes


def behaviours(text):
    return set(shown([ShownStep(1, text, "", "", "")]))


@pytest.mark.parametrize("habit", Habit)
def test_careful_words_show_their_habit_and_no_other(habit):
    for saying in CAREFUL[habit]:
        assert behaviours(saying.format(column="Units")) == {habit}


@pytest.mark.parametrize("habit", Habit)
def test_careless_words_show_no_habit(habit):
    for saying in CARELESS[habit]:
        assert behaviours(saying) == set()


def test_remarks_show_their_trait_only():
    assert all(behaviours(text) == {trait} for trait, texts in REMARKS.items() for text in texts)


@pytest.mark.parametrize("behaviour", [*Habit, *Trait])
def test_lessons_hold_no_names_numbers_or_quotations(behaviour):
    names = {word for words in CATALOGUES.values() for word in (*words.brands, *words.surnames, *words.first_names)}
    for wording in range(wordings(behaviour)):
        item = lesson(behaviour, wording)
        text = f"{item.title} {item.description} {item.content}"
        assert not re.search(r"[\d\"“]", text)
        assert not names & set(re.findall(r"\w+", text))


@pytest.mark.parametrize(
    ("reason", "habits"),
    [
        ("The change was entered but neither saved nor confirmed", [Habit.SAVE]),
        ("The count covers the first page only; the other pages were not read", [Habit.PAGES]),
        ("The goal names an order status, but nothing was filtered by it", [Habit.STATUS]),
        ("Only a part of the reviews was visible", [Habit.REVIEWS]),
        ("The dates are not the range the goal asks for", [Habit.RANGE]),
        ("The answer is wrong", []),
    ],
)
def test_a_reason_blames_the_habits_it_speaks_of(reason, habits):
    assert blamed(reason) == habits


@given(st.dictionaries(st.from_regex(r"[a-z]{1,8}", fullmatch=True), st.text(max_size=30), max_size=5))
def test_notes_survive_being_written_into_a_thought(notes):
    read = read_notes("I think; so = what." + write_notes(notes))
    assert read.keys() == notes.keys()
    for name, value in read.items():
        assert value.split() == notes[name].replace(";", ",").split()


@given(st.text(max_size=400))
def test_any_text_can_be_read_as_page_steps_or_attempts(text):
    for wrapped in (text, f"[step 1] Thought: {text}", f"## Attempt 1 - outcome: success\n{text}"):
        page = see(wrapped)
        assert page.pager[0] >= 0
        assert isinstance(page.tables, tuple)
        assert len(read_steps(wrapped)) >= wrapped.startswith("[step")
        assert len(read_attempts(wrapped)) >= wrapped.startswith("## Attempt")


def test_a_page_is_read_as_elements_fields_and_tables():
    text = (
        "RootWebArea 'Orders - Shop'\n\t[1] heading 'Orders'\n\t[2] textbox \"Owner's name\" value='x'\n"
        "\t[3] combobox 'Status' value='Any'\n\t\toption 'Any', selected=True\n\t\toption 'Open', selected=False\n"
        "\t[4] table 'Orders'\n\t\t[5] row ''\n\t\t\t[6] columnheader 'Order'\n"
        "\t\t\t[7] columnheader 'Total', sorted descending\n"
        "\t\t[8] row ''\n\t\t\t[9] gridcell '000001'\n\t\t\t\t[10] link '000001'\n\t\t\t[11] gridcell '$5.00'\n"
        "\tStaticText 'Page 2 of 7'"
    )
    page = see(text)
    assert (page.title, page.pager) == ("Orders", (2, 7))
    assert page.field("name").value == "x"
    assert page.options(page.field("status")) == ["Any", "Open"]
    table = page.table
    assert (table.sorted_by, table.down) == ("Total", True)
    assert (table.rows, table.links) == ((("000001", "$5.00"),), ("10",))


def test_a_line_between_two_passes_belongs_to_no_step():
    told = "[step 1] Thought: I look.\nAction: click('1')\n\n"
    told += "[pass 2] The agent was asked to check its work and went on:\n\n"
    told += (
        "[step 2] Thought: I sort.\nAction: click('2')\nError: no such element\n\n[pass 3] The agent was asked to\n\n"
    )
    told += "[step 3] Thought: Done.\nAction: send_msg_to_user('x')"
    steps = read_steps(told)
    assert [step.action for step in steps] == ["click('1')", "click('2')", "send_msg_to_user('x')"]
    assert [step.error for step in steps] == ["", "no such element", ""]
    assert [step.said for step in steps] == ["I look.", "I sort.", "Done."]
