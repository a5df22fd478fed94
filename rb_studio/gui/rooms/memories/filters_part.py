"""Saved filters: the query with every condition, order and columns; clauses that are switched off and kept."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from rb_studio.gui.commands.binding import Binding, bind
from rb_studio.gui.commands.registry import Command
from rb_studio.gui.rooms.memories.columns import KEYS, LIKENESS
from rb_studio.gui.rooms.memories.filter_strip import FilterStrip
from rb_studio.gui.rooms.memories.gathered import NOT_SAVED, names_gathered
from rb_studio.gui.rooms.memories.offered_filters import OFFERED
from rb_studio.gui.rooms.memories.parts import Part
from rb_studio.gui.rooms.memories.switched import (
    Shown,
    clauses_of,
    shown_of,
    what_differs,
    with_clause,
    without_clause,
)
from rb_studio.gui.widgets.saved_views import SavedViews, View
from rb_studio.store.changes import ChangeRecord
from rb_studio.store.saved_filters import SavedFilter

if TYPE_CHECKING:
    from rb_studio.gui.rooms.memories.view import MemoriesRoom

ROOM = "memories"
NO_CLAUSE = "The query has no clause."


class FiltersPart(Part):
    """Keeps what is off beside the query, which has only what is on."""

    name = "filters"

    def __init__(self, room: "MemoriesRoom") -> None:
        super().__init__(room)
        self.strip = FilterStrip()
        self.views = SavedViews(
            room.frame,
            ROOM,
            "memory.filter",
            self._capture,
            self._show,
            self,
            noun="filter",
            differs=self._difference,
            refused=self._refused,
        )
        self.off: list[str] = []
        self._read = False

    def commands(self) -> list[Command]:
        bindings = {
            **self.views.bindings(lambda: self._room.bar.query),
            "memory.filter.clauses": Binding(self.strip.focus_first, self.has_clauses, NO_CLAUSE),
            "memory.filter.forget": Binding(self.forget_off, lambda: bool(self.off), "No clause is off."),
        }
        return bind(OFFERED, ROOM, bindings)

    def joined(self) -> None:
        self._room.panes.add_banner(self.strip)
        self._room.bar.query.textChanged.connect(self.look)
        self._room.panes.items_shown.connect(self.look)
        self._room.table.header.sectionMoved.connect(self.look)
        self._room.table.header.sectionResized.connect(self.look)
        self.strip.switched.connect(self.switch)
        self.strip.removed.connect(self.remove)
        self.strip.update_asked.connect(self.views.update)
        self.strip.back_asked.connect(self.views.back)
        self.views.turned.connect(self.look)
        self.strip.left.connect(self._room.verbs.to_table)

    def bank_shown(self, bank: int | None) -> None:
        if not self._read:
            self._read = True
            self.views.load()

    def changed(self, change: ChangeRecord) -> None:
        self.views.changed(change)

    def place_to_keep(self) -> dict[str, Any]:
        return {"off": list(self.off), "filter": self.views.active}

    def restore_place(self, kept: Mapping[str, Any]) -> None:
        off = kept.get("off")
        self.off = [str(one) for one in off] if isinstance(off, list) else []
        self.views.active = str(kept.get("filter", ""))
        self.look()

    def has_clauses(self) -> bool:
        return bool(self.strip.boxes)

    def shown(self) -> Shown:
        """The view as it is."""
        presenter, kept = self._room.presenter, self._room.table.header.state_to_keep()
        hidden = tuple(key for key in kept["hidden"] if key != KEYS[LIKENESS])
        query = self._room.bar.query.text()
        return Shown(query, tuple(self.off), presenter.order, presenter.descending, tuple(kept["order"]), hidden)

    def look(self, *_: object) -> None:
        """Say what is on, what is off, and which saved filter that is."""
        query = self._room.bar.query.text()
        self.strip.show_clauses(clauses_of(query), self.off)
        name = self.views.known.name if self.views.known is not None else ""
        self.strip.show_filter(name, self.views.difference(), writable=self._frame.session.workspace.writable)

    def switch(self, place: int, on: bool) -> None:
        """Switch a clause off, or on again."""
        query = self._room.bar.query.text()
        clauses = clauses_of(query)
        if on and place >= len(clauses):
            clause = self.off.pop(place - len(clauses))
            self._set_query(with_clause(query, clause))
        elif not on and place < len(clauses):
            self.off.append(clauses[place])
            self._set_query(without_clause(query, place))

    def remove(self, place: int) -> None:
        """Take a clause away, on or off."""
        query = self._room.bar.query.text()
        clauses = clauses_of(query)
        if place < len(clauses):
            self._set_query(without_clause(query, place))
        else:
            del self.off[place - len(clauses)]
            self.look()

    def forget_off(self) -> None:
        """Remove what is off."""
        self.off.clear()
        self.look()
        self._frame.registry.refresh()

    def _capture(self) -> View:
        shown = self.shown()
        return View(shown.query, shown.to_json())

    def _show(self, view: View) -> None:
        """What was saved: a query, what of it is off, its order and its columns."""
        wanted, presenter = shown_of(view, self.shown()), self._room.presenter
        self.off = list(wanted.off)
        presenter.order, presenter.descending = wanted.order, wanted.descending
        columns = {"order": list(wanted.columns), "hidden": list(wanted.hidden)}
        self._room.table.header.restore_state(columns)
        if wanted.query == presenter.query:
            presenter.refresh()
        self._set_query(wanted.query)
        self._room.table.setFocus()

    def _difference(self, saved: SavedFilter) -> str:
        present = self.shown()
        return what_differs(present, shown_of(saved, present))

    def _refused(self) -> str:
        return NOT_SAVED if names_gathered(self._room.presenter.query) else ""

    def _set_query(self, query: str) -> None:
        self._room.presenter.set_query(query)
        self.look()
        self._frame.registry.refresh()
