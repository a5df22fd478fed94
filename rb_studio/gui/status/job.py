"""The running job in the status bar: what, how far, how long, Stop."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QToolButton, QWidget

from rb_studio.gui.jobs import JobControl, JobState

ENDINGS = {"finished": "finished", "paused": "paused", "cancelled": "stopped", "failed": "failed"}


class JobStatus(QWidget):
    """Count, rate, remaining time and Stop while something runs; how it ended afterwards."""

    def __init__(self, jobs: JobControl, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._jobs = jobs
        self._label = QLabel("No job")
        self._label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._bar.setFixedWidth(self.fontMetrics().averageCharWidth() * 16)
        self._bar.setAccessibleName("Progress of the job")
        self._stop = QToolButton()
        self._stop.setText("Stop")
        self._stop.setAccessibleName("Stop the job")
        self._stop.clicked.connect(jobs.stop)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(4, 0, 4, 0)
        for widget in (self._label, self._bar, self._stop):
            layout.addWidget(widget)
        self._bar.hide()
        self._stop.hide()
        jobs.changed.connect(self.show_state)

    def show_state(self, state: JobState) -> None:
        """Draw a job's state."""
        self._bar.setVisible(state.active)
        self._stop.setVisible(state.active)
        self._stop.setEnabled(state.phase != "stopping")
        self._label.setText(sentence(state))
        self._label.setToolTip(state.detail or state.title)
        progress = state.progress
        if progress is None:
            self._bar.setRange(0, 0)
        else:
            self._bar.setRange(0, max(1, progress.total))
            self._bar.setValue(progress.done)


def sentence(state: JobState) -> str:
    """A job's state in one short line."""
    if not state.active:
        return f"{state.title}: {ENDINGS.get(state.phase, state.phase)}"
    if state.phase == "stopping":
        return f"{state.title}: stopping"
    if state.progress is None:
        return f"{state.title}: starting"
    return f"{state.title}: {state.progress.sentence()}"
