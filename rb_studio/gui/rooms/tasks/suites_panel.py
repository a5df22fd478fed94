"""The suites on the left: how large they are, how alike their tasks, and whether they run here."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QAction, QResizeEvent
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QToolButton,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from rb_studio.gui.icons import icon, pixmap
from rb_studio.gui.rooms.tasks.columns import DASH
from rb_studio.gui.theme import Theme

if TYPE_CHECKING:
    from rb_studio.jobs.catalog import CatalogEntry, Siblings

NARROW = 28
NAME = Qt.ItemDataRole.UserRole
SIBLINGS = "Tasks with an earlier task of the same template: what memory could carry over to them"


class SuitesPanel(QWidget):
    """A tree of suites with their parts, and what is to say about the chosen one.

    Signals
    -------
    chosen
        Another suite or part; carries its name.
    """

    chosen = Signal(str)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._entries: Sequence[CatalogEntry] = ()
        self.tree = QTreeWidget()
        self.tree.setAccessibleName("Suites")
        self.tree.setHeaderLabels(["Suite", "Tasks", "Siblings"])
        self.tree.headerItem().setToolTip(2, SIBLINGS)
        self.tree.setUniformRowHeights(True)
        self.tree.setRootIsDecorated(False)
        self.tree.setIndentation(self.fontMetrics().horizontalAdvance("0") * 3)
        header = self.tree.header()
        header.setStretchLastSection(False)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        for column in (1, 2):
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.ResizeToContents)
            self.tree.headerItem().setTextAlignment(column, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.tree.currentItemChanged.connect(self._current_changed)
        self.card = SuiteCard(theme)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.tree, 1)
        layout.addWidget(self.card)
        theme.changed.connect(self._tint)

    def show_suites(self, entries: "Sequence[CatalogEntry]", current: str) -> None:
        """List suites with their parts beneath them."""
        self._entries = entries
        self.tree.blockSignals(True)
        self.tree.clear()
        for entry in entries:
            item = self._item(entry.whole, entry.whole.name)
            self.tree.addTopLevelItem(item)
            for part in entry.subsets:
                item.addChild(self._item(part, part.name.partition("/")[2] or part.name))
            item.setExpanded(True)
        for item in self._items():
            if item.data(0, NAME) == current:
                self.tree.setCurrentItem(item)
        self.tree.blockSignals(False)
        self._tint()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """Names come first: where it is narrow the share of siblings stands on the card alone."""
        super().resizeEvent(event)
        self.tree.setColumnHidden(2, self.width() < self.fontMetrics().horizontalAdvance("0") * NARROW)

    def _item(self, part: "Siblings", shown: str) -> QTreeWidgetItem:
        share = DASH if part.share is None else f"{part.share:.0%}"
        item = QTreeWidgetItem([shown, f"{part.tasks:,}", share])
        item.setData(0, NAME, part.name)
        item.setToolTip(0, "")
        item.setToolTip(2, f"{part.siblings:,} of {part.tasks:,} tasks have an earlier sibling")
        for column in (1, 2):
            item.setTextAlignment(column, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        return item

    def _items(self) -> list[QTreeWidgetItem]:
        root = self.tree.invisibleRootItem()
        tops = [root.child(row) for row in range(root.childCount())]
        return [item for top in tops for item in (top, *(top.child(row) for row in range(top.childCount())))]

    def _current_changed(self, item: QTreeWidgetItem | None) -> None:
        if item is not None:
            self.chosen.emit(item.data(0, NAME))

    def _tint(self) -> None:
        """Whether a suite runs is an icon: its colour follows the theme."""
        colours = self._theme.colours
        for row, entry in enumerate(self._entries):
            name, colour = ("tasks", colours.muted) if entry.runnable else ("warning", colours.warning)
            self.tree.invisibleRootItem().child(row).setIcon(0, icon(name, colour, colour))


class SuiteCard(QFrame):
    """Environment and grader of a suite, and why it cannot run where it cannot."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._ready: bool | None = None
        self._name = QLabel()
        self._badge = QLabel("simulated")
        self._badge.setProperty("role", "badge")
        self._badge.setToolTip("Worlds and answers of the practice suite are made up by the program")
        self._environment, self._grader, self._source, self._siblings, self._state = (QLabel() for _ in range(5))
        self._mark = QLabel()
        self._edit = QToolButton()
        self._edit.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        for label in (self._name, self._environment, self._grader, self._source, self._siblings, self._state):
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setWordWrap(True)
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        font = self._name.font()
        font.setBold(True)
        self._name.setFont(font)
        self._lay_out()
        theme.changed.connect(self._tint)

    def _lay_out(self) -> None:
        heading = QHBoxLayout()
        heading.addWidget(self._name, 1)
        heading.addWidget(self._badge)
        grid = QGridLayout()
        for row, (title, label) in enumerate(
            (
                ("Environment", self._environment),
                ("Grader", self._grader),
                ("Source", self._source),
                ("Siblings", self._siblings),
            )
        ):
            caption = QLabel(title)
            caption.setProperty("role", "muted")
            grid.addWidget(caption, row, 0, Qt.AlignmentFlag.AlignTop)
            grid.addWidget(label, row, 1)
        grid.setColumnStretch(1, 1)
        state = QHBoxLayout()
        state.addWidget(self._mark, alignment=Qt.AlignmentFlag.AlignTop)
        state.addWidget(self._state, 1)
        layout = QVBoxLayout(self)
        layout.addLayout(heading)
        layout.addLayout(grid)
        layout.addLayout(state)
        layout.addWidget(self._edit, alignment=Qt.AlignmentFlag.AlignLeft)
        layout.addStretch(1)

    def set_edit_action(self, action: QAction) -> None:
        """The button that changes environment and grader; its short name is enough on this card."""
        action.setIconText("Change\u2026")
        self._edit.setDefaultAction(action)

    def show_entry(self, entry: "CatalogEntry | None", name: str = "", why_not: str = "") -> None:
        """What is to say about a suite, about the part of it that is named, and why it cannot run."""
        self.setVisible(entry is not None)
        if entry is None:
            return
        suite = entry.suite
        self._name.setText(suite.name)
        self._badge.setVisible(suite.simulated)
        self._environment.setText(suite.environment)
        self._grader.setText(suite.grader)
        name_of_source = suite.source.rpartition("/")[2] or DASH
        self._source.setText(name_of_source.replace("_", "_\u200b").replace(".", ".\u200b"))
        self._source.setToolTip(suite.source)
        part = next((one for one in entry.subsets if one.name == name), entry.whole)
        share = DASH if part.share is None else f"{part.share:.0%}"
        self._siblings.setText(f"{share} ({part.siblings:,} of {part.tasks:,})")
        self._siblings.setToolTip(SIBLINGS)
        self._state.setText(why_not or "Runs here.")
        self._ready = entry.runnable
        self._tint()
        self.updateGeometry()

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """As high as its text is at the width it has: wrapped labels do not tell by themselves."""
        hint = super().sizeHint()
        return QSize(hint.width(), max(hint.height(), self.heightForWidth(self.width())))

    def minimumSizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """All of the text, always."""
        return QSize(super().minimumSizeHint().width(), self.sizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """Another width, another height."""
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self.updateGeometry()

    def _tint(self) -> None:
        if self._ready is not None:
            name = "success" if self._ready else "warning"
            colour = self._theme.colours.success if self._ready else self._theme.colours.warning
            self._mark.setPixmap(pixmap(name, colour, self.fontMetrics().height()))
