"""`rb-studio [WS]`: the window."""

import os
import sys
from pathlib import Path

from rb_studio.records.errors import RbStudioError

NO_DISPLAY = (
    "there is no display for a window here; `rb-studio demo --headless` runs the practice world in the terminal, and "
    "`rb-studio --help` lists what else works without one"
)


def open_window(paths: list[Path]) -> int:
    """Open the window and stay until it is closed; without a display say what works instead."""
    if not has_display():
        raise RbStudioError(NO_DISPLAY)
    from rb_studio.gui.app import run

    return run(paths, NO_DISPLAY)


def has_display() -> bool:
    """Whether a window can be shown; a platform plugin that was asked for by name counts."""
    if not sys.platform.startswith("linux") or os.environ.get("QT_QPA_PLATFORM"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
