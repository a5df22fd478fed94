"""Shows an injected block while it is written."""

from PySide6.QtCore import Signal
from PySide6.QtGui import QColor, QResizeEvent, QTextCharFormat, QTextCursor
from PySide6.QtWidgets import QLabel, QPlainTextEdit, QTextEdit, QVBoxLayout, QWidget

from rb_studio.gui.rooms.memories.block import Block as Block
from rb_studio.gui.rooms.memories.fields import qt_length
from rb_studio.gui.rooms.memories.texts import approximate_tokens
from rb_studio.gui.theme import Theme


class PreviewPanel(QWidget):
    """Shows a block with the item's own part marked.

    Signals
    -------
    count_asked
        Another block is shown: `show_tokens` is to tell how many tokens it has; carries the text.
    headed
        Carries the heading, with the tokens, and what explains it.
    """

    count_asked = Signal(str)
    headed = Signal(str, str)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._block = Block("")
        self._item: object = None
        self._counted = ""
        self.heading = QLabel()
        self.heading.setProperty("role", "section")
        self.note = QLabel()
        self.note.setProperty("role", "muted")
        self.note.setWordWrap(True)
        self.text = QPlainTextEdit(readOnly=True)
        self.text.setAccessibleName("Injected block")
        self.text.setTabChangesFocus(True)
        self.text.setMinimumHeight(self.fontMetrics().lineSpacing() * 2)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        for widget in (self.heading, self.note, self.text):
            layout.addWidget(widget)
        theme.changed.connect(self._mark)
        self.show_block(Block(""))

    def show_block(self, block: Block, item: object = None) -> None:
        """Show a block; another `item` is scrolled to, the same one stays where it is."""
        other, self._item = item != self._item, item
        self._block = block
        if not block.text:
            self._head("Injected block", "")
        elif block.text != self._counted:
            tokens = approximate_tokens(block.text)
            tip = "The exact text in the system prompt; tokens are counted as four bytes each."
            self._head(f"Injected block, about {tokens:,} tokens", tip)
            self.count_asked.emit(block.text)
        self.note.setText(block.note)
        self.note.setVisible(bool(block.note))
        bar = self.text.verticalScrollBar()
        kept = bar.value()
        self.text.setPlainText(block.text)
        bar.setValue(0 if other else kept)
        self._mark()
        self._show_part(anew=other)

    def show_tokens(self, text: str, counted: tuple[int, str]) -> None:
        """How many tokens the block has, and by whose count; of a block that is not shown any more nothing is told."""
        if text == self._block.text and text:
            tokens, how = counted
            self._counted = text
            about = "about " if how.startswith("about") else ""
            tip = f"The exact text in the system prompt, {how}; the model's own count may differ by some per cent."
            self._head(f"Injected block, {about}{tokens:,} tokens", tip)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """Other line breaks: the item's own part stays in sight."""
        super().resizeEvent(event)
        self._show_part(anew=True)

    def _head(self, text: str, tip: str) -> None:
        self.heading.setText(text)
        self.heading.setToolTip(tip)
        self.headed.emit(text, tip)

    def _show_part(self, *, anew: bool) -> None:
        """The item's own part at the top, where it is another item's or not in sight."""
        if self._block.start < 0:
            return
        cursor = QTextCursor(self.text.document())
        cursor.setPosition(qt_length(self._block.text[: self._block.start]))
        top = self.text.cursorRect(cursor).top()
        if anew or not 0 <= top < self.text.viewport().height() // 2:
            self.text.setTextCursor(cursor)
            # A cursor is brought into sight at the lower edge; from the end of the text it comes to the upper one.
            self.text.verticalScrollBar().setValue(self.text.verticalScrollBar().maximum())
            self.text.ensureCursorVisible()

    def _mark(self) -> None:
        if self._block.start < 0:
            self.text.setExtraSelections([])
            return
        selection = QTextEdit.ExtraSelection()
        look = QTextCharFormat()
        look.setBackground(QColor(self._theme.colours.highlight))
        cursor = QTextCursor(self.text.document())
        cursor.setPosition(qt_length(self._block.text[: self._block.start]))
        end = self._block.start + self._block.length
        cursor.setPosition(qt_length(self._block.text[:end]), QTextCursor.MoveMode.KeepAnchor)
        selection.cursor, selection.format = cursor, look
        self.text.setExtraSelections([selection])
