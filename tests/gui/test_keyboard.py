"""The window by keyboard alone: where it is, what a letter stands for, and what a message offers."""

import shutil
from collections import Counter
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QCheckBox,
    QComboBox,
    QDialog,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QTabBar,
    QTabWidget,
    QWidget,
)

from rb_studio.gui.rooms.room import Place
from rb_studio.gui.studio import Studio
from rb_studio.gui.theme import Theme
from rb_studio.gui.widgets.focus_ring import FocusRing
from rb_studio.gui.widgets.toast import TAKE
from rb_studio.gui.window import ROOMS
from tests.gui.conftest import ScriptedDialogs, let_go

LONG = 30_000
MOST_ROWS = 22  # what a menu shows in one column under the bar of a window 600 pixels high


@pytest.fixture
def studio(practised: Path, tmp_path: Path, qtbot):
    path = tmp_path / "mine.rbank"
    shutil.copyfile(practised, path)
    made = Studio([path], dialogs=ScriptedDialogs())
    made.window.resize(800, 600)
    made.window.show()
    qtbot.waitUntil(lambda: made.frame is not None, timeout=LONG)
    made.window.activateWindow()
    yield made
    made.close()
    made.window.hide()
    made.window.deleteLater()
    made.deleteLater()
    let_go()


@pytest.fixture
def ring(qapp):
    theme = Theme("light")
    made = FocusRing(theme, theme)
    yield made
    theme.deleteLater()


def letters(window) -> Counter[str]:
    """What Alt with a letter may stand for, of all that is on screen."""
    shown = [action.text() for action in window.menuBar().actions() if action.isVisible()]
    for widget in window.findChildren(QWidget):
        if not widget.isVisible():
            continue
        if isinstance(widget, QAbstractButton) or (isinstance(widget, QLabel) and widget.buddy() is not None):
            shown.append(widget.text())
        elif isinstance(widget, QTabBar):
            shown += [widget.tabText(place) for place in range(widget.count()) if widget.isTabVisible(place)]
    keys = [QKeySequence.mnemonic(text).toString() for text in shown]
    return Counter(key for key in keys if key)


@pytest.mark.parametrize("name", ROOMS)
def test_a_room_starts_the_keyboard_at_something_on_screen(studio, qtbot, name):
    room = studio.window.show_room(name)
    if name == "scaling":
        qtbot.waitUntil(lambda: room.panes["curves"].plot is not None, timeout=LONG)
        room.setFocus()
    qtbot.waitUntil(lambda: studio.window.focusWidget() is not None)
    at = studio.window.focusWidget()
    assert room.isAncestorOf(at)
    assert at.isVisible()


@pytest.mark.parametrize("name", ROOMS)
def test_no_letter_with_alt_stands_for_two_things_on_screen(studio, qtbot, name):
    room = studio.window.show_room(name)
    if name == "scaling":
        qtbot.waitUntil(lambda: room.panes["curves"].plot is not None, timeout=LONG)
    for tabs in [None, *room.findChildren(QTabWidget)]:
        for place in range(tabs.count() if tabs is not None else 1):
            if tabs is not None and tabs.isVisible():
                tabs.setCurrentIndex(place)
            twice = {key for key, times in letters(studio.window).items() if times > 1}
            assert not twice, tabs and tabs.tabText(place)


@pytest.mark.parametrize("name", ROOMS)
def test_no_menu_is_longer_than_a_small_window(studio, name):
    studio.window.show_room(name)
    menus = [action.menu() for action in studio.window.menuBar().actions() if action.isVisible()]
    while menus:
        menu = menus.pop()
        rows = [one for one in menu.actions() if one.isVisible() and not one.isSeparator()]
        assert len(rows) <= MOST_ROWS, menu.title()
        menus += [one.menu() for one in rows if one.menu() is not None]


