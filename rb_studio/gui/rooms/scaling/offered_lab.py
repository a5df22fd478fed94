"""What the allocation lab can be asked for."""

from rb_studio.gui.commands.declared import Declared

MENU = "Plot \u203a Allocation"
OFFERED = (
    Declared("scaling.lab", "Show the a&llocation lab", MENU, "Alt+8"),
    Declared("scaling.lab.pool", "Choose whose rollouts are spread\u2026", MENU),
    Declared("scaling.lab.budget", "Type the &budget\u2026", MENU, "Ctrl+B"),
    Declared("scaling.lab.more", "&Larger budget", MENU, "Alt+Right"),
    Declared("scaling.lab.less", "&Smaller budget", MENU, "Alt+Left"),
    Declared("scaling.lab.policy", "Next &policy in the table of tasks", MENU, "Ctrl+Shift+Y"),
    Declared("scaling.lab.controls", "Draw its &controls of equal spend", MENU),
    Declared("scaling.lab.over", "Over &rollouts, tokens or dollars", MENU),
    Declared("scaling.lab.metric", "Best-of-k or pass@k", MENU),
    Declared("scaling.lab.open", "&Open the rollouts of the task", MENU),
)
