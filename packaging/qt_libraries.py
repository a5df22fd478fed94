"""Make sure the system libraries Qt needs are there; only the standard library is used.

Missing ones are installed through apt when this runs as root or `sudo -n` works; otherwise one sentence names them and
the exit code is 1. Systems other than Linux bring what Qt needs.
"""

import ctypes
import os
import shutil
import subprocess
import sys

OFFSCREEN = {
    "libGL.so.1": "libgl1",
    "libEGL.so.1": "libegl1",
    "libfontconfig.so.1": "libfontconfig1",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libdbus-1.so.3": "libdbus-1-3",
    "libxkbcommon.so.0": "libxkbcommon0",
}
X11 = {
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxcb-xkb.so.1": "libxcb-xkb1",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
}


def missing_packages(libraries: dict[str, str]) -> list[str]:
    """Debian's names of the libraries that cannot be loaded."""
    return [package for library, package in libraries.items() if not _loads(library)]


def _loads(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def administrator() -> list[str] | None:
    """How to run apt without being asked for a password; None where that is impossible."""
    if shutil.which("apt-get") is None:
        return None
    if os.geteuid() == 0:
        return []
    if (
        shutil.which("sudo")
        and subprocess.run(["sudo", "-n", "true"], capture_output=True, check=False).returncode == 0
    ):
        return ["sudo", "-n"]
    return None


def install(prefix: list[str], packages: list[str]) -> bool:
    """Install packages quietly; True when apt succeeded."""
    environment = [*prefix, "env", "DEBIAN_FRONTEND=noninteractive"]
    commands = (["apt-get", "update", "-qq"], ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *packages])
    return all(
        subprocess.run([*environment, *command], stdout=sys.stderr, check=False).returncode == 0 for command in commands
    )


def main() -> int:
    if not sys.platform.startswith("linux"):
        return 0
    libraries = OFFSCREEN | (X11 if os.environ.get("DISPLAY") else {})
    missing = missing_packages(libraries)
    prefix = administrator() if missing else None
    if missing and prefix is not None:
        print(f"Installing system libraries for Qt: {' '.join(missing)}", file=sys.stderr)
        install(prefix, missing)
        missing = missing_packages(libraries)
    if missing:
        names = " ".join(missing)
        print(
            f"Qt needs system libraries that are missing; install them (apt-get install {names}) and run make again.",
            file=sys.stderr,
        )
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
