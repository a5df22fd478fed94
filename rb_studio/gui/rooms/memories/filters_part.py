"""Saved filters: the query with every condition, order and columns; clauses that are switched off and kept."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu

from rb_studio.gui.commands.binding import Binding, bind
from rb_studio.gui.commands.registry import Command
from rb_studio.gui.rooms.memories.acts import operate
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
from rb_studio.store.changes import ChangeRecord
from rb_studio.store.saved_filters import SavedFilter, delete_filter, save_filter, saved_filters

if TYPE_CHECKING:
    from sqlite_utils import Database

    from rb_studio.gui.rooms.memories.view import MemoriesRoom

ROOM = "memories"
READ_ONLY = "The workspace is open for reading only."
NONE_CHOSEN = "No saved filter is shown: choose one with G in the table."
NO_CHANGE = "The view is as it was saved, or no saved filter is shown."
NO_CLAUSE = "The query has no clause."


class FiltersPart(Part):
    """Keeps what is off beside the query, which has only what is on."""

    name = "filters"

    def __init__(self, room: "MemoriesRoom") -> None:
        super().__init__(room)
        self.strip = FilterStrip()
        self.saved: tuple[SavedFilter, ...] = ()
        self.off: list[str] = []
        self.active = ""
        self._read = False

    def commands(self) -> list[Command]:
        chosen, differs = (self.has_active, NONE_CHOSEN), (self.differs, NO_CHANGE)
        bindings = {
            "memory.filter.saved": Binding(self.pop_up),
            "memory.filter.save": Binding(self.ask_save, self._writable, READ_ONLY),
            "memory.filter.update": Binding(self.update, self.can_update, NO_CHANGE),
            "memory.filter.back": Binding(self.back, *differs),
            "memory.filter.rename": Binding(self.ask_rename, *chosen),
            "memory.filter.delete": Binding(self.delete, *chosen),
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
        self.strip.update_asked.connect(self.update)
        self.strip.back_asked.connect(self.back)
        self.strip.left.connect(self._room.verbs.to_table)

    def bank_shown(self, bank: int | None) -> None:
        if not self._read:
            self._read = True
            self._load()

    def changed(self, change: ChangeRecord) -> None:
        if "saved_filter" in change.tables:
            self._load()

    def place_to_keep(self) -> dict[str, Any]:
        return {"off": list(self.off), "filter": self.active}

    def restore_place(self, kept: Mapping[str, Any]) -> None:
        off = kept.get("off")
        self.off = [str(one) for one in off] if isinstance(off, list) else []
        self.active = str(kept.get("filter", ""))
        self.look()

    def has_active(self) -> bool:
        return self._writable() and self._active() is not None

    def has_clauses(self) -> bool:
        return bool(self.strip.boxes)

    def differs(self) -> bool:
        return bool(self._difference())

    def can_update(self) -> bool:
        return self._writable() and self.differs()

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
        known = self._active()
        self.strip.show_filter(known.name if known else "", self._difference(), writable=self._writable())

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

    def ask_save(self) -> None:
        """Keep the view under a name."""
        if names_gathered(self._room.presenter.query):
            self._frame.toast(NOT_SAVED)
            return
        name = self._frame.dialogs.ask_text("Save this view as a filter", "Name of the filter", self.active)
        if not name or not self._may_replace(name, self.active):
            return
        self._save(name, f"Filter \u201c{name}\u201d saved.")

    def update(self) -> None:
        """Keep the view as it is now under the name it has."""
        if names_gathered(self._room.presenter.query):
            self._frame.toast(NOT_SAVED)
        elif self.can_update():
            self._save(self.active, f"Filter \u201c{self.active}\u201d updated.")

    def back(self) -> None:
        """Show what was saved."""
        known = self._active()
        if known is not None:
            self.choose(known.name)

    def ask_rename(self) -> None:
        """Another name for the filter that is shown."""
        known = self._active()
        if known is None:
            return
        name = self._frame.dialogs.ask_text("Rename the saved filter", "New name", known.name)
        if name and name != known.name and self._may_replace(name, known.name):
            self.active = name
            operate(self._frame, partial(_rename, old=known.name, name=name))

    def delete(self) -> None:
        """Forget the filter that is shown; the view stays."""
        known = self._active()
        if known is not None:
            operate(self._frame, lambda db: delete_filter(db, ROOM, known.name), partial(self._deleted, known))

    def choose(self, name: str) -> None:
        """Show a saved filter: its query, what of it is off, its order and its columns."""
        saved = next((one for one in self.saved if one.name == name), None)
        if saved is None:
            return
        wanted, presenter = shown_of(saved, self.shown()), self._room.presenter
        self.active, self.off = name, list(wanted.off)
        presenter.order, presenter.descending = wanted.order, wanted.descending
        columns = {"order": list(wanted.columns), "hidden": list(wanted.hidden)}
        self._room.table.header.restore_state(columns)
        if wanted.query == presenter.query:
            presenter.refresh()
        self._set_query(wanted.query)
        self._room.table.setFocus()

    def menu(self) -> QMenu:
        """The saved filters by number, and what can be done with the one that is shown."""
        menu = QMenu("Saved filters", self._room)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for number, one in enumerate(self.saved, 1):
            mark = f"&{number}  " if number < 10 else ""
            action = QAction(mark + one.name.replace("&", "&&"), menu, checkable=True, checked=one.name == self.active)
            action.setToolTip(one.query)
            action.triggered.connect(partial(self._chosen, one.name))
            menu.addAction(action)
        if not self.saved:
            menu.addAction("No filter is saved yet").setEnabled(False)
        menu.addSeparator()
        for command in ("save", "update", "back", "rename", "delete"):
            menu.addAction(self._frame.registry.action(f"memory.filter.{command}"))
        return menu

    def pop_up(self) -> None:
        """The menu below the query; the first filter can be chosen at once."""
        menu, query = self.menu(), self._room.bar.query
        menu.popup(query.mapToGlobal(QPoint(0, query.height())))
        menu.setActiveAction(next((one for one in menu.actions() if one.isEnabled()), menu.actions()[-1]))

    def _chosen(self, name: str, _checked: bool = False) -> None:
        self.choose(name)

    def _set_query(self, query: str) -> None:
        self._room.presenter.set_query(query)
        self.look()
        self._frame.registry.refresh()

    def _writable(self) -> bool:
        return self._frame.session.workspace.writable

    def _active(self) -> SavedFilter | None:
        return next((one for one in self.saved if one.name == self.active), None)

    def _difference(self) -> str:
        known = self._active()
        if known is None:
            return ""
        present = self.shown()
        return what_differs(present, shown_of(known, present))

    def _may_replace(self, name: str, own: str) -> bool:
        if name == own or name not in {one.name for one in self.saved}:
            return True
        question = f"There is a filter \u201c{name}\u201d already."
        return self._frame.dialogs.ask(question, "What is saved under it is lost.", ["Replace it"]) is not None

    def _save(self, name: str, said: str) -> None:
        shown = self.shown()
        self.active = name
        work = partial(save_filter, room=ROOM, name=name, query=shown.query, shown=shown.to_json())
        operate(self._frame, work, lambda _change: self._frame.toast(said))

    def _deleted(self, known: SavedFilter, _change: ChangeRecord) -> None:
        self.active = ""
        self.look()
        again = partial(save_filter, room=ROOM, name=known.name, query=known.query, shown=known.shown)
        undo = partial(operate, self._frame, again)
        self._frame.toast(f"Filter \u201c{known.name}\u201d deleted; the view stays.", "Undo", undo)

    def _load(self) -> None:
        self._frame.session.query("memories.filters", lambda conn: saved_filters(conn, ROOM), self._loaded)

    def _loaded(self, saved: Sequence[SavedFilter]) -> None:
        self.saved = tuple(saved)
        self.look()
        self._frame.registry.refresh()


def _rename(db: "Database", old: str, name: str) -> ChangeRecord:
    for one in saved_filters(db.conn, ROOM):
        if one.name == old:
            save_filter(db, ROOM, name, one.query, one.shown)
    return delete_filter(db, ROOM, old)
