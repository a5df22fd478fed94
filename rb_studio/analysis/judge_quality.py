"""How good a judge is: its verdicts beside the truth."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from rb_studio.analysis.intervals import Estimate, proportion
from rb_studio.records.judgement import Status


@dataclass(frozen=True, slots=True)
class JudgeTable:
    """Counts of judge x truth. The first four are the known ones.

    `unsure_*` are verdicts unknown, by truth; `untold_*` are rollouts without truth, by verdict.
    """

    tp: int = 0
    fp: int = 0
    fn: int = 0
    tn: int = 0
    unsure_success: int = 0
    unsure_failure: int = 0
    untold_success: int = 0
    untold_failure: int = 0
    untold_unknown: int = 0

    @property
    def known(self) -> int:
        """Rollouts with both a known verdict and a known truth."""
        return self.tp + self.fp + self.fn + self.tn

    @property
    def unsure(self) -> int:
        return self.unsure_success + self.unsure_failure + self.untold_unknown

    @property
    def total(self) -> int:
        return self.known + self.unsure + self.untold_success + self.untold_failure

    def rows(self) -> dict[str, dict[str, int]]:
        """Nested counts: verdict, then truth, each success, failure or unknown."""
        return {
            "success": {"success": self.tp, "failure": self.fp, "unknown": self.untold_success},
            "failure": {"success": self.fn, "failure": self.tn, "unknown": self.untold_failure},
            "unknown": {
                "success": self.unsure_success,
                "failure": self.unsure_failure,
                "unknown": self.untold_unknown,
            },
        }


@dataclass(frozen=True, slots=True)
class JudgeQuality:
    """Rates over rollouts with known verdict and truth; None where undefined.

    `ppv` decides how pure memory is and where best-of-k ends; `kappa` is low at a skewed `prevalence`
    (share of true successes) even when agreement is high, so the two belong side by side.
    `unknown_rate` is the share of verdicts that are unknown, over all rollouts.
    """

    accuracy: Estimate | None
    ppv: Estimate | None
    recall: Estimate | None
    specificity: Estimate | None
    f1: float | None
    kappa: float | None
    prevalence: Estimate | None
    unknown_rate: Estimate | None


_CELLS = {
    (Status.SUCCESS, True): "tp",
    (Status.SUCCESS, False): "fp",
    (Status.FAILURE, True): "fn",
    (Status.FAILURE, False): "tn",
    (Status.UNKNOWN, True): "unsure_success",
    (Status.UNKNOWN, False): "unsure_failure",
    (Status.SUCCESS, None): "untold_success",
    (Status.FAILURE, None): "untold_failure",
    (Status.UNKNOWN, None): "untold_unknown",
}


def judge_table(pairs: Iterable[tuple[Status, bool | None]]) -> JudgeTable:
    """Count (verdict, truth) pairs."""
    return JudgeTable(**Counter(_CELLS[verdict, truth] for verdict, truth in pairs))


def judge_quality(table: JudgeTable, level: float = 0.95) -> JudgeQuality:
    """Rates of a table with Wilson intervals."""
    return JudgeQuality(
        accuracy=proportion(table.tp + table.tn, table.known, level),
        ppv=proportion(table.tp, table.tp + table.fp, level),
        recall=proportion(table.tp, table.tp + table.fn, level),
        specificity=proportion(table.tn, table.tn + table.fp, level),
        f1=_f1(table),
        kappa=kappa(table),
        prevalence=proportion(table.tp + table.fn, table.known, level),
        unknown_rate=proportion(table.unsure, table.total, level),
    )


def kappa(table: JudgeTable) -> float | None:
    """Cohen's kappa, agreement beyond chance; None when chance alone would agree fully."""
    n = table.known
    if n == 0:
        return None
    observed = (table.tp + table.tn) / n
    judged, true = (table.tp + table.fp) / n, (table.tp + table.fn) / n
    expected = judged * true + (1 - judged) * (1 - true)
    return None if expected >= 1 else (observed - expected) / (1 - expected)


def _f1(table: JudgeTable) -> float | None:
    weight = 2 * table.tp + table.fp + table.fn
    return 2 * table.tp / weight if weight else None
