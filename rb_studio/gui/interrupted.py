"""Runs that were cut off: found when a workspace is opened and when a job ends, and taken up again on demand."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from rb_studio.gui.rooms.trajectories.resume import is_live, take_up
from rb_studio.store import forks, runs
from rb_studio.store.changes import ChangeRecord

if TYPE_CHECKING:
    import sqlite3

    from sqlite_utils import Database

    from rb_studio.gui.frame import Frame
    from rb_studio.gui.jobs import JobControl, JobState
    from rb_studio.gui.session import Session
    from rb_studio.jobs.driving import Driving

SENT = "Going on there sends tasks, and what is needed to ask their models, to that address; here this computer works."
CUT_OFF = ("planned", "running", "paused")
TAKEN_UP = (*CUT_OFF, "cancelled", "failed")


@dataclass(frozen=True, slots=True)
class CutOff:
    """A run, or a whole sweep where `sweep` is there, that did not come to its end."""

    run: runs.RunRow
    sweep: runs.SweepRow | None = None

    @property
    def status(self) -> str:
        return self.run.status if self.sweep is None else self.sweep.status

    def sentence(self) -> str:
        """What was cut off, in a few words."""
        if self.sweep is not None:
            return f"sweep {self.sweep.id} {'is paused' if self.status == 'paused' else 'was interrupted'}"
        arm = self.run.arm
        of = "" if arm is None else f" ({'no memory' if arm.memory == 'none' else arm.memory})"
        return f"run {self.run.id}{of} was interrupted"


class Interrupted(QObject):
    """Keeps the list of what was cut off.

    Signals
    -------
    found
        The list is another one now.
    """

    found = Signal()

    def __init__(self, session: "Session", jobs: "JobControl") -> None:
        super().__init__(session)
        self._session, self._jobs = session, jobs
        self.cut_off: tuple[CutOff, ...] = ()
        jobs.changed.connect(self._job_changed)
        if session.workspace.writable:
            session.query("cut off forks", _cut_off_forks, self._end_forks)
        self.look()

    def look(self) -> None:
        """Read the list anew; a workspace that cannot be written has nothing to be taken up."""
        if self._session.workspace.writable:
            self._session.query("interrupted runs", _cut_off, self._show)

    def sentence(self) -> str:
        """What is offered; empty for nothing."""
        if not self.cut_off:
            return ""
        more = len(self.cut_off) - 1
        text = self.cut_off[0].sentence()
        return text[:1].upper() + text[1:] + (f", and {more} more" if more else "")

    def resume(self, frame: "Frame") -> str:
        """Take up the newest again; returns a sentence where that cannot be."""
        newest = self.cut_off[0]
        if newest.sweep is None:
            return take_up(frame, newest.run, None)
        driving = _driving(frame, newest.sweep)
        return "" if driving is None else take_up(frame, newest.run, newest.sweep.config, driving)

    def _end_forks(self, found: bool) -> None:
        """A fork is not taken up again; no job of this window has begun one yet when this is asked."""
        if found and not self._jobs.active:
            self._session.operate(_ended_forks)

    def _show(self, found: Sequence[CutOff]) -> None:
        ended = self._jobs.state
        still = tuple(one for one in found if not is_live(one.run, self._jobs.state))
        own = ended.runs if ended is not None and not ended.active and ended.phase != "finished" else ()
        kept = tuple(one for one in still if one.status in CUT_OFF or one.run.id in own)
        if kept != self.cut_off:
            self.cut_off = kept
            self.found.emit()

    def _job_changed(self, state: "JobState") -> None:
        if state.progress is None or not state.active:
            self.look()


def _driving(frame: "Frame", sweep: runs.SweepRow) -> "Driving | None":
    """How a sweep goes on, None where a person would rather not.

    A file may come from elsewhere: nothing is sent to an address in it that a person has not agreed to.
    """
    from rb_studio.jobs.driving import LOCAL, Driving

    driving = Driving.from_json(sweep.driving)
    address = driving.executor.partition("=")[2]
    if not address:
        return driving
    question, answers = f"Sweep {sweep.id} ran on the Dask scheduler at {address}.", ["Go on here", "Go on there"]
    answer = frame.dialogs.ask(question, SENT, [*answers, "Cancel"])
    if answer not in answers:
        return None
    return driving if answer == answers[1] else replace(driving, executor=LOCAL)


def _cut_off(conn: "sqlite3.Connection") -> list[CutOff]:
    """Newest first; the runs of one sweep are taken up together."""
    found: dict[tuple[str, int], CutOff] = {}
    sweeps = {row.id: row for row in runs.sweeps(conn)}
    for row in reversed(runs.runs(conn)):
        if row.foreign_key is not None or row.shared_with is not None or row.status not in TAKEN_UP:
            continue
        sweep = sweeps.get(row.sweep) if row.sweep is not None else None
        key = ("run", row.id) if sweep is None else ("sweep", sweep.id)
        if sweep is None or sweep.status in TAKEN_UP:
            found.setdefault(key, CutOff(row, sweep))
    return list(found.values())


def _cut_off_forks(conn: "sqlite3.Connection") -> bool:
    return any(row.status in CUT_OFF for row in runs.runs(conn, purpose=runs.FORK))


def _ended_forks(db: "Database") -> ChangeRecord:
    ended = forks.end_cut_off(db)
    return ChangeRecord("End forks that were cut off", f"{len(ended)} runs", ("run", "rollout", "outcome"))
