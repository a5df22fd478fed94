"""The command palette: type a few letters of what you want."""

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QIcon, QKeyEvent, QKeySequence, QPixmap
from PySide6.QtWidgets import QDialog, QLabel, QLineEdit, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from rb_studio.gui.commands.registry import Command, Registry

COMMAND = Qt.ItemDataRole.UserRole


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


def matching(query: str, commands: Sequence[Command]) -> list[Command]:
    """Commands that fit a query, best first; all of them for an empty one."""
    scored = [(score(query, f"{command.menu} {command.title}"), command) for command in commands]
    fitting = [(value, command) for value, command in scored if value is not None]
    return [command for _, command in sorted(fitting, key=lambda pair: pair[0])]


def _blank_icon(size: int) -> QIcon:
    """Keeps the texts of commands without a picture in line with the others."""
    nothing = QPixmap(size, size)
    nothing.fill(Qt.GlobalColor.transparent)
    return QIcon(nothing)


class Palette(QDialog):
    """A line to type into and the commands that fit, with their shortcuts and why they are disabled."""

    def __init__(self, registry: Registry, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle("Commands")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._registry = registry
        self._line = QLineEdit(placeholderText="Type a command")
        self._line.setAccessibleName("Command")
        self._list = QListWidget()
        self._list.setAccessibleName("Commands")
        self._list.setUniformItemSizes(True)
        self._blank = _blank_icon(self._list.fontMetrics().height())
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
        for command in matching(query, self._registry.commands()):
            action = self._registry.action(command.id)
            keys = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
            item = QListWidgetItem(
                f"{command.menu}: {action.text().replace('&', '')}" + (f"    {keys}" if keys else "")
            )
            item.setIcon(self._blank if action.icon().isNull() else action.icon())
            item.setData(COMMAND, command.id)
            if not action.isEnabled():
                item.setForeground(self.palette().placeholderText())
            self._list.addItem(item)
        self._list.setCurrentRow(0)

    def _explain(self, item: QListWidgetItem | None) -> None:
        action = self._registry.action(item.data(COMMAND)) if item else None
        disabled = action is not None and not action.isEnabled()
        self._why.setText(action.toolTip().partition("\n")[2] if action and disabled else "")

    def _run(self, item: QListWidgetItem | None) -> None:
        if item is None:
            return
        action = self._registry.action(item.data(COMMAND))
        if action.isEnabled():
            self.accept()
            action.trigger()
