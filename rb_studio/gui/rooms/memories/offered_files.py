"""What the room offers with files of memories, told before it is built."""

from rb_studio.gui.commands.declared import Declared

MEMORY = "Memory \u203a Bank"
OFFERED = (
    Declared("memory.import", "&Import memories\u2026", MEMORY, "Ctrl+I", "import", 6),
    Declared("memory.export", "E&xport\u2026", MEMORY, "Ctrl+E", "export", 6),
)
