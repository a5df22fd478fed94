"""What the room of tasks does, without a widget."""

from dataclasses import dataclass, field
from typing import Any

import pytest

from rb_studio.gui.frame import Frame
from rb_studio.gui.rooms.tasks.presenter import NO_SUITE, READ_ONLY, TasksPresenter
from rb_studio.gui.rooms.tasks.reads import Detail
from rb_studio.gui.session import Session
from rb_studio.jobs.own_tasks import NewTask, add_task
from rb_studio.records.judgement import Status, Verdict
from rb_studio.store import suites, verdicts
from rb_studio.store.workspace import Workspace
from tests.gui.conftest import TASKS


@dataclass
class Seen:
    """A view that remembers."""

    suites: list[Any] = field(default_factory=list)
    current: str = ""
    entry: Any = None
    ids: list[int] = field(default_factory=list)
    lines: dict[int, Any] = field(default_factory=dict)
    refreshed: int = 0
    count: tuple[int, int] = (0, 0)
    problem: str = ""
    filter: str = ""
    note: str = ""
    facets: dict[str, Any] = field(default_factory=dict)
    detail: Detail | None = None
    selected: list[int] = field(default_factory=list)

    def show_suites(self, entries, current):
        self.suites, self.current = list(entries), current

    def show_entry(self, entry):
        self.entry = entry

    def show_tasks(self, ids):
        self.ids = list(ids)

    def put_lines(self, lines):
        self.lines |= {line.id: line for line in lines}

    def refresh_lines(self):
        self.refreshed += 1

    def show_count(self, found, total):
        self.count = (found, total)

    def show_problem(self, sentence):
        self.problem = sentence

    def show_facets(self, facets):
        self.facets = facets

    def show_filter(self, text):
        self.filter = text

    def show_detail(self, detail):
        self.detail = detail

    def show_note(self, sentence):
        self.note = sentence

    def select_task(self, task, *, alone=True):
        if task not in self.ids:
            return False
        self.selected.append(task)
        self.presenter.show(task)
        return True


@pytest.fixture
def seen() -> Seen:
    return Seen()


@pytest.fixture
def presenter(frame: Frame, seen: Seen, qtbot) -> TasksPresenter:
    made = seen.presenter = TasksPresenter(frame.session, seen)
    frame.session.changed.connect(made.changed)
    made.load()
    qtbot.waitUntil(lambda: seen.detail is not None)
    return made


def test_the_first_suite_that_runs_is_shown_with_its_first_task(presenter: TasksPresenter, seen: Seen) -> None:
    assert (seen.current, seen.entry.suite.name) == ("practice", "practice")
    assert len(seen.ids) == seen.count[0] == seen.count[1] == seen.entry.whole.tasks
    assert seen.detail.task.key == "practice/0"
    assert len(seen.detail.attempts) == 2
    assert seen.detail.grading.expected is not None


def test_pages_are_read_on_demand(presenter: TasksPresenter, seen: Seen, qtbot) -> None:
    presenter.load_page(seen.ids[:5])
    qtbot.waitUntil(lambda: len(seen.lines) == 5)
    assert seen.lines[seen.ids[0]].tried == 2


def test_a_filter_narrows_and_says_n_of_m(presenter: TasksPresenter, seen: Seen, qtbot) -> None:
    whole = seen.count[1]
    presenter.set_filter("result:untried")
    qtbot.waitUntil(lambda: seen.count == (whole - TASKS, whole))
    presenter.set_filter("no such words")
    qtbot.waitUntil(lambda: seen.count == (0, whole))
    assert seen.detail is None


def test_a_filter_that_cannot_be_is_said_and_changes_nothing(presenter: TasksPresenter, seen: Seen) -> None:
    before = list(seen.ids)
    presenter.set_filter("result:maybe")
    assert "choose always" in seen.problem
    assert seen.ids == before
    presenter.set_filter("")
    assert seen.problem == ""


