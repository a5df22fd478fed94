"""The room of trajectories on screen, and rollouts to look at."""

from collections.abc import Callable

import pytest
from PySide6.QtGui import QKeySequence

from rb_studio.gui.frame import Frame
from rb_studio.gui.rooms.room import Place
from rb_studio.gui.rooms.trajectories.opened import Opened, read_opened
from rb_studio.gui.rooms.trajectories.view import TrajectoriesRoom
from rb_studio.store.imported import SourceFile, save_imported
from rb_studio.store.workspace import Workspace
from tests.gui.trajectories.samples import imported


@pytest.fixture
def enter(qtbot) -> Callable[[Frame], TrajectoriesRoom]:
    """Builds the room the way the window does, and waits until something is open in it."""

    def entered(frame: Frame, *, wait: bool = True) -> TrajectoriesRoom:
        room = TrajectoriesRoom(frame)
        qtbot.addWidget(room, before_close_func=TrajectoriesRoom.closing)
        frame.registry.add(*room.commands())
        frame.registry.enter("trajectories")
        room.resize(1190, 740)
        room.show()
        room.entered()
        if wait:
            qtbot.waitUntil(lambda: room.presenter.opened is not None)
        return room

    return entered


@pytest.fixture
def room(enter, frame: Frame) -> TrajectoriesRoom:
    return enter(frame)


@pytest.fixture
def keys_of(qtbot) -> Callable[[TrajectoriesRoom], Callable[..., None]]:
    """Presses a key where the keyboard is, with the room's shortcuts in force as in the window."""

    def given(room: TrajectoriesRoom) -> Callable[..., None]:
        for command in room.commands():
            room.addAction(room.frame.registry.action(command.id))
        with qtbot.waitActive(room):
            room.activateWindow()
        room.panels.list.table.setFocus()

        def press(key: str, widget: object = None) -> None:
            qtbot.keySequence(widget or room.panels.list.table, QKeySequence(key))

        return press

    return given


@pytest.fixture
def keys(room: TrajectoriesRoom, keys_of) -> Callable[..., None]:
    return keys_of(room)


@pytest.fixture
def went(room: TrajectoriesRoom) -> list[Place]:
    """Where the room asked to go."""
    places: list[Place] = []
    room.go.connect(places.append)
    return places


@pytest.fixture
def practised_rollout(workspace: Workspace) -> Opened:
    """A rollout with memory, four steps or more, and its calls."""
    conn = workspace.reader()
    row = conn.execute(
        "SELECT r.id FROM rollout r JOIN step s ON s.rollout = r.id JOIN blob b ON b.id = r.memory_block "
        "WHERE b.size > 0 GROUP BY r.id HAVING count(*) >= 4 ORDER BY r.id"
    ).fetchone()
    return read_opened(conn, row[0])


@pytest.fixture
def foreign_rollout(workspace: Workspace) -> Opened:
    """An imported rollout with errors, hostile and huge output, and no calls."""
    workspace.run(lambda db: save_imported(db, SourceFile("/somewhere/a.traj.json", "mini"), [imported()], {}))
    conn = workspace.reader()
    return read_opened(conn, conn.execute("SELECT max(id) FROM rollout").fetchone()[0])
