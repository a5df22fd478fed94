"""Asks what a paired experiment is to run, and says what it takes before anything starts."""

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from rb_studio.gui.dialogs.alive import while_alive
from rb_studio.gui.dialogs.choosing import combo, fill, form_layout, note, value
from rb_studio.gui.dialogs.problem_line import ProblemLine
from rb_studio.gui.dialogs.run_parts import row, spin
from rb_studio.gui.dialogs.unfolding import scrolling
from rb_studio.gui.rooms.memories import experiment_form
from rb_studio.gui.rooms.memories.experiment_form import (
    ALL,
    LEAVE_ONE_OUT,
    WHERE_RETRIEVED,
    ExperimentForm,
    Offer,
    Subject,
)

if TYPE_CHECKING:
    from rb_studio.gui.frame import Frame
    from rb_studio.jobs.experiments import Cost, ExperimentRequest

PAUSE = 200  # milliseconds after the last choice
MOST = 1_000_000
TITLES = {LEAVE_ONE_OUT: "Leave one out", experiment_form.CURATION: "Test this curation"}
WAITING = "Working out what it takes\u2026"


class ExperimentDialog(QDialog):
    """Enter begins it once its cost is told; Esc does not.

    Signals
    -------
    started
        Carries the ExperimentRequest, the settings to run it with, and what it is called.
    """

    started = Signal(object, object, str)

    def __init__(self, frame: "Frame", subject: Subject, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(TITLES[subject.kind])
        self._frame = frame
        self._offer: Offer | None = None
        self.form = ExperimentForm(subject, which=WHERE_RETRIEVED if subject.kind == LEAVE_ONE_OUT else ALL)
        self.what, self.estimate = note(""), note("")
        self.what.setText(experiment_form.what(subject))
        self.estimate.setAccessibleName("What it takes")
        self.before, self.after = combo("Before"), combo("After")
        self.suite, self.which, self.profile = combo("Suite"), combo("Tasks"), combo("Model")
        self.first = spin("At most so many tasks", 0, MOST, 0)
        self.first.setSpecialValueText("all")
        self.notes = spin("Experiences retrieved a task", 1, 50, 1)
        self.seeds = QLineEdit(self.form.seeds)
        self.seeds.setAccessibleName("Seeds")
        self.seeds.setPlaceholderText("0:3, 7")
        self.seeds.setToolTip(
            "Whole numbers or ranges like 0:5; each is a pair of runs. More seeds, a narrower interval"
        )
        self.badge = QLabel("simulated")
        self.badge.setProperty("role", "badge")
        self.badge.setToolTip("The practice model answers; results say nothing about a language model")
        self.problem = ProblemLine(frame.theme)
        self.run_button = QPushButton("Run")
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(PAUSE)
        self._lay_out()
        self._connect()
        self.fields.setEnabled(False)
        self._allow(False)
        self.estimate.setText("Reading the workspace\u2026")
        read = partial(experiment_form.read_offer, subject=subject, settings=frame.settings)
        shown, wrong = while_alive(self, self._show_offer), while_alive(self, self._wrong)
        frame.session.query("memories.test.offer", read, shown, wrong)

    def _show_offer(self, offer: Offer) -> None:
        self._offer = offer
        self.fields.setEnabled(True)
        subject = self.form.subject
        fill(self.before, offer.befores(), subject.before)
        fill(self.after, offer.afters(), subject.after)
        fill(self.suite, offer.suites(), offer.suite)
        self._show_suite(offer)
        self.seeds.setFocus()
        self._changed()

    def _show_suite(self, offer: Offer) -> None:
        """What goes with the chosen suite."""
        suite = value(self.suite)
        fill(self.which, offer.which(suite, self.form.subject), self.form.which)
        fill(self.profile, offer.facts.profiles(suite), self.form.profile or offer.facts.settings.profile)

    def _suite_changed(self) -> None:
        if self._offer is not None:
            self._show_suite(self._offer)
            self._changed()

    def _changed(self) -> None:
        """Take over what is chosen; what it takes is worked out anew."""
        offer = self._offer
        if offer is None:
            return
        subject = self.form.subject
        if subject.kind != LEAVE_ONE_OUT:
            subject = replace(subject, before=value(self.before), after=value(self.after))
        self.form = ExperimentForm(
            subject,
            suite=value(self.suite),
            which=value(self.which),
            first=self.first.value(),
            seeds=self.seeds.text(),
            profile=value(self.profile),
            notes=self.notes.value(),
        )
        self.badge.setVisible(self.form.profile == "practice")
        self._allow(False)
        problem = self.form.problem(offer)
        self.problem.say(problem)
        self.estimate.setText("" if problem else WAITING)
        self._timer.stop() if problem else self._timer.start()

    def _ask_cost(self) -> None:
        offer = self._offer
        if offer is None or self.form.problem(offer):
            return
        from rb_studio.jobs.experiments import estimate_cost

        read = partial(estimate_cost, request=self.form.request(offer), settings=offer.facts.settings)
        told, wrong = while_alive(self, partial(self._show_cost, self.form)), while_alive(self, self._wrong)
        self._frame.session.query("memories.test.cost", read, told, wrong)

    def _show_cost(self, form: ExperimentForm, cost: "Cost") -> None:
        if form == self.form:
            waits = " Another job is running: this one waits its turn." if self._frame.jobs.active else ""
            self.estimate.setText(cost.sentence() + waits)
            self._allow(True)

    def _wrong(self, sentence: str) -> None:
        self.estimate.setText("")
        self.problem.say(f"{sentence[:1].upper()}{sentence[1:]}.".replace("..", "."))

    def _start(self) -> None:
        offer = self._offer
        if offer is not None and self.run_button.isEnabled():
            request: ExperimentRequest = self.form.request(offer)
            self.started.emit(request, offer.facts.settings, experiment_form.title(self.form.subject))
            self.accept()

    def _allow(self, on: bool) -> None:
        self.run_button.setEnabled(on)

    def _connect(self) -> None:
        self._timer.timeout.connect(self._ask_cost)
        self.suite.activated.connect(self._suite_changed)
        for box in (self.before, self.after, self.which, self.profile):
            box.activated.connect(self._changed)
        for number in (self.first, self.notes):
            number.valueChanged.connect(self._changed)
        self.seeds.textChanged.connect(self._changed)
        self.run_button.clicked.connect(self._start)

    def _lay_out(self) -> None:
        self.fields = QWidget()
        form = form_layout(self.fields)
        if self.form.subject.kind != LEAVE_ONE_OUT:
            form.addRow("&Before", self.before)
            form.addRow("&After", self.after)
        form.addRow("S&uite", self.suite)
        form.addRow("&Tasks", self.which)
        form.addRow("At &most", row(self.first))
        form.addRow("&Seeds", self.seeds)
        form.addRow("Mo&del", self.profile)
        form.addRow("&Notes a task", row(self.notes))
        area = scrolling(self.fields)
        line = QHBoxLayout()
        line.addWidget(self.estimate, 1)
        line.addWidget(self.badge, alignment=Qt.AlignmentFlag.AlignTop)
        self.badge.hide()
        self.run_button.setProperty("primary", True)
        self.run_button.setDefault(True)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        buttons.addButton(self.run_button, QDialogButtonBox.ButtonRole.ActionRole)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.addWidget(self.what)
        layout.addWidget(area, 1)
        layout.addLayout(line)
        layout.addWidget(self.problem)
        layout.addWidget(buttons)
        metrics = self.fontMetrics()
        self.resize(metrics.averageCharWidth() * 84, metrics.height() * 29)
