"""The room of tasks: suites on the left, their tasks in the middle, one task in full below."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QHBoxLayout, QMenu, QSplitter, QStackedWidget, QToolButton, QVBoxLayout, QWidget

from rb_studio.gui.commands.registry import Command
from rb_studio.gui.dialogs.choice import counted
from rb_studio.gui.rooms.room import Place, Room
from rb_studio.gui.rooms.tasks.asking import Asking
from rb_studio.gui.rooms.tasks.detail_panel import DetailPanel
from rb_studio.gui.rooms.tasks.filter_bar import FilterBar
from rb_studio.gui.rooms.tasks.presenter import TasksPresenter
from rb_studio.gui.rooms.tasks.reads import Detail, Facets
from rb_studio.gui.rooms.tasks.suites_panel import SuitesPanel
from rb_studio.gui.rooms.tasks.table import TaskTable
from rb_studio.gui.widgets.empty import EmptyState
from rb_studio.gui.widgets.kept_scroll import KeptScroll

if TYPE_CHECKING:
    from rb_studio.gui.frame import Frame
    from rb_studio.jobs.catalog import CatalogEntry
    from rb_studio.store.task_list import TaskLine

BAR = ("run.start", "run.dry", "tasks.new", "tasks.import")
CONTEXT = ("run.start", "run.dry", "tasks.open", "", "tasks.edit", "tasks.remove", "", "tasks.copy")


class TasksRoom(Room):
    """Shows what the presenter says; hands on what a person does."""

    name = "tasks"
    title = "Tasks"

    def __init__(self, frame: "Frame", parent: QWidget | None = None) -> None:
        super().__init__(frame, parent)
        self.suites = SuitesPanel(frame.theme)
        self.bar = FilterBar()
        self.table = TaskTable(frame.theme)
        self.kept_scroll = KeptScroll(self.table)
        self.detail = DetailPanel(frame.theme)
        self.presenter = TasksPresenter(frame.session, self)
        self._asking = Asking(self)
        self._tools = QHBoxLayout()
        self._pages = QStackedWidget()
        self._pages.addWidget(self.table)
        self._begun = self._stale = False
        self._possible = (False, False)
        self._lay_out()
        self._connect()
        self.setFocusProxy(self.table)

    def _lay_out(self) -> None:
        middle = QWidget()
        column = QVBoxLayout(middle)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        self._tools.setContentsMargins(6, 4, 6, 0)
        column.addLayout(self._tools)
        column.addWidget(self.bar)
        column.addWidget(self._pages, 1)
        self._upright = QSplitter(Qt.Orientation.Vertical)
        self._upright.addWidget(middle)
        self._upright.addWidget(self.detail)
        self._upright.setStretchFactor(0, 3)
        self._upright.setStretchFactor(1, 2)
        self._across = QSplitter(Qt.Orientation.Horizontal)
        self._across.addWidget(self.suites)
        self._across.addWidget(self._upright)
        self._across.setStretchFactor(0, 1)
        self._across.setStretchFactor(1, 4)
        width = self.fontMetrics().horizontalAdvance("0")
        self._across.setSizes([width * 32, width * 120])
        self.suites.setMinimumWidth(width * 22)
        for splitter in (self._upright, self._across):
            splitter.setChildrenCollapsible(False)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._across)

    def _connect(self) -> None:
        self.suites.chosen.connect(self._suite_chosen)
        self.bar.changed.connect(self._filter_changed)
        self.bar.left.connect(self.table.setFocus)
        self.table.sort_wanted.connect(self._sort_wanted)
        self.table.tasks.page_wanted.connect(self._page_wanted)
        self.table.current_changed.connect(self._task_changed)
        self.table.opened.connect(self.open_rollouts)
        self.table.copy_wanted.connect(self.copy)
        self.table.menu_wanted.connect(self._show_menu)
        self.detail.table.opened.connect(self._open_rollout)
        self.frame.session.changed.connect(self._changed)
        self.frame.session.events.connect(self._happened)

    def commands(self) -> list[Command]:
        """What can be done here."""
        return [
            Command("tasks.new", "&New task\u2026", self._asking.new_task, "File", 2, "Ctrl+Shift+N", "add",
                    "tasks", self._may_write, self.presenter.why_not_write),
            Command("tasks.import", "&Import tasks\u2026", self._asking.import_tasks, "File", 2, "Ctrl+I", "import",
                    "tasks", self._may_write, self.presenter.why_not_write),
            Command("tasks.find", "&Find tasks", self.find_tasks, "Edit", 3, "Ctrl+F", "search", "tasks"),
            Command("tasks.filter", "Filter tasks &by\u2026", self.bar.open_menu, "Edit", 3, "Ctrl+Shift+F", "filter",
                    "tasks"),
            Command("tasks.clear", "Clear the &filter", self.bar.line.clear, "Edit", 3, "", "", "tasks",
                    self._is_filtered, "No filter is set."),
            Command("tasks.copy", "Copy the tasks as a table", self.copy, "Edit", 3, "", "copy", "tasks",
                    self._has_tasks, "No task is listed."),
            Command("tasks.edit", "&Edit task\u2026", self._asking.edit_task, "Edit", 4, "F2", "edit",
                    "tasks", self._may_edit_task, self.presenter.why_not_edit_task),
            Command("tasks.remove", "Re&move the selected tasks", self._asking.remove_tasks, "Edit", 4, "Del", "delete",
                    "tasks", self._may_edit_task, self.presenter.why_not_edit_task),
            Command("tasks.ground", "&Environment and grader\u2026", self._asking.change_suite, "Edit", 4, "", "edit",
                    "tasks", self._may_edit, self.presenter.why_not_edit),
            Command("tasks.sort", "Sort tasks by\u2026", self.table.choose_sort, "View", 3, "", "", "tasks"),
            Command("tasks.columns", "Columns of the tasks\u2026", self.table.choose_columns, "View", 3,
                    "", "", "tasks"),
            Command("tasks.pane", "Next pane", self.next_pane, "View", 3, "F6", "", "tasks"),
            Command("run.start", "&Run\u2026", self._asking.run, "Run", 0, "Ctrl+R", "run",
                    "tasks", self._may_run, self.presenter.why_not_run),
            Command("run.dry", "&Dry run of one task", self._asking.dry_run, "Run", 0, "Ctrl+Shift+R", "next",
                    "tasks", self._may_run, self.presenter.why_not_run),
            Command("tasks.open", "Show the rollouts of the task", self.open_rollouts, "Trajectory", 0, "",
                    "trajectories", "tasks", self._has_rollouts, "The task was not tried yet."),
        ]  # fmt: skip

    def entered(self) -> None:
        """Read what became stale while another room was on screen."""
        if not self._begun:
            self._begun = True
            self._fill_bar()
            self.presenter.load()
        elif self._stale:
            self.presenter.load()
        self._stale = False

    def show_place(self, target: dict[str, Any]) -> None:
        """`{"suite": name}`, `{"task": key}`, or `{"file": path}` or `{"files": [path]}` to import tasks from."""
        if "file" in target or "files" in target:
            self._asking.import_files([Path(str(path)) for path in target.get("files") or [target["file"]]])
        elif "task" in target:
            self.kept_scroll.forget()
            self.presenter.go_to(str(target["task"]))
        elif "suite" in target:
            self.kept_scroll.forget()
            self.presenter.go_to_suite(str(target["suite"]))

    def undo_scope(self) -> str:
        """Tasks added, edited and removed, suites imported and changed."""
        return "tasks"

    def watch_runs(self, runs: Sequence[int]) -> None:
        """Go to the rollouts of a run as they come."""
        self.go.emit(Place("trajectories", {"run": runs[0]}))

    def place_to_keep(self) -> dict[str, Any]:
        """Suite, filter, order, task, columns, scroll, splitters."""
        sizes = {"across": self._across.sizes(), "upright": self._upright.sizes()}
        return self.presenter.kept() | {"hidden": self.table.hidden(), "scroll": self.kept_scroll.value()} | sizes

    def restore_place(self, kept: dict[str, Any]) -> None:
        """Come back to `place_to_keep`."""
        self.presenter.restore(kept)
        self.table.show_sort(self.presenter.sort, self.presenter.descending)
        self.kept_scroll.want(kept.get("scroll"))
        if isinstance(kept.get("hidden"), list):
            self.table.hide_columns([str(name) for name in kept["hidden"]])
        for name, splitter in (("across", self._across), ("upright", self._upright)):
            sizes = kept.get(name)
            if isinstance(sizes, list) and len(sizes) == 2 and any(sizes):
                splitter.setSizes([int(size) for size in sizes])

    def show_suites(self, entries: "Sequence[CatalogEntry]", current: str) -> None:
        """The tree on the left."""
        self.suites.show_suites(entries, current)

    def show_entry(self, entry: "CatalogEntry | None") -> None:
        """The chosen suite; what may be run hangs on it."""
        self.suites.card.show_entry(entry, self.presenter.suite, self.presenter.why_idle())
        self.frame.registry.refresh()

    def show_tasks(self, ids: Sequence[int]) -> None:
        """The list of tasks."""
        self.table.show_ids(ids)
        if not ids:
            self.kept_scroll.forget()
        self._pages.setCurrentIndex(0 if ids or self._pages.count() == 1 else 1 if self.presenter.filter else 2)
        self.frame.registry.refresh()

    def put_lines(self, lines: "Sequence[TaskLine]") -> None:
        """Lines that were missing."""
        self.table.tasks.put(lines)

    def refresh_lines(self) -> None:
        """Results changed: read the visible lines again."""
        self.table.refresh()

    def show_count(self, found: int, total: int) -> None:
        """n of m."""
        self.bar.show_count(found, total)

    def show_problem(self, sentence: str) -> None:
        """What is wrong with the filter."""
        self.bar.show_problem(sentence)

    def show_facets(self, facets: Facets) -> None:
        """Sites and templates of the suite."""
        self.bar.show_facets(facets)

    def show_filter(self, text: str) -> None:
        """Another filter, without acting on it."""
        self.bar.show_text(text)

    def show_detail(self, detail: Detail | None) -> None:
        """The current task in full."""
        self.detail.show_detail(detail)
        possible = self._has_rollouts(), self._may_edit_task()
        if possible != self._possible:
            self._possible = possible
            self.frame.registry.refresh()

    def show_note(self, sentence: str) -> None:
        """What was done to the filter."""
        self.bar.show_note(sentence)

    def select_task(self, task: int, *, alone: bool = True) -> bool:
        """Make a task the current one; False when it is not listed. Not `alone` keeps a selection of several."""
        found = self.table.select_task(task, alone=alone)
        if found:
            self.kept_scroll.filled()
        return found

    def find_tasks(self) -> None:
        """Go to the filter."""
        self.bar.line.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.bar.line.selectAll()

    def copy(self) -> None:
        """The selected tasks to the clipboard; all where none is selected."""
        ids = self.table.selected_ids() or self.table.tasks.ids()
        self.presenter.copy(ids, self._copied)

    def next_pane(self) -> None:
        """Suites, filter, tasks, text, rollouts, and round again."""
        panes = [self.suites.tree, self.bar.line, self.table, self.detail.text, self.detail.table]
        here = next((number for number, pane in enumerate(panes) if pane.hasFocus()), 2)
        panes[(here + 1) % len(panes)].setFocus(Qt.FocusReason.ShortcutFocusReason)

    def open_rollouts(self) -> None:
        """The current task's rollouts in their room."""
        attempts = self.detail.table.rollouts.attempts()
        if attempts:
            self.go.emit(Place("trajectories", {"rollouts": [attempt.uid for attempt in attempts]}))

    def _open_rollout(self, uid: str) -> None:
        self.go.emit(Place("trajectories", {"rollout": uid}))

    def _fill_bar(self) -> None:
        """Buttons of the commands, which are registered by now."""
        for name in BAR:
            button = QToolButton()
            button.setDefaultAction(self.frame.registry.action(name))
            button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
            self._tools.addWidget(button)
        self._tools.addStretch(1)
        self.suites.card.set_edit_action(self.frame.registry.action("tasks.ground"))
        self._pages.addWidget(EmptyState("No task fits the filter.", self.frame.registry.action("tasks.clear")))
        self._pages.addWidget(
            EmptyState(
                "Tasks of a suite stand here: what an agent is asked to do, and how it went so far. "
                "Type one in, or import a file.",
                self.frame.registry.action("tasks.import"),
            )
        )

    def _show_menu(self, at: QPoint) -> None:
        """The same commands where the mouse is."""
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for name in CONTEXT:
            menu.addAction(self.frame.registry.action(name)) if name else menu.addSeparator()
        menu.popup(at)

    def _copied(self, lines: "Sequence[TaskLine]") -> None:
        self.table.put_on_clipboard(lines)
        self.frame.toast(f"Copied {counted(len(lines), 'task')}.")

    def _suite_chosen(self, name: str) -> None:
        self.bar.show_note("")
        self.presenter.choose(name)

    def _filter_changed(self, text: str) -> None:
        self.presenter.set_filter(text)

    def _sort_wanted(self, name: str, descending: bool) -> None:
        self.presenter.set_sort(name, descending)

    def _page_wanted(self, ids: Sequence[int]) -> None:
        self.presenter.load_page(ids)

    def _task_changed(self, task: int) -> None:
        self.presenter.show(task)

    def _changed(self, change: Any) -> None:
        if self._begun and self.isVisible():
            self.presenter.changed(change)
        else:
            self._stale = True

    def _happened(self, events: Any) -> None:
        if self._begun and self.isVisible():
            self.presenter.happened(events)
        else:
            self._stale = True

    def _may_write(self) -> bool:
        return not self.presenter.why_not_write()

    def _may_run(self) -> bool:
        return not self.presenter.why_not_run()

    def _may_edit(self) -> bool:
        return not self.presenter.why_not_edit()

    def _may_edit_task(self) -> bool:
        return not self.presenter.why_not_edit_task()

    def _is_filtered(self) -> bool:
        return bool(self.bar.line.text())

    def _has_tasks(self) -> bool:
        return bool(self.table.tasks.ids())

    def _has_rollouts(self) -> bool:
        return bool(self.detail.table.rollouts.attempts())
