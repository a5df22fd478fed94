"""A text view that loads nothing, follows no link by itself and knows our icons."""

from PySide6.QtCore import Qt, QUrl, Signal
from PySide6.QtGui import QPixmap, QTextDocument, QTextOption
from PySide6.QtWidgets import QTextBrowser, QWidget

from rb_studio.gui.icons import pixmap
from rb_studio.gui.theme import Theme

SHARP = 3


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
        self._shown = ""
        self.setAccessibleName(name)
        self.setOpenLinks(False)
        self.setUndoRedoEnabled(False)
        flags = Qt.TextInteractionFlag.TextBrowserInteraction | Qt.TextInteractionFlag.TextSelectableByKeyboard
        self.setTextInteractionFlags(flags)
        self.anchorClicked.connect(self._clicked)

    def show_html(self, html: str, *, keep: bool = True) -> None:
        """Show rich text; the same text again changes nothing, another one keeps the scroll where asked."""
        if html == self._shown:
            return
        self._shown = html
        position = self.verticalScrollBar().value()
        # A document that is not on screen is laid out once; one on screen with every paragraph it gets.
        document = QTextDocument(self)
        document.setDefaultFont(self.font())
        document.setUndoRedoEnabled(False)
        document.setDefaultTextOption(self._option)
        document.setHtml(html)
        self.setDocument(document)
        self.verticalScrollBar().setValue(position if keep else 0)

    def redraw(self) -> None:
        """Forget what is shown, because its colours are others now."""
        self._shown = ""

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
