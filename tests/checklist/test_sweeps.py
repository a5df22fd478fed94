"""Sweeps that survive anything (checklist 22): whatever is killed or gone, the result is the undisturbed one, once."""

import threading
from collections import Counter
from dataclasses import replace
from functools import partial

import pytest

from rb_studio.jobs import driver
from rb_studio.jobs.perform import OnExecutor
from rb_studio.jobs.request import RunRequest, SweepRequest
from rb_studio.jobs.results import sweep_results
from rb_studio.jobs.run import Paused
from rb_studio.jobs.sweep import run_sweep
from rb_studio.models.profile import Profile
from rb_studio.models.settings import Settings
from rb_studio.store import banks, outcomes, runs
from rb_studio.store.workspace import Workspace
from tests.jobs import sums
from tests.jobs.conftest import at_once, lines, open_new, own_settings, practice_sweep, sweep, with_sums, workspace
from tests.jobs.killing import Killing
from tests.models.fake_server import Answer, FakeServer, error

__all__ = ["at_once", "open_new", "own_settings", "workspace"]
REQUEST = SweepRequest(RunRequest("sums", limit=5), ("none", "reasoningbank"), ("parallel", "vanilla"), (1, 2))
PHASES = ("actor", "judge", "selector", "distiller")


def settings_for(port: int) -> Settings:
    fake = Profile("fake", f"http://127.0.0.1:{port}/v1", "fake-model", timeout=5, retries=0)
    return Settings(profiles={"fake": fake}, profile="fake", embedder="hashing")


@pytest.fixture(scope="module")
def port():
    """A port that belongs to the endpoint in every test: the address is part of an arm's identity."""
    with FakeServer() as server:
        return server.port


@pytest.fixture(scope="module")
def whole(tmp_path_factory, port):
    """Canonical text and bank hashes of a sweep nobody disturbed."""
    path = tmp_path_factory.mktemp("whole") / "w.rbank"
    with FakeServer(sums.solving(), port=port), Workspace.open(path, write=True, create=True) as undisturbed:
        with_sums(undisturbed)
        run_sweep(undisturbed, REQUEST, settings_for(port), workers=1)
        return results(undisturbed)


def results(of):
    conn = of.reader()
    return lines(of, sweep=1), [banks.bank_hash(conn, row.id) for row in banks.banks(conn)]


def no_entry_twice(of):
    conn = of.reader()
    twice = "SELECT count(*) FROM (SELECT 1 FROM {} GROUP BY {} HAVING count(*) > 1)"
    unique = {"outcome": "run, task_key", "experience": "bank, uid", "rollout": "run, uid", "llm_call": "run, uid"}
    return all(not conn.execute(twice.format(table, key)).fetchone()[0] for table, key in unique.items())


@pytest.mark.parametrize("phase", PHASES)
def test_point_22_an_endpoint_gone_at_any_phase_pauses_and_goes_on_to_the_same_result(
    workspace, port, whole, at_once, phase
):
    """From the fourth request of a phase on the server goes down, then it is away altogether, then there again."""
    with_sums(workspace)
    seen, gone = Counter(), threading.Event()

    def answer(request):
        seen[sums.role_of(request)] += 1
        if seen[phase] > 3:
            gone.set()
        return error(503, "going down") if gone.is_set() else sums.solving()(request)

    with FakeServer(answer, port=port), pytest.raises(Paused, match="continue with --resume 1"):
        run_sweep(workspace, REQUEST, settings_for(port), workers=2)
    assert gone.is_set()
    assert runs.sweep(workspace.reader(), 1).status == "paused"
    with pytest.raises(Paused, match="continue with --resume 1"):
        run_sweep(workspace, REQUEST, settings_for(port), workers=2, resume=1)
    with FakeServer(sums.solving(), port=port):
        assert run_sweep(workspace, REQUEST, settings_for(port), workers=2, resume=1).resumed
    assert results(workspace) == whole
    assert no_entry_twice(workspace)


def test_point_22_an_endpoint_gone_for_a_moment_is_waited_for(workspace, port, whole, monkeypatch):
    """The server stops and is started again while the sweep waits to try once more; nobody has to do anything."""
    with_sums(workspace)
    patient = tuple((0.5,) * 20 if v == driver.RETRY_DELAYS else v for v in driver.Driver.__init__.__defaults__)
    monkeypatch.setattr(driver.Driver.__init__, "__defaults__", patient)
    first = FakeServer(sums.solving(), port=port)
    ended: list[BaseException] = []

    def work():
        try:
            run_sweep(workspace, REQUEST, settings_for(port), workers=1)
        except BaseException as error:  # noqa: BLE001 - told in the test's own thread
            ended.append(error)

    with first:
        job = threading.Thread(target=work)
        job.start()
        first.wait_for_requests(12, timeout=60)
    threading.Event().wait(1.0)
    with FakeServer(sums.solving(), port=port):
        job.join(120)
    assert (ended, job.is_alive()) == ([], False)
    assert results(workspace) == whole


