"""MaTTS to the letter: sequential passes, k = 1, selection (checklist 7, 12, 13, 14, 15, 17; D1, D4, D7, D12)."""

import re
from dataclasses import replace
from itertools import pairwise

import pytest

from rb_studio.analysis.arm_metrics import RolloutRow, arm_metrics
from rb_studio.analysis.passes import after
from rb_studio.cli.run import describe
from rb_studio.jobs.results import metric_rows, run_result, sweep_results
from rb_studio.jobs.run import run_arm
from rb_studio.method.prompts import PromptSet
from rb_studio.method.stream import run_task
from rb_studio.models.settings import Settings
from rb_studio.records.arm import MEMORY_MODES, SCALINGS, Limits
from rb_studio.records.calls import FailureKind, Usage
from rb_studio.records.identity import call_seed
from rb_studio.records.judgement import Status
from rb_studio.records.memory import Bank
from rb_studio.records.task import Suite, SuiteContent
from rb_studio.records.trajectory import ExitReason
from rb_studio.store import banks, rollouts, runs, suites
from rb_studio.store.canonical import canonical_jsonl, outcome_json
from rb_studio.store.outcomes import commit_outcome
from rb_studio.store.workspace import Workspace
from tests.jobs.conftest import practice, practice_sweep, sweep
from tests.method import test_practice_stream as played
from tests.method.outcomes import TIMES, plain
from tests.method.scripted import (
    ANSWERS,
    FAILURE,
    SENDS,
    SUCCESS,
    WAITS,
    answer_tools,
    arm,
    bank_of,
    cast,
    experience,
    fault,
    items_text,
    question,
    shop_task,
    shop_tools,
)

PROMPTS = PromptSet.with_overrides()
LONG, LONG_WEB, SHORT = (PROMPTS.texts[name].strip() for name in ("refine", "refine.web", "refine-again"))
TASK = question()
BANK = bank_of(experience("a", "What is 1 plus 2?"))


def says(answer, thought="I work it out."):
    return f"<think>{thought}</think>\n<answer>{answer}</answer>"


def sequential(models, k=3, memory="none", **more):
    tools = {name: more.pop(name) for name in ("on_event", "grade") if name in more}
    bank = Bank() if memory == "none" else BANK
    return run_task(arm(memory, k, "sequential", **more), TASK, bank, answer_tools(models, **tools))


def truths(outcome):
    return [truth.success for truth in outcome.truths[outcome.rollouts[0].uid]]


def asked_again(sent):
    """The requests to check, in the order the conversation holds them."""
    return [message.content for message in sent.messages if message.content in (LONG, LONG_WEB, SHORT)]


@pytest.mark.parametrize("memory", MEMORY_MODES)
def test_point_13_at_k_1_every_scaling_sends_the_bytes_of_the_plain_loop_and_has_its_results(memory):
    streams = {scaling: played.stream(played.arm(memory, 1, scaling), tasks=6)[0] for scaling in SCALINGS}
    sent = {name: [[plain(call) for call in outcome.calls] for outcome in found] for name, found in streams.items()}
    results = {name: [outcome_json(outcome) for outcome in found] for name, found in streams.items()}
    assert all(sent["none"])
    for scaling in SCALINGS:
        assert sent[scaling] == sent["none"], scaling
        assert results[scaling] == results["none"], scaling


@pytest.mark.parametrize("memory", ["none", "reasoningbank"])
def test_point_13_at_k_1_what_is_stored_is_the_same_in_every_scaling(memory, tmp_path):
    stored = set()
    for scaling in SCALINGS:
        with Workspace.open(tmp_path / f"{scaling}.rbank", write=True, create=True) as workspace:
            request = practice(memory=memory, scaling=scaling, k=1).settled()
            run = run_arm(workspace, request, Settings(embedder="hashing"))
            stored.add(canonical_jsonl(workspace.reader(), run=run))
    assert len(stored) == 1


def test_point_14_k_1_adds_no_check():
    models = cast()
    outcome = sequential(models, k=1)
    [sent] = models.actor.sent
    assert asked_again(sent) == []
    assert outcome.rollouts[0].passes == (1,)
    assert outcome.rollouts[0].steps[0].extra == {}


