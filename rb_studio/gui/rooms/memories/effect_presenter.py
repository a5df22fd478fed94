"""What the items of the shown bank did: worked out on another thread, and whether that still holds."""

from collections.abc import Callable, Collection
from typing import TYPE_CHECKING, Protocol

from rb_studio.gui.rooms.memories.slow import Slow, Ticket
from rb_studio.records.effect import ItemEffect
from rb_studio.store.changes import ChangeRecord
from rb_studio.store.item_filter import Effects

if TYPE_CHECKING:
    from rb_studio.gui.frame import Frame

KEY = "effects"
TABLES = {"memory_item", "item_version", "item_lineage", "experience", "truth", "experiment", "outcome"}
"""What an effect hangs on; a state or a tag changes none."""
EVENTS = {"outcome", "truth", "rollout_ended", "experiment"}


class EffectView(Protocol):
    """What the presenter tells."""

    def show_effects(self, effects: Effects | None, standing: str) -> None:
        """What items did, by uid, None where it is not known yet; and why it is not as of now, where it is not."""

    def wanted(self) -> bool:
        """Whether anybody looks."""

    def look_soon(self) -> None:
        """Call `look` in a moment; a bulk act or a run is followed by one look."""


WORKING = "Working out what the items did\u2026"
ANEW = "As of before the last change; being worked out anew\u2026"
RUNNING = "As of before the running job: worked out again when it ends, or at once by \u201cWork out again\u201d."
OLD = "As of before the last change."


class EffectPresenter:
    """Holds the effects of one bank. `compute` asks for them on another thread."""

    def __init__(
        self,
        frame: "Frame",
        slow: Slow,
        view: EffectView,
        keep: Callable[[int, Effects], None],
    ) -> None:
        self._frame, self._slow, self._view, self._keep = frame, slow, view, keep
        self.bank: int | None = None
        self.effects: Effects | None = None
        self.stale = True
        self.error = ""

    def bank_shown(self, bank: int | None) -> None:
        """Another bank, or the same one read again."""
        if bank != self.bank:
            self._slow.stop(KEY)
            self.bank, self.effects, self.stale, self.error = bank, None, True, ""
            self._tell()
        self._view.look_soon()

    def of(self, uid: str) -> ItemEffect | None:
        """What an item did, as far as it is known."""
        return (self.effects or {}).get(uid)

    def changed(self, change: ChangeRecord) -> None:
        if set(change.tables) & TABLES:
            self.outdated()

    def happened(self, kinds: Collection[str]) -> None:
        """While a job runs: new outcomes make what is shown old."""
        if set(kinds) & EVENTS:
            self.outdated()

    def outdated(self) -> None:
        """Something changed that effects hang on."""
        if not self.stale or self._slow.busy(KEY):
            self.stale = True
            self._slow.stop(KEY)
            self._tell()
        self._view.look_soon()

    def job_changed(self, active: bool) -> None:
        """What a job left behind is looked at when it has ended."""
        if not active:
            self.outdated()

    def look(self) -> None:
        """Work it out where it is old and somebody looks; not again and again while a job runs."""
        running = self._frame.jobs.active and self.effects is not None
        if self.stale and self._view.wanted() and not running and not self._slow.busy(KEY):
            self.compute()

    def compute(self) -> None:
        """Work it out now."""
        bank = self.bank
        if bank is None:
            return
        self._slow.run(KEY, lambda ticket: self._work(bank, ticket), self._done, self._failed)
        self._tell()

    def standing(self) -> str:
        """Why what is shown is not as of now; empty where it is."""
        if self.error:
            return f"\u26a0 {self.error}"
        if self._slow.busy(KEY):
            return WORKING if self.effects is None else ANEW
        if self.stale and self.effects is not None:
            return RUNNING if self._frame.jobs.active else OLD
        return ""

    def _work(self, bank: int, ticket: Ticket) -> Effects:
        from rb_studio.jobs.effects import effects

        ticket.check()
        found = effects(self._frame.session.workspace.reader(), bank)
        ticket.check()
        self._keep(bank, found)
        return found

    def _done(self, found: Effects) -> None:
        self.effects, self.stale, self.error = found, False, ""
        self._tell()

    def _failed(self, sentence: str) -> None:
        self.error = sentence
        self._tell()

    def _tell(self) -> None:
        self._view.show_effects(self.effects, self.standing())
