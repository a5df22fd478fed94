"""Pictures of the rooms for README: `python packaging/pictures.py [WORKSPACE]`, drawn offscreen, light and dark.

Without a workspace the practice demo is run first, so the pictures show simulated results, and say so.
"""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
TARGET = Path(__file__).resolve().parent / "pictures"
SIZE = (1280, 800)
SETTLED = 4.0  # seconds a room is given to read and draw


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        os.environ["RB_STUDIO_CONFIG_DIR"] = os.environ["RB_STUDIO_DATA_DIR"] = folder
        workspace = Path(sys.argv[1]) if len(sys.argv) > 1 else practised(Path(folder))
        draw(workspace)
    return 0


def practised(folder: Path) -> Path:
    """A workspace with the demo in it."""
    path = folder / "demo.rbank"
    command = [sys.executable, "-m", "rb_studio.cli", "demo", "--headless", "-w", str(path)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return path


def draw(workspace: Path) -> None:
    """Every room in both themes."""
    from rb_studio.gui.app import make_application
    from rb_studio.gui.studio import Studio
    from rb_studio.gui.window import ROOMS

    application = make_application()
    studio = Studio([workspace])
    studio.window.resize(*SIZE)
    studio.window.show()
    wait(application.processEvents, lambda: studio.frame is not None)
    TARGET.mkdir(exist_ok=True)
    for room in ROOMS:  # a room shown for the first time also loads what it draws with
        studio.window.show_room(room)
        settle(application.processEvents)
    for theme in ("light", "dark"):
        studio.theme.choose(theme)
        for room in ROOMS:
            studio.window.show_room(room)
            settle(application.processEvents)
            studio.window.grab().save(str(TARGET / f"{room}-{theme}.png"))
    studio.window.close()
    studio.close()


def wait(turn: Callable[[], None], ready: Callable[[], bool], seconds: float = 30) -> None:
    """Let the window work until something is so."""
    deadline = time.monotonic() + seconds
    while not ready():
        if time.monotonic() > deadline:
            raise SystemExit("the window did not get ready")
        turn()
        time.sleep(0.01)


def settle(turn: Callable[[], None]) -> None:
    """Let the window work for a moment."""
    deadline = time.monotonic() + SETTLED
    wait(turn, lambda: time.monotonic() > deadline)


if __name__ == "__main__":
    sys.exit(main())
