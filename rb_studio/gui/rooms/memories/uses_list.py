"""The rollouts an item was injected into, and how they ended."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QLabel, QTreeWidget, QTreeWidgetItem, QVBoxLayout, QWidget

from rb_studio.gui.rooms.memories.columns import DASH, one_line
from rb_studio.store.served import Served, Uses

UID = Qt.ItemDataRole.UserRole
OUTCOMES = {True: "\u2713 success", False: "\u2717 failure"}
OWN = "\u26a0 own task"


class UsesList(QWidget):
    """Outcome, steps, task and run of each use; Return or a double-click opens the rollout.

    Signals
    -------
    opened
        Carries a rollout's uid.
    """

    opened = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.heading = QLabel(textFormat=Qt.TextFormat.PlainText)
        self.heading.setWordWrap(True)
        self.tree = QTreeWidget()
        self.tree.setAccessibleName("Rollouts the item was injected into")
        self.tree.setToolTip("Return or double-click opens the rollout")
        self.tree.setHeaderLabels(["Outcome", "Steps", "Task", "Run"])
        self.tree.setRootIsDecorated(False)
        self.tree.setAlternatingRowColors(True)
        self.tree.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.tree.setMinimumHeight(self.fontMetrics().lineSpacing() * 4)
        header = self.tree.header()
        header.setStretchLastSection(False)
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(2, QHeaderView.ResizeMode.Stretch)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.heading)
        layout.addWidget(self.tree)
        self.tree.itemActivated.connect(self._activated)

    def show_uses(self, uses: Uses) -> None:
        """Show the newest uses and what all of them came to."""
        self.heading.setText(summary(uses))
        self.tree.clear()
        for one in uses.newest:
            row = QTreeWidgetItem(self.tree, [_outcome(one), str(one.steps), one_line(one.task_text), _run(one)])
            row.setData(0, UID, one.rollout_uid)
            row.setTextAlignment(1, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            row.setToolTip(2, f"{one.task_key}\n{one.task_text}".replace("<", "\u2039"))
        first = self.tree.topLevelItem(0)
        if first is not None:
            self.tree.setCurrentItem(first)

    def _activated(self, row: QTreeWidgetItem, _column: int) -> None:
        self.opened.emit(row.data(0, UID))


def summary(uses: Uses) -> str:
    """What the uses of an item came to, in a sentence."""
    if not uses.rollouts:
        return "Never injected."
    shown = f", the newest {len(uses.newest)} listed" if len(uses.newest) < uses.rollouts else ""
    parts = [f"In {uses.rollouts} rollout{'' if uses.rollouts == 1 else 's'}{shown}"]
    if uses.graded:
        parts.append(f"{uses.successes} of {uses.graded} graded succeeded (with it; no effect by itself)")
    if uses.own_task:
        parts.append(f"{OWN}: {uses.own_task} were attempts at a task it was learned at")
    return "; ".join(parts) + "."


def _outcome(one: Served) -> str:
    if not one.valid:
        outcome = "not valid"
    elif one.success is None:
        outcome = f"judged {one.judged}" if one.judged else DASH
    else:
        outcome = OUTCOMES[one.success]
    return f"{outcome} {OWN}" if one.own_task else outcome


def _run(one: Served) -> str:
    return f"{one.run} {one.run_name}".strip()
