"""The forks of the rollout on screen, beside it."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QLabel, QListWidget, QListWidgetItem, QPushButton, QVBoxLayout, QWidget

from rb_studio.gui.rooms.trajectories.fork_reads import ListedFork

NONE = (
    "No forks of this rollout. Fork it at a step (W) to play it on several times, with and without a memory item or "
    "with another prompt."
)


class ForksPanel(QWidget):
    """Signals up, setters down.

    Signals
    -------
    opened
        A fork is to be shown; carries its runs.
    fork_asked
        The rollout is to be forked at the step on screen.
    """

    opened = Signal(object)
    fork_asked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._forks: Sequence[ListedFork] = ()
        self._blind = False
        self._none = QLabel(NONE)
        self._none.setWordWrap(True)
        self._none.setProperty("role", "muted")
        self.list = QListWidget()
        self.list.setAccessibleName("Forks of this rollout")
        self.list.setWordWrap(True)
        self.list.hide()
        self.button = QPushButton("Fork at this step\u2026")
        self.button.clicked.connect(self.fork_asked)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(6, 6, 6, 0)
        layout.addWidget(self._none)
        layout.addWidget(self.list, 1)
        layout.addWidget(self.button, alignment=Qt.AlignmentFlag.AlignLeft)
        layout.addStretch(0)
        self.list.itemActivated.connect(self._open)

    def show_forks(self, forks: Sequence[ListedFork], *, blind: bool) -> None:
        """Other forks; the same ones keep what is chosen."""
        if (forks, blind) == (self._forks, self._blind):
            return
        self._forks, self._blind = forks, blind
        self.list.clear()
        for fork in forks:
            item = QListWidgetItem(fork.text(blind=blind))
            item.setToolTip("Enter shows what came of it")
            self.list.addItem(item)
        self._none.setVisible(not forks)
        self.list.setVisible(bool(forks))

    def focus(self) -> None:
        """The keyboard to the newest fork, or to what makes one."""
        if self._forks:
            self.list.setFocus()
            self.list.setCurrentRow(max(0, self.list.currentRow()))
        else:
            self.button.setFocus()

    def _open(self, item: QListWidgetItem) -> None:
        self.opened.emit(self._forks[self.list.row(item)].runs)
