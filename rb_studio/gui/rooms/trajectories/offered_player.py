"""What stepping through a rollout offers, told before the room is built."""

from rb_studio.gui.commands.declared import Declared

MENU = "Trajectory"
STEPS = "Trajectory \u203a Select steps"
SHOW = "Trajectory \u203a Show"
OFFERED = (
    Declared("trajectories.copy", "&Copy the step as Markdown", "Edit", "Ctrl+Shift+C", "copy", 5),
    Declared("trajectories.list", "Rollout list", "View", "L", "", 1),
    Declared("trajectories.details", "Verdict and memory beside the step", "View", "I", "", 1),
    Declared("trajectories.play", "&Play or pause", MENU, "Space", "run", 0),
    Declared("trajectories.next", "&Next step", MENU, "J|Right", "next", 0),
    Declared("trajectories.back", "Step &back", MENU, "K|Left", "previous", 0),
    Declared("trajectories.first", "&First step", MENU, "Home", "first", 0),
    Declared("trajectories.last", "&Last step", MENU, "End", "last", 0),
    Declared("trajectories.goto", "&Go to step\u2026", MENU, "G", "", 0),
    Declared("trajectories.rollout.next", "Next rollout", MENU, "]", "", 0),
    Declared("trajectories.rollout.back", "Previous rollout", MENU, "[", "", 0),
    Declared("trajectories.select.next", "Select the next step too", STEPS, "Shift+J|Shift+Right", "", 0),
    Declared("trajectories.select.back", "Select the step before too", STEPS, "Shift+K|Shift+Left", "", 0),
    Declared("trajectories.select.none", "Select no more than this step", STEPS, "", "", 0),
    Declared("trajectories.follow", "Follow the newest step", MENU, "F", "", 0),
    Declared("trajectories.tab.page", "Show the page or observation", SHOW, "O", "", 1),
    Declared("trajectories.tab.changes", "Show changes of the page", SHOW, "D", "", 1),
    Declared("trajectories.tab.prompt", "Show the prompt as sent", SHOW, "P", "", 1),
    Declared("trajectories.tab.reply", "Show the raw reply", SHOW, "R", "", 1),
    Declared("trajectories.tab.fields", "Show all fields of the step", SHOW, "A", "", 1),
    Declared("trajectories.tab.patch", "Show the final patch", SHOW, "", "", 1),
    Declared("trajectories.before", "Before, after or both", SHOW, "B", "", 2),
    Declared("trajectories.text", "Page drawn or as text", SHOW, "X", "", 2),
    Declared("trajectories.memory", "Go to the memory in the prompt", SHOW, "Y", "", 2),
    Declared("trajectories.reasoning", "Show or hide the model's reasoning", SHOW, "", "", 2),
    Declared("trajectories.resume", "&Resume this run", MENU, "", "", 5),
    Declared("trajectories.item", "Show the retrieved memory in Memories", MENU, "", "memories", 5),
)
