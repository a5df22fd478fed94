"""How well thresholds tell duplicates from other pairs, measured on labelled pairs."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from rb_studio.analysis.duplicates import Thresholds, alike
from rb_studio.analysis.intervals import Estimate, proportion

# What a pair's texts are to each other. A paraphrase shares hardly a word; a restated text shares most of them.
DUPLICATES = ("reworded", "restated", "paraphrase")
OTHERS = ("opposite", "other", "unrelated")
RELATIONS = (*DUPLICATES, *OTHERS)


@dataclass(frozen=True, slots=True)
class ScoredPair:
    """A labelled pair with its evidence."""

    relation: str
    cosine: float
    overlap: float


@dataclass(frozen=True, slots=True)
class OperatingPoint:
    """What thresholds find: pairs by relation, precision and recall with their 95 % intervals.

    `precision` is None where nothing is found, `recall` where there is nothing to find.
    """

    thresholds: Thresholds
    found: Mapping[str, int]
    precision: Estimate | None
    recall: Estimate | None


def operating_point(pairs: Sequence[ScoredPair], limits: Thresholds) -> OperatingPoint:
    """What these thresholds find among labelled pairs."""
    found = Counter(pair.relation for pair in pairs if alike(pair.cosine, pair.overlap, limits))
    right = sum(found[relation] for relation in DUPLICATES)
    duplicates = sum(pair.relation in DUPLICATES for pair in pairs)
    by_relation = {relation: found[relation] for relation in RELATIONS}
    return OperatingPoint(limits, by_relation, proportion(right, found.total()), proportion(right, duplicates))


def best_point(points: Iterable[OperatingPoint], least_precision: float) -> OperatingPoint:
    """The point of the highest recall among those of enough precision; of equals the most lenient.

    Raises ValueError where none is precise enough.
    """
    return max(
        (
            (one.recall.value, one.precision.value, -one.thresholds.cosine, -one.thresholds.overlap, one)
            for one in points
            if one.recall and one.precision and one.precision.value >= least_precision
        ),
        key=lambda ranked: ranked[:4],
    )[4]
