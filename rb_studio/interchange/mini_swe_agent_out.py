"""Write trajectories as `mini-swe-agent-1.1` files.

The messages are what that tool writes itself: a step's calls as tool calls or Responses API items where they have call
ids, else as a bash block in the text. What has no place there is kept under `rb_studio` keys the tool ignores and our
importer reads back; they are found by reading each step again and comparing, so nothing is lost.
"""

import json
import re
import shutil
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from rb_studio.interchange.atomic import writing
from rb_studio.interchange.codec import to_plain
from rb_studio.interchange.foreign import IMPORTED, SWE_BENCH
from rb_studio.interchange.loaded import FieldReport, Rollout
from rb_studio.interchange.mini_swe_agent import read_mini_swe
from rb_studio.interchange.mini_swe_messages import content_text
from rb_studio.interchange.mini_swe_step import read_step, text_content
from rb_studio.records.trajectory import Action, ExitReason, Step, Trajectory

FORMAT = "mini-swe-agent-1.1"
_STATUS = {
    ExitReason.ANSWERED: "Submitted",
    ExitReason.STEP_LIMIT: "LimitsExceeded",
    ExitReason.COST_LIMIT: "LimitsExceeded",
    ExitReason.TOKEN_LIMIT: "LimitsExceeded",
    ExitReason.TIME_LIMIT: "LimitsExceeded",
}
_UNSAFE = re.compile(r"[^\w.-]+")


def write_mini_swe(rollouts: Iterable[Rollout], target: Path) -> int:
    """Write rollouts and return how many.

    A `target` ending in `.json` takes the only rollout; any other becomes a folder laid out as batch runs are:
    `RUN/INSTANCE/INSTANCE.traj.json`, which is taken away again when it cannot be written to its end. Raises
    CannotWrite.
    """
    several = list(rollouts)
    if target.suffix == ".json" and len(several) == 1:
        _write(several[0], target)
        return 1
    fresh = not target.exists()
    try:
        _write_all(several, target)
    except BaseException:
        if fresh:
            shutil.rmtree(target, ignore_errors=True)
        raise
    return len(several)


def _write_all(rollouts: Sequence[Rollout], target: Path) -> None:
    taken: set[Path] = set()
    for rollout in rollouts:
        path = target / _place(rollout, taken)
        taken.add(path.relative_to(target))
        _write(rollout, path)


def mini_swe_document(rollout: Rollout) -> dict[str, Any]:
    """The JSON document of one rollout."""
    trajectory = rollout.trajectory
    exits = _exits(trajectory)
    closing = content_text(exits[-1].get("content"))
    messages: list[dict[str, Any]] = [*_prologue(rollout)]
    for step in trajectory.steps:
        messages += _step_messages(step, closing if step is trajectory.steps[-1] else "")
    document = {
        "info": _info(trajectory),
        "messages": [*messages, *exits],
        "trajectory_format": FORMAT,
        "instance_id": _instance(rollout),
        **trajectory.extra.get("top", {}),
    }
    document["info"]["rb_studio"] = _lost(rollout, document)
    return document


def _write(rollout: Rollout, path: Path) -> None:
    with writing(path) as file:
        json.dump(mini_swe_document(rollout), file, indent=2, default=str)
        file.write("\n")


def _place(rollout: Rollout, taken: set[Path]) -> Path:
    run, instance = _safe(rollout.run) or "run", _safe(_instance(rollout))
    place = Path(run, instance, f"{instance}.traj.json")
    return (
        place if place not in taken else Path(f"{run}-{rollout.trajectory.uid[:8]}", instance, f"{instance}.traj.json")
    )


def _safe(name: str) -> str:
    return _UNSAFE.sub("_", name).strip("._")[:120]


def _instance(rollout: Rollout) -> str:
    own = rollout.trajectory.extra.get("instance_id")
    if isinstance(own, str) and own:
        return own
    suite, _, rest = rollout.task.key.partition("/")
    return rest if suite in (SWE_BENCH, IMPORTED) and rest else rollout.task.key.replace("/", "-")


