"""Distilling chosen rollouts from the window: asked for, done as a job, and what came of it."""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from rb_studio.gui.rooms.trajectories.compare_reads import Chosen
from rb_studio.gui.rooms.trajectories.plain import count

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
        from rb_studio.gui.rooms.trajectories.distil_dialog import distil

        learned = partial(self._learned, request, done)
        distil(self._frame, TITLE, "comparison", (request, settings), self._frame.toast, learned)

    def _learned(self, request: "LearnRequest", done: Callable[[Chosen, str, Items], None], learned: "Learned") -> None:
        if self._stopped:
            return
        self._frame.toast(f"{count(len(learned.item_uids), 'candidate item')} in the bank {learned.bank}.")
        uids = learned.item_uids

        def show(items: Items) -> None:
            if not self._stopped:
                done(request.rollouts, learned.bank, items)

        self._frame.session.query("distilled items", lambda conn: _titles(conn, uids), show)


def _titles(conn: "Connection", uids: tuple[str, ...]) -> Items:
    from rb_studio.store.rows import select_in

    sql = (
        "SELECT i.uid, (SELECT title FROM item_version v WHERE v.item = i.id ORDER BY v.id DESC LIMIT 1) AS title "
        "FROM memory_item i WHERE i.uid IN ({}) ORDER BY i.id"
    )
    return tuple(
        {row["uid"]: (row["uid"], row["title"] or row["uid"][:8]) for row in select_in(conn, sql, uids)}.values()
    )
