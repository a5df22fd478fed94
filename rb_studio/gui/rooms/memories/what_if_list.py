"""The ranking of a what-if: what is injected, the line below it, what just missed and why, each item's part."""

from collections.abc import Iterator, Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QTreeWidgetItem

from rb_studio.gui.rooms.memories.columns import DASH, one_line
from rb_studio.gui.rooms.memories.keyed_tree import KeyedTree
from rb_studio.gui.rooms.memories.what_if_answers import Shown
from rb_studio.jobs.what_if import ScorePart

UIDS, EXPERIENCE = Qt.ItemDataRole.UserRole, Qt.ItemDataRole.UserRole + 1
HEADINGS = ["Score", "", "Tokens", "Label", "Past task, items"]
TITLE, LEAST_TITLE = len(HEADINGS) - 1, 24
KEYS = {Qt.Key.Key_R: "relevant", Qt.Key.Key_P: "partly", Qt.Key.Key_N: "not", Qt.Key.Key_X: "leave_out"}
GRADES = {"relevant": 3, "partly": 1, "not": 0}
WORDS = {3: "\u25cf relevant", 2: "\u25d5 mostly", 1: "\u25d0 partly"}
HINT = "R relevant, P partly, N not; X leaves out or puts back; Return shows the items in the table"


class RankedTree(KeyedTree):
    """Experiences with their items below, or items where they are the unit."""

    def __init__(self) -> None:
        super().__init__("Ranked experiences and items", HEADINGS, KEYS)
        self.setRootIsDecorated(True)
        self.setIndentation(self.fontMetrics().averageCharWidth() * 2)
        self.setToolTip(HINT)
        self.header().moveSection(TITLE, 1)  # in a narrow panel it is the numbers that are scrolled to
        self.header().setStretchLastSection(False)
        self._shown: Shown | None = None
        self.fit()

    def show_ranking(self, shown: Shown) -> None:
        """Show an answer; the chosen row stays chosen."""
        kept = self.chosen_uids()
        self._shown = shown
        self.clear()
        parts = shown.answer.parts
        last = max((place for place, part in enumerate(parts) if part.injected), default=-1)
        for place, part in enumerate(parts):
            self._add(part)
            if place == last:
                self._add_line(shown)
        self.expandAll()
        self.fit()
        back = next((row for row in self._rows() if row.data(0, UIDS) == kept), self.topLevelItem(0))
        if back is not None:
            self.setCurrentItem(back)

    def show_grades(self, shown: Shown) -> None:
        """Other labels for the same ranking."""
        self._shown = shown
        for row in self._rows():
            uids = row.data(0, UIDS)
            if uids:
                row.setText(3, self._label(uids))
        self.fit()

    def chosen_uids(self) -> list[str]:
        """Items of the chosen row."""
        row = self.currentItem()
        return list(row.data(0, UIDS) or ()) if row is not None else []

    def chosen_left_out(self) -> list[str]:
        """What is left out with the chosen row: the experience, or the one item."""
        row = self.currentItem()
        if row is None or not row.data(0, UIDS):
            return []
        return [str(row.data(0, EXPERIENCE))] if row.data(0, EXPERIENCE) else self.chosen_uids()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """Titles have what the numbers leave."""
        super().resizeEvent(event)
        self._fit_titles()

    def fit(self) -> None:
        """Columns as narrow as they can be, and titles in what is left."""
        for column in range(TITLE):
            self.resizeColumnToContents(column)
        self._fit_titles()

    def _fit_titles(self) -> None:
        others = sum(self.columnWidth(column) for column in range(TITLE))
        width = max(self.viewport().width() - others, self.fontMetrics().averageCharWidth() * LEAST_TITLE)
        if width != self.columnWidth(TITLE):
            self.setColumnWidth(TITLE, width)

    def _add(self, part: ScorePart) -> None:
        by_item = self._shown is not None and self._shown.question.unit == "item"
        what = f"injected, rank {part.rank}" if part.injected else part.reason
        text = self._title(part.item_uids[0]) if by_item else one_line(part.task_text)
        row = self._row(self, part.score, what, part.tokens, part.item_uids, text)
        row.setData(0, EXPERIENCE, "" if by_item else part.experience_uid)
        tip = f"rank {part.rank} before anything is left out\ntask {part.task_key or DASH}: {part.task_text}"
        row.setToolTip(4, tip.replace("<", "\u2039"))
        if part.injected:
            font = row.font(0)
            font.setBold(True)
            for column in (0, 1):
                row.setFont(column, font)
        if not by_item:
            for uid, score, tokens in zip(part.item_uids, part.item_scores, part.item_tokens, strict=True):
                self._row(row, score, "its own text", tokens, (uid,), self._title(uid))

    def _row(
        self,
        above: "RankedTree | QTreeWidgetItem",
        score: float | None,
        what: str,
        tokens: int,
        uids: Sequence[str],
        text: str,
    ) -> QTreeWidgetItem:
        value = DASH if score is None else f"{score:.4f}"
        cells = [value, what, f"{tokens:,}", self._label(uids), text]
        row = QTreeWidgetItem(above, cells)
        row.setData(0, UIDS, list(uids))
        row.setTextAlignment(2, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        return row

    def _add_line(self, shown: Shown) -> None:
        """Where injection ends: no least score draws it, only how many are asked for."""
        margin = shown.answer.margin
        ahead = "" if margin is None else f" \u00b7 margin {margin:.4f}"
        text = f"\u2500\u2500 n = {shown.question.n} draws the line, no score does{ahead}"
        line = QTreeWidgetItem(self, [text])
        line.setFirstColumnSpanned(True)
        line.setFlags(Qt.ItemFlag.ItemIsEnabled)
        font = line.font(0)
        font.setItalic(True)
        line.setFont(0, font)
        line.setToolTip(0, "Above is injected; the margin is how far the nearest miss lies below")

    def _label(self, uids: Sequence[str]) -> str:
        shown = self._shown
        if shown is None:
            return ""
        found = {shown.grades.get(shown.ids.get(uid, -1), 0) for uid in uids}
        return WORDS.get(max(found, default=0), "") + ("\u2009\u2026" if len(found) > 1 else "")

    def _title(self, uid: str) -> str:
        return one_line(self._shown.titles.get(uid, uid)) if self._shown is not None else uid

    def _rows(self) -> Iterator[QTreeWidgetItem]:
        for place in range(self.topLevelItemCount()):
            top = self.topLevelItem(place)
            if top is not None:
                yield top
                yield from (top.child(number) for number in range(top.childCount()))
