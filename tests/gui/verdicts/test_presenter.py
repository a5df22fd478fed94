"""The Verdicts room without widgets."""

import pytest
from PySide6.QtCore import QObject
from shiboken6 import delete

from rb_studio.gui.frame import Frame
from rb_studio.gui.rooms.verdicts.presenter import VerdictsPresenter
from rb_studio.records.event import Event
from rb_studio.store import operations, verdict_reads
from rb_studio.store.verdict_reads import Scope
from tests.gui.conftest import TASKS
from tests.gui.presenter_view import ReadingView
from tests.gui.verdicts.conftest import DRAWS


class View(ReadingView):
    """Keeps the last of everything that was set."""

    def __init__(self) -> None:
        super().__init__()
        self.report = self.listed = self.shown = None
        self.scopes, self.rows, self.said = (), {}, []

    def show_scopes(self, choices, present):
        self.scopes = ([one.key for one in choices], present)

    def show_report(self, report, chosen):
        self.report = report

    def show_list(self, ids, matching, valid, cell):
        self.listed = (tuple(ids), matching, valid, cell)

    def show_rows(self, rows):
        self.rows |= rows

    def show_rollout(self, shown):
        self.shown = shown

    def say(self, text, label="", act=None):
        self.said.append((text, label, act))


@pytest.fixture
def view() -> View:
    return View()


@pytest.fixture
def presenter(frame: Frame, view: View, qtbot) -> VerdictsPresenter:
    made = VerdictsPresenter(frame.session, view)
    frame.session.changed.connect(made.changed)
    made.set_visible(True)
    qtbot.waitUntil(lambda: view.listed is not None)
    return made


def human(frame: Frame) -> dict[str, int]:
    found: dict[str, int] = {}
    for one in verdict_reads.counts(frame.session.workspace.reader(), Scope()):
        found[one.human] = found.get(one.human, 0) + one.n
    return found


def test_everything_is_shown_first(presenter, view) -> None:
    assert view.scopes == (["all", "run:2", "run:1"], "all")
    assert view.report.valid == DRAWS
    assert view.listed[1] == DRAWS


def test_a_cell_lists_as_many_rollouts_as_it_counts(presenter, view, qtbot) -> None:
    for sides in ({"judge": "success", "truth": "success"}, {"truth": "failure"}, {"judge": "unknown"}):
        presenter.choose_cell(sides)
        qtbot.waitUntil(lambda sides=sides: view.listed[3].sides == sides)
        assert view.listed[1] == view.report.count(sides.get("judge"), sides.get("truth"))


def test_a_run_narrows_table_and_list(presenter, view, qtbot) -> None:
    presenter.choose_scope("run:1")
    qtbot.waitUntil(lambda: view.report.valid == TASKS and view.listed[1] == TASKS)
    assert view.scopes[1] == "run:1"


def test_a_run_that_is_gone_gives_way_to_everything(presenter, view, qtbot) -> None:
    presenter.choose_scope("run:99")
    qtbot.waitUntil(lambda: presenter.scope == "all")
    assert view.error == ""


def test_a_persons_verdict_is_added_counted_and_taken_back(presenter, view, frame, qtbot) -> None:
    rollouts = view.listed[0][:3]
    presenter.select(rollouts[0])
    presenter.judge(rollouts, "failure", "wrong dates")
    qtbot.waitUntil(lambda: view.report.human == 3)
    assert human(frame) == {"failure": 3, "none": 2 * TASKS - 3}
    qtbot.waitUntil(lambda: view.shown is not None and view.shown.detail.rollout.human == "failure")
    given = view.shown.detail.verdicts
    assert [one.verdict.source for one in given] == ["judge", "human"]
    assert given[1].verdict.reason == "wrong dates"
    text, label, undo = view.said[0]
    assert (text, label) == ("Judged 3 rollouts: failure", "Undo")
    undo()
    qtbot.waitUntil(lambda: view.report.human == 0)
    assert human(frame) == {"none": 2 * TASKS}
    assert operations.redo_label(frame.session.workspace.reader(), "verdicts") == "Judge 3 rollouts as failure"


def test_a_second_word_stands_beside_the_first(presenter, view, frame, qtbot) -> None:
    rollout = view.listed[0][0]
    presenter.select(rollout)
    for status in ("failure", "success"):
        presenter.judge([rollout], status, "")
        qtbot.waitUntil(lambda status=status: view.shown is not None and view.shown.detail.rollout.human == status)
    assert [str(one.verdict.status) for one in view.shown.detail.verdicts[1:]] == ["failure", "success"]


