"""What the room of verdicts can be asked for, told before it is built; `commands` binds it to what it does.

A part of the room tells its own in a file `offered_<part>.py`; they are joined here.
"""

from rb_studio.gui.commands.declared import Declared
from rb_studio.gui.rooms.verdicts import offered_bench, offered_noise, offered_prompt, offered_repair, offered_review

ROOM = (
    Declared("verdicts.find", "&Find rollouts", "Edit", "Ctrl+F", "search", 3),
    Declared("verdicts.copy", "Copy the list as a table", "Edit", "", "copy", 3),
    Declared("verdicts.copy_rates", "Copy the rates as a table", "Edit", "", "copy", 3),
    Declared("verdicts.pair.judge and truth", "Compare judge and truth", "View", "", "", 2),
    Declared("verdicts.pair.judge and human", "Compare judge and human", "View", "", "", 2),
    Declared("verdicts.pair.human and truth", "Compare human and truth", "View", "", "", 2),
    Declared("verdicts.refresh", "&Read again", "View", "F5", "", 4),
    Declared("verdicts.pane", "Next pane", "View", "F6", "", 4),
    Declared("verdicts.prompt", "Show the judge's prompt", "View", "Ctrl+P", "", 4),
    Declared("verdicts.open", "&Open the rollout", "Trajectory", "Ctrl+Return", "trajectories", 0),
    Declared("verdicts.open_all", "Open the &listed rollouts", "Trajectory", "Ctrl+Shift+Return", "trajectories", 0),
    Declared("verdicts.list.all", "List all rollouts", "Trajectory", "", "", 2),
    Declared("verdicts.list.false_success", "List false successes", "Trajectory", "", "", 2),
    Declared("verdicts.list.false_failure", "List false failures", "Trajectory", "", "", 2),
    Declared("verdicts.list.unknown", "List unknown verdicts", "Trajectory", "", "", 2),
    Declared("verdicts.list.overruled", "List rollouts a person judged success", "Trajectory", "", "", 2),
    Declared("verdicts.list.refused", "List rollouts a person judged failure", "Trajectory", "", "", 2),
)
OFFERED = (
    *ROOM,
    *offered_repair.OFFERED,
    *offered_review.OFFERED,
    *offered_bench.OFFERED,
    *offered_noise.OFFERED,
    *offered_prompt.OFFERED,
)
