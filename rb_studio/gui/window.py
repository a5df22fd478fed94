"""The main window, assembled from parts: activity bar, rooms, status bar, messages."""

import importlib
import logging
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from PySide6.QtCore import QByteArray, QSettings, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent, QPaintEvent
from PySide6.QtWidgets import QLabel, QMainWindow, QStackedWidget, QVBoxLayout, QWidget

from rb_studio.gui.activity import ActivityBar
from rb_studio.gui.commands.registry import Command, Registry
from rb_studio.gui.frame import Frame
from rb_studio.gui.review.cover import COVERED, Cover
from rb_studio.gui.review.reviews import reviews_of
from rb_studio.gui.rooms.room import Place, Room
from rb_studio.gui.status.workspace import WorkspaceStatus
from rb_studio.gui.theme import Theme
from rb_studio.gui.widgets.toast import Toast

if TYPE_CHECKING:
    from rb_studio.gui.widgets.banner import Banner


class RoomOffer(NamedTuple):
    """A room by its title and where its class is; loaded when it is first shown."""

    title: str
    module: str
    cls: str


log = logging.getLogger(__name__)
ROOMS: Mapping[str, RoomOffer] = {
    "tasks": RoomOffer("Tasks", "rb_studio.gui.rooms.tasks.view", "TasksRoom"),
    "trajectories": RoomOffer("Trajectories", "rb_studio.gui.rooms.trajectories.view", "TrajectoriesRoom"),
    "verdicts": RoomOffer("Verdicts", "rb_studio.gui.rooms.verdicts.view", "VerdictsRoom"),
    "memories": RoomOffer("Memories", "rb_studio.gui.rooms.memories.view", "MemoriesRoom"),
    "scaling": RoomOffer("Scaling", "rb_studio.gui.rooms.scaling.view", "ScalingRoom"),
}
STATE_VERSION = 1
HOME = "tasks"
DECORATIONS = QSize(8, 48)  # what a window manager draws around; it is only known once the window is shown


