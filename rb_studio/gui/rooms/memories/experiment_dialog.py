"""Asks what a paired experiment is to run, and says what it takes before anything starts."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QLineEdit, QWidget

from rb_studio.gui.dialogs.choosing import combo, fill, form_layout, value
from rb_studio.gui.dialogs.cost_first import CostFirst
from rb_studio.gui.dialogs.run_parts import row, spin
from rb_studio.gui.dialogs.unfolding import scrolling
from rb_studio.gui.rooms.memories import experiment_form
from rb_studio.gui.rooms.memories.experiment_form import (
    ALL,
    LEAVE_ONE_OUT,
    WHERE_RETRIEVED,
    ExperimentForm,
    Offer,
    Subject,
)

if TYPE_CHECKING:
    from sqlite3 import Connection

    from rb_studio.gui.frame import Frame
    from rb_studio.jobs.experiments import Cost, ExperimentRequest
    from rb_studio.models.settings import Settings

MOST = 1_000_000
TITLES = {LEAVE_ONE_OUT: "Leave one out", experiment_form.CURATION: "Test this curation"}


class ExperimentDialog(CostFirst):
    """Asks with an ExperimentRequest."""

    def __init__(self, frame: "Frame", subject: Subject, parent: QWidget | None = None) -> None:
        super().__init__(frame, TITLES[subject.kind], "Run", parent)
        self._offer: Offer | None = None
        self.form = ExperimentForm(subject, which=WHERE_RETRIEVED if subject.kind == LEAVE_ONE_OUT else ALL)
        self.what.setText(experiment_form.what(subject))
        self.before, self.after = combo("Before"), combo("After")
        self.suite, self.which, self.profile = combo("Suite"), combo("Tasks"), combo("Model")
        self.first = spin("At most so many tasks", 0, MOST, 0)
        self.first.setSpecialValueText("all")
        self.notes = spin("Experiences retrieved a task", 1, 50, 1)
        self.seeds = QLineEdit(self.form.seeds)
        self.seeds.setAccessibleName("Seeds")
        self.seeds.setPlaceholderText("0:3, 7")
        self.seeds.setToolTip(
            "Whole numbers or ranges like 0:5; each is a pair of runs. More seeds, a narrower interval"
        )
        self.fields = self._made_fields()
        self.fields.setEnabled(False)
        self.lay_out(scrolling(self.fields))
        metrics = self.fontMetrics()
        self.resize(metrics.averageCharWidth() * 84, metrics.height() * 29)
        self._connect()
        self.ask(partial(experiment_form.read_offer, subject=subject, settings=frame.settings), self._show_offer)

    def costing(self) -> "Callable[[Connection], Cost]":
        from rb_studio.jobs.experiments import estimate_cost

        request, settings = self.request()
        return partial(estimate_cost, request=request, settings=settings)

    def show_cost(self, cost: "Cost") -> None:
        self.allow(cost.sentence())

    def request(self) -> "tuple[ExperimentRequest, Settings]":
        assert self._offer is not None
        return self.form.request(self._offer), self._offer.facts.settings

    def _show_offer(self, offer: Offer) -> None:
        self._offer = offer
        self.fields.setEnabled(True)
        subject = self.form.subject
        fill(self.before, offer.befores(), subject.before)
        fill(self.after, offer.afters(), subject.after)
        fill(self.suite, offer.suites(), offer.suite)
        self._show_suite(offer)
        self.seeds.setFocus()
        self._changed()

    def _show_suite(self, offer: Offer) -> None:
        """What goes with the chosen suite."""
        suite = value(self.suite)
        fill(self.which, offer.which(suite, self.form.subject), self.form.which)
        fill(self.profile, offer.facts.profiles(suite), self.form.profile or offer.facts.settings.profile)

    def _suite_changed(self) -> None:
        if self._offer is not None:
            self._show_suite(self._offer)
            self._changed()

    def _changed(self) -> None:
        offer = self._offer
        if offer is None:
            return
        subject = self.form.subject
        if subject.kind != LEAVE_ONE_OUT:
            subject = replace(subject, before=value(self.before), after=value(self.after))
        self.form = ExperimentForm(
            subject,
            suite=value(self.suite),
            which=value(self.which),
            first=self.first.value(),
            seeds=self.seeds.text(),
            profile=value(self.profile),
            notes=self.notes.value(),
        )
        self.badge.setVisible(self.form.profile == "practice")
        self.chosen(self.form.problem(offer))

    def _connect(self) -> None:
        self.suite.activated.connect(self._suite_changed)
        for box in (self.before, self.after, self.which, self.profile):
            box.activated.connect(self._changed)
        for number in (self.first, self.notes):
            number.valueChanged.connect(self._changed)
        self.seeds.textChanged.connect(self._changed)

    def _made_fields(self) -> QWidget:
        fields = QWidget()
        form = form_layout(fields)
        if self.form.subject.kind != LEAVE_ONE_OUT:
            form.addRow("&Before", self.before)
            form.addRow("&After", self.after)
        form.addRow("S&uite", self.suite)
        form.addRow("&Tasks", self.which)
        form.addRow("At &most", row(self.first))
        form.addRow("&Seeds", self.seeds)
        form.addRow("Mo&del", self.profile)
        form.addRow("&Notes a task", row(self.notes))
        return fields
