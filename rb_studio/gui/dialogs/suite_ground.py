"""Where a suite of one's own runs and how it is graded."""

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QVBoxLayout, QWidget

from rb_studio.environments.registry import runnable
from rb_studio.gui.dialogs.alive import while_alive
from rb_studio.gui.dialogs.choice import Choice
from rb_studio.gui.dialogs.choosing import combo, fill, form_layout, note, value
from rb_studio.gui.dialogs.new_task import GRADER_NAMES
from rb_studio.gui.dialogs.taking_back import say_done
from rb_studio.jobs.own_tasks import OWN_ENVIRONMENTS, change_ground

if TYPE_CHECKING:
    from rb_studio.gui.frame import Frame
    from rb_studio.records.task import Suite
    from rb_studio.store.changes import ChangeRecord

ENVIRONMENT_NAMES = {
    "answer": "answer: a text answers the task",
    "browser": "browser: a web page at a start address",
    "shell": "shell: commands in a folder",
}


class SuiteGroundDialog(QDialog):
    """Says at once whether the suite can run with what is chosen."""

    def __init__(self, frame: "Frame", suite: "Suite", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(f"Environment and grader of {suite.name}")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._frame, self._suite = frame, suite
        self.environment, self.grader = combo("Environment"), combo("Grader")
        self.grader.setEditable(True)
        self._state = note()
        about = note()
        about.setText(
            "Results so far stay as they were graded. A run that was interrupted cannot be continued after this."
        )
        fields = QWidget()
        form = form_layout(fields)
        form.setContentsMargins(0, 0, 0, 0)
        form.addRow("&Environment", self.environment)
        form.addRow("&Grader", self.grader)
        self._buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Save | QDialogButtonBox.StandardButton.Cancel)
        self._buttons.accepted.connect(self._store)
        self._buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        for part in (fields, self._state, about, self._buttons):
            layout.addWidget(part)
        environments = [Choice(name, ENVIRONMENT_NAMES.get(name, name)) for name in OWN_ENVIRONMENTS]
        fill(self.environment, environments, suite.environment)
        fill(self.grader, [Choice(name, text) for name, text in GRADER_NAMES.items()], suite.grader)
        if suite.grader not in GRADER_NAMES:
            self.grader.setEditText(suite.grader)
        self.environment.currentIndexChanged.connect(self._check)
        self.grader.currentTextChanged.connect(self._check)
        self.resize(self.fontMetrics().horizontalAdvance("0") * 66, self.sizeHint().height())
        self._check()

    def state(self) -> str:
        """Whether the suite would run, in one sentence."""
        return self._state.text()

    def _chosen(self) -> tuple[str, str]:
        shown = self.grader.currentText()
        named = {text: name for name, text in GRADER_NAMES.items()}
        return value(self.environment), named.get(shown, shown.strip())

    def _check(self, *_changed: object) -> None:
        from rb_studio.environments.graders import GRADERS, is_entry_point

        environment, grader = self._chosen()
        known = grader in GRADERS or is_entry_point(grader)
        ready, reason = runnable(
            replace(self._suite, environment=environment, grader=grader, runnable=True, reason=None)
        )
        self._state.setText("The suite runs with this." if ready else f"Cannot run: {reason}.")
        self._buttons.button(QDialogButtonBox.StandardButton.Save).setEnabled(known)

    def _store(self) -> None:
        name, chosen, frame = self._suite.name, self._chosen(), self._frame

        def stored(change: "ChangeRecord") -> None:
            say_done(frame, f"{name}: environment {chosen[0]}, graded by {chosen[1]}.", change)
            self.accept()

        frame.session.operate(
            lambda db: change_ground(db, name, *chosen),
            while_alive(self, stored),
            while_alive(self, self._state.setText),
        )
