"""Unsaved texts between editor, disk and the banner that offers them at the next start."""

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject

from rb_studio.gui.rooms.memories.draft_file import DraftFile
from rb_studio.gui.rooms.memories.draft_keeper import DraftKeeper
from rb_studio.gui.rooms.memories.drafts import NEW, NEW_KEY, Drafts
from rb_studio.models.folders import data_folder

if TYPE_CHECKING:
    from rb_studio.gui.rooms.memories.view import MemoriesRoom


class Drafting(QObject):
    """Keeps what is typed on disk, brings it back, and tells the room which items have drafts."""

    def __init__(self, room: "MemoriesRoom") -> None:
        super().__init__(room)
        self._room, self._frame = room, room.frame
        self._file = DraftFile(data_folder() / "drafts", room.frame.session.workspace.path)
        self._keeper = DraftKeeper(room.frame, self._file, self._so_far, room)
        self._told: frozenset[int] = frozenset()
        banner = room.panes.drafts
        banner.show_asked.connect(room.verbs.show_drafted)
        banner.save_asked.connect(self._save_all)
        banner.discard_asked.connect(room.editing.discard_all)
        banner.take_up_asked.connect(room.editing.take_up)

    def restore(self) -> None:
        """What was typed and not saved when the program ended, however it ended."""
        kept = self._file.read().get("drafts") if self._frame.session.workspace.writable else None
        if kept:
            self._room.panes.drafts.restored()
            self._room.editing.restore_drafts(kept)

    def close(self) -> None:
        """Keep what is not kept yet."""
        self._keeper.close()

    def changed(self, drafts: Drafts) -> None:
        """Something was typed, saved or discarded; called at every key in the editor."""
        self._keeper.touched()
        self.tell(drafts)

    def tell(self, drafts: Drafts) -> None:
        """Mark the items with drafts and count them."""
        new = drafts.of(NEW_KEY) is not None
        self._room.panes.drafts.show_counts(len(drafts) - new, new, len(drafts.gone))
        drafted = self._room.editing.drafted
        if drafted != self._told:
            self._told = drafted
            self._room.model.mark_drafts(drafted - {NEW})
            self._room.presenter.show_drafts_count(len(drafted - {NEW}), new=new)
            self._frame.registry.refresh()

    def _so_far(self) -> dict[str, Any]:
        return {"drafts": self._room.editing.drafts.to_plain()}

    def _save_all(self) -> None:
        self._room.editing.save_all(self._room.side.editor.author.text().strip())
