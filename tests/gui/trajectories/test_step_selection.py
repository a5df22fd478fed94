"""Steps are selected in their list too, by keys and clicks, and stay selected wherever they are shown."""

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor

from rb_studio.gui.rooms.trajectories.levels import Level
from rb_studio.gui.rooms.trajectories.opened import Opened
from rb_studio.gui.rooms.trajectories.view import TrajectoriesRoom
from tests.gui.trajectories.test_view import go


def middle(outline, step: int) -> QPoint:
    return outline.visualRect(outline.rows.index(step - 1)).center()


def click(qtbot, outline, step: int, held: Qt.KeyboardModifier) -> None:
    qtbot.mouseClick(outline.viewport(), Qt.MouseButton.LeftButton, held, middle(outline, step))


def test_shift_and_ctrl_select_in_the_list_of_steps(room: TrajectoriesRoom, keys, qtbot, practised_rollout) -> None:
    go(room, qtbot, practised_rollout)
    room.panels.step.set_level(Level.OUTLINE)
    outline, presenter = room.panels.step.outline, room.presenter
    outline.setFocus()
    keys("Shift+Down", outline)
    keys("Shift+Down", outline)
    assert (presenter.selected, presenter.step) == ((1, 2, 3), 3)
    keys("Shift+Up", outline)
    assert presenter.selected == (1, 2)
    click(qtbot, outline, 4, Qt.KeyboardModifier.ControlModifier)
    assert (presenter.selected, presenter.step) == ((1, 2, 4), 2)
    lit = QColor(room.frame.theme.colours.selection)
    shown = [outline.rows.index(row).data(Qt.ItemDataRole.BackgroundRole) == lit for row in range(4)]
    assert shown == [True, True, False, True]
    click(qtbot, outline, 1, Qt.KeyboardModifier.ShiftModifier)
    assert (presenter.selected, presenter.step) == ((1, 2, 3, 4), 1)
    keys("Down", outline)
    assert (presenter.selected, presenter.step) == ((), 2)


def test_what_a_place_names_is_selected_in_the_list_too(room, qtbot, practised_rollout: Opened) -> None:
    room.panels.step.set_level(Level.OUTLINE)
    room.show_place({"rollout": practised_rollout.row.uid, "steps": [2, 3]})
    qtbot.waitUntil(lambda: room.presenter.selected == (2, 3))
    assert room.panels.step.outline.rows._selected == {2, 3}
