"""Emptying the trash: what goes, what stays and why, and that steps of undo go on without it."""

from collections.abc import Callable

import pytest

from rb_studio.records.errors import UsageError
from rb_studio.records.item_text import ItemText
from rb_studio.records.memory import Experience, ItemState
from rb_studio.store import banks, consolidation, curation, experiments, items, operations, runs, snapshots, vectors
from rb_studio.store.index import ItemIndex
from rb_studio.store.item_history import history
from rb_studio.store.item_import import import_items
from rb_studio.store.items import ItemFilter
from rb_studio.store.trash import empty_trash, erased_uids, trash
from tests.store.conftest import Ground
from tests.store.faults import check_whole
from tests.store.samples import EMBEDDER, item, vector

EVERY = ItemFilter(states=tuple(map(str, ItemState)))


@pytest.fixture
def filled(ground: Ground) -> Ground:
    """Six items in two experiences; nothing is unfinished."""
    pairs = ((item(1, tags=("a",)), item(2), item(3)), (item(4), item(5), item(6, "検索結果")))
    found = [Experience(f"e{n}", "", f"task {n}", three, kind="import") for n, three in enumerate(pairs)]
    ground.workspace.run(lambda db: import_items(db, ground.bank, found))
    ground.workspace.run(lambda db: runs.set_run_status(db, ground.run, "finished"))
    return ground


def delete(ground: Ground, ids: list[int], bank: int | None = None) -> None:
    where = ground.bank if bank is None else bank
    ground.workspace.run(lambda db: curation.set_state(db, where, ids, ItemState.DELETED))


def shown(ground: Ground, bank: int | None = None) -> dict[int, str]:
    rows = items.list_items(ground.workspace.reader(), ground.bank if bank is None else bank, EVERY)
    return {row.id: row.state for row in rows}


def everything(ground: Ground) -> str:
    """All texts of the file, the shadow tables of the text indexes too; an index without texts can only be asked."""
    conn = ground.workspace.reader()
    tables = conn.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND sql NOT LIKE '%fts5(text, content%'")
    names = [row[0] for row in tables]
    return repr([tuple(row) for name in names for row in conn.execute(f"SELECT * FROM {name}")])


def test_the_texts_of_an_erased_item_are_nowhere_in_the_file(filled: Ground) -> None:
    run = filled.workspace.run
    run(lambda db: curation.edit_item(db, filled.bank, 1, ItemText("Zanzibar title", "zebra when", "zeppelin do")))
    run(lambda db: curation.add_tag(db, filled.bank, [1], "zodiac"))
    found = {text: vector(text) for text in ("Zanzibar title\nzebra when\nzeppelin do",)}
    run(lambda db: vectors.store_vectors(db, EMBEDDER, vectors.ITEM_RECIPE, found))
    delete(filled, [1, 6])
    run(lambda db: empty_trash(db, filled.bank, [1, 6]))
    for word in ("Zanzibar", "zebra", "zeppelin", "zodiac", "zanzibar", "検索結果"):
        assert word not in everything(filled)
    assert filled.workspace.reader().execute("SELECT count(*) FROM vector").fetchone()[0] == 0
    assert shown(filled) == {2: "active", 3: "active", 4: "active", 5: "active"}
    run(lambda db: check_whole(db, commit=False))
    assert filled.workspace.check() == []


def test_a_vector_that_another_items_text_shares_stays(filled: Ground) -> None:
    run = filled.workspace.run
    for number in (1, 2):
        run(lambda db, number=number: curation.edit_item(db, filled.bank, number, ItemText("t", "d", "c")))
    run(lambda db: vectors.store_vectors(db, EMBEDDER, vectors.ITEM_RECIPE, {"t\nd\nc": vector("x")}))
    delete(filled, [1])
    run(lambda db: empty_trash(db, filled.bank, [1]))
    assert filled.workspace.reader().execute("SELECT count(*) FROM vector").fetchone()[0] == 1


def test_only_deleted_items_can_be_erased(filled: Ground) -> None:
    with pytest.raises(UsageError, match="memory item 2 is not in the trash"):
        filled.workspace.run(lambda db: empty_trash(db, filled.bank, [2]))
    assert trash(filled.workspace.reader(), filled.bank).items == ()


def _fork(ground: Ground) -> None:
    ground.workspace.run(lambda db: banks.fork_bank(db, ground.bank, "fork"))


