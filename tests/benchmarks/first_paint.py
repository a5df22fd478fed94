"""How long until a window is painted: `python -m tests.benchmarks.first_paint empty|studio [WORKSPACE]`, in ms."""

import sys
import time

BEGUN = time.perf_counter()


def main() -> int:
    from PySide6.QtCore import QEvent, QObject
    from PySide6.QtWidgets import QApplication, QMainWindow

    class Watch(QObject):
        painted = 0.0

        def eventFilter(self, watched, event):  # noqa: N802 - Qt's name
            if event.type() == QEvent.Type.Paint and not self.painted:
                self.painted = time.perf_counter()
            return False

    if sys.argv[1] == "empty":
        application, studio, window = QApplication([]), None, QMainWindow()
        window.resize(1280, 800)
    else:
        from pathlib import Path

        from rb_studio.gui.app import make_application
        from rb_studio.gui.studio import Studio

        application = make_application()
        studio = Studio([Path(sys.argv[2])])
        window = studio.window
    watch = Watch()
    window.installEventFilter(watch)
    window.show()
    while not watch.painted:
        application.processEvents()
    print(1000 * (watch.painted - BEGUN))
    if studio is not None:
        studio.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
