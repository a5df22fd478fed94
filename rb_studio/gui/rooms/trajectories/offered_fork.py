"""What forking a rollout offers, told before the room is built."""

from rb_studio.gui.commands.declared import Declared

FORK = "Trajectory \u203a Fork"
PAGE = (
    Declared("trajectories.fork", "&Fork at this step\u2026", FORK, "W", "", 0),
    Declared("trajectories.fork.open", "Open this continuation in the player", FORK, "", "", 1),
    Declared("trajectories.fork.compare", "Compare the chosen continuations", FORK, "Shift+F", "", 1),
    Declared("trajectories.fork.origin", "Open the rollout that was forked", FORK, "", "", 1),
    Declared("trajectories.fork.copy", "Copy what came of the fork as Markdown", FORK, "", "copy", 2),
    Declared("trajectories.fork.close", "Back from the fork to the steps", FORK, "", "", 3),
)
LIST = (Declared("trajectories.fork.list", "Show the forks of this rollout", FORK, "", "", 0),)
OFFERED = (*PAGE, *LIST)
