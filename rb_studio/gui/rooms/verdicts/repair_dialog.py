"""What a verdict means for memory, told before it is given: which lessons are archived with it, and who had them."""

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QModelIndex, Qt, Signal
from PySide6.QtWidgets import QCheckBox, QDialog, QDialogButtonBox, QLabel, QPushButton, QVBoxLayout, QWidget

from rb_studio.gui.dialogs.choosing import note
from rb_studio.gui.widgets.dense_table import DenseTable
from rb_studio.gui.widgets.table_model import DISPLAY, Index, TableModel
from rb_studio.gui.widgets.tip import plain_tip
from rb_studio.records.judgement import Status
from rb_studio.store.curation import count
from rb_studio.store.repairs import Damage, Place, Suspect

CHECK = Qt.ItemDataRole.CheckStateRole
WIDTHS = [36, 13, 26, 32]
CONTRAST = "learned from other rollouts as well"
EDITED = "its texts were written by a person since"
UNDONE = (
    "Verdict and archiving are one step: Undo in this room takes back both, except where an item was given another "
    "state since."
)


class SuspectModel(TableModel):
    """An item in a bank per row, with a box where it can be archived there."""

    def __init__(self, found: Damage, changed: Callable[[], None]) -> None:
        super().__init__(
            [
                ("Memory", lambda row: " ".join(row[0].title.split()) or row[0].uid[:8], lambda row: row[0].title),
                ("Learned as", lambda row: row[0].learned, lambda row: row[0].learned),
                ("Bank", lambda row: f"{row[1].name} ({row[1].state})", lambda row: row[1].name),
                ("Why not", lambda row: why_not(*row), lambda row: why_not(*row)),
            ]
        )
        self._changed = changed
        self.chosen = set(found.offered())
        self.set_rows([(one, place) for one in found.items for place in one.places])

    def flags(self, index: Index) -> Qt.ItemFlag:
        flags = super().flags(index)
        if not index.isValid():
            return flags
        if not self.row(index)[1].open:
            return flags & ~Qt.ItemFlag.ItemIsEnabled
        return flags | Qt.ItemFlag.ItemIsUserCheckable if index.column() == 0 else flags

    def data(self, index: Index, role: int = DISPLAY) -> Any:
        if index.isValid() and role == Qt.ItemDataRole.ToolTipRole:
            return plain_tip(super().data(index, DISPLAY))
        if index.isValid() and role == CHECK and index.column() == 0:
            return Qt.CheckState.Checked if _key(self.row(index)) in self.chosen else Qt.CheckState.Unchecked
        return super().data(index, role)

    def setData(self, index: Index, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:  # noqa: N802 - Qt's name
        if role != CHECK or not index.isValid() or not self.row(index)[1].open:
            return False
        key = _key(self.row(index))
        (self.chosen.add if Qt.CheckState(value) == Qt.CheckState.Checked else self.chosen.discard)(key)
        self.dataChanged.emit(index, index, [CHECK])
        self._changed()
        return True


class RepairDialog(QDialog):
    """Enter judges and archives what is ticked.

    Signals
    -------
    decided
        Carries the (bank, item) to archive, and whether distilling again is to be asked about then.
    rollouts_asked
        The tasks that were given these memories are to be listed instead; carries (run, uid) of rollouts.
    """

    decided = Signal(object, bool)
    rollouts_asked = Signal(object)

    def __init__(self, found: Damage, rollouts: int, status: Status, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._judged = f"Judge {rollouts:,} rollout{'' if rollouts == 1 else 's'} as {status}"
        self.setWindowTitle(self._judged)
        self._served = tuple(dict.fromkeys((one.run, one.rollout_uid) for one in found.served if one.rollout_uid))
        self.what, self.arms, self.after = QLabel(textFormat=Qt.TextFormat.PlainText), note(), note()
        self.what.setWordWrap(True)
        self.what.setText(found.sentence())
        self.arms.setText(arms_text(found))
        self.arms.setVisible(bool(found.served))
        self.after.setText(UNDONE)
        self.model = SuspectModel(found, self._count)
        self.model.setParent(self)
        self.table = DenseTable("Memories learned under another label; Space ticks")
        self.table.setModel(self.model)
        self.table.fit_columns(WIDTHS)
        self.again = QCheckBox("Then ask what distilling again under this verdict takes")
        self.again.setChecked(status is not Status.UNKNOWN)
        self.again.setVisible(status is not Status.UNKNOWN)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self.repair = buttons.addButton("", QDialogButtonBox.ButtonRole.AcceptRole)
        self.only = buttons.addButton("Judge only", QDialogButtonBox.ButtonRole.ActionRole)
        self.look = QPushButton("&List the tasks given these")
        self.look.setVisible(bool(self._served))
        buttons.addButton(self.look, QDialogButtonBox.ButtonRole.ResetRole)
        self.repair.setDefault(True)
        self.repair.setProperty("primary", True)
        layout = QVBoxLayout(self)
        for widget in (self.what, self.table, self.arms, self.again, self.after, buttons):
            layout.addWidget(widget, 1 if widget is self.table else 0)
        unit = self.fontMetrics()
        self.setMinimumWidth(unit.averageCharWidth() * 84)
        self.resize(unit.averageCharWidth() * 116, unit.height() * 26)
        self.repair.clicked.connect(self._repair)
        self.only.clicked.connect(self._only)
        self.look.clicked.connect(self._look)
        buttons.rejected.connect(self.reject)
        self._count()
        self.table.setCurrentIndex(self.model.index(0, 0))
        self.repair.setFocus()

    def keyPressEvent(self, event: Any) -> None:  # noqa: N802 - Qt's name
        """Space ticks the selected rows, wherever in them the cursor is."""
        if event.key() == Qt.Key.Key_Space and self.table.hasFocus():
            self._tick()
        else:
            super().keyPressEvent(event)

    def _tick(self) -> None:
        rows: list[QModelIndex] = self.table.selectionModel().selectedRows()
        ticked = [self.model.data(row, CHECK) == Qt.CheckState.Checked for row in rows if self.model.row(row)[1].open]
        state = Qt.CheckState.Unchecked if ticked and all(ticked) else Qt.CheckState.Checked
        for row in rows:
            self.model.setData(row, state, CHECK)

    def _count(self) -> None:
        chosen = self.model.chosen
        self.repair.setText(f"Judge and archive {count({item for _, item in chosen})}")
        self.repair.setEnabled(bool(chosen))
        self.repair.setDefault(bool(chosen))
        self.only.setDefault(not chosen)

    def _repair(self) -> None:
        self.decided.emit(tuple(sorted(self.model.chosen)), self._asks())
        self.accept()

    def _only(self) -> None:
        self.decided.emit((), self._asks())
        self.accept()

    def _look(self) -> None:
        self.rollouts_asked.emit(self._served)
        self.reject()

    def _asks(self) -> bool:
        return self.again.isChecked()


def why_not(one: Suspect, place: Place) -> str:
    """Why an item is not archived in a bank unless one says so, or cannot be."""
    if place.busy is not None:
        return f"left: run {place.busy} goes on with this bank"
    if not place.open:
        return f"is {place.state} already"
    reasons = [*([CONTRAST] if one.contrast else []), *([EDITED] if one.edited else [])]
    return "; ".join(reasons)


def arms_text(found: Damage) -> str:
    """Who was given these memories."""
    arms = "" if not found.arms else f" of {len(found.arms):,} arm{'' if len(found.arms) == 1 else 's'}"
    runs = sorted({one.run for one in found.served})
    named = ", ".join(map(str, runs[:12])) + (", \u2026" if len(runs) > 12 else "")
    return f"Given to tasks of run {named}{arms}: their results stay, and are marked in this room."


def _key(row: tuple[Suspect, Place]) -> tuple[int, int]:
    return row[1].bank, row[0].item
