"""From a verdict to its rollouts: what leads from this room to Trajectories."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from rb_studio.gui.rooms.room import Place
from rb_studio.store.verdict_reads import Cell

if TYPE_CHECKING:
    from rb_studio.gui.frame import Frame
    from rb_studio.gui.rooms.verdicts.presenter import VerdictsPresenter


class Opening(QObject):
    """Signals
    -------
    go
        Another place is to be shown; carries a Place.
    """

    go = Signal(object)

    def __init__(self, frame: "Frame", presenter: "VerdictsPresenter", parent: QObject) -> None:
        super().__init__(parent)
        self._frame = frame
        self._presenter = presenter

    def current(self) -> None:
        """The rollout that is shown, step by step."""
        shown = self._presenter.shown
        if shown is not None:
            self._open([shown.detail.rollout.uid])

    def step(self, step: int) -> None:
        """One step of the rollout that is shown."""
        shown = self._presenter.shown
        if shown is not None:
            self.go.emit(Place("trajectories", {"rollout": shown.detail.rollout.uid, "step": step}))

    def listed(self) -> None:
        """All listed rollouts."""
        self._presenter.uids_of(self._presenter.cell, self._open)

    def cell(self, sides: Mapping[str, str]) -> None:
        """All rollouts of a cell."""
        self._presenter.uids_of(Cell(dict(sides)), self._open)

    def _open(self, uids: Sequence[str]) -> None:
        if len(uids) == 1:
            self.go.emit(Place("trajectories", {"rollout": uids[0]}))
        elif uids:
            self.go.emit(Place("trajectories", {"rollouts": list(uids)}))
        else:
            self._frame.toast("There is no rollout in that cell.")
