"""The line above the table: filter, results to choose from, how many were found."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from rb_studio.gui.dialogs.choice import counted
from rb_studio.gui.rooms.tasks.filter_menu import FilterMenu
from rb_studio.gui.rooms.tasks.reads import Facets

HELP = 'Words, and template:NAME, site:NAME, result:mixed, judged:failure; put blanks in "quotes"'


class FilterBar(QWidget):
    """Filter text with a menu of ready parts.

    Signals
    -------
    changed
        The filter is another one; carries its text.
    left
        Down or Enter was pressed: go on in the table.
    """

    changed = Signal(str)
    left = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.line = QLineEdit(placeholderText="Filter: words, template:\u2026, site:\u2026, result:\u2026")
        self.line.setAccessibleName("Filter of the tasks")
        self.line.setToolTip(HELP)
        self.line.setClearButtonEnabled(True)
        self.line.setMinimumWidth(self.fontMetrics().averageCharWidth() * 12)
        self._acts = True
        self.line.textChanged.connect(self._tell)
        self.line.returnPressed.connect(self.left)
        self.menu = FilterMenu(self)
        self.menu.wanted.connect(self._choose)
        self.line.textChanged.connect(self.menu.show_text)
        self._menu_button = QToolButton()
        self._menu_button.setText("Filter by")
        self._menu_button.setAccessibleName("Filter by difficulty, results, site or template")
        self._menu_button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._menu_button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self._menu_button.setMenu(self.menu)
        self.count = QLabel()
        self.count.setAccessibleName("Tasks found")
        self._problem, self._note = _line("badge"), _line("muted")
        self.line.textChanged.connect(self._note.hide)
        row = QHBoxLayout()
        row.addWidget(self.line, 1)
        row.addWidget(self._menu_button)
        row.addWidget(self.count)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(6, 2, 6, 2)
        layout.addLayout(row)
        layout.addWidget(self._problem)
        layout.addWidget(self._note)

    def show_count(self, found: int, total: int) -> None:
        """How many of how many."""
        self.count.setText(f"{found:,} of {total:,}" if found != total else counted(total, "task"))

    def show_problem(self, sentence: str) -> None:
        """What is wrong with the filter, beside it."""
        self._problem.setText(sentence)
        self._problem.setVisible(bool(sentence))

    def show_note(self, sentence: str) -> None:
        """What was done to the filter; stands until the next change of it, or an empty sentence."""
        self._note.setText(sentence)
        self._note.setVisible(bool(sentence))

    def note(self) -> str:
        """What was done to the filter; empty where nothing is said."""
        return self._note.text() if not self._note.isHidden() else ""

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """Down goes to the table, Escape clears."""
        if event.key() == Qt.Key.Key_Down:
            self.left.emit()
        elif event.key() == Qt.Key.Key_Escape and self.line.text():
            self.line.clear()
        else:
            super().keyPressEvent(event)

    def show_text(self, text: str) -> None:
        """Another filter, without acting on it."""
        self._acts = False
        self.line.setText(text)
        self._acts = True

    def show_facets(self, facets: Facets) -> None:
        """Sites and templates to choose from."""
        self.menu.show_facets(facets)

    def open_menu(self) -> None:
        """Choose by keyboard."""
        self.menu.popup(self._menu_button.mapToGlobal(self._menu_button.rect().bottomLeft()))

    def _tell(self, text: str) -> None:
        if self._acts:
            self.changed.emit(text)

    def _choose(self, text: str) -> None:
        self.line.setText(text)
        self.line.setFocus()


def _line(role: str) -> QLabel:
    """A wrapping line of plain text, hidden until it says something."""
    label = QLabel()
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setWordWrap(True)
    label.setProperty("role", role)
    label.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
    label.hide()
    return label
