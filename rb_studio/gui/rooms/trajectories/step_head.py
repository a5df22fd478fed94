"""Above the step: verdict and truth, which rollout of which task, how much is read, and how its run stands."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from rb_studio.gui.rooms.trajectories.columns import truth_word
from rb_studio.gui.rooms.trajectories.level_menu import LevelMenu
from rb_studio.gui.rooms.trajectories.levels import Reading
from rb_studio.gui.rooms.trajectories.opened import Opened
from rb_studio.gui.rooms.trajectories.presenter import RUNNING
from rb_studio.gui.rooms.trajectories.sign import Sign
from rb_studio.gui.theme import Theme
from rb_studio.gui.widgets.elided import Elided


class StepHead(QWidget):
    """Signals up, setters down.

    Signals
    -------
    resume_asked
        The interrupted run is to go on.
    level_chosen, kind_toggled
        Other things are to be read; carry their names.
    """

    resume_asked = Signal()
    level_chosen = Signal(str)
    kind_toggled = Signal(str)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._opened: Opened | None = None
        self._blind = False
        self.judged, self.true, self._where = Sign(theme, "Verdict"), Sign(theme, "Truth"), Elided(1, muted=True)
        self._where.setMinimumWidth(1)
        self.simulated, self.running = QLabel("simulated"), QLabel("\u25cf running")
        self.simulated.setToolTip("Made in the practice world, not with a real model")
        for label in (self.simulated, self.running):
            label.setProperty("role", "badge")
            label.hide()
        self.levels = LevelMenu()
        self.levels.level_chosen.connect(self.level_chosen)
        self.levels.kind_toggled.connect(self.kind_toggled)
        self._task = Elided(2)
        font = self._task.font()
        font.setBold(True)
        self._task.setFont(font)
        top = QHBoxLayout()
        top.setSpacing(self.fontMetrics().averageCharWidth())
        signs: tuple[QWidget, ...] = (self.judged, self.true, self._where, self.running, self.simulated, self.levels)
        for sign in signs:
            top.addWidget(sign, int(sign is self._where))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addLayout(top)
        layout.addWidget(self._task)
        layout.addWidget(self._make_banner())

    def show_rollout(self, opened: Opened) -> None:
        """Another rollout, or the same one with more known of it."""
        self._opened = opened
        self._show_signs(opened)
        index = f", rollout {opened.place_among(opened.row)} of {len(opened.siblings)}"
        self._where.set_text(f"{opened.row.task_key}{index if len(opened.siblings) > 1 else ''}")
        self._task.set_text(opened.row.task_text or opened.row.task_key)
        self.simulated.setVisible(opened.row.simulated)

    def show_reading(self, reading: Reading) -> None:
        self.levels.show_reading(reading)

    def set_blind(self, on: bool) -> None:
        """Without verdict and truth, or with them."""
        self._blind = on
        if self._opened is not None:
            self._show_signs(self._opened)

    def show_standing(self, text: str, can_resume: bool) -> None:
        """What is to be said of the run."""
        self.running.setVisible(text == RUNNING)
        self.banner.setVisible(bool(text) and text != RUNNING)
        self.told.setText(text)
        self._resume.setVisible(can_resume)

    def _show_signs(self, opened: Opened) -> None:
        verdict, truth = (None, None) if self._blind else (opened.row.verdict, opened.row.truth)
        unjudged = "hidden" if self._blind else "not yet" if opened.running else "not judged"
        self.judged.show_status(verdict, unjudged)
        self.true.show_status(None if truth is None else truth_word(truth), "hidden" if self._blind else "unknown")
        self.true.setVisible(not opened.running)

    def _make_banner(self) -> QFrame:
        self.banner, self.told = QFrame(), QLabel()
        self.banner.setProperty("role", "banner")
        self.told.setWordWrap(True)
        self._resume = QPushButton("Resume")
        self._resume.setProperty("primary", True)
        self._resume.clicked.connect(self.resume_asked)
        row = QHBoxLayout(self.banner)
        row.setContentsMargins(8, 4, 8, 4)
        row.addWidget(self.told, 1)
        row.addWidget(self._resume)
        self.banner.hide()
        return self.banner
