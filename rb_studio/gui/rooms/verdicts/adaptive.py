"""Three parts of a room: beside each other where there is room, as tabs where there is not."""

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QSplitter, QStackedWidget, QTabWidget, QWidget

NARROW = 130
UPPER = 24
LEFT = 11  # lines that the second part keeps while the first is favoured


class Adaptive(QStackedWidget):
    """The first part over the second at the left, the third at the right; or a tab each.

    Every part comes with its title and the widget in it at which the keyboard starts.

    Signals
    -------
    turned
        Another part is in front, or they stand otherwise; carries the widget at which the keyboard starts now.
    """

    turned = Signal(QWidget)

    def __init__(self, parts: Sequence[tuple[str, QWidget, QWidget]], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._parts = [(title, part) for title, part, _ in parts]
        self._starts = [start for _, _, start in parts]
        for _, part in self._parts:
            part.setParent(self)
        self._left = QSplitter(Qt.Orientation.Vertical)
        self._wide = QSplitter(Qt.Orientation.Horizontal)
        self._wide.addWidget(self._left)
        self._tabs = QTabWidget()
        self._tabs.setDocumentMode(True)
        for splitter in (self._left, self._wide):
            splitter.setChildrenCollapsible(False)
        self.addWidget(self._wide)
        self.addWidget(self._tabs)
        self._tabs.currentChanged.connect(self._tell)
        self._narrow: bool | None = None
        self._held = self._favoured = False
        self._kept: dict[str, list[int]] = {}

    @property
    def narrow(self) -> bool:
        """True when the parts are tabs."""
        return bool(self._narrow)

    def bring(self, part: int) -> None:
        """Bring a part to the front, with the keyboard, where they are tabs."""
        if self.narrow:
            self._tabs.setCurrentIndex(part)
            self._starts[part].setFocus(Qt.FocusReason.OtherFocusReason)

    def sizes(self) -> dict[str, list[int]]:
        """The splitters' sizes as plain JSON."""
        if not self.narrow and self._narrow is not None and not self._held:
            self._kept = {"across": self._wide.sizes(), "upright": self._left.sizes()}
        return self._kept

    def hold(self, on: bool) -> None:
        """While a part is smaller than anybody made it, sizes stay as they were before, and come back after."""
        self.sizes()
        self._held = on
        if not on and self._narrow is False:
            self._set_sizes()

    def favour(self, on: bool) -> None:
        """Give the first part most of the height of the second, or sizes as they were before."""
        if on == self._favoured:
            return
        self._favoured = on
        self.hold(on)
        if on and self._narrow is False:
            high, line = sum(self._left.sizes()), self.fontMetrics().height()
            first = max(self._left.sizes()[0], high - LEFT * line)
            self._left.setSizes([first, high - first])

    def restore(self, kept: object) -> None:
        """Sizes as `sizes` gave them."""
        if isinstance(kept, dict):
            sizes = {name: kept.get(name) for name in ("across", "upright")}
            self._kept = {
                name: [int(one) for one in value]
                for name, value in sizes.items()
                if isinstance(value, list) and len(value) == 2 and any(value)
            }

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """Rearrange when the width crosses the border."""
        super().resizeEvent(event)
        narrow = self.width() < self.fontMetrics().averageCharWidth() * NARROW
        if narrow != self._narrow:
            self.sizes()
            self._narrow = narrow
            (self._as_tabs if narrow else self._side_by_side)()
            self._tell()

    def minimumSizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """As small as one part: the others go behind tabs."""
        one = self.fontMetrics()
        return QSize(one.averageCharWidth() * 60, one.height() * 20)

    def _tell(self, _place: int = 0) -> None:
        """Side by side the keyboard starts in the second part, the list."""
        place = self._tabs.currentIndex() if self.narrow else 1
        if place >= 0:
            self.turned.emit(self._starts[place])

    def _as_tabs(self) -> None:
        for title, part in self._parts:
            self._tabs.addTab(part, title)
        self.setCurrentWidget(self._tabs)

    def _side_by_side(self) -> None:
        first, second, third = (part for _, part in self._parts)
        self._left.addWidget(first)
        self._left.addWidget(second)
        self._wide.addWidget(third)
        for part in (first, second, third):
            part.show()
        self.setCurrentWidget(self._wide)
        self._set_sizes()

    def _set_sizes(self) -> None:
        width, height = self.width(), self.height()
        line = self.fontMetrics().height()
        self._wide.setSizes(self._kept.get("across") or [width * 66 // 100, width * 34 // 100])
        self._left.setSizes(self._kept.get("upright") or [line * UPPER, max(line, height - line * UPPER)])
