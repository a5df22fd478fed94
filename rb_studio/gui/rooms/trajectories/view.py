"""The Trajectories room."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QEvent, Qt, QTimer
from PySide6.QtGui import QAction, QKeyEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QComboBox,
    QPlainTextEdit,
    QStackedWidget,
    QTextEdit,
    QTreeView,
    QVBoxLayout,
    QWidget,
)

from rb_studio.gui.commands.registry import Command
from rb_studio.gui.rooms.room import Room
from rb_studio.gui.rooms.trajectories.actions import Actions
from rb_studio.gui.rooms.trajectories.commands import list_commands, player_commands
from rb_studio.gui.rooms.trajectories.late_text import LateText
from rb_studio.gui.rooms.trajectories.list_actions import ListActions
from rb_studio.gui.rooms.trajectories.list_presenter import Chip, ListPresenter, Shown
from rb_studio.gui.rooms.trajectories.opened import Opened
from rb_studio.gui.rooms.trajectories.panels import STEP, Panels, as_mapping
from rb_studio.gui.rooms.trajectories.part_set import PartSet
from rb_studio.gui.rooms.trajectories.presenter import WATCHED, Presenter
from rb_studio.gui.rooms.trajectories.stage import RoomStage
from rb_studio.gui.rooms.trajectories.step_card import facts
from rb_studio.gui.widgets.empty import EmptyState
from rb_studio.store.rollout_list import ListedRollout, RolloutFilter

if TYPE_CHECKING:
    from rb_studio.gui.frame import Frame
    from rb_studio.gui.jobs import JobState
    from rb_studio.records.event import Event
    from rb_studio.store.changes import ChangeRecord

EMPTY = (
    "Every attempt of an agent appears here, step by step, while it runs and afterwards. "
    "Run some tasks, or drop a trajectory file of mini-swe-agent on the window."
)
STARTING = "The run is starting: its first step appears here."
LIST_INTERVAL = 1000
_SIDEWAYS = {Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Home, Qt.Key.Key_End}


class TrajectoriesRoom(Room):
    """The view of both presenters: panels show, presenters know."""

    name = "trajectories"
    title = "Trajectories"

    def __init__(self, frame: "Frame", parent: QWidget | None = None) -> None:
        super().__init__(frame, parent)
        self.panels = Panels(frame.theme)
        self.presenter = Presenter(frame, self)
        self.list_presenter = ListPresenter(frame, self)
        self.actions_ = Actions(frame, self.panels, self.presenter, self.list_presenter, self.go.emit, self)
        self.list_actions = ListActions(self.panels, self.presenter, self.list_presenter, self)
        self.stage = RoomStage(self)
        self.parts = PartSet(self.stage, self.panels)
        self._begun = self._listed = self._returning = False
        self._on_screen: tuple[str, int] | None = None
        self._enabled: tuple[bool, ...] = ()
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.setInterval(LIST_INTERVAL)
        self._later.timeout.connect(self._refresh_list)
        to_tasks = QAction("Choose tasks to run", self)
        to_tasks.triggered.connect(self.actions_.to_tasks)
        self._nothing = EmptyState(EMPTY, to_tasks)
        self._pages = QStackedWidget()
        self._pages.addWidget(self.panels)
        self._pages.addWidget(self._nothing)
        self._starting = EmptyState(STARTING)
        self._pages.addWidget(self._starting)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._pages)
        self.setFocusProxy(self.panels.list.table)
        frame.session.events.connect(self._events)
        frame.session.changed.connect(self._changed)
        frame.session.settled.connect(self._later.start)
        frame.jobs.changed.connect(self._job_changed)
        frame.theme.changed.connect(self._redraw)
        self.panels.turned.connect(frame.registry.refresh)
        self.panels.step.reading_changed.connect(frame.registry.refresh)
        self.parts.joined()

    def commands(self) -> list[Command]:
        return [*player_commands(self.actions_), *list_commands(self.list_actions), *self.parts.commands()]

    def undo_scope(self) -> str | None:
        return self.parts.undo_scope

    def entered(self) -> None:
        """Read the list when first shown."""
        if not self._begun:
            self._begin()

    def show_place(self, target: dict[str, Any]) -> None:
        """A rollout at a step, some rollouts, those of a task or of a run; `follow` goes along with what runs.

        What a part of the room takes is the part's. `steps` of the rollout are selected.
        """
        if self.parts.takes(target):
            self.entered()
            return
        self._begun = self._listed = True
        if target:
            self.panels.bring(STEP)
            self._returning = False
            self.panels.list.reveal_open()
        uids = tuple(str(uid) for uid in target.get("rollouts") or ())
        rollout, step = target.get("rollout") or (uids[0] if uids else None), target.get("step")
        run = None if rollout else target.get("run")
        wanted = RolloutFilter(uids=uids, task_key=target.get("task"), run=run)
        follow = bool(target.get("follow")) or (wanted.run is not None and self._is_live(wanted.run))
        if not wanted.empty:
            self.list_presenter.set_filter(wanted)
        if rollout:
            self.presenter.set_follow(False)
            self.presenter.open_uid(str(rollout), int(step) if step else None, target.get("run"), _numbers(target))
        elif not wanted.empty:
            self._listed = False
            known = self.presenter.opened
            elsewhere = wanted.run is not None and (known is None or known.run.id != wanted.run)
            (self.presenter.clear if elsewhere else self.presenter.forget)()
        if follow and not rollout:
            self.presenter.set_follow(True, wanted.run)
        self.list_presenter.tell_filter()
        self.list_presenter.refresh()

    def place_to_keep(self) -> dict[str, Any]:
        opened = self.presenter.opened
        return {
            "rollout": opened.row.uid if opened else "",
            "run": opened.run.id if opened else 0,
            "step": self.presenter.step,
            "filter": self.list_presenter.kept(),
            "panels": self.panels.kept(),
            "parts": self.parts.place_to_keep(),
        }

    def restore_place(self, kept: dict[str, Any]) -> None:
        self.list_presenter.restore(as_mapping(kept.get("filter")))
        self.panels.restore(as_mapping(kept.get("panels")))
        self.parts.restore_place(kept.get("parts"))
        self._returning = self.panels.list.kept_scroll.wanted
        if kept.get("rollout"):
            self.presenter.open_uid(str(kept["rollout"]), int(kept.get("step", 0)) or None, int(kept.get("run", 0)))
            self._listed = True

    def closing(self) -> None:
        self._later.stop()
        self.panels.stop()
        self.parts.closing()
        self.presenter.close()
        self.list_presenter.close()

    def show_rollout(self, opened: Opened | None) -> None:
        """A rollout was read, for the first time or anew."""
        panels = self.panels
        to_it = self._moves_to(opened)
        if opened is not None:
            self._pages.setCurrentWidget(panels)
        else:
            panels.transport.show_step(0, 0, "")
        panels.scrub.show_rollout(opened)
        panels.show_waiting(opened is None)
        panels.step.show_rollout(opened)
        panels.details.show_rollout(opened)
        panels.list.mark_open(opened.id if opened else None, scroll=to_it)
        self.parts.show_rollout(opened)
        self._refresh_commands()

    def show_step(self, number: int) -> None:
        """Another step; all of it is in memory."""
        opened = self.presenter.opened
        if opened is not None:
            self.panels.step.show_step(number)
            self.panels.scrub.show_current(number)
            self.show_facts()
            self.parts.show_step(number)

    def show_facts(self) -> None:
        """What the step on screen took, as far as it may be told now."""
        opened, number = self.presenter.opened, self.presenter.step
        if opened is not None:
            told = facts(opened, number, blind=self.stage.blind)
            self.panels.transport.show_step(number, opened.count, told)

    def show_selected(self, steps: Sequence[int]) -> None:
        """Other steps are selected."""
        self.panels.scrub.show_selected(steps)
        self.panels.step.outline.rows.show_selected(steps)
        self.frame.registry.refresh()

    def show_late(self, name: str, place: int, text: LateText) -> None:
        self.panels.step.show_late(name, place, text)

    def show_standing(self, text: str, can_resume: bool) -> None:
        self.panels.step.head.show_standing(text, can_resume)
        self._refresh_commands()

    def show_playing(self, on: bool) -> None:
        self.panels.transport.show_playing(on)

    def show_follow(self, on: bool) -> None:
        self.panels.transport.show_follow(on)
        self.frame.registry.refresh()

    def say(self, sentence: str) -> None:
        self.frame.toast(sentence)

    def nothing_found(self) -> None:
        """What was to be opened is not there: something of the list is, if the list came before."""
        self._returning = False
        shown = self.list_presenter.shown
        if shown is not None and self.presenter.wanted is None:
            self._open_something(shown)

    def show_listing(self, shown: Shown) -> None:
        """The list was read; when nothing is open yet, something is opened."""
        self.panels.list.show_listing(shown, to_open=self.presenter.follow)
        self._turn()
        if self.presenter.wanted is None and not (self._listed and self.presenter.asked):
            self._open_something(shown)
        self._listed = True

    def show_rows(self, rows: Mapping[int, ListedRollout]) -> None:
        self.panels.list.show_rows(rows)

    def show_filter(self, chosen: RolloutFilter, chips: Sequence[Chip]) -> None:
        self.panels.list.show_filter(chosen, chips)

    def event(self, event: QEvent) -> bool:
        """Keys that mean something where the keyboard is do that, rather than play or step."""
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            focus = QApplication.focusWidget()
            if focus is not None and _is_its_own(focus, event):
                event.accept()
                return True
        return super().event(event)

    def _redraw(self) -> None:
        self.panels.redraw()
        self.parts.redraw()

    def _refresh_commands(self) -> None:
        """Ask commands anew only when their answers are others: a live rollout is read again and again."""
        do = self.actions_
        enabled = (do.has_rollout(), do.can_resume(), do.has_items())
        if enabled != self._enabled:
            self._enabled = enabled
            self.frame.registry.refresh()

    def _moves_to(self, opened: Opened | None) -> bool:
        """Whether the list scrolls to what is shown: to another rollout, never because the open one grew.

        The first one after a start is where the list was left, if that is known.
        """
        which = (opened.row.uid, opened.run.id) if opened is not None else None
        other, self._on_screen = which != self._on_screen, which
        if other:
            self.panels.scrub.forget_marks()
        if other and self._returning:
            self._returning = False
            return False
        return other or self.presenter.follow

    def _begin(self) -> None:
        self._begun = True
        self.list_presenter.tell_filter()
        self.list_presenter.refresh()

    def _open_something(self, shown: Shown) -> None:
        """The newest while something runs, else the first of the list."""
        if self.presenter.follow or (self.frame.jobs.active and self.list_presenter.filter.empty):
            self.presenter.seek_newest()
        elif shown.listing.ids:
            self.presenter.open(shown.listing.ids[0])

    def _is_live(self, run: int) -> bool:
        """True while the window's job works on a run."""
        state = self.frame.jobs.state
        return state is not None and state.active and run in state.runs

    def _turn(self) -> None:
        """To the panels, or to why there is nothing to show in them."""
        shown = self.list_presenter.shown
        if shown is None:
            return
        empty = not shown.listing.total and self.presenter.opened is None
        why = self._starting if self.frame.jobs.active else self._nothing
        self._pages.setCurrentWidget(why if empty else self.panels)

    def _list_later(self) -> None:
        """Read the list again soon, the later the longer reading it takes."""
        shown = self.list_presenter.shown
        self._later.start(max(LIST_INTERVAL, round(1000 * shown.rest) if shown is not None else 0))

    def _refresh_list(self) -> None:
        self.list_presenter.refresh()

    def _events(self, events: "list[Event]") -> None:
        if self._begun:
            self.presenter.events(events)
            if not self._later.isActive() and any(event.table in WATCHED for event in events):
                self._list_later()

    def _changed(self, change: "ChangeRecord") -> None:
        """Something was changed in the window: by another room, or by an import."""
        if self._begun and WATCHED & set(change.tables):
            self.list_presenter.refresh()
            self.presenter.refresh()
        self.parts.changed(change)

    def _job_changed(self, state: "JobState") -> None:
        self.presenter.job_changed(state)
        self._turn()
        if self._begun and not state.active and not self._later.isActive():
            self._later.start(LIST_INTERVAL)


def _numbers(target: Mapping[str, Any]) -> tuple[int, ...]:
    """The steps a place names beside the one to show."""
    return tuple(int(step) for step in target.get("steps") or ())


def _is_its_own(focus: QWidget, event: QKeyEvent) -> bool:
    """Space presses a button, choices and trees keep their arrows, and Shift with an arrow selects in a text."""
    if event.modifiers() == Qt.KeyboardModifier.ShiftModifier:
        return isinstance(focus, QPlainTextEdit | QTextEdit) and event.key() in _SIDEWAYS
    if event.modifiers():
        return False
    if event.key() == Qt.Key.Key_Space:
        return isinstance(focus, QAbstractButton | QComboBox)
    return isinstance(focus, QComboBox | QTreeView) and event.key() in _SIDEWAYS
