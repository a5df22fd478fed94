"""What going back to where one was offers, told before the room is built."""

from rb_studio.gui.commands.declared import Declared

JUMPS = "Trajectory \u203a Go"
OFFERED = (
    Declared("trajectories.jump.back", "Back to where I was", JUMPS, "Alt+Left", "previous", 1),
    Declared("trajectories.jump.forward", "Forward again", JUMPS, "Alt+Right", "next", 1),
)
