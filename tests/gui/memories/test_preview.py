"""The preview honours what is retrieved, how many of it, and how many items at most."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from pytestqt.qtbot import QtBot

from rb_studio.gui.frame import Frame
from rb_studio.gui.rooms.memories.block import How, item_block
from rb_studio.gui.rooms.memories.editor_part import PREVIEWED, manner
from rb_studio.gui.rooms.memories.view import MemoriesRoom
from rb_studio.jobs.embedding import chosen_embedder
from rb_studio.jobs.what_if import embedded_bank
from rb_studio.method.prompts import PromptSet
from rb_studio.method.retrieve import memory_block, retrieve
from rb_studio.records.arm import ArmConfig
from rb_studio.records.item_text import ItemText
from rb_studio.records.memory import Bank, MemoryItem
from rb_studio.records.task import Task
from rb_studio.store import banks, runs
from rb_studio.store.items import ItemRow

Stored = Callable[[], dict[int, ItemRow]]


@pytest.fixture
def open_item(room: MemoriesRoom, stored: Stored, qtbot: QtBot) -> int:
    """An item of an experience with several, in the editor."""
    rows = list(stored().values())
    several = next(row for row in rows if sum(one.experience_uid == row.experience_uid for one in rows) > 1)
    room.presenter.show_item(several.id)
    qtbot.waitUntil(lambda: room.editing.detail is not None and room.editing.detail.row.id == several.id)
    return several.id


def block(room: MemoriesRoom) -> str:
    return room.side.editor.preview._block.text


def embedded(room: MemoriesRoom, *, items: bool) -> Bank:
    bank = room.bank()
    assert bank is not None
    with chosen_embedder("hashing") as embedder:
        return embedded_bank(room.frame.session.workspace.reader(), bank, None, embedder, items=items)


def test_two_experiences_are_injected_as_a_run_that_retrieves_two(
    room: MemoriesRoom, open_item: int, qtbot: QtBot
) -> None:
    detail = room.editing.detail
    assert detail is not None
    room.side.editor.how.n.setValue(2)
    value = embedded(room, items=False)
    with chosen_embedder("hashing") as embedder:
        query = value.vectors[detail.experience.uid]
        found = retrieve(value, Task(PREVIEWED, "", 0, ""), embedder, PromptSet.with_overrides(), n=2, query=query)

    assert found.hits[0].uid == detail.experience.uid
    qtbot.waitUntil(lambda: block(room) == found.block)
    assert "the 1 nearest to its own task after it." in room.side.editor.preview.note.text()
    room.side.editor.title.input.setText("Typed")
    assert "## Title Typed" in block(room)
    assert block(room).count("# Memory Item") == found.block.count("# Memory Item")


def test_an_item_alone_is_injected_where_items_are_retrieved(room: MemoriesRoom, open_item: int, qtbot: QtBot) -> None:
    detail = room.editing.detail
    assert detail is not None
    assert block(room).count("# Memory Item") > 1
    room.side.editor.how.unit.setCurrentIndex(1)
    item = next(one for one in detail.experience.items if one.uid == detail.row.uid)
    assert block(room) == memory_block([item], PromptSet.with_overrides())
    room.side.editor.how.n.setValue(3)
    qtbot.waitUntil(lambda: block(room).count("# Memory Item") == 3)

    assert block(room).startswith(memory_block([item], PromptSet.with_overrides()))
    assert block(room).count(item.content) == 1


def test_items_beyond_the_most_are_left_out_and_it_is_said(
    room: MemoriesRoom, open_item: int, stored: Stored, qtbot: QtBot
) -> None:
    room.side.editor.how.most.setValue(1)
    assert block(room).count("# Memory Item") == 1
    rows = [row for row in stored().values() if row.experience_uid == stored()[open_item].experience_uid]
    last = max(rows, key=lambda row: row.id)
    room.presenter.show_item(last.id)
    qtbot.waitUntil(lambda: room.editing.detail is not None and room.editing.detail.row.id == last.id)

    assert last.title not in block(room)
    assert "not among the first 1" in room.side.editor.preview.note.text()
    room.side.editor.how.n.setValue(0)
    assert block(room) == ""
    assert "Nothing is injected" in room.side.editor.preview.note.text()


def test_a_bank_is_previewed_as_its_own_arm_retrieves(room: MemoriesRoom, frame: Frame, qtbot: QtBot) -> None:
    workspace = frame.session.workspace
    conn = workspace.reader()
    arm = runs.run(conn, conn.execute("SELECT max(id) FROM run").fetchone()[0]).arm
    assert arm is not None
    other: ArmConfig = replace(arm, retrieve_n=3, retrieve_unit="item", most_items=4)
    workspace.run(lambda db: runs.create_run(db, other))
    arm_id = conn.execute("SELECT id FROM arm WHERE hash = ?", (other.hash,)).fetchone()[0]
    bank = workspace.run(lambda db: banks.create_bank(db, "by item", "awm", arm=arm_id))
    assert manner(workspace.reader(), bank) == ("awm", How(3, "item", 4))
    room.presenter.choose_bank_named("by item")

    qtbot.waitUntil(lambda: room.side.editor.how.how() == How(3, "item", 4))
    assert room.editing.how == How(3, "item", 4)


def test_a_method_of_ones_own_is_said(room: MemoriesRoom, open_item: int) -> None:
    detail = room.editing.detail
    assert detail is not None
    text = ItemText("t", "d", "c")

    assert "method of their own" in item_block(detail, text, How(own=True)).note
    hits = ((MemoryItem("x", "Other", "d", "c"),),)
    assert "## Title Other" in item_block(detail, text, How(n=2), hits).text
    assert "## Title Other" not in item_block(detail, text, How(n=1), hits).text
