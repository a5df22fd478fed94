"""What the tools for retrieval offer, told before the room is built."""

from rb_studio.gui.commands.declared import Declared

MEMORY = "Memory \u203a What if"
WHAT_IF = (
    Declared("memory.whatif.ask", "Retrieve for the typed task", MEMORY, "", "what-if", 7),
    Declared("memory.whatif.relevant", "Label as relevant for the task", MEMORY, "", "", 7),
    Declared("memory.whatif.partly", "Label as partly relevant for the task", MEMORY, "", "", 7),
    Declared("memory.whatif.not", "Label as not relevant for the task", MEMORY, "", "", 7),
    Declared("memory.whatif.leave_out", "Leave out of the what-if, or put back", MEMORY, "", "", 7),
)
COMPARE = (Declared("memory.compare", "Two answers side by side\u2026", MEMORY, "Q", "", 7),)
OFFERED = (*WHAT_IF, *COMPARE)
