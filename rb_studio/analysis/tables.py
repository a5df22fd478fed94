"""Dense tables of tasks and runs: what figures are computed from."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Column = NDArray[np.float64]
    Table = NDArray[np.float64]
    Places = NDArray[np.intp]


def places(keys: Sequence[str], row_of: Mapping[str, int]) -> "Places":
    """The rows of keys, -1 for one that has none: int[keys]."""
    return np.fromiter((row_of.get(key, -1) for key in keys), np.intp, len(keys))


def rows(keys: Sequence[str]) -> dict[str, int]:
    """The row of each key of a table."""
    return {key: row for row, key in enumerate(keys)}


def stacked(rows: int, columns: "Sequence[tuple[Places, Column]]") -> "Table":
    """Columns of values, each with the rows they belong to, side by side: float[rows, columns], NaN elsewhere."""
    table = np.full((rows, len(columns)), np.nan)
    for number, (where, values) in enumerate(columns):
        table[where, number] = values
    return table


def taken(table: "Table", where: "Places") -> "Table":
    """Rows of a table in another order; NaN for a place of -1."""
    found = table[where]
    found[where < 0] = np.nan
    return found


def known_sums(table: "Table") -> "Column":
    """Each row's sum over its known values, added from left to right: float[rows]."""
    sums = np.zeros(len(table))
    for column in np.where(np.isnan(table), 0.0, table).T:
        sums += column
    return sums


def known_means(table: "Table") -> "Column":
    """Each row's mean over its known values, NaN without any: float[rows]."""
    counts = (~np.isnan(table)).sum(1)
    means = np.full(len(table), np.nan)
    np.divide(known_sums(table), counts, out=means, where=counts > 0)
    return means
