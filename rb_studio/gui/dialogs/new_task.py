"""Type a task in, or edit one: what to do, the expected answer, how to compare, in which suite."""

import sqlite3
from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QLineEdit, QPlainTextEdit, QPushButton, QVBoxLayout, QWidget

from rb_studio.gui.dialogs.alive import while_alive
from rb_studio.gui.dialogs.choice import Choice
from rb_studio.gui.dialogs.choosing import combo, fill, form_layout, note
from rb_studio.gui.dialogs.taking_back import say_done

if TYPE_CHECKING:
    from rb_studio.gui.frame import Frame
    from rb_studio.records.task import Grading, Suite, Task
    from rb_studio.store.changes import ChangeRecord

FIRST_SUITE = "my tasks"
GRADER_NAMES = {
    "exact": "exact: the same text",
    "contains": "contains: the answer holds the expected text",
    "number": "number: the same number",
    "regex": "regex: a regular expression matches",
    "llm": "llm: a model compares",
    "none": "none: nothing is graded",
}


class NewTaskDialog(QDialog):
    """Adds tasks until it is closed; what is wrong is said below, and Add waits until nothing is.

    With a task to `edit` it saves that one: its suite stays, and its rollouts stay with the old wording.

    Signals
    -------
    stored
        The task is in the workspace; carries its row id.
    """

    stored = Signal(int)

    def __init__(
        self,
        frame: "Frame",
        suite: str,
        parent: QWidget | None = None,
        *,
        edit: "tuple[Task, Grading | None] | None" = None,
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle("New task" if edit is None else f"Edit task {edit[0].ordinal} of {edit[0].suite}")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._edited = edit
        self._frame = frame
        self._graders: dict[str, str] = {}
        self.text = QPlainTextEdit()
        self.text.setPlaceholderText("What the agent is to do")
        self.text.setAccessibleName("Text of the task")
        self.text.setTabChangesFocus(True)
        self.expected = QLineEdit(placeholderText="The right answer, never shown to the agent")
        self.expected.setAccessibleName("Expected answer")
        self.grader, self.suite = combo("Grader"), combo("Suite")
        for box in (self.grader, self.suite):
            box.setEditable(True)
        self._problem = note()
        self._add = QPushButton("Add" if edit is None else "Save")
        self._add.setProperty("primary", True)
        self._more = QPushButton("Add and type another")
        self._lay_out()
        self._add.setDefault(True)
        fill(self.grader, [Choice(name, text) for name, text in GRADER_NAMES.items()], "exact")
        self.grader.setToolTip("One of the list, or MODULE:FUNCTION of your own")
        self._connect()
        if edit is None:
            found = while_alive(self, lambda suites: self._suites_read(suites, suite))
            frame.session.query("new.suites", _own_suites, found)
        else:
            self._show_edited(*edit)
        self._check()

    def _lay_out(self) -> None:
        fields = QWidget()
        form = form_layout(fields)
        form.setContentsMargins(0, 0, 0, 0)
        form.addRow("&Task", self.text)
        form.addRow("&Expected answer", self.expected)
        form.addRow("&Grader", self.grader)
        form.addRow("&Suite", self.suite)
        buttons = QDialogButtonBox()
        buttons.addButton(self._more, QDialogButtonBox.ButtonRole.ActionRole)
        buttons.addButton(self._add, QDialogButtonBox.ButtonRole.AcceptRole)
        buttons.addButton(QDialogButtonBox.StandardButton.Cancel)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.addWidget(fields, 1)
        layout.addWidget(self._problem)
        layout.addWidget(buttons)
        self.resize(self.fontMetrics().horizontalAdvance("0") * 70, self.fontMetrics().height() * 20)

    def _connect(self) -> None:
        self.text.textChanged.connect(self._check)
        for changed in (self.expected.textChanged, self.grader.currentTextChanged):
            changed.connect(self._check)
        self.suite.currentTextChanged.connect(self._suite_changed)
        self._add.clicked.connect(self._store_and_close)
        self._more.clicked.connect(self._store)

    def problem(self) -> str:
        """Why the task cannot be added yet; empty when it can."""
        return self._problem.text()

    def _show_edited(self, task: "Task", grading: "Grading | None") -> None:
        from rb_studio.jobs.own_tasks import shown_answer

        self._more.hide()
        fill(self.suite, [Choice(task.suite, task.suite)], task.suite)
        self.suite.setEnabled(False)
        self.text.setPlainText(task.text)
        self.expected.setText(shown_answer(grading.expected) if grading else "")
        self._choose_grader(grading.grader if grading else "none")

    def _suites_read(self, found: "list[Suite]", present: str) -> None:
        self._graders = {suite.name: suite.grader for suite in found}
        names = list(self._graders) or [FIRST_SUITE]
        fill(self.suite, [Choice(name, name) for name in names], present if present in names else names[0])
        self._suite_changed()

    def _suite_changed(self, _text: str = "") -> None:
        """A suite's own grader is the likely one."""
        grader = self._graders.get(self.suite.currentText())
        if grader is not None:
            self._choose_grader(grader)
        self._check()

    def _choose_grader(self, grader: str) -> None:
        row = self.grader.findData(grader)
        self.grader.setCurrentIndex(row)
        if row < 0:
            self.grader.setEditText(grader)

    def _task(self) -> Any:
        from rb_studio.jobs.own_tasks import NewTask

        shown = self.grader.currentText()
        named = {text: name for name, text in GRADER_NAMES.items()}
        return NewTask(
            suite=self.suite.currentText(),
            text=self.text.toPlainText(),
            expected=self.expected.text(),
            grader=named.get(shown, shown.strip()),
        )

    def _check(self, *_changed: object) -> None:
        fault = self._task().problem()
        self._problem.setText(fault or "")
        for button in (self._add, self._more):
            button.setEnabled(fault is None)
            button.setToolTip(fault or "")

    def _store(self) -> None:
        self._send(self._clear)

    def _store_and_close(self) -> None:
        self._send(self.accept)

    def _send(self, then: Any) -> None:
        from rb_studio.jobs.own_tasks import add_task, edit_task

        task, edited = self._task(), self._edited
        store = partial(add_task, new=task) if edited is None else partial(edit_task, key=edited[0].key, new=task)

        def stored(change: "ChangeRecord") -> None:
            did = "Added a task to" if edited is None else f"Changed task {edited[0].ordinal} of"
            if not change.empty:
                say_done(self._frame, f"{did} {task.suite.strip()}.", change)
                self.stored.emit(change.ids["task"][0])
            then()

        self._frame.session.operate(store, while_alive(self, stored), while_alive(self, self._problem.setText))

    def _clear(self) -> None:
        self.text.clear()
        self.expected.clear()
        self.text.setFocus()


def _own_suites(conn: sqlite3.Connection) -> "list[Suite]":
    from rb_studio.jobs.own_tasks import own_suites

    return own_suites(conn)
