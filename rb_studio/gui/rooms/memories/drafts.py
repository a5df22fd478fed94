"""Texts a person has typed and not saved: kept until they are saved or discarded, whatever is selected."""

from dataclasses import asdict, dataclass, replace
from typing import Any

from rb_studio.records.item_text import ItemText

NEW = 0


@dataclass(frozen=True, slots=True)
class Draft:
    """Unsaved texts of an item; `version` is the one they were typed over, `task` the new item's task text."""

    text: ItemText
    version: int = 0
    task: str = ""


class Drafts:
    """Drafts by item id; `NEW` is the item that does not exist yet."""

    def __init__(self) -> None:
        self._kept: dict[int, Draft] = {}

    @property
    def ids(self) -> frozenset[int]:
        return frozenset(self._kept)

    def of(self, item_id: int) -> Draft | None:
        """What was typed for an item."""
        return self._kept.get(item_id)

    def type(self, item_id: int, draft: Draft, stored: ItemText) -> bool:
        """Keep what was typed; the stored texts again are no draft. Returns whether the marks change."""
        before = item_id in self._kept
        if draft.text == stored and not draft.task.strip():
            self._kept.pop(item_id, None)
        else:
            old = self._kept.get(item_id)
            self._kept[item_id] = replace(draft, version=old.version) if old else draft
        return before != (item_id in self._kept)

    def saved(self, item_id: int, text: ItemText, version: int) -> None:
        """A text was stored: what was typed since stays a draft, over the new version."""
        draft = self._kept.get(item_id)
        if draft is not None and draft.text == text:
            del self._kept[item_id]
        elif draft is not None:
            self._kept[item_id] = replace(draft, version=version)

    def discard(self, item_id: int) -> None:
        """Forget what was typed for an item."""
        self._kept.pop(item_id, None)

    def to_plain(self) -> list[dict[str, Any]]:
        """As JSON values."""
        return [{"id": item, **asdict(draft)} for item, draft in self._kept.items()]

    def restore(self, kept: Any) -> None:
        """Take in what `to_plain` gave; what is damaged is left out."""
        for entry in kept if isinstance(kept, list) else ():
            try:
                texts = {name: str(entry["text"][name]) for name in ("title", "description", "content")}
                draft = Draft(ItemText(**texts), int(entry["version"]), str(entry["task"]))
                self._kept[int(entry["id"])] = draft
            except (KeyError, TypeError, ValueError):
                continue