def _snapshot(ground: Ground) -> None:
    ground.workspace.run(lambda db: snapshots.take_snapshot(db, ground.bank, "before"))


def _unfinished(ground: Ground) -> None:
    frozen = banks.last_operation(ground.workspace.reader())
    from tests.store.samples import ARM

    ground.workspace.run(lambda db: runs.create_run(db, ARM, bank=ground.bank, config={"at_operation": frozen}))


def _experiment(ground: Ground, status: str) -> None:
    at = banks.last_operation(ground.workspace.reader())
    made = ground.workspace.run(
        lambda db: experiments.create_experiment(
            db, "leave-one-out", ground.bank, before_op=at, after_op=at, items=["item-1"], request={}
        )
    )
    ground.workspace.run(lambda db: experiments.set_experiment_status(db, made, status))


def _experimented(ground: Ground) -> None:
    _experiment(ground, "running")


def _stopped_experiment(ground: Ground) -> None:
    _experiment(ground, "cancelled")


def _consolidated(ground: Ground) -> None:
    from rb_studio.records.memory import Archived, Consolidation

    change = Consolidation("dedup", (Archived("item-1"),))
    ground.workspace.run(lambda db: consolidation.save_consolidation(db, ground.run, ground.bank, "shop/1", change))


@pytest.mark.parametrize(
    ("prepare", "why"),
    [
        (_fork, "bank fork has it in use"),
        (_snapshot, "snapshot before of reasoningbank shows it in use"),
        (_unfinished, "run 2 is not finished and has it in use"),
        (_experimented, "experiment 1 is not finished and has it in use"),
        (_stopped_experiment, "experiment 1 is not finished and has it in use"),
        (_consolidated, "a step of consolidation that can still be undone changed it"),
    ],
)
def test_what_something_else_needs_stays_and_says_why(
    filled: Ground, prepare: Callable[[Ground], None], why: str
) -> None:
    prepare(filled)
    delete(filled, [1])
    found = trash(filled.workspace.reader(), filled.bank)
    assert (found.items, found.kept, found.erasable) == ((1,), {1: why}, ())
    with pytest.raises(UsageError, match=f"memory item 1 cannot be erased: {why}"):
        filled.workspace.run(lambda db: empty_trash(db, filled.bank, [1]))
    assert shown(filled)[1] == "deleted"


def test_a_finished_experiment_holds_nothing_back(filled: Ground) -> None:
    _experiment(filled, "finished")
    delete(filled, [1])
    assert trash(filled.workspace.reader(), filled.bank).erasable == (1,)


def test_a_fork_that_deleted_it_too_lets_it_go_and_shows_it_no_more(filled: Ground) -> None:
    fork = filled.workspace.run(lambda db: banks.fork_bank(db, filled.bank, "fork"))
    delete(filled, [1], fork)
    assert trash(filled.workspace.reader(), fork).kept == {1: "bank reasoningbank has it in use"}
    delete(filled, [1])
    filled.workspace.run(lambda db: empty_trash(db, fork, [1]))
    assert 1 not in shown(filled)
    assert 1 not in shown(filled, fork)
    states, params = banks.visible("item_state", banks.chain(filled.workspace.reader(), fork))
    counted = filled.workspace.reader().execute(f"SELECT count(*) FROM ({states}) WHERE state <> 'deleted'", params)
    assert counted.fetchone()[0] == 5


def test_erasing_is_seen_where_a_fork_alone_still_showed_the_item(filled: Ground) -> None:
    run, conn = filled.workspace.run, filled.workspace.reader()
    delete(filled, [1])
    then = operations.last_operation(conn)
    for _ in range(2):
        run(lambda db: operations.undo(db, "memories"))
    fork = run(lambda db: banks.fork_bank(db, filled.bank, "fork", at_operation=then))
    run(lambda db: vectors.store_vectors(db, EMBEDDER, vectors.ITEM_RECIPE, {"an advice": vector("an advice")}))
    index = ItemIndex(fork, EMBEDDER)
    index.refresh(conn)
    assert 1 in index.without_vector(10)
    run(lambda db: empty_trash(db, fork, [1]))
    index.refresh(conn)
    assert 1 not in index.without_vector(10)


