"""The page of the allocation lab: whose rollouts, which policies, what budget; the frontier, the tasks, the numbers."""

from collections.abc import Mapping, Sequence

from PySide6.QtCore import QModelIndex, QSignalBlocker, Qt, QTimer, Signal
from PySide6.QtGui import QAction, QResizeEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QHBoxLayout,
    QLabel,
    QStackedLayout,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from rb_studio.gui.plots.ink import SOLID, line_icon, screen_ink
from rb_studio.gui.rooms.scaling.figure_pane import FigurePane
from rb_studio.gui.rooms.scaling.lab_budget import Budget
from rb_studio.gui.rooms.scaling.lab_model import WIDTHS, TaskModel, task_sentence
from rb_studio.gui.theme import Theme
from rb_studio.gui.widgets.dense_table import DenseTable
from rb_studio.gui.widgets.empty import EmptyState
from rb_studio.gui.widgets.flow import FlowLayout
from rb_studio.gui.widgets.kept_scroll import KeptScroll
from rb_studio.jobs.allocation_pools import DrawPool
from rb_studio.jobs.frontier import TaskOutcome
from rb_studio.jobs.frontier_figure import EQUAL_SPEND, NO_POOL, PLACES
from rb_studio.records.arm import ALLOCATIONS
from rb_studio.records.curve import CurveSet

OVER = {"k": "rollouts", "tokens": "tokens", "cost": "dollars"}
METRICS = {"best_of_k": "best-of-k", "pass_at_k": "pass@k"}
NUMBERS = [18, 22, 16, 9, 9, 18, 7]
SHORT, LONG, ROOMY = 12, 26, 90  # characters of the pool's name, and of a page with room for a long one
READING = "Reading stored rollouts\u2026"
EMPTY = f"Here any policy spreads stored rollouts over tasks again, to show what a budget buys: {NO_POOL}."


