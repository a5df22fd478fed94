"""What the room of memories can be asked for, told before it is built; `commands` binds it to what it does.

A part of the room tells its own in a file `offered_<part>.py`; they are joined here.
"""

from rb_studio.gui.commands.declared import Declared
from rb_studio.gui.rooms.memories import (
    offered_duplicates,
    offered_effect,
    offered_embedding,
    offered_files,
    offered_filters,
    offered_item,
    offered_labels,
    offered_map,
    offered_replace,
    offered_review,
    offered_snapshots,
    offered_trash,
    offered_what_if,
)

MEMORY = "Memory"
STATE = "Memory \u203a State"
ROOM = (
    Declared("memory.all", "Select all matching", "Edit", "Ctrl+A", "", 2),
    Declared("memory.copy", "Cop&y rows", "Edit", "Ctrl+C", "copy", 2),
    Declared("memory.find", "&Find", "Edit", "Ctrl+F|/", "search", 3),
    Declared("memory.clear", "Clear the query", "Edit", "", "", 3),
    Declared("memory.filters", "Filters with counts", "View", "F", "filter", 3),
    Declared("memory.sort", "Sort by\u2026", "View", "S", "", 3),
    Declared("memory.columns", "Columns\u2026", "View", "", "", 3),
    Declared("memory.table", "Back to the table", "View", "", "", 3),
    Declared("memory.pane", "Next pane", "View", "F6", "", 3),
    Declared("memory.new", "&New item", MEMORY, "Ctrl+Shift+N", "add", 0),
    Declared("memory.edit", "&Edit the texts", MEMORY, "F2", "edit", 0),
    Declared("memory.save", "&Save the item", MEMORY, "Ctrl+S", "edit", 0),
    Declared("memory.discard", "Discard the draft", MEMORY, "", "", 0),
    Declared("memory.drafts", "Show items with drafts", MEMORY, "", "", 0),
    Declared("memory.state.active", "Set &active", STATE, "A", "state-active", 1),
    Declared("memory.state.candidate", "Set &candidate", STATE, "C", "state-candidate", 1),
    Declared("memory.state.excluded", "E&xclude", STATE, "X", "state-excluded", 1),
    Declared("memory.state.archived", "A&rchive", STATE, "E", "state-archived", 1),
    Declared("memory.state.deleted", "&Delete", STATE, "Del", "delete", 1),
    Declared("memory.tag", "&Tag\u2026", MEMORY, "T", "tag", 2),
    Declared("memory.merge", "&Merge selected\u2026", MEMORY, "M", "merge", 2),
    Declared("memory.duplicates", "Find du&plicates", "Memory \u203a Duplicates", "D", "duplicates", 3),
    Declared("memory.whatif", "&What would be injected\u2026", "Memory \u203a What if", "W", "what-if", 3),
    Declared("memory.next", "Next item", MEMORY, "J", "next", 4),
    Declared("memory.previous", "Previous item", MEMORY, "K", "previous", 4),
    Declared("memory.origin", "Where it comes from", MEMORY, "O", "", 4),
    Declared("memory.history", "&History of the item", MEMORY, "H", "history", 4),
    Declared("memory.tools", "Item or tools of the &bank", MEMORY, "B", "", 4),
)
OFFERED = (
    *ROOM,
    *offered_item.OFFERED,
    *offered_snapshots.OFFERED,
    *offered_replace.OFFERED,
    *offered_review.OFFERED,
    *offered_trash.OFFERED,
    *offered_embedding.OFFERED,
    *offered_effect.OFFERED,
    *offered_what_if.OFFERED,
    *offered_labels.OFFERED,
    *offered_map.OFFERED,
    *offered_duplicates.OFFERED,
    *offered_filters.OFFERED,
    *offered_files.OFFERED,
)
