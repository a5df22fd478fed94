"""The centre: whose rollout this is, thought and action of the step, and what was seen, sent and answered."""

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtWidgets import QSplitter, QStackedWidget, QTabWidget, QVBoxLayout, QWidget

from rb_studio.gui.rooms.trajectories.fields_panel import FieldsPanel
from rb_studio.gui.rooms.trajectories.late_panel import LatePanel
from rb_studio.gui.rooms.trajectories.late_text import LateText
from rb_studio.gui.rooms.trajectories.levels import Level, Reading
from rb_studio.gui.rooms.trajectories.long_text import LongText
from rb_studio.gui.rooms.trajectories.opened import Opened
from rb_studio.gui.rooms.trajectories.outline import Outline
from rb_studio.gui.rooms.trajectories.page_panel import PagePanel
from rb_studio.gui.rooms.trajectories.parts import Selected, TextPart
from rb_studio.gui.rooms.trajectories.plain import NO_STEP
from rb_studio.gui.rooms.trajectories.prompt_panel import PromptPanel
from rb_studio.gui.rooms.trajectories.safe_browser import SafeBrowser
from rb_studio.gui.rooms.trajectories.selecting import reveal, selected
from rb_studio.gui.rooms.trajectories.step_card import card_html
from rb_studio.gui.rooms.trajectories.step_head import StepHead
from rb_studio.gui.rooms.trajectories.step_texts import reply_of
from rb_studio.gui.rooms.trajectories.underlines import Stretches, Underlines
from rb_studio.gui.theme import Theme

TITLES = {
    "page": "Page",
    "changes": "Changes",
    "state": "State",
    "prompt": "Prompt",
    "reply": "Reply",
    "fields": "Fields",
    "patch": "Patch",
}
TABS = tuple(TITLES)
TELLING = ("prompt", "fields")  # tabs that name memory and model


