"""Whose word counts: truth, a person's or the judge's, in which order."""

from dataclasses import dataclass
from itertools import permutations

from rb_studio.records.errors import UsageError
from rb_studio.records.judgement import Status

TRUTH, HUMAN, JUDGE = "truth", "human", "judge"
SOURCES = (TRUTH, HUMAN, JUDGE)
_WORDS = {TRUTH: "the environment", HUMAN: "a person", JUDGE: "the judge"}


@dataclass(frozen=True, slots=True)
class Precedence:
    """A rollout's success is what the first of `order` says that says anything; `order` holds some of `SOURCES`.

    Raises
    ------
    UsageError
        The order is empty, repeats itself or names somebody else.
    """

    order: tuple[str, ...] = (TRUTH,)

    def __post_init__(self) -> None:
        if not self.order or len(set(self.order)) < len(self.order) or set(self.order) - set(SOURCES):
            raise UsageError(
                f"the precedence {','.join(self.order) or '(empty)'} cannot be: "
                f"give some of {', '.join(SOURCES)}, each once"
            )

    @property
    def usual(self) -> bool:
        """Whether only the truth counts."""
        return self.order == (TRUTH,)

    def success(self, truth: bool | None, human: Status | None, judge: Status | None) -> bool | None:
        """Success by the first who knows; None where nobody does."""
        said = {TRUTH: truth, HUMAN: _known(human), JUDGE: _known(judge)}
        return next((said[source] for source in self.order if said[source] is not None), None)

    def sentence(self) -> str:
        """For captions; empty where only the truth counts."""
        return "" if self.usual else self.told

    @property
    def told(self) -> str:
        """The same, also where only the truth counts."""
        return f"success as said by {self.words}"

    @property
    def words(self) -> str:
        """Who is heard, in order."""
        return ", else ".join(_WORDS[source] for source in self.order)

    def notes(self) -> list[str]:
        """What is to be said beside figures: nothing where only the truth counts."""
        return [] if self.usual else [self.sentence()]

    def beside_judge(self) -> "Precedence":
        """Whose word a judge is measured by: the same without the judges, the truth where that leaves nobody."""
        return Precedence(tuple(one for one in self.order if one != JUDGE) or (TRUTH,))


USUAL = Precedence()


def every_precedence() -> list[Precedence]:
    """All there can be, those that hear fewer first."""
    return [Precedence(order) for number in range(1, len(SOURCES) + 1) for order in permutations(SOURCES, number)]


def _known(status: Status | None) -> bool | None:
    return None if status is None or status is Status.UNKNOWN else status is Status.SUCCESS
