"""What leads from steps to memory items, told before the room is built."""

from rb_studio.gui.commands.declared import Declared

MEMORY = "Trajectory \u203a Memory"
OFFERED = (
    Declared("trajectories.draft", "&Draft a memory item from the selected steps\u2026", MEMORY, "M", "memories", 4),
    Declared("trajectories.draft.distil", "Distil the selected steps\u2026", MEMORY, "Ctrl+Shift+M", "", 4),
    Declared("trajectories.learned", "Show what was learned from this rollout", MEMORY, "", "", 5),
)
