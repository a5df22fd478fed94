"""The right side as a text view that remembers what is unfolded."""

from PySide6.QtCore import QEvent, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from rb_studio.gui.rooms.trajectories.details_html import details_html
from rb_studio.gui.rooms.trajectories.opened import Opened
from rb_studio.gui.rooms.trajectories.safe_browser import SafeBrowser
from rb_studio.gui.theme import Theme


class DetailsPanel(QWidget):
    """Verdict, truth, selection, memory and outcome.

    Signals
    -------
    asked
        A link to a step, rollout, item, task or run was chosen; carries its address.
    """

    asked = Signal(str)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._opened: Opened | None = None
        self._unfolded: set[str] = set()
        self._blind = False
        self.browser = SafeBrowser(theme, "Verdict, truth, memory and outcome")
        self.browser.asked.connect(self._link)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 6, 6, 0)
        layout.addWidget(self.browser)

    def show_rollout(self, opened: Opened | None) -> None:
        """Another rollout starts at the top; the same one keeps its scroll."""
        before = self._opened
        same = before is not None and opened is not None and before.row.uid == opened.row.uid
        self._opened = opened
        self._fill(keep=same)

    def set_blind(self, on: bool) -> None:
        """Without verdict and truth, or with them."""
        self._blind = on
        self._fill(keep=True)

    def redraw(self) -> None:
        """Other colours."""
        self.browser.redraw()
        self._fill(keep=True)

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802 - Qt's name
        """Another font: laid out anew."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self.redraw()

    def _fill(self, *, keep: bool) -> None:
        if self._opened is None:
            self.browser.show_html("")
        else:
            html = details_html(self._opened, self._theme.colours, frozenset(self._unfolded), blind=self._blind)
            self.browser.show_html(html, keep=keep)

    def _link(self, address: str) -> None:
        kind, _, what = address.partition(":")
        if kind == "fold":
            self._unfolded ^= {what}
            self._fill(keep=True)
        else:
            self.asked.emit(address)