class LabPanel(QWidget):
    """Choices above, the figure, and below it why each task got its k, or the numbers.

    Signals
    -------
    pool_chosen
        Another pool; carries its key.
    drawn_changed
        Other policies, controls, another axis or metric.
    budget_chosen
        Carries rollouts in all.
    policy_chosen
        The tasks of another policy; carries it.
    task_opened
        The rollouts of a task were asked for; carries a TaskOutcome.
    """

    pool_chosen = Signal(str)
    drawn_changed = Signal()
    budget_chosen = Signal(int)
    policy_chosen = Signal(str)
    task_opened = Signal(object)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.pool = _combo("Whose stored rollouts are spread", SHORT)
        self.pool.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.over = _combo("Horizontal axis", 8, OVER)
        self.success = _combo("What counts as success", 8, METRICS)
        self.policies = {name: QCheckBox(name) for name in ALLOCATIONS}
        self.controls = QCheckBox("contro&ls")
        self.controls.setToolTip("The same rollouts shuffled, turned round, and by an oracle that knows the truth")
        self._legend = {name: QLabel() for name in EQUAL_SPEND}
        self._keys = [_together((sample, QLabel(name))) for name, sample in self._legend.items()]
        self.budget = Budget()
        self.pane = FigurePane(theme, "Success by budget")
        self.tasks = TaskModel()
        self.tasks.setParent(self)
        self.table = DenseTable("Why each task got its rollouts")
        self.table.setModel(self.tasks)
        self.table.setSortingEnabled(True)
        self.table.horizontalHeader().setSortIndicator(-1, Qt.SortOrder.AscendingOrder)
        self.table.fit_columns(WIDTHS)
        self.table.horizontalHeader().setStretchLastSection(True)
        self.table.setMinimumHeight(self.fontMetrics().height() * 5)
        self.kept_scroll = KeptScroll(self.table)
        self.policy = _combo("Policy of the tasks", 10, {name: name for name in ALLOCATIONS})
        self.below = QTabWidget()
        self.below.setDocumentMode(True)
        self._message = QLabel(READING)
        self._sized = False
        self._lay_out()
        self._connect()
        self._tint()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """Names of arms are long: they are whole where there is room."""
        super().resizeEvent(event)
        roomy = self.width() > self.fontMetrics().averageCharWidth() * ROOMY
        self.pool.setMinimumContentsLength(LONG if roomy else SHORT)

    def show_message(self, text: str) -> None:
        """A sentence in place of everything."""
        self._message.setText(text)
        self._layers.setCurrentIndex(1)

    def show_empty(self, text: str, action: QAction) -> None:
        """What belongs here, and how to come by it."""
        before = self._layers.widget(2)
        if before is not None:
            self._layers.removeWidget(before)
            before.deleteLater()
        self._layers.addWidget(EmptyState(text, action))
        self._layers.setCurrentIndex(2)

    def show_pools(self, pools: Sequence[DrawPool], present: str) -> None:
        """The pools there are, one of them chosen."""
        with QSignalBlocker(self.pool):
            self.pool.clear()
            for pool in pools:
                runs = ", ".join(map(str, pool.runs))
                self.pool.addItem(pool.name, pool.key)
                tip = f"{len(pool.draws)} tasks, {pool.rollouts:,} stored rollouts, runs {runs}"
                self.pool.setItemData(self.pool.count() - 1, tip, Qt.ItemDataRole.ToolTipRole)
            self.pool.setCurrentIndex(max(0, self.pool.findData(present)))
        self._layers.setCurrentIndex(0)
        if not self._sized:
            self._sized = True
            QTimer.singleShot(0, self, self._share_out)  # the pane shares its height out when it is first seen

    def show_curves(self, curves: CurveSet, arms: Sequence[str]) -> None:
        """The figure and its numbers."""
        refitted = curves.x != self.pane.curves.x
        self.pane.set_curves(curves, arms)
        if refitted:
            self.pane.table.fit_columns(NUMBERS)

    def show_tasks(self, rows: Sequence[TaskOutcome]) -> None:
        """Why each task got its k."""
        self.tasks.set_rows(rows)
        spent = sum(row.k for row in rows)
        self.below.setTabText(0, f"Tas&ks ({len(rows)}, {spent} rollouts)")
        self.below.setTabText(1, f"N&umbers ({self.pane.model.rowCount()})")
        self.kept_scroll.filled()
        self._tell(self.table.currentIndex())

    def set_choices(self, policies: Sequence[str], policy: str, over: str, metric: str, *, controls: bool) -> None:
        """Show these choices, and tell nobody."""
        boxes = [*self.policies.values(), self.controls, self.policy, self.over, self.success]
        for box in boxes:
            box.blockSignals(True)
        for name, check in self.policies.items():
            check.setChecked(name in policies)
        self.controls.setChecked(controls)
        for combo, value in ((self.policy, policy), (self.over, over), (self.success, metric)):
            combo.setCurrentIndex(max(0, combo.findData(value)))
        for box in boxes:
            box.blockSignals(False)
        self._show_legend(controls)

    @property
    def shown_policies(self) -> tuple[str, ...]:
        """Those that are drawn."""
        return tuple(name for name, check in self.policies.items() if check.isChecked())

    def offer(self, actions: Sequence[QAction]) -> None:
        """Commands of the table's context menu."""
        self.table.addActions(list(actions))
        self.table.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)

    def _lay_out(self) -> None:
        choices = _in_line([_labelled("Rollout&s of", self.pool), self.success, _labelled("&over", self.over)])
        drawn = _in_line([*self.policies.values(), self.controls, *self._keys])
        self.below.addTab(self.table, "Tas&ks")
        self.below.addTab(self.pane.table, "N&umbers")
        self.below.setCornerWidget(_labelled("Tasks b&y", self.policy))
        self.pane.addWidget(self.below)
        self.pane.setStretchFactor(0, 3)
        self.pane.setStretchFactor(1, 2)
        whole = QWidget()
        layout = QVBoxLayout(whole)
        layout.setContentsMargins(0, 4, 0, 0)
        layout.addWidget(choices)
        layout.addWidget(drawn)
        layout.addWidget(self.budget)
        layout.addWidget(self.pane, 1)
        self._message.setWordWrap(True)
        self._message.setProperty("role", "muted")
        self._message.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._message.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._layers = QStackedLayout(self)
        self._layers.addWidget(whole)
        self._layers.addWidget(self._message)
        self._layers.setCurrentIndex(1)

    def _share_out(self) -> None:
        """Reasons take more room than numbers of a figure do."""
        whole = self.pane.height()
        self.pane.setSizes([whole * 11 // 20, whole * 9 // 20])

    def _connect(self) -> None:
        self.pool.activated.connect(self._pool_chosen)
        self.policy.currentTextChanged.connect(self.policy_chosen)
        for combo in (self.over, self.success):
            combo.currentIndexChanged.connect(self._redrawn)
        for check in (*self.policies.values(), self.controls):
            check.toggled.connect(self._redrawn)
        self.controls.toggled.connect(self._show_legend)
        self.budget.changed.connect(self.budget_chosen)
        self.table.opened.connect(self._opened)
        self.table.selectionModel().currentRowChanged.connect(self._tell)
        self._theme.changed.connect(self._tint)

    def _pool_chosen(self, _place: int) -> None:
        self.pool_chosen.emit(self.pool.currentData())

    def _show_legend(self, shown: bool) -> None:
        for key in self._keys:
            key.setVisible(shown)

    def _redrawn(self, _value: object = None) -> None:
        self.drawn_changed.emit()

    def _opened(self, index: QModelIndex) -> None:
        self.task_opened.emit(self.tasks.row(index))

    def _tell(self, current: QModelIndex, _previous: QModelIndex | None = None) -> None:
        """The row whole, for whoever hears it."""
        self.table.setAccessibleDescription(task_sentence(self.tasks.row(current)) if current.isValid() else "")

    def _tint(self) -> None:
        """Each policy with the mark it has in the figure."""
        ink = screen_ink(self._theme.colours, dark=self._theme.dark)
        size = self.fontMetrics().height()
        for name, check in self.policies.items():
            check.setIcon(line_icon(ink, PLACES[name], SOLID, size))
        for name, sample in self._legend.items():
            sample.setPixmap(line_icon(ink, PLACES[name], SOLID, size).pixmap(2 * size, size))


def _combo(name: str, characters: int, entries: Mapping[str, str] | None = None) -> QComboBox:
    made = QComboBox()
    made.setAccessibleName(name)
    made.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
    made.setMinimumContentsLength(characters)
    for key, text in (entries or {}).items():
        made.addItem(text, key)
    return made


def _in_line(widgets: Sequence[QWidget]) -> QWidget:
    """Side by side, in as many lines as it takes."""
    made = QWidget()
    flow = FlowLayout(made, gap=8)
    for widget in widgets:
        flow.addWidget(widget)
    return made


def _labelled(text: str, combo: QComboBox) -> QWidget:
    label = QLabel(text)
    label.setBuddy(combo)
    return _together((label, combo))


def _together(widgets: Sequence[QWidget]) -> QWidget:
    """Side by side, never on two lines."""
    made = QWidget()
    layout = QHBoxLayout(made)
    layout.setContentsMargins(0, 0, 0, 0)
    for widget in widgets:
        layout.addWidget(widget)
    return made
