"""Rollouts side by side: what each step did in words that are equal where the deeds are, and which steps answer to
each other.

Two rollouts are aligned by dynamic programming (Needleman and Wunsch): an equal step counts most, one that does the
same thing in other words less, and a step without a counterpart nothing. Further rollouts join one after another.
"""

import ast
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from rb_studio.analysis.actions import WEB_ACTIONS, acted_element, element_line
from rb_studio.records.trajectory import Step, Trajectory

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Ints = NDArray[np.int32]

StepKey = str
EQUAL, NEAR = 4, 1
MOST_CELLS = 50_000_000
"""Beyond it two rollouts are paired step by step where they differ: hundreds of megabytes would not tell more."""
LONGEST_ACTION = 20_000
_ABSENT = -1
_UP, _LEFT, _BOTH = 1, 2, 0
_ROLE = re.compile(r"(\w+)(?:\s+(['\"])(.*?)\2)?")
_HOST = re.compile(r"\b[a-z][a-z0-9+.-]*://[^/\s'\"]+", re.IGNORECASE)
_CD = re.compile(r"\s*cd\s+(['\"]?)(?P<to>[^\s'\";&|]+)\1\s*(?:&&|;|\n)\s*")
_NUMBER = re.compile(r"\d+")


@dataclass(frozen=True, slots=True)
class Row:
    """Steps that answer to each other: a step number (from 1) per rollout, None where it has none.

    `same` tells that every rollout is here and did the same.
    """

    steps: tuple[int | None, ...]
    same: bool


@dataclass(frozen=True, slots=True)
class Alignment:
    """Rows in order; each rollout's steps stand in its column, each once.

    `first_divergence` is the index of the first row that is not the same, None where there is none.
    """

    rows: tuple[Row, ...]
    first_divergence: int | None


def keys(steps: Sequence[Step], pages_before: Sequence[str]) -> tuple[StepKey, ...]:
    """What each step did and where, so that equal deeds have equal keys.

    An element's id becomes its role and name on the page the agent saw, an address loses its host, a path the folder
    the rollout works in; quotes and white space do not count. Where it stood is the URL or working directory before
    the step.

    Parameters
    ----------
    pages_before
        What the agent saw before each of the steps.
    """
    root = _root(steps)
    before = ["", *(step.state.location if step.state else "" for step in steps)]
    return tuple(
        _key(step, page, _HOST.sub("", where), root)
        for step, page, where in zip(steps, pages_before, before, strict=False)
    )


def keys_of(trajectory: Trajectory) -> tuple[StepKey, ...]:
    """`keys` of a whole rollout."""
    return keys(trajectory.steps, [trajectory.first_observation, *(step.observation for step in trajectory.steps)])


def first_difference(one: Sequence[StepKey], other: Sequence[StepKey]) -> int | None:
    """The number (from 1) of the first step at which two rollouts part; None where they are the same to the end."""
    for number, (a, b) in enumerate(zip(one, other, strict=False), 1):
        if a != b:
            return number
    shorter = min(len(one), len(other))
    return None if len(one) == len(other) else shorter + 1


def align(rollouts: Sequence[Sequence[StepKey]]) -> Alignment:
    """Steps of rollouts beside each other: every step once, in order. The first rollout is what others are laid to.

    Two rollouts of n and m steps take time and memory by n x m.
    """
    numbered = _numbered(rollouts)
    rows: list[tuple[int | None, ...]] = []
    table = np.full((0, 0, 2), _ABSENT, np.int32)
    for place, steps in enumerate(numbered):
        pairs = _pairs(table, steps) if place else [(None, step) for step in range(len(steps))]
        gap: tuple[int | None, ...] = (None,) * place
        rows = [((gap if row is None else rows[row]) + ((None if step is None else step + 1),)) for row, step in pairs]
        table = _extended(table, steps, pairs, place)
    found = tuple(Row(steps, _same(rollouts, steps)) for steps in rows)
    return Alignment(found, next((index for index, row in enumerate(found) if not row.same), None))


