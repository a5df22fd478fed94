"""Small multiples: the curves of a figure in a panel for each memory and scaling."""

from dataclasses import dataclass, replace

from rb_studio.jobs.panels import grid
from rb_studio.records.curve import CurveSet, Series


@dataclass(frozen=True, slots=True)
class Cell:
    """A panel: its title and its curves, none where nothing was run."""

    title: str
    curves: CurveSet


def cells_of(curves: CurveSet) -> list[list[Cell]]:
    """Panels by row and column: a row for each memory, a column for each scaling."""
    found = grid(curves)
    return [
        [
            Cell(
                " · ".join(dict.fromkeys((memory, scaling))),
                replace(
                    curves,
                    series=found.cells.get((memory, scaling), ()),
                    paper=tuple(one for one in curves.paper if _stands(one, memory, scaling)),
                ),
            )
            for scaling in found.scalings
        ]
        for memory in found.memories
    ]


def _stands(reported: Series, memory: str, scaling: str) -> bool:
    """Whether a reported curve belongs to a panel: one rollout is the same whatever the scaling."""
    alone = all(point.k == 1 for point in reported.points)
    return bool(reported.arm["memory"] == memory and (alone or reported.arm["scaling"] == scaling))
