"""Rooms that show figures read from the workspace: read again when stale, in the room's own time, only on screen."""

import sqlite3
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from PySide6.QtCore import Slot
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QStackedWidget, QWidget
from shiboken6 import isValid

from rb_studio.gui.pace import Pace
from rb_studio.gui.rooms.room import Room
from rb_studio.gui.widgets.empty import EmptyState

if TYPE_CHECKING:
    from rb_studio.gui.frame import Frame
    from rb_studio.gui.session import Session

T = TypeVar("T")


class ReadingView(Protocol):
    """What every such room lets its presenter set."""

    def show_error(self, sentence: str) -> None: ...
    def refresh_later(self) -> None: ...
    def reading_begun(self) -> None: ...
    def reading_finished(self) -> None: ...


class ReadingPresenter(ABC):
    """Knows whether what is shown is stale; a hidden room reads nothing, a deleted one is told nothing."""

    def __init__(self, session: "Session", view: ReadingView) -> None:
        self._session = session
        self._reader = view
        self._stale = True
        self.visible = False

    def set_visible(self, visible: bool) -> None:
        """Only a room on screen reads."""
        self.visible = visible
        if visible and self._stale:
            self.refresh()

    @abstractmethod
    def refresh(self) -> None:
        """Read everything that is shown again."""

    @abstractmethod
    def events(self, events: Any) -> None:
        """New rows of the feed."""

    @abstractmethod
    def changed(self, change: Any) -> None:
        """An operation was committed."""

    def settled(self) -> None:
        """The settings are others."""
        self._became_stale()

    def _ask(self, key: str, read: Callable[[sqlite3.Connection], T], done: Callable[[T], None]) -> None:
        self._session.query(key, read, self._while_shown(done), self._while_shown(self._failed))

    def _while_shown(self, done: Callable[[T], None]) -> Callable[[T], None]:
        """The same call, which does nothing once the room was deleted: an answer may come later than that."""

        def guarded(answer: T) -> None:
            if isValid(self._reader):
                done(answer)

        return guarded

    def _became_stale(self) -> None:
        self._stale = True
        if self.visible:
            self._reader.refresh_later()

    def _failed(self, sentence: str) -> None:
        self._reader.reading_finished()
        self._reader.show_error(sentence)


class ReadingRoom(Room):
    """A room with a `ReadingPresenter`; `pages` shows its contents, or what belongs here while there are none."""

    presenter: ReadingPresenter
    empty_text = ""
    empty_command = ""

    def __init__(self, frame: "Frame", parent: QWidget | None = None) -> None:
        super().__init__(frame, parent)
        self._pace = Pace(self._read_again, self)
        self._pages = QStackedWidget()
        self._empty: EmptyState | None = None
        frame.session.events.connect(self._events)
        frame.session.changed.connect(self._changed)
        frame.session.settled.connect(self._settled)

    def closing(self) -> None:
        """No more reading."""
        self.presenter.visible = False
        self._pace.stop()

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802 - Qt's name
        """Read what became stale while hidden."""
        super().showEvent(event)
        self.presenter.set_visible(True)

    def hideEvent(self, event: QHideEvent) -> None:  # noqa: N802 - Qt's name
        """Nothing is read for a hidden room."""
        super().hideEvent(event)
        self.presenter.set_visible(False)
        self._pace.stop()

    def refresh_later(self) -> None:
        self._pace.ask()

    def reading_begun(self) -> None:
        self._pace.begun()

    def reading_finished(self) -> None:
        self._pace.finished()

    def show_contents(self, contents: QWidget, *, empty: bool) -> None:
        """Show the contents, or say what belongs here and offer the one action."""
        if empty and self._empty is None:
            known = {command.id for command in self.frame.registry.all()}
            action = self.frame.registry.action(self.empty_command) if self.empty_command in known else None
            self._empty = EmptyState(self.empty_text, action)
            self._pages.addWidget(self._empty)
        self._pages.setCurrentWidget(self._empty if empty and self._empty is not None else contents)

    def _read_again(self) -> None:
        self.presenter.refresh()

    @Slot(object)
    def _events(self, events: Any) -> None:
        self.presenter.events(events)

    @Slot(object)
    def _changed(self, change: Any) -> None:
        self.presenter.changed(change)

    @Slot()
    def _settled(self) -> None:
        self.presenter.settled()
