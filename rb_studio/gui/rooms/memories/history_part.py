"""The history among the item's panels."""

from rb_studio.gui.rooms.memories.history import HistoryPanel
from rb_studio.gui.rooms.memories.parts import PanelPart, Tab
from rb_studio.gui.rooms.memories.reads import Detail


class HistoryPart(PanelPart[HistoryPanel]):
    """Shows what came with the item; restores."""

    tab = Tab("item", "history", "History")

    def make(self) -> HistoryPanel:
        panel = HistoryPanel(self._frame.theme)
        panel.restore_asked.connect(self._room.editing.restore)
        return panel

    def item_shown(self, detail: Detail | None) -> None:
        self.panel.show_detail(detail)
