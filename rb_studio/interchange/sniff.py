"""Recognise a file by its content, never by its extension.

Formats that cannot be imported yet are recognised too, so that a person reads what a file is and not just that it
was left out.
"""

import re
import zipfile
import zlib
from pathlib import Path
from typing import Any

from rb_studio.interchange.mini_swe_messages import MINI_SWE, mini_swe_shape
from rb_studio.interchange.source import Source
from rb_studio.records.errors import UnreadableInput

UNKNOWN = "unknown"
EMPTY = "empty"
REPORT = "swe-bench-report"
INSTANCE_REPORT = "swe-bench-instance-report"
PREDICTIONS = "swe-bench-predictions"
EXIT_STATUSES = "mini-swe-agent-exit-statuses"
OWN_TRAJECTORIES = "rb-studio-trajectories"
OWN_MEMORIES = "rb-studio-memories"
OWN_ANNOTATIONS = "rb-studio-annotations"
MEMORY_MARKDOWN = "memory-markdown"
MEMORY_CSV = "memory-csv"
BANK = "reasoningbank-bank"
EMBEDDINGS = "reasoningbank-embeddings"
AUTOEVAL = "reasoningbank-autoeval"
PICKLE = "python-pickle"
EPISODE = "browsergym-episode"
IMPORTABLE = frozenset(
    {
        REPORT,
        INSTANCE_REPORT,
        PREDICTIONS,
        EXIT_STATUSES,
        OWN_TRAJECTORIES,
        OWN_MEMORIES,
        OWN_ANNOTATIONS,
        MEMORY_MARKDOWN,
        MEMORY_CSV,
        BANK,
        EMBEDDINGS,
        AUTOEVAL,
    }
)
_OWN = {
    "trajectory": OWN_TRAJECTORIES,
    "experience": OWN_MEMORIES,
    "item": OWN_MEMORIES,
    "annotation": OWN_ANNOTATIONS,
    "label_set": OWN_ANNOTATIONS,
}
_AUTOEVAL_KEYS = {"idx", "gt", "rm"}
_TOP_KEY = re.compile(r'"((?:[^"\\]|\\.)*)"\s*:|["{}\[\]]')
_STRING = re.compile(r'"(?:[^"\\]|\\.)*"')


def importable(name: str) -> bool:
    """Whether this version reads the format."""
    return name in IMPORTABLE or name.startswith(MINI_SWE)


def sniff_folder(path: Path) -> str | None:
    """Format of a folder that is one entry by itself, or None for a plain folder."""
    if (path / "summary_info.json").is_file() or (path / "step_0.pkl.gz").is_file():
        return EPISODE
    if (path / "base_state.json").is_file() and (path / "events").is_dir():
        return "openhands-v1-conversation"
    return None


def sniff(source: Source) -> str:
    """Name of a file's format; `unknown` for none of ours, `empty` for nothing.

    Raises UnreadableInput for a file that is clearly one of ours but damaged.
    """
    if source.size == 0 or (source.size < len(source.head) + 1 and not source.head.strip()):
        return EMPTY
    if source.head.startswith(b"PK\x03\x04"):
        return _sniff_zip(source.path)
    if source.head.startswith(b"\x1f\x8b"):
        return _sniff_gzip(source.head)
    if source.head.startswith(b"SQLite format 3\x00"):
        return "sqlite-database"
    if source.head[:1] == b"\x80" and source.head[1:2] in b"\x02\x03\x04\x05":
        return PICKLE
    if source.binary:
        return UNKNOWN
    start = source.head_text.lstrip("\ufeff \t\r\n")
    if start[:1] in "{[":
        return _sniff_json(source, start)
    return _sniff_later_line(source) or _sniff_text(source.head_text)


def _sniff_zip(path: Path) -> str:
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()[:100_000]
    except (zipfile.BadZipFile, OSError, NotImplementedError, ValueError):
        return UNKNOWN
    if "header.json" in names or "_journal/start.json" in names:
        return "inspect-eval"
    if any(name.endswith((".network", "trace.trace")) for name in names):
        return "playwright-trace"
    return UNKNOWN


def _sniff_gzip(head: bytes) -> str:
    try:
        payload = zlib.decompressobj(31).decompress(head, 16)
    except zlib.error:
        return UNKNOWN
    return PICKLE if payload[:1] == b"\x80" and payload[1:2] in (b"\x02", b"\x03", b"\x04", b"\x05") else UNKNOWN


def _sniff_text(text: str) -> str:
    if re.search(r"^instances_by_exit_status\s*:", text, re.MULTILINE):
        return EXIT_STATUSES
    if _is_memory_csv(text):
        return MEMORY_CSV
    if _is_memory_markdown(text):
        return MEMORY_MARKDOWN
    if re.search(r"^\W*(Summary Workflows|Workflow \d+\s*:)", text, re.MULTILINE):
        return "awm-workflows"
    return UNKNOWN


def _is_memory_markdown(text: str) -> bool:
    """Items stand at the start, after a few lines of preface at most: a prompt that shows the form is no bank."""
    heading = re.search(r"^#{1,3} +Memory Item\b", text, re.MULTILINE | re.IGNORECASE)
    if heading is None:
        return False
    preface = [line for line in text[: heading.start()].splitlines() if line.strip()]
    return sum(not line.startswith(("#", ">", "<!--", "---", "```")) for line in preface) <= 3


def _is_memory_csv(text: str) -> bool:
    """A table whose first line names the texts of an item and at least one more of what items have."""
    head = text.split("\n", 1)[0].rstrip("\r")
    delimiter = max(",;\t", key=head.count)
    names = {name.strip().strip('"').lower() for name in head.split(delimiter)}
    return {"title", "content"} <= names and bool(names & {"uid", "state", "polarity", "tags", "description"})


