"""The room by keyboard and mouse, on a real workspace."""

import json
import re

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QLabel, QPushButton, QToolButton

from rb_studio.gui.frame import Frame
from rb_studio.gui.jobs import JobState
from rb_studio.gui.rooms.room import Place
from rb_studio.gui.rooms.trajectories.opened import Opened
from rb_studio.gui.rooms.trajectories.page_markup import POINTER
from rb_studio.gui.rooms.trajectories.panels import Panels
from rb_studio.gui.rooms.trajectories.step_panel import TABS
from rb_studio.gui.rooms.trajectories.view import TrajectoriesRoom
from rb_studio.records.judgement import Status, Verdict
from rb_studio.store import feed
from rb_studio.store.imported import SourceFile, save_imported
from rb_studio.store.rollouts import rollout_rows
from rb_studio.store.verdicts import add_verdicts
from tests.gui.conftest import TASKS
from tests.gui.trajectories.samples import imported, step, trajectory
from tests.gui.trajectories.test_presenter import UID, begin_run, row_of, tell


def go(room: TrajectoriesRoom, qtbot, opened: Opened, step: int = 1) -> None:
    room.show_place({"rollout": opened.row.uid, "step": step})
    qtbot.waitUntil(lambda: room.presenter.opened is not None and room.presenter.opened.id == opened.id)
    qtbot.waitUntil(lambda: room.presenter.step == step)


def test_the_first_rollout_of_the_newest_run_is_open_when_the_room_is_entered(room: TrajectoriesRoom, qtbot) -> None:
    panels = room.panels
    qtbot.waitUntil(lambda: panels.list._count.text() == f"{2 * TASKS} of {2 * TASKS}")
    assert room.presenter.opened.run.id == 2
    assert panels.list.table.currentIndex().row() == 1
    assert POINTER in panels.step.pages.before.drawn.toPlainText()
    assert "Verdict" in panels.details.browser.toPlainText()
    assert panels.step.head.simulated.isVisible()


def test_keys_step_through_a_rollout(room: TrajectoriesRoom, keys, qtbot, practised_rollout: Opened) -> None:
    go(room, qtbot, practised_rollout)
    last = practised_rollout.count
    for key, number in (("J", 2), ("Right", 3), ("K", 2), ("Left", 1), ("End", last), ("Home", 1)):
        keys(key)
        assert room.presenter.step == number, key
    assert room.panels.transport.number.value() == 1


def test_space_plays_and_pauses_and_presses_a_focused_button(room, keys, qtbot, practised_rollout: Opened) -> None:
    go(room, qtbot, practised_rollout)
    room.panels.transport.speed.setCurrentText("4\u00d7")
    keys("Space")
    assert room.presenter.playing
    qtbot.waitUntil(lambda: room.presenter.step > 1)
    keys("Space")
    assert not room.presenter.playing
    button = room.panels.transport._buttons["last"]
    button.setFocus()
    keys("Space", button)
    assert room.presenter.step == practised_rollout.count
    assert not room.presenter.playing


def test_brackets_go_to_the_rollouts_of_the_list(room: TrajectoriesRoom, keys, qtbot) -> None:
    first = room.presenter.opened.id
    keys("]")
    qtbot.waitUntil(lambda: room.presenter.opened.id != first)
    keys("[")
    qtbot.waitUntil(lambda: room.presenter.opened.id == first)
    keys("[")
    assert room.presenter.wanted == first


def test_g_takes_a_number_and_typing_in_a_line_steps_nowhere(room, keys, qtbot, practised_rollout: Opened) -> None:
    go(room, qtbot, practised_rollout)
    keys("G")
    assert room.panels.transport.number.hasFocus()
    qtbot.keyClicks(room.panels.transport.number, "3")
    qtbot.keyClick(room.panels.transport.number, Qt.Key.Key_Return)
    assert room.presenter.step == 3
    room.panels.list.line.setFocus()
    qtbot.keyClicks(room.panels.list.line, "jjk ")
    assert (room.presenter.step, room.presenter.playing) == (3, False)


