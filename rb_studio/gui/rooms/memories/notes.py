"""The sentence under the query: what a search leaves out, what it ordered by, what a field waits for."""

from rb_studio.gui.rooms.memories.item_model import MOST_ROWS
from rb_studio.gui.rooms.memories.reads import Found
from rb_studio.jobs.item_query import POLARITIES, clauses
from rb_studio.records.memory import ItemState

VALUES = {
    "state": f"a state ({', '.join(ItemState)})",
    "tag": "a tag, or none",
    "polarity": f"{', '.join(POLARITIES)} or none",
    "source": "hand, import, run or a rollout",
    "task": "a part of a task",
    "used": "a number, as in used:>5",
    "version": "a number, as in version:>1",
    "id": "a number, as in id:12,15",
}


def note(found: Found, query: str, writable: bool) -> tuple[str, str]:
    """The sentence, and what the button beside it says; empty where there is nothing to say or to do."""
    if found.unembedded:
        return without_vectors(found), "Embed them" if writable else ""
    if found.likeness is not None:
        count = f"{len(found.ids):,} nearest" if len(found.ids) > 1 else "nearest"
        return f"The {count} in meaning, best first; words and fields narrow the choice.", ""
    if len(found.ids) > MOST_ROWS:
        return f"The first {MOST_ROWS:,} are listed; Select all takes in every match.", ""
    return waiting(query), ""


def without_vectors(found: Found) -> str:
    """Why meaning leaves items out, and what mends it."""
    one = found.unembedded == 1
    count = "1 item has" if one else f"{found.unembedded:,} items have"
    them = "it" if one else "them"
    if not found.others:
        return f"{count} no vector yet, so meaning leaves {them} out."
    return (
        f"{count} vectors of {', '.join(found.others)} but none of {found.embedder}, which searches now. "
        f"Meaning leaves {them} out: embed {them} again, or choose the other model in the settings."
    )


def waiting(query: str) -> str:
    """A field that was begun and has no value yet narrows nothing: say so, and what it takes."""
    begun = next((one.field for one in clauses(query) if one.field in VALUES and not one.value), None)
    return "" if begun is None else f"{begun}: waits for {VALUES[begun]}; it narrows nothing so far."
