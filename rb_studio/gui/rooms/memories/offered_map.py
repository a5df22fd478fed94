"""What the map and the themes of a bank offer, told before the room is built."""

from rb_studio.gui.commands.declared import Declared

MEMORY = "Memory"
MAP = (
    Declared("memory.map", "&Map of the bank", MEMORY, "N", "", 7),
    Declared("memory.map.draw", "Draw the map again", MEMORY, "", "", 7),
)
OFFERED = (*MAP,)