def test_tabs_turn_by_key_and_keep_step_and_scroll(room: TrajectoriesRoom, keys, qtbot, practised_rollout) -> None:
    go(room, qtbot, practised_rollout, 2)
    keys("P")
    assert room.panels.step.tab == "prompt"
    prompt = room.panels.step.prompt.text
    prompt.edit.verticalScrollBar().setValue(9)
    top = prompt.top
    assert top > 0
    for key, tab in (("R", "reply"), ("D", "changes"), ("A", "fields"), ("O", "page")):
        keys(key)
        assert room.panels.step.tab == tab
    keys("P")
    assert (room.presenter.step, prompt.top) == (2, top)
    keys("J")
    assert room.panels.step.tab == "prompt"
    keys("K")
    assert prompt.top == top
    room.panels.step.show_tab("patch")
    assert room.panels.step.tab == "prompt"


def test_every_command_is_listed_with_a_reason_when_disabled(room: TrajectoriesRoom, frame: Frame) -> None:
    frame.registry.refresh()
    commands = room.commands()
    assert {command.where for command in commands} == {"trajectories"}
    assert len({command.shortcut for command in commands if command.shortcut}) == len(
        [command for command in commands if command.shortcut]
    )
    resume = frame.registry.action("trajectories.resume")
    assert not resume.isEnabled()
    assert "not interrupted" in resume.toolTip()


def test_a_step_is_copied_as_markdown(room: TrajectoriesRoom, frame: Frame, qtbot, practised_rollout) -> None:
    go(room, qtbot, practised_rollout, 2)
    frame.registry.action("trajectories.copy").trigger()
    qtbot.waitUntil(lambda: frame.toast.said == ["Step 2 is copied as Markdown."])
    text = QGuiApplication.clipboard().text()
    step = practised_rollout.step(2)
    assert text.startswith(f"# {practised_rollout.row.task_key}\n\n## Step 2")
    assert step.action_text in text
    assert step.observation.splitlines()[0] in text


def test_selected_steps_rollout_verdicts_and_memory_are_copied_as_markdown(
    room: TrajectoriesRoom, frame: Frame, qtbot, practised_rollout
) -> None:
    go(room, qtbot, practised_rollout, 2)

    def copied(name: str) -> str:
        frame.toast.said.clear()
        frame.registry.action(f"trajectories.{name}").trigger()
        qtbot.waitUntil(lambda: bool(frame.toast.said))
        return QGuiApplication.clipboard().text()

    room.stage.select_steps((2, 3))
    text = copied("copy")
    assert "## Step 2" in text
    assert "## Step 3" in text
    assert "## Step 1" not in text
    assert frame.toast.said == ["2 steps are copied as Markdown."]
    whole = copied("copy.rollout")
    assert f"## Step {practised_rollout.count}" in whole
    assert practised_rollout.verdicts[0].reason in whole
    assert practised_rollout.verdicts[0].reason in copied("copy.verdict")
    assert practised_rollout.trajectory.memory_block.strip() in copied("copy.memory")
    room.stage.set_blind(True)
    frame.registry.refresh()
    assert not frame.registry.action("trajectories.copy.verdict").isEnabled()
    assert practised_rollout.verdicts[0].reason not in copied("copy.rollout")


def test_links_jump_to_steps_and_ask_for_memories(room, went, qtbot, practised_rollout: Opened) -> None:
    go(room, qtbot, practised_rollout)
    room.panels.details.asked.emit("step:3")
    assert room.presenter.step == 3
    item = next(iter(practised_rollout.items.values()))
    room.panels.details.asked.emit(f"item:{item.id}")
    room.actions_.show_item()
    assert went == [Place("memories", {"item": item.id})] * 2
    room.panels.details.asked.emit(f"task:{practised_rollout.row.task_key}")
    assert room.list_presenter.filter.task_key == practised_rollout.row.task_key
    room.panels.details.asked.emit(f"run:{practised_rollout.run.id}")
    assert room.list_presenter.filter.run == practised_rollout.run.id


def test_another_rooms_rollouts_are_shown_with_a_chip_that_clears(room, workspace, qtbot) -> None:
    uids = [row.uid for row in rollout_rows(workspace.reader(), run=1)][:3]
    room.show_place({"rollouts": uids})
    qtbot.waitUntil(lambda: room.panels.list._count.text() == f"3 of {2 * TASKS}")
    qtbot.waitUntil(lambda: room.presenter.opened.row.uid == uids[0])
    chip = next(one for one in room.findChildren(QToolButton) if one.text() == "showing 3 rollouts \u2013 clear")
    chip.click()
    qtbot.waitUntil(lambda: room.panels.list._count.text() == f"{2 * TASKS} of {2 * TASKS}")


