"""Labelled tasks of a bank, and how well retrieval finds what they are labelled with."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from rb_studio.analysis.intervals import Estimate
from rb_studio.gui.rooms.memories.columns import DASH, one_line
from rb_studio.gui.rooms.memories.keyed_tree import KeyedTree
from rb_studio.gui.rooms.memories.panel import Panel, stacked
from rb_studio.gui.rooms.memories.texts import sentence
from rb_studio.gui.rooms.memories.what_if_form import UNITS
from rb_studio.gui.rooms.memories.what_if_list import GRADES, WORDS
from rb_studio.jobs.retrieval_quality import LabelReport
from rb_studio.store.relevance import LabelledTask

DATA = Qt.ItemDataRole.UserRole
KEYS = {Qt.Key.Key_R: "relevant", Qt.Key.Key_P: "partly", Qt.Key.Key_N: "not", Qt.Key.Key_Delete: "not"}
NONE_YET = (
    "No task is labelled yet. Ask one in What if and press R (relevant), P (partly) or N (not) on what it ranks: "
    "from a handful of labelled tasks on, retrieval can be measured."
)
STALE = "Bank or labels changed since: measure again."


@dataclass(frozen=True, slots=True)
class Labels:
    """The labelled tasks of a bank, with the titles of their items by id."""

    bank: int
    tasks: Sequence[LabelledTask]
    titles: Mapping[int, str]


class LabelsPanel(Panel):
    """Shows labels and measurements; acts are asked for.

    Signals
    -------
    measure_asked
        Carries the unit, and whether a task's template is left out.
    stop_asked
    graded
        Carries the task's text, item ids, and their grade.
    task_asked
        A task's text is to be asked in the what-if.
    items_asked
        Item ids are to be shown in the table.
    """

    measure_asked = Signal(str, bool)
    stop_asked = Signal()
    graded = Signal(str, object, int)
    task_asked = Signal(str)
    items_asked = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._labels: Labels | None = None
        self._busy = False
        self._measured = False
        self.unit = QComboBox()
        self.unit.setAccessibleName("What is retrieved")
        for title, value in UNITS:
            self.unit.addItem(title, value)
        self.apart = QCheckBox("without the task\u2019s te&mplate")
        self.apart.setToolTip("What was learned from tasks of the same template is left out, as in a held-out test")
        self.button = QPushButton("Measure")
        self.button.setProperty("primary", True)
        self.status = QLabel(NONE_YET, textFormat=Qt.TextFormat.PlainText)
        self.status.setWordWrap(True)
        self.status.setProperty("role", "muted")
        self.tasks = KeyedTree("Labelled tasks", ["Label", "Task, items"], KEYS)
        self.tasks.setRootIsDecorated(True)
        self.tasks.setToolTip("Return asks the task in What if, or shows the item; R, P, N and Del change a label")
        self.measures = KeyedTree("Quality of retrieval", ["Measure", "Value", "95 % interval", "Naive"], {})
        self.measures.headerItem().setToolTip(
            3, "If a task were shown its own memory too, which no run does: what this gains is self-retrieval"
        )
        self._lay_out()
        self._connect()

    def show_labels(self, labels: Labels) -> None:
        """The labelled tasks; the chosen row stays chosen."""
        kept = self._chosen()
        if self._labels is None or self._labels.bank != labels.bank:
            self.measures.clear()
            self._measured = False
        self._labels = labels
        blocker = QSignalBlocker(self.tasks)
        self.tasks.clear()
        for task in labels.tasks:
            self._add(task, labels.titles)
        self.tasks.expandAll()
        self.tasks.resizeColumnToContents(0)
        back = next((row for row in self._rows() if row.data(0, DATA) == kept), self.tasks.topLevelItem(0))
        if back is not None:
            self.tasks.setCurrentItem(back)
        blocker.unblock()
        self.button.setEnabled(bool(labels.tasks))
        self.status.setText(self._told(labels))

    def show_busy(self) -> None:
        """The button stops it."""
        self._busy = True
        self.button.setText("Stop")
        self.status.setText("Retrieving for every labelled task\u2026")

    def show_ready(self, text: str = "Stopped.") -> None:
        self._busy = False
        self.button.setText("Measure")
        self.status.setText(text)

    def show_wrong(self, text: str) -> None:
        """Say why nothing was measured."""
        self.show_ready(f"\u26a0 {sentence(text)}")

    def show_report(self, report: LabelReport, notes: Sequence[str]) -> None:
        """What was measured."""
        self._measured = True
        self.measures.clear()
        for name, value, naive in measures(report):
            cells = [name, figure(value), interval(value), figure(naive)]
            row = QTreeWidgetItem(self.measures, cells)
            for column in (1, 2, 3):
                row.setTextAlignment(column, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        for column in range(4):
            self.measures.resizeColumnToContents(column)
        self.show_ready(" \u00b7 ".join([summary(report), *notes]))

    def measure(self) -> None:
        """Measure; while that goes on, stop it."""
        if self._busy:
            self.stop_asked.emit()
        else:
            self.measure_asked.emit(self.unit.currentData(), self.apart.isChecked())

    def outdated(self) -> None:
        """Something changed since the measurement."""
        if self._measured and not self._busy:
            self.status.setText(STALE)

    def _told(self, labels: Labels) -> str:
        if not labels.tasks:
            return NONE_YET
        if self._measured:
            return STALE
        pairs = sum(len(task.grades) for task in labels.tasks)
        return f"{_count(len(labels.tasks), 'task')} with {_count(pairs, 'labelled item')}."

    def _add(self, task: LabelledTask, titles: Mapping[int, str]) -> None:
        kind = "paraphrase" if task.family not in (0, task.id) else "task"
        top = QTreeWidgetItem(self.tasks, [kind, one_line(task.text)])
        top.setData(0, DATA, (task.id, None))
        top.setToolTip(1, task.text.replace("<", "\u2039"))
        font = top.font(1)
        font.setBold(True)
        top.setFont(1, font)
        for item, grade in sorted(task.grades.items(), key=lambda pair: (-pair[1], pair[0])):
            row = QTreeWidgetItem(top, [WORDS.get(grade, str(grade)), one_line(titles.get(item, f"item {item}"))])
            row.setData(0, DATA, (task.id, item))

    def _rows(self) -> Iterator[QTreeWidgetItem]:
        for place in range(self.tasks.topLevelItemCount()):
            top = self.tasks.topLevelItem(place)
            if top is not None:
                yield top
                yield from (top.child(number) for number in range(top.childCount()))

    def _chosen(self) -> tuple[int, int | None] | None:
        row = self.tasks.currentItem()
        found: tuple[int, int | None] | None = row.data(0, DATA) if row is not None else None
        return found

    def _task(self) -> tuple[LabelledTask | None, int | None]:
        chosen = self._chosen()
        if chosen is None or self._labels is None:
            return None, None
        return next((task for task in self._labels.tasks if task.id == chosen[0]), None), chosen[1]

    def _act(self, name: str) -> None:
        task, item = self._task()
        if task is not None:
            self.graded.emit(task.text, [item] if item is not None else list(task.grades), GRADES[name])

    def _activated(self, *_: object) -> None:
        task, item = self._task()
        if task is not None and item is None:
            self.task_asked.emit(task.text)
        elif item is not None:
            self.items_asked.emit([item])

    def _connect(self) -> None:
        self.button.clicked.connect(self.measure)
        self.tasks.asked.connect(self._act)
        self.tasks.itemActivated.connect(self._activated)

    def _lay_out(self) -> None:
        line = QHBoxLayout()
        label = QLabel("&By")
        label.setBuddy(self.unit)
        for widget in (label, self.unit):
            line.addWidget(widget)
        line.addStretch(1)
        line.addWidget(self.button)
        for tree in (self.tasks, self.measures):
            tree.setMinimumHeight(self.fontMetrics().lineSpacing() * 3)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(6, 6, 0, 0)
        layout.addLayout(line)
        layout.addWidget(self.apart)
        layout.addWidget(self.status)
        layout.addWidget(stacked(self.tasks, self.measures), 1)


def measures(report: LabelReport) -> Iterator[tuple[str, Estimate | None, Estimate | None]]:
    """Name, value by the rules of a run, and naive value of every measure."""
    quality, naive = report.quality, report.naive
    for k in quality.recall:
        yield f"recall@{k}", quality.recall[k], naive.recall[k]
    yield "MRR", quality.mrr, naive.mrr
    yield "margin, rank 1 to 2", quality.margin, naive.margin
    for k in quality.recall:
        yield f"hit@{k}", quality.hit[k], naive.hit[k]
    for k in quality.recall:
        yield f"nDCG@{k}", quality.ndcg[k], naive.ndcg[k]


def summary(report: LabelReport) -> str:
    """Coverage and concentration, and what could not be found."""
    quality = report.quality
    parts = [f"{_count(quality.cases, 'case')} of {_count(report.tasks, 'labelled task')}"]
    if quality.coverage is not None and quality.gini is not None:
        first = max(quality.recall)
        parts.append(f"coverage {100 * quality.coverage:.0f} % of the active items are among some first {first}")
        parts.append(f"Gini of these places {quality.gini:.2f}")
    if report.out_of_use:
        parts.append(f"{_count(report.out_of_use, 'labelled item')} not active, so never found")
    return " \u00b7 ".join(parts)


def figure(value: Estimate | None) -> str:
    """A value, or a dash."""
    return DASH if value is None else f"{value.value:.3f}"


def interval(value: Estimate | None) -> str:
    """Its interval, or a dash."""
    return DASH if value is None else f"{value.low:.3f} to {value.high:.3f}"


def _count(number: int, word: str) -> str:
    return f"{number:,} {word}{'' if number == 1 else 's'}"
