"""Fixtures every test may use."""

from pathlib import Path

import pytest
from hypothesis import settings

# A busy machine is no defect: time limits belong to benchmarks, not to properties.
settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")

SHARED = Path(__file__).resolve().parents[2] / "shared"


def shared_file(*parts: str) -> Path:
    """A file of the sample collection beside the checkout; skips where it is absent."""
    path = SHARED.joinpath(*parts)
    if not path.exists():
        pytest.skip(f"the sample {'/'.join(parts)} is not beside this checkout")
    return path


@pytest.fixture
def samples() -> Path:
    """Folder of real trajectory files."""
    return shared_file("samples")


@pytest.fixture
def webarena_file() -> Path:
    """WebArena's raw task file."""
    return shared_file("tasks", "webarena_test.raw.json")
