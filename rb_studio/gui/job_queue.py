"""Jobs that wait for the running one to end."""

import itertools
from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QObject, Signal


@dataclass(frozen=True, slots=True)
class Waiting:
    """A job in the queue; `network` names the host its calls will go to, empty for none."""

    number: int
    title: str
    network: str
    begin: Callable[[], None]


class JobQueue(QObject):
    """The waiting jobs in their order. Held, none of them begins by itself.

    Signals
    -------
    changed
        Another order, other jobs, held or not.
    """

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._numbers = itertools.count(1)
        self.jobs: tuple[Waiting, ...] = ()
        self.held = False

    def add(self, title: str, network: str, begin: Callable[[], None]) -> None:
        """One more at the end."""
        self._set((*self.jobs, Waiting(next(self._numbers), title, network, begin)))

    def move(self, number: int, by: int) -> None:
        """A job so many places further down, or up; at the ends it stays."""
        jobs = list(self.jobs)
        place = self._place(number)
        if place is not None and 0 <= place + by < len(jobs):
            jobs.insert(place + by, jobs.pop(place))
            self._set(tuple(jobs))

    def take_out(self, number: int) -> None:
        """It will not run."""
        self._set(tuple(job for job in self.jobs if job.number != number))

    def hold(self, on: bool) -> None:
        """Whether the jobs wait for a person."""
        if on != self.held:
            self.held = on
            self.changed.emit()

    def next(self) -> Waiting | None:
        """The job that may begin now, out of the queue."""
        if self.held or not self.jobs:
            return None
        first = self.jobs[0]
        self._set(self.jobs[1:])
        return first

    def clear(self) -> None:
        """None is left."""
        self._set(())

    def _place(self, number: int) -> int | None:
        return next((place for place, job in enumerate(self.jobs) if job.number == number), None)

    def _set(self, jobs: tuple[Waiting, ...]) -> None:
        self.jobs = jobs
        self.held = self.held and bool(jobs)
        self.changed.emit()
