"""The commands of the rooms that are not on screen, and how they are carried out there."""

import importlib
import time
from functools import cache
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer

from rb_studio.gui.commands.declared import Declared
from rb_studio.gui.commands.registry import Command, menu_rank
from rb_studio.gui.window import ROOMS

if TYPE_CHECKING:
    from rb_studio.gui.window import Window

ASKED_EVERY = 25  # milliseconds
QUIET = 3  # times in a row a room has nothing left to read before a disabled command stays so
LONGEST = 5.0  # seconds a command waits for its room
CANNOT = "This cannot be done now."


@cache
def declared(room: str) -> tuple[Declared, ...]:
    """The commands a room will bring along, in menu order; the room need not be built."""
    module = importlib.import_module(f"{ROOMS[room].module.rpartition('.')[0]}.offered")
    offered: tuple[Declared, ...] = module.OFFERED
    return tuple(sorted(offered, key=lambda command: menu_rank(command.menu)))


class Elsewhere(QObject):
    """Goes to a command's room and does it there, once what the room reads has come."""

    def __init__(self, window: "Window") -> None:
        super().__init__(window)
        self._window = window
        self._room = self._id = ""
        self._quiet = 0
        self._until = 0.0
        self._timer = QTimer(self)
        self._timer.setInterval(ASKED_EVERY)
        self._timer.timeout.connect(self._ask)

    def offers(self) -> list[tuple[str, Declared]]:
        """The commands of all rooms but the one on screen, with their room; none while no workspace is open."""
        if self._window.frame is None:
            return []
        present = self._window.present_room
        names = [name for name in ROOMS if present is None or name != present.name]
        stood_for = {command.instead_of for command in self._window.registry.all()}
        return [(name, command) for name in names for command in declared(name) if command.id not in stood_for]

    def title(self, room: str) -> str:
        """What a room is called; empty for what is no room."""
        return ROOMS[room].title if room in ROOMS else ""

    def perform(self, room: str, command_id: str) -> None:
        """Show a room and do one of its commands there; where that is not possible, a message says why."""
        if self._window.show_room(room) is None:
            return
        self._room, self._id, self._quiet = room, command_id, 0
        self._until = time.monotonic() + LONGEST
        self._timer.start()

    def _ask(self) -> None:
        window = self._window
        frame, present = window.frame, window.present_room
        if frame is None or present is None or present.name != self._room:
            self._timer.stop()
            return
        command = window.registry.command(self._id)
        late = time.monotonic() > self._until
        self._quiet = self._quiet + 1 if frame.session.idle else 0
        if command.enabled() and (self._quiet or late):
            self._timer.stop()
            window.registry.refresh()
            window.registry.action(command.id).trigger()
        elif self._quiet >= QUIET or late:
            self._timer.stop()
            window.toast.say(_refusal(command))


def _refusal(command: Command) -> str:
    name = command.title.replace("&", "").rstrip("\u2026")
    return f"{name}: {command.why() or CANNOT}"
