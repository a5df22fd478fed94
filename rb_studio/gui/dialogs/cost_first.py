"""A dialog that tells what something takes before it can begin."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from rb_studio.gui.dialogs.alive import while_alive
from rb_studio.gui.dialogs.choice import Choice
from rb_studio.gui.dialogs.choosing import note
from rb_studio.gui.dialogs.problem_line import ProblemLine
from rb_studio.records.errors import RbStudioError

if TYPE_CHECKING:
    from sqlite3 import Connection

    from rb_studio.gui.frame import Frame
    from rb_studio.models.settings import Settings

PAUSE = 200  # milliseconds after the last choice
READING, WAITING = "Reading the workspace\u2026", "Working out what it takes\u2026"


class CostFirst(QDialog):
    """Enter begins it, once its cost is told; Esc does not.

    What it is about brings the fields: `lay_out` them, `ask` what there is to choose from, say `chosen` after every
    choice. `costing`, `show_cost` and `request` are asked then.

    Signals
    -------
    asked
        Carries what the job is asked for and the settings to do it with.
    """

    asked = Signal(object, object)

    def __init__(self, frame: "Frame", title: str, button: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(title)
        self.frame = frame
        self.what, self.estimate = note(), note("")
        self.estimate.setAccessibleName("What it takes")
        self.estimate.setText(READING)
        self.badge = QLabel("simulated")
        self.badge.setProperty("role", "badge")
        self.badge.setToolTip("The practice model answers; results say nothing about a language model")
        self.badge.hide()
        self.problem = ProblemLine(frame.theme)
        self.run_button = QPushButton(button)
        self.run_button.setProperty("primary", True)
        self.run_button.setDefault(True)
        self.run_button.setEnabled(False)
        self.run_button.clicked.connect(self._begin)
        self._choices = 0
        self._timer = QTimer(self, singleShot=True, interval=PAUSE)
        self._timer.timeout.connect(self._ask_cost)

    def lay_out(self, fields: QWidget) -> None:
        """The fields between what it is about and what it takes."""
        line = QHBoxLayout()
        line.addWidget(self.estimate, 1)
        line.addWidget(self.badge, alignment=Qt.AlignmentFlag.AlignTop)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        buttons.addButton(self.run_button, QDialogButtonBox.ButtonRole.ActionRole)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.addWidget(self.what)
        layout.addWidget(fields, 1)
        layout.addLayout(line)
        layout.addWidget(self.problem)
        layout.addWidget(buttons)

    def ask(self, read: "Callable[[Connection], Any]", told: Callable[[Any], None]) -> None:
        """Read the workspace; a refusal is told in place of the cost, an answer to what is asked no more to nobody."""
        choice = self._choices

        def current(act: Callable[[Any], None]) -> Callable[[Any], None]:
            return while_alive(self, lambda answer: act(answer) if choice == self._choices else None)

        key = f"{type(self).__name__}.{told.__name__}"
        self.frame.session.query(key, read, current(told), current(self.refuse))

    def chosen(self, problem: str = "") -> None:
        """Something else is chosen: what it takes is worked out anew, where nothing is wrong with it."""
        self._choices += 1
        self.run_button.setEnabled(False)
        self.problem.say(problem)
        self.estimate.setText("" if problem else WAITING)
        self._timer.stop() if problem else self._timer.start()

    def allow(self, sentence: str) -> None:
        """Tell what it takes: it can begin."""
        waits = " Another job is running: this one waits its turn." if self.frame.jobs.active else ""
        self.estimate.setText(sentence + waits)
        self._grow()
        self.run_button.setEnabled(True)

    def refuse(self, sentence: str) -> None:
        """Tell why it cannot begin."""
        self.estimate.setText("")
        self.problem.say(f"{sentence[:1].upper()}{sentence[1:]}.".replace("..", "."))
        self._grow()

    def costing(self) -> "Callable[[Connection], Any]":
        """Reads what the present choice takes."""
        raise NotImplementedError

    def show_cost(self, found: Any) -> None:
        """`allow` it with what was read, or `refuse` it."""
        raise NotImplementedError

    def request(self) -> "tuple[Any, Settings]":
        """What `asked` carries."""
        raise NotImplementedError

    def _grow(self) -> None:
        """A longer sentence takes no room from the fields."""
        layout = self.layout()
        if layout is not None:
            layout.activate()
            self.resize(self.width(), max(self.height(), layout.totalHeightForWidth(self.width())))

    def _ask_cost(self) -> None:
        self.ask(self.costing(), self.show_cost)

    def _begin(self) -> None:
        self.asked.emit(*self.request())
        self.accept()


def profile_choices(settings: "Settings", first: Sequence[Choice] = ()) -> list[Choice]:
    """The shipped profile and those of the settings."""
    named = [Choice(name, f"{name} ({one.model})") for name, one in sorted(settings.profiles.items())]
    return [*first, Choice("practice", "practice (simulated, needs no key)"), *named]


def host_of(name: str, settings: "Settings") -> str:
    """Where the calls of a profile go; one that does not resolve is the job's own error to tell."""
    from rb_studio.models.registry import profile

    try:
        return profile(name or settings.profile, settings).host
    except RbStudioError:
        return ""
