"""Python, packages, SQLite, folders, sandbox and browser."""

import importlib.metadata
import importlib.util
import os
import platform
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from rb_studio.jobs.checks.base import Check
from rb_studio.models import settings
from rb_studio.models.errors import SettingsError
from rb_studio.records.resources import root

OLDEST_PYTHON = (3, 11)
# PySide6 6.12 loses references to None and True on Python 3.11 and aborts the process after a while.
LEAKING_QT = (6, 12)
OLDEST_SQLITE = (3, 37, 0)
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")
SECONDS = 10


def python() -> Iterator[Check]:
    """The interpreter's version."""
    wanted = ".".join(map(str, OLDEST_PYTHON))
    yield Check(
        "python",
        sys.version_info[:2] >= OLDEST_PYTHON,
        f"Python {platform.python_version()} on {platform.system()} {platform.machine()}",
        f"install Python {wanted} or newer",
    )


def packages() -> Iterator[Check]:
    """Every base dependency is there, and PySide6 is one that works with this Python."""
    found = {name: _version(name) for name in _dependencies()}
    missing = sorted(name for name, version in found.items() if version is None)
    shown = ", ".join(f"{name} {version}" for name, version in sorted(found.items()) if version)
    yield Check(
        "packages",
        not missing,
        f"missing: {', '.join(missing)}" if missing else shown,
        f"pip install {' '.join(missing)}" if missing else "",
    )
    qt = found.get("pyside6-essentials")
    if qt is not None:
        yield qt_version(qt, sys.version_info[:2])


def qt_version(version: str, python_version: tuple[int, int]) -> Check:
    """PySide6 against the Python it runs on."""
    numbers = tuple(int(part) for part in re.findall(r"\d+", version)[:2])
    leaks = numbers >= LEAKING_QT and python_version <= OLDEST_PYTHON
    return Check(
        "pyside6",
        not leaks,
        f"PySide6 {version}" + (" aborts after a while on this Python" if leaks else ""),
        'pip install "PySide6-Essentials<6.12", or use Python 3.12 or newer',
    )


def resources() -> Iterator[Check]:
    """Prompts and prices that ship with the program."""
    prompts = sorted((root() / "prompts").glob("*.md"))
    yield Check(
        "resources", bool(prompts), f"{len(prompts)} prompts in {root()}", "reinstall rb-studio: its files are missing"
    )


def sqlite() -> Iterator[Check]:
    """SQLite's version and the full-text search the memories need."""
    connection = sqlite3.connect(":memory:")
    missing = []
    try:
        for name, tokenizer in (("FTS5", "unicode61"), ("trigram", "trigram")):
            try:
                connection.execute(f"CREATE VIRTUAL TABLE {name} USING fts5(x, tokenize='{tokenizer}')")
            except sqlite3.OperationalError:
                missing.append(name)
    finally:
        connection.close()
    new_enough = sqlite3.sqlite_version_info >= OLDEST_SQLITE
    search = f"without {' and '.join(missing)}" if missing else "with FTS5 and trigram search"
    yield Check(
        "sqlite",
        new_enough and not missing,
        f"SQLite {sqlite3.sqlite_version} {search}",
        "use a Python built with SQLite 3.37 or newer and FTS5, such as the one of python.org",
    )


def settings_folder() -> Iterator[Check]:
    """The settings can be read and written."""
    folder = settings.config_folder()
    try:
        settings.load()
    except SettingsError as error:
        yield Check("settings", False, str(error), "mend or delete the file named")
        return
    for name, place in (("settings", folder), ("data", settings.data_folder())):
        fault = _write_fault(place)
        yield Check(
            name,
            fault is None,
            f"{place}{'' if fault is None else f' cannot be written ({fault})'}",
            f"mend the folder's permissions, or set RB_STUDIO_{'CONFIG' if name == 'settings' else 'DATA'}_DIR",
        )


def sandbox() -> Iterator[Check]:
    """Bubblewrap, which later shell tasks run inside."""
    program = shutil.which("bwrap")
    mend = "install bubblewrap (package bubblewrap) to run shell tasks in a sandbox once they are available"
    if program is None:
        yield Check("sandbox", False, "bwrap is not installed", mend, essential=False)
        return
    done = subprocess.run(
        [program, "--ro-bind", "/", "/", "--unshare-all", "true"], capture_output=True, timeout=SECONDS, check=False
    )
    said = done.stderr.decode(errors="replace").strip().splitlines()
    detail = (
        f"{program} works" if done.returncode == 0 else f"{program} does not start: {said[-1] if said else 'it fails'}"
    )
    yield Check(
        "sandbox", done.returncode == 0, detail, "allow unprivileged user namespaces on this system", essential=False
    )


def browser() -> Iterator[Check]:
    """Playwright and a Chromium, which later web tasks run in."""
    package = importlib.util.find_spec("playwright") is not None
    program = _chromium()
    parts = ["playwright" if package else "no playwright", f"Chromium at {program}" if program else "no Chromium"]
    mend = "pip install 'rb-studio[browser]' && playwright install chromium, once browser tasks are available"
    yield Check("browser", package and program is not None, ", ".join(parts), mend, essential=False)


def _dependencies() -> list[str]:
    """Names of the base dependencies, as the installed package records them."""
    try:
        requirements = importlib.metadata.requires("rb-studio") or []
    except importlib.metadata.PackageNotFoundError:
        requirements = []
    names = [re.match(r"[A-Za-z0-9._-]+", line) for line in requirements if "extra ==" not in line]
    return [name[0].lower() for name in names if name] or ["rb-studio"]


def _version(name: str) -> str | None:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None


def _write_fault(folder: Path) -> str | None:
    """Why nothing can be written to a folder, or to the nearest one above it that exists."""
    existing = next((place for place in (folder, *folder.parents) if place.exists()), folder)
    try:
        with tempfile.TemporaryFile(dir=existing):
            return None
    except OSError as error:
        return error.strerror or str(error)


def _chromium() -> Path | None:
    cache = os.environ.get("PLAYWRIGHT_BROWSERS_PATH")
    places = [Path(cache)] if cache else [Path.home() / ".cache", Path.home() / "Library" / "Caches"]
    if not cache and os.environ.get("LOCALAPPDATA"):
        places.append(Path(os.environ["LOCALAPPDATA"]))
    for place in places:
        folders = sorted((place if cache else place / "ms-playwright").glob("chromium*"))
        if folders:
            return folders[-1]
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    return Path(found) if found else None
