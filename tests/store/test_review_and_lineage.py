"""Deciding about candidates, what was merged from what, snapshots' names, and acts on many."""

import pytest

from rb_studio.jobs import bulk
from rb_studio.records.errors import UsageError
from rb_studio.records.item_text import ItemText
from rb_studio.records.memory import Experience, ItemState
from rb_studio.store import banks, curation, items, lineage, operations, outcomes, review, runs, snapshots
from rb_studio.store.item_import import import_items
from rb_studio.store.review import Doubt
from tests.store.conftest import Ground
from tests.store.samples import ARM, item, outcome


@pytest.fixture
def filled(ground: Ground) -> Ground:
    """Four candidates, the third doubted, and an active item."""
    found = (*(item(n, state=ItemState.CANDIDATE) for n in range(1, 5)), item(5, tags=("a",)))
    ground.workspace.run(lambda db: import_items(db, ground.bank, [Experience("e1", "", "task", found)]))
    ground.workspace.run(lambda db: review.add_doubts(db, {3: [Doubt("judged unknown"), Doubt("low confidence", 0.4)]}))
    return ground


def states(ground: Ground) -> dict[int, str]:
    every = items.ItemFilter(states=tuple(map(str, ItemState)))
    return {row.id: row.state for row in items.list_items(ground.workspace.reader(), ground.bank, every)}


def test_the_queue_begins_with_what_is_doubted(filled: Ground) -> None:
    conn = filled.workspace.reader()
    assert review.queue(conn, filled.bank) == [3, 1, 2, 4]
    assert review.doubts(conn, [1, 3]) == {3: (Doubt("judged unknown"), Doubt("low confidence", 0.4))}


def test_a_decision_passes_over_what_waits_no_more(filled: Ground) -> None:
    run = filled.workspace.run
    change = run(lambda db: review.accept(db, filled.bank, [1, 2, 5], who="Ann", reason="read"))
    assert (change.label, change.ids["memory_item"]) == ("Accept 2 memories", (1, 2))
    run(lambda db: review.reject(db, filled.bank, [1, 3], to=ItemState.DELETED))
    assert states(filled) == {1: "active", 2: "active", 3: "deleted", 4: "candidate", 5: "active"}
    run(lambda db: operations.undo(db, "memories"))
    assert review.queue(filled.workspace.reader(), filled.bank) == [3, 4]
    assert run(lambda db: review.accept(db, filled.bank, [5])).empty
    for state in (ItemState.ACTIVE, ItemState.CANDIDATE):
        with pytest.raises(UsageError, match="cannot become"):
            run(lambda db, state=state: review.reject(db, filled.bank, [4], to=state))


def test_a_merge_takes_each_field_from_where_it_is_told(filled: Ground) -> None:
    run, conn = filled.workspace.run, filled.workspace.reader()
    run(lambda db: import_items(db, filled.bank, [Experience("e2", "", "other", (item(6, polarity="failure"),))]))
    change = run(
        lambda db: curation.merge_items(
            db,
            filled.bank,
            [1, 5, 6],
            ItemText("Both", "d", "c"),
            polarity="failure",
            label_source="human",
            tags=["b", "", " b "],
            task_of=6,
            apart=[2, 3],
        )
    )
    row = items.item(conn, filled.bank, change.ids["memory_item"][0])
    assert (row.experience_uid, row.polarity, row.label_source, row.tags) == ("e2", "failure", "human", ("b",))
    pairs = {(2, 3), (1, 2), (1, 3), (2, 5), (3, 5), (2, 6), (3, 6)}
    assert curation.distinct_pairs(conn, filled.bank) == pairs
    assert states(filled)[2] == "candidate"
    run(lambda db: operations.undo(db, "memories"))
    assert curation.distinct_pairs(conn, filled.bank) == set()


@pytest.mark.parametrize(
    ("more", "why"), [({"task_of": 4}, "none of those merged"), ({"apart": [5]}, "merged and kept apart at once")]
)
def test_a_merge_that_contradicts_itself_is_refused(filled: Ground, more: dict[str, object], why: str) -> None:
    with pytest.raises(UsageError, match=why):
        filled.workspace.run(lambda db: curation.merge_items(db, filled.bank, [1, 5], ItemText("t", "d", "c"), **more))