def test_point_14_the_first_check_is_long_and_the_later_ones_short():
    models = cast([says(n) for n in (1, 2, 3, 4)])
    outcome = sequential(models, k=4)
    assert [asked_again(sent) for sent in models.actor.sent] == [[], [LONG], [LONG, SHORT], [LONG, SHORT, SHORT]]
    assert len(SHORT) < len(LONG) / 3
    assert [call.seed for call in outcome.calls if call.role == "actor"] == [
        call_seed(0, TASK.key, 0, "actor", number) for number in range(4)
    ]


def test_point_14_a_domain_has_its_own_long_check():
    models = cast([WAITS, SENDS, SENDS])
    run_task(arm("none", 2, "sequential"), shop_task(), Bank(), shop_tools(models))
    assert asked_again(models.actor.sent[-1]) == [LONG_WEB]


def test_point_14_earlier_messages_stay_byte_identical_over_all_passes():
    models = cast([says(n) for n in (1, 2, 3)])
    sequential(models)
    for before, now in pairwise(models.actor.sent):
        assert now.messages[: len(before.messages)] == before.messages


def test_point_14_notes_reach_distillation_under_the_pass_they_were_made_in():
    models = cast([says(41, "first guess"), says(42, "I count again")], distiller=items_text())
    outcome = sequential(models, k=2, memory="reasoningbank")
    [sent] = models.distiller.sent
    text = sent.messages[-1].content
    assert text.index("first guess") < text.index("[pass 2]") < text.index("I count again")
    assert text.count("[pass ") == 1
    assert outcome.experience.items[0].sources[0].rollout_uid == outcome.rollouts[0].uid
    assert "at most three memory items" in sent.messages[0].content


def test_sequential_is_one_rollout_whose_later_steps_carry_their_pass():
    outcome = sequential(cast([says(n) for n in (1, 2, 3)]))
    [rollout] = outcome.rollouts
    assert [step.number for step in rollout.steps] == [1, 2, 3]
    assert [step.pass_number for step in rollout.steps] == [1, 2, 3]
    assert rollout.passes == (1, 2, 3)
    assert (outcome.k, rollout.answer) == (3, "3")


def test_every_pass_is_graded_and_changes_both_ways_are_counted(tmp_path):
    outcome = sequential(cast([says(n) for n in (41, 42, 43, 42)]), k=4)
    assert truths(outcome) == [False, True, False, True]
    assert [truth.pass_index for truth in outcome.truths[outcome.rollouts[0].uid]] == [0, 1, 2, 3]
    assert (outcome.selection.how, outcome.selection.rollout_uid) == ("only", outcome.rollouts[0].uid)


def test_the_same_answer_sent_again_ends_the_pass():
    models = cast(ANSWERS)
    outcome = sequential(models, k=5)
    assert len(models.actor.sent) == 5
    assert truths(outcome) == [True] * 5


def test_an_answer_that_stands_does_not_end_the_next_pass():
    models = cast([SENDS, WAITS, WAITS, SENDS])
    outcome = run_task(arm("none", 2, "sequential"), shop_task(), Bank(), shop_tools(models))
    assert outcome.rollouts[0].passes == (1, 4)


def test_the_environment_is_not_reset_between_passes():
    opened = []
    tools = shop_tools(cast([SENDS, SENDS, SENDS]))
    counting = replace(tools, open_environment=lambda task, ask: opened.append(tools.open_environment(task, ask)) or
                       opened[-1])  # fmt: skip
    outcome = run_task(arm("none", 3, "sequential"), shop_task(), Bank(), counting)
    assert len(opened) == 1
    assert [step.state.changes["answered"] for step in outcome.rollouts[0].steps] == ["42"] * 3


def test_every_pass_has_the_limit_of_steps_to_itself():
    models = cast(WAITS)
    chosen = arm("none", 3, "sequential", limits=Limits(steps=2))
    outcome = run_task(chosen, shop_task(), Bank(), shop_tools(models))
    [rollout] = outcome.rollouts
    assert rollout.passes == (2, 4, 6)
    assert rollout.exit_reason is ExitReason.STEP_LIMIT
    assert rollout.answer is None
    assert len(asked_again(models.actor.sent[-1])) == 2


def test_every_pass_has_the_limits_of_tokens_and_cost_to_itself():
    for limits in (Limits(tokens=20), Limits(cost=0.015)):
        models = cast(WAITS)
        outcome = run_task(arm("none", 2, "sequential", limits=limits), shop_task(), Bank(), shop_tools(models))
        assert outcome.rollouts[0].passes == (2, 4)


