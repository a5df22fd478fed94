"""What the run dialog asks for, without a widget."""

from dataclasses import replace

import pytest

from rb_studio.gui.dialogs.run import dry, title
from rb_studio.gui.dialogs.run_estimate import UNKNOWN, Basis, key_note, read_basis, sentence
from rb_studio.gui.dialogs.run_form import (
    EMPTY,
    RunFacts,
    RunForm,
    bank_choices,
    label_choices,
    memory_choices,
    problem,
    problem_of_tasks,
    read_facts,
    scaling_choices,
    start_sentence,
)
from rb_studio.gui.dialogs.run_more_form import More
from rb_studio.jobs.request import RunRequest
from rb_studio.method.modes import LABELS, MEMORY_MODES, SCALINGS
from rb_studio.models.profile import PRACTICE as PRACTICE_PROFILE
from rb_studio.models.profile import Profile
from rb_studio.models.settings import Settings
from rb_studio.records.errors import UsageError
from rb_studio.records.judgement import Status, Verdict
from rb_studio.store import banks, verdicts
from rb_studio.store.spending import Spending
from rb_studio.store.workspace import Workspace
from tests.gui.conftest import PRACTICE, TASKS

REMOTE = Profile("big", "https://api.example.org/v1", "big-1", price_in=2.0, price_out=10.0)
FORM = RunForm("practice")


@pytest.fixture
def facts(workspace: Workspace) -> RunFacts:
    bank = banks.find_bank(workspace.reader(), "reasoningbank")
    workspace.run(lambda db: banks.take_snapshot(db, bank.id, "before"))
    settings = PRACTICE.with_profile(REMOTE)
    return read_facts(workspace.reader(), lambda: settings)


@pytest.mark.parametrize(
    ("text", "seeds"), [("0", (0,)), ("0:3", (0, 1, 2)), ("4, 2 2", (4, 2)), ("-1:1,7", (-1, 0, 7))]
)
def test_seeds_are_numbers_and_ranges(text: str, seeds: tuple[int, ...]) -> None:
    assert replace(FORM, seeds=text).seed_list() == seeds


@pytest.mark.parametrize("text", ["", "x", "1:1", "0:5000", "1.5", "9" * 20])
def test_what_are_no_seeds_is_said(text: str, facts: RunFacts) -> None:
    form = replace(FORM, seeds=text)
    with pytest.raises(UsageError):
        form.seed_list()
    assert "eed" in problem(form, facts)
    assert form.rollouts(facts) == 0


def test_one_seed_is_a_run_and_several_are_a_sweep() -> None:
    form = replace(FORM, scaling="parallel", k=3, bank="reasoningbank@before", shuffle=4, limit=7)
    request = form.request()
    assert (request.k, request.order, request.limit, request.bank) == (3, "shuffle:4", 7, "reasoningbank@before")
    assert form.sweep() is None
    sweep = replace(form, seeds="0:3").sweep()
    assert (sweep.seeds, sweep.ks, sweep.start, sweep.base.bank) == ((0, 1, 2), (3,), "reasoningbank@before", None)
    assert replace(form, seeds="0:3", bank=EMPTY).sweep().start is None


def test_without_memory_banks_and_learning_are_moot() -> None:
    request = replace(FORM, memory="none", bank="reasoningbank", learn=False).request()
    assert (request.bank, request.learn) == (None, True)


def test_without_scaling_there_is_one_rollout_a_task() -> None:
    assert replace(FORM, k=5).request().k == 1


def test_roles_have_the_actors_model_unless_told_otherwise() -> None:
    form = replace(FORM, profile="big", roles={"judge": "practice", "selector": ""})
    assert form.request().profiles == {"actor": "big"}
    assert replace(form, per_role=True).request().profiles == {"actor": "big", "judge": "practice"}


def test_counts_go_by_suite_choice_limit_k_and_seeds(facts: RunFacts) -> None:
    whole = facts.tasks("practice")
    assert FORM.rollouts(facts) == whole
    assert replace(FORM, tasks=("practice/1", "practice/2"), scaling="parallel", k=3).rollouts(facts) == 6
    assert replace(FORM, limit=5, seeds="0:4").rollouts(facts) == 20
    assert replace(FORM, limit=10**6).rollouts(facts) == whole


