"""One step of a mini-swe-agent trajectory from its messages."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from rb_studio.interchange.codec import from_plain
from rb_studio.interchange.loaded import FieldReport
from rb_studio.interchange.mini_swe_messages import (
    agent_actions,
    agent_text,
    extra_of,
    number_of,
    observation_text,
    reasoning_text,
    thought_of,
    usage_of,
)
from rb_studio.records.trajectory import Action, Step

Numbered = tuple[int, Mapping[str, Any]]
_CALL_KEYS = {"function", "id", "type", "index"}
_ITEM_KEYS = {"type", "role", "content", "call_id", "name", "arguments"}
_NO_COMMAND = "THOUGHT: {thought}"


def read_step(group: Sequence[Numbered], number: int, prefix: str, report: FieldReport, closing: str = "") -> Step:
    """The step a group of messages makes.

    Parameters
    ----------
    group
        The agent's message, then what followed, each with its place in the list.
    closing
        Text of the file's `exit` message; it is what the last action led to when nothing else followed it.
    """
    index, message = group[0]
    actions, said = agent_actions(message), agent_text(message)
    observations = _observations(group[1:], actions)
    thought = thought_of(said, actions)
    step = Step(
        number=number,
        thought=thought,
        actions=actions,
        observation=_joined(observations) if observations else closing,
        error=_error(observations),
        reasoning=reasoning_text(message),
        usage=usage_of(message),
        cost=number_of(extra_of(message).get("cost")),
        started_at=iso_time(_timestamp(message)),
        pointer=f"{prefix}/{index}",
        extra=_extra(message, said, thought, actions, observations),
    )
    _report(step, message, report)
    return _own(step, message)


def text_content(thought: str, command: str) -> str:
    """A reply of the text shapes as our exporter writes it."""
    lead = f"{_NO_COMMAND.format(thought=thought)}\n\n" if thought else ""
    return f"{lead}```mswea_bash_command\n{command}\n```"


def iso_time(seconds: float | None) -> str | None:
    """Unix seconds as ISO-8601 UTC; None for what is no time of this era."""
    if seconds is None or not 0 < seconds < 32_503_680_000:
        return None
    return datetime.fromtimestamp(seconds, UTC).isoformat()


def time_of(message: Mapping[str, Any]) -> str | None:
    """When a message was written, None when it does not say."""
    return iso_time(_timestamp(message))


def _timestamp(message: Mapping[str, Any]) -> float | None:
    return number_of(extra_of(message).get("timestamp", message.get("timestamp")))


def _observations(followers: Sequence[Numbered], actions: Sequence[Action]) -> list[dict[str, Any]]:
    """The messages after an action, in the order of the calls they answer."""
    order = {action.call_id: place for place, action in enumerate(actions) if action.call_id}
    found = [_observation(message) for _, message in followers]
    return sorted(found, key=lambda entry: order.get(str(entry.get("call_id")), len(order)))


def _observation(message: Mapping[str, Any]) -> dict[str, Any]:
    text = observation_text(message)
    rest = {key: value for key, value in message.items() if key not in ("content", "output", "extra")}
    call_id = next((rest.pop(name) for name in ("tool_call_id", "call_id") if isinstance(rest.get(name), str)), None)
    if rest.get("role") == ("tool" if call_id else "user"):
        del rest["role"]
    if rest.get("type") == ("function_call_output" if call_id else "message"):
        del rest["type"]
    content = message.get("output", message.get("content"))
    if isinstance(content, list) and any(not isinstance(part, str) and _is_picture(part) for part in content):
        rest["content"] = content
    extra = dict(extra_of(message))
    if str(extra.get("raw_output", "")).strip() in text:
        extra.pop("raw_output", None)
    answered = {"call_id": call_id} if call_id else {}
    return {**rest, "text": text, **answered, **({"extra": extra} if extra else {})}


def _is_picture(part: Any) -> bool:
    return isinstance(part, dict) and "text" not in part


def _joined(observations: Sequence[Mapping[str, Any]]) -> str:
    if len(observations) == 1:
        return str(observations[0]["text"])
    return "\n\n".join(
        f"[{entry['call_id']}]\n{entry['text']}" if entry.get("call_id") else str(entry["text"])
        for entry in observations
    )


def _error(observations: Sequence[Mapping[str, Any]]) -> str | None:
    """The environment's own word for what went wrong; a command's exit code is no error of the environment."""
    for entry in observations:
        extra = extra_of(entry)
        for name in ("exception_info", "interrupt_type"):
            if isinstance(extra.get(name), str) and extra[name].strip():
                return str(extra[name]).strip()
    return None


def _extra(
    message: Mapping[str, Any],
    said: str,
    thought: str,
    actions: Sequence[Action],
    observations: Sequence[dict[str, Any]],
) -> dict[str, Any]:
    rest = {
        key: value for key, value in message.items() if key not in ("role", "content", "tool_calls", "output", "extra")
    }
    for name in ("tool_calls", "output"):
        if name in message and not _plain_calls(name, message[name]):
            rest[name] = message[name]
    if message.get("role") not in ("assistant", None):
        rest["role"] = message["role"]
    if isinstance(message.get("content"), list):
        rest["content"] = message["content"]
    elif said and said != _written(thought, actions):
        rest["content"] = said
    foreign = _agent_extra(message, actions)
    if foreign:
        rest["extra"] = foreign
    several = len(observations) > 1
    kept = [
        entry if several else {key: value for key, value in entry.items() if key != "text"} for entry in observations
    ]
    return {**({"message": rest} if rest else {}), **({"observations": kept} if any(kept) else {})}


def _written(thought: str, actions: Sequence[Action]) -> str:
    """The content our exporter would write for a step: with the command in it unless that is a call."""
    spoken = len(actions) == 1 and actions[0].call_id is None
    return text_content(thought, actions[0].text) if spoken else thought


def _plain_calls(name: str, calls: Any) -> bool:
    """Whether calls hold nothing beyond what an Action keeps."""
    known = _CALL_KEYS if name == "tool_calls" else _ITEM_KEYS
    if calls is None:
        return True
    return isinstance(calls, list) and all(isinstance(call, dict) and set(call) <= known for call in calls)


def _agent_extra(message: Mapping[str, Any], actions: Sequence[Action]) -> dict[str, Any]:
    """The unmapped part of the agent's `extra`, without repetitions of the message itself."""
    extra = {key: value for key, value in extra_of(message).items() if key not in ("cost", "timestamp", "rb_studio")}
    if _repeats_actions(extra.get("actions"), actions):
        del extra["actions"]
    response = extra.get("response")
    if isinstance(response, dict) and _repeats(response, message):
        extra["response"] = {key: value for key, value in response.items() if key != "choices"}
    return extra


