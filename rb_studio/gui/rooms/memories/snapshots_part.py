"""Snapshots among the bank's tools: reads them when looked at, and does what their panel asks for."""

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QPoint, Qt

from rb_studio.gui.commands.binding import Binding, bind
from rb_studio.gui.commands.registry import Command
from rb_studio.gui.rooms.memories import snapshot_reads
from rb_studio.gui.rooms.memories.acts import operate, undo_if_last
from rb_studio.gui.rooms.memories.offered_snapshots import OFFERED
from rb_studio.gui.rooms.memories.panel import WhenSeen
from rb_studio.gui.rooms.memories.parts import PanelPart, Tab
from rb_studio.gui.rooms.memories.points import ComparesAnswers, Points, TestsCuration, comparing, testing
from rb_studio.gui.rooms.memories.presenter import TABLES
from rb_studio.gui.rooms.memories.snapshots_panel import SnapshotsPanel
from rb_studio.jobs import bulk
from rb_studio.store import banks, curation, snapshots
from rb_studio.store.changes import ChangeRecord
from rb_studio.store.difference import BankDiff

if TYPE_CHECKING:
    from sqlite_utils import Database

    from rb_studio.gui.rooms.memories.view import MemoriesRoom
    from rb_studio.store.snapshots import SnapshotRow

NAME = "snapshots"
NO_BANK = "The workspace is open for reading only, or has no bank."
NONE_CHOSEN = "Show the snapshots and choose one first."
NOTHING_LISTS = "Nothing differs between the two points."
NO_TEST = "No part of this room runs tests of a curation."
NO_COMPARISON = "No part of this room compares the answers of two points."
STEP = "It is one step, and Undo takes it back. What came since stays in the history."
NAMES_GO = "Only the name goes; the history it points into stays, and so do all items."


