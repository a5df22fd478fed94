"""Emptying the trash: what goes, what stays and why, and a number to type, for nothing brings it back."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from rb_studio.gui.rooms.memories.bulk_dialog import items
from rb_studio.gui.rooms.memories.columns import one_line
from rb_studio.gui.rooms.memories.texts import PlainBrowser, escaped, line_edit
from rb_studio.gui.rooms.memories.trash_reads import Bin
from rb_studio.store.trash import Trash

LISTED = 200
ONLY = "This is the only act on memories that cannot be undone."
STAYS = (
    "That there was an item, what it was learned from, when it was in which state, and what it was merged into: "
    "results of runs are told from that."
)


class EmptyTrashDialog(QDialog):
    """Cancel is what Enter does until the number stands there.

    Signals
    -------
    erase_asked
        Carries the ids of the items that go.
    """

    erase_asked = Signal(object)

    def __init__(self, found: Bin, bank: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._ids = found.found.erasable
        self.setWindowTitle(f"Empty the trash of {bank}")
        self.what = PlainBrowser("What goes and what stays")
        self.what.setHtml(markup(found))
        only = QLabel(f"\u26a0 {ONLY}")
        font = only.font()
        font.setBold(True)
        only.setFont(font)
        only.setWordWrap(True)
        self.number = line_edit("", f"Type {len(self._ids)} to erase {items(len(self._ids))} for good")
        label = QLabel(f"&Type {len(self._ids)} to erase {items(len(self._ids))} for good")
        label.setBuddy(self.number)
        line = QHBoxLayout()
        line.addWidget(label)
        line.addWidget(self.number, 1)
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self.cancel = self.buttons.button(QDialogButtonBox.StandardButton.Cancel)
        self.button = self.buttons.addButton(
            f"&Erase {items(len(self._ids))}", QDialogButtonBox.ButtonRole.DestructiveRole
        )
        self.button.setAutoDefault(False)
        self.cancel.setDefault(True)
        layout = QVBoxLayout(self)
        layout.addWidget(self.what, 1)
        layout.addWidget(only)
        layout.addLayout(line)
        layout.addWidget(self.buttons)
        self._size()
        self.number.textChanged.connect(self._check)
        self.buttons.rejected.connect(self.reject)
        self.button.clicked.connect(self._erase)
        self._check("")
        self.cancel.setFocus()

    def _check(self, text: str) -> None:
        self.button.setEnabled(bool(self._ids) and text.strip().replace(",", "") == str(len(self._ids)))

    def _erase(self) -> None:
        self.erase_asked.emit(self._ids)
        self.accept()

    def _size(self) -> None:
        metrics, over = self.fontMetrics(), self.parentWidget()
        wide, high = metrics.averageCharWidth() * 84, metrics.lineSpacing() * 28
        if over is not None:
            wide, high = min(wide, over.window().width()), min(high, over.window().height())
        self.resize(wide, high)


def markup(found: Bin) -> str:
    """What goes and what stays, as lists; every foreign text is escaped."""
    going = [row.title for row in found.rows if not row.why][:LISTED]
    more = len(found.found.erasable) - len(going)
    titles = [escaped(one_line(title)) for title in going] + ([f"and {more:,} more"] if more > 0 else [])
    stay = "".join(f"<li>{escaped(line)}</li>" for line in staying(found.found.kept))
    return (
        f"<p><b>What goes</b></p><ul>{''.join(f'<li>{escaped(line)}</li>' for line in going_lines(found.found))}</ul>"
        f"<p><b>What stays</b></p><ul>{stay}<li>{escaped(STAYS)}</li></ul>"
        f"<p><b>The items</b></p><ul>{''.join(f'<li>{title}</li>' for title in titles)}</ul>"
    )


def going_lines(found: Trash) -> Iterator[str]:
    """What emptying takes away, a sentence each."""
    yield f"{items(len(found.erasable))}: every version of the texts, tags, notes, and the vectors of the texts."
    if found.steps:
        yield f"{found.steps:,} step{'' if found.steps == 1 else 's'} of undo or redo that only these are about."
    if found.snapshots:
        yield f"Their place in the automatic snapshots: {_listed(found.snapshots)}."
    if found.runs:
        names = _listed([str(run) for run in found.runs])
        yield f"Their texts in the results of the run{'' if len(found.runs) == 1 else 's'} that learned them: {names}."


def staying(kept: Mapping[int, str]) -> Iterator[str]:
    """How many deleted items must stay, by reason."""
    for why, count in Counter(kept.values()).most_common():
        yield f"{items(count)} in the trash: {why}."


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(names[:8])
    return shown if len(names) <= 8 else f"{shown} and {len(names) - 8} more"
