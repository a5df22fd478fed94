"""SWE-bench side files: harness reports, predictions, exit statuses.

They hold no steps. A report gives truths, predictions give patches, an exit-status file gives how a run ended; all
name instances of one run, which is found from the file's name and place.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rb_studio.interchange.foreign import instance_rollout_uid, is_instance_id, run_name, task_of
from rb_studio.interchange.loaded import Rollout, RolloutTruth
from rb_studio.interchange.mini_swe_agent import answer_and_patch
from rb_studio.interchange.sniff import EXIT_STATUSES, INSTANCE_REPORT, PREDICTIONS, REPORT
from rb_studio.interchange.source import Source
from rb_studio.records.errors import UnreadableInput
from rb_studio.records.judgement import Truth
from rb_studio.records.trajectory import ExitReason, Trajectory

SIDE_FORMATS = frozenset({REPORT, INSTANCE_REPORT, PREDICTIONS, EXIT_STATUSES})
MAX_STATUS_BYTES = 16 * 1024 * 1024
_GENERIC_STEMS = re.compile(r"(report|results?|preds|all_preds|predictions|exit_statuses[\d._-]*)", re.IGNORECASE)
_HARNESS_NAME = re.compile(r".+\.(?P<run>[^.]+)")
_UNRESOLVED = ("unresolved_ids", "empty_patch_ids")


@dataclass(frozen=True, slots=True)
class SideFile:
    """One side file as read: what it says of each instance of `run`."""

    path: Path
    format: str
    run: str
    truths: Mapping[str, Truth] = field(default_factory=dict)
    patches: Mapping[str, str] = field(default_factory=dict)
    models: Mapping[str, str] = field(default_factory=dict)
    exits: Mapping[str, str] = field(default_factory=dict)

    def imported_truths(self) -> Iterator[RolloutTruth]:
        for instance, truth in self.truths.items():
            uid = instance_rollout_uid(self.run, instance)
            yield RolloutTruth(self.run, task_of(instance, ""), uid, truth)

    def outcomes(self) -> Iterator[Rollout]:
        """A rollout without steps for each instance with a patch or a result; exit statuses make none."""
        for instance in dict.fromkeys((*self.patches, *self.truths)):
            answer, patch = answer_and_patch(self.patches.get(instance))
            task = task_of(instance, "")
            trajectory = Trajectory(
                uid=instance_rollout_uid(self.run, instance),
                task_key=task.key,
                rollout_index=0,
                seed=0,
                first_observation="",
                steps=(),
                exit_reason=ExitReason.IMPORTED,
                answer=answer,
                patch=patch,
                model=self.models.get(instance, ""),
                extra={"format": self.format, "run": self.run, "instance_id": instance, "steps_known": False},
            )
            yield Rollout(self.run, task, trajectory)


def read_side_file(source: Source, format_name: str) -> SideFile:
    """Read a report, predictions or exit statuses. Raises UnreadableInput when the content is not as named."""
    if format_name == EXIT_STATUSES:
        return _exit_statuses(source)
    run = side_run(source.path)
    if format_name == PREDICTIONS:
        return _predictions(source, run)
    document = source.document
    if not isinstance(document, dict):
        raise UnreadableInput(f"{source.path} is no report of the SWE-bench harness; run the harness again.")
    truths = _instance_truths(document) if format_name == INSTANCE_REPORT else _truths(document, source)
    return SideFile(source.path, format_name, run, truths=truths)


def side_run(path: Path) -> str:
    """Name of the run a side file speaks of.

    The harness names a report `MODEL.RUN.json` and keeps per-instance ones under `run_evaluation/RUN/`; a file named
    just `report` or `preds` speaks of the folder it is in, or of the only run folder inside that.
    """
    parts = path.resolve().parts
    if "run_evaluation" in parts[:-2]:
        return parts[parts.index("run_evaluation") + 1]
    stem = path.name.removesuffix(".json").removesuffix(".jsonl").removesuffix(".yaml").removesuffix(".yml")
    named = None if _GENERIC_STEMS.fullmatch(stem) else _HARNESS_NAME.fullmatch(stem)
    if named:
        return named["run"]
    return run_name(_run_folder_at(path.resolve().parent))


def _run_folder_at(folder: Path) -> Path:
    """The folder when it holds rollouts, or its only subfolder that does; the run's for an instance's folder."""
    if _is_instance_folder(folder):
        return folder.parent
    if _holds_rollouts(folder):
        return folder
    inside = [
        entry for entry in _entries(folder) if entry.is_dir() and not entry.is_symlink() and _holds_rollouts(entry)
    ]
    return inside[0] if len(inside) == 1 else folder


def _holds_rollouts(folder: Path) -> bool:
    return any(
        entry.name.endswith((".traj.json", ".traj")) or (entry.is_dir() and _is_instance_folder(entry))
        for entry in _entries(folder)
    )


def _is_instance_folder(folder: Path) -> bool:
    return is_instance_id(folder.name) or (folder / f"{folder.name}.traj.json").is_file()


def _entries(folder: Path) -> list[Path]:
    try:
        return sorted(folder.iterdir())[:5000]
    except OSError:
        return []


def _truths(document: Mapping[str, Any], source: Source) -> dict[str, Truth]:
    resolved, unresolved = set(_ids(document, "resolved_ids")), set()
    for name in _UNRESOLVED:
        unresolved |= set(_ids(document, name))
    errors = set(_ids(document, "error_ids"))
    if "unresolved_ids" not in document:
        unresolved |= set(_ids(document, "completed_ids")) - resolved
    if resolved & unresolved:
        source.warn("instances named both resolved and unresolved were read as unknown")
    truths: dict[str, Truth] = {}
    for instance in sorted(resolved | unresolved | errors):
        if instance in resolved and instance in unresolved:
            truths[instance] = _truth(None, "resolved and unresolved")
        elif instance in resolved or instance in unresolved:
            truths[instance] = _truth(instance in resolved, "resolved" if instance in resolved else "unresolved")
        else:
            truths[instance] = _truth(None, "the harness ended with an error")
    return truths


def _instance_truths(document: Mapping[str, Any]) -> dict[str, Truth]:
    entries = {name: entry for name, entry in document.items() if isinstance(entry, dict)}
    known = {name: entry["resolved"] for name, entry in entries.items() if isinstance(entry.get("resolved"), bool)}
    return {name: _truth(resolved, "resolved" if resolved else "unresolved") for name, resolved in known.items()}


def _truth(success: bool | None, detail: str) -> Truth:
    return Truth(success, None if success is None else float(success), source="report", detail=f"SWE-bench: {detail}")


def _ids(document: Mapping[str, Any], name: str) -> list[str]:
    value = document.get(name)
    return [entry for entry in value if isinstance(entry, str) and entry] if isinstance(value, list) else []


def _predictions(source: Source, run: str) -> SideFile:
    patches: dict[str, str] = {}
    models: dict[str, str] = {}
    for instance, entry in _prediction_entries(source):
        patch, model = entry.get("model_patch"), entry.get("model_name_or_path")
        patches[instance] = patch if isinstance(patch, str) else ""
        if isinstance(model, str):
            models[instance] = model
    return SideFile(source.path, PREDICTIONS, run, patches=patches, models=models)


def _prediction_entries(source: Source) -> Iterator[tuple[str, dict[str, Any]]]:
    for entry in _prediction_values(source):
        if isinstance(entry, dict) and "model_patch" in entry and isinstance(entry.get("instance_id"), str):
            yield entry["instance_id"], entry
        elif isinstance(entry, dict):
            yield from ((name, value) for name, value in entry.items() if isinstance(value, dict))


def _prediction_values(source: Source) -> list[Any]:
    try:
        document = source.document
    except UnreadableInput:
        return [value for _, value in source.lines()]
    return document if isinstance(document, list) else [document]


def _exit_statuses(source: Source) -> SideFile:
    """The one level of lists this file has, read line by line: a full YAML parser would only add ways to fail."""
    if source.size > MAX_STATUS_BYTES:
        raise UnreadableInput(f"{source.path} is too large for a list of exit statuses; leave it out.")
    exits: dict[str, str] = {}
    status = ""
    for line in source.text.splitlines():
        entry = line.strip()
        if entry.startswith("- ") and status:
            exits[_unquoted(entry[2:])] = status
        elif line[:1].isspace() and entry.endswith(":"):
            status = _unquoted(entry[:-1])
    return SideFile(source.path, EXIT_STATUSES, side_run(source.path), exits=exits)


def _unquoted(text: str) -> str:
    text = text.strip()
    return text[1:-1] if len(text) > 1 and text[0] == text[-1] and text[0] in "'\"" else text
