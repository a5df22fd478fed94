"""A new item that was begun in another room: its texts, and the rollout and steps it comes from."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from rb_studio.gui.rooms.memories.drafts import NEW_KEY, Draft
from rb_studio.gui.rooms.memories.parts import Part
from rb_studio.records.item_text import ItemText

if TYPE_CHECKING:
    from rb_studio.gui.rooms.memories.view import MemoriesRoom

GO_ON, BEGIN = "Go on with that one", "Begin this one in its place"
BEGUN = "You have begun another new item"


class DraftPart(Part):
    """Takes `{"draft": {"title", "description", "content", "task", "reason", "rollout", "steps", "status"}}`."""

    name = "draft"

    def __init__(self, room: "MemoriesRoom") -> None:
        super().__init__(room)
        self._waiting: Draft | None = None

    def joined(self) -> None:
        self._room.panes.items_shown.connect(self._listed)

    def show_place(self, target: Mapping[str, Any]) -> None:
        draft = target.get("draft")
        if isinstance(draft, Mapping):
            self._waiting = _draft(draft)
            self._take(self._waiting)

    def _take(self, draft: Draft) -> None:
        """Into the editor, unless something else is begun there that is rather gone on with."""
        room = self._room
        begun = room.editing.drafts.of(NEW_KEY)
        if begun is not None and begun != draft:
            told = begun.text.title.strip() or begun.text.content.strip()[:80]
            if room.frame.dialogs.ask(BEGUN, told, [GO_ON, BEGIN]) != BEGIN:
                self._waiting = None
                room.verbs.new_item()
                return
        room.side.show_tab("item")
        room.editing.begin(draft)
        room.side.editor.focus_title()
        if room.bank() is not None:
            self._waiting = None

    def _listed(self) -> None:
        """The bank was read after its room was shown for the first time: what was asked for stands before its rows."""
        draft, self._waiting = self._waiting, None
        if draft is not None and self._room.editing.drafts.of(NEW_KEY) is not None:
            self._room.verbs.new_item()


def _draft(found: Mapping[str, Any]) -> Draft:
    def words(name: str) -> str:
        return str(found.get(name, ""))

    text = ItemText(words("title"), words("description"), words("content"))
    steps = tuple(int(step) for step in found.get("steps", ()))
    return Draft(text, 0, words("task"), words("reason"), rollout=words("rollout"), steps=steps, status=words("status"))
