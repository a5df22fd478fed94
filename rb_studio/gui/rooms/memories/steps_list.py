"""Steps of the text beside them: go to one, leave one out, put a workflow's into another order."""

from PySide6.QtCore import QEvent, QObject, QSignalBlocker, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QListWidget, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from rb_studio.gui.rooms.memories.columns import one_line
from rb_studio.gui.rooms.memories.forms import Form
from rb_studio.gui.rooms.memories.steps import Step, added, exchanged, without

NEW_STEP = "{what to do}"
SHOWN_LINES = 5


class StepsList(QWidget):
    """A line for each step of a text; the text itself stays the only truth.

    Signals
    -------
    chosen
        Carries the Step to be shown in the text.
    rewritten
        Carries the text as it is to be, and the place of the step to go on with.
    """

    chosen = Signal(object)
    rewritten = Signal(str, int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._form: Form | None = None
        self._text = ""
        self._steps: tuple[Step, ...] = ()
        self._writable = True
        self.count = QLabel()
        self.count.setProperty("role", "muted")
        self.list = QListWidget()
        self.list.setAccessibleName("Steps")
        self.list.setUniformItemSizes(True)
        self.list.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.list.setFixedHeight(self.fontMetrics().lineSpacing() * SHOWN_LINES)
        self.list.setToolTip("Choosing a step shows it in the text below")
        self.up, self.down = QPushButton("&Up"), QPushButton("&Down")
        self.add, self.leave_out = QPushButton("Add &step"), QPushButton("&Leave out")
        self.up.setToolTip("Earlier (Alt+Up)")
        self.down.setToolTip("Later (Alt+Down)")
        self.leave_out.setToolTip("Take the step out of the text (Del)")
        self.list.installEventFilter(self)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self._lay_out()
        self.list.currentRowChanged.connect(self._choose)
        self.up.clicked.connect(self._earlier)
        self.down.clicked.connect(self._later)
        self.add.clicked.connect(self._add)
        self.leave_out.clicked.connect(self._leave_out)

    def show_text(self, form: Form, text: str) -> None:
        """Find the steps of a text again; the place stays."""
        place = self.list.currentRow()
        self._form, self._text = form, text
        found = form.steps(text) if form.steps is not None else ()
        if [step.line for step in found] != [step.line for step in self._steps]:
            blocker = QSignalBlocker(self.list)
            self.list.clear()
            for step in found:
                self.list.addItem(one_line(step.line))
            self.list.setCurrentRow(min(place, len(found) - 1))
            blocker.unblock()
        self._steps = found
        self.count.setText("no step found" if not found else f"{len(found)} step{'' if len(found) == 1 else 's'}")
        self._enable()

    def set_writable(self, writable: bool) -> None:
        """Whether steps can be changed; they can be looked at in any case."""
        self._writable = writable
        self._enable()

    def show_place(self, position: int) -> None:
        """Mark the step that a position of the text lies in."""
        place = next((n for n, step in enumerate(self._steps) if step.start <= position <= step.end), -1)
        if place >= 0 and place != self.list.currentRow():
            blocker = QSignalBlocker(self.list)
            self.list.setCurrentRow(place)
            blocker.unblock()
            self._enable()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        """Del leaves a step out; with Alt the arrows move it."""
        if event.type() != QEvent.Type.KeyPress or not isinstance(event, QKeyEvent):
            return super().eventFilter(watched, event)
        alt = event.modifiers() & Qt.KeyboardModifier.AltModifier
        keys = {Qt.Key.Key_Up: self.up, Qt.Key.Key_Down: self.down} if alt else {Qt.Key.Key_Delete: self.leave_out}
        button = keys.get(Qt.Key(event.key()))
        if button is None:
            return super().eventFilter(watched, event)
        button.click()
        return True

    def _choose(self, place: int) -> None:
        self._enable()
        if 0 <= place < len(self._steps):
            self.chosen.emit(self._steps[place])

    def _enable(self) -> None:
        place, ordered = self.list.currentRow(), self._form is not None and self._form.ordered
        for button in (self.up, self.down, self.add):
            button.setVisible(ordered)
        self.up.setEnabled(self._writable and place > 0)
        self.down.setEnabled(self._writable and 0 <= place < len(self._steps) - 1)
        self.add.setEnabled(self._writable)
        self.leave_out.setEnabled(self._writable and place >= 0)

    def _earlier(self) -> None:
        self._exchange(-1)

    def _later(self) -> None:
        self._exchange(1)

    def _exchange(self, by: int) -> None:
        place = self.list.currentRow()
        self.rewritten.emit(exchanged(self._text, self._steps, place, place + by), place + by)

    def _add(self) -> None:
        place = self.list.currentRow() if self.list.currentRow() >= 0 else len(self._steps) - 1
        self.rewritten.emit(added(self._text, self._steps, place, NEW_STEP), place + 1)

    def _leave_out(self) -> None:
        place = self.list.currentRow()
        counted = self._form is not None and self._form.ordered
        self.rewritten.emit(without(self._text, self._steps, place, counted=counted), place)

    def go_on(self, place: int) -> None:
        """Choose a step after the text was rewritten."""
        self.list.setCurrentRow(min(place, len(self._steps) - 1))

    def _lay_out(self) -> None:
        line = QHBoxLayout()
        line.addWidget(self.count, 1)
        for button in (self.up, self.down, self.add, self.leave_out):
            line.addWidget(button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 2)
        layout.setSpacing(2)
        layout.addWidget(self.list)
        layout.addLayout(line)
