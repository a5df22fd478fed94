"""The room's panes and how they share the window."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QApplication, QHBoxLayout, QSplitter, QStackedWidget, QToolBar, QVBoxLayout, QWidget

from rb_studio.gui.commands.registry import Registry
from rb_studio.gui.rooms.memories import commands
from rb_studio.gui.rooms.memories.drafts_banner import DraftsBanner
from rb_studio.gui.rooms.memories.facet_panel import FacetPanel
from rb_studio.gui.rooms.memories.item_model import ItemModel
from rb_studio.gui.rooms.memories.query_bar import QueryBar
from rb_studio.gui.rooms.memories.reads import BankChoice
from rb_studio.gui.rooms.memories.side import SidePanel
from rb_studio.gui.rooms.memories.table import ItemTable
from rb_studio.gui.theme import Theme
from rb_studio.gui.widgets.empty import EmptyState
from rb_studio.jobs.item_query import Clause
from rb_studio.store.item_facets import Facets
from rb_studio.store.items import ItemRow

SHARES, NARROW_SHARES = (0.14, 0.47, 0.39), (0.14, 0.42, 0.44)
NARROW = 130  # average characters, below which the filters make way
EMPTY = (
    "Memories are short lessons an agent distilled from its own attempts, and those you write yourself. "
    "Run a suite with memory, open a file of memories, or write the first one."
)
NO_VECTORS = "No item has a vector of the model that searches now, so none can be compared by meaning."


class Panes(QWidget):
    """Bank and query above; filters, table and the chosen item below.

    Signals
    -------
    bank_shown
        Another bank is shown.
    items_shown
        Other items are listed.
    mode_left
        What stood in the place of everything else is gone.
    """

    bank_shown = Signal()
    items_shown = Signal()
    mode_left = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.bar = QueryBar()
        self.tools = QToolBar("Acts on memories")
        self.drafts = DraftsBanner()
        self.filters = FacetPanel(theme)
        self.model = ItemModel(theme.colours, self)
        self.table = ItemTable(self.model)
        self.middle = QStackedWidget()
        self._banner_box = QWidget()
        self._banners = QVBoxLayout(self._banner_box)
        self._banners.setContentsMargins(0, 0, 0, 0)
        self._tool_box = QWidget()
        self._tool_line = QHBoxLayout(self._tool_box)
        self.splitter = QSplitter(Qt.Orientation.Horizontal, self)
        self.side = SidePanel(theme, self.splitter)
        self.filters_wanted: bool | None = None
        self.scroll_to: int | None = None
        self.sized = False
        self._adopted = False
        self._bank: int | None = None
        self.mode: QWidget | None = None
        self._lay_out()
        theme.changed.connect(self._recolour)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """Filters make way in a narrow window."""
        super().resizeEvent(event)
        if not self.sized and event.size().width() > 2 * self.side.minimumWidth():
            self.sized = True
            shares = SHARES if self._roomy() else NARROW_SHARES
            self.splitter.setSizes([int(event.size().width() * share) for share in shares])
        self.fit()

    def show_banks(self, banks: Sequence[BankChoice], chosen: int | None) -> None:
        self.bar.show_banks(banks, chosen)
        if chosen != self._bank:
            self._bank = chosen
            self.bank_shown.emit()

    def show_query(self, text: str) -> None:
        self.bar.show_query(text)

    def show_note(self, text: str, button: str = "", *, wrong: bool = False) -> None:
        self.bar.show_note(text, button, wrong=wrong)

    def show_count(self, text: str) -> None:
        self.bar.show_count(text)

    def show_items(self, ids: list[int], likeness: dict[int, float] | None, *, best_first: bool) -> None:
        self.table.show_ids(ids, likeness, best_first=best_first)
        if self.scroll_to is not None and ids:
            self.table.verticalScrollBar().setValue(self.scroll_to)
            self.scroll_to = None
        if self.side.editor.item_id is None:
            self.table.begin()
        self.items_shown.emit()

    def show_rows(self, rows: dict[int, ItemRow]) -> None:
        self.model.put_rows(rows)

    def show_sort(self, order: str, descending: bool) -> None:
        self.table.show_sort(order, descending)

    def show_facets(self, facets: Facets, on: Sequence[Clause]) -> None:
        self.filters.show_facets(facets, on)

    def show_emptiness(self, total: int, found: int, unembedded: int) -> None:
        """The table, or what belongs here, or why nothing is found."""
        nothing = found == 0 and self._adopted
        page = 0 if not nothing else 1 if total == 0 and not self.bar.query.text() else 3 if unembedded else 2
        self.middle.setCurrentIndex(min(page, self.middle.count() - 1))

    def forget_rows(self, ids: Sequence[int] | None) -> None:
        self.model.forget(ids)

    def choose(self, item_id: int) -> bool:
        return self.table.choose(item_id)

    def fit(self) -> None:
        """Filters show where there is room, unless the person said otherwise."""
        wanted = self._roomy() if self.filters_wanted is None else self.filters_wanted
        self.filters.setVisible(wanted)

    def _roomy(self) -> bool:
        return self.width() >= NARROW * self.fontMetrics().averageCharWidth()

    def toggle_filters(self) -> None:
        """Show or hide the filters, whatever the width."""
        self.filters_wanted = self.filters.isHidden()
        self.fit()

    def next_pane(self) -> None:
        """Query, filters, table, side, and round again."""
        panes = [self.bar.query, self.filters, self.table, self.side]
        shown = [pane for pane in panes if pane.isVisible()]
        focus = QApplication.focusWidget()
        place = next(
            (i for i, pane in enumerate(shown) if focus is not None and (focus is pane or pane.isAncestorOf(focus))), -1
        )
        following = shown[(place + 1) % len(shown)]
        if isinstance(following, SidePanel):
            following.step_in()
        else:
            following.setFocus()

    def add_banner(self, banner: QWidget) -> None:
        """Put something that is to be seen whatever is chosen between query and tools."""
        self._banners.addWidget(banner)

    def add_beside_tools(self, widget: QWidget) -> None:
        """Put something into what the tools leave of their line."""
        self._tool_line.addWidget(widget, 1)

    def add_mode(self, panel: QWidget) -> None:
        """A panel that takes the place of everything else while it is shown."""
        panel.hide()
        layout = self.layout()
        if layout is not None:
            layout.addWidget(panel)

    def show_mode(self, panel: QWidget | None) -> None:
        """Show such a panel, or with None the table again."""
        before, self.mode = self.mode, panel
        if before is panel:
            return
        for usual in (self.bar, self._banner_box, self._tool_box, self.splitter):
            usual.setVisible(panel is None)
        for one in filter(None, (before, panel)):
            one.setVisible(one is panel)
        self.setFocusProxy(panel or self.table)
        if panel is None:
            self.table.setFocus(Qt.FocusReason.OtherFocusReason)
            self.mode_left.emit()
        else:
            panel.setFocus(Qt.FocusReason.OtherFocusReason)

    def adopt_actions(self, registry: Registry) -> None:
        """Letters are keys of the table alone, so that they can be typed everywhere else."""
        if self._adopted or not registry.of(commands.WHERE):
            return
        self._adopted = True
        brought = {command.id for command in registry.of(commands.WHERE)}  # a part that is left out brings no keys
        for command_id in filter(brought.__contains__, commands.TABLE_KEYS):
            action = registry.action(command_id)
            action.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            self.table.addAction(action)
            self.middle.addAction(action)  # also where no item is found
        for command_id in commands.TOOL_BAR:
            if command_id:
                self.tools.addAction(registry.action(command_id))
            else:
                self.tools.addSeparator()
        self.side.editor.use_tag_action(registry.action("memory.tag"))
        self.middle.addWidget(EmptyState(EMPTY, registry.action("memory.new")))
        self.middle.addWidget(EmptyState("No item matches the query.", registry.action("memory.clear")))
        self.middle.addWidget(EmptyState(NO_VECTORS, registry.action("memory.embed")))

    def _lay_out(self) -> None:
        self.middle.addWidget(self.table)
        self.middle.setMinimumWidth(self.fontMetrics().averageCharWidth() * 24)
        self.side.setMinimumWidth(self.fontMetrics().averageCharWidth() * 36)
        self.tools.setIconSize(self.tools.iconSize() * 0.8)
        for place, (pane, stretch) in enumerate(((self.filters, 0), (self.middle, 5), (self.side, 4))):
            self.splitter.addWidget(pane)
            self.splitter.setStretchFactor(place, stretch)
            self.splitter.setCollapsible(place, False)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 8, 8, 4)
        layout.addWidget(self.bar)
        self._banners.addWidget(self.drafts)
        layout.addWidget(self._banner_box)
        self._tool_line.addWidget(self.tools)
        self._tool_line.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._tool_box)
        layout.addWidget(self.splitter, 1)
        self.setFocusProxy(self.table)

    def _recolour(self) -> None:
        self.model.recolour(self._theme.colours)
