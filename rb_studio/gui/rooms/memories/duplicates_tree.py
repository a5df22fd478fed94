"""Groups of duplicates with their evidence; members can be left out of what is done with a group."""

from collections.abc import Collection, Iterator, Sequence

from PySide6.QtCore import QSignalBlocker, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHeaderView, QTreeWidgetItem

from rb_studio.gui.rooms.memories.columns import one_line
from rb_studio.gui.rooms.memories.keyed_tree import KeyedTree
from rb_studio.jobs.duplicates import DuplicateGroup, GroupPair
from rb_studio.store.items import ItemRow

PLACE = Qt.ItemDataRole.UserRole
STAR, WARNING = "\u2605", "\u26a0"
HEADINGS = ["Item", "State", "Used", "Cosine", "Overlap"]
LEAST_TITLE = 26  # average characters, with indentation and check box
TIP = "Of a group its weakest pair, of an item its nearest one"
MERGE, APART = "merge", "apart"


class GroupTree(KeyedTree):
    """One row a group, its items below with check boxes: unchecked ones stay out of merging and keeping apart."""

    def __init__(self) -> None:
        super().__init__("Groups of duplicates", HEADINGS, {Qt.Key.Key_M: MERGE, Qt.Key.Key_N: APART})
        self._groups: Sequence[DuplicateGroup] = ()
        self.setRootIsDecorated(True)
        self.setAlternatingRowColors(False)
        header = self.header()
        header.setStretchLastSection(False)
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Fixed)
        header.sectionResized.connect(self._fit)
        for column in (3, 4):
            self.headerItem().setToolTip(column, TIP)
        self.setIndentation(self.fontMetrics().averageCharWidth() * 2)
        self.setToolTip(
            "Space leaves an item out of its group, or takes it in again; M merges the group, N says that its items "
            "are not duplicates"
        )

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """Titles have what the numbers leave; in a narrow panel the numbers are scrolled to."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self, section: int = 1, *_: int) -> None:
        if section > 0:
            others = sum(self.columnWidth(column) for column in range(1, len(HEADINGS)))
            width = max(self.viewport().width() - others, self.fontMetrics().averageCharWidth() * LEAST_TITLE)
            if width != self.columnWidth(0):
                self.header().resizeSection(0, width)

    def show_groups(self, groups: Sequence[DuplicateGroup]) -> None:
        """Show groups; the chosen item stays chosen, and those left out stay out."""
        out, kept = self.left_out(), self.place()[1]
        self._groups = groups
        blocker = QSignalBlocker(self)
        self.clear()
        for place, group in enumerate(groups):
            self._add(place, group, out)
        self.expandAll()
        self._come_back(kept)
        blocker.unblock()

    def place(self) -> tuple[int | None, int | None]:
        """Number of the chosen group, and the chosen item's id."""
        row = self.currentItem()
        found: tuple[int | None, int | None] = row.data(0, PLACE) if row is not None else (None, None)
        return found

    def group(self) -> DuplicateGroup | None:
        """The chosen group."""
        place = self.place()[0]
        return None if place is None or place >= len(self._groups) else self._groups[place]

    def members(self) -> tuple[list[int], list[int]]:
        """Ids of the chosen group's items: those that are in, and those left out."""
        group, out = self.group(), self.left_out()
        ids = [item.id for item in group.items] if group is not None else []
        return [one for one in ids if one not in out], [one for one in ids if one in out]

    def left_out(self) -> set[int]:
        """Ids of all items whose box is not checked."""
        return {row.data(0, PLACE)[1] for row in self._items() if row.checkState(0) == Qt.CheckState.Unchecked}

    def _add(self, place: int, group: DuplicateGroup, out: Collection[int]) -> None:
        weakest = group.weakest
        warning = f" {WARNING}" if any(pair.negated for pair in group.pairs) else ""
        cells = [f"{len(group.items)} items{warning}", "", "", f"{weakest.cosine:.3f}", f"{weakest.overlap:.2f}"]
        top = QTreeWidgetItem(self, cells)
        top.setData(0, PLACE, (place, None))
        for column in (0, 3, 4):
            font = top.font(column)
            font.setBold(True)
            top.setFont(column, font)
        suggested, why = group.suggested
        for item in group.items:
            pair = nearest(group, item)
            star = f"{STAR} " if item.id == suggested else ""
            cells = [
                one_line(item.title),
                star + item.state,
                str(item.used),
                f"{pair.cosine:.3f}",
                f"{pair.overlap:.2f}",
            ]
            row = QTreeWidgetItem(top, cells)
            row.setData(0, PLACE, (place, item.id))
            row.setCheckState(0, Qt.CheckState.Unchecked if item.id in out else Qt.CheckState.Checked)
            row.setToolTip(0, one_line(item.title).replace("<", "\u2039"))
            if star:
                row.setToolTip(1, f"Suggested to keep{f': {why}' if why else ''}")

    def _come_back(self, kept: int | None) -> None:
        back = next((row for row in self._items() if row.data(0, PLACE)[1] == kept), None) or self.topLevelItem(0)
        if back is not None:
            self.setCurrentItem(back)

    def _items(self) -> Iterator[QTreeWidgetItem]:
        for number in range(self.topLevelItemCount()):
            top = self.topLevelItem(number)
            if top is not None:
                yield from (top.child(place) for place in range(top.childCount()))


def nearest(group: DuplicateGroup, item: ItemRow) -> GroupPair:
    """The nearest pair an item is part of."""
    return max((pair for pair in group.pairs if item.id in (pair.a, pair.b)), key=lambda pair: pair.cosine)


def told(group: DuplicateGroup) -> str:
    """What speaks for a group and against it, in sentences."""
    pair, (kept, why) = group.weakest, group.suggested
    said = [
        f"Weakest pair: items {pair.a} and {pair.b}, cosine {pair.cosine:.3f}, overlap {pair.overlap:.2f}.",
        f"{STAR} Suggested to keep: item {kept}{f' ({why})' if why else ''}.",
    ]
    negated = next((pair for pair in group.pairs if pair.negated), None)
    if negated is not None:
        said.insert(
            0,
            f"{WARNING} Items {negated.a} and {negated.b} may advise the opposite: "
            "only one of them says not, never or avoid.",
        )
    if group.near:
        others = len({one for pair in group.near for one in (pair.a, pair.b)} - {item.id for item in group.items})
        said.append(f"Some are like {others} other{'' if others == 1 else 's'} too, which the rest is not like.")
    return " ".join(said)
