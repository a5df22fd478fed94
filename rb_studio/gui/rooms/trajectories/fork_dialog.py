"""Asks how a rollout is to be played on from a step, and says what that takes before anything starts."""

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from rb_studio.gui.dialogs.alive import while_alive
from rb_studio.gui.dialogs.choice import Choice
from rb_studio.gui.dialogs.choosing import combo, fill, form_layout, note, value
from rb_studio.gui.dialogs.problem_line import ProblemLine
from rb_studio.gui.dialogs.run_parts import decimal, row, spin
from rb_studio.gui.dialogs.unfolding import scrolling
from rb_studio.gui.rooms.trajectories import fork_form
from rb_studio.gui.rooms.trajectories.distil_dialog import profile_choices
from rb_studio.gui.rooms.trajectories.fork_form import TIMES, ForkForm, ForkOffer, Prepared
from rb_studio.gui.rooms.trajectories.fork_variants import VariantsEditor

if TYPE_CHECKING:
    from rb_studio.gui.frame import Frame

PAUSE = 200  # milliseconds after the last choice
MOST_COST = 100_000.0
READING, WAITING = "Reading the rollout\u2026", "Working out what it takes\u2026"
WHAT = (
    "What came before the step is kept as it was; the step itself is the first one decided anew. Each variant is a run "
    "of its own. Their continuations throw the same dice one by one, so that variants are compared in pairs. Forks "
    "enter no figure of an arm."
)


class ForkDialog(QDialog):
    """Enter begins it once its cost is told; Esc does not.

    Signals
    -------
    asked
        Carries the ForkRequest and the settings to play with.
    """

    asked = Signal(object, object)

    def __init__(self, frame: "Frame", run: int, uid: str, step: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Fork at a step")
        self._frame, self._step = frame, step
        self._offer: ForkOffer | None = None
        self._ready: Prepared | None = None
        self.form = ForkForm(step)
        self.what, self.estimate = note(), note("")
        self.what.setText(WHAT)
        self.estimate.setAccessibleName("What it takes")
        self.estimate.setText(READING)
        self.step, self.times = (
            spin("First step decided anew", 1, 1, 1),
            spin("Continuations a variant", 1, 1000, TIMES),
        )
        self.limit = decimal("Spend at most", 0.0, MOST_COST, 0.0, 0.1, " $")
        self.limit.setSpecialValueText("no limit")
        self.limit.setToolTip("No further continuation begins once so many US dollars are known to be spent")
        self.profile = combo("Model to act")
        self.variants = VariantsEditor()
        self.badge = QLabel("simulated")
        self.badge.setProperty("role", "badge")
        self.badge.hide()
        self.problem = ProblemLine(frame.theme)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(PAUSE)
        self._lay_out()
        self._timer.timeout.connect(self._ask_cost)
        self.variants.changed.connect(self._changed)
        self.profile.activated.connect(self._changed)
        for number in (self.step, self.times, self.limit):
            number.valueChanged.connect(self._changed)
        self._fields.setEnabled(False)
        self.run_button.setEnabled(False)
        read = partial(fork_form.read_offer, run=run, uid=uid, step=step, settings=frame.settings())
        frame.session.query("fork offer", read, while_alive(self, self._show_offer), while_alive(self, self._wrong))

    def _show_offer(self, offer: ForkOffer) -> None:
        self._offer = offer
        self.form = fork_form.first_form(offer, self._step)
        for box, most, start in ((self.step, offer.steps, self.form.step), (self.times, 1000, self.form.times)):
            box.blockSignals(True)
            box.setRange(1, most)
            box.setValue(start)
            box.blockSignals(False)
        self.step.setSuffix(f" of {offer.steps}")
        fill(self.profile, profile_choices(offer.settings, [Choice("", "The rollout\u2019s own")]), "")
        self.variants.show_offer(offer, self.form.variants)
        self._fields.setEnabled(True)
        self.times.setFocus()
        self._changed()

    def _changed(self, *_: object) -> None:
        """Take over what is chosen; what it takes is worked out anew."""
        offer = self._offer
        if offer is None:
            return
        self.form = ForkForm(
            self.step.value(), self.times.value(), self.variants.variants, value(self.profile), self.limit.value()
        )
        self._ready = None
        self.run_button.setEnabled(False)
        problem = self.form.problem(offer)
        self.problem.say(problem)
        self.estimate.setText("" if problem else WAITING)
        self._timer.stop() if problem else self._timer.start()

    def _ask_cost(self) -> None:
        offer = self._offer
        if offer is not None and not self.form.problem(offer):
            read = partial(fork_form.prepare, offer=offer, form=self.form)
            told, wrong = while_alive(self, self._show_cost), while_alive(self, self._wrong)
            self._frame.session.query("fork cost", read, told, wrong)

    def _show_cost(self, ready: Prepared) -> None:
        if ready.form != self.form:
            return
        self._ready = ready
        self.badge.setVisible(ready.estimate.free)
        waits = " Another job is running: this one waits its turn." if self._frame.jobs.active else ""
        self.estimate.setText(f"{self.form.sentence()} {ready.estimate.sentence()}{waits}")
        self.run_button.setEnabled(True)

    def _wrong(self, sentence: str) -> None:
        self.estimate.setText("")
        self.problem.say(f"{sentence[:1].upper()}{sentence[1:]}.".replace("..", "."))

    def _start(self) -> None:
        if self._ready is not None and self._offer is not None:
            self.asked.emit(self._ready.request, self._offer.settings)
            self.accept()

    def _lay_out(self) -> None:
        self._fields = QWidget()
        fields = QVBoxLayout(self._fields)
        fields.setContentsMargins(0, 0, 0, 0)
        upper = QWidget()
        form = form_layout(upper)
        form.setContentsMargins(0, 0, 0, 0)
        form.addRow("From &step", row(self.step))
        form.addRow("&Times each", row(self.times))
        form.addRow("Mo&del", self.profile)
        form.addRow("Spend at m&ost", row(self.limit))
        fields.addWidget(upper)
        fields.addWidget(self.variants, 1)
        line = QHBoxLayout()
        line.addWidget(self.estimate, 1)
        line.addWidget(self.badge, alignment=Qt.AlignmentFlag.AlignTop)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self.run_button = buttons.addButton("&Run", QDialogButtonBox.ButtonRole.ActionRole)
        self.run_button.setProperty("primary", True)
        self.run_button.setDefault(True)
        self.run_button.clicked.connect(self._start)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.addWidget(self.what)
        layout.addWidget(scrolling(self._fields), 1)
        layout.addLayout(line)
        layout.addWidget(self.problem)
        layout.addWidget(buttons)
        metrics = self.fontMetrics()
        self.resize(metrics.averageCharWidth() * 118, metrics.height() * 40)
