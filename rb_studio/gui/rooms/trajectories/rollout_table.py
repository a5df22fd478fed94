"""The table of rollouts: choosing, folding, copying."""

from PySide6.QtCore import QEvent, QItemSelectionModel, QModelIndex, QPersistentModelIndex, Qt, Signal
from PySide6.QtGui import QGuiApplication, QKeyEvent, QKeySequence, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView

from rb_studio.gui.rooms.trajectories.columns import COLUMNS, values_as_text
from rb_studio.gui.rooms.trajectories.item_model import RolloutModel
from rb_studio.gui.rooms.trajectories.row_delegate import RowDelegate
from rb_studio.gui.theme import Theme

LEAST, COMFORTABLE = 14, 16
VERDICT, TRUTH = ([column.key for column in COLUMNS].index(key) for key in ("verdict", "truth"))
# Their widths in characters: with words, as icons under their title, as icons under its first letter.
SIGNS = {VERDICT: (13, 11, 5), TRUTH: (9, 9, 5)}
BY = {QAbstractItemView.CursorAction.MoveUp: -1, QAbstractItemView.CursorAction.MoveDown: 1}
Index = QModelIndex | QPersistentModelIndex
NOTHING_FITS = "No rollout fits what is asked for."


class RolloutTable(QTableView):
    """The table itself.

    Signals
    -------
    chosen
        A rollout was chosen by mouse or keyboard; carries its id.
    folded
        A group's header was clicked, or Enter pressed on it; carries the row.
    """

    chosen = Signal(int)
    folded = Signal(int)

    def __init__(self, model: RolloutModel, theme: Theme) -> None:
        super().__init__()
        self.setModel(model)
        self._model = model
        self.rows = RowDelegate(self, model, theme)
        self.setItemDelegate(self.rows)
        self.setAccessibleName("Rollouts")
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setAlternatingRowColors(False)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        upright = self.verticalHeader()
        upright.hide()
        upright.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        upright.setDefaultSectionSize(self.fontMetrics().height() + 8)
        self.quiet = self._filling = False
        self.fill = True
        self.horizontalHeader().sectionResized.connect(self._resized)
        self.clicked.connect(self._clicked)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """A list without rows says why."""
        super().paintEvent(event)
        if not self._model.rowCount():
            painter = QPainter(self.viewport())
            painter.setPen(self.palette().placeholderText().color())
            wrapped = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
            painter.drawText(self.viewport().rect(), int(wrapped), NOTHING_FITS)
            painter.end()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """The task has the room the other columns leave, until somebody gives it another width."""
        super().resizeEvent(event)
        self.fill_up()

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802 - Qt's name
        """Another font: rows of another height, texts cut elsewhere."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self.rows.forget()
            self.verticalHeader().setDefaultSectionSize(self.fontMetrics().height() + 8)

    def on_screen(self) -> tuple[int, int]:
        """The first and the last row that is on screen, the last one below the first without rows."""
        last = self.rowAt(self.viewport().height() - 1)
        return self.rowAt(0), last if last >= 0 else self._model.rowCount() - 1

    def fill_up(self) -> None:
        """Give the task the room the other columns leave; where that is little, verdicts and truths are icons alone."""
        header, wide = self.horizontalHeader(), self.fontMetrics().averageCharWidth()
        if not self.fill or header.isSectionHidden(0):
            return
        self._filling = True
        signs = [column for column in SIGNS if not header.isSectionHidden(column)]
        others = sum(header.sectionSize(place) for place in range(1, header.count()) if place not in signs)
        room = self.viewport().width() - others
        level = next((level for level in range(3) if room >= (_width(signs, level) + COMFORTABLE) * wide), 2)
        self._model.shorten(level == 2)
        for column in signs:
            header.resizeSection(column, SIGNS[column][level] * wide)
        header.resizeSection(0, max(LEAST * wide, room - _width(signs, level) * wide))
        self._filling = False

    def _resized(self, section: int, _before: int, _now: int) -> None:
        if section in (0, *SIGNS) and not self._filling:
            self.fill = False

    def moveCursor(  # noqa: N802 - Qt's name
        self, action: QAbstractItemView.CursorAction, modifiers: Qt.KeyboardModifier
    ) -> QModelIndex:
        """What is chosen with Shift goes on beyond a group's heading, which is no rollout."""
        found, by = super().moveCursor(action, modifiers), BY.get(action, 0)
        row = found.row()
        while by and modifiers & Qt.KeyboardModifier.ShiftModifier and self._model.group_at(row) is not None:
            row += by
        return found.siblingAtRow(row) if 0 <= row < self._model.rowCount() else self.currentIndex()

    def currentChanged(self, current: Index, previous: Index) -> None:  # noqa: N802 - Qt's name
        """Moving in the list opens what is there."""
        super().currentChanged(current, previous)
        rollout = self._model.id_at(current.row()) if current.isValid() else None
        if rollout is not None and not self.quiet:
            self.chosen.emit(rollout)

    def make_current(self, row: int, *, scroll: bool) -> None:
        """Select a row without telling anybody."""
        self.quiet = True
        index = self._model.index(row, self.horizontalHeader().logicalIndex(0))
        flags = QItemSelectionModel.SelectionFlag.ClearAndSelect | QItemSelectionModel.SelectionFlag.Rows
        place = self.horizontalScrollBar().value()
        keep = self.verticalScrollBar().value()
        self.selectionModel().setCurrentIndex(index, flags)
        self.verticalScrollBar().setValue(keep)
        self.horizontalScrollBar().setValue(place)
        if scroll:
            self.reveal(row)
        self.quiet = False

    def reveal(self, row: int) -> None:
        """Scroll to a row, up and down only; one on screen stays where it is."""
        self.updateGeometries()
        place = self.horizontalScrollBar().value()
        self.scrollTo(self._model.index(row, self.horizontalHeader().logicalIndex(0)))
        self.horizontalScrollBar().setValue(place)

    def anchor(self) -> tuple[int, int] | None:
        """The first rollout on screen and how far from the upper edge it begins."""
        row = self.rowAt(0)
        while 0 <= row < self._model.rowCount() and self._model.id_at(row) is None:
            row += 1
        found = self._model.id_at(row)
        return None if found is None else (found, self.rowViewportPosition(row))

    def return_to(self, anchor: tuple[int, int] | None) -> None:
        """Scroll so that a rollout begins where it began before."""
        row = self._model.row_of(anchor[0]) if anchor is not None else None
        if row is not None and anchor is not None:
            self.updateGeometries()
            self.verticalScrollBar().setValue(self.verticalHeader().sectionPosition(row) - anchor[1])

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """Copy rows; fold with Enter, + and -."""
        row = self.currentIndex().row()
        group = self._model.group_at(row)
        if event.matches(QKeySequence.StandardKey.Copy):
            self.copy_rows()
        elif group is not None and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.folded.emit(row)
        elif group is not None and event.key() in (Qt.Key.Key_Plus, Qt.Key.Key_Minus):
            if group.folded == (event.key() == Qt.Key.Key_Plus):
                self.folded.emit(row)
        else:
            super().keyPressEvent(event)

    def copy_rows(self) -> None:
        """The chosen rows as tab-separated text, with the titles of the columns shown."""
        header = self.horizontalHeader()
        order = [header.logicalIndex(place) for place in range(header.count())]
        columns = [self._model.columns[column] for column in order if not header.isSectionHidden(column)]
        chosen = sorted(index.row() for index in self.selectionModel().selectedRows())
        known = [self._model.known(one) for row in chosen if (one := self._model.id_at(row)) is not None]
        titles = "\t".join(column.title for column in columns)
        lines = [titles, *(values_as_text(row, columns) for row in known if row is not None)]
        QGuiApplication.clipboard().setText("\n".join(lines))

    def _clicked(self, index: QModelIndex) -> None:
        if self._model.group_at(index.row()) is not None:
            self.folded.emit(index.row())


def _width(signs: list[int], level: int) -> int:
    return sum(SIGNS[column][level] for column in signs)
