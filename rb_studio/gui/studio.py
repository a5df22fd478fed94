"""The application around the window: opening and closing workspaces, first start, application commands."""

import logging
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QSettings, Qt, Signal, Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu

from rb_studio.gui.commands.registry import MENUS, Command
from rb_studio.gui.crash import CrashDialog, CrashWatch, versions
from rb_studio.gui.dialogs.questions import QtDialogs
from rb_studio.gui.frame import Dialogs, Frame
from rb_studio.gui.jobs import JobControl, JobState
from rb_studio.gui.logs import LogDock, start_logging, stop_logging
from rb_studio.gui.reading import FilesRead, read_files
from rb_studio.gui.rooms.room import Place
from rb_studio.gui.session import Session
from rb_studio.gui.status.job import JobStatus
from rb_studio.gui.theme import Theme
from rb_studio.gui.window import Window
from rb_studio.models.folders import config_folder, data_folder
from rb_studio.records.errors import RbStudioError, WorkspaceBusy
from rb_studio.store import operations
from rb_studio.store.changes import ChangeRecord
from rb_studio.store.workspace import Workspace

if TYPE_CHECKING:
    from rb_studio.models.settings import Settings

log = logging.getLogger(__name__)
RECENT = 10
PRACTICE_NAME = "practice.rbank"
PATTERN = "Workspaces (*.rbank)"