def test_lineage_is_told_from_both_ends_and_unites_usage(filled: Ground) -> None:
    run, conn = filled.workspace.run, filled.workspace.reader()
    text = ItemText("Both", "d", "c")
    first = run(lambda db: curation.merge_items(db, filled.bank, [1, 2], text, who="Ann")).ids["memory_item"][0]
    second = run(lambda db: curation.merge_items(db, filled.bank, [first, 3], text)).ids["memory_item"][0]
    assert set(lineage.merged_from(conn, filled.bank, second)) == {first, 1, 2, 3}
    assert lineage.origins(conn, filled.bank).keys() == {first, second}
    into, *from_ = reversed(lineage.lineage(conn, filled.bank, first))
    assert (into.kind, into.outgoing, into.item, into.title) == ("merged_into", True, second, "Both")
    assert [(link.outgoing, link.item, link.who) for link in from_] == [(False, 2, "Ann"), (False, 1, "Ann")]
    run(lambda db: outcomes.commit_outcome(db, filled.run, filled.bank, outcome("shop/1")))  # injects item-1 and item-2
    every = items.ItemFilter(states=tuple(ItemState))
    used = {row.id: row.used for row in items.list_items(conn, filled.bank, every)}
    assert {one: used[one] for one in (1, first, second, 4)} == {1: 1, first: 1, second: 1, 4: 0}  # one retrieval
    assert lineage.united_uses(conn, filled.bank) == {first: 1, second: 1}
    assert lineage.united_use(conn, filled.bank, [first, 4]) == lineage.united_use(conn, filled.bank, [1, 2]) == 1
    assert lineage.own_use(conn, items.item(conn, filled.bank, second).uid) == 0
    in_use = items.ItemFilter(states=("active",), numbers=(("used", ">", 0),))
    assert items.item_ids(conn, filled.bank, in_use) == [second]
    run(lambda db: operations.undo(db, "memories"))
    assert items.item_ids(conn, filled.bank, in_use, order="used") == [first]


def test_a_dry_run_counts_what_the_act_then_changes(filled: Ground) -> None:
    conn = filled.workspace.reader()
    plan = bulk.plan_state(conn, filled.bank, [1, 2, 5, 99], ItemState.ACTIVE)
    assert (plan.matching, plan.changing, plan.unchanged, plan.by_state) == (3, 2, 1, {"candidate": 2, "active": 1})
    assert [row.id for row in plan.sample] == [1, 2]
    assert bulk.plan_tag(conn, filled.bank, [1, 5], "a").changing == 1
    assert bulk.plan_tag(conn, filled.bank, [1, 5], " a ", present=False).changing == 1


def test_an_act_on_many_is_one_step_after_an_automatic_snapshot(filled: Ground) -> None:
    run, conn = filled.workspace.run, filled.workspace.reader()
    ids = [1, 2, 3, 4, 5]

    def archive(db: object, reason: str) -> object:
        return curation.set_state(db, filled.bank, ids, ItemState.ARCHIVED, reason=reason)

    before = banks.bank_hash(conn, filled.bank)
    for _ in range(2):
        run(lambda db: bulk.act(db, filled.bank, ids, archive, snapshot="before archiving", reason="too many", many=5))
    (row,) = snapshots.snapshots(conn, filled.bank)
    assert (row.name, row.automatic, row.reason) == ("before archiving", True, "too many"), "none for no change"
    run(lambda db: curation.rollback(db, filled.bank, row.name))
    assert banks.bank_hash(conn, filled.bank) == before
    run(lambda db: operations.undo(db, "memories"))
    run(lambda db: operations.undo(db, "memories"))
    assert banks.bank_hash(conn, filled.bank) == before
    run(lambda db: bulk.act(db, filled.bank, ids[:2], archive, snapshot="few"))
    assert len(snapshots.snapshots(conn, filled.bank)) == 1


