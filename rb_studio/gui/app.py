"""Start-up of the window: nothing heavy before the first paint."""

import signal
import sys
from pathlib import Path

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from rb_studio.gui.studio import Studio

NAME = "rb-studio"
GIL_TURN = 0.001  # seconds; by default a thread that computes keeps the GUI thread waiting five times as long


def make_application() -> QApplication:
    """The one QApplication, in our style."""
    sys.setswitchinterval(GIL_TURN)
    running = QApplication.instance()
    application = running if isinstance(running, QApplication) else QApplication([NAME])
    application.setApplicationName(NAME)
    application.setApplicationDisplayName("rb_studio")
    application.setDesktopFileName("io.github.rb_studio.rb_studio")
    application.setStyle("Fusion")
    return application


def run(paths: list[Path]) -> int:
    """Open the window and stay until it is closed; returns the exit code."""
    application = make_application()
    studio = Studio(paths)

    def stop(*_: object) -> None:
        """A signal ends the program, dialogs or not; what is committed stays."""
        application.quit()

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
