"""Banks as values at an operation: forks, snapshots, differences."""

import numpy as np
import pytest

from rb_studio.records.errors import UsageError
from rb_studio.records.item_text import ItemText
from rb_studio.records.memory import Experience, ItemState
from rb_studio.store import banks, curation, items, operations
from rb_studio.store.item_import import import_items
from tests.store.conftest import Ground
from tests.store.samples import EMBEDDER, item, vector

EXPERIENCES = tuple(
    Experience(
        f"e{n}", f"shop/{n}", f"Find order {n}", (item(2 * n, tags=("new",)), item(2 * n + 1)), ("r1",), "t", "map"
    )
    for n in range(3)
)


@pytest.fixture
def filled(ground: Ground) -> Ground:
    ground.workspace.run(lambda db: import_items(db, ground.bank, EXPERIENCES))
    return ground


def test_a_bank_value_holds_what_was_put_in_in_order(filled: Ground) -> None:
    value = banks.bank_value(filled.workspace.reader(), filled.bank, embedder=EMBEDDER)
    assert value.experiences == EXPERIENCES
    assert value.mode == "reasoningbank"
    assert value.embedder == EMBEDDER


def test_experiences_without_a_vector_are_reported_until_it_is_saved(filled: Ground) -> None:
    conn = filled.workspace.reader()
    value = banks.bank_value(conn, filled.bank, embedder=EMBEDDER)
    assert banks.missing_vectors(value) == EXPERIENCES
    found = {one.task_text: vector(one.task_text) for one in EXPERIENCES[:2]}
    filled.workspace.run(lambda db: banks.save_vectors(db, EMBEDDER, found))
    value = banks.bank_value(conn, filled.bank, embedder=EMBEDDER)
    assert banks.missing_vectors(value) == EXPERIENCES[2:]
    assert np.array_equal(value.vectors["e1"], vector("Find order 1"))
    assert banks.bank_value(conn, filled.bank, embedder="another").vectors == {}


def test_a_bank_can_be_seen_as_of_any_operation(filled: Ground) -> None:
    conn = filled.workspace.reader()
    points = [banks.last_operation(conn)]
    for change in (
        lambda db: curation.edit_item(db, filled.bank, 1, ItemText("t", "d", "c")),
        lambda db: curation.set_state(db, filled.bank, [1, 2], ItemState.ARCHIVED),
        lambda db: curation.add_tag(db, filled.bank, [3], "late"),
    ):
        points.append(filled.workspace.run(change).operation)
    hashes = [banks.bank_hash(conn, filled.bank, at_operation=point) for point in points]
    assert len(set(hashes)) == 4
    assert banks.bank_value(conn, filled.bank, at_operation=points[0], embedder="").experiences == EXPERIENCES
    assert banks.bank_hash(conn, filled.bank) == hashes[-1]
    assert banks.bank_value(conn, filled.bank, at_operation=0, embedder="").experiences == ()


def test_a_fork_copies_nothing_and_both_go_their_own_way(filled: Ground) -> None:
    run, conn = filled.workspace.run, filled.workspace.reader()
    counts = [conn.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in ("item_version", "item_state")]
    fork = run(lambda db: banks.fork_bank(db, filled.bank, "fork"))
    assert counts == [
        conn.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in ("item_version", "item_state")
    ]
    run(lambda db: curation.edit_item(db, fork, 1, ItemText("in the fork", "d", "c")))
    run(lambda db: curation.set_state(db, fork, [2], ItemState.EXCLUDED))
    run(lambda db: curation.remove_tag(db, fork, [1], "new"))
    run(lambda db: curation.edit_item(db, filled.bank, 3, ItemText("in the parent", "d", "c")))
    run(lambda db: curation.add_item(db, filled.bank, item(50)))
    in_fork = {row.id: row for row in items.list_items(conn, fork)}
    in_parent = {row.id: row for row in items.list_items(conn, filled.bank)}
    assert (in_fork[1].title, in_fork[1].tags) == ("in the fork", ())
    assert (in_parent[1].title, in_parent[1].tags) == ("Title 0", ("new",))
    assert (in_fork[2].state, in_parent[2].state) == ("excluded", "active")
    assert (in_fork[3].title, in_parent[3].title) == ("Title 2", "in the parent")
    assert len(in_parent) == len(in_fork) + 1


