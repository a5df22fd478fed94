"""What a new sweep is about, without widgets: the arms it asks for, what is wrong with it."""

import math
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any

from rb_studio.gui.dialogs.run_form import RunFacts, RunForm
from rb_studio.gui.dialogs.run_more_form import More
from rb_studio.records.errors import UsageError

if TYPE_CHECKING:
    from rb_studio.jobs.driving import Driving
    from rb_studio.jobs.request import SweepRequest
    from rb_studio.records.own_method import MethodSource

MOST_K = 64
LOCAL, DASK, ADDRESS = "local", "dask", "address"
_LISTS = ("memories", "scalings", "allocations", "policies")


@dataclass(frozen=True, slots=True)
class SweepForm:
    """What a person has chosen; `limit` 0 takes every task. `ks` and `seeds` are as typed.

    `methods` are memory methods of one's own, loaded; `memories` name them beside the shipped modes. `allocations` and
    `policies` stand beside those of `more`, `orders` are as typed. `start` is NAME[@SNAPSHOT] of a bank, empty for an
    empty one; `roles` are profiles by role. `executor` is local, dask or address (a scheduler at `address`), `workers`
    0 is one a core, `spend_limit` in US dollars.
    """

    suite: str
    profile: str = ""
    memories: tuple[str, ...] = ("none", "reasoningbank")
    scalings: tuple[str, ...] = ("parallel",)
    ks: str = "1, 3, 5"
    seeds: str = "0"
    limit: int = 0
    retrieve_n: int = 1
    exclude_template: bool = False
    more: More = field(default_factory=More)
    methods: "tuple[MethodSource, ...]" = ()
    allocations: tuple[str, ...] = ()
    policies: tuple[str, ...] = ()
    orders: str = "id"
    aa: bool = False
    label: str = "judge"
    start: str = ""
    roles: Mapping[str, str] = field(default_factory=dict)
    embedder: str = ""
    executor: str = LOCAL
    address: str = ""
    workers: int = 0
    spend_limit: float | None = None

    def to_json(self) -> dict[str, Any]:
        """Plain values to come back to; a method of one's own is chosen anew, as its code is run."""
        values = asdict(replace(self, methods=()))
        own = {one.name for one in self.methods}
        return {**values, "memories": [name for name in self.memories if name not in own]}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "SweepForm":
        """What `to_json` gave. Raises TypeError for anything else."""
        lists = {name: tuple(map(str, data.get(name, ()))) for name in _LISTS}
        return cls(**{**data, **lists, "methods": (), "more": More(**data.get("more", {}))})

    @property
    def remembers(self) -> bool:
        """Whether any arm has memory."""
        return any(memory != "none" for memory in self.memories)

    def k_list(self) -> tuple[int, ...]:
        """The numbers of rollouts, ascending. Raises UsageError."""
        parts = self.ks.replace(",", " ").split()
        wrong = [part for part in parts if not re.fullmatch(r"\d{1,3}", part) or not 1 <= int(part) <= MOST_K]
        if wrong or not parts:
            raise UsageError(f"Rollouts per task are whole numbers from 1 to {MOST_K}, for instance 1, 3, 5.")
        return tuple(sorted({int(part) for part in parts}))

    def single(self) -> RunForm:
        """The same as a form of one run: what estimates and checks of suites go by."""
        return RunForm(
            self.suite,
            profile=self.profile,
            memory=next((memory for memory in reversed(self.memories) if memory != "none"), "none"),
            seeds=self.seeds,
            limit=self.limit or None,
            retrieve_n=self.retrieve_n,
            exclude_template=self.exclude_template,
            more=self.more,
            label=self.label,
        )

    def taking_over(self, single: RunForm) -> "SweepForm":
        """The same with the rarer settings of a form of one run."""
        return replace(self, more=single.more, retrieve_n=single.retrieve_n, exclude_template=single.exclude_template)

    def request(self) -> "SweepRequest":
        """The sweep. Raises UsageError."""
        from rb_studio.jobs.request import RunRequest, SweepRequest

        if not self.memories or not self.scalings:
            raise UsageError("Choose at least one memory mode and one scaling.")
        profiles = {"actor": self.profile, **self.roles}
        orders = self.order_list()
        policies, allocations = self._policies(), tuple(dict.fromkeys((self.more.allocation, *self.allocations)))
        return SweepRequest(
            base=RunRequest(
                self.suite,
                limit=self.limit or None,
                order=orders[0],
                profiles={role: name for role, name in profiles.items() if name},
                retrieve_n=self.retrieve_n,
                exclude_template=self.exclude_template,
                label=self.label,
                embedder=self.embedder or None,
                methods=self.methods,
                **self._values(),
            ),
            memories=self.memories,
            scalings=self.scalings,
            ks=self.k_list(),
            seeds=self.single().seed_list(),
            start=self.start or None,
            consolidations=policies if len(policies) > 1 else (),
            orders=orders if len(orders) > 1 else (),
            aa=self.aa,
            allocations=allocations if len(allocations) > 1 else (),
        )

    def order_list(self) -> tuple[str, ...]:
        """The orders of the stream, as requests spell them."""
        return tuple(dict.fromkeys(self.orders.replace(",", " ").split())) or ("id",)

    def driving(self) -> "Driving":
        """Where it runs and for how much."""
        from rb_studio.jobs.driving import NO_LIMIT, Driving

        limit = NO_LIMIT if self.spend_limit is None else self.spend_limit
        where = f"dask={self.address.strip()}" if self.executor == ADDRESS else self.executor
        return Driving(where, self.workers or None, limit)

    def _values(self) -> dict[str, Any]:
        """Fields of a request; the budget is for whichever allocation spends one."""
        values = self.more.values(remembers=self.remembers)
        spends = any(one != "uniform" for one in (self.more.allocation, *self.allocations))
        return {**values, "budget": self.more.budget if spends else None}

    def _policies(self) -> tuple[str, ...]:
        """The consolidations, this one first, with the numbers that stand beside it."""
        if not self.remembers:
            return ()
        found = (self.more, *(replace(self.more, consolidation=one) for one in self.policies))
        return tuple(dict.fromkeys(one.policy() for one in found))

    def tasks(self, facts: RunFacts) -> int:
        """How many tasks an arm has."""
        tasks = facts.tasks(self.suite)
        return min(tasks, self.limit) if self.limit else tasks

    def combinations(self) -> int:
        """How many arms there are at most; 0 where it cannot be said."""
        try:
            lists = (self.k_list(), self.single().seed_list(), self.order_list(), self._policies() or ("",))
        except UsageError:
            return 0
        return math.prod(map(len, (*lists, self.memories, self.scalings))) * (1 + len(self.allocations))
