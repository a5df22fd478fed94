"""Own light and dark palettes that follow the system, and the colours that carry meaning."""

from dataclasses import dataclass

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QColor, QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication

from rb_studio.records.resources import root


@dataclass(frozen=True, slots=True)
class Colours:
    """Every colour of the program; meanings keep their hue in both themes."""

    window: str
    base: str
    alternate: str
    raised: str
    border: str
    text: str
    muted: str
    accent: str
    on_accent: str
    selection: str
    success: str
    failure: str
    unknown: str
    warning: str
    highlight: str
    mark: str


LIGHT = Colours(
    window="#f3f4f6",
    base="#ffffff",
    alternate="#f8f9fb",
    raised="#ffffff",
    border="#d5d9e0",
    text="#1b1f27",
    muted="#5a6372",
    accent="#1f5fbf",
    on_accent="#ffffff",
    selection="#cfe0f8",
    success="#157347",
    failure="#b3261e",
    unknown="#6b5b00",
    warning="#9a5b00",
    highlight="#fff3bf",
    mark="#e8590c",
)
DARK = Colours(
    window="#1c1f24",
    base="#22262c",
    alternate="#272b32",
    raised="#2b3038",
    border="#3b424c",
    text="#e7eaf0",
    muted="#a3adbb",
    accent="#7db0ff",
    on_accent="#10141a",
    selection="#2f4a72",
    success="#63d39b",
    failure="#ff8a80",
    unknown="#e0c75a",
    warning="#ffb454",
    highlight="#5a4b12",
    mark="#ff922b",
)