def test_the_store_sorts(presenter: TasksPresenter, seen: Seen, qtbot) -> None:
    before = list(seen.ids)
    presenter.set_sort("ordinal", True)
    qtbot.waitUntil(lambda: seen.ids == before[::-1])
    assert seen.selected[-1] == before[0]  # the current task stays the current one


def test_a_new_verdict_refreshes_lines_and_detail(presenter: TasksPresenter, seen: Seen, frame: Frame, qtbot) -> None:
    uid = seen.detail.attempts[0].uid
    said = Verdict("by-hand", uid, Status.UNKNOWN, "cannot tell", source="human")
    frame.session.operate(lambda db: verdicts.add_verdicts(db, [said]))
    qtbot.waitUntil(lambda: seen.detail.attempts[0].judged == "unknown")
    assert seen.refreshed == 1


def test_a_typed_task_appears_with_its_suite(presenter: TasksPresenter, seen: Seen, frame: Frame, qtbot) -> None:
    frame.session.operate(lambda db: add_task(db, NewTask("mine", "Say hello", "hello")))
    qtbot.waitUntil(lambda: len(seen.suites) == 2)
    presenter.go_to("mine/1")
    qtbot.waitUntil(lambda: seen.detail is not None and seen.detail.task.key == "mine/1")
    assert presenter.suite == "mine"
    assert presenter.why_not_edit() == ""


def test_what_cannot_be_is_explained(presenter: TasksPresenter, seen: Seen) -> None:
    assert presenter.why_not_run() == presenter.why_not_write() == ""
    assert "built in" in presenter.why_not_edit()
    presenter._idle["practice"] = "Needs a browser; choose another suite to run."
    assert presenter.why_not_run() == "Needs a browser; choose another suite to run."
    presenter.suite = "gone"
    assert presenter.why_not_run() == presenter.why_not_edit() == NO_SUITE


def test_a_place_is_kept_and_come_back_to(presenter: TasksPresenter, seen: Seen, frame: Frame, qtbot) -> None:
    presenter.set_sort("tried", True)
    presenter.set_filter("result:mixed result:always result:never")
    qtbot.waitUntil(lambda: seen.count[0] == TASKS)
    presenter.show(seen.ids[3])
    kept = presenter.kept()
    later = Seen()
    again = later.presenter = TasksPresenter(frame.session, later)
    again.restore(kept)
    again.load()
    qtbot.waitUntil(lambda: later.detail is not None)
    assert later.filter == "result:mixed result:always result:never"
    assert (later.ids, later.selected) == (seen.ids, [seen.ids[3]])


def test_a_place_of_another_version_is_taken_as_far_as_it_goes(frame: Frame, seen: Seen) -> None:
    presenter = TasksPresenter(frame.session, seen)
    presenter.restore({"suite": None, "sort": "colour", "task": "x", "filter": None})
    assert (presenter.suite, presenter.sort, presenter.filter) == ("", "ordinal", "")


def test_a_built_in_suite_is_put_into_a_fresh_workspace(empty_frame: Frame, seen: Seen, qtbot) -> None:
    presenter = seen.presenter = TasksPresenter(empty_frame.session, seen)
    empty_frame.session.changed.connect(presenter.changed)
    presenter.load()
    qtbot.waitUntil(lambda: bool(seen.ids))
    assert suites.find(empty_frame.session.workspace.reader(), "practice") is not None


def test_in_a_workspace_open_for_reading_nothing_is_added(workspace: Workspace, seen: Seen, qtbot) -> None:
    with Workspace.open(workspace.path, write=False) as reading:
        session = Session(reading)
        presenter = seen.presenter = TasksPresenter(session, seen)
        presenter.load()
        qtbot.waitUntil(lambda: bool(seen.ids))
        assert presenter.why_not_run() == presenter.why_not_write() == presenter.why_not_edit() == READ_ONLY
        session.close()
        session.deleteLater()
