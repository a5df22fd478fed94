"""The queue of jobs in a tab: what runs arm by arm, and what waits."""

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QWidget

from rb_studio.gui.commands.binding import Binding, bind
from rb_studio.gui.commands.registry import Command
from rb_studio.gui.dialogs.alive import while_alive
from rb_studio.gui.rooms.scaling.offered_queue import OFFERED
from rb_studio.gui.rooms.scaling.parts import Part
from rb_studio.gui.rooms.scaling.queue_panel import QueuePanel

if TYPE_CHECKING:
    from sqlite3 import Connection

    from rb_studio.gui.jobs import JobState
    from rb_studio.gui.rooms.scaling.view import ScalingRoom
    from rb_studio.gui.widgets.kept_scroll import KeptScroll
    from rb_studio.jobs.progress import ArmProgress

NO_SWEEP = "Only a sweep that runs can be paused."
NOT_PAUSED = "No sweep is paused, and nothing was interrupted."
ELSEWHERE = "run.resume"
NOT_CHOSEN = "Choose a waiting job in the queue."
NOT_HELD = "The queue is not held."


class QueuePart(Part):
    """Follows the jobs; the arms are read only while the tab is in front."""

    name = "queue"
    title = "&Queue"
    words = "queue of jobs"

    def __init__(self, room: "ScalingRoom") -> None:
        super().__init__(room)
        self._room, self._jobs = room, room.frame.jobs
        self._front = False
        self.panel = panel = QueuePanel()
        panel.pause_asked.connect(self._jobs.pause)
        panel.resume_asked.connect(self._resume)
        panel.stop_asked.connect(self._jobs.stop)
        panel.go_on_asked.connect(self._jobs.go_on)
        panel.moved.connect(self._jobs.queue.move)
        panel.taken_out.connect(self._jobs.queue.take_out)
        panel.job_table.selectionModel().selectionChanged.connect(room.frame.registry.refresh)
        self._jobs.changed.connect(self._job_changed)
        self._jobs.queue.changed.connect(self._queue_changed)
        self._queue_changed()

    def page(self) -> QWidget:
        return self.panel

    def stops(self) -> Sequence[QWidget]:
        return [self.panel.arm_table, self.panel.job_table]

    def scrolls(self) -> "dict[str, KeptScroll]":
        return {"queue.arms": self.panel.arm_scroll, "queue.jobs": self.panel.job_scroll}

    def commands(self) -> list[Command]:
        panel, jobs = self.panel, self._jobs
        return bind(
            OFFERED,
            "scaling",
            {
                "scaling.queue": Binding(self._show),
                "scaling.queue.pause": Binding(jobs.pause, self._can_pause, NO_SWEEP),
                "scaling.queue.resume": Binding(self._resume, self._can_resume, NOT_PAUSED),
                "scaling.queue.up": Binding(panel.move_up, panel.up.isEnabled, NOT_CHOSEN),
                "scaling.queue.down": Binding(panel.move_down, panel.down.isEnabled, NOT_CHOSEN),
                "scaling.queue.out": Binding(panel.take_out, panel.out.isEnabled, NOT_CHOSEN),
                "scaling.queue.go_on": Binding(jobs.go_on, panel.go_on.isEnabled, NOT_HELD),
            },
        )

    def turned(self, front: bool) -> None:
        """What happened meanwhile is shown."""
        self._front = front
        if front:
            self._show_state(self._jobs.state)

    def _show(self) -> None:
        self._room.tabs.setCurrentWidget(self.panel)
        self.panel.job_table.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def _can_pause(self) -> bool:
        state = self._jobs.state
        return state is not None and state.can_pause

    def _can_resume(self) -> bool:
        return self._jobs.can_resume or self._of_before() is not None

    def _resume(self) -> None:
        """Go on with what was paused here, else with what the status bar offers to go on with."""
        before = self._of_before()
        if self._jobs.can_resume:
            self._jobs.resume()
        elif before is not None:
            before.trigger()

    def _of_before(self) -> QAction | None:
        """Resumes what ended before the workspace was opened, where there is something."""
        registry = self._room.frame.registry
        if not any(command.id == ELSEWHERE for command in registry.all()):
            return None
        action = registry.action(ELSEWHERE)
        return action if action.isEnabled() else None

    def _job_changed(self, state: "JobState") -> None:
        if self._front:
            self._show_state(state)

    def _show_state(self, state: "JobState | None") -> None:
        self.panel.show_job(state, self._can_resume())
        if state is not None:
            read, shown = partial(_arms, runs=state.runs), partial(self.panel.show_arms, total=_tasks(state))
            self._room.frame.session.query("queue arms", read, while_alive(self.panel, shown))

    def _queue_changed(self) -> None:
        queue = self._jobs.queue
        self.panel.show_queue(queue.jobs, queue.held)
        self._room.frame.registry.refresh()
        place = self._room.tabs.indexOf(self.panel)
        if place >= 0:
            self._room.tabs.setTabText(place, f"{self.title} ({len(queue.jobs)})" if queue.jobs else self.title)


def _tasks(state: "JobState") -> int:
    """How many tasks an arm has, where the job is made of arms."""
    progress = state.progress
    return progress.total // max(1, progress.arms) if progress is not None and progress.noun == "task" else 0


def _arms(conn: "Connection", runs: Sequence[int]) -> "list[ArmProgress]":
    from rb_studio.jobs.progress import arm_progress

    return arm_progress(conn, runs)
