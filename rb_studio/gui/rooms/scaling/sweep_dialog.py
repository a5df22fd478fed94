"""The sweep builder: which arms side by side, on what, by whom, where and for how much; how big it is and what it
takes."""

from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QHBoxLayout, QPushButton, QTabWidget, QVBoxLayout, QWidget

from rb_studio.gui.dialogs.alive import while_alive
from rb_studio.gui.dialogs.choosing import note
from rb_studio.gui.dialogs.problem_line import ProblemLine
from rb_studio.gui.dialogs.run_estimate import Basis, key_note, read_basis, sentence
from rb_studio.gui.dialogs.run_form import RunFacts, problem_of_tasks, read_facts
from rb_studio.gui.dialogs.run_parts import spin
from rb_studio.gui.dialogs.unfolding import follow_unfolding, scrolling
from rb_studio.gui.rooms.scaling.method_boxes import MethodBoxes
from rb_studio.gui.rooms.scaling.sweep_form import SweepForm
from rb_studio.gui.rooms.scaling.sweep_grid import GridPage
from rb_studio.gui.rooms.scaling.sweep_look import Look, look
from rb_studio.gui.rooms.scaling.sweep_pages import ModelsPage, RunningPage, VaryPage
from rb_studio.gui.rooms.scaling.sweep_reads import Begun, begun, check_health

if TYPE_CHECKING:
    from rb_studio.gui.frame import Frame
    from rb_studio.jobs.cluster import Health

AT_ONCE, COUNTING = 60, "Counting the arms\u2026"
CHECKING, PATIENCE = "Asking the scheduler\u2026", 10.0
PILOT_HELP = (
    "Does the first tasks of a few arms, of each kind those with fewest and most rollouts, and tells what the whole "
    "takes. "
    "They are the sweep's own: Run goes on from there, and nothing is paid twice."
)
GRID_TITLE = "Gr&id: {}"
PILOTS = "The pilot is on its way; Run goes on from there when it is over."
WAITS = " Another job is running: this one waits its turn in the queue."


