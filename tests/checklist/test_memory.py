"""Memory modes, retrieval and labels, point by point (checklist 2-6, 8-10, 18-20; D3, D5-D8, D11)."""

import math
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rb_studio.method import modes
from rb_studio.method.baselines import CHARACTERS_PER_TOKEN, TRAJECTORY_TOKENS
from rb_studio.method.consolidate import folded
from rb_studio.method.label import CARRIED
from rb_studio.method.prompts import PromptSet
from rb_studio.method.render import steps_text
from rb_studio.method.retrieve import retrieve
from rb_studio.method.stream import run_task
from rb_studio.models.hashing import HashingEmbedder
from rb_studio.records.arm import MEMORY_MODES, SCALINGS, ArmConfig
from rb_studio.records.errors import UsageError
from rb_studio.records.identity import call_seed
from rb_studio.records.item_text import embedded_text, parse_items, render_items
from rb_studio.records.judgement import Status, Truth, Verdict
from rb_studio.records.memory import Bank, MemoryItem
from tests.method.outcomes import plain
from tests.method.scripted import (
    ANSWERS,
    FAILURE,
    SUCCESS,
    answer_tools,
    arm,
    bank_of,
    cast,
    experience,
    items_text,
    question,
    shop_task,
    shop_tools,
)

WITH_MEMORY = [mode for mode in MEMORY_MODES if mode != "none"]
BASELINES = ("synapse", "awm")
SUCCESS_ONLY = (*BASELINES, "reasoningbank-success-only")
UNKNOWN = "Thoughts: cannot tell\nStatus: unknown"
WORKFLOW = """The attempt went straight to it.
# Workflow
## Title Add two numbers
## Description For sums of {first number} and {second number}.
## Content
1. Read {first number}.
2. Add {second number} to it.
3. Report {sum}."""
DISTILLERS = {"synapse": items_text(), "awm": WORKFLOW}
EMBEDDER = HashingEmbedder()
PROMPTS = PromptSet.with_overrides()
TASK = question()


def models(memory="reasoningbank", **roles):
    return cast(**{"distiller": DISTILLERS.get(memory, items_text()), **roles})


def outcome_of(memory, k=1, scaling=None, *, bank=None, task=TASK, using=None, **changes):
    chosen = arm(memory, k, scaling, **changes)
    return run_task(chosen, task, Bank() if bank is None else bank, answer_tools(using or models(memory)))


def stream(memory, tasks, using=None, **changes):
    """Outcomes of tasks done one after another, and the bank at the end."""
    chosen, bank, outcomes = arm(memory, **changes), Bank(), []
    tools = answer_tools(using or models(memory))
    for task in tasks:
        outcomes.append(run_task(chosen, task, bank, tools))
        bank = folded(bank, chosen, outcomes[-1])
    return outcomes, bank


def judged(*words, task=TASK):
    """A judge that says one word for each rollout of the task."""
    seeds = {call_seed(0, task.key, index, "judge", 0): word for index, word in enumerate(words)}
    return lambda messages, seed: seeds[seed]


def test_point_19_synapse_keeps_the_trajectory_word_for_word_and_asks_no_model():
    using = models("synapse")
    outcome = outcome_of("synapse", using=using)
    [item] = outcome.experience.items
    [rollout] = outcome.rollouts
    assert item.content == f"{steps_text(rollout.steps)}\n\nFinal message: {rollout.answer}"
    assert TASK.text in item.title
    assert TASK.text in item.description
    assert (item.mode, item.polarity, item.label_source) == ("synapse", "success", "judge")
    assert [source.rollout_uid for source in item.sources] == [rollout.uid]
    assert using.distiller.sent == []


def test_point_19_a_trajectory_beyond_the_token_cap_loses_its_middle():
    long = ANSWERS.replace("42", "word " * TRAJECTORY_TOKENS)
    [item] = outcome_of("synapse", using=models("synapse", actor=long)).experience.items
    cap = TRAJECTORY_TOKENS * CHARACTERS_PER_TOKEN
    assert cap <= len(item.content) <= cap + 100
    assert "characters left out" in item.content


