"""Texts a person has typed and not saved: kept until they are saved or discarded, whatever is selected."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, NamedTuple

from rb_studio.records.item_text import ItemText
from rb_studio.records.memory import ItemSource

NEW = 0


class Key(NamedTuple):
    """Whose draft it is: an item as one bank shows it."""

    bank: int
    item: int


NEW_KEY = Key(0, NEW)


@dataclass(frozen=True, slots=True)
class Draft:
    """Unsaved texts of an item.

    `version` is the one they were typed over, `uid` the item's, `task` the new item's task text. A new item may come
    from `steps` of a `rollout` whose outcome is `status`.
    """

    text: ItemText
    version: int = 0
    task: str = ""
    reason: str = ""
    uid: str = ""
    rollout: str = ""
    steps: tuple[int, ...] = ()
    status: str = ""

    def over(self, old: "Draft") -> "Draft":
        """What was typed after an older draft, which was begun where it was begun."""
        return replace(self, version=old.version, rollout=old.rollout, steps=old.steps, status=old.status)

    @property
    def sources(self) -> tuple[ItemSource, ...]:
        """Where a new item comes from."""
        return (ItemSource(self.rollout, self.steps, self.status),) if self.rollout else ()

    @property
    def whole(self) -> bool:
        """Whether it could be stored."""
        return self.text.title.strip() != "" and (self.text.description + self.text.content).strip() != ""


class Drafts:
    """Drafts by key; `NEW_KEY` is the item that does not exist yet.

    Drafts of items that are gone stand aside, to come back with their item or to become a new one.
    """

    def __init__(self) -> None:
        self._kept: dict[Key, Draft] = {}
        self._gone: dict[Key, Draft] = {}

    def __len__(self) -> int:
        return len(self._kept)

    @property
    def all(self) -> dict[Key, Draft]:
        """Every draft whose item is there, the new item's too."""
        return dict(self._kept)

    @property
    def gone(self) -> dict[Key, Draft]:
        """Drafts whose items are gone."""
        return dict(self._gone)

    def ids(self, bank: int | None) -> frozenset[int]:
        """Items of a bank that have drafts; `NEW` where one was begun."""
        return frozenset(key.item for key in self._kept if key.bank == bank or key == NEW_KEY)

    def of(self, key: Key) -> Draft | None:
        """What was typed for an item."""
        return self._kept.get(key)

    def type(self, key: Key, draft: Draft, stored: ItemText) -> bool:
        """Keep what was typed; the stored texts again are no draft. Returns whether the marks change."""
        before = key in self._kept
        if draft.text == stored and not draft.task.strip():
            self._kept.pop(key, None)
        else:
            old = self._kept.get(key)
            self._kept[key] = draft.over(old) if old else draft
        return before != (key in self._kept)

    def saved(self, key: Key, text: ItemText, version: int) -> None:
        """A text was stored: what was typed since stays a draft, over the new version."""
        draft = self._kept.get(key)
        if draft is not None and draft.text == text:
            del self._kept[key]
        elif draft is not None:
            self._kept[key] = replace(draft, version=version)

    def discard(self, key: Key) -> Draft | None:
        """Forget what was typed for an item; returns it."""
        return self._kept.pop(key, None)

    def put(self, drafts: Mapping[Key, Draft]) -> None:
        """Take drafts back; what was typed since stands."""
        self._kept = {**drafts, **self._kept}

    def clear(self) -> None:
        """Forget everything."""
        self._kept.clear()
        self._gone.clear()

    def settle(self, asked: Iterable[Key], uids: Mapping[Key, str]) -> bool:
        """Sort drafts by whether their items are there (uid by key). Returns whether anything moved."""
        moved = False
        for key in asked:
            draft = self._kept.get(key) or self._gone.get(key)
            there = draft is not None and uids.get(key) == draft.uid
            source, target = (self._gone, self._kept) if there else (self._kept, self._gone)
            if key in source:
                target.setdefault(key, source.pop(key))
                moved = True
        return moved

    def take_up(self) -> bool:
        """Make a draft whose item is gone the new item's. Returns whether there was one, and room for it."""
        if NEW_KEY in self._kept or not self._gone:
            return False
        key = next(iter(self._gone))
        draft = self._gone.pop(key)
        self._kept[NEW_KEY] = Draft(draft.text, reason=draft.reason)
        return True

    def to_plain(self) -> list[dict[str, Any]]:
        """As JSON values."""
        every = {**self._gone, **self._kept}
        return [{"bank": key.bank, "id": key.item, **asdict(draft)} for key, draft in every.items()]

    def restore(self, kept: Any) -> None:
        """Take in what `to_plain` gave; what is damaged is left out."""
        for entry in kept if isinstance(kept, list) else ():
            try:
                texts = {name: str(entry["text"][name]) for name in ("title", "description", "content")}
                words = {name: str(entry.get(name, "")) for name in ("task", "reason", "uid", "rollout", "status")}
                steps = tuple(int(step) for step in entry.get("steps", ()))
                draft = Draft(ItemText(**texts), int(entry["version"]), **words, steps=steps)
                self._kept.setdefault(Key(int(entry["bank"]), int(entry["id"])), draft)
            except (AttributeError, KeyError, TypeError, ValueError):
                continue
