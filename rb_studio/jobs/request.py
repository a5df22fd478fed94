"""What a user asks for, before it is resolved against a workspace."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from itertools import product
from typing import Any

from rb_studio.method.allocate import Terms, most_for
from rb_studio.records.arm import ALLOCATIONS, ArmConfig, Limits
from rb_studio.records.consolidation import spelled
from rb_studio.records.errors import UsageError
from rb_studio.records.identity import canonical_json, digest
from rb_studio.records.own_method import MethodSource
from rb_studio.records.task import Task

# Choices that requests did not have at first, with their defaults; left out when stored, so that older ones match.
_LATER: Mapping[str, object] = {
    "retrieve_unit": "experience",
    "scope": "global",
    "split": None,
    "repeat_of": None,
    "most_items": None,
    "withhold": 0.0,
    "without": [],
    "review": "off",
}


@dataclass(frozen=True, slots=True)
class RunRequest:
    """One arm as asked for; names, not rows.

    `profiles` maps roles to profile names; roles not named use the actor's. `bank` is NAME[@SNAPSHOT],
    `empty`, or None for the mode's own bank. `tasks` are keys of the suite's tasks to run, all when empty.
    `split` is SHARE[:SEED], see `split_by_template`. `repeat_of` is the seed of the arm that this one repeats with a
    seed of its own, to show how much chance alone makes of equal arms. `methods` are memory methods of one's own, which
    memories may name; of them only name and identity are stored, so that no stored request brings code along.
    `withhold`, `without` and `review` are as in `ArmConfig`.
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
    retrieve_unit: str = "experience"
    scope: str = "global"
    split: str | None = None
    repeat_of: int | None = None
    most_items: int | None = None
    methods: tuple[MethodSource, ...] = ()
    withhold: float = 0.0
    without: tuple[str, ...] = ()
    review: str = "off"

    def __post_init__(self) -> None:
        """Whatever else stands there came from a stored request, and brings no code along."""
        object.__setattr__(self, "methods", tuple(one for one in self.methods if isinstance(one, MethodSource)))

    def arm(self) -> ArmConfig:
        """The arm this asks for, before suite hash, models and start state are known."""
        return ArmConfig(
            suite=self.suite,
            memory=self.memory,
            scaling=self.scaling,
            k=self.k,
            allocation=self.allocation,
            budget=self.budget,
            consolidation=spelled(self.consolidation),
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
            retrieve_unit=self.retrieve_unit,
            scope=self.scope,
            most_items=self.most_items,
            method=self.own_method.identity if self.own_method else "",
            withhold=self.withhold,
            without=tuple(sorted(self.without)),
            review=self.review,
        )

    @property
    def own_method(self) -> MethodSource | None:
        """The method of one's own behind the memory mode, None for a shipped one."""
        return next((one for one in self.methods if one.name == self.memory), None)

    def settled(self) -> "RunRequest":
        """The same request with several rollouts without memory under `parallel`, the no-memory baseline.

        An allocation with a budget and no k of its own may give a task as many rollouts as the budget is the middle of.
        """
        k = most_for(self.budget) if self.k == 1 and self.allocation != "uniform" else self.k
        without = self.memory == "none" and self.scaling == "none" and k > 1
        return replace(self, k=k, scaling="parallel" if without else self.scaling)

    def to_json(self) -> dict[str, Any]:
        """Plain values; how many rollouts are in flight changes no result and is left out."""
        values = asdict(self) | {"without": sorted(self.without)}
        del values["concurrency"], values["methods"]
        keys = sorted(values.pop("tasks"))
        same = {name for name, value in _LATER.items() if values[name] == value}
        kept = {name: value for name, value in values.items() if name not in same} | ({"tasks": keys} if keys else {})
        own = {one.name: one.identity for one in self.methods}
        return kept | ({"method_identities": own} if own else {})

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "RunRequest":
        """The request behind `to_json`. Raises `TypeError` for what no request has."""
        given = {name: value for name, value in data.items() if name != "method_identities"}
        lists = {name: tuple(data.get(name, ())) for name in ("tasks", "without")}
        return cls(**{**given, **lists, "limits": Limits(**data.get("limits", {}))})


