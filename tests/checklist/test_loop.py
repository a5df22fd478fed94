"""One task to the letter: keys, queries, injection, limits, what each prompt is shown (checklist 3-6, 8-10, 13; D1)."""

import itertools
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rb_studio.analysis.arm_metrics import RolloutRow, arm_metrics
from rb_studio.method.consolidate import folded
from rb_studio.method.prompts import PromptSet, optional_slots, shipped
from rb_studio.method.stream import run_task
from rb_studio.models.hashing import HashingEmbedder
from rb_studio.records.identity import call_seed
from rb_studio.records.memory import Bank, ItemState, MemoryItem
from rb_studio.records.outcome import EmbeddingUse
from tests.method.outcomes import plain
from tests.method.scripted import (
    ANSWERS,
    FAILURE,
    SENDS,
    SUCCESS,
    THINK,
    answer_tools,
    arm,
    bank_of,
    cast,
    experience,
    question,
    shop_task,
    shop_tools,
)

TASK = question(1, "count the pending orders of may")
PROMPTS = PromptSet.with_overrides()
PREAMBLE = PROMPTS.texts["inject"].split("{{items}}")[0]


def lessons(name):
    return tuple(MemoryItem(f"{name}-{n}", f"{name} title {n}", "when", f"{name} content {n}") for n in range(3))


NEAR = experience("near", "count the pending orders of march", *lessons("near"))
NEXT = experience("next", "count the orders of a customer", *lessons("next"))
FAR = experience("far", "change the phone of a supplier", *lessons("far"))
BANK = bank_of(FAR, NEXT, NEAR)


def outcome_of(models, bank=BANK, task=TASK, **chosen):
    tools = {name: chosen.pop(name) for name in ("embedder", "prompts") if name in chosen}
    return run_task(arm(**chosen), task, bank, answer_tools(models, **tools))


def by_rollout(*replies, role="judge"):
    """A script with a reply for each rollout of the task."""
    seeds = {call_seed(0, TASK.key, index, role, 0): reply for index, reply in enumerate(replies)}
    return lambda messages, seed: seeds[seed]


# Point 3


@pytest.mark.parametrize("n", [0, 1, 2, 3, 10])
def test_point_03_n_counts_whole_experiences_and_the_key_is_the_task_text(n):
    models = cast()
    outcome = outcome_of(models, retrieve_n=n)
    ranked = [NEAR, NEXT, FAR][:n]
    assert [hit.uid for hit in outcome.retrieval.hits] == [one.uid for one in ranked]
    assert [hit.item_uids for hit in outcome.retrieval.hits] == [tuple(i.uid for i in one.items) for one in ranked]
    [sent] = models.actor.sent
    for one in (NEAR, NEXT, FAR):
        assert all((item.content in sent.text) is (one in ranked) for item in one.items)
        assert one.task_text not in sent.text
    after = folded(BANK, arm(), outcome)
    key = HashingEmbedder().embed([TASK.text])[0]
    assert np.array_equal(after.vectors[outcome.experience.uid], key)
    assert outcome.experience.task_text == TASK.text


def test_point_03_with_n_0_every_call_is_that_of_no_memory_byte_for_byte():
    blind, none = cast(), cast()
    outcome_of(blind, retrieve_n=0, k=3)
    outcome_of(none, Bank(), memory="none", k=3)
    for role in ("actor", "judge", "selector"):
        assert [plain(sent) for sent in blind.by_role[role].sent] == [plain(sent) for sent in none.by_role[role].sent]
    assert len(blind.actor.sent) == 3


# Point 4


class Asking(HashingEmbedder):
    """Wants a sentence before a query; remembers what it was given."""

    query_prefix = "Instruct: find an earlier task that helps\nQuery: "

    def __init__(self):
        super().__init__()
        self.asked = []

    def embed(self, texts):
        self.asked += texts
        return super().embed(texts)

    def tokens(self, texts):
        return sum(map(len, texts))