@pytest.mark.parametrize(("target", "count"), [({"task": "practice/3"}, 2), ({"run": 1}, TASKS)])
def test_a_task_or_a_run_can_be_shown(room, qtbot, target: dict[str, object], count: int) -> None:
    room.show_place(target)
    qtbot.waitUntil(lambda: room.panels.list._count.text() == f"{count} of {2 * TASKS}")
    name, value = next(iter(target.items()))
    qtbot.waitUntil(lambda: room.presenter.opened is not None)
    opened = lambda: room.presenter.opened  # noqa: E731 - read again each time
    qtbot.waitUntil(lambda: (opened().run.id if name == "run" else opened().row.task_key) == value)


def test_a_rollout_outside_the_filter_is_opened_and_not_selected(room, workspace, qtbot, practised_rollout) -> None:
    room.list_presenter.toggle("memory", "none")
    qtbot.waitUntil(lambda: room.panels.list._count.text().startswith(f"{TASKS} of"))
    go(room, qtbot, practised_rollout, 2)
    assert not room.panels.list.table.selectionModel().selectedRows()


def test_the_place_comes_back_as_it_was_left(room, enter, frame, qtbot, practised_rollout) -> None:
    go(room, qtbot, practised_rollout, 3)
    room.panels.step.show_tab("prompt")
    room.panels.step.pages.set_mode("after")
    room.list_presenter.toggle("memory", "reasoningbank")
    room.list_presenter.set_group("task")
    room.panels.transport.speed.setCurrentText("2\u00d7")
    kept = room.place_to_keep()
    frame.registry.remove(command.id for command in frame.registry.of("trajectories"))
    other = TrajectoriesRoom(frame)
    qtbot.addWidget(other)
    other.restore_place(kept)
    other.show()
    other.entered()
    qtbot.waitUntil(lambda: other.presenter.opened is not None)
    assert (other.presenter.opened.id, other.presenter.step) == (practised_rollout.id, 3)
    qtbot.waitUntil(lambda: other.list_presenter.shown is not None)
    assert other.panels.step.tab == "prompt"
    assert other.panels.step.pages.mode == "after"
    assert other.list_presenter.filter == room.list_presenter.filter
    assert other.list_presenter.shown.group == "task"
    assert other.panels.transport.speed.currentText() == "2\u00d7"
    assert other.presenter.opened.id == practised_rollout.id
    other.closing()


def test_a_place_of_a_rollout_that_is_gone_opens_another(frame, qtbot) -> None:
    room = TrajectoriesRoom(frame)
    qtbot.addWidget(room, before_close_func=TrajectoriesRoom.closing)
    room.restore_place({"rollout": "nobody", "run": 9, "step": 4, "filter": None, "panels": {"panes": []}})
    room.show()
    room.entered()
    qtbot.waitUntil(lambda: room.presenter.opened is not None)
    room.closing()


def test_a_rollout_that_is_gone_opens_another_though_the_list_came_first(frame, qtbot) -> None:
    room = TrajectoriesRoom(frame)
    qtbot.addWidget(room, before_close_func=TrajectoriesRoom.closing)
    room.show()
    room._listed = room.presenter._looking = True
    room.list_presenter.refresh()
    qtbot.waitUntil(lambda: room.list_presenter.shown is not None)
    assert room.presenter.opened is None
    room.presenter.open_uid("nobody")
    qtbot.waitUntil(lambda: room.presenter.opened is not None)


def test_a_live_rollout_grows_in_place_while_the_feed_brings_events(room, workspace, frame, qtbot) -> None:
    run = begin_run(workspace)
    tell(workspace, run, 2)
    frame.jobs.state = JobState("x", "running", runs=(run,))
    room.presenter.choose(row_of(workspace))
    qtbot.waitUntil(lambda: room.presenter.opened.running)
    room.panels.step.show_tab("fields")
    last = feed.last_event(workspace.reader())
    tell(workspace, run, 3, first=3)
    frame.session.events.emit(feed.events_after(workspace.reader(), last))
    qtbot.waitUntil(lambda: room.presenter.opened.count == 5)
    assert room.presenter.step == 1
    assert len(room.panels.scrub._ticks) == 5
    assert room.panels.transport._of.text() == "of 5"
    assert room.panels.step.head.running.isVisible()
    qtbot.waitUntil(lambda: room.panels.list._count.text() == f"{2 * TASKS + 1} of {2 * TASKS + 1}")
    assert room.panels.list.table.currentIndex().data(Qt.ItemDataRole.UserRole) == room.presenter.wanted


