"""What the run dialog is about, without widgets: what can be chosen, what was chosen, what is wrong with it."""

import re
import sqlite3
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from rb_studio.gui.dialogs.choice import Choice, counted
from rb_studio.gui.dialogs.run_more_form import LABEL_NAMES, More, in_window
from rb_studio.records.arm import LABELS, MEMORY_MODES, SCALINGS, Limits
from rb_studio.records.errors import RbStudioError, UsageError

if TYPE_CHECKING:
    from rb_studio.jobs.catalog import CatalogEntry
    from rb_studio.jobs.request import RunRequest, SweepRequest
    from rb_studio.models.settings import Settings
    from rb_studio.records.task import Suite

CHAT_ROLES = ("judge", "distiller", "selector", "grader")
OWN, EMPTY = "", "empty"
MOST_SEEDS = 1000
_SEED = re.compile(r"(-?\d{1,9})(?::(-?\d{1,9}))?")


@dataclass(frozen=True, slots=True)
class BankFacts:
    """A bank a run can start from."""

    name: str
    mode: str
    items: int
    snapshots: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RunFacts:
    """What there is to choose from, read once when the dialog opens.

    `methods` are memory methods that need no file, and what each is, by name; none of their code is run.
    """

    entries: "tuple[CatalogEntry, ...]"
    banks: tuple[BankFacts, ...]
    settings: "Settings"
    methods: Mapping[str, str] = field(default_factory=dict)

    def entry(self, name: str) -> "CatalogEntry | None":
        """The suite of a name or of its part's name."""
        named = ((entry, {entry.suite.name, *(part.name for part in entry.subsets)}) for entry in self.entries)
        return next((entry for entry, names in named if name in names), None)

    def tasks(self, name: str) -> int:
        """How many tasks a suite or part has."""
        entry = self.entry(name)
        parts = (entry.whole, *entry.subsets) if entry else ()
        return next((part.tasks for part in parts if part.name == name), 0)

    def profiles(self, suite: str = "") -> list[Choice]:
        """The profiles, the shipped one first; where it cannot act on a suite that is named, it says so."""
        from rb_studio.jobs.acting import plays

        entry = self.entry(suite)
        why_not = "" if entry is None or plays(entry.suite) else "works in the practice shop only"
        named = [Choice(name, f"{name} ({profile.model})") for name, profile in sorted(self.settings.profiles.items())]
        return [Choice("practice", "practice (simulated, needs no key)", why_not), *named]


@dataclass(frozen=True, slots=True)
class RunForm:
    """What a person has chosen. `tasks` are keys chosen in the table; `profile` empty is the default one."""

    suite: str
    tasks: tuple[str, ...] = ()
    profile: str = ""
    per_role: bool = False
    roles: Mapping[str, str] = field(default_factory=dict)
    embedder: str = ""
    memory: str = "reasoningbank"
    bank: str = OWN
    learn: bool = True
    scaling: str = "none"
    k: int = 1
    seeds: str = "0"
    shuffle: int | None = None
    limit: int | None = None
    steps: int = Limits().steps
    label: str = "judge"
    retrieve_n: int = 1
    exclude_template: bool = False
    more: More = field(default_factory=More)

    def seed_list(self) -> tuple[int, ...]:
        """`0:3, 7` as 0, 1, 2, 7. Raises UsageError."""
        found: list[int] = []
        for part in self.seeds.replace(",", " ").split():
            match = _SEED.fullmatch(part)
            if match is None:
                raise UsageError(f"Seeds are whole numbers or ranges like 0:5; {part} is neither.")
            first = int(match[1])
            found += range(first, min(int(match[2]), first + MOST_SEEDS + 1)) if match[2] else [first]
        if not found:
            raise UsageError("Give at least one seed, for instance 0; the end of a range is not included.")
        if len(found) > MOST_SEEDS:
            raise UsageError(f"{len(found)} seeds are too many; give at most {MOST_SEEDS}.")
        return tuple(dict.fromkeys(found))

    def request(self) -> "RunRequest":
        """The run of the first seed. Raises UsageError."""
        from rb_studio.jobs.request import RunRequest

        remembers = self.memory != "none"
        profiles = {"actor": self.profile} if self.profile else {}
        if self.per_role:
            profiles |= {role: name for role, name in self.roles.items() if role in CHAT_ROLES and name}
        return RunRequest(
            suite=self.suite,
            tasks=self.tasks,
            memory=self.memory,
            scaling=self.scaling,
            k=self.k if self.scaling != "none" else 1,
            limit=self.limit,
            order="id" if self.shuffle is None else f"shuffle:{self.shuffle}",
            bank=(self.bank or None) if remembers else None,
            learn=self.learn or not remembers,
            label=self.label,
            retrieve_n=self.retrieve_n,
            exclude_template=self.exclude_template,
            seed=self.seed_list()[0],
            profiles=profiles,
            embedder=self.embedder or None,
            limits=Limits(steps=self.steps),
            **self.more.values(remembers=remembers),
        ).settled()

    def sweep(self) -> "SweepRequest | None":
        """All seeds as a sweep; None for a single one. Raises UsageError."""
        from rb_studio.jobs.request import SweepRequest

        seeds = self.seed_list()
        if len(seeds) == 1:
            return None
        base = self.request()
        start = base.bank if base.bank not in (None, EMPTY) else None
        return SweepRequest(
            base=replace(base, bank=None, seed=0),
            memories=(self.memory,),
            scalings=(base.scaling,),
            ks=(base.k,),
            seeds=seeds,
            start=start,
        )

    def rollouts(self, facts: RunFacts) -> int:
        """How many rollouts this asks for at most, 0 where it cannot be said."""
        tasks = len(self.tasks) or facts.tasks(self.suite)
        tasks = min(tasks, self.limit) if self.limit else tasks
        try:
            k = self.request().k
            return self.more.rollouts(tasks, k) * len(self.seed_list())
        except UsageError:
            return 0

    def actor(self, facts: RunFacts) -> str:
        """The name of the acting profile."""
        return self.profile or facts.settings.profile

    def simulated(self, facts: RunFacts) -> bool:
        """Whether the practice model plays any role, or the world is made up."""
        entry = facts.entry(self.suite)
        names = {self.actor(facts), *(self.roles.values() if self.per_role else ())}
        return "practice" in names or bool(entry and entry.suite.simulated)


