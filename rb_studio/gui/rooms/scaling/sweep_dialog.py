"""The sweep dialog: which arms side by side, on what, by whom; how big it is and what it will cost."""

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QDialogButtonBox,
    QLineEdit,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from rb_studio.gui.dialogs.alive import while_alive
from rb_studio.gui.dialogs.choice import Choice
from rb_studio.gui.dialogs.choosing import combo, fill, form_layout, note, value
from rb_studio.gui.dialogs.problem_line import ProblemLine
from rb_studio.gui.dialogs.run_estimate import Basis, key_note, read_basis, sentence
from rb_studio.gui.dialogs.run_form import RunFacts, memory_choices, problem_of_tasks, read_facts, scaling_choices
from rb_studio.gui.dialogs.run_more import RunMore
from rb_studio.gui.dialogs.unfolding import follow_unfolding, scrolling
from rb_studio.gui.rooms.scaling.box_grid import BoxGrid
from rb_studio.gui.rooms.scaling.method_boxes import MethodBoxes
from rb_studio.gui.rooms.scaling.sweep_form import SweepForm, problem, summary

if TYPE_CHECKING:
    from rb_studio.gui.frame import Frame

MOST = 1_000_000


class SweepDialog(QDialog):
    """Asks for a sweep and starts it.

    Signals
    -------
    started
        The sweep is on its way.
    """

    started = Signal()

    def __init__(self, frame: "Frame", suite: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("New sweep")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._frame = frame
        self._facts: RunFacts | None = None
        self._basis: Basis | None = None
        self._of_tasks = ""
        self.form = SweepForm(suite)
        self.what, self.profile = combo("Tasks"), combo("Model")
        self.memories = _boxes(memory_choices(), self.form.memories)
        self.scalings = _boxes(scaling_choices(), self.form.scalings)
        self.methods, self.more = MethodBoxes(frame), RunMore()
        self.ks, self.seeds = QLineEdit(self.form.ks), QLineEdit(self.form.seeds)
        self.ks.setPlaceholderText("1, 3, 5")
        self.seeds.setPlaceholderText("0, or 0:3 for three seeds")
        self.limit = QSpinBox(maximum=MOST)
        self.limit.setSpecialValueText("all")
        self._summary, self._estimate, self._note = note(""), note(), note()
        self._problem = ProblemLine(frame.theme)
        self._summary.setText("Reading the workspace\u2026")
        buttons = QDialogButtonBox()
        self.run = buttons.addButton("Run sweep", QDialogButtonBox.ButtonRole.AcceptRole)
        self.run.setProperty("primary", True)
        self.run.setEnabled(False)
        buttons.addButton(QDialogButtonBox.StandardButton.Cancel)
        self._fields = QWidget()
        self._fields.setEnabled(False)
        self._lay_out(buttons)
        buttons.accepted.connect(self._start)
        buttons.rejected.connect(self.reject)
        self._connect()
        frame.session.query(
            "sweep.facts",
            lambda conn: read_facts(conn, frame.settings),
            while_alive(self, self._facts_read),
            while_alive(self, self._unreadable),
        )

    def problem(self) -> str:
        """Why the sweep cannot run; empty when it can."""
        return self._problem.text()

    def _lay_out(self, buttons: QDialogButtonBox) -> None:
        top = QWidget()
        rows = form_layout(top)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.addRow("&Tasks", self.what)
        rows.addRow("&Only the first", self.limit)
        rows.addRow("&Model", self.profile)
        for grid in (_grid("Memor&y", self.memories), self.methods, _grid("S&caling", self.scalings)):
            rows.addRow(grid.label, grid)
        rows.addRow("&Rollouts per task", self.ks)
        rows.addRow("&Seeds", self.seeds)
        fields = QVBoxLayout(self._fields)
        for part in (top, self.more):
            fields.addWidget(part)
        fields.addStretch(1)
        area = scrolling(self._fields)
        follow_unfolding(self, area, self.more)
        layout = QVBoxLayout(self)
        layout.addWidget(area, 1)
        for label in (self._summary, self._estimate, self._note, self._problem):
            layout.addWidget(label)
        layout.addWidget(buttons)
        self.resize(self.fontMetrics().horizontalAdvance("0") * 98, self.fontMetrics().height() * 30)

    def _connect(self) -> None:
        self.what.activated.connect(self._changed)
        self.profile.activated.connect(self._changed)
        for box in (*self.memories.values(), *self.scalings.values()):
            box.toggled.connect(self._changed)
        for line in (self.ks, self.seeds):
            line.textChanged.connect(self._changed)
        self.limit.valueChanged.connect(self._changed)
        self.methods.changed.connect(self._take_over)
        self.more.changed.connect(self._changed)

    def _unreadable(self, sentence: str) -> None:
        self._summary.setText("")
        self._problem.say(sentence)

    def _facts_read(self, facts: RunFacts) -> None:
        self._facts = facts
        self._fields.setEnabled(True)
        choices = [
            Choice(part.name, f"{part.name} ({part.tasks:,} tasks)", "" if entry.runnable else "cannot run here")
            for entry in facts.entries
            for part in (entry.whole, *entry.subsets)
        ]
        fill(self.what, choices, self.form.suite)
        fill(self.profile, facts.profiles(), facts.settings.profile)
        self.methods.offer(facts.methods)
        self._changed()
        self.what.setFocus()

    def _changed(self, _now: object = None) -> None:
        """Something was chosen: what was said of a method file before is past."""
        self.methods.fault = ""
        self._take_over()

    def _take_over(self) -> None:
        """Take over what is chosen: check it, say how big it is, estimate."""
        facts = self._facts
        if facts is None:
            return
        before = self.form
        self.form = self._read().taking_over(self.more.read(self.form.single()))
        self.more.show_form(self.form.single())
        self._check(facts)
        if _of_tasks(self.form) != _of_tasks(before):
            self._check_tasks()
        asked = (self.form.suite, self.form.profile, self.form.memories)
        if self._basis is None or asked != (before.suite, before.profile, before.memories):
            self._ask_basis(facts)
        self._show_estimate()

    def _read(self) -> SweepForm:
        return SweepForm(
            suite=value(self.what),
            profile=value(self.profile),
            memories=(*_checked(self.memories), *self.methods.chosen()),
            scalings=_checked(self.scalings),
            ks=self.ks.text(),
            seeds=self.seeds.text(),
            limit=self.limit.value(),
            methods=self.methods.sources(),
        )

    def _fault(self, facts: RunFacts) -> str:
        return self.methods.waiting() or problem(self.form, facts) or self._of_tasks

    def _check(self, facts: RunFacts) -> None:
        fault = self._fault(facts)
        self._problem.say(fault or self.methods.fault)
        self.run.setEnabled(not fault)
        self.run.setToolTip(fault)
        self._summary.setText("" if self.methods.waiting() else summary(self.form, facts))

    def _check_tasks(self) -> None:
        """A split hangs on the tasks: the engine looks at them, off the GUI thread."""
        single = self.form.single()
        self._frame.session.query(
            "sweep.tasks",
            lambda conn: problem_of_tasks(conn, single),
            while_alive(self, self._tasks_checked),
            while_alive(self, self._tasks_checked),
        )

    def _tasks_checked(self, sentence: str) -> None:
        self._of_tasks = sentence
        if self._facts is not None:
            self._check(self._facts)

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

    def _show_estimate(self) -> None:
        if self._facts is not None:
            self._estimate.setText(sentence(self._basis, self.form.size(self._facts)[1]))
            self._note.setText(key_note(self._basis))
            self._note.setVisible(bool(self._note.text()))

    def _start(self) -> None:
        facts = self._facts
        if facts is None or self._fault(facts):
            return
        arms, _ = self.form.size(facts)
        self._frame.jobs.sweep(self.form.request(), facts.settings, f"{self.form.suite}: sweep of {arms} arms")
        self.accept()
        self.started.emit()


def _boxes(choices: list[Choice], chosen: tuple[str, ...]) -> dict[str, QCheckBox]:
    """A check box a choice; impossible ones are left out."""
    boxes = {}
    for choice in choices:
        if not choice.why_not:
            boxes[choice.value] = box = QCheckBox(choice.text.partition(":")[0])
            box.setToolTip(choice.text)
            box.setChecked(choice.value in chosen)
    return boxes


def _grid(label: str, boxes: dict[str, QCheckBox]) -> BoxGrid:
    grid = BoxGrid(label)
    for box in boxes.values():
        grid.put(box)
    return grid


def _of_tasks(form: SweepForm) -> tuple[object, ...]:
    """What decides whether the tasks can be split as asked for."""
    return form.suite, form.limit, form.more.hold_out, form.more.split_seed


def _checked(boxes: dict[str, QCheckBox]) -> tuple[str, ...]:
    return tuple(name for name, box in boxes.items() if box.isChecked())
