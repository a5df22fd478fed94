"""What reviewing rollouts one after the other offers, told before the room is built."""

from rb_studio.gui.commands.declared import Declared

REVIEW = "Trajectory \u203a Review"
OFFERED = (
    Declared("trajectories.blind", "Judge blind: hide verdict, truth, arm, memory and model", REVIEW, "U", "", 6),
    Declared("trajectories.queue.begin", "&Review the chosen rollouts one by one\u2026", REVIEW, "", "", 6),
    Declared("trajectories.queue.next", "Reviewed: on to the next", REVIEW, "Ctrl+Return", "next", 7),
    Declared("trajectories.queue.skip", "Skip this one", REVIEW, "Ctrl+Shift+Return", "", 7),
    Declared("trajectories.queue.back", "Back to the one before", REVIEW, "Ctrl+Backspace", "previous", 7),
    Declared("trajectories.queue.here", "Back to the one under review", REVIEW, "", "", 7),
    Declared("trajectories.queue.again", "Take up what was skipped", REVIEW, "", "", 8),
    Declared("trajectories.queue.end", "End the review", REVIEW, "", "", 8),
)
