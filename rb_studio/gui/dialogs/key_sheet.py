"""The sheet of keys: every key there is, in this room and in the others, to be searched and tried."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QHeaderView,
    QLabel,
    QLineEdit,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from rb_studio.gui.commands.registry import ALWAYS, Registry
from rb_studio.gui.widgets.elided import Elided

if TYPE_CHECKING:
    from rb_studio.gui.commands.elsewhere import Elsewhere

EVERYWHERE = "every room"
HINT = "Enter does what is chosen. Single letters are keys wherever no text is typed."


class Key(NamedTuple):
    """A command by its keys; `away` names its room where that is not on screen, `why` why it cannot be done now."""

    id: str
    keys: str
    title: str
    room: str
    away: str = ""
    why: str = ""

    def fits(self, words: str) -> bool:
        """Whether all words stand in keys, name or room."""
        text = f"{self.keys} {self.title} {self.room}".casefold()
        return all(word in text for word in words.casefold().split())


def keys_of(registry: Registry, elsewhere: "Elsewhere | None" = None) -> Iterator[Key]:
    """Every command with a key: of the room on screen, of the window, of the other rooms."""
    present = registry.commands()
    for command in sorted(present, key=lambda command: command.where == ALWAYS):
        action = registry.action(command.id)
        shown = [one.toString(QKeySequence.SequenceFormat.NativeText) for one in action.shortcuts()]
        if shown:
            always = command.where == ALWAYS
            room = EVERYWHERE if always else elsewhere.title(command.where) if elsewhere is not None else command.where
            why = "" if action.isEnabled() else command.why() or "Not now."
            yield Key(command.id, "  ".join(shown), action.text().replace("&", ""), room, why=why)
    for away, offered in elsewhere.offers() if elsewhere is not None else ():
        if offered.shortcut:
            parts = [QKeySequence(part) for part in offered.shortcut.split("|")]
            shown = [one.toString(QKeySequence.SequenceFormat.NativeText) for one in parts]
            title = offered.title.replace("&", "")
            yield Key(offered.id, "  ".join(shown), title, elsewhere.title(away) if elsewhere else away, away)


class KeySheet(QDialog):
    """A line to search in, and the keys."""

    def __init__(self, registry: Registry, parent: QWidget, elsewhere: "Elsewhere | None" = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Keys")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        registry.refresh()
        self._registry, self._elsewhere = registry, elsewhere
        self._all = list(keys_of(registry, elsewhere))
        self.shown: list[Key] = []
        self.line = QLineEdit(placeholderText="Search keys and commands")
        self.line.setAccessibleName("Search keys and commands")
        self.line.setClearButtonEnabled(True)
        self.line.installEventFilter(self)
        self._count = QLabel()
        self.table = QTableWidget(0, 3)
        self._set_up()
        self._why = Elided(1, muted=True)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        for widget in (self.line, self._count, self.table, self._why, buttons):
            layout.addWidget(widget)
        self.line.textChanged.connect(self._fill)
        self.table.itemActivated.connect(self._act)
        self.table.currentItemChanged.connect(self._explain)
        self.resize(min(720, parent.width() - 24), min(620, parent.height() - 48))
        self._fill("")
        self.line.setFocus(Qt.FocusReason.OtherFocusReason)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        """Arrow keys move in the table while typing goes on, Enter does what is chosen."""
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            steps = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1, Qt.Key.Key_PageDown: 12, Qt.Key.Key_PageUp: -12}
            if event.key() in steps:
                row = self.table.currentRow() + steps[Qt.Key(event.key())]
                self.table.setCurrentCell(max(0, min(self.table.rowCount() - 1, row)), 1)
                return True
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                self._act(self.table.currentItem())
                return True
        return super().eventFilter(watched, event)

    def _set_up(self) -> None:
        self.table.setHorizontalHeaderLabels(["Keys", "Command", "Room"])
        self.table.setAccessibleName("Keys")
        self.table.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
        self.table.setSelectionBehavior(QTableWidget.SelectionBehavior.SelectRows)
        self.table.setSelectionMode(QTableWidget.SelectionMode.SingleSelection)
        self.table.setTabKeyNavigation(False)
        self.table.setShowGrid(False)
        self.table.verticalHeader().hide()
        self.table.verticalHeader().setDefaultSectionSize(self.fontMetrics().height() + 8)
        header, wide = self.table.horizontalHeader(), self.fontMetrics().averageCharWidth()
        header.setSectionResizeMode(1, QHeaderView.ResizeMode.Stretch)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        header.resizeSection(0, wide * 24)
        header.resizeSection(2, wide * 16)

    def _fill(self, words: str) -> None:
        self.shown = [key for key in self._all if key.fits(words)]
        self.table.setRowCount(len(self.shown))
        for row, key in enumerate(self.shown):
            for column, text in enumerate((key.keys, key.title, key.room)):
                item = QTableWidgetItem(text)
                item.setToolTip(text)
                if key.why:
                    item.setForeground(self.palette().placeholderText())
                self.table.setItem(row, column, item)
        self._count.setText(f"{len(self.shown)} of {len(self._all)} keys")
        if self.shown:
            self.table.setCurrentCell(0, 1)
        self._explain()

    def _explain(self, *_: object) -> None:
        row = self.table.currentRow()
        key = self.shown[row] if 0 <= row < len(self.shown) else None
        if key is None:
            self._why.set_text("No key and no command is called so.")
        else:
            self._why.set_text(key.why or (f"Goes to {key.room}." if key.away else HINT))

    def _act(self, item: QTableWidgetItem | None) -> None:
        key = self.shown[item.row()] if item is not None else None
        if key is None or key.why:
            return
        self.accept()
        if key.away and self._elsewhere is not None:
            self._elsewhere.perform(key.away, key.id)
        else:
            self._registry.action(key.id).trigger()
