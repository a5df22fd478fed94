"""Asks by which label, with whose model and into which bank chosen rollouts are distilled, and what that takes."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from rb_studio.gui.dialogs.alive import while_alive
from rb_studio.gui.dialogs.choice import Choice
from rb_studio.gui.dialogs.choosing import combo, fill, form_layout, note, value
from rb_studio.gui.dialogs.problem_line import ProblemLine
from rb_studio.records.errors import RbStudioError

if TYPE_CHECKING:
    from sqlite3 import Connection

    from rb_studio.gui.frame import Frame
    from rb_studio.jobs.estimates import Estimate
    from rb_studio.jobs.learn_groups import LearnRequest
    from rb_studio.models.settings import Settings

PAUSE = 200  # milliseconds after the last choice
LABELS = {"judge": "What the judge said", "human": "What a person said", "gt": "Ground truth"}
READING, WAITING = "Reading the workspace\u2026", "Working out what it takes\u2026"
OWN_BANK = "reasoningbank"


@dataclass(frozen=True, slots=True)
class _Offer:
    banks: tuple[str, ...]
    settings: "Settings"


class DistilDialog(QDialog):
    """Nothing is sent before Distil, which waits for the estimate.

    Signals
    -------
    asked
        Carries the LearnRequest and the settings to distil with.
    """

    asked = Signal(object, object)

    def __init__(
        self, frame: "Frame", request: "LearnRequest", title: str, what: str, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(title)
        self._frame, self._request = frame, request
        self._offer: _Offer | None = None
        self.what, self.estimate = note(""), note("")
        self.what.setText(what)
        self.estimate.setAccessibleName("What it takes")
        self.label, self.profile, self.bank = combo("Label"), combo("Model"), combo("Bank")
        fill(self.label, [Choice(key, text) for key, text in LABELS.items()], request.label)
        self.badge = QLabel("simulated")
        self.badge.setProperty("role", "badge")
        self.badge.hide()
        self.problem = ProblemLine(frame.theme)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(PAUSE)
        self._lay_out()
        self._timer.timeout.connect(self._ask_cost)
        for box in (self.label, self.profile, self.bank):
            box.activated.connect(self._changed)
        self._allow(False)
        self.estimate.setText(READING)
        shown, wrong = while_alive(self, self._show_offer), while_alive(self, self._wrong)
        frame.session.query("distil offer", self._read_offer, shown, wrong)

    def _read_offer(self, conn: "Connection") -> _Offer:
        from rb_studio.jobs.learn_groups import MODE
        from rb_studio.store import banks

        names = [row.name for row in banks.banks(conn) if row.mode == MODE]
        return _Offer(tuple(dict.fromkeys((OWN_BANK, *names))), self._frame.settings())

    def _show_offer(self, offer: _Offer) -> None:
        self._offer = offer
        fill(self.profile, profile_choices(offer.settings), offer.settings.profile)
        fill(self.bank, [Choice(name, name) for name in offer.banks], self._request.bank)
        self._changed()

    def _changed(self, *_: object) -> None:
        if self._offer is None:
            return
        self._request = replace(
            self._request, label=value(self.label), profile=value(self.profile), bank=value(self.bank)
        )
        self.badge.setVisible(self._request.profile == "practice")
        self.problem.say("")
        self.estimate.setText(WAITING)
        self._allow(False)
        self._timer.start()

    def _ask_cost(self) -> None:
        request, offer = self._request, self._offer
        assert offer is not None

        def read(conn: "Connection") -> "Estimate":
            from rb_studio.jobs.learning import estimate_learning

            return estimate_learning(conn, request, offer.settings)

        def told(found: "Estimate") -> None:
            if request == self._request:
                self._show_cost(found)

        self._frame.session.query("distil cost", read, while_alive(self, told), while_alive(self, self._wrong))

    def _show_cost(self, found: "Estimate") -> None:
        if not found.calls:
            label = LABELS[self._request.label].lower()
            self._wrong(f"nothing can be learned: by this label ({label}) the outcome of these rollouts is not known")
            return
        waits = " Another job is running: this one waits its turn." if self._frame.jobs.active else ""
        self.estimate.setText(found.sentence() + waits)
        self._allow(True)

    def _wrong(self, sentence: str) -> None:
        self.estimate.setText("")
        self.problem.say(f"{sentence[:1].upper()}{sentence[1:]}.".replace("..", "."))

    def _start(self) -> None:
        if self._offer is not None and self.run_button.isEnabled():
            self.asked.emit(self._request, self._offer.settings)
            self.accept()

    def _allow(self, on: bool) -> None:
        self.run_button.setEnabled(on)

    def _lay_out(self) -> None:
        fields = QWidget()
        form = form_layout(fields)
        form.setContentsMargins(0, 0, 0, 0)
        form.addRow("&Outcome by", self.label)
        form.addRow("&Model", self.profile)
        form.addRow("&Bank", self.bank)
        line = QHBoxLayout()
        line.addWidget(self.estimate, 1)
        line.addWidget(self.badge, alignment=Qt.AlignmentFlag.AlignTop)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self.run_button = buttons.addButton("&Distil", QDialogButtonBox.ButtonRole.ActionRole)
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


def profile_choices(settings: "Settings", first: Sequence[Choice] = ()) -> list[Choice]:
    """The shipped profile and those of the settings."""
    named = [Choice(name, f"{name} ({one.model})") for name, one in sorted(settings.profiles.items())]
    return [*first, Choice("practice", "practice (simulated, needs no key)"), *named]


def host_of(name: str, settings: "Settings") -> str:
    """Where the calls of a profile go; one that does not resolve is the job's own error to tell."""
    from rb_studio.models.registry import profile

    try:
        return profile(name or settings.profile, settings).host
    except RbStudioError:
        return ""
