"""What the trash offers, told before the room is built."""

from rb_studio.gui.commands.declared import Declared

MEMORY = "Memory \u203a Trash"
OFFERED = (
    Declared("memory.trash", "The &trash", MEMORY, "Z", "delete", 7),
    Declared("memory.trash.restore", "&Restore from the trash", MEMORY, "", "undo", 7),
    Declared("memory.trash.empty", "Empt&y the trash\u2026", MEMORY, "", "", 7),
)
