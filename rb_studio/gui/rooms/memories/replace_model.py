"""The texts that would change, one row each; a row can be left out."""

from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPalette, QTextDocument
from PySide6.QtWidgets import QApplication, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from rb_studio.gui.rooms.memories.columns import one_line
from rb_studio.gui.rooms.memories.replace_look import Changes
from rb_studio.gui.rooms.memories.texts import diff_markup
from rb_studio.gui.theme import Theme
from rb_studio.gui.widgets.word_diff import Piece, word_diff
from rb_studio.store.replacing import Replacement

Index = QModelIndex | QPersistentModelIndex
HEADINGS = ("Item", "Text", "Times", "Change")
CHANGE = 3
PIECES = Qt.ItemDataRole.UserRole
AROUND = 24
CHECKED = Qt.CheckState.Checked


class ReplacementModel(QAbstractTableModel):
    """Rows of `Changes`; those of items that would be left without texts cannot be taken.

    Signals
    -------
    counted
        Other rows are taken now.
    """

    counted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._changes = Changes()
        self._left_out: set[tuple[int, str]] = set()

    def show_changes(self, changes: Changes) -> None:
        """Show these; what was left out stays out where it still would change."""
        self.beginResetModel()
        self._changes = changes
        self.endResetModel()
        self.counted.emit()

    def replacement(self, row: int) -> Replacement:
        """What a row stands for."""
        return self._changes.found[row]

    def taken(self) -> list[Replacement]:
        """What would be replaced now."""
        return [one for one in self._changes.found if self._is_taken(one)]

    def toggle(self, rows: Iterable[int]) -> None:
        """Leave rows out, or take them again where the first of them is out."""
        keys = [(one.item, one.field) for one in map(self.replacement, rows) if one.item not in self._changes.emptied]
        if not keys:
            return
        self._left_out = self._left_out - set(keys) if keys[0] in self._left_out else self._left_out | set(keys)
        self.dataChanged.emit(self.index(0, 0), self.index(self.rowCount() - 1, 0))
        self.counted.emit()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: N802, B008 - Qt's signature
        return 0 if parent.isValid() else len(self._changes.found)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: N802, B008 - Qt's signature
        return 0 if parent.isValid() else len(HEADINGS)

    def flags(self, index: Index) -> Qt.ItemFlag:
        found = super().flags(index)
        return found | Qt.ItemFlag.ItemIsUserCheckable if index.isValid() and index.column() == 0 else found

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        one = self.replacement(index.row())
        if role == Qt.ItemDataRole.CheckStateRole and index.column() == 0:
            return CHECKED if self._is_taken(one) else Qt.CheckState.Unchecked
        if role == PIECES and index.column() == CHANGE:
            return shortened(one.before, one.after)
        if role == Qt.ItemDataRole.ToolTipRole and one.item in self._changes.emptied:
            return "The item would be left without a title, or without description and content: it is left out."
        if role == Qt.ItemDataRole.DisplayRole:
            return self._cell(one, index.column())
        return None

    def setData(self, index: Index, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:  # noqa: N802
        if role != Qt.ItemDataRole.CheckStateRole or index.column() != 0:
            return False
        self.toggle([index.row()])
        return True

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:  # noqa: N802
        if orientation is Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return HEADINGS[section]
        return None

    def _is_taken(self, one: Replacement) -> bool:
        return one.item not in self._changes.emptied and (one.item, one.field) not in self._left_out

    def _cell(self, one: Replacement, column: int) -> str:
        if column == CHANGE:
            signs = {"same": "{}", "removed": "[{}]", "added": "{}"}
            text = "".join(signs[piece.kind].replace("{}", piece.text) for piece in shortened(one.before, one.after))
            return one_line(text)
        refused = " (would be empty)" if one.item in self._changes.emptied else ""
        return (one_line(self._changes.titles[one.item]) + refused, one.field, str(one.count))[column]


class ChangeDelegate(QStyledItemDelegate):
    """Paints what differs as the history does: removed struck through in brackets, added underlined."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Background and selection as everywhere, then the pieces in one line."""
        pieces = index.data(PIECES)
        self.initStyleOption(option, index)
        style = option.widget.style() if option.widget else QApplication.style()
        option.text = ""
        style.drawControl(QStyle.ControlElement.CE_ItemViewItem, option, painter, option.widget)
        selected = bool(option.state & QStyle.StateFlag.State_Selected)
        role = QPalette.ColorRole.HighlightedText if selected else QPalette.ColorRole.Text
        document = QTextDocument()
        document.setDefaultFont(option.font)
        document.setDocumentMargin(2)
        colour = option.palette.color(role).name()
        document.setHtml(f'<span style="color:{colour}; white-space:pre">{self._markup(pieces, selected)}</span>')
        painter.save()
        painter.setClipRect(option.rect)
        spare = max(0.0, (option.rect.height() - document.size().height()) / 2)
        painter.translate(option.rect.left(), option.rect.top() + spare)
        document.drawContents(painter, QRectF(0, 0, option.rect.width(), option.rect.height()))
        painter.restore()

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:  # noqa: N802 - Qt's name
        return QSize(0, option.fontMetrics.height() + 6)

    def _markup(self, pieces: tuple[Piece, ...], selected: bool) -> str:
        """On the selection's colour only the signs are left: no other colour can be read there."""
        markup = diff_markup(pieces, self._theme.colours)
        if selected:
            for colour in (self._theme.colours.success, self._theme.colours.failure):
                markup = markup.replace(f"color:{colour}; ", "")
        return markup


@lru_cache(maxsize=2000)
def shortened(before: str, after: str) -> tuple[Piece, ...]:
    """What differs, with a little of what stands around it, in one line."""
    pieces = replaced(before, after)
    last = len(pieces) - 1
    found = []
    for place, piece in enumerate(pieces):
        text = piece.text.replace("\r\n", " ").replace("\n", " ")
        if piece.kind == "same" and len(text) > 2 * AROUND:
            head = text[:AROUND].rstrip() + "\u2026" if place > 0 else "\u2026"
            tail = text[-AROUND:].lstrip() if place < last else ""
            text = (head if place > 0 else "\u2026") + (tail if place == 0 else f" {tail}" if tail else "")
        found.append(Piece(piece.kind, text))
    return tuple(found)


def replaced(before: str, after: str) -> list[Piece]:
    """What differs; white space that ends both the old and the new words is no part of them."""
    found: list[Piece] = []
    for piece in word_diff(before, after):
        old = found[-1] if found else None
        if piece.kind == "added" and old is not None and old.kind == "removed":
            space = piece.text[len(piece.text.rstrip()) :]
            if space and old.text.endswith(space):
                short = [Piece("removed", old.text[: -len(space)]), Piece("added", piece.text[: -len(space)])]
                found[-1:] = [*short, Piece("same", space)]
                continue
        found.append(piece)
    return found
