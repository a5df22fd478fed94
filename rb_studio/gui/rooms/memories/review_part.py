"""The review over the room: in the place of table and side, with keys of its own, left by Esc."""

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, cast

from PySide6.QtCore import Qt

from rb_studio.gui.commands.binding import Binding, bind
from rb_studio.gui.commands.registry import Command
from rb_studio.gui.rooms.memories import offered_review, review_reads
from rb_studio.gui.rooms.memories.bulk_dialog import BulkDialog, Wish, items
from rb_studio.gui.rooms.memories.commands import READ_ONLY, WHERE
from rb_studio.gui.rooms.memories.drafts import Draft, Key
from rb_studio.gui.rooms.memories.parts import Part
from rb_studio.gui.rooms.memories.review_panel import ReviewPanel
from rb_studio.gui.rooms.memories.review_presenter import TABLES, ReviewPresenter
from rb_studio.gui.rooms.memories.review_reads import Rest
from rb_studio.gui.rooms.memories.slot import Slot
from rb_studio.gui.rooms.room import Place
from rb_studio.records.item_text import ItemText
from rb_studio.records.memory import ItemState
from rb_studio.store import review
from rb_studio.store.changes import ChangeRecord

if TYPE_CHECKING:
    from sqlite_utils import Database

    from rb_studio.gui.rooms.memories.view import MemoriesRoom

NOT_NOW = "Begin the review first: R in the table."
EDITING = "Save with Ctrl+Return, or leave the texts with Esc."
NO_COPIES = "No other item has the very same words."
NO_LINK = "The candidate has no rollout it was learned from."
BUTTONS = (
    ("Accept", "accept"),
    ("Reject", "reject"),
    ("Exclude", "exclude"),
    ("Edit", "edit"),
    ("Save and accept", "save"),
    ("Merge\u2026", "merge"),
    ("One of all copies", "copies"),
    ("Skip", "skip"),
    ("Back", "previous"),
    ("Accept the rest\u2026", "accept_rest"),
    ("Reject the rest\u2026", "reject_rest"),
)
DECISIONS = {
    "accept": ItemState.ACTIVE,
    "reject": ItemState.ARCHIVED,
    "exclude": ItemState.EXCLUDED,
    "delete": ItemState.DELETED,
}


