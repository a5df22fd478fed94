"""The menu of ready filters."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from rb_studio.gui.rooms.tasks.filter_bar import FilterBar
from rb_studio.gui.rooms.tasks.filter_menu import MOST


@pytest.fixture
def bar(qtbot) -> FilterBar:
    made = FilterBar()
    qtbot.addWidget(made)
    made.show_facets({"site": [("shop", 3), ("the map", 1)], "template": [(f"t{n}", 1) for n in range(MOST + 4)]})
    return made


def entries(bar: FilterBar, title: str) -> dict:
    return {action.text().split("\t")[0]: action for action in bar.menu.parts[title].actions()}


def test_sites_of_the_suite_are_offered_with_their_counts_and_ticked_when_set(bar: FilterBar) -> None:
    said = []
    bar.changed.connect(said.append)
    entries(bar, "Site")["the map"].trigger()
    assert said == ['site:"the map"']
    assert entries(bar, "Site")["the map"].isChecked()
    assert not entries(bar, "Site")["shop"].isChecked()
    entries(bar, "Site")["the map"].trigger()
    assert bar.line.text() == ""
    assert not entries(bar, "Site")["the map"].isChecked()


def test_the_menu_opened_by_keyboard_does_not_hold_up_whoever_opened_it(bar: FilterBar, qtbot) -> None:
    bar.show()
    bar.open_menu()
    assert bar.menu.isVisible()
    for key in (Qt.Key.Key_Down, Qt.Key.Key_Right, Qt.Key.Key_Return):
        qtbot.keyClick(QApplication.activePopupWidget(), key)
    assert bar.line.text() == "result:always"
    assert not bar.menu.isVisible()


def test_a_filter_that_is_shown_is_not_acted_on_while_the_line_itself_knows(bar: FilterBar) -> None:
    said, drawn = [], []
    bar.changed.connect(said.append)
    bar.line.textChanged.connect(drawn.append)  # what the clear button goes by
    bar.show_text("result:untried")
    assert entries(bar, "Last rollout")["not tried yet"].isChecked()
    bar.show_text("")
    assert drawn == ["result:untried", ""]
    assert said == []
    bar.line.setText("words")
    assert said == ["words"]


def test_another_difficulty_takes_the_place_of_the_last_and_words_stay(bar: FilterBar) -> None:
    bar.line.setText("orders")
    entries(bar, "Difficulty")["mixed"].trigger()
    entries(bar, "Difficulty")["never solved"].trigger()
    assert bar.line.text() == "orders result:never"
    assert entries(bar, "Difficulty")["never solved"].isChecked()


def test_many_templates_are_cut_and_the_cut_is_said(bar: FilterBar) -> None:
    offered = entries(bar, "Template")
    assert list(offered)[-1] == "4 more: type template:NAME"
    assert len(offered) == MOST + 1


def test_a_suite_without_sites_greys_the_menu(bar: FilterBar) -> None:
    bar.show_facets({"site": [], "template": []})
    assert not bar.menu.parts["Site"].isEnabled()
    assert bar.menu.parts["Difficulty"].isEnabled()


@pytest.mark.parametrize(("count", "told"), [((1, 1), "1 task"), ((3, 3), "3 tasks"), ((1, 1200), "1 of 1,200")])
def test_the_count_is_said_in_words(bar: FilterBar, count: tuple[int, int], told: str) -> None:
    bar.show_count(*count)
    assert bar.count.text() == told
