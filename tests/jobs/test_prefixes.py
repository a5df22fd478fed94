"""Equal prefixes run once, and nobody could tell from the results."""

from collections import Counter

import pytest

from rb_studio.jobs.request import RunRequest, SweepRequest
from rb_studio.jobs.run import Paused, run_arm
from rb_studio.jobs.sweep import run_sweep
from rb_studio.method.prefix import family
from rb_studio.records.arm import ArmConfig
from rb_studio.store import outcomes, rollouts, runs, spending, verdict_reads
from tests.jobs import sums
from tests.jobs.conftest import PRACTICE, lines, practice, practice_sweep, with_sums
from tests.jobs.conftest import sweep as run_practice
from tests.models.fake_server import error

SCALED = ("parallel", "vanilla")


def own_rows(workspace, sweep_id=1):
    rows = runs.runs(workspace.reader(), sweep=sweep_id)
    return {row.arm.k: row for row in rows if row.shared_with is None}


def asked(server):
    return Counter(sums.role_of(request) for request in server.requests if "messages" in request.body)


@pytest.mark.parametrize("noise", [0.0, 0.3])
def test_cells_that_share_rollouts_equal_cells_run_alone(open_new, noise):
    base = RunRequest("practice", limit=3, label_noise=noise)
    together = open_new("together")
    run_practice(together, SweepRequest(base, ("none",), ("parallel",), (1, 2, 4)), workers=1)
    for k, row in own_rows(together).items():
        alone = open_new(f"alone {k}")
        run_practice(alone, SweepRequest(base, ("none",), ("parallel",), (k,)), workers=1)
        assert lines(together, run=row.id) == lines(alone) != ""


@pytest.mark.parametrize("label", ["judge", "gt"])
def test_frozen_arms_with_memory_share_their_rollouts_too(open_new, label):
    """The bank stands still, so every k and both ways to scale see the same memory block."""
    base = RunRequest("practice", limit=3, learn=False, label=label)

    def frozen(name, scalings, ks):
        workspace = open_new(name)
        run_arm(workspace, practice(memory="reasoningbank", limit=5), PRACTICE)
        run_practice(workspace, SweepRequest(base, ("reasoningbank",), scalings, ks, start="reasoningbank"), workers=1)
        return workspace

    together = frozen("together", SCALED, (1, 2, 3))
    rows = {(row.arm.scaling, row.arm.k): row for row in runs.runs(together.reader(), sweep=1) if not row.shared_with}
    drawn = rollouts.rollout_rows(together.reader(), sweep=1)
    assert len({one.same_as or one.uid for one in drawn}) == 3 * 3
    assert any(one.same_as for one in drawn)
    assert {one.memory_block for one in rollouts.trajectories(together.reader(), [one.uid for one in drawn])} != {""}
    for scaling, k in [("parallel", 2), ("vanilla", 2), ("parallel", 3)]:
        alone = frozen(f"alone {scaling} {k}", (scaling,), (k,))
        assert lines(together, run=rows[scaling, k].id) == lines(alone, sweep=1)


def test_the_endpoint_is_asked_for_the_largest_k_only(workspace, server, settings):
    with_sums(workspace)
    request = SweepRequest(RunRequest("sums", limit=4), ("none",), ("parallel", "vanilla"), (1, 2, 3))
    run_sweep(workspace, request, settings, workers=1)
    assert asked(server) == {"actor": 4 * 3, "judge": 4 * 3, "selector": 4 * 2}


def test_an_arm_that_learns_plays_all_its_rollouts(workspace, server, settings):
    with_sums(workspace)
    run_sweep(workspace, SweepRequest(RunRequest("sums", limit=2), ("reasoningbank",), ("parallel",), (1, 2)), settings)
    assert asked(server)["actor"] == 2 * 3
    assert all(one.same_as is None for one in rollouts.rollout_rows(workspace.reader()))


