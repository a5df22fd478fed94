"""How far judges agree: with one another, and each with itself when it is asked again."""

from collections import Counter
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from rb_studio.analysis.intervals import Estimate, proportion
from rb_studio.records.judgement import Status

Unit = TypeVar("Unit", bound=Hashable)
_CONFLICT = frozenset((Status.SUCCESS, Status.FAILURE))


@dataclass(frozen=True, slots=True)
class SelfAgreement:
    """What a judge said that was asked several times about each of `rollouts`.

    `same` is the chance that two of its answers about a rollout are equal, the mean over rollouts; `unanimous` the
    share of rollouts with equal answers throughout, with its Wilson interval. `flipped` of them were called a success
    and a failure.
    """

    rollouts: int
    answers: int
    same: float
    unanimous: Estimate | None
    flipped: int


def self_agreement(said: Iterable[Sequence[str]], level: float = 0.95) -> SelfAgreement | None:
    """Of the answers about each rollout; None where none was asked about twice."""
    asked = [tuple(answers) for answers in said if len(answers) > 1]
    if not asked:
        return None
    return SelfAgreement(
        rollouts=len(asked),
        answers=sum(map(len, asked)),
        same=sum(map(_same, asked)) / len(asked),
        unanimous=proportion(sum(len(set(answers)) == 1 for answers in asked), len(asked), level),
        flipped=sum(set(answers) >= _CONFLICT for answers in asked),
    )


def majority(said: Sequence[str]) -> str:
    """What most of several answers say; unknown where none is said most often."""
    (first, most), *others = Counter(said).most_common() or [(str(Status.UNKNOWN), 0)]
    return str(Status.UNKNOWN) if any(count == most for _, count in others) else first


def disagreements(judges: Sequence[Mapping[Unit, str]]) -> list[Unit]:
    """What at least two judges saw and saw differently: success against failure first, else in the order told."""
    units = list(dict.fromkeys(unit for said in judges for unit in said))
    found = {unit: {said[unit] for said in judges if unit in said} for unit in units}
    return sorted((unit for unit in units if len(found[unit]) > 1), key=lambda unit: not found[unit] >= _CONFLICT)


def _same(answers: Sequence[str]) -> float:
    n = len(answers)
    return sum(count * (count - 1) for count in Counter(answers).values()) / (n * (n - 1))
