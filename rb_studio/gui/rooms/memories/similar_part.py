"""Looks for items like the one that is written, a moment after the last key, on another thread."""

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer

from rb_studio.gui.commands.binding import Binding, bind
from rb_studio.gui.commands.registry import Command
from rb_studio.gui.rooms.memories import reads
from rb_studio.gui.rooms.memories.drafts import NEW
from rb_studio.gui.rooms.memories.editor import Typed
from rb_studio.gui.rooms.memories.offered_item import SIMILAR
from rb_studio.gui.rooms.memories.parts import Part
from rb_studio.gui.rooms.memories.reads import Detail
from rb_studio.gui.rooms.memories.similar import Alike, Likeness
from rb_studio.gui.rooms.memories.slow import Ticket
from rb_studio.jobs.embedding import chosen_embedder
from rb_studio.records.item_text import ItemText, embedded_text
from rb_studio.records.memory import ItemState
from rb_studio.store.changes import ChangeRecord
from rb_studio.store.items import ItemFilter

if TYPE_CHECKING:
    from rb_studio.gui.rooms.memories.view import MemoriesRoom

KEY = "similar"
PAUSE = 350  # milliseconds after the last key
NEAREST = 8
COMPARED = tuple(state for state in ItemState if state is not ItemState.DELETED)
LEAST_WORDS = 2


class SimilarPart(Part):
    """Fills the panel below the texts."""

    def __init__(self, room: "MemoriesRoom") -> None:
        super().__init__(room)
        self._panel = room.side.editor.similar
        self._asked: tuple[int, int, ItemText, bool] | None = None
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(PAUSE)

    def joined(self) -> None:
        self._timer.timeout.connect(self._look)
        self._room.side.editor.typed.connect(self._typed)
        self._room.side.editor.below.currentChanged.connect(self._turned)
        self._panel.opened.connect(self._room.presenter.show_item)
        self._panel.merge_asked.connect(self._merge)

    def item_shown(self, detail: Detail | None) -> None:
        """Another item, or none; what is only looked at is compared where the panel is in sight."""
        editor = self._room.side.editor
        unsaved = editor.discard_button.isEnabled()
        if editor.item_id is None or not (unsaved or self._panel.isVisible()):
            self._forget()
        else:
            self._ask(editor.now(), saved=not unsaved)

    def changed(self, change: ChangeRecord) -> None:
        """New vectors: there may be more to compare with."""
        if "vector" in change.tables and self._panel.isVisible() and self._asked is not None:
            self._timer.start()

    def closing(self) -> None:
        self._timer.stop()

    def commands(self) -> list[Command]:
        return bind(SIMILAR, "memories", {"memory.similar": Binding(self._show_panel)})

    def _show_panel(self) -> None:
        editor = self._room.side.editor
        self._room.side.show_tab("item")
        editor.below.setCurrentWidget(self._panel)
        self._panel.tree.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def _turned(self, _place: int) -> None:
        if self._asked is None:
            self.item_shown(None)

    def _typed(self, typed: Typed) -> None:
        self._ask(typed, saved=False)

    def _ask(self, typed: Typed, *, saved: bool) -> None:
        bank = self._room.bank()
        words = f"{typed.text.title} {typed.text.description} {typed.text.content}".split()
        if bank is None or len(words) < LEAST_WORDS:
            self._forget()
            return
        asked = (bank, typed.item_id, typed.text, saved)
        if asked != self._asked:
            self._asked = asked
            self._timer.start()

    def _forget(self) -> None:
        self._asked = None
        self._timer.stop()
        self._room.slow.stop(KEY)
        self._panel.show_nothing()

    def _look(self) -> None:
        if self._asked is None:
            return
        bank, item, text, saved = self._asked
        if item == NEW:
            unmergeable = "Save the new item first, or open this one and go on with it"
        else:
            unmergeable = "" if saved else "Save or discard what is typed first: stored texts are merged"
        self._panel.show_busy()
        work = partial(self._find, bank, item, text)
        done = partial(self._show, text, unmergeable)
        self._room.slow.run(KEY, work, done, self._panel.show_nothing)

    def _show(self, text: ItemText, unmergeable: str, found: Alike) -> None:
        if not self._frame.session.workspace.writable:
            unmergeable = "The workspace is open for reading only"
        self._panel.show_alike(text, found, unmergeable)

    def _find(self, bank: int, item: int, text: ItemText, ticket: Ticket) -> Alike:
        """The nearest items by vector, each with the overlap of its wording."""
        from rb_studio.analysis.duplicates import Thresholds, alike
        from rb_studio.analysis.overlap import Overlap

        frame = self._room.frame
        conn, picture = frame.session.workspace.reader(), self._room.pictures.of(bank)
        with chosen_embedder(frame.settings().embedder) as embedder:
            ticket.check()
            picture.use_vectors(conn, embedder.identity)
            picture.refresh(conn)
            ticket.check()
            vector = embedder.embed([embedded_text(text)])[0]
            identity = embedder.identity
        among = picture.find(conn, ItemFilter(states=COMPARED))
        near = [one for one in picture.nearest(vector, among, NEAREST + 1) if one[0] != item][:NEAREST]
        rows = reads.rows(conn, bank, [one for one, _ in near])
        found = [(rows[one], cosine) for one, cosine in near if one in rows]
        overlap = Overlap([embedded_text(text), *(embedded_text(row) for row, _ in found)])
        alikes = [(row, cosine, overlap(0, place)) for place, (row, cosine) in enumerate(found, 1)]
        limits = Thresholds()
        items = tuple(Likeness(row, cosine, words, alike(cosine, words, limits)) for row, cosine, words in alikes)
        return Alike(items, picture.unembedded(), identity)

    def _merge(self, other: int) -> None:
        item = self._room.editing.item_id
        if item not in (None, NEW):
            self._room.verbs.merge([item, other])
