"""Forks of stored rollouts of the practice shop: paired, compared with the rollout, stopped, limited, and refused."""

import shutil
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from rb_studio.environments.practice import PracticeShop
from rb_studio.jobs import fork as forking
from rb_studio.jobs.fork import FIRST_INDEX, ForkRequest, Variant, block_without, estimate_fork, fork
from rb_studio.jobs.fork_results import outcome
from rb_studio.jobs.run import run_arm
from rb_studio.models.profile import Profile
from rb_studio.models.settings import Settings
from rb_studio.records.errors import Cancelled, UsageError
from rb_studio.records.item_text import ItemText, render_items
from rb_studio.store import forks, judgement_rows, rollouts, runs
from rb_studio.store.workspace import Workspace
from tests.jobs import sums
from tests.jobs.conftest import PRACTICE, practice, run_sums
from tests.method.outcomes import plain
from tests.models.fake_server import FakeServer, error

FILTER = ItemText(
    "Filter orders by the status asked for",
    "Keeps orders with another status out of the result.",
    "When the goal names an order status, filter the orders by that status first so that only orders with this status "
    "count.",
)
AS_IT_WAS, WITHOUT = Variant("as it was"), Variant("without memory", "")


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Run 1 learns at six tasks, run 2 plays `practice/24` without memory, run 3 two tasks in passes."""
    path = tmp_path_factory.mktemp("forks") / "stored.rbank"
    with Workspace.open(path, write=True, create=True) as workspace:
        run_arm(workspace, practice(memory="reasoningbank", limit=6), PRACTICE)
        run_arm(workspace, practice(limit=None, tasks=("practice/24",)), PRACTICE)
        run_arm(workspace, practice(limit=2, scaling="sequential", k=2), PRACTICE)
    return path


@pytest.fixture
def opened(stored: Path, tmp_path: Path) -> Iterator[Workspace]:
    shutil.copy(stored, tmp_path / "forks.rbank")
    with Workspace.open(tmp_path / "forks.rbank", write=True) as workspace:
        yield workspace


def with_memory(workspace: Workspace) -> str:
    """A rollout of run 1 that was given items."""
    conn = workspace.reader()
    rows = rollouts.rollout_rows(conn, run=1)
    return next(row.uid for row in rows if rollouts.trajectory(conn, row.uid, run=1).memory_block)


def only(workspace: Workspace, run: int) -> str:
    return rollouts.rollout_rows(workspace.reader(), run=run)[0].uid


def request(workspace: Workspace, *variants: Variant, **more: object) -> ForkRequest:
    given = {"run": 1, "rollout_uid": with_memory(workspace), "step": 2, "times": 2, "variants": variants, **more}
    return ForkRequest(**given)


def test_the_same_block_and_the_same_dice_repeat_the_rollout(
    opened: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the rollout did, what was said of it and what it came to."""
    monkeypatch.setattr(forking, "FIRST_INDEX", 0)
    asked = request(opened, AS_IT_WAS, times=1)
    (run,) = fork(opened, asked, PRACTICE)
    conn = opened.reader()
    first, again = (rollouts.trajectory(conn, only(opened, run), run=run), rollouts.trajectory(conn, asked.rollout_uid))
    without = frozenset({"uid", "extra", "call_uid", "started_at", "ended_at", "elapsed"})
    assert plain(first, without) == plain(again, without)
    (said,), (once,) = (rollouts.verdicts(conn, one.uid) for one in (first, again))
    assert (said.status, said.raw) == (once.status, once.raw)
    assert rollouts.truths(conn, first.uid) == rollouts.truths(conn, again.uid)
    found = outcome(conn, [run])
    assert found.variants[0].continuations[0].parts is None
    assert found.variants[0].reached_by == {"state": 1}


def test_one_memory_item_shows_its_effect(opened: Workspace) -> None:
    """Written by hand into the prompt of a rollout that went without, it makes the shop's agent filter first."""
    block = render_items([FILTER])
    asked = ForkRequest(2, only(opened, 2), 1, 30, (WITHOUT, Variant("with the item", block)))
    made = fork(opened, asked, PRACTICE)
    found = outcome(opened.reader(), made)
    plain_, given = found.variants
    assert (plain_.missing, given.missing, plain_.invalid, given.invalid) == (0, 0, 0, 0)
    assert given.success is not None
    assert plain_.success is not None
    assert given.success.value > plain_.success.value
    (difference,) = found.differences
    assert difference.low is not None
    assert difference.low > 0
    assert difference.tasks == 30
    assert [one.pair for one in given.continuations] == list(range(FIRST_INDEX, FIRST_INDEX + 30))
    assert given.parts != plain_.parts
    assert found.simulated