class ReviewPart(Part):
    """Takes the room over while it is on."""

    name = "review"

    def __init__(self, room: "MemoriesRoom") -> None:
        super().__init__(room)
        self._slot = Slot(self._make)
        self.waiting: int | None = None
        self._kept: Mapping[str, Any] = {}
        self._adopted = False

    @property
    def panel(self) -> ReviewPanel:
        return cast(ReviewPanel, self._slot.panel())

    def commands(self) -> list[Command]:
        deciding = Binding(self.leave, self._deciding, self._why)
        bindings = {
            "memory.review": Binding(self.turn, self._has_bank, READ_ONLY, self._on, self._title),
            **{
                f"memory.review.{name}": deciding._replace(do=partial(self._decide, state))
                for name, state in DECISIONS.items()
            },
            "memory.review.edit": deciding._replace(do=self._edit),
            "memory.review.save": Binding(self._save, lambda: self._on() and self.panel.editing, NOT_NOW),
            "memory.review.merge": deciding._replace(do=self._merge),
            "memory.review.copies": Binding(self._keep_one, self._has_copies, NO_COPIES),
            "memory.review.skip": deciding._replace(do=self._skip),
            "memory.review.previous": Binding(self._previous, self._reading, self._why),
            "memory.review.source": deciding._replace(do=partial(self._open, "trajectories")),
            "memory.review.verdict": deciding._replace(do=partial(self._open, "verdicts")),
            "memory.review.accept_rest": deciding._replace(do=partial(self._rest, ItemState.ACTIVE)),
            "memory.review.reject_rest": deciding._replace(do=partial(self._rest, ItemState.ARCHIVED)),
            "memory.review.leave": Binding(self.leave, self._on, NOT_NOW),
        }
        return bind(offered_review.OFFERED, WHERE, bindings)

    def joined(self) -> None:
        self._room.panes.add_mode(self._slot)
        self._room.panes.mode_left.connect(self._left)

    def changed(self, change: ChangeRecord) -> None:
        if set(change.tables) & TABLES:
            self._count()
        if self._slot.filled:
            self.presenter.changed(change)

    def bank_shown(self, bank: int | None) -> None:
        self.waiting = None
        self._label()
        self._count()
        kept, self._kept = self._kept, {}
        if bank is not None and kept and kept.get("bank") == self._room.presenter.bank_name:
            self._slot.panel()
            self.presenter.restore(bank, dict(kept))
            if kept.get("on") is True:
                self._begin(bank)
        elif self._slot.filled and bank != self.presenter.bank:
            self.presenter.forget()
            self.leave()

    def place_to_keep(self) -> dict[str, Any]:
        if self._kept:
            return dict(self._kept)
        if not self._slot.filled:
            return {}
        bank = self._room.presenter.bank_name if self.presenter.bank == self._room.bank() else ""
        return {**self.presenter.place(), "bank": bank, "on": self._on()}

    def restore_place(self, kept: Mapping[str, Any]) -> None:
        self._kept = kept

    def turn(self) -> None:
        """Begin the review, or go on with it; once more leaves it."""
        bank = self._room.bank()
        if self._on():
            self.leave()
        elif bank is not None:
            self._begin(bank)

    def leave(self) -> None:
        """From the texts back to reading, from there back to the table; the place is kept."""
        if self._on() and self.panel.editing:
            self.panel.stop_editing()
            self._frame.registry.refresh()
        elif self._on():
            self._room.panes.show_mode(None)

    def _begin(self, bank: int) -> None:
        self._slot.panel()
        self._adopt_actions()
        self._room.panes.show_mode(self._slot)
        self.presenter.start(bank)
        self._frame.registry.refresh()

    def _make(self) -> ReviewPanel:
        room, panel = self._room, ReviewPanel(self._frame.theme)
        self.presenter = ReviewPresenter(self._frame, room.slow, panel, lambda bank: room.pictures.of(bank))
        panel.go.connect(room.go)
        panel.item_asked.connect(self._show_item)
        panel.typed.connect(self._typed)
        panel.turned.connect(self._frame.registry.refresh)
        panel.back.clicked.connect(self.leave)
        panel.embed_button.clicked.connect(self._embed)
        return panel

    def _decide(self, state: ItemState) -> None:
        self.presenter.decide(state)

    def _keep_one(self) -> None:
        self.presenter.keep_one()

    def _skip(self) -> None:
        self.presenter.skip()

    def _previous(self) -> None:
        self.presenter.previous()

    def _adopt_actions(self) -> None:
        if self._adopted or not self._frame.registry.of(WHERE):
            return
        self._adopted = True
        for one in offered_review.IN_REVIEW:
            own = self._frame.registry.action(one.id)
            own.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            self.panel.addAction(own)
        action = self._frame.registry.action
        self.panel.use_actions([(label, action(f"memory.review.{name}")) for label, name in BUTTONS])

    def _left(self) -> None:
        if self._slot.filled:
            self.panel.stop_editing()
        self._frame.registry.refresh()

    def _on(self) -> bool:
        return self._room.panes.mode is self._slot

    def _reading(self) -> bool:
        return self._on() and not self.panel.editing

    def _deciding(self) -> bool:
        return self._reading() and self.panel.found is not None and self._room.verbs.writable()

    def _has_copies(self) -> bool:
        return self._deciding() and self.panel.found is not None and bool(self.panel.found.copies)

    def _has_bank(self) -> bool:
        return self._room.bank() is not None

    def _why(self) -> str:
        return EDITING if self._on() and self.panel.editing else NOT_NOW if not self._on() else READ_ONLY

    def _title(self) -> str:
        waiting = self.waiting
        if not waiting:
            return "Review the candidates"
        return "Review the candidate" if waiting == 1 else f"Review the {waiting:,} candidates"

    def _count(self) -> None:
        bank = self._room.bank()
        if bank is not None:
            read = partial(review_reads.waiting, bank_id=bank)
            self._frame.session.query("memories.review.count", read, self._counted)

    def _counted(self, count: int) -> None:
        if count != self.waiting:
            self.waiting = count
            self._frame.registry.refresh()
            self._label()

    def _label(self) -> None:
        """The tool bar's button has little room."""
        if self._frame.registry.of(WHERE):
            waiting = f" ({self.waiting:,})" if self.waiting else ""
            self._frame.registry.action("memory.review").setIconText(f"Review{waiting}")

    def _edit(self) -> None:
        """Begin with what was typed before, else with what is stored."""
        found = self.panel.found
        if found is not None:
            draft = self._room.editing.drafts.of(self._key(found.detail.row.id))
            self.panel.edit(draft.text if draft is not None else found.detail.row)
            self._frame.registry.refresh()

    def _typed(self, text: ItemText) -> None:
        """What is typed is a draft, here as in the editor."""
        found = self.panel.found
        if found is not None:
            row = found.detail.row
            stored = ItemText(row.title, row.description, row.content)
            drafts = self._room.editing.drafts
            drafts.type(self._key(row.id), Draft(text, row.version, uid=row.uid), stored)
            self._room.drafting.changed(drafts)

    def _save(self) -> None:
        found = self.panel.found
        text = self.panel.form.text()
        if found is None:
            return
        if not Draft(text).whole:
            self._frame.toast("An item needs a title, and a description or content.")
            return
        self._room.editing.drafts.discard(self._key(found.detail.row.id))
        self._room.drafting.changed(self._room.editing.drafts)
        self.panel.stop_editing()
        self.presenter.accept_edited(text)
        self._frame.registry.refresh()

    def _key(self, item: int) -> Key:
        return self._room.editing.key(item)

    def _merge(self) -> None:
        found, near, bank = self.panel.found, self.panel.near, self._room.bank()
        if found is None or bank is None:
            return
        if near is None or near.row is None:
            self._frame.toast("There is no other item to merge with.")
            return
        self._room.asking.merge(bank, [found.detail.row.id, near.row.id], lambda _item: None)

    def _open(self, room: str) -> None:
        """The rollout the candidate was learned from, at the step that is cited."""
        found = self.panel.found
        source = next(iter(found.detail.row.sources), None) if found is not None else None
        if source is None:
            self._frame.toast(NO_LINK)
            return
        step = {"step": source.steps[0]} if source.steps and room == "trajectories" else {}
        self._room.go.emit(Place(room, {"rollout": source.rollout_uid, **step}))

    def _show_item(self, item: int) -> None:
        self._room.panes.show_mode(None)
        self._room.presenter.show_item(item)
        self._room.side.show_tab("origin")

    def _embed(self) -> None:
        self._frame.registry.action("memory.embed").trigger()

    def _rest(self, state: ItemState) -> None:
        bank = self._room.bank()
        if bank is not None:
            read = partial(review_reads.rest, bank_id=bank, state=state)
            self._frame.session.query("memories.review.rest", read, partial(self._ask_rest, state))

    def _ask_rest(self, state: ItemState, rest: Rest) -> None:
        """Accepting leaves those in doubt waiting, unless the person takes them along."""
        if not rest.ids:
            self._frame.toast("No candidate waits.")
            return
        accepting = state is ItemState.ACTIVE
        doubted = len(rest.ids) - len(rest.sure)
        spare = (f"&Leave the {items(doubted)} in doubt waiting", rest.sure_plan) if accepting and doubted else None
        dialog = BulkDialog(Wish("Accept" if accepting else "Reject"), rest.plan, self._room, spare=spare)
        dialog.confirmed.connect(partial(self._decide_rest, state, rest))
        dialog.open()

    def _decide_rest(self, state: ItemState, rest: Rest, spared: bool) -> None:
        ids = rest.sure if spared else rest.ids
        verb = "accepting" if state is ItemState.ACTIVE else "rejecting"

        def decide(db: "Database", bank: int) -> ChangeRecord:
            if state is ItemState.ACTIVE:
                return review.accept(db, bank, ids)
            return review.reject(db, bank, ids, to=state)

        self._room.acts.many(ids, decide, f"before {verb} {len(ids):,} candidates")
