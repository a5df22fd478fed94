"""Asks how a rollout is to be played on from a step, and says what that takes before anything starts."""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QVBoxLayout, QWidget

from rb_studio.gui.dialogs.choice import Choice
from rb_studio.gui.dialogs.choosing import combo, fill, form_layout, value
from rb_studio.gui.dialogs.cost_first import CostFirst, profile_choices
from rb_studio.gui.dialogs.run_parts import decimal, row, spin
from rb_studio.gui.dialogs.unfolding import scrolling
from rb_studio.gui.rooms.trajectories import fork_form
from rb_studio.gui.rooms.trajectories.fork_form import TIMES, ForkForm, ForkOffer, Prepared
from rb_studio.gui.rooms.trajectories.fork_variants import VariantsEditor

if TYPE_CHECKING:
    from sqlite3 import Connection

    from rb_studio.gui.frame import Frame
    from rb_studio.jobs.fork import ForkRequest
    from rb_studio.models.settings import Settings

MOST_COST = 100_000.0
WHAT = (
    "What came before the step is kept as it was; the step itself is the first one decided anew. Each variant is a run "
    "of its own. Their continuations throw the same dice one by one, so that variants are compared in pairs. Forks "
    "enter no figure of an arm."
)


class ForkDialog(CostFirst):
    """Asks with a ForkRequest."""

    def __init__(self, frame: "Frame", run: int, uid: str, step: int, parent: QWidget | None = None) -> None:
        super().__init__(frame, "Fork at a step", "&Run", parent)
        self._step = step
        self._offer: ForkOffer | None = None
        self._ready: Prepared | None = None
        self.form = ForkForm(step)
        self.what.setText(WHAT)
        self.step = spin("First step decided anew", 1, 1, 1)
        self.times = spin("Continuations a variant", 1, 1000, TIMES)
        self.limit = decimal("Spend at most", 0.0, MOST_COST, 0.0, 0.1, " $")
        self.limit.setSpecialValueText("no limit")
        self.limit.setToolTip("No further continuation begins once so many US dollars are known to be spent")
        self.profile = combo("Model to act")
        self.variants = VariantsEditor()
        self._fields = self._made_fields()
        self._fields.setEnabled(False)
        self.lay_out(scrolling(self._fields))
        metrics = self.fontMetrics()
        self.resize(metrics.averageCharWidth() * 118, metrics.height() * 40)
        self.variants.changed.connect(self._changed)
        self.profile.activated.connect(self._changed)
        for number in (self.step, self.times, self.limit):
            number.valueChanged.connect(self._changed)
        read = partial(fork_form.read_offer, run=run, uid=uid, step=step, settings=frame.settings())
        self.ask(read, self._show_offer)

    def costing(self) -> "Callable[[Connection], Prepared]":
        assert self._offer is not None
        return partial(fork_form.prepare, offer=self._offer, form=self.form)

    def show_cost(self, ready: Prepared) -> None:
        self._ready = ready
        self.badge.setVisible(ready.estimate.free)
        self.allow(f"{self.form.sentence()} {ready.estimate.sentence()}")

    def request(self) -> "tuple[ForkRequest, Settings]":
        assert self._offer is not None
        assert self._ready is not None
        return self._ready.request, self._offer.settings

    def _show_offer(self, offer: ForkOffer) -> None:
        self._offer = offer
        self.form = fork_form.first_form(offer, self._step)
        for box, most, start in ((self.step, offer.steps, self.form.step), (self.times, 1000, self.form.times)):
            box.blockSignals(True)
            box.setRange(1, most)
            box.setValue(start)
            box.blockSignals(False)
        self.step.setSuffix(f" of {offer.steps}")
        fill(self.profile, profile_choices(offer.settings, [Choice("", "The rollout\u2019s own")]), "")
        self.variants.show_offer(offer, self.form.variants)
        self._fields.setEnabled(True)
        self.times.setFocus()
        self._changed()

    def _changed(self, *_: object) -> None:
        if self._offer is not None:
            self.form = ForkForm(
                self.step.value(), self.times.value(), self.variants.variants, value(self.profile), self.limit.value()
            )
            self.chosen(self.form.problem(self._offer))

    def _made_fields(self) -> QWidget:
        fields, upper = QWidget(), QWidget()
        form = form_layout(upper)
        form.setContentsMargins(0, 0, 0, 0)
        form.addRow("From &step", row(self.step))
        form.addRow("&Times each", row(self.times))
        form.addRow("Mo&del", self.profile)
        form.addRow("Spend at m&ost", row(self.limit))
        layout = QVBoxLayout(fields)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(upper)
        layout.addWidget(self.variants, 1)
        return fields
