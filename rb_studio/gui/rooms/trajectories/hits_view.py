"""The list of hits: headers to fold, and under each hit the words around it."""

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontMetrics, QHelpEvent, QKeyEvent, QPainter, QPalette
from PySide6.QtWidgets import QAbstractItemView, QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QToolTip

from rb_studio.gui.rooms.trajectories.hits import HIT, ROW, RUN, HitRow, HitsModel
from rb_studio.gui.rooms.trajectories.row_delegate import FOLDED, LEFT, OPEN
from rb_studio.gui.theme import Theme
from rb_studio.gui.widgets.tip import plain_tip

INDENT, MARGIN = 12, 6
BEFORE = 14
Index = QModelIndex | QPersistentModelIndex


class HitsView(QListView):
    """Signals up, setters down.

    Signals
    -------
    opened
        A hit was chosen with Enter, a click, or an arrow key; carries its row, and whether the keyboard is to go there.
    """

    opened = Signal(object, bool)

    def __init__(self, model: HitsModel, theme: Theme) -> None:
        super().__init__()
        self.setModel(model)
        self._model = model
        self.setItemDelegate(HitDelegate(self, model, theme))
        self.setAccessibleName("Hits")
        self.setUniformItemSizes(True)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.clicked.connect(self._clicked)

    def show_rows(self, rows: tuple[HitRow, ...]) -> None:
        """Other rows; the current one and the scroll stay where they are still there."""
        current = self._model.at(self.currentIndex().row())
        top = self.verticalScrollBar().value()
        self._model.show(rows)
        place = self._model.place_of(current.key) if current is not None else None
        if place is not None:
            self.setCurrentIndex(self._model.index(place, 0))
        self.verticalScrollBar().setValue(top)

    def step(self, by: int) -> None:
        """To the next hit, or the one before, and open it."""
        place = self._model.hit_beside(self.currentIndex().row(), by)
        if place is not None:
            self.setCurrentIndex(self._model.index(place, 0))
            self._open(place, keyboard=False)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """Enter opens a hit or folds a group; Left and Right fold and open."""
        place = self.currentIndex().row()
        row = self._model.at(place)
        if row is not None and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._act(place, keyboard=True)
        elif row is not None and event.key() in (Qt.Key.Key_Minus, Qt.Key.Key_Plus) and row.level != HIT:
            if self._model.folded(row) == (event.key() == Qt.Key.Key_Plus):
                self._fold(row)
        else:
            super().keyPressEvent(event)

    def _clicked(self, index: QModelIndex) -> None:
        self._act(index.row(), keyboard=False)

    def _act(self, place: int, *, keyboard: bool) -> None:
        row = self._model.at(place)
        if row is not None and row.level != HIT:
            self._fold(row)
        else:
            self._open(place, keyboard=keyboard)

    def _open(self, place: int, *, keyboard: bool) -> None:
        row = self._model.at(place)
        if row is not None and row.hit is not None:
            self.opened.emit(row, keyboard)

    def _fold(self, row: HitRow) -> None:
        top = self.verticalScrollBar().value()
        self._model.fold(row)
        place = self._model.place_of(row.key)
        if place is not None:
            self.setCurrentIndex(self._model.index(place, 0))
        self.verticalScrollBar().setValue(top)


class HitDelegate(QStyledItemDelegate):
    """Two lines a row; what was found is bold and underlined on a ground of its own."""

    def __init__(self, view: HitsView, model: HitsModel, theme: Theme) -> None:
        super().__init__(view)
        self._view, self._model, self._theme = view, model, theme

    def sizeHint(self, option: QStyleOptionViewItem, _index: Index) -> QSize:  # noqa: N802 - Qt's name
        return QSize(10, 2 * option.fontMetrics.lineSpacing() + MARGIN)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        row: HitRow | None = index.data(ROW)
        if row is None:
            return
        rect: QRect = option.rect
        state: QStyle.StateFlag = option.state
        chosen = bool(state & QStyle.StateFlag.State_Selected)
        colours = self._theme.colours
        painter.save()
        painter.setClipRect(rect)
        if chosen:
            painter.fillRect(rect, option.palette.brush(QPalette.ColorRole.Highlight))
        elif row.level == RUN:
            painter.fillRect(rect, QColor(colours.window))
        ink = option.palette.color(QPalette.ColorRole.HighlightedText if chosen else QPalette.ColorRole.Text)
        muted = ink if chosen else QColor(colours.muted)
        left = rect.left() + MARGIN + INDENT * row.level
        height = option.fontMetrics.lineSpacing()
        upper = QRect(left, rect.top() + MARGIN // 2, rect.right() - left - MARGIN, height)
        self._paint_title(painter, option, upper, row, muted if row.level == HIT else ink)
        lower = upper.translated(0, height)
        if row.level == HIT:
            self._paint_snippet(painter, option, lower, row, ink, chosen=chosen)
        else:
            painter.setFont(option.font)
            painter.setPen(muted)
            painter.drawText(lower, LEFT, _cut(option.fontMetrics, row.under, lower.width()))
        if self._view.hasFocus() and index.row() == self._view.currentIndex().row():
            painter.setPen(QColor(colours.accent))
            painter.drawRect(rect.adjusted(0, 0, -1, -1))
        painter.restore()

    def helpEvent(  # noqa: N802 - Qt's name
        self, event: QHelpEvent, view: QAbstractItemView, _option: QStyleOptionViewItem, index: Index
    ) -> bool:
        """All of a row's words."""
        row: HitRow | None = index.data(ROW)
        QToolTip.showText(event.globalPos(), plain_tip(f"{row.title}\n{row.under}") if row is not None else "", view)
        return True

    def _paint_title(
        self, painter: QPainter, option: QStyleOptionViewItem, place: QRect, row: HitRow, ink: QColor
    ) -> None:
        font = QFont(option.font)
        font.setBold(row.level != HIT)
        painter.setFont(font)
        painter.setPen(ink)
        mark = "" if row.level == HIT else f"{FOLDED if self._model.folded(row) else OPEN} "
        painter.drawText(place, LEFT, _cut(QFontMetrics(font), mark + row.title, place.width()))

    def _paint_snippet(
        self, painter: QPainter, option: QStyleOptionViewItem, place: QRect, row: HitRow, ink: QColor, *, chosen: bool
    ) -> None:
        """Little of what stands before, so that what was found is seen in a narrow list."""
        start, end = row.at, row.at + row.length
        before = row.under[:start]
        before = before if len(before) <= BEFORE else f"\u2026{before[-BEFORE:]}"
        bold = QFont(option.font)
        bold.setBold(True)
        bold.setUnderline(True)
        painter.setPen(ink)
        left = place.left()
        for text, font in ((before, option.font), (row.under[start:end], bold), (row.under[end:], option.font)):
            metrics = QFontMetrics(font)
            room = place.right() - left
            if room <= 0 or not text:
                continue
            cut = _cut(metrics, text, room)
            width = metrics.horizontalAdvance(cut)
            if font is bold and not chosen:
                painter.fillRect(QRect(left, place.top(), width, place.height()), QColor(self._theme.colours.highlight))
            painter.setFont(font)
            painter.drawText(QRect(left, place.top(), room, place.height()), LEFT, cut)
            left += width


def _cut(metrics: QFontMetrics, text: str, width: int) -> str:
    return metrics.elidedText(text, Qt.TextElideMode.ElideRight, width)
