"""Retrieval: experiences by task text, never the task's own, ranked and recorded (checklist 2-4, 6; D6, D8, D11)."""

from dataclasses import replace

import numpy as np
import pytest

from rb_studio.method.prompts import PromptSet
from rb_studio.method.retrieve import memory_block, retrieve
from rb_studio.models.hashing import HashingEmbedder
from rb_studio.records.errors import UsageError
from rb_studio.records.item_text import render_items
from rb_studio.records.memory import Bank, ItemState, MemoryItem
from tests.method.scripted import bank_of, experience, question

PROMPTS = PromptSet.with_overrides()
EMBEDDER = HashingEmbedder()
NEAR = experience("near", "count the pending orders of march")
FAR = experience("far", "change the phone of a customer")
MIDDLE = experience("middle", "count the reviews of a bottle")
TASK = question(1, "count the pending orders of may")


def found(bank, task=TASK, **more):
    return retrieve(bank, task, EMBEDDER, PROMPTS, **more)


def uids(retrieval):
    return [hit.uid for hit in retrieval.hits]


def test_point_3_the_unit_is_the_experience_whose_task_text_is_nearest():
    retrieval = found(bank_of(FAR, NEAR, MIDDLE))
    assert uids(retrieval) == [NEAR.uid]
    assert retrieval.hits[0].task_text == NEAR.task_text


def test_point_3_all_active_items_of_the_top_n_experiences_are_injected_in_rank_order():
    items = tuple(MemoryItem(f"i{n}", f"title {n}", "d", "c") for n in range(3))
    first = experience("near", NEAR.task_text, *items)
    retrieval = found(bank_of(FAR, first, MIDDLE), n=2)
    assert uids(retrieval) == [first.uid, MIDDLE.uid]
    assert retrieval.hits[0].item_uids == ("i0", "i1", "i2")
    assert render_items([*items, *MIDDLE.items]) in retrieval.block


def test_point_3_with_n_0_nothing_is_retrieved():
    retrieval = found(bank_of(NEAR), n=0)
    assert (retrieval.hits, retrieval.near_misses, retrieval.block) == ((), (), "")


def test_more_experiences_asked_for_than_there_are_gives_all_of_them():
    assert len(found(bank_of(FAR, NEAR), n=10).hits) == 2


def test_point_2_d6_the_own_task_is_never_retrieved_however_near():
    own = replace(experience("own", TASK.text), task_key=TASK.key)
    retrieval = found(bank_of(own, FAR))
    assert uids(retrieval) == [FAR.uid]
    assert [(miss.uid, miss.score, miss.reason) for miss in retrieval.near_misses] == [(own.uid, 1.0, "same task")]


def test_d6_the_same_text_under_another_name_is_never_retrieved_either():
    copy = experience("copy", "  Count the\n PENDING orders of may")
    retrieval = found(bank_of(copy, FAR))
    assert uids(retrieval) == [FAR.uid]
    assert [(miss.uid, miss.reason) for miss in retrieval.near_misses] == [(copy.uid, "same task text")]


def test_d6_a_sibling_of_the_template_is_excluded_only_where_asked():
    sibling = experience("sibling", f"{TASK.text} too", template=TASK.template)
    assert uids(found(bank_of(sibling, FAR))) == [sibling.uid]
    excluded = found(bank_of(sibling, FAR), exclude_template=True)
    assert uids(excluded) == [FAR.uid]
    assert excluded.near_misses[0].reason == "same template"


def test_tasks_without_a_template_are_not_siblings_of_each_other():
    task = replace(TASK, template=None)
    assert uids(found(bank_of(NEAR), task, exclude_template=True)) == [NEAR.uid]


@pytest.mark.parametrize("reverse", [False, True])
def test_point_4_ties_break_by_task_whatever_the_order_in_the_bank(reverse):
    twins = [experience(name, "the very same text") for name in ("c", "a", "b")]
    bank = bank_of(*(reversed(twins) if reverse else twins))
    assert uids(found(bank, n=3)) == ["exp-a", "exp-b", "exp-c"]


