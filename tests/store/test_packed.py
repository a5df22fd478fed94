"""Outcomes packed by whoever made them: written as if they had been packed where they are written."""

import pickle
import sqlite3
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rb_studio.records.calls import CallSettings, Message
from rb_studio.store import blobs, outcomes
from rb_studio.store.call_rows import read_calls, save_calls
from rb_studio.store.packed import pack
from rb_studio.store.rows import clean
from rb_studio.store.workspace import Workspace
from tests.store.conftest import Ground
from tests.store.samples import ARM, call, invalid_outcome, outcome


def test_an_outcome_packed_elsewhere_reads_back_whole(ground: Ground) -> None:
    made = outcome("shop/1", words="100 % of %d and %s")
    sent = pickle.loads(pickle.dumps(pack(made)))
    ground.workspace.run(lambda db: outcomes.commit_outcome(db, ground.run, ground.bank, sent))
    back = outcomes.load_outcome(ground.workspace.reader(), ground.run, "shop/1", with_calls=True)
    assert back is not None
    assert replace(back, experience_vector=None) == replace(made, experience_vector=None)


def test_what_is_packed_leaves_no_text_to_compress_for_the_one_who_writes(
    ground: Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent = pack(outcome("shop/1"))

    def never(text: str) -> blobs.PackedText:
        raise AssertionError(f"compressed again: {text!r}")

    monkeypatch.setattr(blobs, "pack", never)
    assert not ground.workspace.run(lambda db: outcomes.commit_outcome(db, ground.run, ground.bank, sent)).empty


def test_an_invalid_outcome_is_recognised_when_it_comes_again_packed(ground: Ground) -> None:
    def commit() -> bool:
        sent = pickle.loads(pickle.dumps(pack(invalid_outcome("shop/9"))))
        return bool(ground.workspace.run(lambda db: outcomes.commit_outcome(db, ground.run, None, sent)).empty)

    assert [commit(), commit()] == [False, True]


def test_texts_stand_once_and_are_found_again(workspace: Workspace) -> None:
    texts = blobs.Texts()
    words = ["one", "two", "one", "\ud800", "\\ud800", "three" * 900]
    places = [texts.place(word) for word in words]
    first = workspace.run(lambda db: blobs.put_all(db, texts.packed()))
    again = workspace.run(lambda db: blobs.put_all(db, texts.packed()))
    assert first == again
    assert first[None] is None
    assert [blobs.get(workspace.reader(), first[place]) for place in places] == [clean(word) for word in words]
    assert workspace.reader().execute("SELECT count(*) FROM blob").fetchone()[0] == 4


PARTS = st.tuples(st.sampled_from(["user", "system", "100%d"]), st.text(max_size=30), st.booleans())


@given(st.lists(PARTS, max_size=4))
@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_request_reads_back_whatever_stands_in_it(ground: Ground, parts: list[tuple[str, str, bool]]) -> None:
    """Signs of a format, headings, quotes, surrogates."""
    messages = tuple(Message(role, clean(f"{text}:\n" + "x" * 200 if long else text)) for role, text, long in parts)
    one = replace(call(ARM, "shop/1", "actor", 1, None), messages=messages, settings=CallSettings(0.7, None))
    ground.workspace.run(lambda db: save_calls(db, ground.run, "shop/1", [one]))
    assert read_calls(ground.workspace.reader(), _rows(ground, one.uid)) == [one]


def _rows(ground: Ground, uid: str) -> list[sqlite3.Row]:
    return ground.workspace.reader().execute("SELECT * FROM llm_call WHERE uid = ?", (uid,)).fetchall()