def test_point_19_awm_writes_one_workflow_of_several_steps_with_placeholders():
    outcome = outcome_of("awm")
    [item] = outcome.experience.items
    assert (item.title, item.mode) == ("Add two numbers", "awm")
    assert item.content.splitlines() == ["1. Read {first number}.", "2. Add {second number} to it.", "3. Report {sum}."]
    assert "Outcome: success" in models_prompt(outcome)


def models_prompt(outcome):
    [call] = [call for call in outcome.calls if call.role == "distiller"]
    return "\n".join(message.content for message in call.messages)


@pytest.mark.parametrize(
    "reply",
    [WORKFLOW.split("2. Add")[0], "none", "", "## Content\nadd them"],
    ids=["one step", "none", "empty", "prose"],
)
def test_point_19_what_is_no_workflow_of_two_steps_is_left_out_and_said(reply):
    outcome = outcome_of("awm", using=models(distiller=reply))
    assert outcome.experience is None
    assert outcome.notes


@given(st.text(max_size=300))
@settings(max_examples=60, deadline=None)
def test_point_9_a_workflow_reply_of_any_text_gives_at_most_one_item_and_never_raises(reply):
    outcome = outcome_of("awm", using=models(distiller="# Workflow\n" + reply))
    assert outcome.experience is None or len(outcome.experience.items) == 1


def test_point_9_two_workflows_are_one_too_many_and_the_first_is_kept():
    second = WORKFLOW.replace("Add two", "Subtract two").replace("# Workflow", "# Workflow 2")
    outcome = outcome_of("awm", using=models(distiller=f"{WORKFLOW}\n\n{second}"))
    [item] = outcome.experience.items
    assert item.title == "Add two numbers"
    assert "Subtract" not in item.content
    assert any("first 1 kept" in note for note in outcome.notes)


@pytest.mark.parametrize("memory", SUCCESS_ONLY)
@pytest.mark.parametrize("opinion", [FAILURE, UNKNOWN], ids=["failure", "unknown"])
def test_point_18_19_nothing_is_written_for_what_did_not_succeed_and_the_stream_goes_on(memory, opinion):
    using = models(memory, judge=lambda messages, seed: opinion)
    tasks = [question(1, "What is one?"), question(2, "What is two?")]
    outcomes, bank = stream(memory, tasks, using)
    assert [outcome.valid for outcome in outcomes] == [True, True]
    assert [outcome.experience for outcome in outcomes] == [None, None]
    assert bank.experiences == ()
    assert using.distiller.sent == []


def test_point_18_reasoningbank_learns_from_the_failure_that_success_only_leaves():
    assert outcome_of("reasoningbank", using=models(judge=FAILURE)).experience.items[0].polarity == "failure"
    assert (
        outcome_of("reasoningbank-success-only", using=models(judge=SUCCESS)).experience.items[0].polarity == "success"
    )


def test_point_18_a_parallel_success_only_arm_contrasts_nothing_but_successes():
    using = models(judge=judged(SUCCESS, FAILURE, SUCCESS))
    outcome = outcome_of("reasoningbank-success-only", 3, using=using)
    [sent] = using.distiller.sent
    assert "outcome: failure" not in sent.text
    assert sent.text.count("outcome: success") == 2
    lost = outcome.rollouts[1].uid
    assert all(source.rollout_uid != lost for item in outcome.experience.items for source in item.sources)


@pytest.mark.parametrize("memory", BASELINES)
def test_of_parallel_rollouts_a_baseline_keeps_the_selected_success_else_the_first(memory):
    for pick, kept in ((3, 2), (2, 0)):
        using = models(memory, judge=judged(SUCCESS, FAILURE, SUCCESS), selector=f'{{"index": [{pick}]}}')
        outcome = outcome_of(memory, 3, using=using)
        [item] = outcome.experience.items
        assert [source.rollout_uid for source in item.sources] == [outcome.rollouts[kept].uid]