def test_point_4_scores_are_cosines_of_unit_vectors():
    bank = bank_of(NEAR, FAR)
    retrieval = found(bank, n=2)
    query = EMBEDDER.embed([TASK.text])[0]
    for hit in retrieval.hits:
        vector = bank.vectors[hit.uid]
        assert np.linalg.norm(vector) == pytest.approx(1.0, abs=1e-6)
        assert hit.score == pytest.approx(float(vector @ query), abs=1e-5)
    assert [hit.rank for hit in retrieval.hits] == [1, 2]


def test_point_4_d8_a_bank_embedded_by_another_model_is_refused_in_a_sentence():
    bank = replace(bank_of(NEAR), embedder="minilm:384:text")
    with pytest.raises(UsageError, match=r"minilm:384:text.*hashing:384:text"):
        found(bank)


@pytest.mark.parametrize("state", [state for state in ItemState if state is not ItemState.ACTIVE])
def test_experiences_without_active_items_are_not_indexed_and_the_next_one_takes_the_place(state):
    silent = experience("silent", TASK.text, MemoryItem("i", "t", "d", "c", state=state))
    retrieval = found(bank_of(silent, FAR))
    assert uids(retrieval) == [FAR.uid]
    assert silent.uid not in [miss.uid for miss in retrieval.near_misses]


def test_only_the_active_items_of_an_experience_are_injected():
    items = (MemoryItem("on", "kept", "d", "c"), MemoryItem("off", "hidden", "d", "c", state=ItemState.ARCHIVED))
    retrieval = found(bank_of(experience("mixed", NEAR.task_text, *items)))
    assert retrieval.hits[0].item_uids == ("on",)
    assert "hidden" not in retrieval.block


def test_point_6_the_preamble_stands_there_exactly_when_an_item_does():
    preamble = PROMPTS.texts["inject"].split("{{items}}")[0]
    assert memory_block([], PROMPTS) == ""
    assert found(Bank()).block == ""
    assert found(bank_of(NEAR)).block.startswith(preamble)


def test_d11_the_block_is_the_preamble_and_the_rendered_items_byte_for_byte():
    block = found(bank_of(NEAR)).block
    assert block == PROMPTS.texts["inject"].replace("{{items}}", render_items(NEAR.items)).rstrip("\n")


def test_an_item_that_looks_like_a_slot_stays_as_it_is():
    item = MemoryItem("i", "use {{task}} and {{items}}", "d", "c")
    assert "use {{task}} and {{items}}" in found(bank_of(experience("x", NEAR.task_text, item))).block


def test_near_misses_say_why_they_were_not_injected():
    retrieval = found(bank_of(NEAR, MIDDLE, FAR))
    assert [(miss.uid, miss.reason) for miss in retrieval.near_misses] == [
        (MIDDLE.uid, "below the top 1"),
        (FAR.uid, "below the top 1"),
    ]
    assert [miss.score for miss in retrieval.near_misses] == sorted(
        (m.score for m in retrieval.near_misses), reverse=True
    )


def test_retrieval_does_not_change_the_bank():
    bank = bank_of(NEAR, FAR)
    before = {uid: vector.copy() for uid, vector in bank.vectors.items()}
    found(bank, n=2)
    assert bank.experiences == (NEAR, FAR)
    assert all((bank.vectors[uid] == vector).all() for uid, vector in before.items())


def test_items_beyond_a_cap_are_not_injected_and_the_nearest_hits_come_first():
    first = experience("near", NEAR.task_text, *(MemoryItem(f"a{n}", f"near {n}", "d", "c") for n in range(3)))
    second = experience("middle", MIDDLE.task_text, *(MemoryItem(f"b{n}", f"next {n}", "d", "c") for n in range(3)))
    whole = found(bank_of(first, second), n=2)
    capped = found(bank_of(first, second), n=2, most_items=4)
    assert [hit.item_uids for hit in whole.hits] == [("a0", "a1", "a2"), ("b0", "b1", "b2")]
    assert [hit.item_uids for hit in capped.hits] == [("a0", "a1", "a2"), ("b0",)]
    assert "next 1" not in capped.block
    assert "next 0" in capped.block
    full = found(bank_of(first, second), n=2, most_items=2)
    assert uids(full) == [first.uid]
    assert [(miss.uid, miss.reason) for miss in full.near_misses] == [(second.uid, "no room among 2 items")]
    assert found(bank_of(first, second), n=2, most_items=9) == whole
