"""Fixtures for tests of models."""

import threading
import time

import pytest

from rb_studio.models.profile import Profile
from tests.models.fake_server import FakeServer


@pytest.fixture
def server():
    with FakeServer() as running:
        yield running


@pytest.fixture
def profile(server):
    return Profile("fake", server.url, "fake-model", timeout=10, retries=2, key_env="RB_STUDIO_TEST_KEY")


@pytest.fixture
def no_leaked_threads():
    """Fails when a thread of ours outlives the test."""
    before = set(threading.enumerate())
    yield
    deadline = time.monotonic() + 5
    while (left := [t for t in threading.enumerate() if t not in before]) and time.monotonic() < deadline:
        left[0].join(0.1)
    assert left == []
