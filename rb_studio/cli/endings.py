"""What `run` and `sweep` say about tasks without data, odd endings and unknown truths."""

import sys
from collections.abc import Mapping, Sequence

from rb_studio.cli.output import count
from rb_studio.jobs.endings import unexpected


def told_missing(missing: int, tasks: int, again: str = "give the same command again") -> str:
    """What a fault left out, and what to do about it."""
    lost = f"{missing:,} of {count(tasks, 'task')} without data" if missing < tasks else "no task has data"
    return f"{lost}: {again} to try the {count(missing, 'missing task')}"


def label_line(label: str, noise: float) -> list[str]:
    """What learning goes by, where that is not the judge's own verdict."""
    source = {"gt": "ground truth", "human": "a person's verdict"}.get(label, "the judge")
    flipped = f", flipped at a rate of {noise:g}" if noise else ""
    return [f"labels: {source}{flipped}"] if label in ("gt", "human") or noise else []


def noted(notes: Sequence[str]) -> list[str]:
    """The notes, said on stderr as well."""
    for note in notes:
        sys.stderr.write(f"rb-studio: {note}\n")
    return list(notes)


def endings_lines(exit_reasons: Mapping[str, int], truth_unknown: int, truth_reason: str | None) -> list[str]:
    """Lines only a run with something odd about it has."""
    lines = []
    if unexpected(exit_reasons):
        reasons = (f"{reason.replace('_', ' ')} {number:,}" for reason, number in exit_reasons.items())
        lines.append(f"rollouts ended: {', '.join(reasons)}")
    if truth_unknown:
        because = f", the first because {truth_reason}" if truth_reason else ""
        lines.append(f"truth unknown for {count(truth_unknown, 'rollout')}{because}")
    return lines
