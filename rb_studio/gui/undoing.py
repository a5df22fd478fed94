"""Undo and redo of the room on screen, named after what they take back."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from rb_studio.gui.session import Session
from rb_studio.store import operations

if TYPE_CHECKING:
    import sqlite3

    from rb_studio.gui.commands.registry import Registry
    from rb_studio.store.changes import ChangeRecord

SAID = {False: "Undone", True: "Done again"}


class Undoing(QObject):
    """Knows by name what Ctrl+Z and Ctrl+Y would do; read again after every change and on entering a room."""

    def __init__(
        self,
        session: Session,
        registry: "Registry",
        scope: Callable[[], str | None],
        toast: Callable[..., None],
    ) -> None:
        super().__init__(session)
        self._session, self._registry, self._scope, self._toast = session, registry, scope, toast
        self._read_for: str | None = None
        self._labels: tuple[str | None, str | None] = (None, None)
        session.changed.connect(self.refresh)
        registry.entered.connect(self.refresh)

    def label(self, redo: bool) -> str | None:
        """What would be taken back or done again; None for nothing, or while it is not known yet."""
        return self._labels[redo] if self._scope() == self._read_for else None

    def act(self, redo: bool) -> None:
        """Take back, or do again, what is newest in the room's scope."""
        scope = self._scope()
        if scope is None or self.label(redo) is None:
            return
        step = operations.redo if redo else operations.undo
        self._session.operate(lambda db: step(db, scope), lambda change: self._tell(change, redo))

    def refresh(self, _why: object = None) -> None:
        """Read the names anew."""
        scope = self._scope()
        if scope is None:
            self._show(None, (None, None))
            return

        def read(conn: "sqlite3.Connection") -> tuple[str | None, str | None]:
            return operations.undo_label(conn, scope), operations.redo_label(conn, scope)

        self._session.query("undo labels", read, lambda labels: self._show(scope, labels))

    def _show(self, scope: str | None, labels: tuple[str | None, str | None]) -> None:
        if (scope, labels) != (self._read_for, self._labels):
            self._read_for, self._labels = scope, labels
            self._registry.refresh()

    def _tell(self, change: "ChangeRecord", redo: bool) -> None:
        self._toast(f"{SAID[redo]}: {change.label}.", "Undo" if redo else "Redo", lambda: self.act(not redo))
