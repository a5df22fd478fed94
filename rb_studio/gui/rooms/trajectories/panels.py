"""The panels of the room, put together; in a narrow window one side at a time."""

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QLabel, QSplitter, QStackedWidget, QVBoxLayout, QWidget

from rb_studio.gui.rooms.trajectories.details_panel import DetailsPanel
from rb_studio.gui.rooms.trajectories.find_bar import FindBar
from rb_studio.gui.rooms.trajectories.list_panel import ListPanel
from rb_studio.gui.rooms.trajectories.scrub_bar import ScrubBar
from rb_studio.gui.rooms.trajectories.step_panel import StepPanel
from rb_studio.gui.rooms.trajectories.transport import Transport
from rb_studio.gui.theme import Theme

NARROW = 125
WAITING = "Nothing is stored yet: the first step appears here."


class Panels(QWidget):
    """List, step and details beside each other; find, scrub bar and transport below."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.list = ListPanel(theme)
        self.step = StepPanel(theme)
        self.details = DetailsPanel(theme)
        self.find_bar = FindBar()
        self.scrub = ScrubBar(theme)
        self.transport = Transport(theme)
        self._narrow: bool | None = None
        self._split = QSplitter()
        self._split.setChildrenCollapsible(False)
        self._centre, self._waiting = QStackedWidget(), QLabel(WAITING, alignment=Qt.AlignmentFlag.AlignCenter)
        self._waiting.setProperty("role", "muted")
        self._waiting.setWordWrap(True)
        self._centre.addWidget(self.step)
        self._centre.addWidget(self._waiting)
        wide = self.fontMetrics().averageCharWidth()
        sides: tuple[tuple[QWidget, int, int], ...] = ((self.list, 28, 2), (self._centre, 44, 5), (self.details, 26, 2))
        for place, (panel, least, stretch) in enumerate(sides):
            self._split.addWidget(panel)
            panel.setMinimumWidth(wide * least)
            self._split.setStretchFactor(place, stretch)
        self._split.setSizes([wide * 54, wide * 84, wide * 40])
        bottom = QVBoxLayout()
        bottom.setContentsMargins(6, 0, 6, 4)
        bottom.setSpacing(2)
        below: tuple[QWidget, ...] = (self.find_bar, self.scrub, self.transport)
        for widget in below:
            bottom.addWidget(widget)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addWidget(self._split, 1)
        layout.addLayout(bottom)

    @property
    def list_shown(self) -> bool:
        return self.list.isVisibleTo(self)

    @property
    def details_shown(self) -> bool:
        return self.details.isVisibleTo(self)

    def show_list(self, on: bool) -> None:
        """With or without the list; in a narrow window the other side makes room for it."""
        self.list.setVisible(on)
        if on and self._narrow:
            self.details.hide()

    def show_details(self, on: bool) -> None:
        """With or without verdict and memory."""
        self.details.setVisible(on)
        if on and self._narrow:
            self.list.hide()

    def show_waiting(self, on: bool) -> None:
        """A word in place of the step, while what is asked for has none."""
        self._centre.setCurrentWidget(self._waiting if on else self.step)

    def kept(self) -> dict[str, Any]:
        return {
            "list": self.list.kept(),
            "centre": self.step.kept(),
            "panes": self._split.sizes(),
            "details": self.details_shown,
            "shown": self.list_shown,
            "speed": self.transport.speed.currentText(),
        }

    def restore(self, kept: Mapping[str, Any]) -> None:
        self.list.restore(as_mapping(kept.get("list")))
        self.step.restore(dict(as_mapping(kept.get("centre"))))
        sizes = [int(size) for size in kept.get("panes", [])]
        if len(sizes) == self._split.count() and any(sizes):
            self._split.setSizes(sizes)
        self.list.setVisible(bool(kept.get("shown", True)))
        self.details.setVisible(bool(kept.get("details", True)))
        self.transport.speed.setCurrentText(str(kept.get("speed", self.transport.speed.currentText())))

    def redraw(self) -> None:
        """Everything drawn from colours, in other ones."""
        self.step.redraw()
        self.details.redraw()
        self.transport.redraw()
        self.scrub.update()
        self.list.redraw()

    def stop(self) -> None:
        """No clock runs any more."""
        self.transport.stop()
        self.list.stop()
        self.step.stop()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """Where there is no room for three panes the right one steps back."""
        super().resizeEvent(event)
        narrow = self.width() < self.fontMetrics().averageCharWidth() * NARROW
        if narrow != self._narrow:
            first = self._narrow is None
            self._narrow = narrow
            if narrow and self.list_shown:
                self.details.hide()
            elif not narrow and not first:
                self.list.show()
                self.details.show()

    def focus_list(self) -> None:
        """The keyboard into the list."""
        self.list.table.setFocus(Qt.FocusReason.OtherFocusReason)


def as_mapping(value: Any) -> Mapping[str, Any]:
    """What was kept, nothing where it is no mapping."""
    return value if isinstance(value, Mapping) else {}