def test_everything_resolves_or_a_sentence_says_why_not(facts: RunFacts) -> None:
    assert problem(FORM, facts) is None
    assert problem(replace(FORM, seeds="0:2"), facts) is None
    assert problem(replace(FORM, suite="gone"), facts) == "Choose a suite."
    assert "elephant" in problem(replace(FORM, memory="elephant"), facts)
    assert "elephant" in problem(replace(FORM, memory="elephant", seeds="0:2"), facts)
    assert "no profile" in problem(replace(FORM, profile="gone"), facts)
    entry = facts.entries[0]
    waiting = replace(facts, entries=(replace(entry, runnable=False, reason="needs a browser"),))
    assert problem(FORM, waiting) == "Needs a browser; choose another suite to run."
    own = replace(entry.suite, name="mine", environment="browser", grader="exact")
    mine = replace(entry, whole=replace(entry.whole, name="mine"), suite=own, runnable=False, reason="needs a browser")
    sentence_of_own = problem(replace(FORM, suite="mine"), replace(facts, entries=(mine,)))
    assert sentence_of_own == "Needs a browser; choose another environment or grader for it."
    bare = replace(facts, entries=(replace(entry, whole=replace(entry.whole, tasks=0)),))
    assert "has no tasks" in problem(FORM, bare)


def test_the_practice_model_is_not_let_loose_on_tasks_it_would_fail(facts: RunFacts) -> None:
    entry = facts.entries[0]
    questions = replace(
        entry,
        whole=replace(entry.whole, name="sums"),
        suite=replace(entry.suite, name="sums", environment="answer", grader="exact"),
        subsets=(),
    )
    both = replace(facts, entries=(entry, questions))
    form = replace(FORM, suite="sums")
    fault = problem(form, both)
    assert fault.startswith("The practice model works in the practice shop only and would fail every task of sums")
    assert fault.endswith("choose another model.")
    alone = replace(both, settings=PRACTICE)
    assert "Settings" in problem(form, alone)
    assert problem(replace(form, profile="big"), both) is None
    assert [(choice.value, bool(choice.why_not)) for choice in both.profiles("sums")] == [
        ("practice", True),
        ("big", False),
    ]
    assert not any(choice.why_not for choice in both.profiles("practice"))


def test_rarer_settings_reach_the_request_and_those_of_memory_only_with_memory() -> None:
    more = More(
        consolidation="cap", cap=40, cap_items=True, allocation="greedy", budget=2.5, unit="item", scope="suite",
        most_items=6, label_noise=10, hold_out=30, split_seed=4,
    )  # fmt: skip
    form = replace(FORM, scaling="parallel", k=4, more=more, retrieve_n=3, exclude_template=True)
    request = form.request()
    assert (request.consolidation, request.allocation, request.budget) == ("cap:40:items", "greedy", 2.5)
    assert (request.retrieve_n, request.retrieve_unit, request.scope, request.most_items) == (3, "item", "suite", 6)
    assert (request.label_noise, request.split, request.exclude_template) == (0.1, "0.30:4", True)
    without = replace(form, memory="none").request()
    assert (without.consolidation, without.retrieve_unit, without.most_items) == ("append", "experience", None)
    assert replace(form, more=More(consolidation="skip-near-duplicates", near=0.8)).request().consolidation == (
        "skip-near-duplicates:0.8"
    )


def test_a_hold_out_and_a_review_reach_the_request_where_there_is_memory() -> None:
    form = replace(FORM, more=More(withhold=20, review="low-confidence"))
    assert (form.request().withhold, form.request().review) == (0.2, "low-confidence")
    assert replace(form, memory="none").request().to_json() == replace(FORM, memory="none").request().to_json()
    assert form.more.changed(remembers=True) == "20 % of items withheld, review those in doubt"
    assert form.more.changed(remembers=False) == ""


def test_untouched_rarer_settings_leave_the_request_as_it_was() -> None:
    assert FORM.request().to_json() == RunRequest("practice").to_json()
    assert More().changed(remembers=True) == ""


