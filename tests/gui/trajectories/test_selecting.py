"""What is selected in the texts of a step, and going to a stretch of one."""

from dataclasses import replace

import pytest
from PySide6.QtGui import QTextCursor

from rb_studio.gui.rooms.trajectories.levels import Level
from rb_studio.gui.rooms.trajectories.long_text import AT_ONCE, LongText
from rb_studio.gui.rooms.trajectories.opened import Opened
from rb_studio.gui.rooms.trajectories.plain import LONGEST_LINE, SHOWN, readable
from rb_studio.gui.rooms.trajectories.step_panel import StepPanel
from rb_studio.gui.rooms.trajectories.ticks import ticks_of
from rb_studio.gui.rooms.trajectories.units import Units
from tests.gui.trajectories.samples import listed_row, run_row, step, trajectory

FACES = "\U0001f600"


def choose(text: LongText, words: str) -> None:
    text.edit.moveCursor(QTextCursor.MoveOperation.Start)
    assert text.edit.find(words)


@pytest.fixture
def panel(frame, qtbot) -> StepPanel:
    made = StepPanel(frame.theme)
    qtbot.addWidget(made, before_close_func=StepPanel.stop)
    made.resize(800, 600)
    made.show()
    return made


@pytest.fixture
def opened(panel: StepPanel) -> Opened:
    steps = (
        step(1, "grep word .", f"{FACES} one {FACES}\n\x1b[31mword\x1b[0m here"),
        step(2, "cat <<EOF\nword\nEOF", f"{'x' * (LONGEST_LINE + 30)}word\n" + "fill\n" * 30_000 + "at the end"),
        replace(step(3, "ls"), error="word is missing", reasoning="a word of reasoning"),
    )
    found = Opened(listed_row(), trajectory(steps, patch="+word"), run_row(), ticks_of(steps))
    panel.show_rollout(found)
    panel.show_step(1)
    return found


def test_places_beyond_the_first_plane_are_counted_as_qt_counts_them() -> None:
    text = f"a{FACES}b{FACES}c"
    units = Units(text)
    assert [units.of(place) for place in range(len(text) + 1)] == [0, 1, 3, 4, 6, 7]
    assert [units.place(unit) for unit in (0, 1, 3, 4, 6, 7)] == list(range(6))
    assert Units("plain").of(3) == 3


def test_nothing_selected_is_the_step(panel: StepPanel, opened: Opened) -> None:
    assert panel.selected((1,)) == replace(panel.selected((1,)), steps=(1,), part="", text="")


def test_a_stretch_of_an_observation_is_told_by_its_place_in_the_readable_text(panel, opened: Opened) -> None:
    choose(panel.pages.after.text, "word")
    found = panel.selected((1,))
    assert (found.steps, found.part, found.text) == ((1,), "observation", "word")
    assert readable(opened.step(1).observation)[found.start : found.end] == "word"


def test_what_was_seen_before_a_step_belongs_to_the_step_before(panel: StepPanel, opened: Opened) -> None:
    panel.show_step(2)
    panel.pages.set_mode("both")
    choose(panel.pages.before.text, "here")
    assert panel.selected((2,)).steps == (1,)


def test_broken_lines_do_not_shift_what_is_selected(panel: StepPanel, opened: Opened) -> None:
    panel.show_step(2)
    choose(panel.pages.after.text, "word")
    found = panel.selected((2,))
    assert (found.start, found.text) == (LONGEST_LINE + 30, "word")


@pytest.mark.parametrize(("place", "words", "part"), [(1, "thought 1", "thought"), (1, "grep word", "action")])
def test_a_stretch_of_the_card_is_told_by_the_text_it_stands_in(panel, opened: Opened, place, words, part) -> None:
    panel.card.moveCursor(QTextCursor.MoveOperation.Start)
    assert panel.card.find(words)
    found = panel.selected((place,))
    assert (found.part, found.text) == (part, words)


def test_a_place_far_beyond_what_is_shown_is_gone_to(panel: StepPanel, opened: Opened, qtbot) -> None:
    panel.show_step(2)
    panel.set_level(Level.OUTLINE)
    start = readable(opened.step(2).observation).index("at the end")
    assert start > max(SHOWN, AT_ONCE)
    panel.reveal("observation", start, len("at the end"))
    qtbot.waitUntil(lambda: panel.pages.after.text.edit.textCursor().selectedText() == "at the end")
    assert panel.selected((2,)).start == start


@pytest.mark.parametrize(
    ("part", "text"), [("error", "missing"), ("reasoning", "reasoning"), ("thought", "thought"), ("action", "ls")]
)
def test_a_place_in_the_card_is_shown_even_where_its_kind_was_hidden(panel, opened: Opened, part, text) -> None:
    panel.show_step(3)
    panel.set_level(Level.OUTLINE)
    panel.toggle("tools")
    whole = {"error": "word is missing", "reasoning": "a word of reasoning", "thought": "thought 3", "action": "ls"}
    panel.reveal(part, whole[part].index(text), len(text))
    assert panel.card.textCursor().selectedText() == text
    assert panel.selected((3,)).part == part


def test_a_place_in_the_patch_is_gone_to(panel: StepPanel, opened: Opened) -> None:
    panel.reveal("patch", 1, 4)
    assert panel.tab == "patch"
    assert panel.selected((1,)) == replace(panel.selected((1,)), part="patch", start=1, end=5, text="word")
