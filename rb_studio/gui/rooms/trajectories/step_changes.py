"""How what a step led to differs from what was there before."""

import difflib
from collections.abc import Sequence

from rb_studio.gui.rooms.trajectories.late_text import LateText
from rb_studio.gui.rooms.trajectories.long_text import Stretch
from rb_studio.gui.rooms.trajectories.opened import Opened
from rb_studio.gui.rooms.trajectories.plain import broken, readable

DIFF_LINES = 20_000
CONTEXT = 2
SAME = "Nothing changed."
TOO_LONG = "These texts are too long to be compared here."
SAME_ACTION = "Compared with step {}, where the same was done."
BEFORE = "Compared with step {}."
AT_START = "Compared with what was seen first."


def changes_of(opened: Opened, place: int) -> LateText:
    """The observation after a step against an earlier one, with added and removed lines to colour.

    Pages are compared with the page before. Of output that is no page, that of the same action is the better
    measure, where it was done before: two runs of a test, two listings of a folder.
    """
    earlier = _earlier(opened, place)
    if earlier is None:
        before, note = opened.page_before(place), AT_START if place == 1 else BEFORE.format(place - 1)
    else:
        before, note = opened.step(earlier).observation, SAME_ACTION.format(earlier)
    lines = changed_lines(readable(before).split("\n"), readable(opened.step(place).observation).split("\n"))
    if lines is None:
        return LateText(TOO_LONG, note=note)
    if not lines:
        return LateText(SAME, note=note)
    text = broken("\n".join(lines))
    return LateText(text, tuple(_stretches(text)), note)


def changed_lines(before: Sequence[str], after: Sequence[str]) -> list[str] | None:
    """A unified diff without its heading; None where the differing middles are too long to be compared in time."""
    start = 0
    while start < min(len(before), len(after)) and before[start] == after[start]:
        start += 1
    end = 0
    while end < min(len(before), len(after)) - start and before[-1 - end] == after[-1 - end]:
        end += 1
    first, last = max(0, start - CONTEXT), max(0, end - CONTEXT)
    ours, theirs = before[first : len(before) - last], after[first : len(after) - last]
    if len(ours) + len(theirs) > DIFF_LINES:
        return None
    found = list(difflib.unified_diff(ours, theirs, lineterm="", n=CONTEXT))[2:]
    return [_moved(line, first) if line.startswith("@@") else line for line in found]


def _moved(hunk: str, by: int) -> str:
    """A hunk's heading, counted from the beginning of the texts and not of their middles."""
    parts = hunk.split(" ")
    for place in (1, 2):
        sign, (at, comma, size) = parts[place][0], parts[place][1:].partition(",")
        parts[place] = f"{sign}{int(at) + by}{comma}{size}"
    return " ".join(parts)


def _earlier(opened: Opened, place: int) -> int | None:
    """The step before that did the same, where what is seen is no page."""
    action = opened.step(place).action_text.strip()
    if not action or is_page(opened):
        return None
    steps = opened.trajectory.steps[: place - 1]
    return next((at for at in range(len(steps), 0, -1) if steps[at - 1].action_text.strip() == action), None)


def is_page(opened: Opened) -> bool:
    """Whether what the agent sees is a page that stays, rather than output of one action after the other."""
    return opened.drawable or opened.trajectory.first_observation.startswith("RootWebArea")


def _stretches(text: str) -> list[Stretch]:
    found, at = [], 0
    for line in text.split("\n"):
        if line.startswith(("+", "-")):
            found.append(Stretch(at, len(line), "base", "success" if line[0] == "+" else "failure"))
        elif line.startswith("@@"):
            found.append(Stretch(at, len(line), "alternate", "muted"))
        at += len(line) + 1
    return found
