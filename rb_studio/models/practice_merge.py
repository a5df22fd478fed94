"""The practice model keeping a memory in order: items that advise the same habits say the same.

What an item advises is measured as in acting, so two wordings of one lesson are told from two lessons by their
meaning. An item that advises no habit is never put together with another.
"""

import json
from collections.abc import Sequence

from rb_studio.models.practice_habits import Habit
from rb_studio.models.practice_influence import Advisor
from rb_studio.models.practice_talk import part
from rb_studio.records.item_text import ItemText, parse_items


def reconcile(text: str, advisor: Advisor) -> str:
    """A decision for every new item, as the merging prompt asks for it: update where an existing item advises alike."""
    new = parse_items(part(text, "## New items", "## Existing items")).items
    existing = parse_items(part(text, "## Existing items")).items
    advice = [advisor.habits(item) for item in existing]
    used: set[int] = set()
    decisions: list[dict[str, object]] = []
    for number, item in enumerate(new, 1):
        found = _alike(advisor.habits(item), advice, used)
        if found is None:
            decisions.append({"new": number, "action": "add"})
            continue
        used.add(found)
        old = existing[found]
        decisions.append(
            {"new": number, "action": "update", "existing": found + 1, "title": old.title}
            | {"description": old.description, "content": _joined(old, item)}
        )
    return json.dumps({"decisions": decisions})


def _alike(wanted: frozenset[Habit], advice: Sequence[frozenset[Habit]], used: set[int]) -> int | None:
    places = (place for place, habits in enumerate(advice) if habits == wanted and place not in used)
    return next(places, None) if wanted else None


def _joined(old: ItemText, new: ItemText) -> str:
    """Both contents where the older one is still the text of one item; a joined one stays as it is."""
    return old.content if new.content in old.content or "\n" in old.content else f"{old.content}\n{new.content}"
