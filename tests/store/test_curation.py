"""Named operations on a bank, their change records, undo and redo."""

from dataclasses import replace
from pathlib import Path

import pytest

from rb_studio.records.errors import UsageError
from rb_studio.records.item_text import ItemText
from rb_studio.records.memory import Experience, ItemSource, ItemState
from rb_studio.store import banks, curation, items, operations
from rb_studio.store.item_history import history
from rb_studio.store.item_import import import_items
from rb_studio.store.items import ItemFilter
from rb_studio.store.workspace import Workspace
from tests.store.conftest import Ground
from tests.store.samples import item


@pytest.fixture
def filled(ground: Ground) -> Ground:
    sources = (ItemSource("r1", (1, 2), "success", "v1"),)
    pair = (
        item(1, "sort", tags=("a", "b"), sources=sources, polarity="success"),
        item(2, "filter", polarity="failure"),
    )
    third = item(3, "expand", sources=(ItemSource("r2"),))
    found = [Experience("e1", "shop/1", "Find it", pair, ("r1",)), Experience("e2", "shop/2", "Find that", (third,))]
    ground.workspace.run(lambda db: import_items(db, ground.bank, found))
    return ground


def test_an_added_item_stands_alone_under_its_task_text_or_joins_an_experience(filled: Ground) -> None:
    run, conn = filled.workspace.run, filled.workspace.reader()
    change = run(lambda db: curation.add_item(db, filled.bank, item(10), task_text="Count orders", who="Ann"))
    assert (change.label, change.who) == ("Add memory “Title 10”", "Ann")
    run(lambda db: curation.add_item(db, filled.bank, item(11), experience_uid="e2"))
    run(lambda db: curation.add_item(db, filled.bank, item(12)))
    value = banks.bank_value(conn, filled.bank, embedder="")
    assert [one.task_text for one in value.experiences] == ["Find it", "Find that", "Count orders", "Title 12. When 12"]
    assert [one.uid for one in value.experiences[1].items] == ["item-3", "item-11"]
    assert items.item_by_uid(conn, filled.bank, "item-10") == items.item(
        conn, filled.bank, change.ids["memory_item"][0]
    )


def test_what_cannot_be_added_is_refused(filled: Ground) -> None:
    for wrong in (item(1), item(20, title=" "), item(21, description="", content=" \n")):
        with pytest.raises(UsageError):
            filled.workspace.run(lambda db, wrong=wrong: curation.add_item(db, filled.bank, wrong))
    with pytest.raises(UsageError, match="no experience e9"):
        filled.workspace.run(lambda db: curation.add_item(db, filled.bank, item(22), experience_uid="e9"))
    assert operations.undo_label(filled.workspace.reader(), "memories") == "Import 3 memories"


def test_an_edit_is_a_version_with_author_and_reason(filled: Ground) -> None:
    run, conn = filled.workspace.run, filled.workspace.reader()
    text = ItemText("Sort first", "When", "Sort, then read")
    run(lambda db: curation.edit_item(db, filled.bank, 1, text, who="Ann", reason="too vague"))
    row = items.item(conn, filled.bank, 1)
    assert (row.title, row.version) == ("Sort first", 2)
    entries = history(conn, 1)
    assert [(one.kind, one.detail) for one in entries if one.kind == "text"] == [
        ("text", "version 1"),
        ("text", "version 2"),
    ]
    assert (entries[-1].who, entries[-1].reason, entries[-1].content) == ("Ann", "too vague", "Sort, then read")
    again = run(lambda db: curation.edit_item(db, filled.bank, 1, text))
    assert again.empty
    run(lambda db: operations.undo(db, "memories"))
    assert items.item(conn, filled.bank, 1).version == 1
    run(lambda db: curation.edit_item(db, filled.bank, 1, ItemText("Other", "When", "x")))
    assert items.item(conn, filled.bank, 1).version == 3


def test_the_state_of_many_changes_in_one_undo_step(filled: Ground) -> None:
    run, conn = filled.workspace.run, filled.workspace.reader()
    change = run(lambda db: curation.set_state(db, filled.bank, [3, 1, 3], ItemState.EXCLUDED))
    assert change.ids["memory_item"] == (1, 3)
    assert change.label == "Set 2 memories to excluded"
    assert run(lambda db: curation.set_state(db, filled.bank, [1], ItemState.EXCLUDED)).empty
    assert [row.state for row in items.list_items(conn, filled.bank)] == ["excluded", "active", "excluded"]
    undone = run(lambda db: operations.undo(db, "memories"))
    assert (undone.label, undone.ids["memory_item"]) == ("Set 2 memories to excluded", (1, 3))
    assert [row.state for row in items.list_items(conn, filled.bank)] == ["active"] * 3
    with pytest.raises(UsageError, match="no memory item 77"):
        run(lambda db: curation.set_state(db, filled.bank, [1, 77], ItemState.DELETED))
    assert items.item(conn, filled.bank, 1).state == "active"


