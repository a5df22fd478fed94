"""Asks which model is to say the stages of which items, and tells what is sent before anything is."""

from collections.abc import Mapping, Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QVBoxLayout, QWidget

from rb_studio.gui.dialogs.choice import Choice
from rb_studio.gui.dialogs.choosing import combo, fill, form_layout, note, value
from rb_studio.jobs.themes import BankTheme
from rb_studio.models.profile import Profile

NO_MODEL = "The practice model cannot say it: add a profile of another model under Settings (Ctrl+,)."
KEPT = "Labels are kept as the model\u2019s own and as one step that Undo takes back; what you said yourself stays."
WHICH = {"unlabelled": "items of all themes without a label", "theme": "items of the chosen theme", "all": "all items"}


class StagesDialog(QDialog):
    """Nothing is sent before Ask.

    Signals
    -------
    asked
        Carries item ids and a Profile.
    """

    asked = Signal(object, object)

    def __init__(
        self,
        profiles: Mapping[str, Profile],
        preferred: str,
        groups: Mapping[str, Sequence[int]],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Ask a model for stages")
        self._profiles, self._groups = profiles, groups
        self.profile, self.which = combo("Model"), combo("Items")
        fill(self.profile, [Choice(name, f"{name} ({one.model})") for name, one in sorted(profiles.items())], preferred)
        found = [Choice(key, f"{len(ids):,} {WHICH[key]}") for key, ids in groups.items() if ids]
        fill(self.which, found, next(iter(groups)))
        self.what, self.kept = note(""), note()
        self.kept.setText(KEPT)
        self.box = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self.ask_button = self.box.addButton("&Ask", QDialogButtonBox.ButtonRole.AcceptRole)
        self.ask_button.setProperty("primary", True)
        self.ask_button.setDefault(True)
        layout = QVBoxLayout(self)
        form = QWidget()
        lines = form_layout(form)
        lines.setContentsMargins(0, 0, 0, 0)
        lines.addRow("&Model", self.profile)
        lines.addRow("&Items", self.which)
        for widget in (form, self.what, self.kept, self.box):
            layout.addWidget(widget)
        self.setMinimumWidth(self.fontMetrics().averageCharWidth() * 60)
        for box in (self.profile, self.which):
            box.currentIndexChanged.connect(self._tell)
        self.box.accepted.connect(self._ask)
        self.box.rejected.connect(self.reject)
        self._tell()

    def _ids(self) -> Sequence[int]:
        return self._groups.get(value(self.which), ())

    def _tell(self, *_: object) -> None:
        chosen, count = self._profiles.get(value(self.profile)), len(self._ids())
        self.ask_button.setEnabled(chosen is not None and count > 0)
        if chosen is None:
            self.what.setText(NO_MODEL)
            return
        from rb_studio.jobs.stages import BATCH

        calls = -(-count // BATCH)
        times = "one call" if calls == 1 else f"{calls:,} calls, {BATCH} at a time"
        self.what.setText(f"The texts of {count:,} items go to {chosen.host} in {times}.")

    def _ask(self) -> None:
        chosen = self._profiles.get(value(self.profile))
        if chosen is not None:
            self.accept()
            self.asked.emit(list(self._ids()), chosen)


def groups_of(themes: Sequence[BankTheme], chosen: BankTheme | None) -> dict[str, list[int]]:
    """Which items can be asked about."""
    items = [item for theme in themes for item in theme.items]
    own = {"theme": [item.id for item in chosen.items]} if chosen is not None else {}
    return {"unlabelled": [item.id for item in items if not item.stage], **own, "all": [item.id for item in items]}
