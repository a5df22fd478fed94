"""Snapshots of a bank: what changed since, and the way back."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QLabel, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from rb_studio.store.banks import BankDiff, SnapshotRow

NAME = Qt.ItemDataRole.UserRole
WORDS = (
    ("added", "added"),
    ("removed", "removed"),
    ("edited", "edited"),
    ("restated", "in another state"),
    ("retagged", "with other tags"),
)


class SnapshotsDialog(QDialog):
    """Choose a snapshot to roll back to.

    Signals
    -------
    chosen
        A snapshot's name: say what changed since.
    roll_back_asked
        A snapshot's name.
    """

    chosen = Signal(str)
    roll_back_asked = Signal(str)

    def __init__(self, bank: str, snapshots: Sequence[SnapshotRow], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Roll back")
        self.list = QListWidget()
        self.list.setAccessibleName("Snapshots")
        for row in reversed(snapshots):
            item = QListWidgetItem(f"{row.name}    {row.created_at[:16].replace('T', ' ')}")
            item.setData(NAME, row.name)
            self.list.addItem(item)
        self.what = QLabel(textFormat=Qt.TextFormat.PlainText)
        self.what.setWordWrap(True)
        heading = QLabel(f"Snapshots of {bank}", textFormat=Qt.TextFormat.PlainText)
        heading.setBuddy(self.list)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self.button = buttons.addButton("&Roll back", QDialogButtonBox.ButtonRole.AcceptRole)
        layout = QVBoxLayout(self)
        for widget in (heading, self.list, self.what, buttons):
            layout.addWidget(widget)
        self.resize(self.fontMetrics().averageCharWidth() * 60, self.fontMetrics().lineSpacing() * 18)
        self.list.currentItemChanged.connect(self._chosen)
        self.list.itemActivated.connect(self._accept)
        buttons.accepted.connect(self._accept)
        buttons.rejected.connect(self.reject)

    def begin(self) -> None:
        """Choose the newest; signals are connected."""
        self.list.setCurrentRow(0)

    def show_difference(self, name: str, diff: BankDiff) -> None:
        """What changed since a snapshot."""
        item = self.list.currentItem()
        if item is None or item.data(NAME) != name:
            return
        parts = [f"{len(getattr(diff, field))} {word}" for field, word in WORDS if getattr(diff, field)]
        self.button.setEnabled(bool(parts))
        if parts:
            self.what.setText(f"Since then: {', '.join(parts)}. Rolling back is one step that Undo takes back.")
        else:
            self.what.setText("Nothing changed since then.")

    def _chosen(self) -> None:
        item = self.list.currentItem()
        self.button.setEnabled(False)
        if item is not None:
            self.what.setText("Comparing\u2026")
            self.chosen.emit(item.data(NAME))

    def _accept(self) -> None:
        item = self.list.currentItem()
        if item is not None and self.button.isEnabled():
            self.roll_back_asked.emit(item.data(NAME))
            self.accept()