def _prologue(rollout: Rollout) -> list[dict[str, Any]]:
    kept = rollout.trajectory.extra.get("prologue")
    if isinstance(kept, list):
        return [dict(message) for message in kept]
    system = rollout.trajectory.memory_block
    return [{"role": "system", "content": system}, {"role": "user", "content": rollout.task.text}]


def _info(trajectory: Trajectory) -> dict[str, Any]:
    kept = trajectory.extra.get("info")
    if isinstance(kept, Mapping):
        return dict(kept)
    costs = [step.cost for step in trajectory.steps]
    known = [cost for cost in costs if cost is not None]
    return {
        "model_stats": {
            "instance_cost": sum(known) if len(known) == len(costs) else None,
            "api_calls": len(trajectory.steps),
        },
        "config": {"agent": {"instance_template": "{{task}}"}, "model": {"model_name": trajectory.model}},
        "exit_status": _status(trajectory),
        "submission": _submission(trajectory),
    }


def _status(trajectory: Trajectory) -> str:
    return _STATUS.get(trajectory.exit_reason) or trajectory.exit_detail or str(trajectory.exit_reason)


def _submission(trajectory: Trajectory) -> str:
    return trajectory.patch or trajectory.answer or ""


def _exits(trajectory: Trajectory) -> list[dict[str, Any]]:
    kept = trajectory.extra.get("exit")
    if isinstance(kept, list) and kept:
        return [dict(message) for message in kept]
    submission = _submission(trajectory)
    extra = {"exit_status": _status(trajectory), "submission": submission}
    return [{"role": "exit", "content": submission or _status(trajectory), "extra": extra}]


def _step_messages(step: Step, closing: str) -> list[dict[str, Any]]:
    message = _agent_message(step)
    observations = [] if closing and step.observation == closing and not _kept(step) else _observations(step)
    again = read_step([*enumerate([message, *observations])], step.number, "", FieldReport(), closing)
    lost = _differences(step, again, ("pointer",))
    if lost:
        message.setdefault("extra", {})["rb_studio"] = lost
    return [message, *observations]


def _agent_message(step: Step) -> dict[str, Any]:
    kept = dict(step.extra.get("message", {}))
    extra = {**_agent_extra(step), **_merged(kept.pop("extra", {}), step)}
    if kept.get("object") == "response":
        body: dict[str, Any] = {"object": "response", "output": _output(step)}
        kept.pop("content", None)
    else:
        body = {"role": "assistant", "content": _content(step)}
        if any(action.call_id for action in step.actions):
            body["tool_calls"] = [_tool_call(action) for action in step.actions]
        if step.reasoning:
            body["reasoning_content"] = step.reasoning
    return {**body, **kept, **({"extra": extra} if extra else {})}


def _agent_extra(step: Step) -> dict[str, Any]:
    """The fields of the tool's own `extra` that a step maps."""
    extra: dict[str, Any] = {}
    if step.actions:
        calls = [(action.text, action.call_id) for action in step.actions]
        extra["actions"] = [{"command": text, **({"tool_call_id": call} if call else {})} for text, call in calls]
    if step.cost is not None:
        extra["cost"] = step.cost
    if step.started_at:
        extra["timestamp"] = _seconds(step.started_at)
    return extra


def _merged(kept: Any, step: Step) -> dict[str, Any]:
    """The foreign `extra`, completed by the token counts where it does not hold them already."""
    extra = dict(kept) if isinstance(kept, Mapping) else {}
    if step.usage is not None and "response" not in extra:
        counts = {"prompt_tokens": step.usage.prompt, "completion_tokens": step.usage.completion}
        extra["response"] = {"usage": {name: count for name, count in counts.items() if count is not None}}
    return extra


