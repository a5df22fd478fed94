"""Judges beside each other, how they agree, and the rollouts they differ on."""

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QModelIndex, Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSplitter, QToolButton, QVBoxLayout, QWidget

from rb_studio.analysis.intervals import Estimate
from rb_studio.gui.dialogs.choosing import note
from rb_studio.gui.rooms.verdicts.bench_reads import LISTED, Bench, BenchRow, said_text
from rb_studio.gui.rooms.verdicts.item_model import DASH
from rb_studio.gui.widgets.dense_table import DenseTable
from rb_studio.gui.widgets.table_model import DISPLAY, Index, TableModel
from rb_studio.gui.widgets.tip import plain_tip
from rb_studio.store.verdict_reads import NONE

JUDGES = [25, 23, 6, 15, 15, 15, 8, 16, 18, 10]
DIFFER = [36, 10, 10, 60]
NOTHING = (
    "Nothing was judged again yet. Choose rollouts in the list and judge them again with another model, another prompt "
    "or several times: what comes is kept apart and changes no figure."
)
FEW = "Check two judges or more to see how they agree."
PAIRS_SHOWN = 6
AGAIN = 7
CHECKED = Qt.ItemDataRole.CheckStateRole


class JudgeModel(TableModel):
    """A judge a row, with a check for whether it is compared.

    Signals
    -------
    turned
        A judge is to be compared, or no more; carries its number, None for the runs' own, and which.
    """

    turned = Signal(object, bool)

    def flags(self, index: Index) -> Qt.ItemFlag:
        found = super().flags(index)
        return found | Qt.ItemFlag.ItemIsUserCheckable if index.column() == 0 else found

    def data(self, index: Index, role: int = DISPLAY) -> Any:
        if index.isValid() and role == CHECKED and index.column() == 0:
            return Qt.CheckState.Unchecked if self.row(index).compared is None else Qt.CheckState.Checked
        if index.isValid() and role == Qt.ItemDataRole.ToolTipRole:
            return plain_tip(_told(self.row(index), index.column()))
        return super().data(index, role)

    def setData(self, index: Index, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:  # noqa: N802
        if role != CHECKED:
            return False
        self.turned.emit(self.row(index).key, Qt.CheckState(value) == Qt.CheckState.Checked)
        return True


class BenchPanel(QWidget):
    """Signals
    -------
    rollout_chosen
        A rollout that judges differ on; carries its row id.
    rollout_opened
        The same, by Enter or a double click.
    """

    rollout_chosen = Signal(int)
    rollout_opened = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._names: tuple[str, ...] = ()
        self._bench = Bench()
        self.told, self.differ_told = note(), note()
        self.badge = QLabel("simulated")
        self.badge.setProperty("role", "badge")
        self.judges = JudgeModel(_judge_columns())
        self.differ = TableModel(self._differ_columns())
        self.judges_table, self.differ_table = DenseTable("Judges"), DenseTable("Rollouts that judges differ on")
        for model, table, widths in (
            (self.judges, self.judges_table, JUDGES),
            (self.differ, self.differ_table, DIFFER),
        ):
            model.setParent(self)
            table.setModel(model)
            table.setSortingEnabled(True)
            table.horizontalHeader().setSortIndicator(-1, Qt.SortOrder.AscendingOrder)
            table.fit_columns(widths)
            table.setMinimumHeight(self.fontMetrics().height() * 5)
        self._bar = QHBoxLayout()
        self._bar.addStretch(1)
        self._bar.addWidget(self.badge)
        lower = QWidget()
        below = QVBoxLayout(lower)
        below.setContentsMargins(0, 0, 0, 0)
        below.addWidget(self.differ_told)
        below.addWidget(self.differ_table, 1)
        split = QSplitter(Qt.Orientation.Vertical)
        split.setChildrenCollapsible(False)
        split.addWidget(self.judges_table)
        split.addWidget(lower)
        split.setStretchFactor(1, 1)
        self.judges_table.setMinimumHeight(self.fontMetrics().height() * 8)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 4, 0, 0)
        layout.addLayout(self._bar)
        layout.addWidget(self.told)
        layout.addWidget(split, 1)
        self.differ_table.selectionModel().currentRowChanged.connect(self._choose)
        self.differ_table.opened.connect(self._open)
        self.show_bench(Bench())

    def adopt(self, actions: list[QAction]) -> None:
        """Buttons of the room's commands."""
        for action in actions:
            button = QToolButton()
            button.setDefaultAction(action)
            button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextOnly)
            self._bar.insertWidget(self._bar.count() - 2, button)

    def show_bench(self, found: Bench) -> None:
        """Show these judges."""
        self._bench, self._names = found, found.names
        self.judges.set_rows(found.rows)
        self.differ.set_rows(found.differ[:LISTED])
        more = len(found.pairs) - PAIRS_SHOWN
        pairs = [*found.pairs[:PAIRS_SHOWN], *([f"{more} pairs more"] if more > 0 else [])]
        self.told.setText("; ".join(pairs) or FEW if found.rows else NOTHING)
        cut = f", the first {LISTED:,} listed" if len(found.differ) > LISTED else ""
        number = f"{len(found.differ):,} rollout{'' if len(found.differ) == 1 else 's'}"
        self.differ_told.setText(f"{number} on which the compared judges differ{cut}" if found.rows else "")
        self.badge.setVisible(found.simulated)
        for table in (self.judges_table, self.differ_table):
            table.setVisible(bool(found.rows))

    def current(self) -> BenchRow | None:
        """The judge that is selected."""
        index = self.judges_table.currentIndex()
        return self.judges.row(index) if index.isValid() else None

    def uid_of(self, rollout: int) -> str:
        """The uid of a rollout that judges differ on."""
        return (self._bench.rollouts or {})[rollout].uid

    def differing(self) -> tuple[int, ...]:
        """Row ids of all rollouts that judges differ on."""
        return tuple(one.rollout for one in self._bench.differ)

    def _choose(self, current: QModelIndex, _previous: QModelIndex) -> None:
        if current.isValid():
            self.rollout_chosen.emit(self.differ.row(current).rollout)

    def _open(self, index: QModelIndex) -> None:
        self.rollout_opened.emit(self.differ.row(index).rollout)

    def _differ_columns(self) -> list[tuple[str, Callable[[Any], str], Callable[[Any], Any]]]:
        return _same(
            ("Task", self._task),
            ("Truth", lambda one: one.truth),
            ("Human", lambda one: DASH if one.human == NONE else one.human),
            ("Said", lambda one: said_text(one, self._names)),
        )

    def _task(self, one: Any) -> str:
        row = (self._bench.rollouts or {}).get(one.rollout)
        return DASH if row is None else " ".join(row.task_text.split())


