"""Patches side by side: what they do to each file, without what differs by where they were made."""

import difflib
import re
from collections.abc import Sequence
from dataclasses import dataclass

_FILE = re.compile(r"diff --git a/(?P<old>\S+) b/(?P<new>\S+)")
_TARGET = re.compile(r"(?:\+\+\+|---) (?:[ab]/)?(?P<path>[^\t\n]+)")
_HUNK = re.compile(r"@@ -\d+(?:,\d+)? \+\d+(?:,\d+)? @@")
_NOWHERE = "/dev/null"


@dataclass(frozen=True, slots=True)
class PatchedFile:
    """What each of some patches does to one file: its hunks, None where it leaves the file alone.

    `same` tells that all do the same. `diff` holds the lines of a unified diff from the first patch's hunks to each
    other one's, nothing where they are equal.
    """

    path: str
    hunks: tuple[str | None, ...]
    same: bool
    diff: tuple[tuple[str, ...], ...]


def by_file(patch: str) -> dict[str, str]:
    """The hunks of a unified diff by file, without line numbers and blob ids, in the order of the patch."""
    found: dict[str, list[str]] = {}
    path, inside = "", False
    for line in patch.splitlines():
        named = _FILE.match(line)
        target = None if inside else _TARGET.match(line)
        if named is not None:
            path, inside = named["new"], False
            found.setdefault(path, [])
        elif _HUNK.match(line):
            inside = True
            found.setdefault(path, []).append(_HUNK.sub("@@", line).strip())
        elif inside and line[:1] in ("+", "-", " ", "\\", ""):
            found[path].append(line)
        elif target is not None and target["path"].strip() != _NOWHERE:
            inside, path = False, target["path"].strip()
            found.setdefault(path, [])
    return {name: "\n".join(lines) for name, lines in found.items()}


def compare_patches(patches: Sequence[str | None]) -> tuple[PatchedFile, ...]:
    """Every file that any of the patches touches, those that differ first."""
    each = [by_file(patch or "") for patch in patches]
    paths = dict.fromkeys(path for one in each for path in one)
    files = [_patched(path, tuple(one.get(path) for one in each)) for path in paths]
    return tuple(sorted(files, key=lambda file: file.same))


def _patched(path: str, hunks: tuple[str | None, ...]) -> PatchedFile:
    first = (hunks[0] or "").splitlines()
    diffs = tuple(tuple(_lines(first, (other or "").splitlines())) for other in hunks[1:])
    return PatchedFile(path, hunks, len(set(hunks)) == 1, diffs)


def _lines(first: Sequence[str], other: Sequence[str]) -> list[str]:
    return [line.rstrip("\n") for line in difflib.unified_diff(first, other, n=2, lineterm="")][2:]
