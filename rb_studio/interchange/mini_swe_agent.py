"""Read mini-swe-agent trajectories, in all five shapes (formats: see mini_swe_messages).

A step is an agent message with everything that follows it up to the next one: the tool's own grouping. Nothing is
invented: what the file does not say stays None, what has no place of its own is kept in `extra`.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from rb_studio.interchange.codec import from_plain
from rb_studio.interchange.foreign import (
    file_rollout_uid,
    instance_rollout_uid,
    is_instance_id,
    run_folder,
    run_name,
    task_of,
)
from rb_studio.interchange.loaded import FieldReport, Rollout
from rb_studio.interchange.mini_swe_messages import content_text, extra_of, is_agent
from rb_studio.interchange.mini_swe_step import read_step, time_of
from rb_studio.interchange.mini_swe_task import memory_block, task_text
from rb_studio.records.errors import UnreadableInput
from rb_studio.records.task import Task
from rb_studio.records.trajectory import ExitReason, Step, Trajectory

_TOP = {"info", "messages", "trajectory_format", "instance_id"}


def read_mini_swe(document: Any, path: Path, shape: str, report: FieldReport, warn: Callable[[str], None]) -> Rollout:
    """The rollout a JSON document holds.

    Parameters
    ----------
    path
        Where the document came from: it names the run and, where nothing names the instance, the rollout.
    shape
        The format name `sniff` gave.
    report
        Filled with what was mapped, guessed and skipped.
    warn
        Takes sentences about what was odd.

    Raises UnreadableInput when the document holds no list of messages.
    """
    top: Mapping[str, Any] = document if isinstance(document, dict) else {"messages": document}
    top = _named(top, path, report)
    numbered = _messages(path, top, report)
    info = top["info"] if isinstance(top.get("info"), dict) else {}
    prefix = "/messages" if isinstance(document, dict) else ""
    prologue, groups, exits = _grouped(numbered)
    steps = _steps(groups, exits, prefix, report)
    if not steps:
        warn("the file holds no message of the agent")
    task = _task(top, info, prologue, report, warn)
    trajectory = _trajectory(_uid(path, top), top, info, prologue, exits, steps, task, report)
    run = run_name(run_folder(path, str(top.get("instance_id") or "")))
    rollout = Rollout(run, task, _with_format(trajectory, shape, run))
    return _own(rollout, info, warn)


def _named(top: Mapping[str, Any], path: Path, report: FieldReport) -> Mapping[str, Any]:
    """The document with its instance id; older ones stand in a file of that name, which says it instead."""
    name = path.name.removesuffix(".traj.json")
    if top.get("instance_id") or name == path.name or not is_instance_id(name):
        return top
    report.guessed("instance_id ← the file's name")
    return {**top, "instance_id": name}


def _messages(path: Path, top: Mapping[str, Any], report: FieldReport) -> list[tuple[int, dict[str, Any]]]:
    messages = top.get("messages")
    if not isinstance(messages, list):
        raise UnreadableInput(f"{path} holds no list of messages; export the trajectory again.")
    numbered = [(index, message) for index, message in enumerate(messages) if isinstance(message, dict)]
    if len(numbered) < len(messages):
        report.skipped("messages[] that are no objects")
    return numbered


def _grouped(
    numbered: Sequence[tuple[int, dict[str, Any]]],
) -> tuple[list[dict[str, Any]], list[list[tuple[int, dict[str, Any]]]], list[dict[str, Any]]]:
    """Messages before the first step, the steps' messages, and the closing `exit` messages."""
    prologue: list[dict[str, Any]] = []
    groups: list[list[tuple[int, dict[str, Any]]]] = []
    exits: list[dict[str, Any]] = []
    for index, message in numbered:
        if message.get("role") == "exit":
            exits.append(message)
        elif is_agent(message):
            groups.append([(index, message)])
        elif groups:
            groups[-1].append((index, message))
        else:
            prologue.append(message)
    return prologue, groups, exits


def _steps(
    groups: Sequence[Sequence[tuple[int, dict[str, Any]]]],
    exits: Sequence[Mapping[str, Any]],
    prefix: str,
    report: FieldReport,
) -> tuple[Step, ...]:
    closing = content_text(exits[-1].get("content")) if exits else ""
    return tuple(
        read_step(group, number, prefix, report, closing if number == len(groups) else "")
        for number, group in enumerate(groups, 1)
    )


def _task(
    top: Mapping[str, Any],
    info: Mapping[str, Any],
    prologue: Sequence[Mapping[str, Any]],
    report: FieldReport,
    warn: Callable[[str], None],
) -> Task:
    own = _own_part(info).get("task")
    if isinstance(own, dict):
        try:
            return from_plain(Task, own)
        except ValueError as error:
            warn(f"info.rb_studio.task was not understood ({error})")
    instance = top.get("instance_id")
    if isinstance(instance, str) and instance:
        report.mapped("instance_id → task")
    return task_of(instance if isinstance(instance, str) else None, task_text(prologue, info, report))


