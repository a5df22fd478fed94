"""The fields of the run dialog: widgets only."""

from collections.abc import Sequence
from dataclasses import replace

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QGridLayout, QHBoxLayout, QLabel, QLineEdit, QSpinBox, QWidget

from rb_studio.gui.dialogs.choice import Choice
from rb_studio.gui.dialogs.choosing import combo, fill, note, value
from rb_studio.gui.dialogs.run_form import CHAT_ROLES, RunForm

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
        self.embedder.setEditable(True)
        self.embedder.setToolTip("A name, a folder, or MODEL@BASE_URL")
        self.roles = {role: combo(f"Model of the {role}") for role in CHAT_ROLES}
        self.per_role = QCheckBox("Different &models per role")
        self.shuffle, self.learn = QCheckBox("Shu&ffled, seed"), QCheckBox("&Learn from this run")
        self.limited, self.exclude = QCheckBox("Only the &first"), QCheckBox("Never from the task's own template")
        self.limit = _spin("Number of tasks", 1, MOST, 10)
        self.shuffle_seed = _spin("Seed of the order", -MOST, MOST, 0)
        self.k = _spin("Rollouts per task", 1, 64, 1)
        self.steps = _spin("Steps per rollout", 1, 10_000, 30)
        self.retrieve = _spin("Experiences to retrieve", 0, 10, 1)
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
        return replace(
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
            retrieve_n=self.retrieve.value(),
            exclude_template=self.exclude.isChecked(),
        )

    def show_form(self, form: RunForm, tasks: int, start: str) -> None:
        """Enable what makes sense with the form, and say why the rest does not."""
        remembers = form.memory != "none"
        for field in (self.bank, self.learn, self.label, self.retrieve, self.exclude, self.embedder):
            field.setEnabled(remembers)
            field.setToolTip("" if remembers else "Without memory nothing is retrieved or learned.")
        scaled = form.scaling != "none"
        self.k.setEnabled(scaled)
        self._k_note.setText("" if scaled else "needs a scaling")
        self.limit.setEnabled(self.limited.isChecked())
        self.limit.setSuffix(f" of {tasks:,}")
        self.shuffle_seed.setEnabled(self.shuffle.isChecked())
        self._roles.setVisible(form.per_role)
        self._start.setText(start)

    def show_embedder(self, present: str, profiles: Sequence[str]) -> None:
        """Offer the embedders there are."""
        fill(self.embedder, [Choice(name, name) for name in dict.fromkeys((present, *EMBEDDERS, *profiles))], present)

    def _lay_out(self) -> None:
        self._roles = QWidget()
        _rows(self._roles, [(role.capitalize(), box) for role, box in self.roles.items()])
        left, right = QWidget(), QWidget()
        first, order = _row(self.limited, self.limit), _row(self.shuffle, self.shuffle_seed)
        what = [("What", None), ("&Tasks", self.what), ("", first), ("", order)]
        often = [("How often", None), ("S&caling", self.scaling), ("&k per task", _row(self.k, self._k_note))]
        who = [("Who", None), ("M&odel", self.profile), ("", self.per_role), ("", self._roles)]
        _rows(left, [*what, *often, ("See&ds", self.seeds), *who, ("Ste&ps", _row(self.steps, QLabel("at most")))])
        memory: list[tuple[str, QWidget | None]] = [
            ("Memory", None),
            ("M&ode", self.memory),
            ("&Start from", self.bank),
            ("", self.learn),
        ]
        retrieve = _row(self.retrieve, QLabel("experiences"))
        memory += [("", self._start), ("Learn &by", self.label), ("&Retrieve", retrieve), ("", self.exclude)]
        _rows(right, [*memory, ("Em&bedder", self.embedder)])
        columns = QHBoxLayout(self)
        columns.addWidget(left, 1)
        columns.addSpacing(self.fontMetrics().horizontalAdvance("0") * 2)
        columns.addWidget(right, 1)

    def _connect(self) -> None:
        boxes = (self.what, self.profile, self.memory, self.bank, self.label, *self.roles.values())
        for box in boxes:
            box.currentIndexChanged.connect(self._tell)
        self.scaling.currentIndexChanged.connect(self._scaling_changed)
        self.embedder.currentTextChanged.connect(self._tell)
        for check in (self.per_role, self.shuffle, self.learn, self.limited, self.exclude):
            check.toggled.connect(self._tell)
        for spin in (self.limit, self.shuffle_seed, self.k, self.steps, self.retrieve):
            spin.valueChanged.connect(self._tell)
        self.seeds.textChanged.connect(self._tell)

    def _scaling_changed(self) -> None:
        """Scaling means several rollouts: start with three rather than one."""
        if value(self.scaling) != "none" and self.k.value() == 1:
            self.k.setValue(K_FIRST)
        else:
            self._tell()

    def _tell(self, *_value: object) -> None:
        self.changed.emit()


def _spin(name: str, low: int, high: int, start: int) -> QSpinBox:
    spin = QSpinBox()
    spin.setRange(low, high)
    spin.setValue(start)
    spin.setAccessibleName(name)
    spin.setKeyboardTracking(False)
    return spin


def _row(*parts: QWidget) -> QWidget:
    row = QWidget()
    layout = QHBoxLayout(row)
    layout.setContentsMargins(0, 0, 0, 0)
    for part in parts:
        layout.addWidget(part)
    layout.addStretch(1)
    return row


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