class StepPanel(QWidget):
    """Fills only what is on screen: the tab, and the level that is read at.

    Signals
    -------
    asked
        A link was chosen, or a step in the outline; carries its address.
    late_asked
        A text that takes time is wanted; carries the tab's name and the step.
    extended, toggled
        The selection of steps is to reach to one, or to take it in or leave it out; carry its number.
    reading_changed
        Another level is read at, or other kinds are shown.
    """

    asked = Signal(str)
    late_asked = Signal(str, int)
    extended = Signal(int)
    toggled = Signal(int)
    reading_changed = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._opened: Opened | None = None
        self._place = 0
        self._stale: set[str] = set()
        self.reading = Reading()
        self.head = StepHead(theme)
        self.card = SafeBrowser(theme, "Thought and action")
        self.outline = Outline(theme)
        self.pages = PagePanel(theme)
        self.changes = LatePanel(theme, "Changes")
        self.state = LatePanel(theme, "State as of this step")
        self.prompt = PromptPanel(theme)
        self.reply = LongText(theme, "Raw reply")
        self.fields = FieldsPanel(theme)
        self.patch = LongText(theme, "Final patch")
        self._underlines = Underlines(theme, self)
        self._blind = False
        self.tabs = QTabWidget()
        self.tabs.setDocumentMode(True)
        self._fillers: dict[str, tuple[QWidget, Callable[[Opened], None]]] = {
            "page": (self.pages, self._fill_pages),
            "changes": (self.changes, self._fill_changes),
            "state": (self.state, self._fill_state),
            "prompt": (self.prompt, self._fill_prompt),
            "reply": (self.reply, self._fill_reply),
            "fields": (self.fields, self._fill_fields),
            "patch": (self.patch, self._fill_patch),
        }
        for name, title in TITLES.items():
            self.tabs.addTab(self._fillers[name][0], title)
        self._build()
        self.tabs.currentChanged.connect(self._turned)
        self.card.asked.connect(self._link)
        self.outline.chosen.connect(self._to_step)
        self.outline.opened_whole.connect(self._read_step)
        self.outline.extended.connect(self.extended)
        self.outline.toggled.connect(self.toggled)
        self.head.level_chosen.connect(self.set_level)
        self.head.kind_toggled.connect(self.toggle)
        self._show_level()

    def show_rollout(self, opened: Opened | None) -> None:
        """Another rollout, or the same one with more known of it."""
        self._opened = opened
        self.outline.rows.show_rollout(opened)
        if opened is None:
            return
        self.head.show_rollout(opened)
        self.tabs.setTabText(TABS.index("page"), "Page" if opened.drawable else "Observation")
        self.tabs.setTabVisible(TABS.index("patch"), opened.trajectory.patch is not None)

    def set_blind(self, on: bool) -> None:
        """Without verdict, truth, memory and model, or with them."""
        self._blind = on
        self.head.set_blind(on)
        for name in TELLING:
            self.tabs.setTabVisible(TABS.index(name), not on)
        self._stale.add("reply")
        self._turned()
        if self.reading.level is not Level.OUTLINE:
            self._fill_card()

    def underline(self, found: Stretches) -> None:
        """Let what somebody noted something on stand out."""
        self._underlines.take(found)
        self._underlines.show(self._opened, self._place)

    def show_step(self, place: int) -> None:
        """A step by its number, 0 while there is none."""
        self._place = place
        self._stale = set(TABS)
        self._fill()

    def show_late(self, name: str, place: int, text: LateText) -> None:
        """What took time has come; of a step that is no longer on screen it is of no use."""
        if place == self._place:
            self._late(name).show_late(text, self._key(name))

    def offers(self, name: str) -> bool:
        """Whether a tab is there."""
        return self.tabs.isTabVisible(TABS.index(name))

    def show_tab(self, name: str) -> None:
        """Turn to a tab, at the level that has them."""
        if self.offers(name):
            self.set_level(Level.FULL)
            self.tabs.setCurrentIndex(TABS.index(name))

    @property
    def tab(self) -> str:
        return TABS[self.tabs.currentIndex()]

    def set_level(self, level: str) -> None:
        """Read at another level; step, tab and the scroll of each text stay."""
        if level != self.reading.level:
            self._read(Reading(**{**self.reading.kept(), "level": Level(level)}))

    def next_level(self) -> None:
        """One level deeper, from the deepest to the outline."""
        self._read(self.reading.next_level())

    def toggle(self, kind: str) -> None:
        """Show a kind of things, or hide it."""
        self._read(self.reading.toggled(kind))

    def selected(self, steps: tuple[int, ...]) -> Selected:
        """These steps, and what is selected in the texts on screen."""
        return selected(self, self._opened, self._place, steps)

    def reveal(self, part: TextPart, start: int, length: int) -> None:
        """Select a stretch of one of the step's texts."""
        if self._opened is not None:
            reveal(self, self._opened, self._place, part, start, length)

    def redraw(self) -> None:
        """Everything in other colours."""
        self.card.redraw()
        for part in (self.changes, self.state, self.reply, self.fields, self.patch, self.prompt):
            part.redraw()
        if self._opened is not None:
            self.show_rollout(self._opened)
            self._fill_card()
            self.pages.redraw()

    def kept(self) -> dict[str, Any]:
        return {
            "tab": self.tab,
            "reading": self.reading.kept(),
            "split": self._split.sizes(),
            **self.pages.kept(),
        }

    def restore(self, kept: dict[str, Any]) -> None:
        if kept.get("tab") in TABS:
            self.tabs.setCurrentIndex(TABS.index(str(kept["tab"])))
        reading = kept.get("reading")
        self._read(Reading.restored(reading if isinstance(reading, dict) else {}))
        sizes = [int(size) for size in kept.get("split", [])]
        if len(sizes) == 2 and all(sizes):
            self._split.setSizes(sizes)
        self.pages.restore(kept)

    def stop(self) -> None:
        """No clock runs any more."""
        for part in (self.pages, self.changes, self.state, self.prompt.text, self.reply, self.fields, self.patch):
            part.stop()

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802 - Qt's name
        """Another font: the card is laid out anew."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange and self._opened is not None:
            self.card.redraw()
            self._fill_card()

    def _build(self) -> None:
        self._split = QSplitter(Qt.Orientation.Vertical)
        self._split.setChildrenCollapsible(False)
        self._split.addWidget(self.card)
        self._split.addWidget(self.tabs)
        self._split.setStretchFactor(0, 1)
        self._split.setStretchFactor(1, 4)
        line = self.fontMetrics().lineSpacing()
        self.card.setMinimumHeight(line * 5)
        self.tabs.setMinimumHeight(line * 7)
        self._split.setSizes([line * 9, line * 26])
        self._levels = QStackedWidget()
        self._levels.addWidget(self._split)
        self._levels.addWidget(self.outline)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(6, 6, 6, 0)
        layout.setSpacing(4)
        layout.addWidget(self.head)
        layout.addWidget(self._levels, 1)

    def _read(self, reading: Reading) -> None:
        if reading == self.reading:
            return
        self.reading = reading
        self._stale = set(TABS)
        self._show_level()
        self._fill()
        self.reading_changed.emit()

    def _show_level(self) -> None:
        level = self.reading.level
        self.head.show_reading(self.reading)
        self.outline.rows.show_reading(self.reading)
        self.prompt.set_system(self.reading.system)
        self.tabs.setVisible(level is Level.FULL)
        self._levels.setCurrentWidget(self.outline if level is Level.OUTLINE else self._split)

    def _fill(self) -> None:
        """What the level shows of the step; the rest is filled when it is turned to."""
        self.outline.show_step(self._place)
        if self.reading.level is not Level.OUTLINE:
            self._fill_card()
        self._turned()

    def _turned(self, _index: int = 0) -> None:
        """Fill the tab on screen if it shows another step yet."""
        if self._opened is not None and self.reading.level is Level.FULL and self.tab in self._stale:
            self._stale.discard(self.tab)
            self._fillers[self.tab][1](self._opened)
        self._underlines.show(self._opened, self._place)

    def _fill_card(self) -> None:
        if self._opened is not None:
            html = card_html(self._opened, self._place, self._theme.colours, self.reading, blind=self._blind)
            self.card.show_html(html, key=self._key(str(self.reading.level)))

    def _fill_pages(self, opened: Opened) -> None:
        self.pages.show_step(opened, self._place)

    def _fill_prompt(self, opened: Opened) -> None:
        self.prompt.show_step(opened, self._place)

    def _fill_changes(self, opened: Opened) -> None:
        self._ask_late("changes")

    def _fill_state(self, opened: Opened) -> None:
        self._ask_late("state")

    def _fill_reply(self, opened: Opened) -> None:
        text = reply_of(opened, self._place, blind=self._blind) if self._place else NO_STEP
        self.reply.show_source(text, self._key("reply"))

    def _fill_fields(self, opened: Opened) -> None:
        self.fields.show_step(opened, self._place)

    def _fill_patch(self, opened: Opened) -> None:
        self.patch.show_source(opened.trajectory.patch or "", self._key("patch")[:1], language="diff")

    def _ask_late(self, name: str) -> None:
        if self._place:
            self._late(name).wait()
            self.late_asked.emit(name, self._place)
        else:
            self._late(name).show_late(LateText(NO_STEP), self._key(name))

    def _late(self, name: str) -> LatePanel:
        return self.changes if name == "changes" else self.state

    def _key(self, what: str) -> tuple[str, ...]:
        assert self._opened is not None
        return (self._opened.row.uid, what, str(self._place))

    def _link(self, address: str) -> None:
        if address == "reasoning:":
            self.toggle("reasoning")
        elif address.startswith("level:"):
            self.set_level(address.partition(":")[2])
        else:
            self.asked.emit(address)

    def _to_step(self, place: int) -> None:
        self.asked.emit(f"step:{place}")

    def _read_step(self, place: int) -> None:
        self.asked.emit(f"step:{place}")
        self.set_level(Level.SIMPLE)
