"""The room of tasks on screen."""

from collections.abc import Callable

import pytest
from PySide6.QtWidgets import QDialog

from rb_studio.gui.frame import Frame
from rb_studio.gui.rooms.tasks.view import TasksRoom


@pytest.fixture
def enter(qtbot) -> Callable[[Frame], TasksRoom]:
    """Builds the room the way the window does, and waits until it is filled."""

    def entered(frame: Frame) -> TasksRoom:
        room = TasksRoom(frame)
        qtbot.addWidget(room)
        frame.registry.add(*room.commands())
        frame.registry.enter("tasks")
        room.resize(1000, 700)
        room.show()
        room.entered()
        qtbot.waitUntil(lambda: room.detail.text.toPlainText() != "")
        return room

    return entered


@pytest.fixture
def room(enter, frame: Frame) -> TasksRoom:
    return enter(frame)


@pytest.fixture
def dialog(room: TasksRoom, qtbot) -> Callable[[str], QDialog]:
    """Gives a command that asks, and hands over the dialog it opens."""

    def opened(command: str) -> QDialog:
        room.frame.registry.action(command).trigger()
        qtbot.waitUntil(lambda: room._asking.dialog is not None)
        return room._asking.dialog

    return opened
