"""What follows from a person's verdict for memory, told before the room is built."""

from rb_studio.gui.commands.declared import Declared

TRAJECTORY = "Trajectory"
OFFERED = (
    Declared("verdicts.judge.success", "Judge as success", TRAJECTORY, "S", "success", 1),
    Declared("verdicts.judge.failure", "Judge as failure", TRAJECTORY, "F", "failure", 1),
    Declared("verdicts.judge.unknown", "Judge as unknown", TRAJECTORY, "U", "unknown", 1),
    Declared("verdicts.repair", "Repair memory by your verdict\u2026", TRAJECTORY, "", "", 1),
    Declared("verdicts.distil", "Distil again under your verdict\u2026", TRAJECTORY, "", "", 1),
    Declared("verdicts.given", "List rollouts given disproved memory", TRAJECTORY, "", "", 2),
)
