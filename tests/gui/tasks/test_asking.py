"""What the room asks, and what comes of the answers."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QDialog

from rb_studio.gui.frame import Frame
from rb_studio.gui.jobs import JobState
from rb_studio.gui.rooms.room import Place
from rb_studio.gui.rooms.tasks.view import TasksRoom
from rb_studio.jobs.own_tasks import NewTask, add_task
from rb_studio.store import operations, suites

Open = Callable[[str], QDialog]


@pytest.fixture
def started(frame: Frame) -> list[tuple[str, Any, str]]:
    """Jobs are noted, said to run, and not run."""
    noted: list[tuple[str, Any, str]] = []

    def run(request, settings, title=""):
        noted.append(("run", request, title))
        frame.jobs.changed.emit(JobState(title, "running", runs=(7,)))

    def sweep(request, settings, title="", resume=None):
        noted.append(("sweep", request, title))
        frame.jobs.changed.emit(JobState(title, "running", runs=(8, 9)))

    frame.jobs.run, frame.jobs.sweep = run, sweep
    return noted


@pytest.fixture
def gone(room: TasksRoom) -> list[Place]:
    places: list[Place] = []
    room.go.connect(places.append)
    return places


def ready(dialog: QDialog, qtbot) -> None:
    qtbot.waitUntil(lambda: dialog._run.isEnabled())


def test_run_starts_the_suite_and_goes_to_watch(room, dialog: Open, started, gone, qtbot) -> None:
    asked = dialog("run.start")
    ready(asked, qtbot)
    asked._run.click()
    (kind, request, title) = started[0]
    assert (kind, request.suite, request.memory, request.tasks) == ("run", "practice", "reasoningbank", ())
    assert title == "practice: reasoningbank"
    assert gone == [Place("trajectories", {"run": 7})]
    qtbot.waitUntil(lambda: room._asking.dialog is None)


def test_several_selected_tasks_are_run_alone(room: TasksRoom, dialog: Open, started, qtbot) -> None:
    room.table.selectRow(1)
    index = room.table.model().index(3, 0)
    flags = room.table.selectionModel().SelectionFlag
    room.table.selectionModel().select(index, flags.Select | flags.Rows)
    asked = dialog("run.start")
    ready(asked, qtbot)
    assert "2 selected tasks" in asked.fields.what.currentText()
    assert asked._summary.text() == "2 rollouts"
    asked._run.click()
    assert started[0][1].tasks == ("practice/1", "practice/3")


@pytest.fixture
def three(room: TasksRoom) -> list[int]:
    """Three selected tasks, the last of them current."""
    table = room.table
    for row, key in ((1, Qt.KeyboardModifier.NoModifier), (3, Qt.KeyboardModifier.ShiftModifier)):
        table.scrollTo(table.model().index(row, 0))
        QTest.mouseClick(
            table.viewport(), Qt.MouseButton.LeftButton, key, table.visualRect(table.model().index(row, 0)).center()
        )
    ids = table.tasks.ids()
    assert table.selected_ids() == ids[1:4]
    return ids[1:4]


def test_selected_tasks_stay_selected_when_a_run_comes_back_with_results(
    room: TasksRoom, frame: Frame, three: list[int], dialog: Open, qtbot
) -> None:
    frame.registry.action("run.dry").trigger()
    room.hide()
    qtbot.waitUntil(lambda: frame.jobs.state is not None and not frame.jobs.state.active, timeout=30_000)
    qtbot.waitUntil(lambda: room._stale)
    attempts = len(room.detail.table.rollouts.attempts())
    room.show()
    room.entered()
    qtbot.waitUntil(lambda: len(room.detail.table.rollouts.attempts()) == attempts + 1)
    qtbot.waitUntil(lambda: (line := room.table.tasks.line(3)) is not None and line.tried == attempts + 1)
    assert room.table.selected_ids() == three
    asked = dialog("run.start")
    ready(asked, qtbot)
    assert "3 selected tasks" in asked.fields.what.currentText()


def test_selected_tasks_stay_selected_in_another_order_and_beneath_a_filter(room, three: list[int], qtbot) -> None:
    room.presenter.set_sort("ordinal", True)
    qtbot.waitUntil(lambda: room.table.tasks.ids()[-1] < room.table.tasks.ids()[0])
    assert sorted(room.table.selected_ids()) == three
    room.bar.line.setText("result:untried")
    qtbot.waitUntil(lambda: room.presenter.found < room.presenter.total)
    assert not set(room.table.selected_ids()) & set(three)


def test_several_seeds_become_a_sweep_to_watch_in_scaling(room, dialog: Open, started, gone, qtbot) -> None:
    asked = dialog("run.start")
    ready(asked, qtbot)
    asked.fields.seeds.setText("0:3")
    asked.fields.limited.setChecked(True)
    asked.fields.limit.setValue(4)
    assert asked._summary.text() == "12 rollouts, 3 arms as a sweep"
    asked._run.click()
    assert (started[0][0], started[0][1].seeds) == ("sweep", (0, 1, 2))
    assert gone[0].room == "scaling"


def test_a_dry_run_is_one_rollout_of_the_current_task(room: TasksRoom, frame: Frame, started, gone, qtbot) -> None:
    room.table.select_task(room.table.tasks.ids()[5])
    frame.registry.action("run.dry").trigger()
    qtbot.waitUntil(lambda: bool(started))
    request = started[0][1]
    assert (request.tasks, request.limit, request.k, request.memory) == (("practice/5",), 1, 1, "none")
    assert gone == [Place("trajectories", {"run": 7})]


def test_a_dry_run_really_runs(room: TasksRoom, frame: Frame, qtbot) -> None:
    before = len(room.detail.table.rollouts.attempts())
    frame.registry.action("run.dry").trigger()
    qtbot.waitUntil(lambda: frame.jobs.state is not None and not frame.jobs.state.active, timeout=30_000)
    assert frame.jobs.state.phase == "finished", frame.jobs.state.detail
    qtbot.waitUntil(lambda: len(room.detail.table.rollouts.attempts()) == before + 1)


def test_a_new_task_appears_in_its_suite(room: TasksRoom, dialog: Open, frame: Frame, qtbot) -> None:
    asked = dialog("tasks.new")
    qtbot.waitUntil(lambda: asked.suite.count() > 0)
    assert not asked._add.isEnabled()
    asked.text.setPlainText("What is 2 + 2?")
    assert "expected answer" in asked.problem()
    asked.expected.setText("4")
    assert asked.problem() == ""
    asked._add.click()
    qtbot.waitUntil(lambda: room.suites.tree.topLevelItemCount() == 2)
    assert [task.text for task in suites.tasks(frame.session.workspace.reader(), "my tasks")] == ["What is 2 + 2?"]
    assert frame.toast.said == ["Added a task to my tasks."]


def test_import_asks_for_a_file_and_shows_the_new_suite(room: TasksRoom, dialog: Open, tmp_path: Path, qtbot) -> None:
    path = tmp_path / "sums.csv"
    path.write_text("question,answer\n1 + 1?,2\n2 + 3?,5\n", "utf-8")
    room.frame.dialogs.files.append([path])
    asked = dialog("tasks.import")
    qtbot.waitUntil(lambda: asked._import.isEnabled())
    asked._import.click()
    qtbot.waitUntil(lambda: room.presenter.suite == "sums" and room.presenter.total == 2)
    assert room.suites.tree.currentItem().text(0) == "sums"


def test_an_import_clears_a_filter_that_was_meant_for_another_suite(room, dialog: Open, tmp_path: Path, qtbot) -> None:
    room.bar.line.setText("result:untried")
    path = tmp_path / "sums.csv"
    path.write_text("question,answer\n1 + 1?,2\n2 + 3?,5\n", "utf-8")
    room.frame.dialogs.files.append([path])
    asked = dialog("tasks.import")
    qtbot.waitUntil(lambda: asked._import.isEnabled())
    asked._import.click()
    qtbot.waitUntil(lambda: room.presenter.suite == "sums" and room.presenter.found == 2)
    assert room.bar.line.text() == ""
    assert room.bar.note() == "Showing all of sums: the filter \u201cresult:untried\u201d was cleared."
    room.bar.line.setText("1 +")
    assert room.bar.note() == ""


def test_no_file_means_no_question(room: TasksRoom) -> None:
    room.frame.registry.action("tasks.import").trigger()
    assert room._asking.dialog is None


def test_a_dropped_task_file_is_asked_about(room: TasksRoom, tmp_path: Path, qtbot) -> None:
    path = tmp_path / "sums.csv"
    path.write_text("question,answer\n1 + 1?,2\n", "utf-8")
    room.show_place({"file": str(path)})
    qtbot.waitUntil(lambda: room._asking.dialog is not None and room._asking.dialog._import.isEnabled())
    room._asking.dialog.reject()


@pytest.fixture
def mine(room: TasksRoom, frame: Frame, qtbot) -> TasksRoom:
    """The room on two typed tasks."""
    for text in ("Say hello", "Say bye"):
        frame.session.operate(lambda db, text=text: add_task(db, NewTask("mine", text, "hello")))
    qtbot.waitUntil(lambda: room.suites.tree.topLevelItemCount() == 2)
    room.show_place({"task": "mine/1"})
    qtbot.waitUntil(lambda: room.presenter.suite == "mine" and frame.registry.action("tasks.edit").isEnabled())
    return room


def listed(frame: Frame) -> list[str]:
    return [task.text for task in suites.tasks(frame.session.workspace.reader(), "mine")]


def test_a_dry_run_of_ones_own_question_needs_another_model_than_practice(mine, frame: Frame, started, qtbot) -> None:
    frame.registry.action("run.dry").trigger()
    qtbot.waitUntil(lambda: any("practice shop only" in said for said in frame.toast.said))
    assert started == []
    frame.toast.act()
    assert mine._asking.dialog.windowTitle() == "Run"
    qtbot.waitUntil(lambda: "practice shop only" in mine._asking.dialog.problem())


def test_a_task_is_edited_in_place_and_the_edit_is_undone_from_the_toast(mine, dialog: Open, frame, qtbot) -> None:
    asked = dialog("tasks.edit")
    assert asked.text.toPlainText() == "Say hello"
    assert (mine.detail._caption.text(), mine.detail._badge.isVisible()) == ("Not tried yet", False)
    assert not asked.suite.isEnabled()
    asked.text.setPlainText("Say hello twice")
    asked._add.click()
    qtbot.waitUntil(lambda: listed(frame) == ["Say hello twice", "Say bye"])
    qtbot.waitUntil(lambda: frame.toast.said == ["Changed task 1 of mine."])
    frame.toast.act()
    qtbot.waitUntil(lambda: listed(frame) == ["Say hello", "Say bye"])


def test_selected_tasks_are_removed_without_asking_and_come_back(mine: TasksRoom, frame: Frame, qtbot) -> None:
    mine.table.selectAll()
    frame.registry.action("tasks.remove").trigger()
    qtbot.waitUntil(lambda: listed(frame) == [])
    qtbot.waitUntil(lambda: frame.toast.said[-1:] == ["Removed 2 tasks from mine."])
    assert mine.undo_scope() == "tasks"
    frame.session.operate(lambda db: operations.undo(db, mine.undo_scope()))
    qtbot.waitUntil(lambda: len(listed(frame)) == 2)


def test_the_undo_of_a_toast_takes_back_nothing_else(mine: TasksRoom, frame: Frame, qtbot) -> None:
    frame.registry.action("tasks.remove").trigger()
    qtbot.waitUntil(lambda: listed(frame) == ["Say bye"] and frame.toast.act is not None)
    act, problems = frame.toast.act, []
    frame.session.operate(lambda db: add_task(db, NewTask("mine", "Say more", "more")))
    frame.session.failed.connect(problems.append)
    act()
    qtbot.waitUntil(lambda: len(problems) == 1)
    assert "came after it" in problems[0]
    assert listed(frame) == ["Say bye", "Say more"]


def test_several_files_are_asked_about_one_after_the_other(room: TasksRoom, tmp_path: Path, qtbot) -> None:
    paths = []
    for name in ("one", "two"):
        paths.append(tmp_path / f"{name}.csv")
        paths[-1].write_text("question,answer\n1 + 1?,2\n", "utf-8")
    room.show_place({"files": [str(path) for path in paths]})
    for path in paths:
        qtbot.waitUntil(lambda path=path: room._asking.dialog is not None and room._asking.dialog.form.path == path)
        qtbot.waitUntil(lambda: room._asking.dialog._import.isEnabled())
        room._asking.dialog._import.click()
        qtbot.waitUntil(lambda path=path: room.presenter.suite == path.stem)
    qtbot.waitUntil(lambda: room._asking.dialog is None)


def test_another_grader_is_stored_and_can_be_taken_back(room: TasksRoom, dialog: Open, frame: Frame, qtbot) -> None:
    frame.session.operate(lambda db: add_task(db, NewTask("mine", "Say hello", "hello")))
    qtbot.waitUntil(lambda: room.suites.tree.topLevelItemCount() == 2)
    room.show_place({"task": "mine/1"})
    qtbot.waitUntil(lambda: frame.registry.action("tasks.ground").isEnabled() and room.presenter.suite == "mine")
    asked = dialog("tasks.ground")
    asked.grader.setCurrentIndex(1)
    assert "runs with this" in asked.state()
    asked.environment.setCurrentIndex(asked.environment.findData("browser"))
    assert "Cannot run" in asked.state()
    asked._buttons.accepted.emit()
    qtbot.waitUntil(lambda: room.suites.card._environment.text() == "browser")
    frame.toast.act()
    qtbot.waitUntil(lambda: room.suites.card._environment.text() == "answer")
    assert room.suites.card._grader.text() == "exact"
