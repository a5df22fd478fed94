"""Join reports, predictions and exit statuses to the rollouts of their run."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from rb_studio.interchange.foreign import run_folder
from rb_studio.interchange.loaded import Rollout, RolloutTruth
from rb_studio.interchange.mini_swe_agent import answer_and_patch
from rb_studio.interchange.sniff import EXIT_STATUSES, PREDICTIONS, sniff
from rb_studio.interchange.source import Source
from rb_studio.interchange.swe_bench import SIDE_FORMATS, SideFile, read_side_file
from rb_studio.records.errors import UnreadableInput

MAX_ENTRIES = 2000
MAX_SIDE_BYTES = 64 * 1024 * 1024
_SUFFIXES = (".json", ".jsonl", ".yaml", ".yml")
_TRAJECTORIES = (".traj.json", ".traj")


@dataclass(frozen=True, slots=True)
class Joined:
    """A rollout completed from its run's side files, with the truths they give it."""

    rollout: Rollout
    truths: tuple[RolloutTruth, ...]
    warnings: tuple[str, ...]


class Joins:
    """Finds side files beside trajectories; each folder is looked through once."""

    def __init__(self) -> None:
        self._folders: dict[Path, tuple[SideFile, ...]] = {}

    def join(self, path: Path, rollout: Rollout) -> Joined:
        """Complete the rollout read from `path` with what lies in its folder, the run's and the one above.

        The rollout's own patch and exit status stay; a truth comes from the harness alone.
        """
        instance = rollout.trajectory.extra.get("instance_id")
        if not isinstance(instance, str) or not instance:
            return Joined(rollout, (), ())
        warnings: list[str] = []
        truths: list[RolloutTruth] = []
        for side in self._side_files(path, instance, rollout.run):
            rollout = _completed(rollout, side, instance, warnings)
            if instance in side.truths:
                uid = rollout.trajectory.uid
                truths.append(RolloutTruth(rollout.run, rollout.task, uid, side.truths[instance]))
        if len({truth.truth.success for truth in truths}) > 1:
            warnings.append(f"reports disagree on {instance}; the last one was kept")
        return Joined(rollout, tuple(truths[-1:]), tuple(warnings))

    def _side_files(self, path: Path, instance: str, run: str) -> Iterator[SideFile]:
        folder = run_folder(path.resolve(), instance)
        for place in dict.fromkeys((path.resolve().parent, folder, folder.parent)):
            for side in self._in_folder(place):
                if side.run == run:
                    yield side

    def _in_folder(self, folder: Path) -> tuple[SideFile, ...]:
        if folder not in self._folders:
            self._folders[folder] = tuple(_read_folder(folder))
        return self._folders[folder]


def _read_folder(folder: Path) -> Iterator[SideFile]:
    """The side files of a folder in order of name, so that the latest exit statuses come last.

    A damaged one is left to the walk that meets it as a file of its own, which reports it.
    """
    try:
        entries = sorted(folder.iterdir())[:MAX_ENTRIES]
    except OSError:
        return
    for entry in entries:
        name = entry.name.lower()
        if not name.endswith(_SUFFIXES) or name.endswith(_TRAJECTORIES) or not entry.is_file() or entry.is_symlink():
            continue
        try:
            source = Source(entry)
            format_name = sniff(source) if source.size <= MAX_SIDE_BYTES else ""
            if format_name in SIDE_FORMATS:
                yield read_side_file(source, format_name)
        except UnreadableInput:
            continue


def _completed(rollout: Rollout, side: SideFile, instance: str, warnings: list[str]) -> Rollout:
    trajectory = rollout.trajectory
    if side.format == PREDICTIONS and side.patches.get(instance):
        answer, patch = answer_and_patch(side.patches[instance])
        if trajectory.patch is None and trajectory.answer is None:
            trajectory = replace(trajectory, answer=answer, patch=patch)
        elif trajectory.patch is not None and patch is not None and patch.strip() != trajectory.patch.strip():
            warnings.append(f"{side.path.name} holds another patch for {instance}; the trajectory's own was kept")
    if side.format == EXIT_STATUSES and instance in side.exits and not _own_exit(rollout):
        trajectory = replace(trajectory, exit_detail=side.exits[instance])
    return replace(rollout, trajectory=trajectory)


def _own_exit(rollout: Rollout) -> bool:
    """Whether the file itself says how it ended; then a list beside it adds nothing."""
    info = rollout.trajectory.extra.get("info", {})
    return bool(info.get("exit_status")) or "exit" in rollout.trajectory.extra
