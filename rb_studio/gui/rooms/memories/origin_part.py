"""Reads the origin of the item that is shown, and takes its links to where they lead."""

from functools import partial

from rb_studio.gui.rooms.memories.origin_panel import OriginPanel
from rb_studio.gui.rooms.memories.origin_reads import origin
from rb_studio.gui.rooms.memories.parts import PanelPart, Tab
from rb_studio.gui.rooms.memories.reads import Detail


class OriginPart(PanelPart[OriginPanel]):
    """Fills the panel beside the item's text."""

    tab = Tab("item", "origin", "Origin")

    def make(self) -> OriginPanel:
        panel = OriginPanel(self._frame.theme)
        panel.go.connect(self._room.go)
        panel.item_asked.connect(self._room.presenter.show_item)
        return panel

    def item_shown(self, detail: Detail | None) -> None:
        bank = self._room.bank()
        self.panel.show_detail(detail)
        if detail is not None and bank is not None:
            read = partial(origin, bank_id=bank, item_id=detail.row.id)
            self._frame.session.query("memories.origin", read, self.panel.show_origin)