def test_what_is_not_as_usual_is_said_in_short() -> None:
    more = More(allocation="greedy", budget=2.5, consolidation="cap", label_noise=5, hold_out=30, scope="site")
    told = "greedy, budget 2.5, cap, from the task's own site, label noise 5 %, 30 % held out"
    assert more.changed(remembers=True) == told
    assert more.changed(remembers=False) == "greedy, budget 2.5, label noise 5 %, 30 % held out"


def test_an_allocation_bounds_how_many_rollouts_there_are(facts: RunFacts) -> None:
    form = replace(FORM, scaling="parallel", k=5, limit=10)
    assert form.rollouts(facts) == 50
    assert replace(form, more=More(allocation="first-success")).rollouts(facts) == 50
    assert replace(form, more=More(allocation="greedy")).rollouts(facts) == 31
    assert replace(form, more=More(allocation="difficulty", budget=2)).rollouts(facts) == 21


@pytest.mark.parametrize(
    ("chosen", "told"),
    [
        ({"more": More(allocation="greedy")}, "give k = 2 or more"),
        ({"more": More(allocation="greedy")}, "needs a scaling"),
        ({"more": More(allocation="greedy", budget=9), "scaling": "parallel", "k": 3}, "raise k, or lower the budget"),
        ({"more": More(allocation="greedy"), "scaling": "sequential", "k": 3}, "use allocation difficulty"),
        (
            {"more": More(allocation="first-success"), "scaling": "parallel", "k": 3, "label": "human"},
            "learning by a person's verdict carries over one",
        ),
    ],
)
def test_refusals_of_the_engine_name_what_the_dialog_shows(facts: RunFacts, chosen: dict, told: str) -> None:
    fault = problem(replace(FORM, **chosen), facts)
    assert told in fault
    assert "--" not in fault
    assert " -k" not in fault


@pytest.mark.parametrize(
    ("chosen", "told"),
    [
        ({"label": "human"}, "judge rollouts first, or learn by the judge's verdict"),
        ({"more": More(hold_out=30), "tasks": ("practice/1",)}, "two templates or more: leave the split out"),
        ({"label": "gt", "more": More(hold_out=30)}, ""),
        ({"label": "human", "suite": "unheard"}, ""),
    ],
)
def test_tasks_that_cannot_be_labelled_or_split_are_said(workspace: Workspace, chosen: dict, told: str) -> None:
    found = problem_of_tasks(workspace.reader(), replace(FORM, **chosen))
    assert told in found
    assert bool(found) == bool(told)


def test_a_persons_verdict_is_enough_to_learn_by(workspace: Workspace) -> None:
    uid = workspace.reader().execute("SELECT uid FROM rollout ORDER BY id").fetchone()[0]
    said = Verdict("by-hand", uid, Status.SUCCESS, "seen", source="human")
    workspace.run(lambda db: verdicts.add_verdicts(db, [said]))
    assert problem_of_tasks(workspace.reader(), replace(FORM, label="human")) == ""


def test_a_dry_run_needs_neither_split_nor_allocation_nor_verdicts(facts: RunFacts) -> None:
    more = More(allocation="greedy", budget=2, hold_out=30, consolidation="llm-merge")
    form = dry(replace(FORM, scaling="parallel", k=3, label="human", more=more))
    assert problem(form, facts) is None
    assert (form.request().split, form.request().allocation, form.request().label) == (None, "uniform", "judge")
    assert form.request().consolidation == "llm-merge"


def test_every_memory_scaling_and_label_can_be_chosen() -> None:
    for choices, known in ((memory_choices(), MEMORY_MODES), (scaling_choices(), SCALINGS), (label_choices(), LABELS)):
        assert {choice.value: choice.why_not for choice in choices} == dict.fromkeys(known, "")


def test_banks_of_the_mode_and_their_snapshots_can_be_started_from(facts: RunFacts) -> None:
    found = {choice.value: choice for choice in bank_choices(FORM, facts)}
    assert list(found) == ["", "empty", "reasoningbank@before"]
    assert "item" in found[""].text
    several = {choice.value: choice for choice in bank_choices(replace(FORM, seeds="0:2"), facts)}
    assert several[""].why_not
    assert several["reasoningbank"].text.startswith("a copy of")
    assert [choice.value for choice in bank_choices(replace(FORM, memory="synapse"), facts)] == ["", "empty"]