def test_an_interrupted_run_offers_to_resume_in_place(room, workspace, frame, qtbot, monkeypatch) -> None:
    run = begin_run(workspace)
    tell(workspace, run, 2)
    room.presenter.choose(row_of(workspace))
    qtbot.waitUntil(lambda: room.presenter.opened.running)
    assert room.panels.step.head.told.text() == "The run was interrupted"
    asked = []
    monkeypatch.setattr(frame.jobs, "run", lambda *args, **_: asked.append(args))
    button = next(one for one in room.findChildren(QPushButton) if one.text() == "Resume")
    button.click()
    frame.registry.action("trajectories.resume").trigger()
    assert len(asked) == 2


def test_a_run_resumed_from_here_ends_and_is_shown_finished(room, workspace, frame, qtbot) -> None:
    run = begin_run(workspace, "paused")
    tell(workspace, run, 2)
    room.presenter.choose(row_of(workspace))
    qtbot.waitUntil(lambda: room.presenter.opened.running)
    room.panels.step.head.resume_asked.emit()
    qtbot.waitUntil(lambda: frame.jobs.state is not None and not frame.jobs.active, timeout=60_000)
    assert frame.jobs.state.phase == "finished"
    qtbot.waitUntil(lambda: room.panels.list._count.text().startswith(str(2 * TASKS)))


def test_an_import_is_shown_with_its_observations_and_its_patch(room, workspace, qtbot) -> None:
    workspace.run(lambda db: save_imported(db, SourceFile("/somewhere/a.traj.json", "mini"), [imported()], {}))
    room.show_place({"rollouts": ["foreign-1"]})
    qtbot.waitUntil(lambda: room.presenter.opened.row.uid == "foreign-1")
    step = room.panels.step
    assert step.tabs.tabText(0) == "Observation"
    assert step.tabs.isTabVisible(TABS.index("changes"))
    assert step.tabs.isTabVisible(TABS.index("patch"))
    assert "<script>" in step.pages.after.text.edit.toPlainText()


def test_a_verdict_given_in_another_room_is_shown(room, frame, qtbot, practised_rollout) -> None:
    go(room, qtbot, practised_rollout)
    verdict = Verdict("human-1", practised_rollout.row.uid, Status.UNKNOWN, "cannot tell", source="human")
    frame.session.operate(lambda db: add_verdicts(db, [verdict]))
    qtbot.waitUntil(lambda: "cannot tell" in room.panels.details.browser.toPlainText())
    assert room.presenter.step == 1


def test_an_empty_workspace_says_what_belongs_here(enter, empty_frame, qtbot) -> None:
    room = enter(empty_frame, wait=False)
    qtbot.waitUntil(lambda: room._nothing.isVisible())
    went = []
    room.go.connect(went.append)
    room.findChild(QPushButton, options=Qt.FindChildOption.FindChildrenRecursively)
    button = next(one for one in room._nothing.findChildren(QPushButton))
    button.click()
    assert went == [Place("tasks", {})]
    assert not room.presenter.follow


def test_a_place_to_follow_goes_along_with_what_runs(enter, empty_frame, qtbot) -> None:
    room = enter(empty_frame, wait=False)
    assert not room.presenter.follow, "nobody asked to follow"
    room.show_place({"follow": True})
    assert room.presenter.follow
    assert room.panels.transport.follow.isChecked()
    room.presenter.set_follow(False)


def test_a_place_of_a_run_opens_that_run_and_follows_it_while_it_is_live(enter, frame, qtbot, monkeypatch) -> None:
    room = enter(frame)
    first, last = (row["run"] for row in frame.session.workspace.reader().execute("SELECT DISTINCT run FROM rollout"))
    room.show_place({"run": first})
    qtbot.waitUntil(lambda: room.presenter.opened is not None and room.presenter.opened.run.id == first)
    assert not room.presenter.follow
    monkeypatch.setattr(frame.jobs, "state", JobState("run", "running", (last,)))
    room.show_place({"run": last})
    assert room.presenter.opened is None, "what another run did is not shown for this one"
    qtbot.waitUntil(lambda: room.presenter.opened is not None and room.presenter.opened.run.id == last)
    assert room.presenter.follow
    newest = frame.session.workspace.reader().execute("SELECT max(id) FROM rollout WHERE run = ?", (last,)).fetchone()
    assert room.presenter.opened.id == newest[0]
    room.presenter.set_follow(False)


