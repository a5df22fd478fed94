"""What comparing rollouts offers, told before the room is built."""

from rb_studio.gui.commands.declared import Declared

COMPARE = "Trajectory \u203a Compare"
OFFERED = (
    Declared("trajectories.compare", "&Compare the selected rollouts", COMPARE, "V", "", 0),
    Declared("trajectories.compare.divergence", "Go to the first divergence", COMPARE, "Shift+V", "", 0),
    Declared("trajectories.compare.next", "Next difference", COMPARE, "F7", "next", 0),
    Declared("trajectories.compare.back", "Previous difference", COMPARE, "Shift+F7", "previous", 0),
    Declared("trajectories.compare.open", "Open this step in the player", COMPARE, "", "", 1),
    Declared("trajectories.compare.steps", "Show the steps", COMPARE, "", "", 2),
    Declared("trajectories.compare.patch", "Show what differs in the patches", COMPARE, "", "", 2),
    Declared("trajectories.compare.memory", "Show what differs in memory", COMPARE, "", "", 2),
    Declared("trajectories.compare.distil", "&Distil the difference\u2026", COMPARE, "Shift+W", "", 3),
    Declared("trajectories.compare.copy", "Copy the comparison as Markdown", COMPARE, "", "copy", 4),
    Declared("trajectories.compare.close", "Back to the steps", COMPARE, "", "", 5),
)
