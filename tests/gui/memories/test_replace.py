"""Find and replace: every change is seen before, rows can be left out, and it is one step of undo."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from PySide6.QtCore import QPoint, Qt
from pytestqt.modeltest import ModelTester
from pytestqt.qtbot import QtBot

from rb_studio.gui.frame import Frame
from rb_studio.gui.rooms.memories.replace_dialog import ReplaceDialog
from rb_studio.gui.rooms.memories.replace_look import Changes, Wanted
from rb_studio.gui.rooms.memories.replace_model import ReplacementModel, shortened
from rb_studio.gui.rooms.memories.view import MemoriesRoom
from rb_studio.records.item_text import ItemText
from rb_studio.store import curation
from rb_studio.store.items import ItemRow
from rb_studio.store.replacing import Replacement

from .conftest import last_label

Stored = Callable[[], dict[int, ItemRow]]
Dialog = Callable[[], ReplaceDialog]


@pytest.fixture
def texts(room: MemoriesRoom, frame: Frame, qtbot: QtBot) -> list[int]:
    """Three items whose texts are known."""
    ids = list(room.model.ids[:3])
    for number, item in enumerate(ids):
        text = ItemText(f"Zebra {number}", "Look for the zebra", "zebra, then the Zebra again")
        frame.session.workspace.run(lambda db, item=item, text=text: curation.edit_item(db, room.bank(), item, text))
    return ids


@pytest.fixture
def dialog(room: MemoriesRoom, frame: Frame, qtbot: QtBot) -> Dialog:
    def open_it() -> ReplaceDialog:
        frame.registry.action("memory.replace").trigger()
        qtbot.waitUntil(lambda: room.findChild(ReplaceDialog) is not None)
        return room.findChild(ReplaceDialog)

    return open_it


def type_in(dialog: ReplaceDialog, qtbot: QtBot, pattern: str, by: str = "", rows: int = 0) -> None:
    dialog.by.setText(by)
    dialog.pattern.setText(pattern)
    qtbot.waitUntil(lambda: not dialog._stale and dialog.model.rowCount() == rows)


def test_every_change_is_listed_and_made_as_one_step(
    texts: list[int], dialog: Dialog, stored: Stored, frame: Frame, qtbot: QtBot
) -> None:
    before = stored()
    shown = dialog()
    type_in(shown, qtbot, "zebra", "horse", rows=9)
    assert shown.status.text() == "Found 12 times in 9 texts of 3 items. Space leaves a row out."
    assert shown.button.text() == "&Replace in 3 items"
    assert "[Zebra]" in shown.model.index(0, 3).data()
    assert "horse" in shown.diff.toPlainText()
    qtbot.keyClick(shown.pattern, Qt.Key.Key_Return)

    qtbot.waitUntil(lambda: all("horse" in stored()[item].title for item in texts))
    assert last_label(frame) == "Replace “zebra” by “horse” in 3 memories"
    qtbot.waitUntil(lambda: bool(frame.toast.said))
    frame.toast.act()
    qtbot.waitUntil(lambda: all(stored()[item].content == before[item].content for item in texts))


def test_rows_are_left_out_by_space_and_stay_out_while_typing_goes_on(
    texts: list[int], dialog: Dialog, stored: Stored, qtbot: QtBot
) -> None:
    shown = dialog()
    type_in(shown, qtbot, "zebr", "horse", rows=9)
    shown.table.setFocus()
    qtbot.keyClick(shown.table, Qt.Key.Key_Space)
    assert shown.status.text().endswith("1 left out. Space leaves a row out.")
    shown.pattern.setText("zebra")
    qtbot.waitUntil(lambda: not shown._stale)
    shown.button.click()

    qtbot.waitUntil(lambda: stored()[texts[1]].title == "horse 1")
    assert stored()[texts[0]].title == "Zebra 0"
    assert stored()[texts[0]].description == "Look for the horse"


def test_groups_case_and_fields_are_kept_to(texts: list[int], dialog: Dialog, stored: Stored, qtbot: QtBot) -> None:
    shown = dialog()
    shown.regex.setChecked(True)
    shown.case.setChecked(True)
    shown.fields["description"].setChecked(False)
    shown.fields["title"].setChecked(False)
    type_in(shown, qtbot, r"(zebra), (then)", r"\2 \1", rows=3)
    shown.button.click()

    qtbot.waitUntil(lambda: stored()[texts[2]].content == "then zebra the Zebra again")


@pytest.mark.parametrize(("pattern", "said"), [("(", "cannot be read"), (r"(\w+\s?)+$|x", "")])
def test_a_pattern_that_cannot_be_used_is_told_in_place(
    texts: list[int], dialog: Dialog, qtbot: QtBot, pattern: str, said: str
) -> None:
    shown = dialog()
    shown.regex.setChecked(True)
    shown.pattern.setText(pattern)
    qtbot.waitUntil(lambda: not shown._stale and not shown.status.text().startswith("Looking"))
    assert said in shown.status.text()
    assert shown.pattern.text() == pattern
    assert said == "" or not shown.button.isEnabled()


def test_a_pattern_that_takes_for_ever_is_given_up(
    texts: list[int], dialog: Dialog, room: MemoriesRoom, frame: Frame, qtbot: QtBot
) -> None:
    text = ItemText("Long", "", "a" * 60 + "!")
    frame.session.workspace.run(lambda db: curation.edit_item(db, room.bank(), texts[0], text))
    shown = dialog()
    shown.regex.setChecked(True)
    shown.pattern.setText(r"(a|a|aa)+$")
    qtbot.waitUntil(lambda: "takes too long" in shown.status.text())
    assert shown.pattern.text() == r"(a|a|aa)+$"


def test_what_was_changed_meanwhile_is_refused_and_what_was_typed_stays(
    texts: list[int], dialog: Dialog, room: MemoriesRoom, frame: Frame, stored: Stored, qtbot: QtBot
) -> None:
    shown = dialog()
    type_in(shown, qtbot, "zebra", "horse", rows=9)
    other = ItemText("Zebra of somebody else", "", "text")
    frame.session.workspace.run(lambda db: curation.edit_item(db, room.bank(), texts[0], other))
    shown.button.click()

    qtbot.waitUntil(lambda: "changed in between" in shown.status.text())
    assert stored()[texts[1]].title == "Zebra 1"
    assert (shown.pattern.text(), shown.by.text()) == ("zebra", "horse")


def test_an_item_is_never_left_without_texts(texts: list[int], dialog: Dialog, stored: Stored, qtbot: QtBot) -> None:
    shown = dialog()
    shown.regex.setChecked(True)
    type_in(shown, qtbot, r"^zebra 0$", "", rows=1)
    assert not shown.button.isEnabled()
    assert "would be empty" in shown.model.index(0, 0).data()


def test_selected_items_alone_are_searched_where_they_are_several(
    texts: list[int], dialog: Dialog, room: MemoriesRoom, qtbot: QtBot
) -> None:
    selection = room.table.selectionModel()
    room.table.choose(texts[0])
    row = room.model.row_of
    assert row is not None
    place = room.model.ids.index(texts[1])
    selection.select(room.model.index(place, 0), selection.SelectionFlag.Select | selection.SelectionFlag.Rows)
    shown = dialog()
    assert shown.chosen.isVisible()
    type_in(shown, qtbot, "zebra", "horse", rows=6)
    shown.chosen.setChecked(False)
    qtbot.waitUntil(lambda: shown.model.rowCount() == 9)


def test_what_was_typed_is_there_again_also_after_a_restart(
    texts: list[int], dialog: Dialog, room: MemoriesRoom, qtbot: QtBot
) -> None:
    shown = dialog()
    shown.case.setChecked(True)
    type_in(shown, qtbot, "Zebra", "Horse", rows=6)
    shown.reject()
    qtbot.waitUntil(lambda: room.findChild(ReplaceDialog) is None)
    kept: dict[str, Any] = json.loads(json.dumps(room.place_to_keep()))
    again = dialog()
    qtbot.waitUntil(lambda: again.model.rowCount() == 6)
    assert (again.pattern.text(), again.by.text(), again.case.isChecked()) == ("Zebra", "Horse", True)
    assert Wanted.of(kept["parts"]["replace"]) == again.wanted()
    assert Wanted.of({"pattern": 3, "fields": "none", "regex": "yes"}) == Wanted()


def test_the_model_is_sound(qtbot: QtBot) -> None:
    model = ReplacementModel()
    ModelTester(None).check(model)
    found = tuple(Replacement(number, "title", "old", "new", 1) for number in range(3))
    model.show_changes(Changes(found, dict.fromkeys(range(3), "t"), frozenset({2}), 3))
    assert model.taken() == list(found[:2])
    model.toggle([0, 1])
    model.toggle([2])
    assert model.taken() == []
    model.toggle([0, 1])
    assert model.taken() == list(found[:2])


def test_a_change_in_a_long_text_is_shown_with_little_around_it() -> None:
    before = "word " * 100 + "old" + " word" * 100
    text = "".join(piece.text for piece in shortened(before, before.replace("old", "new")))
    assert "old" in text
    assert "new" in text
    assert len(text) < 100


def test_everything_fits_a_small_window(texts: list[int], dialog: Dialog, room: MemoriesRoom, qtbot: QtBot) -> None:
    room.resize(800, 560)
    shown = dialog()
    type_in(shown, qtbot, "zebra", "horse", rows=9)
    assert shown.width() <= 800
    for widget in (shown.pattern, shown.button, *shown.fields.values()):
        corner = widget.mapTo(shown, QPoint(widget.width(), widget.height()))
        assert corner.x() <= shown.width()
        assert corner.y() <= shown.height()