@pytest.mark.parametrize("memory", BASELINES)
def test_of_vanilla_rollouts_a_baseline_keeps_every_success(memory):
    outcome = outcome_of(memory, 3, "vanilla", using=models(memory, judge=judged(SUCCESS, FAILURE, SUCCESS)))
    assert len({item.uid for item in outcome.experience.items}) == 2


@pytest.mark.parametrize("memory", WITH_MEMORY)
def test_point_19_d3_every_mode_retrieves_and_injects_by_the_same_code(memory):
    first, second = question(1, "What is 1 plus the day?"), question(2, "What is 2 plus the day?")
    outcomes, _ = stream(memory, [first, second])
    retrieval = outcomes[1].retrieval
    items = outcomes[0].experience.items
    assert [hit.uid for hit in retrieval.hits] == [outcomes[0].experience.uid]
    assert retrieval.block == PROMPTS.texts["inject"].replace("{{items}}", render_items(items)).rstrip("\n")
    assert all(rollout.memory_block == retrieval.block for rollout in outcomes[1].rollouts)


@pytest.mark.parametrize("memory", BASELINES)
def test_d11_a_baselines_memory_stands_in_the_block_as_an_item_with_all_its_texts(memory):
    [item] = outcome_of(memory).experience.items
    [shown] = parse_items(render_items([item])).items
    assert (shown.title, shown.description, shown.content) == (item.title, item.description, item.content)


@pytest.mark.parametrize("memory", WITH_MEMORY)
def test_point_3_retrieving_nothing_is_no_memory_byte_for_byte(memory):
    bank = bank_of(experience("near", TASK.text + " too"))
    blind, none = models(memory), models(memory)
    run_task(arm(memory, retrieve_n=0), TASK, bank, answer_tools(blind))
    run_task(arm("none"), TASK, Bank(), answer_tools(none))
    assert [(one.messages, one.seed) for one in blind.actor.sent] == [
        (one.messages, one.seed) for one in none.actor.sent
    ]


@pytest.mark.parametrize("memory", WITH_MEMORY)
@pytest.mark.parametrize("scaling", [name for name in SCALINGS if name != "none"])
def test_k_1_is_the_plain_loop_byte_for_byte_in_every_mode(memory, scaling):
    loop, scaled = (outcome_of(memory, 1, name) for name in ("none", scaling))
    assert plain([loop]) == plain([scaled])


@pytest.mark.parametrize("memory", WITH_MEMORY)
def test_a_frozen_bank_learns_nothing_in_any_mode(memory):
    using = models(memory)
    assert outcome_of(memory, learn=False, using=using).experience is None
    assert using.distiller.sent == []


def test_nothing_is_learned_in_the_test_split_in_any_mode():
    for memory in WITH_MEMORY:
        assert outcome_of(memory, held_out=(TASK.template,)).experience is None
        assert outcome_of(memory, held_out=("another",)).experience is not None
    alone = replace(TASK, template=None)
    assert modes.is_held_out(arm(held_out=(alone.key,)), alone)


# Retrieval


NEAR = experience("near", "count the pending orders of march")
FAR = experience("far", "change the phone of a customer")
QUERY = question(1, "count the pending orders of may")


def found(bank, task=QUERY, **more):
    return retrieve(bank, task, EMBEDDER, PROMPTS, **more)


def with_items(*experiences):
    bank = bank_of(*experiences)
    items = [item for one in experiences for item in one.items]
    vectors = EMBEDDER.embed([embedded_text(item) for item in items])
    return replace(bank, item_vectors={item.uid: row for item, row in zip(items, vectors, strict=True)})


@pytest.mark.parametrize("reverse", [False, True])
def test_point_4_ties_break_by_task_and_place_and_never_by_a_uid_with_the_arm_in_it(reverse):
    names = ["z", "a"] if reverse else ["a", "z"]
    twins = [replace(experience(name, "the very same text"), task_key=f"past/{n}") for n, name in enumerate(names)]
    same_task = [replace(experience(name, "the very same text"), task_key="past/9") for name in ("y", "b")]
    hits = found(bank_of(*same_task, *reversed(twins)), n=4).hits
    assert [hit.uid for hit in hits] == [f"exp-{names[0]}", f"exp-{names[1]}", "exp-y", "exp-b"]


