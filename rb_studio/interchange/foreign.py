"""Names and identities of foreign runs, tasks and rollouts: the same file always gives the same uids."""

import re
from pathlib import Path

from rb_studio.records.identity import digest, uid
from rb_studio.records.task import Task

SWE_BENCH = "swe-bench"
IMPORTED = "imported"
_GENERIC = re.compile(
    r"data|evals?|evaluation|logs?|outputs?|out|preds?|predictions|results?|runs?|trajs?|trajectories"
)
_EPISODE = re.compile(r"webarena\.\d+(?:_.*)?")
_TRIAL = re.compile(r"results?_(\d{1,6})")
_INSTANCE = re.compile(r"[A-Za-z0-9_.-]+__[A-Za-z0-9_.-]+-\d+")


def is_instance_id(text: str) -> bool:
    """Whether a name has the form of a SWE-bench instance: `owner__repository-number`."""
    return _INSTANCE.fullmatch(text) is not None


def run_name(folder: Path) -> str:
    """Name of the run a folder holds; a folder named like any other is qualified by its parent."""
    folder = folder.resolve()
    parts = [folder.name]
    while _GENERIC.fullmatch(parts[0].lower()) and folder.parent.name:
        folder = folder.parent
        parts.insert(0, folder.name)
    return "/".join(parts)


def run_folder(path: Path, instance_id: str) -> Path:
    """Folder of the run a trajectory file belongs to: batch runs give each instance a folder of its own."""
    return path.parent.parent if path.parent.name == instance_id else path.parent


def instance_rollout_uid(run: str, instance_id: str, trial: int = 0) -> str:
    """Uid of a rollout of a batch run; trajectory, prediction and report of it agree without knowing each other."""
    return uid(SWE_BENCH, run, instance_id, trial)


def episode_place(path: Path) -> tuple[str, int]:
    """The run an episode's file belongs to, and which of the run's trials: `RUN[/results_2]/webarena.21/FILE`."""
    folder = path.resolve().parent
    if _EPISODE.fullmatch(folder.name):
        folder = folder.parent
    trial = _TRIAL.fullmatch(folder.name)
    return (run_name(folder.parent), int(trial[1])) if trial else (run_name(folder), 0)


def episode_rollout_uid(run: str, task_key: str, trial: int = 0) -> str:
    """Uid of a web episode; its steps, its reward and its verdict agree without knowing each other."""
    return uid("episode", run, task_key, trial)


def file_rollout_uid(path: Path, member: str | int = 0) -> str:
    """Uid of a rollout whose file names no run and task: the absolute path and the place inside the file."""
    return uid("file", path.resolve().as_posix(), member)


def task_of(instance_id: str | None, text: str) -> Task:
    """The task of an imported rollout; without an id its text is its identity.

    The ordinal is a fixed number derived from the key, so that files imported one by one never collide.
    """
    if not instance_id:
        key = f"{IMPORTED}/{digest(text)[:16]}"
        return Task(key, IMPORTED, _ordinal(key), text)
    suite = SWE_BENCH if is_instance_id(instance_id) else IMPORTED
    key = f"{suite}/{instance_id}"
    return Task(key, suite, _ordinal(key), text, site=_repository(instance_id) if suite == SWE_BENCH else None)


def _repository(instance_id: str) -> str:
    return instance_id.rpartition("-")[0].replace("__", "/", 1)


def _ordinal(key: str) -> int:
    return int(digest(key)[:12], 16)
