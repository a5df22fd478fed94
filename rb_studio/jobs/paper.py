"""What the paper reports: reference points with their sources, apart from everything measured here."""

import csv
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from rb_studio.records import resources
from rb_studio.records.curve import Point, Series
from rb_studio.records.errors import RbStudioError

REPORTED = "reported"
CURVE_METRICS = ("best_of_k", "pass_at_1", "pass_at_k")
# The paper studied k on one part of WebArena with one model.
STUDIED = ("webarena", "shopping", "gemini-2.5-flash")
NOTE = (
    "Grey: as reported by the paper (arXiv 2509.25140; WebArena Shopping, 187 tasks, Gemini 2.5 Flash, no seeds or "
    "intervals given), not measured here."
)
STATUSES = ("P1", "P2")


@dataclass(frozen=True, slots=True)
class ReferencePoint:
    """One figure as printed: `value` in `unit` (percent, steps, tokens), from `source` in `version`.

    `status` is P1 for what was read in the paper's first version, P2 for its second as two independent summaries
    agree. `tasks` is None where the paper does not say.
    """

    benchmark: str
    subset: str
    tasks: int | None
    backbone: str
    method: str
    scaling: str
    k: int
    metric: str
    value: float
    unit: str
    source: str
    version: str
    status: str


@cache
def reference_points(path: Path | None = None) -> tuple[ReferencePoint, ...]:
    """All points in the order of the file.

    Raises
    ------
    RbStudioError
        The file is missing or a row of it cannot be read.
    """
    file = path or resources.root() / "paper" / "points.csv"
    try:
        with file.open(encoding="utf-8", newline="") as text:
            return tuple(_point(row) for row in csv.DictReader(text))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise RbStudioError(
            f"the paper's reference points {file} cannot be read ({error}); reinstall rb-studio"
        ) from error


def paper_series(points: Iterable[ReferencePoint] | None = None) -> tuple[Series, ...]:
    """The paper's curves over k, one per method, scaling and metric; at k = 1 no scaling is every scaling."""
    chosen = [one for one in points or reference_points() if (one.benchmark, one.subset, one.backbone) == STUDIED]
    curves: dict[tuple[str, str, str], list[ReferencePoint]] = {}
    for one in chosen:
        if one.metric in CURVE_METRICS and one.scaling != "none":
            curves.setdefault((one.method, one.scaling, one.metric), []).append(one)
    return tuple(_series(*key, sorted(members, key=lambda one: one.k)) for key, members in curves.items())


def reported(arms: Iterable[Mapping[str, Any]]) -> tuple[Series, ...]:
    """What the paper reports of these arms; everything it reports where it has none of them."""
    every, wanted = paper_series(), {(arm["memory"], arm["scaling"]) for arm in arms}
    return tuple(one for one in every if (one.arm["memory"], one.arm["scaling"]) in wanted) or every


def reported_in(series: Series, point: Point) -> str:
    """Where a point that a paper reports stands in it."""
    wanted = (series.arm["memory"], series.arm["scaling"], series.metric, point.k)
    places = (
        f"{one.source} ({one.version})"
        for one in reference_points()
        if (one.benchmark, one.subset, one.backbone) == STUDIED
        and (one.method, one.scaling, one.metric, one.k) == wanted
    )
    return next(places, "the paper")


def sources(points: Iterable[ReferencePoint] | None = None) -> list[dict[str, object]]:
    """Every point over k with where it stands, for whoever wants to look it up."""
    names = ("method", "scaling", "k", "metric", "value", "source", "version", "status")
    return [
        {name: getattr(one, name) for name in names}
        for one in points or reference_points()
        if (one.benchmark, one.subset, one.backbone) == STUDIED and one.metric in CURVE_METRICS
    ]


def _point(row: dict[str, str]) -> ReferencePoint:
    if row["status"] not in STATUSES or not row["source"]:
        raise ValueError(f"a point of {row['method']} has no source or status")
    tasks = int(row["tasks"]) if row["tasks"] else None
    numbers = {"tasks": tasks, "k": int(row["k"]), "value": float(row["value"])}
    return ReferencePoint(**{**row, **numbers})  # type: ignore[arg-type]


def _series(method: str, scaling: str, metric: str, members: Sequence[ReferencePoint]) -> Series:
    points = tuple(Point(float(p.k), p.k, p.tasks or 0, round(p.value / 100, 6), None, None) for p in members)
    arm = {"memory": method, "scaling": scaling, "allocation": "uniform", "source": "paper"}
    return Series(f"paper: {method} {scaling} · {metric}", metric, arm, REPORTED, points)
