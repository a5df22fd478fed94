"""What files would bring into a bank: every collision with its choice, before anything is written."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QLabel,
    QPlainTextEdit,
    QPushButton,
    QSplitter,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from rb_studio.gui.rooms.memories.columns import one_line
from rb_studio.gui.rooms.memories.incoming import SAYS, Meeting, Question
from rb_studio.gui.rooms.memories.keyed_tree import KeyedTree
from rb_studio.gui.rooms.memories.texts import PlainBrowser, diff_markup, escaped
from rb_studio.gui.theme import Theme
from rb_studio.gui.widgets.word_diff import item_diff
from rb_studio.records.item_text import ItemText
from rb_studio.store.item_import import Choice

PLACE = Qt.ItemDataRole.UserRole
MOST = 5000
TYPING = 300
KEEP: Choice = "keep"
EMPTY = ItemText("", "", "")
DONE = {
    ("uid", "keep"): "keep mine",
    ("uid", "take"): "take theirs",
    ("uid", "both"): "both",
    ("text", "keep"): "leave out",
    ("text", "both"): "both",
    ("erased", "keep"): "leave out",
    ("erased", "take"): "bring back",
}


class ImportDialog(QDialog):
    """Nothing is written before Import.

    Signals
    -------
    bank_named
        Another bank is to take the items.
    import_asked
        Carries the choices by uid.
    """

    bank_named = Signal(str)
    import_asked = Signal(object)

    def __init__(self, sentences: Sequence[str], theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Import memories")
        self._theme = theme
        self._questions: Sequence[Question] = ()
        self._choices: list[Choice] = []
        self._unasked: list[str] = []
        self._fresh = 0
        self.what = QPlainTextEdit("\n".join(sentences), readOnly=True)
        self.what.setAccessibleName("What the files hold")
        self.what.setTabChangesFocus(True)
        self.bank = QComboBox(editable=True)
        self.bank.setAccessibleName("Bank the items go to")
        self.bank.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.bank.setMinimumContentsLength(16)
        self.met = QLabel(textFormat=Qt.TextFormat.PlainText)
        self.met.setWordWrap(True)
        keys = {Qt.Key.Key_K: "keep", Qt.Key.Key_T: "take", Qt.Key.Key_B: "both"}
        self.tree = KeyedTree("Items to decide about", ["Item", "What differs", "Then"], keys)
        self.tree.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.buttons: dict[Choice, QPushButton] = {
            "keep": QPushButton("&Keep mine (K)"),
            "take": QPushButton("&Take theirs (T)"),
            "both": QPushButton("&Both (B)"),
        }
        self.diff = PlainBrowser("What differs")
        self.box = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self.import_button = self.box.addButton("&Import", QDialogButtonBox.ButtonRole.AcceptRole)
        self.import_button.setProperty("primary", True)
        self._typing = QTimer(self)
        self._typing.setSingleShot(True)
        self._typing.setInterval(TYPING)
        self._lay_out()
        self._connect()

    def begin(self, bank: str) -> None:
        """Propose a bank; signals are connected."""
        self.bank.setEditText(bank)
        self._typing.stop()
        self._name_bank()

    def show_meeting(self, met: Meeting) -> None:
        """What the items meet in the bank that is named."""
        self._fill_banks(met.names)
        self._questions = met.questions[:MOST]
        self._choices = [question.answers[0] for question in self._questions]
        self._unasked = [question.incoming.uid for question in met.questions[MOST:]]
        self._fresh = len(met.fresh)
        self.met.setText(_told(met))
        self.tree.clear()
        for place, question in enumerate(self._questions):
            row = QTreeWidgetItem(self.tree, [one_line(question.incoming.title), _why(question), ""])
            row.setData(0, PLACE, place)
            self._write(row)
        for widget in (self.splitter, *self.buttons.values()):
            widget.setVisible(bool(self._questions))
        self.tree.selectAll()
        first = self.tree.topLevelItem(0)
        if first is not None:
            self.tree.setCurrentItem(first, 0, self.tree.selectionModel().SelectionFlag.NoUpdate)
            self.tree.setFocus()
        self._draw()
        self._count()

    def show_problem(self, sentence: str) -> None:
        """Why that bank cannot be asked."""
        self.met.setText(f"\u26a0 {sentence}")
        self.import_button.setEnabled(False)

    def choices(self) -> dict[str, Choice]:
        """What becomes of each item that was asked about, by uid."""
        asked = {question.incoming.uid: choice for question, choice in zip(self._questions, self._choices, strict=True)}
        return {**dict.fromkeys(self._unasked, KEEP), **asked}

    def choose(self, what: Choice) -> None:
        """Decide about the selected items; those it is no answer for stay as they are."""
        for row in self.tree.selectedItems():
            place = row.data(0, PLACE)
            if what in self._questions[place].answers:
                self._choices[place] = what
                self._write(row)
        self._count()

    def _write(self, row: QTreeWidgetItem) -> None:
        place = row.data(0, PLACE)
        row.setText(2, DONE[self._questions[place].why, self._choices[place]])

    def _count(self) -> None:
        changed = self._fresh + sum(choice != "keep" for choice in self._choices)
        self.import_button.setText(f"&Import {changed:,} item{'' if changed == 1 else 's'}")
        self.import_button.setEnabled(bool(changed) and bool(self.bank.currentText().strip()))
        self.import_button.setToolTip("" if changed else "Nothing would change: what is here is kept")

    def _draw(self) -> None:
        row = self.tree.currentItem()
        if row is None:
            self.diff.clear()
            return
        question = self._questions[row.data(0, PLACE)]
        mine, theirs = question.existing, question.incoming
        colours = self._theme.colours
        old = EMPTY if mine is None else ItemText(mine.title, mine.description, mine.content)
        new = ItemText(theirs.title, theirs.description, theirs.content)
        parts = [f'<p style="color:{colours.muted}">[only here], only in the file underlined</p>']
        for name, pieces in item_diff(old, new):
            if question.fields and name.lower() not in question.fields:
                continue
            parts.append(f'<p><span style="color:{colours.muted}">{name}</span><br>{diff_markup(pieces, colours)}</p>')
        for name in question.fields:
            if name not in ("title", "description", "content") and mine is not None:
                here, there = _plain(getattr(mine, name)), _plain(getattr(theirs, name))
                parts.append(f"<p>{name}: {escaped(here)} \u2192 {escaped(there)}</p>")
        self.diff.setHtml("".join(parts))

    def _fill_banks(self, names: Sequence[str]) -> None:
        if not self.bank.count():
            text = self.bank.currentText()
            self.bank.blockSignals(True)
            self.bank.addItems(list(names))
            self.bank.setEditText(text)
            self.bank.blockSignals(False)

    def _name_bank(self) -> None:
        self.import_button.setEnabled(False)
        if self.bank.currentText().strip():
            self.bank_named.emit(self.bank.currentText().strip())

    def _retyped(self, _text: str) -> None:
        self.import_button.setEnabled(False)
        self._typing.start()

    def _accept(self) -> None:
        self.import_asked.emit(self.choices())
        self.accept()

    def _clicked(self) -> None:
        self.choose(next(what for what, button in self.buttons.items() if button is self.sender()))

    def _keyed(self, key: str) -> None:
        self.choose(next(what for what in self.buttons if what == key))

    def _current_changed(self, *_: object) -> None:
        self._draw()

    def _connect(self) -> None:
        self._typing.timeout.connect(self._name_bank)
        self.bank.editTextChanged.connect(self._retyped)
        self.tree.asked.connect(self._keyed)
        self.tree.currentItemChanged.connect(self._current_changed)
        for button in self.buttons.values():
            button.setAutoDefault(False)
            button.clicked.connect(self._clicked)
        self.box.accepted.connect(self._accept)
        self.box.rejected.connect(self.reject)
        self._theme.changed.connect(self._draw)

    def _lay_out(self) -> None:
        one, high = self.fontMetrics().averageCharWidth(), self.fontMetrics().lineSpacing()
        self.what.setFixedHeight(high * min(max(self.what.blockCount(), 1), 4) + 14)
        label = QLabel("In&to the bank")
        label.setBuddy(self.bank)
        line = QHBoxLayout()
        line.addWidget(label)
        line.addWidget(self.bank, 1)
        acts = QHBoxLayout()
        for button in self.buttons.values():
            acts.addWidget(button)
        acts.addStretch(1)
        for place, width in enumerate((42, 26)):
            self.tree.header().resizeSection(place, one * width)
        self.splitter = QSplitter(Qt.Orientation.Vertical)
        self.splitter.addWidget(self.tree)
        self.splitter.addWidget(self.diff)
        layout = QVBoxLayout(self)
        layout.addWidget(self.what)
        layout.addLayout(line)
        layout.addWidget(self.met)
        layout.addWidget(self.splitter, 1)
        layout.addLayout(acts)
        layout.addWidget(self.box)
        self.resize(one * 96, high * 32)


def _told(met: Meeting) -> str:
    counts = {why: sum(question.why == why for question in met.questions) for why in SAYS}
    parts = [
        (len(met.fresh), "new"),
        (len(met.known), "there already, just so"),
        (counts["uid"], "there with other values"),
        (counts["text"], "new, with the text of another item"),
        (counts["erased"], "once erased here"),
    ]
    said = ", ".join(f"{count:,} {what}" for count, what in parts if count) or "no item"
    begun = " The bank is begun with them." if met.begun else ""
    more = f" Only {MOST:,} are asked about; the rest stays as it is." if len(met.questions) > MOST else ""
    how = " Decide for the selected ones; all are selected at first." if met.questions else ""
    return f"{met.bank}: {said}.{begun}{more}{how}"


def _why(question: Question) -> str:
    return ", ".join(question.fields) or SAYS[question.why]


def _plain(value: object) -> str:
    if isinstance(value, tuple):
        return ", ".join(map(str, value)) or "none"
    return "none" if value is None or value == "" else str(value)