def problem(form: RunForm, facts: RunFacts) -> str | None:
    """Why it cannot run, in one sentence; None when everything resolves."""
    from rb_studio.jobs.own_tasks import cannot_run
    from rb_studio.jobs.plan import check
    from rb_studio.jobs.sweep import check_sweep

    entry = facts.entry(form.suite)
    if entry is None:
        return "Choose a suite."
    if not entry.runnable:
        return cannot_run(entry.suite, entry.reason)
    if not facts.tasks(form.suite):
        return f"The suite {form.suite} has no tasks."
    if fault := cannot_act(entry.suite, form.actor(facts), facts.settings):
        return fault
    try:
        sweep = form.sweep()
        if sweep is None:
            check(form.request(), facts.settings)
        else:
            check_sweep(sweep, facts.settings)
    except RbStudioError as error:
        alone = form.more.allocation != "uniform" and form.scaling == "none"
        return in_window(str(error)) + (" (k of 2 or more needs a scaling)" if alone else "")
    return None


def problem_of_tasks(conn: sqlite3.Connection, form: RunForm) -> str:
    """Why the tasks cannot be labelled or split as asked for, in one sentence; empty when they can.

    A suite that is not in the workspace yet is looked at when the run begins.
    """
    from rb_studio.jobs.plan import read_stream
    from rb_studio.store import suites

    if suites.find(conn, form.suite.partition("/")[0]) is None:
        return ""
    try:
        read_stream(conn, replace(form, seeds="0").request())
    except RbStudioError as error:
        return in_window(str(error))
    return ""


def cannot_act(suite: "Suite", actor: str, settings: "Settings") -> str:
    """Why a profile would fail every task of a suite, and what to do about it; empty when it would not."""
    from rb_studio.jobs import acting

    why = acting.cannot_act(suite, actor)
    mend = "choose another model" if settings.profiles else "add a profile of another model under Settings (Ctrl+,)"
    return f"{why[:1].upper()}{why[1:]}: {mend}." if why else ""


def memory_choices() -> list[Choice]:
    """Memory modes."""
    return [Choice(mode, "no memory" if mode == "none" else mode) for mode in MEMORY_MODES]


def scaling_choices() -> list[Choice]:
    """Ways to spend k rollouts on a task."""
    names = {"none": "none: one rollout a task", "parallel": "MaTTS parallel", "sequential": "MaTTS sequential"}
    return [Choice(one, names.get(one, "vanilla: rollouts do not learn from each other")) for one in SCALINGS]


def label_choices() -> list[Choice]:
    """What learning goes by."""
    return [Choice(one, LABEL_NAMES[one]) for one in LABELS]


def bank_choices(form: RunForm, facts: RunFacts) -> list[Choice]:
    """Start states of the form's memory mode."""
    several = _several(form)
    found = [bank for bank in facts.banks if bank.mode == form.memory]
    own = next((bank for bank in found if bank.name == form.memory), None)
    held = f"{_items(own.items)}" if own else "new"
    why_not = "every seed needs a bank of its own" if several else ""
    choices = [Choice(OWN, f"the bank {form.memory} ({held})", why_not), Choice(EMPTY, "an empty bank of its own")]
    for bank in found:
        if bank is not own or several:
            choices.append(Choice(bank.name, f"{'a copy of ' if several else ''}{bank.name} ({_items(bank.items)})"))
        choices += [
            Choice(f"{bank.name}@{name}", f"a copy of {bank.name} as of snapshot {name}") for name in bank.snapshots
        ]
    return choices


def start_sentence(form: RunForm) -> str:
    """What becomes of the bank."""
    if form.memory == "none":
        return "Nothing is retrieved and nothing is learned."
    if not form.learn:
        return "The bank is frozen: items are retrieved, none is added."
    if form.bank == OWN and not _several(form):
        return "What is learned is added; a bank that knows these tasks already is left alone and an empty one begun."
    return "What is learned is added to that bank."


def read_facts(conn: sqlite3.Connection, settings: "Callable[[], Settings]") -> RunFacts:
    """Everything there is to choose from. Raises SettingsError."""
    from rb_studio.jobs import own_tasks, plan, sweep  # noqa: F401 - loaded here, so that the window never waits for them
    from rb_studio.jobs.catalog import catalog
    from rb_studio.store import banks
    from rb_studio.store.first_page import bank_counts

    counts = bank_counts(conn)
    found = [
        BankFacts(
            bank.name,
            bank.mode,
            counts[bank.id],
            tuple(snapshot.name for snapshot in banks.snapshots(conn, bank.id)),
        )
        for bank in banks.banks(conn)
    ]
    return RunFacts(tuple(catalog(conn)), tuple(found), settings(), _methods())


def _methods() -> dict[str, str]:
    from rb_studio.jobs.plugins import installed, shipped

    examples = dict.fromkeys(shipped(), "an example that comes along")
    return examples | {name: f"installed: {point.value}" for name, point in installed().items()}


def _several(form: RunForm) -> bool:
    try:
        return len(form.seed_list()) > 1
    except UsageError:
        return False


def _items(count: int) -> str:
    return counted(count, "item")
