"""Opens the window on a workspace, types a title over the first item's, never saves it, and waits to be killed."""

import sys
from pathlib import Path

from PySide6.QtCore import QTimer

from rb_studio.gui.app import make_application
from rb_studio.gui.studio import Studio

TYPED = "Typed a moment before the end"


def main() -> None:
    application = make_application()
    studio = Studio([Path(sys.argv[1])])
    look = QTimer()

    def type_once() -> None:
        room = studio.window.rooms.get("memories") or studio.window.show_room("memories")
        if room is not None and room.editing.detail is not None:
            look.stop()
            room.side.editor.title.input.setText(TYPED)

    look.timeout.connect(type_once)
    studio.opened.connect(lambda: look.start(20))
    studio.window.show()
    application.exec()


if __name__ == "__main__":
    main()
