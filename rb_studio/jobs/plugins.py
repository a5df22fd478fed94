"""Memory methods of one's own, found where the user says: a file, an installed package, or one that comes along.

Only what is named here is ever run. A workspace keeps a method's name and identity, never a path and never code, so
opening one from elsewhere runs nothing, and going on with its runs takes naming the method again.
"""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import replace
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path

from rb_studio.jobs.method_host import loaded
from rb_studio.jobs.request import RunRequest
from rb_studio.models.settings import Settings
from rb_studio.records.arm import MEMORY_MODES
from rb_studio.records.errors import UnreadableInput, UsageError
from rb_studio.records.own_method import MethodSource
from rb_studio.records.resources import root

GROUP = "rb_studio.methods"
LARGEST = 1_000_000
_FILE = re.compile(r"(?P<path>.+\.py)(?::(?P<name>[^\W\d]\w*))?", re.IGNORECASE)
_NAME = re.compile(r"\w[\w.-]{0,59}")


def shipped() -> dict[str, Path]:
    """The methods that come along as examples, by name."""
    return {path.stem: path for path in sorted((root() / "methods").glob("*.py"))}


def installed() -> dict[str, EntryPoint]:
    """Methods of installed packages by name; nothing of them is imported."""
    return {point.name: point for point in entry_points(group=GROUP)}


def with_methods(
    request: RunRequest, memories: Sequence[str], settings: Settings
) -> tuple[RunRequest, tuple[str, ...]]:
    """The request with the methods of one's own among `memories`, and the names of all of them.

    A memory is a shipped mode, FILE.py or FILE.py:NAME, or the name of an installed method or of an example. Each
    method is loaded once, in a process of its own.

    Raises
    ------
    UsageError
        A file is missing or defines no method, or two methods have one name.
    """
    found: dict[str, MethodSource] = {}
    names: list[str] = []
    for memory in memories:
        source = find(memory)
        name = memory if source is None else source.name
        if source is not None and found.get(name, source).identity != source.identity:
            raise UsageError(f"two different methods are called {name!r}: rename the file of one of them")
        if source is not None and name not in found:
            found[name] = replace(source, functions=loaded(source, settings.method_seconds))
        names.append(name)
    return replace(request, methods=tuple(found.values())), tuple(dict.fromkeys(names))


def find(text: str) -> MethodSource | None:
    """The method a text names, not loaded; None for a shipped mode and for what is no method."""
    if text in MEMORY_MODES:
        return None
    file = _FILE.fullmatch(text)
    if file is not None:
        return _from_file(Path(file["path"]).expanduser(), file["name"] or "")
    points = [point for point in entry_points(group=GROUP) if point.name == text]
    if len({point.value for point in points}) > 1:
        raise UsageError(f"several installed packages have a method {text!r}: uninstall all but one of them")
    if points:
        return _from_package(points[0])
    example = shipped().get(text)
    return None if example is None else _from_file(example, "")


def brought(memory: str) -> str:
    """A memory as a card or a workspace names it, which is never a file. Raises `UsageError`."""
    if _FILE.fullmatch(memory):
        raise UsageError(
            f"the memory {memory!r} names a file, which only you may: no code that is brought along is run"
        )
    return memory


def _from_file(path: Path, attribute: str) -> MethodSource:
    name = attribute or path.stem
    if name in MEMORY_MODES or not _NAME.fullmatch(name):
        why = "is a shipped mode's" if name in MEMORY_MODES else "cannot name an arm"
        raise UsageError(f"the name {name!r} {why}: name {path.name} otherwise, with letters, digits, _ and -")
    try:
        code = path.read_bytes()
    except OSError as error:
        raise UnreadableInput(
            f"the method {path} cannot be read ({error.strerror}): give the path of its file, FILE.py or FILE.py:NAME"
        ) from None
    if not code.strip() or len(code) > LARGEST:
        raise UnreadableInput(f"the method {path} is {'empty' if not code.strip() else 'too large'}: is it the file?")
    identity = f"sha256:{hashlib.sha256(code).hexdigest()}" + (f":{attribute}" if attribute else "")
    return MethodSource(name, identity, path.name, code, attribute)


def _from_package(point: EntryPoint) -> MethodSource:
    if point.name in MEMORY_MODES or not _NAME.fullmatch(point.name):
        raise UsageError(f"the installed method {point.name!r} cannot name an arm: ask its author for another name")
    version = "unknown" if point.dist is None else f"{point.dist.name} {point.dist.version}"
    return MethodSource(point.name, f"{version}:{point.value}", point.value, b"", point.value)
