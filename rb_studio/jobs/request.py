"""What a user asks for, before it is resolved against a workspace."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from rb_studio.records.arm import ArmConfig, Limits
from rb_studio.records.errors import UsageError
from rb_studio.records.identity import canonical_json, digest
from rb_studio.records.task import Task


@dataclass(frozen=True, slots=True)
class RunRequest:
    """One arm as asked for; names, not rows.

    `profiles` maps roles to profile names; roles not named use the actor's. `bank` is NAME[@SNAPSHOT],
    `empty`, or None for the mode's own bank. `tasks` are keys of the suite's tasks to run, all when empty.
    """

    suite: str
    memory: str = "reasoningbank"
    scaling: str = "none"
    k: int = 1
    allocation: str = "uniform"
    budget: float | None = None
    consolidation: str = "append"
    limit: int | None = None
    order: str = "id"
    bank: str | None = None
    learn: bool = True
    label: str = "judge"
    label_noise: float = 0.0
    retrieve_n: int = 1
    exclude_template: bool = False
    seed: int = 0
    profiles: Mapping[str, str] = field(default_factory=dict)
    embedder: str | None = None
    concurrency: int | None = None
    limits: Limits = field(default_factory=Limits)
    tasks: tuple[str, ...] = ()

    def arm(self) -> ArmConfig:
        """The arm this asks for, before suite hash, models and start state are known."""
        return ArmConfig(
            suite=self.suite,
            memory=self.memory,
            scaling=self.scaling,
            k=self.k,
            allocation=self.allocation,
            budget=self.budget,
            consolidation=self.consolidation,
            order=self.order,
            limit=self.limit,
            retrieve_n=self.retrieve_n,
            exclude_template=self.exclude_template,
            learn=self.learn,
            label=self.label,
            label_noise=self.label_noise,
            seed=self.seed,
            limits=self.limits,
            tasks=tuple(sorted(self.tasks)),
        )

    def settled(self) -> "RunRequest":
        """The same request with several rollouts without memory under `parallel`, the no-memory baseline."""
        without = self.memory == "none" and self.scaling == "none" and self.k > 1
        return replace(self, scaling="parallel") if without else self

    def to_json(self) -> dict[str, Any]:
        """Plain values; how many rollouts are in flight changes no result and is left out."""
        values = asdict(self)
        del values["concurrency"]
        keys = sorted(values.pop("tasks"))
        return values | ({"tasks": keys} if keys else {})


@dataclass(frozen=True, slots=True)
class SweepRequest:
    """Many arms: every combination of the lists, on the base request's suite and models."""

    base: RunRequest
    memories: tuple[str, ...] = ("none", "reasoningbank")
    scalings: tuple[str, ...] = ("parallel",)
    ks: tuple[int, ...] = (1,)
    seeds: tuple[int, ...] = (0,)
    start: str | None = None

    def to_json(self) -> dict[str, Any]:
        values = asdict(self)
        values["base"] = self.base.to_json()
        return values

    @property
    def hash(self) -> str:
        """Identity of the sweep: two requests with equal hash have equal results."""
        return digest(canonical_json(self.to_json()))

    def cells(self) -> tuple[list[RunRequest], list[str]]:
        """The arms in a stable order, and a note for each combination that cannot be."""
        cells: dict[tuple[object, ...], RunRequest] = {}
        notes: list[str] = []
        for seed in self.seeds:
            for memory in self.memories:
                for scaling in self.scalings:
                    for k in self.ks:
                        if scaling == "none" and k > 1 and memory != "none":
                            notes.append(f"{memory}, k = {k} without scaling is no arm and was left out")
                            continue
                        cell = replace(self.base, memory=memory, scaling=scaling, k=k, seed=seed).settled()
                        cells.setdefault((seed, memory, cell.scaling, k), cell)
        return list(cells.values()), list(dict.fromkeys(notes))


def chosen(tasks: Sequence[Task], keys: Sequence[str]) -> list[Task]:
    """The tasks of these keys, all when there are none. Raises `UsageError` for a key that no task has."""
    if not keys:
        return list(tasks)
    missing = sorted(set(keys) - {task.key for task in tasks})
    if missing:
        raise UsageError(f"{missing[0]} is no task of the suite to run: choose from its tasks")
    return [task for task in tasks if task.key in set(keys)]


def ordered(tasks: Sequence[Task], order: str, limit: int | None) -> list[Task]:
    """Tasks in ascending order (`id`) or a seeded shuffle (`shuffle:SEED`), cut to `limit`."""
    if limit is not None and limit < 1:
        raise UsageError(f"--limit {limit} leaves no task: give 1 or more")
    kind, _, seed = order.partition(":")
    if order == "id":
        found = sorted(tasks, key=lambda task: task.ordinal)
    elif kind == "shuffle" and re.fullmatch(r"-?\d{1,18}", seed):
        found = sorted(tasks, key=lambda task: digest(f"{int(seed)} {task.key}"))
    else:
        raise UsageError(f"order {order!r} is unknown: use id or shuffle:SEED, for instance shuffle:1")
    return found[:limit]
