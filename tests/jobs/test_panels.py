"""What stands beside the curves, from pools made by hand."""

from dataclasses import astuple, replace

import pytest

from rb_studio.analysis.arm_metrics import TaskFigures
from rb_studio.jobs.comparisons import compared, comparisons_of, floors
from rb_studio.jobs.curves import METRICS, PASS_HAT_K, curves_of
from rb_studio.jobs.flips import flips_of
from rb_studio.jobs.panels import (
    changes_set,
    gain_set,
    grid,
    loss_set,
    tasks_needed,
)
from rb_studio.jobs.pools import Pool
from rb_studio.jobs.run_tasks import Attempt, RunTasks
from rb_studio.records.curve import SAME
from rb_studio.records.errors import UsageError

NAMES = "abcdefgh"


def run(number: int, seed: int, tasks: str, *, simulated: bool = False) -> RunTasks:
    """A run from its outcomes, as "110 010": tasks of several rollouts each, the first of which is selected."""
    figures, attempts = {}, {}
    for key, marks in zip(NAMES, tasks.split(), strict=False):
        rights = [mark == "1" for mark in marks]
        rates = sum(rights) / len(rights), float(rights[0]), float(any(rights))
        figures[key] = TaskFigures(*rates, *rates[::-1])
        attempts[key] = tuple(
            Attempt(f"{number}{key}{place}", right, 4 + place, place == 0) for place, right in enumerate(rights)
        )
    costs = {key: {"tokens": 10.0, "cost": None, "time": 1.0} for key in figures}
    tokens = {"act": 10 * len(figures), "judge": None}
    return RunTasks(number, len(marks), seed, simulated, figures, attempts, costs, tokens=tokens)


def pool(memory: str, *runs: RunTasks, **arm: object) -> Pool:
    usual = {"memory": memory, "scaling": "parallel", "allocation": "uniform", "source": "s"}
    return Pool(f"{memory}{' again' if arm.get('repeat') else ''}", usual | arm, list(runs), key=memory)


def values(curves, metric: str) -> list[float | None]:
    return next([point.value for point in one.points] for one in curves.series if one.metric == metric)


NONE = pool("none", run(1, 0, "0 1 0 0"), run(2, 0, "010 101 000 011"))
MEMORY = pool("reasoningbank", run(3, 0, "1 1 0 0"), run(4, 0, "110 111 001 011"))


def test_the_usual_curves_are_drawn_unless_others_are_asked_for():
    assert {(one.metric, one.truth) for one in curves_of([NONE]).series} == {
        ("best_of_k", "true"),
        ("pass_at_1", "true"),
        ("pass_at_k", "true"),
        ("pass_at_1", "judged"),
    }
    every = curves_of([NONE], metrics=[*METRICS]).series
    assert len(every) == len(METRICS)
    judged = {one.metric: [point.value for point in one.points] for one in every if one.truth == "judged"}
    assert judged["best_of_k"] == [0.25, 0.25]  # the figures here have the judge say the reverse


def test_pass_hat_k_is_unbiased_over_all_draws_without_memory():
    """Four draws of each task: 0010, 1101, 0000, 0011."""
    found = curves_of([NONE], metrics=[PASS_HAT_K])
    assert values(found, PASS_HAT_K) == pytest.approx([(1 / 4 + 3 / 4 + 0 + 2 / 4) / 4, (0 + 1 / 4 + 0 + 0) / 4])


def test_with_memory_pass_hat_k_stands_on_the_runs_of_that_k_alone():
    found = curves_of([MEMORY], metrics=[PASS_HAT_K])
    assert values(found, PASS_HAT_K) == pytest.approx([0.5, 0.25])


@pytest.mark.parametrize("arm", [{"allocation": "greedy"}, {"scaling": "sequential"}])
def test_passes_and_adaptive_rollouts_are_no_independent_draws(arm):
    assert not curves_of([replace(NONE, arm={**NONE.arm, **arm})], metrics=[PASS_HAT_K]).series


def test_a_repeated_seed_of_the_practice_model_is_one_draw():
    twice = pool("none", run(1, 0, "1 0", simulated=True), run(2, 0, "10 01", simulated=True))
    assert values(curves_of([twice], metrics=[PASS_HAT_K]), PASS_HAT_K) == pytest.approx([0.5, 0])


def test_selecting_loses_and_rollouts_gain():
    assert values(loss_set([NONE]), "selection_loss") == pytest.approx([0, 0.5])
    assert values(gain_set([NONE]), "marginal_gain") == pytest.approx([0])
    assert values(gain_set([MEMORY]), "marginal_gain") == pytest.approx([0])
    assert gain_set([pool("none", run(1, 0, "1"))]).series == ()