def test_pairs_throw_the_same_dice_and_kept_steps_stay(opened: Workspace) -> None:
    asked = request(opened, AS_IT_WAS, Variant("as it was, again"), WITHOUT, step=3)
    made = fork(opened, asked, PRACTICE)
    conn = opened.reader()
    origin = rollouts.trajectory(conn, asked.rollout_uid)
    first, second, third = (
        [rollouts.trajectory(conn, r.uid) for r in rollouts.rollout_rows(conn, run=n)] for n in made
    )
    same = frozenset({"uid", "call_uid", "started_at", "ended_at", "elapsed"})
    assert plain(first, same) == plain(second, same)
    for one in (*first, *third):
        assert plain(one.steps[:2]) == plain(origin.steps[:2])
        assert one.first_observation == origin.first_observation
    assert {one.memory_block for one in third} == {""}
    rows = conn.execute("SELECT DISTINCT forked_from, forked_step FROM rollout WHERE run = ?", (made[0],)).fetchall()
    assert [tuple(row) for row in rows] == [(asked.rollout_uid, 3)]
    assert forks.forks_of(conn, asked.rollout_uid) == list(made)
    assert next(runs.run(conn, run).name for run in made) == "Fork at step 3: as it was"
    calls = rollouts.calls(conn, run=made[0], role="actor")
    assert all(call.step is not None and call.step >= 3 for call in calls), "what stays was not asked again"


def test_a_continuation_can_be_forked_itself(opened: Workspace) -> None:
    (run,) = fork(opened, request(opened, WITHOUT, times=1, step=2), PRACTICE)
    uid = only(opened, run)
    conn = opened.reader()
    length = len(rollouts.trajectory(conn, uid).steps)
    (again,) = fork(opened, ForkRequest(run, uid, length, 1, (AS_IT_WAS,)), PRACTICE)
    one, other = (rollouts.trajectory(conn, only(opened, n), run=n) for n in (run, again))
    assert plain(one.steps[:-1]) == plain(other.steps[: length - 1])
    assert other.memory_block == ""


def test_another_prompt_is_sent_and_kept(opened: Workspace) -> None:
    (run,) = fork(opened, request(opened, Variant("short", prompt="Do: {{task}} {{memory}}"), times=1), PRACTICE)
    conn = opened.reader()
    call = rollouts.calls(conn, run=run, role="actor")[0]
    assert call.messages[0].content.startswith("Do: ")
    kept = conn.execute("SELECT text FROM prompt WHERE hash = ?", (call.prompt_hash,)).fetchone()
    assert kept[0] == "Do: {{task}} {{memory}}"


def test_what_it_takes_is_told_first_and_held_to(opened: Workspace) -> None:
    conn = opened.reader()
    asked = request(opened, AS_IT_WAS, WITHOUT, times=5)
    told = estimate_fork(conn, asked, PRACTICE)
    left = len(rollouts.trajectory(conn, asked.rollout_uid).steps) - 1
    assert told.calls == 10 * left + 10
    assert told.tokens is not None
    assert "free" in told.sentence()
    big = Settings(profiles={"big": Profile("big", "https://api.example.org/v1", "big-1")}, embedder="hashing")
    other = estimate_fork(conn, replace(asked, profile="big"), big)
    assert other.tokens is None
    assert "unknown" in other.sentence()
    made = fork(opened, replace(asked, max_cost=0.0), PRACTICE)
    found = outcome(conn, made)
    assert sum(len(one.continuations) for one in found.variants) == 1
    assert "at most $0.0000" in found.variants[0].note
    assert (found.variants[0].missing, found.variants[1].missing) == (4, 5)
    assert found.variants[1].success is None


