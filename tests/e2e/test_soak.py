"""A window left open on a long run keeps to its memory."""

import pytest

from tests.benchmarks.soak import soak

pytestmark = [pytest.mark.long, pytest.mark.timeout(900)]
MINUTES, ALLOWED = 6.0, 1.15


def test_memory_stays_where_it_was_while_runs_go_on(tmp_path, monkeypatch):
    monkeypatch.setenv("RB_STUDIO_CONFIG_DIR", str(tmp_path))
    monkeypatch.setenv("RB_STUDIO_DATA_DIR", str(tmp_path))
    memory = soak(tmp_path, MINUTES)
    assert memory.steps > 1000, "the runs must have gone on"
    assert memory.last <= ALLOWED * memory.settled, f"{memory.settled:.0f} MB became {memory.last:.0f} MB"