def test_undo_in_a_fork_falls_back_to_the_parent(filled: Ground) -> None:
    run, conn = filled.workspace.run, filled.workspace.reader()
    fork = run(lambda db: banks.fork_bank(db, filled.bank, "fork"))
    grandchild = run(lambda db: banks.fork_bank(db, fork, "grandchild"))
    run(lambda db: curation.set_state(db, grandchild, [1, 2, 3], ItemState.ARCHIVED))
    run(lambda db: curation.remove_tag(db, grandchild, [1], "new"))
    assert items.item(conn, grandchild, 1).tags == ()
    run(lambda db: operations.undo(db, "memories"))
    run(lambda db: operations.undo(db, "memories"))
    assert banks.bank_hash(conn, grandchild) == banks.bank_hash(conn, filled.bank)
    run(lambda db: operations.redo(db, "memories"))
    assert [row.state for row in items.list_items(conn, grandchild)] == ["archived"] * 3 + ["active"] * 3


def test_a_fork_can_start_at_an_older_point(filled: Ground) -> None:
    run, conn = filled.workspace.run, filled.workspace.reader()
    before = banks.take_snapshot
    point = run(lambda db: before(db, filled.bank, "then")).operation
    run(lambda db: curation.set_state(db, filled.bank, [1], ItemState.DELETED))
    fork = run(lambda db: banks.fork_bank(db, filled.bank, "fork", at_operation=point))
    assert banks.bank_value(conn, fork, embedder="").experiences == EXPERIENCES
    assert banks.resolve(conn, "reasoningbank@then") == (banks.bank(conn, filled.bank), point)


def test_the_difference_of_two_points_names_what_changed(filled: Ground) -> None:
    run, conn = filled.workspace.run, filled.workspace.reader()
    before = run(lambda db: banks.take_snapshot(db, filled.bank, "before")).operation
    run(lambda db: curation.edit_item(db, filled.bank, 1, ItemText("t", "d", "c")))
    run(lambda db: curation.set_state(db, filled.bank, [2], ItemState.ARCHIVED))
    run(lambda db: curation.add_tag(db, filled.bank, [3], "x"))
    run(lambda db: curation.add_item(db, filled.bank, item(50)))
    found = banks.diff(conn, filled.bank, before)
    assert (found.added, found.removed) == (("item-50",), ())
    assert (found.edited, found.restated, found.retagged) == (("item-0",), ("item-1",), ("item-2",))
    backwards = banks.diff(conn, filled.bank, banks.last_operation(conn), before)
    assert (backwards.added, backwards.removed) == ((), ("item-50",))


def test_rolling_back_restores_the_snapshot_and_can_be_undone(filled: Ground) -> None:
    run, conn = filled.workspace.run, filled.workspace.reader()
    run(lambda db: banks.take_snapshot(db, filled.bank, "good"))
    good = banks.bank_value(conn, filled.bank, embedder="")
    run(lambda db: curation.edit_item(db, filled.bank, 1, ItemText("worse", "d", "c")))
    run(lambda db: curation.set_state(db, filled.bank, [2], ItemState.DELETED))
    run(lambda db: curation.add_tag(db, filled.bank, [1], "bad"))
    run(lambda db: curation.add_item(db, filled.bank, item(50), task_text="another task"))
    bad = banks.bank_value(conn, filled.bank, embedder="")
    change = run(lambda db: curation.rollback(db, filled.bank, "good"))
    assert set(change.ids["memory_item"]) == {1, 2, 7}
    assert banks.bank_value(conn, filled.bank, embedder="") == good
    run(lambda db: operations.undo(db, "memories"))
    assert banks.bank_value(conn, filled.bank, embedder="") == bad
    run(lambda db: operations.redo(db, "memories"))
    assert banks.bank_value(conn, filled.bank, embedder="") == good


def test_names_that_are_taken_unknown_or_unusable_are_refused(filled: Ground) -> None:
    run, conn = filled.workspace.run, filled.workspace.reader()
    run(lambda db: banks.take_snapshot(db, filled.bank, "s"))
    with pytest.raises(UsageError, match="already"):
        run(lambda db: banks.take_snapshot(db, filled.bank, "s"))
    with pytest.raises(UsageError, match="already"):
        run(lambda db: banks.create_bank(db, "reasoningbank", "awm"))
    for name in ("", " ", "a@b"):
        with pytest.raises(UsageError, match="cannot name"):
            run(lambda db, name=name: banks.create_bank(db, name, "awm"))
    with pytest.raises(UsageError, match="it has reasoningbank"):
        banks.resolve(conn, "other")
    with pytest.raises(UsageError, match="it has s"):
        banks.resolve(conn, "reasoningbank@t")
    with pytest.raises(UsageError, match="no bank 99"):
        banks.bank_value(conn, 99, embedder="")
