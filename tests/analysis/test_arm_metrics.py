"""The figures of an arm from rows of rollouts and calls."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rb_studio.analysis.arm_metrics import RolloutRow, Spend, arm_metrics, task_figures, tokens_by_role
from rb_studio.records.judgement import Status

SIZES = {"shopping": 187, "admin": 182, "gitlab": 180, "reddit": 106, "multi": 29}


def rows_of(solved, size, name="t", steps=lambda won: 1):
    return [RolloutRow(f"{name}/{i}", success=i < solved, steps=steps(i < solved), selected=True) for i in range(size)]


@pytest.mark.parametrize(
    ("solved", "rates", "overall"),
    [
        ([73, 81, 61, 59, 3], [39.0, 44.5, 33.9, 55.7, 10.3], 40.5),
        ([93, 93, 73, 71, 4], [49.7, 51.1, 40.6, 67.0, 13.8], 48.8),
    ],
)
def test_solved_counts_give_the_papers_rates_pooled_over_tasks(solved, rates, overall):
    pooled = []
    for count, (name, size), rate in zip(solved, SIZES.items(), rates, strict=True):
        rows = rows_of(count, size, name)
        assert round(100 * arm_metrics(rows).pass_at_1, 1) == rate
        pooled += rows
    assert round(100 * arm_metrics(pooled).pass_at_1, 1) == overall


def test_mean_steps_split_by_outcome_give_the_papers_overall_mean():
    rows = rows_of(81, 182)
    rows = [RolloutRow(row.task_key, success=row.success, steps=84 if row.success else 104) for row in rows]
    metrics = arm_metrics(rows)
    assert (metrics.mean_steps_solved, metrics.mean_steps_failed) == (84, 104)
    assert round(metrics.mean_steps / 10, 1) == 9.5


def rollout(task, success, selected=False, **values):
    return RolloutRow(task, k=values.pop("k", 3), success=success, selected=selected, **values)


def test_rates_of_parallel_rollouts():
    rows = [
        *(rollout("a", success, selected) for success, selected in ((True, False), (False, True), (False, False))),
        *(rollout("b", success, selected) for success, selected in ((True, True), (True, False), (False, False))),
    ]
    metrics = arm_metrics(rows)
    assert metrics.pass_at_1 == pytest.approx((1 / 3 + 2 / 3) / 2)
    assert (metrics.best_of_k, metrics.pass_at_k) == (0.5, 1.0)
    assert (metrics.tasks, metrics.n, metrics.complete, metrics.mean_rollouts) == (2, 2, 2, 3)


def test_invalid_rollouts_are_counted_and_never_failures():
    rows = [rollout("a", True, k=1, steps=4), RolloutRow("b", k=1, valid=False, success=False, steps=9)]
    metrics = arm_metrics(rows)
    assert (metrics.pass_at_1, metrics.invalid, metrics.tasks, metrics.n) == (1.0, 1, 2, 1)
    assert metrics.mean_steps == 4


def test_rollouts_whose_steps_nobody_recorded_are_no_rollouts_of_0_steps():
    assert arm_metrics([rollout("a", True, k=1), rollout("b", True, k=1, steps=6)]).mean_steps == 6
    assert arm_metrics([rollout("a", True, k=1)]).mean_steps is None


def test_a_task_with_an_invalid_rollout_of_k_has_no_pass_at_k_and_no_best_of_k():
    rows = [rollout("a", True, True), rollout("a", True), rollout("a", None, valid=False)]
    figures = task_figures(rows)["a"]
    assert (figures.first, figures.best, figures.any) == (1.0, None, None)


def test_rollouts_without_truth_leave_rates_unknown_and_are_counted():
    metrics = arm_metrics([rollout("a", None, True, k=1), rollout("b", None, True, k=1)])
    assert (metrics.pass_at_1, metrics.best_of_k, metrics.pass_at_k, metrics.ungraded) == (None, None, None, 2)


def test_a_missing_selection_leaves_best_of_k_undefined():
    metrics = arm_metrics([rollout("a", True, k=2), rollout("a", False, k=2), rollout("b", True, k=1)])
    assert metrics.best_of_k is None
    assert metrics.pass_at_k == 1.0


def test_judged_success_leaves_unknown_verdicts_out():
    judged = [Status.SUCCESS, Status.FAILURE, Status.UNKNOWN]
    metrics = arm_metrics([rollout("a", True, judged=status) for status in judged])
    assert metrics.judged_success == 0.5


def test_sequential_rollouts_are_measured_after_the_first_the_last_and_any_pass():
    rows = [
        RolloutRow("a", k=3, success=False, passes=(False, True, False)),
        RolloutRow("b", k=3, success=True, passes=(False, False, True)),
        RolloutRow("c", k=3, success=True, passes=(True,)),
    ]
    metrics = arm_metrics(rows)
    assert metrics.pass_at_1 == pytest.approx(1 / 3)
    assert (metrics.best_of_k, metrics.pass_at_k) == (pytest.approx(2 / 3), 1.0)
    assert (metrics.fixes, metrics.regressions) == (2, 1)


def test_a_sequential_rollout_with_an_ungraded_pass_has_only_its_first():
    metrics = arm_metrics([RolloutRow("a", k=2, passes=(True, None))])
    assert (metrics.pass_at_1, metrics.best_of_k, metrics.pass_at_k) == (1.0, None, None)


def test_tokens_are_summed_by_role_and_unknown_is_never_zero():
    spends = [Spend("actor", 10), Spend("actor", 5), Spend("judge", None), Spend("embedder", 3)]
    expected = {"act": 15, "judge": None, "grade": 0, "select": 0, "distill": 0, "consolidate": 0, "embed": 3}
    assert tokens_by_role(spends) == {**expected, "total": None}
    assert tokens_by_role(spends[:2])["total"] == 15
    assert arm_metrics([], spends).tokens == {**expected, "total": None}


def test_cost_is_unknown_when_one_call_is():
    assert arm_metrics([], [Spend("actor", 1, 0.25), Spend("judge", 1, 0.5)]).cost == 0.75
    assert arm_metrics([], [Spend("actor", 1, 0.25), Spend("judge", 1)]).cost is None


def test_an_arm_without_rows_is_undefined_throughout():
    metrics = arm_metrics([])
    assert metrics.tasks == 0
    assert metrics.pass_at_1 is metrics.best_of_k is metrics.pass_at_k is metrics.mean_rollouts is None


@st.composite
def arms(draw):
    rows = []
    for task in range(draw(st.integers(1, 5))):
        k = draw(st.integers(1, 4))
        chosen = draw(st.integers(0, k - 1))
        for index in range(k):
            truth, valid = draw(st.sampled_from([True, False, None])), draw(st.integers(0, 9)) > 0
            rows.append(RolloutRow(f"t{task}", k=k, valid=valid, success=truth, selected=index == chosen, steps=index))
    return rows


@given(arms(), st.randoms())
def test_best_of_k_never_exceeds_pass_at_k_and_order_does_not_matter(rows, random):
    metrics = arm_metrics(rows)
    if metrics.best_of_k is not None:
        assert metrics.best_of_k <= metrics.pass_at_k + 1e-12
    shuffled = arm_metrics(random.sample(rows, len(rows)))
    assert shuffled.pass_at_1 == pytest.approx(metrics.pass_at_1)
    assert shuffled.best_of_k == pytest.approx(metrics.best_of_k)
    assert shuffled.pass_at_k == pytest.approx(metrics.pass_at_k)


@given(st.lists(st.sampled_from([True, False, None]), min_size=1))
def test_at_k_1_the_three_rates_are_one(outcomes):
    metrics = arm_metrics([RolloutRow(f"t{i}", success=outcome) for i, outcome in enumerate(outcomes)])
    assert metrics.pass_at_1 == metrics.best_of_k == metrics.pass_at_k


def test_the_judge_has_figures_of_its_own_for_the_same_rollouts():
    rows = [
        RolloutRow("a", k=2, success=True, judged=Status.FAILURE, selected=True),
        RolloutRow("a", k=2, success=False, judged=Status.SUCCESS),
        RolloutRow("b", k=2, success=True, judged=Status.SUCCESS, selected=True),
        RolloutRow("b", k=2, success=True, judged=Status.UNKNOWN),
    ]
    found = task_figures(rows)
    assert (found["a"].judged, found["a"].judged_best, found["a"].judged_any) == (0.5, 0.0, 1.0)
    assert (found["b"].judged, found["b"].judged_best, found["b"].judged_any) == (1.0, None, None)
    assert (found["a"].first, found["a"].best, found["a"].any) == (0.5, 1.0, 1.0)


def test_of_several_passes_only_the_last_is_judged():
    (one,) = task_figures([RolloutRow("a", judged=Status.SUCCESS, passes=(False, True))]).values()
    assert (one.judged, one.judged_best, one.judged_any) == (1.0, 1.0, None)
