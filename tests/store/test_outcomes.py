"""Outcomes: whole, once, and back again."""

from dataclasses import replace

import numpy as np
import pytest

from rb_studio.records.errors import UsageError, WorkspaceError
from rb_studio.records.memory import ItemState
from rb_studio.records.outcome import TaskOutcome
from rb_studio.records.review import Doubt
from rb_studio.store import banks, curation, feed, items, outcomes, review, rollouts, runs
from tests.store.conftest import Ground
from tests.store.faults import dump_all
from tests.store.samples import ARM, EMBEDDER, invalid_outcome, item, outcome


def commit(ground: Ground, given: TaskOutcome, run: int | None = None, bank: int | None = None) -> object:
    return ground.workspace.run(lambda db: outcomes.commit_outcome(db, run or ground.run, bank or ground.bank, given))


def test_an_outcome_reads_back_as_it_was_committed(ground: Ground) -> None:
    given = outcome("shop/1")
    change = commit(ground, given)
    assert change.ids["rollout"] == (1, 2)
    back = outcomes.load_outcome(ground.workspace.reader(), ground.run, "shop/1", with_calls=True)
    assert np.array_equal(back.experience_vector, given.experience_vector)
    assert replace(back, experience_vector=None) == replace(given, experience_vector=None)
    assert outcomes.load_outcome(ground.workspace.reader(), ground.run, "shop/1").calls == ()
    assert outcomes.load_outcome(ground.workspace.reader(), ground.run, "shop/2") is None


def test_its_experience_is_in_the_bank_with_its_vector_and_in_the_feed(ground: Ground) -> None:
    given = outcome("shop/1")
    commit(ground, given)
    conn = ground.workspace.reader()
    value = banks.bank_value(conn, ground.bank, embedder=EMBEDDER)
    assert value.experiences == (given.experience,)
    assert np.array_equal(value.vectors[given.experience.uid], given.experience_vector)
    events = feed.events_after(conn, 0, run=ground.run)
    assert {event.kind for event in events} == {
        "run", "retrieved", "verdict", "rollout_ended", "selected", "distilled", "outcome",
    }  # fmt: skip
    for event in events:
        assert conn.execute(f"SELECT count(*) FROM {event.table} WHERE id = ?", (event.row,)).fetchone()[0] == 1
    assert feed.events_after(conn, events[-2].id, run=ground.run) == events[-1:]
    assert feed.last_event(conn) == events[-1].id


def test_what_a_hold_out_withheld_reads_back(ground: Ground) -> None:
    plain = outcome("shop/1")
    hits = tuple(replace(hit, item_uids=(), withheld_uids=hit.item_uids) for hit in plain.retrieval.hits)
    given = replace(plain, retrieval=replace(plain.retrieval, hits=hits, withhold=0.25))
    commit(ground, given)
    back = outcomes.load_outcome(ground.workspace.reader(), ground.run, "shop/1")
    assert back.retrieval == given.retrieval
    assert any(hit.withheld_uids for hit in back.retrieval.hits)


def test_candidates_and_why_they_are_doubted_read_back(ground: Ground) -> None:
    plain = outcome("shop/1")
    new = tuple(replace(one, state=ItemState.CANDIDATE) for one in plain.experience.items)
    doubts = {new[0].uid: (Doubt("near duplicate", 0.95), Doubt("no cited step"))}
    given = replace(plain, experience=replace(plain.experience, items=new), doubts=doubts)
    commit(ground, given)
    conn = ground.workspace.reader()
    back = outcomes.load_outcome(conn, ground.run, "shop/1")
    assert (back.experience, back.doubts) == (given.experience, doubts)
    waiting = review.queue(conn, ground.bank)
    assert len(waiting) == len(new)
    assert review.doubts(conn, waiting) == {waiting[0]: doubts[new[0].uid]}


def test_committing_again_changes_nothing(ground: Ground) -> None:
    commit(ground, outcome("shop/1"))
    before = dump_all(ground.workspace.reader())
    assert commit(ground, outcome("shop/1")).empty
    assert dump_all(ground.workspace.reader()) == before


def test_curation_after_the_commit_does_not_change_the_outcome(ground: Ground) -> None:
    given = outcome("shop/1")
    commit(ground, given)
    ground.workspace.run(lambda db: curation.set_state(db, ground.bank, [1, 2], ItemState.DELETED))
    back = outcomes.load_outcome(ground.workspace.reader(), ground.run, "shop/1")
    assert back.experience == given.experience


def test_an_invalid_outcome_is_counted_apart_and_replaced_by_a_valid_one(ground: Ground) -> None:
    conn = ground.workspace.reader()
    commit(ground, invalid_outcome("shop/1"))
    before = dump_all(conn)
    assert commit(ground, invalid_outcome("shop/1")).empty
    assert dump_all(conn) == before
    assert outcomes.finished_tasks(conn, ground.run) == set()
    assert outcomes.invalid_tasks(conn, ground.run) == {"shop/1"}
    commit(ground, outcome("shop/1"))
    assert outcomes.finished_tasks(conn, ground.run) == {"shop/1"}
    assert outcomes.invalid_tasks(conn, ground.run) == set()
    assert len(rollouts.rollout_rows(conn, run=ground.run)) == 2


