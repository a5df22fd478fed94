"""A text view that loads nothing, follows no link by itself and knows our icons."""

from PySide6.QtCore import Qt, QUrl, Signal
from PySide6.QtGui import QPixmap, QTextCursor, QTextDocument, QTextOption
from PySide6.QtWidgets import QTextBrowser, QWidget

from rb_studio.gui.icons import pixmap
from rb_studio.gui.theme import Theme

SHARP = 3
KEPT = 12
OUTDATED = "\0"
REMEMBERED = 2_000


class SafeBrowser(QTextBrowser):
    """Shows rich text made by us from escaped text.

    Signals
    -------
    asked
        A link was chosen; carries its address as text.
    """

    asked = Signal(str)

    def __init__(self, theme: Theme, name: str, *, whole_words: bool = False, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        wrap = QTextOption.WrapMode.WordWrap if whole_words else QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere
        self._option = QTextOption()
        self._option.setWrapMode(wrap)
        # The view imposes its own mode on each document, and another one than the document's is another layout.
        self.setWordWrapMode(wrap)
        self._shown = ""
        self._key: object = None
        self._places: dict[object, int] = {}
        self._kept: dict[str, QTextDocument] = {}
        self.setAccessibleName(name)
        self.setOpenLinks(False)
        self.setUndoRedoEnabled(False)
        flags = Qt.TextInteractionFlag.TextBrowserInteraction | Qt.TextInteractionFlag.TextSelectableByKeyboard
        self.setTextInteractionFlags(flags)
        self.anchorClicked.connect(self._clicked)

    def show_html(self, html: str, *, keep: bool = True, key: object = None) -> None:
        """Show rich text; the same text again changes nothing, another one keeps the scroll where asked.

        With a `key` each text has a scroll of its own, which it comes back to.
        """
        if html == self._shown:
            return
        position = self.verticalScrollBar().value()
        if key is not None:
            self._places[self._key] = position
            position = self._places.get(key, 0)
            if len(self._places) > REMEMBERED:
                self._places.clear()
        self._shown, self._key = html, key
        self.setDocument(self._document(html))
        self.verticalScrollBar().setValue(position if keep or key is not None else 0)
        self._let_go()

    def knows(self, key: object) -> bool:
        """Whether a text was shown before, so that it has a scroll to come back to."""
        return key == self._key or key in self._places

    def prepare(self, html: str) -> None:
        """Lay out what is likely to be shown next, so that showing it is quick."""
        document = self._document(html)
        if document is not self.document() and document.textWidth() != self.viewport().width():
            document.setTextWidth(self.viewport().width())
        self._let_go()

    def _document(self, html: str) -> QTextDocument:
        """The document of a text, made while it is off screen: there it is laid out once, not with every paragraph."""
        document = self._kept.pop(html, None)
        if document is None:
            document = QTextDocument(self)
            document.setDefaultFont(self.font())
            document.setUndoRedoEnabled(False)
            document.setDefaultTextOption(self._option)
            document.setHtml(html)
        self._kept[html] = document
        return document

    def _let_go(self, most: int = KEPT) -> None:
        """Forget the documents not shown for longest; the view itself never deletes one that is its child."""
        shown = self.document()
        for html in list(self._kept)[: max(0, len(self._kept) - most)]:
            if self._kept[html] is not shown:
                self._kept.pop(html).deleteLater()

    def show_anchor(self, name: str) -> None:
        """Bring an anchor on screen, with what stands above it."""
        self.scrollToAnchor(name)
        bar = self.verticalScrollBar()
        bar.setValue(bar.value() - self.viewport().height() // 3)

    def find_words(self, words: str) -> bool:
        """Select the next place where words stand, from the beginning again after the last one."""
        if self.find(words):
            return True
        self.moveCursor(QTextCursor.MoveOperation.Start)
        return self.find(words)

    def redraw(self) -> None:
        """Forget what is shown, because its colours or its font are others now."""
        self._shown = ""
        shown = self.document()
        for document in self._kept.values():
            if document is not shown:
                document.deleteLater()
        self._kept = {OUTDATED: shown} if shown in self._kept.values() else {}

    def loadResource(self, kind: int, name: QUrl | str) -> object:  # noqa: N802 - Qt's name
        """Icons only: `icon:success` in the colour of its meaning. Nothing else is ever read."""
        url = QUrl(name)
        if kind != QTextDocument.ResourceType.ImageResource or url.scheme() != "icon":
            return None
        icon, _, size = url.path().partition("/")
        try:
            return self._icon(icon, int(size or 16))
        except (OSError, ValueError):
            return None

    def _icon(self, name: str, size: int) -> QPixmap:
        colours = self._theme.colours
        colour = getattr(colours, name, colours.text)
        drawn = QPixmap(pixmap(name, colour, size * SHARP))
        drawn.setDevicePixelRatio(SHARP)
        return drawn

    def _clicked(self, url: QUrl) -> None:
        self.asked.emit(url.toString())
