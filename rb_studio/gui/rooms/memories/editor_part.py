"""Tells the editor what bank it writes into: what new items look like, and how its runs retrieve."""

import json
import sqlite3
from functools import partial
from typing import TYPE_CHECKING

from rb_studio.gui.rooms.memories.block import Hit, How
from rb_studio.gui.rooms.memories.forms import form_of
from rb_studio.gui.rooms.memories.parts import Part
from rb_studio.gui.rooms.memories.reads import Detail
from rb_studio.gui.rooms.memories.slow import Ticket
from rb_studio.jobs.embedding import chosen_embedder
from rb_studio.records.arm import ArmConfig
from rb_studio.records.memory import Bank, Retrieval
from rb_studio.store import banks

if TYPE_CHECKING:
    from rb_studio.gui.rooms.memories.view import MemoriesRoom

KEY = "others"
PREVIEWED = "preview:task"  # no stored task has this key, so that none is left out as the task's own


class EditorPart(Part):
    """Asks for what belongs to the bank that is shown, and for the hits that follow the item's own in its preview."""

    def __init__(self, room: "MemoriesRoom") -> None:
        super().__init__(room)
        self._asked: tuple[int, int, int, str] | None = None

    def joined(self) -> None:
        self._room.side.editor.how.changed.connect(self._how)

    def bank_shown(self, bank: int | None) -> None:
        self._asked = None
        if bank is not None:
            self._frame.session.query("memories.mode", partial(manner, bank_id=bank), self._show)

    def item_shown(self, detail: Detail | None) -> None:
        if detail is None:
            self._asked = None
        else:
            self._look(detail, self._room.editing.how)

    def _show(self, found: tuple[str, How]) -> None:
        mode, how = found
        self._room.side.editor.use_new_form(form_of(mode))
        self._room.side.editor.how.show_how(how)
        self._how(how)

    def _how(self, how: How) -> None:
        self._room.editing.set_how(how)
        self._asked = None
        if self._room.editing.detail is not None:
            self._look(self._room.editing.detail, how)

    def _look(self, detail: Detail, how: How) -> None:
        """Find the hits that come after the item's own, where more than one is retrieved."""
        bank = self._room.bank()
        asked = (bank or 0, detail.row.id, how.n, how.unit)
        if bank is None or how.n < 2:
            self._room.slow.stop(KEY)
            self._asked = None
        elif asked != self._asked:
            self._asked = asked
            done = partial(self._found, asked, how)
            self._room.slow.run(KEY, partial(self._find, bank, detail, how), done, self._frame.toast)

    def _found(self, asked: tuple[int, int, int, str], how: How, others: tuple[Hit, ...]) -> None:
        detail = self._room.editing.detail
        if detail is not None and detail.row.id == asked[1]:
            self._room.editing.set_how(how, others)

    def _find(self, bank: int, detail: Detail, how: How, ticket: Ticket) -> tuple[Hit, ...]:
        from rb_studio.jobs.what_if import embedded_bank
        from rb_studio.method.prompts import PromptSet
        from rb_studio.method.retrieve import retrieve
        from rb_studio.records.task import Task

        frame = self._room.frame
        with chosen_embedder(frame.settings().embedder) as embedder:
            conn, items = frame.session.workspace.reader(), how.unit == "item"
            value = embedded_bank(conn, bank, None, embedder, items=items, told=ticket.tell)
            vector = embedder.embed([embedder.query_prefix + detail.experience.task_text])[0]
            task = Task(PREVIEWED, "", 0, "")
            prompts = PromptSet.with_overrides()
            found = retrieve(value, task, embedder, prompts, n=how.n + 1, unit=how.unit, query=vector)
        return following(value, found, detail, how)


def following(value: Bank, found: Retrieval, detail: Detail, how: How) -> tuple[Hit, ...]:
    """The items of each hit but the item's own, which comes first whatever else is retrieved."""
    by_uid = {item.uid: item for one in value.experiences for item in one.items}
    own = detail.row.uid if how.unit == "item" else detail.experience.uid
    others = [hit for hit in found.hits if own not in (hit.uid, *(hit.item_uids if how.unit == "item" else ()))]
    return tuple(tuple(by_uid[name] for name in hit.item_uids) for hit in others[: how.n - 1])


def manner(conn: sqlite3.Connection, bank_id: int) -> tuple[str, How]:
    """A bank's mode, and how its own arm retrieves; one without an arm as the paper does."""
    row = banks.bank(conn, bank_id)
    stored = conn.execute("SELECT config FROM arm WHERE id = ?", (row.arm,)).fetchone()
    if stored is None:
        return row.mode, How()
    arm = ArmConfig.from_json(json.loads(stored["config"]))
    return row.mode, How(arm.retrieve_n, arm.retrieve_unit, arm.most_items, bool(arm.method))