def test_a_cell_leads_to_its_list_and_a_row_to_its_verdict_by_enter_in_a_small_window(studio, qtbot):
    room = studio.window.show_room("verdicts")
    assert room.parts.narrow
    qtbot.waitUntil(lambda: room.presenter.report.valid > 0, timeout=LONG)
    assert room.overview.matrix.hasFocus()
    qtbot.keyClick(room.overview.matrix, Qt.Key.Key_Return)
    assert room.list.table.isVisible()
    assert room.list.table.hasFocus()
    qtbot.waitUntil(lambda: room.list.model.rowCount() > 0)
    qtbot.keyClick(room.list.table, Qt.Key.Key_Down)
    qtbot.waitUntil(lambda: room.list.current() is not None)
    qtbot.keyClick(room.list.table, Qt.Key.Key_Return)
    qtbot.waitUntil(room.panel.parsed.isVisible)
    assert room.panel.parsed.hasFocus()
    studio.window.show_room("tasks")
    studio.window.show_room("verdicts")
    assert room.panel.parsed.hasFocus()


def test_what_a_message_offers_is_taken_by_a_key_while_it_is_on_screen(studio, qtbot):
    window, done = studio.window, []
    action = window.registry.action("view.message")
    assert not action.isEnabled()
    window.toast.say("It is done.", "Look & see", lambda: done.append("looked"))
    assert action.isEnabled()
    assert action.text() == "&Message: Look && see"
    assert action.shortcut() == QKeySequence(TAKE)
    action.trigger()
    assert done == ["looked"]
    assert not window.toast.isVisible()
    assert not action.isEnabled()
    window.toast.say("Nothing to do about it.")
    assert not action.isEnabled()


def test_the_curves_of_the_practice_are_those_over_the_stream(studio, qtbot):
    studio.window.go(Place("scaling", {"figure": "stream"}))
    assert studio.window.present_room.present_figure == "stream"
    studio.window.go(Place("scaling", {}))
    assert studio.window.present_room.present_figure == "stream"


def painted(widget: QWidget, colour: str) -> int:
    image = widget.grab().toImage()
    spots = ((x, y) for x in range(image.width()) for y in range(image.height()))
    return sum(image.pixelColor(x, y).name() == colour for x, y in spots)


@pytest.mark.parametrize("make", [QComboBox, QCheckBox, QPushButton])
def test_the_ring_is_drawn_where_the_keyboard_is_and_nowhere_else(ring, qtbot, make):
    dialog = QDialog()
    qtbot.addWidget(dialog)
    one, line = make(), QLineEdit()
    layout = QHBoxLayout(dialog)
    layout.addWidget(one)
    layout.addWidget(line)
    dialog.show()
    qtbot.waitExposed(dialog)
    dialog.activateWindow()
    line.setFocus()
    colour = ring._theme.colours.accent
    before = painted(one, colour)
    one.setFocus(Qt.FocusReason.TabFocusReason)
    qtbot.waitUntil(lambda: ring.at is one)
    assert painted(one, colour) > before + 20
    line.setFocus()
    qtbot.waitUntil(lambda: ring.at is None)
    assert painted(one, colour) == before


def test_the_ring_of_a_filled_button_stands_out_of_its_filling(ring, qtbot):
    button = QPushButton("Run")
    button.setProperty("primary", True)
    qtbot.addWidget(button)
    dialog = QWidget()
    qtbot.addWidget(dialog)
    QHBoxLayout(dialog).addWidget(button)
    dialog.show()
    dialog.activateWindow()
    button.setFocus(Qt.FocusReason.TabFocusReason)
    qtbot.waitUntil(lambda: ring.at is button)
    assert QApplication.focusWidget() is button
    assert painted(button, ring._theme.colours.on_accent) > button.width()


def test_a_widget_that_goes_with_the_ring_takes_nothing_along(ring, qtbot):
    dialog = QDialog()
    one = QComboBox(dialog)
    dialog.show()
    dialog.activateWindow()
    one.setFocus(Qt.FocusReason.TabFocusReason)
    qtbot.waitUntil(lambda: ring.at is one)
    dialog.close()
    dialog.deleteLater()
    let_go()
    other = QComboBox()
    qtbot.addWidget(other)
    other.show()
    other.activateWindow()
    other.setFocus(Qt.FocusReason.TabFocusReason)
    qtbot.waitUntil(lambda: ring.at is other)
