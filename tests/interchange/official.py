"""The files of the official code as its loaders take them: keys, types and order; and such files made by hand."""

import json
from pathlib import Path
from typing import Any

import numpy as np

WEB = {
    "task_id": str,
    "query": str,
    "think_list": list,
    "action_list": list,
    "status": str,
    "memory_items": list,
    "template_id": int,
}
COMPARED = {name: WEB[name] for name in ("task_id", "query", "memory_items", "template_id")}
SCALING = {**COMPARED, "memory_items": str}
SWE = {"task_id": str, "query": str, "memory_items": list, "status": str}
CACHE = {"id": str, "text": str, "embedding": list}


def lines_of(path: Path) -> list[dict[str, Any]]:
    """Every line as an object; the official loader stops at an empty one."""
    text = path.read_text(encoding="utf-8")
    assert text.endswith("\n")
    assert text.isascii()
    return [json.loads(line) for line in text[:-1].split("\n")]


def checked(line: dict[str, Any], form: dict[str, type]) -> dict[str, Any]:
    """The line, if it has exactly these keys in this order with values of these types."""
    assert list(line) == list(form)
    for name, kind in form.items():
        assert type(line[name]) is kind, name
    for name in {"think_list", "action_list", "memory_items"} & set(line):
        assert isinstance(line[name], str) or all(type(entry) is str for entry in line[name])
    if "think_list" in line:
        assert len(line["think_list"]) == len(line["action_list"])
    if "status" in line:
        assert line["status"] in ("success", "fail")
    return line


def injected(lines: list[dict[str, Any]], task_id: str) -> str:
    """What the agent would be shown: the first line of the task, its entries joined by blank lines."""
    entry = next(line for line in lines if line["task_id"] == task_id)
    return "\n\n".join(entry["memory_items"]) + "\n"


TWO = (
    "I compared.\n```markdown\n# Memory Item 1\n## Title Sort\n## Description For extremes.\n## Content First sort.\n\n"
)


TWO += "Then read.\n\n# Memory Item 2\n## Title: Check\n## Description\nBefore saving.\n## Content\nLook twice.\n```"


WEB_LINE = {
    "task_id": "21",
    "query": "Which colour was cheapest?",
    "think_list": ["Open the list.", "Read it."],
    "action_list": ["click('12')", "send_msg_to_user('red (dark)')"],
    "status": "success",
    "memory_items": TWO.split("\n\n"),
    "template_id": 7,
}


FAILED = {**WEB_LINE, "task_id": "22", "query": "Which size?", "status": "fail"}


SCALING_LINE = {"task_id": "23", "query": "How many?", "memory_items": TWO, "template_id": 8}


SWE_LINE = {"task_id": "a__b-1", "query": "Fix the parser", "memory_items": TWO.split("\n\n"), "status": "fail"}


def jsonl(*lines: Any) -> str:
    return "".join(json.dumps(line) + "\n" for line in lines)


def vector(size: int, seed: int = 0) -> list[float]:
    return [float(number) for number in np.random.default_rng(seed).normal(size=size).astype(np.float32)]


def cache(*rows: tuple[str, str, list[Any]]) -> str:
    return jsonl(*({"id": name, "text": text, "embedding": numbers} for name, text, numbers in rows))
