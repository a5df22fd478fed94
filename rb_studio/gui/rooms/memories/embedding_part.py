"""The vectors of the shown bank: tells what lacks one, and embeds that in a process of its own."""

import sqlite3
from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QTimer

from rb_studio.gui.commands.binding import Binding, bind
from rb_studio.gui.commands.registry import Command
from rb_studio.gui.rooms.memories.embedding_strip import EmbeddingStrip
from rb_studio.gui.rooms.memories.offered_embedding import OFFERED
from rb_studio.gui.rooms.memories.parts import Part
from rb_studio.gui.rooms.memories.presenter import TABLES
from rb_studio.gui.rooms.memories.slow import Ticket
from rb_studio.gui.rooms.memories.vectors_first import tell_made
from rb_studio.jobs.embedding import chosen_embedder, quality_notes
from rb_studio.jobs.reembed import EmbeddingState, embedding_state, reembed
from rb_studio.store.changes import ChangeRecord

if TYPE_CHECKING:
    from rb_studio.gui.rooms.memories.view import MemoriesRoom

KEY = "embedding"
PAUSE = 400  # milliseconds: a bulk act is followed by one look
CANNOT = "The workspace is open for reading only, or nothing of this bank lacks a vector."
ANOTHER = "The vectors of another bank are being made: wait for them, or stop that."
KEPT = "Embedding was stopped; what was made is kept, and it can go on from there."


class EmbeddingPart(Part):
    """One job at a time, for the bank it was begun with, whichever is shown meanwhile."""

    name = "embedding"

    def __init__(self, room: "MemoriesRoom") -> None:
        super().__init__(room)
        self.strip = EmbeddingStrip()
        self.state: EmbeddingState | None = None
        self._notes: list[str] = []
        self._working: tuple[int, str] | None = None
        self._go_on = ""
        self._again = QTimer(self.strip)
        self._again.setSingleShot(True)
        self._again.setInterval(PAUSE)
        self._again.timeout.connect(self.look)

    def commands(self) -> list[Command]:
        bindings = {"memory.embed": Binding(self.toggle, self.can_toggle, CANNOT, shown_title=self.title)}
        return bind(OFFERED, "memories", bindings)

    def joined(self) -> None:
        self._room.panes.add_beside_tools(self.strip)
        self.strip.asked.connect(self.toggle)
        self.strip.seen.connect(self._again.start)
        self._room.bar.note_clicked.connect(self.begin)

    def bank_shown(self, bank: int | None) -> None:
        self.state = None
        self.look()

    def changed(self, change: ChangeRecord) -> None:
        if set(change.tables) & (TABLES | {"vector"}):
            self._again.start()

    def place_to_keep(self) -> dict[str, Any]:
        """What was under way goes on at the next start."""
        return {"under way": self._working[1]} if self._working else {}

    def restore_place(self, kept: Mapping[str, Any]) -> None:
        self._go_on = str(kept.get("under way", ""))

    def closing(self) -> None:
        self._again.stop()

    @property
    def working(self) -> bool:
        return self._working is not None

    def can_toggle(self) -> bool:
        return self.working or (
            self._frame.session.workspace.writable and self.state is not None and self.state.missing > 0
        )

    def title(self) -> str:
        return "Stop embedding" if self.working else "Embed what has no vector"

    def toggle(self) -> None:
        """Stop what is under way, else begin."""
        if self.working:
            self.stop()
        else:
            self.begin()

    def begin(self) -> None:
        """Embed what the shown bank lacks; what is stored counts, so it goes on where it was left."""
        bank = self._room.bank()
        if bank is None or not self._frame.session.workspace.writable:
            return
        if self._working is not None:
            if self._working[0] != bank:
                self._frame.toast(ANOTHER)
            return
        self._working = (bank, self._room.presenter.bank_name)
        self._tell(0, 0)
        self._room.slow.run(KEY, partial(self._embed, bank), self._done, self._failed, self._tell)
        self._frame.registry.refresh()

    def stop(self) -> None:
        """What is made so far is kept."""
        self._room.slow.stop(KEY)
        self._over()
        self._frame.toast(KEPT)

    def look(self) -> None:
        """Read how the shown bank stands; nothing is read while nobody looks."""
        bank = self._room.bank()
        if self.working or not self._room.isVisible():
            return
        if bank is None:
            self.strip.show_state("")
            return
        read = partial(_read, bank=bank, name=self._frame.settings().embedder)
        self._frame.session.query("memories.embedding", read, self._show, self._unknown)

    def _embed(self, bank: int, ticket: Ticket) -> EmbeddingState:
        return reembed(self._frame.session.workspace, bank, self._frame.settings().embedder, told=ticket.tell)

    def _tell(self, done: int, total: int) -> None:
        if self._working is not None:
            bank, name = self._working
            where = "" if bank == self._room.bank() else f" of \u201c{name}\u201d"
            count = f": {done:,} of {total:,}" if total else "\u2026"
            self.strip.show_progress(f"Making vectors{where} in the background{count}", done, total)

    def _done(self, state: EmbeddingState) -> None:
        name = self._working[1] if self._working else ""
        self._over()
        self._frame.toast(f"\u201c{name}\u201d: {state.sentence()}.")
        tell_made(self._frame)
        self._room.presenter.refresh()

    def _failed(self, sentence: str) -> None:
        self._over()
        self.strip.show_state(f"\u26a0 {sentence}", "Try again", loud=True)

    def _over(self) -> None:
        self._working = None
        self._again.start()
        self._frame.registry.refresh()

    def _unknown(self, sentence: str) -> None:
        """The chosen embedder cannot be asked."""
        self.state = None
        self.strip.show_state(f"\u26a0 {sentence}", loud=True)
        self._frame.registry.refresh()

    def _show(self, found: tuple[int, EmbeddingState, list[str]]) -> None:
        bank, self.state, self._notes = found
        if self.working or bank != self._room.bank():
            return
        writable = self._frame.session.workspace.writable
        sentence, loud = told(self.state, self._notes)
        self.strip.show_state(sentence, _button(self.state) if writable else "", loud=loud, short=_short(self.state))
        self._frame.registry.refresh()
        if self._go_on and self._go_on == self._room.presenter.bank_name:
            self._go_on = ""
            if self.state.missing:
                self.begin()


def told(state: EmbeddingState, notes: list[str]) -> tuple[str, bool]:
    """The line's sentence, and whether it is to stand out: vectors of other models alone do not serve."""
    if not state.items and not state.tasks:
        return "", False
    said = "; ".join([state.sentence(), *notes])
    text = f"{said[:1].upper()}{said[1:]}."
    foreign = bool(state.missing and state.others)
    return (f"\u26a0 {text}" if foreign else text), foreign


def _short(state: EmbeddingState) -> str:
    mark = "\u26a0 " if state.missing and state.others else ""
    return f"{mark}{state.missing:,} without vector" if state.missing else "All have vectors"


def _button(state: EmbeddingState) -> str:
    if not state.missing:
        return ""
    return "Embed again" if state.others else "Embed"


def _read(conn: sqlite3.Connection, bank: int, name: str) -> tuple[int, EmbeddingState, list[str]]:
    with chosen_embedder(name) as embedder:
        return bank, embedding_state(conn, bank, embedder.identity), quality_notes(embedder)
