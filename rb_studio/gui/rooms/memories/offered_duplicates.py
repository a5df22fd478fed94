"""What groups of duplicates offer, told before the room is built."""

from rb_studio.gui.commands.declared import Declared

MEMORY = "Memory \u203a Duplicates"
OFFERED = (
    Declared("memory.duplicates.merge", "Merge the group of duplicates\u2026", MEMORY, "", "merge", 7),
    Declared("memory.duplicates.apart", "These are not duplicates", MEMORY, "", "", 7),
    Declared("memory.duplicates.kept", "Pairs that are kept apart", MEMORY, "", "", 7),
    Declared("memory.duplicates.forget", "Keep the pair apart no longer", MEMORY, "", "", 7),
)
