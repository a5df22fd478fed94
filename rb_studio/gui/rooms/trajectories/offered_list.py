"""What the list of rollouts offers, told before the room is built."""

from rb_studio.gui.commands.declared import Declared

GROUP = "View \u203a Group rollouts"
FILTER = "Edit \u203a Filter rollouts"
OFFERED = (
    Declared("trajectories.filter", "Filter rollouts\u2026", "Edit", "Ctrl+F", "", 3),
    Declared("trajectories.filter.clear", "Clear the filter", "Edit", "", "", 3),
    Declared("trajectories.facet.verdict", "Filter by verdict\u2026", FILTER, "", "", 3),
    Declared("trajectories.facet.truth", "Filter by truth\u2026", FILTER, "", "", 3),
    Declared("trajectories.facet.memory", "Filter by memory\u2026", FILTER, "", "", 3),
    Declared("trajectories.facet.k", "Filter by k\u2026", FILTER, "", "", 3),
    Declared("trajectories.facet.exit", "Filter by exit\u2026", FILTER, "", "", 3),
    Declared("trajectories.facet.model", "Filter by model\u2026", FILTER, "", "", 3),
    Declared("trajectories.facet.cost", "Filter by cost\u2026", FILTER, "", "", 3),
    Declared("trajectories.facet.simulated", "Filter by simulated\u2026", FILTER, "", "", 3),
    Declared("trajectories.only.run", "Only this run", FILTER, "", "", 4),
    Declared("trajectories.only.task", "Only this task", FILTER, "", "", 4),
    Declared("trajectories.copy.rows", "Copy the chosen rows", "Edit", "", "", 5),
    Declared("trajectories.group.run", "Group by run", GROUP, "", "", 2),
    Declared("trajectories.group.task", "Group by task", GROUP, "", "", 2),
    Declared("trajectories.group.arm", "Group by arm", GROUP, "", "", 2),
    Declared("trajectories.group.model", "Group by model", GROUP, "", "", 2),
    Declared("trajectories.group.memory", "Group by memory", GROUP, "", "", 2),
    Declared("trajectories.group.none", "List without groups", GROUP, "", "", 2),
    Declared("trajectories.fold", "Fold all groups", GROUP, "", "", 3),
    Declared("trajectories.unfold", "Open all groups", GROUP, "", "", 3),
    Declared("trajectories.columns", "Columns of the list\u2026", "View", "", "", 3),
)
