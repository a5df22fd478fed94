"""The binding must not steal references of None or True: one such release aborts Python 3.11 after a while."""

import shutil
import sys

import pytest
from PySide6.QtCore import QCoreApplication, QObject, Signal
from PySide6.QtWidgets import QApplication, QDialog

from rb_studio.gui.studio import Studio
from rb_studio.gui.window import ROOMS
from tests.gui.conftest import ScriptedDialogs, let_go

CALLS, ROUNDS = 400, 3
SPARE = 60  # what answers under way and caches may hold, more or fewer
ROOM_DIALOGS = {
    "tasks": ("run.start", "tasks.new", "tasks.ground"),
    "memories": ("memory.tag",),
    "scaling": ("scaling.sweep",),
}
DIALOGS = ("view.palette", "file.settings", "help.shortcuts", "help.about")


class Sender(QObject):
    sent = Signal(bool)


def counts() -> tuple[int, int]:
    return sys.getrefcount(None), sys.getrefcount(True)


def test_calls_and_signals_leave_the_counts_of_none_and_true_alone(qapp):
    sender = Sender()
    before = counts()
    for _ in range(CALLS):
        QCoreApplication.processEvents()
        sender.sent.emit(True)
    lost = [was - now for was, now in zip(before, counts(), strict=True)]
    assert max(lost) < CALLS / 4, f"PySide6 lost {lost} references in {CALLS} calls: install a release below 6.12"


@pytest.fixture
def studio(qapp, qtbot, practised, tmp_path):
    path = tmp_path / "counted.rbank"
    shutil.copyfile(practised, path)
    made = Studio([path], dialogs=ScriptedDialogs())
    made.window.show()
    qtbot.waitUntil(lambda: made.frame is not None, timeout=30_000)
    yield made
    made.window.close()
    made.close()
    made.window.deleteLater()
    made.deleteLater()
    let_go()


def close_dialogs() -> int:
    """Close what is open, and let it go."""
    dialogs = [one for one in QApplication.topLevelWidgets() if isinstance(one, QDialog) and one.isVisible()]
    for dialog in dialogs:
        dialog.reject()
    let_go()
    return len(dialogs)


def one_round(studio, qtbot) -> int:
    """Every room once, and the dialogs of the window and its own in it; tells how many were opened."""
    opened = 0
    for name in ROOMS:
        studio.window.show_room(name)
        qtbot.wait(30)
        for command in (*DIALOGS, *ROOM_DIALOGS.get(name, ())):
            studio.window.registry.action(command).trigger()
            let_go()
            opened += close_dialogs()
        studio.window.grab()
    return opened


def test_every_room_and_dialog_leaves_the_counts_of_none_and_true_alone(studio, qtbot):
    opened = one_round(studio, qtbot) + one_round(studio, qtbot)
    assert opened >= 2 * (len(DIALOGS) * len(ROOMS) + 3), "run, new task and sweep can be asked for at any time"
    before = counts()
    for _ in range(ROUNDS):
        one_round(studio, qtbot)
    lost = [was - now for was, now in zip(before, counts(), strict=True)]
    assert max(lost) < SPARE, f"references of None, True lost in {ROUNDS} rounds of all rooms and dialogs: {lost}"
