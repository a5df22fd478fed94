"""Reading what models reply: thought and action, verdict, selection. Nothing is evaluated."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass

from rb_studio.records.judgement import Status

_THINK = re.compile(r"<think>(.*?)</think>", re.DOTALL | re.IGNORECASE)
_FORM = {
    "web": re.compile(r"<action>(.*?)</action>", re.DOTALL | re.IGNORECASE),
    "answer": re.compile(r"<answer>(.*?)</answer>", re.DOTALL | re.IGNORECASE),
}
_STATUS = re.compile(r"^[\W_]*status[\W_]*[:=][\W_]*(.*?)[\W_]*$", re.IGNORECASE | re.MULTILINE)
_THOUGHTS = re.compile(r"^[\W_]*thoughts?[\W_]*:\s*", re.IGNORECASE | re.MULTILINE)
_CITED = re.compile(r"\bsteps?\s+(\d+(?:\s*(?:,|and|-|to)\s*\d+)*)", re.IGNORECASE)
_ATTEMPT = re.compile(r"\b(?:attempt|trajectory|candidate|rollout)\s*#?\s*(\d+)", re.IGNORECASE)
_EVIDENCE = re.compile(r"attempt\s*#?(\d+)\s*,?\s*(?:\(?steps?\s+([\d,\sand-]+))?", re.IGNORECASE)
_NEGATED = re.compile(r"\b(?:not|no|never|isn't|wasn't)\b|\bun-?success", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class ActReply:
    """Thought and action of one turn."""

    thought: str
    action: str


def parse_act(text: str, domain: str) -> ActReply | None:
    """Thought and action, or None where the form was not kept.

    The last `<action>` counts: models quote the form in their thoughts.
    """
    outside = _THINK.sub("", text)
    found = _FORM[domain].findall(outside) or _FORM[domain].findall(text)
    if not found or not found[-1].strip():
        return None
    thoughts = _THINK.findall(text)
    thought = thoughts[0] if thoughts else _FORM[domain].sub("", text)
    return ActReply(thought.strip(), found[-1].strip())


def parse_verdict(text: str) -> tuple[Status, str]:
    """Status and reason of a judge's reply; whatever is not plainly one of the words is unknown."""
    values = {_status(match) for match in _STATUS.findall(text)}
    status = values.pop() if len(values) == 1 else Status.UNKNOWN
    reason = _THOUGHTS.sub("", _STATUS.sub("", text)).strip()
    return status, reason


def _status(value: str) -> Status:
    words = value.lower()
    says_success = re.search(r"\bsucce(?:ss|ssful|eded|eds)\b", words) is not None
    says_failure = re.search(r"\bfail(?:ure|ed|s)?\b", words) is not None
    if says_success and says_failure:
        return Status.UNKNOWN
    if says_failure:
        return Status.UNKNOWN if _NEGATED.search(words) else Status.FAILURE
    if _NEGATED.search(words):
        return Status.FAILURE if "success" in words else Status.UNKNOWN
    return Status.SUCCESS if says_success else Status.UNKNOWN


def cited_steps(text: str, last: int) -> tuple[int, ...]:
    """Step numbers a text refers to, ascending, within 1..last."""
    cited: set[int] = set()
    for group in _CITED.findall(text):
        cited.update(_numbers(group))
    return tuple(sorted(number for number in cited if 1 <= number <= last))


def _numbers(group: str) -> set[int]:
    numbers: set[int] = set()
    for part in re.split(r",|\band\b", group):
        ends = [int(number) for number in re.findall(r"\d{1,6}", part)]
        if len(ends) == 2 and 0 <= ends[1] - ends[0] < 500:
            numbers.update(range(ends[0], ends[1] + 1))
        else:
            numbers.update(ends)
    return numbers


def parse_selection(text: str, count: int) -> int | None:
    """The chosen attempt, 1..count: from JSON, a bare number or list, or prose; None when unclear."""
    for candidate in _selection_values(text):
        if candidate is not None:
            return candidate if 1 <= candidate <= count else None
    return None


def _selection_values(text: str) -> Sequence[int | None]:
    bare = re.fullmatch(r"[\s\[\]\"'`.]*(\d{1,6})[\s\[\]\"'`.]*", text)
    named = {int(number) for number in _ATTEMPT.findall(text)}
    return (
        _json_index(text),
        int(bare[1]) if bare else None,
        named.pop() if len(named) == 1 else None,
    )


def _json_index(text: str) -> int | None:
    start, end = text.find("{"), text.rfind("}")
    if start < 0 or end <= start:
        return None
    try:
        value = json.loads(text[start : end + 1])
    except (ValueError, RecursionError):
        return None
    index = value.get("index", value.get("best")) if isinstance(value, dict) else None
    while isinstance(index, list) and len(index) == 1:
        index = index[0]
    if isinstance(index, str) and index.strip().isdecimal():
        index = int(index)
    return index if isinstance(index, int) and not isinstance(index, bool) else None


def parse_evidence(text: str) -> dict[int, tuple[int, ...]]:
    """`Attempt 1 steps 2, 3; Attempt 4 step 5` as attempt number to step numbers."""
    found: dict[int, set[int]] = {}
    for number, steps in _EVIDENCE.findall(text):
        found.setdefault(int(number), set()).update(_numbers(steps) if steps else ())
    return {number: tuple(sorted(steps)) for number, steps in found.items()}