def test_what_was_taken_over_is_one_draw_and_costs_nothing(workspace, server, settings):
    with_sums(workspace)
    server.default = sums.solving(usage={"prompt_tokens": 7, "completion_tokens": 3})
    request = SweepRequest(RunRequest("sums", limit=4), ("none",), ("parallel",), (1, 2, 3))
    run_sweep(workspace, request, settings, workers=1)
    conn = workspace.reader()
    rows = rollouts.rollout_rows(conn)
    assert Counter(one.same_as is None for one in rows) == {True: 12, False: 12}
    assert {one.same_as for one in rows} - {None} < {one.uid for one in rows if one.same_as is None}
    assert {one.run for one in rows if one.same_as is None} == {own_rows(workspace)[3].id}
    assert spending.spent(conn, [row.id for row in own_rows(workspace).values()]).tokens == 10 * len(server.requests)
    counts = verdict_reads.counts(conn, verdict_reads.Scope(sweep=1))
    assert [sum(one.n for one in counts if one.repeated is again) for again in (False, True)] == [12, 12]


def test_a_cell_whose_selection_failed_is_mended_without_playing_again(workspace, server, settings):
    """The largest cell is whole; the smaller one pauses for a person, and takes the stored rollouts over."""
    with_sums(workspace)
    request = SweepRequest(RunRequest("sums", limit=2), ("none",), ("parallel",), (1, 2, 3))

    def refuse_two(asked_for):
        two = sums.role_of(asked_for) == "selector" and "Attempt 3" not in str(asked_for.body)
        return error(401, "no such key") if two else sums.solving()(asked_for)

    server.default = refuse_two
    with pytest.raises(Paused, match="refused access"):
        run_sweep(workspace, request, settings, workers=1)
    states = {k: row.status for k, row in own_rows(workspace).items()}
    assert states[2] == "paused"
    server.default, played = sums.solving(), asked(server)["actor"]
    finished = {k: outcomes.finished_tasks(workspace.reader(), row.id) for k, row in own_rows(workspace).items()}
    assert len(finished[3]) > len(finished[2]) == 0
    run_sweep(workspace, request, settings, workers=1, resume=1)
    open_tasks = 2 - len(finished[3])
    assert asked(server)["actor"] == played + 3 * open_tasks
    assert {row.status for row in own_rows(workspace).values()} == {"finished"}


def test_a_cell_lost_alone_is_made_from_the_rollouts_of_the_others(open_new):
    request = practice_sweep(memories=("none",), ks=(1, 2, 3))
    whole, broken = open_new("whole"), open_new("broken")
    for workspace in (whole, broken):
        run_practice(workspace, request, workers=1)
    lost = own_rows(broken)[2].id
    [(key, *_), *_] = broken.reader().execute("SELECT task_key FROM outcome WHERE run = ?", (lost,)).fetchall()
    broken.run(lambda db: outcomes.remove_task(db, lost, key))
    broken.run(lambda db: runs.set_run_status(db, lost, "running"))
    broken.run(lambda db: runs.set_sweep_status(db, 1, "running"))
    run_practice(broken, request, workers=1, resume=1)
    assert lines(broken, sweep=1) == lines(whole, sweep=1)
    again = [one for one in rollouts.rollout_rows(broken.reader(), run=lost) if one.task_key == key]
    assert [one.same_as is not None for one in again] == [True, True]


def test_only_arms_with_rollouts_known_to_be_equal_are_one_family():
    plain = ArmConfig("s", k=3, scaling="parallel")
    alike = [ArmConfig("s"), ArmConfig("s", k=5, scaling="vanilla"), ArmConfig("s", k=2, retrieve_n=4)]
    assert {family(arm) for arm in alike} == {family(plain)}
    others = [
        ArmConfig("s", seed=1),
        ArmConfig("s", label="gt"),
        ArmConfig("s", label_noise=0.1),
        ArmConfig("s", models={"actor": "other"}),
        ArmConfig("s", memory="awm", learn=False),
        ArmConfig("s", memory="awm", learn=False, retrieve_n=2),
    ]
    assert len({family(arm) for arm in [plain, *others]}) == 1 + len(others)
    alone = [
        ArmConfig("s", memory="reasoningbank"),
        ArmConfig("s", k=3, scaling="sequential"),
        ArmConfig("s", k=3, scaling="parallel", allocation="greedy", budget=2),
    ]
    assert [family(arm) for arm in alone] == [None, None, None]
