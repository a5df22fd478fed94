"""Similar items as one types, and the tokens of what is shown."""

from collections.abc import Callable

import pytest
from pytestqt.qtbot import QtBot

from rb_studio.gui.frame import Frame
from rb_studio.gui.rooms.memories import similar_part
from rb_studio.gui.rooms.memories.view import MemoriesRoom
from rb_studio.jobs.own_bank import add_by_hand
from rb_studio.jobs.tokens import count_tokens
from rb_studio.records.item_text import ItemText
from rb_studio.store.items import ItemRow

Stored = Callable[[], dict[int, ItemRow]]
QUINCE = ItemText("Quince marmalade", "Zebra crossing at dusk", "Umbrella stand by the lighthouse.")


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(similar_part, "PAUSE", 0)


def quince(room: MemoriesRoom, qtbot: QtBot) -> int:
    """An item unlike all others, embedded as every item is once somebody searched by meaning."""
    workspace = room.frame.session.workspace
    change = workspace.run(lambda db: add_by_hand(db, room.bank(), QUINCE)[1])
    room.presenter.set_query('~ "quince"')
    qtbot.waitUntil(lambda: change.ids["memory_item"][0] in room.model.ids)
    room.presenter.set_query("")
    return change.ids["memory_item"][0]


def titles(room: MemoriesRoom) -> list[str]:
    tree = room.side.editor.similar.tree
    return [tree.topLevelItem(place).text(3) for place in range(tree.topLevelItemCount())]


def write(room: MemoriesRoom, text: ItemText) -> None:
    room.verbs.new_item()
    for name in ("title", "description", "content"):
        field = getattr(room.side.editor, name)
        put = getattr(field.input, "setPlainText", None) or field.input.setText
        put(getattr(text, name))


def test_a_new_item_that_says_what_another_says_is_told_while_it_is_typed(room: MemoriesRoom, qtbot: QtBot) -> None:
    item = quince(room, qtbot)
    write(room, ItemText(QUINCE.title, QUINCE.description, QUINCE.content + " Then stop."))
    panel = room.side.editor.similar
    qtbot.waitUntil(lambda: titles(room)[:1] == [QUINCE.title])

    assert room.side.editor.below.tabText(1) == "Similar (≡ 1)"
    assert "≡" in panel.tree.topLevelItem(0).text(0)
    assert "Then stop." in panel.diff.toPlainText()
    assert not panel.merge_button.isEnabled()
    assert "Save the new item first" in panel.merge_button.toolTip()
    panel.open_button.click()
    qtbot.waitUntil(lambda: room.side.editor.item_id == item)
    assert room.editing.drafts.all != {}


def test_a_stored_item_is_merged_with_one_like_it(
    room: MemoriesRoom, frame: Frame, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    item = quince(room, qtbot)
    twin = frame.session.workspace.run(lambda db: add_by_hand(db, room.bank(), QUINCE)[1]).ids["memory_item"][0]
    room.presenter.look_again()
    room.presenter.show_item(item)
    qtbot.waitUntil(lambda: room.side.editor.item_id == item)
    frame.registry.action("memory.similar").trigger()
    panel = room.side.editor.similar
    qtbot.waitUntil(lambda: titles(room)[:1] == [QUINCE.title])
    assert panel.isVisible()
    merged: list[list[int]] = []
    monkeypatch.setattr(room.verbs, "merge", merged.append)
    assert panel.merge_button.isEnabled()
    panel.merge_button.click()
    assert merged == [[item, twin]]
    room.side.editor.title.input.setText("Changed")
    qtbot.waitUntil(lambda: not panel.merge_button.isEnabled())

    assert "stored texts are merged" in panel.merge_button.toolTip()


def test_the_item_itself_and_deleted_ones_are_not_among_the_similar(
    room: MemoriesRoom, frame: Frame, qtbot: QtBot
) -> None:
    item = quince(room, qtbot)
    frame.registry.action("memory.similar").trigger()
    room.presenter.show_item(item)
    qtbot.waitUntil(lambda: room.side.editor.item_id == item and bool(titles(room)))
    qtbot.waitUntil(
        lambda: (
            "all-MiniLM" in room.side.editor.similar.status.text() or "hash" in room.side.editor.similar.status.text()
        )
    )

    assert QUINCE.title not in titles(room)
    assert len(titles(room)) == similar_part.NEAREST
    assert room.side.editor.below.tabText(1) == "Similar"


def test_nothing_typed_is_like_nothing(room: MemoriesRoom, qtbot: QtBot) -> None:
    quince(room, qtbot)
    write(room, QUINCE)
    qtbot.waitUntil(lambda: bool(titles(room)))
    write(room, ItemText(""))

    assert titles(room) == []
    assert room.side.editor.below.tabText(1) == "Similar"


def test_tokens_are_counted_by_a_tokenizer_that_is_named(room: MemoriesRoom, qtbot: QtBot) -> None:
    room.table.choose(room.model.ids[0])
    preview = room.side.editor.preview
    qtbot.waitUntil(lambda: bool(preview.text.toPlainText()) and "about" not in preview.heading.text())
    text = preview._block.text

    assert preview.heading.text() == f"Injected block, {count_tokens(text):,} tokens"
    assert "all-MiniLM-L6-v2" in preview.heading.toolTip()
    room.side.editor.title.input.setText("Another title of five words")
    assert preview.heading.text().startswith("Injected block, about ")
    qtbot.waitUntil(lambda: "about" not in preview.heading.text())
    assert preview.heading.text() == f"Injected block, {count_tokens(preview._block.text):,} tokens"
    preview.show_tokens("of something else", (1, "counted"))
    assert preview.heading.text() != "Injected block, 1 tokens"
