"""The judge's prompt: edited in a dialog of its own."""

from typing import TYPE_CHECKING

from rb_studio.gui.commands.binding import Binding, bind
from rb_studio.gui.commands.registry import Command
from rb_studio.gui.rooms.verdicts.commands import WHERE
from rb_studio.gui.rooms.verdicts.offered_prompt import OFFERED
from rb_studio.gui.rooms.verdicts.parts import Part

if TYPE_CHECKING:
    from rb_studio.gui.rooms.verdicts.prompt_dialog import PromptDialog
    from rb_studio.gui.rooms.verdicts.view import VerdictsRoom

READ_ONLY = "The workspace is open for reading only."


class PromptPart(Part):
    """Opens the editor."""

    def __init__(self, room: "VerdictsRoom") -> None:
        super().__init__(room)
        self._room, self._frame = room, room.frame
        self.dialog: PromptDialog | None = None

    def commands(self) -> list[Command]:
        return bind(OFFERED, WHERE, {"verdicts.prompt.edit": Binding(self._edit, self._writable, READ_ONLY)})

    def _writable(self) -> bool:
        return self._frame.session.workspace.writable

    def _edit(self) -> None:
        from rb_studio.gui.rooms.verdicts.prompt_dialog import PromptDialog

        shown = self._room.presenter.shown
        asked = [one.name for one in shown.prompts.values()] if shown is not None else []
        self.dialog = PromptDialog(self._frame, self._room.window(), first=asked[-1] if asked else "")
        self.dialog.open()
