"""Typing tasks in."""

import pytest
from PySide6.QtCore import Qt

from rb_studio.gui.dialogs.new_task import NewTaskDialog
from rb_studio.gui.frame import Frame
from rb_studio.jobs.own_tasks import NewTask, add_task
from rb_studio.store import suites


@pytest.fixture
def asked(frame: Frame, shown, qtbot) -> NewTaskDialog:
    frame.session.workspace.run(lambda db: add_task(db, NewTask("mine", "First", "1", "contains")))
    dialog = shown(NewTaskDialog(frame, "mine"))
    qtbot.waitUntil(lambda: dialog.suite.count() > 0)
    return dialog


def test_the_suite_on_screen_and_its_grader_are_proposed(asked: NewTaskDialog) -> None:
    assert (asked.suite.currentText(), asked.grader.currentData()) == ("mine", "contains")


def test_one_after_another_is_added(asked: NewTaskDialog, frame: Frame, qtbot) -> None:
    for number in ("2", "3"):
        asked.text.setPlainText(f"Task {number}")
        asked.expected.setText(number)
        asked._more.click()
        qtbot.waitUntil(lambda: asked.text.toPlainText() == "")
    found = suites.tasks(frame.session.workspace.reader(), "mine")
    assert [task.text for task in found] == ["First", "Task 2", "Task 3"]
    assert asked.text.hasFocus()


def test_a_python_grader_is_taken_as_typed(asked: NewTaskDialog, frame: Frame, qtbot) -> None:
    asked.text.setPlainText("Task")
    asked.grader.setEditText("my.module:grade")
    asked.suite.setEditText("other")
    with qtbot.waitSignal(asked.destroyed):
        asked._add.click()
    assert suites.find(frame.session.workspace.reader(), "other").grader == "my.module:grade"


def test_a_suite_that_takes_no_tasks_is_said_when_it_is_known(asked: NewTaskDialog) -> None:
    asked.text.setPlainText("Task")
    asked.expected.setText("x")
    asked.suite.setEditText("practice")
    assert "built in" in asked.problem()
    assert not asked._add.isEnabled()


def test_enter_in_a_field_saves_an_edited_task(asked: NewTaskDialog, frame: Frame, shown, qtbot) -> None:
    conn = frame.session.workspace.reader()
    (task,) = suites.tasks(conn, "mine")
    dialog = shown(NewTaskDialog(frame, "mine", edit=(task, suites.gradings(conn, [task.key])[task.key])))
    dialog.text.setPlainText("First, said otherwise")
    with qtbot.waitSignal(dialog.stored):
        qtbot.keyClick(dialog.expected, Qt.Key.Key_Return)
    assert [one.text for one in suites.tasks(frame.session.workspace.reader(), "mine")] == ["First, said otherwise"]


def test_enter_on_add_and_type_another_does_that(asked: NewTaskDialog, frame: Frame, qtbot) -> None:
    asked.text.setPlainText("Task 2")
    asked.expected.setText("2")
    asked._more.setFocus()
    qtbot.keyClick(asked._more, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: asked.text.toPlainText() == "")
    assert asked.isVisible()
    assert len(suites.tasks(frame.session.workspace.reader(), "mine")) == 2


def test_enter_in_a_field_adds_and_closes(asked: NewTaskDialog, qtbot) -> None:
    asked.text.setPlainText("Task")
    asked.expected.setText("1")
    with qtbot.waitSignal(asked.destroyed):
        qtbot.keyClick(asked.expected, Qt.Key.Key_Return)
