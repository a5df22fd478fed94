from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from pytestqt.modeltest import ModelTester
from pytestqt.qtbot import QtBot

from rb_studio.gui.rooms.memories.columns import KEYS
from rb_studio.gui.rooms.memories.item_model import MOST_ROWS, WAITING, ItemModel
from rb_studio.gui.theme import DARK, LIGHT
from rb_studio.store.items import ItemRow

ROW = ItemRow(1, "u1", "Sort\nfirst", "Use it", "Click", "active", "success", ("a",), (), 3, 2, "e", "practice/1",
              "judge", "reasoningbank", "practice-1", True, "2026-01-02T03:04:05.000000Z")  # fmt: skip


@pytest.fixture
def model(qtmodeltester: ModelTester) -> ItemModel:
    return ItemModel(LIGHT)


def shown(model: ItemModel, row: int, key: str) -> str:
    return str(model.data(model.index(row, KEYS.index(key))))


def test_the_model_keeps_qts_rules_while_it_grows_and_changes(model: ItemModel, qtmodeltester: ModelTester) -> None:
    model.show_ids([1, 2, 3])
    qtmodeltester.check(model)
    model.put_rows({1: ROW})
    model.show_ids([1, 2, 3, 4])
    model.show_ids([4, 1])
    model.forget([1])
    model.recolour(DARK)
    model.mark_drafts(frozenset({1}))


def test_rows_that_are_not_here_are_asked_for_once_painted(model: ItemModel, qtbot: QtBot) -> None:
    model.show_ids([1, 2])

    with qtbot.waitSignal(model.missing):
        assert shown(model, 0, "title") == WAITING
    assert model.lacking(0, 1) == [1, 2]


def test_rows_show_on_one_line_with_dashes_for_what_is_unknown(model: ItemModel) -> None:
    model.show_ids([1])
    model.put_rows({1: replace(ROW, polarity="", task_key="")})

    assert [shown(model, 0, key) for key in ("title", "state", "polarity", "task", "used")] == [
        "Sort first", "active", "by hand", "\u2013", "3",
    ]  # fmt: skip


def test_stale_rows_stay_on_screen_until_the_new_ones_are_here(model: ItemModel) -> None:
    model.show_ids([1])
    model.put_rows({1: ROW})
    model.forget([1])

    assert shown(model, 0, "state") == "active"
    assert model.lacking(0, 0) == [1]
    model.put_rows({1: replace(ROW, state="archived")})
    assert shown(model, 0, "state") == "archived"
    assert model.lacking(0, 0) == []


def test_growth_at_the_end_moves_nothing(model: ItemModel) -> None:
    model.show_ids([1, 2])

    assert model.show_ids([1, 2, 3]) is False
    assert model.show_ids([2, 3]) is True


def test_no_more_rows_are_listed_than_a_table_bears(model: ItemModel) -> None:
    model.show_ids(range(MOST_ROWS + 5))

    assert model.rowCount() == MOST_ROWS


def test_a_draft_is_marked_by_a_sign_and_in_words(model: ItemModel) -> None:
    model.show_ids([1])
    model.put_rows({1: ROW})
    model.mark_drafts(frozenset({1}))
    index = model.index(0, KEYS.index("title"))

    assert not model.data(index, Qt.ItemDataRole.DecorationRole).isNull()
    assert model.data(index, Qt.ItemDataRole.AccessibleTextRole) == "Sort first, unsaved draft"