def test_what_becomes_of_the_bank_is_said() -> None:
    assert "Nothing" in start_sentence(replace(FORM, memory="none"))
    assert "frozen" in start_sentence(replace(FORM, learn=False))
    assert "empty one begun" in start_sentence(FORM)
    assert start_sentence(replace(FORM, bank=EMPTY)) == "What is learned is added to that bank."


def test_practice_results_are_marked(facts: RunFacts) -> None:
    assert FORM.simulated(facts)  # the world is made up, whoever acts
    elsewhere = replace(facts, entries=())
    assert not replace(FORM, profile="big").simulated(elsewhere)
    assert replace(FORM, profile="big", per_role=True, roles={"judge": "practice"}).simulated(elsewhere)


def test_a_dry_run_is_one_rollout_that_leaves_the_bank_alone() -> None:
    form = dry(replace(FORM, scaling="parallel", k=5, seeds="3:9", tasks=("practice/4",)))
    request = form.request()
    assert (request.limit, request.k, request.learn, request.seed, form.sweep()) == (1, 1, False, 3, None)
    assert request.tasks == ("practice/4",)


def test_the_status_bar_gets_a_short_name() -> None:
    assert title(FORM) == "practice: reasoningbank"
    assert title(replace(FORM, memory="none", scaling="parallel", k=3)) == "practice: no memory, parallel k=3"


def test_estimates_stand_on_rollouts_of_the_same_model(workspace: Workspace, facts: RunFacts) -> None:
    basis = read_basis(workspace.reader(), FORM, facts)
    assert basis.spent.rollouts == TASKS
    told = sentence(basis, 100)
    assert "tokens" in told
    assert "simulated" in told
    assert f"{TASKS} stored rollouts" in told
    other = read_basis(workspace.reader(), replace(FORM, profile="big"), facts)
    assert other.spent is None
    assert sentence(other, 100) == f"{UNKNOWN} A million tokens cost $2.00 in prompts and $10.00 in answers."
    nameless = replace(other, profile=replace(REMOTE, price_in=None, price_out=None))
    assert sentence(nameless, 100) == f"{UNKNOWN} The profile big has no prices."
    assert read_basis(workspace.reader(), replace(FORM, profile="gone"), facts) is None
    assert sentence(None, 5) == UNKNOWN


def test_cost_is_counted_from_prices_where_the_endpoint_tells_none() -> None:
    spent = Spending(10, 1000.0, 100.0, None, 30.0)
    told = sentence(Basis(REMOTE, spent), 1000)
    assert told == "Estimate: about 1.1 M tokens, about $3.00, 8.3 h of rollouts (from 10 stored rollouts)."
    unpriced = replace(REMOTE, price_in=None, price_out=None)
    assert "cost unknown" in sentence(Basis(unpriced, spent), 10)
    assert "not counted" in sentence(Basis(unpriced, replace(spent, prompt_tokens=None)), 10)
    assert "about $0.50" in sentence(Basis(unpriced, replace(spent, cost=0.05)), 10)


def test_a_missing_key_is_noted_for_endpoints_elsewhere(workspace: Workspace, facts: RunFacts, monkeypatch) -> None:
    form = replace(FORM, profile="big")
    assert "api.example.org" in key_note(read_basis(workspace.reader(), form, facts))
    monkeypatch.setenv("OPENAI_API_KEY", "sk-test-000000000000")
    assert key_note(read_basis(workspace.reader(), form, facts)) == ""
    assert key_note(Basis(PRACTICE_PROFILE, None)) == ""


def test_the_default_profile_acts_where_none_is_named(facts: RunFacts) -> None:
    named = replace(facts, settings=Settings(profiles={"big": REMOTE}, profile="big"))
    assert FORM.actor(named) == "big"
    assert [choice.value for choice in named.profiles()] == ["practice", "big"]