def test_automatic_snapshots_hold_nothing_back_and_are_named(filled: Ground) -> None:
    filled.workspace.run(lambda db: snapshots.take_snapshot(db, filled.bank, "auto", automatic=True))
    delete(filled, [1, 2])
    found = trash(filled.workspace.reader(), filled.bank)
    assert (found.erasable, found.snapshots, found.steps) == ((1, 2), ("auto",), 1)
    filled.workspace.run(lambda db: empty_trash(db, filled.bank, [1, 2]))
    filled.workspace.run(lambda db: curation.rollback(db, filled.bank, "auto"))
    assert shown(filled) == {3: "active", 4: "active", 5: "active", 6: "active"}


def test_undo_goes_on_without_what_was_erased(filled: Ground) -> None:
    run = filled.workspace.run
    run(lambda db: curation.add_tag(db, filled.bank, [1, 2], "both"))
    run(lambda db: curation.set_state(db, filled.bank, [1, 2, 3], ItemState.ARCHIVED))
    delete(filled, [1])
    run(lambda db: empty_trash(db, filled.bank, [1]))
    conn = filled.workspace.reader()
    assert operations.undo_label(conn, "memories") == "Set 3 memories to archived", "deleting it alone left the line"
    run(lambda db: operations.undo(db, "memories"))
    assert shown(filled) == {2: "active", 3: "active", 4: "active", 5: "active", 6: "active"}
    run(lambda db: operations.undo(db, "memories"))
    assert items.item(conn, filled.bank, 2).tags == ()
    for _ in range(2):
        run(lambda db: operations.redo(db, "memories"))
    assert (shown(filled)[2], items.item(conn, filled.bank, 2).tags) == ("archived", ("both",))
    assert 1 not in shown(filled)


def test_a_step_whose_items_were_erased_one_after_the_other_leaves_the_line(filled: Ground) -> None:
    delete(filled, [1, 2])
    for number in (1, 2):
        filled.workspace.run(lambda db, number=number: empty_trash(db, filled.bank, [number]))
    assert operations.undo_label(filled.workspace.reader(), "memories") == "Import 6 memories"


def test_erasing_is_no_step_of_undo(filled: Ground) -> None:
    delete(filled, [1, 2])
    change = filled.workspace.run(lambda db: empty_trash(db, filled.bank, [1]))
    assert (change.label, change.ids) == ("Erase 1 memory", {"memory_item": (1,)})
    filled.workspace.run(lambda db: operations.undo(db, "memories"))
    assert shown(filled) == {2: "active", 3: "active", 4: "active", 5: "active", 6: "active"}


def test_an_erased_item_keeps_its_states_for_what_is_told_of_runs(filled: Ground) -> None:
    delete(filled, [1])
    filled.workspace.run(lambda db: empty_trash(db, filled.bank, [1]))
    entries = history(filled.workspace.reader(), 1)
    assert [entry.detail for entry in entries if entry.kind == "state"][:2] == ["active", "deleted"]
    assert [entry for entry in entries if entry.kind in ("text", "tag")] == []


def test_an_experience_whose_items_are_all_erased_is_shown_no_more(filled: Ground) -> None:
    delete(filled, [1, 2, 3, 4])
    filled.workspace.run(lambda db: empty_trash(db, filled.bank, [1, 2, 3, 4]))
    value = banks.bank_value(filled.workspace.reader(), filled.bank, embedder="")
    assert [one.uid for one in value.experiences] == ["e1"]


def test_reading_an_erased_item_again_brings_it_back_undoably(filled: Ground) -> None:
    conn = filled.workspace.reader()
    delete(filled, [1, 2, 3])
    filled.workspace.run(lambda db: empty_trash(db, filled.bank, [1, 2, 3]))
    assert erased_uids(conn, filled.bank, ["item-1", "item-4", "new"]) == {"item-1"}
    again = [Experience("e0", "", "task 0", (item(1, tags=("a",)),), kind="import")]
    filled.workspace.run(lambda db: import_items(db, filled.bank, again))
    assert shown(filled)[1] == "active"
    assert erased_uids(conn, filled.bank, ["item-1"]) == set()
    filled.workspace.run(lambda db: operations.undo(db, "memories"))
    assert 1 not in shown(filled)
    filled.workspace.run(lambda db: operations.redo(db, "memories"))
    assert (shown(filled)[1], items.item(conn, filled.bank, 1).tags) == ("active", ("a",))