def test_point_22_invalid_cells_are_counted_and_filled_by_resuming(workspace, port, whole, at_once):
    """A task that always fails leaves arms without memory with a gap and pauses the others; both are filled later."""
    with_sums(workspace)
    broken = partial(sums.failing_at, "90 + 11")
    with FakeServer(broken(Answer(status=500, error={"message": "out of order"})), port=port), pytest.raises(Paused):
        run_sweep(workspace, REQUEST, settings_for(port), workers=2)
    arms = [arm for arm in sweep_results(workspace.reader(), 1) if arm.shared_with is None]
    none = [arm for arm in arms if arm.memory == "none"]
    assert {arm.missing for arm in none} == {1}
    assert {arm.n for arm in none} == {4}
    assert {arm.status for arm in arms if arm.memory != "none"} == {"paused"}
    with FakeServer(sums.solving(), port=port):
        run_sweep(workspace, REQUEST, settings_for(port), workers=2, resume=1)
    assert results(workspace) == whole
    assert no_entry_twice(workspace)


def test_point_22_killed_workers_change_nothing(open_new):
    undisturbed, disturbed = open_new("undisturbed"), open_new("disturbed")
    sweep(undisturbed, practice_sweep(), workers=1)
    killer = Killing(disturbed, at=(1, 4, 9))
    sweep(disturbed, practice_sweep(), workers=2, cancel=killer)
    assert killer.killed == 3
    assert results(disturbed) == results(undisturbed)
    assert no_entry_twice(disturbed)


def test_point_22_an_outcome_that_arrives_twice_is_one_entry(open_new, monkeypatch):
    """A worker that answers twice: the second answer of a task finds the first one committed and changes nothing."""
    undisturbed, twice = open_new("undisturbed"), open_new("twice")
    sweep(undisturbed, practice_sweep(), workers=1)
    commit, seen = driver.commit_outcomes, Counter()

    def again(db, commits):
        made = list(commits)
        first = commit(db, made)
        assert all(change.tables for change in first)
        assert not any(change.tables for change in commit(db, made))
        seen["twice"] += len(made)
        return first

    monkeypatch.setattr(driver, "commit_outcomes", again)
    sweep(twice, practice_sweep(), workers=2)
    assert seen["twice"]
    assert results(twice) == results(undisturbed)
    assert no_entry_twice(twice)


@pytest.mark.parametrize("stage", ["before", "after"])
def test_point_22_a_driver_that_dies_around_a_commit_is_resumed_to_the_same_result(open_new, monkeypatch, stage):
    """Each commit in turn is cut off, before or after it took effect; what a resume does must not depend on it."""
    undisturbed, disturbed = open_new("undisturbed"), open_new("disturbed")
    request = replace(practice_sweep(), base=RunRequest("practice", limit=2))
    sweep(undisturbed, request, workers=1)
    commit, at = driver.Driver._commit, Counter()

    class Death(BaseException):
        """Nothing handles it, as nothing handles a power cut."""

    def dying(self, parts):
        if stage == "after":
            commit(self, parts)
        at["done"] += bool(parts)
        if parts and at["done"] % 2 == 0:
            raise Death
        if stage == "before":
            commit(self, parts)

    monkeypatch.setattr(driver.Driver, "_commit", dying)
    deaths = 0
    while True:
        try:
            sweep(disturbed, request, workers=1, resume=1)
            break
        except Death:
            deaths += 1
    assert deaths
    assert results(disturbed) == results(undisturbed)
    assert no_entry_twice(disturbed)


def test_banks_of_arms_that_are_not_under_way_are_not_held(workspace, monkeypatch):
    """However many arms a sweep has, no more banks are held than tasks may be under way."""
    held, call = [], OnExecutor.__call__

    def watched(self, errand):
        strands = [one for one in driving[0] if one.begun and one.sequential and not one.done]
        held.append(len(strands))
        return call(self, errand)

    driving, drive = [], driver.Driver.drive

    def driven(self, strands):
        driving.append(strands)
        drive(self, strands)

    monkeypatch.setattr(driver.Driver, "drive", driven)
    monkeypatch.setattr(OnExecutor, "__call__", watched)
    request = practice_sweep(memories=("none", "reasoningbank"), ks=(1,), seeds=tuple(range(7)))
    sweep(workspace, request, workers=1)
    assert max(held) <= 2
    assert all(not strand.bank.experiences for strand in driving[0])
    assert len(outcomes.load_outcomes(workspace.reader(), 14)) == 4