def _same(rollouts: Sequence[Sequence[StepKey]], steps: Sequence[int | None]) -> bool:
    present = {keys[step - 1] for keys, step in zip(rollouts, steps, strict=True) if step is not None}
    return len(present) == 1 and None not in steps


def _numbered(rollouts: Sequence[Sequence[StepKey]]) -> "list[Ints]":
    """Keys as numbers, int32[steps, 2]: the whole key, and what it does in general."""
    whole: dict[str, int] = {}
    general: dict[str, int] = {}
    return [
        np.array(
            [
                (whole.setdefault(key, len(whole)), general.setdefault(key.partition("\n")[0], len(general)))
                for key in steps
            ],
            np.int32,
        ).reshape(-1, 2)
        for steps in rollouts
    ]


def _extended(table: "Ints", steps: "Ints", pairs: Sequence[tuple[int | None, int | None]], place: int) -> "Ints":
    """What stands in each row so far: int32[rollouts, rows, 2], with the newest rollout as the last."""
    found = np.full((place + 1, len(pairs), 2), _ABSENT, np.int32)
    for index, (row, step) in enumerate(pairs):
        if row is not None:
            found[:place, index] = table[:, row]
        if step is not None:
            found[place, index] = steps[step]
    return found


def _pairs(table: "Ints", steps: "Ints") -> list[tuple[int | None, int | None]]:
    """Which row of those before each step belongs to; what both begin and end with alike is paired at once."""
    equal = [bool((table[:, row, 0] == step[0]).any()) for row, step in zip(range(table.shape[1]), steps, strict=False)]
    head = next((index for index, same in enumerate(equal) if not same), len(equal))
    rows, count, tail = table.shape[1], len(steps), 0
    while tail < min(rows, count) - head and (table[:, rows - 1 - tail, 0] == steps[count - 1 - tail, 0]).any():
        tail += 1
    inner = _inner(table[:, head : rows - tail], steps[head : count - tail])
    shifted = [(None if r is None else r + head, None if s is None else s + head) for r, s in inner]
    ends = [(rows - left, count - left) for left in range(tail, 0, -1)]
    return [*((index, index) for index in range(head)), *shifted, *ends]


def _inner(table: "Ints", steps: "Ints") -> list[tuple[int | None, int | None]]:
    rows, count = table.shape[1], len(steps)
    if rows * count > MOST_CELLS:
        shared = min(rows, count)
        paired: list[tuple[int | None, int | None]] = [(index, index) for index in range(shared)]
        return [*paired, *((row, None) for row in range(shared, rows)), *((None, s) for s in range(shared, count))]
    return list(_walked(_ways(table, steps), rows, count))


def _ways(table: "Ints", steps: "Ints") -> "NDArray[np.int8]":
    """Where the best alignment up to each row and step comes from: int8[rows + 1, steps + 1].

    The cells of one diagonal depend on the two before it only, so each is worked out at once.
    """
    rows, count = table.shape[1], len(steps)
    ways = np.zeros((rows + 1, count + 1), np.int8)
    ways[1:, 0], ways[0, 1:] = _UP, _LEFT
    before = np.zeros(rows + 1, np.int32)
    last = np.zeros(rows + 1, np.int32)
    for diagonal in range(2, rows + count + 1):
        low, high = max(1, diagonal - count), min(rows, diagonal - 1)
        at = np.arange(low, high + 1)
        other = steps[diagonal - at - 1]
        here = table[:, at - 1]
        worth = np.where((here[:, :, 0] == other[:, 0]).any(0), EQUAL, NEAR * (here[:, :, 1] == other[:, 1]).any(0))
        both, up, left = before[at - 1] + worth, last[at - 1], last[at]
        best = np.maximum(both, np.maximum(up, left))
        ways[at, diagonal - at] = np.where(both == best, _BOTH, np.where(up == best, _UP, _LEFT))
        fresh = np.zeros(rows + 1, np.int32)
        fresh[at] = best
        before, last = last, fresh
    return ways


