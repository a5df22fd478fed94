"""The table of verdicts beside truths, and what it says about the judge."""

from collections.abc import Mapping, Sequence
from functools import partial

from PySide6.QtCore import QLocale, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QPushButton, QSplitter, QVBoxLayout, QWidget

from rb_studio.gui.dialogs.choosing import note
from rb_studio.gui.rooms.verdicts.matrix import GIVEN_NONE, Matrix
from rb_studio.gui.rooms.verdicts.rates import RatesPanel
from rb_studio.gui.rooms.verdicts.reading import PAIRS, Report, third_of
from rb_studio.gui.theme import Theme
from rb_studio.gui.widgets.own_keys import OwnKeysCombo
from rb_studio.store.verdict_reads import NONE, SIDES, Cell

SIDE_BY_SIDE = 118
TALLEST = (1 << 24) - 1
HIDDEN = "You judge blind: what judge and truth say is hidden until you end it (H)."
REPEATED = (
    "Arms under one seed begin alike: the model was asked the same and answered the same. Such rollouts are one draw; "
    "counting each would make the intervals narrower than they are."
)


class Overview(QWidget):
    """Signals
    -------
    pair_chosen
        Two other sides; carries their name.
    third_chosen
        What the side that is not compared is to say; carries it, empty for anything.
    left_out_asked
        Rollouts that are in no cell are to be listed: with True those that repeat a draw, with False those that a
        fault cut short.
    """

    pair_chosen = Signal(str)
    left_out_asked = Signal(bool)
    third_chosen = Signal(str)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.matrix = Matrix(theme)
        self.rates = RatesPanel(theme)
        self.pairs = OwnKeysCombo()
        self.pairs.setAccessibleName("What is compared")
        for pair in PAIRS:
            self.pairs.addItem(pair.capitalize(), pair)
        self.third = OwnKeysCombo()
        self.third.setMinimumContentsLength(12)
        self.third.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self._axes = QLabel()
        self._axes.setProperty("role", "muted")
        self._notes = QLabel()
        self._notes.setProperty("role", "muted")
        self._notes.setWordWrap(True)
        self._hidden = note()
        self._hidden.setText(HIDDEN)
        self._hidden.hide()
        self._buttons = QWidget()
        self._repeated = QPushButton("List repeats")
        self._cut_short = QPushButton("List cut short")
        self._split = QSplitter(Qt.Orientation.Horizontal)
        self._split.addWidget(self.matrix)
        self._split.addWidget(self.rates)
        self._split.setChildrenCollapsible(False)
        top, bottom, buttons = QHBoxLayout(), QHBoxLayout(), QHBoxLayout(self._buttons)
        buttons.setContentsMargins(0, 0, 0, 0)
        top.addWidget(self.pairs)
        top.addWidget(self.third)
        top.addWidget(self._axes, 1)
        bottom.addWidget(self._notes, 1)
        buttons.addWidget(self._repeated)
        buttons.addWidget(self._cut_short)
        bottom.addWidget(self._buttons)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addLayout(top)
        layout.addWidget(self._hidden)
        layout.addWidget(self._split, 1)
        layout.addLayout(bottom)
        self.pairs.activated.connect(self._choose)
        self.third.activated.connect(self._choose_third)
        self._repeated.clicked.connect(partial(self._ask, True))
        self._cut_short.clicked.connect(partial(self._ask, False))

    def set_blind(self, on: bool) -> None:
        """No figure, and nothing that tells one."""
        for widget in (self.pairs, self.third, self._axes, self._split, self._notes, self._buttons):
            widget.setVisible(not on)
        self._hidden.setVisible(on)
        self.setMaximumHeight(self.fontMetrics().height() * 3 if on else TALLEST)

    def show_report(self, report: Report, cell: Cell) -> None:
        """Counts, rates, and what is not in them."""
        self.pairs.setCurrentIndex(self.pairs.findData(report.pair))
        self._show_third(report)
        rows, columns = report.sides
        self._axes.setText(f"rows: {rows}, columns: {columns}")
        self.matrix.show_report(report, cell.sides if cell.valid and not cell.repeated else {"": ""})
        self.rates.show_rates(report.rates)
        self._notes.setText(_notes(report))
        self._notes.setToolTip(REPEATED if report.repeated else "")
        self._repeated.setVisible(report.repeated > 0)
        self._cut_short.setVisible(report.invalid > 0)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """Side by side where there is room, else one above the other."""
        super().resizeEvent(event)
        wide = self.width() > self.fontMetrics().averageCharWidth() * SIDE_BY_SIDE
        orientation = Qt.Orientation.Horizontal if wide else Qt.Orientation.Vertical
        if orientation != self._split.orientation():
            self._split.setOrientation(orientation)
            small = self.matrix.minimumWidth() if wide else self.matrix.minimumHeight()
            self._split.setSizes([small, max(small, (self.width() if wide else self.height()) - small)])

    def _choose(self, place: int) -> None:
        self.pair_chosen.emit(self.pairs.itemData(place))

    def _choose_third(self, place: int) -> None:
        self.third_chosen.emit(self.third.itemData(place))

    def _show_third(self, report: Report) -> None:
        side = third_of(report.pair)
        entries = [
            (f"any {side}", ""),
            *((f"{side}: {GIVEN_NONE.get(side, value) if value == NONE else value}", value) for value in SIDES[side]),
        ]
        if [self.third.itemText(row) for row in range(self.third.count())] != [text for text, _ in entries]:
            self.third.clear()
            self.third.setAccessibleName(f"Only rollouts of which {side} says")
            for text, value in entries:
                self.third.addItem(text, value)
        self.third.setCurrentIndex(self.third.findData(report.third))

    def _ask(self, repeated: bool, _checked: bool = False) -> None:
        self.left_out_asked.emit(repeated)


def _runs(tainted: Mapping[int, int]) -> str:
    """Which runs, as far as there is room."""
    first = ", ".join(map(str, sorted(tainted)[:6])) + (", \u2026" if len(tainted) > 6 else "")
    return f"run {first} was" if len(tainted) == 1 else f"runs {first} were"


def _notes(report: Report) -> str:
    number = QLocale().toString
    parts: Sequence[str] = [
        f"{number(report.human)} judged by a person",
        f"{number(report.unjudged)} not judged" if report.unjudged else "",
        f"{number(report.repeated)} repeat another arm's draw word for word, counted once" if report.repeated else "",
        f"\u26a0 {_runs(report.tainted)} given memory that a person's verdict contradicts" if report.tainted else "",
        f"{number(report.invalid)} cut short by a fault, in no table" if report.invalid else "",
        f"figures go by {report.whose.told}",
    ]
    return "; ".join(part for part in parts if part)