def test_passes_that_turned_are_counted_by_task():
    refined = replace(run(1, 0, "1 0"), changes={"a": (1, 0), "b": (1, 2)})
    found = changes_set([pool("none", refined, scaling="sequential")])
    assert values(found, "fixes") == [1.0]
    assert values(found, "regressions") == [1.0]


def test_small_multiples_stand_by_memory_and_scaling():
    found = grid(curves_of([NONE, MEMORY, pool("synapse", run(9, 0, "1"), scaling="vanilla")]))
    assert (found.memories, found.scalings) == (("none", "reasoningbank", "synapse"), ("parallel", "vanilla"))
    assert len(found.cells["none", "parallel"]) == 4
    assert ("none", "vanilla") not in found.cells


def test_comparisons_looked_at_are_those_made_at_once():
    at_once = {
        (one.comparison.a, one.comparison.b): one
        for one in compared([NONE, MEMORY])
        if one.comparison.metric == "best_of_k"
    }
    looked_at = comparisons_of([NONE, MEMORY], reference=None, metrics=["best_of_k"])
    same = [(one, at_once.pop((one.comparison.a, one.comparison.b), None)) for one in looked_at]
    assert not at_once
    for one, other in same:
        if other is not None:
            assert astuple(one.comparison) == pytest.approx(astuple(other.comparison))
            assert (one.left_out, one.to_right, one.to_wrong) == (other.left_out, other.to_right, other.to_wrong)


def test_every_arm_is_compared_with_one_at_each_k_both_have():
    other = pool("synapse", run(7, 0, "111 000 111 000"))
    found = comparisons_of([NONE, MEMORY, other], reference="none", metrics=["pass_at_1", "steps"])
    assert [(one.comparison.a, one.comparison.b, one.comparison.metric) for one in found] == [
        ("none · k=1", "reasoningbank · k=1", "pass_at_1"),
        ("none · k=1", "reasoningbank · k=1", "steps"),
        ("none · k=3", "reasoningbank · k=3", "pass_at_1"),
        ("none · k=3", "reasoningbank · k=3", "steps"),
        ("none · k=3", "synapse · k=3", "pass_at_1"),
        ("none · k=3", "synapse · k=3", "steps"),
    ]
    assert (found[0].to_right, found[0].to_wrong) == (("a",), ())
    assert (found[4].to_right, found[4].to_wrong) == (("a", "c"), ("b", "d"))
    with pytest.raises(UsageError, match="no arm awm"):
        comparisons_of([NONE], reference="awm", metrics=["steps"])
    with pytest.raises(UsageError, match="luck is no metric"):
        comparisons_of([NONE], reference="none", metrics=["luck"])


def test_flipped_tasks_show_the_rollouts_that_differ():
    first = comparisons_of([NONE, MEMORY], reference="none", metrics=["pass_at_1", "best_of_k"])
    (flip,) = flips_of([NONE, MEMORY], first[0].comparison)
    assert (flip.task_key, flip.before, flip.after, flip.rollouts) == ("a", 0.0, 1.0, ((0, "1a0", "3a0"),))
    best = flips_of([NONE, MEMORY], first[3].comparison)
    assert [(one.task_key, one.rollouts) for one in best] == [("a", ((0, "2a0", "4a0"),))]
    with pytest.raises(UsageError, match="no arm"):
        flips_of([NONE], first[0].comparison)


def test_the_floor_is_the_farther_bound_between_equal_arms():
    again = pool("none", run(5, 7, "1 1 1 1"), repeat=True)
    found = [one.comparison for one in compared([NONE, again], SAME)]
    success = next(one for one in found if one.metric == "pass_at_1")
    assert floors(found)["pass_at_1"] == max(abs(success.low), abs(success.high)) > 0
    assert floors([]) == {}


def test_a_sample_size_goes_by_the_rate_and_by_the_spread_of_the_pairs():
    (one,) = comparisons_of([NONE, MEMORY], reference="none", metrics=["pass_at_1"])[:1]
    found = tasks_needed([NONE, MEMORY], one.comparison, 0.1)
    assert found.have == 4
    assert found.paired < found.unpaired
    same = comparisons_of([NONE, pool("synapse", *NONE.runs)], reference="none", metrics=["pass_at_1"])[0]
    assert tasks_needed([NONE, pool("synapse", *NONE.runs)], same.comparison, 0.1).paired is None
    with pytest.raises(UsageError, match="between 0 and 1"):
        tasks_needed([NONE, MEMORY], one.comparison, 2)