def test_an_answer_stands_when_a_later_pass_runs_into_its_limit():
    models = cast([SENDS, WAITS, WAITS])
    chosen = arm("none", 2, "sequential", limits=Limits(steps=2))
    [rollout] = run_task(chosen, shop_task(), Bank(), shop_tools(models)).rollouts
    assert (rollout.answer, rollout.exit_reason, rollout.passes) == ("42", ExitReason.STEP_LIMIT, (1, 3))


def test_a_refusal_ends_the_rollout_and_it_stands_as_it_is_in_the_passes_left():
    models = cast([says(42), fault(FailureKind.REFUSAL)])
    outcome = sequential(models, k=4)
    [rollout] = outcome.rollouts
    assert rollout.exit_reason is ExitReason.REFUSAL
    assert rollout.passes == (1, 1, 1, 1)
    assert truths(outcome) == [True] * 4


def test_d4_a_fault_in_a_later_pass_makes_the_rollout_invalid_not_failed():
    models = cast([says(42), fault(FailureKind.SERVER)])
    outcome = sequential(models, k=3, memory="reasoningbank")
    assert not outcome.valid
    assert outcome.truths[outcome.rollouts[0].uid] == ()
    assert (models.judge.sent, models.distiller.sent, outcome.experience) == ([], [], None)


def test_a_rollout_without_a_step_has_nothing_to_check():
    outcome = sequential(cast(), k=3, limits=Limits(seconds=0))
    assert outcome.rollouts[0].steps == ()
    assert outcome.rollouts[0].passes == (0, 0, 0)


def test_point_7_the_judge_is_asked_once_and_sees_the_final_state():
    models = cast([says(41), says(42, "mended")])
    outcome = sequential(models, k=2)
    [sent] = models.judge.sent
    assert "## Final message\n42" in sent.text
    assert "mended" in sent.text
    assert len(outcome.verdicts) == 1


def test_point_7_the_judge_sees_the_page_after_the_last_action_of_the_last_pass():
    models = cast([SENDS, "<think>on</think>\n<action>goto('/')</action>", SENDS])
    outcome = run_task(arm("none", 2, "sequential"), shop_task(), Bank(), shop_tools(models))
    [sent] = models.judge.sent
    assert f"### After step 3\n{outcome.rollouts[0].steps[-1].observation}" in sent.text


def test_point_12_d7_passes_go_the_same_whatever_the_ground_truth_is():
    right, wrong = cast([says(n) for n in (41, 42, 43)]), cast([says(n) for n in (41, 42, 43)])
    first = run_task(arm(k=3, scaling="sequential"), TASK, BANK, answer_tools(right))
    second = run_task(arm(k=3, scaling="sequential"), TASK, BANK, answer_tools(wrong, expected="43"))
    assert truths(first) != truths(second)
    assert plain(first, TIMES | {"truths"}) == plain(second, TIMES | {"truths"})
    assert [sent.messages for sent in right.sent] == [sent.messages for sent in wrong.sent]


def test_truth_as_label_is_that_of_the_last_pass():
    outcome = sequential(cast([says(42), says(41)]), k=2, memory="reasoningbank", label="gt")
    assert outcome.verdicts[0].status is Status.FAILURE


def test_a_longer_sequence_begins_like_a_shorter_one():
    two, five = (sequential(cast([says(n) for n in range(9)]), k=k) for k in (2, 5))
    assert plain(two.rollouts[0].steps, TIMES | {"call_uid"}) == plain(five.rollouts[0].steps[:2], TIMES | {"call_uid"})
    assert truths(two) == truths(five)[:2]


@pytest.mark.parametrize("memory", MEMORY_MODES)
def test_d12_d3_sequential_runs_in_every_mode_with_the_shipped_models_and_its_memory(memory):
    outcomes, bank = played.stream(played.arm(memory, 2, "sequential"), tasks=6)
    assert all(len(outcome.truths[outcome.rollouts[0].uid]) == 2 for outcome in outcomes)
    if memory == "none":
        assert bank == Bank()
        return
    given = [outcome for outcome in outcomes if outcome.retrieval and outcome.retrieval.hits]
    assert given
    for outcome in given:
        systems = {call.messages[0].content for call in outcome.calls if call.role == "actor"}
        assert outcome.retrieval.block in systems.pop()
        assert not systems


