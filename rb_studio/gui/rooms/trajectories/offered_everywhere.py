"""What finding everywhere offers, told before the room is built."""

from rb_studio.gui.commands.declared import Declared

FIND = "Edit \u203a Find"
OFFERED = (
    Declared("trajectories.everywhere", "Find &everywhere\u2026", "Edit", "Ctrl+Shift+F", "search", 2),
    Declared("trajectories.everywhere.next", "Next hit of everywhere", FIND, "F4", "", 4),
    Declared("trajectories.everywhere.back", "Previous hit of everywhere", FIND, "Shift+F4", "", 4),
    Declared("trajectories.everywhere.copy", "Copy what was found as Markdown", FIND, "", "", 5),
)
