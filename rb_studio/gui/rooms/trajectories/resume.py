"""Runs that were cut off, and how to take them up again."""

from collections.abc import Mapping
from dataclasses import fields
from typing import TYPE_CHECKING, Any

from rb_studio.jobs.request import RunRequest, SweepRequest
from rb_studio.records.arm import Limits
from rb_studio.store.runs import RunRow

if TYPE_CHECKING:
    from rb_studio.gui.jobs import JobState

_OPEN = ("planned", "running", "paused", "cancelled", "failed")


def is_live(run: RunRow, job: "JobState | None") -> bool:
    """True while the window's job works on this run, or may be about to."""
    if job is None or not job.active:
        return False
    return run.id in job.runs or not job.runs


def is_interrupted(run: RunRow, job: "JobState | None") -> bool:
    """True for a run that has not come to its end and that nobody works on."""
    return run.foreign_key is None and run.status in _OPEN and not is_live(run, job)


def stored_request(config: Mapping[str, Any]) -> RunRequest | None:
    """The request a run was begun with; None where it is not kept."""
    values = config.get("request")
    return _request(values) if isinstance(values, Mapping) else None


def stored_sweep(config: Mapping[str, Any]) -> SweepRequest | None:
    """The request a sweep was begun with."""
    base = config.get("base")
    if not isinstance(base, Mapping):
        return None
    known = {one.name for one in fields(SweepRequest)}
    values: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in config.items()
        if name in known and name != "base"
    }
    return SweepRequest(_request(base), **values)


def _request(values: Mapping[str, Any]) -> RunRequest:
    known = {one.name for one in fields(RunRequest)}
    given = {name: value for name, value in values.items() if name in known}
    limits = given.get("limits")
    if isinstance(limits, Mapping):
        given["limits"] = Limits(**limits)
    return RunRequest(**given)
