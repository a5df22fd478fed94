"""What finding in the rollout on screen offers, told before the room is built."""

from rb_studio.gui.commands.declared import Declared

OFFERED = (
    Declared("trajectories.find", "&Find in this rollout\u2026", "Edit", "/", "search", 2),
    Declared("trajectories.find.next", "Next step with it", "Edit", "N", "", 2),
    Declared("trajectories.find.back", "Previous step with it", "Edit", "Shift+N", "", 2),
)