def _trajectory(
    uid: str,
    top: Mapping[str, Any],
    info: Mapping[str, Any],
    prologue: Sequence[Mapping[str, Any]],
    exits: Sequence[Mapping[str, Any]],
    steps: tuple[Step, ...],
    task: Task,
    report: FieldReport,
) -> Trajectory:
    ending = {
        **(extra_of(exits[-1]) if exits else {}),
        **{key: value for key, value in info.items() if value is not None},
    }
    submission = ending.get("submission")
    answer, patch = answer_and_patch(submission if isinstance(submission, str) else None)
    _report_ending(ending, answer, patch, report)
    times = [step.started_at for step in steps if step.started_at]
    last = [time for step in steps for time in map(time_of, step.extra.get("observations", ())) if time]
    return Trajectory(
        uid=uid,
        task_key=task.key,
        rollout_index=0,
        seed=0,
        first_observation="",
        steps=steps,
        exit_reason=ExitReason.IMPORTED,
        answer=answer,
        patch=patch,
        exit_detail=str(ending.get("exit_status") or ""),
        memory_block=memory_block(prologue, report),
        passes=(len(steps),) if steps else (),
        started_at=min(times, default=None),
        ended_at=max((*times, *last), default=None),
        model=_model(info, steps, report),
        extra=_extra(top, info, prologue, exits),
    )


def answer_and_patch(submission: str | None) -> tuple[str | None, str | None]:
    """A submission as (answer, patch): a diff is a patch, any other text an answer."""
    if not submission or not submission.strip():
        return None, None
    start = submission.lstrip()
    is_diff = start.startswith(("diff --git ", "Index: ")) or (start.startswith("--- ") and "\n+++ " in start)
    return (None, submission) if is_diff else (submission, None)


def _report_ending(ending: Mapping[str, Any], answer: str | None, patch: str | None, report: FieldReport) -> None:
    if ending.get("exit_status"):
        report.mapped("info.exit_status → exit_detail")
    if patch is not None:
        report.mapped("info.submission → patch")
    if answer is not None:
        report.mapped("info.submission → answer")


def _uid(path: Path, top: Mapping[str, Any]) -> str:
    """External run and task where the file names its instance, else the file itself."""
    instance = top.get("instance_id")
    if not isinstance(instance, str) or not instance or _is_copy(path, instance):
        return file_rollout_uid(path)
    return instance_rollout_uid(run_name(run_folder(path, instance)), instance)


def _is_copy(path: Path, instance: str) -> bool:
    """Whether a file named otherwise lies beside the one a batch run writes for the instance."""
    written = f"{instance}.traj.json"
    plain = re.fullmatch(r"[\w.-]{1,200}", instance) is not None
    return plain and path.name != written and (path.parent / written).is_file()


def _model(info: Mapping[str, Any], steps: Sequence[Step], report: FieldReport) -> str:
    config = info.get("config")
    model = config.get("model") if isinstance(config, dict) else None
    name = model.get("model_name") if isinstance(model, dict) else None
    if isinstance(name, str) and name:
        report.mapped("info.config.model.model_name → model")
        return name
    for step in steps:
        response = step.extra.get("message", {}).get("extra", {}).get("response", {})
        said = response.get("model") if isinstance(response, dict) else None
        if isinstance(said, str) and said:
            report.guessed("model ← extra.response.model")
            return said
    return ""


def _extra(
    top: Mapping[str, Any],
    info: Mapping[str, Any],
    prologue: Sequence[Mapping[str, Any]],
    exits: Sequence[Mapping[str, Any]],
) -> dict[str, Any]:
    extra: dict[str, Any] = {"prologue": list(prologue)}
    if info:
        extra["info"] = {key: value for key, value in info.items() if key != "rb_studio"}
    if exits:
        extra["exit"] = list(exits)
    if top.get("instance_id") is not None:
        extra["instance_id"] = top["instance_id"]
    unknown = {key: value for key, value in top.items() if key not in _TOP}
    return {**extra, "top": unknown} if unknown else extra


def _with_format(trajectory: Trajectory, shape: str, run: str) -> Trajectory:
    return replace(trajectory, extra={"format": shape, "run": run, **trajectory.extra})


def _own_part(info: Mapping[str, Any]) -> dict[str, Any]:
    """What our own exporter wrote beside the tool's fields, so that nothing is lost on the way back."""
    own = info.get("rb_studio")
    return own if isinstance(own, dict) else {}


def _own(rollout: Rollout, info: Mapping[str, Any], warn: Callable[[str], None]) -> Rollout:
    own = _own_part(info).get("trajectory")
    if not isinstance(own, dict):
        return rollout
    fields = {name: getattr(rollout.trajectory, name) for name in rollout.trajectory.__dataclass_fields__}
    try:
        trajectory = from_plain(Trajectory, {**fields, **own})
    except ValueError as error:
        warn(f"info.rb_studio.trajectory was not understood ({error})")
        return rollout
    return Rollout(str(_own_part(info).get("run") or rollout.run), rollout.task, trajectory)