def test_tags_are_added_and_removed_for_many(filled: Ground) -> None:
    run, conn = filled.workspace.run, filled.workspace.reader()
    change = run(lambda db: curation.add_tag(db, filled.bank, [1, 2, 3], " a "))
    assert change.ids["memory_item"] == (2, 3)
    assert [row.tags for row in items.list_items(conn, filled.bank)] == [("a", "b"), ("a",), ("a",)]
    run(lambda db: curation.remove_tag(db, filled.bank, [1, 2], "a"))
    assert [row.tags for row in items.list_items(conn, filled.bank)] == [("b",), (), ("a",)]
    run(lambda db: operations.undo(db, "memories"))
    run(lambda db: operations.undo(db, "memories"))
    assert [row.tags for row in items.list_items(conn, filled.bank)] == [("a", "b"), (), ()]
    with pytest.raises(UsageError, match="needs a name"):
        run(lambda db: curation.add_tag(db, filled.bank, [1], "  "))


def test_merging_unites_tags_and_provenance_and_archives_the_originals(filled: Ground) -> None:
    run, conn = filled.workspace.run, filled.workspace.reader()
    before = banks.bank_value(conn, filled.bank, embedder="")
    run(lambda db: curation.add_tag(db, filled.bank, [3], "c"))
    change = run(lambda db: curation.merge_items(db, filled.bank, [3, 1], ItemText("Both", "When", "x")))
    merged = items.item(conn, filled.bank, change.ids["memory_item"][0])
    assert (merged.title, merged.state, merged.tags) == ("Both", "active", ("a", "b", "c"))
    assert merged.sources == (ItemSource("r2"), ItemSource("r1", (1, 2), "success", "v1"))
    assert merged.experience_uid == "e2"
    assert [items.item(conn, filled.bank, n).state for n in (1, 2, 3)] == ["archived", "active", "archived"]
    assert [one.detail for one in history(conn, 1) if one.kind == "lineage"] == [f"merged_into {merged.uid}"]
    run(lambda db: operations.undo(db, "memories"))
    run(lambda db: operations.undo(db, "memories"))
    assert banks.bank_value(conn, filled.bank, embedder="") == before
    with pytest.raises(UsageError, match="at least two"):
        run(lambda db: curation.merge_items(db, filled.bank, [1, 1], ItemText("t", "d", "c")))


def test_pairs_that_are_no_duplicates_are_remembered(filled: Ground) -> None:
    run = filled.workspace.run
    run(lambda db: curation.mark_distinct(db, filled.bank, [3, 1]))
    assert run(lambda db: curation.mark_distinct(db, filled.bank, [1, 3])).empty
    assert run(lambda db: curation.distinct_pairs(db, filled.bank)) == {(1, 3)}
    run(lambda db: operations.undo(db, "memories"))
    assert run(lambda db: curation.distinct_pairs(db, filled.bank)) == set()


def test_a_pair_kept_apart_is_forgotten_alone_and_the_undo_knows_it_again(filled: Ground) -> None:
    run, bank = filled.workspace.run, filled.bank
    run(lambda db: curation.mark_distinct(db, bank, [1, 2, 3]))
    fork = run(lambda db: banks.fork_bank(db, bank, "fork"))
    run(lambda db: curation.forget_distinct(db, bank, [3, 1]))
    assert run(lambda db: curation.distinct_pairs(db, bank)) == {(1, 2), (2, 3)}
    assert run(lambda db: curation.forget_distinct(db, bank, [1, 3])).empty
    run(lambda db: operations.undo(db, "memories"))
    assert run(lambda db: curation.distinct_pairs(db, bank)) == {(1, 2), (1, 3), (2, 3)}
    with pytest.raises(UsageError, match="forked from"):
        run(lambda db: curation.forget_distinct(db, fork, [1, 2]))


def test_importing_again_updates_texts_keeps_curation_and_adds_nothing_twice(filled: Ground) -> None:
    run, conn = filled.workspace.run, filled.workspace.reader()
    run(lambda db: curation.set_state(db, filled.bank, [1], ItemState.EXCLUDED))
    fresh = Experience("e1", "shop/1", "Find it", (item(1, "sort"), item(2, "filter"), item(2, "twice"), item(4)))
    assert run(lambda db: import_items(db, filled.bank, [replace(fresh, items=fresh.items[:2])])).empty
    run(lambda db: import_items(db, filled.bank, [fresh]))
    assert [row.uid for row in items.list_items(conn, filled.bank)] == ["item-1", "item-2", "item-3", "item-4"]
    changed = replace(fresh, items=(item(1, "anew"),))
    change = run(lambda db: import_items(db, filled.bank, [changed]))
    row = items.item(conn, filled.bank, 1)
    assert change.ids["memory_item"] == (1,)
    assert (row.title, row.state, row.tags, row.version) == ("Title 1 anew", "excluded", ("a", "b"), 2)


def test_an_import_that_was_undone_can_be_imported_again(ground: Ground) -> None:
    run, conn = ground.workspace.run, ground.workspace.reader()
    found = [Experience("e1", "shop/1", "Find it", (item(1, tags=("a",)), item(2)))]
    run(lambda db: import_items(db, ground.bank, found))
    run(lambda db: operations.undo(db, "memories"))
    assert banks.bank_value(conn, ground.bank, embedder="").experiences == ()
    run(lambda db: import_items(db, ground.bank, found))
    assert banks.bank_value(conn, ground.bank, embedder="").experiences == tuple(found)
    assert run(lambda db: import_items(db, ground.bank, found)).empty


