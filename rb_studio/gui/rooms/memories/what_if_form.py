"""How a what-if question is asked: how many, which unit, what counts and what is left out."""

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import QStringListModel, Qt, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QCompleter,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QSpinBox,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from rb_studio.gui.rooms.memories.texts import line_edit
from rb_studio.gui.rooms.memories.what_if_answers import Known
from rb_studio.jobs.what_if import Question

UNITS = (("experiences", "experience"), ("items", "item"))
SCOPES = (("all experiences", "global"), ("the task\u2019s suite", "suite"), ("the task\u2019s site", "site"))


class QuestionForm(QWidget):
    """Settings of a question; those that are seldom changed are folded away.

    Signals
    -------
    changed
        A setting is another one.
    """

    changed = Signal()

    def __init__(self, side: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        of = f", {side}" if side else ""
        self.n = QSpinBox(minimum=0, maximum=10, value=1)
        self.n.setAccessibleName(f"How many to inject{of}")
        self.unit = _box(UNITS, f"What is retrieved{of}")
        self.unit.setToolTip("Whole experiences are ranked by their task, items by their own texts")
        self.more = QToolButton()
        self.more.setText("More")
        self.more.setCheckable(True)
        self.more.setAccessibleName(f"More settings{of}")
        self.scope = _box(SCOPES, f"What counts{of}")
        self.most = QSpinBox(minimum=0, maximum=99, value=0)
        self.most.setSpecialValueText("no limit")
        self.most.setAccessibleName(f"Most items{of}")
        self.task = line_edit("none", f"Own task, left out{of}")
        self.task.setToolTip("The key of the task this text is: a run is never shown what was learned from itself")
        self.template = line_edit("none", f"Template to leave out{of}")
        self._known = [self._completed(line) for line in (self.task, self.template)]
        self.fold = QWidget()
        self._lay_out()
        self.fold.setVisible(False)
        self.more.toggled.connect(self.fold.setVisible)
        for signal in (self.n.valueChanged, self.most.valueChanged, self.unit.activated, self.scope.activated):
            signal.connect(self._say)
        for line in (self.task, self.template):
            line.textEdited.connect(self._say)

    def question(self, text: str, without: tuple[str, ...] = ()) -> Question:
        """The question with this text."""
        return Question(
            text,
            self.n.value(),
            self.unit.currentData(),
            self.scope.currentData(),
            self.most.value() or None,
            self.template.text().strip() or None,
            self.task.text().strip() or None,
            without,
        )

    def show_known(self, known: Known) -> None:
        """Propose what the bank was learned from."""
        for model, names in zip(self._known, (known.tasks, known.templates), strict=True):
            model.setStringList(list(names))

    def to_keep(self) -> dict[str, Any]:
        """Plain JSON to come back to."""
        asked = self.question("")
        return {
            "n": asked.n,
            "unit": asked.unit,
            "scope": asked.scope,
            "most": asked.most_items or 0,
            "template": asked.without_template or "",
            "task": asked.without_task or "",
        }

    def restore(self, kept: Mapping[str, Any]) -> None:
        """Come back to what `to_keep` gave."""
        for spin, name in ((self.n, "n"), (self.most, "most")):
            value = kept.get(name)
            if isinstance(value, int):
                spin.setValue(value)
        for box, name in ((self.unit, "unit"), (self.scope, "scope")):
            box.setCurrentIndex(max(0, box.findData(kept.get(name))))
        for line, name in ((self.template, "template"), (self.task, "task")):
            line.setText(str(kept.get(name, "")))
        self.more.setChecked(
            any(kept.get(name) not in (None, "", 0, "global") for name in kept if name not in "n unit")
        )

    def _say(self, *_: object) -> None:
        self.changed.emit()

    def _completed(self, line: QLineEdit) -> QStringListModel:
        model = QStringListModel(self)
        completer = QCompleter(model, self)
        completer.setFilterMode(Qt.MatchFlag.MatchContains)
        completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        line.setCompleter(completer)
        return model

    def _lay_out(self) -> None:
        count = QLabel("In&ject")
        count.setBuddy(self.n)
        line = QHBoxLayout()
        for widget in (count, self.n, self.unit, self.more):
            line.addWidget(widget)
        line.addStretch(1)
        form = QFormLayout(self.fold)
        form.setContentsMargins(0, 0, 0, 0)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        for label, field in (
            ("C&ounts", self.scope),
            ("Most &items", self.most),
            ("Leave out own tas&k", self.task),
            ("Leave out tem&plate", self.template),
        ):
            form.addRow(label, field)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addLayout(line)
        layout.addWidget(self.fold)


def _box(choices: tuple[tuple[str, str], ...], name: str) -> QComboBox:
    box = QComboBox()
    box.setAccessibleName(name)
    for title, value in choices:
        box.addItem(title, value)
    return box
