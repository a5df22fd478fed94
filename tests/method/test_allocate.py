"""How many rollouts a task gets: bounds, budgets, priors, complexity, and nothing of ground truth."""

import math
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rb_studio.method import modes
from rb_studio.method.allocate import Terms, Traits, decide, follows_past, most_for, needs_vector
from rb_studio.method.allocate.complexity import constraints, parts, score, sites
from rb_studio.method.allocate.past import Neighbour, cosines, neighbours, prior
from rb_studio.method.allocate.policies import granted, quantile, target
from rb_studio.method.consolidate import folded
from rb_studio.method.stream import run_task
from rb_studio.records.allocation import Allocation
from rb_studio.records.errors import UsageError
from rb_studio.records.memory import Bank
from rb_studio.records.task import Task
from tests.method.scripted import FAILURE, SUCCESS, answer_tools, arm, cast, question

BUDGETED = ("first-success", "difficulty", "greedy")


def past_of(*outcomes, k=1, **more):
    """Earlier tasks by (labelled, successes)."""
    return [
        Allocation("greedy", f"t/{n}", k, 5, "", labelled, successes, **more)
        for n, (labelled, successes) in enumerate(outcomes)
    ]


def stream(terms, outcomes, similar=0.5):
    """Play tasks whose rollouts succeed or not as listed; returns what each was given."""
    past = []
    for place, wins in enumerate(outcomes):
        seen = Traits(
            np.full(place, similar), similar if place else None, constraints=place % 7, words=5 * (place % 11)
        )
        share = decide(terms, seen, past)
        k = share.limit
        if share.stops and True in wins[:k]:
            k = wins.index(True) + 1
        successes = sum(wins[:k])
        about = share.a, share.b, share.score
        one = Allocation(terms.policy, f"t/{place}", k, share.limit, share.reason, k, successes, 4.0 + k, *about)
        past.append(one)
    return past


ks = st.integers(2, 8)
outcome_lists = st.lists(st.lists(st.booleans(), min_size=8, max_size=8), min_size=1, max_size=25)


@settings(deadline=None, max_examples=150)
@given(st.sampled_from(BUDGETED), ks, st.floats(0, 1), outcome_lists, st.floats(-1, 1))
def test_no_order_of_outcomes_spends_more_than_the_budget_and_one(policy, k, share, outcomes, similar):
    budget = 1 + share * (k - 1)
    total = 0
    for number, one in enumerate(stream(Terms(policy, k, budget), outcomes, similar), 1):
        assert 1 <= one.k <= one.limit <= k
        total += one.k
        assert total <= budget * number + 1 + 1e-6


@pytest.mark.parametrize("budget", [1.0, 1.5, 2.0, 3.25, 5.0])
def test_difficulty_spends_its_budget(budget):
    dice = np.random.default_rng(1)
    outcomes = [list(map(bool, row)) for row in dice.integers(0, 2, (200, 8))]
    spent = sum(one.k for one in stream(Terms("difficulty", 5, budget), outcomes))
    assert spent == pytest.approx(budget * 200, rel=0.03)


def test_the_whole_budget_gives_every_task_k_and_the_least_gives_one():
    outcomes = [[False] * 8] * 12
    for policy in ("difficulty", "greedy"):
        assert {one.k for one in stream(Terms(policy, 4, 4), outcomes)} == {4}
        assert {one.k for one in stream(Terms(policy, 4, 1), outcomes)} == {1}


def test_first_success_without_a_budget_goes_on_to_k():
    never, second = [False] * 8, [False, True] + [False] * 6
    assert [one.k for one in stream(Terms("first-success", 6), [never, second, never])] == [6, 2, 6]


def test_a_decision_depends_on_nothing_but_its_input():
    outcomes = [[place % 3 == 0] * 8 for place in range(15)]
    for policy in BUDGETED:
        assert stream(Terms(policy, 5, 2), outcomes) == stream(Terms(policy, 5, 2), outcomes)
        whole, part = (stream(Terms(policy, 5, 2), chosen) for chosen in (outcomes, outcomes[:9]))
        assert whole[:9] == part


