"""Only runs with something new are read again, and what is read is what anybody would read."""

import pytest

from rb_studio.jobs.curves import curves_of
from rb_studio.jobs.pool_cache import PoolCache
from rb_studio.jobs.pools import read_pools
from rb_studio.records.judgement import Status, Verdict
from rb_studio.records.outcome import LiveEvent, TaskOutcome
from rb_studio.records.precedence import Precedence
from rb_studio.records.trajectory import ExitReason, Trajectory
from rb_studio.store import live, operations, outcomes, runs, verdicts
from tests.jobs.conftest import practice


def begun(workspace, **changes):
    request = practice(**changes)
    config = {"request": request.to_json()}
    return workspace.run(lambda db: runs.create_run(db, request.arm(), config=config, simulated=False))


def played(run, task):
    return Trajectory(f"{run} {task}", f"practice/{task}", 0, 1, "", (), ExitReason.ANSWERED)


def commit(workspace, run, task):
    done = TaskOutcome("hash", f"practice/{task}", 1, (played(run, task),))
    workspace.run(lambda db: outcomes.commit_outcome(db, run, None, done))


def results(pools):
    return {one.run: one for pool in pools for one in pool.runs}


@pytest.fixture
def two(workspace):
    one, other = begun(workspace), begun(workspace, seed=1)
    for run in (one, other):
        commit(workspace, run, 1)
    return one, other


def test_a_run_is_read_again_only_after_a_task_of_its_own_was_committed(workspace, two):
    cache, conn = PoolCache(), workspace.reader()
    one, other = two
    before = results(cache.read(conn))
    event = LiveEvent("rollout_started", "practice/2", f"{one} 2", 0, played(one, 2))
    workspace.run(lambda db: live.append_live(db, one, [event]))
    again = results(cache.read(conn))
    assert all(again[run] is before[run] for run in two)
    commit(workspace, one, 2)
    after = results(cache.read(conn))
    assert after[other] is before[other]
    assert list(after[one].figures) == ["practice/1", "practice/2"]
    assert after == results(read_pools(conn))


def test_a_verdict_and_its_undoing_are_seen_and_other_runs_are_left_alone(workspace, two):
    cache, conn, order = PoolCache(), workspace.reader(), Precedence(("truth", "human"))
    one, other = two
    before = results(cache.read(conn, precedence=order))
    verdict = Verdict("v", f"{one} 1", Status.SUCCESS, "right", "human")
    workspace.run(lambda db: verdicts.add_verdicts(db, [verdict]))
    said = results(cache.read(conn, precedence=order))
    assert said[one].figures["practice/1"].first == 1.0
    assert said[other] is before[other]
    assert results(cache.read(conn))[one].figures["practice/1"].first is None
    workspace.run(lambda db: operations.undo(db, "verdicts"))
    assert results(cache.read(conn, precedence=order))[one] == before[one]


def test_what_people_say_is_told_in_the_caption(workspace, two):
    pools = read_pools(workspace.reader(), precedence=Precedence(("human", "truth")))
    assert "; success as said by a person, else the environment; bars are" in curves_of(pools).caption
    assert "as said by" not in curves_of(read_pools(workspace.reader())).caption
