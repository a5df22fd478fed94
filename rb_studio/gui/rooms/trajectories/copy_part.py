"""Copying what is on screen as Markdown."""

from collections.abc import Callable
from functools import partial

from PySide6.QtGui import QGuiApplication

from rb_studio.gui.commands.binding import Binding, bind
from rb_studio.gui.commands.registry import Command
from rb_studio.gui.rooms.trajectories import copying
from rb_studio.gui.rooms.trajectories.commands import NO_ROLLOUT, WHERE
from rb_studio.gui.rooms.trajectories.offered_copy import OFFERED
from rb_studio.gui.rooms.trajectories.opened import Opened
from rb_studio.gui.rooms.trajectories.parts import Part, Stage
from rb_studio.gui.rooms.trajectories.plain import count

NO_STEPS = "No step is on screen."
NO_VERDICTS = "Nobody has judged this rollout, or verdicts are hidden now."
NO_MEMORY = "No memory was injected into this rollout, or it is hidden now."


class CopyPart(Part):
    """The texts are made off the GUI thread: a rollout may have ten thousand steps."""

    def __init__(self, stage: Stage) -> None:
        super().__init__(stage)
        self._stopped = False

    def commands(self) -> list[Command]:
        bindings = {
            "trajectories.copy": Binding(self._copy_steps, self._has_steps, NO_STEPS),
            "trajectories.copy.rollout": Binding(self._copy_rollout, self._has_rollout, NO_ROLLOUT),
            "trajectories.copy.verdict": Binding(self._copy_verdicts, self._has_verdicts, NO_VERDICTS),
            "trajectories.copy.memory": Binding(self._copy_memory, self._has_memory, NO_MEMORY),
        }
        return bind(OFFERED, WHERE, bindings)

    def closing(self) -> None:
        self._stopped = True

    def _has_rollout(self) -> bool:
        return self._stage.opened is not None

    def _has_steps(self) -> bool:
        return self._stage.step > 0

    def _has_verdicts(self) -> bool:
        opened = self._stage.opened
        return opened is not None and bool(opened.verdicts) and not self._stage.blind

    def _has_memory(self) -> bool:
        opened = self._stage.opened
        return opened is not None and bool(opened.trajectory.memory_block.strip()) and not self._stage.blind

    def _copy_steps(self) -> None:
        steps = self._stage.selection().steps
        known = self._stage.opened
        chosen = tuple(step for step in steps if known is not None and 1 <= step <= known.count) or (self._stage.step,)
        told = f"Step {chosen[0]} is" if len(chosen) == 1 else f"{count(len(chosen), 'step')} are"
        self._copy(partial(copying.steps_markdown, steps=chosen), told)

    def _copy_rollout(self) -> None:
        self._copy(partial(copying.rollout_markdown, blind=self._stage.blind), "The rollout is")

    def _copy_verdicts(self) -> None:
        self._copy(copying.verdicts_markdown, "The verdicts are")

    def _copy_memory(self) -> None:
        self._copy(copying.memory_markdown, "The memory is")

    def _copy(self, make: Callable[[Opened], str], told: str) -> None:
        opened = self._stage.opened
        if opened is None:
            return

        def made(text: str) -> None:
            if not self._stopped:
                QGuiApplication.clipboard().setText(text)
                self._frame.toast(f"{told} copied as Markdown.")

        self._frame.session.background(lambda: make(opened), made)