def _sniff_json(source: Source, start: str) -> str:
    first = source.first_line() if _several_lines(source) else None
    if isinstance(first, dict):
        return _sniff_line(first) or _sniff_object(first)
    if isinstance(first, list):
        return _sniff_array(first)
    keys = _top_keys(start) if start[0] == "{" else set()
    named = _sniff_keys(keys)
    if named is not None:
        return named
    try:
        document = source.document
    except UnreadableInput:
        later = _sniff_later_line(source)
        if later is not None:
            return later
        if keys & {"messages", "trajectory_format", "info", "instance_id"} or '"role"' in start:
            raise
        if "ends in the middle" in _sentence(source) and re.match(r'[\[{\s]*"|[\[{\s]+$|\[\s*\{', start):
            raise
        return UNKNOWN
    if isinstance(document, dict):
        return _sniff_object(document) if len(document) else UNKNOWN
    return _sniff_array(document) if isinstance(document, list) else UNKNOWN


def _sniff_later_line(source: Source) -> str | None:
    """A file of independent lines is known by the next line where its first is broken."""
    if '"memory_items"' not in source.head_text and '"embedding"' not in source.head_text:
        return None
    for _, value in Source(source.path).tolerant_lines(most=20):
        name = _sniff_line(value) if isinstance(value, dict) else None
        if name in (BANK, EMBEDDINGS):
            return name
    return None


def _sentence(source: Source) -> str:
    try:
        source.parse(source.text)
    except UnreadableInput as error:
        return str(error)
    return ""


def _several_lines(source: Source) -> bool:
    """Whether the first line could be a JSON value of its own."""
    line = source.head_text.lstrip("\ufeff \t\r\n").split("\n", 1)[0].strip()
    return len(line) > 2 and (line[-1] in "}]" or "\n" not in source.head_text)


def _top_keys(start: str) -> set[str]:
    """The keys of the outermost object as far as the head reaches, without parsing its values."""
    keys: set[str] = set()
    depth = position = 0
    while match := _TOP_KEY.search(start, position):
        token = match[0][0]
        position = match.end()
        if token in "{[":
            depth += 1
        elif token in "}]":
            depth -= 1
            if depth == 0:
                break
        elif match[1] is not None:
            if depth == 1:
                keys.add(match[1])
        else:
            string = _STRING.match(start, match.start())
            if string is None:
                break
            position = string.end()
    return keys


def _sniff_keys(keys: set[str]) -> str | None:
    """Formats whose top-level keys say all, so that a huge file need not be read to be named."""
    if "resourceSpans" in keys:
        return "otlp-json"
    if {"version", "status", "eval"} <= keys:
        return "inspect-json"
    if keys & {"trajectory", "history"} and "schema_version" not in keys and "instance_id" not in keys:
        return "swe-agent"
    return None


def _sniff_object(value: dict[str, Any]) -> str:
    named = _sniff_keys(set(value))
    if named is not None:
        return named
    if str(value.get("schema_version", "")).startswith("ATIF-v"):
        return "atif"
    shape = mini_swe_shape(value)
    if shape is not None:
        return shape
    if isinstance(value.get("trajectory"), list) or isinstance(value.get("history"), list):
        return "swe-agent"
    if isinstance(value.get("resolved_ids"), list):
        return REPORT
    if isinstance(value.get("messages"), list):
        return "openai-chat"
    if set(value) >= _AUTOEVAL_KEYS:
        return AUTOEVAL
    if "traj" in value and "reward" in value:
        return "tau-bench"
    return _sniff_mapping(value)


def _sniff_mapping(value: dict[str, Any]) -> str:
    """Objects whose keys are instance ids."""
    entries = list(value.values())[:20]
    if entries and all(isinstance(entry, dict) for entry in entries):
        if all("model_patch" in entry for entry in entries):
            return PREDICTIONS
        if all(isinstance(entry.get("resolved"), bool) for entry in entries):
            return INSTANCE_REPORT
    return UNKNOWN


def _sniff_array(value: list[Any]) -> str:
    items = [entry for entry in value[:50] if isinstance(entry, dict)]
    if not items or len(items) < len(value[:50]):
        return UNKNOWN
    if all("source" in item and ("action" in item or "observation" in item) for item in items):
        return "openhands-v0-events"
    if all("model_patch" in item and "instance_id" in item for item in items):
        return PREDICTIONS
    if all("traj" in item and "reward" in item for item in items):
        return "tau-bench"
    if all(set(item) >= _AUTOEVAL_KEYS for item in items):
        return AUTOEVAL
    return mini_swe_shape(value) or ("openai-chat" if all("role" in item for item in items) else UNKNOWN)


def _sniff_line(value: dict[str, Any]) -> str | None:
    """Format of a JSONL file by its first line."""
    own = _OWN.get(str(value.get("rb_studio")))
    if own is not None:
        return own
    tests: tuple[tuple[str, bool], ...] = (
        (BANK, "memory_items" in value and "task_id" in value),
        (EMBEDDINGS, "embedding" in value and "id" in value),
        (PREDICTIONS, "model_patch" in value and "instance_id" in value),
        ("openhands-output", "history" in value and ("instance_id" in value or "issue" in value)),
        ("openhands-v1-events", str(value.get("kind", "")).endswith("Event")),
        ("claude-code-session", {"uuid", "sessionId", "type"} <= set(value)),
        ("codex-session", value.get("type") in ("session_meta", "response_item")),
        ("sts-session", value.get("type") == "session" and "harness" in value),
        ("otel-console-spans", isinstance(value.get("context"), dict) and "trace_id" in value["context"]),
    )
    return next((name for name, holds in tests if holds), None)
