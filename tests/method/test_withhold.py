"""Hold-out at retrieval: items left out by lot, which knows seed, task and item and nothing else."""

from dataclasses import replace
from functools import partial

import pytest

from rb_studio.method.modes import check
from rb_studio.method.prefix import family
from rb_studio.method.retrieve import left_out, retrieve
from rb_studio.method.stream import run_task
from rb_studio.records.errors import UsageError
from rb_studio.records.identity import lot
from rb_studio.records.item_text import render_items
from rb_studio.records.memory import MemoryItem
from tests.method.outcomes import plain
from tests.method.scripted import answer_tools, arm, bank_of, cast, experience, question
from tests.method.test_retrieve import EMBEDDER, PROMPTS, TASK

ITEMS = tuple(MemoryItem(f"i{n}", f"title {n}", "d", "c") for n in range(4))
NEAR = experience("near", "count the pending orders of march", *ITEMS[:3])
FAR = experience("far", "change the phone of a customer", ITEMS[3])
BANK = bank_of(NEAR, FAR)
LOTS = {"i0": 0.1, "i1": 0.5, "i2": 0.29, "i3": 0.0}


def found(rate=0.3, **more):
    return retrieve(BANK, TASK, EMBEDDER, PROMPTS, withhold=rate, lot=LOTS.__getitem__, **more)


def test_items_whose_lot_is_below_the_rate_are_left_out_of_the_block_and_recorded():
    retrieval = found()
    assert retrieval.withhold == 0.3
    assert (retrieval.hits[0].item_uids, retrieval.hits[0].withheld_uids) == (("i1",), ("i0", "i2"))
    assert render_items([ITEMS[1]]) in retrieval.block
    assert "title 0" not in retrieval.block


def test_nothing_takes_the_place_of_a_withheld_item():
    whole, held = found(0.0, n=1, most_items=2), found(n=1, most_items=2)
    assert whole.hits[0].item_uids == ("i0", "i1")
    assert (held.hits[0].item_uids, held.hits[0].withheld_uids) == (("i1",), ("i0",))
    assert held.near_misses == whole.near_misses


def test_where_all_are_withheld_no_preamble_is_left():
    retrieval = found(0.99)
    assert retrieval.hits[0].item_uids == ()
    assert retrieval.block == ""


def test_without_a_rate_retrieval_is_as_it_always_was():
    assert found(0.0) == retrieve(BANK, TASK, EMBEDDER, PROMPTS)
    assert found(0.0).withhold is None


def test_lots_are_even_and_know_seed_task_and_item_alone():
    drawn = [lot(seed, f"practice/{task}", "item") for seed in range(20) for task in range(50)]
    assert len(set(drawn)) == 1_000
    assert 0.25 < sum(one < 0.3 for one in drawn) / 1_000 < 0.35
    assert lot(0, "practice/1", "item") == 0.3833211893569689


@pytest.mark.parametrize("scaling", ["parallel", "vanilla", "sequential"])
def test_k_1_with_a_hold_out_is_the_plain_loop_to_the_byte(scaling):
    outcomes = []
    for name in ("none", scaling):
        chosen = replace(arm(memory="reasoningbank", scaling=name), withhold=0.5)
        outcomes.append(run_task(chosen, question(), BANK, answer_tools(cast())))
    assert plain(outcomes[0]) == plain(outcomes[1])
    assert outcomes[0].retrieval.withhold == 0.5


def test_every_k_and_mode_of_scaling_leaves_out_the_same_and_shares_its_rollouts():
    arms = [
        replace(arm(memory="reasoningbank", scaling=scaling, k=k), withhold=0.5, learn=False)
        for scaling, k in (("none", 1), ("parallel", 3), ("vanilla", 2))
    ]
    found = [run_task(one, question(), BANK, answer_tools(cast())).retrieval for one in arms]
    assert found[0] == found[1] == found[2]
    assert len({family(one) for one in arms}) == 1
    assert family(replace(arms[0], withhold=0.4)) != family(arms[0])


def test_an_arm_without_an_item_acts_as_if_the_bank_did_not_have_it():
    chosen = arm(memory="reasoningbank", learn=False)
    whole = run_task(chosen, TASK, BANK, answer_tools(cast()))
    lacking = run_task(replace(chosen, without=("i0", "i1", "i2")), TASK, BANK, answer_tools(cast()))
    assert [hit.uid for hit in whole.retrieval.hits] == [NEAR.uid]
    assert [hit.uid for hit in lacking.retrieval.hits] == [FAR.uid]
    assert left_out(BANK, ("i3",)).experiences[0] is NEAR


def test_a_lot_is_drawn_with_the_arms_seed_at_the_task():
    chosen = replace(arm(memory="reasoningbank", seed=7), withhold=0.5)
    retrieval = run_task(chosen, TASK, BANK, answer_tools(cast())).retrieval
    draw = partial(lot, 7, TASK.key)
    assert set(retrieval.hits[0].withheld_uids) == {item.uid for item in NEAR.items if draw(item.uid) < 0.5}


@pytest.mark.parametrize("rate", [-0.1, 1.0, 2.0])
def test_a_rate_that_leaves_out_everything_or_less_than_nothing_is_refused(rate):
    with pytest.raises(UsageError, match="withhold"):
        check(replace(arm(memory="reasoningbank"), withhold=rate))


def test_a_review_that_does_not_exist_is_refused():
    with pytest.raises(UsageError, match="review 'some'"):
        check(replace(arm(memory="reasoningbank"), review="some"))


class Chooser:
    """A method of one's own that takes all notes and writes out what it is given."""

    name, functions = "mine", ("retrieve", "inject")

    def __init__(self):
        self.seen = []

    def call(self, function, case, value, answer, check):
        self.seen.append((function, {note.title for note in case.notes}, value))
        return [note.uid for note in case.notes] if function == "retrieve" else " ".join(note.title for note in value)


def test_a_method_of_ones_own_chooses_first_and_does_not_see_what_was_withheld():
    runner = Chooser()
    chosen = replace(arm(memory="mine", seed=7, retrieve_n=4), method="sha256:0", withhold=0.5)
    tools = replace(answer_tools(cast()), methods={"mine": runner})
    retrieval = run_task(replace(chosen, learn=False), TASK, BANK, tools).retrieval
    drawn = {item.uid for item in ITEMS if lot(7, TASK.key, item.uid) < 0.5}
    assert 0 < len(drawn) < 4
    assert {uid for hit in retrieval.hits for uid in hit.withheld_uids} == drawn
    function, notes, given = runner.seen[1]
    assert function == "inject"
    assert notes == {note.title for note in given} == {item.title for item in ITEMS if item.uid not in drawn}
    assert retrieval.block == " ".join(note.title for note in given)
