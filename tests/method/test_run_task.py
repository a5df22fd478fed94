"""One task as a whole: scalings, memory modes, seeds, concurrency, cancel (checklist 3, 6, 12, 13, 21; D3)."""

import pickle
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from rb_studio.method.stream import run_task
from rb_studio.models.hashing import HashingEmbedder
from rb_studio.records.calls import Failure, FailureKind, Reply, Usage
from rb_studio.records.errors import Cancelled, UsageError
from rb_studio.records.identity import call_seed
from rb_studio.records.memory import Bank
from rb_studio.records.outcome import EmbeddingUse
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
    question,
    shop_task,
    shop_tools,
)

TASK = question()
BANK = bank_of(experience("a", "What is 1 plus 2?"), experience("b", "How many pages has the book?"))


def run(models, chosen, bank=BANK, **more):
    return run_task(chosen, TASK, bank, answer_tools(models, **more))


def requests(models):
    return {role: [(sent.messages, sent.settings, sent.seed) for sent in m.sent] for role, m in models.by_role.items()}


def varied(messages, seed):
    """An answer that depends on the seed and the prompt only."""
    return ANSWERS.replace("42", str((seed + len(messages[0].content)) % 5))


def opinion(messages, seed):
    return SUCCESS if seed % 2 else FAILURE


@pytest.mark.parametrize("scaling", ["parallel", "vanilla", "sequential"])
@pytest.mark.parametrize("memory", ["none", "reasoningbank"])
def test_point_13_k_1_in_every_scaling_is_the_plain_loop_byte_for_byte(memory, scaling):
    results = []
    for name in ("none", scaling):
        models = cast(varied, opinion)
        outcome = run(models, arm(memory, scaling=name))
        results.append((plain(outcome), requests(models)))
    assert results[0] == results[1]


def test_point_3_n_0_sends_the_same_bytes_and_seeds_as_no_memory():
    with_memory, without = cast(varied), cast(varied)
    first = run(with_memory, arm(retrieve_n=0))
    second = run(without, arm("none"), bank=Bank())
    assert requests(with_memory)["actor"] == requests(without)["actor"]
    assert requests(with_memory)["judge"] == requests(without)["judge"]
    assert first.rollouts[0].memory_block == second.rollouts[0].memory_block == ""


def test_point_3_an_empty_bank_sends_the_same_bytes_as_no_memory():
    with_memory, without = cast(varied), cast(varied)
    run(with_memory, arm(), bank=Bank())
    run(without, arm("none"), bank=Bank())
    assert requests(with_memory)["actor"] == requests(without)["actor"]


def test_point_6_d3_one_retrieval_and_the_identical_block_for_all_rollouts():
    told = []
    models = cast()
    outcome = run(models, arm(k=4), on_event=told.append)
    assert Counter(event.kind for event in told)["retrieved"] == 1
    assert outcome.retrieval.hits[0].uid == "exp-a"
    assert outcome.retrieval.hits[0].item_uids == ("item-a",)
    assert {rollout.memory_block for rollout in outcome.rollouts} == {outcome.retrieval.block}
    systems = {sent.messages[0] for sent in models.actor.sent}
    assert len(systems) == 1
    assert outcome.retrieval.block in systems.pop().content


def test_point_13_k_independent_rollouts_have_identical_prompts_and_their_own_dice():
    models = cast(varied)
    outcome = run(models, arm(k=5))
    assert len({sent.messages for sent in models.actor.sent}) == 1
    assert len({sent.seed for sent in models.actor.sent}) == 5
    assert [rollout.rollout_index for rollout in outcome.rollouts] == [0, 1, 2, 3, 4]
    assert len({rollout.uid for rollout in outcome.rollouts}) == 5
    assert outcome.k == 5
    assert len(outcome.verdicts) == 5


def test_only_the_actor_sees_the_memory():
    models = cast()
    outcome = run(models, arm(k=2))
    assert outcome.retrieval.block
    for role in ("judge", "selector", "distiller"):
        assert not any("content a" in sent.text for sent in models.by_role[role].sent)


def test_without_memory_nothing_is_retrieved_embedded_or_learned():
    models = cast()
    outcome = run(models, arm("none", 3), bank=BANK, embedder=None)
    assert (outcome.retrieval, outcome.experience, outcome.experience_vector) == (None, None, None)
    assert outcome.embedding == EmbeddingUse()
    assert models.distiller.sent == []
    assert len(models.selector.sent) == 1


def test_d3_a_memory_without_an_embedder_is_refused_rather_than_ignored():
    with pytest.raises(UsageError, match="embedder"):
        run(cast(), arm(), embedder=None)


