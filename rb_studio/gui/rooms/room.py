"""What every room is to the window."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from rb_studio.gui.commands.registry import Command

if TYPE_CHECKING:
    from rb_studio.gui.frame import Frame


@dataclass(frozen=True, slots=True)
class Place:
    """Where to go: a room and what to show there.

    `target` is the room's own: for trajectories `{"rollout": uid, "step": n}` or `{"rollouts": [uid, ...]}`, for
    memories `{"item": id}` or `{"query": text}`, for verdicts and scaling `{"sweep": id}`.
    """

    room: str
    target: dict[str, Any]


class Room(QWidget):
    """A room is built when first shown and lives as long as the window's session.

    Signals
    -------
    go
        Asks the window to show another place; carries a Place.
    """

    go = Signal(object)
    name = ""
    title = ""

    def __init__(self, frame: "Frame", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.frame = frame

    def commands(self) -> list[Command]:
        """The room's own commands, registered when the room is built."""
        return []

    def show_place(self, target: dict[str, Any]) -> None:
        """Go to something in this room."""

    def entered(self) -> None:
        """The room is on screen now: refresh what became stale."""

    def place_to_keep(self) -> dict[str, Any]:
        """Selection, filter and scroll to restore at the next start, as plain JSON."""
        return {}

    def restore_place(self, kept: dict[str, Any]) -> None:
        """Come back to what `place_to_keep` gave."""

    def undo_scope(self) -> str | None:
        """The scope Ctrl+Z acts on while this room has the focus."""
        return None

    def closing(self) -> None:
        """Let go of threads and timers."""
