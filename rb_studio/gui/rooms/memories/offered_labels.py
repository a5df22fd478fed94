"""What labelled tasks offer, told before the room is built."""

from rb_studio.gui.commands.declared import Declared

OFFERED = (
    Declared("memory.labels", "Labelled tasks and the quality of retrieval", "Memory \u203a What if", "I", "", 7),
    Declared("memory.labels.measure", "Measure retrieval by the labelled tasks", "Memory \u203a What if", "", "", 7),
)
