"""Editing one item: drafts that outlive the selection, saving as a new version, new items, restoring."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Protocol

from rb_studio.gui.rooms.memories import reads
from rb_studio.gui.rooms.memories.acts import operate
from rb_studio.gui.rooms.memories.block import Block, Hit, How, item_block, new_block
from rb_studio.gui.rooms.memories.drafts import NEW, NEW_KEY, Draft, Drafts, Key
from rb_studio.gui.rooms.memories.editor import Typed
from rb_studio.gui.rooms.memories.reads import Detail
from rb_studio.jobs.own_bank import add_by_hand
from rb_studio.records.item_text import ItemText
from rb_studio.records.memory import ItemSource
from rb_studio.store import curation
from rb_studio.store.changes import ChangeRecord
from rb_studio.store.item_history import HistoryEntry
from rb_studio.store.items import ItemRow

if TYPE_CHECKING:
    from sqlite_utils import Database

    from rb_studio.gui.frame import Frame

KEY = "memories.detail"
SETTLE = "memories.drafted"


class EditingView(Protocol):
    """What the presenter tells."""

    def show_item(self, detail: Detail, draft: Draft | None) -> None: ...
    def show_new(self, draft: Draft | None) -> None: ...
    def show_nothing(self) -> None: ...
    def show_draft(self, unsaved: bool) -> None: ...
    def show_banner(self, text: str) -> None: ...
    def show_block(self, block: Block) -> None: ...
    def show_drafts(self, drafts: Drafts) -> None: ...
    def show_saved(self, item_id: int) -> None: ...


class Editing:
    """Which item is edited and what was typed for which."""

    def __init__(self, frame: "Frame", view: EditingView, bank: Callable[[], int | None]) -> None:
        self._frame = frame
        self._view = view
        self._bank = bank
        self.drafts = Drafts()
        self.item_id: int | None = None
        self.detail: Detail | None = None
        self.how = How()
        self._others: Sequence[Hit] | None = None

    @property
    def drafted(self) -> frozenset[int]:
        """Items of the present bank with drafts; `NEW` where one was begun."""
        return self.drafts.ids(self._bank())

    def key(self, item_id: int) -> Key:
        """Whose draft an item's is, in the present bank."""
        bank = self._bank()
        return NEW_KEY if item_id == NEW or bank is None else Key(bank, item_id)

    def choose(self, item_id: int | None) -> None:
        """Edit another item; what was typed for the last one is kept."""
        self.item_id = item_id
        bank = self._bank()
        if item_id is None or bank is None:
            self.detail = None
            self._view.show_nothing()
        elif item_id == NEW:
            self._show_new()
        else:
            read = partial(reads.detail, bank_id=bank, item_id=item_id)
            self._frame.session.query(KEY, read, partial(self._show, item_id))

    def bank_changed(self) -> None:
        """The same item may read otherwise in another bank, and has another draft there."""
        if self.item_id not in (None, NEW):
            self.detail = None
            self._view.show_nothing()
            self.choose(self.item_id)
        self._view.show_drafts(self.drafts)

    def new_item(self) -> None:
        """Write a new item, or go on with the one begun."""
        self.item_id = NEW
        self._show_new()

    def begin(self, draft: Draft) -> None:
        """Write a new item that was begun elsewhere, in place of one that was begun here."""
        self.drafts.discard(NEW_KEY)
        self.drafts.put({NEW_KEY: draft})
        self._view.show_nothing()
        self._view.show_drafts(self.drafts)
        self.new_item()

    def refresh(self) -> None:
        """Something was stored: show the item anew, for it or its neighbours may have changed."""
        if self.item_id not in (None, NEW) and self.detail is not None:
            self.choose(self.item_id)
        self.settle()

    def typed(self, typed: Typed) -> None:
        """A key was pressed in the editor."""
        stored, version, uid = ItemText(""), 0, ""
        if typed.item_id != NEW:
            if self.detail is None or self.detail.row.id != typed.item_id:
                return
            row = self.detail.row
            stored, version, uid = _text(row), row.version, row.uid
        key = self.key(typed.item_id)
        self.drafts.type(key, Draft(typed.text, version, typed.task, typed.reason, uid), stored)
        self._view.show_drafts(self.drafts)
        self._view.show_draft(self.drafts.of(key) is not None)
        self._show_block(typed.text)

    def set_how(self, how: How, others: Sequence[Hit] | None = None) -> None:
        """Preview the block as a run with these settings builds it, with the hits after the item's own."""
        self.how, self._others = how, others
        if self.detail is not None:
            draft = self.drafts.of(self.key(self.detail.row.id))
            self._show_block(draft.text if draft else _text(self.detail.row))

    def save(self, typed: Typed) -> None:
        """Store what was typed: a new version, or a new item."""
        bank = self._bank()
        if typed.item_id == NEW:
            draft = self.drafts.of(NEW_KEY)
            add = partial(_add, bank, typed, draft.sources if draft is not None else ())
            operate(self._frame, add, partial(self._added, typed), self._view.show_banner)
        elif bank is not None:
            done = partial(self._saved, self.key(typed.item_id), typed)
            operate(self._frame, partial(_edit, bank, typed), done, self._view.show_banner)

    def save_all(self, author: str) -> None:
        """Store every draft that is whole, each as one step of undo; the others stay."""
        lacking = 0
        for key, draft in self.drafts.all.items():
            typed = Typed(key.item, draft.text, draft.task, draft.reason, author)
            if not draft.whole:
                lacking += 1
            elif key == NEW_KEY:
                self.save(typed)
            else:
                done = partial(self._saved, key, typed)
                operate(self._frame, partial(_edit, key.bank, typed), done, self._frame.toast)
        if lacking:
            what = "One text lacks" if lacking == 1 else f"{lacking} texts lack"
            self._frame.toast(f"{what} a title, or a description and content, and cannot be saved yet.")

    def discard(self, item_id: int) -> None:
        """Go back to what is stored."""
        key = self.key(item_id)
        draft = self.drafts.discard(key)
        self._show_again(None if item_id == NEW else item_id)
        if draft is not None:
            self._frame.toast("Discarded what was typed.", "Undo", partial(self._take_back, {key: draft}))

    def discard_all(self) -> None:
        """Forget every draft; they can be had back while the message stands."""
        dropped = {**self.drafts.gone, **self.drafts.all}
        self.drafts.clear()
        self._show_again(None if self.item_id == NEW else self.item_id)
        text = f"Discarded {'one draft' if len(dropped) == 1 else f'{len(dropped):,} drafts'}."
        self._frame.toast(text, "Undo", partial(self._take_back, dropped))

    def take_up(self) -> None:
        """Go on with a text whose item is gone, as a new item."""
        if self.drafts.take_up():
            self._view.show_drafts(self.drafts)
            self.new_item()

    def restore(self, entry: HistoryEntry) -> None:
        """Make an earlier version's texts the item's again, as a new version."""
        detail = self.detail
        if detail is not None:
            text = ItemText(entry.title, entry.description, entry.content)
            typed = Typed(detail.row.id, text, reason=f"Restore version {entry.version}")
            self.save(typed)

    def restore_drafts(self, kept: object) -> None:
        """Drafts of the last session."""
        self.drafts.restore(kept)
        self._view.show_drafts(self.drafts)
        self.settle()

    def settle(self) -> None:
        """Look which drafts still have their items."""
        keys = [key for key in {**self.drafts.all, **self.drafts.gone} if key != NEW_KEY]
        if keys:
            self._frame.session.query(SETTLE, partial(reads.uids_of, keys=keys), partial(self._settled, keys))

    def _settled(self, asked: Sequence[Key], uids: Mapping[Key, str]) -> None:
        if self.drafts.settle(asked, uids):
            self._view.show_drafts(self.drafts)

    def _take_back(self, drafts: Mapping[Key, Draft]) -> None:
        self.drafts.put(drafts)
        self._show_again(self.item_id if self.item_id is not None or NEW_KEY not in drafts else NEW)
        self.settle()

    def _show_again(self, item_id: int | None) -> None:
        """The drafts changed under the editor."""
        self._view.show_drafts(self.drafts)
        self._view.show_nothing()
        self.choose(item_id)

    def _show(self, item_id: int, detail: Detail | None) -> None:
        if item_id != self.item_id:
            return
        if detail is None or self.detail is None or self.detail.row.id != detail.row.id:
            self._others = None
        self.detail = detail
        if detail is None:
            self._view.show_nothing()
            return
        draft = self.drafts.of(self.key(item_id))
        self._view.show_item(detail, draft)
        self._view.show_banner(_conflict(detail.row, draft))
        self._show_block(draft.text if draft else _text(detail.row))

    def _show_new(self) -> None:
        self.detail = None
        draft = self.drafts.of(NEW_KEY)
        self._view.show_new(draft)
        self._view.show_banner("")
        self._show_block(draft.text if draft else ItemText(""))

    def _show_block(self, text: ItemText) -> None:
        detail = self.detail
        self._view.show_block(new_block(text) if detail is None else item_block(detail, text, self.how, self._others))

    def _saved(self, key: Key, typed: Typed, _change: ChangeRecord) -> None:
        version = self.detail.row.version + 1 if self.detail is not None else 0
        self.drafts.saved(key, typed.text, version)
        self._view.show_drafts(self.drafts)
        self._view.show_saved(typed.item_id)

    def _added(self, typed: Typed, change: ChangeRecord) -> None:
        draft = self.drafts.of(NEW_KEY)
        if draft is not None and (draft.text, draft.task) == (typed.text, typed.task):
            self.drafts.discard(NEW_KEY)
        self._view.show_drafts(self.drafts)
        self._view.show_saved(change.ids["memory_item"][0])


def _edit(bank: int, typed: Typed, db: "Database") -> ChangeRecord:
    who = typed.author or "user"
    return curation.edit_item(db, bank, typed.item_id, typed.text, who=who, reason=typed.reason)


def _add(bank: int | None, typed: Typed, sources: tuple[ItemSource, ...], db: "Database") -> ChangeRecord:
    who = typed.author or "user"
    return add_by_hand(db, bank, typed.text, task_text=typed.task, sources=sources, who=who, reason=typed.reason)[1]


def _text(row: ItemRow) -> ItemText:
    return ItemText(row.title, row.description, row.content)


def _conflict(row: ItemRow, draft: Draft | None) -> str:
    """Said when the stored texts changed under a draft."""
    if draft is None or draft.version in (0, row.version):
        return ""
    return (
        f"Version {row.version} was stored while you wrote over version {draft.version}: "
        "Save stores your text after it, Discard shows what is stored."
    )
