"""The centre: whose rollout this is, thought and action of the step, and what was seen, sent and answered."""

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSplitter,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from rb_studio.gui.rooms.trajectories.columns import truth_word
from rb_studio.gui.rooms.trajectories.long_text import LongText
from rb_studio.gui.rooms.trajectories.opened import Opened
from rb_studio.gui.rooms.trajectories.page_panel import PagePanel
from rb_studio.gui.rooms.trajectories.parts import Selected, TextPart
from rb_studio.gui.rooms.trajectories.plain import NO_STEP
from rb_studio.gui.rooms.trajectories.presenter import RUNNING
from rb_studio.gui.rooms.trajectories.prompt_panel import PromptPanel
from rb_studio.gui.rooms.trajectories.safe_browser import SafeBrowser
from rb_studio.gui.rooms.trajectories.sign import Sign
from rb_studio.gui.rooms.trajectories.step_card import card_html
from rb_studio.gui.rooms.trajectories.step_texts import changes_of, fields_of, reply_of
from rb_studio.gui.theme import Theme
from rb_studio.gui.widgets.elided import Elided

TABS = ("page", "changes", "prompt", "reply", "fields", "patch")
TITLES = {"changes": "Changes", "prompt": "Prompt", "reply": "Reply", "fields": "All fields", "patch": "Patch"}


