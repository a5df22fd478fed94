"""What an item's effect says, and when it says nothing."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rb_studio.analysis.effect import item_effects, paired_effect
from rb_studio.records.effect import ItemUse


def use(item, task, *, run=1, injected=True, withheld=None, n=4, successes=2.0, steps=None, version=1, arm="arm"):
    withheld = not injected if withheld is None else withheld
    return ItemUse(item, version, run, arm, task, run, injected, withheld, None, n, successes, steps)


def tried(item, tasks, with_it, without, *, first=0, **more):
    """The item injected in run 1 and withheld in run 2 of each task."""
    return [
        one
        for task in range(first, first + tasks)
        for one in (
            use(item, f"task {task}", run=1, successes=with_it, **more),
            use(item, f"task {task}", run=2, injected=False, successes=without, **more),
        )
    ]


def nothing(estimate):
    return (estimate.difference, estimate.low, estimate.high, estimate.shrunk, estimate.evidence, estimate.flagged) == (
        None, None, None, None, "none", "",
    )  # fmt: skip


def test_without_uses_there_are_no_effects():
    assert item_effects([], {}) == {}


def test_the_difference_is_that_of_the_same_tasks_with_and_without_it():
    found = item_effects(tried("a", 20, 3.0, 1.0), {})["a"]
    assert found.difference == pytest.approx(0.5)
    assert found.low < 0.5 < found.high
    assert 0 < found.shrunk < 0.5
    assert (found.with_rate, found.baseline) == (0.75, 0.25)
    assert (found.n_with, found.n_without, found.tasks) == (80, 80, 20)
    assert (found.evidence, found.flagged) == ("held out", "helps")


def test_harm_is_flagged_and_little_evidence_is_not():
    assert item_effects(tried("a", 20, 1.0, 3.0), {})["a"].flagged == "harms"
    assert item_effects(tried("a", 3, 2.0, 1.0), {})["a"].flagged == ""


@pytest.mark.parametrize(
    "uses",
    [
        [use("a", f"task {task}") for task in range(9)],
        tried("a", 1, 3.0, 1.0),
        [use("a", "one", n=0), use("a", "two", n=0)],
        [use("a", f"task {task}", injected=False) for task in range(9)],
    ],
    ids=["always injected", "one task", "nothing graded", "never injected"],
)
def test_an_item_without_a_comparison_is_not_estimable(uses):
    assert nothing(item_effects(uses, {})["a"])


def test_an_item_that_is_always_injected_still_tells_its_plain_rate():
    found = item_effects([use("a", f"task {task}", successes=3.0) for task in range(9)], {})["a"]
    assert (found.with_rate, found.baseline, found.n_with, found.n_without) == (0.75, None, 36, 0)


def test_attempts_without_memory_are_a_baseline_and_no_experiment():
    uses = [use("a", f"task {task}", successes=3.0) for task in range(20)]
    found = item_effects(uses, {(f"task {task}", "arm"): [(4, 1.0)] for task in range(20)})["a"]
    assert found.difference == pytest.approx(0.5)
    assert found.evidence == "observed"


def test_a_baseline_of_another_kind_of_arm_is_not_compared_with():
    uses = [use("a", f"task {task}", successes=3.0) for task in range(20)]
    baselines = {(f"task {task}", "gpt"): [(4, 1.0)] for task in range(20)}
    assert nothing(item_effects(uses, baselines)["a"])
    assert item_effects(uses, baselines, comparable={"arm": "gpt"})["a"].difference == pytest.approx(0.5)


def test_two_comparable_arms_share_their_baseline_and_their_tasks():
    uses = [use("a", f"task {task}", run=run, arm=f"arm {run}", successes=3.0) for task in range(9) for run in (1, 2)]
    arms = {"arm 1": "gpt", "arm 2": "gpt"}
    found = item_effects(uses, {(f"task {task}", "gpt"): [(4, 1.0)] for task in range(9)}, comparable=arms)["a"]
    assert (found.n_with, found.n_without, found.tasks) == (72, 36, 9)


def test_tasks_seen_by_two_kinds_of_arms_are_each_counted_once():
    uses = [*tried("a", 5, 3.0, 1.0), *tried("a", 5, 3.0, 1.0, arm="other")]
    assert item_effects(uses, {})["a"].tasks == 5


def test_hard_tasks_do_not_make_an_item_look_harmful():
    uses = [*tried("hard", 20, 1.0, 1.0), *tried("b", 20, 4.0, 4.0, first=20)]
    found = item_effects(uses, {})
    assert found["hard"].with_rate < found["b"].with_rate
    assert found["hard"].difference == pytest.approx(0, abs=1e-9)
    assert found["hard"].flagged == ""


def test_what_another_item_did_is_not_put_down_to_the_one_beside_it():
    uses = []
    for task in range(30):
        for run, (good, idle) in enumerate([(1, 1), (1, 1), (1, 1), (1, 0), (0, 1), (0, 0), (0, 0)]):
            solved = 3.0 if good else 1.0
            uses += [
                use("good", f"task {task}", run=run, injected=bool(good), successes=solved),
                use("idle", f"task {task}", run=run, injected=bool(idle), successes=solved),
            ]
    found = item_effects(uses, {})
    assert found["idle"].with_rate - found["idle"].baseline > 0.1
    assert found["idle"].difference == pytest.approx(0, abs=0.02)
    assert found["good"].difference == pytest.approx(0.5, abs=0.02)


def test_items_that_are_never_apart_say_so_by_their_width():
    together = [replace(one, item_uid=name) for name in "ab" for one in tried("a", 40, 3.0, 1.0)]
    alone = item_effects(tried("a", 40, 3.0, 1.0), {})["a"]
    found = item_effects(together, {})
    assert found["a"].high - found["a"].low > 2 * (alone.high - alone.low)
    assert found["a"].difference == pytest.approx(found["b"].difference)


def test_steps_are_compared_alike():
    uses = [replace(one, steps=5.0 + task % 3 if one.injected else 8.0 + task % 2)
            for task, one in enumerate(tried("a", 20, 2.0, 2.0))]  # fmt: skip
    found = item_effects(uses, {})["a"]
    assert found.steps_low < found.steps_difference < found.steps_high < 0
    assert found.difference == pytest.approx(0)


def test_steps_that_nobody_counted_are_not_estimable():
    found = item_effects(tried("a", 20, 2.0, 2.0), {})["a"]
    assert (found.steps_difference, found.steps_low, found.steps_high) == (None, None, None)


def test_the_newest_text_tells_the_effect_and_the_old_one_is_another_item():
    uses = [*tried("a", 20, 1.0, 3.0), *[replace(one, version=2, run=one.run + 2) for one in tried("a", 20, 4.0, 3.0)]]
    found = item_effects(uses, {})["a"]
    assert found.difference > 0
    assert item_effects([replace(one, version=1) for one in uses], {})["a"].difference < found.difference


def test_tasks_that_all_came_out_alike_prove_nothing_exactly():
    found = item_effects([*tried("a", 3, 4.0, 4.0), *tried("b", 9, 3.0, 1.0, first=3)], {})["a"]
    assert found.low < -0.02 < 0.02 < found.high


def test_a_bank_that_never_fails_has_effects_of_none_with_a_width():
    found = item_effects(tried("a", 9, 4.0, 4.0), {})["a"]
    assert found.difference == 0
    assert -0.2 < found.low < -0.01 < 0.01 < found.high < 0.2


def test_steps_that_were_counted_at_some_tasks_are_compared_there():
    uses = [*tried("a", 9, 2.0, 2.0), *tried("a", 9, 2.0, 2.0, first=9)]
    uses = [replace(one, steps=5.0 + place % 3) if one.task_key > "task 4" else one for place, one in enumerate(uses)]
    assert item_effects(uses, {})["a"].steps_difference is not None


def test_steps_that_items_explain_to_the_last_are_estimable():
    together = [replace(one, item_uid=name, steps=5.0 if one.injected else 8.0)
                for name in "abc" for one in tried("a", 9, 2.0, 2.0)]  # fmt: skip
    found = item_effects(together, {})
    assert all(found[name].steps_low < found[name].steps_difference < 0 for name in "abc")


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 12), st.integers(1, 6), st.integers(1, 5), st.booleans())
def test_any_bank_gives_bounds_around_the_estimate_or_nothing(seed, items, tasks, runs, empty_arm):
    dice = np.random.default_rng(seed)
    uses = [
        use(f"i{item}", f"t{task}", run=run, injected=bool(dice.random() < 0.7), n=n, successes=float(solved), steps=n)
        for task in range(tasks)
        for run in range(runs)
        for n in [int(dice.integers(0, 4))]
        for solved in [dice.integers(0, n + 1)]
        for item in np.flatnonzero(dice.random(items) < 0.5)
    ]
    baselines = {(f"t{task}", "arm"): [(2, 1.0)] for task in range(tasks)} if empty_arm else {}
    found = item_effects(uses, baselines)
    assert found.keys() == {one.item_uid for one in uses}
    for one in found.values():
        assert (one.difference is None) == (one.low is None) == (one.evidence == "none")
        if one.difference is not None:
            assert -1 <= one.low <= one.difference + 1e-9
            assert one.high <= 1
            assert one.low < one.high
            assert one.tasks >= 2
            assert np.isfinite([one.difference, one.low, one.high, one.shrunk, one.with_rate, one.baseline]).all()


def test_the_order_of_uses_does_not_matter():
    uses = [*tried("a", 9, 3.0, 1.0), *tried("b", 9, 2.0, 2.0, first=9), *tried("c", 4, 1.0, 3.0, first=18)]
    one, other = item_effects(uses, {}), item_effects(uses[::-1], {})
    for uid in "abc":
        assert one[uid].low == pytest.approx(other[uid].low)
        assert one[uid].shrunk == pytest.approx(other[uid].shrunk)


def test_a_bank_of_thousands_of_items_has_all_its_effects():
    dice = np.random.default_rng(7)
    uses = [
        use(f"i{item}", f"t{task}", run=run, injected=bool(dice.random() < 0.8), successes=float(dice.integers(0, 5)))
        for run in range(8)
        for task in range(250)
        for item in np.unique(task * 4 + dice.integers(0, 12, 4))
    ]
    found = item_effects(uses, {})
    assert len(found) == len({one.item_uid for one in uses})
    assert np.mean([one.difference is not None for one in found.values()]) > 0.9
    assert np.mean([bool(one.flagged) for one in found.values()]) < 0.08


def pairs(tasks, seeds, with_it, without):
    keys = [(f"task {task}", seed) for task in range(tasks) for seed in range(seeds)]
    return dict.fromkeys(keys, with_it), dict.fromkeys(keys, without)


def test_a_replay_compares_only_what_was_run_both_ways():
    with_it, without = pairs(5, 2, 1.0, 0.0)
    with_it["alone", 0] = 0.0
    found = paired_effect(with_it, without)
    assert (found.difference, found.with_rate, found.baseline) == (1.0, 1.0, 0.0)
    assert (found.n_with, found.n_without, found.tasks, found.evidence) == (10, 10, 5, "left out")


@pytest.mark.parametrize("tasks", [0, 1])
def test_a_replay_of_fewer_than_two_tasks_is_not_estimable(tasks):
    assert nothing(paired_effect(*pairs(tasks, 3, 1.0, 0.0)))


def test_a_replay_that_changed_nothing_still_has_a_width_that_falls_with_tasks():
    few, many = paired_effect(*pairs(4, 1, 1.0, 1.0)), paired_effect(*pairs(40, 1, 1.0, 1.0))
    assert few.low < many.low < 0 < many.high < few.high
    assert few.difference == 0


@pytest.mark.parametrize(("tasks", "k", "effect"), [(10, 1, 0.15), (30, 1, 0.0), (30, 5, 0.15)])
def test_a_replay_covers_the_true_difference(tasks, k, effect):
    dice = np.random.default_rng(41)
    covered = 0
    for _ in range(400):
        chance = 0.05 + 0.5 * dice.random(tasks)
        sides = [dice.binomial(k, chance + more) / k for more in (effect, 0.0)]
        found = paired_effect(*({(str(task), 0): rate for task, rate in enumerate(side)} for side in sides))
        covered += found.low <= effect <= found.high
    assert 0.86 <= covered / 400 <= 0.96
