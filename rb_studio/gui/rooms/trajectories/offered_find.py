"""What finding in the rollout on screen offers, told before the room is built."""

from rb_studio.gui.commands.declared import Declared

FIND = "Edit \u203a Find"
OFFERED = (
    Declared("trajectories.find", "&Find in this rollout\u2026", "Edit", "/", "search", 2),
    Declared("trajectories.find.next", "Next hit", FIND, "N", "", 2),
    Declared("trajectories.find.back", "Previous hit", FIND, "Shift+N", "", 2),
    Declared("trajectories.find.first", "Where it was observed first", FIND, "", "", 3),
    Declared("trajectories.find.last", "Where it was observed last", FIND, "", "", 3),
    Declared("trajectories.find.change", "Where it next comes or goes", FIND, "", "", 3),
)
