"""What stands in place of a room that tells what is hidden from who judges blind."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

COVERED = frozenset(("tasks", "memories", "scaling"))
TOLD = (
    "You judge blind. {} tells verdicts, truth, arms or memory, which Trajectories and Verdicts hide from you until "
    "you switch that off."
)


class Cover(QWidget):
    """Signals up, setters down.

    Signals
    -------
    back
        To where rollouts are judged.
    seen
        Nothing is to be hidden any more.
    """

    back = Signal()
    seen = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._text = QLabel()
        self._text.setWordWrap(True)
        self._text.setProperty("role", "muted")
        self._text.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._text.setMinimumWidth(self.fontMetrics().averageCharWidth() * 50)
        back, seen = QPushButton("&Back to the rollouts"), QPushButton("&Stop judging blind")
        back.setProperty("primary", True)
        back.clicked.connect(self.back)
        seen.clicked.connect(self.seen)
        buttons = QHBoxLayout()
        for part in (back, seen):
            buttons.addWidget(part)
            part.setAutoDefault(True)
        layout = QVBoxLayout(self)
        layout.setAlignment(Qt.AlignmentFlag.AlignCenter)
        layout.addWidget(self._text)
        layout.addLayout(buttons)
        self.setFocusProxy(back)

    def show_room(self, title: str) -> None:
        """Which room it stands for."""
        self._text.setText(TOLD.format(title))

    def text(self) -> str:
        """What is said."""
        return self._text.text()
