"""Commands about the item that is shown, told before the room is built."""

from rb_studio.gui.commands.declared import Declared

SIMILAR = (Declared("memory.similar", "Simi&lar items", "Memory", "L", "", 4),)
OFFERED = (*SIMILAR,)
