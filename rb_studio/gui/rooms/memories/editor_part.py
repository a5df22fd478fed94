"""Tells the editor what bank it writes into: what new items look like, and how its runs retrieve."""

import sqlite3
from functools import partial
from typing import TYPE_CHECKING

from rb_studio.gui.rooms.memories.forms import form_of
from rb_studio.gui.rooms.memories.parts import Part
from rb_studio.store import banks

if TYPE_CHECKING:
    from rb_studio.gui.rooms.memories.view import MemoriesRoom


class EditorPart(Part):
    """Asks for what belongs to the bank that is shown."""

    def __init__(self, room: "MemoriesRoom") -> None:
        self._room = room

    def bank_shown(self, bank: int | None) -> None:
        if bank is not None:
            self._room.frame.session.query("memories.mode", partial(_mode, bank_id=bank), self._show)

    def _show(self, mode: str) -> None:
        self._room.side.editor.use_new_form(form_of(mode))


def _mode(conn: sqlite3.Connection, bank_id: int) -> str:
    return banks.bank(conn, bank_id).mode
