"""The page of a fork: its variants with intervals, and every continuation."""

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QPen
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QPushButton,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from rb_studio.analysis.intervals import Estimate
from rb_studio.gui.rooms.trajectories.fork_reads import ContinuationRow, ShownFork, VariantRow, interval_text
from rb_studio.gui.rooms.trajectories.plain import DASH, money, number
from rb_studio.gui.theme import Theme
from rb_studio.gui.widgets.banner import Banner
from rb_studio.gui.widgets.dense_table import DenseTable
from rb_studio.gui.widgets.elided import Elided
from rb_studio.gui.widgets.table_model import SORT, TableModel

READING = "Reading the fork\u2026"
HIDDEN = "hidden"
DRAWN = 2
MOST_VARIANTS = 6
VARIANTS = [
    ("variant", lambda row: row.result.name, lambda row: row.result.name),
    ("success", interval_text, lambda row: row.result.success.value if row.result.success else None),
    ("interval", lambda row: "", lambda row: row.result.success),
    ("against the first", lambda row: row.gap, lambda row: row.gap),
    ("outcomes", lambda row: row.outcomes, lambda row: row.outcomes),
    ("judged success", lambda row: row.judged, lambda row: row.judged),
    ("mean steps", lambda row: row.steps, lambda row: row.result.steps),
    ("parts at", lambda row: row.parts, lambda row: row.parts),
    ("place reached", lambda row: row.reached, lambda row: row.reached),
]
CONTINUATIONS = [
    ("pair", lambda row: str(row.pair), lambda row: row.pair),
    ("variant", lambda row: row.variant, lambda row: row.variant),
    ("outcome", lambda row: row.outcome, lambda row: row.outcome),
    ("judged", lambda row: row.row.verdict or DASH, lambda row: row.row.verdict or ""),
    ("steps", lambda row: number(row.row.steps), lambda row: row.row.steps),
    ("cost", lambda row: money(row.row.cost), lambda row: row.row.cost),
    ("parts at", lambda row: row.parts, lambda row: row.parts),
]
TRUTHS = (1, 2, 4)
JUDGED = (5,)