def test_point_04_only_a_query_has_the_embedders_prefix():
    asking = Asking()
    outcome = outcome_of(cast(), embedder=asking)
    query = asking.query_prefix + TASK.text
    assert asking.asked == [TASK.text, query]
    assert outcome.embedding == EmbeddingUse(2, len(TASK.text) + len(query))
    assert np.array_equal(outcome.experience_vector, HashingEmbedder().embed([TASK.text])[0])
    found = {hit.uid: hit.score for hit in outcome.retrieval.hits} | {
        miss.uid: miss.score for miss in outcome.retrieval.near_misses
    }
    vector = HashingEmbedder().embed([query])[0]
    assert found == {uid: pytest.approx(float(key @ vector), abs=1e-6) for uid, key in BANK.vectors.items()}
    assert outcome.retrieval.query == TASK.text


@pytest.mark.parametrize("chosen", [{"memory": "none"}, {"retrieve_n": 0}])
def test_point_04_nothing_is_embedded_for_a_query_that_is_not_asked(chosen):
    asking = Asking()
    outcome_of(cast(), embedder=asking, **chosen)
    assert asking.asked == ([] if "memory" in chosen else [TASK.text])


def test_point_04_the_shipped_embedder_asks_with_the_task_text_alone():
    from rb_studio.models.minilm import shared

    assert shared().query_prefix == HashingEmbedder().query_prefix == ""


def test_point_04_scores_are_cosines_whatever_order_the_bank_has():
    query = HashingEmbedder().embed([TASK.text])[0].astype(np.float64)
    for order in itertools.permutations((FAR, NEXT, NEAR)):
        hits = outcome_of(cast(), bank_of(*order), retrieve_n=3).retrieval.hits
        assert [hit.uid for hit in hits] == [NEAR.uid, NEXT.uid, FAR.uid]
        for hit in hits:
            key = BANK.vectors[hit.uid].astype(np.float64)
            cosine = key @ query / (np.linalg.norm(key) * np.linalg.norm(query))
            assert hit.score == pytest.approx(cosine, abs=2e-6)


# Point 6


OWN = bank_of(replace(experience("own", "another wording", *lessons("own")), task_key=TASK.key))
OUT_OF_USE = bank_of(experience("silent", TASK.text, MemoryItem("i", "t", "d", "c", state=ItemState.ARCHIVED)))


@pytest.mark.parametrize(
    ("bank", "injects"),
    [(BANK, True), (Bank(), False), (OWN, False), (OUT_OF_USE, False)],
    ids=["some", "empty", "only the own task's", "none in use"],
)
@pytest.mark.parametrize(("scaling", "k"), [("none", 1), ("parallel", 3), ("vanilla", 2), ("sequential", 3)])
def test_point_06_the_preamble_stands_in_every_step_exactly_where_an_item_does(bank, injects, scaling, k):
    models = cast(["no form at all", *[ANSWERS] * 9])
    outcome = outcome_of(models, bank, scaling=scaling, k=k)
    systems = {sent.messages[0].content for sent in models.actor.sent}
    assert len(models.actor.sent) > k
    assert len(systems) == 1
    assert (PREAMBLE in systems.pop()) is bool(outcome.retrieval.hits) is injects
    assert {one.memory_block for one in outcome.rollouts} == {outcome.retrieval.block}


# Point 8


def test_point_08_failures_have_a_prompt_of_their_own_and_never_count_as_successes():
    """All the way: routed by label, marked in item, source and experience, in every scaling that distils alone."""
    for scaling, k in (("none", 1), ("vanilla", 2), ("sequential", 2)):
        for reply, label, other in ((SUCCESS, "success", "failure"), (FAILURE, "failure", "success")):
            models = cast(judge=reply)
            outcome = outcome_of(models, scaling=scaling, k=k)
            wanted = PROMPTS.fill(f"distill-{label}.answer", {})[0].content
            assert {sent.messages[0].content for sent in models.distiller.sent} == {wanted}
            assert wanted != PROMPTS.fill(f"distill-{other}.answer", {})[0].content
            assert outcome.experience.label == label
            for item in outcome.experience.items:
                assert (item.polarity, item.label_source) == (label, "judge")
                assert {source.status for source in item.sources} == {label}
                assert {source.rollout_uid for source in item.sources} <= {one.uid for one in outcome.rollouts}


