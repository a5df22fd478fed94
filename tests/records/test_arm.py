"""An arm's hash is its identity: equal cells share it, whatever decides a result changes it (checklist 5, 13)."""

import json
from dataclasses import fields, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rb_studio.records.arm import (
    ALLOCATIONS,
    CONSOLIDATIONS,
    LABELS,
    MEMORY_MODES,
    SCALINGS,
    SCOPES,
    UNITS,
    ArmConfig,
    Limits,
)
from rb_studio.records.review import REVIEWS

PLAIN = ArmConfig("practice")
SCALED = ArmConfig(
    "practice",
    memory="reasoningbank",
    scaling="parallel",
    k=3,
    seed=5,
    models={"judge": "m", "actor": "n"},
    limits=Limits(steps=10),
)


def test_golden_hashes():
    assert PLAIN.hash == "a8436351b269c23302324cc4bc867b0f2ff4f6c85b3d69fff915c05e7d8e7925"
    assert SCALED.hash == "dc1092eae2b30ae060171131920cc08ef05bef7e675adeaeff9eeceaa601fdde"


@pytest.mark.parametrize("memory", MEMORY_MODES)
def test_k_1_is_the_plain_loop_in_every_scaling(memory):
    hashes = {ArmConfig("s", memory=memory, scaling=scaling, k=1).hash for scaling in SCALINGS}
    assert len(hashes) == 1


@pytest.mark.parametrize(
    "moot",
    [
        {"consolidation": "cap"},
        {"retrieve_n": 3},
        {"exclude_template": True},
        {"learn": False},
        {"start": "bank@7"},
        {"pass_number": 2},
        {"withhold": 0.2},
        {"without": ("item",)},
        {"review": "all"},
    ],
    ids=str,
)
def test_without_memory_what_concerns_memory_is_moot(moot):
    assert replace(PLAIN, **moot).hash == PLAIN.hash
    assert replace(SCALED, **moot).hash != SCALED.hash


def test_without_memory_vanilla_and_no_scaling_are_the_parallel_baseline():
    none = ArmConfig("s", k=3)
    assert none.hash == replace(none, scaling="parallel").hash == replace(none, scaling="vanilla").hash


def test_without_memory_sequential_scaling_stays_an_arm_of_its_own():
    assert ArmConfig("s", k=3, scaling="sequential").hash != ArmConfig("s", k=3, scaling="parallel").hash


REFINING = {"judge.web": "j", "refine.web": "r", "refine-again.web": "a"}


@pytest.mark.parametrize(("scaling", "k"), [("none", 1), ("sequential", 1), ("parallel", 3), ("vanilla", 3)])
def test_prompts_of_refinement_change_no_arm_that_does_not_refine(scaling, k):
    arm = ArmConfig("s", memory="reasoningbank", scaling=scaling, k=k, prompts={"judge.web": "j"})
    assert arm.hash == replace(arm, prompts=REFINING).hash
    assert arm.hash != replace(arm, prompts={"judge.web": "other"}).hash


@pytest.mark.parametrize(("k", "name", "same"), [(2, "refine-again.web", True), (3, "refine-again.web", False),
                                                 (2, "refine.web", False)])  # fmt: skip
def test_a_sequential_arm_has_the_refinement_prompts_it_sends(k, name, same):
    arm = ArmConfig("s", scaling="sequential", k=k, prompts=REFINING)
    assert (arm.hash == replace(arm, prompts=REFINING | {name: "other"}).hash) is same


CHANGES = {
    "suite": "other",
    "suite_hash": "abc",
    "memory": "none",
    "scaling": "vanilla",
    "k": 4,
    "allocation": "greedy",
    "budget": 2.5,
    "consolidation": "cap",
    "order": "shuffle:1",
    "limit": 10,
    "retrieve_n": 2,
    "exclude_template": True,
    "learn": False,
    "label": "gt",
    "label_noise": 0.1,
    "start": "bank@7",
    "pass_number": 2,
    "repeat": 1,
    "seed": 6,
    "limits": Limits(steps=11),
    "models": {"actor": "other"},
    "prompts": {"judge.web": "hash"},
    "tasks": ("practice/1",),
    "retrieve_unit": "item",
    "scope": "suite",
    "held_out": ("count",),
    "most_items": 5,
    "method": "sha256:0",
    "withhold": 0.2,
    "without": ("item",),
    "review": "all",
}


def test_every_field_that_decides_a_result_enters_the_hash():
    assert set(CHANGES) == {field.name for field in fields(ArmConfig)}
    hashes = {replace(SCALED, **{name: value}).hash for name, value in CHANGES.items()}
    assert len(hashes | {SCALED.hash}) == len(CHANGES) + 1


def test_a_frozen_arm_has_nothing_to_review():
    frozen = replace(SCALED, learn=False)
    assert replace(frozen, review="all").hash == frozen.hash


def test_the_order_of_a_mapping_is_no_difference():
    assert replace(SCALED, models=dict(reversed(SCALED.models.items()))).hash == SCALED.hash


limits = st.builds(
    Limits,
    steps=st.integers(1, 500),
    tokens=st.none() | st.integers(1, 10**9),
    cost=st.none() | st.floats(0.01, 100),
    seconds=st.none() | st.floats(1, 10**5),
)
names = st.dictionaries(st.text(max_size=8), st.text(max_size=20), max_size=3)
arms = st.builds(
    ArmConfig,
    suite=st.text(max_size=20),
    memory=st.sampled_from(MEMORY_MODES),
    scaling=st.sampled_from(SCALINGS),
    k=st.integers(1, 8),
    allocation=st.sampled_from(ALLOCATIONS),
    budget=st.none() | st.floats(1, 10),
    consolidation=st.sampled_from(CONSOLIDATIONS),
    retrieve_n=st.integers(0, 10),
    exclude_template=st.booleans(),
    learn=st.booleans(),
    label=st.sampled_from(LABELS),
    label_noise=st.floats(0, 1),
    tasks=st.lists(st.text(max_size=8), max_size=3).map(tuple),
    retrieve_unit=st.sampled_from(UNITS),
    scope=st.sampled_from(SCOPES),
    held_out=st.lists(st.text(max_size=8), max_size=3).map(tuple),
    withhold=st.floats(0, 1, exclude_max=True),
    without=st.lists(st.text(max_size=8), max_size=3).map(tuple),
    review=st.sampled_from(REVIEWS),
    start=st.text(max_size=10),
    seed=st.integers(0, 2**31),
    limits=limits,
    models=names,
    prompts=names,
)


@given(arms)
def test_an_arm_survives_json(arm):
    again = ArmConfig.from_json(json.loads(json.dumps(arm.to_json())))
    assert again == arm
    assert again.hash == arm.hash


@given(arms)
def test_the_canonical_form_is_its_own_canonical_form(arm):
    canonical = arm.canonical()
    assert canonical.canonical() == canonical
    assert canonical.hash == arm.hash
    assert (canonical.seed, canonical.k, canonical.memory, canonical.label) == (arm.seed, arm.k, arm.memory, arm.label)
