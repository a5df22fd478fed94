"""The contamination audit of a bank: what its runs were served from the very task, its template, its answer."""

import sqlite3
from dataclasses import dataclass

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QPushButton,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from rb_studio.analysis.contamination import Contamination
from rb_studio.gui.rooms.memories.columns import DASH, one_line
from rb_studio.gui.rooms.memories.panel import stacked
from rb_studio.jobs import statistics
from rb_studio.store import runs, served
from rb_studio.store.served import OwnUse

PLACE = Qt.ItemDataRole.UserRole
COLUMNS = ["Run", "Served", "Own task", "Its template", "Answer"]
TIPS = [
    "The run that was served from the bank",
    "Experiences that were injected",
    "Of those, learned at the very task they were injected into",
    "Of those, learned at another task of the same template",
    "Tasks whose answer stood word for word in what was injected, of those where that can be told",
]
ABOUT = (
    "What tasks were served from memory that could give them away: lessons learned at the same task, at another of its "
    "template, or with the answer in them word for word."
)


@dataclass(frozen=True, slots=True)
class Audit:
    """The runs on a bank, each with its audit, all of them in one, and items that met a task they were learned at."""

    runs: tuple[tuple[int, Contamination], ...]
    whole: Contamination | None
    own: tuple[OwnUse, ...]


def audit_bank(conn: sqlite3.Connection, bank_id: int) -> Audit:
    """Audit every run that learned into the bank or was served from it."""
    rows = [runs.run(conn, row[0]) for row in conn.execute("SELECT id FROM run WHERE bank = ? ORDER BY id", (bank_id,))]
    each = ((row.id, statistics.audit(conn, [row])) for row in rows)
    found = tuple((run, one) for run, one in each if one is not None)
    return Audit(found, statistics.audit(conn, rows), tuple(served.own_uses(conn, bank_id)))


class AuditPanel(QWidget):
    """Runs with their counts above, items that met their own task below.

    Signals
    -------
    asked
        The audit is to be made.
    item_chosen
        Carries an item's id.
    rollout_asked
        Carries a rollout's uid.
    """

    asked = Signal()
    item_chosen = Signal(int)
    rollout_asked = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._own: tuple[OwnUse, ...] = ()
        self.button = QPushButton("Audit the bank")
        self.status = QLabel(ABOUT, textFormat=Qt.TextFormat.PlainText)
        self.status.setWordWrap(True)
        self.runs = _tree("Runs on the bank", COLUMNS)
        for column, tip in enumerate(TIPS):
            self.runs.headerItem().setToolTip(column, tip)
        self.own_heading = QLabel(textFormat=Qt.TextFormat.PlainText)
        self.own_heading.setWordWrap(True)
        self.own = _tree("Items that met a task they were learned at", ["Item", "Task", "Run"])
        self.own.setToolTip("Return or double-click shows the item")
        self.own.header().setStretchLastSection(False)
        self.own.header().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self.rollout_button = QPushButton("Open the rollout")
        self._lay_out()
        self.button.clicked.connect(self.asked)
        self.own.itemActivated.connect(self._activated)
        self.own.currentItemChanged.connect(self._enable)
        self.rollout_button.clicked.connect(self._open_rollout)
        self.show_nothing()

    def show_nothing(self, why: str = "") -> None:
        """Nothing was audited, or it did not work."""
        self.button.setEnabled(True)
        self.status.setText(f"\u26a0 {why}" if why else ABOUT)
        self.runs.clear()
        self._show_own((), "")

    def show_busy(self) -> None:
        self.button.setEnabled(False)
        self.status.setText("Auditing\u2026")

    def show_audit(self, audit: Audit) -> None:
        """Show what was found."""
        self.button.setEnabled(True)
        if audit.whole is None:
            self.show_nothing()
            self.status.setText("No run has been served from this bank yet.")
            return
        told = statistics.audit_sentence(audit.whole)
        self.status.setText(told[:1].upper() + told[1:] + ".")
        self.runs.clear()
        for run, one in audit.runs:
            self.runs.addTopLevelItem(QTreeWidgetItem([str(run), *_counts(one)]))
        count = len(audit.own)
        more = "" if count < served.MOST else " or more"
        heading = f"\u26a0 {count}{more} uses of items in a task they were learned at:" if count else NONE
        self._show_own(audit.own, heading)

    def _show_own(self, own: tuple[OwnUse, ...], heading: str) -> None:
        self._own = own
        self.own_heading.setText(heading)
        self.own.clear()
        for place, one in enumerate(own):
            row = QTreeWidgetItem(self.own, [one_line(one.title), one.task_key, str(one.run)])
            row.setData(0, PLACE, place)
        self._enable()

    def _chosen(self) -> OwnUse | None:
        row = self.own.currentItem()
        return self._own[row.data(0, PLACE)] if row is not None and self._own else None

    def _enable(self, *_: object) -> None:
        chosen = self._chosen()
        self.rollout_button.setEnabled(chosen is not None and chosen.rollout_uid is not None)

    def _activated(self, *_: object) -> None:
        chosen = self._chosen()
        if chosen is not None:
            self.item_chosen.emit(chosen.item)

    def _open_rollout(self) -> None:
        chosen = self._chosen()
        if chosen is not None and chosen.rollout_uid is not None:
            self.rollout_asked.emit(chosen.rollout_uid)

    def _lay_out(self) -> None:
        below = QWidget()
        line = QHBoxLayout()
        line.addWidget(self.own_heading, 1)
        line.addWidget(self.rollout_button)
        column = QVBoxLayout(below)
        column.setContentsMargins(0, 0, 0, 0)
        column.addLayout(line)
        column.addWidget(self.own)
        first = QHBoxLayout()
        first.addWidget(self.status, 1)
        first.addWidget(self.button, 0, Qt.AlignmentFlag.AlignTop)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(6, 6, 0, 0)
        layout.addLayout(first)
        layout.addWidget(stacked(self.runs, below), 1)


NONE = "No item met a task it was learned at."


def _tree(name: str, columns: list[str]) -> QTreeWidget:
    tree = QTreeWidget()
    tree.setAccessibleName(name)
    tree.setHeaderLabels(columns)
    tree.setRootIsDecorated(False)
    tree.setAlternatingRowColors(True)
    tree.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
    tree.header().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
    tree.setMinimumHeight(tree.fontMetrics().lineSpacing() * 3)
    return tree


def _counts(one: Contamination) -> list[str]:
    leaks = f"{one.leaks} of {one.leak_known}" if one.leak_known else DASH
    sign = "\u26a0 " if one.same_task else ""
    return [str(one.retrieved), f"{sign}{one.same_task}", str(one.same_template), leaks]
