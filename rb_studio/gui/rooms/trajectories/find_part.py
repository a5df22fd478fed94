"""Finding a text in the rollout on screen: hits are counted off the GUI thread, marked, and gone to one by one."""

from typing import get_args

from rb_studio.gui.commands.binding import Binding, bind
from rb_studio.gui.commands.registry import Command
from rb_studio.gui.rooms.trajectories.asking import Asking
from rb_studio.gui.rooms.trajectories.commands import NO_ROLLOUT, WHERE
from rb_studio.gui.rooms.trajectories.find_bar import FindBar
from rb_studio.gui.rooms.trajectories.offered_find import OFFERED
from rb_studio.gui.rooms.trajectories.opened import Opened
from rb_studio.gui.rooms.trajectories.parts import Part, Stage, Tab, TextPart
from rb_studio.gui.rooms.trajectories.plain import count
from rb_studio.gui.rooms.trajectories.run_hits import RunHits, fields_of, look
from rb_studio.store.find_text import Hit

NOT_OBSERVED = "What is looked for was not observed in this rollout."


class FindPart(Part):
    """The line above the scrub bar, and every place of what is typed into it."""

    tab = Tab("below", "find")

    def __init__(self, stage: Stage) -> None:
        super().__init__(stage)
        self._asking = Asking(stage.frame.session)
        self._found = RunHits()
        self._at: int | None = None
        self._generation = 0
        self._looking = self._again = False
        self.bar = FindBar()
        self.bar.changed.connect(self._look)
        self.bar.next_asked.connect(self._next)
        self.bar.previous_asked.connect(self._previous)
        self.bar.closed.connect(self._end)

    def widget(self) -> FindBar:
        return self.bar

    def commands(self) -> list[Command]:
        with_rollout, observed = (self._has_rollout, NO_ROLLOUT), (self._is_observed, NOT_OBSERVED)
        bindings = {
            "trajectories.find": Binding(self.bar.open, *with_rollout),
            "trajectories.find.next": Binding(self._next, *with_rollout),
            "trajectories.find.back": Binding(self._previous, *with_rollout),
            "trajectories.find.first": Binding(self._to_first, *observed),
            "trajectories.find.last": Binding(self._to_last, *observed),
            "trajectories.find.change": Binding(self._to_change, *observed),
        }
        return bind(OFFERED, WHERE, bindings)

    def show_rollout(self, opened: Opened | None) -> None:
        """Where the text stands in it; in one that grows, once the last look is over."""
        if self._looking and opened is not None and self._found.hits[:1] and self._is_of(opened):
            self._again = True
            return
        self._look()

    def set_blind(self, on: bool) -> None:
        """Look in what may be looked through now."""
        self._look()

    def closing(self) -> None:
        self._generation += 1
        self._asking.close()

    def _has_rollout(self) -> bool:
        return self._stage.opened is not None

    def _is_observed(self) -> bool:
        return self._found.seen is not None

    def _is_of(self, opened: Opened) -> bool:
        return self._found.hits[0].rollout == opened.id

    def _look(self) -> None:
        """Look for what is typed, and for nothing else any more."""
        self._generation += 1
        mine, opened = self._generation, self._stage.opened
        self._again = False
        if opened is None or not self.bar.words:
            self._looking = False
            self._show(RunHits())
            return
        self._looking = True
        search = self.bar.search(fields_of(prompts=self.bar.prompts.isChecked(), blind=self._stage.blind))
        self._asking.query(
            "find in rollout",
            lambda conn: look(conn, opened, search, lambda: self._generation != mine),
            self._arrived,
            self._failed,
        )

    def _arrived(self, found: RunHits) -> None:
        self._looking = False
        self._show(found)
        if self._again:
            self._look()

    def _failed(self, sentence: str) -> None:
        self._looking = False
        self._show(RunHits())
        self.bar.show_count("cannot look", f"{sentence[:1].upper()}{sentence[1:]}.")

    def _show(self, found: RunHits) -> None:
        """Other hits; the one that was gone to stays the one, where it is among them."""
        shown = self._found.hits[self._at] if self._at is not None else None
        before, self._found = self._found.seen, found
        self._at = found.hits.index(shown) if shown in found.hits else None
        words = self.bar.words
        marks = {step: f"{count(hits, 'hit')} for {words}" for step, hits in found.steps.items()}
        self._stage.mark("hits", marks)
        self._tell()
        if (before is None) != (found.seen is None):
            self._frame.registry.refresh()

    def _tell(self) -> None:
        said = self._found.said()
        self.bar.show_count(said if self._at is None else f"{self._at + 1:,} of {said}", self._found.presence())

    def _next(self) -> None:
        """The next hit; after the last one the first."""
        self._go(1)

    def _previous(self) -> None:
        """The hit before; before the first one the last."""
        self._go(-1)

    def _go(self, by: int) -> None:
        hits = self._found.hits
        if not hits:
            return
        here = self._at is not None and self._key(self._at) in (self._stage.step, self._beyond)
        if here and self._at is not None:
            at = (self._at + by) % len(hits)
        else:
            keys = [self._key(place) for place in range(len(hits))]
            near = [place for place, key in enumerate(keys) if (key - self._stage.step) * by >= 0]
            at = (near or range(len(hits)))[0 if by > 0 else -1]
        self._at = at
        self._tell()
        self._reveal(at)

    @property
    def _beyond(self) -> int:
        opened = self._stage.opened
        return opened.count + 1 if opened is not None else 1

    def _key(self, at: int) -> int:
        """The step a hit is seen at: the first one for what came before it, beyond the last for what has none."""
        place = self._found.places[at]
        return self._beyond if place is None else max(place, 1)

    def _reveal(self, at: int) -> None:
        opened, hit, place = self._stage.opened, self._found.hits[at], self._found.places[at]
        if opened is None:
            return
        start, length = self._found.stretch(at, opened, blind=self._stage.blind)
        show_hit(self._stage, hit, place, start, length)

    def _to_first(self) -> None:
        if self._found.seen is not None:
            self._stage.jump(self._found.seen.first)

    def _to_last(self) -> None:
        if self._found.seen is not None:
            self._stage.jump(self._found.seen.last)

    def _to_change(self) -> None:
        """The next step at which it comes or goes; after the last one the first."""
        changed = self._found.seen.changed if self._found.seen is not None else ()
        later = [step for step in changed if step > self._stage.step] or list(changed)
        if later:
            self._stage.jump(later[0])

    def _end(self) -> None:
        self.bar.line.clear()
        self._stage.focus()


def show_hit(stage: Stage, hit: Hit, place: int | None, start: int, length: int) -> None:
    """Go to a hit where it stands in the rollout on screen; `start` and `length` are of the readable text."""
    if hit.field in get_args(TextPart):
        part: TextPart = hit.field  # type: ignore[assignment]
        stage.reveal(stage.step if place is None else place, part, start, length)
        return
    if place:
        stage.jump(place)
    stage.show_beside(hit.snippet[hit.at : hit.at + hit.length])
