"""The run dialog: what, by whom, with which memory, how often; and what it will cost."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from rb_studio.gui.dialogs.alive import while_alive
from rb_studio.gui.dialogs.choice import Choice, counted
from rb_studio.gui.dialogs.choosing import fill, note, value
from rb_studio.gui.dialogs.problem_line import ProblemLine
from rb_studio.gui.dialogs.run_estimate import Basis, key_note, read_basis, sentence
from rb_studio.gui.dialogs.run_fields import RunFields
from rb_studio.gui.dialogs.run_form import (
    CHAT_ROLES,
    RunFacts,
    RunForm,
    bank_choices,
    label_choices,
    memory_choices,
    problem,
    problem_of_tasks,
    read_facts,
    scaling_choices,
    start_sentence,
)
from rb_studio.gui.dialogs.run_landing import Landing
from rb_studio.gui.dialogs.run_more_form import in_window
from rb_studio.gui.dialogs.unfolding import follow_unfolding, scrolling
from rb_studio.gui.rooms.room import Place

if TYPE_CHECKING:
    from rb_studio.gui.frame import Frame

CHOSEN = "\u0000chosen"
SAME = "the same model"
DRY = "One rollout of the first task with these settings; the bank is left as it is"


class RunDialog(QDialog):
    """Asks for one arm, or for one arm a seed, and starts it.

    Signals
    -------
    started
        The job runs; carries the Place to watch it.
    """

    started = Signal(object)

    def __init__(self, frame: "Frame", suite: str, tasks: Sequence[str] = (), parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Run")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._frame = frame
        self._chosen = tuple(tasks)
        self._starting, self._room = False, ""
        self._actor = self._of_tasks = ""
        self._offered: tuple[str, str] | None = None
        self._facts: RunFacts | None = None
        self._basis: Basis | None = None
        self.form = RunForm(suite, tasks=self._chosen)
        self.fields = RunFields()
        self.fields.setEnabled(False)
        self._summary, self._estimate, self._note = note(""), note(), note()
        self._problem = ProblemLine(frame.theme)
        self._badge = QLabel("simulated")
        self._badge.setProperty("role", "badge")
        self._badge.setToolTip("The practice model answers; results say nothing about a language model")
        self._badge.hide()
        self._summary.setText("Reading the workspace\u2026")
        self._dry = QPushButton("Dry run of one task")
        self._run = QPushButton("Run")
        self._run.setProperty("primary", True)
        self._lay_out()
        self._run.setDefault(True)
        for button in (self._run, self._dry):
            button.setEnabled(False)
        self._run.clicked.connect(self._start)
        self._dry.clicked.connect(self._start_dry)
        self.fields.changed.connect(self._changed)
        frame.session.query(
            "run.facts",
            lambda conn: read_facts(conn, frame.settings),
            while_alive(self, self._facts_read),
            while_alive(self, self._unreadable),
        )

    def _lay_out(self) -> None:
        area = scrolling(self.fields)
        follow_unfolding(self, area, self.fields.more)
        top = QHBoxLayout()
        top.addWidget(self._summary, 1)
        top.addWidget(self._badge, alignment=Qt.AlignmentFlag.AlignTop)
        buttons = QDialogButtonBox()
        buttons.addButton(self._dry, QDialogButtonBox.ButtonRole.ActionRole)
        buttons.addButton(self._run, QDialogButtonBox.ButtonRole.AcceptRole)
        buttons.addButton(QDialogButtonBox.StandardButton.Cancel)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.addWidget(area, 1)
        layout.addLayout(top)
        for line in (self._estimate, self._note, self._problem):
            layout.addWidget(line)
        layout.addWidget(buttons)
        width = self.fontMetrics().horizontalAdvance("0")
        self.resize(width * 98, self.fontMetrics().height() * 34)

    def problem(self) -> str:
        """Why Run is disabled; empty when it is not."""
        return self._problem.text()

    def _unreadable(self, sentence: str) -> None:
        self._summary.setText("")
        self._problem.say(sentence)

    def _facts_read(self, facts: RunFacts) -> None:
        self._facts = facts
        fields = self.fields
        fields.setEnabled(True)
        fill(fields.what, self._what_choices(facts), CHOSEN if self._chosen else self.form.suite)
        fill(fields.memory, memory_choices(), self.form.memory)
        fill(fields.scaling, scaling_choices(), self.form.scaling)
        fill(fields.label, label_choices(), self.form.label)
        self._actor = facts.settings.profile
        self._offer_actors(facts)
        for role in CHAT_ROLES:
            fill(fields.roles[role], [Choice("", SAME), *facts.profiles()], "")
        fields.show_embedder(facts.settings.embedder, sorted(facts.settings.profiles))
        self._changed()
        fields.what.setFocus()

    def _offer_actors(self, facts: RunFacts) -> None:
        """The profiles that can act on the suite; what was chosen comes back with a suite it can act on."""
        box, suite = self.fields.profile, self.form.suite
        if self._offered is not None and value(box) != self._offered[1]:
            self._actor = value(box)
        if self._offered is None or suite != self._offered[0]:
            fill(box, facts.profiles(suite), self._actor)
        self._offered = (suite, value(box))

    def _what_choices(self, facts: RunFacts) -> list[Choice]:
        choices = []
        if self._chosen:
            choices.append(Choice(CHOSEN, f"{counted(len(self._chosen), 'selected task')} of {self.form.suite}"))
        for entry in facts.entries:
            why_not = "" if entry.runnable else "cannot run here"
            choices += [
                Choice(part.name, f"{part.name} ({counted(part.tasks, 'task')})", why_not)
                for part in (entry.whole, *entry.subsets)
            ]
        return choices

    def _changed(self) -> None:
        """Something was chosen: take it over, offer what goes with it, check, estimate."""
        facts = self._facts
        if facts is None:
            return
        before = self.form
        what = value(self.fields.what)
        chosen = what == CHOSEN
        self.form = self.fields.read(replace(before, suite=before.suite if chosen else what))
        self.form = replace(self.form, tasks=self._chosen if chosen else ())
        self._offer_actors(facts)
        self.form = replace(self.form, profile=value(self.fields.profile))
        fill(self.fields.bank, bank_choices(self.form, facts), self.form.bank)
        self.form = replace(self.form, bank=value(self.fields.bank))
        tasks = len(self.form.tasks) or facts.tasks(self.form.suite)
        self.fields.show_form(self.form, tasks, start_sentence(self.form))
        self._check(facts)
        if _of_tasks(self.form) != _of_tasks(before):
            self._check_tasks()
        key = (self.form.suite, self.form.memory, self.form.actor(facts))
        if self._basis is None or key != (before.suite, before.memory, before.actor(facts)):
            form = self.form
            self._frame.session.query(
                "run.basis",
                lambda conn: read_basis(conn, form, facts),
                while_alive(self, self._basis_read),
                while_alive(self, self._no_basis),
            )
        self._show_estimate()

    def _check(self, facts: RunFacts) -> None:
        fault = problem(self.form, facts) or self._of_tasks or None
        self._problem.say(fault or "")
        for button in (self._run, self._dry):
            button.setEnabled(fault is None)
        self._run.setToolTip(fault or "")
        self._dry.setToolTip(fault or DRY)
        rollouts = self.form.rollouts(facts)
        self._badge.setVisible(self.form.simulated(facts))
        seeds = "" if fault or len(self.form.seed_list()) == 1 else f", {len(self.form.seed_list())} arms as a sweep"
        most = "up to " if self.form.more.allocation != "uniform" else ""
        self._summary.setText("" if fault else f"{most}{counted(rollouts, 'rollout')}{seeds}")

    def _check_tasks(self) -> None:
        """Labels and splits hang on the tasks: the engine looks at them, off the GUI thread."""
        form = self.form
        self._frame.session.query(
            "run.tasks",
            lambda conn: problem_of_tasks(conn, form),
            while_alive(self, self._tasks_checked),
            while_alive(self, self._tasks_checked),
        )

    def _tasks_checked(self, sentence: str) -> None:
        self._of_tasks = sentence
        if self._facts is not None and not self._starting:
            self._check(self._facts)
            self._show_estimate()

    def _basis_read(self, basis: Basis | None) -> None:
        self._basis = basis
        self._show_estimate()

    def _no_basis(self, _sentence: str) -> None:
        self._basis_read(None)

    def _show_estimate(self) -> None:
        if self._facts is not None:
            estimate = "" if self.problem() else sentence(self._basis, self.form.rollouts(self._facts))
            self._estimate.setText(estimate)
            waits = "Another job is running: this one waits its turn." if self._frame.jobs.active else ""
            notes = " ".join(part for part in (key_note(self._basis), waits) if part)
            self._note.setText(notes)
            self._note.setVisible(bool(notes))

    def reject(self) -> None:
        """Cancel also stops a job that was asked for and has not begun."""
        if self._starting:
            self._frame.jobs.stop()
        super().reject()

    def _start(self) -> None:
        facts = self._facts
        if facts is None or self._of_tasks or problem(self.form, facts) is not None:
            return
        sweep, jobs = self.form.sweep(), self._frame.jobs
        if sweep is None:
            self._launch(title(self.form), lambda name: jobs.run(self.form.request(), facts.settings, name))
        else:
            self._launch(title(self.form), lambda name: jobs.sweep(sweep, facts.settings, name), "scaling")

    def _start_dry(self) -> None:
        facts = self._facts
        if facts is not None:
            form, jobs = dry(self.form), self._frame.jobs
            name = f"dry run on {form.suite}"
            self._launch(name, lambda name: jobs.run(form.request(), facts.settings, name))

    def _launch(self, name: str, begin: Callable[[str], None], room: str = "trajectories") -> None:
        """Start, and stay until there is something to watch; what waits its turn is not waited for."""
        if self._frame.jobs.active:
            begin(name)
            self._frame.toast(f"{name} waits its turn.")
            self.accept()
            return
        self._room = room
        self._starting = True
        self._enable(False)
        self._run.setText("Starting\u2026")
        landing = Landing(self._frame.jobs, self)
        landing.began.connect(self._began)
        landing.failed.connect(self._not_begun)
        begin(name)

    def _began(self, runs: tuple[int, ...]) -> None:
        self._starting = False
        self.accept()
        self.started.emit(Place(self._room, {"run": runs[0]} if self._room == "trajectories" else {}))

    def _not_begun(self, sentence: str) -> None:
        self._starting = False
        self._run.setText("Run")
        self._enable(True)
        self._problem.say(in_window(sentence))

    def _enable(self, on: bool) -> None:
        for widget in (self.fields, self._run, self._dry):
            widget.setEnabled(on)


def _of_tasks(form: RunForm) -> tuple[object, ...]:
    """What decides whether the tasks can be labelled and split as asked for."""
    return form.suite, form.tasks, form.limit, form.shuffle, form.label, form.more.hold_out, form.more.split_seed


def dry(form: RunForm) -> RunForm:
    """The same, for one rollout of one task, adding nothing to the bank."""
    more = replace(form.more, allocation="uniform", hold_out=None)
    label = "judge" if form.label == "human" else form.label
    one = replace(form, limit=1, scaling="none", k=1, learn=False, more=more, label=label)
    return replace(one, seeds=str(form.seed_list()[0]))


def title(form: RunForm) -> str:
    """What the status bar calls it."""
    memory = "no memory" if form.memory == "none" else form.memory
    scaling = f", {form.scaling} k={form.k}" if form.scaling != "none" and form.k > 1 else ""
    return f"{form.suite}: {memory}{scaling}"
