"""Find and replace over the room: which items are searched, and the replacing as one step."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from rb_studio.gui.commands.binding import Binding, bind
from rb_studio.gui.commands.registry import Command
from rb_studio.gui.rooms.memories import offered_replace
from rb_studio.gui.rooms.memories.commands import READ_ONLY, WHERE
from rb_studio.gui.rooms.memories.parts import Part
from rb_studio.gui.rooms.memories.replace_dialog import ReplaceDialog
from rb_studio.gui.rooms.memories.replace_look import Changes, Texts, Wanted
from rb_studio.gui.rooms.memories.slow import Ticket
from rb_studio.store.changes import ChangeRecord
from rb_studio.store.replacing import Replacement, described, replace_texts

if TYPE_CHECKING:
    from sqlite_utils import Database

    from rb_studio.gui.rooms.memories.view import MemoriesRoom

KEY = "replace"


class ReplacePart(Part):
    """Opens the dialog over the items that match the query; what was typed is there again the next time."""

    name = "replace"

    def __init__(self, room: "MemoriesRoom") -> None:
        super().__init__(room)
        self._wanted = Wanted()
        self._texts = Texts()
        self._dialog: ReplaceDialog | None = None

    def commands(self) -> list[Command]:
        binding = Binding(self.open, self._can, READ_ONLY)
        return bind(offered_replace.OFFERED, WHERE, {"memory.replace": binding})

    def place_to_keep(self) -> dict[str, Any]:
        return self._wanted.to_plain()

    def restore_place(self, kept: Mapping[str, Any]) -> None:
        self._wanted = Wanted.of(kept)

    def open(self) -> None:
        """Ask what to find in all matching items, or in the selected ones where they are several."""
        bank, every = self._room.bank(), tuple(self._room.presenter.ids)
        if bank is None:
            return
        selected = tuple(self._room.selected())
        chosen = selected if 1 < len(selected) < len(every) else ()
        self._texts.forget()
        room = self._room
        dialog = self._dialog = ReplaceDialog(self._wanted, len(chosen), len(every), room.frame.theme, room)
        dialog.look_asked.connect(partial(self._look, bank, chosen, every))
        dialog.replace_asked.connect(self._replace)
        dialog.finished.connect(self._closed)
        dialog.open()
        dialog.begin()

    def _can(self) -> bool:
        return self._room.verbs.has_bank() and self._room.verbs.has_items()

    def _look(self, bank: int, chosen: tuple[int, ...], every: tuple[int, ...], wanted: Wanted) -> None:
        self._wanted = wanted
        self._room.slow.stop(KEY)
        if wanted.pattern and wanted.fields:
            ids = chosen if wanted.chosen else every
            self._room.slow.run(KEY, partial(self._find, bank, ids, wanted), self._show, self._wrong)

    def _find(self, bank: int, ids: tuple[int, ...], wanted: Wanted, ticket: Ticket) -> Changes:
        return self._texts.look(self._frame.session.workspace.reader(), bank, ids, wanted, ticket)

    def _show(self, changes: Changes) -> None:
        if self._dialog is not None:
            self._dialog.show_changes(changes)

    def _wrong(self, why: str) -> None:
        if self._dialog is not None:
            self._dialog.show_wrong(why)

    def _replace(self, taken: Sequence[Replacement]) -> None:
        what = described(self._wanted.pattern, self._wanted.by)

        def replace(db: "Database", bank: int) -> ChangeRecord:
            return replace_texts(db, bank, taken, what=what)

        ids = list(dict.fromkeys(one.item for one in taken))
        self._room.acts.many(ids, replace, f"before replacing {what}", self._replaced, self._refused)

    def _replaced(self, _change: ChangeRecord) -> None:
        if self._dialog is not None:
            self._dialog.accept()

    def _refused(self, why: str) -> None:
        """Texts may have changed meanwhile: the next look reads them again."""
        self._texts.forget()
        if self._dialog is not None:
            self._dialog.keep_with(why)

    def _closed(self, _result: int) -> None:
        self._room.slow.stop(KEY)
        self._texts.forget()
        self._dialog = None
