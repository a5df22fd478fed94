"""Reads the origin of the item that is shown, and takes its links to where they lead."""

from functools import partial
from typing import TYPE_CHECKING

from rb_studio.gui.rooms.memories.origin_reads import origin
from rb_studio.gui.rooms.memories.parts import Part
from rb_studio.gui.rooms.memories.reads import Detail

if TYPE_CHECKING:
    from rb_studio.gui.rooms.memories.view import MemoriesRoom


class OriginPart(Part):
    """Fills the panel that stands beside the item already."""

    def __init__(self, room: "MemoriesRoom") -> None:
        self._room = room

    def connect(self, room: "MemoriesRoom") -> None:
        room.side.origin.go.connect(room.go)
        room.side.origin.item_asked.connect(room.presenter.show_item)

    def item_shown(self, detail: Detail | None) -> None:
        bank = self._room.bank()
        if detail is not None and bank is not None:
            read = partial(origin, bank_id=bank, item_id=detail.row.id)
            self._room.frame.session.query("memories.origin", read, self._room.side.origin.show_origin)
