"""The prompt as sent, the injected memory highlighted."""

from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from rb_studio.gui.rooms.trajectories.long_text import LongText, Stretch
from rb_studio.gui.rooms.trajectories.opened import Opened
from rb_studio.gui.rooms.trajectories.plain import NO_STEP
from rb_studio.gui.rooms.trajectories.prompt_text import HEADER, MEMORY, PromptText, prompt_of
from rb_studio.gui.theme import Theme
from rb_studio.gui.widgets.elided import Elided

LOOKS = {HEADER: ("selection", "", True), MEMORY: ("highlight", "", False)}
SAME_LOOK = ("alternate", "muted", True)


class PromptPanel(QWidget):
    """A note, a warning where memory is missing, and the messages."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._opened: Opened | None = None
        self._place = 0
        self._system = True
        self._shown = PromptText("")
        self._note, self._warning = Elided(2, muted=True), QLabel()
        self._warning.setProperty("role", "badge")
        self._warning.setWordWrap(True)
        self._to_memory = QPushButton("Injected memory")
        self._to_memory.setToolTip("Go to the memory in this prompt")
        self._warning.hide()
        self._to_memory.hide()
        self._to_memory.clicked.connect(self.show_memory)
        self.text = LongText(theme, "Prompt as sent")
        self.text.whole_asked.connect(self._fill)
        bar = QHBoxLayout()
        bar.addWidget(self._note, 1)
        bar.addWidget(self._to_memory)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 4, 0, 0)
        layout.setSpacing(4)
        layout.addLayout(bar)
        layout.addWidget(self._warning)
        layout.addWidget(self.text, 1)

    def show_step(self, opened: Opened | None, place: int) -> None:
        """Another step, or the same one with more known of it."""
        self._opened, self._place = opened, place
        self._fill()

    def set_system(self, on: bool) -> None:
        """With system messages, or with their names alone."""
        self._system = on

    def show_memory(self) -> None:
        """Scroll to the injected memory."""
        if self._shown.memory_at is not None:
            self.text.show_position(self._shown.memory_at)

    def reveal(self, start: int, length: int) -> None:
        """Select a stretch of the prompt with every message in it whole."""
        self.text.show_whole()
        self.text.reveal(start, length)

    def redraw(self) -> None:
        """Other colours."""
        self.text.redraw()

    def _fill(self) -> None:
        opened = self._opened
        if opened is None:
            return
        key = (opened.row.uid, self._place)
        whole = self.text.wants_whole(key)
        shown = self._prompt(opened, whole) if self._place else PromptText("", note=NO_STEP)
        self._shown = shown
        self._note.set_text(shown.note)
        self._warning.setText(shown.warning)
        self._warning.setVisible(bool(shown.warning))
        self._to_memory.setVisible(shown.memory_at is not None)
        looks = [(span, LOOKS.get(span.kind, SAME_LOOK)) for span in shown.spans]
        stretches = tuple(Stretch(span.start, span.length, *look) for span, look in looks)
        self.text.show_text(shown.text, key, stretches, hidden=shown.hidden, size=shown.size)

    def _prompt(self, opened: Opened, whole: bool) -> PromptText:
        return prompt_of(opened, self._place, whole=whole, system=self._system)