class Theme(QObject):
    """Applies a palette and tells when it changed.

    Signals
    -------
    changed
        The colours are others now: icons and drawings made from them are to be made anew.
    """

    changed = Signal()

    def __init__(self, choice: str = "system", parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._choice = choice
        hints = QGuiApplication.styleHints()
        hints.colorSchemeChanged.connect(self._system_changed)
        self.colours = LIGHT
        self._apply()

    @property
    def choice(self) -> str:
        """system, light or dark."""
        return self._choice

    @property
    def dark(self) -> bool:
        return self.colours is DARK

    def choose(self, choice: str) -> None:
        """Follow the system, or stay light or dark."""
        self._choice = choice
        self._apply()

    def status_colour(self, status: str | None) -> QColor:
        """The colour of success, failure or unknown."""
        return QColor(getattr(self.colours, status or "unknown", self.colours.unknown))

    def _system_changed(self) -> None:
        if self._choice == "system":
            self._apply()

    def _apply(self) -> None:
        wanted = self._choice
        if wanted == "system":
            scheme = QGuiApplication.styleHints().colorScheme()
            wanted = "dark" if scheme == Qt.ColorScheme.Dark else "light"
        self.colours = DARK if wanted == "dark" else LIGHT
        application = QApplication.instance()
        if isinstance(application, QApplication):
            application.setPalette(palette(self.colours))
            application.setStyleSheet(style_sheet(self.colours))
        self.changed.emit()


def palette(colours: Colours) -> QPalette:
    """Qt's palette in our colours, disabled texts muted."""
    roles = {
        QPalette.ColorRole.Window: colours.window,
        QPalette.ColorRole.WindowText: colours.text,
        QPalette.ColorRole.Base: colours.base,
        QPalette.ColorRole.AlternateBase: colours.alternate,
        QPalette.ColorRole.Text: colours.text,
        QPalette.ColorRole.Button: colours.raised,
        QPalette.ColorRole.ButtonText: colours.text,
        QPalette.ColorRole.ToolTipBase: colours.raised,
        QPalette.ColorRole.ToolTipText: colours.text,
        QPalette.ColorRole.Highlight: colours.selection,
        QPalette.ColorRole.HighlightedText: colours.text,
        QPalette.ColorRole.Link: colours.accent,
        QPalette.ColorRole.PlaceholderText: colours.muted,
        QPalette.ColorRole.Accent: colours.accent,
        QPalette.ColorRole.Mid: colours.border,
        QPalette.ColorRole.Light: colours.raised,
        QPalette.ColorRole.Dark: colours.border,
        QPalette.ColorRole.Midlight: colours.alternate,
        QPalette.ColorRole.Shadow: colours.border,
        QPalette.ColorRole.BrightText: colours.failure,
    }
    made = QPalette()
    for role, colour in roles.items():
        made.setColor(role, QColor(colour))
    for role in (QPalette.ColorRole.WindowText, QPalette.ColorRole.Text, QPalette.ColorRole.ButtonText):
        made.setColor(QPalette.ColorGroup.Disabled, role, QColor(colours.muted))
    return made


def style_sheet(colours: Colours) -> str:
    """The little that palettes cannot say; sizes stay in font metrics."""
    return "".join(part(colours) for part in (_frame, _fields, _ticks, _buttons, _labels))


def _frame(c: Colours) -> str:
    """What stands around: bars, handles, headings, panes."""
    return f"""
    QToolTip {{ color: {c.text}; background: {c.raised}; border: 1px solid {c.border}; padding: 3px; }}
    QMainWindow::separator {{ background: {c.border}; width: 1px; height: 1px; }}
    QSplitter::handle {{ background: {c.border}; }}
    QSplitter::handle:horizontal {{ width: 1px; }}
    QSplitter::handle:vertical {{ height: 1px; }}
    QMainWindow > QToolBar {{ background: {c.window}; border: none; border-right: 1px solid {c.border}; spacing: 2px; }}
    QDialogButtonBox {{ dialogbuttonbox-buttons-have-icons: 0; }}
    QStatusBar {{ border-top: 1px solid {c.border}; }}
    QStatusBar::item {{ border: none; }}
    QHeaderView::section {{
        background: {c.window}; color: {c.muted}; border: none; border-right: 1px solid {c.border};
        border-bottom: 1px solid {c.border}; padding: 4px 6px; font-weight: 600;
    }}
    QDialog QTabWidget::pane {{ border: 1px solid {c.border}; background: {c.window}; }}
    """


def _fields(c: Colours) -> str:
    """Lists and what is typed into."""
    return f"""
    QTableView, QTreeView, QListView, QPlainTextEdit, QTextBrowser, QTextEdit {{
        border: 1px solid {c.border}; border-radius: 3px; gridline-color: {c.border};
        selection-background-color: {c.selection}; selection-color: {c.text};
    }}
    QTableView:focus, QTreeView:focus, QListView:focus, QPlainTextEdit:focus, QTextBrowser:focus,
    QLineEdit:focus {{ border: 1px solid {c.accent}; }}
    QLineEdit {{
        border: 1px solid {c.border}; border-radius: 3px; padding: 3px 5px; background: {c.base};
    }}
    """


def _ticks(c: Colours) -> str:
    """Boxes to tick, seen in both themes."""
    ticked = (root() / "icons" / f"ticked-{'dark' if c is DARK else 'light'}.svg").as_posix()
    return f"""
    QCheckBox::indicator:unchecked, QListView::indicator:unchecked, QTreeView::indicator:unchecked,
    QTableView::indicator:unchecked {{
        border: 1px solid {c.muted}; border-radius: 2px; background: {c.base}; width: 11px; height: 11px;
    }}
    QCheckBox::indicator:checked, QListView::indicator:checked, QTreeView::indicator:checked,
    QTableView::indicator:checked {{
        border: 1px solid {c.accent}; border-radius: 2px; background: {c.accent}; width: 11px; height: 11px;
        image: url("{ticked}");
    }}
    QCheckBox::indicator:disabled {{ border-color: {c.border}; background: {c.window}; }}
    QCheckBox::indicator:checked:disabled {{ background: {c.muted}; }}
    """


def _buttons(c: Colours) -> str:
    """Buttons of dialogs and tool bars."""
    return f"""
    QPushButton {{
        border: 1px solid {c.border}; border-radius: 3px; padding: 4px 12px; background: {c.raised};
    }}
    QPushButton:hover {{ border-color: {c.accent}; }}
    QPushButton:focus {{ border: 1px solid {c.accent}; }}
    QPushButton:disabled {{ color: {c.muted}; background: {c.window}; }}
    QPushButton[primary="true"] {{ background: {c.accent}; color: {c.on_accent}; border-color: {c.accent}; }}
    QPushButton[primary="true"]:disabled {{ background: {c.border}; color: {c.muted}; border-color: {c.border}; }}
    QToolButton {{ border: 1px solid transparent; border-radius: 3px; padding: 4px; }}
    QToolButton:hover {{ background: {c.alternate}; border-color: {c.border}; }}
    QToolButton:checked {{ background: {c.selection}; }}
    QToolButton:focus {{ border: 1px solid {c.accent}; }}
    QToolButton[popupMode="2"] {{ padding-right: 16px; }}
    QToolButton[popupMode="1"] {{ padding-right: 20px; }}
    QToolButton::menu-button {{ width: 16px; border: none; }}
    QToolButton::menu-indicator {{ subcontrol-origin: border; subcontrol-position: right center; right: 4px; }}
    """


def _labels(c: Colours) -> str:
    """Labels and frames by their role."""
    return f"""
    QLabel[role="muted"] {{ color: {c.muted}; }}
    QLabel[role="title"] {{ font-size: 15pt; font-weight: 600; }}
    QLabel[role="section"] {{ color: {c.muted}; font-weight: 600; }}
    QLabel[role="badge"] {{
        color: {c.warning}; border: 1px solid {c.warning}; border-radius: 3px; padding: 1px 6px;
    }}
    QFrame[role="banner"] {{ background: {c.highlight}; border: 1px solid {c.border}; border-radius: 3px; }}
    QFrame[role="toast"] {{ background: {c.raised}; border: 1px solid {c.accent}; border-radius: 5px; }}
    """
