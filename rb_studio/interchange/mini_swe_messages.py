"""The messages of a mini-swe-agent file in one form, whichever of the five shapes they were written in.

Shapes: a bare list; `mini-swe-agent-1` (text with a bash block); `mini-swe-agent-1.1` as text with a
mswea_bash_command block, as chat tool calls, or as Responses API items without roles.
"""

import json
import re
from collections.abc import Mapping
from typing import Any

from rb_studio.records.calls import Usage
from rb_studio.records.trajectory import Action

MINI_SWE = "mini-swe-agent"
_BLOCKS = tuple(
    re.compile(rf"```{language}[ \t]*\r?\n(.*?)\r?\n?```", re.DOTALL)
    for language in ("mswea_bash_command", "bash", r"[\w.+-]*")
)
_THOUGHT = re.compile(r"\A\s*\**THOUGHTS?\**\s*:\**\s*", re.IGNORECASE)
_MARKS = ("COMPLETE_TASK_AND_SUBMIT_FINAL_OUTPUT", "MINI_SWE_AGENT_FINAL_OUTPUT", "```mswea_bash_command")


def mini_swe_shape(value: Any) -> str | None:
    """Which of the five shapes a JSON document has, or None when it is no mini-swe-agent file."""
    if isinstance(value, list):
        return f"{MINI_SWE}-bare" if _is_bare(value) else None
    if not isinstance(value, dict):
        return None
    messages, info = value.get("messages"), value.get("info")
    named = str(value.get("trajectory_format", ""))
    if named.startswith(f"{MINI_SWE}-1.1") or (named.startswith(f"{MINI_SWE}-") and named != f"{MINI_SWE}-1"):
        return f"{named}-{_variant(messages)}"
    if named == f"{MINI_SWE}-1":
        return named
    known = isinstance(info, dict) and info.keys() & {"mini_version", "exit_status", "submission", "model_stats"}
    if isinstance(messages, list) and known and not named:
        return f"{MINI_SWE}-1" if _variant(messages) == "text" else f"{MINI_SWE}-1.1-{_variant(messages)}"
    return None


def _is_bare(value: list[Any]) -> bool:
    items = [entry for entry in value if isinstance(entry, dict)]
    if len(items) < len(value) or not all("role" in item or is_agent(item) or "type" in item for item in items):
        return False
    if not any(is_agent(item) for item in items):
        return False
    head = "\n".join(content_text(item.get("content")) for item in items[:4])
    return any(mark in head for mark in _MARKS) or any(
        isinstance(extra_of(item).get("actions"), list) for item in items
    )


def _variant(messages: Any) -> str:
    for message in messages if isinstance(messages, list) else ():
        if not isinstance(message, dict):
            continue
        if message.get("object") == "response" or message.get("type") == "function_call_output":
            return "responses"
        if message.get("tool_calls") or message.get("role") == "tool":
            return "toolcall"
    return "text"


def extra_of(message: Mapping[str, Any]) -> dict[str, Any]:
    """The `extra` of a message, empty where there is none or it is no object."""
    extra = message.get("extra")
    return extra if isinstance(extra, dict) else {}


def is_agent(message: Mapping[str, Any]) -> bool:
    """Whether a step begins here: an assistant message, a Responses API reply, or a command a person typed."""
    if message.get("role") == "assistant" or message.get("object") == "response":
        return True
    actions = extra_of(message).get("actions")
    return message.get("role") != "exit" and isinstance(actions, list) and bool(actions)


def content_text(content: Any) -> str:
    """The text of a message's content: a string, or parts of which pictures are only named."""
    if isinstance(content, str):
        return content
    if not isinstance(content, list):
        return "" if content is None else json.dumps(content, ensure_ascii=False)
    return "\n".join(text for text in map(_part_text, content) if text)


def _part_text(part: Any) -> str:
    if isinstance(part, str):
        return part
    if not isinstance(part, dict):
        return ""
    for name in ("text", "refusal", "output"):
        if isinstance(part.get(name), str):
            return str(part[name])
    kind = str(part.get("type", "part"))
    return "" if kind in ("thinking", "reasoning") else f"[{kind}]"


def agent_text(message: Mapping[str, Any]) -> str:
    """What the agent said, without its calls."""
    if message.get("object") != "response" and "output" not in message:
        return content_text(message.get("content"))
    said = [item for item in _items(message.get("output")) if item.get("type") == "message"]
    return "\n".join(filter(None, (content_text(item.get("content")) for item in said)))


