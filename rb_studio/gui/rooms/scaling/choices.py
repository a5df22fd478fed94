"""Which arms and which metrics are drawn; the lists are the figure's legend."""

from collections.abc import Collection, Sequence

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QLabel, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from rb_studio.gui.plots.ink import JUDGED, dashes, line_icon, screen_ink
from rb_studio.gui.plots.looks import place_of
from rb_studio.gui.plots.names import METRIC_NAMES
from rb_studio.gui.theme import Theme

KEY = Qt.ItemDataRole.UserRole
CHECKED, UNCHECKED = Qt.CheckState.Checked, Qt.CheckState.Unchecked


class Choices(QWidget):
    """Two lists with check boxes; Space switches, like a click.

    Signals
    -------
    arm_shown, metric_shown
        Something was switched; carry its name and whether it is to be drawn.
    """

    arm_shown = Signal(str, bool)
    metric_shown = Signal(str, bool)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._arms: Sequence[str] = ()
        self._metrics: list[str] = []
        self._hidden: set[str] = set()
        self._arm_list, arm_label = _list("&Arms", "Arms drawn")
        self._metric_list, metric_label = _list("&Lines", "Metrics drawn")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(arm_label)
        layout.addWidget(self._arm_list, 3)
        layout.addWidget(metric_label)
        self._metric_label = metric_label
        layout.addWidget(self._metric_list, 2)
        self._arm_list.itemChanged.connect(self._arm_changed)
        self._metric_list.itemChanged.connect(self._metric_changed)
        self.setMinimumWidth(self.fontMetrics().averageCharWidth() * 20)
        theme.changed.connect(self._tint)

    def set_arms(self, arms: Sequence[str], hidden: Collection[str]) -> None:
        """Offer these arms, each with the colour of its place."""
        self._arms = arms
        _fill(self._arm_list, [(arm, arm) for arm in arms], hidden)
        self._tint_list(self._arm_list, arms)

    def set_metrics(self, metrics: Sequence[str], hidden: Collection[str]) -> None:
        """Offer these metrics."""
        self._metrics = list(metrics)
        _fill(self._metric_list, [(name, METRIC_NAMES[name]) for name in metrics], hidden)
        self._tint_list(self._metric_list, self._metrics)

    def show_metrics(self, shown: bool) -> None:
        """Comparisons have no lines to choose."""
        self._metric_label.setVisible(shown)
        self._metric_list.setVisible(shown)

    def offer(self, actions: Sequence[QAction]) -> None:
        """Commands of the arms' context menu."""
        self._arm_list.addActions(actions)
        self._arm_list.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)

    @property
    def current_arm(self) -> str | None:
        """The arm the keyboard is at."""
        item = self._arm_list.currentItem()
        return None if item is None else str(item.data(KEY))

    @property
    def lists(self) -> list[QListWidget]:
        """What the keyboard can go to."""
        return [self._arm_list, *([] if self._metric_list.isHidden() else [self._metric_list])]

    def arm_item(self, place: int) -> QListWidgetItem:
        """One arm's line."""
        return self._arm_list.item(place)

    def metric_item(self, place: int) -> QListWidgetItem:
        """One metric's line."""
        return self._metric_list.item(place)

    def _tint(self) -> None:
        self._tint_list(self._arm_list, self._arms)
        self._tint_list(self._metric_list, self._metrics)

    def _tint_list(self, list_: QListWidget, names: Sequence[str]) -> None:
        ink = screen_ink(self._theme.colours, dark=self._theme.dark)
        size = self.fontMetrics().height()
        list_.blockSignals(True)
        list_.setIconSize(QSize(2 * size, size))
        for place, name in enumerate(names):
            arm = place_of(self._arms, name) if list_ is self._arm_list else None
            style = Qt.PenStyle.SolidLine if arm is not None else dashes(name)
            list_.item(place).setIcon(line_icon(ink, arm, style, size, judged=name in JUDGED and arm is None))
        list_.blockSignals(False)

    def _arm_changed(self, item: QListWidgetItem) -> None:
        self.arm_shown.emit(item.data(KEY), item.checkState() == CHECKED)

    def _metric_changed(self, item: QListWidgetItem) -> None:
        self.metric_shown.emit(item.data(KEY), item.checkState() == CHECKED)


def _list(title: str, name: str) -> tuple[QListWidget, QLabel]:
    made = QListWidget()
    made.setAccessibleName(name)
    made.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    made.setWordWrap(True)
    made.setTextElideMode(Qt.TextElideMode.ElideNone)
    made.setMinimumHeight(made.fontMetrics().height() * 4)
    label = QLabel(title)
    label.setProperty("role", "section")
    label.setBuddy(made)
    return made, label


def _fill(list_: QListWidget, entries: Sequence[tuple[str, str]], hidden: Collection[str]) -> None:
    """Bring a list up to date without touching what is the same: the keyboard may be in it."""
    list_.blockSignals(True)
    same = [list_.item(row).data(KEY) for row in range(list_.count())] == [key for key, _ in entries]
    if not same:
        current = list_.currentItem()
        reader = current.data(KEY) if current is not None else None
        list_.clear()
        for key, text in entries:
            item = QListWidgetItem(text)
            item.setData(KEY, key)
            item.setToolTip(text)
            item.setFlags(item.flags() | Qt.ItemFlag.ItemIsUserCheckable)
            list_.addItem(item)
            if key == reader:
                list_.setCurrentItem(item)
    for row in range(list_.count()):
        item = list_.item(row)
        item.setCheckState(UNCHECKED if item.data(KEY) in hidden else CHECKED)
    list_.blockSignals(False)
    list_.viewport().update()
