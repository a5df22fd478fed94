"""Which candidate is decided on, which come next, and what was decided: the review of a bank, one after the other."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol

from rb_studio.gui.rooms.memories import review_reads
from rb_studio.gui.rooms.memories.acts import operate
from rb_studio.gui.rooms.memories.review_reads import Candidate, Near
from rb_studio.gui.rooms.memories.slow import Slow
from rb_studio.records.item_text import ItemText
from rb_studio.records.memory import ItemState
from rb_studio.store import curation, review
from rb_studio.store.changes import ChangeRecord

if TYPE_CHECKING:
    from sqlite_utils import Database

    from rb_studio.gui.frame import Frame
    from rb_studio.store.picture import BankPicture

KEY = "memories.review"
NEAR = "review.near"
TABLES = {"memory_item", "item_version", "item_state"}


class ReviewView(Protocol):
    """What the presenter tells."""

    def show_progress(self, place: int, total: int, waiting: int) -> None: ...
    def show_candidate(self, found: Candidate) -> None: ...
    def show_near(self, near: Near | None, why: str = "") -> None: ...
    def show_done(self, decided: int) -> None: ...


class ReviewPresenter:
    """Goes through a bank's candidates; one that was decided can be come back to, and decided anew."""

    def __init__(self, frame: "Frame", slow: Slow, view: ReviewView, picture: "Callable[[int], BankPicture]") -> None:
        self._frame, self._slow, self._view, self._picture = frame, slow, view, picture
        self.bank: int | None = None
        self.shown: Candidate | None = None
        self.near: Near | None = None
        self._order: list[int] = []
        self._waiting: set[int] = set()
        self._decided: list[int] = []
        self._under_way: set[int] = set()
        self._before = 0
        self._place = 0
        self._come_to: int | None = None

    @property
    def current(self) -> int | None:
        """The item on screen, or on its way there."""
        return self._order[self._place] if self._place < len(self._order) else None

    @property
    def waiting(self) -> int:
        return len(self._waiting)

    def start(self, bank: int) -> None:
        """Read the queue of a bank; the place in it is kept while it is the same bank."""
        if bank != self.bank:
            self.forget()
            self.bank = bank
        self._read()

    def forget(self) -> None:
        """Another bank is shown: begin anew there."""
        self._slow.stop(NEAR)
        self.bank, self.shown, self.near = None, None, None
        self._order, self._waiting, self._decided = [], set(), []
        self._before = self._place = 0

    def changed(self, change: ChangeRecord) -> None:
        """Something was stored: candidates may have come, gone, or come back."""
        if self.bank is not None and set(change.tables) & TABLES:
            self._read()
        if "vector" in change.tables and self.shown is not None and self.near is not None and self.near.unembedded:
            self.near = None
            self._show(self.shown)

    def decide(self, state: ItemState) -> None:
        """Put the candidate on screen into a state and go on to the next."""
        item = self._on_screen()
        if item is not None:
            self._decide(item, partial(_put, item=item, state=state))

    def accept_edited(self, text: ItemText) -> None:
        """Give the candidate on screen other texts, accept it, and go on."""
        item = self._on_screen()
        if item is not None:
            self._decide(item, lambda db, bank: review.accept_edited(db, bank, item, text))

    def keep_one(self) -> None:
        """Make one item in use of the candidate on screen and its copies, and go on."""
        item, found = self._on_screen(), self.shown
        if item is not None and found is not None and found.copies:
            row = found.detail.row
            text, ids = ItemText(row.title, row.description, row.content), [item, *(one.id for one in found.copies)]
            self._waiting -= set(ids)
            self._decide(item, lambda db, bank: curation.merge_items(db, bank, ids, text, task_of=item))

    def skip(self) -> None:
        """The next one that waits, and round again; this one goes on waiting."""
        self._go(self._next())

    def previous(self) -> None:
        """The one before, decided or not."""
        if self._place > 0:
            self._go(self._place - 1)

    def place(self) -> dict[str, Any]:
        """What to come back to: the candidate, and how many of those before it were decided."""
        decided = self._before + len(self._decided) if self._waiting else 0
        return {"item": self.current, "decided": decided}

    def restore(self, bank: int, kept: dict[str, Any]) -> None:
        """Come back to what `place` gave, in that bank."""
        self.forget()
        self.bank = bank
        item, decided = kept.get("item"), kept.get("decided")
        self._come_to = item if isinstance(item, int) else None
        self._before = decided if isinstance(decided, int) else 0

    def _on_screen(self) -> int | None:
        """Only what the person sees is decided on: a key that comes too early is not for the next one."""
        item = self.current
        return item if self.shown is not None and self.shown.detail.row.id == item else None

    def _decide(self, item: int, act: "Callable[[Database, int], ChangeRecord]") -> None:
        bank = self.bank
        if bank is None:
            return
        self._waiting.discard(item)
        self._under_way.add(item)
        if item not in self._decided:
            self._decided.append(item)

        def refused(why: str) -> None:
            self._under_way.discard(item)
            self._frame.session.failed.emit(why)
            self._read()

        operate(self._frame, lambda db: act(db, bank), lambda _change: self._under_way.discard(item), refused)
        self._go(self._next())

    def _next(self, ahead: int = 1) -> int:
        """The place of the next that waits, so many places ahead or more; behind the last where none does."""
        after = range(self._place + ahead, len(self._order))
        before = range(min(self._place + ahead, len(self._order)))
        return next((place for place in (*after, *before) if self._order[place] in self._waiting), len(self._order))

    def _go(self, place: int) -> None:
        self._place = place
        self._tell()
        item, bank = self.current, self.bank
        self._slow.stop(NEAR)
        if item is None or bank is None:
            self.shown = self.near = None
            self._view.show_done(self._before + len(self._decided))
            return
        if self.shown is None or self.shown.detail.row.id != item:
            self.shown = self.near = None
        read = partial(review_reads.candidate, bank_id=bank, item_id=item)
        self._frame.session.query(f"{KEY}.item", read, self._show)

    def _show(self, found: Candidate | None) -> None:
        if found is None:
            self._read()
            return
        same = self.shown is not None and self.shown.detail.row == found.detail.row
        self.shown = found
        self._view.show_candidate(found)
        if same and self.near is not None:
            return
        bank = self.bank
        if bank is not None:
            self._view.show_near(None, "Comparing\u2026")
            work = partial(review_reads.nearest, self._frame, self._picture(bank), found)
            self._slow.run(NEAR, work, self._show_near, partial(self._view.show_near, None))

    def _show_near(self, near: Near) -> None:
        self.near = near
        self._view.show_near(near)

    def _read(self) -> None:
        bank = self.bank
        if bank is not None:
            self._frame.session.query(KEY, partial(review.queue, bank_id=bank), self._take_in)

    def _take_in(self, queue: Sequence[int]) -> None:
        """New candidates come last; one whose decision was taken back is gone back to."""
        current = self.current
        waited = current in self._waiting
        self._waiting = set(queue) - self._under_way
        known = set(self._order)
        back = [item for item in self._decided if item in self._waiting]
        decided = [item for item in self._decided if item not in self._waiting]
        others = known - self._waiting - set(decided)
        self._decided = decided + [item for item in self._order if item in others]
        self._order += [item for item in queue if item not in known]
        place = self._place
        if self._come_to in self._waiting:
            place = self._order.index(self._come_to)
        elif back:
            place = self._order.index(back[0])
        elif current is None:
            place = self._next(0)
        elif waited and current not in self._waiting:
            place = self._next()
        self._come_to = None
        self._go(place)

    def _tell(self) -> None:
        total = self._before + len(self._order)
        place = min(self._before + self._place + 1, total)
        self._view.show_progress(place, total, len(self._waiting))


def _put(db: "Database", bank: int, *, item: int, state: ItemState) -> ChangeRecord:
    """A decision about a candidate; what was decided before is set anew."""
    accepting = state is ItemState.ACTIVE
    change = review.accept(db, bank, [item]) if accepting else review.reject(db, bank, [item], to=state)
    return curation.set_state(db, bank, [item], state) if change.empty else change
