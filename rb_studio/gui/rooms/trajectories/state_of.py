"""Where the environment stands at a step: what was stored of it, else what follows from the commands until then."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence

from rb_studio.analysis.actions import Kind, acted_element, element_line, kind_of
from rb_studio.gui.rooms.trajectories.highlight import HEREDOC
from rb_studio.gui.rooms.trajectories.late_text import LateText
from rb_studio.gui.rooms.trajectories.opened import Opened
from rb_studio.gui.rooms.trajectories.plain import part_of, readable
from rb_studio.records.trajectory import State, Step

STORED = "As the environment told it after this step."
DERIVED = "Derived from the commands until this step; the environment told nothing of it."
UNKNOWN = "Nothing is known of the environment's state at this step."
_CD = re.compile(r"(?:^|[;&\n]\s*)cd\s+(?P<to>\"[^\"\n]+\"|'[^'\n]+'|[^\s;&|]+)")
_INTO = re.compile(r"\b(?:cat|tee)\b[^\n]*?(?:>{1,2}|\btee\s+(?:-a\s+)?)\s*(?P<file>[^\s<>|&;]+)")
_DIFF = re.compile(r"^diff --git .*", re.MULTILINE | re.DOTALL)
_CLOSING = re.compile(r"\n</?(?:output|returncode|warning)\b.*", re.DOTALL)
_FILL = re.compile(r"\s*(?:fill|select_option|type)\(\s*['\"]?(?P<id>[^'\",]+)['\"]?\s*,\s*(?P<value>.+?)\s*\)\s*$")


def state_of(opened: Opened, place: int) -> LateText:
    """Address or folder, what is in forms, and what was changed so far, as of a step."""
    state = opened.step(place).state
    if state is not None:
        return LateText("\n\n".join(_told(state)), note=STORED)
    steps = opened.trajectory.steps[:place]
    parts = list(_filled(opened, place) if _is_web(steps) else _in_shell(steps))
    if not parts:
        return LateText(UNKNOWN)
    return LateText("\n\n".join(parts), note=DERIVED, language="diff")


def _told(state: State) -> Iterator[str]:
    yield f"At: {readable(state.location) or 'not told'}"
    yield _pairs("In forms", state.form) if state.form else "In forms: nothing"
    if state.changes:
        changes = json.dumps(dict(state.changes), indent=2, ensure_ascii=False, default=str)
        yield f"Changed since the beginning:\n{changes}"
    else:
        yield "Changed since the beginning: nothing"


def _pairs(title: str, values: Mapping[str, str]) -> str:
    return "\n".join([f"{title}:", *(f"  {readable(name)}: {readable(value)}" for name, value in values.items())])


def _is_web(steps: Sequence[Step]) -> bool:
    return any(acted_element(action.text) is not None for step in steps for action in step.actions)


def _filled(opened: Opened, place: int) -> Iterator[str]:
    """The fields written to since the page was last another one, by what the page calls them."""
    filled: dict[str, str] = {}
    for number in range(1, place + 1):
        step = opened.step(number)
        if kind_of(step) is Kind.OPEN:
            filled.clear()
        written = _FILL.match(step.action_text)
        if written and not step.error:
            name = element_line(opened.page_before(number), written["id"]) or f"element {written['id']}"
            filled[name] = written["value"]
    if filled:
        yield _pairs("Written into fields since the last page", filled)


def _in_shell(steps: Sequence[Step]) -> Iterator[str]:
    moved = [found["to"].strip("'\"") for found in _CD.finditer(steps[-1].action_text)]
    if moved:
        yield f"Folder of this step's commands: {moved[-1]}"
    printed = _last_diff(steps)
    if printed is not None:
        number, diff = printed
        later = list(_edits(steps[number:], number + 1))
        yield f"Changes as step {number} printed them:\n{diff}"
        if later:
            yield "\n".join([f"Written since step {number}:", *later])
        return
    edits = list(_edits(steps, 1))
    if edits:
        yield "\n".join(["Written so far:", *edits])


def _last_diff(steps: Sequence[Step]) -> tuple[int, str] | None:
    """The newest whole `git diff` a step printed."""
    for number in range(len(steps), 0, -1):
        step = steps[number - 1]
        if re.search(r"\bgit\s+(?:-\S+\s+)*diff\b", step.action_text):
            found = _DIFF.search(readable(step.observation))
            if found:
                return number, _CLOSING.sub("", found[0])
    return None


def _edits(steps: Sequence[Step], first: int) -> Iterator[str]:
    """What each editing step wrote: whole files line by line, other edits by their command."""
    for number, step in enumerate(steps, first):
        if kind_of(step) is not Kind.WRITE or step.error:
            continue
        for action in step.actions:
            documents = ((_INTO.search(found["line"]), found["body"]) for found in HEREDOC.finditer(action.text))
            written = [(into["file"], body) for into, body in documents if into is not None]
            for file, body in written:
                yield f"--- step {number}: {file}"
                yield from (f"+{line}" for line in readable(body).split("\n"))
            if not written:
                yield f"--- step {number}"
                yield from part_of(action.text).text.split("\n")
