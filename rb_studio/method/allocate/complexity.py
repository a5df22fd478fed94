"""How complex a task looks before it runs: a score in 0..1, never by ground truth.

Nobody has published such a score; this one is an extension, and its parts are shown with every decision.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from statistics import fmean
from typing import TYPE_CHECKING

import numpy as np

from rb_studio.method.allocate.past import Neighbour, prior
from rb_studio.records.allocation import Allocation
from rb_studio.records.memory import Bank
from rb_studio.records.task import Task, plain

if TYPE_CHECKING:
    from numpy.typing import NDArray

DECIMALS = 6
# How much a part weighs; how neighbours fared says most.
WEIGHTS = {"novelty": 1.0, "failures nearby": 2.0, "steps nearby": 1.0, "constraints": 1.0, "size": 1.0}
# Half-way points: so many constraints, or words, make a part 0.5.
USUAL_CONSTRAINTS, USUAL_WORDS = 4, 60

_QUOTED = r"\"[^\"\n]+\"|“[^”\n]+”|(?<!\w)'[^'\n]+'(?!\w)"
_WORDS = (
    "and|or|with|without|before|after|between|from|until|during|at least|at most|more than|less than|over|under|above|"
    "below|only|except|not|each|every|all|both|then|most|least|first|last|highest|lowest|sorted|exactly|must"
)
_CONSTRAINT = re.compile(rf"{_QUOTED}|\d[\d.,:/-]*|\b(?:{_WORDS})\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Traits:
    """What is known of a task before it runs.

    `similar` holds its cosine with every task the arm did before, `nearest` the largest cosine with those and with
    the bank, None where there is nothing yet.
    """

    similar: "NDArray[np.float64]" = field(default_factory=lambda: np.zeros(0))
    nearest: float | None = None
    constraints: int = 0
    sites: int = 1
    words: int = 0


def constraints(text: str) -> int:
    """Quoted names, numbers and words that narrow a request down."""
    return len(_CONSTRAINT.findall(text))


def sites(task: Task) -> int:
    """How many sites a task is about, as far as its setup or site tells."""
    listed = task.setup.get("sites")
    if isinstance(listed, Sequence) and not isinstance(listed, str):
        return max(1, len(set(map(str, listed))))
    return 2 if task.site == "multi" else 1


def traits(
    task: Task, bank: Bank, similar: "NDArray[np.float64]", vector: "NDArray[np.float32] | None" = None
) -> Traits:
    """What the arm can know of a task: its text, the bank as it stands, the tasks before it."""
    known = [*similar.tolist(), *_with_bank(task, bank, vector)]
    return Traits(similar, max(known, default=None), constraints(task.text), sites(task), len(task.text.split()))


def _with_bank(task: Task, bank: Bank, vector: "NDArray[np.float32] | None") -> list[float]:
    """Cosines with the bank's experiences of other tasks."""
    others = [
        bank.vectors[one.uid]
        for one in bank.experiences
        if one.uid in bank.vectors and not one.is_of(task.key) and plain(one.task_text) != plain(task.text)
    ]
    if vector is None or not others:
        return []
    return [float(value) for value in (np.stack(others) @ vector).astype(np.float64).round(DECIMALS)]


def parts(seen: Traits, near: Sequence[Neighbour], past: Sequence[Allocation]) -> dict[str, float]:
    """The parts of the score, each in 0..1; 0.5 where nothing is known."""
    a, b = prior(near)
    found = {
        "novelty": 1.0 if seen.nearest is None else 1 - seen.nearest,
        "failures nearby": b / (a + b),
        "steps nearby": _steps(near, past),
        "constraints": seen.constraints / (seen.constraints + USUAL_CONSTRAINTS),
        "size": max(1 - 1 / seen.sites, seen.words / (seen.words + USUAL_WORDS)),
    }
    return {name: round(min(1.0, max(0.0, value)), DECIMALS) for name, value in found.items()}


def score(values: Mapping[str, float]) -> float:
    """Weighted mean of the parts."""
    total = sum(WEIGHTS[name] * value for name, value in values.items())
    return round(total / sum(WEIGHTS[name] for name in values), DECIMALS)


def _steps(near: Sequence[Neighbour], past: Sequence[Allocation]) -> float:
    """Neighbours' mean steps against everybody's: 0.5 when they are alike."""
    known = [(one.weight, one.task.steps) for one in near if one.task.steps is not None]
    usual = fmean([one.steps for one in past if one.steps is not None] or [0.0])
    if not known or not usual:
        return 0.5
    there = sum(weight * steps for weight, steps in known) / sum(weight for weight, _ in known)
    return there / (there + usual)
