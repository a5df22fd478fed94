"""Messages over the window keep out of the way."""

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtWidgets import QApplication, QListWidget, QMainWindow, QPushButton, QSlider, QVBoxLayout, QWidget

from rb_studio.gui.widgets.toast import SHOWN, SHOWN_TO_ACT, Toast


@pytest.fixture
def rows(qtbot) -> Iterator[QListWidget]:
    window = QMainWindow()
    qtbot.addWidget(window)
    made = QListWidget()
    made.addItems([f"row {number}" for number in range(200)])
    window.setCentralWidget(made)
    window.resize(800, 600)
    window.show()
    window.activateWindow()
    made.setFocus()
    qtbot.waitUntil(made.hasFocus)
    yield made
    window.close()


@pytest.mark.parametrize("last", [False, True])
def test_a_message_does_not_cover_the_row_one_works_on(rows: QListWidget, qtbot, last: bool) -> None:
    window = rows.window()
    lowest = rows.indexAt(QPoint(5, rows.viewport().height() - 40)).row()
    rows.setCurrentRow(lowest if last else 0)
    toast = Toast(window)
    toast.say("It is done.")
    place = rows.visualItemRect(rows.currentItem())
    row = QRect(rows.viewport().mapTo(window, place.topLeft()), place.size())
    assert not toast.geometry().intersects(row)
    assert (toast.y() < window.height() // 2) == last
    toast.hide()


@pytest.mark.parametrize("size", [(800, 600), (1280, 800)])
def test_a_message_covers_no_control(rows: QListWidget, size: tuple[int, int]) -> None:
    window = rows.window()
    window.resize(*size)
    below, pressed = QWidget(), QPushButton("Follow")
    layout = QVBoxLayout(below)
    layout.addWidget(QSlider(Qt.Orientation.Horizontal))
    layout.addWidget(pressed)
    whole = QWidget()
    column = QVBoxLayout(whole)
    column.addWidget(window.takeCentralWidget())
    column.addWidget(below)
    window.setCentralWidget(whole)
    toast = Toast(window)
    toast.say("It is done.", "Undo", lambda: None)
    QApplication.processEvents()
    toast._place()
    held = QRect(below.mapTo(window, QPoint(0, 0)), below.size())
    assert held.bottom() > window.height() - toast.height() - 40, "it would be covered by what stands lowest"
    slider = below.findChild(QSlider)
    for one in (slider, pressed):
        assert not toast.geometry().intersects(QRect(one.mapTo(window, QPoint(0, 0)), one.size()))
    toast._timer.stop()
    toast.hide()


def test_a_message_with_something_to_do_stays_longer(rows: QListWidget) -> None:
    toast = Toast(rows.window())
    toast.say("It is done.")
    assert toast._timer.interval() == SHOWN
    toast.say("It is done.", "Undo", lambda: None)
    assert toast._timer.interval() == SHOWN_TO_ACT > SHOWN
    toast._timer.stop()
    toast.hide()


def test_foreign_words_in_a_message_are_shown_as_they_are(rows: QListWidget) -> None:
    toast = Toast(rows.window())
    toast.say("Read <b>x</b>.csv")
    assert toast.width() < 400
    assert toast.text() == "Read <b>x</b>.csv"
    toast._timer.stop()
    toast.hide()
