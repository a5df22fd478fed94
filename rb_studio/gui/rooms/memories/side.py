"""The right-hand side: the chosen item's editor, origin and history, and the bank's tools."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QTabWidget, QWidget

from rb_studio.gui.rooms.memories.drafts import Draft, Drafts
from rb_studio.gui.rooms.memories.duplicates import DuplicatesPanel
from rb_studio.gui.rooms.memories.editor import EditorPanel
from rb_studio.gui.rooms.memories.history import HistoryPanel
from rb_studio.gui.rooms.memories.preview import Block
from rb_studio.gui.rooms.memories.provenance import ProvenancePanel
from rb_studio.gui.rooms.memories.reads import Detail
from rb_studio.gui.rooms.memories.what_if import WhatIfPanel
from rb_studio.gui.theme import Theme

TABS = ("item", "origin", "history", "what if", "duplicates")
TITLES = ("Item", "Origin", "History", "What if", "Duplicates")


class SidePanel(QTabWidget):
    """Panels of one item and of the bank, as tabs.

    Signals
    -------
    drafts_changed
        What is typed and not saved changed; carries Drafts.
    left
        The person goes back to the table.
    item_saved
        An item's id.
    """

    drafts_changed = Signal(object)
    item_saved = Signal(int)
    left = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.editor = EditorPanel(theme)
        self.origin = ProvenancePanel(theme)
        self.history = HistoryPanel(theme)
        self.what_if = WhatIfPanel(theme)
        self.duplicates = DuplicatesPanel(theme)
        self.setDocumentMode(True)
        self.setUsesScrollButtons(True)
        self.setAccessibleName("Item and tools")
        for title, panel in zip(TITLES, self.panels(), strict=True):
            self.addTab(panel, title)

    def panels(self) -> tuple[QWidget, ...]:
        """The panels in the order of the tabs."""
        return self.editor, self.origin, self.history, self.what_if, self.duplicates

    def show_tab(self, name: str) -> None:
        """Bring a panel to the front."""
        self.setCurrentIndex(TABS.index(name))

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

    def _show_detail(self, detail: Detail | None) -> None:
        self.origin.show_detail(detail)
        self.history.show_detail(detail)
