"""What the room's commands do; how they are called, and their keys, stand in `offered`."""

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING

from rb_studio.gui.commands.binding import Binding, bind
from rb_studio.gui.commands.registry import Command
from rb_studio.gui.rooms.memories import offered_review
from rb_studio.gui.rooms.memories.offered import OFFERED, ROOM
from rb_studio.records.memory import ItemState

if TYPE_CHECKING:
    from rb_studio.gui.rooms.memories.verbs import Verbs

WHERE = "memories"
NONE_SELECTED = "Select items in the table first."
IN_REVIEW = "Leave the review first, with Esc."
READ_ONLY = "The workspace is open for reading only, or has no bank."
STATES = (ItemState.ACTIVE, ItemState.CANDIDATE, ItemState.EXCLUDED, ItemState.ARCHIVED, ItemState.DELETED)
TOOL_BAR = (
    "memory.filters",
    "memory.filter.saved",
    "memory.new",
    "",
    "memory.review",
    "",
    *(f"memory.state.{state}" for state in STATES),
    "",
    "memory.tag",
    "memory.merge",
    "memory.duplicates",
    "memory.whatif",
    "",
    "memory.import",
    "memory.export",
    "memory.snapshot",
)
# Keys that texts need too: they work while the table has the focus, as letters do.
TEXT_KEYS = ("Del", "Ctrl+A", "Ctrl+C")
TABLE_KEYS = tuple(
    one.id
    for one in OFFERED
    if one not in offered_review.IN_REVIEW and (len(one.shortcut) == 1 or one.shortcut in TEXT_KEYS)
)


def room_commands(verbs: "Verbs") -> list[Command]:
    """Every function of the room itself; its parts bring their own."""
    return bind(ROOM, WHERE, {**_items(verbs), **_several(verbs), **_bank(verbs), **_places(verbs)})


def _items(verbs: "Verbs") -> Mapping[str, Binding]:
    incomplete = "Nothing is unsaved, or the item lacks a title or its texts."
    return {
        "memory.new": Binding(verbs.new_item, verbs.writable, READ_ONLY),
        "memory.edit": Binding(verbs.edit, verbs.listing, IN_REVIEW),
        "memory.save": Binding(verbs.save, verbs.can_save, incomplete),
        "memory.discard": Binding(verbs.discard, verbs.has_draft, "Nothing is unsaved in this item."),
        "memory.drafts": Binding(verbs.show_drafted, verbs.any_draft, "No item has unsaved texts."),
    }


def _several(verbs: "Verbs") -> Mapping[str, Binding]:
    return {
        **{
            f"memory.state.{state}": Binding(partial(verbs.set_state, state), verbs.can_act, NONE_SELECTED)
            for state in STATES
        },
        "memory.tag": Binding(verbs.ask_tag, verbs.can_act, NONE_SELECTED),
        "memory.merge": Binding(verbs.ask_merge, verbs.can_merge, "Select between 2 and 20 items to merge."),
        "memory.all": Binding(verbs.select_all),
        "memory.copy": Binding(verbs.copy_rows, verbs.can_read, NONE_SELECTED),
    }


def _bank(verbs: "Verbs") -> Mapping[str, Binding]:
    return {
        "memory.duplicates": Binding(verbs.find_duplicates),
        "memory.whatif": Binding(verbs.ask_what_if),
    }


def _places(verbs: "Verbs") -> Mapping[str, Binding]:
    return {
        "memory.find": Binding(verbs.look_for),
        "memory.clear": Binding(verbs.clear_query),
        "memory.next": Binding(partial(verbs.step, 1)),
        "memory.previous": Binding(partial(verbs.step, -1)),
        "memory.origin": Binding(partial(verbs.show_tab, "origin")),
        "memory.history": Binding(partial(verbs.show_tab, "history")),
        "memory.tools": Binding(verbs.turn_side),
        "memory.filters": Binding(verbs.toggle_filters, checked=verbs.filters_shown),
        "memory.sort": Binding(verbs.choose_order),
        "memory.columns": Binding(verbs.choose_columns),
        "memory.table": Binding(verbs.to_table),
        "memory.pane": Binding(verbs.next_pane),
    }
