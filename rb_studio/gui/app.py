"""Start-up of the window: nothing heavy before the first paint."""

import logging
import os
import signal
import sys
from pathlib import Path

from PySide6.QtCore import QMessageLogContext, QTimer, QtMsgType, qInstallMessageHandler
from PySide6.QtGui import QPixmapCache
from PySide6.QtWidgets import QApplication

from rb_studio.gui.studio import Studio

log = logging.getLogger(__name__)
NAME = "rb-studio"
NO_DISPLAY = "no window can be shown here: Qt found no display it can use"
GIL_TURN = 0.001  # seconds; by default a thread that computes keeps the GUI thread waiting five times as long
PAINTED_KEPT = 64 * 1024  # kilobytes of curves and axes as they were painted, for turning back to them


def make_application(no_display: str = NO_DISPLAY) -> QApplication:
    """The one QApplication, in our style; where Qt cannot start, one sentence and the end of the process."""
    sys.setswitchinterval(GIL_TURN)
    running = QApplication.instance()
    application = running if isinstance(running, QApplication) else _started(no_display)
    application.setApplicationName(NAME)
    application.setApplicationDisplayName("rb_studio")
    application.setDesktopFileName("io.github.rb_studio.rb_studio")
    application.setStyle("Fusion")
    QPixmapCache.setCacheLimit(PAINTED_KEPT)
    return application


def _started(no_display: str) -> QApplication:
    """Qt ends the process itself when no platform plugin works; its own lines are kept back until then."""

    def told(kind: QtMsgType, _context: QMessageLogContext, text: str) -> None:
        if kind == QtMsgType.QtFatalMsg:
            sys.stderr.write(f"rb-studio: {no_display}\n")
            sys.stderr.flush()
            os._exit(1)
        log.debug("%s", text)

    before = qInstallMessageHandler(told)
    application = QApplication([NAME])
    qInstallMessageHandler(before)
    return application


def run(paths: list[Path], no_display: str = NO_DISPLAY) -> int:
    """Open the window and stay until it is closed; returns the exit code."""
    application = make_application(no_display)
    studio = Studio(paths)

    def stop(*_: object) -> None:
        """A signal ends the program without asking, job or dialogs or not; what is committed stays."""
        application.exit(0)

    signal.signal(signal.SIGINT, stop)
    signal.signal(signal.SIGTERM, stop)
    awake = QTimer()  # lets Python see signals while Qt waits
    awake.start(250)
    awake.timeout.connect(lambda: None)
    studio.window.show()
    code = application.exec()
    awake.stop()
    studio.close()
    return int(code)


if __name__ == "__main__":
    sys.exit(run([Path(argument) for argument in sys.argv[1:]]))
