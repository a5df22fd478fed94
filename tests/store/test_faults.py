"""Every write boundary broken once: the file is whole and holds all of an operation or nothing of it."""

import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from rb_studio.jobs import bulk
from rb_studio.records.item_past import Act, ItemEvent, ItemPast, PastText
from rb_studio.records.item_text import ItemText
from rb_studio.records.memory import Experience, ItemState
from rb_studio.store import banks, curation, live, operations, outcomes, runs
from rb_studio.store.item_import import import_items
from rb_studio.store.replacing import Replacement, replace_texts
from rb_studio.store.trash import empty_trash
from rb_studio.store.verdicts import add_verdicts
from rb_studio.store.workspace import Workspace
from tests.store.faults import attempt, check_whole, dump_all, fragile_database
from tests.store.samples import ARM, invalid_outcome, item, outcome
from tests.store.test_live import events_of

BANK, RUN = 1, 1
ACT = Act(1, "2025-01-01T00:00:00Z", "Ann", "Add")
PAST = ItemPast(
    "2025-01-01T00:00:00Z", (ItemEvent(ACT, PastText(1, "t", "d", "c"), "active", ("a",)),), (), {"doubt": 0.5}
)
LATER = outcome("shop/2").verdicts[0]

Operation = Callable[[object], object]
OPERATIONS: dict[str, Operation] = {
    "commit an outcome": lambda db: outcomes.commit_outcome(db, RUN, BANK, outcome("shop/1")),
    "replace an invalid outcome": lambda db: outcomes.commit_outcome(db, RUN, BANK, outcome("shop/9")),
    "append live steps": lambda db: live.append_live(db, RUN, events_of("shop/1")),
    "drop what is unfinished": lambda db: live.drop_unfinished(db, RUN),
    "add": lambda db: curation.add_item(db, BANK, item(20, tags=("a",)), task_text="another"),
    "import": lambda db: import_items(db, BANK, [Experience("e9", "", "t", (item(1, "anew"), item(21)))]),
    "edit": lambda db: curation.edit_item(db, BANK, 1, ItemText("検索結果", "d", "c")),
    "archive": lambda db: curation.set_state(db, BANK, [1, 2, 3], ItemState.ARCHIVED),
    "tag": lambda db: curation.add_tag(db, BANK, [1, 2, 3], "x"),
    "untag": lambda db: curation.remove_tag(db, BANK, [1, 2], "new"),
    "merge": lambda db: curation.merge_items(db, BANK, [1, 2], ItemText("Both", "d", "c")),
    "merge and keep apart": lambda db: curation.merge_items(db, BANK, [1, 2], ItemText("B", "d", "c"), apart=[3]),
    "replace": lambda db: replace_texts(db, BANK, [Replacement(1, "title", "Sort", "Sort it", 1)]),
    "act on many": lambda db: bulk.act(
        db, BANK, [1], lambda db, reason: curation.add_tag(db, BANK, [1], "y"), snapshot="before", many=1
    ),
    "import with a history": lambda db: import_items(
        db,
        BANK,
        [Experience("e9", "", "t", (item(1, "anew"), item(21)))],
        choice={"item-1": "both"},
        pasts={"item-21": PAST},
    ),
    "empty the trash": lambda db: empty_trash(db, BANK, [4]),
    "roll back": lambda db: curation.rollback(db, BANK, "start"),
    "undo": lambda db: operations.undo(db, "memories"),
    "redo": lambda db: operations.redo(db, "memories"),
    "judge": lambda db: add_verdicts(db, [LATER.__class__("h1", LATER.rollout_uid, LATER.status, "r", "human")]),
}


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with something of everything, an undone operation and an unfinished task."""
    path = tmp_path_factory.mktemp("faults") / "w.rbank"
    with Workspace.open(path, write=True, create=True) as workspace:
        run = workspace.run
        assert run(lambda db: banks.create_bank(db, "reasoningbank", "reasoningbank")) == BANK
        assert run(lambda db: runs.create_run(db, ARM, bank=BANK)) == RUN
        run(lambda db: banks.take_snapshot(db, BANK, "start"))
        three = (item(1, tags=("new",)), item(2, tags=("new",)), item(3), item(4, state=ItemState.DELETED))
        run(lambda db: import_items(db, BANK, [Experience("e1", "", "task", three)]))
        run(lambda db: outcomes.commit_outcome(db, RUN, BANK, outcome("shop/2")))
        run(lambda db: outcomes.commit_outcome(db, RUN, BANK, invalid_outcome("shop/9")))
        run(lambda db: live.append_live(db, RUN, events_of("shop/3")[:4]))
        run(lambda db: curation.edit_item(db, BANK, 1, ItemText("Sort", "d", "c")))
        run(lambda db: curation.set_state(db, BANK, [1, 2], ItemState.EXCLUDED))
        run(lambda db: operations.undo(db, "memories"))
    return path


@pytest.mark.parametrize("name", OPERATIONS)
def test_a_fault_at_any_statement_leaves_nothing_of_the_operation(name: str, prepared: Path, tmp_path: Path) -> None:
    path = Path(shutil.copy(prepared, tmp_path))
    db = fragile_database(path)
    before = dump_all(db.conn)
    number = 1
    while not attempt(db, OPERATIONS[name], fails_at=number):
        assert not db.conn.in_transaction
        assert dump_all(db.conn) == before, f"statement {number} left something"
        number += 1
    assert number > 4
    assert dump_all(db.conn) != before
    check_whole(db)
    db.close()


@pytest.mark.parametrize("name", ["commit an outcome", "merge", "roll back", "import"])
def test_an_interrupt_inside_any_statement_leaves_nothing(name: str, prepared: Path, tmp_path: Path) -> None:
    db = fragile_database(Path(shutil.copy(prepared, tmp_path)))
    before = dump_all(db.conn)
    for ticks in range(1, 10_000, 7):
        left = ticks

        def interrupt() -> bool:
            nonlocal left
            left -= 1
            return left <= 0

        db.conn.set_progress_handler(interrupt, 40)
        interrupted = False
        try:
            attempt(db, OPERATIONS[name], None)
        except sqlite3.OperationalError:
            interrupted = True
        db.conn.set_progress_handler(None, 0)
        if not interrupted:
            break
        assert dump_all(db.conn) == before
    assert ticks > 1
    assert dump_all(db.conn) != before
    check_whole(db)
    db.close()


def test_the_operation_after_a_fault_finds_everything_in_place(prepared: Path, tmp_path: Path) -> None:
    """Caches filled by what was rolled back (blobs, ids) must not point nowhere."""
    db = fragile_database(Path(shutil.copy(prepared, tmp_path)))
    commit = OPERATIONS["commit an outcome"]
    assert attempt(db, commit, None)
    statements = db.conn.statements
    db.close()
    for number in range(2, statements, 11):
        db = fragile_database(Path(shutil.copy(prepared, tmp_path / f"{number}.rbank")))
        assert not attempt(db, commit, fails_at=number)
        assert attempt(db, commit, None)
        back = outcomes.load_outcome(db.conn, RUN, "shop/1", with_calls=True)
        assert back.rollouts == outcome("shop/1").rollouts
        assert back.calls == outcome("shop/1").calls
        check_whole(db)
        db.close()