class Studio(QObject):
    """Owns the window and the one open workspace.

    Signals
    -------
    opened
        A workspace is open and its room is on screen.
    """

    opened = Signal()
    _arrived = Signal(object)

    def __init__(self, paths: list[Path], *, dialogs: Dialogs | None = None) -> None:
        super().__init__()
        self.stored = QSettings(str(config_folder() / "window.ini"), QSettings.Format.IniFormat)
        self.theme = Theme(str(self.stored.value("theme", "system")), self)
        self.dialogs: Dialogs = dialogs or QtDialogs()
        self.window = Window(self.theme, self.dialogs, self.stored, self.open_paths)
        if isinstance(self.dialogs, QtDialogs):
            self.dialogs.parent = self.window
        self.frame: Frame | None = None
        self._opener = ThreadPoolExecutor(1, thread_name_prefix="open")
        self._arrived.connect(self._set_workspace)
        self._job_status: JobStatus | None = None
        self._first_start = False
        self._dock_handler, self._file_handler = start_logging(data_folder() / "logs")
        self.log_dock = LogDock(self._dock_handler, self.window)
        self.window.addDockWidget(Qt.DockWidgetArea.BottomDockWidgetArea, self.log_dock)
        self.crash_watch = CrashWatch(data_folder() / "crash", self.log_dock.tail)
        self.crash_watch.start()
        self.window.registry.add(*self._commands())
        self._menus: dict[str, QMenu] = {}
        self._fill_menus()
        self.window.registry.added.connect(self._fill_menus)
        self._paths = paths
        self.window.first_painted.connect(self._start)

    def open_paths(self, paths: list[Path]) -> None:
        """A workspace is opened, anything else is read into the open one."""
        workspaces = [path for path in paths if path.suffix == ".rbank"]
        if workspaces:
            self.open_workspace(workspaces[0], create=False)
        others = [path for path in paths if path.suffix != ".rbank"]
        if others and self.frame is not None:
            self._import(others)

    def open_workspace(self, path: Path, *, create: bool) -> None:
        """Open a workspace in the background; the present one is closed once the new one is there."""
        if self.frame is not None and self.frame.jobs.active:
            self.window.toast.say("A job is running: stop it before opening another workspace.")
            return
        same = self.frame is not None and self.frame.session.workspace.path == path.absolute()
        if not same:
            self._opener.submit(self._open, path.absolute(), create)

    def close(self) -> None:
        """Stop the job, close the workspace, end the threads."""
        self._leave_workspace()
        self._opener.shutdown(wait=True)
        self.crash_watch.stop()
        stop_logging(self._dock_handler, self._file_handler)
        self.stored.sync()

    @Slot()
    def _start(self) -> None:
        """What to open first: what was asked for, the last workspace, else a practice workspace that runs at once."""
        recent, paths = self._recent(), self._paths
        if paths:
            self.open_workspace(paths[0], create=paths[0].suffix == ".rbank")
        elif recent and recent[0].exists():
            self.open_workspace(recent[0], create=False)
        else:
            self._first_start = True
            self.open_workspace(data_folder() / PRACTICE_NAME, create=True)

    def _open(self, path: Path, create: bool) -> None:
        """On the opener's thread: a workspace, or the sentence why not."""
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            try:
                self._arrived.emit(Workspace.open(path, write=True, create=create))
            except WorkspaceBusy as busy:
                log.info("%s", busy)
                self._arrived.emit(Workspace.open(path, write=False))
        except (RbStudioError, OSError) as error:
            self._arrived.emit(str(error))

    def _set_workspace(self, arrived: "Workspace | str") -> None:
        if isinstance(arrived, str):
            self.window.toast.say(arrived)
            return
        self._leave_workspace()
        session = Session(arrived, self)
        jobs = JobControl(session, self)
        self.frame = Frame(
            session=session,
            theme=self.theme,
            registry=self.window.registry,
            jobs=jobs,
            dialogs=self.dialogs,
            settings=load_settings,
            toast=self.window.toast.say,
            open_paths=self.open_paths,
        )
        self._job_status = JobStatus(jobs)
        self.window.statusBar().addWidget(self._job_status, 1)
        jobs.changed.connect(self._job_changed)
        session.changed.connect(lambda _change: self.window.registry.refresh())
        self._remember(arrived.path)
        self.window.set_frame(self.frame)
        if not arrived.writable:
            self.window.toast.say("Another process writes to this workspace: it is open for reading.")
        if self.crash_watch.left_behind:
            self.window.toast.say("The program ended abruptly last time.", "Show report", self._show_last_crash)
        if self._first_start:
            self._first_start = False
            self._run_practice()
        self.opened.emit()

    def _show_last_crash(self) -> None:
        text, self.crash_watch.left_behind = self.crash_watch.left_behind, ""
        CrashDialog(f"# rb_studio crash report\n\n{versions()}\n\n```\n{text}\n```\n", self.window).open()

    def _leave_workspace(self) -> None:
        if self.frame is None:
            return
        self.frame.jobs.close()
        self.window.drop_rooms()
        if self._job_status is not None:
            self.window.statusBar().removeWidget(self._job_status)
            self._job_status.deleteLater()
        self.frame.session.close()
        self.frame.jobs.deleteLater()
        self.frame.session.deleteLater()
        self.frame = None

    def _run_practice(self) -> None:
        """The first start shows the loop at work: a stream without memory, then one with it."""
        from rb_studio.jobs.request import RunRequest

        if self.frame is None:
            return
        self.window.show_room("trajectories")
        for memory in ("none", "reasoningbank"):
            request = RunRequest("practice", memory=memory, limit=60, profiles={"actor": "practice"})
            self.frame.jobs.run(request, load_settings(), f"practice, memory {memory}")

    def _job_changed(self, state: JobState) -> None:
        self.window.registry.refresh()
        if state.network:
            self.window.workspace_status.show_network(state.network)
        if state.phase in ("failed", "paused") and state.detail:
            self.window.toast.say(state.detail)

    def _import(self, paths: list[Path]) -> None:
        """Read files of other tools into the open workspace, one transaction a file."""
        frame = self.frame
        if frame is None:
            return

        def done(result: FilesRead) -> None:
            if result.sentence():
                self.window.toast.say(result.sentence())
            if result.read:
                changed = ChangeRecord("import", "user", ("rollout", "task", "memory_item", "suite"))
                frame.session.changed.emit(changed)
            if result.tasks:
                self.window.go(Place("tasks", {"file": str(result.tasks[0])}))

        frame.session.background(lambda: read_files(frame.session.workspace, paths), done)

    def _undo(self, redo: bool) -> None:
        scope = self._scope()
        if scope is not None and self.frame is not None:
            step = operations.redo if redo else operations.undo
            self.frame.session.operate(lambda db: step(db, scope))

    def _scope(self) -> str | None:
        room = self.window.present_room
        return room.undo_scope() if room is not None else None

    def _undo_label(self, redo: bool) -> str | None:
        scope = self._scope()
        if scope is None or self.frame is None:
            return None
        read = operations.redo_label if redo else operations.undo_label
        return read(self.frame.session.workspace.reader(), scope)

    def _undo_title(self, redo: bool) -> str:
        word = "&Redo" if redo else "&Undo"
        label = self._undo_label(redo)
        return f"{word} {label}" if label else word

    def _new(self) -> None:
        path = self.dialogs.save_file("New workspace", "workspace.rbank", PATTERN)
        if path is not None:
            self.open_workspace(path.with_suffix(".rbank"), create=True)

    def _ask_open(self) -> None:
        found = self.dialogs.open_files(
            "Open a workspace, or read trajectories, tasks and memories into this one", f"{PATTERN};;All files (*)"
        )
        if found:
            self.open_paths(found)

    def _show_palette(self) -> None:
        from rb_studio.gui.commands.palette import Palette

        Palette(self.window.registry, self.window).open()

    def _show_settings(self) -> None:
        from rb_studio.gui.dialogs.settings import SettingsDialog

        SettingsDialog(self.theme, self._choose_theme, self.window).open()

    def _choose_theme(self, choice: str) -> None:
        self.theme.choose(choice)
        self.stored.setValue("theme", choice)
        self.window.registry.refresh()

    def _stop_job(self) -> None:
        if self.frame is not None:
            self.frame.jobs.stop()

    def _job_runs(self) -> bool:
        return self.frame is not None and self.frame.jobs.active

    def _practice(self) -> None:
        self._first_start = True
        path = data_folder() / PRACTICE_NAME
        if self.frame is not None and self.frame.session.workspace.path == path:
            self._first_start = False
            self._run_practice()
        else:
            self.open_workspace(path, create=True)

    def _commands(self) -> list[Command]:
        here = "The room on screen has nothing to take back."
        return [
            Command("file.new", "&New workspace\u2026", self._new, "File", 0, "Ctrl+N", "add"),
            Command("file.open", "&Open\u2026", self._ask_open, "File", 0, "Ctrl+O", "open"),
            Command("file.practice", "Practice workspace", self._practice, "File", 1),
            Command("file.settings", "&Settings\u2026", self._show_settings, "File", 8, "Ctrl+,", "settings"),
            Command("file.quit", "&Quit", self._quit, "File", 9, "Ctrl+Q"),
            Command(
                "edit.undo",
                "&Undo",
                partial(self._undo, False),
                "Edit",
                0,
                "Ctrl+Z",
                "undo",
                enabled=lambda: self._undo_label(False) is not None,
                why_not=here,
                shown_title=partial(self._undo_title, False),
            ),
            Command(
                "edit.redo",
                "&Redo",
                partial(self._undo, True),
                "Edit",
                0,
                "Ctrl+Shift+Z|Ctrl+Y",
                "redo",
                enabled=lambda: self._undo_label(True) is not None,
                why_not=here,
                shown_title=partial(self._undo_title, True),
            ),
            *[
                Command(
                    f"view.theme.{choice}",
                    f"Theme: {choice}",
                    partial(self._choose_theme, choice),
                    "View",
                    5,
                    checked=partial(self._is_theme, choice),
                )
                for choice in ("system", "light", "dark")
            ],
            Command("view.log", "&Log", self._toggle_log, "View", 4, "Ctrl+Shift+L", "log", checked=self._log_shown),
            Command("help.shortcuts", "&Shortcuts", self._show_shortcuts, "Help", 0, "Ctrl+?|F1"),
            Command("help.about", "&About rb_studio", self._show_about, "Help", 1, "", "about"),
            Command("view.palette", "All &commands\u2026", self._show_palette, "View", 6, "Ctrl+Shift+P", "search"),
            Command(
                "run.stop",
                "&Stop the job",
                self._stop_job,
                "Run",
                9,
                "Ctrl+.",
                "stop",
                enabled=self._job_runs,
                why_not="No job is running.",
            ),
        ]

    def _toggle_log(self) -> None:
        self.log_dock.setVisible(not self.log_dock.isVisible())
        self.window.registry.refresh()

    def _log_shown(self) -> bool:
        return self.log_dock.isVisible()

    def _show_shortcuts(self) -> None:
        from rb_studio.gui.dialogs.about import Shortcuts

        Shortcuts(self.window.registry, self.window).open()

    def _show_about(self) -> None:
        from rb_studio.gui.dialogs.about import About

        workspace = self.frame.session.workspace.path if self.frame else "none"
        folders = f"- settings: {config_folder()}\n- data: {data_folder()}\n- workspace: {workspace}"
        About(f"rb_studio, Apache-2.0\n\n{versions()}\n{folders}\n", self.window).open()

    def _is_theme(self, choice: str) -> bool:
        return self.theme.choice == choice

    def _quit(self) -> None:
        self.window.close()

    def _fill_menus(self) -> None:
        """Menus are a rendering of the registry."""
        bar = self.window.menuBar()
        for name in MENUS:
            if name not in self._menus:
                self._menus[name] = QMenu(f"&{name}", bar)
                bar.addMenu(self._menus[name])
        by_menu: dict[str, list[tuple[int, QAction]]] = {name: [] for name in MENUS}
        for command in self.window.registry.all():
            by_menu[command.menu].append((command.group, self.window.registry.action(command.id)))
        for name, entries in by_menu.items():
            self._refill(self._menus[name], sorted(entries, key=lambda entry: entry[0]))

    def _refill(self, menu: QMenu, entries: list[tuple[int, QAction]]) -> None:
        menu.clear()
        last = entries[0][0] if entries else 0
        for group, action in entries:
            if group != last:
                menu.addSeparator()
            menu.addAction(action)
            last = group
        if menu.title() == "&File":
            self._add_recent(menu)
        menu.menuAction().setVisible(bool(entries))

    def _add_recent(self, menu: QMenu) -> None:
        recent = menu.addMenu("Open &recent")
        for path in self._recent():
            action = recent.addAction(path.name)
            action.setToolTip(str(path))
            action.setEnabled(path.exists())
            action.triggered.connect(partial(self._open_recent, path))

    def _open_recent(self, path: Path, _checked: bool = False) -> None:
        self.open_workspace(path, create=False)

    def _recent(self) -> list[Path]:
        stored = self.stored.value("recent", [])
        names = [stored] if isinstance(stored, str) else stored if isinstance(stored, list) else []
        return [Path(name) for name in names]

    def _remember(self, path: Path) -> None:
        kept = [str(path), *(str(other) for other in self._recent() if other != path)]
        self.stored.setValue("recent", kept[:RECENT])


def load_settings() -> "Settings":
    """The user's settings, read when a job needs them."""
    from rb_studio.models import settings

    return settings.load()
