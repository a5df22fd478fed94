"""The arithmetic behind items' effects: one weighted regression within tasks, seen from each item in turn.

Every item's estimate is generalised least squares with the tasks' rates as fixed effects, the item's own effect fixed
and unpenalised, and the effects of the items it meets drawn from N(mean, spread²) (that is, ridge-penalised), which the
bank's own estimates tell. Each item's regression holds the items that disturb it most; what the others may do goes
into its variance. All of it is sparse: the work grows with the uses, not with the square of the bank.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

NEIGHBOURS = 16
PRIOR_TASKS = 20.0
"""How many tasks' worth of residuals the variance of chance alone stands for."""
PRIOR_SCALE = 30.0
"""How many tasks' worth of evidence stand for tasks varying as chance alone tells."""
PRIOR_SPREAD = 0.22
"""Standard deviation of effects before any is known, in standard deviations of one rollout (0.1 of a success rate)."""
PRIOR_ITEMS = 4.0
FEWEST_TASKS = 2
_PASSES = 3
_RATES = (0.02, 0.98)
_LEAST_NOISE = 1e-3


@dataclass(frozen=True, slots=True)
class Cells:
    """What was seen: cells of rollouts under the same memory.

    `stratum` int[cells] (a task of comparable arms) and each one's `task` int[strata]; `n` rollouts and `y` mean
    outcome float[cells]; injected items as pairs `cell`, `item` int[pairs], each pair once. `squares` float[strata]
    and `freedom` float[strata] are the sum of squared deviations within a stratum and its degrees of freedom, for the
    variance of one rollout. `binary` outcomes vary as their rate tells.
    """

    stratum: "Ints"
    task: "Ints"
    n: "Floats"
    y: "Floats"
    cell: "Ints"
    item: "Ints"
    squares: "Floats"
    freedom: "Floats"
    binary: bool = False


@dataclass(frozen=True, slots=True)
class Fit:
    """Per item: estimate, variance, degrees of freedom and shrunk estimate, float[items]; NaN is not estimable."""

    estimate: "Floats"
    variance: "Floats"
    freedom: "Floats"
    shrunk: "Floats"

    def of(self, places: Sequence[int]) -> "Fit":
        """The fit of some items."""
        return Fit(*(column[list(places)] for column in (self.estimate, self.variance, self.freedom, self.shrunk)))


@dataclass(frozen=True, slots=True)
class _Local:
    """The regressions: item `items[i]` with `around[i]` (itself first; -1 is none), their cross products, what is left.

    int[m], int[m, 1 + neighbours], float[m, 1 + neighbours, 1 + neighbours], and float[m], the squared cross products
    with items that are not in the regression.
    """

    items: "Ints"
    around: "Ints"
    products: "Floats"
    outside: "Floats"


@dataclass(frozen=True, slots=True)
class _Scores:
    """Per (task, item) of the regressions: the contrast's share and variance; its outcome, items and residual."""

    item: "Ints"
    share: "Floats"
    variance: "Floats"
    outcome: "Floats"
    count: "Floats"
    residual: "Floats"
    tasks: int


def fit(cells: Cells, items: int) -> Fit:
    """Estimate each of `items` items' effect on the mean outcome of a rollout."""
    nothing = np.full(items, np.nan)
    pooled = _ratio(cells.squares.sum(), cells.freedom.sum())
    local = _local(cells, items) if pooled > 0 else None
    if local is None or not len(local.items):
        return Fit(nothing, nothing, nothing, nothing)
    prior = PRIOR_SPREAD**2 * pooled
    mean, doubt, spread, effects, used = 0.0, prior, prior, np.zeros(items), 0.0
    for _ in range(_PASSES):
        noise, pooled = _noise(cells, effects, used)
        weights, leak = _weights(local, pooled / spread)
        scores = _scores(cells, items, local, weights, noise, effects)
        outcome, count, chance = (
            sums(scores.item, column, items)[local.items] for column in (scores.outcome, scores.count, scores.variance)
        )
        estimate = outcome - mean * (count - 1)
        random, freedom = _variance(scores, items, local, chance, estimate, effects)
        mean, doubt, spread = _effects(outcome, count, random, 1 + leak, spread, prior)
        estimate = outcome - mean * (count - 1)
        variance = random + spread * leak + doubt * (count - 1) ** 2
        known = spread / (spread + variance)
        shrunk = mean + (estimate - mean) * known
        effects, used = _put(items, local.items, shrunk, mean), float(known.sum())
    freedom = freedom * (variance / random) ** 2
    columns = (estimate, variance, freedom, shrunk)
    return Fit(*(_put(items, local.items, column, np.nan) for column in columns))


