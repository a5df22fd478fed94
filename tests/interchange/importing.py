"""Importing through the command line."""

from pathlib import Path
from typing import Any

from tests.cli.conftest import Run


def imported(run: Run, ws: Path, *paths: Path, options: tuple[str, ...] = ()) -> list[dict[str, Any]]:
    ran = run("import", ws, *paths, *options, "--json")
    assert ran.code == 0, ran.err
    files: list[dict[str, Any]] = ran.json["files"]
    return files