@pytest.fixture(scope="module")
def run_of_three(tmp_path_factory):
    """A stored sequential run without memory, k = 3."""
    path = tmp_path_factory.mktemp("sequential") / "mine.rbank"
    with Workspace.open(path, write=True, create=True) as workspace:
        request = practice(scaling="sequential", k=3, limit=24).settled()
        run = run_arm(workspace, request, Settings(embedder="hashing"))
        yield workspace.reader(), run


def test_point_15_17_figures_of_a_stored_sequential_run_are_those_of_its_passes(run_of_three):
    conn, run = run_of_three
    result = run_result(conn, run)
    rows = rollouts.rollout_rows(conn, run=run)
    stored = [[truth.success for truth in rollouts.truths(conn, row.uid, run=run)] for row in rows]
    assert len(rows) == result.tasks == 24
    assert [list(row.passes) for row in rows] == stored
    pairs = [pair for passes in stored for pair in pairwise(passes)]
    assert (result.fixes, result.regressions) == (pairs.count((False, True)), pairs.count((True, False)))
    assert result.fixes > 0
    assert result.pass_at_1 == pytest.approx(sum(passes[0] for passes in stored) / 24)
    assert result.best_of_k == pytest.approx(sum(passes[-1] for passes in stored) / 24)
    assert result.pass_at_k == pytest.approx(sum(any(passes) for passes in stored) / 24)
    assert result.best_of_k <= result.pass_at_k
    calls = [call for row in rows for call in rollouts.calls(conn, run=run, rollout_uid=row.uid, role="actor")]
    assert result.mean_steps == pytest.approx(len(calls) / 24)
    assert result.tokens["select"] == 0


def test_how_things_stood_after_fewer_passes_is_what_a_smaller_k_gives(run_of_three, tmp_path):
    conn, run = run_of_three
    rows = metric_rows(rollouts.rollout_rows(conn, run=run), rollouts.task_rows(conn, run=run))
    for k in (1, 2):
        with Workspace.open(tmp_path / f"{k}.rbank", write=True, create=True) as workspace:
            request = practice(scaling="sequential", k=k, limit=24).settled()
            alone = run_result(workspace.reader(), run_arm(workspace, request, Settings(embedder="hashing")))
        figures = arm_metrics([after(row, k) for row in rows])
        for name in ("pass_at_1", "best_of_k", "pass_at_k", "fixes", "regressions", "mean_steps"):
            assert getattr(figures, name) == pytest.approx(getattr(alone, name)), (k, name)
        assert figures.mean_rollouts == k
    assert after(rows[0], 4) is None


def test_point_15_best_of_k_is_the_last_state_and_never_above_any_of_them():
    outcome = sequential(cast([says(n) for n in (42, 42, 41)]))
    uid = outcome.rollouts[0].uid
    passes = tuple(truth.success for truth in outcome.truths[uid])
    figures = arm_metrics([RolloutRow(outcome.task_key, k=outcome.k, success=passes[-1], passes=passes)])
    assert (figures.pass_at_1, figures.best_of_k, figures.pass_at_k) == (1.0, 0.0, 1.0)


def test_point_17_steps_are_counted_over_all_passes_and_usage_adds_up():
    models = cast([says(n) for n in (1, 2, 3)])
    models.actor.usage = Usage(100, 7)
    outcome = sequential(models)
    assert len(outcome.rollouts[0].steps) == len([call for call in outcome.calls if call.role == "actor"]) == 3
    assert sum(step.usage.total for step in outcome.rollouts[0].steps) == 321


@pytest.mark.parametrize("reply", ["the best one", "7", "[0]", '{"index": "none"}', "1 or 2", "\x00" * 40, "{" * 999])
def test_d1_a_selector_that_answers_nonsense_is_a_recorded_fallback(reply):
    models = cast(judge=[FAILURE, SUCCESS, FAILURE], selector=reply)
    outcome = run_task(arm("none", 3), TASK, Bank(), answer_tools(models))
    assert (outcome.selection.how, outcome.selection.reason) == ("fallback", "the reply names no attempt")
    assert (outcome.selection.raw, outcome.selection.rollout_uid) == (reply, outcome.rollouts[1].uid)


def test_point_12_labels_by_ground_truth_choose_no_attempt_where_the_selector_makes_no_sense():
    models = cast([says(1), says(2), says(42)], selector="?")
    outcome = run_task(arm("none", 3, label="gt"), TASK, Bank(), answer_tools(models))
    assert [verdict.status for verdict in outcome.verdicts] == [Status.FAILURE, Status.FAILURE, Status.SUCCESS]
    assert (outcome.selection.how, outcome.selection.rollout_uid) == ("fallback", outcome.rollouts[0].uid)


