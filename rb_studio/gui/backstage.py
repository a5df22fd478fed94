"""What runs behind the window from the first paint to its end: the log and the watch for crashes."""

import logging
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt

from rb_studio.gui.crash import CrashDialog, CrashWatch, versions
from rb_studio.gui.logs import LogDock, start_logging, stop_logging

if TYPE_CHECKING:
    from rb_studio.gui.window import Window

log = logging.getLogger(__name__)


class Backstage:
    """Log file, log dock and crash report of one window.

    A data folder that cannot be written to costs the log file and the report of a crash of the process, not
    the window.
    """

    def __init__(self, window: "Window", folder: Path) -> None:
        self._window = window
        self._handlers, fault = start_logging(folder / "logs")
        self.log_dock = LogDock(self._handlers[0], window)
        if not window.restoreDockWidget(self.log_dock):
            window.addDockWidget(Qt.DockWidgetArea.BottomDockWidgetArea, self.log_dock)
        self.log_dock.visibilityChanged.connect(window.registry.refresh)
        self.crash_watch = CrashWatch(folder / "crash", self.log_dock.tail)
        self.crash_watch.start()
        if fault:
            log.warning("no log is kept: %s cannot be written to (%s)", folder, fault)
            window.toast.say(f"No log is kept, because {folder} cannot be written to ({fault}).")

    def toggle_log(self) -> None:
        """Show the log, with the keyboard in it, or hide it."""
        shown = not self.log_dock.isVisible()
        self.log_dock.setVisible(shown)
        if shown:
            self.log_dock.setFocus(Qt.FocusReason.OtherFocusReason)
        elif self._window.present_room is not None:
            self._window.present_room.setFocus(Qt.FocusReason.OtherFocusReason)

    def log_shown(self) -> bool:
        return not self.log_dock.isHidden()

    def tell_last_crash(self) -> None:
        """Offer the report the last start left behind."""
        if self.crash_watch.left_behind:
            self._window.toast.say("The program ended abruptly last time.", "Show report", self._show_last_crash)

    def stop(self) -> None:
        """Stop watching and logging."""
        self.crash_watch.stop()
        stop_logging(*self._handlers)

    def _show_last_crash(self) -> None:
        text, self.crash_watch.left_behind = self.crash_watch.left_behind, ""
        CrashDialog(f"# rb_studio crash report\n\n{versions()}\n\n```\n{text}\n```\n", self._window).open()
