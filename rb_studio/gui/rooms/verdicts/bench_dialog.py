"""Asks with whose model, by which prompt and how often rollouts are judged again, and tells first what that takes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QWidget

from rb_studio.gui.dialogs.choice import Choice
from rb_studio.gui.dialogs.choosing import combo, fill, form_layout, value
from rb_studio.gui.dialogs.cost_first import CostFirst, profile_choices
from rb_studio.gui.dialogs.run_parts import decimal, spin

if TYPE_CHECKING:
    from sqlite3 import Connection

    from rb_studio.gui.frame import Frame
    from rb_studio.jobs.estimates import Estimate
    from rb_studio.jobs.judging import JudgingRequest
    from rb_studio.models.settings import Settings

TITLE = "Judge again"
WHAT = "{} before a judge once more. What it says is kept apart: no figure, no list and no memory goes by it."
NO_TASKS = "no task of these rollouts is stored, and a judge is shown the task: import the tasks first"
MOST_COST = 10_000.0


@dataclass(frozen=True, slots=True)
class _Offer:
    settings: "Settings"
    prompts: list[Choice]
    texts: Mapping[str, tuple[str, str]]


class BenchDialog(CostFirst):
    """Asks with a JudgingRequest."""

    def __init__(self, frame: "Frame", request: "JudgingRequest", parent: QWidget | None = None) -> None:
        super().__init__(frame, TITLE, "&Judge", parent)
        self._request = request
        self._offer: _Offer | None = None
        number = len(request.rollouts)
        self.what.setText(WHAT.format("1 rollout is put" if number == 1 else f"{number:,} rollouts are put"))
        self.profile, self.prompt = combo("Model"), combo("Prompt")
        self.times = spin("How often each is asked about", 1, 100, 1)
        self.limit = decimal("Spend at most", 0.0, MOST_COST, 0.0, 0.1, " $")
        self.limit.setSpecialValueText("no limit")
        self.limit.setToolTip("The judging pauses once so many US dollars are known to be spent")
        fields = QWidget()
        form = form_layout(fields)
        form.setContentsMargins(0, 0, 0, 0)
        form.addRow("&Model", self.profile)
        form.addRow("&Prompt", self.prompt)
        form.addRow("&Times each", self.times)
        form.addRow("&Spend at most", self.limit)
        self.lay_out(fields)
        self.setMinimumWidth(self.fontMetrics().averageCharWidth() * 66)
        for box in (self.profile, self.prompt):
            box.activated.connect(self._changed)
        for number_box in (self.times, self.limit):
            number_box.valueChanged.connect(self._changed)
        self.ask(partial(_read_offer, settings=frame.settings()), self._show_offer)

    def costing(self) -> "Callable[[Connection], Estimate]":
        from rb_studio.jobs.judging import estimate_judging

        request, settings = self.request()
        return lambda conn: estimate_judging(conn, request, settings)

    def show_cost(self, found: "Estimate") -> None:
        if found.calls:
            self.allow(found.sentence())
        else:
            self.refuse(NO_TASKS)

    def request(self) -> "tuple[JudgingRequest, Settings]":
        assert self._offer is not None
        return self._request, self._offer.settings

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
            max_cost=self.limit.value() or None,
        )
        self.badge.setVisible(self._request.profile == "practice")
        self.chosen()


def _read_offer(conn: "Connection", settings: "Settings") -> _Offer:
    from rb_studio.gui.rooms.verdicts.bench_reads import prompt_choices

    return _Offer(settings, *prompt_choices(conn))
