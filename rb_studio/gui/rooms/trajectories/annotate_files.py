"""Notes to and from files: exporting them, merging a colleague's, telling how far people agree."""

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from rb_studio.gui.commands.binding import Binding
from rb_studio.gui.rooms.trajectories.commands import NO_ROLLOUT
from rb_studio.gui.rooms.trajectories.merge_dialog import Agreed, MergeDialog, Preview, read_preview
from rb_studio.gui.rooms.trajectories.plain import count
from rb_studio.store.changes import ChangeRecord

if TYPE_CHECKING:
    import sqlite3

    from PySide6.QtWidgets import QWidget
    from sqlite_utils import Database

    from rb_studio.gui.rooms.trajectories.annotating import Writing
    from rb_studio.gui.rooms.trajectories.parts import Stage

FORMATS = "Notes with their history (*.jsonl);;Table (*.csv)"
NOT_WRITABLE = "The workspace can only be read."
ITSELF = "That is the workspace itself: choose another name."


class NoteFiles(QObject):
    """Asks for files, and shows before anything is merged what will become of each note."""

    def __init__(self, stage: "Stage", panel: "QWidget", writing: "Writing") -> None:
        super().__init__(panel)
        self._stage, self._frame, self._panel, self._writing = stage, stage.frame, panel, writing
        self._dialog: MergeDialog | None = None
        self._stopped = False

    def bindings(self) -> Mapping[str, Binding]:
        """What its commands do."""
        return {
            "trajectories.notes.merge": Binding(self._ask_merge, self._writable, NOT_WRITABLE),
            "trajectories.notes.export": Binding(partial(self._export, of_run=False)),
            "trajectories.notes.export.run": Binding(partial(self._export, of_run=True), self._has_run, NO_ROLLOUT),
            "trajectories.notes.agreement": Binding(self._tell_agreement),
        }

    def stop(self) -> None:
        """The room is closing: what is still on its way is for nobody."""
        self._stopped = True
        if self._dialog is not None:
            self._dialog.close()

    def _writable(self) -> bool:
        return self._frame.session.workspace.writable

    def _has_run(self) -> bool:
        return self._stage.opened is not None

    def _export(self, *, of_run: bool) -> None:
        opened = self._stage.opened
        run = opened.run.id if of_run and opened is not None else None
        proposal = f"notes-run-{run}.jsonl" if run is not None else "notes.jsonl"
        path = self._frame.dialogs.save_file("Export notes", proposal, FORMATS)
        if path is None:
            return
        workspace = self._frame.session.workspace
        if path.resolve() == workspace.path.resolve():
            self._frame.toast(ITSELF)
            return

        def write() -> int:
            from rb_studio.jobs.annotations import annotations_csv, annotations_jsonl

            return (annotations_csv if path.suffix.lower() == ".csv" else annotations_jsonl)(workspace, path, run)

        def done(written: int) -> None:
            self._say(f"{count(written, 'note')} written to {path.name}.")

        self._frame.session.background(write, done, self._say)

    def _ask_merge(self) -> None:
        found = self._frame.dialogs.open_files("Merge notes from a file", "Notes (*.jsonl);;All files (*)")
        if found:
            self.merge(found[0])

    def merge(self, path: Path) -> None:
        """Show what would become of the notes of a file."""
        workspace = self._frame.session.workspace
        self._frame.session.background(lambda: read_preview(workspace, path), self._show_preview, self._say)

    def _show_preview(self, preview: Preview) -> None:
        if self._stopped:
            return
        dialog = MergeDialog(preview, self._frame.theme, self._panel.window())
        dialog.merge_asked.connect(self._merge)
        self._dialog = dialog
        dialog.finished.connect(self._ended)
        dialog.open()

    def _merge(self, preview: Preview) -> None:
        told: list[str] = []

        def work(db: "Database") -> ChangeRecord:
            from rb_studio.jobs.annotations import save_notes

            told[:] = save_notes(db, preview.file, who=self._writing.who())
            return ChangeRecord("Import notes", "import", ("annotation_version", "label_set"))

        def merged(_change: ChangeRecord) -> None:
            self._frame.session.query(
                "trajectories.agreement", partial(_agreed, told=tuple(told), people=preview.people), self._show_agreed
            )

        self._frame.session.operate(work, merged, self._wrong)

    def _wrong(self, sentence: str) -> None:
        if self._dialog is not None:
            self._dialog.show_wrong(sentence)

    def _show_agreed(self, agreed: Agreed) -> None:
        if self._dialog is not None and not self._stopped:
            self._dialog.show_result(agreed)

    def _tell_agreement(self) -> None:
        self._frame.session.query("trajectories.agreement", _agreed, self._show_agreement)

    def _show_agreement(self, agreed: Agreed) -> None:
        if self._stopped:
            return
        dialog = MergeDialog(None, self._frame.theme, self._panel.window())
        dialog.finished.connect(self._ended)
        self._dialog = dialog
        dialog.show_result(agreed)
        dialog.open()

    def _ended(self, _result: int) -> None:
        self._dialog = None

    def _say(self, sentence: str) -> None:
        if not self._stopped:
            self._frame.toast(sentence)


def _agreed(conn: "sqlite3.Connection", told: tuple[str, ...] = (), people: frozenset[str] | None = None) -> Agreed:
    from rb_studio.jobs.annotations import agreements

    return Agreed(told, tuple(one.sentence for one in agreements(conn, people)))
