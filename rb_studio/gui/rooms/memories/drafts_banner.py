"""Tells of texts that were typed before the program ended, and what can be done with them."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QSizePolicy, QToolButton, QWidget


class DraftsBanner(QFrame):
    """One sentence and its acts.

    Signals
    -------
    show_asked, save_asked, discard_asked, take_up_asked
        The act that was chosen.
    """

    show_asked = Signal()
    save_asked = Signal()
    discard_asked = Signal()
    take_up_asked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "banner")
        self.text = QLabel(textFormat=Qt.TextFormat.PlainText)
        self.text.setWordWrap(True)
        self.text.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.show_button, self.save_button = QPushButton("Sho&w"), QPushButton("&Save")
        self.take_up_button, self.discard_button = QPushButton("Ope&n as new item"), QPushButton("Disc&ard")
        self.later_button = QToolButton()
        self.later_button.setText("\u00d7")
        self.later_button.setAccessibleName("Decide later")
        self.later_button.setToolTip("Decide later: the texts stay where they are")
        self._restored = False
        line = QHBoxLayout(self)
        line.setContentsMargins(8, 4, 4, 4)
        line.addWidget(self.text, 1)
        for button in self.buttons():
            line.addWidget(button)
        line.addWidget(self.later_button)
        self.show_button.clicked.connect(self.show_asked)
        self.save_button.clicked.connect(self.save_asked)
        self.take_up_button.clicked.connect(self.take_up_asked)
        self.discard_button.clicked.connect(self.discard_asked)
        self.later_button.clicked.connect(self.dismiss)
        self.hide()

    def buttons(self) -> tuple[QPushButton, ...]:
        """The acts in their order."""
        return self.show_button, self.save_button, self.take_up_button, self.discard_button

    def restored(self) -> None:
        """Texts came back with the program: speak of them until they are dealt with."""
        self._restored = True

    def dismiss(self) -> None:
        """Say nothing any more."""
        self._restored = False
        self.hide()

    def show_counts(self, items: int, new: bool, gone: int) -> None:
        """How many items have drafts, whether a new item was begun, and how many drafts have lost their item."""
        if not items and not new:
            self._restored = False
        told = self._restored
        parts = []
        if told:
            parts.append(f"Kept from last time, not saved yet: {_what(items, new)}.")
        if gone:
            parts.append(f"{_texts(gone)} typed for items that are gone.")
        self.text.setText(" ".join(parts))
        self.show_button.setVisible(told)
        self.save_button.setVisible(told)
        self.take_up_button.setVisible(bool(gone) and not new)
        self.setVisible(bool(parts))


def _what(items: int, new: bool) -> str:
    parts = [f"texts of {items:,} item{'' if items == 1 else 's'}"] if items else []
    return " and ".join([*parts, *(["a new item"] if new else [])])


def _texts(count: int) -> str:
    return "A text was" if count == 1 else f"{count:,} texts were"
