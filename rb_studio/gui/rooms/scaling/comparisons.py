"""Paired comparisons of arms as a table with their intervals drawn."""

from collections.abc import Sequence

from PySide6.QtCore import QModelIndex, Qt
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from rb_studio.gui.rooms.scaling.item_model import BOUNDS, DRAWN, ComparisonModel, comparison_sentence
from rb_studio.gui.theme import Theme
from rb_studio.gui.widgets.dense_table import DenseTable
from rb_studio.gui.widgets.kept_scroll import KeptScroll
from rb_studio.gui.widgets.spread import SpreadDelegate
from rb_studio.records.curve import Comparison

WIDTHS = [22, 22, 17, 13, 16, 17, 15, 6, 6]
HINT = "Differences on the same tasks, whole tasks drawn again: an interval that keeps clear of zero is a difference."
NONE = "There is nothing to compare yet: it takes two arms over the same tasks, or one arm with several k."


class ComparisonPane(QWidget):
    """One row a comparison; the sentence below says the selected one in words."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.model = ComparisonModel()
        self.model.setParent(self)
        self.table = DenseTable("Paired comparisons of arms")
        self.table.setModel(self.model)
        self.table.setSortingEnabled(True)
        self.table.horizontalHeader().setSortIndicator(-1, Qt.SortOrder.AscendingOrder)
        self.table.setItemDelegateForColumn(DRAWN, SpreadDelegate(theme, BOUNDS, self.table))
        self.table.fit_columns(WIDTHS)
        self.kept_scroll = KeptScroll(self.table)
        self._text = QLabel(NONE)
        self._text.setWordWrap(True)
        self._text.setProperty("role", "muted")
        self._text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.table, 1)
        layout.addWidget(self._text)
        self.table.selectionModel().currentRowChanged.connect(self._show_row)
        theme.changed.connect(self.table.viewport().update)

    def set_comparisons(self, comparisons: Sequence[Comparison]) -> None:
        """Show these comparisons."""
        self.model.set_rows(comparisons)
        current = self.table.currentIndex()
        self._text.setText(
            comparison_sentence(self.model.row(current)) if current.isValid() else HINT if comparisons else NONE
        )
        self.kept_scroll.filled()

    def _show_row(self, current: QModelIndex, _previous: QModelIndex) -> None:
        if current.isValid():
            self._text.setText(comparison_sentence(self.model.row(current)))