@given(st.floats(1, 6), st.integers(2, 6))
def test_evenly_spread_places_cost_the_budget_on_average(mean, k):
    mean = min(mean, float(k))
    places = (np.arange(4000) + 0.5) / 4000
    targets = [target(place, k, mean) for place in places]
    assert np.mean(targets) == pytest.approx(mean, abs=0.02)
    assert all(low <= high for low, high in pairwise(targets))
    assert 1 <= targets[0] <= targets[-1] <= k


def test_a_harder_looking_task_never_gets_fewer_rollouts():
    past = stream(Terms("difficulty", 5, 2.5), [[True, False] * 4] * 20)
    given_ks = []
    for words in range(0, 400, 20):
        seen = Traits(np.full(20, 0.5), 0.5, constraints=words // 30, words=words)
        given_ks.append(decide(Terms("difficulty", 5, 2.5), seen, past).limit)
    assert given_ks == sorted(given_ks)
    assert given_ks[0] < given_ks[-1]


def test_ties_stand_in_the_middle_of_their_places():
    assert quantile(0.5, []) == 0.5
    assert quantile(0.5, [0.5, 0.5]) == 0.5
    assert quantile(0.9, [0.1, 0.2, 0.3]) == 0.875
    assert quantile(0.0, [0.1, 0.2, 0.3]) == 0.125


def test_the_prior_has_jeffreys_for_a_floor_and_counts_every_neighbour_once():
    assert prior([]) == (0.5, 0.5)
    many, few = past_of((8, 8), (1, 1))
    assert prior([Neighbour(many, 1.0)]) == prior([Neighbour(few, 1.0)]) == (1.5, 0.5)
    assert prior([Neighbour(past_of((4, 1))[0], 0.8)]) == (0.7, 1.1)


def test_neighbours_are_the_five_most_alike_whose_label_is_known():
    past = past_of((1, 1), (0, 0), *[(1, 0)] * 7)
    found = neighbours(past, np.array([0.9, 0.99, 0.1, 0.2, 0.3, 0.4, 0.5, 0.0, -0.5]))
    assert [one.task.task_key for one in found] == ["t/0", "t/6", "t/5", "t/4", "t/3"]
    assert neighbours(past, np.full(9, -0.1)) == []


def test_a_task_without_a_vector_is_like_no_other():
    unit = np.array([1, 0], np.float32)
    past = [replace(one, vector=vector) for one, vector in zip(past_of((1, 1), (1, 1)), (None, unit), strict=True)]
    assert cosines(past, unit).tolist() == [0.0, 1.0]


def test_rollouts_go_where_the_next_one_most_likely_succeeds():
    sure, open_, hopeless = (4.5, 0.5), (2.0, 2.0), (0.5, 4.5)
    turns = [open_, hopeless, sure], [sure, hopeless, open_], [sure, open_, hopeless]
    for budget in (6.0, 7.0, 8.0):
        shares = [granted(turn, 5, budget) for turn in turns]
        assert shares[0] >= shares[1] >= shares[2] >= 1
    assert granted([hopeless], 5, 1.0) == 1
    assert granted([sure, open_, hopeless], 5, 100.0) == 5


def test_a_success_is_the_end_of_greed_and_the_reason_says_so():
    wins = [[False, True, *[False] * 6]] + [[False] * 8] * 3
    first, *others = stream(Terms("greedy", 5, 3), wins)
    assert (first.k, first.successes) == (2, 1)
    assert "Beta(0.50, 0.50)" in first.reason
    assert "no neighbour is known" in first.reason
    assert "from 1 neighbour:" in others[0].reason
    assert "from 3 neighbours:" in others[-1].reason
    assert (others[0].a, others[0].b) == (0.75, 0.75)


def test_complexity_is_read_from_the_text_and_the_neighbours():
    plain = "Open the page"
    hard = "Change 'Ann' and 'Bob' without touching orders after 3 May, only those over 20 dollars"
    assert constraints(plain) == 0
    assert constraints(hard) >= 7
    assert sites(Task("a/1", "a", 1, plain, setup={"sites": ["shop", "wiki"]})) == 2
    assert sites(Task("a/1", "a", 1, plain, site="multi")) == 2
    assert sites(Task("a/1", "a", 1, plain, site="shop")) == 1
    past = past_of((2, 2), (2, 0), steps=4.0)
    easy, failed = ([Neighbour(one, 1.0)] for one in past)
    seen = Traits(np.array([0.9, 0.9]), 0.9)
    assert score(parts(seen, easy, past)) < score(parts(seen, failed, past))
    assert score(parts(replace(seen, nearest=0.1), easy, past)) > score(parts(seen, easy, past))
    assert score(parts(replace(seen, sites=3), easy, past)) > score(parts(seen, easy, past))
    assert 0 <= score(parts(Traits(constraints=10**6, words=10**6, sites=99), [], [])) <= 1


REFUSED = {
    "unknown": ({"allocation": "by the moon", "k": 3}, "'by the moon' is unknown"),
    "nothing to decide": ({"allocation": "greedy"}, "nothing to decide with one rollout"),
    "k 1 with a budget of 1": ({"allocation": "difficulty", "budget": 1.0}, "nothing to decide with one rollout"),
    "fewer than the tasks": ({"allocation": "greedy", "k": 3, "budget": 0.5}, "smaller than the number of tasks"),
    "none": ({"allocation": "greedy", "k": 3, "budget": 0.0}, "smaller than the number of tasks"),
    "negative": ({"allocation": "first-success", "k": 3, "budget": -2.0}, "smaller than the number of tasks"),
    "no number": ({"allocation": "difficulty", "k": 3, "budget": math.nan}, "is no number of rollouts"),
    "endless": ({"allocation": "difficulty", "k": 3, "budget": math.inf}, "is no number of rollouts"),
    "more than k": ({"allocation": "greedy", "k": 3, "budget": 40.0}, "a mean and no total"),
    "uniform": ({"k": 3, "budget": 2.0}, "leave --budget out"),
    "verdict after all passes": ({"allocation": "greedy", "k": 3, "scaling": "sequential"}, "--allocation difficulty"),
    "a label for all": ({"allocation": "first-success", "k": 3, "label": "human"}, "use --label judge"),
}


@pytest.mark.parametrize(("changes", "said"), REFUSED.values(), ids=REFUSED)
def test_what_makes_no_sense_is_refused_in_a_sentence(changes, said):
    with pytest.raises(UsageError, match=said) as refused:
        modes.check(arm(**changes))
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("memory", ["none", "reasoningbank"])
@pytest.mark.parametrize("scaling", ["parallel", "vanilla"])
@pytest.mark.parametrize("policy", BUDGETED)
def test_every_policy_runs_with_every_memory_and_scaling(memory, scaling, policy):
    modes.check(arm(memory, 4, scaling, allocation=policy, budget=2.0))
    modes.check(arm(memory, 4, scaling, allocation=policy))
    modes.check(arm(memory, 4, "sequential", allocation="difficulty"))


def test_a_budget_without_k_is_the_middle_of_what_a_task_may_get():
    assert [most_for(budget) for budget in (None, 1.0, 1.5, 2.0, 2.25, math.nan)] == [1, 1, 2, 3, 4, 1]


def test_which_arms_embed_and_which_go_one_after_another():
    assert not needs_vector(arm("none", 3))
    assert not follows_past(arm("reasoningbank", 3))
    assert (needs_vector(arm("none", 3, allocation="greedy")), follows_past(arm("none", 3, allocation="greedy"))) == (
        True,
        True,
    )
    alone, bound = (arm("none", 3, allocation="first-success", budget=budget) for budget in (None, 2.0))
    assert (needs_vector(alone), follows_past(alone)) == (False, False)
    assert (needs_vector(bound), follows_past(bound)) == (False, True)


def played(chosen, tools, tasks=6):
    """A stream of the scripted world."""
    bank, outcomes = Bank(), []
    for number in range(1, tasks + 1):
        outcomes.append(run_task(chosen, question(number), bank, tools))
        bank = folded(bank, chosen, outcomes[-1])
    return outcomes, bank


def by_turns(messages, seed):
    """A judge whose verdict depends on the die of the call alone."""
    return SUCCESS if seed % 3 == 0 else FAILURE


@pytest.mark.parametrize("memory", ["none", "reasoningbank"])
@pytest.mark.parametrize("policy", BUDGETED)
def test_the_truth_of_earlier_tasks_changes_nothing(memory, policy):
    chosen = arm(memory, 4, allocation=policy, budget=2.0)
    given_ks = []
    for expected in ("42", "43"):
        outcomes, _ = played(chosen, answer_tools(cast(judge=by_turns), expected))
        right = {truth.success for one in outcomes for truths in one.truths.values() for truth in truths}
        assert right == {expected == "42"}
        given_ks.append([one.allocation for one in outcomes])
    assert given_ks[0] == given_ks[1]
    assert len({one.k for one in given_ks[0]}) > 1


def test_first_success_plays_the_first_rollouts_of_the_uniform_arm():
    script = [FAILURE, SUCCESS, SUCCESS, FAILURE]
    stopped = run_task(arm("none", 4, allocation="first-success"), question(), Bank(), answer_tools(cast(judge=script)))
    whole = run_task(arm("none", 4), question(), Bank(), answer_tools(cast(judge=script)))
    assert (stopped.k, whole.k) == (2, 4)
    assert [one.seed for one in stopped.rollouts] == [one.seed for one in whole.rollouts[:2]]
    assert [one.steps[0].thought for one in stopped.rollouts] == [one.steps[0].thought for one in whole.rollouts[:2]]
    assert stopped.allocation.reason == "until one is judged a success, at most 4; number 2 was judged a success"
    assert whole.allocation is None


def test_an_unknown_label_is_no_success_and_no_failure():
    tools = answer_tools(cast(judge=["nobody knows", "nobody knows", FAILURE]))
    outcome = run_task(arm("none", 3, allocation="first-success"), question(), Bank(), tools)
    assert (outcome.k, outcome.allocation.labelled, outcome.allocation.successes) == (3, 1, 0)
    assert outcome.allocation.reason.endswith("none of 3 was judged a success")


def test_a_rollout_is_one_attempt_and_one_experience_is_made_of_what_was_played():
    outcome = run_task(arm("reasoningbank", 4, allocation="first-success"), question(), Bank(), answer_tools(cast()))
    assert (outcome.k, len(outcome.rollouts), outcome.experience.kind) == (1, 1, "single")
    assert outcome.selection.how == "only"
    assert outcome.rollouts[0].answer == "42"


def test_neighbours_need_an_embedder_also_without_memory():
    tools = answer_tools(cast(), embedder=None)
    with pytest.raises(UsageError, match="'greedy' needs an embedder"):
        run_task(arm("none", 3, allocation="greedy"), question(), Bank(), tools)
    assert run_task(arm("none", 3, allocation="first-success"), question(), Bank(), tools).k == 1


def test_passes_of_sequential_scaling_are_what_difficulty_spreads():
    chosen = arm("none", 4, "sequential", allocation="difficulty", budget=2.0)
    outcomes, bank = played(chosen, answer_tools(cast()))
    assert all(len(one.rollouts) == 1 and len(one.rollouts[0].passes) == one.k for one in outcomes)
    assert sum(one.k for one in bank.past) <= 2 * len(outcomes) + 1
    assert {one.steps for one in bank.past} == {1.0}


def test_only_a_policy_that_goes_by_the_past_keeps_it():
    for policy, kept in (("uniform", 0), ("first-success", 0), ("greedy", 3)):
        assert len(played(arm("none", 3, allocation=policy), answer_tools(cast()), 3)[1].past) == kept


def test_an_allocation_survives_json_without_its_vector():
    one = Allocation("greedy", "t/1", 2, 3, "why", 2, 1, 4.5, 1.25, 0.5, 0.75, "text", np.ones(2, np.float32))
    assert Allocation.from_json(one.to_json()) == one
    assert {"text", "vector"}.isdisjoint(one.to_json())
