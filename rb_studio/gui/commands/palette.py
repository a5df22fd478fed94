"""The command palette: type a few letters of what you want."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple, Protocol, TypeVar

from PySide6.QtCore import QEvent, QObject, QSize, Qt
from PySide6.QtGui import QIcon, QKeyEvent, QKeySequence, QPixmap
from PySide6.QtWidgets import QDialog, QLabel, QLineEdit, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from rb_studio.gui.commands.registry import Registry

if TYPE_CHECKING:
    from rb_studio.gui.commands.elsewhere import Elsewhere

COMMAND = Qt.ItemDataRole.UserRole
ROOM = Qt.ItemDataRole.UserRole + 1


def score(query: str, text: str) -> int | None:
    """How well letters occur in order in a text: smaller is better, None when they do not."""
    position, gaps = -1, 0
    lowered = text.lower()
    for letter in query.lower().replace(" ", ""):
        found = lowered.find(letter, position + 1)
        if found < 0:
            return None
        starts_word = found == 0 or not lowered[found - 1].isalnum()
        gaps += 0 if starts_word else found - position - 1
        position = found
    return gaps


class Shown(Protocol):
    """What is needed of a command to find it: one of the room on screen, or one that another room declares."""

    @property
    def menu(self) -> str: ...
    @property
    def title(self) -> str: ...


C = TypeVar("C", bound=Shown)


def matching(query: str, commands: Sequence[C]) -> list[C]:
    """Commands that fit a query, best first, of equals those whose title begins so; all of them for an empty one."""
    begin = query.strip().lower()
    fitting = []
    for command in commands:
        # Letters of the menu's name would be taken for the first of a title that begins as the query does.
        values = [score(query, text) for text in (f"{command.menu} {command.title}", command.title)]
        known = [value for value in values if value is not None]
        if known:
            fitting.append((min(known), not command.title.replace("&", "").lower().startswith(begin), command))
    return [command for *_, command in sorted(fitting, key=lambda found: found[:2])]


class Line(NamedTuple):
    """A command as the palette shows it; `away` is its room where that is not on screen."""

    id: str
    menu: str
    title: str
    keys: str
    icon: QIcon
    room: str = ""
    away: str = ""
    enabled: bool = True

    def text(self) -> str:
        """Menu, name, room and keys."""
        room = f" \u2013 {self.room}" if self.room else ""
        return f"{self.menu}: {self.title}{room}" + (f"    {self.keys}" if self.keys else "")


def _blank_icon(size: int) -> QIcon:
    """Keeps the texts of commands without a picture in line with the others."""
    nothing = QPixmap(size, size)
    nothing.fill(Qt.GlobalColor.transparent)
    return QIcon(nothing)


class Palette(QDialog):
    """A line to type into and the commands that fit, with their rooms, shortcuts and why they are disabled."""

    def __init__(self, registry: Registry, parent: QWidget, elsewhere: "Elsewhere | None" = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Commands")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._registry, self._elsewhere = registry, elsewhere
        self._away = list(self._declared(elsewhere)) if elsewhere is not None else []
        self._line = QLineEdit(placeholderText="Type a command")
        self._line.setAccessibleName("Command")
        self._list = QListWidget()
        self._list.setAccessibleName("Commands")
        self._list.setUniformItemSizes(True)
        height = self._list.fontMetrics().height()
        self._list.setIconSize(QSize(height, height))
        self._blank = _blank_icon(height)
        self._why = QLabel()
        self._why.setProperty("role", "muted")
        layout = QVBoxLayout(self)
        for widget in (self._line, self._list, self._why):
            layout.addWidget(widget)
        self._line.textChanged.connect(self._fill)
        self._line.installEventFilter(self)
        self._list.itemActivated.connect(self._run)
        self._list.currentItemChanged.connect(self._explain)
        width = min(640, parent.width() - 40)
        self.resize(width, min(420, parent.height() - 80))
        self._fill("")

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        """Arrow keys move in the list while typing goes on."""
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            if event.key() in (Qt.Key.Key_Down, Qt.Key.Key_Up, Qt.Key.Key_PageDown, Qt.Key.Key_PageUp):
                step = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1, Qt.Key.Key_PageDown: 8, Qt.Key.Key_PageUp: -8}
                row = self._list.currentRow() + step[Qt.Key(event.key())]
                self._list.setCurrentRow(max(0, min(self._list.count() - 1, row)))
                return True
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                self._run(self._list.currentItem())
                return True
        return super().eventFilter(watched, event)

    def _fill(self, query: str) -> None:
        self._registry.refresh()
        self._list.clear()
        for line in matching(query, [*self._here(), *self._away]):
            item = QListWidgetItem(line.text())
            item.setIcon(self._blank if line.icon.isNull() else line.icon)
            item.setData(COMMAND, line.id)
            item.setData(ROOM, line.away)
            if not line.enabled:
                item.setForeground(self.palette().placeholderText())
            self._list.addItem(item)
        self._list.setCurrentRow(0)

    def _here(self) -> Iterator[Line]:
        """The commands of the window and of the room on screen."""
        for command in self._registry.commands():
            action = self._registry.action(command.id)
            room = self._elsewhere.title(command.where) if self._elsewhere is not None else ""
            title, keys = action.text().replace("&", ""), _keys(action.shortcut())
            yield Line(command.id, command.menu, title, keys, action.icon(), room, enabled=action.isEnabled())

    def _declared(self, elsewhere: "Elsewhere") -> Iterator[Line]:
        """Those of the other rooms; whether they can be done is known there."""
        for room, command in elsewhere.offers():
            title, keys = command.title.replace("&", ""), _keys(QKeySequence(command.shortcut.partition("|")[0]))
            picture = self._registry.picture(command.icon)
            yield Line(command.id, command.menu, title, keys, picture, elsewhere.title(room), room)

    def _explain(self, item: QListWidgetItem | None) -> None:
        self._why.setText(self._explained(item) if item is not None else "")

    def _explained(self, item: QListWidgetItem) -> str:
        if item.data(ROOM) and self._elsewhere is not None:
            return f"Goes to {self._elsewhere.title(item.data(ROOM))}."
        action = self._registry.action(item.data(COMMAND))
        return "" if action.isEnabled() else action.toolTip().partition("\n")[2]

    def _run(self, item: QListWidgetItem | None) -> None:
        if item is None:
            return
        command_id, room = item.data(COMMAND), item.data(ROOM)
        if room and self._elsewhere is not None:
            self.accept()
            self._elsewhere.perform(room, command_id)
        elif self._registry.action(command_id).isEnabled():
            self.accept()
            self._registry.action(command_id).trigger()


def _keys(keys: QKeySequence) -> str:
    return keys.toString(QKeySequence.SequenceFormat.NativeText)
