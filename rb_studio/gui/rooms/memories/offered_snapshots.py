"""What the snapshots of a bank offer, told before the room is built."""

from rb_studio.gui.commands.declared import Declared

MEMORY = "Memory \u203a Snapshots"
OFFERED = (
    Declared("memory.snapshot", "Take a &snapshot\u2026", MEMORY, "", "snapshot", 5),
    Declared("memory.snapshots", "Snapshots and what &differs", MEMORY, "P", "history", 5),
    Declared("memory.rollback", "Roll &back\u2026", MEMORY, "", "undo", 5),
    Declared("memory.snapshot.fork", "&Fork to a new bank\u2026", MEMORY, "", "", 5),
    Declared("memory.snapshot.rename", "Rename the snapshot\u2026", MEMORY, "", "", 5),
    Declared("memory.snapshot.delete", "Delete the snapshot", MEMORY, "", "", 5),
    Declared("memory.snapshot.items", "List the items that differ", MEMORY, "", "", 5),
    Declared("memory.snapshot.whatif", "Compare both points in What if", MEMORY, "", "", 5),
    Declared("memory.snapshot.test", "Test this c&uration\u2026", MEMORY, "", "", 5),
)