def _judge_columns() -> list[tuple[str, Callable[[Any], str], Callable[[Any], Any]]]:
    return _same(
        ("Judge", lambda row: row.name),
        ("Answers", _answers),
        ("n", lambda row: DASH if row.compared is None else f"{row.compared.table.total:,}"),
        ("PPV", _rate("ppv")),
        ("Recall", _rate("recall")),
        ("Specificity", _rate("specificity")),
        ("kappa", _kappa),
        ("Same again", _again),
        ("Corrected success", lambda row: DASH if row.compared is None else _percent(row.compared.corrected)),
        ("Cost", _cost),
    )


def _told(row: BenchRow, column: int) -> str:
    """The whole of what a column tells in short."""
    again = None if row.compared is None else row.compared.again
    if column != AGAIN or again is None:
        return row.name if column == 0 else ""
    alike = "" if again.unanimous is None else f"{again.unanimous.value:.1%} of rollouts were judged alike each time; "
    return (
        f"Two answers about a rollout are the same with a chance of {again.same:.1%}; {alike}"
        f"{again.flipped:,} were called a success and a failure."
    )
    return (
        f"Two answers about a rollout are the same with a chance of {again.same:.1%}.{alike} "
        f"{again.flipped:,} were called a success and a failure."
    )


def _answers(row: BenchRow) -> str:
    one = row.judging
    return DASH if one is None else f"{one.answers:,} of {one.asked:,}, {one.status}"


def _rate(name: str) -> Callable[[BenchRow], str]:
    return lambda row: DASH if row.compared is None else _percent(getattr(row.compared.quality, name))


def _percent(rate: Estimate | None) -> str:
    return DASH if rate is None else f"{100 * rate.value:.1f} ({100 * rate.low:.0f} to {100 * rate.high:.0f})"


def _kappa(row: BenchRow) -> str:
    kappa = None if row.compared is None else row.compared.quality.kappa
    return DASH if kappa is None else f"{kappa:.2f}"


def _again(row: BenchRow) -> str:
    again = None if row.compared is None else row.compared.again
    return DASH if again is None else f"{again.same:.1%} of {again.rollouts:,}"


def _cost(row: BenchRow) -> str:
    if row.judging is not None and row.judging.simulated:
        return "simulated"
    return DASH if row.spent is None or row.spent.cost is None else f"${row.spent.cost:,.2f}"


def _same(*columns: tuple[str, Callable[[Any], str]]) -> list[tuple[str, Callable[[Any], str], Callable[[Any], Any]]]:
    return [(title, shown, shown) for title, shown in columns]