class AfterSome(threading.Event):
    """Set once a continuation is over."""

    def __init__(self, workspace: Workspace) -> None:
        super().__init__()
        self._conn: Callable[..., object] = workspace.reader

    def is_set(self) -> bool:
        conn = self._conn()
        done = conn.execute(
            "SELECT count(*) FROM rollout r JOIN run ON run.id = r.run WHERE purpose = 'fork' AND r.status = 'done'"
        ).fetchone()[0]
        return bool(done >= 3)


def test_what_was_over_is_kept_when_it_is_stopped(opened: Workspace) -> None:
    begun: list[int] = []
    asked = request(opened, AS_IT_WAS, WITHOUT, times=1000)
    with pytest.raises(Cancelled):
        fork(opened, asked, PRACTICE, cancel=AfterSome(opened), on_begun=lambda made, tasks: begun.extend(made))
    conn = opened.reader()
    found = outcome(conn, begun)
    kept = sum(len(one.continuations) for one in found.variants)
    assert kept >= 1
    assert all(one.valid for variant in found.variants for one in variant.continuations)
    assert {runs.run(conn, run).status for run in begun} == {"cancelled"}
    assert not conn.execute("SELECT count(*) FROM rollout WHERE status = 'running'").fetchone()[0]
    rows = conn.execute("SELECT count(*) FROM rollout r JOIN run ON run.id = r.run WHERE purpose = 'fork'").fetchone()
    assert rows[0] == kept


