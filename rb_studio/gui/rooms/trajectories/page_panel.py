"""What was seen: the page or the output before and after a step, drawn or as text."""

import logging
from typing import Any

from PySide6.QtCore import QEvent, Qt, QTimer
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QButtonGroup,
    QCheckBox,
    QHBoxLayout,
    QSplitter,
    QStackedWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from rb_studio.gui.rooms.trajectories.highlight import language_of_output
from rb_studio.gui.rooms.trajectories.kinds import acted_element
from rb_studio.gui.rooms.trajectories.long_text import LongText, Stretch
from rb_studio.gui.rooms.trajectories.opened import Opened
from rb_studio.gui.rooms.trajectories.page_markup import ACTED, rich_page
from rb_studio.gui.rooms.trajectories.plain import readable
from rb_studio.gui.rooms.trajectories.safe_browser import SafeBrowser
from rb_studio.gui.rooms.trajectories.step_changes import is_page
from rb_studio.gui.theme import Theme
from rb_studio.gui.widgets.elided import Elided
from rb_studio.records.errors import RbStudioError
from rb_studio.records.task import Task
from rb_studio.records.trajectory import State

log = logging.getLogger(__name__)
MODES = {"before": "Before", "after": "After", "both": "Both"}
NARROW = 130
KEPT_PAGES = 64
AHEAD = 30


class Pane(QWidget):
    """One side: a heading, and the page drawn or the text."""

    def __init__(self, theme: Theme, name: str) -> None:
        super().__init__()
        self.heading = Elided(1, muted=True)
        self.drawn = SafeBrowser(theme, f"Page {name}", whole_words=True)
        self.text = LongText(theme, f"Observation {name}")
        self.stack = QStackedWidget()
        self.stack.addWidget(self.drawn)
        self.stack.addWidget(self.text)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        layout.addWidget(self.heading)
        layout.addWidget(self.stack, 1)