def test_point_4_two_arms_that_learned_the_same_rank_the_same():
    tasks = [question(n, "What is the sum?") for n in range(1, 5)]
    asked = question(9, "What is the sum of all?")
    ranks = []
    for seed_free_difference in ({}, {"repeat": 1}, {"repeat": 2}):
        _, bank = stream("reasoningbank", tasks, **seed_free_difference)
        ranks.append([hit.task_key for hit in found(bank, asked, n=4).hits])
    assert ranks[0] == ranks[1] == ranks[2] == [task.key for task in tasks]


def test_items_are_retrieved_one_by_one_where_the_unit_is_the_item():
    sort = MemoryItem("i-sort", "Sort first", "For extremes.", "Sort the table before reading.")
    count = MemoryItem(
        "i-count", "Count the pending orders", "For counts of orders.", "count the pending orders of may"
    )
    bank = with_items(experience("mixed", "change an address", sort, count), NEAR)
    retrieval = found(bank, unit="item", n=1)
    [hit] = retrieval.hits
    assert (hit.uid, hit.item_uids) == ("exp-mixed", ("i-count",))
    assert "Count the pending orders" in retrieval.block
    assert "Sort first" not in retrieval.block
    assert len(found(bank, unit="item", n=3).hits) == 3


def test_point_2_d6_items_of_the_own_task_are_never_retrieved():
    own = replace(experience("own", "another wording"), task_key=QUERY.key)
    retrieval = found(with_items(own, FAR), unit="item")
    assert [hit.uid for hit in retrieval.hits] == ["exp-far"]
    assert [miss.reason for miss in retrieval.near_misses if miss.uid == "exp-own"] == ["same task"]


def test_point_5_the_scope_keeps_other_suites_or_sites_out_and_says_so():
    def at(name, key, site):
        return replace(experience(name, NEAR.task_text), task_key=key, site=site)

    here, elsewhere = at("here", "sums/77", "shop"), at("elsewhere", "other/1", "forum")
    hand = replace(experience("hand", "count orders"), task_key="", site=None)
    bank, task = bank_of(elsewhere, here, hand), replace(QUERY, site="shop")
    assert {hit.uid for hit in found(bank, task, n=5).hits} == {"exp-here", "exp-elsewhere", "exp-hand"}
    for scope, reason in (("suite", "another suite"), ("site", "another site")):
        retrieval = found(bank, task, n=5, scope=scope)
        assert {hit.uid for hit in retrieval.hits} == {"exp-here", "exp-hand"}
        assert [(miss.uid, miss.reason) for miss in retrieval.near_misses] == [("exp-elsewhere", reason)]


def test_point_5_unit_scope_and_template_switch_are_part_of_the_arms_identity():
    base = ArmConfig("s", memory="reasoningbank")
    changed = [replace(base, scope="site"), replace(base, retrieve_unit="item"), replace(base, exclude_template=True)]
    assert len({one.hash for one in (base, *changed)}) == 4
    assert "scope" not in base.to_json()
    assert ArmConfig.from_json(changed[0].to_json()) == changed[0]


def test_d6_leaving_the_template_out_leaves_its_items_out_too():
    sibling = replace(experience("sibling", "count orders"), template=QUERY.template)
    retrieval = found(with_items(sibling, FAR), unit="item", exclude_template=True)
    assert [hit.uid for hit in retrieval.hits] == ["exp-far"]
    assert retrieval.near_misses[0].reason == "same template"


def test_point_4_d8_items_embedded_by_another_model_are_refused():
    bank = replace(with_items(NEAR), embedder="minilm:384:text")
    with pytest.raises(UsageError, match="minilm:384:text"):
        found(bank, unit="item")


# Labels


