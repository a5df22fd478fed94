"""The part of the run dialog that is folded away until it is asked for: widgets only."""

from collections.abc import Sequence
from dataclasses import replace

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QCheckBox,
    QComboBox,
    QGridLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from rb_studio.gui.dialogs import run_more_form as words
from rb_studio.gui.dialogs.choice import Choice
from rb_studio.gui.dialogs.choosing import combo, fill, note, value
from rb_studio.gui.dialogs.run_form import RunForm
from rb_studio.gui.dialogs.run_more_form import More
from rb_studio.gui.dialogs.run_parts import decimal, row, spin

MOST = 1_000_000
TITLE = "More settin&gs"
EXPERIENCES, ITEMS = "experiences", "items"
_EXPLAINED = ("retrieve", "most", "scope", "exclude", "policy", "withhold", "review", "allocation")


class RunMore(QWidget):
    """A button that unfolds retrieval, consolidation, allocation, label noise and the split, a line about each.

    Signals
    -------
    changed
        A person changed something.
    unfolded
        The part was opened.
    """

    changed = Signal()
    unfolded = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        names = ("Unit of retrieval", "Scope of retrieval", "Consolidation", "Review of new items", "Allocation")
        self.unit, self.scope, self.policy, self.review, self.allocation = map(_narrow, names, (10, 20, 20, 20, 20))
        self.retrieve = spin("Number to retrieve", 0, 10, 1)
        self.exclude = QCheckBox("Never from the task's own template")
        self.most_items = spin("Items at most", 0, MOST, 0)
        self.most_items.setSpecialValueText("no bound")
        self.withhold = spin("Share of retrieved items to withhold", 0, 99, 0)
        self.withhold.setSuffix(" %")
        self.near = decimal("Cosine of near duplicates", 0.01, 1, More().near, 0.05)
        self.cap = spin("Most that are kept", 1, MOST, More().cap)
        self.cap_unit = _narrow("Unit of the cap", 9)
        self._policy_number = row(self.near, self.cap, self.cap_unit)
        self.noise = decimal("Label noise", 0, 100, 0, 5, " %")
        self.noise.setDecimals(1)
        self.budgeted = QCheckBox("Budget")
        self.budget = decimal("Mean rollouts a task", 1, 64, 2, 0.5, " a task")
        self.split = QCheckBox("Hold out")
        self.hold_out = spin("Share of templates to hold out", 1, 99, 30)
        self.hold_out.setSuffix(" %")
        self.split_seed = spin("Seed of the split", 0, MOST, 0)
        self._about = {name: note() for name in _EXPLAINED}
        self.button = QPushButton()
        self.button.setFlat(True)
        self.body = QWidget()
        self.body.hide()
        self._chosen = ""
        self._show_title()
        self._fill()
        self._lay_out()
        self._connect()

    def read(self, form: RunForm) -> RunForm:
        """The form with what stands in the fields."""
        more = More(
            consolidation=value(self.policy),
            near=self.near.value(),
            cap=self.cap.value(),
            cap_items=value(self.cap_unit) == ITEMS,
            allocation=value(self.allocation),
            budget=self.budget.value() if self.budgeted.isChecked() else None,
            unit=value(self.unit),
            scope=value(self.scope),
            most_items=self.most_items.value() or None,
            label_noise=self.noise.value(),
            withhold=self.withhold.value(),
            review=value(self.review),
            hold_out=self.hold_out.value() if self.split.isChecked() else None,
            split_seed=self.split_seed.value(),
        )
        return replace(form, more=more, retrieve_n=self.retrieve.value(), exclude_template=self.exclude.isChecked())

    def show_form(self, form: RunForm) -> None:
        """Enable what makes sense with the form, explain it, and say on the button what is not as usual."""
        more, remembers = form.more, form.memory != "none"
        of_memory: list[QWidget] = [self.retrieve, self.unit, self.most_items, self.scope, self.exclude, self.policy]
        for field in (*of_memory, self.near, self.cap, self.cap_unit, self.withhold, self.review):
            field.setEnabled(remembers)
        about = {
            "retrieve": words.unit_help(more.unit),
            "most": words.MOST_HELP,
            "scope": words.SCOPE_HELP,
            "exclude": words.EXCLUDE_HELP,
            "policy": words.policy_help(more.consolidation),
            "withhold": words.WITHHOLD_HELP,
            "review": words.review_help(more.review),
        }
        for name, sentence in about.items():
            self._about[name].setText(sentence if remembers else words.WITHOUT_MEMORY)
        self._about["allocation"].setText(words.allocation_help(more.allocation))
        self.near.setVisible(more.consolidation == "skip-near-duplicates")
        self.cap.setVisible(more.consolidation == "cap")
        self.cap_unit.setVisible(more.consolidation == "cap")
        self._policy_number.setVisible(more.consolidation in ("skip-near-duplicates", "cap"))
        self.budgeted.setEnabled(more.allocation != "uniform")
        self.budget.setEnabled(more.allocation != "uniform" and self.budgeted.isChecked())
        self.hold_out.setEnabled(self.split.isChecked())
        self.split_seed.setEnabled(self.split.isChecked())
        self._chosen = more.changed(remembers=remembers)
        self._show_title()

    def toggle(self) -> None:
        """Unfold, or fold away."""
        self.body.setVisible(not self.is_open())
        self._show_title()
        self.button.setFocus(Qt.FocusReason.ShortcutFocusReason)
        if self.is_open():
            self.unfolded.emit()

    def is_open(self) -> bool:
        """Whether the fields are on screen."""
        return not self.body.isHidden()

    def _show_title(self) -> None:
        sign, colon = "\u25be" if self.is_open() else "\u25b8", ": " if self._chosen else ""
        self.button.setText(f"{sign} {TITLE}{colon}{self._chosen}")
        self.button.setAccessibleName(f"More settings, {'unfolded' if self.is_open() else 'folded'}")

    def _fill(self) -> None:
        fill(self.unit, words.unit_choices(), "experience")
        fill(self.scope, words.scope_choices(), "global")
        fill(self.policy, words.policy_choices(), "append")
        fill(self.review, words.review_choices(), "off")
        fill(self.allocation, words.allocation_choices(), "uniform")
        fill(self.cap_unit, [Choice(one, one) for one in (EXPERIENCES, ITEMS)], EXPERIENCES)

    def _lay_out(self) -> None:
        about = self._about
        rows: Sequence[tuple[str, QWidget, QLabel | None]] = (
            ("Retrieve", row(self.retrieve, self.unit), about["retrieve"]),
            ("Items at most", row(self.most_items), about["most"]),
            ("Out of", row(self.scope), about["scope"]),
            ("", self.exclude, about["exclude"]),
            ("Consolidate", row(self.policy), about["policy"]),
            ("", self._policy_number, None),
            ("Review", row(self.review), about["review"]),
            ("Withhold", row(self.withhold), about["withhold"]),
            ("Label noise", row(self.noise), _about(words.NOISE_HELP)),
            ("Allocation", row(self.allocation), about["allocation"]),
            ("", row(self.budgeted, self.budget), _about(words.BUDGET_HELP)),
            ("Split", row(self.split, self.hold_out, QLabel("seed"), self.split_seed),
             _about(words.SPLIT_HELP)),
        )  # fmt: skip
        grid = QGridLayout(self.body)
        indent = self.fontMetrics().horizontalAdvance("0") * 2
        grid.setContentsMargins(indent, 0, 0, 0)
        grid.setColumnStretch(2, 1)
        for number, (text, field, told) in enumerate(rows):
            label = QLabel(text)
            label.setBuddy(_first_field(field))
            grid.addWidget(label, number, 0)
            grid.addWidget(field, number, 1)
            if told is not None:
                grid.addWidget(told, number, 2)
        grid.setRowStretch(len(rows), 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.button, alignment=Qt.AlignmentFlag.AlignLeft)
        layout.addWidget(self.body)

    def _connect(self) -> None:
        self.button.clicked.connect(self.toggle)
        for box in (self.unit, self.scope, self.policy, self.review, self.allocation, self.cap_unit):
            box.currentIndexChanged.connect(self._tell)
        for check in (self.exclude, self.budgeted, self.split):
            check.toggled.connect(self._tell)
        whole = (self.retrieve, self.most_items, self.withhold, self.cap, self.hold_out, self.split_seed)
        for number in whole:
            number.valueChanged.connect(self._tell)
        for rate in (self.near, self.noise, self.budget):
            rate.valueChanged.connect(self._tell)

    def _tell(self, *_value: object) -> None:
        self.changed.emit()


def _narrow(name: str, width: int) -> QComboBox:
    box = combo(name)
    box.setMinimumContentsLength(width)
    return box


def _about(sentence: str) -> QLabel:
    label = note()
    label.setText(sentence)
    return label


def _first_field(field: QWidget) -> QWidget:
    """What a label belongs to: the field, or the first one of a row."""
    inner = [one for one in field.findChildren(QWidget) if isinstance(one, QAbstractSpinBox | QComboBox | QCheckBox)]
    return inner[0] if inner else field
