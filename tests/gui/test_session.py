"""Queries and operations behind the window."""

import threading

import pytest

from rb_studio.records.errors import UsageError
from rb_studio.records.memory import ItemState
from rb_studio.store import banks, curation, items


def test_a_query_reads_on_another_thread_and_answers_on_this_one(frame, qtbot):
    seen = {}

    def read(conn):
        seen["read"] = threading.get_ident()
        return len(banks.banks(conn))

    def done(count):
        seen["done"], seen["count"] = threading.get_ident(), count

    frame.session.query("banks", read, done)
    qtbot.waitUntil(lambda: "done" in seen)
    assert seen["count"] >= 1
    assert seen["done"] == threading.get_ident() != seen["read"]


def test_an_overtaken_answer_is_dropped(frame, qtbot):
    hold, answers = threading.Event(), []
    frame.session.query("search", lambda conn: hold.wait(10), answers.append)
    frame.session.query("search", lambda conn: "new", answers.append)
    qtbot.waitUntil(lambda: answers == ["new"])
    hold.set()
    frame.session.query("other", lambda conn: "last", answers.append)
    qtbot.waitUntil(lambda: "last" in answers)
    assert answers == ["new", "last"]


def test_a_foreseen_failure_is_one_sentence(frame, qtbot):
    def read(conn):
        raise UsageError("there is no such bank")

    with qtbot.waitSignal(frame.session.failed) as caught:
        frame.session.query("bank", read, lambda result: None)
    assert caught.args == ["there is no such bank"]


def test_an_operation_tells_every_view_what_changed(frame, qtbot):
    conn = frame.session.workspace.reader()
    bank = banks.find_bank(conn, "reasoningbank").id
    item = items.list_items(conn, bank, limit=1)[0]
    with qtbot.waitSignal(frame.session.changed) as caught:
        frame.session.operate(lambda db: curation.set_state(db, bank, [item.id], ItemState.ARCHIVED))
    change = caught.args[0]
    assert change.ids["memory_item"] == (item.id,)
    assert items.item(conn, bank, item.id).state == "archived"


def test_a_failed_operation_changes_nothing_and_is_told(frame, qtbot):
    told = []
    frame.session.operate(lambda db: curation.set_state(db, 999, [1], ItemState.ARCHIVED), failed=told.append)
    qtbot.waitUntil(lambda: bool(told))
    assert len(told[0]) > 10


@pytest.mark.parametrize("late", ["query", "background"])
def test_answers_after_closing_are_dropped(make_frame, workspace, qtbot, late):
    hold, answers = threading.Event(), []
    session = make_frame(workspace).session
    if late == "query":
        session.query("late", lambda conn: hold.wait(10), answers.append)
    else:
        session.background(lambda: hold.wait(10), answers.append)
    hold.set()
    session.close()
    qtbot.wait(10)
    assert answers in ([], [True])
