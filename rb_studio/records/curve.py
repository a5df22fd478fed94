"""What a scaling figure shows: series of points with intervals, and paired comparisons of arms."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

MEMORY, SCALING, ROLLOUTS, SAME = "memory", "scaling", "rollouts", "a/a"
BOTH = "_both"  # ending of metrics over the tasks both arms solved
UNITS = {"steps": "steps", "tokens": "tokens", "cost": "dollars", "time": "seconds"}


@dataclass(frozen=True, slots=True)
class Point:
    """One point: `value`, `low` and `high` are None where not estimable; `n` counts tasks.

    Success lies in 0..1; the metrics named `steps` are in steps per rollout.
    """

    x: float | None
    k: int
    n: int
    value: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Series:
    """One metric of one arm (or pool of imported runs) over k.

    `truth` tells whether success was true (the environment's) or judged.
    """

    name: str
    metric: str
    arm: Mapping[str, Any]
    truth: str
    points: tuple[Point, ...]
    simulated: bool = False


@dataclass(frozen=True, slots=True)
class Comparison:
    """Arm `b` minus arm `a` on the same tasks: difference, its interval, p; None where not estimable.

    `mcnemar` is the exact p over tasks for metrics of success. `kind` is memory, scaling, rollouts, or a/a for two
    arms that differ by nothing but their seeds.
    """

    a: str
    b: str
    metric: str
    difference: float | None
    low: float | None
    high: float | None
    p: float | None
    n: int
    mcnemar: float | None = None
    kind: str = MEMORY

    @property
    def unit(self) -> str:
        """What the difference is counted in; empty for success, which is a share of tasks."""
        return UNITS.get(self.metric.removesuffix(BOTH), "")


@dataclass(frozen=True, slots=True)
class Difficulty:
    """How many tasks an arm (or all arms) always, sometimes and never solved; `unknown` were never graded.

    `informative` is the share of tasks that can carry a difference, the mixed ones, among those with several graded
    rollouts; None where there are none, as a single rollout tells nothing of it.
    """

    arm: str
    always: int
    mixed: int
    never: int
    unknown: int
    informative: float | None


@dataclass(frozen=True, slots=True)
class OfK:
    """What k rollouts of an arm come to beside its curves, over `n` tasks; None where not estimable.

    `selection_loss` is pass@k minus best-of-k: what choosing leaves behind. `gain` is what each rollout beyond the next
    smaller k added to best-of-k. `all_of_k` is pass^k, the share of tasks all k get right. `rate` is the posterior
    mean of one rollout's success under a uniform prior, with its credible interval over these very tasks.
    """

    arm: str
    k: int
    n: int
    selection_loss: float | None
    loss_low: float | None
    loss_high: float | None
    gain: float | None
    gain_low: float | None
    gain_high: float | None
    all_of_k: float | None
    rate: float | None
    rate_low: float | None
    rate_high: float | None


@dataclass(frozen=True, slots=True)
class Part:
    """Mean gain over a stretch of positions, counted from 1; `n` counts outcomes. None is not estimable."""

    first: int
    last: int
    n: int
    gain: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class PositionGain:
    """What an arm with memory gains over `base` along the stream, at one k, over `orders` shuffles of the tasks.

    `trend` is the last part minus the first: what growing memory adds. With too few orders a position shows the
    tasks that stand there, and `enough` is False.
    """

    arm: str
    base: str
    k: int
    orders: int
    enough: bool
    parts: tuple[Part, ...]
    trend: Part


@dataclass(frozen=True, slots=True)
class CurveSet:
    """A figure's whole content, with the caption that says where it comes from.

    `paper` holds what a paper reports: no measurement of ours, drawn apart and compared with nothing.
    """

    series: tuple[Series, ...]
    comparisons: tuple[Comparison, ...]
    x: str = "k"
    simulated: bool = False
    caption: str = ""
    warnings: tuple[str, ...] = ()
    difficulty: tuple[Difficulty, ...] = ()
    paper: tuple[Series, ...] = ()
