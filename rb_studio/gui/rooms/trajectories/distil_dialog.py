"""Asks by which label, with whose model and into which bank chosen rollouts are distilled, and what that takes."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtWidgets import QWidget

from rb_studio.gui.dialogs.choice import Choice
from rb_studio.gui.dialogs.choosing import combo, fill, form_layout, value
from rb_studio.gui.dialogs.cost_first import CostFirst, host_of, profile_choices
from rb_studio.store.changes import ChangeRecord

if TYPE_CHECKING:
    from sqlite3 import Connection

    from rb_studio.gui.frame import Frame
    from rb_studio.jobs.estimates import Estimate
    from rb_studio.jobs.learn_groups import LearnRequest
    from rb_studio.jobs.learning import Learned
    from rb_studio.models.settings import Settings

LABELS = {"judge": "What the judge said", "human": "What a person said", "gt": "Ground truth"}
OWN_BANK = "reasoningbank"
CHANGED = ("bank", "experience", "memory_item", "item_version", "item_state", "item_tag")


@dataclass(frozen=True, slots=True)
class _Offer:
    banks: tuple[str, ...]
    settings: "Settings"


class DistilDialog(CostFirst):
    """Asks with a LearnRequest."""

    def __init__(
        self, frame: "Frame", request: "LearnRequest", title: str, what: str, parent: QWidget | None = None
    ) -> None:
        super().__init__(frame, title, "&Distil", parent)
        self._request = request
        self._offer: _Offer | None = None
        self.what.setText(what)
        self.label, self.profile, self.bank = combo("Label"), combo("Model"), combo("Bank")
        fill(self.label, [Choice(key, text) for key, text in LABELS.items()], request.label)
        fields = QWidget()
        form = form_layout(fields)
        form.setContentsMargins(0, 0, 0, 0)
        form.addRow("&Outcome by", self.label)
        form.addRow("&Model", self.profile)
        form.addRow("&Bank", self.bank)
        self.lay_out(fields)
        self.setMinimumWidth(self.fontMetrics().averageCharWidth() * 66)
        for box in (self.label, self.profile, self.bank):
            box.activated.connect(self._changed)
        self.ask(partial(_read_offer, settings=frame.settings()), self._show_offer)

    def costing(self) -> "Callable[[Connection], Estimate]":
        from rb_studio.jobs.learning import estimate_learning

        request, settings = self.request()
        return lambda conn: estimate_learning(conn, request, settings)

    def show_cost(self, found: "Estimate") -> None:
        if found.calls:
            self.allow(found.sentence())
        else:
            label = LABELS[self._request.label].lower()
            self.refuse(f"nothing can be learned: by this label ({label}) the outcome of these rollouts is not known")

    def request(self) -> "tuple[LearnRequest, Settings]":
        assert self._offer is not None
        return self._request, self._offer.settings

    def _show_offer(self, offer: _Offer) -> None:
        self._offer = offer
        fill(self.profile, profile_choices(offer.settings), offer.settings.profile)
        fill(self.bank, [Choice(name, name) for name in offer.banks], self._request.bank)
        self._changed()

    def _changed(self, *_: object) -> None:
        if self._offer is None:
            return
        label, profile, bank = value(self.label), value(self.profile), value(self.bank)
        self._request = replace(self._request, label=label, profile=profile, bank=bank)
        self.badge.setVisible(self._request.profile == "practice")
        self.chosen()


def distil(
    frame: "Frame",
    title: str,
    unit: str,
    asked: "tuple[LearnRequest, Settings]",
    say: Callable[[str], None],
    done: "Callable[[Learned], None]",
) -> None:
    """Do what was asked for as a job that counts in `unit`s.

    `done` is called where there are new items, once every room was told of them; else `say` with why there are none.
    """
    (request, settings), jobs, workspace = asked, frame.jobs, frame.session.workspace

    def work(cancel: Any, _begun: Any) -> "Learned":
        from rb_studio.jobs.learning import learn_from

        told = partial(jobs.count, unit)
        return learn_from(workspace, request, settings, cancel=cancel, on_group=told, isolated=True)

    def ended(learned: "Learned") -> None:
        if learned.items:
            frame.session.changed.emit(ChangeRecord(title, "learn", CHANGED))
            done(learned)
        else:
            say(f"Nothing was distilled: {'; '.join(learned.reasons) or 'the distiller gave no item'}.")

    jobs.do(title, host_of(request.profile or "", settings), work, ended)


def _read_offer(conn: "Connection", settings: "Settings") -> _Offer:
    from rb_studio.jobs.learn_groups import MODE
    from rb_studio.store import banks

    names = [row.name for row in banks.banks(conn) if row.mode == MODE]
    return _Offer(tuple(dict.fromkeys((OWN_BANK, *names))), settings)
