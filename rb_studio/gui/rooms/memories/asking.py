"""The room's questions: which tag, which texts win a merge, which snapshot."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from rb_studio.gui.rooms.memories import reads
from rb_studio.gui.rooms.memories.acts import Acts
from rb_studio.gui.rooms.memories.bulk_dialog import BulkDialog, Wish, items
from rb_studio.gui.rooms.memories.merge import MergeDialog
from rb_studio.gui.rooms.memories.tag_dialog import TagDialog
from rb_studio.jobs import bulk
from rb_studio.jobs.bulk import Plan
from rb_studio.records.memory import ItemState
from rb_studio.store.item_facets import all_tags
from rb_studio.store.items import ItemRow
from rb_studio.store.lineage import united_use

if TYPE_CHECKING:
    from sqlite3 import Connection

    from rb_studio.gui.frame import Frame

KEY = "memories.ask"


class Asking(QObject):
    """Opens dialogs over the room; what they answer goes to the acts."""

    def __init__(self, frame: "Frame", acts: Acts, parent: QWidget) -> None:
        super().__init__(parent)
        self._frame = frame
        self._acts = acts
        self._parent = parent

    def tag(self, bank: int, ids: Sequence[int]) -> None:
        """Which tag to put on or take off."""
        self._frame.session.query(KEY, partial(all_tags, bank_id=bank), partial(self._open_tag, bank, ids))

    def set_state(self, bank: int, ids: Sequence[int], state: ItemState) -> None:
        """Put items into a state; where they are many, what that changes is told first."""
        plan = partial(bulk.plan_state, bank_id=bank, ids=ids, state=state)
        self._sure(ids, Wish("Set", f"to {state}"), plan, partial(self._acts.set_state, ids, state))

    def _sure(self, ids: Sequence[int], wish: Wish, plan: Callable[..., Plan], act: Callable[[], None]) -> None:
        """Few items are acted on at once, many once the person saw what changes."""
        if len(ids) < bulk.MANY:
            act()
            return

        def show(found: Plan) -> None:
            if not found.changing:
                self._frame.toast(f"Nothing to change: {items(found.matching)} matching, and so already.")
                return
            dialog = BulkDialog(wish, found, self._parent)
            dialog.confirmed.connect(lambda _spared: act())
            dialog.open()

        self._frame.session.query(KEY, plan, show)

    def merge(
        self,
        bank: int,
        ids: Sequence[int],
        done: Callable[[int], None],
        *,
        suggested: int | None = None,
        apart: Sequence[int] = (),
    ) -> None:
        """What the merged item gets from which; items `apart` were left out of the group."""

        def read(conn: "Connection") -> tuple[dict[int, ItemRow], int]:
            return reads.rows(conn, bank, ids), united_use(conn, bank, ids)

        self._frame.session.query(KEY, read, partial(self._open_merge, ids, done, suggested, apart))

    def _open_tag(self, bank: int, ids: Sequence[int], known: list[str]) -> None:
        dialog = TagDialog(len(ids), known, self._parent)
        dialog.tag_asked.connect(partial(self._tag, bank, ids))
        dialog.open()

    def _tag(self, bank: int, ids: Sequence[int], tag: str, on: bool) -> None:
        wish = Wish("Tag" if on else "Untag", f"{'as' if on else 'from'} \u201c{tag}\u201d")
        plan = partial(bulk.plan_tag, bank_id=bank, ids=ids, tag=tag, present=on)
        self._sure(ids, wish, plan, partial(self._acts.tag, ids, tag, on))

    def _open_merge(
        self,
        ids: Sequence[int],
        done: Callable[[int], None],
        suggested: int | None,
        apart: Sequence[int],
        read: tuple[dict[int, ItemRow], int],
    ) -> None:
        rows, uses = read
        found = [rows[item] for item in ids if item in rows]
        if len(found) < 2:
            return
        dialog = MergeDialog(found, self._parent, uses=uses, suggested=suggested, apart=apart)
        dialog.merge_asked.connect(lambda wish: self._acts.merge(wish, done))
        dialog.open()
