"""Views of a room under names: kept, shown again, brought up to date, renamed, forgotten."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QWidget

from rb_studio.gui.commands.binding import Binding
from rb_studio.store.changes import ChangeRecord
from rb_studio.store.saved_filters import SavedFilter, delete_filter, save_filter, saved_filters

if TYPE_CHECKING:
    from sqlite_utils import Database

    from rb_studio.gui.frame import Frame

READ_ONLY = "The workspace is open for reading only."
NONE_CHOSEN = "No saved {0} is shown: choose one from the menu of saved {0}s."
NO_CHANGE = "What is shown is as it was saved, or nothing that was saved is shown."


class View(NamedTuple):
    """What a room shows: its query, and everything else that decides what is seen, as plain JSON."""

    query: str
    shown: Mapping[str, Any]


class SavedViews(QObject):
    """The saved views of one room, which may call them something else.

    Parameters
    ----------
    prefix
        What the commands' ids begin with; they end with the keys of `bindings`.
    capture, show
        What the room shows now, and showing something else.
    differs
        In what a saved view differs from what is shown, in words; by default whether it is another one.
    refused
        Why what is shown cannot be saved; empty where it can.

    Signals
    -------
    turned
        Another view is the chosen one, or what is saved is something else.
    """

    turned = Signal()

    def __init__(
        self,
        frame: "Frame",
        room: str,
        prefix: str,
        capture: Callable[[], View],
        show: Callable[[View], None],
        parent: QObject,
        *,
        noun: str = "view",
        differs: Callable[[SavedFilter], str] | None = None,
        refused: Callable[[], str] = str,
    ) -> None:
        super().__init__(parent)
        self._frame, self._room, self._prefix, self._noun = frame, room, prefix, noun
        self._capture, self._show = capture, show
        self._differs, self._refused = differs or self._is_another, refused
        self.saved: tuple[SavedFilter, ...] = ()
        self.active = ""

    def bindings(self, anchor: Callable[[], QWidget]) -> dict[str, Binding]:
        """What the room's commands do; `anchor` is what the menu opens under."""
        chosen = (self._is_chosen, NONE_CHOSEN.format(self._noun))
        do = {
            "saved": Binding(lambda: self.pop_up(anchor())),
            "save": Binding(self.ask_save, self._writable, READ_ONLY),
            "update": Binding(self.update, self._can_update, NO_CHANGE),
            "back": Binding(self.back, self._can_go_back, NO_CHANGE),
            "rename": Binding(self.ask_rename, *chosen),
            "delete": Binding(self.delete, *chosen),
        }
        return {f"{self._prefix}.{name}": binding for name, binding in do.items()}

    def load(self) -> None:
        """Read what is saved."""
        self._frame.session.query(f"{self._room}.views", partial(saved_filters, room=self._room), self._loaded)

    def changed(self, change: ChangeRecord) -> None:
        """Something was stored."""
        if "saved_filter" in change.tables:
            self.load()

    @property
    def known(self) -> SavedFilter | None:
        """The saved view that was chosen."""
        return next((one for one in self.saved if one.name == self.active), None)

    def difference(self) -> str:
        """In what the chosen view is another one by now; empty where it is the same."""
        return self._differs(self.known) if self.known is not None else ""

    def ask_save(self) -> None:
        """Keep what is shown under a name."""
        if self._refused():
            self._frame.toast(self._refused())
            return
        name = self._frame.dialogs.ask_text("Save this view", f"Name of the {self._noun}", self.active)
        if name and self._may_replace(name):
            self._save(name, "saved")

    def update(self) -> None:
        """Keep what is shown now under the name it has."""
        if self._refused():
            self._frame.toast(self._refused())
        elif self._can_update():
            self._save(self.active, "updated")

    def back(self) -> None:
        """Show what was saved."""
        self.choose(self.active)

    def ask_rename(self) -> None:
        """Another name for the view that was chosen."""
        old = self.active
        name = self._frame.dialogs.ask_text(f"Rename the saved {self._noun}", "New name", old)
        if name and name != old and self._may_replace(name):
            self.active = name
            self._frame.session.operate(partial(_rename, room=self._room, old=old, name=name))

    def delete(self) -> None:
        """Forget the view that was chosen; what is shown stays."""
        known = self.known
        if known is None:
            return

        def done(_change: ChangeRecord) -> None:
            self._choose("")
            again = partial(save_filter, room=self._room, name=known.name, query=known.query, shown=known.shown)
            undo = partial(self._frame.session.operate, again)
            self._frame.toast(f"{self._told(known.name)} deleted; what is shown stays.", "Undo", undo)

        self._frame.session.operate(partial(delete_filter, room=self._room, name=known.name), done)

    def choose(self, name: str) -> None:
        """Show a saved view."""
        found = next((one for one in self.saved if one.name == name), None)
        if found is not None:
            self.active = name
            self._show(View(found.query, found.shown))
            self._tell()

    def menu(self, parent: QWidget) -> QMenu:
        """The saved views by number, and what can be done with the one that is shown."""
        menu = QMenu(f"Saved {self._noun}s", parent)
        menu.aboutToHide.connect(menu.deleteLater)
        menu.setToolTipsVisible(True)
        for number, one in enumerate(self.saved, 1):
            mark = f"&{number}  " if number < 10 else ""
            changed = " (changed)" if one.name == self.active and self.difference() else ""
            action = QAction(mark + one.name.replace("&", "&&") + changed, menu)
            action.setCheckable(True)
            action.setChecked(one.name == self.active)
            action.setToolTip(one.query)
            action.triggered.connect(partial(self._chosen, one.name))
            menu.addAction(action)
        if not self.saved:
            menu.addAction(f"No {self._noun} is saved yet").setEnabled(False)
        menu.addSeparator()
        for name in ("save", "update", "back", "rename", "delete"):
            menu.addAction(self._frame.registry.action(f"{self._prefix}.{name}"))
        return menu

    def pop_up(self, under: QWidget) -> None:
        """The menu below a widget; what is first in it can be chosen at once."""
        self._frame.registry.refresh()
        menu = self.menu(under)
        menu.popup(under.mapToGlobal(under.rect().bottomLeft()))
        menu.setActiveAction(next((one for one in menu.actions() if one.isEnabled()), menu.actions()[-1]))

    def _chosen(self, name: str, _checked: bool = False) -> None:
        self.choose(name)

    def _writable(self) -> bool:
        return self._frame.session.workspace.writable

    def _is_chosen(self) -> bool:
        return self._writable() and self.known is not None

    def _can_go_back(self) -> bool:
        return bool(self.difference())

    def _can_update(self) -> bool:
        return self._writable() and self._can_go_back()

    def _is_another(self, saved: SavedFilter) -> str:
        return "view" if View(saved.query, saved.shown) != self._capture() else ""

    def _may_replace(self, name: str) -> bool:
        if name == self.active or name not in {one.name for one in self.saved}:
            return True
        question = f"There is a {self._noun} \u201c{name}\u201d already."
        return self._frame.dialogs.ask(question, "What is saved under it is lost.", ["Replace it"]) is not None

    def _save(self, name: str, done: str) -> None:
        view = self._capture()
        self.active = name
        said = f"{self._told(name)} {done}."
        work = partial(save_filter, room=self._room, name=name, query=view.query, shown=view.shown)
        self._frame.session.operate(work, lambda _change: self._frame.toast(said))

    def _loaded(self, saved: Sequence[SavedFilter]) -> None:
        self.saved = tuple(saved)
        self._tell()

    def _told(self, name: str) -> str:
        return f"{self._noun.capitalize()} \u201c{name}\u201d"

    def _choose(self, name: str) -> None:
        self.active = name
        self._tell()

    def _tell(self) -> None:
        self.turned.emit()
        self._frame.registry.refresh()


def _rename(db: "Database", room: str, old: str, name: str) -> ChangeRecord:
    for one in saved_filters(db.conn, room):
        if one.name == old:
            save_filter(db, room, name, one.query, one.shown)
    return delete_filter(db, room, old)
