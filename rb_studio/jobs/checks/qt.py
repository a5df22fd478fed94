"""Whether Qt starts: in a process of its own, because it aborts where a library is missing."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass

from rb_studio.jobs.checks.base import Check

SECONDS = 60
LIBRARIES = "libegl1 libgl1 libxkbcommon0 libdbus-1-3 libfontconfig1"
WINDOW_LIBRARIES = "libxcb-cursor0 libxkbcommon-x11-0 libxcb-icccm4 libxcb-keysyms1"
_MISSING = re.compile(r"(lib[\w.+-]+\.so[\w.]*|lib[\w-]+\d|xcb-\w+)[^\n]*(?:cannot open shared object|is needed)")


@dataclass(frozen=True, slots=True)
class Started:
    """What came of starting Qt on a platform; `fault` is None when it came up."""

    platform: str
    qt: str = ""
    screens: int = 0
    fault: str | None = None


def start(platform: str | None) -> Started:
    """Start Qt on a platform, or on the one it chooses itself (None)."""
    environment = {name: value for name, value in os.environ.items() if name != "QT_QPA_PLATFORM"}
    if platform is not None:
        environment["QT_QPA_PLATFORM"] = platform
    try:
        done = subprocess.run(
            [sys.executable, "-m", "rb_studio.gui.probe"],
            env=environment,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return Started(platform or "", fault=f"Qt did not start within {SECONDS} s")
    if done.returncode != 0:
        return Started(platform or "", fault=_reason(done.stderr))
    found = json.loads(done.stdout)
    return Started(found["platform"], found["qt"], found["screens"])


def drawing() -> Iterator[Check]:
    """Qt without a display: what pictures of curves need."""
    started = start("offscreen")
    detail = f"Qt {started.qt} draws without a display" if started.fault is None else started.fault
    yield Check("qt", started.fault is None, detail, _install(LIBRARIES))


def display() -> Iterator[Check]:
    """Qt on this session's display: what the window needs."""
    chosen = os.environ.get("QT_QPA_PLATFORM")
    if not chosen and sys.platform.startswith("linux") and not _has_display():
        detail = "no display in this session (neither DISPLAY nor WAYLAND_DISPLAY); every command works without one"
        yield Check("display", True, detail, essential=False)
        return
    started = start(chosen or None)
    if started.fault is None:
        yield Check("display", True, f"{started.platform}, screens: {started.screens}", essential=False)
    else:
        yield Check("display", False, started.fault, _install(f"{LIBRARIES} {WINDOW_LIBRARIES}"), essential=False)


def _has_display() -> bool:
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def _install(libraries: str) -> str:
    if sys.platform.startswith("linux"):
        return f"install Qt's system libraries: apt-get install {libraries} (or your system's packages of them)"
    return 'reinstall Qt: pip install --force-reinstall "PySide6-Essentials<6.12"'


def _reason(said: str) -> str:
    """The line of Qt's complaint that names what is missing, else its last one."""
    missing = _MISSING.search(said)
    if missing:
        return f"Qt does not start: {missing[1]} is missing"
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    told = next((line for line in reversed(lines) if "Error" in line or "plugin" in line), "it ended without a word")
    return f"Qt does not start: {told}"
