"""The room's head: which bank, what is looked for, how much was found."""

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QLineEdit, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from rb_studio.gui.rooms.memories.reads import BankChoice
from rb_studio.gui.rooms.memories.texts import sentence

TYPING = 30
HELP = (
    "Words must all occur; fields narrow: state:active  tag:review  polarity:failure  source:hand  run:3  mode:awm\n"
    "model:  label:gt  task:gitlab  site:  template:  title:  description:  content:  used:>5  version:>1  id:12,15\n"
    "created:>2026-11-01  effect:<0  low:  high:  retrieved:  injected:  cited:\n"
    "-word, -tag:x and -(a b) leave out; OR stands between choices; parentheses group.\n"
    'What stands after ~ is a meaning and orders: sim:>0.6 ~ "find the largest"'
)


class QueryBar(QWidget):
    """Bank, query, counts, and a line for what is to be said about them.

    Signals
    -------
    bank_chosen
        A bank's id.
    query_typed
        The query's text, shortly after the last key.
    left
        The person goes on to the table.
    note_clicked
        The link in the line below.
    """

    bank_chosen = Signal(int)
    query_typed = Signal(str)
    left = Signal()
    note_clicked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.banks = QComboBox()
        self.banks.setAccessibleName("Bank")
        self.banks.setToolTip("The bank whose items are shown")
        self.banks.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.banks.setMinimumContentsLength(12)
        self.banks.view().setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.query = QLineEdit(placeholderText='Words, -left out, state:active, tag:review, used:>5, ~ "a meaning"')
        self.query.setAccessibleName("Query")
        self.query.setToolTip(HELP)
        self.query.setClearButtonEnabled(True)
        self.count = QLabel()
        self.count.setAccessibleName("Number of items shown")
        self.note = QLabel()
        self.note.setWordWrap(True)
        self.note.setTextFormat(Qt.TextFormat.PlainText)
        self.note.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.note_button = QPushButton()
        self._lay_out()
        self._typing = QTimer(self)
        self._typing.setSingleShot(True)
        self._typing.setInterval(TYPING)
        self._typing.timeout.connect(self._tell)
        self.query.textEdited.connect(self._edited)
        self.query.returnPressed.connect(self._entered)
        self.query.installEventFilter(self)
        self.banks.activated.connect(self._bank_chosen)
        self.note_button.clicked.connect(self.note_clicked)
        self.show_note("")

    def show_banks(self, banks: Sequence[BankChoice], chosen: int | None) -> None:
        """Offer banks; those of sweeps stand below a line."""
        box = self.banks
        box.blockSignals(True)
        box.clear()
        for place, bank in enumerate(banks):
            if bank.swept and place and not banks[place - 1].swept:
                box.insertSeparator(box.count())
            box.addItem(bank.name if bank.items is None else f"{bank.name}  ({bank.items:,})", bank.id)
            box.setItemData(box.count() - 1, bank.name, Qt.ItemDataRole.ToolTipRole)
        box.setCurrentIndex(box.findData(chosen) if chosen is not None else -1)
        box.setEnabled(bool(banks))
        box.setToolTip(f"The bank whose items are shown: {box.currentText()}" if box.currentText() else "No bank yet")
        widest = max((box.fontMetrics().horizontalAdvance(box.itemText(row)) for row in range(box.count())), default=0)
        box.view().setMinimumWidth(min(widest + 40, 700))
        box.blockSignals(False)

    def show_query(self, text: str) -> None:
        """Put a query into the box."""
        if self.query.text() != text:
            self.query.setText(text)

    def show_count(self, text: str) -> None:
        """How much was found."""
        self.count.setText(text)

    def show_note(self, text: str, button: str = "", *, wrong: bool = False) -> None:
        """A sentence below the query, with a button where there is something to do."""
        self.note.setText(("\u26a0 " if wrong else "") + sentence(text))
        self.note.setVisible(bool(text))
        self.note_button.setText(button)
        self.note_button.setVisible(bool(button))

    def focus_query(self) -> None:
        """Type a query."""
        self.query.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.query.selectAll()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        """Down goes to the table; Esc clears, and on an empty query goes to the table."""
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            if event.key() == Qt.Key.Key_Down:
                self.left.emit()
                return True
            if event.key() == Qt.Key.Key_Escape:
                self._escaped()
                return True
        return super().eventFilter(watched, event)

    def _lay_out(self) -> None:
        bank_label, query_label = QLabel("&Bank"), QLabel("F&ind")
        bank_label.setBuddy(self.banks)
        query_label.setBuddy(self.query)
        line = QHBoxLayout()
        line.addWidget(bank_label)
        line.addWidget(self.banks, 3)
        line.addWidget(query_label)
        line.addWidget(self.query, 5)
        line.addWidget(self.count)
        below = QHBoxLayout()
        below.addWidget(self.note, 1)
        below.addWidget(self.note_button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addLayout(line)
        layout.addLayout(below)

    def _escaped(self) -> None:
        if self.query.text():
            self.query.clear()
            self._tell()
        else:
            self.left.emit()

    def _entered(self) -> None:
        self._tell()
        self.left.emit()

    def _edited(self, _text: str) -> None:
        self._typing.start()

    def _tell(self) -> None:
        self._typing.stop()
        self.query_typed.emit(self.query.text())

    def _bank_chosen(self, row: int) -> None:
        bank = self.banks.itemData(row)
        if bank is not None:
            self.bank_chosen.emit(bank)