def _content(step: Step) -> str:
    kept = step.extra.get("message", {}).get("content")
    if kept is None and len(step.actions) == 1 and step.actions[0].call_id is None:
        return text_content(step.thought, step.actions[0].text)
    return kept if kept is not None else step.thought


def _tool_call(action: Action) -> dict[str, Any]:
    function = {"name": action.tool or "bash", "arguments": json.dumps({"command": action.text})}
    return {"id": action.call_id, "type": "function", "function": function}


def _output(step: Step) -> list[dict[str, Any]]:
    """The items of a Responses API reply."""
    items: list[dict[str, Any]] = []
    if step.reasoning:
        items.append({"type": "reasoning", "summary": [{"type": "summary_text", "text": step.reasoning}]})
    if step.thought:
        content = [{"type": "output_text", "text": step.extra.get("message", {}).get("content", step.thought)}]
        items.append({"type": "message", "role": "assistant", "content": content})
    for action in step.actions:
        arguments = json.dumps({"command": action.text})
        items.append(
            {"type": "function_call", "call_id": action.call_id, "name": action.tool or "bash", "arguments": arguments}
        )
    return items


def _kept(step: Step) -> list[Mapping[str, Any]]:
    kept = step.extra.get("observations")
    return list(kept) if isinstance(kept, (list, tuple)) else []


def _observations(step: Step) -> list[dict[str, Any]]:
    """What followed the actions, each answer under its call's id."""
    response = step.extra.get("message", {}).get("object") == "response"
    if _kept(step):
        return [_observation(entry, step.observation, response) for entry in _kept(step)]
    calls = [action.call_id for action in step.actions if action.call_id]
    if calls:
        texts = [""] * (len(calls) - 1) + [step.observation]
        return [
            _observation({"call_id": call, "text": text}, "", response) for call, text in zip(calls, texts, strict=True)
        ]
    return [_observation({"text": step.observation}, "", response)] if step.observation else []


def _observation(entry: Mapping[str, Any], whole: str, response: bool) -> dict[str, Any]:
    rest = {key: value for key, value in entry.items() if key not in ("text", "call_id")}
    text, call_id = entry.get("text", whole), entry.get("call_id")
    if call_id and response:
        return {"type": "function_call_output", "call_id": call_id, "output": text, **rest}
    if call_id:
        return {"content": text, **rest, "tool_call_id": call_id, "role": "tool"}
    return {"role": "user", "content": text, **rest}


def _lost(rollout: Rollout, document: Mapping[str, Any]) -> dict[str, Any]:
    """What reading the document back would not give: identity, task and the fields the format lacks."""
    warnings: list[str] = []
    again = read_mini_swe(document, Path("exported.json"), FORMAT, FieldReport(), warnings.append)
    lost: dict[str, Any] = {"run": rollout.run}
    if again.task != rollout.task:
        lost["task"] = to_plain(rollout.task)
    same_extra = _extra_core(rollout.trajectory) == _extra_core(again.trajectory)
    ignored = ("steps", "extra") if same_extra and "format" in rollout.trajectory.extra else ("steps",)
    lost["trajectory"] = _differences(rollout.trajectory, again.trajectory, ignored)
    return lost


def _extra_core(trajectory: Trajectory) -> Any:
    return _plain({key: value for key, value in trajectory.extra.items() if key not in ("format", "run")})


def _differences(record: Step | Trajectory, again: Step | Trajectory, ignored: Sequence[str]) -> dict[str, Any]:
    """The fields of a record that came back different, as plain values."""
    ours, theirs = to_plain(record), to_plain(again)
    return {name: ours[name] for name in ours if name not in ignored and _plain(ours[name]) != _plain(theirs[name])}


def _plain(value: Any) -> Any:
    return json.loads(json.dumps(value, default=str))


def _seconds(time: str) -> float | None:
    try:
        return datetime.fromisoformat(time).timestamp()
    except ValueError:
        return None
