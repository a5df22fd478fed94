"""Reading what models reply: thought and action, verdict, selection, evidence. Nothing is evaluated.

No function here raises on any text, and each takes time linear in its length.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass

from rb_studio.records.judgement import Status

_TAGS = {tag: re.compile(rf"<(/?){tag}>", re.IGNORECASE) for tag in ("think", "action", "answer")}
_FORM = {"web": "action", "answer": "answer", "swe": "action"}

_EDGE = " \t\"'`*_#>[](){}.,;!?:-–—"
_LABEL = r"(?:\d{1,2}[.)][\s*_]{0,4})?"
_STATUS = re.compile(rf"{_LABEL}(?:final\s)?status\b[\"'`*_ \t]{{0,6}}(?:[:=：]|[-–—]\s|$)(?P<value>.*)", re.IGNORECASE)
_LAST_STATUS = re.compile(r"(?:^|[.!?;,}])[\"'`*_ ]{0,4}status[\"'`*_ ]{0,4}[:=]\W{0,6}(\w+)\W{0,6}$", re.IGNORECASE)
_THOUGHTS = re.compile(rf"\W{{0,6}}{_LABEL}thoughts?[\"'`*_ ]{{0,4}}[:：][\"'`*_ ]{{0,4}}", re.IGNORECASE)
_SUCCESS = re.compile(r"\bsucce(?:ss|ssful|ssfully|eded|eds)\b")
_FAILURE = re.compile(r"\bfail(?:ure|ed|s|ing)?\b")
_UNKNOWN = re.compile(r"\b(?:unknown|undecided|unclear)\b")
_NO_SUCCESS = re.compile(r"\bun-?success\w*|(?:\b(?:not|no|never|without)|n't)\s+(?:an?\s+|yet\s+|really\s+)?succe\w*")
_HEDGE = re.compile(r"\b(?:partial\w*|partly|mostly|almost|nearly|perhaps|maybe|half|sure|certain)\b")
_NEGATION = re.compile(r"\b(?:not|no|never|without)\b|n't\b")

_LIST = r"#?\d{1,6}(?:(?:\s{0,3}(?:[,;&–-]|to\b|and\b)\s{0,3}){1,2}#?\d{1,6}(?!\d))*"
_CITED = re.compile(rf"\bsteps?\s{{0,3}}[:#(\[]?\s{{0,3}}({_LIST})(?!\d)", re.IGNORECASE)
_WORD = r"\b(?:attempt|trajectory|trajectories|candidate|rollout)s?\s{0,3}"
_ATTEMPT = re.compile(rf"{_WORD}[:#]?\s{{0,3}}(\d{{1,6}})(?!\d)", re.IGNORECASE)
_ATTEMPTS = re.compile(rf"{_WORD}({_LIST})(?!\d)", re.IGNORECASE)
_PREFERRED = re.compile(
    rf"\b(?:best|choose|chosen|select|selected|pick|winner|prefer)\b[^.\n\d]{{0,40}}?{_WORD}#?(\d{{1,6}})(?!\d)",
    re.IGNORECASE,
)
_INDEX = re.compile(r"\bindex[^\w-]{1,8}(\d{1,6})(?!\d)", re.IGNORECASE)
_BARE = re.compile(r"[\s\[\](){}\"'`.*#]*(\d{1,6})[\s\[\](){}\"'`.*]*")
_INDEX_KEYS = ("index", "best", "best_index", "choice")
_UNREADABLE = -1
_LONGEST_RANGE = 500
_JSON_STARTS = 64


@dataclass(frozen=True, slots=True)
class ActReply:
    """Thought and action of one turn."""

    thought: str
    action: str


def parse_act(text: str, domain: str) -> ActReply | None:
    """Thought and action, or None where the form was not kept.

    The last `<action>` counts: models quote the form in their thoughts.
    """
    form = _FORM[domain]
    thoughts, outside = _tagged(text, "think")
    actions, rest = _tagged(outside, form)
    if not actions:
        actions, rest = _tagged(text, form)
    if not actions or not actions[-1].strip():
        return None
    thought = thoughts[0] if thoughts else _TAGS["think"].sub("", rest)
    return ActReply(thought.strip(), actions[-1].strip())


def _tagged(text: str, tag: str) -> tuple[list[str], str]:
    """The texts inside `<tag>...</tag>` and all the text outside of them."""
    inside: list[str] = []
    outside: list[str] = []
    opened, end = -1, 0
    for mark in _TAGS[tag].finditer(text):
        if not mark[1] and opened < 0:
            opened = mark.end()
            outside.append(text[end : mark.start()])
            end = mark.start()
        elif mark[1] and opened >= 0:
            inside.append(text[opened : mark.start()])
            opened, end = -1, mark.end()
    outside.append(text[end:])
    return inside, "".join(outside)


def parse_verdict(text: str) -> tuple[Status, str]:
    """Status and reason of a judge's reply; whatever is not plainly one of the words is unknown.

    Several status lines must agree; a line that says none of the words, or repeats the whole choice, is
    passed over. Without any such line a reply that is one word, or ends in `Status: word`, counts.
    """
    _, spoken = _tagged(text, "think")
    lines = (spoken if spoken.strip() else text).splitlines()
    values, reason = _status_lines(lines)
    said = {status for status in map(_status, values) if status is not None}
    if not values:
        said = {status for status in [_last_word(" ".join(lines))] if status is not None}
    status = said.pop() if len(said) == 1 else Status.UNKNOWN
    return status, _THOUGHTS.sub("", "\n".join(reason).strip(), count=1).strip()


def _status_lines(lines: list[str]) -> tuple[list[str], list[str]]:
    """The values of the status lines (the next line with text where the value stands there), and the other lines."""
    values: list[str] = []
    others: list[str] = []
    waiting = False
    for line in lines:
        found = _STATUS.match(line.lstrip(_EDGE))
        if found:
            waiting = not found["value"].strip(_EDGE)
            if not waiting:
                values.append(found["value"])
        elif waiting and line.strip():
            waiting = False
            values.append(line)
        else:
            others.append(line)
    return values, others


def _status(value: str) -> Status | None:
    """One of the three, None where the value says nothing or only repeats the choice.

    Both words, or one that is hedged or negated, is unknown; what follows a plain word explains it.
    """
    words = value.lower().replace("’", "'").lstrip(_EDGE)
    rest = _NO_SUCCESS.sub(" ", words)
    success, failure = _SUCCESS.search(rest) is not None, rest != words or _FAILURE.search(rest) is not None
    if _UNKNOWN.search(words):
        return None if success and failure else Status.UNKNOWN
    if not success and not failure:
        return None
    plain = _SUCCESS.match(words) or _FAILURE.match(words)
    if (success and failure) or _HEDGE.search(rest) or (not plain and _NEGATION.search(rest)):
        return Status.UNKNOWN
    return Status.SUCCESS if success else Status.FAILURE


def _last_word(text: str) -> Status | None:
    """The verdict of a reply that is a single word or ends in one."""
    tail = text.strip()[-200:]
    if re.fullmatch(r"\w+", text.strip(_EDGE)):
        return _status(text.strip(_EDGE))
    found = _LAST_STATUS.search(tail)
    return _status(found[1]) if found else None


def cited_steps(text: str, last: int) -> tuple[int, ...]:
    """Step numbers a text refers to, ascending, within 1..last."""
    cited: set[int] = set()
    for group in _CITED.findall(text):
        cited.update(_numbers(group))
    return tuple(sorted(number for number in cited if 1 <= number <= last))


def _numbers(group: str) -> set[int]:
    """The numbers of a list such as `2, 3 and 5-7`."""
    numbers: set[int] = set()
    for part in re.split(r"[,;&]|\band\b", group):
        ends = [int(number) for number in re.findall(r"\d{1,6}", part)]
        if len(ends) == 2 and 0 <= ends[1] - ends[0] < _LONGEST_RANGE:
            numbers.update(range(ends[0], ends[1] + 1))
        else:
            numbers.update(ends)
    return numbers


def parse_selection(text: str, count: int) -> int | None:
    """The chosen attempt, 1..count: from JSON, a bare number or list, or prose; None when unclear.

    The first form that names a number decides: one out of range is not replaced by a guess.
    """
    _, spoken = _tagged(text, "think")
    for candidate in _selection_values(spoken):
        if candidate is not None:
            return candidate if 1 <= candidate <= count else None
    return None


def _selection_values(text: str) -> Iterator[int | None]:
    yield _json_index(text)
    bare = _BARE.fullmatch(text.strip()[:200])
    yield int(bare[1]) if bare else None
    for pattern in (_INDEX, _PREFERRED, _ATTEMPT):
        named = {int(number) for number in pattern.findall(text)}
        yield named.pop() if len(named) == 1 else None


def _json_index(text: str) -> int | None:
    """The index of the last JSON object in a text that names one."""
    decoder = json.JSONDecoder()
    starts = [match.start() for match in re.finditer(r"\{", text)]
    for start in starts[::-1][:_JSON_STARTS]:
        try:
            value, _ = decoder.raw_decode(text, start)
        except (ValueError, RecursionError):
            continue
        for key in _INDEX_KEYS:
            if key in value:
                return _as_index(value[key])
    return None


def _as_index(value: object) -> int:
    while isinstance(value, list) and len(value) == 1:
        value = value[0]
    if isinstance(value, str):
        found = _BARE.fullmatch(value[:50]) or _ATTEMPT.fullmatch(value.strip()[:50])
        return int(found[1]) if found else _UNREADABLE
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else _UNREADABLE


def parse_evidence(text: str) -> dict[int, tuple[int, ...]]:
    """`Attempt 1 steps 2, 3; Attempt 4 step 5` as attempt number to step numbers."""
    found: dict[int, set[int]] = {}
    mentions = list(_ATTEMPTS.finditer(text))
    ends = [mention.start() for mention in mentions] + [len(text)]
    for mention, end in zip(mentions, ends[1:], strict=True):
        steps = {step for group in _CITED.findall(text[mention.end() : end]) for step in _numbers(group)}
        for number in _numbers(mention[1]):
            found.setdefault(number, set()).update(steps)
    return {number: tuple(sorted(steps)) for number, steps in found.items()}
