"""A workspace: one SQLite file, one writer thread, any number of readers."""

import sqlite3
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self, TypeVar

if TYPE_CHECKING:
    from sqlite_utils import Database

T = TypeVar("T")


class Workspace:
    """An open workspace file; use it as a context manager.

    Whoever opened it with `write` holds the file's lock and the only writing connection, on a thread of
    its own. Operations (`Callable[[Database], T]`) run there one after the other, each in one
    transaction: either all of an operation is in the file, or nothing.
    """

    path: Path
    writable: bool

    @classmethod
    def open(cls, path: Path | str, *, write: bool, create: bool = False) -> Self:
        """Open a workspace, migrating an older one (after a backup) when `write` is asked for.

        Raises
        ------
        WorkspaceBusy
            Another process (or another `Workspace` of this one) writes to it.
        UnreadableInput
            The file is missing (and `create` is False), damaged, none of ours, or from a newer version.
        WorkspaceError
            The folder cannot be written to, or an older file would have to be migrated first.
        """
        raise NotImplementedError

    def submit(self, operation: "Callable[[Database], T]") -> "Future[T]":
        """Queue an operation; the future holds its result once committed, or its error."""
        raise NotImplementedError

    def run(self, operation: "Callable[[Database], T]") -> T:
        """Carry out an operation and wait until it is committed.

        Raises
        ------
        WorkspaceError
            Opened for reading only, closed, or the disk is full; what was committed before stays.
        """
        raise NotImplementedError

    def reader(self) -> sqlite3.Connection:
        """The calling thread's own read-only connection; rows are `sqlite3.Row`."""
        raise NotImplementedError

    def close(self) -> None:
        """Finish queued operations, close every connection and leave one checkpointed file."""
        raise NotImplementedError

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
