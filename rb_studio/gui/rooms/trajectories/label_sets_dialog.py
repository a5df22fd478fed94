"""Sets of labels: looking at them, changing them, making one's own."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListWidget,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from rb_studio.gui.widgets.tip import plain_tip
from rb_studio.records.annotation import LONGEST_NAME
from rb_studio.records.errors import UsageError
from rb_studio.records.label_set import LONGEST_MEANING, MOST_LABELS, Label, LabelSet, checked

KEPT = "Notes keep the labels they have, whatever becomes of a set."


class LabelSetsDialog(QDialog):
    """Nothing is kept before Save; shipped sets can be changed, and come back when the changed one is deleted.

    Signals
    -------
    saved
        Carries the LabelSet.
    deleted
        Carries the name of an own set.
    """

    saved = Signal(object)
    deleted = Signal(str)

    def __init__(
        self, sets: Sequence[LabelSet], current: str, parent: QWidget | None = None, *, writable: bool = True
    ) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Sets of labels")
        self._sets = list(sets)
        self._writable = writable
        self.list = QListWidget()
        self.list.setAccessibleName("Sets")
        self.list.addItems([one.name if one.shipped else f"{one.name} (own)" for one in self._sets])
        self.new_button = QPushButton("&New set")
        self.delete_button = QPushButton("&Delete")
        self.name = QLineEdit()
        self.name.setMaxLength(LONGEST_NAME)
        self.name.setAccessibleName("Name of the set")
        self.names = [QLineEdit() for _ in range(MOST_LABELS)]
        self.meanings = [QLineEdit() for _ in range(MOST_LABELS)]
        self.problem = QLabel(KEPT, textFormat=Qt.TextFormat.PlainText)
        self.problem.setWordWrap(True)
        self.problem.setProperty("role", "muted")
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self.save_button = self.buttons.addButton("&Save and use", QDialogButtonBox.ButtonRole.AcceptRole)
        self.save_button.setProperty("primary", True)
        self.save_button.setDefault(True)
        self._lay_out()
        self.list.currentRowChanged.connect(self._show)
        self.new_button.clicked.connect(self._new)
        self.delete_button.clicked.connect(self._delete)
        self.buttons.accepted.connect(self._save)
        self.buttons.rejected.connect(self.reject)
        for line in (self.name, *self.names, *self.meanings):
            line.setReadOnly(not writable)
            line.textEdited.connect(self._tell)
        self.new_button.setEnabled(writable)
        self.list.setCurrentRow(next((row for row, one in enumerate(self._sets) if one.name == current), 0))

    def typed(self) -> LabelSet:
        """What stands in the fields; lines without a name are passed over, so that keys close up."""
        pairs = zip(self.names, self.meanings, strict=True)
        labels = tuple(Label(name.text(), meaning.text()) for name, meaning in pairs if name.text().strip())
        return LabelSet(self.name.text(), labels)

    def show_wrong(self, sentence: str) -> None:
        """Why it cannot be kept."""
        self.problem.setText(f"\u26a0 {sentence[:1].upper()}{sentence[1:].rstrip('.')}.")

    def _show(self, row: int) -> None:
        if not 0 <= row < len(self._sets):
            return
        shown = self._sets[row]
        self.name.setText(shown.name)
        for place in range(MOST_LABELS):
            label = shown.at_key(place + 1) or Label("")
            self.names[place].setText(label.name)
            self.meanings[place].setText(label.meaning)
            self.meanings[place].setCursorPosition(0)
            self.meanings[place].setToolTip(plain_tip(label.meaning))
        self.delete_button.setEnabled(self._writable and not shown.shipped)
        self._tell()

    def _new(self) -> None:
        self.list.setCurrentRow(-1)
        self.delete_button.setEnabled(False)
        for line in (self.name, *self.names, *self.meanings):
            line.clear()
        self.name.setFocus(Qt.FocusReason.OtherFocusReason)
        self._tell()

    def _tell(self, _text: str = "") -> None:
        """Why it cannot be saved as it stands, where it cannot."""
        try:
            checked(self.typed())
        except UsageError as error:
            self.show_wrong(str(error))
            self.save_button.setEnabled(False)
        else:
            self.problem.setText(KEPT)
            self.save_button.setEnabled(self._writable)

    def _save(self) -> None:
        if self.save_button.isEnabled():
            self.saved.emit(checked(self.typed()))

    def _delete(self) -> None:
        row = self.list.currentRow()
        if 0 <= row < len(self._sets) and not self._sets[row].shipped:
            self.deleted.emit(self._sets[row].name)

    def _lay_out(self) -> None:
        side = QVBoxLayout()
        side.addWidget(self.list, 1)
        acts = QHBoxLayout()
        acts.addWidget(self.new_button)
        acts.addWidget(self.delete_button)
        side.addLayout(acts)
        grid = QGridLayout()
        label = QLabel("N&ame")
        label.setBuddy(self.name)
        grid.addWidget(label, 0, 0)
        grid.addWidget(self.name, 0, 1, 1, 2)
        grid.addWidget(QLabel("Key"), 1, 0)
        grid.addWidget(QLabel("Label"), 1, 1)
        grid.addWidget(QLabel("When it applies"), 1, 2)
        for place, (name, meaning) in enumerate(zip(self.names, self.meanings, strict=True)):
            key = QLabel(f"&{place + 1}")
            key.setBuddy(name)
            name.setAccessibleName(f"Label {place + 1}")
            name.setMaxLength(LONGEST_NAME)
            meaning.setAccessibleName(f"When label {place + 1} applies")
            meaning.setMaxLength(LONGEST_MEANING)
            for column, widget in enumerate((key, name, meaning)):
                grid.addWidget(widget, place + 2, column)
        grid.setColumnStretch(1, 2)
        grid.setColumnStretch(2, 5)
        grid.setRowStretch(MOST_LABELS + 2, 1)
        across = QHBoxLayout()
        across.addLayout(side, 1)
        across.addLayout(grid, 4)
        layout = QVBoxLayout(self)
        layout.addLayout(across, 1)
        layout.addWidget(self.problem)
        layout.addWidget(self.buttons)
        metrics, over = self.fontMetrics(), self.parentWidget()
        wide, high = metrics.averageCharWidth() * 112, metrics.lineSpacing() * 24
        if over is not None:
            wide, high = min(wide, over.window().width()), min(high, over.window().height())
        self.resize(wide, high)
