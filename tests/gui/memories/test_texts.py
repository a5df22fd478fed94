"""How foreign and stored texts are put on screen."""

import time

import pytest

from rb_studio.gui.rooms.memories.texts import local_time, sentence


@pytest.fixture
def tokyo(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.parametrize("stored", ["2026-01-01T20:00:00+00:00", "2026-01-01T20:00:00.123456Z", "2026-01-01T20:00:00"])
def test_a_moment_is_told_by_the_clock_on_the_wall(tokyo, stored: str) -> None:
    assert local_time(stored) == "2026-01-02 05:00:00"


def test_a_moment_that_cannot_be_read_is_shown_as_it_is() -> None:
    assert local_time("long ago") == "long ago"


def test_a_message_begins_as_a_sentence_but_a_clause_stays_as_typed() -> None:
    assert sentence("there is no field") == "There is no field"
    assert sentence("used:x is no comparison") == "used:x is no comparison"
    assert sentence("") == ""
