"""Asks with whose model, by which prompt and how often rollouts are judged again, and tells first what that takes."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QHBoxLayout, QLabel, QSpinBox, QVBoxLayout, QWidget

from rb_studio.gui.dialogs.alive import while_alive
from rb_studio.gui.dialogs.choice import Choice
from rb_studio.gui.dialogs.choosing import combo, fill, form_layout, note, value
from rb_studio.gui.dialogs.cost_first import PAUSE, READING, WAITING, profile_choices
from rb_studio.gui.dialogs.problem_line import ProblemLine

if TYPE_CHECKING:
    from sqlite3 import Connection

    from rb_studio.gui.frame import Frame
    from rb_studio.jobs.estimates import Estimate
    from rb_studio.jobs.judging import JudgingRequest
    from rb_studio.models.settings import Settings

TITLE = "Judge again"
WHAT = "{} before a judge once more. What it says is kept apart: no figure, no list and no memory goes by it."


@dataclass(frozen=True, slots=True)
class _Offer:
    settings: "Settings"
    prompts: list[Choice]
    texts: Mapping[str, tuple[str, str]]


class BenchDialog(QDialog):
    """Nothing is sent before Judge, which waits for the estimate.

    Signals
    -------
    asked
        Carries the JudgingRequest and the settings.
    """

    asked = Signal(object, object)

    def __init__(self, frame: "Frame", request: "JudgingRequest", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(TITLE)
        self._frame, self._request = frame, request
        self._offer: _Offer | None = None
        self.what, self.estimate = note(""), note("")
        number = len(request.rollouts)
        self.what.setText(WHAT.format("1 rollout is put" if number == 1 else f"{number:,} rollouts are put"))
        self.estimate.setAccessibleName("What it takes")
        self.profile, self.prompt, self.times = combo("Model"), combo("Prompt"), QSpinBox()
        self.times.setRange(1, 100)
        self.times.setAccessibleName("How often each is asked about")
        self.badge = QLabel("simulated")
        self.badge.setProperty("role", "badge")
        self.badge.hide()
        self.problem = ProblemLine(frame.theme)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(PAUSE)
        self._lay_out()
        self._timer.timeout.connect(self._ask_cost)
        self.profile.activated.connect(self._changed)
        self.prompt.activated.connect(self._changed)
        self.times.valueChanged.connect(self._changed)
        self.run_button.setEnabled(False)
        self.estimate.setText(READING)
        shown, wrong = while_alive(self, self._show_offer), while_alive(self, self._wrong)
        frame.session.query("judging offer", self._read_offer, shown, wrong)

    def _read_offer(self, conn: "Connection") -> _Offer:
        from rb_studio.gui.rooms.verdicts.bench_reads import prompt_choices

        return _Offer(self._frame.settings(), *prompt_choices(conn))

    def _show_offer(self, offer: _Offer) -> None:
        self._offer = offer
        fill(self.profile, profile_choices(offer.settings), offer.settings.profile)
        fill(self.prompt, offer.prompts, "")
        self._changed()

    def _changed(self, *_: object) -> None:
        if self._offer is None:
            return
        chosen = self._offer.texts.get(value(self.prompt))
        self._request = replace(
            self._request,
            profile=value(self.profile),
            prompts={chosen[0]: chosen[1]} if chosen else {},
            times=self.times.value(),
        )
        self.badge.setVisible(self._request.profile == "practice")
        self.problem.say("")
        self.estimate.setText(WAITING)
        self.run_button.setEnabled(False)
        self._timer.start()

    def _ask_cost(self) -> None:
        request, offer = self._request, self._offer
        assert offer is not None

        def read(conn: "Connection") -> "Estimate":
            from rb_studio.jobs.judging import estimate_judging

            return estimate_judging(conn, request, offer.settings)

        def told(found: "Estimate") -> None:
            if request == self._request:
                self._show_cost(found)

        self._frame.session.query("judging cost", read, while_alive(self, told), while_alive(self, self._wrong))

    def _show_cost(self, found: "Estimate") -> None:
        if not found.calls:
            self._wrong("no task of these rollouts is stored, and a judge is shown the task: import the tasks first")
            return
        waits = " Another job is running: this one waits its turn." if self._frame.jobs.active else ""
        self.estimate.setText(found.sentence() + waits)
        self.run_button.setEnabled(True)

    def _wrong(self, sentence: str) -> None:
        self.estimate.setText("")
        self.problem.say(f"{sentence[:1].upper()}{sentence[1:]}.".replace("..", "."))

    def _start(self) -> None:
        if self._offer is not None and self.run_button.isEnabled():
            self.asked.emit(self._request, self._offer.settings)
            self.accept()

    def _lay_out(self) -> None:
        fields = QWidget()
        form = form_layout(fields)
        form.setContentsMargins(0, 0, 0, 0)
        form.addRow("&Model", self.profile)
        form.addRow("&Prompt", self.prompt)
        form.addRow("&Times each", self.times)
        line = QHBoxLayout()
        line.addWidget(self.estimate, 1)
        line.addWidget(self.badge, alignment=Qt.AlignmentFlag.AlignTop)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self.run_button = buttons.addButton("&Judge", QDialogButtonBox.ButtonRole.ActionRole)
        self.run_button.setProperty("primary", True)
        self.run_button.setDefault(True)
        self.run_button.clicked.connect(self._start)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.addWidget(self.what)
        layout.addWidget(fields)
        layout.addLayout(line)
        layout.addWidget(self.problem)
        layout.addStretch(1)
        layout.addWidget(buttons)
        self.setMinimumWidth(self.fontMetrics().averageCharWidth() * 66)
