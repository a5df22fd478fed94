"""Code in colours in a text view: of a long text only what is on screen is coloured."""

from collections.abc import Iterator

from PySide6.QtCore import QObject
from PySide6.QtGui import QColor, QTextBlock, QTextCharFormat, QTextLayout
from PySide6.QtWidgets import QPlainTextEdit

from rb_studio.gui.rooms.trajectories.highlight import INKS, Token, tokens
from rb_studio.gui.rooms.trajectories.units import Units
from rb_studio.gui.theme import Theme

AHEAD = 8  # blocks below the lower edge


class Colouring(QObject):
    """Formats on top of the blocks of a view; the text itself is laid out once."""

    def __init__(self, theme: Theme, edit: QPlainTextEdit) -> None:
        super().__init__(edit)
        self._theme, self._edit = theme, edit
        self._text = self._language = ""
        self._units = Units("")
        self._coming: Iterator[Token] = iter(())
        self._found: list[Token] = []
        self._done = 0
        self._forms: dict[str, QTextCharFormat] = {}
        edit.verticalScrollBar().valueChanged.connect(self._scrolled)

    def show(self, text: str, units: Units, language: str) -> None:
        """Another text is in the view."""
        self._text, self._units, self._language = text, units, language
        self._coming, self._found, self._done = tokens(text, language), [], 0
        self.cover()

    def redraw(self) -> None:
        """Other colours."""
        self._forms.clear()
        if self._done:
            self.show(self._text, self._units, self._language)

    def cover(self) -> None:
        """Colour what is on screen, and what comes down to there."""
        if not self._language:
            return
        last = self._edit.firstVisibleBlock().blockNumber() + self._lines() + AHEAD
        document = self._edit.document()
        while self._done <= last:
            block = document.findBlockByNumber(self._done)
            if not block.isValid():
                return
            self._colour(block)
            self._done += 1

    def _scrolled(self, _value: int) -> None:
        self.cover()

    def _lines(self) -> int:
        return self._edit.viewport().height() // max(1, self._edit.fontMetrics().lineSpacing())

    def _colour(self, block: QTextBlock) -> None:
        """Give a block the formats of the tokens in it; one that goes on into the next block is kept for that."""
        start, end = block.position(), block.position() + block.length() - 1
        while not self._found or self._begin(self._found[-1]) < end:
            token = next(self._coming, None)
            if token is None:
                break
            self._found.append(token)
        formats = [self._format(token, start, end) for token in self._found if self._begin(token) < end]
        if formats:
            block.layout().setFormats(formats)
        self._found = [token for token in self._found if self._end(token) > end]

    def _format(self, token: Token, start: int, end: int) -> QTextLayout.FormatRange:
        first, last = max(self._begin(token), start), min(self._end(token), end)
        made = QTextLayout.FormatRange()
        made.start, made.length, made.format = first - start, max(0, last - first), self._form(token.kind)
        return made

    def _form(self, kind: str) -> QTextCharFormat:
        if kind not in self._forms:
            self._forms[kind] = QTextCharFormat()
            self._forms[kind].setForeground(QColor(getattr(self._theme.colours, INKS[kind])))
        return self._forms[kind]

    def _begin(self, token: Token) -> int:
        return self._units.of(token.start)

    def _end(self, token: Token) -> int:
        return self._units.of(token.start + token.length)
