"""What the lines of the figure stand for: a piece of each before its name."""

from collections.abc import Sequence

from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from rb_studio.gui.plots.ink import dashes, line_icon, screen_ink
from rb_studio.gui.theme import Theme
from rb_studio.jobs.figure_words import METRIC_NAMES


class Key(QWidget):
    """One metric beside the other, drawn anew in other colours."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._metrics: tuple[str, ...] = ()
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.addStretch(1)
        theme.changed.connect(self._draw)

    def show_metrics(self, metrics: Sequence[str]) -> None:
        """Tell these, each once, in their order."""
        found = tuple(dict.fromkeys(metrics))
        if found != self._metrics:
            self._metrics = found
            self._draw()

    @property
    def told(self) -> list[str]:
        """Names of the lines, as shown."""
        return [label.text() for label in self.findChildren(QLabel) if label.text()]

    def _draw(self) -> None:
        for label in self.findChildren(QLabel):
            label.setParent(None)
            label.deleteLater()
        ink, size = screen_ink(self._theme.colours, dark=self._theme.dark), self.fontMetrics().height()
        for place, metric in enumerate(self._metrics):
            sample, name = QLabel(), QLabel(METRIC_NAMES[metric])
            sample.setPixmap(line_icon(ink, None, dashes(metric), size).pixmap(size * 2, size))
            self._row.insertWidget(2 * place, sample)
            self._row.insertWidget(2 * place + 1, name)
