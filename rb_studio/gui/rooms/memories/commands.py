"""The room's commands: menus, keys, palette and tool bar are renderings of these."""

from functools import partial
from typing import TYPE_CHECKING

from rb_studio.gui.commands.registry import Command
from rb_studio.records.memory import ItemState

if TYPE_CHECKING:
    from rb_studio.gui.rooms.memories.verbs import Verbs

WHERE = "memories"
MENU = "Memory"
NONE_SELECTED = "Select items in the table first."
READ_ONLY = "The workspace is open for reading only, or has no bank."
STATES = (
    (ItemState.ACTIVE, "Set &active", "A"),
    (ItemState.CANDIDATE, "Set &candidate", "C"),
    (ItemState.EXCLUDED, "E&xclude", "X"),
    (ItemState.ARCHIVED, "A&rchive", "E"),
    (ItemState.DELETED, "&Delete", "Del"),
)
TOOL_BAR = (
    "memory.filters",
    "memory.new",
    "",
    *(f"memory.state.{state}" for state, _, _ in STATES),
    "",
    "memory.tag",
    "memory.merge",
    "memory.duplicates",
    "memory.whatif",
    "",
    "memory.export",
    "memory.snapshot",
)
# Keys that are letters, or that texts need too: they work while the table has the focus.
TABLE_KEYS = (
    *(f"memory.state.{state}" for state, _, _ in STATES),
    "memory.tag",
    "memory.merge",
    "memory.duplicates",
    "memory.whatif",
    "memory.history",
    "memory.origin",
    "memory.next",
    "memory.previous",
    "memory.copy",
    "memory.all",
    "memory.filters",
    "memory.sort",
)


def room_commands(verbs: "Verbs") -> list[Command]:
    """Every function of the room."""
    return [*_items(verbs), *_states(verbs), *_several(verbs), *_bank(verbs), *_places(verbs)]


def _items(verbs: "Verbs") -> list[Command]:
    new = Command(
        "memory.new", "&New item", verbs.new_item, MENU, 0, "Ctrl+Shift+N", "add", WHERE, verbs.writable, READ_ONLY
    )
    save = Command(
        "memory.save",
        "&Save the item",
        verbs.save,
        MENU,
        0,
        "Ctrl+S",
        "edit",
        WHERE,
        verbs.can_save,
        "Nothing is unsaved, or the item lacks a title or its texts.",
    )
    discard = Command(
        "memory.discard",
        "Discard the draft",
        verbs.discard,
        MENU,
        0,
        "",
        "",
        WHERE,
        verbs.has_draft,
        "Nothing is unsaved in this item.",
    )
    drafts = Command(
        "memory.drafts",
        "Show items with drafts",
        verbs.show_drafted,
        MENU,
        0,
        "",
        "",
        WHERE,
        verbs.any_draft,
        "No item has unsaved texts.",
    )
    edit = Command("memory.edit", "&Edit the texts", verbs.edit, MENU, 0, "F2", "edit", WHERE)
    return [new, edit, save, discard, drafts]


def _states(verbs: "Verbs") -> list[Command]:
    return [
        Command(
            f"memory.state.{state}",
            title,
            partial(verbs.set_state, state),
            MENU,
            1,
            key,
            f"state-{state}" if state != ItemState.DELETED else "delete",
            WHERE,
            verbs.can_act,
            NONE_SELECTED,
        )
        for state, title, key in STATES
    ]


def _several(verbs: "Verbs") -> list[Command]:
    return [
        Command("memory.tag", "&Tag\u2026", verbs.ask_tag, MENU, 2, "T", "tag", WHERE, verbs.can_act, NONE_SELECTED),
        Command(
            "memory.merge",
            "&Merge selected\u2026",
            verbs.ask_merge,
            MENU,
            2,
            "M",
            "merge",
            WHERE,
            verbs.can_merge,
            "Select between 2 and 20 items to merge.",
        ),
        Command("memory.all", "Select all matching", verbs.select_all, "Edit", 2, "Ctrl+A", "", WHERE),
        Command(
            "memory.copy",
            "Cop&y rows",
            verbs.copy_rows,
            "Edit",
            2,
            "Ctrl+C",
            "copy",
            WHERE,
            verbs.can_read,
            NONE_SELECTED,
        ),
        Command(
            "memory.export",
            "E&xport\u2026",
            verbs.export,
            MENU,
            2,
            "",
            "export",
            WHERE,
            verbs.has_items,
            "There is nothing to export.",
        ),
    ]


def _bank(verbs: "Verbs") -> list[Command]:
    return [
        Command("memory.duplicates", "Find du&plicates", verbs.find_duplicates, MENU, 3, "D", "duplicates", WHERE),
        Command("memory.whatif", "&What would be injected\u2026", verbs.ask_what_if, MENU, 3, "W", "what-if", WHERE),
        Command(
            "memory.embed",
            "Embed items for search by meaning",
            verbs.embed,
            MENU,
            3,
            "",
            "",
            WHERE,
            verbs.has_bank,
            READ_ONLY,
            shown_title=verbs.embed_title,
        ),
        Command(
            "memory.snapshot",
            "Take a &snapshot\u2026",
            verbs.ask_snapshot,
            MENU,
            3,
            "",
            "snapshot",
            WHERE,
            verbs.has_bank,
            READ_ONLY,
        ),
        Command(
            "memory.rollback",
            "Roll &back\u2026",
            verbs.ask_roll_back,
            MENU,
            3,
            "",
            "history",
            WHERE,
            verbs.has_bank,
            READ_ONLY,
        ),
    ]


def _places(verbs: "Verbs") -> list[Command]:
    return [
        Command("memory.find", "&Find", verbs.look_for, "Edit", 3, "Ctrl+F|/", "search", WHERE),
        Command("memory.clear", "Clear the query", verbs.clear_query, "Edit", 3, "", "", WHERE),
        Command("memory.next", "Next item", partial(verbs.step, 1), MENU, 4, "J", "next", WHERE),
        Command("memory.previous", "Previous item", partial(verbs.step, -1), MENU, 4, "K", "previous", WHERE),
        Command("memory.origin", "Where it comes from", partial(verbs.show_tab, "origin"), MENU, 4, "O", "", WHERE),
        Command(
            "memory.history", "&History of the item", partial(verbs.show_tab, "history"), MENU, 4, "H", "history", WHERE
        ),
        Command(
            "memory.filters",
            "Filters with counts",
            verbs.toggle_filters,
            "View",
            3,
            "F",
            "filter",
            WHERE,
            checked=verbs.filters_shown,
        ),
        Command("memory.sort", "Sort by\u2026", verbs.choose_order, "View", 3, "S", "", WHERE),
        Command("memory.columns", "Columns\u2026", verbs.choose_columns, "View", 3, "", "", WHERE),
        Command("memory.table", "Back to the table", verbs.to_table, "View", 3, "", "", WHERE),
        Command("memory.pane", "Next pane", verbs.next_pane, "View", 3, "F6", "", WHERE),
    ]
