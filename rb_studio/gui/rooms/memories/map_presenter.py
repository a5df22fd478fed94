"""Makes the map in a process of its own, and tells what its points are."""

import sqlite3
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Protocol

import numpy as np

from rb_studio.gui.rooms.memories.columns import BY_HAND
from rb_studio.gui.rooms.memories.slow import Slow, Ticket
from rb_studio.gui.rooms.memories.vectors_first import make_vectors, step_told
from rb_studio.jobs.map import BankMap, map_aside
from rb_studio.jobs.themes import BankThemes, themes_aside
from rb_studio.records.memory import ItemState
from rb_studio.store.items import ItemFilter

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from rb_studio.gui.frame import Frame
    from rb_studio.gui.rooms.memories.pictures import Pictures

KEY, THEMES_KEY = "map", "map themes"
MOST_THEMES = 6
STATES = (ItemState.ACTIVE, ItemState.CANDIDATE, ItemState.EXCLUDED, ItemState.ARCHIVED)
POLARITIES = ("success", "failure", "contrast", "")
EMPTY = "No item of the bank has a vector of this model, so there is nothing to draw yet."
DRAWING, GROUPING = "Drawing the map\u2026", "Grouping items into themes\u2026"
STALE = "The bank changed since this map was made: draw it again."
Classes = Sequence[tuple[str, Sequence[int]]]


class MapView(Protocol):
    """What the presenter tells."""

    def show_busy(self, text: str) -> None: ...
    def show_ready(self, text: str, lacking: int = 0) -> None: ...
    def show_wrong(self, text: str) -> None: ...
    def show_sentence(self, text: str) -> None: ...
    def show_legend(self, names: Sequence[tuple[str, int]]) -> None: ...


class MapPresenter:
    """The map of the shown bank; `by` is what its points are coloured by."""

    def __init__(
        self,
        frame: "Frame",
        slow: Slow,
        pictures: "Pictures",
        view: MapView,
        show_points: "Callable[[NDArray[np.float32], NDArray[np.int64]], None]",
        show_kinds: "Callable[[NDArray[np.int64]], None]",
    ) -> None:
        self._frame = frame
        self._slow = slow
        self._pictures = pictures
        self._view = view
        self._show_points, self._show_kinds = show_points, show_kinds
        self.map: BankMap | None = None
        self.bank: int | None = None
        self.by = "state"
        self.method = "pca"

    def draw(self, bank: int | None, method: str, *, embed: bool = False) -> None:
        """Make the map of a bank; with `embed` the vectors it lacks are made before."""
        if bank is None:
            self._view.show_wrong("There is no bank to draw.")
            return
        self.method = method
        self._view.show_busy(DRAWING)
        work = partial(self._made, bank, method, embed)
        self._slow.run(KEY, work, partial(self._show, bank), self._view.show_wrong, self._told_step)

    def stop(self) -> None:
        """Nobody waits for the map."""
        self._slow.stop(KEY)
        self._slow.stop(THEMES_KEY)
        self._view.show_ready("Stopped.")

    def forget(self) -> None:
        """Another bank is shown."""
        self._slow.stop(KEY)
        self._slow.stop(THEMES_KEY)
        self.map, self.bank = None, None
        self._show_points(np.zeros((0, 2), np.float32), np.zeros(0, np.int64))
        self._view.show_legend(())
        self._view.show_ready("")

    def outdated(self) -> None:
        """The bank changed: states are read anew, places stay; where there were none, nothing stays."""
        if self.map is None or self._slow.busy(KEY):
            return
        if not len(self.map.ids):
            self.forget()
        else:
            self._view.show_ready(STALE)
            self.colour(self.by)

    def colour(self, by: str) -> None:
        """Colour the points by state, polarity or theme."""
        self.by = by
        if self.map is None or self.bank is None:
            return
        if by == "theme":
            self._view.show_busy(GROUPING)
            self._slow.run(THEMES_KEY, partial(self._themes, self.bank), self._show_themes, self._view.show_wrong)
        else:
            read = partial(classes, pictures=self._pictures, bank=self.bank, by=by)
            self._frame.session.query("memories.map", read, self._show_classes)

    def ids_of(self, rows: "NDArray[np.int64]") -> list[int]:
        """Items of points."""
        return [] if self.map is None else self.map.ids[rows].tolist()

    def chosen(self, ids: Sequence[int]) -> "NDArray[np.bool_]":
        """Which points are those of these items."""
        return np.zeros(0, bool) if self.map is None else np.isin(self.map.ids, np.array(ids, np.int64))

    def _told_step(self, done: int, total: int) -> None:
        self._view.show_busy(step_told(self._frame, DRAWING, done, total))

    def _made(self, bank: int, method: str, embed: bool, ticket: Ticket) -> BankMap:
        if embed:
            make_vectors(self._frame, bank, ticket)
        path, embedder = self._frame.session.workspace.path, self._frame.settings().embedder
        return map_aside(path, bank, embedder, method, told=ticket.tell, picture=self._pictures.of(bank))

    def _themes(self, bank: int, ticket: Ticket) -> BankThemes:
        return themes_aside(self._frame.session.workspace.path, bank, self._frame.settings().embedder, told=ticket.tell)

    def _show(self, bank: int, found: BankMap) -> None:
        self.map, self.bank = found, bank
        self._show_points(found.points, np.zeros(len(found.ids), np.int64))
        self._view.show_sentence(found.sentence)
        self._say(found)
        self.colour(self.by)

    def _show_themes(self, found: BankThemes) -> None:
        largest = sorted(found.themes, key=lambda theme: -len(theme.items))[:MOST_THEMES]
        if self.map is not None:
            self._say(self.map)
        self._show_classes([(theme.name or theme.title, [item.id for item in theme.items]) for theme in largest])

    def _show_classes(self, found: Classes) -> None:
        if self.map is None:
            return
        kinds = np.full(len(self.map.ids), len(found), np.int64)
        for place, (_, ids) in enumerate(found):
            kinds[np.isin(self.map.ids, np.array(ids, np.int64))] = place
        names = [*(name for name, _ in found), "other"]
        self._view.show_legend(list(zip(names, np.bincount(kinds, minlength=len(names)).tolist(), strict=True)))
        self._show_kinds(kinds)

    def _say(self, found: BankMap) -> None:
        lacking = f" {len(found.missing):,} have no vector and are not on it." if found.missing else ""
        drawn = f"{len(found.ids):,} items by {found.method.upper()} of {found.embedder}.{lacking}"
        nothing = not len(found.ids) and found.missing
        self._view.show_ready(EMPTY if nothing else drawn, len(found.missing))


def classes(conn: sqlite3.Connection, pictures: "Pictures", bank: int, by: str) -> Classes:
    """What the items of a bank are, with the ids of each kind."""
    if by == "polarity":
        kinds = [(name or BY_HAND, ItemFilter(polarity=name)) for name in POLARITIES]
    else:
        kinds = [(str(state), ItemFilter(states=(state,))) for state in STATES]
    picture = pictures.fresh(conn, bank, ItemFilter())
    return [(name, picture.find(conn, where).tolist()) for name, where in kinds]