class Window(QMainWindow):
    """One workspace on screen.

    `open_paths` is what drop, Open and the command line all end in; `may_close` is asked before the window goes.

    Signals
    -------
    first_painted
        The window is on screen for the first time.
    """

    first_painted = Signal()

    def __init__(
        self,
        theme: Theme,
        stored: QSettings,
        open_paths: Callable[[list[Path]], None],
        may_close: Callable[[], bool],
    ) -> None:
        super().__init__()
        self.setWindowTitle("rb_studio")
        self.setAcceptDrops(True)
        self.setMinimumSize(640, 480)
        self.theme, self._stored, self._open_paths, self._may_close = theme, stored, open_paths, may_close
        self.registry = Registry(theme, self)
        self.rooms: dict[str, Room] = {}
        self.frame: Frame | None = None
        self._present = ""
        self._painted = False
        self._pages = QStackedWidget()
        self._waiting = QLabel("Opening\u2026", alignment=Qt.AlignmentFlag.AlignCenter)
        self._pages.addWidget(self._waiting)
        self._nothing: QWidget | None = None
        self._banner: Banner | None = None
        self._cover: Cover | None = None
        self._middle = QVBoxLayout()
        self._lay_out()
        self.activity = ActivityBar(self)
        self.addToolBar(Qt.ToolBarArea.LeftToolBarArea, self.activity)
        self.workspace_status = WorkspaceStatus()
        self.statusBar().addPermanentWidget(self.workspace_status)
        self.toast = Toast(self)
        self.registry.add(*self._room_commands())
        for name in ROOMS:
            self.activity.add_room(self.registry.action(f"room.{name}"))
        self._restore_geometry()

    def set_frame(self, frame: Frame, why_read_only: str = "") -> None:
        """A workspace is open: build rooms on it from now on, and come back to where it was left."""
        self.frame = frame
        path = frame.session.workspace.path
        self.setWindowTitle(f"{path.stem}{' (read-only)' if why_read_only else ''} \u2013 rb_studio")
        self.workspace_status.show_file(path, why_read_only)
        if why_read_only:
            self.toast.say(f"{path.name} is open for reading only: {why_read_only}.")
        self.show_room(self.last_room(path))

    def last_room(self, path: Path) -> str:
        """The room in which a workspace was left."""
        name = str(self._stored.value(f"room/{path}", HOME))
        return name if name in ROOMS else HOME

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
        self.setWindowTitle("rb_studio")
        self.workspace_status.show_file(None)
        self._pages.setCurrentWidget(self._waiting)

    @property
    def opening(self) -> bool:
        """True while no room is on screen because a workspace is being opened."""
        return self._pages.currentWidget() is self._waiting

    def show_opening(self, path: Path) -> None:
        """A workspace is being opened; the one on screen stays until then."""
        if self.frame is None:
            self._waiting.setText(f"Opening {path.name}\u2026")
            self._pages.setCurrentWidget(self._waiting)

    def show_nothing(self, sentence: str, command_ids: Sequence[str]) -> None:
        """No workspace is open: why, and what can be done."""
        from rb_studio.gui.widgets.nothing_open import NothingOpen

        self._drop_nothing()
        page = self._nothing = NothingOpen(sentence, [self.registry.action(one) for one in command_ids])
        self._pages.addWidget(page)
        self._pages.setCurrentWidget(page)
        page.setFocus(Qt.FocusReason.OtherFocusReason)

    def show_banner(self, text: str, label: str = "", act: Callable[[], object] | None = None) -> None:
        """What stays wrong, over the rooms; empty for nothing."""
        if self._banner is None and text:
            from rb_studio.gui.widgets.banner import Banner

            banner = self._banner = Banner()
            self._middle.insertWidget(0, banner)
        if self._banner is not None:
            self._banner.say(text, label, act)

    def show_room(self, name: str) -> Room | None:
        """Bring a room to the front, building it when it is shown for the first time."""
        if self.frame is None:
            return None
        name = name if name in ROOMS else HOME
        room = self.rooms.get(name) or self._build(name, self.frame)
        self._drop_nothing()
        self._present = name
        if name in COVERED and reviews_of(self.frame).blind.on:
            self._cover_room(name)
            return room
        self._pages.setCurrentWidget(room)
        self.registry.enter(name)
        room.entered()
        room.setFocus(Qt.FocusReason.OtherFocusReason)
        self.toast.make_way()
        return room

    @property
    def covered(self) -> bool:
        """True while the room to be shown would tell what is hidden from who judges blind."""
        return self._cover is not None and self._pages.currentWidget() is self._cover

    def go(self, place: Place) -> None:
        """Show a place in its room."""
        room = self.show_room(place.room)
        if room is not None:
            room.show_place(place.target)

    @property
    def present_room(self) -> Room | None:
        return self.rooms.get(self._present)

    def undo_scope(self) -> str | None:
        """What Ctrl+Z acts on in the room on screen."""
        room = self.present_room
        return room.undo_scope() if room is not None and not self.covered else None

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
        """Ask where something would be stopped; keep geometry and places."""
        if not self._may_close():
            event.ignore()
            return
        self._stored.setValue("geometry", self.saveGeometry())
        self._stored.setValue("state", self.saveState(STATE_VERSION))
        super().closeEvent(event)

    def _enter(self, name: str) -> None:
        self.show_room(name)

    def _cover_room(self, name: str) -> None:
        """The room stays as it is, and none of its commands is offered."""
        if self._cover is None:
            self._cover = Cover()
            self._cover.back.connect(self._back_to_review)
            self._cover.seen.connect(self._see)
            self._pages.addWidget(self._cover)
        self._cover.show_room(ROOMS[name].title)
        self._pages.setCurrentWidget(self._cover)
        self.registry.enter("")
        self._cover.setFocus(Qt.FocusReason.OtherFocusReason)

    def _back_to_review(self) -> None:
        self.show_room("trajectories")

    def _see(self) -> None:
        if self.frame is not None:
            reviews_of(self.frame).blind.set(False)
            self.show_room(self._present)

    def _is_present(self, name: str) -> bool:
        return self._present == name

    def _lay_out(self) -> None:
        middle = QWidget()
        middle.setLayout(self._middle)
        self._middle.setContentsMargins(0, 0, 0, 0)
        self._middle.setSpacing(0)
        self._middle.addWidget(self._pages)
        self.setCentralWidget(middle)

    def _drop_nothing(self) -> None:
        """The page that was shown while nothing was open is not needed any more."""
        if self._nothing is not None:
            self._pages.removeWidget(self._nothing)
            self._nothing.deleteLater()
            self._nothing = None

    def _build(self, name: str, frame: Frame) -> Room:
        offer = ROOMS[name]
        room: Room = getattr(importlib.import_module(offer.module), offer.cls)(frame)
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
                title=offer.title,
                do=partial(self._enter, name),
                menu="View",
                shortcut=f"Ctrl+{number}",
                icon=name,
                checked=partial(self._is_present, name),
                enabled=lambda: self.frame is not None,
                why_not="A workspace is being opened.",
            )
            for number, (name, offer) in enumerate(ROOMS.items(), 1)
        ]

    def _restore_geometry(self) -> None:
        self.resize(QSize(1280, 800).boundedTo(self.screen().availableSize() - DECORATIONS))
        geometry, state = self._stored.value("geometry"), self._stored.value("state")
        if isinstance(geometry, QByteArray):
            self.restoreGeometry(geometry)
        if isinstance(state, QByteArray):
            self.restoreState(state, STATE_VERSION)
