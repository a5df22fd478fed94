"""All steps of a rollout in a line each; the current one is the step on screen."""

from collections.abc import Iterable

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QListView, QWidget

from rb_studio.gui.rooms.trajectories.levels import Reading
from rb_studio.gui.rooms.trajectories.opened import Opened
from rb_studio.gui.rooms.trajectories.plain import money, number, seconds
from rb_studio.gui.rooms.trajectories.scrub_draw import kind_colour
from rb_studio.gui.rooms.trajectories.ticks import preview_of, short
from rb_studio.gui.theme import Theme

LINE = 200
SIGN = 5
Index = QModelIndex | QPersistentModelIndex


class OutlineModel(QAbstractListModel):
    """Steps; a line is made when it comes on screen."""

    def __init__(self, theme: Theme, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._opened: Opened | None = None
        self._reading = Reading()
        self._count = 0
        self._selected: frozenset[int] = frozenset()

    def show_rollout(self, opened: Opened | None) -> None:
        """Another rollout, or the same one with more steps: those come at the end."""
        before, count = self._opened, opened.count if opened is not None else 0
        same = (
            before is not None and opened is not None and (before.row.uid, before.run) == (opened.row.uid, opened.run)
        )
        if same and count >= self._count:
            self._opened = opened
            if count > self._count:
                self.beginInsertRows(QModelIndex(), self._count, count - 1)
                self._count = count
                self.endInsertRows()
            return
        self.beginResetModel()
        self._opened, self._count = opened, count
        self.endResetModel()

    def show_selected(self, steps: Iterable[int]) -> None:
        """Other steps are selected."""
        self._selected = frozenset(steps)
        if self._count:
            self.dataChanged.emit(self.index(0), self.index(self._count - 1))

    def show_reading(self, reading: Reading) -> None:
        """Other kinds of things in each line."""
        self._reading = reading
        if self._count:
            self.dataChanged.emit(self.index(0), self.index(self._count - 1))

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: N802, B008 - Qt's name and default
        return 0 if parent.isValid() else self._count

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """The line, all that is short of it as a tip, and the colour of an error."""
        if self._opened is None or not index.isValid():
            return None
        place = index.row() + 1
        tick = self._opened.ticks[index.row()] if index.row() < len(self._opened.ticks) else None
        if role == Qt.ItemDataRole.DisplayRole:
            return self._line(place)
        if role == Qt.ItemDataRole.ToolTipRole:
            return preview_of(self._opened.step(place))
        if role == Qt.ItemDataRole.ForegroundRole and tick is not None and tick.sign:
            colours = self._theme.colours
            return QColor(colours.failure if tick.sign == "error" else colours.warning)
        if role == Qt.ItemDataRole.BackgroundRole and place in self._selected:
            return QColor(self._theme.colours.selection)
        if role == Qt.ItemDataRole.DecorationRole and tick is not None:
            return kind_colour(tick.kind, self._theme.colours)
        return None

    def _line(self, place: int) -> str:
        """`12  write  thought - action  (error)`, as far as it is to be shown."""
        assert self._opened is not None
        step = self._opened.step(place)
        tick = self._opened.ticks[place - 1] if place <= len(self._opened.ticks) else None
        said = [short(step.thought, LINE)]
        if self._reading.reasoning and step.reasoning:
            said.append(short(step.reasoning, LINE))
        if self._reading.tools:
            said.append(short(step.action_text, LINE))
        parts = [str(place), str(tick.kind) if tick else "", " \u2013 ".join(part for part in said if part)]
        if tick is not None and tick.sign:
            parts.insert(2, f"[{tick.sign}]")
        if self._reading.metadata:
            used = number(step.usage.prompt) if step.usage else number(None)
            parts.append(f"({used} tokens, {money(step.cost)}, {seconds(step.elapsed)})")
        return "  ".join(part for part in parts if part)


class Outline(QListView):
    """Signals up, setters down.

    Signals
    -------
    chosen
        A step was pointed at; carries its number.
    opened_whole
        A step is to be read: it was double-clicked, or Enter was pressed on it.
    extended, toggled
        The selection is to reach to a step, or to take it in or leave it out; carry its number.
    """

    chosen = Signal(int)
    opened_whole = Signal(int)
    extended = Signal(int)
    toggled = Signal(int)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._quiet = False
        self.rows = OutlineModel(theme, self)
        self.setModel(self.rows)
        self.setUniformItemSizes(True)
        self.setAccessibleName("Outline of the steps")
        self.setIconSize(QSize(SIGN, self.fontMetrics().height()))
        self.setEditTriggers(QListView.EditTrigger.NoEditTriggers)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.setSelectionMode(QListView.SelectionMode.SingleSelection)
        self.activated.connect(self._activated)

    def show_step(self, place: int) -> None:
        """The step on screen."""
        index = self.rows.index(place - 1)
        if place and index.isValid() and index != self.currentIndex():
            self._quiet = True
            self.setCurrentIndex(index)
            self._quiet = False

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """With Shift or Ctrl a click selects."""
        index = self.indexAt(event.position().toPoint())
        shift = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        control = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        if index.isValid() and (shift or control) and event.button() == Qt.MouseButton.LeftButton:
            (self.extended if shift else self.toggled).emit(index.row() + 1)
        else:
            super().mousePressEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """Shift and an arrow select one more."""
        by = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}.get(Qt.Key(event.key()), 0)
        row = self.currentIndex().row() + by
        if by and event.modifiers() & Qt.KeyboardModifier.ShiftModifier and 0 <= row < self.rows.rowCount():
            self.extended.emit(row + 1)
        else:
            super().keyPressEvent(event)

    def currentChanged(self, current: Index, previous: Index) -> None:  # noqa: N802 - Qt's name
        """Moving in the outline goes to the step."""
        super().currentChanged(current, previous)
        if not self._quiet and current.isValid():
            self.chosen.emit(current.row() + 1)

    def _activated(self, index: QModelIndex) -> None:
        self.opened_whole.emit(index.row() + 1)