class IntervalDelegate(QStyledItemDelegate):
    """A proportion on a line from 0 to 1, with the bounds of its interval."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        super().paint(painter, option, index)
        found = index.data(SORT)
        if not isinstance(found, Estimate):
            return
        area = QRectF(option.rect).adjusted(6, 3, -6, -3)
        middle, arm = area.center().y(), area.height() / 3

        def x(value: float) -> float:
            return area.left() + area.width() * value

        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(self._theme.colours.border), 1))
        painter.drawLine(QPointF(x(0), middle), QPointF(x(1), middle))
        for end in (0.0, 0.5, 1.0):
            painter.drawLine(QPointF(x(end), middle - 2), QPointF(x(end), middle + 2))
        painter.setPen(QPen(QColor(self._theme.colours.accent), 2))
        painter.drawLine(QPointF(x(found.low), middle), QPointF(x(found.high), middle))
        for bound in (found.low, found.high):
            painter.drawLine(QPointF(x(bound), middle - arm), QPointF(x(bound), middle + arm))
        painter.setBrush(QColor(self._theme.colours.accent))
        painter.drawEllipse(QPointF(x(found.value), middle), arm * 0.8, arm * 0.8)
        painter.restore()


class ForkPage(QWidget):
    """Signals up, setters down.

    Signals
    -------
    opened, compared, origin, copied, stopped, closed
        What the person asked for; `opened` carries a ContinuationRow, `compared` a list of them.
    """

    opened = Signal(object)
    compared = Signal(list)
    origin = Signal()
    copied = Signal()
    stopped = Signal()
    closed = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.title, self.sentence, self.note = Elided(1), Elided(2, muted=True), Banner()
        self.badge = QLabel("simulated")
        self.badge.setProperty("role", "badge")
        self.variants, self.table = DenseTable("Variants"), DenseTable("Continuations")
        self._variants, self._rows = TableModel(VARIANTS), TableModel(CONTINUATIONS)
        self.variants.setModel(self._variants)
        self.table.setModel(self._rows)
        self.variants.setItemDelegateForColumn(DRAWN, IntervalDelegate(theme, self.variants))
        self.table.setSortingEnabled(True)
        self.table.horizontalHeader().setSortIndicator(-1, Qt.SortOrder.AscendingOrder)
        self.stop_button = QPushButton("&Stop")
        self._lay_out()
        self.table.opened.connect(self._open)
        self.stop_button.clicked.connect(self.stopped)

    def show_waiting(self) -> None:
        """Nothing is there yet."""
        self.title.set_text(READING)
        self.sentence.set_text("")
        self.note.say("")
        self._variants.set_rows([])
        self._rows.set_rows([])
        self.stop_button.hide()
        self.badge.hide()

    def show_problem(self, sentence: str) -> None:
        """Why there is nothing."""
        self.title.set_text(f"{sentence[:1].upper()}{sentence[1:]}")

    def show_fork(self, shown: ShownFork, *, blind: bool) -> None:
        """Another fork, or more of the same one."""
        font = self.title.font()
        font.setBold(True)
        self.title.setFont(font)
        self.title.set_text(shown.title)
        self.sentence.set_text(shown.sentence if not blind else shown.sentence.partition(" The rollout itself")[0])
        self.note.say("; ".join(shown.notes))
        self.badge.setVisible(shown.result.simulated)
        self.stop_button.setVisible(shown.under_way)
        hidden = blind or shown.under_way
        for column in (1, DRAWN, 3, 4, 5):
            self.variants.setColumnHidden(column, hidden)
        for column in (2, 3):
            self.table.setColumnHidden(column, blind)
        self._variants.set_rows(shown.variants)
        self._fit_variants()
        self._rows.set_rows(shown.continuations)
        if not self.table.currentIndex().isValid() and shown.continuations:
            self.table.setCurrentIndex(self._rows.index(0, 0))

    def chosen(self) -> list[ContinuationRow]:
        """The continuations that are selected, in the order shown."""
        rows = sorted(index.row() for index in self.table.selectionModel().selectedRows())
        return [self._rows.row(self._rows.index(row, 0)) for row in rows]

    def shown_variants(self) -> list[VariantRow]:
        """What the upper table shows."""
        return self._variants.rows()

    def redraw(self) -> None:
        """Other colours."""
        self.variants.viewport().update()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """Esc leaves the page."""
        if event.key() == Qt.Key.Key_Escape:
            self.closed.emit()
        else:
            super().keyPressEvent(event)

    def open_current(self) -> None:
        """The continuation the keyboard is at."""
        if self.table.currentIndex().isValid():
            self._open(self.table.currentIndex())

    def _open(self, index: QModelIndex) -> None:
        self.opened.emit(self._rows.row(index))

    def _compare(self) -> None:
        self.compared.emit(self.chosen())

    def _fit_variants(self) -> None:
        """As high as its rows, up to a handful; the rest is for the continuations."""
        rows = min(max(self._variants.rowCount(), 1), MOST_VARIANTS)
        each, bar = self.variants.verticalHeader().defaultSectionSize(), self.variants.horizontalScrollBar()
        above = self.variants.horizontalHeader().sizeHint().height()
        self.variants.setFixedHeight(above + rows * each + bar.sizeHint().height() + 2 * self.variants.frameWidth())

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.addWidget(self.title, 1)
        head.addWidget(self.badge)
        head.addWidget(self.stop_button)
        for text, tip, signal in (
            ("Open", "Open the continuation in the player (Enter)", self.open_current),
            (
                "Compare",
                "Compare the chosen continuations; a single one with the rollout that was forked (Shift+F)",
                self._compare,
            ),
            ("Origin", "Open the rollout that was forked, at that step", self.origin.emit),
            ("Copy", "Copy as Markdown", self.copied.emit),
            ("Back", "Back to the steps (Esc)", self.closed.emit),
        ):
            button = QPushButton(text)
            button.setToolTip(tip)
            button.setAutoDefault(False)
            button.clicked.connect(lambda _checked=False, signal=signal: signal())
            head.addWidget(button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(6, 6, 6, 4)
        layout.setSpacing(4)
        layout.addLayout(head)
        layout.addWidget(self.sentence)
        layout.addWidget(self.note)
        layout.addWidget(self.variants)
        layout.addWidget(self.table, 1)
        self.variants.fit_columns([26, 18, 22, 26, 32, 17, 14, 24, 24])
        self.table.fit_columns([6, 34, 11, 11, 8, 10, 12])
        self.setFocusProxy(self.table)
