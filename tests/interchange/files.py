"""Small files in foreign formats, written by hand."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from rb_studio.interchange.load import load_path
from rb_studio.interchange.loaded import LoadedFile

Write = Callable[..., Path]


def load_one(path: Path) -> LoadedFile:
    files = list(load_path(path))
    assert len(files) == 1
    return files[0]


def tool_call_run(instance: str = "demo__lib-1", **info: Any) -> dict[str, Any]:
    """A run with two calls in one message, answered in the other order, and a closing exit message."""
    calls = [
        {"id": f"c{n}", "type": "function", "function": {"name": "bash", "arguments": json.dumps({"command": cmd})}}
        for n, cmd in enumerate(["ls", "pwd"], 1)
    ]
    usage = {"prompt_tokens": 11, "completion_tokens": 7}
    return {
        "info": {"exit_status": "Submitted", "submission": "diff --git a/x b/x\n", **info},
        "messages": [
            {"role": "system", "content": "You can use a shell."},
            {"role": "user", "content": "<pr_description>\nFix the thing\n</pr_description>\nMore words."},
            {
                "role": "assistant",
                "content": "Look around.",
                "reasoning_content": "hidden words",
                "tool_calls": calls,
                "extra": {"cost": 0.25, "timestamp": 1700000000.5, "response": {"model": "m-1", "usage": usage}},
            },
            {"role": "tool", "tool_call_id": "c2", "content": "/testbed", "extra": {"returncode": 0}},
            {"role": "tool", "tool_call_id": "c1", "content": "a.py", "extra": {"returncode": 0, "odd": True}},
            {
                "role": "assistant",
                "content": "Done.",
                "tool_calls": [{**calls[0], "id": "c3"}],
            },
            {"role": "exit", "content": "diff --git a/x b/x\n", "extra": {"exit_status": "Submitted"}},
        ],
        "trajectory_format": "mini-swe-agent-1.1",
        "instance_id": instance,
    }
