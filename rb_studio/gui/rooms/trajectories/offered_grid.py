"""What the list offers as a grid, told before the room is built."""

from rb_studio.gui.commands.declared import Declared

VIEWS = "View \u203a Saved views"
GRID = "View \u203a Grid"
OFFERED = (
    Declared("trajectories.columns.more", "Columns of any metadata\u2026", GRID, "", "", 3),
    Declared("trajectories.heat", "Tasks against arms", GRID, "Shift+G", "", 3),
    Declared("trajectories.heat.order", "Order the tasks by this column", GRID, "", "", 3),
    Declared("trajectories.heat.close", "Back from the map to the steps", GRID, "", "", 3),
    Declared("trajectories.to.verdicts", "The chosen rollouts in Verdicts", GRID, "", "verdicts", 4),
    Declared("trajectories.to.scaling", "The runs of the chosen rollouts in Scaling", GRID, "", "scaling", 4),
    Declared("trajectories.view.saved", "Saved views\u2026", VIEWS, "Q", "", 4),
    Declared("trajectories.view.save", "Save this view\u2026", VIEWS, "Ctrl+Shift+S", "", 4),
    Declared("trajectories.view.update", "Update the saved view", VIEWS, "", "", 4),
    Declared("trajectories.view.back", "Back to the saved view", VIEWS, "", "", 4),
    Declared("trajectories.view.rename", "Rename the saved view\u2026", VIEWS, "", "", 4),
    Declared("trajectories.view.delete", "Delete the saved view", VIEWS, "", "", 4),
)
