"""What the scrub bar shows of each step; made where a rollout is read, and only for the steps that are new."""

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from rb_studio.analysis.actions import Kind, kind_of, signs
from rb_studio.gui.rooms.trajectories.plain import readable
from rb_studio.records.trajectory import Step

PREVIEW = 300


class Tick(NamedTuple):
    """One step on the bar; `sign` is its error in a word."""

    kind: Kind
    sign: str | None


def ticks_of(steps: Sequence[Step], known: tuple[Tick, ...] = ()) -> tuple[Tick, ...]:
    """The ticks of steps, the first of which are known."""
    return known + tuple(_tick(kind_of(step), signs(step)) for step in steps[len(known) :])


def preview_of(step: Step) -> str:
    """Thought, action and error of a step in a few lines."""
    parts = [short(step.thought), short(step.action_text)]
    if step.error:
        parts.append(f"Error: {short(step.error)}")
    return "\n".join(part for part in parts if part)


def short(text: str, most: int = PREVIEW) -> str:
    """The beginning of a text in one line."""
    line = " ".join(readable(text[: most * 2]).split())
    return line if len(line) <= most else line[:most] + "\u2026"


@lru_cache(maxsize=1_000)
def _tick(kind: Kind, sign: str | None) -> Tick:
    """The same object for the same tick: ten thousand of them are compared at every live beat."""
    return Tick(kind, sign)
