"""A budget of rollouts: a slider, its number, and what it means in words."""

from PySide6.QtCore import QLocale, QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSlider, QSpinBox, QWidget

STEPS = 40  # of the slider by arrow keys, from one end to the other
PAGES = 8


class Budget(QWidget):
    """Rollouts of all tasks together, from one for each to the most.

    Signals
    -------
    changed
        Another budget was chosen; carries it.
    """

    changed = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._tasks = 1
        self.number = QSpinBox()
        self.number.setAccessibleName("Budget, rollouts in all")
        self.number.setKeyboardTracking(False)
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setAccessibleName("Budget")
        self.slider.setMinimumWidth(self.fontMetrics().averageCharWidth() * 10)
        self.words = QLabel()
        self.words.setProperty("role", "muted")
        label = QLabel("&Budget")
        label.setBuddy(self.number)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        for widget, stretch in ((label, 0), (self.number, 0), (self.slider, 1), (self.words, 0)):
            layout.addWidget(widget, stretch)
        self.slider.valueChanged.connect(self.number.setValue)
        self.number.valueChanged.connect(self._chosen)

    def set_bounds(self, tasks: int, k: int, total: int) -> None:
        """Budgets for so many tasks of at most k rollouts, and the one that is chosen."""
        self._tasks = max(1, tasks)
        with QSignalBlocker(self.number), QSignalBlocker(self.slider):
            for widget in (self.number, self.slider):
                widget.setRange(tasks, tasks * k)
                widget.setSingleStep(max(1, tasks * (k - 1) // STEPS))
                widget.setValue(total)
            self.slider.setPageStep(max(1, tasks * (k - 1) // PAGES))
        self._tell()

    @property
    def total(self) -> int:
        """The budget."""
        return self.number.value()

    def step(self, direction: int) -> None:
        """One step more or less, as the arrow keys take it."""
        self.number.stepBy(direction)

    def _chosen(self, total: int) -> None:
        with QSignalBlocker(self.slider):
            self.slider.setValue(total)
        self._tell()
        self.changed.emit(total)

    def _tell(self) -> None:
        mean = QLocale().toString(self.total / self._tasks, "f", 2)
        self.words.setText(f"rollouts, {mean} a task")
        sentence = (
            f"{QLocale().toString(self.total)} rollouts in all, {mean} a task on average over {self._tasks} tasks"
        )
        for widget in (self.number, self.slider, self.words):
            widget.setToolTip(f"At most {sentence}; a policy may leave some")
        self.slider.setAccessibleDescription(sentence)