def test_d6_excluding_the_template_is_a_switch_of_the_arm():
    bank = bank_of(experience("sibling", f"{TASK.text} too", template=TASK.template), *BANK.experiences)
    assert run(cast(), arm(), bank=bank).retrieval.hits[0].uid == "exp-sibling"
    assert run(cast(), arm(exclude_template=True), bank=bank).retrieval.hits[0].uid == "exp-a"


def test_learn_off_retrieves_and_learns_nothing():
    models = cast()
    outcome = run(models, arm(learn=False))
    assert outcome.retrieval.hits
    assert (outcome.experience, models.distiller.sent) == (None, [])


def test_the_experience_is_keyed_by_the_task_text():
    outcome = run(cast(), arm())
    assert (outcome.experience_vector == HashingEmbedder().embed([TASK.text])[0]).all()
    assert (outcome.experience.template, outcome.experience.task_text) == (TASK.template, TASK.text)


class CountingEmbedder(HashingEmbedder):
    """Counts what it is asked to embed; a token a letter."""

    def __init__(self):
        super().__init__()
        self.asked = []

    def embed(self, texts):
        self.asked.extend(texts)
        return super().embed(texts)

    def tokens(self, texts):
        return sum(map(len, texts))


@pytest.mark.parametrize("bank", [BANK, Bank()])
def test_point_21_the_task_text_is_embedded_once_and_counted_once(bank):
    embedder = CountingEmbedder()
    outcome = run(cast(), arm(k=3), bank=bank, embedder=embedder)
    assert embedder.asked == [TASK.text]
    assert outcome.embedding == EmbeddingUse(1, len(TASK.text))


def test_point_21_every_call_of_every_role_is_kept_once_with_its_usage():
    models = cast(judge=opinion)
    outcome = run(models, arm(k=3, scaling="vanilla"))
    counted = Counter(call.role for call in outcome.calls)
    assert counted == {role: len(model.sent) for role, model in models.by_role.items()}
    assert len({call.uid for call in outcome.calls}) == len(outcome.calls)
    assert sum(call.reply.usage.total for call in outcome.calls) == 12 * len(models.sent)
    actor = [call.reply.usage.total for call in outcome.calls if call.role == "actor"]
    assert sum(step.usage.total for rollout in outcome.rollouts for step in rollout.steps) == sum(actor)


def test_point_21_unknown_usage_and_cost_stay_none():
    models = cast()
    for model in models.by_role.values():
        model.usage, model.cost = None, None
    outcome = run(models, arm(k=2))
    assert {(call.reply.usage, call.reply.cost) for call in outcome.calls} == {(None, None)}
    assert {(step.usage, step.cost) for rollout in outcome.rollouts for step in rollout.steps} == {(None, None)}
    assert Usage(5, None).total is None


def test_calls_are_recorded_as_they_were_sent():
    models = cast(judge=opinion)
    outcome = run(models, arm(k=2))
    recorded = Counter((call.messages, call.seed, call.settings) for call in outcome.calls)
    assert recorded == Counter((sent.messages, sent.seed, sent.settings) for sent in models.sent)


def test_seeds_come_from_arm_seed_task_rollout_role_and_number_alone():
    models = cast(["no form", ANSWERS])
    outcome = run(models, arm(seed=7))
    seeds = {(call.role, call.number): call.seed for call in outcome.calls}
    assert seeds == {(role, number): call_seed(7, TASK.key, 0, role, number) for role, number in seeds}
    assert set(seeds) == {("actor", 0), ("actor", 1), ("judge", 0), ("distiller", 0)}
    assert all(0 <= seed < 2**31 for seed in seeds.values())


def test_seeds_are_shared_between_arms_of_another_memory_scaling_or_k():
    arms = [arm("none"), arm(), arm("none", 3), arm(k=3), arm(k=5, scaling="vanilla"), arm(retrieve_n=2)]
    by_arm = []
    for chosen in arms:
        outcome = run(cast(), chosen)
        by_arm.append(
            {
                (c.role, r.rollout_index): c.seed
                for r in outcome.rollouts
                for c in outcome.calls
                if c.rollout_uid == r.uid and c.role in ("actor", "judge")
            }
        )
    for shorter in by_arm:
        for longer in by_arm:
            shared = shorter.keys() & longer.keys()
            assert {key: shorter[key] for key in shared} == {key: longer[key] for key in shared}
    assert len({seed for seeds in by_arm for seed in seeds.values()}) == 10


def test_another_arm_seed_gives_other_dice_and_the_same_prompts():
    first, second = cast(), cast()
    run(first, arm(seed=1))
    run(second, arm(seed=2))
    assert [s.messages for s in first.actor.sent] == [s.messages for s in second.actor.sent]
    assert {s.seed for s in first.sent} & {s.seed for s in second.sent} == set()