class StepPanel(QWidget):
    """Fills only the tab on screen; the others when they are turned to.

    Signals
    -------
    asked
        A link was chosen; carries its address.
    resume_asked
        The interrupted run is to go on.
    """

    asked = Signal(str)
    resume_asked = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._opened: Opened | None = None
        self._place = 0
        self._stale: set[str] = set()
        self._reasoning = self._blind = False
        self._standing = ""
        self.card = SafeBrowser(theme, "Thought and action")
        self.pages = PagePanel(theme)
        self.changes = LongText(theme, "Changes of the page")
        self.prompt = PromptPanel(theme)
        self.reply = LongText(theme, "Raw reply")
        self.fields = LongText(theme, "All fields of the step")
        self.patch = LongText(theme, "Final patch")
        self.tabs = QTabWidget()
        self.tabs.setDocumentMode(True)
        self._widgets: dict[str, QWidget] = {
            "page": self.pages,
            "changes": self.changes,
            "prompt": self.prompt,
            "reply": self.reply,
            "fields": self.fields,
            "patch": self.patch,
        }
        for name, widget in self._widgets.items():
            self.tabs.addTab(widget, TITLES.get(name, "Page"))
        self._fillers: dict[str, Callable[[], None]] = {
            "page": self._fill_pages,
            "changes": self._fill_changes,
            "prompt": self._fill_prompt,
            "reply": self._fill_reply,
            "fields": self._fill_fields,
            "patch": self._fill_patch,
        }
        self._build()
        self.tabs.currentChanged.connect(self._turned)
        self.card.asked.connect(self._link)

    def show_rollout(self, opened: Opened | None) -> None:
        """Another rollout, or the same one with more known of it."""
        self._opened = opened
        if opened is None:
            return
        self._show_signs(opened)
        index = f", rollout {opened.place_among(opened.row)} of {len(opened.siblings)}"
        self._where.set_text(f"{opened.row.task_key}{index if len(opened.siblings) > 1 else ''}")
        self._task.set_text(opened.row.task_text or opened.row.task_key)
        self._simulated.setVisible(opened.row.simulated)
        self.tabs.setTabText(0, "Page" if opened.drawable else "Observation")
        pages = opened.drawable or opened.trajectory.first_observation.startswith("RootWebArea")
        self.tabs.setTabVisible(TABS.index("changes"), pages)
        self.tabs.setTabVisible(TABS.index("patch"), opened.trajectory.patch is not None)

    def set_blind(self, on: bool) -> None:
        """Without verdict and truth, or with them."""
        self._blind = on
        if self._opened is not None:
            self._show_signs(self._opened)

    def selected(self, steps: tuple[int, ...]) -> Selected:
        """These steps, and what is selected in the texts on screen."""
        return Selected(steps)

    def reveal(self, part: TextPart, start: int, length: int) -> None:
        """Select a stretch of one of the step's texts."""

    def show_step(self, place: int) -> None:
        """A step by its number, 0 while there is none."""
        self._place = place
        self._stale = set(TABS)
        self._fill_card()
        self._turned()

    def show_standing(self, text: str, can_resume: bool) -> None:
        """What is to be said of the run."""
        self._standing = text
        self._running.setVisible(text == RUNNING)
        self._banner.setVisible(bool(text) and text != RUNNING)
        self._told.setText(text)
        self._resume.setVisible(can_resume)

    def show_tab(self, name: str) -> None:
        """Turn to a tab."""
        place = TABS.index(name)
        if self.tabs.isTabVisible(place):
            self.tabs.setCurrentIndex(place)

    @property
    def tab(self) -> str:
        return TABS[self.tabs.currentIndex()]

    def find_words(self, words: str) -> None:
        """Select words in the tab on screen, or in the card."""
        page = self.tabs.currentWidget()
        texts = {"changes": self.changes, "prompt": self.prompt.text, "reply": self.reply, "fields": self.fields}
        found = self.pages.find_words(words) if page is self.pages else False
        if self.tab in texts:
            found = texts[self.tab].find_words(words)
        if not found:
            self.card.find_words(words)

    def redraw(self) -> None:
        """Everything in other colours."""
        self.card.redraw()
        for part in (self.changes, self.reply, self.fields, self.patch, self.prompt):
            part.redraw()
        if self._opened is not None:
            self.show_rollout(self._opened)
            self._fill_card()
            self.pages.redraw()

    def kept(self) -> dict[str, Any]:
        return {"tab": self.tab, "reasoning": self._reasoning, "split": self._split.sizes(), **self.pages.kept()}

    def restore(self, kept: dict[str, Any]) -> None:
        if kept.get("tab") in TABS:
            self.show_tab(str(kept["tab"]))
        self._reasoning = bool(kept.get("reasoning", False))
        sizes = [int(size) for size in kept.get("split", [])]
        if len(sizes) == 2 and any(sizes):
            self._split.setSizes(sizes)
        self.pages.restore(kept)

    def toggle_reasoning(self) -> None:
        """Show or hide the model's own reasoning."""
        self._reasoning = not self._reasoning
        self._fill_card()

    def stop(self) -> None:
        """No clock runs any more."""
        self.pages.stop()
        for text in (self.changes, self.prompt.text, self.reply, self.fields, self.patch):
            text.stop()

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802 - Qt's name
        """Another font: the card is laid out anew."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange and self._opened is not None:
            self.card.redraw()
            self._fill_card()

    def _build(self) -> None:
        self._judged, self._true, self._where = (
            Sign(self._theme, "Verdict"),
            Sign(self._theme, "Truth"),
            Elided(1, muted=True),
        )
        self._simulated, self._running = QLabel("simulated"), QLabel("\u25cf running")
        self._simulated.setToolTip("Made in the practice world, not with a real model")
        for label in (self._simulated, self._running):
            label.setProperty("role", "badge")
            label.hide()
        self._task = Elided(2)
        font = self._task.font()
        font.setBold(True)
        self._task.setFont(font)
        top = QHBoxLayout()
        top.setSpacing(self.fontMetrics().averageCharWidth() * 2)
        signs: tuple[QWidget, ...] = (self._judged, self._true, self._where)
        for sign in signs:
            top.addWidget(sign, int(sign is self._where))
        top.addWidget(self._running)
        top.addWidget(self._simulated)
        self._banner, self._told = QFrame(), QLabel()
        self._banner.setProperty("role", "banner")
        self._told.setWordWrap(True)
        self._resume = QPushButton("Resume")
        self._resume.setProperty("primary", True)
        self._resume.clicked.connect(self.resume_asked)
        row = QHBoxLayout(self._banner)
        row.setContentsMargins(8, 4, 8, 4)
        row.addWidget(self._told, 1)
        row.addWidget(self._resume)
        self._banner.hide()
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
        layout = QVBoxLayout(self)
        layout.setContentsMargins(6, 6, 6, 0)
        layout.setSpacing(4)
        layout.addLayout(top)
        layout.addWidget(self._task)
        layout.addWidget(self._banner)
        layout.addWidget(self._split, 1)

    def _show_signs(self, opened: Opened) -> None:
        verdict, truth = (None, None) if self._blind else (opened.row.verdict, opened.row.truth)
        unjudged = "hidden" if self._blind else "not yet" if opened.running else "not judged"
        self._judged.show_status(verdict, unjudged)
        self._true.show_status(None if truth is None else truth_word(truth), "hidden" if self._blind else "unknown")
        self._true.setVisible(not opened.running)

    def _turned(self, _index: int = 0) -> None:
        """Fill the tab on screen if it shows another step yet."""
        if self._opened is not None and self.tab in self._stale:
            self._stale.discard(self.tab)
            self._fillers[self.tab]()

    def _fill_card(self) -> None:
        if self._opened is not None:
            self.card.show_html(
                card_html(self._opened, self._place, self._theme.colours, reasoning=self._reasoning), keep=False
            )

    def _fill_pages(self) -> None:
        self.pages.show_step(self._opened, self._place)

    def _fill_prompt(self) -> None:
        self.prompt.show_step(self._opened, self._place)

    def _fill_changes(self) -> None:
        if self._opened is not None:
            text, stretches = changes_of(self._opened, self._place) if self._place else (NO_STEP, ())
            self.changes.show_text(text, self._key("changes"), stretches)

    def _fill_reply(self) -> None:
        if self._opened is not None:
            self.reply.show_source(reply_of(self._opened, self._place) if self._place else NO_STEP, self._key("reply"))

    def _fill_fields(self) -> None:
        if self._opened is not None:
            text = fields_of(self._opened, self._place) if self._place else NO_STEP
            self.fields.show_source(text, self._key("fields"))

    def _fill_patch(self) -> None:
        if self._opened is not None:
            self.patch.show_source(self._opened.trajectory.patch or "", self._key("patch")[:1])

    def _key(self, what: str) -> tuple[str, ...]:
        assert self._opened is not None
        return (self._opened.row.uid, what, str(self._place))

    def _link(self, address: str) -> None:
        if address == "reasoning:":
            self.toggle_reasoning()
        else:
            self.asked.emit(address)