def test_automatic_snapshots_make_room_and_named_ones_stay(ground: Ground) -> None:
    run, conn = ground.workspace.run, ground.workspace.reader()
    run(lambda db: snapshots.take_snapshot(db, ground.bank, "mine"))
    for _ in range(snapshots.KEPT_AUTOMATIC + 3):
        run(lambda db: snapshots.take_snapshot(db, ground.bank, "auto", automatic=True))
    taken = snapshots.snapshots(conn, ground.bank)
    names = [row.name for row in taken]
    assert len(names) == snapshots.KEPT_AUTOMATIC + 1
    assert names[0] == "mine"
    assert len(set(names)) == len(names)
    kept = run(lambda db: snapshots.rename_snapshot(db, ground.bank, names[1], "kept"))
    assert not kept.automatic
    request = {"request": {"bank": f"reasoningbank@{names[2]}"}}
    run(lambda db: runs.create_run(db, ARM, bank=ground.bank, config=request))
    for _ in range(5):
        run(lambda db: snapshots.take_snapshot(db, ground.bank, "auto", automatic=True))
    left = {row.id for row in snapshots.snapshots(conn, ground.bank)}
    assert {row.id for row in taken[:3]} < left  # named, renamed, and needed by a run
    assert taken[3].id not in left


def test_snapshots_are_renamed_and_deleted_unless_a_run_needs_their_name(filled: Ground) -> None:
    run, conn = filled.workspace.run, filled.workspace.reader()
    run(lambda db: snapshots.take_snapshot(db, filled.bank, "a_b"))
    run(lambda db: snapshots.take_snapshot(db, filled.bank, "axb"))
    request = {"request": {"bank": "reasoningbank@a_b"}}
    going = run(lambda db: runs.create_run(db, ARM, bank=filled.bank, config=request))
    run(lambda db: snapshots.delete_snapshot(db, filled.bank, "axb"))
    for act in (
        lambda db: snapshots.delete_snapshot(db, filled.bank, "a_b"),
        lambda db: snapshots.rename_snapshot(db, filled.bank, "a_b", "c"),
    ):
        with pytest.raises(UsageError, match=f"run {going} starts from snapshot 'a_b'"):
            run(act)
    run(lambda db: runs.set_run_status(db, going, "finished"))
    assert run(lambda db: snapshots.rename_snapshot(db, filled.bank, "a_b", "c")).name == "c"
    run(lambda db: snapshots.delete_snapshot(db, filled.bank, "c"))
    assert snapshots.snapshots(conn, filled.bank) == []
    for name in ("", "#5"):
        with pytest.raises(UsageError, match="does not begin with #"):
            run(lambda db, name=name: snapshots.take_snapshot(db, filled.bank, name))


def test_a_bank_is_named_at_any_operation(filled: Ground) -> None:
    conn = filled.workspace.reader()
    assert banks.resolve(conn, "reasoningbank@#1") == (banks.bank(conn, filled.bank), 1)
    for wrong in ("#99", "#x", "#"):
        with pytest.raises(UsageError, match="no operation"):
            banks.resolve(conn, f"reasoningbank@{wrong}")


def test_the_difference_of_a_bank_and_its_fork_holds_both_sides(filled: Ground) -> None:
    run, conn = filled.workspace.run, filled.workspace.reader()
    fork = run(lambda db: banks.fork_bank(db, filled.bank, "fork"))
    run(lambda db: curation.edit_item(db, fork, 5, ItemText("In the fork", "d", "c")))
    run(lambda db: curation.add_tag(db, filled.bank, [1], "parent"))
    found = banks.diff(conn, filled.bank, None, None, other_bank=fork)
    assert (found.edited, found.retagged, found.total) == (("item-5",), ("item-1",), 2)
    one, five = found.changes
    assert (one.kinds, one.before.tags, one.after.tags) == (("retagged",), ("parent",), ())
    assert (five.kinds, five.before.title, five.after.title) == (("edited",), "Title 5", "In the fork")
    assert len(banks.diff(conn, filled.bank, None, None, other_bank=fork, limit=1).changes) == 1
