"""What can be copied as Markdown, told before the room is built."""

from rb_studio.gui.commands.declared import Declared

COPY = "Edit \u203a Copy as Markdown"
OFFERED = (
    Declared("trajectories.copy", "&Copy the steps as Markdown", COPY, "Ctrl+Shift+C", "copy", 5),
    Declared("trajectories.copy.rollout", "Copy the &rollout as Markdown", COPY, "", "", 5),
    Declared("trajectories.copy.verdict", "Copy the &verdicts as Markdown", COPY, "", "", 5),
    Declared("trajectories.copy.memory", "Copy the injected &memory as Markdown", COPY, "", "", 5),
)
