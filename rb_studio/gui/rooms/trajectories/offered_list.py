"""What the list of rollouts offers, told before the room is built."""

from rb_studio.gui.commands.declared import Declared

FILTER = "Edit \u203a Filter rollouts"
OFFERED = (
    Declared("trajectories.filter", "Filter rollouts\u2026", "Edit", "Ctrl+F", "", 3),
    Declared("trajectories.filter.clear", "Clear the filter", "Edit", "", "", 3),
    Declared("trajectories.facet.verdict", "Filter by verdict\u2026", FILTER, "", "", 3),
    Declared("trajectories.facet.truth", "Filter by truth\u2026", FILTER, "", "", 3),
    Declared("trajectories.facet.memory", "Filter by memory\u2026", FILTER, "", "", 3),
    Declared("trajectories.facet.k", "Filter by k\u2026", FILTER, "", "", 3),
    Declared("trajectories.facet.exit", "Filter by exit\u2026", FILTER, "", "", 3),
    Declared("trajectories.facet.simulated", "Filter by simulated\u2026", FILTER, "", "", 3),
    Declared("trajectories.only.run", "Only this run", FILTER, "", "", 4),
    Declared("trajectories.only.task", "Only this task", FILTER, "", "", 4),
    Declared("trajectories.copy.rows", "Copy the chosen rows", "Edit", "", "", 5),
    Declared("trajectories.group.run", "Group by run", "View", "", "", 2),
    Declared("trajectories.group.task", "Group by task", "View", "", "", 2),
    Declared("trajectories.group.none", "List without groups", "View", "", "", 2),
    Declared("trajectories.fold", "Fold all groups", "View", "", "", 3),
    Declared("trajectories.unfold", "Open all groups", "View", "", "", 3),
    Declared("trajectories.columns", "Columns of the list\u2026", "View", "", "", 3),
)
