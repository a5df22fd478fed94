"""What stands above the room's parts: whose verdicts are shown, whether they are simulated, and what is wrong."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from rb_studio.gui.rooms.verdicts.reading import ScopeChoice
from rb_studio.gui.widgets.own_keys import OwnKeysCombo


class Heading(QWidget):
    """Signals
    -------
    chosen
        Other verdicts are to be shown; carries the key of their scope.
    """

    chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.scopes = OwnKeysCombo()
        self.scopes.setAccessibleName("Whose verdicts are shown")
        self.scopes.setMinimumContentsLength(16)
        self.scopes.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self._label = QLabel("Sho&w")
        self._label.setBuddy(self.scopes)
        self._badge = QLabel("simulated")
        self._badge.setProperty("role", "badge")
        self._badge.setToolTip("Produced by the practice model, not by a language model")
        self._error = QLabel()
        self._error.setWordWrap(True)
        self._error.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._simulated = self._blind = False
        top = QHBoxLayout()
        top.addWidget(self._label)
        top.addWidget(self.scopes, 1)
        top.addWidget(self._badge)
        self._rows = QVBoxLayout(self)
        self._rows.setContentsMargins(0, 0, 0, 0)
        self._rows.addLayout(top)
        self._rows.addWidget(self._error)
        self.scopes.activated.connect(self._choose)
        self.show_error("")
        self._veil()

    def show_scopes(self, choices: Sequence[ScopeChoice], present: str) -> None:
        """Offer these scopes."""
        entries = [(one.label, one.key) for one in choices]
        if [(self.scopes.itemText(row), self.scopes.itemData(row)) for row in range(self.scopes.count())] != entries:
            self.scopes.clear()
            for label, key in entries:
                self.scopes.addItem(label, key)
        self.scopes.setCurrentIndex(self.scopes.findData(present))

    def show_simulated(self, simulated: bool) -> None:
        """Say whether the practice model made any of it."""
        self._simulated = simulated
        self._veil()

    def show_error(self, sentence: str) -> None:
        """Say what is wrong; nothing with an empty sentence."""
        self._error.setText(sentence)
        self._error.setVisible(bool(sentence))

    def set_blind(self, on: bool) -> None:
        """Names of runs tell the arm."""
        self._blind = on
        self._veil()

    def add_banner(self, banner: QWidget) -> None:
        """A line below."""
        self._rows.addWidget(banner)

    def _veil(self) -> None:
        for widget in (self._label, self.scopes):
            widget.setVisible(not self._blind)
        self._badge.setVisible(self._simulated and not self._blind)

    def _choose(self, place: int) -> None:
        self.chosen.emit(self.scopes.itemData(place))
