"""The selecting practice model: which of several attempts most likely reached the goal."""

import json

from rb_studio.models.practice_behaviours import shown
from rb_studio.models.practice_habits import Habit
from rb_studio.models.practice_intent import called_for, understand
from rb_studio.models.practice_talk import ShownAttempt, part, read_attempts


def choose(text: str) -> str:
    """The choice as JSON: careful behaviours the goal calls for, then fewer errors, then fewer steps."""
    attempts = read_attempts(text)
    if not attempts:
        return json.dumps({"index": 1, "analysis": "I am the practice model and find no attempts in this."})
    wanted = set(called_for(understand(part(text, "Task:", "\n## Attempt"))))
    best = max(attempts, key=lambda attempt: _merit(attempt, wanted))
    kept = sorted(wanted & shown(best.steps).keys())
    why = f"It shows {', '.join(kept)}" if kept else "None shows what the goal calls for"
    return json.dumps({"index": best.number, "analysis": f"{why}, in {len(best.steps)} steps."})


def _merit(attempt: ShownAttempt, wanted: set[Habit]) -> tuple[bool, int, int, int, int]:
    careful = len(wanted & shown(attempt.steps).keys())
    errors = sum(bool(step.error) for step in attempt.steps)
    finished = attempt.final not in ("", "(none)")
    return finished, careful, -errors, -len(attempt.steps), -attempt.number
