"""What the vectors of a bank offer, told before the room is built."""

from rb_studio.gui.commands.declared import Declared

OFFERED = (Declared("memory.embed", "Embed what has no vector", "Memory \u203a Bank", "", "", 5),)
