"""The tabs of a room of figures: the room's own, each with one of its figures, and then the parts' pages."""

from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QTabWidget, QWidget

from rb_studio.gui.rooms.scaling.figure_pane import FigurePane
from rb_studio.gui.rooms.scaling.figures import TAB_OF, TABS, Tab
from rb_studio.gui.theme import Theme


class FigureTabs(QTabWidget):
    """Remembers which figure each tab shows.

    Signals
    -------
    turned
        Another tab is in front, or another figure in it.
    """

    turned = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setDocumentMode(True)
        self.panes = {tab.name: FigurePane(theme, tab.words) for tab in TABS}
        self._figures = {tab.name: tab.figures[0] for tab in TABS}
        for tab in TABS:
            self.addTab(self.panes[tab.name], tab.title)
        self.currentChanged.connect(self.turned)

    @property
    def own(self) -> Tab | None:
        """The room's own tab in front; None where a part's page is."""
        place = self.currentIndex()
        return TABS[place] if 0 <= place < len(TABS) else None

    @property
    def figure(self) -> str:
        """The figure in front; behind a part's page the curves."""
        return self._figures[(self.own or TABS[0]).name]

    def pane_of(self, figure: str) -> FigurePane | None:
        """Where a figure stands; None while its tab shows another one."""
        tab = TAB_OF[figure].name
        return self.panes[tab] if self._figures[tab] == figure else None

    def show_figure(self, figure: str) -> None:
        """Bring a figure to the front."""
        tab = TAB_OF[figure]
        fresh = self._figures[tab.name] != figure or self.own is not tab
        self._figures[tab.name] = figure
        self.blockSignals(True)
        self.setCurrentIndex(TABS.index(tab))
        self.blockSignals(False)
        if fresh:
            self.turned.emit()

    def keep(self) -> dict[str, Any]:
        """The tab in front and the figure of each, as plain JSON."""
        front = self.own
        return {"tab": self.currentIndex() if front is None else front.name, "figures": dict(self._figures)}

    def restore(self, kept: dict[str, Any]) -> None:
        """As `keep` gave them; what makes no sense is left out."""
        figures, tab = kept.get("figures"), kept.get("tab")
        for one in TABS:
            if isinstance(figures, dict) and figures.get(one.name) in one.figures:
                self._figures[one.name] = figures[one.name]
        place = next((place for place, one in enumerate(TABS) if one.name == tab), tab)
        if isinstance(place, int):
            self.setCurrentIndex(place)
        self.turned.emit()
