"""Consolidation appends, and what cannot run is refused before it starts (checklist 11; D9)."""

import copy
import math
from dataclasses import replace

import pytest

from rb_studio.method import modes
from rb_studio.method.consolidate import folded
from rb_studio.models.hashing import HashingEmbedder
from rb_studio.records.arm import MEMORY_MODES
from rb_studio.records.errors import UsageError
from rb_studio.records.memory import Bank
from rb_studio.records.outcome import TaskOutcome
from tests.method.scripted import arm, bank_of, experience

OLD = experience("old", "an earlier task")
NEW = experience("new", "the task just done")
VECTOR = HashingEmbedder().embed([NEW.task_text])[0]
OUTCOME = TaskOutcome(arm().hash, "t/1", 1, (), experience=NEW, experience_vector=VECTOR)


def test_point_11_appending_leaves_everything_earlier_as_it_was():
    bank = bank_of(OLD)
    before = copy.deepcopy(bank)
    after = folded(bank, arm(), OUTCOME)
    assert after.experiences == (OLD, NEW)
    assert (after.vectors[NEW.uid] == VECTOR).all()
    assert (after.embedder, after.mode) == (bank.embedder, bank.mode)
    assert bank.experiences == before.experiences
    assert bank.vectors.keys() == before.vectors.keys()


def test_a_task_that_taught_nothing_leaves_the_bank():
    bank = bank_of(OLD)
    assert folded(bank, arm(), replace(OUTCOME, experience=None, experience_vector=None)) is bank


def test_d9_appending_the_like_again_merges_nothing():
    twin = replace(NEW, uid="exp-twin")
    bank = folded(folded(Bank(), arm(), OUTCOME), arm(), replace(OUTCOME, experience=twin))
    assert bank.experiences == (NEW, twin)


@pytest.mark.parametrize(
    "changes",
    [
        {"memory": "everything"},
        {"scaling": "deep"},
        {"label": "hearsay"},
        {"allocation": "greedy"},
        {"allocation": "by the moon"},
        {"consolidation": "newest"},
        {"consolidation": "cap:0"},
        {"consolidation": "cap:2.5"},
        {"consolidation": "append:3"},
        {"consolidation": "skip-near-duplicates:1.5"},
        {"retrieve_unit": "word"},
        {"scope": "galaxy"},
        {"k": 0},
        {"k": -1},
        {"scaling": "none", "k": 2},
        {"retrieve_n": -1},
        {"retrieve_n": 11},
        {"label_noise": -0.1},
        {"label_noise": 1.1},
        {"label_noise": math.nan},
    ],
    ids=str,
)
def test_what_cannot_run_is_refused_in_a_sentence(changes):
    with pytest.raises(UsageError) as refused:
        modes.check(replace(arm(), **changes))
    value = str(next(iter(changes.values())))
    assert value in str(refused.value) or str(changes.get("k")) in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("scaling", ["parallel", "sequential", "vanilla"])
@pytest.mark.parametrize("memory", MEMORY_MODES)
@pytest.mark.parametrize("retrieve_n", [0, 10])
def test_what_can_run_passes(memory, scaling, retrieve_n):
    modes.check(arm(memory, 5, scaling, retrieve_n=retrieve_n, label="gt", label_noise=1.0))
    modes.check(arm(memory, 1, retrieve_n=retrieve_n))


def test_a_budget_without_an_allocation_that_can_use_it_is_refused():
    with pytest.raises(UsageError, match="leave --budget out"):
        modes.check(replace(arm(), budget=2.5))
