"""Where an item comes from and where it went, with links; below its uses, or a text that a link asked for."""

from typing import Any
from urllib.parse import parse_qs

from PySide6.QtCore import Qt, QUrl, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QSplitter, QStackedWidget, QVBoxLayout, QWidget

from rb_studio.gui.rooms.memories.origin_reads import Origin
from rb_studio.gui.rooms.memories.provenance import REPLY, TEXT, TODAY, markup
from rb_studio.gui.rooms.memories.reads import Detail
from rb_studio.gui.rooms.memories.texts import PlainBrowser, diff_markup, escaped
from rb_studio.gui.rooms.memories.uses_list import UsesList
from rb_studio.gui.rooms.room import Place
from rb_studio.gui.theme import Theme
from rb_studio.gui.widgets.word_diff import word_diff
from rb_studio.store.served import Uses


class OriginPanel(QSplitter):
    """Facts with links above; below the uses, or a prompt or reply to read.

    Signals
    -------
    go
        A link into another room was followed; carries a Place.
    item_asked
        A relative is to be shown; carries its id.
    """

    go = Signal(object)
    item_asked = Signal(int)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Vertical, parent)
        self._theme = theme
        self._detail: Detail | None = None
        self._origin: Origin | None = None
        self._reading = ""
        self.facts = PlainBrowser("Where the item comes from")
        self.uses = UsesList()
        self.text = PlainBrowser("Text that was asked for")
        self.text_heading = QLabel(textFormat=Qt.TextFormat.PlainText)
        self.back = QPushButton("Back to the uses")
        self.below = QStackedWidget()
        self._lay_out()
        self.facts.anchorClicked.connect(self.follow)
        self.uses.opened.connect(self._open)
        self.back.clicked.connect(self._show_uses)
        theme.changed.connect(self._draw)

    def show_detail(self, detail: Detail | None) -> None:
        """Show an item; the rest of its origin comes through `show_origin`."""
        same = detail is not None and self._detail is not None and detail.row.id == self._detail.row.id
        self._detail = detail
        if not same:
            self._origin = None
            self.uses.show_uses(Uses())
            self._show_uses()
        self._draw()

    def show_origin(self, origin: Origin | None) -> None:
        """What was read of the shown item's origin."""
        if origin is not None and self._detail is not None and origin.item == self._detail.row.id:
            self._origin = origin
            self.uses.show_uses(origin.uses)
            self._draw()

    def follow(self, url: QUrl) -> None:
        """Go where a link points."""
        asked = {name: values[0] for name, values in parse_qs(url.query()).items()}
        if url.path() in (TEXT, TODAY, REPLY):
            self._reading = url.path()
            self._draw_text()
            self.below.setCurrentIndex(1)
            self.text.setFocus(Qt.FocusReason.OtherFocusReason)
        elif url.path() == "rollouts" and self._detail is not None:
            self.go.emit(Place("trajectories", {"rollouts": list(self._detail.given_to)}))
        elif url.path() == "verdict":
            self.go.emit(Place("verdicts", {"rollout": asked["rollout"]}))
        elif url.path() == "item":
            self.item_asked.emit(int(asked["item"]))
        elif "rollout" in asked:
            place: dict[str, Any] = {"rollout": asked["rollout"]}
            if "step" in asked:
                place["step"] = int(asked["step"])
            if "steps" in asked:
                place["steps"] = [int(step) for step in asked["steps"].split(",")]
            self.go.emit(Place("trajectories", place))

    def _open(self, rollout: str) -> None:
        self.go.emit(Place("trajectories", {"rollout": rollout}))

    def _show_uses(self) -> None:
        self._reading = ""
        self.below.setCurrentIndex(0)

    def _draw(self) -> None:
        scroll = self.facts.verticalScrollBar().value()
        self.facts.setHtml(markup(self._detail, self._origin, self._theme) if self._detail is not None else "")
        self.facts.verticalScrollBar().setValue(scroll)
        self._draw_text()

    def _draw_text(self) -> None:
        """The prompt, what it became since, or the reply: as it is, never rendered."""
        prompt = self._origin.prompt if self._origin is not None else None
        if self._reading == REPLY and self._origin is not None:
            self.text_heading.setText("What the model wrote, as it came")
            self.text.setPlainText(self._origin.reply)
        elif prompt is not None and self._reading == TEXT:
            self.text_heading.setText(f"Prompt {prompt.name}, as it was then")
            self.text.setPlainText(prompt.text or "")
        elif prompt is not None and self._reading == TODAY:
            self.text_heading.setText(f"Prompt {prompt.name}, then and today: [removed] since, added underlined")
            pieces = word_diff(prompt.text or "", prompt.today or "")
            self.text.setHtml(f"<p>{diff_markup(pieces, self._theme.colours) or escaped(DIFFERS_NOT)}</p>")

    def _lay_out(self) -> None:
        self.text_heading.setWordWrap(True)
        line = QHBoxLayout()
        line.addWidget(self.text_heading, 1)
        line.addWidget(self.back)
        reading = QWidget()
        column = QVBoxLayout(reading)
        column.setContentsMargins(0, 0, 0, 0)
        column.addLayout(line)
        column.addWidget(self.text)
        self.below.addWidget(self.uses)
        self.below.addWidget(reading)
        self.addWidget(self.facts)
        self.addWidget(self.below)
        self.setStretchFactor(0, 3)
        self.setStretchFactor(1, 2)
        self.setContentsMargins(6, 6, 0, 0)


DIFFERS_NOT = "Nothing differs."
