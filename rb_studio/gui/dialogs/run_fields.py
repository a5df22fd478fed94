"""The fields of the run dialog: widgets only."""

from collections.abc import Sequence
from dataclasses import replace

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QGridLayout, QHBoxLayout, QLabel, QLineEdit, QSpinBox, QVBoxLayout, QWidget

from rb_studio.gui.dialogs.choice import Choice
from rb_studio.gui.dialogs.choosing import combo, fill, note, value
from rb_studio.gui.dialogs.run_form import CHAT_ROLES, RunForm
from rb_studio.gui.dialogs.run_more import RunMore
from rb_studio.gui.dialogs.run_more_form import WITHOUT_MEMORY
from rb_studio.gui.dialogs.run_parts import row, spin

EMBEDDERS = ("all-MiniLM-L6-v2", "hashing")
MOST = 1_000_000
K_FIRST = 3


class RunFields(QWidget):
    """Everything that can be chosen, in the order one thinks about it.

    Signals
    -------
    changed
        A person changed something.
    """

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.what, self.profile, self.memory, self.bank, self.scaling, self.label, self.embedder = (
            combo(name) for name in ("Tasks", "Model", "Memory mode", "Start from", "Scaling", "Learn by", "Embedder")
        )
        self.profile.setPlaceholderText("none that can do these tasks")
        self.embedder.setEditable(True)
        self.embedder.setToolTip("A name, a folder, or MODEL@BASE_URL")
        self.roles = {role: combo(f"Model of the {role}") for role in CHAT_ROLES}
        self.per_role = QCheckBox("Different &models per role")
        self.shuffle, self.learn = QCheckBox("Sh&uffled, seed"), QCheckBox("&Learn from this run")
        self.limited = QCheckBox("Only the &first")
        self.limit = spin("Number of tasks", 1, MOST, 10)
        self.shuffle_seed = spin("Seed of the order", -MOST, MOST, 0)
        self.k = spin("Rollouts per task", 1, 64, 1)
        self.steps = spin("Steps per rollout", 1, 10_000, 30)
        self.more = RunMore()
        self.seeds = QLineEdit("0")
        self.seeds.setAccessibleName("Seeds")
        self.seeds.setPlaceholderText("0, or 0:5 for five seeds")
        self._start, self._k_note = note(), note()
        self._start.setMinimumHeight(self.fontMetrics().lineSpacing() * 3)
        self.learn.setChecked(True)
        self._lay_out()
        self._connect()

    def read(self, form: RunForm) -> RunForm:
        """The form with what stands in the fields."""
        chosen = replace(
            form,
            profile=value(self.profile),
            per_role=self.per_role.isChecked(),
            roles={role: value(box) for role, box in self.roles.items()},
            embedder=self.embedder.currentText().strip(),
            memory=value(self.memory),
            bank=value(self.bank) if self.bank.count() else form.bank,
            learn=self.learn.isChecked(),
            scaling=value(self.scaling),
            k=self.k.value(),
            seeds=self.seeds.text(),
            shuffle=self.shuffle_seed.value() if self.shuffle.isChecked() else None,
            limit=self.limit.value() if self.limited.isChecked() else None,
            steps=self.steps.value(),
            label=value(self.label),
        )
        return self.more.read(chosen)

    def show_form(self, form: RunForm, tasks: int, start: str) -> None:
        """Enable what makes sense with the form, and say why the rest does not."""
        remembers = form.memory != "none"
        for field in (self.bank, self.learn, self.label, self.embedder):
            field.setEnabled(remembers)
            field.setToolTip("" if remembers else WITHOUT_MEMORY)
        scaled = form.scaling != "none"
        self.k.setEnabled(scaled)
        self._k_note.setText("" if scaled else "needs a scaling")
        self.limit.setEnabled(self.limited.isChecked())
        self.limit.blockSignals(True)
        self.limit.setMaximum(max(1, tasks))
        self.limit.blockSignals(False)
        self.limit.setSuffix(f" of {tasks:,}")
        self.shuffle_seed.setEnabled(self.shuffle.isChecked())
        self._roles.setVisible(form.per_role)
        self._start.setText(start)
        self.more.show_form(form)

    def show_embedder(self, present: str, profiles: Sequence[str]) -> None:
        """Offer the embedders there are."""
        fill(self.embedder, [Choice(name, name) for name in dict.fromkeys((present, *EMBEDDERS, *profiles))], present)

    def _lay_out(self) -> None:
        self._roles = QWidget()
        _rows(self._roles, [(role.capitalize(), box) for role, box in self.roles.items()])
        left, right = QWidget(), QWidget()
        first, order = row(self.limited, self.limit), row(self.shuffle, self.shuffle_seed)
        what = [("What", None), ("&Tasks", self.what), ("", first), ("", order)]
        often = [("How often", None), ("S&caling", self.scaling), ("&k per task", row(self.k, self._k_note))]
        who = [("Who", None), ("Mod&el", self.profile), ("", self.per_role), ("", self._roles)]
        _rows(left, [*what, *often, ("See&ds", self.seeds), *who, ("Ste&ps", row(self.steps, QLabel("at most")))])
        memory: list[tuple[str, QWidget | None]] = [
            ("Memory", None),
            ("M&ode", self.memory),
            ("&Start from", self.bank),
            ("", self.learn),
        ]
        memory += [("", self._start), ("Learn &by", self.label), ("Embedde&r", self.embedder)]
        _rows(right, memory)
        columns = QHBoxLayout()
        columns.addWidget(left, 1)
        columns.addSpacing(self.fontMetrics().horizontalAdvance("0") * 2)
        columns.addWidget(right, 1)
        layout = QVBoxLayout(self)
        layout.addLayout(columns)
        layout.addWidget(self.more)
        layout.addStretch(1)

    def _connect(self) -> None:
        boxes = (self.what, self.profile, self.memory, self.bank, self.label, *self.roles.values())
        for box in boxes:
            box.currentIndexChanged.connect(self._tell)
        self.scaling.currentIndexChanged.connect(self._scaling_changed)
        self.embedder.currentTextChanged.connect(self._tell)
        for check in (self.per_role, self.shuffle, self.learn, self.limited):
            check.toggled.connect(self._tell)
        for number in (self.limit, self.shuffle_seed, self.k, self.steps):
            number.valueChanged.connect(self._tell)
        self.seeds.textChanged.connect(self._tell)
        self.more.changed.connect(self.changed)

    def _scaling_changed(self) -> None:
        """Scaling means several rollouts: start with three rather than one."""
        if value(self.scaling) != "none" and self.k.value() == 1:
            self.k.setValue(K_FIRST)
        else:
            self._tell()

    def _tell(self, *_value: object) -> None:
        self.changed.emit()


def _rows(parent: QWidget, rows: Sequence[tuple[str, QWidget | None]]) -> None:
    """Labels beside fields; a row without a field is a heading."""
    grid = QGridLayout(parent)
    grid.setContentsMargins(0, 0, 0, 0)
    grid.setColumnStretch(1, 1)
    for number, (text, field) in enumerate(rows):
        label = QLabel(text)
        if field is None:
            label.setProperty("role", "section")
            label.setContentsMargins(0, label.fontMetrics().height() // 2 if number else 0, 0, 0)
            grid.addWidget(label, number, 0, 1, 2)
            continue
        grid.addWidget(field, number, 1)
        if text:
            label.setBuddy(field.findChild(QSpinBox) or field)
            grid.addWidget(label, number, 0)
    grid.setRowStretch(len(rows), 1)
