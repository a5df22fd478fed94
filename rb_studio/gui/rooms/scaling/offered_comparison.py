"""What comparing arms offers, told before the room is built."""

from rb_studio.gui.commands.declared import Declared

ARMS = "Plot \u203a Comparisons"
OFFERED = (
    Declared("scaling.comparisons", "Show co&mparisons of arms", ARMS, "Alt+7", "", 7),
    Declared("scaling.comparisons.with", "Choose what arms are compared &with\u2026", ARMS, "", "", 7),
    Declared("scaling.comparisons.in", "Choose the metric they are compared &in\u2026", ARMS, "", "", 7),
    Declared("scaling.comparisons.this", "Compare with &this arm", ARMS, "", "", 7),
    Declared("scaling.comparisons.tasks", "Tasks that &flipped", ARMS, "", "", 8),
    Declared("scaling.comparisons.open", "&Open both rollouts of the task", ARMS, "", "", 8),
    Declared("scaling.comparisons.needed", "How many tasks a &difference takes", ARMS, "", "", 8),
)
