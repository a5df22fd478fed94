"""What the room of tasks knows and does, without widgets."""

import sqlite3
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from rb_studio.gui.rooms.tasks import reads
from rb_studio.gui.rooms.tasks.columns import COLUMNS
from rb_studio.gui.rooms.tasks.reads import Detail, Facets
from rb_studio.records.errors import UsageError
from rb_studio.store.changes import ChangeRecord
from rb_studio.store.task_query import TaskQuery, parse_task_query

if TYPE_CHECKING:
    from rb_studio.gui.session import Session
    from rb_studio.jobs.catalog import CatalogEntry
    from rb_studio.records.event import Event
    from rb_studio.store.task_list import TaskLine

SUITES = frozenset({"suite", "task", "grading", "subset"})
RESULTS = frozenset({"rollout", "outcome", "verdict", "truth"})
RESULT_EVENTS = frozenset({"outcome", "verdict", "rollout_ended", "imported"})
READ_ONLY = "The workspace is open for reading only: close the other program that writes to it."
SORTS = tuple(column.name for column in COLUMNS)
NO_SUITE = "Choose a suite first."


class View(Protocol):
    """What the presenter shows things on."""

    def show_suites(self, entries: "Sequence[CatalogEntry]", current: str) -> None: ...
    def show_entry(self, entry: "CatalogEntry | None") -> None: ...
    def show_tasks(self, ids: Sequence[int]) -> None: ...
    def put_lines(self, lines: "Sequence[TaskLine]") -> None: ...
    def refresh_lines(self) -> None: ...
    def show_count(self, found: int, total: int) -> None: ...
    def show_problem(self, sentence: str) -> None: ...
    def show_facets(self, facets: Facets) -> None: ...
    def show_filter(self, text: str) -> None: ...
    def show_detail(self, detail: Detail | None) -> None: ...
    def show_note(self, sentence: str) -> None: ...
    def select_task(self, task: int, *, alone: bool = True) -> bool: ...


