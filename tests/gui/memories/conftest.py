"""The room on the practised workspace, with its commands registered."""

from collections.abc import Callable

import pytest
from pytestqt.qtbot import QtBot

from rb_studio.gui.frame import Frame
from rb_studio.gui.rooms.memories.view import MemoriesRoom
from rb_studio.store import curation
from rb_studio.store.items import ItemFilter, ItemRow, list_items
from tests.gui.conftest import Frames

MakeRoom = Callable[[Frame], MemoriesRoom]


@pytest.fixture
def make_room(qtbot: QtBot, frames: Frames) -> MakeRoom:
    """Builds rooms as the window does; they are let go before their frames."""

    def make(frame: Frame) -> MemoriesRoom:
        room = MemoriesRoom(frame)
        frames.rooms.append(room)
        room.resize(1200, 760)
        frame.registry.add(*room.commands())
        frame.registry.enter("memories")
        room.show()
        room.entered()
        return room

    return make


@pytest.fixture
def room(make_room: MakeRoom, frame: Frame, qtbot: QtBot) -> MemoriesRoom:
    """The room with the practice bank's items in it."""
    made = make_room(frame)
    qtbot.waitUntil(lambda: bool(made.model.ids) and made.model.row_of(made.model.ids[0]) is not None)
    return made


@pytest.fixture
def stored(frame: Frame) -> Callable[[], dict[int, ItemRow]]:
    """The bank's items as the file has them, deleted ones too."""

    def read() -> dict[int, ItemRow]:
        conn = frame.session.workspace.reader()
        bank = conn.execute("SELECT max(id) FROM bank").fetchone()[0]
        every = ItemFilter(states=("candidate", "active", "excluded", "archived", "deleted"))
        return {row.id: row for row in list_items(conn, bank, every)}

    return read


def last_label(frame: Frame) -> str | None:
    """What Ctrl+Z would take back."""
    from rb_studio.store.operations import undo_label

    return undo_label(frame.session.workspace.reader(), curation.SCOPE)
