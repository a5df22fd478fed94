"""The panels of the room, put together; in a narrow window one side at a time."""

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QLabel, QSplitter, QStackedWidget, QTabWidget, QVBoxLayout, QWidget

from rb_studio.gui.rooms.trajectories.details_panel import DetailsPanel
from rb_studio.gui.rooms.trajectories.list_panel import ListPanel
from rb_studio.gui.rooms.trajectories.parts import Tab
from rb_studio.gui.rooms.trajectories.scrub_bar import ScrubBar
from rb_studio.gui.rooms.trajectories.step_panel import StepPanel
from rb_studio.gui.rooms.trajectories.transport import Transport
from rb_studio.gui.theme import Theme

NARROW = 125
WAITING = "Nothing is stored yet: the first step appears here."
LIST, STEP, DETAILS = "list", "step", "details"


class Panels(QWidget):
    """List, step and details beside each other; find, scrub bar and transport below. Parts stand among them.

    Signals
    -------
    turned
        Another panel came to the front, or a side came or went.
    """

    turned = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.list = ListPanel(theme)
        self.step = StepPanel(theme)
        self.details = DetailsPanel(theme)
        self.scrub = ScrubBar(theme)
        self.transport = Transport(theme)
        self._narrow: bool | None = None
        self._sides_before, self._sizes_before = (True, True), list[int]()
        self._tabs: dict[str, tuple[Tab, QWidget]] = {}
        self._left, self._side = _tabs("Rollouts"), _tabs("About the rollout")
        self._split = QSplitter()
        self._split.setChildrenCollapsible(False)
        self._centre, self._waiting = QStackedWidget(), QLabel(WAITING, alignment=Qt.AlignmentFlag.AlignCenter)
        self._waiting.setProperty("role", "muted")
        self._waiting.setWordWrap(True)
        self._steps = QStackedWidget()
        self._steps.addWidget(self.step)
        self._steps.addWidget(self._waiting)
        self.add(Tab("left", LIST, "Rollouts"), self.list)
        self.add(Tab("centre", STEP), self._steps)
        self.add(Tab("side", DETAILS, "Outcome"), self.details)
        wide = self.fontMetrics().averageCharWidth()
        sides: tuple[tuple[QWidget, int, int], ...] = ((self._left, 28, 2), (self._centre, 44, 5), (self._side, 26, 2))
        for place, (panel, least, stretch) in enumerate(sides):
            self._split.addWidget(panel)
            panel.setMinimumWidth(wide * least)
            self._split.setStretchFactor(place, stretch)
        self._panes = [wide * 54, wide * 84, wide * 40]
        self._split.setSizes(self._panes)
        self._player = QWidget()
        player = QVBoxLayout(self._player)
        player.setContentsMargins(0, 0, 0, 0)
        player.setSpacing(2)
        player.addWidget(self.scrub)
        player.addWidget(self.transport)
        self._below = QVBoxLayout()
        self._below.setContentsMargins(6, 0, 6, 4)
        self._below.setSpacing(2)
        self._below.addWidget(self._player)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addWidget(self._split, 1)
        layout.addLayout(self._below)
        self._left.currentChanged.connect(self.turned)
        self._side.currentChanged.connect(self.turned)

    def add(self, tab: Tab, panel: QWidget) -> None:
        """Put a panel where its tab says, behind those that are there."""
        self._tabs[tab.name] = (tab, panel)
        if tab.slot == "centre":
            self._centre.addWidget(panel)
        elif tab.slot == "below":
            self._below.insertWidget(self._below.count() - 1, panel)
        else:
            (self._left if tab.slot == "left" else self._side).addTab(panel, tab.title)

    def bring(self, name: str) -> None:
        """Show a panel by the name of its tab; a side that is hidden comes with it."""
        tab, panel = self._tabs[name]
        if tab.slot == "centre":
            self._turn_centre(tab, panel)
        elif tab.slot == "below":
            panel.show()
        else:
            if self.wide:
                self.bring(STEP)
            side, show = (self._left, self.show_list) if tab.slot == "left" else (self._side, self.show_details)
            side.setCurrentWidget(panel)
            show(True)
        self.turned.emit()

    @property
    def shown(self) -> str:
        """The name of what stands in the centre."""
        return next(name for name, (_, panel) in self._tabs.items() if panel is self._centre.currentWidget())

    @property
    def wide(self) -> bool:
        """True while a page of the centre has the whole room."""
        return self._tabs[self.shown][0].wide

    @property
    def list_shown(self) -> bool:
        return self._left.isVisibleTo(self)

    @property
    def details_shown(self) -> bool:
        return self._side.isVisibleTo(self)

    def show_list(self, on: bool) -> None:
        """With or without the list; in a narrow window the other side makes room for it."""
        self._keep_panes()
        self._left.setVisible(on)
        if on and self._narrow:
            self._side.hide()
        self.turned.emit()

    def show_details(self, on: bool) -> None:
        """With or without verdict and memory."""
        self._keep_panes()
        self._side.setVisible(on)
        if on and self._narrow:
            self._left.hide()
        self.turned.emit()

    def show_waiting(self, on: bool) -> None:
        """A word in place of the step, while what is asked for has none."""
        self._steps.setCurrentWidget(self._waiting if on else self.step)

    def kept(self) -> dict[str, Any]:
        sides = self._sides_before if self.wide else (self.list_shown, self.details_shown)
        return {
            "list": self.list.kept(),
            "centre": self.step.kept(),
            "panes": self._keep_panes(),
            "shown": sides[0],
            "details": sides[1],
            "left": self._name_of(self._left),
            "side": self._name_of(self._side),
            "speed": self.transport.speed.currentText(),
        }

    def restore(self, kept: Mapping[str, Any]) -> None:
        self.list.restore(as_mapping(kept.get("list")))
        self.step.restore(dict(as_mapping(kept.get("centre"))))
        sizes = [int(size) for size in kept.get("panes", [])]
        if len(sizes) == self._split.count() and any(sizes):
            self._panes = [size or before for size, before in zip(sizes, self._panes, strict=True)]
            self._split.setSizes(self._panes)
        for side, name in ((self._left, kept.get("left")), (self._side, kept.get("side"))):
            panel = self._tabs[name][1] if name in self._tabs else None
            if panel is not None and side.indexOf(panel) >= 0:
                side.setCurrentWidget(panel)
        self._left.setVisible(bool(kept.get("shown", True)))
        self._side.setVisible(bool(kept.get("details", True)))
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
        if narrow == self._narrow:
            return
        first = self._narrow is None
        self._narrow = narrow
        before = self._sides_before if self.wide else (self.list_shown, self.details_shown)
        sides = (before[0], before[1] and not before[0]) if narrow else before if first else (True, True)
        self._show_sides(sides)

    def focus_list(self) -> None:
        """The keyboard into the list."""
        self.list.table.setFocus(Qt.FocusReason.OtherFocusReason)

    def _turn_centre(self, tab: Tab, panel: QWidget) -> None:
        """Another page of the centre; a wide one sends everything beside and below it away until it is left."""
        was_wide = self.wide
        if tab.wide and not was_wide:
            self._sides_before, self._sizes_before = (self.list_shown, self.details_shown), self._split.sizes()
        self._centre.setCurrentWidget(panel)
        self._player.setVisible(not tab.wide)
        if tab.wide != was_wide:
            self._show_sides(self._sides_before)

    def _keep_panes(self) -> list[int]:
        """How wide each pane is; one that is hidden, as wide as it was when it was last seen."""
        sizes = self._sizes_before if self.wide else self._split.sizes()
        self._panes = [size or before for size, before in zip(sizes, self._panes, strict=True)]
        return self._panes

    def _show_sides(self, sides: tuple[bool, bool]) -> None:
        self._sides_before = sides
        self._left.setVisible(sides[0] and not self.wide)
        self._side.setVisible(sides[1] and not self.wide)

    def _name_of(self, side: QTabWidget) -> str:
        return next((name for name, (_, panel) in self._tabs.items() if panel is side.currentWidget()), "")


def _tabs(name: str) -> QTabWidget:
    """A side with one panel shows no tab."""
    tabs = QTabWidget()
    tabs.setDocumentMode(True)
    tabs.setTabBarAutoHide(True)
    tabs.setUsesScrollButtons(True)
    tabs.setAccessibleName(name)
    return tabs


def as_mapping(value: Any) -> Mapping[str, Any]:
    """What was kept, nothing where it is no mapping."""
    return value if isinstance(value, Mapping) else {}
