"""The line above the table: filter, results to choose from, how many were found."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction, QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QMenu, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from rb_studio.gui.dialogs.choice import counted

CHOICES = (
    ("Difficulty: always solved", "result:always"),
    ("Difficulty: mixed", "result:mixed"),
    ("Difficulty: never solved", "result:never"),
    ("Not tried yet", "result:untried"),
    ("Last rollout: success", "result:success"),
    ("Last rollout: failure", "result:failure"),
    ("Last rollout: unknown", "result:unknown"),
    ("Last judged: success", "judged:success"),
    ("Last judged: failure", "judged:failure"),
)
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
        self.line.textChanged.connect(self.changed)
        self.line.returnPressed.connect(self.left)
        self._menu_button = QToolButton()
        self._menu_button.setText("Results")
        self._menu_button.setAccessibleName("Filter by results")
        self._menu_button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        menu = QMenu(self._menu_button)
        for title, part in CHOICES:
            menu.addAction(title).setData(part)
        menu.triggered.connect(self._add)
        self._menu_button.setMenu(menu)
        self.count = QLabel()
        self.count.setAccessibleName("Tasks found")
        self._problem = QLabel()
        self._problem.setTextFormat(Qt.TextFormat.PlainText)
        self._problem.setWordWrap(True)
        self._problem.setProperty("role", "badge")
        self._problem.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        self._problem.hide()
        row = QHBoxLayout()
        row.addWidget(self.line, 1)
        row.addWidget(self._menu_button)
        row.addWidget(self.count)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(6, 2, 6, 2)
        layout.addLayout(row)
        layout.addWidget(self._problem)

    def show_count(self, found: int, total: int) -> None:
        """How many of how many."""
        self.count.setText(f"{found:,} of {total:,}" if found != total else counted(total, "task"))

    def show_problem(self, sentence: str) -> None:
        """What is wrong with the filter, beside it."""
        self._problem.setText(sentence)
        self._problem.setVisible(bool(sentence))

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """Down goes to the table, Escape clears."""
        if event.key() == Qt.Key.Key_Down:
            self.left.emit()
        elif event.key() == Qt.Key.Key_Escape and self.line.text():
            self.line.clear()
        else:
            super().keyPressEvent(event)

    def _add(self, action: QAction) -> None:
        """One part of each field at a time: another choice takes the place of the last one."""
        part = str(action.data())
        field = part.partition(":")[0] + ":"
        kept = [word for word in self.line.text().split() if not word.startswith(field)]
        self.line.setText(" ".join([*kept, part]))
        self.line.setFocus()
