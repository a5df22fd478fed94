"""What the room of verdicts can be asked for, told before it is built; its own commands say how."""

from rb_studio.gui.commands.declared import Declared

OFFERED = (
    Declared("verdicts.find", "&Find rollouts", "Edit", "Ctrl+F", "search"),
    Declared("verdicts.copy", "Copy the list as a table", "Edit", "", "copy"),
    Declared("verdicts.copy_rates", "Copy the rates as a table", "Edit", "", "copy"),
    Declared("verdicts.pair.judge and truth", "Compare judge and truth", "View"),
    Declared("verdicts.pair.judge and human", "Compare judge and human", "View"),
    Declared("verdicts.pair.human and truth", "Compare human and truth", "View"),
    Declared("verdicts.refresh", "&Read again", "View", "F5"),
    Declared("verdicts.pane", "Next pane", "View", "F6"),
    Declared("verdicts.prompt", "Show the judge's prompt", "View", "Ctrl+P"),
    Declared("verdicts.open", "&Open the rollout", "Trajectory", "Ctrl+Return", "trajectories"),
    Declared("verdicts.open_all", "Open the &listed rollouts", "Trajectory", "Ctrl+Shift+Return", "trajectories"),
    Declared("verdicts.judge.success", "Judge as success", "Trajectory", "S", "success"),
    Declared("verdicts.judge.failure", "Judge as failure", "Trajectory", "F", "failure"),
    Declared("verdicts.judge.unknown", "Judge as unknown", "Trajectory", "U", "unknown"),
    Declared("verdicts.list.all", "List all rollouts", "Trajectory"),
    Declared("verdicts.list.false_success", "List false successes", "Trajectory"),
    Declared("verdicts.list.false_failure", "List false failures", "Trajectory"),
    Declared("verdicts.list.unknown", "List unknown verdicts", "Trajectory"),
    Declared("verdicts.list.overruled", "List rollouts a person judged success", "Trajectory"),
    Declared("verdicts.list.refused", "List rollouts a person judged failure", "Trajectory"),
)
