"""What judging rollouts one after the other offers, told before the room is built."""

from rb_studio.gui.commands.declared import Declared

REVIEW = "Trajectory \u203a Review"
OFFERED = (
    Declared("verdicts.blind", "Judge blind: hide judge, truth, arm and memory", REVIEW, "H", "", 6),
    Declared("verdicts.queue.begin", "&Judge the chosen rollouts one by one\u2026", REVIEW, "Q", "", 6),
    Declared("verdicts.queue.skip", "Skip this rollout", REVIEW, "Right", "next", 7),
    Declared("verdicts.queue.back", "Back to the one before", REVIEW, "Left", "previous", 7),
    Declared("verdicts.queue.here", "Back to the one under review", REVIEW, "", "", 7),
    Declared("verdicts.queue.again", "Take up what was skipped", REVIEW, "", "", 8),
    Declared("verdicts.queue.end", "End the review", REVIEW, "", "", 8),
)
