"""The reviews of one workspace: blind or not, and its queues; kept on disk with every step."""

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from rb_studio.gui.review.blind import Blind
from rb_studio.gui.review.queue import Queue
from rb_studio.gui.rooms.memories.draft_file import DraftFile
from rb_studio.models.folders import data_folder

if TYPE_CHECKING:
    from rb_studio.gui.frame import Frame

_NAME = "reviews"


class Reviews(QObject):
    """One for each window's session, shared by its rooms; ask `reviews_of(frame)`.

    Signals
    -------
    queue_changed
        A queue is another one now, or gone; carries its name.
    """

    queue_changed = Signal(str)

    def __init__(self, frame: "Frame") -> None:
        super().__init__(frame.session)
        self._frame = frame
        self._file = DraftFile(data_folder() / _NAME, frame.session.workspace.path)
        kept = self._file.read()
        queues = kept.get("queues")
        found = {str(name): Queue.from_plain(one) for name, one in queues.items()} if isinstance(queues, dict) else {}
        self._queues = {name: one for name, one in found.items() if one is not None}
        self._written = 0
        self.blind = Blind(kept.get("blind") is True, self)
        self.blind.changed.connect(self._keep)

    def queue(self, name: str) -> Queue | None:
        """A room's queue."""
        return self._queues.get(name)

    def set_queue(self, name: str, queue: Queue | None) -> None:
        """A queue went on, began or ended."""
        if queue == self._queues.get(name):
            return
        if queue is None:
            del self._queues[name]
        else:
            self._queues[name] = queue
        self._keep()
        self.queue_changed.emit(name)

    def _keep(self, _blind: bool = False) -> None:
        self._written += 1
        queues = {name: queue.to_plain() for name, queue in self._queues.items()}
        write = partial(self._file.write, {"blind": self.blind.on, "queues": queues}, self._written)
        self._frame.session.background(write, _kept, self._frame.toast)


def reviews_of(frame: "Frame") -> Reviews:
    """The reviews of a window's session, made when first asked for."""
    found = frame.extras.get(_NAME)
    if not isinstance(found, Reviews):
        found = frame.extras[_NAME] = Reviews(frame)
    return found


def _kept(_nothing: None) -> None:
    """Nothing is to be said of what went well."""