def test_a_prefix_of_rollouts_is_the_same_at_every_k():
    small, large = cast(varied, opinion), cast(varied, opinion)
    few, many = run(small, arm(k=2)), run(large, arm(k=5))
    assert [r.answer for r in few.rollouts] == [r.answer for r in many.rollouts][:2]
    assert [v.status for v in few.verdicts] == [v.status for v in many.verdicts][:2]


@pytest.mark.parametrize("scaling", ["parallel", "vanilla"])
def test_rollouts_side_by_side_give_the_identical_outcome(scaling):
    chosen = arm(k=5, scaling=scaling)
    alone = run(cast(varied, opinion), chosen)

    def slowly(messages, seed):
        time.sleep((seed % 7) / 500)
        return varied(messages, seed)

    with ThreadPoolExecutor(5) as pool:
        together = run(cast(slowly, opinion), chosen, pool=pool)
    assert plain(together) == plain(alone)


def test_rollouts_of_a_pool_really_run_side_by_side():
    barrier = threading.Barrier(4, timeout=20)

    def meets(messages, seed):
        barrier.wait()
        return ANSWERS

    with ThreadPoolExecutor(4) as pool:
        assert len(run(cast(meets), arm(k=4), pool=pool).rollouts) == 4


def test_in_the_shop_too_side_by_side_equals_one_after_another():
    def walks(messages, seed):
        turns = sum(message.role == "assistant" for message in messages)
        path = ["/orders", "/products", "/customers", "/dashboard"][(seed + turns) % 4]
        act = f"goto('{path}')" if turns < 3 else f"send_msg_to_user('{seed % 10}')"
        return f"<think>turn {turns}</think><action>{act}</action>"

    outcomes = []
    with ThreadPoolExecutor(3) as pool:
        for one in (None, pool):
            outcomes.append(run_task(arm(k=3), shop_task(), Bank(), shop_tools(cast(walks, opinion), pool=one)))
    assert plain(outcomes[0]) == plain(outcomes[1])
    assert len({rollout.answer for rollout in outcomes[0].rollouts}) > 1


@pytest.mark.parametrize("workers", [0, 3])
def test_cancel_raises_promptly_and_asks_nothing_more(workers):
    cancel = threading.Event()

    def stops(messages, seed):
        cancel.set()
        return "no form, so it would be asked again"

    models = cast(stops)
    pool = ThreadPoolExecutor(workers) if workers else None
    with pytest.raises(Cancelled):
        run(models, arm(k=3), cancel=cancel, pool=pool)
    if pool:
        pool.shutdown(wait=True)
    assert len(models.actor.sent) <= max(workers, 1)
    assert models.judge.sent == models.selector.sent == models.distiller.sent == []


def test_a_call_that_came_back_cancelled_raises_cancelled():
    models = cast(Reply("", failure=Failure(FailureKind.CANCELLED, "stopped")))
    with pytest.raises(Cancelled):
        run(models, arm())


def test_cancelled_before_it_starts_nothing_is_embedded_or_asked():
    cancel = threading.Event()
    cancel.set()
    models, embedder = cast(), CountingEmbedder()
    with pytest.raises(Cancelled):
        run(models, arm(), cancel=cancel, embedder=embedder)
    assert (models.sent, embedder.asked) == ([], [])


def test_an_outcome_survives_pickling():
    outcome = run(cast(judge=opinion), arm(k=3))
    assert plain(pickle.loads(pickle.dumps(outcome))) == plain(outcome)


def test_two_runs_are_identical_but_for_times():
    outcomes = [run(cast(varied, opinion), arm(k=3), now=iter(map(str, range(99))).__next__) for _ in range(2)]
    assert plain(outcomes[0]) == plain(outcomes[1])


def test_one_invalid_rollout_leaves_the_others_to_learn_from():
    bad = call_seed(0, TASK.key, 1, "actor", 0)
    models = cast(
        lambda messages, seed: Reply("", failure=Failure(FailureKind.SERVER, "x")) if seed == bad else ANSWERS
    )
    outcome = run(models, arm(k=3))
    assert [rollout.valid for rollout in outcome.rollouts] == [True, False, True]
    assert outcome.valid
    assert len(models.judge.sent) == 2
    assert "## Attempt 3" not in models.distiller.sent[0].text
    assert outcome.experience is not None


def test_the_bank_handed_in_stays_as_it_was():
    before = replace(BANK, vectors=dict(BANK.vectors))
    run(cast(), arm(k=2))
    assert BANK.experiences == before.experiences
    assert BANK.vectors.keys() == before.vectors.keys()


def test_simulated_models_mark_what_they_make():
    models = cast()
    for model in models.by_role.values():
        model.simulated = True
    outcome = run(models, arm())
    assert outcome.rollouts[0].simulated
    assert all(item.simulated for item in outcome.experience.items)
