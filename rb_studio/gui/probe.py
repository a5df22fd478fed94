"""Whether Qt starts here: run as a program, since a platform plugin that cannot load aborts its process."""

import json
import sys


def main() -> int:
    """Start Qt on the platform QT_QPA_PLATFORM names and say what came up, as one JSON object."""
    from PySide6.QtCore import qVersion
    from PySide6.QtGui import QGuiApplication, QImage

    application = QGuiApplication(["rb-studio"])
    found = {
        "qt": qVersion(),
        "platform": application.platformName(),
        "screens": len(application.screens()),
        "draws": not QImage(8, 8, QImage.Format.Format_RGB32).isNull(),
    }
    sys.stdout.write(json.dumps(found) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
