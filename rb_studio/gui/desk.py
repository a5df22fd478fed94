"""What the application's commands do with the window: its dialogs, its log, its size."""

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt

from rb_studio.models.folders import config_folder, data_folder

if TYPE_CHECKING:
    from rb_studio.gui.backstage import Backstage
    from rb_studio.gui.commands.elsewhere import Elsewhere
    from rb_studio.gui.studio import Studio

PATTERN = "Workspaces (*.rbank)"
OPENED_FOLDER = "Read a folder of trajectories, predictions and reports into this workspace"
OPENED = "Open a workspace, or read trajectories, tasks and memories into this one"


class Desk(QObject):
    """Dialogs are loaded when they are asked for."""

    def __init__(self, studio: "Studio") -> None:
        super().__init__(studio)
        self._studio, self._window = studio, studio.window
        self.backstage: Backstage | None = None
        self._elsewhere: Elsewhere | None = None

    def ask_new(self) -> None:
        """Where a new workspace is to be; an existing one is opened."""
        path = self._studio.dialogs.save_file("New workspace", "workspace.rbank", PATTERN)
        if path is not None:
            named = path if path.suffix == ".rbank" else path.with_name(f"{path.name}.rbank")
            self._studio.open_workspace(named, create=True)

    def ask_open(self) -> None:
        """Files to open or to read."""
        found: list[Path] = self._studio.dialogs.open_files(OPENED, f"All files (*);;{PATTERN}")
        if found:
            self._studio.open_paths(found)

    def ask_open_folder(self) -> None:
        """A folder to read: what belongs to one run in it becomes one run."""
        found: Path | None = self._studio.dialogs.open_folder(OPENED_FOLDER)
        if found is not None:
            self._studio.open_paths([found])

    def show_palette(self) -> None:
        from rb_studio.gui.commands.palette import Palette

        Palette(self._window.registry, self._window, self._rooms()).open()

    def ask_run(self) -> None:
        """What to run is asked where the tasks are."""
        self._rooms().perform("tasks", "run.start")

    def can_ask_run(self) -> bool:
        return self._window.frame is not None

    def show_settings(self) -> None:
        from rb_studio.gui.dialogs.settings import SettingsDialog

        dialog = SettingsDialog(self._studio.theme, self._studio.choose_theme, self._window)
        dialog.saved.connect(self._settings_saved)
        dialog.open()

    def show_shortcuts(self) -> None:
        """Every key, of this room and the others."""
        from rb_studio.gui.dialogs.key_sheet import KeySheet

        KeySheet(self._window.registry, self._window, self._rooms() if self._window.frame else None).open()

    def show_about(self) -> None:
        from rb_studio.gui.crash import versions
        from rb_studio.gui.dialogs.about import About

        frame = self._studio.frame
        workspace = frame.session.workspace.path if frame else "none"
        folders = f"- settings: {config_folder()}\n- data: {data_folder()}\n- workspace: {workspace}"
        About(f"rb_studio, Apache-2.0\n\n{versions()}\n{folders}\n", self._window).open()

    def toggle_log(self) -> None:
        if self.backstage is not None:
            self.backstage.toggle_log()

    def log_shown(self) -> bool:
        return self.backstage is not None and self.backstage.log_shown()

    def full_screen(self) -> None:
        """All of the screen, or a window again."""
        self._window.setWindowState(self._window.windowState() ^ Qt.WindowState.WindowFullScreen)
        self._window.registry.refresh()

    def is_full_screen(self) -> bool:
        return bool(self._window.windowState() & Qt.WindowState.WindowFullScreen)

    def quit(self) -> None:
        self._window.close()

    def _rooms(self) -> "Elsewhere":
        from rb_studio.gui.commands.elsewhere import Elsewhere

        self._elsewhere = self._elsewhere or Elsewhere(self._window)
        return self._elsewhere

    def _settings_saved(self) -> None:
        self._window.toast.say("The settings are saved.")
        if self._studio.frame is not None:
            self._studio.frame.session.settled.emit()
