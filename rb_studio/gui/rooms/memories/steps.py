"""The steps in the text of a recorded attempt or a workflow: found, left out, put into another order."""

import re
from collections.abc import Callable, Sequence
from typing import NamedTuple

_RECORDED = re.compile(r"^(?:\[step \d+\] |Final message:)", re.MULTILINE)
_LISTED = re.compile(r"^ {0,3}(?P<mark>\d{1,3}(?P<sign>[.):])|[-*•])[ \t]+(?=\S)", re.MULTILINE)
_ACTION = re.compile(r"^Action: *(?P<action>.*)$", re.MULTILINE)
_THOUGHT = re.compile(r"^\[step (?P<number>\d+)\] Thought: *(?P<thought>.*)$", re.MULTILINE)
Find = Callable[[str], "tuple[Step, ...]"]


class Step(NamedTuple):
    """Where a step stands in the text, white space after it left out, and a line that tells it."""

    start: int
    end: int
    line: str


def recorded_steps(text: str) -> tuple[Step, ...]:
    """Steps of an attempt as `method.render` writes them, and its final message."""
    return _steps(text, [found.start() for found in _RECORDED.finditer(text)], _recorded_line)


def workflow_steps(text: str) -> tuple[Step, ...]:
    """Entries of a numbered or bulleted list, each with the lines that go on with it."""
    return _steps(text, [found.start() for found in _LISTED.finditer(text)], _first_line)


def without(text: str, steps: Sequence[Step], place: int, *, counted: bool = False) -> str:
    """The text without a step and the gap after it; `counted` ones are numbered anew."""
    following = steps[place + 1].start if place + 1 < len(steps) else len(text)
    left = text[: steps[place].start] + text[following:]
    left = left if following < len(text) else left.rstrip()
    return renumbered(left) if counted else left


def exchanged(text: str, steps: Sequence[Step], place: int, other: int) -> str:
    """The text with two steps in each other's place, numbered anew; the gaps between steps stay."""
    a, b = sorted((place, other))
    one, two = steps[a], steps[b]
    between = text[one.end : two.start]
    return renumbered(
        text[: one.start] + text[two.start : two.end] + between + text[one.start : one.end] + text[two.end :]
    )


def added(text: str, steps: Sequence[Step], place: int, words: str) -> str:
    """The text with a new step after one, numbered anew."""
    if not steps:
        return f"{text.rstrip()}\n1. {words}".lstrip()
    mark = _LISTED.match(text, steps[place].start)
    sign = f"1{mark['sign']}" if mark and mark["sign"] else mark["mark"] if mark else "1."
    end = steps[place].end
    return renumbered(f"{text[:end]}\n{sign} {words}{text[end:]}")


def renumbered(text: str) -> str:
    """Numbers of a list in order from 1; bullets stay bullets."""
    count = 0

    def anew(found: re.Match[str]) -> str:
        nonlocal count
        if not found["sign"]:
            return found[0]
        count += 1
        return found[0].replace(found["mark"], f"{count}{found['sign']}", 1)

    return _LISTED.sub(anew, text)


def _steps(text: str, starts: Sequence[int], line: Callable[[str], str]) -> tuple[Step, ...]:
    ends = [*starts[1:], len(text)]
    bodies = [(start, text[start:end].rstrip()) for start, end in zip(starts, ends, strict=False)]
    return tuple(Step(start, start + len(body), line(body)) for start, body in bodies)


def _recorded_line(body: str) -> str:
    """Number and action, then the thought."""
    thought, action = _THOUGHT.match(body), _ACTION.search(body)
    if thought is None:
        return _first_line(body)
    done = f"{action['action']} \u2013 " if action else ""
    return f"{thought['number']}  {done}{thought['thought']}"


def _first_line(body: str) -> str:
    return " ".join(body.split())
