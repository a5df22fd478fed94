"""What saved filters offer, told before the room is built."""

from rb_studio.gui.commands.declared import Declared

VIEW = "View \u203a Saved filters"
OFFERED = (
    Declared("memory.filter.saved", "Saved filters\u2026", VIEW, "G", "memories", 4),
    Declared("memory.filter.save", "Save this view as a filter\u2026", VIEW, "Ctrl+Shift+S", "", 4),
    Declared("memory.filter.update", "Update the saved filter", VIEW, "", "", 4),
    Declared("memory.filter.back", "Back to the saved filter", VIEW, "", "", 4),
    Declared("memory.filter.rename", "Rename the saved filter\u2026", VIEW, "", "", 4),
    Declared("memory.filter.delete", "Delete the saved filter", VIEW, "", "", 4),
    Declared("memory.filter.clauses", "Switch clauses of the query off or on", VIEW, "Ctrl+Shift+F", "", 4),
    Declared("memory.filter.forget", "Remove the clauses that are off", VIEW, "", "", 4),
)
