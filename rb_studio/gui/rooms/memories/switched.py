"""Clauses of a query as things to switch off and on; without widgets."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from rb_studio.jobs.query_tree import MEANING, Clause, Group, Part, read

if TYPE_CHECKING:
    from rb_studio.gui.widgets.saved_views import View
    from rb_studio.store.saved_filters import SavedFilter


@dataclass(frozen=True, slots=True)
class Shown:
    """Everything that decides what the table shows: the query, what of it is switched off, order and columns."""

    query: str = ""
    off: tuple[str, ...] = ()
    order: str = "id"
    descending: bool = False
    columns: tuple[str, ...] = ()
    hidden: tuple[str, ...] = field(default=())

    def to_json(self) -> dict[str, Any]:
        """What is kept beside the query."""
        columns = {"order": list(self.columns), "hidden": list(self.hidden)}
        return {"order": self.order, "descending": self.descending, "columns": columns, "off": list(self.off)}


def shown_of(saved: "SavedFilter | View", present: Shown) -> Shown:
    """What a saved filter asks for; what it does not say stays as it is."""
    kept = saved.shown
    columns = kept.get("columns")
    columns = columns if isinstance(columns, Mapping) else {}
    order, descending = kept.get("order"), kept.get("descending")
    return Shown(
        saved.query,
        _texts(kept.get("off")) or (),
        order if isinstance(order, str) else present.order,
        descending if isinstance(descending, bool) else present.descending,
        _texts(columns.get("order")) or present.columns,
        present.hidden if (hidden := _texts(columns.get("hidden"))) is None else hidden,
    )


def what_differs(present: Shown, saved: Shown) -> str:
    """In which respects a view is not as it was saved; empty where it is."""
    parts = (
        ("query", present.query.split() != saved.query.split()),
        ("clauses off", sorted(present.off) != sorted(saved.off)),
        ("order", (present.order, present.descending) != (saved.order, saved.descending)),
        ("columns", (present.columns, sorted(present.hidden)) != (saved.columns, sorted(saved.hidden))),
    )
    return ", ".join(name for name, differs in parts if differs)


def clauses_of(query: str) -> tuple[str, ...]:
    """The parts of a query that can be switched off one by one; choices and groups are one part."""
    return tuple(_alone(part) for part in _parts(query))


def without_clause(query: str, place: int) -> str:
    """The query without the part at a place of `clauses_of`."""
    parts = _parts(query)
    return _together(part for at, part in enumerate(parts) if at != place)


def with_clause(query: str, clause: str) -> str:
    """The query with one more part."""
    return _together([*_parts(query), *_parts(clause)])


def _texts(value: object) -> tuple[str, ...] | None:
    return tuple(map(str, value)) if isinstance(value, Sequence) and not isinstance(value, str) else None


def _parts(query: str) -> tuple[Part, ...]:
    tree = read(query)
    return (tree,) if tree.either or tree.negated else tree.parts


def _together(parts: Iterable[Part]) -> str:
    """Parts as one query; what means orders everything and stands last."""
    found = list(parts)
    if len(found) == 1 and isinstance(found[0], Group) and not found[0].negated:
        return " OR ".join(_alone(part) for part in found[0].parts) if found[0].either else _together(found[0].parts)
    return " ".join(map(_alone, sorted(found, key=_means)))


def _means(part: Part) -> bool:
    return isinstance(part, Clause) and part.field == MEANING


def _alone(part: Part) -> str:
    """A part as it reads back wherever it stands: a meaning without quotes would take in what follows."""
    if isinstance(part, Clause) and part.field == MEANING and '"' not in part.value:
        return f'{"-" if part.negated else ""}~ "{part.value}"'
    return part.written
