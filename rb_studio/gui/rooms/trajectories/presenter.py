"""The open rollout: which step is shown, playing, following, what changed under it. No widgets."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from rb_studio.gui.rooms.trajectories import opened as reading
from rb_studio.gui.rooms.trajectories.asking import Asking
from rb_studio.gui.rooms.trajectories.late_text import LateText, makers
from rb_studio.gui.rooms.trajectories.opened import Opened
from rb_studio.gui.rooms.trajectories.resume import is_interrupted, is_live, take_up

if TYPE_CHECKING:
    from sqlite3 import Connection

    from rb_studio.gui.frame import Frame
    from rb_studio.gui.jobs import JobState
    from rb_studio.records.event import Event

RUNNING = "running"
WORDS = {"paused": "paused by a fault", "failed": "ended by a fault", "cancelled": "stopped"}
WATCHED = frozenset(("rollout", "step", "verdict", "truth", "selection", "retrieval_event", "outcome", "run"))
CLOSE = 3
GONE = "This rollout is no longer in the workspace."
DROPPED = "This rollout was dropped when its run went on; its task is run again"


class StepView(Protocol):
    """What the presenter shows on."""

    def show_rollout(self, opened: Opened | None) -> None: ...
    def show_step(self, number: int) -> None: ...
    def show_selected(self, steps: Sequence[int]) -> None: ...
    def show_late(self, name: str, place: int, text: LateText) -> None: ...
    def show_standing(self, text: str, can_resume: bool) -> None: ...
    def show_playing(self, on: bool) -> None: ...
    def show_follow(self, on: bool) -> None: ...
    def say(self, sentence: str) -> None: ...
    def nothing_found(self) -> None: ...


class Presenter:
    """One rollout at a time, held whole in memory; a step is only looked up.

    Steps count from 1; 0 while there is none.
    """

    def __init__(self, frame: "Frame", view: StepView) -> None:
        self._frame, self._view = frame, view
        self._asking = Asking(frame.session)
        self._follow_run: int | None = None
        self.opened: Opened | None = None
        self.step = 0
        self.selected: tuple[int, ...] = ()
        self.playing = False
        self.follow = False
        self._wanted: int | None = None
        self._wanted_step: int | None = None
        self._wanted_steps: tuple[int, ...] = ()
        self._reading = self._again = self._anew = self._lost = self._looking = False
        self._newest: int | None = None
        self._pivot = 0

    @property
    def asked(self) -> bool:
        """True while a rollout is looked up or read."""
        return self._looking or self._reading

    def forget(self) -> None:
        """Nothing is wanted any more; what is on screen stays until something else is opened."""
        self._wanted, self._looking = None, False

    def clear(self) -> None:
        """Nothing is wanted and nothing shown any more: what is asked for has no rollout yet."""
        self.set_playing(False)
        self.forget()
        self.opened, self.step, self._lost = None, 0, False
        self.select(())
        self._view.show_rollout(None)
        self._tell_standing()

    @property
    def wanted(self) -> int | None:
        """The row of the rollout that is open or about to be."""
        return self._wanted

    def open(self, rollout_id: int, step: int | None = None, steps: Sequence[int] = ()) -> None:
        """Show a rollout, at a step where one is named, else at its first."""
        if self.opened is not None and self.opened.id == rollout_id == self._wanted:
            if step is not None:
                self.go_to(step)
            self.select(steps)
            return
        self.set_playing(False)
        self._wanted, self._wanted_step, self._wanted_steps = rollout_id, step, tuple(steps)
        self._read()

    def open_uid(self, uid: str, step: int | None = None, run: int | None = None, steps: Sequence[int] = ()) -> None:
        """Show a rollout by its uid, some of its steps selected."""

        def found(rollout_id: int | None) -> None:
            if not self._looking:
                return
            self._looking = False
            if rollout_id is None:
                self._view.say(GONE)
                self._view.nothing_found()
            else:
                self.open(rollout_id, step or (min(steps) if steps else None), steps)

        self._looking = True
        self._asking.query("rollout by uid", lambda conn: reading.rollout_of(conn, uid, run), found)

    def choose(self, rollout_id: int, step: int | None = None) -> None:
        """As `open`, on the person's wish: nothing is followed any more."""
        self.set_follow(False)
        self.open(rollout_id, step)

    def go_to(self, step: int) -> None:
        """Show a step; beyond an end the last or the first."""
        if self.opened is None or not self.opened.count:
            return
        step = max(1, min(step, self.opened.count))
        if step != self.step:
            self.step = step
            self._view.show_step(step)

    def move(self, by: int) -> None:
        """Steps onwards or back, on the person's wish."""
        self.jump(self.step + by)

    def jump(self, step: int) -> None:
        """To a step, on the person's wish: playing and following end, and no more is selected than this step."""
        self.set_playing(False)
        self.set_follow(False)
        self.select(())
        self.go_to(step)

    def select(self, steps: Sequence[int]) -> None:
        """Select steps; none stands for the one on screen."""
        count = self.opened.count if self.opened is not None else 0
        wanted = tuple(sorted({step for step in steps if 1 <= step <= count}))
        if wanted != self.selected:
            self.selected = wanted
            self._view.show_selected(wanted)

    @property
    def chosen_steps(self) -> tuple[int, ...]:
        """The steps an act is about: those selected, else the one on screen."""
        return self.selected or ((self.step,) if self.step else ())

    def extend_to(self, step: int) -> None:
        """Select from where the selection began to a step, and show that step."""
        if self.opened is None or not self.step:
            return
        self.set_playing(False)
        self.set_follow(False)
        if not self.selected:
            self._pivot = self.step
        step = max(1, min(step, self.opened.count))
        self.select(range(min(self._pivot, step), max(self._pivot, step) + 1))
        self.go_to(step)

    def toggle_step(self, step: int) -> None:
        """Take a step into the selection or out of it."""
        self._pivot = step
        self.select(tuple(set(self.chosen_steps) ^ {step}))

    def last(self) -> None:
        """To the newest step; following goes on."""
        self.set_playing(False)
        if self.opened is not None:
            self.go_to(self.opened.count)

    def ask_late(self, name: str, place: int) -> None:
        """A text of a step that takes time to make: it comes when it is made, unless another one is wanted by then."""
        opened = self.opened
        if opened is None or not 1 <= place <= opened.count:
            return

        def made(text: LateText) -> None:
            if self.opened is not None and self.opened.same_rollout(opened):
                self._view.show_late(name, place, text)

        self._asking.query(f"late {name}", lambda _conn: makers()[name](opened, place), made)

    def set_playing(self, on: bool) -> None:
        """Play step after step; from the end it starts over."""
        on = on and self.opened is not None and self.opened.count > 0
        if on and self.opened is not None and self.step >= self.opened.count and not self.opened.running:
            self.go_to(1)
        if on != self.playing:
            self.playing = on
            self._view.show_playing(on)
        if on:
            self.set_follow(False)

    def play_tick(self) -> None:
        """Time for the next step."""
        if not self.playing or self.opened is None:
            return
        if self.step < self.opened.count:
            self.go_to(self.step + 1)
        elif not self.opened.running:
            self.set_playing(False)

    def set_follow(self, on: bool, run: int | None = None) -> None:
        """Follow the newest step of what runs, or of one run, or stay where one is."""
        if (on, run) == (self.follow, self._follow_run):
            return
        self._follow_run = run
        self.follow = on
        self._view.show_follow(on)
        if on:
            self.set_playing(False)
            self.seek_newest()

    def follow_tick(self) -> None:
        """One step nearer to the newest one: what came at once is walked through, what runs is jumped to."""
        opened = self.opened
        if not self.follow or opened is None or opened.id != self._wanted:
            return
        behind = opened.count - self.step
        if behind > 0:
            self.go_to(opened.count if opened.running and behind > CLOSE else self.step + 1)
        elif self._newest is not None and self._newest != opened.id:
            self.open(self._newest)

    def seek_newest(self) -> None:
        """Find out what is newest, for the next tick."""
        run = self._follow_run
        self._asking.query("newest rollout", lambda conn: reading.live_rollout(conn, run), self._set_newest)

    def events(self, events: "Sequence[Event]") -> None:
        """What the feed brought: read the open rollout again if it may be about it."""
        here = self.opened.run.id if self.opened else None
        if any(event.run == here and event.table in WATCHED for event in events):
            self._read(live=True)
        if self.follow:
            self.seek_newest()

    def refresh(self) -> None:
        """Read the open rollout again, because something changed."""
        if self._wanted is not None:
            self._read()

    def job_changed(self, state: "JobState") -> None:
        """A job began or ended: the open run may run, or be interrupted, now."""
        self._tell_standing()
        if not state.active:
            self.refresh()

    def resume(self) -> None:
        """Take up the open run again, or the sweep it is part of, with the request it was begun with."""
        opened = self.opened
        if opened is None or not self.interrupted:
            return
        sentence = take_up(self._frame, opened.run, opened.sweep)
        if sentence:
            self._view.say(sentence)

    @property
    def interrupted(self) -> bool:
        """True when the open rollout's run was cut off and nobody works on it."""
        return self.opened is not None and is_interrupted(self.opened.run, self._frame.jobs.state)

    def close(self) -> None:
        """The room is closed: answers still on their way are for nobody."""
        self._asking.close()

    def _read(self, *, live: bool = False) -> None:
        """Read what is wanted; while that lasts, further wishes are remembered, not queued.

        `live` says that a run went on and nothing else changed: what is known of the rollout is not read again.
        """
        if self._wanted is None or self._reading:
            self._again, self._anew = self._reading, self._anew or not live
            return
        self._reading, self._again, self._anew = True, False, False
        wanted, known = self._wanted, self.opened

        def read(conn: "Connection") -> Opened | None:
            found = reading.read_opened(conn, wanted, known if live else None)
            if found is None and known is not None and known.id == wanted:
                again = reading.rollout_of(conn, known.row.uid, known.run.id)
                found = reading.read_opened(conn, again) if again is not None else None
            return found

        self._asking.query("open rollout", read, self._read_done, self._read_failed)

    def _read_done(self, opened: Opened | None) -> None:
        self._reading = False
        if opened is not None and self._is_wanted(opened):
            self._show(opened)
        elif opened is None and not self._again:
            self._gone()
        if self._again:
            self._read(live=not self._anew)

    def _read_failed(self, sentence: str) -> None:
        self._reading = False
        self._view.say(sentence)

    def _is_wanted(self, opened: Opened) -> bool:
        """The rollout asked for, or the one on screen begun anew under another row."""
        known = self.opened
        same = known is not None and known.id == self._wanted and known.row.uid == opened.row.uid
        return opened.id == self._wanted or same

    def _show(self, opened: Opened) -> None:
        """A rollout that was read: another one is shown from its step, the same one grows in place."""
        if opened == self.opened and self._wanted_step is None and not self._lost:
            self._wanted = opened.id
            return
        other = self.opened is None or not self.opened.same_rollout(opened)
        self.opened, self._wanted, self._lost = opened, opened.id, False
        step = (self._wanted_step or 1) if other or self._wanted_step else self.step or 1
        self.step, self._wanted_step = min(max(step, 1), opened.count), None
        steps, self._wanted_steps = self._wanted_steps if other else self.selected, ()
        self._view.show_rollout(opened)
        self._view.show_step(self.step)
        self.select(steps)
        self._tell_standing()

    def _gone(self) -> None:
        """The rollout is away: what is on screen stays, with a word about it."""
        if self.opened is None:
            self._wanted = None
            self._view.say(GONE)
        self._lost = True
        self._tell_standing()

    def _set_newest(self, found: int | None) -> None:
        self._newest = found
        if found is not None and self._wanted is None:
            self.open(found)

    def _tell_standing(self) -> None:
        self._view.show_standing(*self._standing())

    def _standing(self) -> tuple[str, bool]:
        """What is to be said of the run, and whether it can be resumed."""
        opened, writable = self.opened, self._frame.session.workspace.writable
        if opened is None:
            return "", False
        if self._lost:
            return DROPPED, False
        if opened.running and (not writable or is_live(opened.run, self._frame.jobs.state)):
            return RUNNING, False
        if self.interrupted and writable:
            note = f": {opened.run.note}" if opened.run.note else ""
            return f"The run was {WORDS.get(opened.run.status, 'interrupted')}{note}", True
        return "", False
