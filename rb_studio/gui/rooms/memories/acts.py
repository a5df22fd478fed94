"""What is done to items: states, tags, merges, snapshots, export. Each act is one step of undo."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from rb_studio.gui.rooms.memories.merge import Merge
from rb_studio.jobs import bulk
from rb_studio.records.errors import UsageError
from rb_studio.records.memory import ItemState
from rb_studio.store import curation, operations, snapshots
from rb_studio.store.changes import ChangeRecord

if TYPE_CHECKING:
    from sqlite_utils import Database

    from rb_studio.gui.frame import Frame

DESTRUCTIVE = (ItemState.EXCLUDED, ItemState.ARCHIVED, ItemState.DELETED)
UNDO_FIRST = "other changes came after this one: take them back first, with Undo"


class Acts:
    """Carries acts out on the present bank and says what was done."""

    def __init__(self, frame: "Frame", bank: Callable[[], int | None]) -> None:
        self._frame = frame
        self._bank = bank

    def set_state(self, ids: Sequence[int], state: ItemState) -> None:
        """Put items into a state."""
        loud = state in DESTRUCTIVE or len(ids) > 1
        before = f"before setting {len(ids):,} items to {state}"
        self._act(ids, lambda db, bank: curation.set_state(db, bank, ids, state), loud, before=before)

    def tag(self, ids: Sequence[int], tag: str, on: bool) -> None:
        """Put a tag on items, or take it off."""
        change = curation.add_tag if on else curation.remove_tag
        before = f"before {'putting on' if on else 'taking off'} the tag \u201c{tag}\u201d"
        self._act(ids, lambda db, bank: change(db, bank, ids, tag), len(ids) > 1, before=before)

    def merge(self, wish: Merge, done: Callable[[int], None]) -> None:
        """Make one item out of several; `done` gets its id."""

        def merged(change: ChangeRecord) -> None:
            done(change.ids["memory_item"][0])

        def work(db: "Database", bank: int) -> ChangeRecord:
            return curation.merge_items(
                db,
                bank,
                wish.ids,
                wish.text,
                polarity=wish.polarity,
                tags=wish.tags,
                task_of=wish.task_of,
                apart=wish.apart,
                reason=wish.reason,
            )

        self._act(wish.ids, work, True, merged)

    def keep_apart(self, ids: Sequence[int]) -> None:
        """Remember that items are no duplicates of each other."""
        self._act(ids, lambda db, bank: curation.mark_distinct(db, bank, ids), True)

    def keep_apart_no_longer(self, ids: Sequence[int]) -> None:
        """The next search may tell of these items as duplicates again."""
        self._act(ids, lambda db, bank: curation.forget_distinct(db, bank, ids), True)

    def many(
        self,
        ids: Sequence[int],
        operation: "Callable[[Database, int], ChangeRecord]",
        before: str,
        done: Callable[[ChangeRecord], None] | None = None,
        failed: Callable[[str], None] | None = None,
    ) -> None:
        """Any one operation on items, told with Undo; where they are many after a snapshot called `before`."""
        self._act(ids, operation, True, done, before=before, failed=failed)

    def _act(
        self,
        ids: Sequence[int],
        operation: "Callable[[Database, int], ChangeRecord]",
        loud: bool,
        done: Callable[[ChangeRecord], None] | None = None,
        *,
        before: str | None = None,
        failed: Callable[[str], None] | None = None,
    ) -> None:
        bank = self._bank()
        if bank is None or not ids:
            return
        taken: list[str] = []

        def run(db: "Database") -> ChangeRecord:
            change = bulk.act(db, bank, ids, lambda db, _reason: operation(db, bank), snapshot=before)
            if before is not None and len(ids) >= bulk.MANY and not change.empty:
                taken.append(snapshots.snapshots(db.conn, bank)[-1].name)
            return change

        def finished(change: ChangeRecord) -> None:
            if loud or change.empty:
                self._say(change, taken)
            if done is not None:
                done(change)

        operate(self._frame, run, finished, failed)

    def _say(self, change: ChangeRecord, taken: Sequence[str] = ()) -> None:
        if change.empty:
            self._frame.toast("Nothing to change: it is so already.")
        elif change.operation is not None:
            kept = "".join(f" Snapshot: {name}." for name in taken)
            self._frame.toast(f"{change.label}.{kept}", "Undo", partial(self._take_back, change.operation))

    def _take_back(self, operation: int) -> None:
        operate(self._frame, partial(undo_if_last, operation=operation))


def operate(
    frame: "Frame",
    operation: "Callable[[Database], ChangeRecord]",
    done: Callable[[ChangeRecord], None] | None = None,
    failed: Callable[[str], None] | None = None,
) -> None:
    """Change the workspace, unless it is open for reading only."""
    if frame.session.workspace.writable:
        frame.session.operate(operation, done, failed)
    else:
        (failed or frame.session.failed.emit)("This workspace is open for reading only: nothing was changed.")


def undo_if_last(db: "Database", operation: int) -> ChangeRecord:
    """Take one operation back while nothing came after it. Raises UsageError."""
    row = db.execute(
        "SELECT max(id) FROM operation WHERE scope = ? AND status = 'done' AND kind = 'do'", (curation.SCOPE,)
    ).fetchone()
    if row[0] != operation:
        raise UsageError(UNDO_FIRST)
    return operations.undo(db, curation.SCOPE)
