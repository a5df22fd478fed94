"""Live steps, and what a killed run leaves."""

from dataclasses import replace

import pytest

from rb_studio.records.outcome import LiveEvent
from rb_studio.records.trajectory import ExitReason
from rb_studio.store import feed, live, outcomes, rollouts
from tests.store.conftest import Ground
from tests.store.faults import dump_all
from tests.store.samples import invalid_outcome, outcome


def events_of(task_key: str) -> list[LiveEvent]:
    """What a task tells while it runs."""
    given = outcome(task_key)
    told = [LiveEvent("retrieved", task_key, payload=given.retrieval)]
    for one, verdict in zip(given.rollouts, given.verdicts, strict=True):
        begun = replace(one, steps=(), answer=None, exit_reason=ExitReason.CANCELLED)
        told.append(LiveEvent("rollout_started", task_key, one.uid, one.rollout_index, begun))
        told += [LiveEvent("step", task_key, one.uid, one.rollout_index, step) for step in one.steps]
        told.append(LiveEvent("rollout_ended", task_key, one.uid, one.rollout_index, one))
        told.append(LiveEvent("verdict", task_key, one.uid, one.rollout_index, verdict))
    told.append(LiveEvent("selected", task_key, given.selection.rollout_uid, payload=given.selection))
    told.append(LiveEvent("distilled", task_key, payload=given.experience))
    return told


def append(ground: Ground, events: list[LiveEvent]) -> object:
    return ground.workspace.run(lambda db: live.append_live(db, ground.run, events))


def test_a_running_rollout_grows_step_by_step_and_does_not_count_yet(ground: Ground) -> None:
    conn, told = ground.workspace.reader(), events_of("shop/1")
    uid = told[1].rollout_uid
    append(ground, told[:3])
    seen = rollouts.trajectory(conn, uid)
    assert (len(seen.steps), seen.exit_reason, seen.exit_detail) == (1, ExitReason.CANCELLED, "running")
    append(ground, told[3:4])
    assert len(rollouts.trajectory(conn, uid).steps) == 2
    assert rollouts.rollout_rows(conn, run=ground.run) == []
    running = rollouts.rollout_rows(conn, run=ground.run, include_running=True)
    assert [(row.uid, row.status, row.steps, row.valid) for row in running] == [(uid, "running", 2, False)]
    assert outcomes.finished_tasks(conn, ground.run) == set()


def test_the_feed_points_to_the_rows_as_they_come(ground: Ground) -> None:
    conn = ground.workspace.reader()
    start = feed.last_event(conn)
    append(ground, events_of("shop/1")[:3])
    assert [(one.kind, one.table) for one in feed.events_after(conn, start, ground.run)] == [
        ("retrieved", "retrieval_event"),
        ("rollout_started", "rollout"),
        ("step", "step"),
    ]


@pytest.mark.parametrize("told", [0, 1, 3, 4, 7, 99])
def test_committing_completes_what_was_written_live_whatever_was(ground: Ground, told: int) -> None:
    append(ground, events_of("shop/1")[:told])
    steps = [row["id"] for row in ground.workspace.reader().execute("SELECT id FROM step ORDER BY id")]
    given = outcome("shop/1")
    ground.workspace.run(lambda db: outcomes.commit_outcome(db, ground.run, ground.bank, given))
    conn = ground.workspace.reader()
    back = outcomes.load_outcome(conn, ground.run, "shop/1", with_calls=True)
    assert replace(back, experience_vector=None) == replace(given, experience_vector=None)
    kept = [row["id"] for row in conn.execute("SELECT id FROM step ORDER BY id")]
    assert kept[: len(steps)] == steps
    assert [row.status for row in rollouts.rollout_rows(conn, run=ground.run)] == ["done", "done"]


def test_a_rollout_that_starts_again_loses_its_first_steps(ground: Ground) -> None:
    told = events_of("shop/1")
    append(ground, [*told[1:4], told[1], told[2]])
    assert len(rollouts.trajectory(ground.workspace.reader(), told[1].rollout_uid).steps) == 1


def test_a_step_whose_start_was_never_told_is_kept(ground: Ground) -> None:
    told = events_of("shop/1")
    append(ground, told[2:3])
    assert rollouts.trajectory(ground.workspace.reader(), told[2].rollout_uid).steps == (told[2].payload,)
    append(ground, [LiveEvent("rollout_started", "shop/2", "r9", 0, detail="the first page")])
    assert rollouts.trajectory(ground.workspace.reader(), "r9").first_observation == "the first page"


def test_late_events_of_a_committed_task_change_nothing(ground: Ground) -> None:
    ground.workspace.run(lambda db: outcomes.commit_outcome(db, ground.run, ground.bank, outcome("shop/1")))
    before = dump_all(ground.workspace.reader())
    assert append(ground, events_of("shop/1")).empty
    assert dump_all(ground.workspace.reader()) == before


def test_what_a_killed_run_left_is_dropped_and_nothing_else(ground: Ground) -> None:
    conn = ground.workspace.reader()
    ground.workspace.run(lambda db: outcomes.commit_outcome(db, ground.run, ground.bank, outcome("shop/1")))
    changing = ("blob", "event", "sqlite_sequence")
    before = dump_all(conn, without=changing)
    append(ground, events_of("shop/2")[:5])
    append(ground, events_of("shop/3")[:1])
    dropped = ground.workspace.run(lambda db: live.drop_unfinished(db, ground.run))
    assert len(dropped.ids["rollout"]) == 1
    assert dump_all(conn, without=changing) == before
    assert ground.workspace.run(lambda db: live.drop_unfinished(db, ground.run)).empty


def test_a_retry_cut_short_takes_the_invalid_outcome_with_it(ground: Ground) -> None:
    conn = ground.workspace.reader()
    invalid = invalid_outcome("shop/1")
    ground.workspace.run(lambda db: outcomes.commit_outcome(db, ground.run, ground.bank, invalid))
    ground.workspace.run(lambda db: live.drop_unfinished(db, ground.run))
    assert outcomes.invalid_tasks(conn, ground.run) == {"shop/1"}
    append(ground, events_of("shop/1")[:3])
    ground.workspace.run(lambda db: live.drop_unfinished(db, ground.run))
    assert outcomes.invalid_tasks(conn, ground.run) == set()
    assert rollouts.rollout_rows(conn, run=ground.run, include_running=True) == []
