"""What the texts of an item should keep to: a lesson, a recorded attempt and a workflow are written differently."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Literal

from rb_studio.gui.rooms.memories.steps import Step, recorded_steps, workflow_steps
from rb_studio.gui.rooms.memories.texts import words_in

Unit = Literal["words", "characters"]


@dataclass(frozen=True, slots=True)
class Limit:
    """What a text should be, and from how much on it is called long; nothing is ever cut."""

    most: int
    what: str
    unit: Unit = "words"

    def told(self, text: str) -> str:
        """How long a text is, with a sign where it is longer than it should be."""
        count = words_in(text) if self.unit == "words" else len(text)
        told = f"{count:,} of {self.most:,} {self.unit}"
        return f"\u26a0 long: {told}" if count > self.most else told


@dataclass(frozen=True, slots=True)
class Form:
    """How an item of one kind is edited.

    `lines` is the least height of its content; `steps` finds the steps in it, and `ordered` tells that they may be put
    into another order and counted anew: a record of what was done may only be shortened.
    """

    limits: Mapping[str, Limit]
    content: str = "&Content"
    lines: int = 6
    steps: Callable[[str], tuple[Step, ...]] | None = field(default=None, compare=False)
    ordered: bool = False


# The form the distillation prompts ask for (paper, section 3).
LIMITS: Mapping[str, Limit] = {
    "title": Limit(12, "a short name"),
    "description": Limit(40, "one sentence: what it does and when to use it"),
    "content": Limit(120, "one to three sentences: the steps and why they work"),
    "task": Limit(400, "the task text it is retrieved by; empty: its title and description"),
}
LESSON = Form(LIMITS)
STEPS_LINES = 12


@cache
def form_of(mode: str) -> Form:
    """The form of the items a memory mode writes."""
    if mode == "synapse":
        return _recorded()
    return _WORKFLOW if mode == "awm" else LESSON


def _recorded() -> Form:
    from rb_studio.method.baselines import CHARACTERS_PER_TOKEN, TASK_CHARS, TITLE_CHARS, TRAJECTORY_TOKENS

    # Title and description have a few words of their own beside the task's text.
    limits = {
        "title": Limit(TITLE_CHARS + 20, "a name for the attempt", "characters"),
        "description": Limit(TASK_CHARS + 80, "what the attempt was after", "characters"),
        "content": Limit(
            TRAJECTORY_TOKENS * CHARACTERS_PER_TOKEN,
            "thoughts, actions and final message of the attempt, [step 1] and on",
            "characters",
        ),
    }
    return Form({**LIMITS, **limits}, "&Steps as recorded", STEPS_LINES, recorded_steps)


_WORKFLOW = Form(
    {
        **LIMITS,
        "content": Limit(400, "two steps or more, one a line, with {placeholders} for what was particular"),
    },
    "&Steps of the workflow",
    STEPS_LINES,
    workflow_steps,
    ordered=True,
)