def _repeats_actions(listed: Any, actions: Sequence[Action]) -> bool:
    if not isinstance(listed, list):
        return False
    plain = all(isinstance(entry, dict) and {"command", "tool_call_id"} >= set(entry) for entry in listed)
    return plain and [entry.get("command") for entry in listed] == [action.text for action in actions]


def _repeats(response: Mapping[str, Any], message: Mapping[str, Any]) -> bool:
    choices = response.get("choices")
    first = choices[0] if isinstance(choices, list) and len(choices) == 1 else None
    said = first.get("message") if isinstance(first, dict) else None
    if not isinstance(said, dict):
        return False
    return said.get("content") == message.get("content") and said.get("tool_calls") == message.get("tool_calls")


def _report(step: Step, message: Mapping[str, Any], report: FieldReport) -> None:
    report.mapped("messages[] → steps")
    if step.thought:
        report.mapped("messages[].content → thought")
    if step.actions:
        called = any(action.call_id for action in step.actions)
        report.mapped("messages[].tool_calls → actions" if called else "messages[].content → actions")
        if not called and not extra_of(message).get("actions"):
            report.guessed("actions ← the fenced block in the text")
    for name, value in (("reasoning", step.reasoning), ("usage", step.usage), ("cost", step.cost)):
        if value is not None:
            report.mapped(f"messages[] → {name}")
    if step.started_at:
        report.guessed("started_at ← extra.timestamp, the time the reply arrived")
    response = extra_of(message).get("response")
    if isinstance(response, dict) and "choices" in response and "choices" not in _kept_response(step):
        report.skipped("extra.response.choices, a repetition of the message")


def _kept_response(step: Step) -> Mapping[str, Any]:
    response = step.extra.get("message", {}).get("extra", {}).get("response", {})
    return response if isinstance(response, dict) else {}


def _own(step: Step, message: Mapping[str, Any]) -> Step:
    """Fields our own exporter wrote because the format has no place for them."""
    own = extra_of(message).get("rb_studio")
    if not isinstance(own, dict):
        return step
    fields = {name: getattr(step, name) for name in step.__dataclass_fields__}
    try:
        return from_plain(Step, {**fields, **own})
    except ValueError:
        return step
