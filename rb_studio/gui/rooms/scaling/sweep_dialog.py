"""The sweep dialog: which arms side by side, on what, by whom; how big it is and what it will cost."""

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QLineEdit,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from rb_studio.gui.dialogs.alive import while_alive
from rb_studio.gui.dialogs.choice import Choice
from rb_studio.gui.dialogs.choosing import combo, fill, form_layout, note, value
from rb_studio.gui.dialogs.run_estimate import Basis, key_note, read_basis, sentence
from rb_studio.gui.dialogs.run_form import RunFacts, memory_choices, read_facts, scaling_choices
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
        self.form = SweepForm(suite)
        self.what, self.profile = combo("Tasks"), combo("Model")
        self.memories = _boxes(memory_choices(), self.form.memories)
        self.scalings = _boxes(scaling_choices(), self.form.scalings)
        self.ks, self.seeds = QLineEdit(self.form.ks), QLineEdit(self.form.seeds)
        self.ks.setPlaceholderText("1, 3, 5")
        self.seeds.setPlaceholderText("0, or 0:3 for three seeds")
        self.limit = QSpinBox(maximum=MOST)
        self.limit.setSpecialValueText("all")
        self._summary, self._estimate, self._note, self._problem = note(""), note(), note(), note("")
        self._problem.setText("Reading the workspace\u2026")
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
            while_alive(self, self._problem.setText),
        )

    def problem(self) -> str:
        """Why the sweep cannot run; empty when it can."""
        return self._problem.text()

    def _lay_out(self, buttons: QDialogButtonBox) -> None:
        rows = form_layout(self._fields)
        rows.addRow("&Tasks", self.what)
        rows.addRow("&Only the first", self.limit)
        rows.addRow("&Model", self.profile)
        rows.addRow("Memory", _row(self.memories))
        rows.addRow("Scaling", _row(self.scalings))
        rows.addRow("&Rollouts per task", self.ks)
        rows.addRow("&Seeds", self.seeds)
        layout = QVBoxLayout(self)
        layout.addWidget(self._fields)
        for label in (self._summary, self._estimate, self._note, self._problem):
            layout.addWidget(label)
        layout.addStretch(1)
        layout.addWidget(buttons)
        self.resize(self.fontMetrics().averageCharWidth() * 84, self.sizeHint().height())

    def _connect(self) -> None:
        self.what.activated.connect(self._changed)
        self.profile.activated.connect(self._changed)
        for box in (*self.memories.values(), *self.scalings.values()):
            box.toggled.connect(self._changed)
        for line in (self.ks, self.seeds):
            line.textChanged.connect(self._changed)
        self.limit.valueChanged.connect(self._changed)

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
        self._changed()
        self.what.setFocus()

    def _changed(self, _now: object = None) -> None:
        """Something was chosen: check it, say how big it is, estimate."""
        facts = self._facts
        if facts is None:
            return
        before = (self.form.suite, self.form.profile, self.form.memories)
        self.form = SweepForm(
            suite=value(self.what),
            profile=value(self.profile),
            memories=_checked(self.memories),
            scalings=_checked(self.scalings),
            ks=self.ks.text(),
            seeds=self.seeds.text(),
            limit=self.limit.value(),
        )
        fault = problem(self.form, facts)
        self._problem.setText(fault or "")
        self._problem.setVisible(bool(fault))
        self.run.setEnabled(fault is None)
        self.run.setToolTip(fault or "")
        self._summary.setText(summary(self.form, facts))
        if self._basis is None or before != (self.form.suite, self.form.profile, self.form.memories):
            self._ask_basis(facts)
        self._show_estimate()

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
        if facts is None or problem(self.form, facts) is not None:
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


def _row(boxes: dict[str, QCheckBox]) -> QWidget:
    row = QWidget()
    layout = QHBoxLayout(row)
    layout.setContentsMargins(0, 0, 0, 0)
    for box in boxes.values():
        layout.addWidget(box)
    layout.addStretch(1)
    return row


def _checked(boxes: dict[str, QCheckBox]) -> tuple[str, ...]:
    return tuple(name for name, box in boxes.items() if box.isChecked())
