"""The editor of one item: texts, what they become in the prompt, save."""

from dataclasses import dataclass

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction, QResizeEvent
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

from rb_studio.gui.icons import pixmap
from rb_studio.gui.rooms.memories.columns import POLARITY_COLOURS, POLARITY_ICONS, STATE_COLOURS, STATE_ICONS
from rb_studio.gui.rooms.memories.drafts import NEW, Draft
from rb_studio.gui.rooms.memories.fields import TextField, focus_end
from rb_studio.gui.rooms.memories.preview import Block, PreviewPanel
from rb_studio.gui.rooms.memories.texts import line_edit
from rb_studio.gui.theme import Theme
from rb_studio.records.item_text import ItemText
from rb_studio.store.items import ItemRow

ICON = 16
FORM_LINES, PREVIEW_LINES = 26, 8


@dataclass(frozen=True, slots=True)
class Typed:
    """What stands in the editor; `item_id` is what it was loaded for."""

    item_id: int
    text: ItemText
    task: str = ""
    reason: str = ""
    author: str = ""


class EditorPanel(QWidget):
    """Edits the texts of one item or writes a new one.

    Signals
    -------
    typed
        A text changed; carries Typed.
    save_asked
        Carries Typed.
    discard_asked
        Carries the item's id.
    tags_asked
        The tags are to be changed.
    savable
        Whether what stands here can be saved; sent when that changes.
    """

    typed = Signal(object)
    save_asked = Signal(object)
    discard_asked = Signal(int)
    tags_asked = Signal()
    savable = Signal(bool)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._item_id: int | None = None
        self._row: ItemRow | None = None
        self.facts = QLabel(textFormat=Qt.TextFormat.PlainText)
        self.facts.setWordWrap(True)
        self.state_sign, self.polarity_sign = QLabel(), QLabel()
        self.badge = QLabel("simulated")
        self.badge.setProperty("role", "badge")
        self.badge.setToolTip("Produced by the practice model, not by a language model.")
        self.tags = QLabel(textFormat=Qt.TextFormat.PlainText)
        self.tags.setWordWrap(True)
        self.tag_button = QPushButton("Tag\u2026")
        self.title = TextField("title", "T&itle", 1)
        self.description = TextField("description", "&Description", 3)
        self.content = TextField("content", "&Content", 6)
        self.task = TextField("task", "Tas&k", 2)
        self.reason = line_edit("Reason (optional)", "Reason for the change")
        self.author = line_edit("Author (optional)", "Author of the change")
        self.save_button = QPushButton("Save")
        self.save_button.setProperty("primary", True)
        self.discard_button = QPushButton("Discard")
        self.banner = QFrame()
        self.banner_text = QLabel(textFormat=Qt.TextFormat.PlainText)
        self.preview = PreviewPanel(theme)
        self._splitter = QSplitter(Qt.Orientation.Vertical)
        self._sized = False
        self._lay_out()
        for field in (self.title, self.description, self.content, self.task):
            field.edited.connect(self._tell)
        self.save_button.clicked.connect(self.save)
        self.discard_button.clicked.connect(self._discard)
        self.tag_button.clicked.connect(self.tags_asked)
        theme.changed.connect(self._draw_signs)
        self.show_nothing()

    @property
    def item_id(self) -> int | None:
        """What is being edited; `NEW` for the item that is being written."""
        return self._item_id

    def show_item(self, row: ItemRow, draft: Draft | None) -> None:
        """Edit an item, with what was typed before."""
        same = self._item_id == row.id
        self._item_id, self._row = row.id, row
        stored = ItemText(row.title, row.description, row.content)
        shown = draft.text if draft else stored
        for name in ("title", "description", "content"):
            field: TextField = getattr(self, name)
            if same and field.text() == getattr(shown, name):
                field.rebase(getattr(stored, name))
            else:
                field.load(getattr(stored, name), getattr(shown, name))
        if not same:
            self.reason.clear()
        self.task.hide()
        self._draw_facts(row)
        self.setEnabled(True)
        self.show_draft(draft is not None)

    def show_new(self, draft: Draft | None) -> None:
        """Write a new item."""
        shown = draft or Draft(ItemText(""))
        if self._item_id != NEW:
            self._item_id, self._row = NEW, None
            for name in ("title", "description", "content"):
                getattr(self, name).load("", getattr(shown.text, name))
            self.task.load("", shown.task)
            self.reason.clear()
        self.task.show()
        self.facts.setText("New item, written by hand")
        self.tags.hide()
        self.tag_button.hide()
        self.badge.hide()
        self._draw_signs()
        self.setEnabled(True)
        self.show_draft(draft is not None)

    def show_nothing(self) -> None:
        """No item is chosen."""
        self._item_id, self._row = None, None
        for field in (self.title, self.description, self.content, self.task):
            field.load("", "")
        self.task.hide()
        self.badge.hide()
        self.facts.setText("No item is chosen")
        self._show_tags(())
        self._draw_signs()
        self.preview.show_block(Block(""))
        self.show_draft(False)
        self.show_banner("")
        self.setEnabled(False)

    def show_draft(self, unsaved: bool) -> None:
        """Whether there is something to save."""
        self.save_button.setText("Save new item" if self._item_id == NEW else "Save version")
        complete = bool(self.title.text().strip() and (self.description.text() + self.content.text()).strip())
        before = self.save_button.isEnabled()
        self.save_button.setEnabled(unsaved and complete)
        self.save_button.setToolTip(
            "Save (Ctrl+S)" if complete else "An item needs a title, and a description or content."
        )
        self.discard_button.setEnabled(unsaved)
        self.discard_button.setToolTip("Go back to the stored texts" if unsaved else "Nothing is unsaved")
        if before != self.save_button.isEnabled():
            self.savable.emit(self.save_button.isEnabled())

    def show_banner(self, text: str) -> None:
        """What is wrong, in place; empty hides it."""
        self.banner_text.setText(f"\u26a0 {text}" if text else "")
        self.banner.setVisible(bool(text))

    def save(self) -> None:
        """Ask for what is typed to be stored."""
        if self._item_id is not None and self.save_button.isEnabled():
            self.save_asked.emit(self.now())

    def saved(self) -> None:
        """What was typed is stored; the reason belonged to it."""
        self.reason.clear()

    def now(self) -> Typed:
        """What stands in the editor."""
        text = ItemText(self.title.text(), self.description.text(), self.content.text())
        task = self.task.text() if self._item_id == NEW else ""
        return Typed(self._item_id or NEW, text, task, self.reason.text().strip(), self.author.text().strip())

    def focus_title(self) -> None:
        """Start typing."""
        focus_end(self.title.input)

    def use_tag_action(self, action: QAction) -> None:
        """The button says what key does the same."""
        self.tag_button.setToolTip(action.toolTip())

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """The preview makes way for the texts where there is little height."""
        super().resizeEvent(event)
        if not self._sized and event.size().height() > 0:
            self._sized = True
            line = self.fontMetrics().lineSpacing()
            below = max(line * PREVIEW_LINES, event.size().height() - line * FORM_LINES)
            self._splitter.setSizes([event.size().height() - below, below])

    def _lay_out(self) -> None:
        self.banner.setProperty("role", "banner")
        self.banner_text.setWordWrap(True)
        QHBoxLayout(self.banner).addWidget(self.banner_text)
        head = QHBoxLayout()
        head.addWidget(self.state_sign)
        head.addWidget(self.polarity_sign)
        head.addWidget(self.facts, 1)
        head.addWidget(self.badge, 0, Qt.AlignmentFlag.AlignVCenter)
        tags = QHBoxLayout()
        tags.addWidget(self.tags, 1)
        tags.addWidget(self.tag_button)
        ending = QGridLayout()
        ending.addWidget(self.reason, 0, 0, 1, 3)
        ending.addWidget(self.author, 1, 0)
        ending.addWidget(self.discard_button, 1, 1)
        ending.addWidget(self.save_button, 1, 2)
        ending.setColumnStretch(0, 1)
        ending.setVerticalSpacing(4)
        form = QWidget()
        layout = QVBoxLayout(form)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addLayout(head)
        layout.addLayout(tags)
        layout.addWidget(self.banner)
        layout.addWidget(self.title)
        layout.addWidget(self.description, 1)
        layout.addWidget(self.content, 3)
        layout.addWidget(self.task, 1)
        splitter = self._splitter
        scroll = QScrollArea(widgetResizable=True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setWidget(form)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        upper = QWidget()
        column = QVBoxLayout(upper)
        column.setContentsMargins(0, 0, 0, 4)
        column.addWidget(scroll)
        column.addLayout(ending)
        splitter.addWidget(upper)
        splitter.addWidget(self.preview)
        splitter.setStretchFactor(0, 3)
        splitter.setStretchFactor(1, 2)
        splitter.setCollapsible(0, False)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(6, 6, 0, 0)
        whole.addWidget(splitter)

    def _tell(self) -> None:
        if self._item_id is not None:
            self.typed.emit(self.now())

    def _discard(self) -> None:
        if self._item_id is not None:
            self.discard_asked.emit(self._item_id)

    def _draw_facts(self, row: ItemRow) -> None:
        learned = f"from {row.polarity}" if row.polarity else "by hand"
        used = "never used" if not row.used else "used once" if row.used == 1 else f"used {row.used:,} times"
        self.facts.setText(f"{row.state} \u00b7 {learned} \u00b7 version {row.version} \u00b7 {used}")
        self.facts.setToolTip(f"Item {row.id}, {row.uid}")
        self._show_tags(row.tags)
        self.tags.show()
        self.tag_button.show()
        self.badge.setVisible(row.simulated)
        self._draw_signs()

    def _show_tags(self, tags: tuple[str, ...]) -> None:
        self.tags.setText(f"Tags: {', '.join(tags)}" if tags else "No tags")

    def _draw_signs(self) -> None:
        """Icons of state and polarity, in the theme's colours."""
        row = self._row
        signs = (
            (self.state_sign, STATE_ICONS.get(row.state) if row else None, STATE_COLOURS),
            (self.polarity_sign, POLARITY_ICONS.get(row.polarity) if row else None, POLARITY_COLOURS),
        )
        for label, name, colours in signs:
            label.setVisible(name is not None)
            if name is not None and row is not None:
                key = row.state if colours is STATE_COLOURS else row.polarity
                label.setPixmap(pixmap(name, getattr(self._theme.colours, colours[key]), ICON))
