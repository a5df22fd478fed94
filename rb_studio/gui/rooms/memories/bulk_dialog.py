"""What an act on many items would change, told before it is done: one key confirms."""

from collections.abc import Mapping
from dataclasses import dataclass

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QCheckBox, QDialog, QDialogButtonBox, QLabel, QListWidget, QVBoxLayout, QWidget

from rb_studio.gui.rooms.memories.columns import one_line
from rb_studio.jobs.bulk import Plan
from rb_studio.records.memory import ItemState

ORDER = tuple(map(str, ItemState))


@dataclass(frozen=True, slots=True)
class Wish:
    """An act in words: `verb` and `outcome` stand around the number, as in `Set 412 items to archived`."""

    verb: str
    outcome: str = ""

    def said(self, number: int) -> str:
        """The act on so many items."""
        return f"{self.verb} {items(number)} {self.outcome}".strip()


def items(number: int) -> str:
    """`1 item`, `2,000 items`."""
    return f"{number:,} item{'' if number == 1 else 's'}"


def by_state(counts: Mapping[str, int]) -> str:
    """`350 active, 62 candidate`, in the order of the states."""
    return ", ".join(f"{counts[state]:,} {state}" for state in ORDER if counts.get(state))


def told(plan: Plan) -> str:
    """What the plan says, in sentences."""
    lines = [f"Matching: {items(plan.matching)} ({by_state(plan.by_state)})."]
    lines.append(f"Changing: {items(plan.changing)}.")
    if plan.unchanged:
        lines.append(f"So already: {items(plan.unchanged)}.")
    return "\n".join(lines)


class BulkDialog(QDialog):
    """Enter does it, Esc does not.

    With a `spare` plan and its label, a box leaves some of the items out, to begin with.

    Signals
    -------
    confirmed
        Carries whether the spared items are left out.
    """

    confirmed = Signal(bool)

    def __init__(
        self,
        wish: Wish,
        plan: Plan,
        parent: QWidget | None = None,
        *,
        spare: tuple[str, Plan] | None = None,
    ) -> None:
        super().__init__(parent)
        self._wish, self._plans = wish, (plan, spare[1] if spare else plan)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.what = QLabel(textFormat=Qt.TextFormat.PlainText)
        self.what.setWordWrap(True)
        self.first = QListWidget()
        self.first.setAccessibleName("The first items that change")
        self.first.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.first.setMaximumHeight(self.fontMetrics().lineSpacing() * 8)
        self.more = QLabel("Among them:")
        self.spared = QCheckBox(spare[0] if spare else "")
        self.spared.setVisible(spare is not None)
        self.spared.setChecked(spare is not None)
        after = QLabel("A snapshot is taken before, and one Undo takes it all back.")
        after.setWordWrap(True)
        after.setProperty("role", "muted")
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self.button = buttons.addButton("", QDialogButtonBox.ButtonRole.AcceptRole)
        self.button.setDefault(True)
        self.button.setProperty("primary", True)
        layout = QVBoxLayout(self)
        for widget in (self.what, self.spared, self.more, self.first, after, buttons):
            layout.addWidget(widget)
        self.setMinimumWidth(self.fontMetrics().averageCharWidth() * 64)
        self.spared.toggled.connect(self._show)
        buttons.accepted.connect(self._accept)
        buttons.rejected.connect(self.reject)
        self._show()
        self.button.setFocus()

    def plan(self) -> Plan:
        """What would be done now."""
        return self._plans[self.spared.isChecked()]

    def _show(self) -> None:
        plan = self.plan()
        said = self._wish.said(plan.changing)
        self.setWindowTitle(said)
        self.what.setText(told(plan))
        self.button.setText(said)
        self.button.setEnabled(plan.changing > 0)
        self.first.clear()
        self.first.addItems([f"{one_line(row.title)}  \u2013  {row.state}" for row in plan.sample])
        for widget in (self.first, self.more):
            widget.setVisible(bool(plan.sample))

    def _accept(self) -> None:
        self.confirmed.emit(self.spared.isChecked())
        self.accept()
