"""What a less certain judge would make of stored rollouts, told before the room is built."""

from rb_studio.gui.commands.declared import Declared
from rb_studio.gui.rooms.verdicts.offered_bench import BENCH

OFFERED = (
    Declared("verdicts.noise", "What a less &certain judge would choose", BENCH, "N", "", 11),
    Declared("verdicts.noise.copy", "Copy the numbers under a less certain judge", BENCH, "", "copy", 11),
)
