"""Fixtures for reading and writing foreign files."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.interchange.files import Write


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write text, bytes or a JSON value to a path below tmp_path."""

    def _write(name: str, value: Any) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(value, bytes):
            path.write_bytes(value)
        else:
            path.write_text(value if isinstance(value, str) else json.dumps(value), encoding="utf-8")
        return path

    return _write
