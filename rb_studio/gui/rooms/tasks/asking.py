"""The questions the room of tasks asks: what to run, which task, which file."""

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QDialog

if TYPE_CHECKING:
    from rb_studio.gui.rooms.tasks.view import TasksRoom
    from rb_studio.models.settings import Settings

PATTERN = "Task files (*.json *.jsonl *.csv *.tsv);;All files (*)"


class Asking:
    """Opens the room's dialogs; each is imported when it is first needed."""

    def __init__(self, room: "TasksRoom") -> None:
        self._room = room
        self.dialog: QDialog | None = None

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
        self._open(NewTaskDialog(self._room.frame, entry.suite.name if entry else "", self._room))

    def import_tasks(self) -> None:
        """Choose a file, then say which column is which."""
        paths = self._room.frame.dialogs.open_files("Import tasks", PATTERN)
        if paths:
            self.import_file(paths[0])

    def import_file(self, path: Path) -> None:
        """Say which column of a file is which."""
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
        from rb_studio.gui.dialogs.run_form import RunForm
        from rb_studio.gui.rooms.room import Place

        form = dry(RunForm(self._room.presenter.suite, keys, memory="none"))
        self._room.frame.jobs.run(form.request(), settings, f"dry run of {keys[0]}")
        self._room.go.emit(Place("trajectories", {}))

    def _show_suite(self, name: str) -> None:
        self._room.show_place({"suite": name})

    def _open(self, dialog: QDialog) -> None:
        self.dialog = dialog
        dialog.destroyed.connect(self._forget)
        dialog.open()

    def _forget(self) -> None:
        self.dialog = None