# Point 9

WORD = st.sampled_from(["sort", "read", "save", "check", "list", "page", "order", "table", "first", "twice"])
PHRASE = st.lists(WORD, min_size=1, max_size=5).map(" ".join)
FORMS = ("## {name} {text}", "**{name}:** {text}", "{name}: {text}", "- **{name}**: {text}", "## {name}\n{text}\n")


@st.composite
def replies(draw):
    """Items in some of the forms models write, and whether each lacks its title or its description."""
    count = draw(st.integers(0, 7))
    form = draw(st.sampled_from(FORMS))
    items = []
    for number in range(1, count + 1):
        content = f"{draw(PHRASE)} {number}"
        fields = {"Title": f"{draw(PHRASE)} {number}", "Description": draw(PHRASE), "Content": content}
        fields.pop(draw(st.sampled_from(["Title", "Description", "nothing"])), None)
        lines = [form.format(name=name, text=text) for name, text in fields.items()]
        items.append((content, "\n".join([f"# Memory Item {number}", *lines])))
    text = "\n\n".join(written for _, written in items)
    if draw(st.booleans()):
        text = f"```{draw(st.sampled_from(['', 'markdown']))}\n{text}\n```"
    return draw(st.sampled_from(["", "I compared the steps first.\n\n"])) + text, [content for content, _ in items]


@given(replies(), st.sampled_from([(1, 3), (2, 5)]))
@settings(max_examples=80)
def test_point_09_any_form_is_read_and_no_more_than_three_or_five_items_are_kept(given_reply, limits):
    (reply, contents), (k, most) = given_reply, limits
    outcome = outcome_of(cast(distiller=reply), k=k)
    kept = [] if outcome.experience is None else [item.content for item in outcome.experience.items]
    assert kept == contents[:most]
    cut = [note for note in outcome.notes if note == f"{len(contents)} items given, the first {most} kept"]
    assert len(cut) == (len(contents) > most)
    assert ("the distiller gave no readable item" in outcome.notes) is (not contents)


# Point 10


def pages_asked_for(*names):
    return PromptSet.with_overrides(
        {name: f"{shipped()[name]}\n## What it saw\n{{{{observations}}}}\n" for name in names}
    )


@pytest.mark.parametrize(("k", "asked"), [(1, "distill-success.web"), (2, "common-pattern"), (1, "workflow.web")])
def test_point_10_pages_are_distilled_only_where_the_prompt_asks_for_them(k, asked):
    walks = [f"{THINK}<action>goto('/orders')</action>", SENDS] * k
    memory = "awm" if asked.startswith("workflow") else "reasoningbank"
    for prompts, shown in ((PROMPTS, False), (pages_asked_for(asked), True)):
        models = cast(walks)
        tools = shop_tools(models, prompts=prompts)
        outcome = run_task(arm(memory, k), shop_task(), Bank(), tools)
        [sent] = models.distiller.sent
        assert "Outcome: success" in sent.text or "outcome: success" in sent.text
        assert sent.text.count("goto('/orders')") == k
        pages = [rollout.steps[0].observation for rollout in outcome.rollouts]
        assert all(("Orders" in page) and (page in sent.text) is shown for page in pages)


def test_point_10_only_prompts_that_distil_may_ask_for_pages():
    may = {name.partition(".")[0] for name in shipped() if optional_slots(name)}
    assert may == {"distill-success", "distill-failure", "workflow", "contrast", "common-pattern", "common-mistake"}


# Point 13


