"""The map among the bank's tools, linked with the table: a lasso lists and selects there, a selection shows here."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from PySide6.QtCore import Qt

from rb_studio.gui.commands.binding import Binding, bind
from rb_studio.gui.commands.registry import Command
from rb_studio.gui.rooms.memories.map_panel import MapPanel
from rb_studio.gui.rooms.memories.map_presenter import MapPresenter
from rb_studio.gui.rooms.memories.offered_map import MAP
from rb_studio.gui.rooms.memories.parts import PanelPart, Tab
from rb_studio.gui.rooms.memories.presenter import TABLES
from rb_studio.store.changes import ChangeRecord

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from rb_studio.gui.rooms.memories.view import MemoriesRoom

NAME = "map"


class MapPart(PanelPart[MapPanel]):
    """Draws when first looked at."""

    tab = Tab("tools", NAME, "Map")

    def __init__(self, room: "MemoriesRoom") -> None:
        super().__init__(room)
        self._listing: set[int] = set()

    def make(self) -> MapPanel:
        room, panel = self._room, MapPanel(self._frame.theme, self._frame.session.background)
        view = panel.view
        self.presenter = MapPresenter(room.frame, room.slow, room.pictures, panel, self._show_points, view.show_kinds)
        panel.seen.connect(self._seen)
        panel.draw_asked.connect(self._draw_all)
        panel.stop_asked.connect(self.presenter.stop)
        panel.colours_asked.connect(self.presenter.colour)
        view.gathered.connect(self._gathered)
        view.shown.connect(self._show_item)
        room.table.selected.connect(self._selected)
        room.panes.items_shown.connect(self._listed)
        return panel

    def commands(self) -> list[Command]:
        return bind(MAP, "memories", {"memory.map": Binding(self.show), "memory.map.draw": Binding(self._draw_again)})

    def bank_shown(self, bank: int | None) -> None:
        self.presenter.forget()
        if self.panel.isVisible():
            self._seen()

    def changed(self, change: ChangeRecord) -> None:
        if set(change.tables) & (TABLES | {"vector"}):
            self.presenter.outdated()
            if self.panel.isVisible() and self.presenter.map is None:
                self._seen()

    def place_to_keep(self) -> dict[str, Any]:
        return {"by": self.presenter.by}

    def restore_place(self, kept: Mapping[str, Any]) -> None:
        place = self.panel.by.findData(kept.get("by"))
        if place >= 0:
            self.panel.by.setCurrentIndex(place)
            self.presenter.by = self.panel.by.currentData()

    def show(self) -> None:
        """Go to the map; its keys gather points without a mouse."""
        self._room.side.show_tab(NAME)
        self.panel.view.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def _draw_again(self) -> None:
        self.show()
        self.panel.draw()

    def _seen(self) -> None:
        from rb_studio.analysis.projection import umap_available

        if umap_available():
            self.panel.offer_umap()
        if self.presenter.map is None and self._room.bank() is not None and not self._room.slow.busy(NAME):
            self.presenter.draw(self._room.bank(), self.presenter.method)
        else:
            self._selected()

    def _show_points(self, points: "NDArray[np.float32]", kinds: "NDArray[np.int64]") -> None:
        self.panel.view.show_points(points, kinds)
        self._selected()

    def _draw_all(self, method: str) -> None:
        """Asked for by a person, who may stop it: nothing stays off the map."""
        self.presenter.draw(self._room.bank(), method, embed=True)

    def _gathered(self, rows: "NDArray[np.int64]") -> None:
        """List what was gathered and select all of it."""
        ids = self.presenter.ids_of(rows)
        self.panel.show_ready(f"{len(rows):,} selected on the map.")
        self._listing = set(ids)
        if ids:
            self._room.select(sorted(ids))

    def _listed(self) -> None:
        if self._listing and self._listing.issuperset(self._room.model.ids) and self._room.model.ids:
            self._listing = set()
            self._room.table.selectAll()

    def _selected(self, *_: object) -> None:
        """What is selected in the table stands out on the map; one row is just where the person reads."""
        if self.panel.isVisible() and self.presenter.map is not None and not self._listing:
            self.panel.view.show_chosen(self.presenter.chosen(self._room.table.selected_ids()))

    def _show_item(self, row: int) -> None:
        if self.presenter.map is not None:
            self._room.presenter.show_item(int(self.presenter.map.ids[row]))
