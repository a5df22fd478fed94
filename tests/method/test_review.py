"""Review: new items wait as candidates, all or those in doubt, and are not used before they are accepted."""

from dataclasses import replace

import pytest

from rb_studio.method import review
from rb_studio.method.consolidate import folded
from rb_studio.method.stream import run_task
from rb_studio.models.hashing import HashingEmbedder
from rb_studio.records.item_text import ItemText, embedded_text, render_items
from rb_studio.records.memory import Bank, ItemState, MemoryItem
from rb_studio.records.review import (
    CONTRADICTION,
    NEAR_DUPLICATE,
    NO_CITED_STEP,
    REASONS,
    REPAIRED_REPLY,
    TOO_MANY_ITEMS,
    UNKNOWN_VERDICT,
)
from tests.method.outcomes import plain
from tests.method.scripted import FAILURE, SUCCESS, answer_tools, arm, bank_of, cast, experience, items_text, question

UNKNOWN = "I cannot tell."
BARE = "Thoughts: it holds.\nStatus: success"


def ran(policy="low-confidence", *, judge=SUCCESS, distiller=None, bank=None, **more):
    chosen = replace(arm(memory="reasoningbank", **more), review=policy)
    return run_task(chosen, question(), bank or Bank(embedder=HashingEmbedder().identity), tools(judge, distiller))


def tools(judge=SUCCESS, distiller=None):
    return answer_tools(cast(judge=judge, distiller=distiller))


def states(outcome):
    return [item.state for item in outcome.experience.items]


def reasons(outcome):
    return {doubt.reason for doubts in outcome.doubts.values() for doubt in doubts}


def knowing(*texts: ItemText):
    """A bank with items of these texts and their vectors."""
    items = tuple(MemoryItem(f"old {n}", one.title, one.description, one.content) for n, one in enumerate(texts))
    vectors = HashingEmbedder().embed([embedded_text(item) for item in items])
    bank = bank_of(experience("old", "how many pages has the book", *items))
    return replace(bank, item_vectors={item.uid: row for item, row in zip(items, vectors, strict=True)})


def test_by_default_nothing_waits_and_nothing_is_doubted():
    outcome = ran("off", judge=BARE)
    assert states(outcome) == [ItemState.ACTIVE]
    assert outcome.doubts == {}


def test_under_all_every_new_item_waits():
    outcome = ran("all", distiller=items_text(3))
    assert states(outcome) == [ItemState.CANDIDATE] * 3
    assert outcome.doubts == {}


def test_an_item_that_rests_on_a_cited_step_and_is_new_is_not_doubted():
    assert states(ran()) == [ItemState.ACTIVE]


def test_an_item_without_any_cited_step_waits():
    outcome = ran(judge=BARE)
    assert states(outcome) == [ItemState.CANDIDATE]
    assert reasons(outcome) == {NO_CITED_STEP}


def test_forty_items_are_doubted_as_many():
    outcome = ran(distiller=items_text(40))
    assert states(outcome) == [ItemState.CANDIDATE] * 3
    assert {doubt.reason: doubt.value for doubt in outcome.doubts[outcome.experience.items[0].uid]} == {
        TOO_MANY_ITEMS: 40
    }


def test_no_item_at_all_is_no_experience():
    outcome = ran(distiller="I have nothing to say.")
    assert outcome.experience is None
    assert outcome.doubts == {}


def test_a_reply_that_had_to_be_mended_is_doubted():
    assert reasons(ran(distiller="# Memory Item 1\n## Content Sort the list before reading it.")) == {REPAIRED_REPLY}


def test_a_task_with_rollouts_nobody_could_judge_is_doubted_by_their_share():
    def judge(messages, seed):
        judge.asked = getattr(judge, "asked", 0) + 1
        return UNKNOWN if judge.asked == 1 else (SUCCESS if judge.asked == 2 else FAILURE)

    outcome = ran(judge=judge, scaling="parallel", k=3, distiller=items_text(1, evidence="Attempt 1 step 1"))
    assert {(d.reason, d.value) for doubts in outcome.doubts.values() for d in doubts} == {(UNKNOWN_VERDICT, 0.333)}


def test_an_item_like_one_in_use_is_a_near_duplicate():
    again = ItemText("lesson 1", "when lesson 1", "do lesson 1")
    outcome = ran(bank=knowing(again))
    assert reasons(outcome) == {NEAR_DUPLICATE}
    assert states(outcome) == [ItemState.CANDIDATE]


def test_one_that_forbids_what_one_in_use_advises_may_contradict_it():
    old = ItemText("Always sort the list of orders", "For the newest order", "Sort the list before you read it.")
    new = ItemText("Never sort the list of orders", "For the newest order", "Sort the list before you read it.")
    assert CONTRADICTION in reasons(ran(bank=knowing(old), distiller=render_items([new])))
    assert CONTRADICTION not in reasons(ran(bank=knowing(old), distiller=render_items([old])))


@pytest.mark.parametrize("text", ["Never sort", "do not sort", "Don't sort", "Avoid sorting", "it isn’t sorted"])
def test_what_forbids(text):
    assert review.forbids(text)
    assert not review.forbids("Sort the notes, whatever they note")


def test_what_waits_is_not_retrieved_by_the_next_task():
    chosen = replace(arm(memory="reasoningbank"), review="all")
    bank = Bank(embedder=HashingEmbedder().identity)
    bank = folded(bank, chosen, run_task(chosen, question(1), bank, tools()))
    assert len(bank.experiences) == 1
    assert run_task(chosen, question(2), bank, tools()).retrieval.hits == ()


def test_what_consolidation_archived_at_once_is_decided():
    again = ItemText("lesson 1", "when lesson 1", "do lesson 1")
    outcome = ran("all", bank=knowing(again), consolidation="skip-near-duplicates:0.9")
    assert [one.uid for one in outcome.consolidation.archived] == [outcome.experience.items[0].uid]
    assert states(outcome) == [ItemState.ACTIVE]
    assert outcome.doubts == {}


@pytest.mark.parametrize("scaling", ["parallel", "vanilla", "sequential"])
@pytest.mark.parametrize("policy", ["all", "low-confidence"])
def test_k_1_with_a_review_is_the_plain_loop_to_the_byte(scaling, policy):
    assert plain(ran(policy, judge=BARE)) == plain(ran(policy, judge=BARE, scaling=scaling))


def test_every_reason_says_what_its_number_means():
    assert set(REASONS) == {
        UNKNOWN_VERDICT, NO_CITED_STEP, TOO_MANY_ITEMS, REPAIRED_REPLY, NEAR_DUPLICATE, CONTRADICTION,
    }  # fmt: skip
