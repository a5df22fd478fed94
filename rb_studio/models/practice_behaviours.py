"""Which behaviours a rendered attempt shows, and at which steps."""

from collections.abc import Sequence

from rb_studio.models.practice_habits import REASONS, SIGNS, Behaviour, Habit
from rb_studio.models.practice_talk import ShownStep


def shown(steps: Sequence[ShownStep]) -> dict[Behaviour, list[int]]:
    """Behaviours told in the thoughts, in order of appearance, with their step numbers."""
    found: dict[Behaviour, list[int]] = {}
    for step in steps:
        for behaviour, sign in SIGNS.items():
            if sign.search(step.said):
                found.setdefault(behaviour, []).append(step.number)
    return found


def blamed(reason: str) -> list[Habit]:
    """Habits whose lack a reviewer's reason speaks of."""
    return [habit for habit, pattern in REASONS.items() if pattern.search(reason)]
