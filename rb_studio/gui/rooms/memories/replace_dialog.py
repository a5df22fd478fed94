"""Find and replace: every change is seen before it is made."""

from collections.abc import Sequence

from PySide6.QtCore import QModelIndex, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QDialogButtonBox,
    QGridLayout,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

from rb_studio.gui.rooms.memories.bulk_dialog import items
from rb_studio.gui.rooms.memories.replace_look import Changes, Wanted
from rb_studio.gui.rooms.memories.replace_model import CHANGE, ChangeDelegate, ReplacementModel, replaced
from rb_studio.gui.rooms.memories.texts import PlainBrowser, diff_markup, line_edit, sentence
from rb_studio.gui.theme import Theme
from rb_studio.gui.widgets.dense_table import DenseTable
from rb_studio.store.replacing import FIELDS, Replacement

TYPING = 150
IDLE = "Type what to look for; every change shows here before it is made."


class ChangeTable(DenseTable):
    """Space leaves the selected rows out, or takes them again; Enter is the dialog's."""

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        model = self.model()
        if event.key() == Qt.Key.Key_Space and isinstance(model, ReplacementModel):
            model.toggle(sorted({index.row() for index in self.selectionModel().selectedRows()}))
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            event.ignore()
        else:
            super().keyPressEvent(event)


