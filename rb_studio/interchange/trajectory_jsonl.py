"""Our own trajectory file: one JSON object per line with everything a rollout has, lossless both ways."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rb_studio.interchange.atomic import writing
from rb_studio.interchange.codec import from_plain, to_plain
from rb_studio.interchange.loaded import LoadedFile, Rollout, RolloutTruth
from rb_studio.interchange.sniff import OWN_TRAJECTORIES
from rb_studio.interchange.source import Source, clean_text
from rb_studio.records.errors import UnreadableInput
from rb_studio.records.judgement import Truth, Verdict
from rb_studio.records.task import Task
from rb_studio.records.trajectory import Trajectory

VERSION = 1


@dataclass(frozen=True, slots=True)
class JudgedRollout:
    """A rollout with what is known of its outcome, as it is exported.

    `selected` tells that it is its task's answer under best-of-k; `arm` names memory, scaling, k and seed it was
    made under, None for a foreign run. Both are for whoever computes with the file: importing does not need them.
    """

    rollout: Rollout
    truths: tuple[Truth, ...] = ()
    verdicts: tuple[Verdict, ...] = ()
    selected: bool = False
    arm: Mapping[str, Any] | None = None


def write_trajectories(rollouts: Iterable[JudgedRollout], target: Path) -> int:
    """Write one line per rollout and return how many. Raises CannotWrite."""
    count = 0
    with writing(target) as file:
        for entry in rollouts:
            file.write(clean_text(json.dumps(_line(entry), ensure_ascii=False, default=str)) + "\n")
            count += 1
    return count


def _line(entry: JudgedRollout) -> dict[str, Any]:
    return {
        "rb_studio": "trajectory",
        "version": VERSION,
        "run": entry.rollout.run,
        "arm": None if entry.arm is None else dict(entry.arm),
        "selected": entry.selected,
        "task": to_plain(entry.rollout.task),
        "trajectory": to_plain(entry.rollout.trajectory),
        "truths": [to_plain(truth) for truth in entry.truths],
        "verdicts": [to_plain(verdict) for verdict in entry.verdicts],
    }


def read_trajectories(source: Source) -> LoadedFile:
    """Read our own file. Raises UnreadableInput naming the line at fault."""
    rollouts: list[Rollout] = []
    truths: list[RolloutTruth] = []
    verdicts: list[Verdict] = []
    for number, value in source.lines():
        where = f"line {number} of {source.path}"
        if not isinstance(value, dict) or value.get("rb_studio") != "trajectory":
            raise UnreadableInput(f"{where} is no trajectory record; export the file again.")
        if value.get("version") != VERSION:
            raise UnreadableInput(f"{where} was written by another version; open it with that version of rb-studio.")
        try:
            rollout = _rollout(value)
            truths += [_truth(rollout, data) for data in value.get("truths") or ()]
            verdicts += [from_plain(Verdict, data) for data in value.get("verdicts") or ()]
        except (ValueError, TypeError) as error:
            raise UnreadableInput(f"{where} is damaged ({error}); export the file again.") from error
        rollouts.append(rollout)
    return LoadedFile(
        str(source.path),
        OWN_TRAJECTORIES,
        rollouts=tuple(rollouts),
        truths=tuple(truths),
        verdicts=tuple(verdicts),
        mapped=("every field",),
        warnings=source.warnings,
    )


def _rollout(value: dict[str, Any]) -> Rollout:
    return Rollout(
        str(value.get("run") or ""),
        from_plain(Task, value.get("task")),
        from_plain(Trajectory, value.get("trajectory")),
    )


def _truth(rollout: Rollout, data: Any) -> RolloutTruth:
    return RolloutTruth(rollout.run, rollout.task, rollout.trajectory.uid, from_plain(Truth, data))