def test_a_run_without_a_rollout_yet_shows_no_other_runs_step(enter, frame, qtbot) -> None:
    room = enter(frame)
    shown, other = room.presenter.opened.run.id, 3 - room.presenter.opened.run.id
    room.presenter.set_playing(True)
    room.show_place({"run": other})
    assert room.panels.step.isHidden()
    assert not room.presenter.playing
    assert room.panels.details.browser.toPlainText() == ""
    room.show_place({"run": shown})
    qtbot.waitUntil(lambda: room.presenter.opened is not None)
    assert not room.panels.step.isHidden()
    assert room.presenter.opened.run.id == shown


def test_a_run_asked_for_while_a_rollout_of_another_is_looked_up_does_not_show_that_one(enter, frame, qtbot) -> None:
    room = enter(frame)
    before = room.presenter.opened
    room.presenter.open_uid(before.row.uid, 2, before.run.id)
    room.show_place({"run": 3 - before.run.id})
    qtbot.waitUntil(lambda: room.presenter.opened is not None)
    assert room.presenter.opened.run.id == 3 - before.run.id


def test_answers_that_come_after_closing_are_for_nobody(enter, frame, qtbot) -> None:
    room = enter(frame)
    before = room.presenter.opened
    room.presenter.open_uid("another")
    room.list_presenter.refresh()
    room.closing()
    shown = []
    frame.session.query("afterwards", lambda conn: True, shown.append)
    qtbot.waitUntil(lambda: bool(shown))
    assert room.presenter.opened is before
    assert room.list_presenter._reading, "the answer was taken"


def test_sides_are_shown_and_hidden_and_a_narrow_window_shows_one(room: TrajectoriesRoom, keys) -> None:
    panels = room.panels
    assert (panels.list_shown, panels.details_shown) == (True, True)
    keys("I")
    assert not panels.details_shown
    room.resize(700, 500)
    keys("L")
    keys("L")
    keys("I")
    assert (panels.list_shown, panels.details_shown) == (False, True)
    keys("L")
    assert (panels.list_shown, panels.details_shown) == (True, False)


def test_colours_change_with_the_theme_and_nothing_moves(room, frame, qtbot, practised_rollout) -> None:
    go(room, qtbot, practised_rollout, 2)
    before = room.panels.step.pages.before.drawn.toHtml()
    frame.theme.choose("dark")
    after = room.panels.step.pages.before.drawn.toHtml()
    assert before != after
    assert re.sub(r"#[0-9a-f]{6}", "", before) == re.sub(r"#[0-9a-f]{6}", "", after)
    assert room.presenter.step == 2
    assert not room.grab().isNull()
    frame.theme.choose("light")


def test_dragging_on_the_scrub_bar_steps(room, qtbot, practised_rollout) -> None:
    go(room, qtbot, practised_rollout)
    scrub = room.panels.scrub
    qtbot.mousePress(scrub, Qt.MouseButton.LeftButton, pos=QPoint(2, 10))
    assert room.presenter.step == 1
    qtbot.mouseClick(scrub, Qt.MouseButton.LeftButton, pos=QPoint(scrub.width() - 2, 10))
    assert room.presenter.step == practised_rollout.count


def test_many_imported_rollouts_are_listed_together(room, workspace, qtbot) -> None:
    many = [imported(trajectory((), uid=f"f{number}", task_key=f"swe/{number}")) for number in range(4)]
    workspace.run(lambda db: save_imported(db, SourceFile("/x/many.json", "mini"), many, {}))
    room.show_place({"rollouts": [f"f{number}" for number in range(4)]})
    qtbot.waitUntil(lambda: room.panels.list._count.text() == f"4 of {2 * TASKS + 4}")
    qtbot.waitUntil(lambda: "not its steps" in room.panels.step.card.toPlainText())


