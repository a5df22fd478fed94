"""Import tasks: the first rows of the file, which column is which, where they run, how they are graded."""

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QGridLayout,
    QHeaderView,
    QLabel,
    QLineEdit,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from rb_studio.gui.dialogs.alive import while_alive
from rb_studio.gui.dialogs.choice import Choice, counted
from rb_studio.gui.dialogs.choosing import combo, fill, note, value
from rb_studio.gui.dialogs.import_form import (
    FIELD_NAMES,
    GUESS,
    TASK_COLUMNS,
    ImportForm,
    cell,
    column_title,
    first_tasks,
    for_window,
    heading,
    what_becomes,
)
from rb_studio.gui.dialogs.problem_line import ProblemLine
from rb_studio.gui.dialogs.taking_back import say_done

if TYPE_CHECKING:
    from rb_studio.gui.frame import Frame
    from rb_studio.interchange.tasks import Preview
    from rb_studio.jobs.own_tasks import Replaced
    from rb_studio.records.task import SuiteContent
    from rb_studio.store.changes import ChangeRecord


class ImportTasksDialog(QDialog):
    """Reads the file again after each change, off the GUI thread, and says what it would become.

    Signals
    -------
    imported
        The suite is in the workspace; carries its name.
    """

    imported = Signal(str)

    def __init__(self, frame: "Frame", path: Path, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Import tasks")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._frame = frame
        self._preview: Preview | None = None
        self._content: SuiteContent | None = None
        self.form = ImportForm(path)
        self._heading, self._result, self._problem = note(""), note(""), ProblemLine(frame.theme)
        self._heading.setText(f"Reading {path.name}\u2026")
        self.name = QLineEdit()
        self.name.setAccessibleName("Name of the suite")
        self.columns: dict[str, QComboBox] = {one: combo(title) for one, title in FIELD_NAMES.items()}
        self._marks = {one: QLabel() for one in FIELD_NAMES}
        self.environment, self.grader = combo("Environment"), combo("Grader")
        self._own: list[QWidget] = []
        self.rows = QTableWidget()
        self.rows.setAccessibleName("First rows of the file")
        self.rows.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
        self.rows.setTabKeyNavigation(False)
        self.rows.setWordWrap(False)
        self._import = QPushButton("Import")
        self._import.setProperty("primary", True)
        self._import.setEnabled(False)
        self._lay_out()
        self._import.setDefault(True)
        self._connect()
        frame.session.background(
            lambda: _read(path), while_alive(self, self._file_read), while_alive(self, self._unreadable)
        )

    def _lay_out(self) -> None:
        grid = QGridLayout()
        grid.setColumnStretch(1, 1)
        grid.setColumnStretch(4, 1)
        self._name_label = _buddy("&Name of the suite", self.name)
        grid.addWidget(self._name_label, 0, 0)
        grid.addWidget(self.name, 0, 1, 1, 5)
        places = [(1 + number // 2, 3 * (number % 2)) for number in range(len(FIELD_NAMES) + 2)]
        fields = [(title, self.columns[one], self._marks[one]) for one, title in FIELD_NAMES.items()]
        fields += [("Environment", self.environment, QLabel()), ("Grader", self.grader, QLabel())]
        for (row, column), (title, box, mark) in zip(places, fields, strict=True):
            label = _buddy(title, box)
            mark.setProperty("role", "muted")
            grid.addWidget(label, row, column)
            grid.addWidget(box, row, column + 1)
            grid.addWidget(mark, row, column + 2)
            self._own += [label, box, mark]
        self.rows.verticalHeader().hide()
        self.rows.verticalHeader().setDefaultSectionSize(self.fontMetrics().height() + 8)
        self.rows.horizontalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        self.rows.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        self.rows.horizontalHeader().setStretchLastSection(True)
        buttons = QDialogButtonBox()
        buttons.addButton(self._import, QDialogButtonBox.ButtonRole.AcceptRole)
        buttons.addButton(QDialogButtonBox.StandardButton.Cancel)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.addWidget(self._heading)
        layout.addLayout(grid)
        layout.addWidget(self.rows, 1)
        for part in (self._result, self._problem, buttons):
            layout.addWidget(part)
        self.resize(self.fontMetrics().horizontalAdvance("0") * 100, self.fontMetrics().height() * 34)

    def _connect(self) -> None:
        self.name.textChanged.connect(self._changed)
        for one, box in self.columns.items():
            box.setObjectName(one)
            box.currentIndexChanged.connect(self._column_changed)
        self.environment.currentIndexChanged.connect(self._changed)
        self.grader.currentIndexChanged.connect(self._changed)
        self._import.clicked.connect(self._store)

    def problem(self) -> str:
        """Why Import is disabled; empty when it is not."""
        return self._problem.text()

    def result(self) -> str:  # type: ignore[override]
        """What the file would become."""
        return self._result.text()

    def _unreadable(self, sentence: str) -> None:
        self._heading.setText(f"{self.form.path.name} holds no tasks that can be read.")
        for widget in (self.name, self._name_label, self.rows, self._result, *self._own):
            widget.hide()
        self._say(sentence)
        self.resize(self.width(), self.minimumSizeHint().height())

    def _file_read(self, preview: "Preview") -> None:
        from rb_studio.environments.graders import GRADERS
        from rb_studio.gui.dialogs.new_task import GRADER_NAMES
        from rb_studio.gui.dialogs.suite_ground import ENVIRONMENT_NAMES
        from rb_studio.jobs.own_tasks import OWN_ENVIRONMENTS

        self._preview = preview
        path = self.form.path
        self.form = replace(self.form, columns={one: preview.guessed.get(one, "") for one in FIELD_NAMES})
        self._heading.setText(heading(preview, path))
        columns = [Choice(name, name) for name in preview.columns]
        for one, box in self.columns.items():
            fill(box, [Choice("", "\u2013"), *columns], self.form.columns[one])
        fill(self.environment, [Choice(one, ENVIRONMENT_NAMES.get(one, one)) for one in OWN_ENVIRONMENTS], "answer")
        graders = [Choice(name, GRADER_NAMES[name]) for name in GRADERS]
        fill(self.grader, [Choice(GUESS, "guess from the answers"), *graders], GUESS)
        for widget in self._own:
            widget.setVisible(preview.own)
        if preview.own and not self.form.columns["text"]:
            self.columns["text"].setFocus()
        self._fill_rows(preview.columns, preview.rows)
        self.name.setPlaceholderText("webarena" if preview.format == "webarena" else path.stem)
        self._changed()

    def _fill_rows(self, columns: Sequence[str], rows: Sequence[Mapping[str, object]]) -> None:
        self.rows.setColumnCount(len(columns))
        self.rows.setRowCount(len(rows))
        for row, values in enumerate(rows):
            for column, name in enumerate(columns):
                self.rows.setItem(row, column, QTableWidgetItem(cell(values.get(name))))
        width = self.fontMetrics().horizontalAdvance("0")
        for column, name in enumerate(columns):
            longest = max((len(cell(values.get(name))) for values in rows), default=0)
            self.rows.setColumnWidth(column, width * max(8, min(longest + 2, 48)))

    def _head_rows(self, preview: "Preview") -> None:
        """Each column says what it becomes, and is wide enough for that."""
        titles = [column_title(name, self.form) for name in preview.columns]
        self.rows.setHorizontalHeaderLabels(titles)
        width = self.fontMetrics().horizontalAdvance("0")
        for column, title in enumerate(titles):
            needed = width * (max(map(len, title.split("\n"))) + 2)
            self.rows.setColumnWidth(column, max(needed, self.rows.columnWidth(column)))

    def _column_changed(self, _index: int) -> None:
        box = self.sender()
        if isinstance(box, QComboBox):
            one = box.objectName()
            columns = {**self.form.columns, one: value(box)}
            self.form = replace(self.form, columns=columns, touched=self.form.touched | {one})
        self._changed()

    def _changed(self, *_value: object) -> None:
        """Show what is mapped to what, then read the file as it would be imported."""
        preview = self._preview
        if preview is None:
            return
        self.form = replace(
            self.form, name=self.name.text(), environment=value(self.environment), grader=value(self.grader)
        )
        for one, mark in self._marks.items():
            mark.setText("guessed" if self.form.guessed(one) else "")
        if preview.columns:
            self._head_rows(preview)
        self._content = None
        self._import.setEnabled(False)
        fault = self.form.problem(preview)
        if fault:
            self._result.setText("")
            self._say(fault)
            return
        form = self.form
        self._frame.session.query(
            "import.tasks",
            lambda conn: _loaded(conn, form, preview),
            while_alive(self, self._tasks_read),
            while_alive(self, self._not_read),
        )

    def _tasks_read(self, found: "tuple[SuiteContent, Replaced | None]") -> None:
        self._content, before = found
        self._result.setText(what_becomes(self._content, before))
        if self._preview is not None and not self._preview.columns:
            self._fill_rows(*first_tasks(self._content))
            self.rows.setHorizontalHeaderLabels(list(TASK_COLUMNS))
        self._say("")
        self._import.setEnabled(True)

    def _not_read(self, sentence: str) -> None:
        self._result.setText("")
        self._say(sentence)

    def _say(self, sentence: str) -> None:
        told = for_window(sentence)
        self._problem.say(told)
        self._import.setToolTip(told)

    def _store(self) -> None:
        content = self._content
        if content is None:
            return
        from rb_studio.jobs.own_tasks import import_suite

        self._import.setEnabled(False)

        def saved(change: "ChangeRecord") -> None:
            done = f"Imported {counted(len(content.tasks), 'task')} as {content.suite.name}."
            say_done(self._frame, done, change)
            self.imported.emit(content.suite.name)
            self.accept()

        store = partial(import_suite, content=content)
        self._frame.session.operate(store, while_alive(self, saved), while_alive(self, self._say))


def _read(path: Path) -> "Preview":
    from rb_studio.interchange.tasks import preview

    return preview(path)


def _loaded(conn: sqlite3.Connection, form: ImportForm, preview: "Preview") -> "tuple[SuiteContent, Replaced | None]":
    """The suite as it would be imported, and what that does to a stored one of its name."""
    from rb_studio.jobs.own_tasks import replaced

    content = form.load(preview)
    return content, replaced(conn, content.suite.name, {task.key for task in content.tasks})


def _buddy(text: str, field: QWidget) -> QLabel:
    label = QLabel(text)
    label.setBuddy(field)
    return label