def human(status):
    return Verdict("v", "earlier", Status(status), "I looked.", source="human")


def test_a_persons_verdict_on_an_earlier_rollout_labels_a_later_one():
    using = models()
    tools = replace(answer_tools(using), human=human("failure"))
    outcome = run_task(arm(label="human"), TASK, Bank(), tools)
    [verdict] = outcome.verdicts
    assert (verdict.status, verdict.source, verdict.reason) == (Status.FAILURE, CARRIED, "I looked.")
    assert outcome.experience.items[0].label_source == "human"
    assert using.judge.sent == []


def test_without_a_persons_verdict_the_label_is_unknown_and_nothing_is_learned():
    outcome = outcome_of("reasoningbank", label="human")
    assert [verdict.status for verdict in outcome.verdicts] == [Status.UNKNOWN]
    assert outcome.experience is None


@pytest.mark.parametrize("label", ["judge", "gt", "human"])
def test_point_20_noise_flips_the_source_in_use_and_never_unknown(label):
    tools = replace(answer_tools(models(judge=SUCCESS)), human=human("success"))
    [flipped] = run_task(arm(label=label, label_noise=1.0), TASK, Bank(), tools).verdicts
    assert (flipped.status, flipped.noisy) == (Status.FAILURE, True)
    nobody = replace(answer_tools(models(judge=UNKNOWN)), grade=lambda environment: Truth(None))
    [unknown] = run_task(arm(label=label, label_noise=1.0), TASK, Bank(), nobody).verdicts
    assert (unknown.status, unknown.noisy) == (Status.UNKNOWN, False)


def test_point_20_flips_hit_the_rate_within_binomial_error():
    rate, n = 0.3, 600
    flips = 0
    for number in range(n):
        tools = answer_tools(models(judge=SUCCESS))
        [verdict] = run_task(arm(label="gt", label_noise=rate), question(number), Bank(), tools).verdicts
        flips += verdict.noisy
    assert abs(flips / n - rate) < 3.5 * math.sqrt(rate * (1 - rate) / n)


@pytest.mark.parametrize(("answer", "opinion"), [(ANSWERS, SUCCESS), (ANSWERS.replace("42", "41"), FAILURE)])
def test_point_20_a_judge_without_error_and_without_noise_labels_as_ground_truth_does(answer, opinion):
    using = models(actor=answer, judge=opinion)
    by_judge, by_truth = (outcome_of("reasoningbank", label=label, using=using) for label in ("judge", "gt"))
    assert by_judge.verdicts[0].status is by_truth.verdicts[0].status
    assert [item.polarity for item in by_judge.experience.items] == [i.polarity for i in by_truth.experience.items]


@pytest.mark.parametrize("word", ["unsuccessful", "not a success", "", "success failure", "partially success"])
def test_d5_point_7_a_verdict_that_is_not_plainly_success_teaches_no_baseline(word):
    using = models("synapse", judge=f"Thoughts: as I see it.\nStatus: {word}")
    assert outcome_of("synapse", using=using).experience is None


@pytest.mark.parametrize("memory", WITH_MEMORY)
def test_d7_point_12_the_expected_answer_reaches_no_prompt_of_any_mode(memory):
    mark = "zebra-4711"
    using = models(memory)
    run_task(arm(memory, 2), TASK, Bank(), answer_tools(using, mark))
    assert all(mark not in sent.text for sent in using.sent)


@pytest.mark.parametrize("memory", ["awm", "reasoningbank"])
def test_point_10_a_distiller_sees_thoughts_actions_and_outcome_but_no_pages(memory):
    using = models(memory, actor="<think>I look.</think>\n<action>send_msg_to_user('42')</action>")
    run_task(arm(memory), shop_task(), Bank(), shop_tools(using))
    [sent] = using.distiller.sent
    assert "[step 1] Thought: I look." in sent.text
    assert "Outcome: success" in sent.text
    assert "RootWebArea" not in sent.text
    assert "RootWebArea" in using.judge.sent[0].text
