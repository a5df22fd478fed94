"""What the compared rollouts' final patches do to each file."""

from PySide6.QtWidgets import QHBoxLayout, QLabel, QListWidget, QSplitter, QVBoxLayout, QWidget

from rb_studio.analysis.patches import PatchedFile
from rb_studio.gui.rooms.trajectories.compare_reads import DIFFERENT, LETTERS, MARKS, SAME, Compared
from rb_studio.gui.rooms.trajectories.long_text import LongText
from rb_studio.gui.theme import Theme

NO_PATCH = "None of these rollouts left a patch."
ALONE = "leaves this file alone"


class PatchDifferences(QWidget):
    """Files on the left, those that differ first; on the right what differs in one."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._files: tuple[PatchedFile, ...] = ()
        self._chosen: object = None
        self._none = QLabel(NO_PATCH)
        self._none.setProperty("role", "muted")
        self.files = QListWidget()
        self.files.setAccessibleName("Files in the patches")
        self.text = LongText(theme, "Difference between the patches")
        self._split = QSplitter()
        self._split.setChildrenCollapsible(False)
        self._split.addWidget(self.files)
        self._split.addWidget(self.text)
        self._split.setStretchFactor(1, 3)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 4, 0, 0)
        row = QHBoxLayout()
        row.addWidget(self._none)
        layout.addLayout(row)
        layout.addWidget(self._split, 1)
        self.files.currentRowChanged.connect(self._show_file)

    @property
    def title(self) -> str:
        """How the tab is called: with how many files differ."""
        differ = sum(not file.same for file in self._files)
        return f"&Patch ({differ} of {len(self._files)} files differ)" if self._files else "&Patch (none)"

    def show_comparison(self, compared: Compared) -> None:
        """Other rollouts."""
        self._files, self._chosen = compared.found.files, compared.chosen
        self._none.setVisible(not self._files)
        self._split.setVisible(bool(self._files))
        self.files.blockSignals(True)
        self.files.clear()
        self.files.addItems([f"{MARKS[SAME if one.same else DIFFERENT]}  {one.path}" for one in self._files])
        self.files.blockSignals(False)
        if self._files:
            self.files.setCurrentRow(0)
            self._show_file(0)

    def redraw(self) -> None:
        self.text.redraw()

    def stop(self) -> None:
        self.text.stop()

    def _show_file(self, place: int) -> None:
        if 0 <= place < len(self._files):
            self.text.show_source(file_text(self._files[place]), (self._chosen, place), language="diff")


def file_text(file: PatchedFile) -> str:
    """What differs in one file, from the first rollout to each other one."""
    if file.same:
        return f"All of them do the same:\n\n{file.hunks[0]}"
    return "\n\n".join(_pair(file, place) for place in range(1, len(file.hunks)))


def _pair(file: PatchedFile, place: int) -> str:
    first, other, letter = file.hunks[0], file.hunks[place], LETTERS[place]
    pair = f"From {LETTERS[0]} to {letter}"
    if first == other:
        return f"{pair}: the same"
    if other is None:
        return f"{pair}: {letter} {ALONE}"
    if first is None:
        return f"{pair}: {LETTERS[0]} {ALONE}, {letter} does this:\n{other}"
    return f"{pair}:\n" + "\n".join(file.diff[place - 1])