def test_what_a_killed_program_had_written_is_kept_and_ended_by_the_next_fork(
    opened: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Everything is written as soon as it is there, and the end never comes."""
    monkeypatch.setattr(forking, "WRITE_SECONDS", 0.0)
    monkeypatch.setattr(forking._Job, "end", lambda *args: None)
    (run,) = fork(opened, request(opened, AS_IT_WAS, times=3), PRACTICE)
    conn = opened.reader()
    assert runs.run(conn, run).status == "running"
    assert {one.valid for one in outcome(conn, [run]).variants[0].continuations} == {False}, "not over yet"
    monkeypatch.undo()
    fork(opened, request(opened, WITHOUT, times=1), PRACTICE)
    (variant,) = outcome(conn, [run]).variants
    assert (len(variant.continuations), variant.invalid, variant.missing) == (3, 0, 0)
    assert runs.run(conn, run).status == "cancelled"
    assert "kept" in variant.note
    calls = rollouts.calls(conn, run=run)
    assert len(calls) == len({call.uid for call in calls}) > 0


def test_stopped_before_anything_was_over_nothing_is_left(opened: Workspace) -> None:
    cancel = threading.Event()
    begun: list[int] = []

    def stop(made: object, tasks: int) -> None:
        begun.extend(made)  # type: ignore[call-overload]
        cancel.set()

    with pytest.raises(Cancelled):
        fork(opened, request(opened, AS_IT_WAS), PRACTICE, cancel=cancel, on_begun=stop)
    assert outcome(opened.reader(), begun).variants[0].missing == 2


def test_a_place_that_cannot_be_reached_again_ends_it_and_says_where(
    opened: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    observe = PracticeShop._observe

    def moved(shop: PracticeShop, *args: object, **more: object) -> object:
        seen = observe(shop, *args, **more)
        return replace(seen, text=f"{seen.text}\n[999] link 'New'")

    monkeypatch.setattr(PracticeShop, "_observe", moved)
    (run,) = fork(opened, request(opened, AS_IT_WAS, times=50), PRACTICE)
    row = runs.run(opened.reader(), run)
    assert row.status == "failed"
    assert "not what it was" in row.note
    (variant,) = outcome(opened.reader(), [run]).variants
    assert variant.invalid == len(variant.continuations) < 50
    assert {one.diverged for one in variant.continuations} == {0}
    assert variant.success is None


def test_an_item_is_taken_out_of_what_was_injected(opened: Workspace) -> None:
    conn, uid = opened.reader(), with_memory(opened)
    trajectory = rollouts.trajectory(conn, uid)
    retrieval = judgement_rows.read_retrieval(conn, 1, trajectory.task_key)
    assert retrieval is not None
    items = [item for hit in retrieval.hits for item in hit.item_uids]
    assert block_without(conn, 1, uid, []) == trajectory.memory_block
    assert block_without(conn, 1, uid, items) == ""
    less = block_without(conn, 1, uid, items[:1])
    assert less.count("# Memory Item") == len(items) - 1
    with pytest.raises(UsageError, match="nothing of a bank"):
        block_without(conn, 2, only(opened, 2), [])


def test_in_processes_of_their_own_the_same_comes_of_it(opened: Workspace) -> None:
    asked = request(opened, AS_IT_WAS, WITHOUT)
    here, apart = (fork(opened, asked, PRACTICE, isolated=isolated) for isolated in (False, True))
    conn = opened.reader()
    for one, other in zip(here, apart, strict=True):
        pair = (
            [rollouts.trajectory(conn, r.uid, run=n) for r in rollouts.rollout_rows(conn, run=n)] for n in (one, other)
        )
        first, second = (plain(found) for found in pair)
        assert first == second


def test_what_cannot_be_forked_is_refused(opened: Workspace) -> None:
    uid = with_memory(opened)
    passes = only(opened, 3)
    last = len(rollouts.trajectory(opened.reader(), passes).steps)
    for asked, words in (
        (ForkRequest(1, uid, 0, 1, (AS_IT_WAS,)), "no step 0"),
        (ForkRequest(1, uid, 99, 1, (AS_IT_WAS,)), "no step 99"),
        (ForkRequest(1, uid, 1, 0, (AS_IT_WAS,)), "0 times"),
        (ForkRequest(1, uid, 1, 1, ()), "at least one variant"),
        (ForkRequest(1, uid, 1, 1, (AS_IT_WAS, AS_IT_WAS)), "name of its own"),
        (ForkRequest(1, uid, 1, 1, (Variant("x", prompt=" "),)), "would be empty"),
        (ForkRequest(1, "nobody", 1, 1, (AS_IT_WAS,)), "no rollout nobody"),
        (ForkRequest(3, passes, last, 1, (AS_IT_WAS,)), "refinement pass"),
        (ForkRequest(1, uid, 1, 1, (AS_IT_WAS,), profile="nowhere"), "nowhere"),
    ):
        with pytest.raises(UsageError, match=words):
            fork(opened, asked, PRACTICE)
    with pytest.raises(UsageError, match="continues no rollout"):
        outcome(opened.reader(), [1])
    assert not runs.runs(opened.reader(), purpose=runs.FORK)


def test_a_real_endpoint_is_asked_anew_and_what_it_costs_is_held_to(
    workspace: Workspace, settings: Settings, server: FakeServer
) -> None:
    priced = replace(settings.profiles["fake"], price_in=1000.0, price_out=1000.0)
    paid = Settings(profiles={"fake": priced}, profile="fake", embedder="hashing")
    server.default = sums.solving(usage={"prompt_tokens": 7, "completion_tokens": 3})
    run = run_sums(workspace, paid, limit=1)
    asked = ForkRequest(run, only(workspace, run), 1, 6, (AS_IT_WAS, Variant("told", "Add with care.")), max_cost=0.05)
    told = estimate_fork(workspace.reader(), asked, paid)
    assert (told.calls, told.tokens) == (24, 240)
    assert told.cost == pytest.approx(0.24)
    before = len(server.bodies)
    found = outcome(workspace.reader(), fork(workspace, asked, paid))
    continued = [one for variant in found.variants for one in variant.continuations]
    assert len(server.bodies) - before == 2 * len(continued) < 24
    assert sum(one.cost for one in continued if one.cost) >= 0.05
    assert "at most $0.0500" in found.variants[0].note
    assert found.variants[0].reached_by == {"start": len(found.variants[0].continuations)}
    other = Settings(profiles={"fake": replace(priced, model="other")}, profile="fake", embedder="hashing")
    with pytest.raises(UsageError, match="choose the profile to continue with"):
        fork(workspace, asked, other)
    assert fork(workspace, replace(asked, profile="fake", times=1, max_cost=None), other)


def test_a_fault_that_a_person_has_to_mend_ends_it(
    workspace: Workspace, settings: Settings, server: FakeServer
) -> None:
    run = run_sums(workspace, settings, limit=1)
    server.default = error(401, "no such key")
    made = fork(workspace, ForkRequest(run, only(workspace, run), 1, 50, (AS_IT_WAS,)), settings)
    row = runs.run(workspace.reader(), made[0])
    assert row.status == "failed"
    assert row.note
    (variant,) = outcome(workspace.reader(), made).variants
    assert variant.invalid == len(variant.continuations) < 50
