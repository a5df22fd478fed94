"""What is asked for in a paired experiment, what there is to choose from, and what it takes, in words."""

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rb_studio.gui.dialogs.choice import Choice, counted
from rb_studio.gui.dialogs.run_form import RunFacts, RunForm
from rb_studio.gui.rooms.memories.points import NOW
from rb_studio.records.errors import UsageError
from rb_studio.store.snapshots import SnapshotRow, snapshots
from rb_studio.store.temporal import chain

if TYPE_CHECKING:
    from collections.abc import Callable

    from rb_studio.jobs.experiments import ExperimentRequest
    from rb_studio.models.settings import Settings

CURATION, LEAVE_ONE_OUT = "curation", "leave-one-out"
ALL, WHERE_RETRIEVED = "all", "retrieved"


@dataclass(frozen=True, slots=True)
class Subject:
    """What is to be tested of a bank: two points of its history by snapshot name (empty is now), or an item."""

    kind: str
    bank: int
    bank_name: str
    before: str = ""
    after: str = ""
    item: str = ""
    title: str = ""


@dataclass(frozen=True, slots=True)
class Offer:
    """What there is to choose from: suites and models, snapshots, the tasks the item was retrieved at by suite."""

    facts: RunFacts
    points: tuple[SnapshotRow, ...]
    retrieved: Mapping[str, tuple[str, ...]]
    suite: str

    def suites(self) -> list[Choice]:
        """Suites and their parts; those that cannot run here say so."""
        return [
            Choice(part.name, f"{part.name} ({counted(part.tasks, 'task')})", "" if one.runnable else "cannot run here")
            for one in self.facts.entries
            for part in (one.whole, *one.subsets)
        ]

    def befores(self) -> list[Choice]:
        return [Choice(row.name, row.name) for row in self.points]

    def afters(self) -> list[Choice]:
        return [Choice("", NOW), *self.befores()]

    def which(self, suite: str, subject: Subject) -> list[Choice]:
        """Which tasks of a suite."""
        every = Choice(ALL, f"All {counted(self.facts.tasks(suite), 'task')}")
        if subject.kind != LEAVE_ONE_OUT:
            return [every]
        known = len(self.retrieved.get(suite, ()))
        none = "" if known else "it was retrieved at none of this suite"
        return [Choice(WHERE_RETRIEVED, f"The {counted(known, 'task')} it was retrieved at", none), every]


@dataclass(frozen=True, slots=True)
class ExperimentForm:
    """What a person has chosen; `first` bounds the tasks, 0 for all."""

    subject: Subject
    suite: str = ""
    which: str = ALL
    first: int = 0
    seeds: str = "0"
    profile: str = ""
    notes: int = 1

    def request(self, offer: Offer) -> "ExperimentRequest":
        """What is to be run. Raises UsageError."""
        from rb_studio.jobs.experiments import ExperimentRequest
        from rb_studio.jobs.request import RunRequest

        subject, keys = self.subject, offer.retrieved.get(self.suite, ()) if self.which == WHERE_RETRIEVED else ()
        run = RunRequest(
            self.suite,
            limit=self.first or None,
            retrieve_n=self.notes,
            profiles={"actor": self.profile} if self.profile else {},
            tasks=keys,
        )
        return ExperimentRequest(
            subject.kind,
            subject.bank_name,
            run,
            before=subject.before,
            after=subject.after,
            items=(subject.item,) if subject.item else (),
            seeds=RunForm(self.suite, seeds=self.seeds).seed_list(),
        )

    def problem(self, offer: Offer) -> str:
        """Why it cannot be run as it stands; empty where nothing is known against it."""
        entry = offer.facts.entry(self.suite)
        if entry is None:
            return "Choose the suite whose tasks are to be run."
        if not entry.runnable:
            return f"The suite {self.suite} cannot run here; its page in Tasks says why."
        if self.subject.kind == CURATION and self.subject.before == self.subject.after:
            return "Choose two points that differ."
        if self.subject.kind == CURATION and not self.subject.before:
            return "Take a snapshot first: it is what the bank is compared with."
        try:
            self.request(offer)
        except UsageError as error:
            return str(error)
        return ""


def read_offer(conn: sqlite3.Connection, subject: Subject, settings: "Callable[[], Settings]") -> Offer:
    """Everything there is to choose from. Raises SettingsError."""
    from rb_studio.gui.dialogs.run_form import read_facts
    from rb_studio.jobs.experiments import tasks_with

    facts = read_facts(conn, settings)
    retrieved = tasks_with(conn, [subject.item]) if subject.item else {}
    found = tuple(reversed(snapshots(conn, subject.bank)))
    return Offer(facts, found, retrieved, next(iter(retrieved), "") or _learned_at(conn, subject.bank))


def _learned_at(conn: sqlite3.Connection, bank: int) -> str:
    """The suite most of the bank was learned at; empty where it was written by hand."""
    layers = [layer for layer, _ in chain(conn, bank)]
    marks = ", ".join("?" * len(layers))
    row = conn.execute(
        f"SELECT s.name FROM experience e JOIN task t ON t.key = e.task_key JOIN suite s ON s.id = t.suite "
        f"WHERE e.bank IN ({marks}) GROUP BY s.name ORDER BY count(*) DESC, s.name LIMIT 1",
        layers,
    ).fetchone()
    return row[0] if row else ""


def what(subject: Subject) -> str:
    """What the two sides are."""
    if subject.kind == LEAVE_ONE_OUT:
        return (
            f"The bank \u201c{subject.bank_name}\u201d as it stands, without \u201c{subject.title}\u201d and with it: "
            "the same tasks and seeds, both banks frozen, so nothing is learned on either side."
        )
    return (
        f"The bank \u201c{subject.bank_name}\u201d at two points: the same tasks and seeds, both banks frozen, "
        "so nothing is learned on either side."
    )


def title(subject: Subject) -> str:
    """What the status bar calls it."""
    if subject.kind == LEAVE_ONE_OUT:
        return f"without \u201c{subject.title}\u201d"
    return f"\u201c{subject.before}\u201d against {_point(subject.after)}"


def _point(name: str) -> str:
    return f"\u201c{name}\u201d" if name else NOW


def names_of(points: Sequence[SnapshotRow], newest: int) -> dict[int, str]:
    """What operations are called: by a snapshot taken there, a person's before an automatic one; now where it is."""
    by_hand_last = sorted(points, key=lambda row: not row.automatic)
    return {row.operation: f"\u201c{row.name}\u201d" for row in by_hand_last} | {newest: NOW}
