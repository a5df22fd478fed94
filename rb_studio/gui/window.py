"""The main window, assembled from parts: activity bar, rooms, status bar, log, messages."""

import importlib
import logging
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QByteArray, QSettings, Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent, QPaintEvent
from PySide6.QtWidgets import QLabel, QMainWindow, QStackedWidget

from rb_studio.gui.activity import ActivityBar
from rb_studio.gui.commands.registry import Command, Registry
from rb_studio.gui.frame import Dialogs, Frame
from rb_studio.gui.rooms.room import Place, Room
from rb_studio.gui.status.workspace import WorkspaceStatus
from rb_studio.gui.theme import Theme
from rb_studio.gui.widgets.toast import Toast

if TYPE_CHECKING:
    pass

log = logging.getLogger(__name__)
ROOMS: Mapping[str, tuple[str, str]] = {
    "tasks": ("Tasks", "rb_studio.gui.rooms.tasks.view:TasksRoom"),
    "trajectories": ("Trajectories", "rb_studio.gui.rooms.trajectories.view:TrajectoriesRoom"),
    "verdicts": ("Verdicts", "rb_studio.gui.rooms.verdicts.view:VerdictsRoom"),
    "memories": ("Memories", "rb_studio.gui.rooms.memories.view:MemoriesRoom"),
    "scaling": ("Scaling", "rb_studio.gui.rooms.scaling.view:ScalingRoom"),
}
STATE_VERSION = 1
HOME = "tasks"


class Window(QMainWindow):
    """One workspace on screen. `open_paths` is what drop, Open and the command line all end in.

    Signals
    -------
    first_painted
        The window is on screen for the first time.
    """

    first_painted = Signal()

    def __init__(
        self,
        theme: Theme,
        dialogs: Dialogs,
        stored: QSettings,
        open_paths: Callable[[list[Path]], None],
    ) -> None:
        super().__init__()
        self.setWindowTitle("rb_studio")
        self.setAcceptDrops(True)
        self.setMinimumSize(640, 480)
        self.theme, self.dialogs, self._stored, self._open_paths = theme, dialogs, stored, open_paths
        self.registry = Registry(theme, self)
        self.rooms: dict[str, Room] = {}
        self.frame: Frame | None = None
        self._present = ""
        self._painted = False
        self._pages = QStackedWidget()
        self._waiting = QLabel("Opening\u2026", alignment=Qt.AlignmentFlag.AlignCenter)
        self._pages.addWidget(self._waiting)
        self.setCentralWidget(self._pages)
        self.activity = ActivityBar(self)
        self.addToolBar(Qt.ToolBarArea.LeftToolBarArea, self.activity)
        self.workspace_status = WorkspaceStatus()
        self.statusBar().addPermanentWidget(self.workspace_status)
        self.toast = Toast(self)
        self.registry.add(*self._room_commands())
        for name in ROOMS:
            self.activity.add_room(self.registry.action(f"room.{name}"))
        self._restore_geometry()

    def set_frame(self, frame: Frame) -> None:
        """A workspace is open: build rooms on it from now on, and come back to where it was left."""
        self.frame = frame
        path = frame.session.workspace.path
        self.setWindowTitle(f"{path.stem} \u2013 rb_studio")
        self.workspace_status.show_file(path, writable=frame.session.workspace.writable)
        frame.session.failed.connect(self.toast.say)
        self.show_room(str(self._stored.value(f"room/{path}", HOME)))

    def drop_rooms(self) -> None:
        """The workspace is about to close: keep each room's place and let go of the rooms."""
        if self.frame is None:
            return
        path = self.frame.session.workspace.path
        for name, room in self.rooms.items():
            self._stored.setValue(f"place/{path}/{name}", room.place_to_keep())
            room.closing()
            self._pages.removeWidget(room)
            self.registry.remove(command.id for command in self.registry.of(name))
            room.deleteLater()
        self._stored.setValue(f"room/{path}", self._present)
        self.rooms.clear()
        self._present = ""
        self.frame = None
        self._pages.setCurrentWidget(self._waiting)

    def show_room(self, name: str) -> Room | None:
        """Bring a room to the front, building it when it is shown for the first time."""
        if self.frame is None:
            return None
        name = name if name in ROOMS else HOME
        room = self.rooms.get(name) or self._build(name, self.frame)
        self._present = name
        self._pages.setCurrentWidget(room)
        self.registry.enter(name)
        room.entered()
        room.setFocus(Qt.FocusReason.OtherFocusReason)
        return room

    def go(self, place: Place) -> None:
        """Show a place in its room."""
        room = self.show_room(place.room)
        if room is not None:
            room.show_place(place.target)

    @property
    def present_room(self) -> Room | None:
        return self.rooms.get(self._present)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """The first paint is what opening a workspace waits for."""
        super().paintEvent(event)
        if not self._painted:
            self._painted = True
            QTimer.singleShot(0, self.first_painted.emit)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:  # noqa: N802 - Qt's name
        """Files and folders of this computer may be dropped."""
        if any(url.isLocalFile() for url in event.mimeData().urls()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:  # noqa: N802 - Qt's name
        """A drop is an Open."""
        paths = [Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile()]
        event.acceptProposedAction()
        self._open_paths(paths)

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802 - Qt's name
        """Ask once while a job runs; keep geometry and places."""
        if self.frame is not None and self.frame.jobs.active and not self._may_stop():
            event.ignore()
            return
        self._stored.setValue("geometry", self.saveGeometry())
        self._stored.setValue("state", self.saveState(STATE_VERSION))
        super().closeEvent(event)

    def _enter(self, name: str) -> None:
        self.show_room(name)

    def _is_present(self, name: str) -> bool:
        return self._present == name

    def _may_stop(self) -> bool:
        answer = self.dialogs.ask(
            "A job is running.",
            "What is finished is kept; the job can be continued later.",
            ["Stop and close", "Keep running"],
        )
        return answer == "Stop and close"

    def _build(self, name: str, frame: Frame) -> Room:
        module, _, cls = ROOMS[name][1].partition(":")
        room: Room = getattr(importlib.import_module(module), cls)(frame)
        room.go.connect(self.go)
        self.rooms[name] = room
        self._pages.addWidget(room)
        self.registry.add(*room.commands())
        kept: Any = self._stored.value(f"place/{frame.session.workspace.path}/{name}")
        if isinstance(kept, dict) and kept:
            room.restore_place(kept)
        return room

    def _room_commands(self) -> list[Command]:
        return [
            Command(
                id=f"room.{name}",
                title=title,
                do=partial(self._enter, name),
                menu="View",
                shortcut=f"Ctrl+{number}",
                icon=name,
                checked=partial(self._is_present, name),
                enabled=lambda: self.frame is not None,
                why_not="A workspace is being opened.",
            )
            for number, (name, (title, _)) in enumerate(ROOMS.items(), 1)
        ]

    def _restore_geometry(self) -> None:
        self.resize(1280, 800)
        geometry, state = self._stored.value("geometry"), self._stored.value("state")
        if isinstance(geometry, QByteArray):
            self.restoreGeometry(geometry)
        if isinstance(state, QByteArray):
            self.restoreState(state, STATE_VERSION)
