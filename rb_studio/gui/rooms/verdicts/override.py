"""A person's own verdict: status and reason, for one rollout or all selected ones."""

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QLineEdit, QToolButton, QWidget

from rb_studio.gui.icons import icon

if TYPE_CHECKING:
    from rb_studio.gui.theme import Theme

STATUSES = ("success", "failure", "unknown")


class Override(QWidget):
    """Signals
    -------
    judged
        A status was chosen; carries status and reason.
    """

    judged = Signal(str, str)

    def __init__(self, theme: "Theme", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._label = QLabel("Your verdict")
        self._label.setProperty("role", "section")
        self.reason = QLineEdit(placeholderText="Why (kept with the verdict)")
        self.reason.setAccessibleName("Reason of your verdict")
        self._label.setBuddy(self.reason)
        self.buttons = {status: QToolButton() for status in STATUSES}
        row = QHBoxLayout()
        for status, button in self.buttons.items():
            button.setText(status.capitalize())
            button.setAccessibleName(f"Judge as {status}")
            button.setToolTip(f"Add a verdict: {status} ({status[0].upper()} in the list); nothing is overwritten")
            button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
            button.clicked.connect(partial(self._judge, status))
            row.addWidget(button)
        layout = QGridLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._label, 0, 0)
        layout.addLayout(row, 0, 1)
        layout.addWidget(self.reason, 1, 0, 1, 2)
        layout.setColumnStretch(0, 1)
        theme.changed.connect(self._tint)
        self._tint()

    def set_count(self, count: int) -> None:
        """Say how many rollouts the verdict is for."""
        self._label.setText("Your verdict" if count <= 1 else f"Verdict on {count:,}")
        self._label.setToolTip("" if count <= 1 else f"Your verdict on the {count:,} selected rollouts")

    def set_writable(self, writable: bool) -> None:
        """A workspace open for reading takes no verdicts."""
        self.setEnabled(writable)
        self.setToolTip("" if writable else "Another process writes to this workspace: it is open for reading")

    def _judge(self, status: str, _checked: bool = False) -> None:
        self.judged.emit(status, self.reason.text().strip())

    def _tint(self) -> None:
        colours = self._theme.colours
        for status, button in self.buttons.items():
            button.setIcon(icon(status, getattr(colours, status), colours.border))
