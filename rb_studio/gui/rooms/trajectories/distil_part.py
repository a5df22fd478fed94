"""Distilling chosen rollouts from the window: asked for, done as a job, and what came of it."""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from rb_studio.gui.rooms.trajectories.compare_reads import Chosen
from rb_studio.gui.rooms.trajectories.plain import count
from rb_studio.store.changes import ChangeRecord

if TYPE_CHECKING:
    from sqlite3 import Connection

    from rb_studio.gui.frame import Frame
    from rb_studio.jobs.learn_groups import LearnRequest
    from rb_studio.jobs.learning import Learned
    from rb_studio.models.settings import Settings

TITLE = "Distil the difference"
WHAT = (
    "The distiller is shown these {} rollouts with their outcomes and says what made the difference. What it writes "
    "become candidate items: nothing retrieves them before somebody makes them active."
)
LEARNED = ("bank", "experience", "memory_item", "item_version", "item_state", "item_tag")
Items = tuple[tuple[str, str], ...]


class Distilling(QObject):
    """One question at a time; the answer goes to whom asked, if the room is still there."""

    def __init__(self, frame: "Frame", parent: QWidget) -> None:
        super().__init__(parent)
        self._frame, self._parent = frame, parent
        self._stopped = False

    def ask(self, chosen: Chosen, done: Callable[[Chosen, str, Items], None]) -> None:
        """Ask what is to be distilled how, and do it."""
        from rb_studio.gui.rooms.trajectories.distil_dialog import DistilDialog
        from rb_studio.jobs.learn_groups import CHOSEN, LearnRequest

        request = LearnRequest(rollouts=chosen, contrast=CHOSEN)
        dialog = DistilDialog(self._frame, request, TITLE, WHAT.format(len(chosen)), self._parent.window())
        dialog.asked.connect(partial(self._begin, done))
        dialog.open()

    def stop(self) -> None:
        """Nobody waits for an answer any more."""
        self._stopped = True

    def _begin(self, done: Callable[[Chosen, str, Items], None], request: "LearnRequest", settings: "Settings") -> None:
        from rb_studio.gui.dialogs.cost_first import host_of

        jobs, workspace = self._frame.jobs, self._frame.session.workspace

        def work(cancel: Any, _begun: Any) -> "Learned":
            from rb_studio.jobs.learning import learn_from

            told = partial(jobs.count, "comparison")
            return learn_from(workspace, request, settings, cancel=cancel, on_group=told, isolated=True)

        jobs.do(TITLE, host_of(request.profile or "", settings), work, partial(self._learned, request, done))

    def _learned(self, request: "LearnRequest", done: Callable[[Chosen, str, Items], None], learned: "Learned") -> None:
        if self._stopped:
            return
        if not learned.item_uids:
            reasons = "; ".join(learned.reasons) or "the distiller gave no item"
            self._frame.toast(f"Nothing was distilled: {reasons}.")
            return
        self._frame.toast(f"{count(len(learned.item_uids), 'candidate item')} in the bank {learned.bank}.")
        tell_learned(self._frame)
        uids = learned.item_uids

        def show(items: Items) -> None:
            if not self._stopped:
                done(request.rollouts, learned.bank, items)

        self._frame.session.query("distilled items", lambda conn: _titles(conn, uids), show)


def tell_learned(frame: "Frame") -> None:
    """Tell every room that there are items more: a job has stored them, and jobs bring no change record."""
    frame.session.changed.emit(ChangeRecord("Distil rollouts", "learn", LEARNED))


def _titles(conn: "Connection", uids: tuple[str, ...]) -> Items:
    from rb_studio.store.rows import select_in

    sql = (
        "SELECT i.uid, (SELECT title FROM item_version v WHERE v.item = i.id ORDER BY v.id DESC LIMIT 1) AS title "
        "FROM memory_item i WHERE i.uid IN ({}) ORDER BY i.id"
    )
    return tuple(
        {row["uid"]: (row["uid"], row["title"] or row["uid"][:8]) for row in select_in(conn, sql, uids)}.values()
    )
