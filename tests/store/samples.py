"""Records as a run makes them, for the store's tests."""

from dataclasses import replace
from hashlib import sha256

import numpy as np

from rb_studio.records.arm import ArmConfig
from rb_studio.records.calls import CallSettings, Failure, FailureKind, LlmCall, Message, Reply, Usage
from rb_studio.records.identity import uid
from rb_studio.records.judgement import Selection, Status, Truth, Verdict
from rb_studio.records.memory import (
    Experience,
    ItemSource,
    MemoryItem,
    NearMiss,
    Retrieval,
    RetrievedExperience,
)
from rb_studio.records.outcome import EmbeddingUse, TaskOutcome
from rb_studio.records.task import Grading, Subset, Suite, SuiteContent, Task
from rb_studio.records.trajectory import Action, ExitReason, State, Step, Trajectory

EMBEDDER = "hashing:8:text"
DIMENSION = 8
ARM = ArmConfig(suite="shop", suite_hash="x", memory="reasoningbank", scaling="parallel", k=2)


def vector(text: str) -> np.ndarray:
    """A unit vector that depends on the text alone."""
    seed = int.from_bytes(sha256(text.encode("utf-8", "surrogatepass")).digest()[:4], "big")
    values = np.random.default_rng(seed).standard_normal(DIMENSION).astype(np.float32)
    return values / np.linalg.norm(values)


def suite(name: str = "shop", count: int = 4) -> SuiteContent:
    tasks = tuple(
        Task(
            f"{name}/{n}", name, n, f"Find order number {n}", "shopping" if n % 2 else "map", f"t{n // 2}", {"seed": n}
        )
        for n in range(count)
    )
    gradings = tuple(Grading(task.key, "exact", f"answer {task.ordinal}") for task in tasks)
    odd = Subset(f"{name}/odd", name, tuple(range(1, count, 2)))
    return SuiteContent(Suite(name, "practice", "exact", source="generator", simulated=True), tasks, gradings, (odd,))


def item(number: int, text: str = "", **more: object) -> MemoryItem:
    return replace(
        MemoryItem(f"item-{number}", f"Title {number} {text}".strip(), f"When {number}", f"Do this {number} {text}"),
        **more,
    )


def step(number: int, words: str = "") -> Step:
    return Step(
        number=number,
        thought=f"I look at page {number} {words}",
        actions=(Action(f"click('{number}')"), Action("noop()", "browser", "c1")),
        observation=f"RootWebArea page {number} {words}\n" + "row\n" * 20,
        error="no such element" if number == 2 else None,
        state=State(f"/page/{number}", {"name": "Ann"}, {"orders": [number]}),
        reasoning="private" if number == 1 else None,
        usage=Usage(100, 20),
        cost=0.25,
        started_at="2025-01-01T00:00:00Z",
        elapsed=0.5,
        call_uid=f"call-{number}",
        extra={"raw": [1, {"a": None}]},
    )


def rollout(arm: ArmConfig, task_key: str, index: int = 0, steps: int = 2, words: str = "") -> Trajectory:
    return Trajectory(
        uid=uid(arm.hash, task_key, index),
        task_key=task_key,
        rollout_index=index,
        seed=17 + index,
        first_observation=f"RootWebArea start {words}",
        steps=tuple(step(n, words) for n in range(1, steps + 1)),
        exit_reason=ExitReason.ANSWERED,
        answer=f"answer {index} {words}".strip(),
        memory_block="Below are notes",
        passes=(steps,),
        started_at="2025-01-01T00:00:00Z",
        ended_at="2025-01-01T00:00:02Z",
        model="practice",
        simulated=True,
        extra={"note": "x"},
    )


