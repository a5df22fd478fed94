"""What a new sweep is about, without widgets: the arms it asks for, what is wrong with it."""

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from rb_studio.gui.dialogs.run_form import RunFacts, RunForm, cannot_act
from rb_studio.gui.dialogs.run_more_form import More, in_window
from rb_studio.records.errors import RbStudioError, UsageError

if TYPE_CHECKING:
    from rb_studio.jobs.request import RunRequest, SweepRequest
    from rb_studio.records.own_method import MethodSource

MOST_K = 64


@dataclass(frozen=True, slots=True)
class SweepForm:
    """What a person has chosen; `limit` 0 takes every task. `ks` and `seeds` are as typed.

    `methods` are memory methods of one's own, loaded; `memories` name them beside the shipped modes.
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
        )

    def taking_over(self, single: RunForm) -> "SweepForm":
        """The same with the rarer settings of a form of one run."""
        return replace(self, more=single.more, retrieve_n=single.retrieve_n, exclude_template=single.exclude_template)

    def request(self) -> "SweepRequest":
        """The sweep. Raises UsageError."""
        from rb_studio.jobs.request import RunRequest, SweepRequest

        if not self.memories or not self.scalings:
            raise UsageError("Choose at least one memory mode and one scaling.")
        profiles = {"actor": self.profile} if self.profile else {}
        return SweepRequest(
            base=RunRequest(
                self.suite,
                limit=self.limit or None,
                profiles=profiles,
                retrieve_n=self.retrieve_n,
                exclude_template=self.exclude_template,
                methods=self.methods,
                **self.more.values(remembers=self.remembers),
            ),
            memories=self.memories,
            scalings=self.scalings,
            ks=self.k_list(),
            seeds=self.single().seed_list(),
        )

    def size(self, facts: RunFacts) -> tuple[int, int]:
        """(arms, rollouts) this asks for; zeros where it cannot be said."""
        try:
            cells, _ = self.request().cells()
        except RbStudioError:
            return 0, 0
        tasks = facts.tasks(self.suite)
        tasks = min(tasks, self.limit) if self.limit else tasks
        return len(cells), sum(_rollouts(cell, tasks) for cell in cells)


def _rollouts(cell: "RunRequest", tasks: int) -> int:
    return More(allocation=cell.allocation, budget=cell.budget).rollouts(tasks, cell.k)


def problem(form: SweepForm, facts: RunFacts) -> str | None:
    """Why it cannot run, in one sentence; None when everything resolves."""
    from rb_studio.jobs.sweep import check_sweep

    entry = facts.entry(form.suite)
    if entry is None:
        return "Choose a suite."
    if not entry.runnable:
        return entry.reason or f"The suite {form.suite} cannot run."
    if not facts.tasks(form.suite):
        return f"The suite {form.suite} has no tasks."
    if fault := cannot_act(entry.suite, form.single().actor(facts), facts.settings):
        return fault
    try:
        check_sweep(form.request(), facts.settings)
    except RbStudioError as error:
        return in_window(str(error))
    return None


def summary(form: SweepForm, facts: RunFacts) -> str:
    """How big it is, and what of it cannot be."""
    arms, rollouts = form.size(facts)
    if not arms:
        return ""
    _, notes = form.request().cells()
    left_out = f" ({'; '.join(map(in_window, notes))})" if notes else ""
    return f"{arms:,} arm{'' if arms == 1 else 's'}, {rollouts:,} rollouts at most{left_out}"