@dataclass(frozen=True, slots=True)
class SweepRequest:
    """Many arms: every combination of the lists, on the base request's suite and models.

    Without `consolidations` all arms have the base request's, without `orders` its order. With several, the first
    decides which tasks a limit leaves; arms without memory go through them in that one alone, as order is nothing to
    them unless their allocation goes by earlier tasks. `aa` repeats the first arm, one without memory if there is any,
    with as many other seeds.
    Without `allocations` all arms have the base request's; its budget is for those that spend one.
    """

    base: RunRequest
    memories: tuple[str, ...] = ("none", "reasoningbank")
    scalings: tuple[str, ...] = ("parallel",)
    ks: tuple[int, ...] = (1,)
    seeds: tuple[int, ...] = (0,)
    start: str | None = None
    consolidations: tuple[str, ...] = ()
    orders: tuple[str, ...] = ()
    aa: bool = False
    allocations: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Plain values; what came later is left out where it is not made use of, so that older sweeps match."""
        values = asdict(self)
        values["base"] = self.base.to_json()
        for name in ("consolidations", "orders", "aa", "allocations"):
            if not values[name]:
                del values[name]
        return values

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "SweepRequest":
        """The request behind `to_json`. Raises `TypeError` for what no request has."""
        values: dict[str, Any] = {n: tuple(value) if isinstance(value, list) else value for n, value in data.items()}
        return cls(**{**values, "base": RunRequest.from_json(data["base"])})

    @property
    def hash(self) -> str:
        """Identity of the sweep: two requests with equal hash have equal results."""
        return digest(canonical_json(self.to_json()))

    def cells(self) -> tuple[list[RunRequest], list[str]]:
        """The arms in a stable order, and a note for each combination that cannot be.

        Raises `UsageError` for an order that cannot be read, and for a budget that no allocation spends.
        """
        if set(self.allocations or (self.base.allocation,)) == {"uniform"}:
            Terms("uniform", 2, self.base.budget).check()
        cells: dict[tuple[object, ...], RunRequest] = {}
        notes: list[str] = []
        for seed, memory, scaling, k in product(self.seeds, self.memories, self.scalings, self.ks):
            if scaling == "none" and k > 1 and memory != "none":
                notes.append(f"{memory}, k = {k} without scaling is no arm and was left out")
                continue
            for allocation in self.allocations or (self.base.allocation,):
                base = self._spread(allocation, k)
                if (reason := _no_arm(base, scaling, k)) is not None:
                    notes.append(reason)
                    continue
                for policy, order in product(self._policies(memory), self._orders(memory, base, k)):
                    cell = replace(base, memory=memory, scaling=scaling, k=k, seed=seed, consolidation=policy)
                    cell = replace(cell.settled(), order=order)
                    cells.setdefault((seed, memory, cell.scaling, k, spelled(policy), order, cell.allocation), cell)
        found = list(cells.values())
        return [*found, *(self._repeats(found) if self.aa else ())], list(dict.fromkeys(notes))

    def _spread(self, allocation: str, k: int) -> RunRequest:
        """The base request with an allocation; one rollout a task is the plain loop under any of them."""
        plain = k == 1 and allocation in ALLOCATIONS
        moot = plain or (allocation == "uniform" and len(self.allocations) > 1)
        chosen = "uniform" if plain else allocation
        return replace(self.base, allocation=chosen, budget=None if moot else self.base.budget)

    def _repeats(self, cells: Sequence[RunRequest]) -> list[RunRequest]:
        """The first arm, one without memory where there is any, once more for each seed, with a seed nobody has."""
        if not cells:
            return []
        first = min(cells, key=lambda cell: (cell.memory != "none", cell.k))
        unused = range(max(self.seeds) + 1, max(self.seeds) + 1 + len(self.seeds))
        return [replace(first, seed=new, repeat_of=old) for old, new in zip(self.seeds, unused, strict=True)]

    def _orders(self, memory: str, base: RunRequest, k: int) -> tuple[str, ...]:
        orders = self.orders or (self.base.order,)
        for order in orders:
            ordered((), order, None)
        matters = memory != "none" or Terms(base.allocation, k, base.budget).follows_past
        return orders if matters else orders[:1]

    def _policies(self, memory: str) -> tuple[str, ...]:
        """Without memory there is nothing to consolidate, and one policy stands for all."""
        policies = self.consolidations or (self.base.consolidation,)
        return policies if memory != "none" else policies[:1]


def _no_arm(base: RunRequest, scaling: str, k: int) -> str | None:
    """Why an allocation makes no arm in this cell of a sweep, None where it does."""
    terms = Terms(base.allocation, k, base.budget)
    if scaling == "sequential" and terms.stops:
        return f"{base.allocation} goes by a verdict on each rollout and was left out of sequential scaling"
    if base.allocation != "uniform" and base.budget is not None and base.budget > k:
        return f"{base.allocation}, k = {k} cannot spend {base.budget:g} rollouts a task and was left out"
    return None


def read_split(split: str | None) -> tuple[float, int] | None:
    """Share and seed of SHARE[:SEED]. Raises `UsageError`."""
    if split is None:
        return None
    form = re.fullmatch(r"(0?\.\d{1,6})(?::(-?\d{1,18}))?", split)
    if form is None or float(form[1]) == 0:
        raise UsageError(f"split {split!r} is unknown: give the share of templates to test on, 0.3 or 0.3:SEED")
    return float(form[1]), int(form[2] or 0)


def split_by_template(tasks: Sequence[Task], split: str | None) -> tuple[list[Task], tuple[str, ...]]:
    """Tasks with those of the test split last, and the templates that are held out for it.

    SHARE[:SEED] holds out this share of the templates, rounded, at least one and never all of them; which, the seed
    alone decides. A task without a template is one of its own. The order within each part stays.

    Raises
    ------
    UsageError
        The split cannot be read, or there are fewer than two templates.
    """
    if split is None:
        return list(tasks), ()
    share, seed = read_split(split) or (0.0, 0)
    templates = {task.template or task.key for task in tasks}
    if len(templates) < 2:
        raise UsageError("a split by template needs tasks of two templates or more: leave --split out")
    count = min(max(1, round(share * len(templates))), len(templates) - 1)
    held_out = sorted(templates, key=lambda template: digest(f"{seed} {template}"))[:count]
    return sorted(tasks, key=lambda task: (task.template or task.key) in held_out), tuple(sorted(held_out))


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