class PagePanel(QWidget):
    """Before and after beside each other, or one of them; drawn where the stored state allows it."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._opened: Opened | None = None
        self._place = 0
        self._modes = {True: "both", False: "after"}
        self.draw = True
        self._made: dict[tuple[object, ...], str | None] = {}
        self._ahead = QTimer(self)
        self._ahead.setSingleShot(True)
        self._ahead.setInterval(AHEAD)
        self._ahead.timeout.connect(self._draw_ahead)
        self.before, self.after = Pane(theme, "before"), Pane(theme, "after")
        self._buttons = QButtonGroup(self)
        bar = QHBoxLayout()
        bar.setSpacing(2)
        for number, (mode, title) in enumerate(MODES.items()):
            button = QToolButton()
            button.setText(title)
            button.setCheckable(True)
            button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
            button.setAccessibleName(f"Show {mode}")
            button.setToolTip(f"What was seen {mode} the step (B)" if mode != "both" else "Both (B)")
            self._buttons.addButton(button, number)
            bar.addWidget(button)
        bar.addStretch(1)
        self._text_button = QCheckBox("As text")
        self._text_button.setToolTip("The observation as the agent was given it (X)")
        bar.addWidget(self._text_button)
        self._split = QSplitter()
        self._split.setChildrenCollapsible(False)
        self._split.addWidget(self.before)
        self._split.addWidget(self.after)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 4, 0, 0)
        layout.setSpacing(2)
        layout.addLayout(bar)
        layout.addWidget(self._split, 1)
        self._buttons.idClicked.connect(self._choose)
        self._text_button.toggled.connect(self._choose_text)

    @property
    def mode(self) -> str:
        """before, after or both: kept apart for pages and for plain output."""
        return self._modes[self._is_page()]

    def set_mode(self, mode: str) -> None:
        """Show before, after or both."""
        if mode in MODES:
            self._modes[self._is_page()] = mode
            self._fill()

    def next_mode(self) -> None:
        """The next of before, after, both."""
        names = list(MODES)
        self.set_mode(names[(names.index(self.mode) + 1) % len(names)])

    def set_drawn(self, on: bool) -> None:
        """Drawn, or as text."""
        self._text_button.setChecked(not on)

    def show_step(self, opened: Opened | None, place: int) -> None:
        """Another step, or the same one grown."""
        self._opened, self._place = opened, place
        self._fill()

    def redraw(self) -> None:
        """Pages in other colours."""
        for pane in (self.before, self.after):
            pane.drawn.redraw()
            pane.text.redraw()
        self._fill()

    def reveal(self, start: int, length: int, *, before: bool = False) -> None:
        """Select a stretch of what was seen after the step, or before it, as text."""
        pane, other = (self.before, "after") if before else (self.after, "before")
        if self.mode == other:
            self.set_mode("before" if before else "after")
        if pane.stack.currentWidget() is not pane.text:
            self.set_drawn(False)
        pane.text.reveal(start, length)

    def stop(self) -> None:
        """No clock runs any more."""
        self._ahead.stop()
        self.before.text.stop()
        self.after.text.stop()

    def kept(self) -> dict[str, Any]:
        return {"pages": self._modes[True], "output": self._modes[False], "drawn": self.draw}

    def restore(self, kept: dict[str, Any]) -> None:
        for page, name in ((True, "pages"), (False, "output")):
            if kept.get(name) in MODES:
                self._modes[page] = str(kept[name])
        self.set_drawn(bool(kept.get("drawn", True)))

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """One below the other where there is no room beside."""
        super().resizeEvent(event)
        narrow = self.width() < self.fontMetrics().averageCharWidth() * NARROW
        wanted = Qt.Orientation.Vertical if narrow else Qt.Orientation.Horizontal
        if self._split.orientation() != wanted:
            self._split.setOrientation(wanted)

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802 - Qt's name
        """A font of another size makes other pages."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self.redraw()

    def _is_page(self) -> bool:
        opened = self._opened
        return opened is not None and is_page(opened)

    def _choose(self, number: int) -> None:
        self.set_mode(list(MODES)[number])

    def _choose_text(self, on: bool) -> None:
        self.draw = not on
        self._fill()

    def _fill(self) -> None:
        opened, place = self._opened, self._place
        if opened is None:
            return
        mode = self.mode if place else "before"
        for number, name in enumerate(MODES):
            self._buttons.button(number).setChecked(name == mode)
        self._text_button.setVisible(opened.drawable)
        self.before.setVisible(mode != "after")
        self.after.setVisible(mode != "before")
        if mode != "after":
            self._fill_before(opened, place)
        if mode != "before":
            self._fill_after(opened, place)
        if opened.drawable:
            self._ahead.start()

    def _fill_before(self, opened: Opened, place: int) -> None:
        text = opened.page_before(place) if place else opened.trajectory.first_observation
        action = opened.step(place).action_text if place else ""
        element = acted_element(action)
        state = opened.state_before(place) if place else opened.state_before(1)
        name = f"Before step {place}" if place else "At the start"
        key = (opened.row.uid, max(place - 1, 0))
        printing = opened.step(place - 1).action_text if place > 1 else ""
        self._fill_pane(self.before, name, text, state, element, key, printing)

    def _fill_after(self, opened: Opened, place: int) -> None:
        step, before = opened.step(place), opened.state_before(place)
        element = acted_element(step.action_text)
        element = _still_there(element, before, step.state)
        key, name = (opened.row.uid, place), f"After step {place}"
        self._fill_pane(self.after, name, step.observation, step.state, element, key, step.action_text)

    def _fill_pane(
        self,
        pane: Pane,
        name: str,
        text: str,
        state: State | None,
        element: str | None,
        key: tuple[str, int],
        action: str,
    ) -> None:
        place = f"  {readable(state.location)[:80]}" if state is not None and state.location else ""
        pane.heading.set_text(name + place)
        html = self._drawn(state, element, key) if self.draw else None
        pane.stack.setCurrentWidget(pane.text if html is None else pane.drawn)
        if html is None:
            language = language_of_output(text, action)
            pane.text.show_source(text or "(nothing was shown)", key, _acted_line(text, element), language=language)
        else:
            known = pane.drawn.knows(key)
            pane.drawn.show_html(html, key=key)
            if element is not None and not known:
                pane.drawn.show_anchor(ACTED)

    def _drawn(self, state: State | None, element: str | None, key: tuple[str, int]) -> str | None:
        """The page of a state as rich text, None where it cannot be drawn; the last ones are kept."""
        opened = self._opened
        if opened is None or state is None or not opened.drawable or opened.task is None:
            return None
        name = (*key, element, self._theme.dark)
        if name not in self._made:
            if len(self._made) >= KEPT_PAGES:
                self._made.clear()
            self._made[name] = _rich(opened.task, state, element, self._theme)
        return self._made[name]

    def _draw_ahead(self) -> None:
        """While nothing else is to be done: the pages of the next step."""
        opened, place = self._opened, self._place + 1
        if opened is None or not self.draw or not 1 < place <= opened.count:
            return
        step, before, mode = opened.step(place), opened.state_before(place), self.mode
        element = acted_element(step.action_text)
        sides: tuple[tuple[Pane, State | None, str | None, int, str], ...] = (
            (self.before, before, element, place - 1, "after"),
            (self.after, step.state, _still_there(element, before, step.state), place, "before"),
        )
        for pane, state, marked, number, other in sides:
            html = self._drawn(state, marked, (opened.row.uid, number)) if mode != other else None
            if html is not None:
                pane.drawn.prepare(html)


def _rich(task: Task, state: State, element: str | None, theme: Theme) -> str | None:
    from rb_studio.environments.practice import render_html

    try:
        html = render_html(task, state)
    except (RbStudioError, KeyError, ValueError, TypeError) as error:
        log.info("a page of %s cannot be drawn: %s", task.key, error)
        return None
    return rich_page(html, theme.colours, element)


def _still_there(element: str | None, before: State | None, after: State | None) -> str | None:
    """The element acted on, after the action: ids mean the same only while the page is the same."""
    same = before is not None and after is not None and before.location == after.location
    return element if same else None


def _acted_line(text: str, element: str | None) -> tuple[Stretch, ...]:
    """The line of the element that was acted on."""
    at = text.find(f"[{element}] ") if element is not None else -1
    return (Stretch(at, 0, "highlight", line=True),) if at >= 0 else ()
