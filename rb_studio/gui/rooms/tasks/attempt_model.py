"""The rollouts of one task."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from rb_studio.gui.icons import icon
from rb_studio.gui.rooms.tasks.columns import DASH, TRUTHS
from rb_studio.gui.theme import Theme

if TYPE_CHECKING:
    from rb_studio.store.task_list import Attempt

Index = QModelIndex | QPersistentModelIndex
TITLES = ("Run", "Memory", "Judged", "True", "Scaling", "Seed", "Try", "Steps", "Ended")
JUDGED, TRUE = TITLES.index("Judged"), TITLES.index("True")
NUMERIC = ("Seed", "Try", "Steps")
GAP = "\u2002"  # keeps right-aligned numbers off the next column


class AttemptModel(QAbstractTableModel):
    """One row a rollout, newest run first."""

    def __init__(self, theme: Theme, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._attempts: Sequence[Attempt] = ()

    def set_attempts(self, attempts: "Sequence[Attempt]") -> None:
        """Show other rollouts."""
        self.beginResetModel()
        self._attempts = attempts
        self.endResetModel()

    def attempt(self, row: int) -> "Attempt | None":
        """The rollout of a row."""
        return self._attempts[row] if 0 <= row < len(self._attempts) else None

    def attempts(self) -> "Sequence[Attempt]":
        """All of them."""
        return self._attempts

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008, N802 - Qt's name and default
        """Number of rollouts."""
        return 0 if parent.isValid() else len(self._attempts)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008, N802 - Qt's name and default
        """Number of columns."""
        return 0 if parent.isValid() else len(TITLES)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """A cell."""
        if not index.isValid():
            return None
        attempt, column = self._attempts[index.row()], index.column()
        if role == Qt.ItemDataRole.DisplayRole:
            return cells(attempt)[column] + (GAP if TITLES[column] in NUMERIC else "")
        if role == Qt.ItemDataRole.DecorationRole:
            status = {JUDGED: attempt.judged, TRUE: truth(attempt)}.get(column)
            colour = self._theme.status_colour(status).name()
            return icon(status, colour, colour) if status else None
        if role == Qt.ItemDataRole.TextAlignmentRole and TITLES[column] in NUMERIC:
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        return None

    def headerData(  # noqa: N802 - Qt's name
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        """Titles."""
        if orientation != Qt.Orientation.Horizontal:
            return None
        title = TITLES[section]
        if role == Qt.ItemDataRole.DisplayRole:
            return title + (GAP if title in NUMERIC else "")
        if role == Qt.ItemDataRole.TextAlignmentRole and title in NUMERIC:
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        return None


def cells(attempt: "Attempt") -> tuple[str, ...]:
    """The texts of a row."""
    ended = "running" if attempt.status == "running" else attempt.exit_reason.replace("_", " ") or DASH
    memory, *arm = arm_texts(attempt)
    results = (attempt.judged or DASH, truth(attempt) or DASH)
    return (attempt.source, memory, *results, *arm, str(attempt.index + 1), str(attempt.steps), ended)


def truth(attempt: "Attempt") -> str | None:
    """What the environment says, None for a rollout that is no data."""
    return TRUTHS[attempt.truth] if attempt.valid else None


def arm_texts(attempt: "Attempt") -> tuple[str, str, str]:
    """Memory, scaling and seed of an arm."""
    arm = attempt.arm
    if arm is None:
        return "imported", DASH, DASH
    scaling = f"{arm['scaling']} {arm['k']}" if arm["k"] and arm["k"] > 1 else DASH
    return "no memory" if arm["memory"] == "none" else arm["memory"], scaling, str(arm["seed"])
