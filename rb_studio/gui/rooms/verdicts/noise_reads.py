"""What is drawn of a less certain judge, read on a query's thread."""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

from rb_studio.gui.plots.looks import Arms
from rb_studio.gui.rooms.verdicts.reading import scope_of
from rb_studio.jobs.arm_looks import arm_looks, places_of, renamed
from rb_studio.jobs.noise_figure import NoiseArm, noise_arms
from rb_studio.jobs.pools import Pool, pooled, read_pools
from rb_studio.jobs.run_tasks import run_tasks
from rb_studio.models.whose import whose_word
from rb_studio.store import runs
from rb_studio.store.rows import select_in


@dataclass(frozen=True, slots=True)
class Noisy:
    """The arms a figure can be drawn of, and how they look; `source` says which runs they are of."""

    arms: tuple[NoiseArm, ...]
    looks: Arms
    source: str

    @property
    def said(self) -> list[str]:
        """Whose word is success, where captions leave it out because it is the usual one."""
        return list(dict.fromkeys(one.whose.told for one in self.arms if one.whose.usual))


def noisy(conn: sqlite3.Connection, key: str) -> Noisy:
    """The arms of a scope, under the names and with the places they have in every figure."""
    pools, source = _pools(conn, key)
    looks = arm_looks(conn, pools)
    named = renamed(pools, looks)
    found = noise_arms(conn, named)
    return Noisy(tuple(found), Arms([one.name for one in found], places_of(named, looks)), source)


def _pools(conn: sqlite3.Connection, key: str) -> tuple[list[Pool], str]:
    """Of everything the single runs, or the newest sweep where there are only sweeps: one is drawn by itself."""
    scope, whose = scope_of(key), whose_word()
    if scope.sweep is not None:
        return read_pools(conn, sweep=scope.sweep, precedence=whose), f"sweep {scope.sweep}"
    if scope.run is not None or scope.rollouts:
        chosen = [scope.run] if scope.run is not None else _runs_of(conn, scope.rollouts)
        rows = [runs.run(conn, run) for run in chosen]
        pools = pooled([(row, run_tasks(conn, row, whose)) for row in rows], precedence=whose)
        return pools, f"run{'' if len(chosen) == 1 else 's'} {', '.join(map(str, chosen))}"
    sweeps = runs.sweeps(conn)
    if sweeps and not any(row.sweep is None and row.status != "planned" for row in runs.runs(conn)):
        return read_pools(conn, sweep=sweeps[-1].id, precedence=whose), f"sweep {sweeps[-1].id}"
    return read_pools(conn, precedence=whose), "single runs, pooled"


def _runs_of(conn: sqlite3.Connection, rollouts: Sequence[int]) -> list[int]:
    return sorted({row[0] for row in select_in(conn, "SELECT DISTINCT run FROM rollout WHERE id IN ({})", rollouts)})
