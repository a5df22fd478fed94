"""Pictures from the command line: chooses the platform plugin before the window's package is imported."""

import os
import sys
from collections.abc import Callable
from pathlib import Path

from rb_studio.records.curve import CurveSet


def save(curves: CurveSet, *, png: Path | None = None, svg: Path | None = None) -> list[Path]:
    """Draw curves into files; without a display Qt draws offscreen."""
    if sys.platform.startswith("linux") and not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from rb_studio.gui.figures import save_png, save_svg

    written: list[Path] = []
    jobs: list[tuple[Callable[[CurveSet, Path], None], Path | None]] = [(save_png, png), (save_svg, svg)]
    for write, path in jobs:
        if path is not None:
            write(curves, path)
            written.append(path)
    return written
