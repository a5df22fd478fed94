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
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from rb_studio.gui.rooms.memories.block import Block
from rb_studio.gui.rooms.memories.drafts import NEW, Draft
from rb_studio.gui.rooms.memories.fields import ContentField, TextField, focus_end
from rb_studio.gui.rooms.memories.forms import LESSON, Form, form_of
from rb_studio.gui.rooms.memories.how_bar import HowBar
from rb_studio.gui.rooms.memories.item_head import ItemHead
from rb_studio.gui.rooms.memories.preview import PreviewPanel
from rb_studio.gui.rooms.memories.similar import SAME, SimilarPanel
from rb_studio.gui.rooms.memories.texts import line_edit
from rb_studio.gui.theme import Theme
from rb_studio.records.item_text import ItemText
from rb_studio.store.items import ItemRow

FORM_LINES, STEPS_FORM_LINES, PREVIEW_LINES = 26, 40, 10


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
        self._item_id: int | None = None
        self._writable = True
        self._form = self._new_form = LESSON
        self.head = ItemHead(theme)
        self.title = TextField("title", "Tit&le", 1)
        self.description = TextField("description", "&Description", 3)
        self.content = ContentField()
        self.task = TextField("task", "Tas&k", 2)
        self.reason = line_edit("Reason (optional)", "Reason for the change")
        self.author = line_edit("Author (optional)", "Author of the change")
        self.save_button = QPushButton("Save")
        self.save_button.setProperty("primary", True)
        self.discard_button = QPushButton("Discard")
        self.banner = QFrame()
        self.banner_text = QLabel(textFormat=Qt.TextFormat.PlainText)
        self.preview = PreviewPanel(theme)
        self.how = HowBar()
        self.similar = SimilarPanel(theme)
        self._splitter = QSplitter(Qt.Orientation.Vertical, self)
        self.below = QTabWidget()
        self._sized = False
        self._splitter.splitterMoved.connect(self._moved)
        self._lay_out()
        for field in (self.title, self.description, self.content, self.task):
            field.edited.connect(self._tell)
        self.reason.textEdited.connect(self._tell)
        self.save_button.clicked.connect(self.save)
        self.discard_button.clicked.connect(self._discard)
        self.head.tag_button.clicked.connect(self.tags_asked)
        self.similar.counted.connect(self._count_similar)
        self.preview.headed.connect(self._head_preview)
        self.show_nothing()

    @property
    def item_id(self) -> int | None:
        """What is being edited; `NEW` for the item that is being written."""
        return self._item_id

    def show_item(self, row: ItemRow, draft: Draft | None) -> None:
        """Edit an item, with what was typed before."""
        same = self._item_id == row.id
        self._item_id = row.id
        self._use_form(form_of(row.mode))
        stored = ItemText(row.title, row.description, row.content)
        shown = draft.text if draft else stored
        for name in ("title", "description", "content"):
            field: TextField = getattr(self, name)
            if same and field.text() == getattr(shown, name):
                field.rebase(getattr(stored, name))
            else:
                field.load(getattr(stored, name), getattr(shown, name))
        if not same:
            self.reason.setText(draft.reason if draft else "")
        self.task.hide()
        self.head.show_item(row)
        self.setEnabled(True)
        self.show_draft(draft is not None)

    def show_new(self, draft: Draft | None) -> None:
        """Write a new item."""
        shown = draft or Draft(ItemText(""))
        self._use_form(self._new_form)
        if self._item_id != NEW:
            self._item_id = NEW
            for name in ("title", "description", "content"):
                getattr(self, name).load("", getattr(shown.text, name))
            self.task.load("", shown.task)
            self.reason.setText(shown.reason)
        self.task.show()
        self.head.show_new()
        self.setEnabled(True)
        self.show_draft(draft is not None)

    def show_nothing(self) -> None:
        """No item is chosen."""
        self._item_id = None
        self._use_form(LESSON)
        for field in (self.title, self.description, self.content, self.task):
            field.load("", "")
        self.task.hide()
        self.head.show_nothing()
        self.preview.show_block(Block(""))
        self.show_draft(False)
        self.show_banner("")
        self.setEnabled(False)

    def show_draft(self, unsaved: bool) -> None:
        """Whether there is something to save."""
        self.save_button.setText("Save new item" if self._item_id == NEW else "Save version")
        complete = bool(self.title.text().strip() and (self.description.text() + self.content.text()).strip())
        before = self.save_button.isEnabled()
        self.save_button.setEnabled(unsaved and complete and self._writable)
        self.save_button.setToolTip(
            "Save (Ctrl+S)" if complete else "An item needs a title, and a description or content."
        )
        self.discard_button.setEnabled(unsaved)
        self.discard_button.setToolTip("Go back to the stored texts" if unsaved else "Nothing is unsaved")
        if before != self.save_button.isEnabled():
            self.savable.emit(self.save_button.isEnabled())

    def set_writable(self, writable: bool) -> None:
        """Whether anything can be typed; texts can be read and copied in any case."""
        self._writable = writable
        for field in (self.title, self.description, self.content, self.task):
            field.input.setReadOnly(not writable)
        self.content.steps.set_writable(writable)
        for widget in (self.reason, self.author, self.save_button, self.discard_button, self.head.tag_button):
            widget.setVisible(writable)

    def use_new_form(self, form: Form) -> None:
        """What new items of the bank look like."""
        self._new_form = form
        if self._item_id == NEW:
            self._use_form(form)

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
        self.head.tag_button.setToolTip(action.toolTip())

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """The preview makes way for the texts where there is little height, unless the person divided it."""
        super().resizeEvent(event)
        if not self._sized and event.size().height() > 0:
            self._share(event.size().height())

    def _share(self, height: int) -> None:
        """The form gets what it needs, the preview the rest; of long contents it repeats most anyway."""
        line = self.fontMetrics().lineSpacing()
        wanted, least = (FORM_LINES, PREVIEW_LINES) if self._form.steps is None else (STEPS_FORM_LINES, 6)
        below = max(line * least, height - line * wanted)
        self._splitter.setSizes([height - below, below])

    def _use_form(self, form: Form) -> None:
        if form != self._form:
            self._form = form
            if not self._sized and self.height() > 0:
                self._share(self.height())
        for field in (self.title, self.description):
            field.use_limit(form)
        self.content.use_form(form)

    def _moved(self, _place: int, _which: int) -> None:
        self._sized = True

    def _lay_out(self) -> None:
        """From the outside in: whatever moves with its children is styled anew, as a whole."""
        whole = QVBoxLayout(self)
        whole.setContentsMargins(6, 6, 0, 0)
        whole.addWidget(self._splitter)
        upper = QWidget()
        self._splitter.addWidget(upper)
        self._lay_out_texts(upper)
        self._splitter.addWidget(self.below)
        self._lay_out_below()
        self._splitter.setStretchFactor(0, 3)
        self._splitter.setStretchFactor(1, 2)
        self._splitter.setCollapsible(0, False)

    def _lay_out_texts(self, upper: QWidget) -> None:
        column = QVBoxLayout(upper)
        column.setContentsMargins(0, 0, 0, 4)
        scroll = QScrollArea(widgetResizable=True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        column.addWidget(scroll)
        form = QWidget()
        scroll.setWidget(form)
        self.banner.setProperty("role", "banner")
        self.banner_text.setWordWrap(True)
        QHBoxLayout(self.banner).addWidget(self.banner_text)
        layout = QVBoxLayout(form)
        layout.setContentsMargins(0, 0, 0, 0)
        for widget, stretch in (
            (self.head, 0),
            (self.banner, 0),
            (self.title, 0),
            (self.description, 1),
            (self.content, 6),
            (self.task, 1),
        ):
            layout.addWidget(widget, stretch)
        ending = QGridLayout()
        column.addLayout(ending)
        ending.addWidget(self.reason, 0, 0, 1, 3)
        ending.addWidget(self.author, 1, 0)
        ending.addWidget(self.discard_button, 1, 1)
        ending.addWidget(self.save_button, 1, 2)
        ending.setColumnStretch(0, 1)
        ending.setVerticalSpacing(4)

    def _lay_out_below(self) -> None:
        self.below.setDocumentMode(True)
        self.below.setMinimumHeight(self.fontMetrics().lineSpacing() * 6)  # in the lowest window the texts come first
        self.below.setAccessibleName("Injected block, similar items")
        page = QWidget()
        self.below.addTab(page, "Injected block")
        self.below.addTab(self.similar, "Similar")
        shown = QVBoxLayout(page)
        shown.setContentsMargins(0, 4, 0, 0)
        shown.addWidget(self.how)
        shown.addWidget(self.preview)
        self.preview.heading.hide()  # the tab says it

    def _head_preview(self, text: str, tip: str) -> None:
        self.below.setTabText(0, text)
        self.below.setTabToolTip(0, tip)

    def _count_similar(self, count: int) -> None:
        self.below.setTabText(1, f"Similar ({SAME} {count})" if count else "Similar")
        self.below.setTabToolTip(
            1, f"{count} say the same by the duplicates' measure" if count else "The nearest items"
        )

    def _tell(self, *_: object) -> None:
        if self._item_id is not None:
            self.typed.emit(self.now())

    def _discard(self) -> None:
        if self._item_id is not None:
            self.discard_asked.emit(self._item_id)
