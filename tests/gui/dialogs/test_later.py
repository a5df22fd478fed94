"""Slow work of dialogs: answers in the GUI thread, none for the dead."""

import threading

from PySide6.QtCore import QObject

from rb_studio.gui.dialogs.later import Later
from rb_studio.records.errors import UsageError
from tests.gui.conftest import let_go


def test_answers_come_on_the_gui_thread(qapp, qtbot) -> None:
    owner, heard = QObject(), []
    Later(owner).run(threading.current_thread, lambda worker: heard.append((worker, threading.current_thread())), print)
    qtbot.waitUntil(lambda: bool(heard))
    assert heard[0][0] is not threading.main_thread()
    assert heard[0][1] is threading.main_thread()


def test_an_expected_error_is_a_sentence(qapp, qtbot) -> None:
    owner, heard = QObject(), []

    def refuse() -> None:
        raise UsageError("give another name")

    Later(owner).run(refuse, print, heard.append)
    qtbot.waitUntil(lambda: heard == ["give another name"])


def test_the_dead_hear_nothing(qapp) -> None:
    heard = []
    for _ in range(20):
        owner, go_on = QObject(), threading.Event()
        Later(owner).run(go_on.wait, heard.append, heard.append)
        owner.deleteLater()
        let_go()
        go_on.set()  # the thread answers while, or after, everything else is let go of
        let_go()
    for thread in threading.enumerate():
        if thread.name == "dialog":
            thread.join()
    let_go()
    assert heard == []
