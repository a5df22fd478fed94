"""Finding words in the rollout on screen."""

from rb_studio.gui.commands.binding import Binding, bind
from rb_studio.gui.commands.registry import Command
from rb_studio.gui.rooms.trajectories.commands import NO_ROLLOUT, WHERE
from rb_studio.gui.rooms.trajectories.find_bar import FindBar
from rb_studio.gui.rooms.trajectories.offered_find import OFFERED
from rb_studio.gui.rooms.trajectories.opened import Opened
from rb_studio.gui.rooms.trajectories.parts import Part, Stage, Tab
from rb_studio.gui.rooms.trajectories.step_texts import steps_with


class FindPart(Part):
    """The line above the scrub bar, and the steps with what is typed into it."""

    tab = Tab("below", "find")

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._hits: list[int] = []
        self.bar = FindBar()
        self.bar.changed.connect(self._look)
        self.bar.next_asked.connect(self._next)
        self.bar.previous_asked.connect(self._previous)
        self.bar.closed.connect(self._end)

    def widget(self) -> FindBar:
        return self.bar

    def commands(self) -> list[Command]:
        with_rollout = (self._has_rollout, NO_ROLLOUT)
        bindings = {
            "trajectories.find": Binding(self.bar.open, *with_rollout),
            "trajectories.find.next": Binding(self._next, *with_rollout),
            "trajectories.find.back": Binding(self._previous, *with_rollout),
        }
        return bind(OFFERED, WHERE, bindings)

    def show_rollout(self, opened: Opened | None) -> None:
        """Where the words looked for stand in it."""
        words = self.bar.words
        self._hits = steps_with(opened, words) if opened is not None else []
        self._stage.mark("hits", dict.fromkeys(self._hits, f"has {words}"))
        self.bar.show_count(len(self._hits))

    def _has_rollout(self) -> bool:
        return self._stage.opened is not None

    def _look(self, _words: str) -> None:
        self.show_rollout(self._stage.opened)

    def _next(self) -> None:
        """The next step with the words; after the last one the first."""
        self._to_hit([step for step in self._hits if step > self._stage.step] or self._hits)

    def _previous(self) -> None:
        """The step before with the words; before the first one the last."""
        self._to_hit(([step for step in self._hits if step < self._stage.step] or self._hits)[::-1])

    def _to_hit(self, steps: list[int]) -> None:
        if steps:
            self._stage.jump(steps[0])
            self._stage.show_words(self.bar.words)

    def _end(self) -> None:
        self.bar.line.clear()
        self._stage.focus()
