"""Which colour, marker and name an arm has: the same in every figure of a workspace, whatever else is drawn."""

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import replace

from rb_studio.jobs.pools import Pool, arm_key
from rb_studio.store import runs
from rb_studio.store.arm_looks import Look, completed, stored_looks


def arm_looks(conn: sqlite3.Connection, pools: Sequence[Pool]) -> dict[str, Look]:
    """The looks of all arms by `Pool.key`: those kept, then the others in the order of their first runs.

    Pools come last whose arms are of no run alone: imported families, and runs drawn one by one.
    """
    of_runs = [arm_key(row) for row in runs.runs(conn) if row.arm is not None]
    return completed(stored_looks(conn), [*of_runs, *(pool.key for pool in pools)])


def renamed(pools: Sequence[Pool], looks: Mapping[str, Look]) -> list[Pool]:
    """The pools by the names given to them; one whose given name another pool bears keeps its own."""
    own = {pool.name for pool in pools}
    given = {pool.key: looks[pool.key].name for pool in pools if pool.key in looks and looks[pool.key].name}
    return [
        replace(pool, name=given[pool.key]) if given.get(pool.key, pool.name) not in own else pool for pool in pools
    ]


def places_of(pools: Sequence[Pool], looks: Mapping[str, Look]) -> dict[str, int]:
    """The places of pools by their names, as figures know them."""
    return {pool.name: looks[pool.key].place for pool in pools if pool.key in looks}
