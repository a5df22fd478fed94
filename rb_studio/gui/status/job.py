"""The running job in the status bar: what, how far, how long, Stop; and what can be taken up again."""

from dataclasses import replace

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QSizePolicy, QToolButton, QWidget

from rb_studio.gui.jobs import JobControl, JobState

ENDINGS = {"cancelled": "stopped"}
UNTOLD, CUT_OFF = "A job", "A run was interrupted"
"""What is said to who judges blind: a job's name tells arm and memory."""
WITH_REASON = ("failed", "paused", "interrupted")


class JobStatus(QWidget):
    """Count, rate, remaining time and Stop while something runs; how it ended afterwards.

    Signals
    -------
    resume_asked, show_asked
        What was interrupted is to go on, or to be looked at.
    """

    resume_asked = Signal()
    show_asked = Signal()

    def __init__(self, jobs: JobControl, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._jobs = jobs
        self._offered = ""
        self._blind = False
        self._label = _Line("No job")
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._bar.setFixedWidth(self.fontMetrics().averageCharWidth() * 12)
        self._bar.setAccessibleName("Progress of the job")
        self._stop = self._button("Stop", "Stop the job")
        self._resume = self._button("Resume", "Resume the interrupted run")
        self._show = self._button("Show", "Show the interrupted run")
        layout = QHBoxLayout(self)
        layout.setContentsMargins(4, 0, 4, 0)
        for widget in (self._bar, self._stop, self._resume, self._show):
            layout.addWidget(widget)
            widget.hide()
        layout.addWidget(self._label, 1)
        self._stop.clicked.connect(jobs.stop)
        self._resume.clicked.connect(self.resume_asked)
        self._show.clicked.connect(self.show_asked)
        jobs.changed.connect(self.show_state)

    def show_state(self, state: JobState) -> None:
        """Draw a job's state."""
        self._bar.setVisible(state.active)
        self._stop.setVisible(state.active)
        self._stop.setEnabled(state.phase != "stopping")
        told = replace(state, title=UNTOLD, detail="") if self._blind else state
        self._say(sentence(told), told.detail or told.title)
        progress = state.progress
        if progress is None:
            self._bar.setRange(0, 0)
        else:
            self._bar.setRange(0, max(1, progress.total))
            self._bar.setValue(progress.done)
        self._show_offer()

    def offer(self, text: str) -> None:
        """Something was interrupted; empty for nothing."""
        self._offered = text
        self._show_offer()

    def set_blind(self, on: bool) -> None:
        """Without the names of jobs, or with them."""
        self._blind = on
        if self._jobs.state is not None:
            self.show_state(self._jobs.state)
        else:
            self._show_offer()

    def text(self) -> str:
        """What is said."""
        return self._label.text()

    def _show_offer(self) -> None:
        state = self._jobs.state
        offered = bool(self._offered) and (state is None or not state.active)
        self._resume.setVisible(offered)
        self._show.setVisible(offered)
        if offered and (state is None or state.phase == "finished"):
            self._say(CUT_OFF if self._blind else self._offered, "What is finished is kept; resuming does the rest.")
        elif not offered and state is None:
            self._say("No job", "")

    def _say(self, text: str, more: str) -> None:
        self._label.setText(text)
        self._label.setToolTip(text if text == more or not more else f"{text}\n{more}")

    def _button(self, text: str, name: str) -> QToolButton:
        button = QToolButton()
        button.setText(text)
        button.setAccessibleName(name)
        button.setToolTip(name)
        button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        return button


class _Line(QLabel):
    """One line of plain text that gives way: what does not fit ends in an ellipsis, the tool tip has it all."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """As much of it as there is room for."""
        painter, room = QPainter(self), self.contentsRect()
        shown = self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, room.width())
        painter.drawText(room, int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft), shown)


def sentence(state: JobState) -> str:
    """A job's state in one short line."""
    if not state.active:
        ending = f"{state.title}: {ENDINGS.get(state.phase, state.phase)}"
        return f"{ending} \u2013 {state.detail}" if state.detail and state.phase in WITH_REASON else ending
    if state.phase == "stopping":
        return f"{state.title}: stopping"
    if state.progress is None:
        return f"{state.title}: starting"
    return f"{state.title}: {state.progress.sentence()}"
