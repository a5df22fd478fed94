"""What the room of tasks can be asked for, told before it is built; its own commands say how."""

from rb_studio.gui.commands.declared import Declared

OFFERED = (
    Declared("tasks.new", "&New task\u2026", "File", "Ctrl+Shift+N", "add"),
    Declared("tasks.import", "&Import tasks\u2026", "File", "Ctrl+I", "import"),
    Declared("tasks.find", "&Find tasks", "Edit", "Ctrl+F", "search"),
    Declared("tasks.filter", "Filter tasks &by\u2026", "Edit", "Ctrl+Shift+F", "filter"),
    Declared("tasks.clear", "Clear the &filter", "Edit"),
    Declared("tasks.copy", "Copy the tasks as a table", "Edit", "", "copy"),
    Declared("tasks.edit", "&Edit task\u2026", "Edit", "F2", "edit"),
    Declared("tasks.remove", "Re&move the selected tasks", "Edit", "Del", "delete"),
    Declared("tasks.ground", "&Environment and grader\u2026", "Edit", "", "edit"),
    Declared("tasks.sort", "Sort tasks by\u2026", "View"),
    Declared("tasks.columns", "Columns of the tasks\u2026", "View"),
    Declared("tasks.pane", "Next pane", "View", "F6"),
    Declared("run.start", "&Run\u2026", "Run", "Ctrl+R", "run"),
    Declared("run.dry", "&Dry run of one task", "Run", "Ctrl+Shift+R", "next"),
    Declared("tasks.open", "Show the rollouts of the task", "Trajectory", "", "trajectories"),
)
