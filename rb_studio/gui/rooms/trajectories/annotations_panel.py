"""The notes on the rollout beside its steps: labels to put, every note with its author, and what became of each."""

from collections.abc import Sequence

from PySide6.QtCore import QSignalBlocker, QSize, Qt, Signal
from PySide6.QtGui import QColor, QResizeEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QPlainTextEdit,
    QPushButton,
    QSplitter,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from rb_studio.gui.rooms.memories.keyed_tree import KeyedTree
from rb_studio.gui.rooms.trajectories.annotate_reads import Beside, Noted, Placed, said, short, where
from rb_studio.gui.rooms.trajectories.note_editor import NoteEditor
from rb_studio.gui.rooms.trajectories.plain import count, readable
from rb_studio.gui.theme import Theme
from rb_studio.gui.widgets.flow import FlowLayout
from rb_studio.gui.widgets.tip import plain_tip
from rb_studio.records.annotation import Kind, Note
from rb_studio.records.label_set import LabelSet

NOTE = Qt.ItemDataRole.UserRole
KEYS = {Qt.Key.Key_Delete: "remove", Qt.Key.Key_F2: "edit"}
NONE_YET = "Nothing is noted here yet. Press 1 to 9 for a label, C to comment, T to tag, E where it first went wrong."
PADDING, MOST = 4, 500
ROOMY = 34
"""With fewer characters a line there is no room for who made a note."""
GONE = "Its words are there no more"
ABSENT = "On rollouts that are not in this workspace"


