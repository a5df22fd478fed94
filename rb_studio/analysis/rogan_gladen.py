"""Rogan-Gladen: the true success rate behind a judge whose errors are known."""

from math import sqrt

from rb_studio.analysis.intervals import Estimate, critical
from rb_studio.analysis.judge_quality import JudgeTable


def rogan_gladen(p: float, sensitivity: float, specificity: float) -> float | None:
    """(p + specificity - 1) / (sensitivity + specificity - 1), clipped to 0..1.

    None when the judge is no better than chance (the two rates sum to at most 1).
    """
    skill = sensitivity + specificity - 1
    return None if skill <= 0 else min(1.0, max(0.0, (p + specificity - 1) / skill))


def corrected_success(table: JudgeTable, level: float = 0.95) -> Estimate | None:
    """The success rate over all known verdicts, corrected by the judge's rates where truth is known.

    The interval carries both samples, the judged rollouts and the calibrating ones (Lang and Reiczigel
    2014). None without verdicts, without both kinds of truth, or with a judge no better than chance.
    """
    positives, negatives = table.tp + table.fn, table.tn + table.fp
    accepted = table.tp + table.fp + table.untold_success
    judged = table.known + table.untold_success + table.untold_failure
    if not positives or not negatives:
        return None
    value = rogan_gladen(accepted / judged, table.tp / positives, table.tn / negatives)
    bounds = _interval((accepted, judged), (table.tp, positives), (table.tn, negatives), critical(level))
    if value is None or bounds is None:
        return None
    return Estimate(value, min(bounds[0], value), max(bounds[1], value), judged)


def _interval(
    judged: tuple[int, int], found: tuple[int, int], refused: tuple[int, int], z: float
) -> tuple[float, float] | None:
    n, positives, negatives = judged[1] + z * z, found[1] + 2, refused[1] + 2
    p = (judged[0] + z * z / 2) / n
    sensitivity, specificity = (found[0] + 1) / positives, (refused[0] + 1) / negatives
    skill = sensitivity + specificity - 1
    if skill <= 0:
        return None
    rate = min(1.0, max(0.0, (p + specificity - 1) / skill))
    spread_found = sensitivity * (1 - sensitivity) / positives
    spread_refused = specificity * (1 - specificity) / negatives
    shift = 2 * z * z * (rate * spread_found - (1 - rate) * spread_refused)
    variance = p * (1 - p) / n + rate**2 * spread_found + (1 - rate) ** 2 * spread_refused
    half = z * sqrt(variance) / skill
    return max(0.0, rate + shift - half), min(1.0, rate + shift + half)
