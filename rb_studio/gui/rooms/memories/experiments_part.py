"""Paired experiments on the bank: begun here or from a pair of snapshots, run as jobs, their results looked at here."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, QTimer

from rb_studio.gui.commands.binding import Binding, bind
from rb_studio.gui.commands.registry import Command
from rb_studio.gui.rooms.memories.columns import one_line
from rb_studio.gui.rooms.memories.experiment_dialog import ExperimentDialog
from rb_studio.gui.rooms.memories.experiment_form import CURATION, LEAVE_ONE_OUT, Subject, title
from rb_studio.gui.rooms.memories.experiment_reads import Trial, Trials, trials_of
from rb_studio.gui.rooms.memories.experiments_panel import ExperimentsPanel
from rb_studio.gui.rooms.memories.offered_effect import TESTS
from rb_studio.gui.rooms.memories.parts import PanelPart, Tab
from rb_studio.gui.rooms.memories.points import NOW, Points
from rb_studio.gui.rooms.memories.presenter import TABLES
from rb_studio.gui.rooms.memories.reads import Detail
from rb_studio.gui.rooms.room import Place
from rb_studio.records.event import Event
from rb_studio.records.memory import ItemState
from rb_studio.store.changes import ChangeRecord
from rb_studio.store.snapshots import snapshots

if TYPE_CHECKING:
    import sqlite3

    from rb_studio.gui.jobs import JobState
    from rb_studio.gui.rooms.memories.view import MemoriesRoom
    from rb_studio.jobs.experiment_results import Flip
    from rb_studio.jobs.experiments import ExperimentRequest
    from rb_studio.models.settings import Settings

NAME = "tests"
PAUSE = 500  # milliseconds: results of a running test come in one by one
EVENTS = {"experiment", "outcome"}
NO_BANK = "The workspace is open for reading only, or has no bank."
NOT_ACTIVE = "Choose an active item in the table first: only active items are ever retrieved."
NO_SNAPSHOT = "This bank has no snapshot yet: take one, change the bank, and test what that did."
WHOLE = "Choose a test that is not finished, while no job runs."
NOT_RUNNING = "No test is running."
NO_FLIP = "Choose a task that came out otherwise, under Tests."
NO_ROLLOUTS = "Only how often the task was solved differs; no first rollout of a seed does."


class ExperimentsPart(PanelPart[ExperimentsPanel]):
    """Fills the panel, opens the dialogs, begins and stops the jobs."""

    tab = Tab("tools", NAME, "Tests")

    def __init__(self, room: "MemoriesRoom") -> None:
        super().__init__(room)
        self._detail: Detail | None = None
        self._known: dict[int, Trial] = {}
        self._stale, self._running = True, ""
        self._wanted: int | None = None
        self._newest = False
        self._dialog: ExperimentDialog | None = None
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(PAUSE)

    def make(self) -> ExperimentsPanel:
        panel = ExperimentsPanel(self._frame.theme)
        panel.seen.connect(self._read_if_seen)
        panel.asked.connect(self._act)
        panel.flip_opened.connect(self._open)
        panel.chosen_changed.connect(self._chosen_changed)
        return panel

    @property
    def listens(self) -> bool:
        """From the beginning: tests are begun from elsewhere too, and run on."""
        return True

    def commands(self) -> list[Command]:
        bindings = {
            "memory.tests": Binding(self.show),
            "memory.test": Binding(self.test_newest, self._can_begin, NO_BANK),
            "memory.leaveout": Binding(self.leave_out, self.can_leave_out, NOT_ACTIVE),
            "memory.test.resume": Binding(self.resume, self.can_resume, WHOLE),
            "memory.test.stop": Binding(self.stop, self.running, NOT_RUNNING),
            "memory.test.flip": Binding(self.open_flip, self._has_flip, NO_FLIP),
        }
        return bind(TESTS, "memories", bindings)

    def joined(self) -> None:
        self._timer.timeout.connect(self._read_if_seen)
        self._frame.session.events.connect(self._events)
        self._frame.jobs.changed.connect(self._job_changed)

    def bank_shown(self, bank: int | None) -> None:
        self._known.clear()
        if self.slot.filled:
            self.panel.show_tests(())
            self._show_running()
        self._outdated()

    def changed(self, change: ChangeRecord) -> None:
        if set(change.tables) & (TABLES | {"snapshot"}):
            self._outdated()

    def item_shown(self, detail: Detail | None) -> None:
        self._detail = detail
        self._frame.registry.refresh()

    def place_to_keep(self) -> dict[str, Any]:
        one = self.chosen()
        kept = one.row.id if one else self._wanted
        return {} if kept is None else {"test": kept}

    def restore_place(self, kept: Mapping[str, Any]) -> None:
        self._wanted = kept["test"] if isinstance(kept.get("test"), int) else None

    def closing(self) -> None:
        self._timer.stop()

    def show(self) -> None:
        """Step to the tests."""
        self._room.side.show_tab(NAME)
        self.panel.list.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def test_curation(self, points: Points) -> None:
        """Run the same tasks from both points of the pair: see `points.TestsCuration`."""
        after = "" if points.after_operation is None and points.after == NOW else points.after
        subject = Subject(CURATION, points.bank, self._room.presenter.bank_name, points.before, after)
        self._ask(subject)

    def test_newest(self) -> None:
        """The newest snapshot against now; other points can be chosen then."""
        bank = self._room.bank()
        if bank is not None:
            read = partial(_newest_snapshot, bank=bank)
            self._frame.session.query("memories.test.newest", read, partial(self._test_since, bank))

    def leave_out(self) -> None:
        """Run the same tasks without the shown item and with it."""
        bank = self._room.bank()
        if bank is not None and self._detail is not None and self.can_leave_out():
            row = self._detail.row
            subject = Subject(LEAVE_ONE_OUT, bank, self._room.presenter.bank_name)
            self._ask(replace(subject, item=row.uid, title=one_line(row.title)))

    def can_leave_out(self) -> bool:
        active = self._detail is not None and self._detail.row.state == ItemState.ACTIVE
        return active and self._can_begin()

    def can_resume(self) -> bool:
        one = self.chosen()
        return one is not None and not one.whole and self._can_begin() and not self._frame.jobs.active

    def chosen(self) -> Trial | None:
        """The test that is chosen in the panel."""
        return self.panel.chosen() if self.slot.filled else None

    def running(self) -> bool:
        """Whether the window's job is a test that was begun here."""
        state = self._frame.jobs.state
        return bool(self._running) and state is not None and state.active and state.title == self._running

    def resume(self) -> None:
        """Run what the chosen test lacks; results that are there are kept."""
        from rb_studio.jobs.experiments import ExperimentRequest
        from rb_studio.jobs.request import RunRequest

        one = self.chosen()
        if one is None or not self.can_resume():
            return
        row = one.row
        sides = {} if row.kind == LEAVE_ONE_OUT else {"before": f"#{row.before_op}"}
        request = ExperimentRequest(
            row.kind,
            self._room.presenter.bank_name,
            RunRequest.from_json(row.request["run"]),
            after=f"#{row.after_op}",
            items=row.items,
            seeds=tuple(row.request["seeds"]),
            **sides,
        )
        self._begin(request, self._frame.settings(), one.sides)

    def stop(self) -> None:
        """What is there is kept, and it can go on."""
        if self.running():
            self._frame.jobs.stop()

    def open_flip(self) -> None:
        """Both rollouts of the chosen task."""
        self._open(self.panel.chosen_flip())

    def _open(self, flip: "Flip | None") -> None:
        if flip is None:
            return
        if not flip.rollouts:
            self._frame.toast(NO_ROLLOUTS)
            return
        _, before, after = flip.rollouts[0]
        self._room.go.emit(Place("trajectories", {"rollouts": [before, after]}))

    def _test_since(self, bank: int, name: str) -> None:
        if not name:
            self._frame.toast(NO_SNAPSHOT)
        elif bank == self._room.bank():
            self._ask(Subject(CURATION, bank, self._room.presenter.bank_name, name))

    def _ask(self, subject: Subject) -> None:
        dialog = self._dialog = ExperimentDialog(self._frame, subject, self._room)
        dialog.asked.connect(self._start)
        dialog.finished.connect(self._closed)
        dialog.open()

    def _closed(self, _result: int) -> None:
        self._dialog = None

    def _start(self, request: "ExperimentRequest", settings: "Settings") -> None:
        if self._dialog is not None:
            self._begin(request, settings, title(self._dialog.form.subject))

    def _begin(self, request: "ExperimentRequest", settings: "Settings", name: str) -> None:
        self._running, self._newest = f"Test {name}", True
        self._room.side.show_tab(NAME)
        self._frame.jobs.experiment(request, settings, self._running)

    def _act(self, name: str) -> None:
        {"test": self.test_newest, "resume": self.resume, "stop": self.stop}[name]()

    def _can_begin(self) -> bool:
        return self._frame.session.workspace.writable and self._room.bank() is not None

    def _has_flip(self) -> bool:
        return self.slot.filled and self.panel.chosen_flip() is not None

    def _events(self, events: Sequence[Event]) -> None:
        if {event.kind for event in events} & EVENTS:
            self._stale = True
            if not self._timer.isActive():
                self._timer.start()

    def _job_changed(self, state: "JobState") -> None:
        self._show_running()
        if not state.active:
            self._outdated()
            if self._running and state.title == self._running:
                self._running = ""
                if state.phase in ("failed", "paused", "interrupted") and state.detail:
                    self._frame.toast(f"{state.title}: {state.detail}")
            self._frame.registry.refresh()

    def _show_running(self) -> None:
        if not self.slot.filled:
            return
        state, running = self._frame.jobs.state, self.running()
        progress = state.progress if state is not None and running else None
        done = (progress.done, max(1, progress.total)) if progress else None
        said = (
            "stopping\u2026" if state and state.phase == "stopping" else progress.sentence() if progress else "starting"
        )
        self.panel.show_running(running, done, said)

    def _chosen_changed(self) -> None:
        self._show_running()
        self._frame.registry.refresh()

    def _outdated(self) -> None:
        self._stale = True
        self._timer.start()

    def _read_if_seen(self) -> None:
        bank = self._room.bank()
        if self._stale and bank is not None and self.slot.filled and self.panel.isVisible():
            self._stale = False
            read = partial(trials_of, bank_id=bank, known=dict(self._known))
            self._frame.session.query("memories.tests", read, self._show, self._unreadable)

    def _show(self, found: Trials) -> None:
        if found.bank != self._room.bank():
            return
        self._known = {one.row.id: one for one in found.tests}
        wanted, self._wanted = self._wanted, None
        begun = [one.row.id for one in found.tests if one.row.status == "running"]
        begun = begun or [one.row.id for one in found.tests[:1] if not self.running()]
        if self._newest and begun:
            wanted, self._newest = begun[0], False
        self.panel.show_tests(found.tests, wanted)
        self._chosen_changed()

    def _unreadable(self, sentence: str) -> None:
        self.panel.summary.setText(f"\u26a0 {sentence}")


def _newest_snapshot(conn: "sqlite3.Connection", bank: int) -> str:
    found = snapshots(conn, bank)
    return max(found, key=lambda row: row.operation).name if found else ""
