"""The memory method: four functions, and the shipped modes as implementations of them.

`retrieve` chooses what of the bank fits a task, `inject` turns it into the text of the system prompt, `distil` makes
items of labelled rollouts, `consolidate` brings them into the bank. Everything else (rollouts, judging, selection,
truth) is the same for every method. One's own is in `own.py`.
"""

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Protocol

from rb_studio.method import consolidate, matts
from rb_studio.method.calls import Caller
from rb_studio.method.consolidate import Settled
from rb_studio.method.distill import Distilled, Labelled
from rb_studio.method.retrieve import retrieve
from rb_studio.records.identity import lot
from rb_studio.records.judgement import Verdict
from rb_studio.records.memory import Bank, Experience, Retrieval

if TYPE_CHECKING:
    from rb_studio.records.memory import Vector


class MemoryMethod(Protocol):
    """The four functions, for one task of one arm.

    Raises `MethodFault` where a method of one's own fails.
    """

    @property
    def always_consolidates(self) -> bool:
        """Whether `consolidate` is called although nothing new was distilled."""
        ...

    @property
    def embedded(self) -> Sequence[str]:
        """Texts the method had embedded for itself."""
        ...

    @property
    def notes(self) -> Sequence[str]:
        """Warnings from before the rollouts."""
        ...

    def retrieve(self, caller: Caller, bank: Bank, query: "Vector | None") -> Retrieval | None:
        """What of the bank fits the task; `query` is the unit vector of its text as asked. None without memory."""
        ...

    def inject(self, caller: Caller, bank: Bank, found: Retrieval) -> str:
        """The text that stands in the system prompt, empty for none."""
        ...

    def distil(
        self, caller: Caller, bank: Bank, found: Retrieval | None, rollouts: Sequence[Labelled], domain: str
    ) -> Distilled | None:
        """What rollouts with known labels teach; None when there are none."""
        ...

    def consolidate(
        self, caller: Caller, bank: Bank, experience: Experience, found: Retrieval | None, verdicts: Sequence[Verdict]
    ) -> Settled:
        """How the new experience enters the bank, and what becomes of what the bank holds."""
        ...


class BuiltIn:
    """The shipped modes: they differ in what they distil, and share the rest."""

    always_consolidates = False
    embedded: Sequence[str] = ()
    notes: Sequence[str] = ()

    def retrieve(self, caller: Caller, bank: Bank, query: "Vector | None") -> Retrieval | None:
        arm, tools = caller.arm, caller.tools
        if arm.memory == "none" or tools.embedder is None or query is None:
            return None
        return retrieve(
            bank,
            caller.task,
            tools.embedder,
            tools.prompts,
            n=arm.retrieve_n,
            exclude_template=arm.exclude_template,
            unit=arm.retrieve_unit,
            scope=arm.scope,
            most_items=arm.most_items,
            query=query,
            withhold=arm.withhold,
            lot=partial(lot, arm.seed, caller.task.key),
        )

    def inject(self, caller: Caller, bank: Bank, found: Retrieval) -> str:
        return found.block

    def distil(
        self, caller: Caller, bank: Bank, found: Retrieval | None, rollouts: Sequence[Labelled], domain: str
    ) -> Distilled | None:
        return matts.learn(caller, rollouts, domain)

    def consolidate(
        self, caller: Caller, bank: Bank, experience: Experience, found: Retrieval | None, verdicts: Sequence[Verdict]
    ) -> Settled:
        return consolidate.settle(caller, bank, experience, found, verdicts)


def method_of(caller: Caller) -> MemoryMethod:
    """The method of the caller's arm."""
    from rb_studio.method.own import OwnMethod

    runner = caller.tools.methods.get(caller.arm.memory) if caller.arm.method else None
    return BuiltIn() if runner is None else OwnMethod(runner)