class ReplaceDialog(QDialog):
    """What to find, where, and the list of all changes.

    Signals
    -------
    look_asked
        What was typed changed; carries Wanted.
    replace_asked
        Carries the Replacements taken.
    """

    look_asked = Signal(object)
    replace_asked = Signal(object)

    def __init__(self, wanted: Wanted, chosen: int, matching: int, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Find and replace")
        self._theme = theme
        self._stale = True
        self.pattern = line_edit("Text or pattern", "Find")
        self.by = line_edit("Nothing: what is found is taken out", "Replace with")
        self.regex = QCheckBox("Regular e&xpression")
        self.regex.setToolTip("Groups of the pattern are \\1, \\2 or \\g<name> in the replacement")
        self.case = QCheckBox("Match &case")
        self.fields = {name: QCheckBox(f"&{name.capitalize()}" if name != "content" else "C&ontent") for name in FIELDS}
        self.chosen = QCheckBox(f"Only the {items(chosen)} se&lected, not all {matching:,} matching")
        self.chosen.setVisible(1 < chosen < matching)
        self.status = QLabel(IDLE, textFormat=Qt.TextFormat.PlainText)
        self.status.setWordWrap(True)
        self.model = ReplacementModel()
        self.model.setParent(self)
        self.table = ChangeTable("Changes")
        self.table.setModel(self.model)
        self.table.setItemDelegateForColumn(CHANGE, ChangeDelegate(theme, self.table))
        self.diff = PlainBrowser("The whole text, with what differs")
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self.button = self.buttons.addButton("&Replace", QDialogButtonBox.ButtonRole.AcceptRole)
        self.button.setProperty("primary", True)
        self.button.setDefault(True)
        self._typing = QTimer(self)
        self._typing.setSingleShot(True)
        self._typing.setInterval(TYPING)
        self._lay_out()
        self._put(wanted, chosen)
        self._connect()
        self._count()

    def begin(self) -> None:
        """Look for what was typed the last time; signals are connected."""
        self.pattern.setFocus()
        self.pattern.selectAll()
        self._look()

    def wanted(self) -> Wanted:
        """What is typed now."""
        return Wanted(
            self.pattern.text(),
            self.by.text(),
            self.regex.isChecked(),
            self.case.isChecked(),
            tuple(name for name, box in self.fields.items() if box.isChecked()),
            self.chosen.isChecked() and self.chosen.isVisibleTo(self),
        )

    def show_changes(self, changes: Changes) -> None:
        """All that would change."""
        self._stale = False
        self.model.show_changes(changes)
        self._say(f"Nothing is found in {items(changes.searched)}." if not changes.found else "")
        if changes.found:
            self.table.setCurrentIndex(self.model.index(0, 0))
        self._draw()

    def show_wrong(self, text: str) -> None:
        """What is typed cannot be done, and why."""
        self._stale = False
        self.model.show_changes(Changes())
        self._say(sentence(text), wrong=True)
        self._draw()

    def keep_with(self, text: str) -> None:
        """It was not done; what is listed stays."""
        self._say(sentence(text), wrong=True)
        self.button.setEnabled(bool(self.model.taken()))

    def _put(self, wanted: Wanted, chosen: int) -> None:
        self.pattern.setText(wanted.pattern)
        self.by.setText(wanted.by)
        self.regex.setChecked(wanted.regex)
        self.case.setChecked(wanted.case)
        self.chosen.setChecked(chosen > 1)
        for name, box in self.fields.items():
            box.setChecked(name in wanted.fields)

    def _connect(self) -> None:
        for line in (self.pattern, self.by):
            line.textChanged.connect(self._typed)
        for box in (self.regex, self.case, self.chosen, *self.fields.values()):
            box.toggled.connect(self._typed)
        self._typing.timeout.connect(self._look)
        self.model.counted.connect(self._count)
        self.table.selectionModel().currentRowChanged.connect(self._draw)
        self._theme.changed.connect(self._draw)
        self.buttons.accepted.connect(self._accept)
        self.buttons.rejected.connect(self.reject)

    def _typed(self, _what: object) -> None:
        self._stale = True
        self.button.setEnabled(False)
        self._typing.start()

    def _look(self) -> None:
        wanted = self.wanted()
        if not wanted.pattern:
            self.show_changes(Changes())
            self._say(IDLE)
        elif not wanted.fields:
            self.show_wrong("choose at least one of title, description and content")
        else:
            self._say("Looking\u2026")
        self.look_asked.emit(wanted)

    def _say(self, text: str, *, wrong: bool = False) -> None:
        """A sentence, else the count of what is listed."""
        self.status.setText(f"\u26a0 {text}" if wrong else text or self._counted())
        self._count_button()

    def _counted(self) -> str:
        taken, rows = self.model.taken(), self.model.rowCount()
        found = sum(one.count for one in taken)
        left = f"; {rows - len(taken):,} left out" if rows > len(taken) else ""
        texts = f"{len(taken):,} text{'' if len(taken) == 1 else 's'}"
        times = f"{found:,} time{'' if found == 1 else 's'}"
        return f"Found {times} in {texts} of {items(_items(taken))}{left}. Space leaves a row out."

    def _count(self) -> None:
        if self.model.rowCount():
            self.status.setText(self._counted())
        self._count_button()

    def _count_button(self) -> None:
        taken = self.model.taken()
        self.button.setText(f"&Replace in {items(_items(taken))}" if taken else "&Replace")
        self.button.setEnabled(bool(taken) and not self._stale)

    def _draw(self, *_why: QModelIndex) -> None:
        row = self.table.currentIndex().row()
        if not 0 <= row < self.model.rowCount():
            self.diff.clear()
            return
        one = self.model.replacement(row)
        self.diff.setHtml(f"<p>{diff_markup(replaced(one.before, one.after), self._theme.colours)}</p>")

    def _accept(self) -> None:
        taken = self.model.taken()
        if taken and not self._stale:
            self.button.setEnabled(False)
            self.replace_asked.emit(taken)

    def _lay_out(self) -> None:
        find, by = QLabel("&Find"), QLabel("Replace &with")
        find.setBuddy(self.pattern)
        by.setBuddy(self.by)
        grid = QGridLayout()
        grid.addWidget(find, 0, 0)
        grid.addWidget(self.pattern, 0, 1)
        grid.addWidget(by, 1, 0)
        grid.addWidget(self.by, 1, 1)
        how = QHBoxLayout()
        for box in (self.regex, self.case):
            how.addWidget(box)
        how.addStretch(1)
        how.addWidget(QLabel("In"))
        for box in self.fields.values():
            how.addWidget(box)
        header = self.table.horizontalHeader()
        header.setStretchLastSection(True)
        header.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        self.table.fit_columns([30, 11, 6])
        splitter = QSplitter(Qt.Orientation.Vertical)
        splitter.addWidget(self.table)
        splitter.addWidget(self.diff)
        splitter.setStretchFactor(0, 3)
        splitter.setStretchFactor(1, 1)
        layout = QVBoxLayout(self)
        layout.addLayout(grid)
        layout.addLayout(how)
        layout.addWidget(self.chosen)
        layout.addWidget(self.status)
        layout.addWidget(splitter, 1)
        layout.addWidget(self.buttons)
        self._size()

    def _size(self) -> None:
        metrics, over = self.fontMetrics(), self.parentWidget()
        wide, high = metrics.averageCharWidth() * 110, metrics.lineSpacing() * 34
        if over is not None:
            wide, high = min(wide, over.window().width()), min(high, over.window().height())
        self.resize(wide, high)


def _items(taken: Sequence[Replacement]) -> int:
    return len({one.item for one in taken})