class AnnotationsPanel(QWidget):
    """Signals up, setters down.

    Signals
    -------
    label_asked
        A label is to be put; carries its key.
    set_chosen
        Carries the name of a set of labels.
    sets_asked
        Sets of labels are to be edited.
    whole_toggled
        Notes go on the whole rollout, or on steps and words.
    chosen
        A note is current; carries it, or None.
    go_asked, edit_asked, remove_asked
        Carry the notes they are about: a Placed, a Note, a list of Notes.
    """

    label_asked = Signal(int)
    set_chosen = Signal(str)
    sets_asked = Signal()
    whole_toggled = Signal(bool)
    chosen = Signal(object)
    go_asked = Signal(object)
    edit_asked = Signal(object)
    remove_asked = Signal(object)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._noted: Noted | None = None
        self._beside = Beside()
        self._hidden = 0
        self.sets = QComboBox()
        self.sets.setAccessibleName("Set of labels")
        self.sets.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.edit_sets = QPushButton("Edit sets\u2026")
        self.labels = QWidget()
        FlowLayout(self.labels, gap=3)
        self.whole = QCheckBox("Note on the w&hole rollout")
        self.whole.setToolTip("Else on the selected words, or on the selected steps (H)")
        self.status = QLabel(NONE_YET, textFormat=Qt.TextFormat.PlainText)
        self.status.setWordWrap(True)
        self.status.setProperty("role", "muted")
        self.tree = KeyedTree("Notes", ["Note", "On", "By"], KEYS)
        self.tree.setToolTip("Return goes to its place, F2 changes it, Del removes it")
        self.tree.setSelectionMode(KeyedTree.SelectionMode.ExtendedSelection)
        self.about = QPlainTextEdit()
        self.about.setReadOnly(True)
        self.about.setAccessibleName("The note in full, and its history")
        flags = Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        self.about.setTextInteractionFlags(flags)
        self.editor = NoteEditor()
        self.edit_button, self.remove_button = QPushButton("Change\u2026"), QPushButton("Remove")
        self._lay_out()
        self._connect()
        self._show_buttons()

    def show_set(self, shown: LabelSet | None, names: Sequence[str]) -> None:
        """The labels of a set with their keys; the names of all sets."""
        blocker = QSignalBlocker(self.sets)
        self.sets.clear()
        self.sets.addItems(list(names))
        self.sets.setCurrentIndex(self.sets.findText(shown.name) if shown is not None else -1)
        blocker.unblock()
        layout = self.labels.layout()
        while layout is not None and layout.count():
            item = layout.takeAt(0)
            widget = item.widget() if item is not None else None
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        for key, label in enumerate(shown.labels if shown is not None else (), 1):
            button = QPushButton(f"{key}  {short(label.name, 24)}".replace("&", "&&"))
            button.setToolTip(plain_tip(f"{label.name} ({key})\n{label.meaning}".strip()))
            button.setAccessibleName(f"Label {label.name}")
            button.setProperty("key", key)
            button.setStyleSheet("padding: 2px 5px;")
            button.clicked.connect(self._label)
            if layout is not None:
                layout.addWidget(button)

    def show_notes(self, noted: Noted | None, beside: Beside, hidden: int = 0) -> None:
        """The notes on the rollout, and those on none; of `hidden` ones others made only the number is told."""
        kept = self.current
        self._noted, self._beside, self._hidden = noted, beside, hidden
        blocker = QSignalBlocker(self.tree)
        self.tree.clear()
        bound = [one for one in noted.placed if one.bound is not None] if noted is not None else []
        for one in bound[:MOST]:
            self._add(self.tree, one)
        self._section(GONE, noted.unbound if noted is not None else ())
        self._section(ABSENT, tuple(Placed(note, None) for note in beside.absent))
        rows = self._rows()
        again = next((row for row in rows if kept is not None and row.data(0, NOTE).note.id == kept.note.id), None)
        if again is not None:
            self.tree.setCurrentItem(again)
        blocker.unblock()
        self.status.setText(self._told())
        self.editor.show_tags(beside.tags)
        self._chosen()

    def show_about(self, note: Note, history: str) -> None:
        """One note in full, with its history."""
        current = self.current
        if current is not None and current.note.id == note.id:
            words = note.comment if note.kind is Kind.COMMENT else said(note)
            origin = f"from {note.origin}" if note.origin else ""
            place = ", ".join(filter(None, (f"On {where(current)}", note.label_set and f"of {note.label_set}", origin)))
            parts = [words, place, f"\u201c{note.anchor.quote}\u201d" if note.anchor.quote else "", history]
            self.about.setPlainText(readable("\n\n".join(filter(None, parts))))

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """Where there is little room the words of the notes have it: who made one is told below."""
        super().resizeEvent(event)
        self.tree.setColumnHidden(2, self.width() < self.fontMetrics().averageCharWidth() * ROOMY)

    def set_whole(self, on: bool) -> None:
        """What notes go on."""
        blocker = QSignalBlocker(self.whole)
        self.whole.setChecked(on)
        blocker.unblock()

    @property
    def current(self) -> Placed | None:
        """The note that is current."""
        item = self.tree.currentItem()
        found = item.data(0, NOTE) if item is not None else None
        return found if isinstance(found, Placed) else None

    @property
    def selected(self) -> list[Note]:
        """The notes an act is about."""
        found = [item.data(0, NOTE) for item in self.tree.selectedItems()]
        notes = [one.note for one in found if isinstance(one, Placed)]
        return notes or ([self.current.note] if self.current is not None else [])

    def focus_notes(self) -> None:
        """The keyboard into the list; something in it is current."""
        if self.current is None and self._rows():
            self.tree.setCurrentItem(self._rows()[0])
        self.tree.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def choose(self, by: int, step: int) -> Placed | None:
        """The next note, or the one before, seen from the current one or else from a step; None where there is none."""
        bound = [row for row in self._rows() if row.data(0, NOTE).bound is not None]
        if not bound:
            return None
        places = [row.data(0, NOTE).step or 0 for row in bound]
        here = self.tree.currentItem()
        if here in bound and places[bound.index(here)] in (0, step):
            at = bound.index(here) + by
        else:
            ahead = [place for place, found in enumerate(places) if found >= step]
            at = (ahead[0] if ahead else 0) if by > 0 else (ahead[0] if ahead else len(bound)) - 1
        self.tree.setCurrentItem(bound[at % len(bound)])
        return self.current

    def redraw(self) -> None:
        """Other colours."""
        self.show_notes(self._noted, self._beside, self._hidden)

    def _told(self) -> str:
        hidden = f"{count(self._hidden, 'note')} by others hidden. " if self._hidden else ""
        if self._noted is None or not self._noted.placed:
            return hidden + NONE_YET
        others = self._noted.other_runs
        runs = f" The same rollout stands in run {', '.join(map(str, others))} too." if others else ""
        cut = f" The first {MOST} are listed." if len(self._noted.placed) > MOST else ""
        return f"{hidden}{count(len(self._noted.placed), 'note')} on this rollout.{cut}{runs}"

    def _section(self, title: str, found: Sequence[Placed]) -> None:
        if not found:
            return
        first = f", the first {MOST}" if len(found) > MOST else ""
        top = QTreeWidgetItem(self.tree, [f"{title} ({len(found):,}{first})"])
        top.setFirstColumnSpanned(True)
        top.setForeground(0, QColor(self._theme.colours.warning))
        for one in found[:MOST]:
            self._add(top, one)
        top.setExpanded(True)

    def _add(self, parent: "QTreeWidgetItem | KeyedTree", one: Placed) -> None:
        note = one.note
        row = QTreeWidgetItem(parent, [short(readable(said(note)), 80), readable(where(one)), note.changed_by])
        row.setData(0, NOTE, one)
        row.setSizeHint(0, QSize(0, self.fontMetrics().height() + PADDING))
        row.setToolTip(0, plain_tip(readable(said(note))))
        row.setToolTip(1, plain_tip(readable(where(one))))

    def _rows(self) -> list[QTreeWidgetItem]:
        tops = [self.tree.topLevelItem(place) for place in range(self.tree.topLevelItemCount())]
        every = [row for top in tops if top is not None for row in (top, *map(top.child, range(top.childCount())))]
        return [row for row in every if isinstance(row.data(0, NOTE), Placed)]

    def _label(self) -> None:
        self.label_asked.emit(int(self.sender().property("key")))

    def _chosen(self) -> None:
        self._show_buttons()
        if self.current is None:
            self.about.clear()
        self.chosen.emit(self.current.note if self.current is not None else None)

    def _show_buttons(self) -> None:
        current = self.current
        self.edit_button.setEnabled(current is not None and current.note.kind is not Kind.FIRST_ERROR)
        self.remove_button.setEnabled(bool(self.selected))

    def _activated(self, item: QTreeWidgetItem) -> None:
        if isinstance(item.data(0, NOTE), Placed):
            self.go_asked.emit(item.data(0, NOTE))

    def _act(self, act: str) -> None:
        (self._edit if act == "edit" else self._remove)()

    def _edit(self) -> None:
        if self.current is not None and self.edit_button.isEnabled():
            self.edit_asked.emit(self.current.note)

    def _remove(self) -> None:
        if self.selected:
            self.remove_asked.emit(self.selected)

    def _connect(self) -> None:
        self.editor.turned.connect(self.labels.setHidden)
        self.sets.textActivated.connect(self.set_chosen)
        self.edit_sets.clicked.connect(self.sets_asked)
        self.whole.toggled.connect(self.whole_toggled)
        self.tree.currentItemChanged.connect(self._chosen)
        self.tree.itemSelectionChanged.connect(self._show_buttons)
        self.tree.itemActivated.connect(self._activated)
        self.tree.asked.connect(self._act)
        self.edit_button.clicked.connect(self._edit)
        self.remove_button.clicked.connect(self._remove)

    def _lay_out(self) -> None:
        top, buttons = QHBoxLayout(), QHBoxLayout()
        label = QLabel("&Labels")
        label.setBuddy(self.sets)
        top.addWidget(label)
        top.addWidget(self.sets, 1)
        top.addWidget(self.edit_sets)
        buttons.addStretch(1)
        buttons.addWidget(self.edit_button)
        buttons.addWidget(self.remove_button)
        header = self.tree.header()
        header.setStretchLastSection(False)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        wide = self.fontMetrics().averageCharWidth()
        for column, characters in ((1, 12), (2, 7)):
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.Interactive)
            header.resizeSection(column, wide * characters)
        split = QSplitter(Qt.Orientation.Vertical)
        split.setChildrenCollapsible(False)
        line = self.fontMetrics().lineSpacing()
        self.tree.setMinimumHeight(line * 4)
        self.about.setMinimumHeight(line * 3)
        split.addWidget(self.tree)
        split.addWidget(self.about)
        split.setStretchFactor(0, 3)
        split.setStretchFactor(1, 2)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 6, 6, 0)
        layout.setSpacing(4)
        layout.addLayout(top)
        layout.addWidget(self.labels)
        layout.addWidget(self.whole)
        layout.addWidget(self.editor)
        layout.addWidget(self.status)
        layout.addWidget(split, 1)
        layout.addLayout(buttons)
