"""What an importer hands over: records, and an honest report of how they were read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from rb_studio.records.annotation import NotePast
from rb_studio.records.item_past import ItemPast
from rb_studio.records.judgement import Truth, Verdict
from rb_studio.records.label_set import LabelSet
from rb_studio.records.memory import Experience, MemoryItem
from rb_studio.records.task import Task
from rb_studio.records.trajectory import Trajectory

if TYPE_CHECKING:
    from rb_studio.records.memory import Vector


class FieldReport:
    """Which fields an importer mapped, guessed or skipped; each is named once, in order of appearance."""

    def __init__(self) -> None:
        self._fields: dict[str, dict[str, None]] = {"mapped": {}, "guessed": {}, "skipped": {}}

    def mapped(self, *fields: str) -> None:
        self._fields["mapped"].update(dict.fromkeys(fields))

    def guessed(self, *fields: str) -> None:
        self._fields["guessed"].update(dict.fromkeys(fields))

    def skipped(self, *fields: str) -> None:
        self._fields["skipped"].update(dict.fromkeys(fields))

    def names(self, kind: str) -> tuple[str, ...]:
        """The fields of one kind: mapped, guessed or skipped."""
        return tuple(self._fields[kind])


@dataclass(frozen=True, slots=True)
class Rollout:
    """A rollout as it travels between files: with its task, and the run (a foreign tool's or ours) it belongs to."""

    run: str
    task: Task
    trajectory: Trajectory


@dataclass(frozen=True, slots=True)
class RolloutTruth:
    """What a report says of one rollout. The uid is that of the rollout's own file, read or not."""

    run: str
    task: Task
    rollout_uid: str
    truth: Truth


@dataclass(frozen=True, slots=True)
class LoadedFile:
    """One file, or one episode folder, as read.

    `outcomes` are rollouts known only by their patch or result (no steps): to be added where no rollout of that
    uid exists, never over one. `items` are memory items without an experience. `vectors` maps experience uids to
    pairs of (embedder, numbers), `item_vectors` item uids, `text_vectors` embedders to task texts and their unit
    vectors; `pasts` maps item uids to their histories. `error` is None unless the file should have been readable.
    """

    path: str
    format: str
    rollouts: tuple[Rollout, ...] = ()
    outcomes: tuple[Rollout, ...] = ()
    truths: tuple[RolloutTruth, ...] = ()
    verdicts: tuple[Verdict, ...] = ()
    experiences: tuple[Experience, ...] = ()
    items: tuple[MemoryItem, ...] = ()
    vectors: Mapping[str, tuple[tuple[str, tuple[float, ...]], ...]] = field(default_factory=dict)
    item_vectors: Mapping[str, tuple[tuple[str, tuple[float, ...]], ...]] = field(default_factory=dict)
    text_vectors: "Mapping[str, Mapping[str, Vector]]" = field(default_factory=dict)
    pasts: Mapping[str, ItemPast] = field(default_factory=dict)
    notes: tuple[NotePast, ...] = ()
    label_sets: tuple[LabelSet, ...] = ()
    mapped: tuple[str, ...] = ()
    guessed: tuple[str, ...] = ()
    skipped: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    error: str | None = None

    @property
    def trajectories(self) -> tuple[Trajectory, ...]:
        return tuple(rollout.trajectory for rollout in self.rollouts)

    @property
    def tasks(self) -> tuple[Task, ...]:
        """Every task the file names, once; one that comes with its text wins."""
        rollouts = [rollout.task for rollout in (*self.rollouts, *self.outcomes)]
        named = sorted((*rollouts, *(truth.task for truth in self.truths)), key=lambda task: not task.text)
        return tuple({task.key: task for task in reversed(named)}.values())[::-1]

    @property
    def item_count(self) -> int:
        return len(self.items) + sum(len(experience.items) for experience in self.experiences)

    @property
    def vector_count(self) -> int:
        own = sum(map(len, (*self.vectors.values(), *self.item_vectors.values())))
        return own + sum(map(len, self.text_vectors.values()))

    @property
    def anything(self) -> bool:
        """True when something was read that a workspace can keep."""
        records = (self.rollouts, self.outcomes, self.truths, self.experiences, self.items, self.text_vectors)
        return any((*records, self.notes, self.label_sets))

    @property
    def report(self) -> str:
        """One sentence for a person."""
        if self.error:
            return self.error
        counts = (
            (len(self.rollouts), "trajectory", "trajectories"),
            (sum(len(trajectory.steps) for trajectory in self.trajectories), "step", "steps"),
            (len(self.truths), "result", "results"),
            (len(self.verdicts) if not self.rollouts else 0, "verdict", "verdicts"),
            (sum(bool(outcome.trajectory.patch) for outcome in self.outcomes), "patch", "patches"),
            (len(self.experiences), "experience", "experiences"),
            (self.item_count, "memory item", "memory items"),
            (self.vector_count, "vector", "vectors"),
            (len(self.notes), "note", "notes"),
            (len(self.label_sets), "set of labels", "sets of labels"),
        )
        found = [f"{count} {one if count == 1 else many}" for count, one, many in counts if count]
        return f"{self.format}: {', '.join(found)}" if found else _nothing(self.format, self.skipped, self.warnings)

    def to_json(self) -> dict[str, Any]:
        """The entry `rb-studio import --json` prints for this file."""
        return {
            "path": self.path,
            "format": self.format,
            "trajectories": len(self.rollouts),
            "steps": sum(len(trajectory.steps) for trajectory in self.trajectories),
            "truths": len(self.truths),
            "experiences": len(self.experiences),
            "items": self.item_count,
            "vectors": self.vector_count,
            "annotations": len(self.notes),
            "mapped": list(self.mapped),
            "guessed": list(self.guessed),
            "skipped": list(self.skipped),
            "report": self.report,
            "warnings": list(self.warnings),
            "error": self.error,
        }


def _nothing(format_name: str, skipped: Sequence[str], warnings: Sequence[str]) -> str:
    return next(iter((*warnings, *skipped)), f"{format_name}: nothing to import")
