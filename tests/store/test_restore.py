"""Restoring from the trash: back to the state before, as one step."""

from pathlib import Path

from rb_studio.records.memory import ItemState, MemoryItem
from rb_studio.store import banks, curation, operations, trash
from rb_studio.store.items import ItemFilter, list_items
from rb_studio.store.workspace import Workspace

EVERY = ItemFilter(states=tuple(map(str, ItemState)))


def states(workspace: Workspace, bank: int) -> dict[int, str]:
    return {row.id: row.state for row in list_items(workspace.reader(), bank, EVERY)}


def test_deleted_items_come_back_as_they_were(tmp_path: Path) -> None:
    with Workspace.open(tmp_path / "w.rbank", write=True, create=True) as workspace:
        bank = workspace.run(lambda db: banks.create_bank(db, "b", "user"))
        for number, state in enumerate((ItemState.ACTIVE, ItemState.CANDIDATE, ItemState.ARCHIVED, ItemState.DELETED)):
            one = MemoryItem(f"u{number}", f"T{number}", "about", "text", state=state)
            workspace.run(lambda db, one=one: curation.add_item(db, bank, one))
        before = states(workspace, bank)
        ids = list(before)
        workspace.run(lambda db: curation.set_state(db, bank, ids, ItemState.DELETED))
        change = workspace.run(lambda db: trash.restore(db, bank, ids))

        assert change.label == "Restore 4 memories"
        assert states(workspace, bank) == {**before, ids[3]: "candidate"}
        workspace.run(lambda db: operations.undo(db, curation.SCOPE))
        assert set(states(workspace, bank).values()) == {"deleted"}


def test_what_is_not_deleted_is_left_alone_and_a_fork_restores_for_itself(tmp_path: Path) -> None:
    with Workspace.open(tmp_path / "w.rbank", write=True, create=True) as workspace:
        bank = workspace.run(lambda db: banks.create_bank(db, "b", "user"))
        workspace.run(lambda db: curation.add_item(db, bank, MemoryItem("u", "T", "about", "text")))
        (item,) = states(workspace, bank)
        assert workspace.run(lambda db: trash.restore(db, bank, [item])).empty
        workspace.run(lambda db: curation.set_state(db, bank, [item], ItemState.EXCLUDED))
        workspace.run(lambda db: curation.set_state(db, bank, [item], ItemState.DELETED))
        fork = workspace.run(lambda db: banks.fork_bank(db, bank, "f"))
        workspace.run(lambda db: trash.restore(db, fork, [item]))
        assert (states(workspace, fork)[item], states(workspace, bank)[item]) == ("excluded", "deleted")
