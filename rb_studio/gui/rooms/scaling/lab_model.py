"""Why each task got its k, as a table."""

from typing import Any

from PySide6.QtCore import QLocale, Qt

from rb_studio.gui.widgets.table_model import DISPLAY, Index, TableModel
from rb_studio.jobs.frontier import TaskOutcome
from rb_studio.records.shown import one_line

WIDTHS = [26, 4, 9, 20, 14, 30]


class TaskModel(TableModel):
    """A task a row, in the order of the stream; `one solves` is how often any one rollout of it does."""

    def __init__(self) -> None:
        super().__init__(
            [
                ("Task", lambda row: one_line(row.text, 300), lambda row: row.text),
                ("k", lambda row: str(row.k), lambda row: row.k),
                ("mean k", lambda row: QLocale().toString(row.mean, "f", 2), lambda row: row.mean),
                ("outcome", outcome, lambda row: f"{row.value:.3f} {row.reached}"),
                ("one solves", lambda row: _percent(row.rate), lambda row: row.rate),
                ("why so many", lambda row: row.reason, lambda row: row.reason),
            ]
        )

    def data(self, index: Index, role: int = DISPLAY) -> Any:
        if index.isValid() and role == Qt.ItemDataRole.ToolTipRole:
            return task_sentence(self.row(index))
        return super().data(index, role)


def outcome(row: TaskOutcome) -> str:
    """What came of the rollouts a task got."""
    if row.value == 1:
        return "solved"
    if row.value == 0:
        return "solved, not selected" if row.reached else "not solved"
    return f"{_percent(row.value)} of choices right"


def task_sentence(row: TaskOutcome) -> str:
    """One row in a line, for whoever reads it aloud."""
    given = f"{row.k} rollout{'' if row.k == 1 else 's'}"
    return f"{one_line(row.text, 120)}: {given}. {row.reason}. {outcome(row).capitalize()}."


def _percent(value: float) -> str:
    return f"{QLocale().toString(100 * value, 'f', 0)} %"
