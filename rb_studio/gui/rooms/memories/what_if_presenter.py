"""Answers what-if questions off the GUI thread, with the code runs retrieve by."""

import threading
from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Protocol

from rb_studio.gui.rooms.memories.slow import Slow, Ticket
from rb_studio.gui.rooms.memories.what_if import Asked
from rb_studio.jobs.embedding import chosen_embedder, quality_notes
from rb_studio.records.memory import Bank, Retrieval
from rb_studio.store.banks import last_operation, save_vectors

if TYPE_CHECKING:
    from rb_studio.gui.frame import Frame
    from rb_studio.records.memory import Vector

KEY = "what if"


class WhatIfView(Protocol):
    """What the presenter tells."""

    def show_busy(self, text: str) -> None: ...
    def show_wrong(self, text: str) -> None: ...
    def show_ready(self) -> None: ...
    def show_answer(self, found: Retrieval, note: str) -> None: ...


class WhatIfPresenter:
    """One question at a time; the bank's value is kept while the workspace stays as it is."""

    def __init__(self, frame: "Frame", slow: Slow, view: WhatIfView) -> None:
        self._frame = frame
        self._slow = slow
        self._view = view
        self._guard = threading.Lock()
        self._kept: tuple[tuple[int, int, str], Bank] | None = None

    def ask(self, bank_id: int | None, asked: Asked) -> None:
        """Retrieve for a task's text."""
        if bank_id is None:
            self._view.show_wrong("There is no bank to retrieve from: write an item or run an arm with memory.")
        elif not asked.text.strip():
            self._view.show_wrong("Type a task first.")
        else:
            self._view.show_busy("Retrieving\u2026")
            work = partial(self._answer, bank_id, asked)
            self._slow.run(KEY, work, self._show, self._view.show_wrong, self._embedding)

    def stop(self) -> None:
        """Nobody waits for the answer; vectors that are stored stay."""
        self._slow.stop(KEY)
        self._view.show_ready()

    def _answer(self, bank_id: int, asked: Asked, ticket: Ticket) -> tuple[Retrieval, str]:
        from rb_studio.jobs.what_if import embedded_bank, what_if

        conn = self._frame.session.workspace.reader()
        with self._guard, chosen_embedder(self._frame.settings().embedder) as embedder:
            ticket.check()
            state = (bank_id, last_operation(conn), embedder.identity)
            if self._kept is None or self._kept[0] != state:
                keep = partial(self._keep, embedder.identity) if self._frame.session.workspace.writable else None
                self._kept = (state, embedded_bank(conn, bank_id, None, embedder, told=ticket.tell, keep=keep))
            ticket.check()
            found = what_if(
                conn, self._kept[1], asked.text, embedder, n=asked.n, leave_out_template=asked.template or None
            )
            return found, "".join(f" \u00b7 {note}" for note in quality_notes(embedder))

    def _keep(self, embedder: str, vectors: "Mapping[str, Vector]") -> None:
        """Store vectors as they come, so that the next question finds them."""
        self._frame.session.workspace.run(lambda db: save_vectors(db, embedder, vectors))

    def _embedding(self, done: int, total: int) -> None:
        self._view.show_busy(f"Embedding past tasks: {done:,} of {total:,}")

    def _show(self, answer: tuple[Retrieval, str]) -> None:
        self._view.show_answer(*answer)
