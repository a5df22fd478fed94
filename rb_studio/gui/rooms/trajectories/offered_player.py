"""What stepping through a rollout offers, told before the room is built."""

from rb_studio.gui.commands.declared import Declared

MENU = "Trajectory"
READ = "Trajectory \u203a Read"
STEPS = "Trajectory \u203a Select steps"
SHOW = "Trajectory \u203a Show"
OFFERED = (
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
    Declared("trajectories.tab.changes", "Show what changed", SHOW, "D", "", 1),
    Declared("trajectories.tab.state", "Show the state as of this step", SHOW, "S", "", 1),
    Declared("trajectories.tab.prompt", "Show the prompt as sent", SHOW, "P", "", 1),
    Declared("trajectories.tab.reply", "Show the raw reply", SHOW, "R", "", 1),
    Declared("trajectories.tab.fields", "Show all fields of the step", SHOW, "A", "", 1),
    Declared("trajectories.tab.patch", "Show the final patch", SHOW, "", "", 1),
    Declared("trajectories.before", "Before, after or both", SHOW, "B", "", 2),
    Declared("trajectories.text", "Page drawn or as text", SHOW, "X", "", 2),
    Declared("trajectories.memory", "Go to the memory in the prompt", SHOW, "Y", "", 2),
    Declared("trajectories.level.next", "Read more, or the outline again", READ, "Z", "", 2),
    Declared("trajectories.level.outline", "Outline: a line for each step", READ, "", "", 2),
    Declared("trajectories.level.simple", "Simple: a step as a text to read", READ, "", "", 2),
    Declared("trajectories.level.full", "Full: a step with everything known of it", READ, "", "", 2),
    Declared("trajectories.kind.reasoning", "The model\u2019s reasoning", READ, "Shift+R", "", 3),
    Declared("trajectories.kind.tools", "Actions and what they printed", READ, "Shift+T", "", 3),
    Declared("trajectories.kind.metadata", "Tokens, cost, time and source", READ, "Shift+M", "", 3),
    Declared("trajectories.kind.system", "System messages", READ, "Shift+S", "", 3),
    Declared("trajectories.resume", "&Resume this run", MENU, "", "", 5),
    Declared("trajectories.item", "Show the retrieved memory in Memories", MENU, "", "memories", 5),
)