class TasksPresenter:
    """Holds suite, filter, order and current task; asks the session and tells the view."""

    def __init__(self, session: "Session", view: View) -> None:
        self._session = session
        self._view = view
        self._entries: dict[str, CatalogEntry] = {}
        self._fixed: dict[str, str] = {}
        self._idle: dict[str, str] = {}
        self.detail: Detail | None = None
        self._reading_results = self._results_waiting = False
        self._wanted_task: int | None = None
        self.suite = ""
        self.filter = ""
        self.sort = "ordinal"
        self.descending = False
        self.current: int | None = None
        self.found = self.total = 0

    @property
    def entry(self) -> "CatalogEntry | None":
        """The suite on screen, also where a part of it is."""
        return self._entries.get(self.suite)

    def why_not_run(self) -> str:
        """Why nothing can be run now; empty when something can."""
        if not self._session.workspace.writable:
            return READ_ONLY
        return self.why_idle() if self.entry is not None else NO_SUITE

    def why_idle(self) -> str:
        """Why the suite cannot run here and what to do about it; empty when it can."""
        return "" if self.entry is None else self._idle.get(self.entry.suite.name, "")

    def why_not_write(self) -> str:
        """Why nothing can be added; empty when it can."""
        return "" if self._session.workspace.writable else READ_ONLY

    def why_not_edit(self) -> str:
        """Why environment and grader of the suite cannot be changed; empty when they can."""
        if self.entry is None:
            return NO_SUITE
        return self.why_not_write() or self._fixed.get(self.entry.suite.name, "")

    def why_not_edit_task(self) -> str:
        """Why the current task cannot be edited or removed; empty when it can."""
        detail, entry = self.detail, self.entry
        here = detail is not None and entry is not None and detail.task.suite == entry.suite.name
        return self.why_not_edit() or ("" if here else "Choose a task first.")

    def load(self) -> None:
        """Read the suites, then the tasks of the current one."""
        self._session.query("tasks.suites", reads.read_suites, self._suites_read)

    def choose(self, name: str) -> None:
        """Show a suite or a subset; a built-in one that is not in the workspace yet is put there."""
        entry = self._entries.get(name)
        if entry is None:
            return
        self.suite = name
        self._view.show_entry(entry)
        self._session.query("tasks.facets", lambda conn: reads.read_facets(conn, name), self._view.show_facets)
        if not entry.stored and self._session.workspace.writable:
            self._store_built_in(entry.suite.name)
        else:
            self.load_tasks()

    def go_to_suite(self, name: str) -> None:
        """Show all of a suite that may be new; a filter meant for another one would hide its tasks."""
        note = f"Showing all of {name}: the filter \u201c{self.filter}\u201d was cleared." if self.filter else ""
        self.filter = ""
        self._view.show_filter("")
        self._view.show_note(note)
        self.suite = name
        self.load()

    def set_filter(self, text: str) -> None:
        """Narrow the list; a query that cannot be is said and leaves the list as it is."""
        self.filter = text
        self.load_tasks()

    def set_sort(self, name: str, descending: bool) -> None:
        """Another order."""
        if (name, descending) != (self.sort, self.descending):
            self.sort, self.descending = name, descending
            self.load_tasks()

    def load_tasks(self) -> None:
        """Ask for the ids of the list anew."""
        try:
            query = parse_task_query(self.filter)
        except UsageError as error:
            self._view.show_problem(str(error))
            return
        self._view.show_problem("")
        suite, sort, descending = self.suite, self.sort, self.descending

        def read(conn: sqlite3.Connection) -> tuple[list[int], int]:
            from rb_studio.store import task_list

            ids = task_list.task_ids(conn, suite, query, sort=sort, descending=descending)
            whole = query == TaskQuery() and len(ids) < task_list.MOST
            return ids, len(ids) if whole else task_list.task_count(conn, suite)

        self._session.query("tasks.list", read, self._tasks_read)

    def load_page(self, ids: Sequence[int]) -> None:
        """Lines for the table."""
        if ids:
            self._session.query(f"tasks.page.{ids[0]}", lambda conn: reads.read_lines(conn, ids), self._view.put_lines)

    def show(self, task: int | None) -> None:
        """A task became the current one: read all of it."""
        self.current = task
        if task is None:
            self._show_detail(None)
        else:
            self._read_detail(task)

    def go_to(self, key: str) -> None:
        """Show a task by its key, whatever suite and filter there is."""
        self._session.query("tasks.go", lambda conn: reads.read_place_of(conn, key), self._go_to_row)

    def go_to_row(self, task: int) -> None:
        """Show a task by its row id, as `go_to`."""
        self._session.query("tasks.go", lambda conn: reads.read_place_of_row(conn, task), self._go_to_row)

    def selected_keys(self, ids: Sequence[int], done: Callable[[tuple[str, ...]], None]) -> None:
        """Keys of chosen tasks, in the suite's order."""
        self._session.query("tasks.keys", lambda conn: reads.read_keys(conn, ids), done)

    def copy(self, ids: Sequence[int], done: "Callable[[Sequence[TaskLine]], None]") -> None:
        """Lines of chosen tasks in the order given."""

        def read(conn: sqlite3.Connection) -> "list[TaskLine]":
            parts = [reads.read_lines(conn, ids[start : start + 500]) for start in range(0, len(ids), 500)]
            lines = {line.id: line for part in parts for line in part}
            return [lines[task] for task in ids if task in lines]

        self._session.query("tasks.copy", read, done)

    def changed(self, change: ChangeRecord) -> None:
        """An operation was committed: read again what it touched."""
        tables = set(change.tables)
        if tables & SUITES:
            self.load()
        elif tables & RESULTS:
            self._results_changed()

    def happened(self, events: "Sequence[Event]") -> None:
        """A job wrote rows."""
        kinds = {event.kind for event in events}
        if "suite" in kinds:
            self.load()
        elif kinds & RESULT_EVENTS:
            self._results_changed()

    def kept(self) -> dict[str, Any]:
        """Where one is, as plain values."""
        return {
            "suite": self.suite,
            "filter": self.filter,
            "sort": self.sort,
            "descending": self.descending,
            "task": self.current,
        }

    def restore(self, kept: dict[str, Any]) -> None:
        """Come back to `kept`, before `load`."""
        self.suite = str(kept.get("suite") or "")
        self.filter = str(kept.get("filter") or "")
        sort = str(kept.get("sort") or "ordinal")
        self.sort = sort if sort in SORTS else "ordinal"
        self.descending = bool(kept.get("descending"))
        task = kept.get("task")
        self._wanted_task = task if isinstance(task, int) else None
        self._view.show_filter(self.filter)

    def _suites_read(self, found: reads.Suites) -> None:
        entries, self._fixed, self._idle = found.entries, found.fixed, found.idle
        self._entries = {}
        for entry in entries:
            self._entries |= dict.fromkeys((entry.suite.name, *(part.name for part in entry.subsets)), entry)
        if self.suite not in self._entries:
            stored = [entry for entry in entries if entry.stored]
            first = next((entry for entry in stored if entry.runnable), (stored or entries)[0])
            self.suite = first.suite.name
        self._view.show_suites(entries, self.suite)
        self.choose(self.suite)

    def _tasks_read(self, result: tuple[list[int], int]) -> None:
        ids, self.total = result
        self.found = len(ids)
        self._view.show_tasks(ids)
        self._view.show_count(self.found, self.total)
        wanted, self._wanted_task = self._wanted_task, None
        if not ids:
            self.show(None)
        elif wanted is not None and self._view.select_task(wanted):
            return
        elif self.current is None or not self._view.select_task(self.current, alone=False):
            self._view.select_task(ids[0], alone=False)

    def _go_to_row(self, place: tuple[int, str] | None) -> None:
        if place is None:
            return
        task, suite = place
        self.filter = ""
        self._view.show_filter("")
        self._wanted_task = task
        if suite in self._entries:
            self._view.show_suites(list({id(entry): entry for entry in self._entries.values()}.values()), suite)
            self.choose(suite)
        else:
            self.suite = suite
            self.load()

    def _results_changed(self) -> None:
        """Refresh what is seen, at most one reading at a time."""
        if self._reading_results:
            self._results_waiting = True
            return
        self._reading_results = True
        self._view.refresh_lines()
        if self.current is not None:
            self._read_detail(self.current)
        self._session.query("tasks.settled", lambda _conn: None, self._results_read)

    def _results_read(self, _nothing: None) -> None:
        self._reading_results = False
        if self._results_waiting:
            self._results_waiting = False
            self._results_changed()

    def _read_detail(self, task: int) -> None:
        def read(detail: Detail | None) -> None:
            if self.current == task:
                self._show_detail(detail)

        self._session.query("tasks.detail", lambda conn: reads.read_detail(conn, task), read)

    def _show_detail(self, detail: Detail | None) -> None:
        self.detail = detail
        self._view.show_detail(detail)

    def _store_built_in(self, name: str) -> None:
        from rb_studio.environments.builtin import builtin_suite
        from rb_studio.store.suites import save_suite

        def store(db: Any) -> ChangeRecord:
            row = save_suite(db, builtin_suite(name))
            return ChangeRecord(f"Add the suite {name}", "rb_studio", ("suite", "task"), {"suite": (row,)})

        self._session.operate(store)
