"""The set of labels that is on the number keys, and editing sets."""

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from rb_studio.gui.rooms.trajectories.label_sets_dialog import LabelSetsDialog
from rb_studio.records.label_set import SHIPPED, LabelSet
from rb_studio.store.label_sets import delete_label_set, save_label_set

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlite_utils import Database

    from rb_studio.gui.rooms.trajectories.annotations_panel import AnnotationsPanel
    from rb_studio.gui.rooms.trajectories.parts import Stage
    from rb_studio.store.changes import ChangeRecord


class ChosenSet(QObject):
    """Knows all sets, shipped and own; one of them is chosen."""

    def __init__(self, stage: "Stage", panel: "AnnotationsPanel") -> None:
        super().__init__(panel)
        self._stage, self._frame, self._panel = stage, stage.frame, panel
        self._sets: Sequence[LabelSet] = SHIPPED
        self.name = SHIPPED[0].name
        self.dialog: LabelSetsDialog | None = None
        panel.set_chosen.connect(self.choose)
        panel.sets_asked.connect(self.edit)
        self._tell()

    @property
    def chosen(self) -> LabelSet:
        return self.named(self.name) or self._sets[0]

    def named(self, name: str) -> LabelSet | None:
        return next((one for one in self._sets if one.name == name), None)

    def show(self, sets: Sequence[LabelSet]) -> None:
        """The sets there are now."""
        if sets and sets != self._sets:
            self._sets = sets
            self._tell()

    def choose(self, name: str) -> None:
        """Put another set on the keys; one that is not read yet is chosen once it is."""
        if name:
            self.name = name
            self._tell()

    def next(self) -> None:
        """The set after the chosen one."""
        place = self._sets.index(self.chosen) + 1
        self.choose(self._sets[place % len(self._sets)].name)
        self._frame.toast(f"Labels: {self.name}.")

    def edit(self) -> None:
        """Look at the sets and change them."""
        writable = self._frame.session.workspace.writable
        self.dialog = LabelSetsDialog(self._sets, self.chosen.name, self._stage.window(), writable=writable)
        self.dialog.saved.connect(self._save)
        self.dialog.deleted.connect(self._delete)
        self.dialog.open()

    def _save(self, found: LabelSet) -> None:
        known = self.named(found.name)
        self.choose(found.name)
        if known is not None and known.labels == found.labels:
            self._kept()
        else:
            self._keep(partial(save_label_set, found=found))

    def _delete(self, name: str) -> None:
        self._keep(partial(delete_label_set, name=name))

    def _keep(self, work: "Callable[[Database], ChangeRecord]") -> None:
        if self.dialog is not None:
            self._frame.session.operate(work, self._kept, self.dialog.show_wrong)

    def _kept(self, _change: object = None) -> None:
        dialog, self.dialog = self.dialog, None
        if dialog is not None:
            dialog.accept()

    def _tell(self) -> None:
        self._panel.show_set(self.chosen, [one.name for one in self._sets])
        self._frame.registry.refresh()
