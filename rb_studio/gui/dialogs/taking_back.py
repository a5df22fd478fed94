"""What was done, said in a toast that can take it back."""

from functools import partial
from typing import TYPE_CHECKING

from rb_studio.store import operations

if TYPE_CHECKING:
    from rb_studio.gui.frame import Frame
    from rb_studio.store.changes import ChangeRecord

SCOPE = "tasks"


def say_done(frame: "Frame", sentence: str, change: "ChangeRecord") -> None:
    """Tell what became of an operation; with Undo where it is in the journal."""
    if change.operation is None:
        frame.toast(sentence)
    else:
        frame.toast(sentence, "Undo", partial(_take_back, frame, change.operation))


def _take_back(frame: "Frame", operation: int) -> None:
    frame.session.operate(partial(operations.undo, scope=SCOPE, only=operation))
