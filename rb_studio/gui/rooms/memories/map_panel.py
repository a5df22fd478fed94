"""The map of a bank among its tools: how it is made, what colours mean, what is gathered."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QComboBox, QLabel, QPushButton, QVBoxLayout, QWidget

from rb_studio.gui.plots.ink import screen_ink
from rb_studio.gui.rooms.memories.map_draw import SIGNS
from rb_studio.gui.rooms.memories.map_view import Later, MapView
from rb_studio.gui.rooms.memories.panel import Panel
from rb_studio.gui.rooms.memories.texts import escaped, sentence
from rb_studio.gui.theme import Theme
from rb_studio.gui.widgets.flow import FlowLayout
from rb_studio.jobs.map import SENTENCE

BY = (("state", "state"), ("what it was learned from", "polarity"), ("theme", "theme"))


class MapPanel(Panel):
    """Shows a map and its legend.

    Signals
    -------
    draw_asked
        Carries the method.
    stop_asked
    colours_asked
        Points are to be coloured by something else; carries what.
    """

    draw_asked = Signal(str)
    stop_asked = Signal()
    colours_asked = Signal(str)

    def __init__(self, theme: Theme, later: Later, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._busy = False
        self._names: Sequence[tuple[str, int]] = ()
        self.method = QComboBox()
        self.method.setAccessibleName("How the map is made")
        self.method.addItem("PCA", "pca")
        self.by = QComboBox()
        self.by.setAccessibleName("Coloured by")
        for title, name in BY:
            self.by.addItem(title, name)
        self.button = QPushButton("Draw again")
        self.view = MapView(theme, later)
        self.legend = QLabel(textFormat=Qt.TextFormat.RichText)
        self.legend.setWordWrap(True)
        self.status = QLabel(textFormat=Qt.TextFormat.PlainText)
        self.status.setWordWrap(True)
        self.sentence = QLabel(SENTENCE, textFormat=Qt.TextFormat.PlainText)
        self.sentence.setWordWrap(True)
        self.sentence.setProperty("role", "muted")
        self._lay_out()
        self.button.clicked.connect(self.draw)
        self.method.activated.connect(self._again)
        self.by.activated.connect(self._recoloured)
        theme.changed.connect(self._show_legend)

    def offer_umap(self) -> None:
        """The package is installed."""
        if self.method.findData("umap") < 0:
            self.method.addItem("UMAP (slow)", "umap")

    def draw(self) -> None:
        """Draw anew; while that goes on, stop it."""
        if self._busy:
            self.stop_asked.emit()
        else:
            self.draw_asked.emit(self.method.currentData())

    def show_busy(self, text: str) -> None:
        """The button stops it."""
        self._busy = True
        self.button.setText("Stop")
        self.status.setText(text)

    def show_ready(self, text: str, lacking: int = 0) -> None:
        """Nothing goes on; so many items lack the vector they would be drawn by."""
        self._busy = False
        self.button.setText(f"Embed {lacking:,} and draw" if lacking else "Draw again")
        self.status.setText(text)

    def show_wrong(self, text: str) -> None:
        """Say why there is no map."""
        self.show_ready(f"\u26a0 {sentence(text)}")

    def show_sentence(self, text: str) -> None:
        """What the map can say and what not."""
        self.sentence.setText(text)

    def show_legend(self, names: Sequence[tuple[str, int]]) -> None:
        """What marker and colour mean, with how many there are of each."""
        self._names = names
        self._show_legend()

    def _show_legend(self) -> None:
        arms = screen_ink(self._theme.colours, dark=self._theme.dark).arms
        signs = [
            f'<span style="color:{arms[place % len(arms)]}">{SIGNS[place % len(SIGNS)]}</span>\u00a0'
            f"{escaped(name)}\u00a0({count:,})"
            for place, (name, count) in enumerate(self._names)
            if count
        ]
        self.legend.setText(" &nbsp; ".join(signs))

    def _again(self, _place: int) -> None:
        if not self._busy:
            self.draw()

    def _recoloured(self, _place: int) -> None:
        self.colours_asked.emit(self.by.currentData())

    def _lay_out(self) -> None:
        line = FlowLayout(gap=self.fontMetrics().averageCharWidth())
        label = QLabel("&Colours")
        label.setBuddy(self.by)
        for widget in (label, self.by, self.method, self.button):
            line.addWidget(widget)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(6, 6, 0, 0)
        layout.addLayout(line)
        layout.addWidget(self.legend)
        layout.addWidget(self.view, 1)
        layout.addWidget(self.status)
        layout.addWidget(self.sentence)
