"""From which cosine on items are compared, and how well that tells duplicates as far as it was measured."""

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QDoubleSpinBox, QHBoxLayout, QLabel, QSlider, QVBoxLayout, QWidget

from rb_studio.gui.rooms.memories.texts import sentence

if TYPE_CHECKING:
    from rb_studio.analysis.intervals import Estimate

FROM, TO = 50, 100
DEFAULT = 0.85


class Threshold(QWidget):
    """A slider and its number, with what is measured at that point beside.

    Signals
    -------
    changed
        Another cosine.
    """

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._embedder = ""
        self.least = QDoubleSpinBox(minimum=FROM / 100, maximum=TO / 100, singleStep=0.01, value=DEFAULT, decimals=2)
        self.least.setAccessibleName("Least cosine")
        self.least.setMinimumWidth(self.fontMetrics().averageCharWidth() * 9)
        self.least.setToolTip("Items are compared from this cosine on; below 0.95 their words must overlap too")
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setRange(FROM, TO)
        self.slider.setValue(round(DEFAULT * 100))
        self.slider.setAccessibleName("Least cosine, coarse to fine")
        self.slider.setPageStep(5)
        self.measured = QLabel(textFormat=Qt.TextFormat.PlainText)
        self.measured.setWordWrap(True)
        self._lay_out()
        self.slider.valueChanged.connect(self._slid)
        self.least.valueChanged.connect(self._set)

    def value(self) -> float:
        """The least cosine."""
        return round(self.least.value(), 2)

    def show_embedder(self, identity: str) -> None:
        """Whose vectors are compared: what was measured of another model says nothing."""
        self._embedder = identity
        self._tell()

    def _slid(self, value: int) -> None:
        self.least.setValue(value / 100)

    def _set(self, value: float) -> None:
        self.slider.setValue(round(value * 100))
        self._tell()
        self.changed.emit()

    def _tell(self) -> None:
        if self._embedder:
            from rb_studio.jobs.operating_point import described

            self.measured.setText(point_told(self._embedder, self.value()))
            self.measured.setToolTip(sentence(described(self._embedder, self.value())))

    def _lay_out(self) -> None:
        label = QLabel("&Least cosine")
        label.setBuddy(self.least)
        line = QHBoxLayout()
        line.addWidget(label)
        line.addWidget(self.least)
        line.addWidget(self.slider, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addLayout(line)
        layout.addWidget(self.measured)


def point_told(embedder: str, cosine: float) -> str:
    """The operating point in a line; for a model that was not measured just that."""
    from rb_studio.jobs.operating_point import shipped

    table = shipped()
    if embedder != table.embedder:
        return f"Not measured for {embedder}: how many are wrong or missed at {cosine:.2f} is unknown."
    point = table.at(cosine)
    of = f"of {sum(table.pairs.values())} labelled pairs"
    if point.precision is None or point.recall is None:
        return f"Measured at {cosine:.2f}: none {of} is found."
    return f"Measured at {cosine:.2f}: precision {_percent(point.precision)}, recall {_percent(point.recall)}, {of}."


def _percent(rate: "Estimate") -> str:
    return f"{100 * rate.value:.0f} % ({100 * rate.low:.0f}\u2013{100 * rate.high:.0f})"
