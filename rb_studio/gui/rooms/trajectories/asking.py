"""Questions of this room to the workspace, whose answers are dropped once the room is closed."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from sqlite3 import Connection

    from rb_studio.gui.session import Session

T = TypeVar("T")


class Asking:
    """`query` of a session for one who may be gone when the answer comes: a closed room's widgets are deleted."""

    def __init__(self, session: "Session") -> None:
        self._session = session
        self._closed = False

    def query(
        self,
        key: str,
        read: "Callable[[Connection], T]",
        done: Callable[[T], None],
        failed: Callable[[str], None] | None = None,
    ) -> None:
        """As `Session.query`; after `close` nothing is asked and no answer comes through."""
        if not self._closed:
            self._session.query(key, read, self._guarded(done), self._guarded(failed) if failed else None)

    def close(self) -> None:
        """Nobody waits any more."""
        self._closed = True

    def _guarded(self, act: Callable[[Any], None]) -> Callable[[Any], None]:
        def guarded(answer: Any) -> None:
            if not self._closed:
                act(answer)

        return guarded