class SnapshotsPart(PanelPart[SnapshotsPanel]):
    """Fills the panel and carries out its acts."""

    tab = Tab("tools", NAME, "Snapshots")

    def __init__(self, room: "MemoriesRoom") -> None:
        super().__init__(room)
        self._wanted = ""
        self._comparing: ComparesAnswers | None = None
        self._testing: TestsCuration | None = None
        self._acts: Mapping[str, Callable[[], None]] = {
            "take": self.take,
            "rollback": self.roll_back,
            "rename": self.rename,
            "delete": self.delete,
            "fork": self.fork,
            "items": self.list_items,
            "whatif": self.compare,
            "test": self.test,
        }

    def make(self) -> SnapshotsPanel:
        panel = SnapshotsPanel(self._frame.theme)
        self._seen = WhenSeen(panel, self._room.bank, self._read)
        panel.asked.connect(self.act)
        panel.points_chosen.connect(self.compare_points)
        panel.item_chosen.connect(self._room.presenter.show_item)
        panel.more.aboutToShow.connect(self._fill_menu)
        panel.list.customContextMenuRequested.connect(self._pop_up)
        panel.list.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        return panel

    def commands(self) -> list[Command]:
        chosen, here = (self.can_change, NONE_CHOSEN), (self.has_bank, NO_BANK)
        bindings = {
            "memory.snapshot": Binding(self.take, *here),
            "memory.snapshots": Binding(self.show),
            "memory.rollback": Binding(self.roll_back, *here),
            "memory.snapshot.fork": Binding(self.fork, *here),
            "memory.snapshot.rename": Binding(self.rename, *chosen),
            "memory.snapshot.delete": Binding(self.delete, *chosen),
            "memory.snapshot.items": Binding(self.list_items, self.differs, NOTHING_LISTS),
            "memory.snapshot.whatif": Binding(self.compare, self.can_compare, self.why_no_comparison),
            "memory.snapshot.test": Binding(self.test, self.can_test, self.why_no_test),
        }
        return bind(OFFERED, "memories", bindings)

    def joined(self) -> None:
        """Looked for once: all commands are asked at every choice of a row."""
        self._comparing, self._testing = comparing(self._room.parts.all), testing(self._room.parts.all)

    def bank_shown(self, bank: int | None) -> None:
        self.panel.show_snapshots(None)
        self._seen.outdated()

    def changed(self, change: ChangeRecord) -> None:
        if set(change.tables) & (TABLES | {"snapshot", "bank"}):
            self._seen.outdated()

    def place_to_keep(self) -> dict[str, Any]:
        row = self.panel.chosen()
        return {"snapshot": row.name} if row else {}

    def restore_place(self, kept: Mapping[str, Any]) -> None:
        self._wanted = str(kept.get("snapshot", ""))

    def act(self, name: str) -> None:
        """What the panel asks for, where it can be done."""
        self._acts[name]()

    def has_bank(self) -> bool:
        return self._frame.session.workspace.writable and self._room.bank() is not None

    def can_change(self) -> bool:
        return self.has_bank() and self.chosen() is not None

    def differs(self) -> bool:
        return self.slot.filled and bool(self.panel.differing_items())

    def chosen(self) -> "SnapshotRow | None":
        """The snapshot that is chosen in the panel."""
        return self.panel.chosen() if self.slot.filled else None

    def points(self) -> Points | None:
        """The pair of points that is chosen in the panel."""
        return self.panel.points() if self.slot.filled else None

    def can_compare(self) -> bool:
        return self.points() is not None and self._comparing is not None

    def why_no_comparison(self) -> str:
        return NONE_CHOSEN if self._comparing else NO_COMPARISON

    def can_test(self) -> bool:
        return self.points() is not None and self._testing is not None

    def why_no_test(self) -> str:
        return NONE_CHOSEN if self._testing else NO_TEST

    def show(self) -> None:
        """Step through the snapshots."""
        self._room.side.show_tab(NAME)
        self.panel.list.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def take(self) -> None:
        """Name the bank as it stands."""
        proposal = f"{datetime.now():%Y-%m-%d %H.%M}"
        name = self._frame.dialogs.ask_text("Take a snapshot", "Name of the snapshot", proposal)
        if name:
            self._wanted = name
            said = f"Snapshot \u201c{name}\u201d taken."
            self._name(lambda db, bank: snapshots.take_snapshot(db, bank, name), said)

    def rename(self) -> None:
        """Another name for the chosen one; one that was taken by itself is kept for good by that."""
        row = self.panel.chosen()
        if row is None or not self.has_bank():
            return
        label = "New name; it is kept for good then" if row.automatic else "New name"
        name = self._frame.dialogs.ask_text("Rename the snapshot", label, row.name)
        if name and name != row.name:
            self._wanted = name
            said = f"Snapshot \u201c{row.name}\u201d is called \u201c{name}\u201d now."
            self._name(lambda db, bank: snapshots.rename_snapshot(db, bank, row.name, name), said)

    def delete(self) -> None:
        """Drop the chosen one's name."""
        row = self.panel.chosen()
        if row is None or not self.has_bank():
            return
        if self._frame.dialogs.ask(f"Delete the snapshot \u201c{row.name}\u201d?", NAMES_GO, ["Delete"]):
            said = f"Snapshot \u201c{row.name}\u201d deleted."
            self._name(lambda db, bank: snapshots.delete_snapshot(db, bank, row.name), said)

    def fork(self) -> None:
        """A bank of its own that starts as the chosen snapshot, or as now where none is chosen."""
        row, parent, bank = self.chosen(), self._room.presenter.bank_name, self._room.bank()
        if bank is None or not self.has_bank():
            return
        stood = f"\u201c{parent}\u201d stood at \u201c{row.name}\u201d" if row else f"\u201c{parent}\u201d stands now"
        proposal = f"{parent} {row.name}" if row else f"{parent} fork"
        name = self._frame.dialogs.ask_text("Fork to a new bank", f"Name of a bank that starts as {stood}", proposal)
        if name:
            work = partial(_fork, bank=bank, name=name, operation=row.operation if row else None)
            operate(self._frame, work, partial(self._forked, name))

    def list_items(self) -> None:
        """The items that differ, in the table."""
        if self.differs():
            self._room.select(self.panel.differing_items())

    def compare(self) -> None:
        """Ask the same task of both points."""
        points, part = self.points(), self._comparing
        if points is not None and part is not None:
            part.compare_answers(points)

    def test(self) -> None:
        """Run the same tasks from both points."""
        points, part = self.points(), self._testing
        if points is not None and part is not None:
            part.test_curation(points)

    def roll_back(self) -> None:
        """Go back to the chosen snapshot, after saying what that does; where none is looked at, show them."""
        row, bank = self.chosen(), self._room.bank()
        if row is None or not self.panel.isVisible() or bank is None:
            self.show()
            return
        if self.has_bank():
            points = Points(bank, row.name, row.operation)
            read = partial(snapshot_reads.differing, points=points, limit=0)
            self._frame.session.query("memories.rollback", read, partial(self._ask_back, points))

    def compare_points(self) -> None:
        """Read what differs between the chosen points."""
        points = self.panel.points()
        if points is not None:
            read = partial(snapshot_reads.differing, points=points)
            self._frame.session.query("memories.points", read, partial(self._show_difference, points))
        self._frame.registry.refresh()

    def _ask_back(self, points: Points, diff: BankDiff) -> None:
        effect = snapshot_reads.what_rolling_back_does(diff)
        if not effect:
            self._frame.toast(f"Nothing to change: the bank is as it was at \u201c{points.before}\u201d.")
            return
        question = f"Roll the bank back to \u201c{points.before}\u201d?"
        if self._frame.dialogs.ask(question, f"{effect[:1].upper()}{effect[1:]}. {STEP}", ["Roll back"]):
            work = partial(_roll_back, points=points, total=diff.total)
            operate(self._frame, work, self._rolled_back)

    def _rolled_back(self, change: ChangeRecord) -> None:
        if change.operation is not None:
            take_back = partial(operate, self._frame, partial(undo_if_last, operation=change.operation))
            self._frame.toast(f"{change.label}.", "Undo", take_back)

    def _name(self, act: "Callable[[Database, int], object]", said: str) -> None:
        bank = self._room.bank()
        if bank is None:
            return

        def work(db: "Database") -> ChangeRecord:
            act(db, bank)
            return ChangeRecord(said, "user", ("snapshot",))

        operate(self._frame, work, lambda change: self._frame.toast(change.label))

    def _forked(self, name: str, _change: ChangeRecord) -> None:
        show = partial(self._room.presenter.choose_bank_named, name)
        self._frame.toast(f"The bank \u201c{name}\u201d starts from here.", "Show it", show)

    def _read(self, bank: int) -> None:
        self._frame.session.query("memories.snapshots", partial(snapshot_reads.found, bank_id=bank), self._show)

    def _show(self, found: snapshot_reads.Found) -> None:
        if found.bank != self._room.bank():
            return
        self.panel.show_snapshots(found)
        if self._wanted:
            self.panel.choose(self._wanted)
            self._wanted = ""
        if found.rows:
            read = partial(snapshot_reads.distances, bank_id=found.bank, rows=found.rows)
            self._frame.session.query("memories.distances", read, self.panel.show_distances)
        self._frame.registry.refresh()

    def _show_difference(self, points: Points, diff: BankDiff) -> None:
        if points == self.panel.points():
            self.panel.show_difference(points, diff)
            self._frame.registry.refresh()

    def _fill_menu(self) -> None:
        """The commands, as they can be asked for now."""
        self.panel.more.clear()
        for name in ("rename", "delete", "fork", "", "items", "whatif", "test"):
            if name:
                self.panel.more.addAction(self._frame.registry.action(f"memory.snapshot.{name}"))
            else:
                self.panel.more.addSeparator()

    def _pop_up(self, where: QPoint) -> None:
        self.panel.more.popup(self.panel.list.viewport().mapToGlobal(where))


def _roll_back(db: "Database", points: Points, total: int) -> ChangeRecord:
    """One operation, after a snapshot of what it leaves behind where that is much."""

    def back(db: "Database", _reason: str) -> ChangeRecord:
        return curation.rollback(db, points.bank, points.before)

    before = f"before going back to {points.before}"
    return bulk.act(db, points.bank, range(total), back, snapshot=before)


def _fork(db: "Database", bank: int, name: str, operation: int | None) -> ChangeRecord:
    made = banks.fork_bank(db, bank, name, at_operation=operation)
    return ChangeRecord(f"Fork “{name}”", "user", ("bank",), {"bank": (made,)})