def _local(cells: Cells, items: int) -> _Local:
    """Each estimable item with the items that would bias it most."""
    from scipy import sparse

    strata = len(cells.squares)
    weight = cells.n[cells.cell]
    injected = sparse.csr_array((weight, (cells.cell, cells.item)), shape=(len(cells.n), items))
    present = sparse.csr_array((np.ones(len(weight)), (cells.cell, cells.item)), shape=(len(cells.n), items))
    totals = sums(cells.stratum, cells.n, strata)
    by_stratum = sparse.csr_array((weight, (cells.stratum[cells.cell], cells.item)), shape=(strata, items))
    by_stratum.sum_duplicates()
    at, who = by_stratum.nonzero()
    contrasted = (by_stratum.data > 0) & (by_stratum.data < totals[at] * (1 - 1e-12))
    pairs = np.unique(cells.task[at[contrasted]] * items + who[contrasted])
    estimable = np.flatnonzero(np.bincount(pairs % items, minlength=items) >= FEWEST_TASKS)
    scaled = by_stratum.multiply(1 / np.maximum(totals, 1e-300)[:, None]).tocsr()
    products = (present.T @ injected - by_stratum.T @ scaled).tocsr()
    products.sum_duplicates()
    around, outside = _around(products, estimable)
    return _Local(estimable, around, _products(products, around), outside)


def _around(products: Any, estimable: "Ints") -> "tuple[Ints, Floats]":
    """The neighbours of each estimable item, and the squared products with all that are not among them."""
    items = products.shape[0]
    diagonal = products.diagonal()
    rows = np.repeat(np.arange(items), np.diff(products.indptr))
    columns, values = products.indices.astype(np.int64), products.data
    weight = np.where(rows == columns, np.inf, values**2 / (diagonal[columns] + 1 / PRIOR_SPREAD**2))
    order = np.lexsort((-weight, rows))
    rank = np.empty(len(order), np.int64)
    rank[order] = np.arange(len(order)) - np.repeat(products.indptr[:-1], np.diff(products.indptr))
    kept = (rank <= NEIGHBOURS) & (weight > 0)
    around = np.full((items, min(NEIGHBOURS, items - 1) + 1), -1, np.int64)
    around[rows[kept], rank[kept]] = columns[kept]
    outside = sums(rows[~kept], values[~kept] ** 2, items)
    return around[estimable], outside[estimable]


def _products(products: Any, around: "Ints") -> "Floats":
    """The cross products within each regression; zero for places without an item."""
    size = around.shape[1]
    one, other = np.triu_indices(size)
    both = (around[:, one] >= 0) & (around[:, other] >= 0)
    values = np.zeros(both.shape)
    values[both] = np.asarray(products[around[:, one][both], around[:, other][both]]).ravel()
    table = np.empty((len(around), size, size))
    table[:, one, other] = table[:, other, one] = values
    return table


def _weights(local: _Local, ridge: float) -> "tuple[Floats, Floats]":
    """Weights of each regression's columns in its item's estimate, and how much of the others' variance stays in it."""
    size = local.around.shape[1]
    penalty = np.full(size, ridge)
    penalty[0] = 0.0
    first = np.zeros((len(local.items), size, 1))
    first[:, 0] = 1.0
    solved = np.linalg.solve(local.products + np.diag(penalty), first)
    weights: Floats = solved[:, :, 0].astype(np.float64)
    leak: Floats = np.einsum("ijk,ik->ij", local.products, weights)[:, 1:]
    left: Floats = (leak**2).sum(1) + weights[:, 0] ** 2 * local.outside
    return weights, left


def _scores(cells: Cells, items: int, local: _Local, weights: "Floats", noise: "Floats", effects: "Floats") -> _Scores:
    """Each task's part in each item's estimate."""
    from scipy import sparse

    strata, size = len(cells.squares), local.around.shape[1]
    known = local.around >= 0
    owner = np.repeat(local.items, size).reshape(-1, size)
    spread = sparse.csr_array((weights[known], (local.around[known], owner[known])), shape=(items, items))
    ones = np.ones(len(cells.cell))
    present = sparse.csr_array((ones, (cells.cell, cells.item)), shape=(len(cells.n), items))
    scores = present @ spread
    own = np.asarray(scores[cells.cell, cells.item]).ravel()
    table = scores.tocoo()
    cell, item, value = table.row.astype(np.int64), table.col.astype(np.int64), table.data
    keys, place = np.unique(cells.stratum[cell] * items + item, return_inverse=True)
    stratum, owner = keys // items, keys % items
    totals = sums(cells.stratum, cells.n, strata)
    weight = cells.n[cell] * value

    def summed(values: "Floats") -> "Floats":
        return sums(place, values, len(keys))

    mine = cells.stratum[cells.cell] * items + cells.item
    here = np.minimum(np.searchsorted(keys, mine), len(keys) - 1)
    found = keys[here] == mine

    def at_own(values: "Floats") -> "Floats":
        return sums(here[found], values[found], len(keys))

    whole, noisy = summed(weight) / totals[stratum], weight * noise[cell]
    chance = sums(cells.stratum, cells.n * noise, strata)
    outcome = _within(cells, cells.y, totals)
    count = _within(cells, np.bincount(cells.cell, minlength=len(cells.n)).astype(np.float64), totals)
    fitted = sums(cells.cell, effects[cells.item], len(cells.n))
    residual = _within(cells, cells.y - fitted, totals)
    share = at_own(cells.n[cells.cell] * own) - whole * at_own(cells.n[cells.cell])
    variance = np.maximum(0.0, summed(noisy * value) - 2 * whole * summed(noisy) + whole**2 * chance[stratum])
    pairs, task = np.unique(cells.task[stratum] * items + owner, return_inverse=True)

    def by_task(values: "Floats") -> "Floats":
        return sums(task, values, len(pairs))

    return _Scores(
        item=pairs % items,
        share=by_task(share),
        variance=by_task(variance),
        outcome=by_task(summed(weight * outcome[cell])),
        count=by_task(summed(weight * count[cell])),
        residual=by_task(summed(weight * residual[cell])),
        tasks=len(np.unique(cells.task)),
    )


