"""Tools that compare items make the vectors that are lacking before they begin."""

from typing import TYPE_CHECKING

from rb_studio.gui.rooms.memories.slow import Ticket
from rb_studio.jobs.reembed import reembed
from rb_studio.store.changes import ChangeRecord

if TYPE_CHECKING:
    from rb_studio.gui.frame import Frame


def make_vectors(frame: "Frame", bank: int, ticket: Ticket) -> None:
    """Make and keep what a bank lacks, in a process of its own; what is made before a stop stays."""
    workspace = frame.session.workspace
    if workspace.writable:
        reembed(workspace, bank, frame.settings().embedder, told=ticket.tell)


def step_told(frame: "Frame", doing: str, done: int, total: int) -> str:
    """What goes on, where only vectors are counted; once all are there, those who show how that stands hear of it."""
    if total and done == total:
        tell_made(frame)
    return f"Making vectors: {done:,} of {total:,}" if total else doing


def tell_made(frame: "Frame") -> None:
    """There are new vectors."""
    frame.session.changed.emit(ChangeRecord("Embed items", "rb_studio", ("vector",)))
