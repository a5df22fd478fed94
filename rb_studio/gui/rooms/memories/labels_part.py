"""Labelled tasks among the bank's tools: reads them when looked at, measures on another thread."""

import sqlite3
from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import Qt

from rb_studio.gui.commands.binding import Binding, bind
from rb_studio.gui.commands.registry import Command
from rb_studio.gui.rooms.memories import reads
from rb_studio.gui.rooms.memories.acts import operate
from rb_studio.gui.rooms.memories.labels_panel import Labels, LabelsPanel
from rb_studio.gui.rooms.memories.offered_labels import OFFERED
from rb_studio.gui.rooms.memories.panel import WhenSeen
from rb_studio.gui.rooms.memories.parts import PanelPart, Tab
from rb_studio.gui.rooms.memories.presenter import TABLES
from rb_studio.gui.rooms.memories.slow import Ticket
from rb_studio.jobs.embedding import chosen_embedder, quality_notes
from rb_studio.jobs.retrieval_quality import LabelReport, label_report
from rb_studio.store.changes import ChangeRecord
from rb_studio.store.relevance import relevance, set_relevance

KEY = "labels"
NAME = "labels"


class LabelsPart(PanelPart[LabelsPanel]):
    """Fills the panel and carries out its acts."""

    tab = Tab("tools", NAME, "Labels")

    def make(self) -> LabelsPanel:
        panel = LabelsPanel()
        self._seen = WhenSeen(panel, self._room.bank, self._read)
        panel.measure_asked.connect(self._measure)
        panel.stop_asked.connect(self._stop)
        panel.graded.connect(self._grade)
        panel.task_asked.connect(self._ask)
        panel.items_asked.connect(self._room.select)
        return panel

    def commands(self) -> list[Command]:
        bindings = {
            "memory.labels": Binding(self.show),
            "memory.labels.measure": Binding(self._measure_all),
        }
        return bind(OFFERED, "memories", bindings)

    def bank_shown(self, bank: int | None) -> None:
        self._room.slow.stop(KEY)
        self._seen.outdated()

    def changed(self, change: ChangeRecord) -> None:
        if set(change.tables) & (TABLES | {"relevance"}):
            self.panel.outdated()
            self._seen.outdated()

    def show(self) -> None:
        """Step through the labelled tasks."""
        self._room.side.show_tab(NAME)
        self.panel.tasks.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def _measure_all(self) -> None:
        self.show()
        self.panel.measure()

    def _read(self, bank: int) -> None:
        self._frame.session.query("memories.labels", partial(labelled, bank_id=bank), self._show)

    def _show(self, labels: Labels) -> None:
        if labels.bank == self._room.bank():
            self.panel.show_labels(labels)

    def _measure(self, unit: str, apart: bool) -> None:
        bank = self._room.bank()
        if bank is not None:
            self.panel.show_busy()
            work = partial(self._report, bank, unit, apart)
            self._room.slow.run(KEY, work, self._measured, self.panel.show_wrong)

    def _stop(self) -> None:
        self._room.slow.stop(KEY)
        self.panel.show_ready()

    def _report(self, bank: int, unit: str, apart: bool, _ticket: Ticket) -> tuple[LabelReport, Sequence[str]]:
        conn = self._frame.session.workspace.reader()
        with chosen_embedder(self._frame.settings().embedder) as embedder:
            return label_report(conn, bank, embedder, unit=unit, exclude_template=apart), quality_notes(embedder)

    def _measured(self, found: tuple[LabelReport, Sequence[str]]) -> None:
        self.panel.show_report(*found)

    def _grade(self, text: str, ids: Sequence[int], grade: int) -> None:
        bank = self._room.bank()
        if bank is not None:
            given = dict.fromkeys(ids, grade)
            operate(self._frame, lambda db: set_relevance(db, bank, text, given), failed=self.panel.show_wrong)

    def _ask(self, text: str) -> None:
        self._room.side.show_tab("what if")
        self._room.side.what_if.set_task(text)
        self._room.side.what_if.ask()


def labelled(conn: sqlite3.Connection, bank_id: int) -> Labels:
    """The labelled tasks of a bank and the titles of their items."""
    tasks = relevance(conn, bank_id)
    ids = sorted({item for task in tasks for item in task.grades})
    rows = reads.rows(conn, bank_id, ids) if ids else {}
    return Labels(bank_id, tasks, {item: row.title for item, row in rows.items()})
