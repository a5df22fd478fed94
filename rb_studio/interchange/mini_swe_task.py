"""The task inside a mini-swe-agent prompt, and the memory injected there."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from rb_studio.interchange.loaded import FieldReport
from rb_studio.interchange.mini_swe_messages import content_text

_VARIABLE = re.compile(r"\{\{-?\s*task\s*-?\}\}")
_TEMPLATE_PART = re.compile(r"\{[{%#]")
_FORMS = (
    re.compile(
        r"<pr_description>\s*(?:Consider the following PR description:\s*)?(.*?)\s*</pr_description>", re.DOTALL
    ),
    re.compile(r"\APlease solve this issue:\s*(.*?)(?=\n\s*You can execute bash commands|\Z)", re.DOTALL),
    re.compile(r"\A(?:Your )?[Tt]ask:\s*(.*?)(?=\. Please reply with a single shell command|\Z)", re.DOTALL),
)
_ITEMS = re.compile(r"^#{1,3} *Memory Item\b", re.MULTILINE | re.IGNORECASE)


def task_text(prologue: Sequence[Mapping[str, Any]], info: Mapping[str, Any], report: FieldReport) -> str:
    """The task alone, out of the message that states it.

    The run's own template tells where it stands; failing that the tool's known wordings, failing that the whole
    message is the task.
    """
    message = _task_message(prologue)
    found = _by_template(message, _template(info))
    if found:
        report.mapped("messages[] → task text (by the run's instance_template)")
        return found
    for form in _FORMS:
        match = form.search(message)
        if match and match[1].strip():
            report.guessed("task text ← the known wording of the prompt")
            return match[1].strip()
    if message:
        report.mapped("messages[] → task text (the whole message)")
    return message.strip()


def memory_block(prologue: Sequence[Mapping[str, Any]], report: FieldReport) -> str:
    """Memory items written into the system prompt: from the first item heading to the prompt's end."""
    for message in prologue:
        text = content_text(message.get("content"))
        match = _ITEMS.search(text) if message.get("role") in ("system", "developer") else None
        if match:
            report.guessed("memory_block ← the items in the system prompt")
            return text[match.start() :].strip()
    return ""


def _task_message(prologue: Sequence[Mapping[str, Any]]) -> str:
    said = [content_text(message.get("content")) for message in prologue if message.get("role") == "user"]
    return said[0] if said else content_text(prologue[-1].get("content")) if prologue else ""


def _template(info: Mapping[str, Any]) -> str:
    config = info.get("config")
    agent = config.get("agent") if isinstance(config, dict) else None
    template = agent.get("instance_template") if isinstance(agent, dict) else None
    return template if isinstance(template, str) else ""


def _by_template(message: str, template: str) -> str:
    """The text between the literal words that surround `{{task}}` in the template."""
    variables = list(_VARIABLE.finditer(template))
    if len(variables) != 1:
        return ""
    before = re.split(r"[}%#]\}", template[: variables[0].start()])[-1]
    after = _TEMPLATE_PART.split(template[variables[0].end() :])[0]
    start = message.find(before.lstrip("\n")) if before.strip() else 0
    if start < 0:
        return ""
    start += len(before.lstrip("\n")) if before.strip() else 0
    end = message.find(after.rstrip("\n"), start) if after.strip() else len(message)
    return message[start:end].strip() if end >= 0 else ""