def _noise(cells: Cells, effects: "Floats", used: float) -> "tuple[Floats, float]":
    """Variance of one rollout, float[cells] and over all, without what the items' effects (`used` of them) explain.

    A stratum's own variance is drawn towards that of all, as if that had been seen twice more.
    """
    totals = sums(cells.stratum, cells.n, len(cells.squares))
    fitted = sums(cells.cell, effects[cells.item], len(cells.n))
    before, after = _within(cells, cells.y, totals), _within(cells, cells.y - fitted, totals)
    squares = np.maximum(cells.squares + sums(cells.stratum, cells.n * (after**2 - before**2), len(totals)), 0.0)
    freedom = cells.freedom.sum()
    scale = freedom / max(freedom - used, freedom / 2)
    pooled = float(max(squares.sum() * scale, _LEAST_NOISE * cells.squares.sum()) / freedom)
    noise = ((squares * scale + 2 * pooled) / (cells.freedom + 2))[cells.stratum]
    if cells.binary:
        rate = np.clip(cells.y - after, *_RATES)
        chance = rate * (1 - rate)
        noise = noise * chance / (sums(cells.stratum, cells.n * chance, len(totals)) / totals)[cells.stratum]
    return noise, pooled


def _within(cells: Cells, values: "Floats", totals: "Floats") -> "Floats":
    means = sums(cells.stratum, cells.n * values, len(totals)) / np.maximum(totals, 1e-300)
    return values - means[cells.stratum]


def _variance(
    scores: _Scores, items: int, local: _Local, chance: "Floats", estimate: "Floats", effects: "Floats"
) -> "tuple[Floats, Floats]":
    """Variance of each estimate by chance, and its degrees of freedom.

    The residuals of whole tasks (cluster-robust, CR2) are moderated by the variance of chance alone, which counts as
    PRIOR_TASKS tasks and is scaled by how much more the tasks of the whole bank vary than chance tells.
    """
    change = _put(items, local.items, effects[local.items] - estimate, 0.0)
    residual = scores.residual + scores.share * change[scores.item]
    part = scores.variance / np.maximum(_put(items, local.items, chance, 1.0), 1e-300)[scores.item]
    left = 1 - np.clip(part, 0.0, 0.9)
    robust = sums(scores.item, residual**2 / left, items)[local.items]
    squares, ratios = sums(scores.item, part**2, items), sums(scores.item, part**2 / left, items)
    fourth = sums(scores.item, part**4 / left**2, items)
    tasks = 1 / np.maximum(squares + ratios**2 - fourth, 1e-9)[local.items]
    usable = chance > 0
    excess = _ratio((tasks * _ratio(robust, chance))[usable].sum(), tasks[usable].sum())
    scale = (scores.tasks * excess + PRIOR_SCALE) / (scores.tasks + PRIOR_SCALE)
    noise: Floats = np.maximum((PRIOR_TASKS * scale * chance + tasks * robust) / (PRIOR_TASKS + tasks), 1e-12)
    return noise, PRIOR_TASKS + tasks


def _effects(
    outcome: "Floats", count: "Floats", noise: "Floats", share: "Floats", spread: float, prior: float
) -> tuple[float, float, float]:
    """Mean of the items' effects, its own variance, and the effects' variance, drawn towards none and `prior`.

    An outcome holds `count` times the mean (where an item is only ever exchanged for others, that is none, and the
    mean stays unknown), its noise, and `share` times the effects' variance (its own and what is left of others').
    """
    weight = 1 / (noise + share * spread)
    doubt = 1 / float((weight * count**2).sum() + 1 / prior)
    mean = doubt * float((weight * count * outcome).sum())
    known = (spread * weight) ** 2
    moment = _ratio((known * ((outcome - mean * count) ** 2 - noise)).sum(), (known * share).sum())
    spread = float(PRIOR_ITEMS * prior + known.sum() * moment) / (PRIOR_ITEMS + known.sum())
    return mean, doubt, max(spread, 0.1 * prior)


def sums(place: "Ints", values: "Floats", size: int) -> "Floats":
    """Sum of the values at each place, float[size]."""
    return np.bincount(place, values, size).astype(np.float64)


def _put(items: int, places: "Ints", values: "Floats", otherwise: float) -> "Floats":
    table = np.full(items, otherwise)
    table[places] = values
    return table


def _ratio(above: Any, below: Any) -> Any:
    return np.divide(above, below, out=np.zeros(np.shape(above)), where=np.asarray(below) > 0)
