"""Memories in and out of files: import with its questions, export with its choices."""

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QEvent, QObject
from PySide6.QtGui import QDropEvent
from shiboken6 import isValid

from rb_studio.gui.commands.binding import Binding, bind
from rb_studio.gui.commands.registry import Command
from rb_studio.gui.rooms.memories.acts import operate, undo_if_last
from rb_studio.gui.rooms.memories.offered_files import OFFERED
from rb_studio.gui.rooms.memories.parts import Part
from rb_studio.gui.rooms.memories.slow import Ticket
from rb_studio.store.changes import ChangeRecord
from rb_studio.store.item_import import Choice
from rb_studio.store.snapshots import SnapshotRow, snapshots
from rb_studio.store.workspace import Workspace

if TYPE_CHECKING:
    from rb_studio.gui.rooms.memories.export_dialog import Wish
    from rb_studio.gui.rooms.memories.import_dialog import ImportDialog
    from rb_studio.gui.rooms.memories.incoming import Meeting, Read
    from rb_studio.interchange.loaded import LoadedFile

PATTERN = "Memories (*.jsonl *.md *.csv *.json);;All files (*)"
READ_ONLY = "The workspace is open for reading only."


class FilesPart(Part):
    """Asks which file, shows what would come of it, writes when told."""

    def commands(self) -> list[Command]:
        bindings = {
            "memory.import": Binding(self.ask_import, self._writable, READ_ONLY),
            "memory.export": Binding(self.ask_export, self._any_items, "There is nothing to export."),
        }
        return bind(OFFERED, "memories", bindings)

    def joined(self) -> None:
        self._room.setAcceptDrops(True)
        self._room.installEventFilter(self)

    def show_place(self, target: Mapping[str, Any]) -> None:
        """Files of memories that were opened, or dropped somewhere else: nobody meant the bank that is shown."""
        if "files" in target:
            from rb_studio.jobs.importing import DEFAULT_BANK

            self.preview([Path(str(path)) for path in target["files"]], DEFAULT_BANK)

    def ask_import(self) -> None:
        """Which files are to be read."""
        paths = self._frame.dialogs.open_files("Import memories", PATTERN)
        if paths:
            self.preview(paths)

    def preview(self, paths: Sequence[Path], bank: str = "") -> None:
        """Read files and ask what is to become of their items; others go the way of all files.

        `bank` is proposed to take them, else the one that is shown.
        """
        if not self._writable():
            self._frame.toast(READ_ONLY)
            return
        work = partial(_read, tuple(paths))
        self._room.slow.run("import", work, partial(self._ask, bank), self._frame.toast)

    def ask_export(self) -> None:
        """Which items, as what; then where."""
        bank = self._room.bank()
        if bank is not None:
            self._frame.session.query("memories.export", partial(snapshots, bank_id=bank), self._open_export)

    def _writable(self) -> bool:
        return self._frame.session.workspace.writable

    def _any_items(self) -> bool:
        return self._room.bank() is not None

    def _ask(self, bank: str, read: "Read") -> None:
        if read.others:
            if read.file is None and len(read.others) == 1 and read.sentences:
                self._frame.toast(f"No memories in it: {read.sentences[0]}")
            self._frame.open_paths(list(read.others))
        if read.file is None:
            return
        from rb_studio.gui.rooms.memories.import_dialog import ImportDialog
        from rb_studio.jobs.importing import DEFAULT_BANK

        dialog = ImportDialog(read.sentences, self._frame.theme, self._room)
        dialog.bank_named.connect(partial(self._meet, dialog, read.file))
        dialog.import_asked.connect(partial(self._bring_in, dialog, read.file))
        dialog.begin(bank or self._room.presenter.bank_name or DEFAULT_BANK)
        dialog.open()

    def _meet(self, dialog: "ImportDialog", file: "LoadedFile", bank: str) -> None:
        from rb_studio.gui.rooms.memories.incoming import meeting

        read = partial(meeting, file=file, bank=bank)
        self._frame.session.query("memories.incoming", read, partial(self._met, dialog), dialog.show_problem)

    def _met(self, dialog: "ImportDialog", found: "Meeting") -> None:
        if isValid(dialog):
            dialog.show_meeting(found)

    def _bring_in(self, dialog: "ImportDialog", file: "LoadedFile", choices: dict[str, Choice]) -> None:
        from rb_studio.gui.rooms.memories.incoming import bring_in

        bank = dialog.bank.currentText().strip()
        work = partial(bring_in, file=file, bank=bank, choice=choices)
        operate(self._frame, work, partial(self._brought, bank))

    def _brought(self, bank: str, change: ChangeRecord) -> None:
        if change.operation is None:
            self._frame.toast("Nothing was changed: it is so already.")
            return
        take_back = partial(operate, self._frame, partial(undo_if_last, operation=change.operation))
        self._frame.toast(f"{change.label}.", "Undo", take_back)
        if bank != self._room.presenter.bank_name:
            self._room.presenter.choose_bank_named(bank)

    def _open_export(self, points: list[SnapshotRow]) -> None:
        from rb_studio.gui.rooms.memories.export_dialog import ExportDialog

        presenter = self._room.presenter
        chosen = self._room.selected()
        dialog = ExportDialog(presenter.bank_name, chosen, presenter.ids, points, self._room)
        dialog.wished.connect(self._ask_where)
        dialog.open()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        """Files that are dropped on the room are looked at before they are read; all else goes on to the window."""
        if event.type() in (QEvent.Type.DragEnter, QEvent.Type.Drop) and isinstance(event, QDropEvent):
            paths = [Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile()]
            if paths:
                event.acceptProposedAction()
                if event.type() == QEvent.Type.Drop:
                    self.preview(paths)
                return True
        return super().eventFilter(watched, event)

    def _ask_where(self, wish: "Wish") -> None:
        bank, form = self._room.bank(), wish.form
        target = self._frame.dialogs.save_file(f"Export as {form.title}", wish.proposal, form.pattern)
        if target is None or bank is None:
            return
        if not target.suffix:
            target = target.with_name(target.name + form.suffix)
        work = partial(_write, self._frame.session.workspace, bank, wish, target)
        self._room.slow.run("export", work, partial(self._exported, target), self._frame.toast)

    def _exported(self, target: Path, count: int) -> None:
        self._frame.toast(f"Wrote {count:,} memor{'y' if count == 1 else 'ies'} to {target}.")


def _read(paths: tuple[Path, ...], _ticket: Ticket) -> "Read":
    from rb_studio.gui.rooms.memories.incoming import read_files

    return read_files(paths)


def _write(workspace: Workspace, bank: int, wish: "Wish", target: Path, _ticket: Ticket) -> int:
    from rb_studio.gui.rooms.memories.export_dialog import write

    return write(workspace, bank, wish, target)
