"""Facets: which sections show, what a click or key says, with Alt and Shift."""

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QTreeWidgetItem
from pytestqt.qtbot import QtBot

from rb_studio.gui.frame import Frame
from rb_studio.gui.rooms.memories.facet_panel import FacetPanel
from rb_studio.gui.rooms.memories.view import MemoriesRoom
from rb_studio.jobs.item_query import clauses
from rb_studio.store.item_facets import Facets

FACETS = Facets(
    total=9,
    states={"active": 8, "archived": 1},
    polarities={"success": 6, "": 3},
    tags={"needs work": 4, "b": 2},
    sources={"run": 8, "hand": 1},
    runs={"12": 5, "3": 3},
    modes={"reasoningbank": 9},
    models={"m": 8, "": 1},
    used={"0": 5, ">=1": 4},
)


@pytest.fixture
def panel(frame: Frame, qtbot: QtBot) -> FacetPanel:
    made = FacetPanel(frame.theme)
    qtbot.addWidget(made)
    made.show_facets(FACETS, [])
    made.show()
    return made


def sections(panel: FacetPanel) -> list[str]:
    return [panel.topLevelItem(row).text(0) for row in range(panel.topLevelItemCount())]


def entry(panel: FacetPanel, text: str) -> QTreeWidgetItem:
    (found,) = panel.findItems(text, Qt.MatchFlag.MatchExactly | Qt.MatchFlag.MatchRecursive, 0)
    return found


def test_a_field_of_one_value_offers_no_choice_and_is_left_out(panel: FacetPanel) -> None:
    assert sections(panel) == ["State", "Learned from", "Tags", "Source", "Run", "Used", "Model"]
    panel.show_facets(replace(FACETS, runs={"12": 9}), list(clauses("run:12 mode:awm")))
    assert {"Run", "Mode"} <= set(sections(panel))
    assert entry(panel, "\u2713 awm").text(1) == "0"


@pytest.mark.parametrize(
    ("text", "keys", "told"),
    [
        ("needs work", Qt.KeyboardModifier.NoModifier, ["tag", "needs work", False, False, False]),
        ("needs work", Qt.KeyboardModifier.AltModifier, ["tag", "needs work", False, True, False]),
        ("needs work", Qt.KeyboardModifier.ShiftModifier, ["tag", "needs work", False, False, True]),
        ("12", Qt.KeyboardModifier.NoModifier, ["run", "12", True, False, False]),
        ("12", Qt.KeyboardModifier.ShiftModifier, ["run", "12", False, False, True]),
        ("at all", Qt.KeyboardModifier.AltModifier, ["used", ">=1", False, True, False]),
    ],
)
def test_keys_say_only_not_or_also(
    panel: FacetPanel, qtbot: QtBot, text: str, keys: Qt.KeyboardModifier, told: list[object]
) -> None:
    panel.setCurrentItem(entry(panel, text))
    with qtbot.waitSignal(panel.toggled) as caught:
        QTest.keyClick(panel, Qt.Key.Key_Return, keys)
    assert caught.args == told


def test_what_is_left_out_is_marked_and_goes_at_a_click(panel: FacetPanel, qtbot: QtBot) -> None:
    panel.show_facets(FACETS, list(clauses('-tag:"needs work"')))
    panel.setCurrentItem(entry(panel, "\u2212 needs work"))
    with qtbot.waitSignal(panel.toggled) as caught:
        QTest.keyClick(panel, Qt.Key.Key_Space)
    assert caught.args == ["tag", "needs work", False, True, False]


def test_a_facet_of_the_room_leaves_items_out(room: MemoriesRoom, qtbot: QtBot) -> None:
    every = len(room.model.ids)
    qtbot.waitUntil(lambda: room.filters.topLevelItemCount() > 0 and room.filters.topLevelItem(1).childCount() > 0)
    room.filters.toggled.emit("polarity", "success", False, True, False)

    qtbot.waitUntil(lambda: 0 < len(room.model.ids) < every)
    assert room.presenter.query == "-polarity:success"
    room.filters.toggled.emit("polarity", "success", False, True, False)
    qtbot.waitUntil(lambda: len(room.model.ids) == every)
