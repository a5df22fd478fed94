"""A judge made less certain by two sliders, and best-of-k as it would be then."""

from collections.abc import Sequence

from PySide6.QtCore import QObject, QSignalBlocker, QSize, Qt, Signal
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import (
    QCheckBox,
    QGridLayout,
    QLabel,
    QSlider,
    QSpinBox,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from rb_studio.analysis.noise import Flips
from rb_studio.gui.dialogs.choosing import note
from rb_studio.gui.plots.ink import dashes, line_icon, screen_ink
from rb_studio.gui.plots.looks import Arms, place_of
from rb_studio.gui.rooms.scaling.figure_pane import FigurePane
from rb_studio.gui.rooms.verdicts.noise_key import Key
from rb_studio.gui.theme import Theme
from rb_studio.gui.widgets.table_model import Index
from rb_studio.jobs.streams import arm_name
from rb_studio.records.curve import CurveSet

MOST = 50  # per cent: a judge that is wrong more often is another judge turned round
FIRST = 10
NAMED = (0, 1)
WHAT = (
    "Stored verdicts are flipped by chance and best-of-k is drawn again. Only the selection changes: what memory "
    "learned is as it was. Arms that ran with flipped labels stand as they were measured."
)
NOTHING = (
    "No arm here has several rollouts a task that were drawn apart and have a truth. Run one with parallel scaling and "
    "k above 1, or choose another run or sweep."
)


class NoisePane(FigurePane):
    """The figure above its numbers, which tell the arms apart."""

    hint = "Point at a mark, or walk with the arrow keys, for its numbers."

    def __init__(self, theme: Theme, name: str, parent: QWidget | None = None) -> None:
        super().__init__(theme, name, parent)
        self.table.setItemDelegateForColumn(0, Legend(theme, self))
        theme.changed.connect(self.table.viewport().update)

    @property
    def arms(self) -> Sequence[str]:
        """The arms in their order."""
        return self._arms


class Legend(QStyledItemDelegate):
    """An arm's name behind a piece of its curve."""

    def __init__(self, theme: Theme, pane: NoisePane) -> None:
        super().__init__(pane)
        self._theme, self._pane = theme, pane
        self._icons: dict[tuple[object, ...], QIcon] = {}

    def initStyleOption(self, option: QStyleOptionViewItem, index: Index) -> None:  # noqa: N802 - Qt's name
        """The curve in the arm's colour, with its marker and the dashes of the metric."""
        super().initStyleOption(option, index)
        series, _ = self._pane.model.row(index)
        size = option.fontMetrics.height()
        arm, dark = place_of(self._pane.arms, arm_name(series)), self._theme.dark
        look = (arm, series.metric, size, dark)
        if look not in self._icons:
            ink = screen_ink(self._theme.colours, dark=dark)
            self._icons[look] = line_icon(ink, arm, dashes(series.metric), size)
        option.icon = self._icons[look]
        option.decorationSize = QSize(size * 2, size)
        option.features |= QStyleOptionViewItem.ViewItemFeature.HasDecoration


class Chance(QObject):
    """A rate, by a slider or by its number.

    Signals
    -------
    moved
        The rate is another one.
    """

    moved = Signal()

    def __init__(self, name: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.slider, self.box, self.label = QSlider(Qt.Orientation.Horizontal), QSpinBox(), QLabel(name)
        self.slider.setRange(0, MOST)
        self.slider.setPageStep(5)
        self.slider.setTickInterval(10)
        self.slider.setTickPosition(QSlider.TickPosition.TicksBelow)
        self.slider.setMinimumWidth(parent.fontMetrics().averageCharWidth() * 12)
        self.box.setRange(0, MOST)
        self.box.setSuffix(" %")
        self.box.setKeyboardTracking(False)
        for widget in (self.slider, self.box):
            widget.setAccessibleName(name.replace("&", ""))
            widget.setValue(FIRST)
            widget.valueChanged.connect(self._follow)
        self.label.setBuddy(self.slider)

    @property
    def rate(self) -> float:
        """Between 0 and 1."""
        return self.slider.value() / 100

    def set(self, percent: int) -> None:
        """Another rate, told to nobody."""
        for widget in (self.slider, self.box):
            with QSignalBlocker(widget):
                widget.setValue(percent)

    def _follow(self, percent: int) -> None:
        self.set(percent)
        self.moved.emit()


class NoisePanel(QWidget):
    """Signals
    -------
    flipped
        Verdicts are to be flipped at other rates: `flips` has them.
    """

    flipped = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.passed = Chance("Failures called a s&uccess", self)
        self.missed = Chance("Successes called a fai&lure", self)
        self.alike = QCheckBox("Both al&ike")
        self.alike.setChecked(True)
        self.told = note()
        self.told.setToolTip(WHAT)
        self.told.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.pane = NoisePane(theme, "Best-of-k under a less certain judge")
        self.key = Key(theme)
        form = QGridLayout()
        for row, chance in enumerate((self.passed, self.missed)):
            form.addWidget(chance.label, row, 0)
            form.addWidget(chance.slider, row, 1)
            form.addWidget(chance.box, row, 2)
        form.addWidget(self.alike, 0, 3)
        form.setColumnStretch(1, 1)
        self._controls = QWidget()
        self._controls.setLayout(form)
        form.setContentsMargins(0, 0, 0, 0)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 4, 0, 0)
        layout.addWidget(self.told)
        layout.addWidget(self._controls)
        layout.addWidget(self.key)
        layout.addWidget(self.pane, 1)
        self.passed.moved.connect(self._passed_moved)
        self.missed.moved.connect(self._missed_moved)
        self.alike.toggled.connect(self._passed_moved)
        self.show_arms(0, "")

    @property
    def flips(self) -> Flips:
        """The rates as the sliders stand."""
        return Flips(self.passed.rate, self.missed.rate)

    def show_arms(self, arms: int, source: str) -> None:
        """There is something to draw of these runs, or nothing."""
        self._source = source
        self.told.setText("" if arms else NOTHING)
        for widget in (self._controls, self.key, self.pane):
            widget.setVisible(arms > 0)

    def show_figure(self, curves: CurveSet, looks: Arms, said: Sequence[str] = ()) -> None:
        """Draw it; `said` is told behind its caption."""
        first = not self.pane.curves.series
        self.pane.set_curves(curves, looks)
        self.key.show_metrics([one.metric for one in curves.series])
        if first:
            for column in NAMED:
                self.pane.table.resizeColumnToContents(column)
        told = "; ".join([curves.caption, *said])
        self.told.setText(f"{self._source[:1].upper()}{self._source[1:]}: {told}")

    def keep(self) -> dict[str, object]:
        """The rates as plain JSON."""
        return {"passed": self.passed.slider.value(), "missed": self.missed.slider.value(),
                "alike": self.alike.isChecked()}  # fmt: skip

    def restore(self, kept: dict[str, object]) -> None:
        """Come back to what `keep` gave; what makes no sense is left out."""
        with QSignalBlocker(self.alike):
            self.alike.setChecked(kept.get("alike") is not False)
        for name, chance in (("passed", self.passed), ("missed", self.missed)):
            percent = kept.get(name)
            if isinstance(percent, int) and 0 <= percent <= MOST:
                chance.set(percent)

    def _passed_moved(self) -> None:
        if self.alike.isChecked():
            self.missed.set(self.passed.slider.value())
        self.flipped.emit()

    def _missed_moved(self) -> None:
        if self.alike.isChecked():
            self.passed.set(self.missed.slider.value())
        self.flipped.emit()
