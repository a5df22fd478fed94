"""The compared rollouts above their columns: what each is, how it ended, what it took."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QBoxLayout, QFrame, QHBoxLayout, QLabel, QToolButton, QVBoxLayout, QWidget

from rb_studio.gui.rooms.trajectories.columns import truth_word
from rb_studio.gui.rooms.trajectories.compare_reads import Head
from rb_studio.gui.rooms.trajectories.sign import Sign
from rb_studio.gui.theme import Theme
from rb_studio.gui.widgets.elided import Elided

HIDDEN = "hidden"
ROOMY = 2
"""Of more rollouts than this each has little room."""


class HeadCard(QFrame):
    """One rollout.

    Signals
    -------
    opened
        It is to be opened in the player.
    """

    opened = Signal()

    def __init__(self, head: Head, theme: Theme, *, blind: bool, narrow: bool, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        letter = QLabel(head.letter)
        font = letter.font()
        font.setBold(True)
        letter.setFont(font)
        title, self.run = Elided(2 if narrow else 1), Elided(1, muted=True)
        title.set_text(head.title)
        self.run.set_text(f"run {HIDDEN}" if blind else head.run)
        open_it = QToolButton()
        open_it.setText("Open")
        open_it.setAccessibleName(f"Open rollout {head.letter} in the player")
        open_it.setToolTip("Open it in the player at this step (Enter)")
        open_it.clicked.connect(self.opened)
        top = QHBoxLayout()
        top.addWidget(letter)
        top.addWidget(title, 1)
        top.addWidget(open_it)
        self.verdict, self.truth = Sign(theme, "verdict"), Sign(theme, "truth")
        self.verdict.show_status(None if blind else head.verdict, HIDDEN if blind else "not judged")
        known = None if blind or head.truth is None else truth_word(head.truth)
        self.truth.show_status(known, HIDDEN if blind else "unknown")
        signs = QBoxLayout(QBoxLayout.Direction.TopToBottom if narrow else QBoxLayout.Direction.LeftToRight)
        signs.setSpacing(2 if narrow else 12)
        for sign in (self.verdict, self.truth):
            signs.addWidget(sign, alignment=Qt.AlignmentFlag.AlignLeft)
        signs.addStretch(1)
        total, more = Elided(2), Elided(2 if narrow else 1, muted=True)
        total.set_text(head.total)
        more.set_text(head.more and f"against A: {head.more}")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(6, 2, 6, 2)
        layout.setSpacing(2)
        layout.addLayout(top)
        layout.addWidget(self.run)
        layout.addLayout(signs)
        layout.addWidget(total)
        layout.addWidget(more)
        layout.addStretch(1)


class Heads(QWidget):
    """As many cards as rollouts, over the columns of the table.

    Signals
    -------
    opened
        A rollout is to be opened in the player; carries its side, from 0.
    """

    opened = Signal(int)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.cards: list[HeadCard] = []
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(0)

    def show_heads(self, heads: tuple[Head, ...], before: int, behind: int, *, blind: bool) -> None:
        """Other rollouts; `before` and `behind` are the widths of what stands beside the columns."""
        while self._row.count():
            item = self._row.takeAt(0)
            widget = item.widget() if item is not None else None
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        self._row.addSpacing(before)
        narrow = len(heads) > ROOMY
        self.cards = [HeadCard(head, self._theme, blind=blind, narrow=narrow) for head in heads]
        for place, card in enumerate(self.cards):
            card.opened.connect(lambda place=place: self.opened.emit(place))
            self._row.addWidget(card, 1, Qt.AlignmentFlag.AlignTop)
        self._row.addSpacing(behind)
