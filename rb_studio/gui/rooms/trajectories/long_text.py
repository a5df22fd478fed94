"""Plain text of any length: shown in part until asked for whole, scroll kept for what was seen before."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QColor, QFontDatabase, QResizeEvent, QTextCharFormat, QTextCursor, QTextFormat
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPlainTextEdit, QPushButton, QTextEdit, QVBoxLayout, QWidget

from rb_studio.gui.rooms.trajectories.colouring import Colouring
from rb_studio.gui.rooms.trajectories.plain import part_of, readable, to_readable, to_shown
from rb_studio.gui.rooms.trajectories.units import Units
from rb_studio.gui.theme import Colours, Theme

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
        self._noted: Sequence[tuple[int, int]] = ()
        self._whole_of: object = None
        self._source = self._text = self._language = ""
        self._units = Units("")
        self._poured = self._top = 0
        self._wanted: tuple[int, int] | None = None
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
        self._colouring = Colouring(theme, self.edit)
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

    def show_source(self, text: str, key: object, stretches: Sequence[Stretch] = (), *, language: str = "") -> None:
        """Show a foreign text, in part where it is long; `key` tells it from others, for the scroll."""
        part = part_of(text, whole=self._whole_of == key)
        self._source = text
        self.show_text(part.text, key, stretches, hidden=part.left_out, size=part.size, language=language)

    def show_text(
        self,
        text: str,
        key: object,
        stretches: Sequence[Stretch] = (),
        *,
        hidden: int = 0,
        size: int = 0,
        language: str = "",
    ) -> None:
        """Show a text as it is; `hidden` of its `size` characters are left out."""
        same = (key, text, language) == (self._key, self._text, self._language)
        if not same:
            self._remember()
            self._units, self._wanted = Units(text), None
            self.edit.setPlainText(text[:AT_ONCE])
            self._poured = min(len(text), AT_ONCE)
            self._top = self._places.get(key, 0)
            self._scroll_to(self._top)
            (self._pouring.start if self._poured < len(text) else self._pouring.stop)()
            self._colouring.show(text, self._units, language)
        self._key, self._text, self._language = key, text, language
        self._more.setVisible(hidden > 0)
        if hidden:
            self._told.setText(f"{hidden:,} of {size:,} characters are not shown")
            self._all.setText(f"Show all {size:,} characters")
        if not same or stretches != self._stretches:
            self._stretches = stretches
            self._mark()

    def show_noted(self, noted: Sequence[tuple[int, int]]) -> None:
        """Let characters of the readable text of the source stand out: somebody noted something on them."""
        if noted != self._noted:
            self._noted = noted
            self._mark()

    def wants_whole(self, key: object) -> bool:
        """True when all of this text was asked for."""
        return self._whole_of == key

    def redraw(self) -> None:
        """Stretches in other colours."""
        self._colouring.redraw()
        self._mark()

    def show_position(self, position: int) -> None:
        """Bring a character to the upper part of the view."""
        self._wanted = (position, position)
        self._show_wanted()

    def selected(self) -> tuple[int, int, str] | None:
        """What is selected, by its places in the readable text of the source; None for nothing."""
        cursor = self.edit.textCursor()
        if not cursor.hasSelection():
            return None
        ends = (self._units.place(cursor.selectionStart()), self._units.place(cursor.selectionEnd()))
        start, end = (to_readable(self._text, place) for place in ends)
        return start, end, readable(self._source)[start:end]

    def reveal(self, start: int, length: int) -> None:
        """Select a stretch of the readable text of the source, be it beyond what is shown."""
        clean = readable(self._source)
        first, last = to_shown(clean, start), to_shown(clean, start + length)
        if last > len(self._text) and self._whole_of != self._key:
            self._ask_whole()
        self._wanted = (first, last)
        self._show_wanted()

    def show_whole(self) -> None:
        """All of the text, where a part of it is shown."""
        if self._more.isVisibleTo(self):
            self._ask_whole()

    def find_words(self, words: str) -> bool:
        """Select the next place where words stand, from the beginning again after the last one."""
        if self.edit.find(words):
            return True
        self.edit.moveCursor(QTextCursor.MoveOperation.Start)
        return self.edit.find(words)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """More of the text may be on screen."""
        super().resizeEvent(event)
        self._colouring.cover()

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
        if before <= self._top < self.edit.blockCount() and self._wanted is None:
            self._scroll_to(self._top)
        self._show_wanted()
        self._colouring.cover()
        if self._poured >= len(self._text):
            self._pouring.stop()
            self._mark()

    def stop(self) -> None:
        """No clock runs any more."""
        self._pouring.stop()

    def _show_wanted(self) -> None:
        """Select what is to be selected, as soon as it has come."""
        if self._wanted is not None and self._wanted[1] <= self._poured:
            self._select(*self._wanted)
            self._wanted = None

    def _select(self, start: int, end: int) -> None:
        last = max(0, self.edit.document().characterCount() - 1)
        cursor = QTextCursor(self.edit.document())
        cursor.setPosition(min(self._units.of(start), last))
        if end > start:
            cursor.setPosition(min(self._units.of(end), last), QTextCursor.MoveMode.KeepAnchor)
        self.edit.setTextCursor(cursor)
        self.edit.centerCursor()

    def _ask_whole(self) -> None:
        self._whole_of = self._key
        place = self.top
        self.whole_asked.emit()
        if self._source and self._more.isVisibleTo(self):
            self.show_source(self._source, self._key, self._stretches, language=self._language)
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
            cursor.setPosition(min(self._units.of(stretch.start), last))
            if not stretch.line:
                end = self._units.of(stretch.start + stretch.length)
                cursor.setPosition(min(end, last), QTextCursor.MoveMode.KeepAnchor)
            selection.cursor, selection.format = cursor, form
            made.append(selection)
        clean = readable(self._source) if self._noted else ""
        for start, end in self._noted:
            selection = QTextEdit.ExtraSelection()
            cursor = QTextCursor(self.edit.document())
            cursor.setPosition(min(self._units.of(to_shown(clean, start)), last))
            cursor.setPosition(min(self._units.of(to_shown(clean, end)), last), QTextCursor.MoveMode.KeepAnchor)
            selection.cursor, selection.format = cursor, noted_form(self._theme.colours)
            made.append(selection)
        self.edit.setExtraSelections(made)


def noted_form(colours: Colours) -> QTextCharFormat:
    """How it stands out: by its ground, and by a line for who does not see that."""
    form = QTextCharFormat()
    form.setBackground(QColor(colours.highlight))
    form.setUnderlineStyle(QTextCharFormat.UnderlineStyle.DashUnderline)
    form.setUnderlineColor(QColor(colours.mark))
    return form