def test_the_judges_prompt_comes_with_the_rollout(presenter, view, qtbot) -> None:
    presenter.select(view.listed[0][0])
    qtbot.waitUntil(lambda: view.shown is not None)
    verdict = view.shown.detail.verdicts[0].verdict
    call = view.shown.calls[verdict.call_uid]
    assert call.reply.text == verdict.raw
    assert view.shown.prompts[verdict.prompt_hash].text


def test_a_rollout_is_found_by_uid(presenter, view, qtbot) -> None:
    presenter.fetch(view.listed[0][:1])
    qtbot.waitUntil(lambda: bool(view.rows))
    row = next(iter(view.rows.values()))
    presenter.choose_cell({"judge": "unknown"})
    presenter.find(row.uid)
    qtbot.waitUntil(lambda: view.shown is not None and view.shown.detail.rollout.id == row.id)
    qtbot.waitUntil(lambda: view.listed[1] == TASKS)
    assert view.scopes[1] == f"run:{row.run}"
    presenter.find("no such uid")
    qtbot.waitUntil(lambda: bool(view.said))
    assert "not in this workspace" in view.said[0][0]


def test_a_repeat_of_a_draw_is_in_no_cell_but_can_be_listed_and_found(presenter, view, qtbot) -> None:
    assert (view.report.valid, view.report.repeated) == (DRAWS, 1)
    presenter.choose_cell({}, repeated=True)
    qtbot.waitUntil(lambda: view.listed[3].repeated)
    assert view.listed[1:3] == (1, 1)
    presenter.fetch(view.listed[0])
    qtbot.waitUntil(lambda: view.listed[0][0] in view.rows)
    repeat = view.rows[view.listed[0][0]]
    presenter.find(repeat.uid)
    qtbot.waitUntil(lambda: repeat.id in view.listed[0] and view.shown.detail.rollout.id == repeat.id)


def test_an_answer_that_comes_after_the_room_was_deleted_is_dropped(frame) -> None:
    class DeletedView(QObject, View):
        pass

    class SlowSession:
        def query(self, key, read, done, failed):
            self.answer = lambda: done(read(frame.session.workspace.reader()))
            self.fail = lambda: failed("the disk is gone")

    session, room = SlowSession(), DeletedView()
    made = VerdictsPresenter(session, room)
    made.choose_scope("run:1")
    made.read_list()
    delete(room)
    session.answer()
    session.fail()
    assert (made.ids, room.error) == ((), "")


def test_outcomes_make_a_shown_room_stale(presenter, view) -> None:
    presenter.events([Event(1, 1, "step", "step", 1, "")])
    assert view.later == 0
    presenter.events([Event(2, 1, "outcome", "outcome", 1, "")])
    assert view.later == 1


def test_what_was_looked_at_comes_back_and_nonsense_does_not(frame, view, qtbot) -> None:
    made = VerdictsPresenter(frame.session, view)
    kept = {"scope": "run:1", "pair": "human and truth", "sides": {"truth": "failure"}, "sort": "task", "current": 1}
    made.restore({**kept, "text": "", "descending": True, "third": "unknown"})
    assert made.keep() == {**kept, "text": "", "descending": True, "third": "unknown"}
    made.restore({"scope": "run:x", "pair": 3, "sides": {"truth": "maybe"}, "sort": "1; DROP", "current": "one"})
    assert made.keep()["scope"] == "all"
    assert made.keep()["sides"] == {}
    assert made.keep()["sort"] == "order"
    assert made.keep()["current"] is None


def test_the_third_side_narrows_table_and_list(presenter, view, qtbot) -> None:
    rollouts = view.listed[0][:3]
    presenter.judge(rollouts, "failure", "")
    qtbot.waitUntil(lambda: view.report.human == 3)
    presenter.choose_third("failure")
    qtbot.waitUntil(lambda: view.listed[1] == 3)
    assert (view.report.valid, view.report.third, set(view.listed[0])) == (3, "failure", set(rollouts))
    presenter.choose_pair("human and truth")
    qtbot.waitUntil(lambda: view.listed[1] == DRAWS)
    assert presenter.third == ""
