"""The line over a figure: which one of its tab, over which axis, whose success, and how it is drawn."""

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QComboBox, QHBoxLayout, QLabel, QWidget

from rb_studio.gui.rooms.scaling.figures import FIGURES, OVER, TAB_OF
from rb_studio.gui.rooms.scaling.options import BOTH, TRUTHS, Options
from rb_studio.gui.widgets.flow import FlowLayout
from rb_studio.jobs.curves import AXES, JUDGED, TRUE
from rb_studio.records.recipe import CURVES, OF_ONE_K

AXIS_WORDS = {"k": "rollouts (k)", "tokens": "tokens", "cost": "cost", "time": "time"}
TRUTH_WORDS = {TRUE: "true", JUDGED: "judged", BOTH: "true and judged"}
SWITCHES = {
    "log2": ("Doubling axis", "The horizontal axis doubles from tick to tick"),
    "panels": ("Side by side", "A panel for each memory and scaling, on axes they share"),
    "paper": ("Paper", "What the paper reports, as open grey marks: nothing that was measured here"),
}


class FigureBar(QWidget):
    """Only what applies to the figure in front is there.

    Signals
    -------
    figure_chosen
        Another figure of the tab; carries its name.
    chosen
        Another option; carries its name in `Options` and its value.
    """

    figure_chosen = Signal(str)
    chosen = Signal(str, object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.figure, self.axis, self.k, self.truth = _combo(18), _combo(8), _combo(2), _combo(9)
        for axis in AXES:
            self.axis.addItem(AXIS_WORDS[axis], axis)
        for truth in TRUTHS:
            self.truth.addItem(TRUTH_WORDS[truth], truth)
        self.switches = {name: _switch(*words) for name, words in SWITCHES.items()}
        labelled = (("Fig&ure", self.figure), ("&over", self.axis), ("with &k", self.k), ("success", self.truth))
        self._pairs = {box: _pair(text, box) for text, box in labelled}
        layout = FlowLayout(self, 12)
        for widget in (*self._pairs.values(), *self.switches.values()):
            layout.addWidget(widget)
        self.figure.activated.connect(self._choose_figure)
        self.axis.activated.connect(self._choose_axis)
        self.k.activated.connect(self._choose_k)
        self.truth.activated.connect(self._choose_truth)
        for switch in self.switches.values():
            switch.clicked.connect(self._switch)

    def set_figure(self, name: str) -> None:
        """Show what applies to this figure."""
        figures = TAB_OF[name].figures
        if [self.figure.itemData(row) for row in range(self.figure.count())] != list(figures):
            self.figure.clear()
            for figure in figures:
                self.figure.addItem(FIGURES[figure].title, figure)
        self.figure.setCurrentIndex(self.figure.findData(name))
        shown = {
            self.figure: len(figures) > 1,
            self.axis: name in OVER,
            self.k: name in OF_ONE_K,
            self.truth: name == CURVES,
        }
        for box, there in shown.items():
            self._pairs[box].setVisible(there)
        self.switches["log2"].setVisible(name in OVER)
        self.switches["paper"].setVisible(name == CURVES)

    def set_options(self, options: Options, ks: Sequence[int], k: int) -> None:
        """Show the options, and the numbers of rollouts there are."""
        self.axis.setCurrentIndex(self.axis.findData(options.x))
        if [self.k.itemData(row) for row in range(self.k.count())] != list(ks):
            self.k.clear()
            for one in ks:
                self.k.addItem(str(one), one)
        self.k.setCurrentIndex(self.k.findData(k))
        self.truth.setCurrentIndex(self.truth.findData(options.truth))
        for name, switch in self.switches.items():
            switch.setChecked(getattr(options, name))
        paper = self.switches["paper"]
        paper.setEnabled(options.x == "k")
        over = "" if options.x == "k" else ": it gives its figures over k only"
        paper.setToolTip(f"{SWITCHES['paper'][1]}{over}")

    def stops(self) -> list[QWidget]:
        """What the keyboard can go to first."""
        for box, pair in self._pairs.items():
            if not pair.isHidden():
                return [box]
        return [self.switches["panels"]]

    def _choose_figure(self, place: int) -> None:
        self.figure_chosen.emit(self.figure.itemData(place))

    def _choose_axis(self, place: int) -> None:
        self.chosen.emit("x", self.axis.itemData(place))

    def _choose_k(self, place: int) -> None:
        self.chosen.emit("k", self.k.itemData(place))

    def _choose_truth(self, place: int) -> None:
        self.chosen.emit("truth", self.truth.itemData(place))

    def _switch(self, _checked: bool) -> None:
        for name, switch in self.switches.items():
            if switch is self.sender():
                self.chosen.emit(name, switch.isChecked())


def _combo(characters: int) -> QComboBox:
    made = QComboBox()
    made.setMinimumContentsLength(characters)
    made.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
    return made


def _switch(text: str, tip: str) -> QCheckBox:
    made = QCheckBox(text)
    made.setToolTip(tip)
    return made


def _pair(text: str, box: QComboBox) -> QWidget:
    """A box with its label, which go to the next line together."""
    made = QWidget()
    layout = QHBoxLayout(made)
    layout.setContentsMargins(0, 0, 0, 0)
    label = QLabel(text)
    label.setBuddy(box)
    box.setAccessibleName(text.replace("&", ""))
    layout.addWidget(label)
    layout.addWidget(box)
    return made
