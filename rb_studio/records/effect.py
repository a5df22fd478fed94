"""What an item did: its uses, and the difference it made, with the kind of evidence."""

from dataclasses import dataclass
from typing import Literal

Evidence = Literal["none", "observed", "held out", "left out"]


@dataclass(frozen=True, slots=True)
class ItemUse:
    """One task of one run at which an item was retrieved.

    `injected` or `withheld` by lot; neither is an item that was retrieved and hidden otherwise. `cited` is whether the
    agent said it would use it, None where it said nothing. `n`, `successes` and mean `steps` are those of the
    rollouts that ended without an infrastructure fault and were graded.
    """

    item_uid: str
    version: int
    run: int
    arm_hash: str
    task_key: str
    seed: int
    injected: bool
    withheld: bool
    cited: bool | None
    n: int
    successes: float
    steps: float | None


@dataclass(frozen=True, slots=True)
class EffectEstimate:
    """Success with an item minus success without it at the same tasks; None is not estimable, never 0.

    `low` and `high` bound `difference` at 90 %. `with_rate` and `baseline` are the plain rates of those tasks (the
    difference is corrected for other items, they are not). `shrunk` is the difference drawn towards what items of the
    bank do on average, a guess for one item among many. `n_with`, `n_without` count rollouts, `tasks` those with both.
    `flagged` holds where zero lies outside a wider interval than the one shown.
    """

    difference: float | None
    low: float | None
    high: float | None
    with_rate: float | None
    baseline: float | None
    shrunk: float | None
    n_with: int
    n_without: int
    tasks: int
    steps_difference: float | None = None
    steps_low: float | None = None
    steps_high: float | None = None
    evidence: Evidence = "none"
    flagged: Literal["", "helps", "harms"] = ""


@dataclass(frozen=True, slots=True)
class ItemEffect:
    """How often an item was retrieved, injected, withheld and cited (None: nobody said), and what it did."""

    retrieved: int
    injected: int
    withheld: int
    cited: int | None
    rollouts: int
    estimate: EffectEstimate
