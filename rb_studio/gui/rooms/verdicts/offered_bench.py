"""What the judge bench offers, told before the room is built."""

from rb_studio.gui.commands.declared import Declared

BENCH = "Trajectory \u203a Judges"
OFFERED = (
    Declared("verdicts.bench", "&Judges beside each other", BENCH, "B", "", 9),
    Declared("verdicts.bench.begin", "Judge &again\u2026", BENCH, "Ctrl+J", "run", 9),
    Declared("verdicts.bench.resume", "Go on with the judging", BENCH, "", "", 9),
    Declared("verdicts.bench.differ", "List what judges &differ on", BENCH, "", "", 9),
)