def test_undo_is_linear_survives_a_restart_and_a_new_change_ends_redo(filled: Ground, path: Path) -> None:
    run = filled.workspace.run
    run(lambda db: curation.add_tag(db, filled.bank, [1], "one"))
    run(lambda db: curation.add_tag(db, filled.bank, [1], "two"))
    run(lambda db: operations.undo(db, "memories"))
    filled.workspace.close()
    with Workspace.open(path, write=True) as workspace:
        conn = workspace.reader()
        assert operations.undo_label(conn, "memories") == "Tag 1 memory as “one”"
        assert operations.redo_label(conn, "memories") == "Tag 1 memory as “two”"
        workspace.run(lambda db: operations.redo(db, "memories"))
        assert items.item(conn, filled.bank, 1).tags == ("a", "b", "one", "two")
        workspace.run(lambda db: operations.undo(db, "memories"))
        workspace.run(lambda db: operations.undo(db, "memories"))
        workspace.run(lambda db: curation.add_tag(db, filled.bank, [1], "three"))
        assert operations.redo_label(conn, "memories") is None
        with pytest.raises(UsageError, match="nothing to redo"):
            workspace.run(lambda db: operations.redo(db, "memories"))
        assert items.item(conn, filled.bank, 1).tags == ("a", "b", "three")


def test_scopes_do_not_mix_and_an_unknown_one_is_refused(filled: Ground) -> None:
    with pytest.raises(UsageError, match="nothing to undo in verdicts"):
        filled.workspace.run(lambda db: operations.undo(db, "verdicts"))
    with pytest.raises(UsageError, match="no scope"):
        filled.workspace.run(lambda db: operations.undo(db, "runs"))


@pytest.mark.parametrize(
    ("where", "found"),
    [
        (ItemFilter(), [1, 2, 3]),
        (ItemFilter(states=("archived",)), []),
        (ItemFilter(tags=("a", "b")), [1]),
        (ItemFilter(text="SORT"), [1]),
        (ItemFilter(text="100%"), []),
        (ItemFilter(polarity="failure"), [2]),
        (ItemFilter(polarity=""), [3]),
        (ItemFilter(source="r2"), [3]),
        (ItemFilter(source="import"), [1, 2, 3]),
        (ItemFilter(source="hand"), []),
        (ItemFilter(source="run"), []),
        (ItemFilter(ids=(2, 3), text="title"), [2, 3]),
    ],
)
def test_items_are_filtered(filled: Ground, where: ItemFilter, found: list[int]) -> None:
    conn = filled.workspace.reader()
    assert items.item_ids(conn, filled.bank, where) == found
    assert [row.id for row in items.list_items(conn, filled.bank, where)] == found


def test_deleted_items_show_only_when_asked_for_and_pages_are_cut_in_order(filled: Ground) -> None:
    conn = filled.workspace.reader()
    filled.workspace.run(lambda db: curation.set_state(db, filled.bank, [2], ItemState.DELETED))
    assert items.item_ids(conn, filled.bank) == [1, 3]
    assert items.item_ids(conn, filled.bank, ItemFilter(states=("deleted",))) == [2]
    rows = items.list_items(conn, filled.bank, order="title", descending=True, limit=1, offset=1)
    assert [row.title for row in rows] == ["Title 1 sort"]
    with pytest.raises(UsageError, match="cannot be ordered"):
        items.list_items(conn, filled.bank, order="id; DROP TABLE bank")


def test_an_item_is_found_by_id_uid_or_a_clear_beginning(filled: Ground) -> None:
    conn = filled.workspace.reader()
    assert items.find_item(conn, filled.bank, "2").uid == "item-2"
    assert items.find_item(conn, filled.bank, "item-3").id == 3
    with pytest.raises(UsageError, match="fits"):
        items.find_item(conn, filled.bank, "item")
    for unknown in ("99", "x", "", "9" * 40, "²"):
        with pytest.raises(UsageError, match="no memory item"):
            items.find_item(conn, filled.bank, unknown)


def test_a_short_number_is_no_beginning_of_a_uid_and_a_whole_uid_is_itself(filled: Ground) -> None:
    names = ("99991111-a", "4242", "item-33")
    found = tuple(replace(item(n), uid=uid) for n, uid in enumerate(names, 4))
    filled.workspace.run(lambda db: import_items(db, filled.bank, [Experience("e9", "", "More", found)]))
    conn = filled.workspace.reader()
    with pytest.raises(UsageError, match="no memory item 99"):
        items.find_item(conn, filled.bank, "99")
    assert items.find_item(conn, filled.bank, "99991111").uid == "99991111-a"
    assert items.find_item(conn, filled.bank, "4242").uid == "4242"
    assert items.find_item(conn, filled.bank, "item-3").id == 3
