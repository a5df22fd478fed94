"""Trajectories as Markdown for people to read; nothing reads it back."""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from rb_studio.interchange.atomic import writing
from rb_studio.interchange.source import clean_text
from rb_studio.interchange.trajectory_jsonl import JudgedRollout
from rb_studio.records.judgement import Truth
from rb_studio.records.trajectory import Step

_BACKTICKS = re.compile(r"`+")


def write_trajectories_md(rollouts: Iterable[JudgedRollout], target: Path) -> int:
    """Write rollouts one after the other and return how many. Raises CannotWrite."""
    count = 0
    with writing(target) as file:
        for entry in rollouts:
            file.write(clean_text(trajectory_markdown(entry)))
            count += 1
    return count


def trajectory_markdown(entry: JudgedRollout) -> str:
    """One rollout: its task, what is known of its outcome, and every step."""
    return "\n\n".join((*_head(entry), *_body(entry))) + "\n\n"


def step_markdown(step: Step) -> str:
    """One step: reasoning, thought, actions, error and observation."""
    return "\n\n".join(_step(step)) + "\n"


def _head(entry: JudgedRollout) -> Iterator[str]:
    trajectory, task = entry.rollout.trajectory, entry.rollout.task
    yield f"# {task.key}, rollout {trajectory.rollout_index + 1}"
    facts = [
        ("Run", entry.rollout.run),
        ("Rollout", trajectory.uid),
        ("Model", trajectory.model),
        ("Ended", trajectory.exit_detail or str(trajectory.exit_reason)),
        ("Simulated", "yes, in the practice world" if trajectory.simulated else ""),
        *(("Truth", f"{_outcome(truth)} ({truth.source})") for truth in entry.truths[-1:]),
        *(("Verdict", f"{verdict.status} ({verdict.source}): {_line(verdict.reason)}") for verdict in entry.verdicts),
    ]
    yield "\n".join(f"- {name}: {value}" for name, value in facts if value)
    yield "## Task"
    yield _quoted(task.text or "not recorded")


def _body(entry: JudgedRollout) -> Iterator[str]:
    trajectory = entry.rollout.trajectory
    if trajectory.memory_block:
        yield "## Memory it was given"
        yield _quoted(trajectory.memory_block)
    if trajectory.first_observation:
        yield "## First observation"
        yield _fenced(trajectory.first_observation)
    for step in trajectory.steps:
        yield from _step(step)
    if trajectory.answer is not None:
        yield "## Answer"
        yield _quoted(trajectory.answer)
    if trajectory.patch is not None:
        yield "## Patch"
        yield _fenced(trajectory.patch, "diff")


def _step(step: Step) -> Iterator[str]:
    yield f"## Step {step.number}"
    if step.reasoning:
        yield f"Reasoning:\n\n{_quoted(step.reasoning)}"
    if step.thought:
        yield _quoted(step.thought)
    for action in step.actions:
        yield f"Action{f' ({action.tool})' if action.tool else ''}:\n\n{_fenced(action.text)}"
    if step.error:
        yield f"Error: {_line(step.error)}"
    if step.observation:
        yield f"Observation:\n\n{_fenced(step.observation)}"


def _outcome(truth: Truth) -> str:
    return "unknown" if truth.success is None else "success" if truth.success else "failure"


def _quoted(text: str) -> str:
    return "\n".join(f"> {line}".rstrip() for line in text.splitlines())


def _fenced(text: str, language: str = "text") -> str:
    """A code block whose fence no text inside can close."""
    fence = "`" * max(3, 1 + max((len(run) for run in _BACKTICKS.findall(text)), default=0))
    return f"{fence}{language}\n{text}\n{fence}"


def _line(text: str) -> str:
    return " ".join(text.split())