@pytest.mark.parametrize("reply", ["2", "[2]", '"2"', '{"index": [2]}', "Attempt 2 is best."])
def test_d1_point_15_every_form_of_a_choice_counts_from_one(reply):
    models = cast(selector=reply)
    outcome = run_task(arm("none", 3), TASK, Bank(), answer_tools(models))
    assert (outcome.selection.how, outcome.selection.rollout_uid) == ("llm", outcome.rollouts[1].uid)


@pytest.mark.parametrize(("scaling", "k", "most"), [("none", 1, 3), ("sequential", 3, 3), ("parallel", 3, 5)])
def test_a_distiller_that_returns_forty_items_is_cut_with_a_warning(scaling, k, most):
    models = cast(distiller=items_text(40))
    outcome = run_task(arm(k=k, scaling=scaling), TASK, BANK, answer_tools(models))
    assert len(outcome.experience.items) == most
    assert any(re.search(r"\b40\b", note) for note in outcome.notes)


@pytest.mark.parametrize(("scaling", "k"), [("none", 1), ("sequential", 3), ("parallel", 3)])
def test_a_distiller_that_returns_no_item_leaves_no_experience_and_says_so(scaling, k):
    outcome = run_task(arm(k=k, scaling=scaling), TASK, BANK, answer_tools(cast(distiller="I would rather not.")))
    assert (outcome.experience, outcome.experience_vector) == (None, None)
    assert "the distiller gave no readable item" in outcome.notes


@pytest.mark.parametrize("reply", ["Status: success\nStatus: failure", "Thoughts: x\nStatus: success or failure"])
def test_point_7_d4_a_judge_that_says_both_words_is_unknown_and_teaches_nothing(reply):
    models = cast(judge=reply)
    outcome = run_task(arm(k=2), TASK, BANK, answer_tools(models))
    assert {verdict.status for verdict in outcome.verdicts} == {Status.UNKNOWN}
    assert {verdict.raw for verdict in outcome.verdicts} == {reply}
    assert all(verdict.reason for verdict in outcome.verdicts)
    assert (models.distiller.sent, outcome.experience) == ([], None)


@pytest.mark.parametrize(
    ("replies", "remark"),
    [
        ({"selector": "none of them"}, "best-of-k fell back: the reply names no attempt"),
        ({"distiller": "I would rather not."}, "the distiller gave no readable item"),
        ({"judge": "Status: success or failure"}, "a rollout without a known label taught nothing"),
    ],
)
def test_what_made_no_sense_is_told_with_the_run(replies, remark, tmp_path):
    models = cast(**replies)
    chosen = arm(k=2)
    outcome = run_task(chosen, TASK, Bank(), answer_tools(models))
    with Workspace.open(tmp_path / "mine.rbank", write=True, create=True) as workspace:
        workspace.run(lambda db: suites.save_suite(db, SuiteContent(Suite("sums", "answer", "exact"), (TASK,), ())))
        bank = workspace.run(lambda db: banks.create_bank(db, "reasoningbank", "reasoningbank"))
        run = workspace.run(lambda db: runs.create_run(db, chosen, bank=bank, start_state="empty", simulated=False))
        workspace.run(lambda db: commit_outcome(db, run, bank, outcome, embedder="hashing"))
        result = run_result(workspace.reader(), run)
    assert result.remarks[remark] == (2 if "judge" in replies else 1)
    assert f"x {remark}" in describe(result)


def test_no_memory_scaling_is_swept_sequentially_and_its_k_1_is_the_plain_loop(tmp_path):
    with Workspace.open(tmp_path / "mine.rbank", write=True, create=True) as workspace:
        request = practice_sweep(memories=("none",), scalings=("none", "sequential"), ks=(1, 3))
        done = sweep(workspace, request, workers=1)
        arms = {(one.scaling, one.k): one for one in sweep_results(workspace.reader(), done.sweep)}
    plain_loop, first, third = arms["none", 1], arms["sequential", 1], arms["sequential", 3]
    assert first.shared_with == plain_loop.run
    assert third.shared_with is None
    assert third.mean_rollouts == 3
    assert third.pass_at_1 == first.pass_at_1
    assert third.best_of_k <= third.pass_at_k
    assert third.mean_steps > first.mean_steps
    assert (first.fixes, first.regressions) == (0, 0)
