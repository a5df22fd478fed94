"""The merge dialog: which texts win, and what becomes of the originals."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QGridLayout,
    QLabel,
    QPlainTextEdit,
    QVBoxLayout,
    QWidget,
)

from rb_studio.gui.rooms.memories.columns import one_line
from rb_studio.gui.rooms.memories.texts import line_edit
from rb_studio.records.item_text import ItemText
from rb_studio.store.items import ItemRow

NAMES = ("title", "description", "content")
SHORT = 60


class MergeDialog(QDialog):
    """One field after the other: whose text is taken, and the text itself to change.

    Signals
    -------
    merge_asked
        Ids, the ItemText, and a reason.
    """

    merge_asked = Signal(object, object, str)

    def __init__(self, rows: Sequence[ItemRow], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(f"Merge {len(rows)} items")
        self._rows = sorted(rows, key=lambda row: -row.used)
        self.choices = {name: QComboBox() for name in NAMES}
        self.texts = {name: QPlainTextEdit() for name in NAMES}
        self.reason = line_edit("Reason (optional)", "Reason for the merge")
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self.merge_button = self.buttons.addButton("&Merge", QDialogButtonBox.ButtonRole.AcceptRole)
        self.merge_button.setProperty("primary", True)
        self._lay_out()
        for name in NAMES:
            self._set_up(name)
        self.buttons.accepted.connect(self._merge)
        self.buttons.rejected.connect(self.reject)

    def text(self) -> ItemText:
        """The texts of the merged item."""
        title, description, content = (self.texts[name].toPlainText() for name in NAMES)
        return ItemText(" ".join(title.split()), description, content)

    def _set_up(self, name: str) -> None:
        box, text = self.choices[name], self.texts[name]
        box.setAccessibleName(f"Whose {name} is taken")
        box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        box.setMinimumContentsLength(24)
        text.setAccessibleName(f"{name.capitalize()} of the merged item")
        text.setTabChangesFocus(True)
        lines = {"title": 1, "description": 3, "content": 6}[name]
        text.setMinimumHeight(self.fontMetrics().lineSpacing() * lines + 14)
        for row in self._rows:
            value = one_line(getattr(row, name))
            shown = value[:SHORT] + ("\u2026" if len(value) > SHORT else "")
            box.addItem(f"item {row.id}, used {row.used}: {shown}", getattr(row, name))
        box.currentIndexChanged.connect(self._taken)
        text.textChanged.connect(self._check)
        text.setPlainText(box.itemData(0))

    def _taken(self, _place: int) -> None:
        box = self.sender()
        name = next(name for name in NAMES if self.choices[name] is box)
        self.texts[name].setPlainText(self.choices[name].currentData())

    def _check(self) -> None:
        text = self.text()
        complete = bool(text.title and (text.description.strip() or text.content.strip()))
        self.merge_button.setEnabled(complete)
        self.merge_button.setToolTip("" if complete else "An item needs a title, and a description or content.")

    def _merge(self) -> None:
        self.merge_asked.emit([row.id for row in self._rows], self.text(), self.reason.text().strip())
        self.accept()

    def _lay_out(self) -> None:
        tags = sorted({tag for row in self._rows for tag in row.tags})
        sources = {source.rollout_uid for row in self._rows for source in row.sources}
        fate = QLabel(
            f"One active item is made. Tags united: {', '.join(tags) or 'none'}; sources united: {len(sources)}. "
            f"The {len(self._rows)} originals are archived and remember what they became; Undo takes it all back.",
            textFormat=Qt.TextFormat.PlainText,
        )
        fate.setWordWrap(True)
        fate.setProperty("role", "muted")
        grid = QGridLayout()
        for place, name in enumerate(NAMES):
            label = QLabel(f"&{name.capitalize()} from")
            label.setBuddy(self.choices[name])
            grid.addWidget(label, 2 * place, 0)
            grid.addWidget(self.choices[name], 2 * place, 1)
            grid.addWidget(self.texts[name], 2 * place + 1, 0, 1, 2)
            grid.setRowStretch(2 * place + 1, 1 + place)
        grid.setColumnStretch(1, 1)
        layout = QVBoxLayout(self)
        layout.addLayout(grid)
        layout.addWidget(fate)
        layout.addWidget(self.reason)
        layout.addWidget(self.buttons)
        self.resize(self.fontMetrics().averageCharWidth() * 90, self.fontMetrics().lineSpacing() * 30)
