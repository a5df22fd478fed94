"""Editing a candidate and accepting it is one decision: one operation, one undo."""

from pathlib import Path

import pytest

from rb_studio.records.errors import UsageError
from rb_studio.records.item_text import ItemText
from rb_studio.records.memory import ItemState, MemoryItem
from rb_studio.store import banks, curation, operations, review
from rb_studio.store.items import ItemFilter, item, list_items
from rb_studio.store.workspace import Workspace


def make(workspace: Workspace, state: ItemState) -> tuple[int, int]:
    bank_id = workspace.run(lambda db: banks.create_bank(db, "b", "user"))
    one = MemoryItem("u1", "Old", "about", "text", state=state)
    workspace.run(lambda db: curation.add_item(db, bank_id, one))
    return bank_id, list_items(workspace.reader(), bank_id, ItemFilter(states=tuple(map(str, ItemState))))[0].id


@pytest.mark.parametrize("state", [ItemState.CANDIDATE, ItemState.ARCHIVED, ItemState.ACTIVE])
def test_edit_and_accept_are_one_step(tmp_path: Path, state: ItemState) -> None:
    with Workspace.open(tmp_path / "w.rbank", write=True, create=True) as workspace:
        bank, number = make(workspace, state)
        text = ItemText("New", "about", "other")
        change = workspace.run(lambda db: review.accept_edited(db, bank, number, text))
        now = item(workspace.reader(), bank, number)
        assert (change.label, now.title, now.state, now.version) == ("Edit and accept “New”", "New", "active", 2)

        workspace.run(lambda db: operations.undo(db, curation.SCOPE))
        back = item(workspace.reader(), bank, number)
        assert (back.title, back.content, back.state) == ("Old", "text", state)


def test_the_same_texts_are_accepted_as_they_are_and_none_are_refused(tmp_path: Path) -> None:
    with Workspace.open(tmp_path / "w.rbank", write=True, create=True) as workspace:
        bank, number = make(workspace, ItemState.CANDIDATE)
        with pytest.raises(UsageError):
            workspace.run(lambda db: review.accept_edited(db, bank, number, ItemText("", "", "")))
        same = ItemText("Old", "about", "text")
        change = workspace.run(lambda db: review.accept_edited(db, bank, number, same))
        assert change.label == "Accept 1 memory"
        assert item(workspace.reader(), bank, number).version == 1
