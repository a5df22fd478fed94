"""The running job with its arms, and the jobs that wait for its end."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QLabel, QProgressBar, QPushButton, QSplitter, QVBoxLayout, QWidget

from rb_studio.gui.dialogs.choosing import note
from rb_studio.gui.job_queue import Waiting
from rb_studio.gui.jobs import JobState
from rb_studio.gui.status.job import sentence
from rb_studio.gui.widgets.dense_table import DenseTable
from rb_studio.gui.widgets.flow import FlowLayout
from rb_studio.gui.widgets.kept_scroll import KeptScroll
from rb_studio.gui.widgets.table_model import TableModel
from rb_studio.jobs.progress import ArmProgress

NOTHING = (
    "No job has run since the workspace was opened. A sweep that runs shows its arms here; jobs begun meanwhile wait."
)
NONE_WAITS = "No job waits."
HELD = "{} held: the job before was stopped or paused. Go on begins the first."
WAITS = "{} for the running job to end; the first begins then."
WITHOUT_DATA, WHY = 3, 4
ARM_WIDTHS, JOB_WIDTHS = [32, 10, 15, 15, 16], [4, 48, 16]


class QueuePanel(QWidget):
    """Arms above, waiting jobs below; buttons say what can be done with each.

    Signals
    -------
    pause_asked, resume_asked, stop_asked, go_on_asked
        A button of that name.
    moved
        A waiting job is to go up (-1) or down (1); carries its number and by how much.
    taken_out
        A waiting job is to be forgotten; carries its number.
    """

    pause_asked = Signal()
    resume_asked = Signal()
    stop_asked = Signal()
    go_on_asked = Signal()
    moved = Signal(int, int)
    taken_out = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._total = 0
        self.state, self.bar = QLabel(NOTHING), QProgressBar()
        self.state.setWordWrap(True)
        self.state.setTextFormat(Qt.TextFormat.PlainText)
        self.state.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.bar.setAccessibleName("Progress of the job")
        self.bar.setTextVisible(False)
        self.bar.hide()
        self.arms, self.waiting = _arm_model(self), _job_model()
        self.arm_table, self.job_table = DenseTable("Arms of the job"), DenseTable("Waiting jobs")
        for model, table, widths in (
            (self.arms, self.arm_table, ARM_WIDTHS),
            (self.waiting, self.job_table, JOB_WIDTHS),
        ):
            model.setParent(self)
            table.setModel(model)
            table.fit_columns(widths)
            table.horizontalHeader().setStretchLastSection(True)
            table.setMinimumHeight(self.fontMetrics().height() * 4)
        self.arm_table.setSortingEnabled(True)
        self.arm_table.horizontalHeader().setSortIndicator(-1, Qt.SortOrder.AscendingOrder)
        self.job_table.setSelectionMode(DenseTable.SelectionMode.SingleSelection)
        self.arm_scroll, self.job_scroll = KeptScroll(self.arm_table), KeptScroll(self.job_table)
        self.told = note(NONE_WAITS)
        self.pause, self.resume, self.stop = (QPushButton(text) for text in ("Pa&use", "Resume", "&Stop"))
        self.up, self.down, self.out, self.go_on = (
            QPushButton(text) for text in ("M&ove up", "Move &down", "&Take out", "&Go on")
        )
        self.pause.setToolTip("Finish the tasks under way, then wait; a sweep only")
        self.stop.setToolTip("Drop what is under way; finished tasks are kept")
        self._lay_out()
        self._connect()
        self.show_job(None, False)
        self.show_arms((), 0)
        self.show_queue((), False)

    def show_job(self, state: JobState | None, can_resume: bool) -> None:
        """The job that runs, or ran last."""
        active = state is not None and state.active
        if state is not None:
            self.state.setText(sentence(state))
            progress = state.progress
            self.bar.setRange(0, max(1, progress.total) if progress else 0)
            self.bar.setValue(progress.done if progress else 0)
        self.bar.setVisible(active)
        self.pause.setEnabled(state is not None and state.can_pause)
        self.stop.setEnabled(active and state is not None and state.phase != "stopping")
        self.resume.setEnabled(can_resume)

    def show_arms(self, arms: Sequence[ArmProgress], total: int) -> None:
        """How far each arm of it is, out of so many tasks; 0 where that is not known."""
        self._total = total
        self.arms.set_rows(arms)
        self.arm_table.setColumnHidden(WITHOUT_DATA, not any(arm.invalid for arm in arms))
        self.arm_table.setColumnHidden(WHY, not any(arm.note for arm in arms))

    def show_queue(self, jobs: Sequence[Waiting], held: bool) -> None:
        """The waiting jobs; the one that was chosen stays chosen."""
        chosen = self.chosen()
        self.waiting.set_rows(list(enumerate(jobs, 1)))
        place = next((place for place, job in enumerate(jobs) if job.number == chosen), 0)
        if jobs:
            self.job_table.selectRow(place)
        waits = f"{len(jobs)} {'job waits' if len(jobs) == 1 else 'jobs wait'}"
        is_held = f"{len(jobs)} {'job is' if len(jobs) == 1 else 'jobs are'}"
        self.told.setText((HELD.format(is_held) if held else WAITS.format(waits)) if jobs else NONE_WAITS)
        self.go_on.setEnabled(held)
        self._show_moves()

    def chosen(self) -> int | None:
        """The number of the waiting job that is chosen."""
        rows = self.job_table.selectionModel().selectedRows()
        return self.waiting.row(rows[0])[1].number if rows else None

    def total_text(self, arm: ArmProgress) -> str:
        """Tasks done of an arm."""
        return f"{arm.done:,} of {self._total:,}" if self._total else f"{arm.done:,}"

    def _lay_out(self) -> None:
        above, below = QWidget(), QWidget()
        top, bottom = QVBoxLayout(above), QVBoxLayout(below)
        for layout in (top, bottom):
            layout.setContentsMargins(0, 0, 0, 0)
        top.addWidget(self.state)
        top.addWidget(self.bar)
        top.addWidget(_row(self.pause, self.resume, self.stop))
        top.addWidget(self.arm_table, 1)
        bottom.addWidget(self.told)
        bottom.addWidget(_row(self.up, self.down, self.out, self.go_on))
        bottom.addWidget(self.job_table, 1)
        split = QSplitter(Qt.Orientation.Vertical)
        split.setChildrenCollapsible(False)
        split.addWidget(above)
        split.addWidget(below)
        split.setStretchFactor(0, 3)
        split.setStretchFactor(1, 2)
        layout = QVBoxLayout(self)
        layout.addWidget(split)

    def _connect(self) -> None:
        self.pause.clicked.connect(self.pause_asked)
        self.resume.clicked.connect(self.resume_asked)
        self.stop.clicked.connect(self.stop_asked)
        self.go_on.clicked.connect(self.go_on_asked)
        self.up.clicked.connect(self.move_up)
        self.down.clicked.connect(self.move_down)
        self.out.clicked.connect(self.take_out)
        self.job_table.selectionModel().selectionChanged.connect(self._show_moves)

    def move_up(self) -> None:
        """The chosen job goes before the one above it."""
        self._move(-1)

    def move_down(self) -> None:
        """The chosen job goes behind the one below it."""
        self._move(1)

    def take_out(self) -> None:
        """The chosen job is forgotten."""
        chosen = self.chosen()
        if chosen is not None:
            self.taken_out.emit(chosen)

    def _move(self, by: int) -> None:
        chosen = self.chosen()
        if chosen is not None:
            self.moved.emit(chosen, by)

    def _show_moves(self, *_: object) -> None:
        numbers = [job.number for _, job in self.waiting.rows()]
        chosen = self.chosen()
        self.up.setEnabled(chosen is not None and chosen != numbers[0])
        self.down.setEnabled(chosen is not None and chosen != numbers[-1])
        self.out.setEnabled(chosen is not None)


def _arm_model(panel: QueuePanel) -> TableModel:
    return TableModel(
        [
            ("Arm", lambda arm: arm.name, lambda arm: arm.name),
            ("Status", lambda arm: arm.status, lambda arm: arm.status),
            ("Tasks done", panel.total_text, lambda arm: arm.done),
            ("Without data", lambda arm: f"{arm.invalid:,}" if arm.invalid else "", lambda arm: arm.invalid),
            ("Why", lambda arm: arm.note, lambda arm: arm.note),
        ]
    )


def _job_model() -> TableModel:
    return TableModel(
        [
            ("#", lambda row: f"{row[0]}", lambda row: row[0]),
            ("Job", lambda row: row[1].title, lambda row: row[1].title),
            ("Calls go to", lambda row: row[1].network or "this computer", lambda row: row[1].network),
        ]
    )


def _row(*buttons: QPushButton) -> QWidget:
    row = QWidget()
    flow = FlowLayout(row)
    flow.setContentsMargins(0, 0, 0, 0)
    for button in buttons:
        flow.addWidget(button)
    return row