def observation_text(message: Mapping[str, Any]) -> str:
    """What an observation shows, in any shape."""
    return content_text(
        message.get("output") if message.get("type") == "function_call_output" else message.get("content")
    )


def reasoning_text(message: Mapping[str, Any]) -> str | None:
    """Reasoning kept apart from the reply: a field, thinking parts, or Responses API summaries."""
    for name in ("reasoning_content", "reasoning", "thinking"):
        if isinstance(message.get(name), str) and message[name]:
            return str(message[name])
    parts = [part.get("thinking") or part.get("text") for part in _items(message.get("content")) if _thinks(part)]
    for item in _items(message.get("output")):
        if item.get("type") == "reasoning":
            parts += [part.get("text") for part in (*_items(item.get("summary")), *_items(item.get("content")))]
    text = "\n".join(part for part in parts if isinstance(part, str) and part)
    return text or None


def _thinks(part: Mapping[str, Any]) -> bool:
    return part.get("type") in ("thinking", "reasoning")


def agent_actions(message: Mapping[str, Any]) -> tuple[Action, ...]:
    """The actions of an agent message in the order they were called."""
    called = _called(message)
    if called:
        return called
    listed = [entry for entry in _items(extra_of(message).get("actions")) if _command(entry) is not None]
    if listed:
        return tuple(Action(_command(entry) or "", call_id=_text(entry.get("tool_call_id"))) for entry in listed)
    block = action_block(content_text(message.get("content")))
    return (Action(block[1].strip()),) if block is not None else ()


def _called(message: Mapping[str, Any]) -> tuple[Action, ...]:
    calls: list[Action] = []
    for call in _items(message.get("tool_calls")):
        named = call.get("function")
        function = named if isinstance(named, dict) else call
        calls.append(_action(function.get("name"), function.get("arguments"), call.get("id")))
    for item in _items(message.get("output")):
        if item.get("type") == "function_call":
            calls.append(_action(item.get("name"), item.get("arguments"), item.get("call_id") or item.get("id")))
    return tuple(calls)


def _action(name: Any, arguments: Any, call_id: Any) -> Action:
    """A call as one line of text: the command where that is all there is, else the arguments as written."""
    try:
        parsed = json.loads(arguments) if isinstance(arguments, str) else arguments
    except (ValueError, RecursionError):
        parsed = None
    if isinstance(parsed, dict) and set(parsed) == {"command"} and isinstance(parsed["command"], str):
        text = parsed["command"]
    else:
        text = arguments if isinstance(arguments, str) else json.dumps(arguments, ensure_ascii=False)
    return Action(text, tool=_text(name), call_id=_text(call_id))


def _command(entry: Mapping[str, Any]) -> str | None:
    return _text(entry.get("command")) or _text(entry.get("action"))


def action_block(text: str) -> re.Match[str] | None:
    """The one fenced block that is the action; none or several are a format error, so no action."""
    for pattern in _BLOCKS:
        blocks = list(pattern.finditer(text))
        if blocks:
            return blocks[0] if len(blocks) == 1 else None
    return None


def thought_of(text: str, actions: tuple[Action, ...]) -> str:
    """The thought in a reply: what stands before the action's block, without the word THOUGHT."""
    block = action_block(text)
    if block is not None and len(actions) == 1 and block[1].strip() == actions[0].text.strip():
        text = text[: block.start()]
    return _THOUGHT.sub("", text, count=1).strip()


def usage_of(message: Mapping[str, Any]) -> Usage | None:
    """Token counts of a reply under any of their names, None when the file does not say."""
    response = extra_of(message).get("response")
    for holder in (response, extra_of(message), message):
        usage = holder.get("usage") if isinstance(holder, dict) else None
        if isinstance(usage, dict):
            prompt = _count(usage, "prompt_tokens", "input_tokens")
            completion = _count(usage, "completion_tokens", "output_tokens")
            if prompt is not None or completion is not None:
                return Usage(prompt, completion)
    return None


def _count(usage: Mapping[str, Any], *names: str) -> int | None:
    value = next((usage[name] for name in names if name in usage), None)
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def number_of(value: Any) -> float | None:
    """A number as written; None for anything else, a truth value among it."""
    return float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else None


def _items(value: Any) -> list[dict[str, Any]]:
    return [entry for entry in value if isinstance(entry, dict)] if isinstance(value, list) else []


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None
