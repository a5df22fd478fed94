"""The application around the window: opening and closing workspaces, first start, what is asked of all rooms."""

import logging
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QSettings, Signal

from rb_studio.gui.desk import Desk
from rb_studio.gui.dialogs.questions import QtDialogs
from rb_studio.gui.frame import Dialogs, Frame, load_settings
from rb_studio.gui.garbage import Garbage
from rb_studio.gui.menus import Menus, Recent
from rb_studio.gui.theme import Theme
from rb_studio.gui.window import HOME, ROOMS, Window
from rb_studio.models.folders import config_folder, data_folder

if TYPE_CHECKING:
    from rb_studio.gui.backstage import Backstage
    from rb_studio.gui.bench import Bench
    from rb_studio.gui.opener import Opener
    from rb_studio.gui.widgets.focus_ring import FocusRing
    from rb_studio.store.workspace import Workspace

log = logging.getLogger(__name__)
SUFFIX = ".rbank"
PRACTICE_NAME, OWN_NAME = "practice.rbank", "workspace.rbank"


class Studio(QObject):
    """Owns the window and the one open workspace.

    Until the first paint only the window itself is made; what works behind it is loaded by the opener's thread.

    Signals
    -------
    opened
        A workspace is open and its room is on screen.
    """

    opened = Signal()

    def __init__(self, paths: list[Path], *, dialogs: Dialogs | None = None) -> None:
        super().__init__()
        self._garbage = Garbage(self)
        self.stored = QSettings(str(config_folder() / "window.ini"), QSettings.Format.IniFormat)
        self.theme = Theme(str(self.stored.value("theme", "system")), self)
        self.dialogs: Dialogs = dialogs or QtDialogs()
        self.window = Window(self.theme, self.stored, self.open_paths, self.may_close)
        if isinstance(self.dialogs, QtDialogs):
            self.dialogs.parent = self.window
        self.recent = Recent(self.stored)
        self.window.toast.changed.connect(self.window.registry.refresh)
        self.menus = Menus(self.window.menuBar(), self.window.registry, self.recent, self.open_path)
        self.desk = Desk(self)
        self._bench: Bench | None = None
        self._opener: Opener | None = None
        self._backstage: Backstage | None = None
        self._ring: FocusRing | None = None
        self._practise = False
        self._paths = [path for path in paths if path.suffix == SUFFIX]
        self._to_read = [path for path in paths if path.suffix != SUFFIX]
        self.window.first_painted.connect(self._start)

    @property
    def frame(self) -> Frame | None:
        """The services of the open workspace; None while there is none."""
        return self._bench.frame if self._bench is not None else None

    def open_paths(self, paths: list[Path]) -> None:
        """A workspace is opened, anything else is read into the open one."""
        workspaces = [path for path in paths if path.suffix == SUFFIX]
        self._to_read += [path for path in paths if path.suffix != SUFFIX]
        if workspaces:
            self.open_workspace(workspaces[0], create=False)
        if len(workspaces) > 1:
            self.window.toast.say(f"One workspace at a time: {workspaces[0].name} is opened.")
        if self._bench is not None and not workspaces:
            self._read_files()
        elif self._to_read and not self.window.opening and not workspaces:
            self.window.toast.say("Open or make a workspace; the files are read into it then.")

    def open_path(self, path: Path) -> None:
        """Open a workspace that is there already."""
        self.open_workspace(path, create=False)

    def open_workspace(self, path: Path, *, create: bool) -> None:
        """Open a workspace in the background; the present one is closed once the new one is there."""
        path = path.absolute()
        if self._opener is None:
            self._paths = [path]
        elif self._bench is not None and self._bench.frame.session.workspace.path == path:
            self.window.toast.say(f"{path.name} is open already.")
        elif self.job_runs():
            self.window.toast.say("A job is running: stop it before opening another workspace.")
        else:
            self.window.show_opening(path)
            self._opener.open(path, ROOMS[self.window.last_room(path)].module, create=create)

    def open_practice(self) -> None:
        """Practise in a workspace of its own."""
        path = data_folder().absolute() / PRACTICE_NAME
        if self._bench is not None and self._bench.frame.session.workspace.path == path:
            self._bench.show_practice()
        else:
            self._practise = not self.job_runs()
            self.open_workspace(path, create=True)

    def open_saved(self, path: Path) -> None:
        """Go on in the copy of a workspace whose own file is gone."""
        if self._opener is not None:
            self.window.show_opening(path)
            self._opener.open(path, ROOMS[HOME].module, create=False)

    def may_close(self) -> bool:
        """Asked once while a job runs, or while the workspace's file is gone."""
        return self._bench is None or self._bench.may_close()

    def close(self) -> None:
        """Stop the job, close the workspace, end the threads."""
        self._leave()
        if self._opener is not None:
            self._opener.stop()
        if self._backstage is not None:
            self._backstage.stop()
        self._garbage.stop()
        self.stored.sync()

    # what commands ask

    def undo(self, redo: bool) -> None:
        if self._bench is not None:
            self._bench.undoing.act(redo)

    def can_undo(self, redo: bool) -> bool:
        return self._bench is not None and self._bench.undoing.label(redo) is not None

    def undo_title(self, redo: bool) -> str:
        word = "&Redo" if redo else "&Undo"
        label = self._bench.undoing.label(redo) if self._bench is not None else None
        return f"{word} {label.replace('&', '&&')}" if label else word

    def resume(self) -> None:
        if self._bench is not None:
            self._bench.resume()

    def can_resume(self) -> bool:
        return self._bench is not None and self._bench.can_resume()

    def take_message(self) -> None:
        self.window.toast.take()

    def has_message(self) -> bool:
        return bool(self.window.toast.label)

    def message_title(self) -> str:
        """The command that takes it, named after what it does."""
        label = self.window.toast.label
        return f"&Message: {label.replace('&', '&&')}" if label else "Do what the &message offers"

    def stop_job(self) -> None:
        if self._bench is not None:
            self._bench.frame.jobs.stop()

    def job_runs(self) -> bool:
        return self._bench is not None and self._bench.frame.jobs.active

    def choose_theme(self, choice: str) -> None:
        self.theme.choose(choice)
        self.stored.setValue("theme", choice)
        self.window.registry.refresh()

    def is_theme(self, choice: str) -> bool:
        return self.theme.choice == choice

    # from the first paint to an open workspace

    def _start(self) -> None:
        """The window is painted: everything else is made now, the slow part of it on the opener's thread."""
        from rb_studio.gui.opener import Opener

        self._opener = Opener(self)
        self._opener.prepared.connect(self._prepared)
        self._opener.opened.connect(self._set_workspace)
        self._opener.refused.connect(self._refused)
        self._opener.prepare()

    def _prepared(self) -> None:
        from rb_studio.gui.backstage import Backstage
        from rb_studio.gui.commands.application import application_commands
        from rb_studio.gui.widgets.focus_ring import FocusRing

        self._ring = FocusRing(self.theme, self)
        self._backstage = self.desk.backstage = Backstage(self.window, data_folder())
        self.window.registry.add(*application_commands(self, self.desk))
        self.menus.follow()
        self._open_first()
        self._backstage.tell_last_crash()

    def _open_first(self) -> None:
        """What was asked for, the last workspace, else a practice workspace that runs at once."""
        recent = self.recent.paths()
        there = [path for path in recent if path.exists()]
        if self._paths:
            self.open_workspace(self._paths[0], create=True)
        elif there:
            self.open_workspace(there[0], create=False)
        elif recent:
            self.window.show_nothing(f"{recent[0]} is not there any more.", self._ways_on())
        elif self._to_read:
            self.open_workspace(data_folder() / OWN_NAME, create=True)
        else:
            self.open_practice()

    def _refused(self, path: Path, sentence: str) -> None:
        """A workspace could not be opened: the present one stays, or the window says what can be done."""
        log.warning("%s", sentence)
        self._practise = False
        said = sentence[:1].upper() + sentence[1:].rstrip(".") + "."
        if self._bench is None:
            self.window.show_nothing(said, self._ways_on())
        else:
            self.window.toast.say(said)

    def _ways_on(self) -> list[str]:
        return ["file.open", "file.new", "file.practice"]

    def _set_workspace(self, workspace: "Workspace", why_read_only: str) -> None:
        from rb_studio.gui.bench import Bench

        self._leave()
        self.recent.remember(workspace.path)
        self._bench = Bench(self, workspace, load_settings)
        self.window.set_frame(self._bench.frame, why_read_only)
        self._bench.begin(practise=self._practise)
        self._practise = False
        self._read_files()
        self.opened.emit()
        if self._opener is not None:
            self._opener.load(room.module for room in ROOMS.values())

    def _read_files(self) -> None:
        if self._bench is not None and self._to_read:
            paths, self._to_read = self._to_read, []
            self._bench.read(paths)

    def _leave(self) -> None:
        if self._bench is not None:
            bench, self._bench = self._bench, None
            bench.stop_job()
            self.window.drop_rooms()
            bench.close()