class SweepDialog(QDialog):
    """Asks for a sweep and starts it; it stands beside the room, and what was typed stays when it is closed.

    Signals
    -------
    started
        The sweep is on its way.
    """

    started = Signal()

    def __init__(
        self, frame: "Frame", suite: str, parent: QWidget | None = None, form: SweepForm | None = None
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle("New sweep")
        self.setSizeGripEnabled(True)
        self._frame = frame
        self._facts: RunFacts | None = None
        self._basis: Basis | None = None
        self._begun: Begun | None = None
        self._look: Look | None = None
        self._of_tasks, self._pilots, self._filling = "", False, False
        self.form = form or SweepForm(suite)
        self.methods = MethodBoxes(frame)
        self.vary, self.models, self.running = VaryPage(self.methods), ModelsPage(), RunningPage()
        self.grid = GridPage()
        self._take_names()
        self._summary, self._estimate, self._note = note(""), note(), note()
        self._problem = ProblemLine(frame.theme)
        self.pilot, self.pilot_tasks = QPushButton("Run a &pilot of"), spin("Tasks of the pilot", 1, 1000, 3)
        self.pilot.setToolTip(PILOT_HELP)
        self.pilot.setAutoDefault(False)
        buttons = QDialogButtonBox()
        self.run = buttons.addButton("Run sweep", QDialogButtonBox.ButtonRole.AcceptRole)
        self.run.setProperty("primary", True)
        buttons.addButton(QDialogButtonBox.StandardButton.Close)
        self.tabs = QTabWidget()
        self._lay_out(buttons)
        buttons.accepted.connect(self._start)
        buttons.rejected.connect(self.close)
        self._connect()
        self.read_again()

    def problem(self) -> str:
        """Why the sweep cannot run; empty when it can."""
        return self._problem.text()

    def read_again(self) -> None:
        """Read what there is to choose from; what was chosen stays."""
        self._summary.setText("Reading the workspace\u2026")
        self.tabs.setEnabled(False)
        self._allow(False)
        self._frame.session.query(
            "sweep.facts",
            lambda conn: read_facts(conn, self._frame.settings),
            while_alive(self, self._facts_read),
            while_alive(self, self._unreadable),
        )

    def _take_names(self) -> None:
        """The fields that are asked for most, by a short name."""
        vary = self.vary
        self.what, self.profile, self.limit, self.more = vary.what, vary.profile, vary.limit, vary.more
        self.memories, self.scalings, self.ks, self.seeds = vary.memories, vary.scalings, vary.ks, vary.seeds

    def _lay_out(self, buttons: QDialogButtonBox) -> None:
        self._area = scrolling(self.vary)
        follow_unfolding(self, self._area, self.more)
        self.tabs.addTab(self._area, "&What varies")
        self.tabs.addTab(scrolling(self.models), "Mod&els and learning")
        self.tabs.addTab(scrolling(self.running), "R&unning")
        self.tabs.addTab(self.grid, GRID_TITLE.format(0))
        row = QHBoxLayout()
        row.addWidget(self.pilot)
        row.addWidget(self.pilot_tasks)
        row.addStretch(1)
        row.addWidget(buttons)
        self.pilot_tasks.setSuffix(" tasks")
        layout = QVBoxLayout(self)
        layout.addWidget(self.tabs, 1)
        for label in (self._summary, self._estimate, self._note, self._problem):
            layout.addWidget(label)
        layout.addLayout(row)
        self.resize(self.fontMetrics().horizontalAdvance("0") * 98, self.fontMetrics().height() * 34)

    def _connect(self) -> None:
        self.vary.changed.connect(self._changed)
        self.models.changed.connect(self._changed)
        self.running.changed.connect(self._changed)
        self.methods.changed.connect(self._take_over)
        self.running.check_asked.connect(self._check_scheduler)
        self.pilot.clicked.connect(self._run_pilot)
        self._frame.jobs.changed.connect(self._job_changed)

    def _unreadable(self, sentence: str) -> None:
        self._summary.setText("")
        self._problem.say(sentence)

    def _facts_read(self, facts: RunFacts) -> None:
        first, self._facts = self._facts is None, facts
        self.tabs.setEnabled(True)
        self._filling = True
        self.vary.offer(facts, self.form)
        self.models.offer(facts, self.form)
        if first:
            self.vary.write(self.form)
            self.running.write(self.form)
            for name in self.form.memories:
                if name in self.methods.boxes:
                    self.methods.boxes[name].setChecked(True)
        self._filling = False
        self._changed()
        if first:
            self.what.setFocus()

    def _changed(self, _now: object = None) -> None:
        """Something was chosen: what was said of a method file before is past."""
        if not self._filling:
            self.methods.fault = ""
            self._take_over()

    def _take_over(self) -> None:
        """Take over what is chosen: check it, say how big it is, estimate."""
        facts = self._facts
        if facts is None or self._filling:
            return
        before = self.form
        self.form = self.running.read(self.models.read(self.vary.read(before)))
        self._filling = True
        self.vary.show_form(self.form)
        self.models.show_form(self.form, facts)
        self.running.show_form(self.form)
        self._filling = False
        self._look_at(facts)
        if _of_tasks(self.form) != _of_tasks(before):
            self._check_tasks()
        asked = (self.form.suite, self.form.profile, self.form.memories)
        if self._basis is None or asked != (before.suite, before.profile, before.memories):
            self._ask_basis(facts)
        self._show_estimate()

    def _look_at(self, facts: RunFacts) -> None:
        """Check and count: few arms at once, many off the GUI thread."""
        form, self._look, self._begun = self.form, None, None

        def looked(found: Look) -> None:
            if form == self.form:
                self._look = found
                self._check()
                self._ask_begun(facts)
                self._show_estimate()

        if form.combinations() <= AT_ONCE:
            looked(look(form, facts))
            return
        self._summary.setText(COUNTING)
        self._allow(False)
        seen, wrong = while_alive(self, looked), while_alive(self, self._unreadable)
        self._frame.session.query("sweep.look", lambda conn: look(form, facts), seen, wrong)

    def _fault(self) -> str:
        """Why it cannot run now; empty when it can."""
        return self.methods.waiting() or (COUNTING if self._look is None else self._look.fault) or self._of_tasks

    def _check(self) -> None:
        if self._look is None:
            return
        fault = self._fault()
        self._problem.say(fault or self.methods.fault)
        self.run.setToolTip(fault)
        self._allow(not fault)
        self._summary.setText("" if self.methods.waiting() else self._look.summary())
        self.grid.show_cells(self._look.cells)
        arms = self._look.arms
        self.tabs.setTabText(self.tabs.indexOf(self.grid), GRID_TITLE.format(f"{arms:,} arm{'' if arms == 1 else 's'}"))

    def _allow(self, possible: bool) -> None:
        self.run.setEnabled(possible and not self._pilots)
        self.pilot.setEnabled(possible and not self._pilots)

    def _check_tasks(self) -> None:
        """A split and labels hang on the tasks: the engine looks at them, off the GUI thread."""
        single = self.form.single()
        self._frame.session.query(
            "sweep.tasks",
            lambda conn: problem_of_tasks(conn, single),
            while_alive(self, self._tasks_checked),
            while_alive(self, self._tasks_checked),
        )

    def _tasks_checked(self, sentence: str) -> None:
        self._of_tasks = sentence
        self._check()

    def _ask_basis(self, facts: RunFacts) -> None:
        single = self.form.single()
        self._frame.session.query(
            "sweep.basis",
            lambda conn: read_basis(conn, single, facts),
            while_alive(self, self._basis_read),
            while_alive(self, self._no_basis),
        )

    def _basis_read(self, basis: Basis | None) -> None:
        self._basis = basis
        self._show_estimate()

    def _no_basis(self, _sentence: str) -> None:
        self._basis_read(None)

    def _ask_begun(self, facts: RunFacts) -> None:
        """Whether a sweep of these very settings waits to go on."""
        if self._fault():
            return
        identity, tasks = self.form.request().hash, self.form.tasks(facts)
        self._frame.session.query(
            "sweep.begun",
            lambda conn: begun(conn, identity, tasks),
            while_alive(self, self._begun_read),
            while_alive(self, self._no_basis),
        )

    def _begun_read(self, found: Begun | None) -> None:
        self._begun = found
        self._show_estimate()

    def _show_estimate(self) -> None:
        if self._facts is None:
            return
        told = sentence(self._basis, self._look.rollouts if self._look is not None else 0)
        told = self._begun.sentence() if self._begun is not None else told
        self._estimate.setText(PILOTS if self._pilots else told + (WAITS if self._frame.jobs.active else ""))
        self._note.setText(key_note(self._basis))
        self._note.setVisible(bool(self._note.text()))

    def _check_scheduler(self) -> None:
        """Ask for the health of the scheduler; the answer is that of the address it was asked about."""
        address = self.running.address.text().strip()
        if not address:
            return

        def told(sentence: str) -> None:
            self.running.check.setEnabled(True)
            if self.running.address.text().strip() == address:
                self.running.health.setText(sentence)

        def answered(found: "Health") -> None:
            told(found.sentence)

        self.running.health.setText(CHECKING)
        self.running.check.setEnabled(False)
        ask = partial(check_health, address, PATIENCE)
        self._frame.session.background(ask, while_alive(self, answered), while_alive(self, told))

    def _run_pilot(self) -> None:
        self._pilots = self._send(self.pilot_tasks.value(), while_alive(self, self._pilot_done))
        self._allow(False)
        self._show_estimate()

    def _pilot_done(self, _result: Any) -> None:
        self._pilots = False
        self._take_over()

    def _job_changed(self, state: Any) -> None:
        """A pilot that was stopped, or broke, is over too; its own end was told just before."""
        if not state.active and self._pilots and not self._frame.jobs.waiting:
            QTimer.singleShot(0, self, partial(self._pilot_done, None))

    def _start(self) -> None:
        if self.run.isEnabled() and self._send(None, None):
            self.close()
            self.started.emit()

    def _send(self, pilot: int | None, done: Any) -> bool:
        """Hand the sweep, or its pilot, to the jobs; one that was begun goes on."""
        facts, found = self._facts, self._look
        if facts is None or found is None or self._fault():
            return False
        what = f"{'pilot of a ' if pilot else ''}sweep of {found.arms:,} arms, {found.rollouts:,} rollouts"
        self._frame.jobs.sweep(
            self.form.request(),
            facts.settings,
            f"{self.form.suite}: {what}",
            resume=self._begun.sweep if self._begun is not None else None,
            driving=self.form.driving(),
            pilot=pilot,
            done=done,
        )
        return True


def _of_tasks(form: SweepForm) -> tuple[object, ...]:
    """What decides whether the tasks can be split and labelled as asked for."""
    return form.suite, form.limit, form.more.hold_out, form.more.split_seed, form.label
