"""The right-hand side: the chosen item's panels on one page, the bank's tools on another."""

from functools import partial
from typing import TYPE_CHECKING, cast

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction, QKeyEvent
from PySide6.QtWidgets import QMenu, QStackedWidget, QTabWidget, QToolButton, QWidget

from rb_studio.gui.rooms.memories.block import Block
from rb_studio.gui.rooms.memories.drafts import Draft, Drafts
from rb_studio.gui.rooms.memories.editor import EditorPanel
from rb_studio.gui.rooms.memories.parts import Page, Tab
from rb_studio.gui.rooms.memories.reads import Detail
from rb_studio.gui.rooms.memories.slot import Slot
from rb_studio.gui.theme import Theme

if TYPE_CHECKING:
    from rb_studio.gui.rooms.memories.duplicates import DuplicatesPanel
    from rb_studio.gui.rooms.memories.history import HistoryPanel
    from rb_studio.gui.rooms.memories.origin_panel import OriginPanel
    from rb_studio.gui.rooms.memories.what_if import WhatIfPanel

PAGES: tuple[Page, ...] = ("item", "tools")
LEAST_LINES = 16
NAMES = {"item": "Item", "tools": "Tools of the bank"}
TURNS = {"item": "Tools", "tools": "Item"}


class SidePanel(QStackedWidget):
    """Panels of one item and of the bank, as tabs on two pages.

    Signals
    -------
    detail_shown
        Another item is shown, or the same anew; carries its Detail, None for no stored item.
    drafts_changed
        What is typed and not saved changed; carries Drafts.
    left
        The person goes back to the table.
    item_saved
        An item's id.
    panel_made
        A panel is there from now on; carries its name.
    """

    detail_shown = Signal(object)
    drafts_changed = Signal(object)
    item_saved = Signal(int)
    left = Signal()
    panel_made = Signal(str)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._tabs: dict[str, tuple[Page, Slot]] = {}
        self._menu = QMenu(self)
        self._menu.triggered.connect(self._chosen)
        self._pages = {page: self._make_page(page) for page in PAGES}
        # In the lowest window panels make do with less than they ask for.
        self.setMinimumHeight(self.fontMetrics().lineSpacing() * LEAST_LINES)
        text = Slot(lambda: self.editor)
        self.add(Tab("item", "item", "Text"), text)
        self.editor = EditorPanel(theme, text)
        text.panel()
        self.currentChanged.connect(self._turned)
        for tabs in self._pages.values():
            tabs.currentChanged.connect(self._turned)

    @property
    def origin(self) -> "OriginPanel":
        return cast("OriginPanel", self.panel("origin"))

    @property
    def history(self) -> "HistoryPanel":
        return cast("HistoryPanel", self.panel("history"))

    @property
    def what_if(self) -> "WhatIfPanel":
        return cast("WhatIfPanel", self.panel("what if"))

    @property
    def duplicates(self) -> "DuplicatesPanel":
        return cast("DuplicatesPanel", self.panel("duplicates"))

    def add(self, tab: Tab, slot: Slot) -> None:
        """Put a panel behind the others of its page; it is made when it is first looked at, or asked for."""
        slot.after = self._pages[tab.page].cornerWidget()
        self._tabs[tab.name] = (tab.page, slot)
        self._pages[tab.page].addTab(slot, tab.title)
        self._menu.addAction(tab.title).setData(tab.name)
        slot.made.connect(partial(self.panel_made.emit, tab.name))

    def panel(self, name: str) -> QWidget:
        """A panel by its name."""
        return self._tabs[name][1].panel()

    def show_tab(self, name: str) -> None:
        """Bring a panel to the front, if there is one of that name."""
        if name in self._tabs:
            page, slot = self._tabs[name]
            slot.panel()
            self._pages[page].setCurrentWidget(slot)
            self.setCurrentWidget(self._pages[page])

    def current_panel(self) -> QWidget:
        """The panel on top."""
        return self.panel(self.current_tab())

    def current_tab(self) -> str:
        """Its name."""
        shown = self._pages[PAGES[self.currentIndex()]].currentWidget()
        return next(name for name, (_, slot) in self._tabs.items() if slot is shown)

    def step_in(self) -> None:
        """Give the keyboard to the panel on top, or to the button beside its tabs where the panel takes none."""
        button = self._pages[PAGES[self.currentIndex()]].cornerWidget()
        button.setFocus()
        button.focusNextChild()
        focus = self.window().focusWidget()
        if focus is None or not self.isAncestorOf(focus):
            button.setFocus()

    def turn(self) -> None:
        """From the item to the bank's tools, or back; each page keeps its own tab."""
        self.setCurrentIndex((self.currentIndex() + 1) % len(PAGES))

    def show_item(self, detail: Detail, draft: Draft | None) -> None:
        """Show one item everywhere."""
        self.editor.show_item(detail.row, draft)
        self._show_detail(detail)

    def show_new(self, draft: Draft | None) -> None:
        """Show the item that is being written."""
        self.editor.show_new(draft)
        self._show_detail(None)

    def show_nothing(self) -> None:
        """No item is chosen."""
        self.editor.show_nothing()
        self._show_detail(None)

    def show_draft(self, unsaved: bool) -> None:
        self.editor.show_draft(unsaved)

    def show_banner(self, text: str) -> None:
        self.editor.show_banner(text)

    def show_block(self, block: Block) -> None:
        self.editor.preview.show_block(block, self.editor.item_id)

    def show_drafts(self, drafts: Drafts) -> None:
        self.drafts_changed.emit(drafts)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """Esc goes back to the table; what was typed stays."""
        if event.key() == Qt.Key.Key_Escape:
            self.left.emit()
        else:
            super().keyPressEvent(event)

    def show_saved(self, item_id: int) -> None:
        """What was typed is stored."""
        self.editor.saved()
        self.item_saved.emit(item_id)

    def _chosen(self, action: QAction) -> None:
        self.show_tab(action.data())

    def _show_detail(self, detail: Detail | None) -> None:
        self.detail_shown.emit(detail)

    def _turned(self, _place: int) -> None:
        self.current_panel()

    def _make_page(self, page: Page) -> QTabWidget:
        tabs = QTabWidget()
        tabs.setDocumentMode(True)
        tabs.setUsesScrollButtons(True)
        tabs.setAccessibleName(NAMES[page])
        button = QToolButton()
        button.setText(TURNS[page])
        button.setAutoRaise(True)
        other = PAGES[1 - PAGES.index(page)]
        button.setAccessibleName(f"Show {NAMES[other].lower()}")
        button.setToolTip(f"{NAMES[other]} (B in the table)")
        button.setMenu(self._menu)  # every panel, those too whose tabs a narrow window has no room for
        button.setPopupMode(QToolButton.ToolButtonPopupMode.MenuButtonPopup)
        button.clicked.connect(self.turn)
        tabs.setCornerWidget(button)
        self.addWidget(tabs)
        return tabs
