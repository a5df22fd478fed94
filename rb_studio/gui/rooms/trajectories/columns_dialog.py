"""Which metadata are columns of the list: everything a file or an arm's configuration holds, to be searched."""

from collections.abc import Iterable, Sequence

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QVBoxLayout,
    QWidget,
)

from rb_studio.gui.rooms.trajectories.plain import count, readable
from rb_studio.store.extra_columns import ExtraColumn

COLUMN = Qt.ItemDataRole.UserRole
MOST = 20
NOTHING = "Nothing more is known of these rollouts than the list can show already."


class ColumnsDialog(QDialog):
    """Checked is shown, at once.

    Signals
    -------
    chosen
        Other columns are to be shown; carries their keys.
    """

    chosen = Signal(list)

    def __init__(
        self, offered: Sequence[ExtraColumn], shown: Iterable[str], parent: QWidget, hides: Iterable[str] = ()
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle("Columns of any metadata")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._shown = set(shown)
        self.line = QLineEdit(placeholderText="Search columns")
        self.line.setAccessibleName("Search columns")
        self.line.setClearButtonEnabled(True)
        self.line.installEventFilter(self)
        self.list = QListWidget()
        self.list.setAccessibleName("Columns")
        self.list.setUniformItemSizes(True)
        self._said = QLabel()
        self._said.setWordWrap(True)
        hidden = set(hides)
        for column in offered:
            if column.key not in hidden:
                self._add(column)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        for widget in (self.line, self._said, self.list, buttons):
            layout.addWidget(widget)
        self.line.textChanged.connect(self._filter)
        self.list.itemChanged.connect(self._changed)
        self.resize(min(560, parent.width() - 24), min(520, parent.height() - 48))
        self._filter("")
        self.line.setFocus(Qt.FocusReason.OtherFocusReason)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        """Arrows move in the list while typing goes on, Enter checks what is current."""
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            if event.key() in (Qt.Key.Key_Down, Qt.Key.Key_Up):
                self._move(1 if event.key() == Qt.Key.Key_Down else -1)
                return True
            current = self.list.currentItem()
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and current is not None:
                on = current.checkState() == Qt.CheckState.Checked
                current.setCheckState(Qt.CheckState.Unchecked if on else Qt.CheckState.Checked)
                return True
        return super().eventFilter(watched, event)

    def _add(self, column: ExtraColumn) -> None:
        of = "arm" if column.of_arm else "file"
        held = count(column.count, "run" if column.of_arm else "rollout")
        item = QListWidgetItem(f"{readable(column.title)}  \u2013 {of}, {held}")
        item.setData(COLUMN, column.key)
        item.setFlags(item.flags() | Qt.ItemFlag.ItemIsUserCheckable)
        item.setCheckState(Qt.CheckState.Checked if column.key in self._shown else Qt.CheckState.Unchecked)
        self.list.addItem(item)

    def _items(self) -> list[QListWidgetItem]:
        return [self.list.item(row) for row in range(self.list.count())]

    def _filter(self, text: str) -> None:
        words = text.casefold().split()
        for item in self._items():
            item.setHidden(not all(word in item.text().casefold() for word in words))
        seen = [item for item in self._items() if not item.isHidden()]
        self.list.setCurrentRow(self.list.row(seen[0]) if seen else -1)
        self._tell(len(seen))

    def _move(self, by: int) -> None:
        seen = [item for item in self._items() if not item.isHidden()]
        current = self.list.currentItem()
        if seen:
            at = seen.index(current) + by if current in seen else 0
            self.list.setCurrentItem(seen[max(0, min(len(seen) - 1, at))])

    def _changed(self, item: QListWidgetItem) -> None:
        chosen = [one.data(COLUMN) for one in self._items() if one.checkState() == Qt.CheckState.Checked]
        if len(chosen) > MOST:
            item.setCheckState(Qt.CheckState.Unchecked)
            return
        self._tell(sum(not one.isHidden() for one in self._items()))
        self.chosen.emit(chosen)

    def _tell(self, seen: int) -> None:
        chosen = sum(one.checkState() == Qt.CheckState.Checked for one in self._items())
        told = f"{seen} of {self.list.count()} columns, {chosen} of at most {MOST} shown"
        self._said.setText(told if self.list.count() else NOTHING)