@pytest.fixture
def long_list(enter, workspace, frame, qtbot) -> TrajectoriesRoom:
    """A room whose list is many times as long as its window is high; the newest rollout is open."""
    many = [imported(trajectory((step(1),), uid=f"f{number}", task_key=f"swe/{number}")) for number in range(80)]
    workspace.run(lambda db: save_imported(db, SourceFile("/x/many.json", "mini"), many, {}))
    room = enter(frame)
    qtbot.waitUntil(lambda: room.panels.list.model.rowCount() > 90)
    return room


def open_row_seen(room: TrajectoriesRoom) -> bool:
    """Whether all of the open rollout's row is on screen in the list."""
    table = room.panels.list.table
    row = room.panels.list.model.row_of(room.presenter.opened.id)
    return row is not None and table.viewport().rect().contains(table.visualRect(table.model().index(row, 0)).center())


def left_and_started_again(room: TrajectoriesRoom, frame: Frame, qtbot, forgotten: str = "") -> TrajectoriesRoom:
    """The room as it is after the program was ended and started."""
    kept = json.loads(json.dumps(room.place_to_keep()))
    kept["panels"]["list"].pop(forgotten, None)
    room.closing()
    frame.registry.remove(command.id for command in frame.registry.of("trajectories"))
    again = TrajectoriesRoom(frame)
    qtbot.addWidget(again, before_close_func=TrajectoriesRoom.closing)
    again.restore_place(kept)
    again.resize(room.size())
    again.show()
    again.entered()
    qtbot.waitUntil(lambda: again.presenter.opened is not None and again.panels.list.model.rowCount() > 90)
    qtbot.waitUntil(lambda: again.panels.list.table.currentIndex().isValid())
    return again


def test_the_list_is_where_it_was_left_after_a_start_and_after_another_room(long_list, frame, qtbot) -> None:
    room = long_list
    room.show_place({"rollout": "f70"})
    qtbot.waitUntil(lambda: room.presenter.opened.row.uid == "f70" and open_row_seen(room))
    bar = room.panels.list.table.verticalScrollBar()
    bar.setValue(bar.value() - 40)
    place = bar.value()
    room.hide()
    room.show()
    room.entered()
    assert bar.value() == place > 0
    again = left_and_started_again(room, frame, qtbot)
    assert again.presenter.opened.row.uid == "f70"
    qtbot.waitUntil(lambda: again.panels.list.table.verticalScrollBar().value() == place)
    assert again.place_to_keep()["panels"]["list"]["top"] == place


def test_a_list_left_away_from_the_open_rollout_stays_there(long_list, frame, qtbot) -> None:
    long_list.show_place({"rollout": "f70"})
    qtbot.waitUntil(lambda: long_list.presenter.opened.row.uid == "f70" and open_row_seen(long_list))
    long_list.panels.list.table.verticalScrollBar().setValue(0)
    again = left_and_started_again(long_list, frame, qtbot)
    assert again.presenter.opened.row.uid == "f70"
    assert again.panels.list.table.verticalScrollBar().value() == 0


def test_the_open_rollout_is_seen_after_a_start_where_no_scroll_was_kept(long_list, frame, qtbot) -> None:
    long_list.show_place({"rollout": "f70"})
    qtbot.waitUntil(lambda: long_list.presenter.opened.row.uid == "f70")
    again = left_and_started_again(long_list, frame, qtbot, "top")
    qtbot.waitUntil(lambda: open_row_seen(again))


def test_brackets_bring_the_open_row_on_screen_while_the_keyboard_is_in_the_list(long_list, keys_of, qtbot) -> None:
    room, press = long_list, keys_of(long_list)
    table = room.panels.list.table
    first = room.presenter.opened.id
    table.verticalScrollBar().setValue(table.verticalScrollBar().maximum())
    assert not open_row_seen(room)
    assert table.hasFocus()
    press("]")
    qtbot.waitUntil(lambda: room.presenter.opened.id != first)
    assert open_row_seen(room)
    table.verticalScrollBar().setValue(table.verticalScrollBar().maximum())
    press("[")
    qtbot.waitUntil(lambda: room.presenter.opened.id == first)
    assert open_row_seen(room)


