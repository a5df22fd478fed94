"""Levels and kinds: what is read of a step, and that neither step nor scroll is lost."""

from dataclasses import replace

from PySide6.QtCore import Qt

from rb_studio.gui.rooms.trajectories.levels import KINDS, Level, Reading
from rb_studio.gui.rooms.trajectories.opened import Opened
from rb_studio.gui.rooms.trajectories.outline import OutlineModel
from rb_studio.gui.rooms.trajectories.step_card import card_html
from rb_studio.gui.rooms.trajectories.ticks import ticks_of
from rb_studio.gui.theme import LIGHT
from tests.gui.trajectories.samples import call, listed_row, run_row, step, trajectory

LONG = "\n".join(f"thought line {number}" for number in range(200))


def long_rollout() -> Opened:
    steps = tuple(replace(step(number, observation=f"out {number}"), thought=LONG) for number in range(1, 6))
    return Opened(listed_row(), trajectory(steps), run_row(), ticks_of(steps), calls={2: (call(2, "be good", "go"),)})


def test_readings_are_kept_and_damaged_ones_are_as_at_first() -> None:
    other = Reading(Level.OUTLINE, reasoning=True, tools=False)
    assert Reading.restored(other.kept()) == other
    assert Reading.restored({"level": "deepest", "tools": 0}) == Reading(tools=False)
    assert Reading().next_level().level is Level.OUTLINE
    assert all(Reading().toggled(kind).toggled(kind) == Reading() for kind in KINDS)


def test_z_goes_round_the_levels_and_the_step_stays(room, keys) -> None:
    panel = room.panels.step
    keys("J")
    for level, outline, tabs in ((Level.OUTLINE, True, False), (Level.SIMPLE, False, False), (Level.FULL, False, True)):
        keys("Z")
        assert panel.reading.level is level
        assert (panel.outline.isVisible(), panel.tabs.isVisible()) == (outline, tabs)
        assert room.presenter.step == 2
        assert panel.head.levels.text() == str(level).capitalize()
    keys("Z")
    assert panel.outline.currentIndex().row() == 1
    keys("P")
    assert (panel.reading.level, panel.tab) == (Level.FULL, "prompt")


def test_moving_in_the_outline_goes_to_the_step_and_enter_reads_it(room, qtbot) -> None:
    room.panels.step.set_level(Level.OUTLINE)
    outline = room.panels.step.outline
    outline.setCurrentIndex(outline.rows.index(2))
    assert room.presenter.step == 3
    outline.activated.emit(outline.currentIndex())
    assert room.panels.step.reading.level is Level.SIMPLE
    assert room.presenter.step == 3


def test_each_kind_is_shown_or_hidden_by_its_key(room, keys) -> None:
    panel = room.panels.step
    assert "Action" in panel.card.toPlainText()
    keys("Shift+T")
    assert "Action" not in panel.card.toPlainText()
    keys("Shift+M")
    assert "About the step" in panel.card.toPlainText()
    keys("P")
    assert "hidden" not in panel.prompt.text.edit.toPlainText()
    keys("Shift+S")
    assert "[hidden" in panel.prompt.text.edit.toPlainText()
    kept = room.place_to_keep()["panels"]["centre"]["reading"]
    assert (kept["tools"], kept["metadata"], kept["system"]) == (False, True, False)


def test_the_scroll_of_each_step_is_its_own_at_each_level(room, qtbot) -> None:
    panel, opened = room.panels.step, long_rollout()
    panel.show_rollout(opened)
    panel.set_level(Level.SIMPLE)
    panel.show_step(1)
    bar = panel.card.verticalScrollBar()
    assert bar.maximum() > 400
    bar.setValue(300)
    panel.show_step(2)
    assert bar.value() == 0
    bar.setValue(120)
    panel.set_level(Level.FULL)
    panel.set_level(Level.OUTLINE)
    panel.set_level(Level.SIMPLE)
    assert bar.value() == 120
    panel.show_step(1)
    assert bar.value() == 300
    panel.toggle("metadata")
    assert bar.value() == 300


def test_the_outline_grows_at_its_end_and_its_rows_are_a_valid_model(frame, qtmodeltester) -> None:
    model = OutlineModel(frame.theme)
    opened = long_rollout()
    short = replace(opened, trajectory=replace(opened.trajectory, steps=opened.trajectory.steps[:3]))
    model.show_rollout(short)
    told: list[tuple[int, int]] = []
    model.rowsInserted.connect(lambda _parent, first, last: told.append((first, last)))
    model.show_rollout(opened)
    assert told == [(3, 4)]
    assert model.index(0).data().startswith("1  read  thought line 0")
    model.show_reading(Reading(tools=False, metadata=True))
    assert "ls" not in model.index(0).data().split()
    assert "tokens" in model.index(0).data()
    assert model.index(1).data(Qt.ItemDataRole.DecorationRole) is not None
    qtmodeltester.check(model, force_py=True)
    model.show_rollout(None)
    assert model.rowCount() == 0


def test_the_simple_level_tells_what_followed_and_leads_to_all_of_it() -> None:
    steps = (step(1, "cat x.py", "import os\n" * 500), step(2, observation="short"))
    opened = Opened(listed_row(), trajectory(steps), run_row(), ticks_of(steps))
    simple = card_html(opened, 1, LIGHT, Reading(Level.SIMPLE))
    assert "What followed" in simple
    assert 'href="level:full"' in simple
    assert simple.count("import") <= 41
    assert "level:full" not in card_html(opened, 2, LIGHT, Reading(Level.SIMPLE))
    assert "What followed" not in card_html(opened, 1, LIGHT, Reading())


def test_a_link_to_more_reads_the_step_in_full(room) -> None:
    panel = room.panels.step
    panel.set_level(Level.SIMPLE)
    panel.card.asked.emit("level:full")
    assert panel.reading.level is Level.FULL
    panel.card.asked.emit("reasoning:")
    assert panel.reading.reasoning
