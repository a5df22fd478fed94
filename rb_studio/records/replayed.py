"""What a frontier replays over the stored rollouts of one arm, as its recipe tells it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rb_studio.records.arm import ALLOCATIONS

MOST_BUDGETS, MOST_ORDERS = 1_000, 10_000


@dataclass(frozen=True, slots=True)
class Replayed:
    """Policies over draws of one arm.

    `budgets` are mean rollouts a task, empty for the usual ones; `at` is the one that is marked. `controls_of` names
    the policy whose controls of equal spend are drawn. `permutations` and `seed` tell how rollouts are drawn again.
    """

    policies: tuple[str, ...] = ALLOCATIONS
    controls_of: str = ""
    budgets: tuple[float, ...] = ()
    at: float | None = None
    permutations: int = 100
    seed: int = 0

    @classmethod
    def from_json(cls, data: Mapping[str, Any] | None) -> "Replayed | None":
        """From plain values. Raises TypeError or ValueError for what cannot be."""
        if data is None:
            return None
        values = {name: tuple(data[name]) for name in ("policies", "budgets") if name in data}
        found = cls(**{**data, **values})
        unknown = {*found.policies, found.controls_of or "uniform"} - set(ALLOCATIONS)
        if unknown:
            raise ValueError(f"{', '.join(sorted(map(str, unknown)))} are no allocations")
        budgets = [float(one) for one in (*found.budgets, found.at or 1.0)]
        orders, seed = found.permutations, found.seed
        if len(budgets) > MOST_BUDGETS or not all(isinstance(one, int) for one in (orders, seed)):
            raise ValueError(f"it has more than {MOST_BUDGETS:,} budgets, or parts of numbers where whole ones belong")
        if not 1 <= orders <= MOST_ORDERS:
            raise ValueError(f"it draws {orders:,} orders, and 1 to {MOST_ORDERS:,} can be drawn")
        return found
