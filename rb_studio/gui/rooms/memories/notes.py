"""The sentence under the query: what a search leaves out, what it ordered by, what a field waits for."""

from rb_studio.gui.rooms.memories.gathered import AWAY, names_gathered
from rb_studio.gui.rooms.memories.item_model import MOST_ROWS
from rb_studio.gui.rooms.memories.reads import Found
from rb_studio.jobs.item_query import LIKENESS, POLARITIES, clauses
from rb_studio.jobs.query_tree import MEANING
from rb_studio.records.memory import ItemState
from rb_studio.store.item_filter import MEASURED

VALUES = {
    "state": f"a state ({', '.join(ItemState)})",
    "tag": "a tag, or none",
    "polarity": f"{', '.join(POLARITIES)} or none",
    "source": "hand, import, run or a rollout",
    "task": "a part of a task",
    "used": "a number, as in used:>5",
    "version": "a number, as in version:>1",
    "id": "a number, as in id:12,15",
    **dict.fromkeys(("title", "description", "content"), "a word of that text"),
    **{name: f"a {name}, or none" for name in ("mode", "model", "site", "template")},
    "run": "a run's number, or none",
    "label": "who labelled it (judge, gt, human), or none",
    "created": "a date, as in created:2026-11 or created:>2026-11-22",
    **{name: f"a number, as in {name}:<0" for name in MEASURED},
    LIKENESS: "a number, as in sim:>0.6",
}
UNMEASURED = "It is not known yet what the items of this bank did, so {} finds none."


def note(found: Found, query: str, writable: bool, *, measured: bool = False) -> tuple[str, str]:
    """The sentence, and what the button beside it says; empty where there is nothing to say or to do.

    `measured` is whether it is known what the bank's items did.
    """
    if not found.ids and names_gathered(query):
        return AWAY, ""
    asked = next((one.field for one in clauses(query) if one.field in MEASURED and one.value), None)
    if asked is not None and not measured:
        return UNMEASURED.format(f"{asked}:"), ""
    if found.unembedded:
        return without_vectors(found), "Embed them" if writable else ""
    if found.likeness is not None:
        return nearest(found, query), ""
    if len(found.ids) > MOST_ROWS:
        return f"The first {MOST_ROWS:,} are listed; Select all takes in every match.", ""
    return waiting(query), ""


def nearest(found: Found, query: str) -> str:
    """How many of how many are listed, and how to have more or fewer."""
    count = f"{len(found.ids):,} nearest" if len(found.ids) > 1 else "nearest"
    if len(found.ids) >= found.among:
        return f"The {count} in meaning, best first; words and fields narrow the choice."
    bounded = any(one.field == LIKENESS and one.value for one in clauses(query))
    more = "sim: bounds how near." if bounded else "sim:>0.5 lists all that are as near as that."
    return f"The {count} in meaning of {found.among:,}, best first; {more}"


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
    parts = list(clauses(query))
    if any(one.field == LIKENESS and one.value for one in parts) and not any(one.field == MEANING for one in parts):
        return 'sim: waits for a meaning, as in sim:>0.6 ~ "find the largest"; it narrows nothing so far.'
    begun = next((one.field for one in parts if one.field in VALUES and not one.value), None)
    return "" if begun is None else f"{begun}: waits for {VALUES[begun]}; it narrows nothing so far."
