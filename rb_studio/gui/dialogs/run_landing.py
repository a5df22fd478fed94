"""From pressing Run to the rollouts: waits until the job has its runs, or says why it has not."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

if TYPE_CHECKING:
    from rb_studio.gui.jobs import JobControl, JobState


class Landing(QObject):
    """Watches the job that is started next; tells once.

    Signals
    -------
    began
        The job runs; carries the ids of its runs.
    failed
        It ended before it began; carries one sentence.
    """

    began = Signal(object)
    failed = Signal(str)

    def __init__(self, jobs: "JobControl", parent: QObject) -> None:
        super().__init__(parent)
        self._jobs = jobs
        jobs.changed.connect(self._told)

    def _told(self, state: "JobState") -> None:
        if state.active and not state.runs:
            return
        self._jobs.changed.disconnect(self._told)
        self.deleteLater()
        if state.runs:
            self.began.emit(state.runs)
        else:
            self.failed.emit(state.detail or "The job was stopped before it began.")
