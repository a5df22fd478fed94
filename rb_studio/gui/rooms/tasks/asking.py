"""The questions the room of tasks asks: what to run, which task, which file."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QDialog

if TYPE_CHECKING:
    from rb_studio.gui.dialogs.new_task import NewTaskDialog
    from rb_studio.gui.rooms.tasks.view import TasksRoom
    from rb_studio.models.settings import Settings

PATTERN = "Task files (*.json *.jsonl *.csv *.tsv *.parquet);;All files (*)"


class Asking(QObject):
    """Opens the room's dialogs; each is imported when it is first needed."""

    def __init__(self, room: "TasksRoom") -> None:
        super().__init__(room)
        self._room = room
        self.dialog: QDialog | None = None
        self._waiting: list[Path] = []

    def run(self) -> None:
        """The run dialog, on the selected tasks where there are several, else on the suite."""
        ids = self._room.table.selected_ids()
        if 1 < len(ids) < self._room.presenter.total:
            self._room.presenter.selected_keys(ids, self._run_on)
        else:
            self._run_on(())

    def dry_run(self) -> None:
        """One rollout of the current task by the default model, without asking."""
        task = self._room.presenter.current
        frame = self._room.frame
        if task is not None:
            self._room.presenter.selected_keys(
                [task], lambda keys: frame.session.background(frame.settings, lambda s: self._dry(keys, s))
            )

    def new_task(self) -> None:
        """Type a task in."""
        from rb_studio.gui.dialogs.new_task import NewTaskDialog

        entry = self._room.presenter.entry
        self._open_task(NewTaskDialog(self._room.frame, entry.suite.name if entry else "", self._room))

    def edit_task(self) -> None:
        """Another wording or answer for the current task."""
        from rb_studio.gui.dialogs.new_task import NewTaskDialog

        detail = self._room.presenter.detail
        if detail is not None:
            edit = (detail.task, detail.grading)
            self._open_task(NewTaskDialog(self._room.frame, detail.task.suite, self._room, edit=edit))

    def remove_tasks(self) -> None:
        """Take the selected tasks off their suite's list, without asking: it can be undone."""
        self._room.presenter.selected_keys(self._room.table.selected_ids(), self._remove)

    def import_tasks(self) -> None:
        """Choose files, then say of each which column is which."""
        self.import_files(self._room.frame.dialogs.open_files("Import tasks", PATTERN))

    def import_files(self, paths: Sequence[Path]) -> None:
        """One file after the other."""
        self._waiting += paths
        if self.dialog is None and self._waiting:
            self._import(self._waiting.pop(0))

    def _import(self, path: Path) -> None:
        from rb_studio.gui.dialogs.import_tasks import ImportTasksDialog

        dialog = ImportTasksDialog(self._room.frame, path, self._room)
        dialog.imported.connect(self._show_suite)
        self._open(dialog)

    def change_suite(self) -> None:
        """Another environment or grader for the suite."""
        from rb_studio.gui.dialogs.suite_ground import SuiteGroundDialog

        entry = self._room.presenter.entry
        if entry is not None:
            self._open(SuiteGroundDialog(self._room.frame, entry.suite, self._room))

    def _run_on(self, keys: tuple[str, ...]) -> None:
        from rb_studio.gui.dialogs.run import RunDialog

        dialog = RunDialog(self._room.frame, self._room.presenter.suite, keys, self._room)
        dialog.started.connect(self._room.go)
        self._open(dialog)

    def _dry(self, keys: tuple[str, ...], settings: "Settings") -> None:
        from rb_studio.gui.dialogs.run import dry
        from rb_studio.gui.dialogs.run_form import RunForm, cannot_act
        from rb_studio.gui.dialogs.run_landing import Landing

        entry = self._room.presenter.entry
        if entry is not None and (fault := cannot_act(entry.suite, settings.profile, settings)):
            self._room.frame.toast(fault, "Run\u2026", self.run)
            return
        form, jobs = dry(RunForm(self._room.presenter.suite, keys, memory="none")), self._room.frame.jobs
        name = f"dry run of {keys[0]}"
        if jobs.active:
            self._room.frame.toast(f"{name[0].upper()}{name[1:]} waits its turn.")
        else:
            Landing(jobs, self._room).began.connect(self._room.watch_runs)
        jobs.run(form.request(), settings, name)

    def _remove(self, keys: tuple[str, ...]) -> None:
        from rb_studio.gui.dialogs.taking_back import say_done
        from rb_studio.jobs.own_tasks import remove_tasks

        frame = self._room.frame
        frame.session.operate(
            partial(remove_tasks, keys=keys),
            lambda change: say_done(frame, f"{change.label.replace('Remove', 'Removed', 1)}.", change),
        )

    def _show_suite(self, name: str) -> None:
        self._room.presenter.go_to_suite(name)

    def _open_task(self, dialog: "NewTaskDialog") -> None:
        dialog.stored.connect(self._room.presenter.go_to_row)
        self._open(dialog)

    def _open(self, dialog: QDialog) -> None:
        self.dialog = dialog
        dialog.destroyed.connect(self._forget)
        dialog.open()

    def _forget(self) -> None:
        self.dialog = None
        self.import_files(())