def test_point_13_parallel_is_one_retrieval_equal_beginnings_one_distillation_and_one_experience():
    told = []
    models = cast(judge=by_rollout(SUCCESS, FAILURE, SUCCESS))
    outcome = run_task(arm(k=3), TASK, BANK, answer_tools(models, on_event=told.append))
    assert [event.kind for event in told].count("retrieved") == 1
    assert len({sent.messages for sent in models.actor.sent}) == 1
    assert len({sent.seed for sent in models.actor.sent}) == len(models.actor.sent) == 3
    assert len(models.judge.sent) == 3
    assert len(models.distiller.sent) == len(models.selector.sent) == 1
    after = folded(BANK, arm(k=3), outcome)
    assert [one.uid for one in after.experiences] == [FAR.uid, NEXT.uid, NEAR.uid, outcome.experience.uid]
    assert set(outcome.experience.rollout_uids) == {one.uid for one in outcome.rollouts}


def test_point_13_vanilla_judges_and_distils_each_of_k_rollouts_into_one_experience():
    models = cast(judge=by_rollout(SUCCESS, FAILURE, SUCCESS))
    outcome = outcome_of(models, scaling="vanilla", k=3)
    assert len(models.judge.sent) == len(models.distiller.sent) == 3
    firsts = [sent.messages[0].content for sent in models.distiller.sent]
    prompts = [PROMPTS.fill(f"distill-{name}.answer", {})[0].content for name in ("success", "failure", "success")]
    assert firsts == prompts
    sources = [source.rollout_uid for item in outcome.experience.items for source in item.sources]
    assert sources == [one.uid for one in outcome.rollouts]


# Point 15


@given(st.lists(st.booleans(), min_size=1, max_size=6))
def test_point_15_pass_at_1_is_what_a_rollout_drawn_at_random_comes_to(truths):
    rows = [RolloutRow("t", k=len(truths), success=truth, selected=n == 0) for n, truth in enumerate(truths)]
    draws = [float(truth) for truth in truths]
    assert arm_metrics(rows).pass_at_1 == pytest.approx(sum(draws) / len(draws))


# D1


@pytest.mark.parametrize("k", [1, 2, 3])
def test_d01_braces_in_attempts_and_the_first_and_last_choice_are_what_they_say(k):
    answer = f'{THINK}<answer>{{"a": [1, 2]}} {{0}} {{{{attempts}}}} %s</answer>'
    models = cast(answer, selector=f"[{k}]")
    outcome = outcome_of(models, k=k)
    assert outcome.selection.rollout_uid == outcome.rollouts[k - 1].uid
    assert outcome.selection.how == ("only" if k == 1 else "llm")
    assert len(models.selector.sent) == (k > 1)
    for sent in (*models.selector.sent, *models.judge.sent, *models.distiller.sent):
        assert '{"a": [1, 2]} {0} {{attempts}} %s' in sent.text


def test_d01_one_beyond_the_last_is_no_choice_and_nothing_is_counted_from_zero():
    for reply, how in (("0", "fallback"), ("1", "llm"), ("3", "llm"), ("4", "fallback")):
        outcome = outcome_of(cast(judge=by_rollout(FAILURE, SUCCESS, FAILURE), selector=reply), k=3)
        assert outcome.selection.how == how
        expected = 1 if how == "fallback" else int(reply) - 1
        assert outcome.selection.rollout_uid == outcome.rollouts[expected].uid


# D6


def test_d06_the_own_task_stays_out_by_default_however_it_came_into_the_bank():
    own = replace(experience("own", TASK.text, *lessons("own")), task_key=TASK.key)
    twin = experience("twin", f"  {TASK.text.upper()} ", *lessons("twin"))
    retrieval = outcome_of(cast(), bank_of(own, twin, FAR), retrieve_n=10).retrieval
    assert [hit.uid for hit in retrieval.hits] == [FAR.uid]
    assert {miss.uid: miss.reason for miss in retrieval.near_misses} == {
        own.uid: "same task",
        twin.uid: "same task text",
    }