def test_an_outcome_that_lost_a_part_to_a_fault_teaches_nothing_and_is_replaced(ground: Ground) -> None:
    conn, run = ground.workspace.reader(), ground.workspace.run
    for _ in range(2):
        run(lambda db: outcomes.commit_outcome(db, ground.run, ground.bank, outcome("shop/1"), whole=False))
    assert outcomes.invalid_tasks(conn, ground.run) == {"shop/1"}
    assert banks.bank_value(conn, ground.bank, embedder=EMBEDDER).experiences == ()
    commit(ground, outcome("shop/1"))
    assert outcomes.finished_tasks(conn, ground.run) == {"shop/1"}
    assert len(banks.bank_value(conn, ground.bank, embedder=EMBEDDER).experiences) == 1


def test_what_cannot_be_kept_whole_is_refused_whole(ground: Ground) -> None:
    conn = ground.workspace.reader()
    before = dump_all(conn)
    with pytest.raises(WorkspaceError, match="has no bank"):
        ground.workspace.run(lambda db: outcomes.commit_outcome(db, ground.run, None, outcome("shop/1")))
    with pytest.raises(WorkspaceError, match="unnamed embedder"):
        commit(ground, replace(outcome("shop/1"), retrieval=None))
    with pytest.raises(UsageError, match="no run 77"):
        commit(ground, outcome("shop/1"), run=77)
    assert dump_all(conn) == before


def test_without_memory_no_bank_is_needed(ground: Ground) -> None:
    arm = replace(ARM, memory="none")
    run = ground.workspace.run(lambda db: runs.create_run(db, arm))
    given = replace(outcome("shop/1", arm, learns=False), retrieval=None)
    ground.workspace.run(lambda db: outcomes.commit_outcome(db, run, None, given))
    assert outcomes.load_outcomes(ground.workspace.reader(), run) == [replace(given, calls=())]


def test_an_equal_cell_reads_the_results_of_the_run_it_shares(ground: Ground) -> None:
    shared = ground.workspace.run(lambda db: runs.create_run(db, ARM, shared_with=ground.run))
    commit(ground, outcome("shop/1", learns=False))
    conn = ground.workspace.reader()
    assert outcomes.finished_tasks(conn, shared) == {"shop/1"}
    assert outcomes.load_outcome(conn, shared, "shop/1") == outcomes.load_outcome(conn, ground.run, "shop/1")
    assert rollouts.rollout_rows(conn, run=shared) == rollouts.rollout_rows(conn, run=ground.run)


def test_unknown_tokens_and_cost_stay_unknown(ground: Ground) -> None:
    given = outcome("shop/1", learns=False)
    quiet = [replace(one, reply=replace(one.reply, usage=None, cost=None)) for one in given.calls[:1]]
    commit(ground, replace(given, calls=(*quiet, *given.calls[1:])))
    first, second = rollouts.rollout_rows(ground.workspace.reader(), run=ground.run)
    assert (first.tokens_act, first.tokens_judge, first.cost) == (None, 120, None)
    assert (second.tokens_act, second.tokens_judge, second.cost) == (120, 120, 1.0)


def test_how_often_an_item_was_injected_is_counted(ground: Ground) -> None:
    ground.workspace.run(lambda db: curation.add_item(db, ground.bank, item(1)))
    commit(ground, outcome("shop/1"))
    commit(ground, outcome("shop/2"))
    assert items.item_by_uid(ground.workspace.reader(), ground.bank, "item-1").used == 2


@pytest.mark.parametrize(
    "words", ["検索\U0001f600", "lone \ud800 half", "nul \x00 inside", "\u2028\r\n\t", "{{memory}}"]
)
def test_texts_of_any_kind_are_kept_and_surrogates_made_visible(ground: Ground, words: str) -> None:
    given = outcome("shop/1", words=words)
    commit(ground, given)
    back = outcomes.load_outcome(ground.workspace.reader(), ground.run, "shop/1", with_calls=True)
    visible = words.replace("\ud800", "\\ud800")
    assert back.rollouts[0].steps[0].thought == f"I look at page 1 {visible}"
    assert back.rollouts[0].steps[0].observation.splitlines()[0] == f"RootWebArea page 1 {visible}".splitlines()[0]
    assert visible in back.experience.items[0].content
    assert visible in back.experience.task_text
    if visible == words:
        assert replace(back, experience_vector=None) == replace(given, experience_vector=None)


def test_messages_that_repeat_are_stored_once(ground: Ground) -> None:
    commit(ground, outcome("shop/1"))
    conn = ground.workspace.reader()
    stored = conn.execute(
        "SELECT count(*) FROM blob WHERE size = ?", (len("You operate a website. " * 30),)
    ).fetchone()[0]
    assert stored == 1
    sent = rollouts.calls(conn, run=ground.run, role="actor")
    assert [one.messages[0].content for one in sent] == ["You operate a website. " * 30] * 2
    assert rollouts.calls(conn, rollout_uid=sent[0].rollout_uid, role="judge")[0].reply.text == "reply 1"
