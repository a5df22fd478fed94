"""Plain text of any length: shown in part until asked for whole, scroll kept for what was seen before."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QColor, QFontDatabase, QTextCharFormat, QTextCursor, QTextFormat
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPlainTextEdit, QPushButton, QTextEdit, QVBoxLayout, QWidget

from rb_studio.gui.rooms.trajectories.plain import part_of
from rb_studio.gui.theme import Theme

REMEMBERED = 2_000
AT_ONCE = 60_000
TAB = 2


@dataclass(frozen=True, slots=True)
class Stretch:
    """Characters to stand out; `colour` and `ink` name colours of the theme, `line` colours the whole line."""

    start: int
    length: int
    colour: str = "highlight"
    ink: str = ""
    line: bool = False


class LongText(QWidget):
    """A read-only text.

    Signals
    -------
    whole_asked
        All of a text that is shown in part is wanted.
    """

    whole_asked = Signal()

    def __init__(self, theme: Theme, name: str, *, mono: bool = True, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._key: object = None
        self._places: dict[object, int] = {}
        self._stretches: Sequence[Stretch] = ()
        self._whole_of: object = None
        self._source = self._text = ""
        self._poured = self._top = 0
        self._pouring = QTimer(self)
        self._pouring.setInterval(0)
        self._pouring.timeout.connect(self._pour)
        self.edit = QPlainTextEdit()
        self.edit.setReadOnly(True)
        self.edit.setUndoRedoEnabled(False)
        self.edit.setAccessibleName(name)
        flags = Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        self.edit.setTextInteractionFlags(flags)
        if mono:
            font = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
            font.setPointSizeF(self.font().pointSizeF())
            self.edit.setFont(font)
        self.edit.setTabStopDistance(self.edit.fontMetrics().averageCharWidth() * TAB)
        self._more = QWidget()
        self._told = QLabel()
        self._told.setProperty("role", "muted")
        self._all = QPushButton()
        self._all.clicked.connect(self._ask_whole)
        row = QHBoxLayout(self._more)
        row.setContentsMargins(4, 2, 4, 2)
        row.addWidget(self._told, 1)
        row.addWidget(self._all)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.edit, 1)
        layout.addWidget(self._more)
        self._more.hide()
        self.setFocusProxy(self.edit)

    def show_source(self, text: str, key: object, stretches: Sequence[Stretch] = ()) -> None:
        """Show a foreign text, in part where it is long; `key` tells it from others, for the scroll."""
        part = part_of(text, whole=self._whole_of == key)
        self._source = text
        self.show_text(part.text, key, stretches, hidden=part.left_out, size=part.size)

    def show_text(
        self, text: str, key: object, stretches: Sequence[Stretch] = (), *, hidden: int = 0, size: int = 0
    ) -> None:
        """Show a text as it is; `hidden` of its `size` characters are left out."""
        same = key == self._key and text == self._text
        if not same:
            self._remember()
            self.edit.setPlainText(text[:AT_ONCE])
            self._poured = min(len(text), AT_ONCE)
            self._top = self._places.get(key, 0)
            self._scroll_to(self._top)
            (self._pouring.start if self._poured < len(text) else self._pouring.stop)()
        self._key, self._text = key, text
        self._more.setVisible(hidden > 0)
        if hidden:
            self._told.setText(f"{hidden:,} of {size:,} characters are not shown")
            self._all.setText(f"Show all {size:,} characters")
        if not same or stretches != self._stretches:
            self._stretches = stretches
            self._mark()

    def wants_whole(self, key: object) -> bool:
        """True when all of this text was asked for."""
        return self._whole_of == key

    def redraw(self) -> None:
        """Stretches in other colours."""
        self._mark()

    def show_position(self, position: int) -> None:
        """Bring a character to the upper part of the view."""
        cursor = QTextCursor(self.edit.document())
        cursor.setPosition(min(position, max(0, self.edit.document().characterCount() - 1)))
        self.edit.setTextCursor(cursor)
        self.edit.centerCursor()

    def find_words(self, words: str) -> bool:
        """Select the next place where words stand, from the beginning again after the last one."""
        if self.edit.find(words):
            return True
        self.edit.moveCursor(QTextCursor.MoveOperation.Start)
        return self.edit.find(words)

    def _remember(self) -> None:
        if self._key is not None:
            if len(self._places) >= REMEMBERED:
                self._places.clear()
            self._places[self._key] = self.top

    @property
    def top(self) -> int:
        """The paragraph at the upper edge: the scroll bar counts lines only as far as they are laid out."""
        return self.edit.firstVisibleBlock().blockNumber()

    def _scroll_to(self, block: int) -> None:
        found = self.edit.document().findBlockByNumber(block)
        self.edit.verticalScrollBar().setValue(found.firstLineNumber() if found.isValid() else 0)

    def _pour(self) -> None:
        """The next piece of a huge text, with time for everything else in between."""
        piece = self._text[self._poured : self._poured + AT_ONCE]
        cursor = QTextCursor(self.edit.document())
        cursor.movePosition(QTextCursor.MoveOperation.End)
        before = self.edit.blockCount()
        cursor.insertText(piece)
        self._poured += len(piece)
        if before <= self._top < self.edit.blockCount():
            self._scroll_to(self._top)
        if self._poured >= len(self._text):
            self._pouring.stop()
            self._mark()

    def stop(self) -> None:
        """No clock runs any more."""
        self._pouring.stop()

    def _ask_whole(self) -> None:
        self._whole_of = self._key
        place = self.top
        self.whole_asked.emit()
        if self._source and self._more.isVisibleTo(self):
            self.show_source(self._source, self._key, self._stretches)
        self._top = place
        self._scroll_to(place)
        self.edit.setFocus(Qt.FocusReason.OtherFocusReason)

    def _mark(self) -> None:
        """Stretches as selections on top of the text: it is laid out once and never again for them."""
        made = []
        last = self.edit.document().characterCount() - 1
        for stretch in self._stretches:
            selection = QTextEdit.ExtraSelection()
            form = QTextCharFormat()
            form.setBackground(QColor(getattr(self._theme.colours, stretch.colour)))
            if stretch.ink:
                form.setForeground(QColor(getattr(self._theme.colours, stretch.ink)))
            form.setProperty(QTextFormat.Property.FullWidthSelection, stretch.line)
            cursor = QTextCursor(self.edit.document())
            cursor.setPosition(min(stretch.start, last))
            if not stretch.line:
                cursor.setPosition(min(stretch.start + stretch.length, last), QTextCursor.MoveMode.KeepAnchor)
            selection.cursor, selection.format = cursor, form
            made.append(selection)
        self.edit.setExtraSelections(made)
