"""The registry of commands."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QAction, QIcon, QKeySequence

from rb_studio.gui.icons import icon
from rb_studio.gui.theme import Theme

MENUS = ("File", "Edit", "View", "Run", "Memory", "Trajectory", "Plot", "Help")
SUBMENU = " \u203a "
ALWAYS = "window"


def menu_rank(name: str) -> int:
    """Where the menu of this name stands in the bar; a submenu stands where its menu does."""
    return MENUS.index(name.partition(SUBMENU)[0])


def _yes() -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Command:
    """One thing a person can ask for.

    `where` is `window` or the room in which it is offered. `enabled` is asked when the command is shown;
    `why_not` says in one sentence why it is disabled, or is a function that does. `group` separates blocks of
    a menu. `instead_of` is the id of a room's command for which this one stands in all other rooms.
    """

    id: str
    title: str
    do: Callable[[], None]
    menu: str
    group: int = 0
    shortcut: str = ""
    icon: str = ""
    where: str = ALWAYS
    enabled: Callable[[], bool] = _yes
    why_not: str | Callable[[], str] = ""
    checked: Callable[[], bool] | None = None
    shown_title: Callable[[], str] | None = None
    instead_of: str = ""

    def why(self) -> str:
        """Why it is disabled, where it is."""
        return self.why_not if isinstance(self.why_not, str) else self.why_not()


class Registry(QObject):
    """All commands, each with its one QAction.

    Signals
    -------
    added
        Commands came along.
    entered
        Another room is on screen; carries its name.
    """

    added = Signal()
    entered = Signal(str)

    def __init__(self, theme: Theme, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._commands: dict[str, Command] = {}
        self._actions: dict[str, QAction] = {}
        self._room = ""
        theme.changed.connect(self._tint)

    def add(self, *commands: Command) -> None:
        """Register commands; ids are unique."""
        for command in commands:
            if command.id in self._commands:
                raise ValueError(f"two commands are called {command.id}")
            self._commands[command.id] = command
            self._actions[command.id] = self._make(command)
            self._tint_one(command)
        self.refresh()
        self.added.emit()

    def remove(self, command_ids: Iterable[str]) -> None:
        """Forget commands whose room is gone."""
        for command_id in list(command_ids):
            del self._commands[command_id]
            self._actions.pop(command_id).deleteLater()

    def of(self, room: str) -> list[Command]:
        """The commands a room brought along."""
        return [command for command in self._commands.values() if command.where == room]

    def all(self) -> list[Command]:
        """Every command, present or not."""
        return list(self._commands.values())

    def action(self, command_id: str) -> QAction:
        """The action of a command, for tool bars and context menus."""
        return self._actions[command_id]

    def command(self, command_id: str) -> Command:
        """A command by its id."""
        return self._commands[command_id]

    def picture(self, name: str) -> QIcon:
        """A picture in the colours of the theme; none for no name."""
        colours = self._theme.colours
        return icon(name, colours.text, colours.border) if name else QIcon()

    def commands(self) -> list[Command]:
        """Everything offered in the present room, in menu order."""
        present = [command for command in self._commands.values() if self._is_here(command)]
        return sorted(present, key=lambda command: (menu_rank(command.menu), command.group))

    def enter(self, room: str) -> None:
        """Offer the commands of a room; those of other rooms lose their shortcuts."""
        self._room = room
        self.refresh()
        self.entered.emit(room)

    def refresh(self, _why: object = None) -> None:
        """Ask every command anew whether it is enabled, checked, and what it is called."""
        for command_id, command in self._commands.items():
            action = self._actions[command_id]
            here = self._is_here(command)
            action.setVisible(here)
            action.setEnabled(here and command.enabled())
            if not here:
                continue
            if command.checked is not None:
                action.setChecked(command.checked())
            if command.shown_title is not None:
                action.setText(command.shown_title())
            action.setToolTip(self._tip(command, action))

    def _make(self, command: Command) -> QAction:
        action = QAction(command.title, self)
        action.setObjectName(command.id)
        action.setShortcuts([QKeySequence(part) for part in command.shortcut.split("|") if part])
        action.setCheckable(command.checked is not None)
        action.triggered.connect(lambda _checked=False: command.do())
        return action

    def _tip(self, command: Command, action: QAction) -> str:
        keys = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
        text = action.text().replace("&", "") + (f" ({keys})" if keys else "")
        why_not = "" if action.isEnabled() else command.why()
        return f"{text}\n{why_not}" if why_not else text

    def _is_here(self, command: Command) -> bool:
        own = self._commands.get(command.instead_of)
        return command.where in (ALWAYS, self._room) and (own is None or own.where != self._room)

    def _tint(self) -> None:
        for command in self._commands.values():
            self._tint_one(command)

    def _tint_one(self, command: Command) -> None:
        if command.icon:
            self._actions[command.id].setIcon(self.picture(command.icon))
