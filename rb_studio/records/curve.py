"""What a scaling figure shows: series of points with intervals, and paired comparisons of arms."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


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
    """Arm `b` minus arm `a` on the same tasks: difference, its interval, p; None where not estimable."""

    a: str
    b: str
    metric: str
    difference: float | None
    low: float | None
    high: float | None
    p: float | None
    n: int


@dataclass(frozen=True, slots=True)
class CurveSet:
    """A figure's whole content, with the caption that says where it comes from."""

    series: tuple[Series, ...]
    comparisons: tuple[Comparison, ...]
    x: str = "k"
    simulated: bool = False
    caption: str = ""
    warnings: tuple[str, ...] = ()
