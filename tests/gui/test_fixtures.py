"""The fixtures themselves: what they give and what the guard catches."""

import threading

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QLabel

from rb_studio.gui.frame import Frame
from rb_studio.store import outcomes, runs
from tests.gui.conftest import TASKS, Guard


def test_the_practised_workspace_has_a_run_without_and_one_with_memory(frame: Frame, qtbot) -> None:
    answers = []
    frame.session.query("runs", lambda conn: runs.runs(conn), answers.append)
    qtbot.waitUntil(lambda: bool(answers))
    found = answers[0]
    assert [row.arm.memory for row in found] == ["none", "reasoningbank"]
    conn = frame.session.workspace.reader()
    assert [len(outcomes.finished_tasks(conn, row.id)) for row in found] == [TASKS, TASKS]


def test_an_empty_workspace_has_no_runs(empty_frame: Frame) -> None:
    assert runs.runs(empty_frame.session.workspace.reader()) == []


def test_what_is_left_running_is_found(qapp) -> None:
    guard, go_on = Guard(), threading.Event()
    label, timer, thread = QLabel("forgotten"), QTimer(), threading.Thread(target=go_on.wait)
    timer.start(60_000)
    thread.start()
    assert len(guard.left_behind(patience=0.01)) == 3
    label.deleteLater()
    timer.stop()
    go_on.set()
    assert guard.left_behind() == []
