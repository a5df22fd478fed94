"""The review: the candidate, the item nearest to it, and what can be decided; one key each."""

from collections.abc import Sequence
from urllib.parse import parse_qs

from PySide6.QtCore import Qt, QUrl, Signal
from PySide6.QtGui import QAction, QResizeEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QProgressBar,
    QPushButton,
    QSplitter,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from rb_studio.gui.rooms.memories.fields import LinesEdit
from rb_studio.gui.rooms.memories.review_markup import candidate_markup, near_markup
from rb_studio.gui.rooms.memories.review_reads import Candidate, Near
from rb_studio.gui.rooms.memories.texts import PlainBrowser, sentence
from rb_studio.gui.rooms.room import Place
from rb_studio.gui.theme import Theme
from rb_studio.gui.widgets.flow import FlowLayout
from rb_studio.records.item_text import ItemText, Renderable

BESIDE = 90  # average characters from which the nearest item stands beside the candidate
AT_TIMES = ("memory.review.save", "memory.review.copies")
LINES = {"description": 3, "content": 8}
NOTHING = "No candidates wait for a decision. Runs make them where Run\u2026 says that new items are reviewed."
NONE_NEAR = "No other item is in use or waits: there is nothing to compare with."


class ReviewPanel(QWidget):
    """Shows one candidate at a time.

    Signals
    -------
    go
        A link into another room; carries a Place.
    item_asked
        Another item is to be shown in the table; carries its id, or that of the candidate for its whole origin.
    typed
        The candidate's texts are being changed; carries an ItemText.
    turned
        There is something to decide on now, or not any more.
    """

    go = Signal(object)
    item_asked = Signal(int)
    typed = Signal(object)
    turned = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.found: Candidate | None = None
        self.near: Near | None = None
        self._why = ""
        self._loading = False
        self.place = QLabel(textFormat=Qt.TextFormat.PlainText)
        self.progress = QProgressBar()
        self.progress.setAccessibleName("Decided candidates")
        self.progress.setTextVisible(False)
        self.text = PlainBrowser("Candidate")
        self.other = PlainBrowser("Nearest item and what differs")
        self.embed_button = QPushButton("Embed the items")
        self.form = EditForm()
        self.pages = QStackedWidget()
        self.body = QSplitter()
        self.done = QLabel(NOTHING, textFormat=Qt.TextFormat.PlainText, alignment=Qt.AlignmentFlag.AlignCenter)
        self.done.setWordWrap(True)
        self.all = QStackedWidget()
        self.buttons = FlowLayout()
        self.back = QPushButton("Back to the table")
        self._lay_out()
        self.form.edited.connect(self._typed)
        self.text.anchorClicked.connect(self.follow)
        theme.changed.connect(self._draw)
        self.setFocusProxy(self.text)

    def use_actions(self, actions: Sequence[tuple[str, QAction]]) -> None:
        """A button for each of these, called so; the keys of all work while the keyboard is in here."""
        for label, action in actions:
            button = ActionButton(label, action, action.objectName() in AT_TIMES, self)
            self.buttons.addWidget(button)

    def show_progress(self, place: int, total: int, waiting: int) -> None:
        """Which of how many, and how many still wait."""
        self.place.setText(f"{place:,} of {total:,} \u00b7 {waiting:,} waiting" if total else "No candidates")
        self.progress.setRange(0, max(1, total))
        self.progress.setValue(total - waiting)
        self.progress.setAccessibleDescription(self.place.text())

    def show_candidate(self, found: Candidate) -> None:
        """The same one anew keeps its place and what is being typed."""
        same = self.found is not None and self.found.detail.row.id == found.detail.row.id
        before, self.found = self.found, found
        if before is None or bool(before.copies) != bool(found.copies):
            self.turned.emit()
        if not same:
            self.near, self._why = None, ""
            self.stop_editing()
            self.text.verticalScrollBar().setValue(0)
        self.all.setCurrentWidget(self.body)
        self._draw()

    def show_near(self, near: Near | None, why: str = "") -> None:
        """The nearest item, or why there is none."""
        self.near, self._why = near, why
        self._draw_near()

    def show_done(self, decided: int) -> None:
        """Nothing waits any more."""
        self.found = None
        self.stop_editing()
        if decided:
            many = "The candidate is" if decided == 1 else f"All {decided:,} candidates are"
            self.done.setText(f"{many} decided. Undo takes decisions back, one after the other.")
        else:
            self.done.setText(NOTHING)
        self.all.setCurrentWidget(self.done)
        self.turned.emit()

    @property
    def editing(self) -> bool:
        return self.pages.currentWidget() is self.form

    def edit(self, shown: Renderable) -> None:
        """Type in the candidate's texts, beginning with these."""
        self.form.load(shown)
        self.pages.setCurrentWidget(self.form)
        self.form.title.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def stop_editing(self) -> None:
        """Back to reading; whoever wants what was typed has it."""
        if self.editing:
            self.pages.setCurrentWidget(self.text)
            self.text.setFocus(Qt.FocusReason.OtherFocusReason)

    def follow(self, url: QUrl) -> None:
        """Go where a link of the origin points."""
        asked = {name: values[0] for name, values in parse_qs(url.query()).items()}
        if url.path() == "item":
            self.item_asked.emit(int(asked["item"]))
        elif "rollout" in asked:
            step = {"step": int(asked["step"])} if "step" in asked else {}
            room = "verdicts" if url.path() == "verdict" else "trajectories"
            self.go.emit(Place(room, {"rollout": asked["rollout"], **step}))
        elif self.found is not None:
            self.item_asked.emit(self.found.detail.row.id)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """The nearest item stands below where there is no room beside."""
        super().resizeEvent(event)
        wide = event.size().width() >= BESIDE * self.fontMetrics().averageCharWidth()
        self.body.setOrientation(Qt.Orientation.Horizontal if wide else Qt.Orientation.Vertical)

    def _typed(self) -> None:
        self.typed.emit(self.form.text())

    def _draw(self) -> None:
        if self.found is not None:
            scroll = self.text.verticalScrollBar().value()
            self.text.setHtml(candidate_markup(self.found, self._theme))
            self.text.verticalScrollBar().setValue(scroll)
        self._draw_near()

    def _draw_near(self) -> None:
        lacking = self.near is not None and self.near.unembedded > 0
        self.embed_button.setVisible(lacking)
        if self.found is None:
            self.other.clear()
        elif self.near is None or self.near.row is None:
            count = self.near.unembedded if self.near is not None else 0
            none = f"{count:,} items have no vector to be compared by." if count else NONE_NEAR
            self.other.setPlainText(sentence(self._why) if self.near is None else none)
        else:
            self.other.setHtml(near_markup(self.found, self.near, self._theme.colours))

    def _lay_out(self) -> None:
        self.pages.addWidget(self.text)
        self.pages.addWidget(self.form)
        right = QWidget()
        column = QVBoxLayout(right)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.other, 1)
        column.addWidget(self.embed_button)
        for pane in (self.pages, right):
            self.body.addWidget(pane)
        for place, stretch in enumerate((3, 2)):
            self.body.setStretchFactor(place, stretch)
            self.body.setCollapsible(place, False)
        self.all.addWidget(self.body)
        self.all.addWidget(self.done)
        head = QHBoxLayout()
        head.addWidget(self.place)
        head.addWidget(self.progress, 1)
        head.addWidget(self.back)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addLayout(head)
        layout.addWidget(self.all, 1)
        layout.addLayout(self.buttons)


