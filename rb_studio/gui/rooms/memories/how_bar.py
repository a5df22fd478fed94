"""How the runs whose block is previewed retrieve: by task or by item, how many, and at most how many items."""

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QSpinBox, QWidget

from rb_studio.gui.rooms.memories.block import How

UNITS = ("experience", "item")
MOST_HITS, MOST_ITEMS = 10, 50


class HowBar(QWidget):
    """Three inputs in a row.

    Signals
    -------
    changed
        The person chose otherwise; carries How.
    """

    changed = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._own = False
        self.unit = QComboBox()
        self.unit.addItems(["Experiences", "Items"])
        self.unit.setAccessibleName("Unit of retrieval")
        self.unit.setToolTip("What is retrieved: past tasks with all their items, or items one by one")
        self.n = QSpinBox(minimum=0, maximum=MOST_HITS, value=1)
        self.n.setAccessibleName("How many are retrieved")
        self.n.setToolTip("How many of them a task is given")
        self.most = QSpinBox(minimum=0, maximum=MOST_ITEMS, value=0)
        self.most.setSpecialValueText("all")
        self.most.setAccessibleName("Items at most")
        self.most.setToolTip("At most so many items in all")
        label = QLabel("items at mo&st")
        label.setBuddy(self.most)
        line = QHBoxLayout(self)
        line.setContentsMargins(0, 0, 0, 0)
        for widget in (self.unit, self.n, label, self.most):
            line.addWidget(widget)
        line.addStretch(1)
        self.unit.currentIndexChanged.connect(self._tell)
        self.n.valueChanged.connect(self._tell)
        self.most.valueChanged.connect(self._tell)

    def how(self) -> How:
        """What is chosen."""
        return How(self.n.value(), UNITS[self.unit.currentIndex()], self.most.value() or None, self._own)

    def show_how(self, how: How) -> None:
        """Show settings, those of the bank's own runs to begin with."""
        blockers = [QSignalBlocker(widget) for widget in (self.unit, self.n, self.most)]
        self._own = how.own
        self.unit.setCurrentIndex(UNITS.index(how.unit))
        self.n.setValue(how.n)
        self.most.setValue(how.most or 0)
        for blocker in blockers:
            blocker.unblock()

    def _tell(self, _value: int) -> None:
        self.changed.emit(self.how())
