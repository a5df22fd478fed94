"""How well retrieval finds the items that tasks are labelled with.

Relevance is what a person said of task and item, never whether a run succeeded. A ranking is taken without
repetitions, so that recall at k never exceeds 1.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from math import log2
from statistics import fmean

import numpy as np

from rb_studio.analysis.bootstrap import mean_intervals
from rb_studio.analysis.intervals import Estimate

KS = (1, 3, 5, 10)


@dataclass(frozen=True, slots=True)
class QueryQuality:
    """One query: recall and nDCG by k, the reciprocal rank of its first relevant item (0: never), score margin.

    `margin` is the score of rank 1 less that of rank 2, None with fewer hits.
    """

    query: str
    recall: Mapping[int, float]
    ndcg: Mapping[int, float]
    reciprocal: float
    margin: float | None


@dataclass(frozen=True, slots=True)
class RetrievalQuality:
    """Means over queries with 95 % bootstrap intervals; a query and its paraphrases count as one case.

    `hit` is the share of queries with a relevant item among the first k. `coverage` is the share of all items that
    any query has among the first of the largest k, `gini` how unevenly these places are spread over the items (0: as
    evenly as can be, near 1: on few). Both are None without items, all others without queries.
    """

    cases: int
    recall: Mapping[int, Estimate | None]
    hit: Mapping[int, Estimate | None]
    ndcg: Mapping[int, Estimate | None]
    mrr: Estimate | None
    margin: Estimate | None
    coverage: float | None
    gini: float | None
    queries: tuple[QueryQuality, ...] = ()


def retrieval_quality(
    ranked: Mapping[str, Sequence[str]],
    relevant: Mapping[str, Mapping[str, int]],
    scores: Mapping[str, Sequence[float]],
    *,
    items: Collection[str] = (),
    family: Mapping[str, str] | None = None,
    ks: Sequence[int] = KS,
) -> RetrievalQuality:
    """Measure rankings against labels.

    Parameters
    ----------
    ranked, scores
        Items of each query, best first, and the scores of its hits (experiences, or items).
    relevant
        Grades above 0 of each query's relevant items; queries without any are left out.
    items
        All items that could be found.
    family
        The query that a query paraphrases.
    """
    labelled = [query for query, grades in relevant.items() if any(grade > 0 for grade in grades.values())]
    distinct = {query: tuple(dict.fromkeys(ranked.get(query, ()))) for query in labelled}
    found = [_query(query, distinct[query], relevant[query], scores.get(query, ()), ks) for query in labelled]
    cases: dict[str, list[QueryQuality]] = defaultdict(list)
    for one in found:
        cases[(family or {}).get(one.query, one.query)].append(one)
    groups = list(cases.values())
    used = Counter(item for query in labelled for item in distinct[query][: max(ks)])
    return RetrievalQuality(
        len(groups),
        {k: _mean([[one.recall[k] for one in group] for group in groups]) for k in ks},
        {k: _mean([[float(one.recall[k] > 0) for one in group] for group in groups]) for k in ks},
        {k: _mean([[one.ndcg[k] for one in group] for group in groups]) for k in ks},
        _mean([[one.reciprocal for one in group] for group in groups]),
        _mean([[one.margin for one in group if one.margin is not None] for group in groups]),
        len(set(used) & set(items)) / len(items) if items and groups else None,
        gini([used[item] for item in items]) if items and groups else None,
        tuple(found),
    )


def gini(counts: Sequence[int]) -> float:
    """Gini coefficient of counts, 0 where they are all equal (or all 0)."""
    values = np.sort(np.asarray(counts, np.float64))
    total = values.sum()
    if not total:
        return 0.0
    places = np.arange(1, len(values) + 1)
    return float((2 * places - len(values) - 1) @ values / (len(values) * total))


def _query(
    query: str, ranked: Sequence[str], grades: Mapping[str, int], scores: Sequence[float], ks: Sequence[int]
) -> QueryQuality:
    wanted = {item: grade for item, grade in grades.items() if grade > 0}
    first = next((place for place, item in enumerate(ranked, 1) if item in wanted), None)
    best = sorted(wanted.values(), reverse=True)
    return QueryQuality(
        query,
        {k: sum(item in wanted for item in ranked[:k]) / len(wanted) for k in ks},
        {k: _gain([wanted.get(item, 0) for item in ranked[:k]]) / _gain(best[:k]) for k in ks},
        0.0 if first is None else 1 / first,
        float(scores[0] - scores[1]) if len(scores) > 1 else None,
    )


def _gain(grades: Sequence[int]) -> float:
    """Discounted cumulative gain: 2**grade - 1 over the logarithm of the place (Burges et al. 2005)."""
    return sum(((1 << grade) - 1) / log2(place + 1) for place, grade in enumerate(grades, 1))


def _mean(cases: Sequence[Sequence[float]]) -> Estimate | None:
    values = [fmean(case) for case in cases if case]
    if not values:
        return None
    mean, low, high = mean_intervals(np.array(values)[:, None])
    return Estimate(float(mean[0]), float(low[0]), float(high[0]), len(values))
