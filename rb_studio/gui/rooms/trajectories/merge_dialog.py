"""A colleague's notes: what will become of each is seen before anything is merged, and afterwards how far all agree."""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QDialogButtonBox,
    QHeaderView,
    QLabel,
    QPlainTextEdit,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from rb_studio.gui.dialogs.problem_line import ProblemLine
from rb_studio.gui.rooms.trajectories.annotate_reads import SIGNS, short
from rb_studio.gui.rooms.trajectories.plain import DASH, count, readable
from rb_studio.gui.theme import Theme
from rb_studio.gui.widgets.tip import plain_tip
from rb_studio.records.annotation import Kind, NotePast
from rb_studio.records.errors import UnreadableInput
from rb_studio.store.annotation_merge import Fate, Foreseen, foresee

if TYPE_CHECKING:
    from rb_studio.interchange.loaded import LoadedFile
    from rb_studio.store.workspace import Workspace

FATES = {
    Fate.TWICE: "changed here and there: both are kept",
    Fate.CHANGED: "changed there: changed here too",
    Fate.REMOVED: "removed there: removed here too",
    Fate.KEPT: "removed there, changed here: kept",
    Fate.ADDED: "new here",
}
SHOWN = 2_000
NO_PAIR = "No two people noted the same things yet, so there is nothing to compare."
NOTHING_NEW = "Everything in it is here already."


@dataclass(frozen=True, slots=True)
class Preview:
    """A file of notes, and what would become of each."""

    file: "LoadedFile"
    foreseen: tuple[Foreseen, ...]

    @property
    def people(self) -> frozenset[str]:
        """Who says something in the file."""
        return frozenset(version.who for past in self.file.notes for version in past.versions)

    @property
    def sentence(self) -> str:
        """The whole in a line."""
        fates = Counter(one.fate for one in self.foreseen)
        names = {Fate.TWICE: "conflicts, kept as two", Fate.KNOWN: "known already", Fate.ADDED: "new"}
        told = [f"{number:,} {names.get(fate, str(fate))}" for fate, number in fates.items()]
        sets = [count(len(self.file.label_sets), "set") + " of labels"] if self.file.label_sets else []
        what = f"{count(len(self.foreseen), 'note')} by {', '.join(sorted(self.people)) or 'nobody'}"
        return f"{what}: {', '.join(told + sets)}." if told or sets else f"{what}."


@dataclass(frozen=True, slots=True)
class Agreed:
    """What became of a merge, and how far people agree, in sentences."""

    told: tuple[str, ...]
    pairs: tuple[str, ...]


def read_preview(workspace: "Workspace", path: Path) -> Preview:
    """A file of notes against what is in the workspace. Raises UnreadableInput for any other file."""
    from rb_studio.jobs.importing import files_at

    found = list(files_at([path]))
    file = next((one for one in found if one.notes or one.label_sets), None)
    if file is None:
        error = next((one.error for one in found if one.error), None)
        raise UnreadableInput(error or f"{path} holds no notes: choose a file that was exported as notes (jsonl)")
    return Preview(file, foresee(workspace.reader(), file.notes))


class MergeDialog(QDialog):
    """First what would be, then what was.

    Signals
    -------
    merge_asked
        Carries the Preview.
    """

    merge_asked = Signal(object)

    def __init__(self, preview: Preview | None, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Merge notes" if preview is not None else "How far people agree")
        self.preview = preview
        self.summary = QLabel(textFormat=Qt.TextFormat.PlainText)
        self.summary.setWordWrap(True)
        self.tree = QTreeWidget()
        self.tree.setAccessibleName("What becomes of each note")
        self.tree.setHeaderLabels(["What becomes of it", "Here", "In the file", "Rollout"])
        self.tree.setRootIsDecorated(False)
        self.tree.setUniformRowHeights(True)
        self.tree.setAlternatingRowColors(True)
        self.tree.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.told = QPlainTextEdit()
        self.told.setReadOnly(True)
        self.told.setAccessibleName("What was merged, and how far people agree")
        self.told.hide()
        self.problem = ProblemLine(theme)
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self.merge_button = self.buttons.addButton("&Merge", QDialogButtonBox.ButtonRole.AcceptRole)
        self.merge_button.setProperty("primary", True)
        self.merge_button.setDefault(True)
        layout = QVBoxLayout(self)
        layout.addWidget(self.summary)
        layout.addWidget(self.problem)
        layout.addWidget(self.tree, 1)
        layout.addWidget(self.told, 1)
        layout.addWidget(self.buttons)
        self.buttons.accepted.connect(self._merge)
        self.buttons.rejected.connect(self.reject)
        self._size()
        if preview is not None:
            self._show_preview(preview)

    def show_wrong(self, sentence: str) -> None:
        """Nothing was merged."""
        self.problem.say(sentence)
        self.merge_button.setEnabled(True)

    def show_result(self, agreed: Agreed) -> None:
        """What was merged, and how far people agree."""
        self.problem.say("")
        self.tree.hide()
        self.told.show()
        self.told.setPlainText(readable("\n\n".join((*map(_sentence, agreed.told), *map(_sentence, agreed.pairs)))))
        done = "Merged; Undo takes all of it back. " if self.preview is not None else ""
        self.summary.setText(done + ("" if agreed.pairs else NO_PAIR))
        self.summary.setVisible(bool(self.summary.text()))
        self.merge_button.hide()
        self.buttons.button(QDialogButtonBox.StandardButton.Cancel).setText("Close")

    def _show_preview(self, preview: Preview) -> None:
        new = [one for one in preview.foreseen if one.fate is not Fate.KNOWN]
        nothing = not new and not preview.file.label_sets
        cut = f" The first {SHOWN:,} are listed." if len(new) > SHOWN else ""
        self.summary.setText(f"{preview.sentence}{cut}" + (f" {NOTHING_NEW}" if nothing else ""))
        self.merge_button.setEnabled(not nothing)
        order = list(FATES)
        for one in sorted(new, key=lambda found: order.index(found.fate))[:SHOWN]:
            self._add(one)

    def _add(self, one: Foreseen) -> None:
        """A row; where both changed a note both texts stand beside each other."""
        here = DASH if one.ours is None else "removed" if one.ours.removed else _said(one.ours)
        there = "removed" if one.theirs.removed else _said(one.theirs)
        cells = [FATES[one.fate], here, there, one.theirs.anchor.rollout_uid[:12]]
        row = QTreeWidgetItem(self.tree, [short(readable(cell), 60) for cell in cells])
        for column, cell in enumerate(cells):
            row.setToolTip(column, plain_tip(readable(cell)))

    def _merge(self) -> None:
        if self.preview is not None and self.merge_button.isEnabled():
            self.merge_button.setEnabled(False)
            self.merge_asked.emit(self.preview)

    def _size(self) -> None:
        metrics, over = self.fontMetrics(), self.parentWidget()
        one = metrics.averageCharWidth()
        wide, high = one * 112, metrics.lineSpacing() * 24
        if over is not None:
            wide, high = min(wide, over.window().width() - one * 4), min(high, over.window().height())
        self.resize(wide, high)
        header = self.tree.header()
        header.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        for column, width in enumerate((34, 28, 28)):
            header.resizeSection(column, one * width)


def _said(past: NotePast) -> str:
    said = past.versions[-1].said
    who = past.versions[-1].who
    words = said.comment or said.label or (f"{said.rating} of 5" if said.rating is not None else "")
    name = "first error" if said.kind is Kind.FIRST_ERROR else words
    return f"{SIGNS[said.kind]} {' '.join(name.split())} ({who})"


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:].rstrip('.')}."