def call(arm: ArmConfig, task_key: str, role: str, number: int, rollout_uid: str | None) -> LlmCall:
    shared = Message("system", "You operate a website. " * 30)
    return LlmCall(
        uid=uid(arm.hash, task_key, role, number, rollout_uid),
        role=role,
        number=number,
        seed=number,
        messages=(shared, Message("user", f"page {number}")),
        settings=CallSettings(0.7, 200),
        reply=Reply(f"reply {number}", "thinking", Usage(100, 20), "stop", model="practice", cost=0.5, latency=0.1),
        rollout_uid=rollout_uid,
        step=number,
        prompt_hash="abc",
    )


def experience(arm: ArmConfig, task_key: str, rollouts: tuple[Trajectory, ...], words: str = "") -> Experience:
    items = tuple(
        MemoryItem(
            uid=uid(arm.hash, task_key, "item", n),
            title=f"Sort before reading {task_key} {words}",
            description="When the newest is asked for",
            content=f"Open the list and sort it {n} {words}",
            polarity="contrast",
            sources=(ItemSource(rollouts[0].uid, (1, 2), "success", f"verdict-{rollouts[0].uid}"),),
            label_source="judge",
            model="practice",
            prompt_hash="abc",
            simulated=True,
        )
        for n in range(2)
    )
    return Experience(
        uid=uid(arm.hash, task_key, "experience"),
        task_key=task_key,
        task_text=f"Find the order of {task_key} {words}",
        items=items,
        rollout_uids=tuple(one.uid for one in rollouts),
        template="t0",
        site="shopping",
        label="success",
        kind="contrast",
        raw="# Memory Item 1",
    )


def outcome(task_key: str, arm: ArmConfig = ARM, k: int = 2, words: str = "", *, learns: bool = True) -> TaskOutcome:
    """A finished task with everything a run can produce."""
    rollouts = tuple(rollout(arm, task_key, index, words=words) for index in range(k))
    learned = experience(arm, task_key, rollouts, words) if learns else None
    return TaskOutcome(
        arm_hash=arm.hash,
        task_key=task_key,
        k=k,
        rollouts=rollouts,
        retrieval=Retrieval(
            query=f"Find {task_key}",
            embedder=EMBEDDER,
            hits=(RetrievedExperience("e1", 1, 0.75, "shop/9", "Another task", ("item-1", "item-2")),),
            near_misses=(NearMiss("e2", 0.5, "shop/8", "Some task", "below the top 1"),),
            block="Below are notes",
        ),
        verdicts=tuple(
            Verdict(
                uid=f"verdict-{one.uid}",
                rollout_uid=one.uid,
                status=Status.SUCCESS if one.rollout_index == 0 else Status.UNKNOWN,
                reason="it was found",
                raw="Status: success",
                cited=(1,),
                model="practice",
                prompt_hash="abc",
                failure=None if one.rollout_index == 0 else Failure(FailureKind.TIMEOUT, "no reply within 60 s"),
            )
            for one in rollouts
        ),
        selection=Selection(uid(arm.hash, task_key, "selection"), task_key, rollouts[-1].uid, "llm", "better", "{}"),
        experience=learned,
        experience_vector=vector(learned.task_text) if learned else None,
        truths={one.uid: (Truth(one.rollout_index == 0, 1.0 - one.rollout_index),) for one in rollouts},
        calls=tuple(
            [call(arm, task_key, role, n, one.uid) for one in rollouts for n, role in enumerate(("actor", "judge"))]
            + [call(arm, task_key, "selector", 0, None), call(arm, task_key, "distiller", 0, None)]
        ),
        embedding=EmbeddingUse(1, 12),
        notes=("one item was cut",),
    )


def invalid_outcome(task_key: str, arm: ArmConfig = ARM) -> TaskOutcome:
    """A task an infrastructure fault cut short."""
    fault = Failure(FailureKind.CONNECTION, "connection refused")
    broken = replace(rollout(arm, task_key, steps=1), exit_reason=ExitReason.MODEL_FAILURE, failure=fault, answer=None)
    return TaskOutcome(arm_hash=arm.hash, task_key=task_key, k=1, rollouts=(broken,), truths={broken.uid: ()})
