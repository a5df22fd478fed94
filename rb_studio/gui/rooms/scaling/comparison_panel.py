"""Arms beside a reference: pairs with their intervals drawn, the tasks that flipped, how many tasks it would take."""

from collections.abc import Sequence

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRectF, Qt, Signal
from PySide6.QtGui import QAction, QColor, QPainter
from PySide6.QtWidgets import (
    QApplication,
    QComboBox,
    QDoubleSpinBox,
    QHBoxLayout,
    QLabel,
    QSplitter,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from rb_studio.gui.dialogs.choosing import note
from rb_studio.gui.rooms.scaling.comparison_model import (
    BOUNDS,
    DRAWN,
    UNIT_WORDS,
    ComparisonModel,
    FlipModel,
    comparison_sentence,
    floor_sentence,
    metric_choices,
    needed_sentence,
    unit_of,
)
from rb_studio.gui.rooms.scaling.comparison_reads import USUAL, Compared, Detail
from rb_studio.gui.theme import Theme
from rb_studio.gui.widgets.dense_table import DenseTable
from rb_studio.gui.widgets.flow import FlowLayout
from rb_studio.gui.widgets.kept_scroll import KeptScroll
from rb_studio.gui.widgets.spread import paint_spread
from rb_studio.jobs.comparisons import SUCCESS, Paired

WIDTHS = [28, 24, 13, 18, 18, 36, 10, 10, 8, 14, 14]
FLIP_WIDTHS = [44, 18, 9, 9, 7]
USUAL_TITLE = "the usual one of each"
USUAL_TIP = (
    "Without memory at the same scaling and k; other memories beside ReasoningBank, scalings beside each other, the "
    "most rollouts beside the fewest, repeated arms beside the first."
)
NONE = (
    "There is nothing to compare yet: it takes two arms over the same tasks, or one arm with several k. Single runs "
    "are arms of their own where they are shown one by one."
)
NO_FLIPS = "Tasks turn right or wrong in success: choose best-of-k, pass@1 or pass@k to see which."
STEPS = {"": (10.0, 1, 1.0, 99.9), "steps": (1.0, 2, 0.5, 1e4), "tokens": (1000.0, 0, 100.0, 1e9),
         "dollars": (0.01, 4, 0.001, 1e6), "seconds": (10.0, 1, 1.0, 1e7)}  # fmt: skip
"""Of the difference one wants to see by its unit: what stands there first, digits, step, most."""


class FloorDelegate(QStyledItemDelegate):
    """Draws an interval over the band of what equal arms differ by."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """Background and selection of the style, the band, the interval on top."""
        QApplication.style().drawPrimitive(QStyle.PrimitiveElement.PE_PanelItemViewItem, option, painter, None)
        found = index.data(BOUNDS)
        if found is None:
            return
        *spread, floor = found
        colours, area = self._theme.colours, QRectF(option.rect).adjusted(6, 3, -6, -3)
        if floor is not None:
            reach = area.width() / 2 * min(floor, 1.0)
            band = QRectF(area.center().x() - reach, area.top() - 2, 2 * reach, area.height() + 4)
            painter.fillRect(band, QColor(colours.border))
        paint_spread(painter, area, tuple(spread), -1.0, 1.0, (colours.accent, colours.muted))


class ComparisonPanel(QWidget):
    """One row a pair; below it stands in words, with its tasks and how many more it would take.

    Signals
    -------
    asked
        Another reference or metric; carries the key of the arm, empty for the usual ones, and the metric.
    row_chosen
        Another pair is current, or another difference is to be seen; carries `Paired` and the difference.
    flip_opened
        Enter on a task; carries its `Flip`.
    """

    asked = Signal(str, str)
    row_chosen = Signal(object, float)
    flip_opened = Signal(object)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._differences = {unit: first for unit, (first, *_) in STEPS.items()}
        self.reference, self.metrics = _combo(17), _combo(14)
        for title, metric in metric_choices():
            self.metrics.addItem(title, metric)
        self.model, self.flips = ComparisonModel(), FlipModel()
        self.table, self.flip_table = DenseTable("Paired comparisons of arms"), DenseTable("Tasks that flipped")
        for model, table, widths in ((self.model, self.table, WIDTHS), (self.flips, self.flip_table, FLIP_WIDTHS)):
            model.setParent(self)
            table.setModel(model)
            table.setSortingEnabled(True)
            table.horizontalHeader().setSortIndicator(-1, Qt.SortOrder.AscendingOrder)
            table.fit_columns(widths)
            table.setMinimumHeight(self.fontMetrics().height() * 4)
        self.table.setItemDelegateForColumn(DRAWN, FloorDelegate(theme, self.table))
        self.kept_scroll = KeptScroll(self.table)
        self.said, self.floor, self.flipped, self.needed = note(), note(), note(), note()
        self._rest = QWidget()  # has the room of the tasks where there are none to list
        self._rest.hide()
        self.difference = QDoubleSpinBox()
        self.difference.setKeyboardTracking(False)
        self.difference.setAccessibleName("Difference to be seen")
        self._lay_out()
        self._connect(theme)
        self.show_compared(Compared(USUAL, "best_of_k"))

    def show_compared(self, found: Compared) -> None:
        """Show these pairs; the row that is current stays with its pair."""
        self._offer(found)
        current = self.current()
        self._fit_difference(found.metric)
        self.model.show(found.rows, found.floor)
        place = None if current is None else self.model.place(current.comparison)
        if found.rows:
            if self.table.currentIndex().row() != (place or 0):
                self.table.selectRow(place or 0)
            self._choose()
        else:
            self._show_none()
        self.floor.setText("\n".join([floor_sentence(found.floor, found.metric), *found.warnings]))
        self.floor.setVisible(bool(found.rows))
        self.kept_scroll.filled()

    def show_detail(self, found: Detail) -> None:
        """Show what is behind the current pair."""
        one = found.comparison
        self.flips.set_rows(found.flips)
        right, wrong = (sum(sign * (flip.after - flip.before) > 0 for flip in found.flips) for sign in (1, -1))
        counted = f"{len(found.flips)} of {one.n} tasks came out otherwise: {right} better, {wrong} worse."
        more = " Enter opens two rollouts of one." if found.flips else ""
        self.flipped.setText(f"{counted}{more}" if one.metric in SUCCESS else NO_FLIPS)
        self.flip_table.setVisible(one.metric in SUCCESS)
        self._rest.setVisible(one.metric not in SUCCESS)
        self.needed.setText(needed_sentence(found.needed))

    def current(self) -> Paired | None:
        """The pair the keyboard is at."""
        index = self.table.currentIndex()
        return self.model.row(index) if index.isValid() else None

    def wanted(self) -> float:
        """The difference one wants to see: a share for success, else in the metric's unit."""
        value = self.difference.value()
        return value if unit_of(self.metrics.currentData()) else value / 100

    def offer(self, actions: Sequence[QAction]) -> None:
        """Commands of the context menus."""
        for table in (self.table, self.flip_table):
            table.addActions(actions)
            table.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)

    def tell(self, sentence: str) -> None:
        """Say something where the pair is told in words."""
        self.said.setText(sentence)

    def _lay_out(self) -> None:
        bar, need = FlowLayout(), FlowLayout()
        for label, box in (("Arms &beside", self.reference), ("&in", self.metrics)):
            bar.addWidget(_labelled(label, box))
        need.addWidget(_labelled("To see a difference &of", self.difference))
        need.addWidget(QLabel("at 80 % power it takes"))
        upper, lower = QWidget(), QWidget()
        above, below = QVBoxLayout(upper), QVBoxLayout(lower)
        for layout in (above, below):
            layout.setContentsMargins(0, 0, 0, 0)
        above.addWidget(self.table, 1)
        above.addWidget(self.said)
        above.addWidget(self.floor)
        below.addWidget(self.flipped)
        below.addWidget(self.flip_table, 1)
        below.addLayout(need)
        below.addWidget(self.needed)
        below.addWidget(self._rest, 1)
        split = QSplitter(Qt.Orientation.Vertical)
        split.setChildrenCollapsible(False)
        split.addWidget(upper)
        split.addWidget(lower)
        split.setStretchFactor(0, 3)
        split.setStretchFactor(1, 2)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 4, 0, 0)
        layout.addLayout(bar)
        layout.addWidget(split, 1)
        self.setFocusProxy(self.table)

    def _connect(self, theme: Theme) -> None:
        self.reference.activated.connect(self._ask)
        self.metrics.activated.connect(self._ask)
        self.table.selectionModel().currentRowChanged.connect(self._choose)
        self.table.opened.connect(self.to_flips)
        self.flip_table.opened.connect(self._open)
        self.difference.valueChanged.connect(self._other_difference)
        theme.changed.connect(self.table.viewport().update)

    def _offer(self, found: Compared) -> None:
        """The arms there are to compare with, and what is chosen."""
        entries = [*([(USUAL, USUAL_TITLE)] if found.usual else []), *found.arms]
        box = self.reference
        if [(box.itemData(row), box.itemText(row)) for row in range(box.count())] != entries:
            box.clear()
            for key, name in entries:
                box.addItem(name, key)
        box.setCurrentIndex(box.findData(found.reference))
        box.setToolTip(USUAL_TIP if found.reference == USUAL else box.currentText())
        self.metrics.setCurrentIndex(self.metrics.findData(found.metric))

    def _fit_difference(self, metric: str) -> None:
        """The difference in the unit of a metric, as it was last asked for."""
        unit = unit_of(metric)
        _, digits, step, most = STEPS[unit]
        self.difference.blockSignals(True)
        self.difference.setDecimals(digits)
        self.difference.setSingleStep(step)
        self.difference.setRange(10.0**-digits, most)
        self.difference.setSuffix(f" {UNIT_WORDS[unit]}")
        self.difference.setValue(self._differences[unit])
        self.difference.blockSignals(False)

    def _show_none(self) -> None:
        self.said.setText(NONE)
        self.flips.set_rows([])
        self.flipped.setText("")
        self.needed.setText("")

    def _ask(self, _place: int = 0) -> None:
        self.asked.emit(self.reference.currentData(), self.metrics.currentData())

    def _choose(self, *_indexes: object) -> None:
        row = self.current()
        if row is not None:
            self.said.setText(comparison_sentence(row, self.model.floor))
            self.row_chosen.emit(row, self.wanted())

    def _other_difference(self, value: float) -> None:
        self._differences[unit_of(self.metrics.currentData())] = value
        self._choose()

    def to_flips(self, _index: QModelIndex = QModelIndex()) -> None:  # noqa: B008 - Qt's signature
        """Put the keyboard among the tasks that flipped."""
        if self.flips.rowCount():
            self.flip_table.setFocus()
            if not self.flip_table.selectionModel().hasSelection():
                self.flip_table.selectRow(0)

    def _open(self, index: QModelIndex) -> None:
        self.flip_opened.emit(self.flips.row(index))


def _combo(characters: int) -> QComboBox:
    made = QComboBox()
    made.setMinimumContentsLength(characters)
    made.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    return made


def _labelled(text: str, buddy: QWidget) -> QWidget:
    """A label and what it is of, which stay in one line."""
    made, label = QWidget(), QLabel(text)
    label.setBuddy(buddy)
    layout = QHBoxLayout(made)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.addWidget(label)
    layout.addWidget(buddy)
    return made