def test_a_place_brings_its_row_on_screen_also_where_that_rollout_is_open(long_list, keys_of, qtbot) -> None:
    keys_of(long_list)
    long_list.show_place({"rollout": "f70"})
    qtbot.waitUntil(lambda: long_list.presenter.opened.row.uid == "f70" and open_row_seen(long_list))
    long_list.panels.list.table.verticalScrollBar().setValue(0)
    assert not open_row_seen(long_list)
    long_list.show_place({"rollout": "f70"})
    qtbot.waitUntil(lambda: open_row_seen(long_list))


def test_an_import_brings_its_rollout_on_screen(long_list, workspace, keys_of, qtbot) -> None:
    room = long_list
    keys_of(room)
    room.panels.list.table.verticalScrollBar().setValue(room.panels.list.table.verticalScrollBar().maximum())
    more = [imported(trajectory((step(1),), uid=f"g{number}", task_key=f"new/{number}")) for number in range(60)]
    workspace.run(lambda db: save_imported(db, SourceFile("/x/more.json", "mini"), more, {}))
    room.show_place({"rollouts": [f"g{number}" for number in range(60)], "rollout": "g50"})
    qtbot.waitUntil(lambda: room.presenter.opened.row.uid == "g50" and open_row_seen(room))


def test_a_live_run_moves_nobody_who_does_not_follow(long_list, workspace, frame, qtbot) -> None:
    room = long_list
    run = begin_run(workspace)
    events = tell(workspace, run, 1)
    room.show_place({"rollout": UID})
    qtbot.waitUntil(lambda: room.presenter.opened.run.id == run and open_row_seen(room))
    qtbot.waitUntil(lambda: not room.list_presenter._reading)
    bar = room.panels.list.table.verticalScrollBar()
    bar.setValue(bar.maximum())
    room.panels.scrub.setFocus()
    anchor = room.panels.list.table.anchor()
    for number in (2, 3):
        tell(workspace, run, 1, number)
        frame.session.events.emit(events)
        qtbot.waitUntil(lambda number=number: room.presenter.opened.count == number)
        room.list_presenter.refresh()
        qtbot.waitUntil(lambda: not room.list_presenter._reading)
    assert room.panels.list.table.anchor() == anchor
    assert not open_row_seen(room)


def test_before_the_first_step_a_started_run_says_so_instead_of_asking_for_one(enter, empty_frame, qtbot) -> None:
    empty_frame.jobs.state = JobState("run", "starting")
    room = enter(empty_frame, wait=False)
    qtbot.waitUntil(lambda: room._starting.isVisible())
    assert room._starting.findChild(QLabel).text() == "The run is starting: its first step appears here."
    empty_frame.jobs._set(JobState("run", "failed"))
    assert room._nothing.isVisible()
    empty_frame.jobs._set(JobState("run", "starting"))
    assert room._starting.isVisible()
    empty_frame.jobs._set(JobState("run", "failed"))


def test_arrows_select_in_a_text_and_unfold_in_the_tree_of_fields(room: TrajectoriesRoom, keys) -> None:
    panel = room.panels.step
    keys("P")
    text = panel.prompt.text.edit
    text.setFocus()
    keys("Shift+Right", text)
    assert text.textCursor().selectedText() == text.toPlainText()[0]
    assert room.presenter.selected == ()
    panel.card.setFocus()
    keys("Shift+Right", panel.card)
    assert len(panel.card.textCursor().selectedText()) == 1
    keys("A")
    fields = panel.fields
    fields.tree.setFocus()
    fields.tree.setCurrentIndex(fields.model.at(("step",)))
    keys("Left", fields.tree)
    assert not fields.tree.isExpanded(fields.model.at(("step",)))
    keys("J", fields.tree)
    assert (room.presenter.step, fields.tree.isExpanded(fields.model.at(("step",)))) == (2, False)


def test_a_pane_that_is_away_keeps_its_width_over_a_restart(qtbot, frame: Frame) -> None:
    theme = frame.theme
    before, after = Panels(theme), Panels(theme)
    for panels in (before, after):
        qtbot.addWidget(panels)
        panels.resize(1400, 700)
        panels.show()
    before._split.setSizes([400, 650, 350])
    widths = before._split.sizes()
    before.show_details(False)
    before.show_list(False)
    after.restore(before.kept())
    after.show_list(True)
    after.show_details(True)
    assert after._split.sizes() == widths
    for panels in (before, after):
        panels.stop()
