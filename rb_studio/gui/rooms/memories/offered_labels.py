"""What labelled tasks offer, told before the room is built."""

from rb_studio.gui.commands.declared import Declared

OFFERED = (
    Declared("memory.labels", "Labelled tasks and the quality of retrieval", "Memory", "I", "", 7),
    Declared("memory.labels.measure", "Measure retrieval by the labelled tasks", "Memory", "", "", 7),
)