def _walked(ways: "NDArray[np.int8]", rows: int, count: int) -> Iterator[tuple[int | None, int | None]]:
    """The best way from the beginning to the end."""
    found: list[tuple[int | None, int | None]] = []
    row, step = rows, count
    while row or step:
        way = ways[row, step]
        row, step = row - int(way != _LEFT), step - int(way != _UP)
        found.append((None if way == _LEFT else row, None if way == _UP else step))
    return reversed(found)


def _key(step: Step, page: str, location: str, root: str) -> StepKey:
    """What it does in general, what exactly, and where: a line each."""
    said = [_said(action.text[:LONGEST_ACTION], page, root) for action in step.actions if action.text.strip()]
    general = "; ".join(one[0] for one in said)
    exact = "; ".join(one[1] for one in said)
    inside = " ".join(dict.fromkeys(one[2] for one in said if one[2]))
    return f"{general}\n{exact}\n{inside or location}"


def _said(action: str, page: str, root: str) -> tuple[str, str, str]:
    """An action in general, exactly, and the folder it was done in, if it tells."""
    called = _called(action)
    if called is None:
        return _command(action, root)
    name, arguments = called
    element = acted_element(action)
    if element is not None and arguments and arguments[0] == element:
        target = _element(page, element)
        return f"{name} {target}", _plain(" ".join((name, target, *arguments[1:]))), ""
    exact = _plain(" ".join((name, *(_HOST.sub("", argument) for argument in arguments))))
    return name, exact, ""


@lru_cache(maxsize=4_096)
def _called(action: str) -> tuple[str, tuple[str, ...]] | None:
    """Name and arguments of an action of a web agent; None for anything else."""
    name = action.partition("(")[0].strip()
    if name not in WEB_ACTIONS:
        return None
    try:
        call = ast.parse(action.strip(), mode="eval").body
        assert isinstance(call, ast.Call)
        values = [*call.args, *(keyword.value for keyword in call.keywords)]
        return name, tuple(str(ast.literal_eval(value)) for value in values)
    except (SyntaxError, ValueError, AssertionError, MemoryError, RecursionError):
        return name, (_plain(action.partition("(")[2].rstrip(") \n")),)


@lru_cache(maxsize=4_096)
def _element(page: str, element: str) -> str:
    """Role and name of an element, its id where the page does not show it."""
    line = element_line(page, element)
    found = None if line is None else _ROLE.match(line)
    if found is None:
        return f"[{element}]"
    return f"{found[1]} {found[3]}".strip() if found[3] else found[1]


def _command(command: str, root: str) -> tuple[str, str, str]:
    folder = ""
    while (moved := _CD.match(command)) is not None:
        folder, command = moved["to"], command[moved.end() :]
    exact = _plain(_within(_HOST.sub("", command), root))
    first = _plain(_within(command.strip().partition("\n")[0], root))
    inside = _within(f"{folder.rstrip('/')}/", root).rstrip("/") if folder else ""
    return _NUMBER.sub("#", first), exact, inside


def _within(text: str, root: str) -> str:
    """A text with paths told from the folder the rollout works in."""
    if root:
        text = text.replace(f"{root}/", "")
    return re.sub(r"(?<![\w./])\./(?=\w)", "", text)


def _root(steps: Sequence[Step]) -> str:
    """The folder that commands change into first: the shortest absolute one, empty where there is none."""
    found = (_CD.match(action.text) for step in steps for action in step.actions)
    folders = {one["to"].rstrip("/") for one in found if one is not None and one["to"].startswith("/")}
    return min(folders - {""}, key=lambda folder: (len(folder), folder), default="")


def _plain(text: str) -> str:
    """Without quotes and spare white space."""
    return " ".join(text.replace('"', "").replace("'", "").replace("`", "").split())
