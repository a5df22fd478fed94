"""Which arms are compared with which: of all pairs those that tell something."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from rb_studio.jobs.pools import Pool
from rb_studio.records.curve import MEMORY, ROLLOUTS, SAME, SCALING
from rb_studio.records.errors import UsageError

REFERENCE = "reasoningbank"


@dataclass(frozen=True, slots=True)
class Side:
    """An arm at one k."""

    pool: Pool
    k: int

    @property
    def name(self) -> str:
        return f"{self.pool.name} · k={self.k}"


def pairs(pools: Sequence[Pool]) -> Iterator[tuple[Side, Side, str]]:
    """Two arms and the kind of their comparison, each pair once."""
    for pool in pools:
        if pool.repeat:
            yield from _repetition(pools, pool)
            continue
        yield from _against_none(pools, pool)
        yield from _against_reference(pools, pool)
        if len(pool.ks) > 1:
            yield Side(pool, pool.ks[0]), Side(pool, pool.ks[-1]), ROLLOUTS
    yield from _scalings(pools)


def distinct(pools: Sequence[Pool]) -> list[Pool]:
    """Pools without those that show the very runs of an earlier one: equal cells of a sweep run once."""
    first: dict[tuple[object, ...], Pool] = {}
    for pool in pools:
        first.setdefault((pool.arm["memory"], *sorted((run.k, run.run) for run in pool.runs)), pool)
    return list(first.values())


def _against_none(pools: Sequence[Pool], pool: Pool) -> Iterator[tuple[Side, Side, str]]:
    for k in pool.ks if pool.arm["memory"] not in (None, "none") else []:
        base = without_memory(pools, pool, k)
        if base is not None:
            yield Side(base, k), Side(pool, k), MEMORY


def _against_reference(pools: Sequence[Pool], pool: Pool) -> Iterator[tuple[Side, Side, str]]:
    """ReasoningBank against another memory where all else is the same."""
    if pool.arm["memory"] in (None, "none", REFERENCE):
        return
    for other in pools:
        if _but(other, "memory", REFERENCE) == _but(pool, "memory") and _alike(other, pool):
            ks = set(pool.ks) & set(other.ks)
            if ks:
                yield Side(pool, min(ks)), Side(other, min(ks)), MEMORY
            return


def _scalings(pools: Sequence[Pool]) -> Iterator[tuple[Side, Side, str]]:
    """Scalings of one memory beside each other, where several rollouts were made."""
    families: dict[tuple[object, ...], list[Pool]] = {}
    for pool in pools:
        if pool.arm["memory"] is not None and not pool.repeat:
            key = (_but(pool, "scaling"), pool.arm["source"], pool.arm["allocation"], pool.model)
            families.setdefault(key, []).append(pool)
    for members in families.values():
        for one, other in pairwise(members):
            ks = {k for k in set(one.ks) & set(other.ks) if k > 1}
            if ks and one.arm["scaling"] != other.arm["scaling"]:
                yield Side(one, max(ks)), Side(other, max(ks)), SCALING


def _repetition(pools: Sequence[Pool], pool: Pool) -> Iterator[tuple[Side, Side, str]]:
    arm = {name: value for name, value in pool.arm.items() if name != "repeat"}
    original = next((one for one in pools if one.arm == arm and one.model == pool.model), None)
    for k in pool.ks if original else []:
        if original is not None and k in original.ks:
            yield Side(original, k), Side(pool, k), SAME


def _but(pool: Pool, axis: str, value: str | None = None) -> str | None:
    """A pool's name without one axis, None where it must have a value there and has another."""
    own = str(pool.arm[axis])
    return pool.name.replace(own, "", 1).strip() if value in (None, own) else None


def _alike(one: Pool, other: Pool) -> bool:
    return (one.model, one.arm["source"]) == (other.model, other.arm["source"])


def against(pools: Sequence[Pool], reference: str) -> Iterator[tuple[Side, Side, str]]:
    """One arm beside every other, at each k both have."""
    base = next((pool for pool in pools if pool.name == reference), None)
    if base is None:
        raise UsageError(f"there is no arm {reference} here: choose {', '.join(pool.name for pool in pools)}")
    for pool in pools:
        for k in base.ks if pool is not base else []:
            if k in pool.ks:
                yield Side(base, k), Side(pool, k), _kind(base, pool)


def _kind(base: Pool, pool: Pool) -> str:
    if _arm_of(base) == _arm_of(pool) and base.repeat != pool.repeat and base.model == pool.model:
        return SAME
    return MEMORY if base.arm.get("memory") != pool.arm.get("memory") else SCALING


def _arm_of(pool: Pool) -> dict[str, object]:
    return {name: value for name, value in pool.arm.items() if name != "repeat"}


def without_memory(pools: Sequence[Pool], pool: Pool, k: int) -> Pool | None:
    """The arm without memory to compare with at k: same suite and model.

    Of several one with the same seeds, with k spread over tasks alike and with the same scaling, in this order.
    """
    bases = [
        base
        for base in pools
        if base.arm["memory"] == "none" and not base.repeat and _alike(base, pool) and k in base.ks
    ]
    seeds = set(pool.seeds)
    return min(
        bases,
        key=lambda base: (
            seeds.isdisjoint(base.seeds),
            base.arm["allocation"] != pool.arm["allocation"],
            base.arm["scaling"] != pool.arm["scaling"],
        ),
        default=None,
    )