class EditForm(QWidget):
    """The three texts to type in.

    Signals
    -------
    edited
        The person changed one.
    """

    edited = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._loading = False
        self.title = QLineEdit()
        self.boxes = {name: LinesEdit(lines) for name, lines in LINES.items()}
        self.title.textChanged.connect(self._changed)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        for name, box in (("title", self.title), *self.boxes.items()):
            label = QLabel(name.capitalize())
            label.setBuddy(box)
            box.setAccessibleName(f"{name.capitalize()} of the candidate")
            layout.addWidget(label)
            layout.addWidget(box, LINES.get(name, 0))
        for one in self.boxes.values():
            one.setTabChangesFocus(True)
            one.textChanged.connect(self._changed)

    def load(self, shown: Renderable) -> None:
        """Begin with these texts."""
        self._loading = True
        self.title.setText(shown.title)
        for name, box in self.boxes.items():
            box.setPlainText(getattr(shown, name))
        self._loading = False

    def text(self) -> ItemText:
        """What is typed."""
        return ItemText(self.title.text(), *(box.toPlainText() for box in self.boxes.values()))

    def _changed(self, *_what: object) -> None:
        if not self._loading:
            self.edited.emit()


class ActionButton(QPushButton):
    """Does what an action does, under a shorter name, with its key; enabled as it is, or else not even there."""

    def __init__(self, label: str, action: QAction, at_times: bool, parent: QWidget | None = None) -> None:
        keys = action.shortcut().toString(action.shortcut().SequenceFormat.NativeText)
        super().__init__(f"{label}  {keys}", parent)
        self._action, self._at_times = action, at_times
        self.setAccessibleName(action.text().replace("&", ""))
        self.setToolTip(action.text().replace("&", ""))
        self.clicked.connect(action.trigger)
        action.changed.connect(self._follow)
        self._follow()

    def _follow(self) -> None:
        self.setEnabled(self._action.isEnabled())
        if self._at_times:
            self.setVisible(self._action.isEnabled())
