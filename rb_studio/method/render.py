"""How trajectories are written into prompts: thoughts and actions, last pages, attempts side by side."""

from collections.abc import Sequence

from rb_studio.records.judgement import Verdict
from rb_studio.records.trajectory import Step, Trajectory

LAST_PAGES = 3
PAGE_CHARS = 20_000
THOUGHT_CHARS = 6_000
ACTION_CHARS = 6_000


def cut(text: str, limit: int) -> str:
    """The text, or its two ends around a note of how much was left out."""
    if len(text) <= limit:
        return text
    half = limit // 2
    return f"{text[:half]}\n[... {len(text) - 2 * half} characters left out ...]\n{text[-half:]}"


def step_text(step: Step) -> str:
    """One step as thought, action and, where there was one, the error."""
    lines = [
        f"[step {step.number}] Thought: {cut(step.thought, THOUGHT_CHARS)}",
        f"Action: {cut(step.action_text, ACTION_CHARS)}",
    ]
    if step.error:
        lines.append(f"Error: {step.error}")
    return "\n".join(lines)


def steps_text(steps: Sequence[Step]) -> str:
    """Thoughts and actions in order; observations are left out (paper, section 3: thoughts stand for them).

    A line stands before each refinement pass.
    """
    parts: list[str] = []
    begun = 1
    for step in steps:
        if step.pass_number > begun:
            begun = step.pass_number
            parts.append(f"[pass {begun}] The agent was asked to check its work and went on:")
        parts.append(step_text(step))
    return "\n\n".join(parts) or "(no steps)"


def observations_text(trajectory: Trajectory) -> str:
    """The last pages, the one after the last action included; a short attempt shows where it started too."""
    start = [("### At the start", trajectory.first_observation)]
    seen = start + [(f"### After step {step.number}", step.observation) for step in trajectory.steps]
    shown = [(heading, page) for heading, page in seen if page][-LAST_PAGES:]
    return "\n\n".join(f"{heading}\n{cut(page, PAGE_CHARS)}" for heading, page in shown) or "(no pages)"


def answer_text(trajectory: Trajectory) -> str:
    """The final message, else the final diff."""
    return trajectory.answer or trajectory.patch or "(none)"


def attempt_text(number: int, trajectory: Trajectory, verdict: Verdict | None = None, task: str = "") -> str:
    """One attempt for a comparison; with a verdict its outcome and the reviewer's reason are told.

    `task` names what it was after, where the attempts compared are of several tasks.
    """
    heading = f"## Attempt {number}" + (f" - outcome: {verdict.status}" if verdict else "")
    heading += f"\nGoal of this attempt: {task}" if task else ""
    reason = f"Reviewer's reason: {verdict.reason}\n\n" if verdict and verdict.reason else ""
    return f"{heading}\n{reason}{steps_text(trajectory.steps)}\n\nFinal message: {answer_text(trajectory)}"
