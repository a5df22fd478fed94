"""Runs that were cut off, and how to take them up again."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from rb_studio.jobs.request import RunRequest, SweepRequest
from rb_studio.records.arm import MEMORY_MODES
from rb_studio.records.errors import RbStudioError, UsageError
from rb_studio.store.runs import FORK, RunRow

if TYPE_CHECKING:
    from rb_studio.gui.frame import Frame
    from rb_studio.gui.jobs import JobState
    from rb_studio.jobs.driving import Driving

METHOD_FILES = "Python files (*.py)"
NO_REQUEST = "{} cannot be resumed: what it was begun with is not kept, or of another version; begin it anew."
_OPEN = ("planned", "running", "paused", "cancelled", "failed")


def is_live(run: RunRow, job: "JobState | None") -> bool:
    """True while the window's job works on this run, or may be about to."""
    if job is None or not job.active:
        return False
    return run.id in job.runs or not job.runs


def is_interrupted(run: RunRow, job: "JobState | None") -> bool:
    """True for a run that has not come to its end and that nobody works on; a fork is begun anew instead."""
    return run.foreign_key is None and run.purpose != FORK and run.status in _OPEN and not is_live(run, job)


def stored_request(config: Mapping[str, Any]) -> RunRequest | None:
    """The request a run was begun with; None where it is not kept, or asks for what this version does not know."""
    values = config.get("request")
    try:
        return RunRequest.from_json(values) if isinstance(values, Mapping) else None
    except TypeError:
        return None


def stored_sweep(config: Mapping[str, Any]) -> SweepRequest | None:
    """The request a sweep was begun with, as above."""
    try:
        return SweepRequest.from_json(config) if isinstance(config.get("base"), Mapping) else None
    except TypeError:
        return None


def take_up(frame: "Frame", run: RunRow, sweep: Mapping[str, Any] | None, driving: "Driving | None" = None) -> str:
    """Go on with a run, or with the sweep it is part of; returns a sentence where that cannot be.

    A workspace brings no code along: the file of a method of one's own is asked for.
    """
    try:
        if run.sweep is None:
            _take_up_run(frame, run)
        else:
            _take_up_sweep(frame, run.sweep, stored_sweep(sweep or {}), driving)
    except RbStudioError as error:
        return str(error)
    return ""


def _take_up_run(frame: "Frame", run: RunRow) -> None:
    request = stored_request(run.config)
    if request is None:
        raise UsageError(NO_REQUEST.format(f"Run {run.id}"))
    methods = _methods(frame, (request.memory,))
    frame.jobs.run(request, frame.settings(), f"run {run.id} resumed", methods=methods)


def _take_up_sweep(frame: "Frame", sweep: int, request: SweepRequest | None, driving: "Driving | None") -> None:
    if request is None:
        raise UsageError(NO_REQUEST.format(f"Sweep {sweep}"))
    methods = _methods(frame, request.memories)
    title = f"sweep {sweep} resumed"
    frame.jobs.sweep(request, frame.settings(), title, resume=sweep, methods=methods, driving=driving)


def _methods(frame: "Frame", memories: Sequence[str]) -> dict[str, str]:
    """Where each memory that is no shipped mode is loaded from. Raises `UsageError` where one is not to be had."""
    from rb_studio.jobs.plugins import find, installed, shipped

    found = {}
    for name in (memory for memory in memories if memory not in MEMORY_MODES):
        if name in shipped() and name not in installed():
            found[name] = name
            continue
        files = frame.dialogs.open_files(f"Choose the file of the memory method {name}", METHOD_FILES)
        if not files:
            raise UsageError(f"The memory method {name} is needed to go on: resume again and choose its file.")
        found[name] = str(files[0]) if files[0].stem == name else f"{files[0]}:{name}"
        if find(found[name]) is None:
            raise UsageError(f"{files[0].name} is no Python file: resume again and choose the method's.")
    return found
