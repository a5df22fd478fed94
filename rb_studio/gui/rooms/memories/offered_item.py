"""Commands about the item that is shown and the audit of its bank, told before the room is built."""

from rb_studio.gui.commands.declared import Declared

SIMILAR = (Declared("memory.similar", "Simi&lar items", "Memory", "L", "", 4),)
AUDIT = (Declared("memory.audit", "A&udit for contamination", "Memory \u203a Bank", "", "", 3),)
OFFERED = (*SIMILAR, *AUDIT)
