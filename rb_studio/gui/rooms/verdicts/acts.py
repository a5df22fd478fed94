"""What the room's commands do on screen."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QWidget

if TYPE_CHECKING:
    from rb_studio.gui.rooms.verdicts.view import VerdictsRoom

TABLE, LIST, PANEL = 0, 1, 2


class Acts(QObject):
    """Brings parts of the room to the front and copies what they show."""

    def __init__(self, room: "VerdictsRoom") -> None:
        super().__init__(room)
        self._room = room

    def list_cell(self, sides: Mapping[str, str]) -> None:
        """List the rollouts of a cell."""
        self._room.presenter.choose_cell(sides)
        self._room.parts.bring(LIST)
        self._room.list.table.setFocus()

    def focus_filter(self) -> None:
        """Type into the filter."""
        self._room.parts.bring(LIST)
        self._room.list.line.setFocus()
        self._room.list.line.selectAll()

    def next_pane(self) -> None:
        """Walk through what the left shows, the list, the verdict."""
        left = [(TABLE, widget) for widget in self._left()]
        stops = [*left, (LIST, self._room.list.table), (PANEL, self._room.panel.parsed)]
        now = next((place for place, (_, widget) in enumerate(stops) if widget.hasFocus()), -1)
        part, widget = stops[(now + 1) % len(stops)]
        self._room.parts.bring(part)
        widget.setFocus(Qt.FocusReason.TabFocusReason)

    def show_prompt(self) -> None:
        """The judge's prompt as it was sent."""
        self._room.parts.bring(PANEL)
        self._room.panel.show_prompt()

    def copy_list(self) -> None:
        """The selected rows, or all that were read, as tab-separated text."""
        if not self._room.list.selected_ids():
            self._room.list.table.selectAll()
        self._room.list.table.copy()
        self._room.say("The selected rollouts are on the clipboard")

    def copy_rates(self) -> None:
        """The rates as tab-separated text."""
        self._room.overview.rates.table.selectAll()
        self._room.overview.rates.table.copy()
        self._room.say("The rates are on the clipboard")

    def _left(self) -> list[QWidget]:
        """What takes the keyboard on the page in front at the left."""
        front = self._room.left.currentWidget()
        of_part = next((part.stops() for part in self._room.part_set.all if part.page() is front), None)
        overview = self._room.overview
        return [overview.matrix, overview.rates.table] if of_part is None else list(of_part)
