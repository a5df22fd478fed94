"""Which memories go into a file, and as what."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QLabel,
    QRadioButton,
    QVBoxLayout,
    QWidget,
)

from rb_studio.gui.rooms.memories import reads
from rb_studio.jobs.exporting import EXPORTS, Choice
from rb_studio.store.snapshots import SnapshotRow
from rb_studio.store.workspace import Workspace

NOW = "As it stands now"


@dataclass(frozen=True, slots=True)
class Form:
    """A format: its key among the exports, what it is called, its files, and what it is for."""

    key: str
    title: str
    suffix: str
    use: str

    @property
    def pattern(self) -> str:
        return f"{self.title} (*{self.suffix});;All files (*)"


FORMS = (
    Form("jsonl", "JSON lines, lossless", ".jsonl", "All there is: texts, tags, histories, links. Reads back whole."),
    Form("md", "Markdown", ".md", "To read and to edit in any editor; texts, states and tags read back."),
    Form("csv", "CSV", ".csv", "One row an item, for spreadsheets; edited texts read back."),
    Form("agents-md", "AGENTS.md", ".md", "For coding agents: a part of the file is written, the rest of it stays."),
    Form("official", "Official JSON lines", ".jsonl", "For the code of the ReasoningBank paper: a line a task."),
    Form("official-scaling", "Official, scaling", ".jsonl", "For its scaling script: the texts of a task in one."),
    Form("official-embeddings", "Official embeddings", ".jsonl", "Its cache of the task texts' vectors."),
)


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be written; `ids` None is the whole bank, `operation` None is now."""

    form: Form
    ids: tuple[int, ...] | None
    operation: int | None
    vectors: bool

    @property
    def proposal(self) -> str:
        """A name for the file."""
        if self.form.key == "agents-md":
            return "AGENTS.md"
        return f"memories-{datetime.now(UTC):%Y-%m-%d}{self.form.suffix}"


def write(workspace: Workspace, bank: int, wish: Wish, target: Path) -> int:
    """Write the file and return how many items it holds; slow."""
    items = None if wish.ids is None else reads.uids(workspace.reader(), bank, wish.ids)
    choice = Choice(bank=bank, items=items, at_operation=wish.operation, vectors=wish.vectors)
    return EXPORTS["memories"][wish.form.key](workspace, target, choice)


class ExportDialog(QDialog):
    """Asks what and as what; where is the next question.

    Signals
    -------
    wished
        Carries a Wish.
    """

    wished = Signal(object)

    def __init__(
        self,
        bank: str,
        selected: Sequence[int],
        matching: Sequence[int],
        points: Sequence[SnapshotRow],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Export memories")
        self._selected, self._matching = tuple(selected), tuple(matching)
        self.selection = QRadioButton(f"The &selected ones ({len(selected):,})")
        self.matches = QRadioButton(f"All that the query &finds ({len(matching):,})")
        name = bank.replace("&", "&&")
        self.whole = QRadioButton(f"The &whole bank \u201c{name}\u201d, without what is deleted")
        self.form = QComboBox()
        self.form.setAccessibleName("Format")
        for one in FORMS:
            if one.key in EXPORTS["memories"]:
                self.form.addItem(one.title, one)
        self.use = QLabel(textFormat=Qt.TextFormat.PlainText)
        self.use.setWordWrap(True)
        self.use.setProperty("role", "muted")
        self.at = QComboBox()
        self.at.setAccessibleName("At which point")
        self.at.addItem(NOW, None)
        for row in reversed(points):
            self.at.addItem(row.name, row.operation)
        self.vectors = QCheckBox("With the &vectors of every model")
        self.vectors.setChecked(True)
        self.box = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self.export_button = self.box.addButton("&Export\u2026", QDialogButtonBox.ButtonRole.AcceptRole)
        self.export_button.setProperty("primary", True)
        self._lay_out()
        self._connect()
        self.selection.setEnabled(bool(selected))
        self.matches.setEnabled(bool(matching))
        several = len(selected) > 1
        first = self.selection if several else self.matches if matching else self.whole
        first.setChecked(True)
        first.setFocus()
        self._look()

    def wish(self) -> Wish:
        """What is chosen."""
        ids = self._selected if self.selection.isChecked() else self._matching if self.matches.isChecked() else None
        operation = self.at.currentData() if self.at.isEnabled() else None
        return Wish(self.form.currentData(), ids, operation, self.vectors.isChecked())

    def _look(self, *_: object) -> None:
        form: Form = self.form.currentData()
        out_of_use = form.key.startswith(("official", "agents")) and self.whole.isChecked()
        self.use.setText(form.use + (" Only active items are written." if out_of_use else ""))
        self.at.setEnabled(self.whole.isChecked())
        self.at.setToolTip("" if self.whole.isChecked() else "An earlier point can be chosen for the whole bank")
        self.vectors.setVisible(form.key == "jsonl")

    def _accept(self) -> None:
        wish = self.wish()
        self.accept()
        self.wished.emit(wish)

    def _connect(self) -> None:
        self.form.currentIndexChanged.connect(self._look)
        for button in (self.selection, self.matches, self.whole):
            button.toggled.connect(self._look)
        self.box.accepted.connect(self._accept)
        self.box.rejected.connect(self.reject)

    def _lay_out(self) -> None:
        rows = QFormLayout()
        rows.addRow("Fo&rmat", self.form)
        rows.addRow("", self.use)
        rows.addRow("", self.vectors)
        rows.addRow("At the &point", self.at)
        layout = QVBoxLayout(self)
        for widget in (self.selection, self.matches, self.whole):
            layout.addWidget(widget)
        layout.addLayout(rows)
        layout.addStretch(1)
        layout.addWidget(self.box)
        self.resize(self.fontMetrics().averageCharWidth() * 70, self.sizeHint().height())
