"""The sweep builder beside the room: one, and what was typed into it stays."""

from typing import TYPE_CHECKING, Any

from rb_studio.gui.rooms.scaling.parts import Part
from rb_studio.gui.rooms.scaling.sweep_form import SweepForm

if TYPE_CHECKING:
    from rb_studio.gui.rooms.scaling.sweep_dialog import SweepDialog
    from rb_studio.gui.rooms.scaling.view import ScalingRoom


class SweepPart(Part):
    """Opens the builder, and keeps what stands in it, also over a restart."""

    name = "sweep"

    def __init__(self, room: "ScalingRoom") -> None:
        super().__init__(room)
        self._room = room
        self._form: SweepForm | None = None
        self.dialog: SweepDialog | None = None

    def open(self) -> None:
        """The builder as it was left; the first time on the suite that is shown."""
        from rb_studio.gui.rooms.scaling.sweep_dialog import SweepDialog

        room = self._room
        if self.dialog is None:
            self.dialog = SweepDialog(room.frame, room.presenter.suite, room, form=self._form)
            self.dialog.started.connect(room.presenter.follow_newest)
        elif not self.dialog.isVisible():
            self.dialog.read_again()
        self.dialog.show()
        self.dialog.raise_()
        self.dialog.activateWindow()

    def place_to_keep(self) -> dict[str, Any]:
        form = self.dialog.form if self.dialog is not None else self._form
        return {} if form is None else form.to_json()

    def restore_place(self, kept: dict[str, Any]) -> None:
        """What cannot be read any more is begun anew."""
        try:
            self._form = SweepForm.from_json(kept) if kept else None
        except (TypeError, AttributeError):
            self._form = None

    def closing(self) -> None:
        if self.dialog is not None:
            self.dialog.close()
