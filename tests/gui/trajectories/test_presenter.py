"""The open rollout, without widgets."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import pytest

from rb_studio.gui.frame import Frame
from rb_studio.gui.jobs import JobState
from rb_studio.gui.rooms.trajectories.late_text import LateText
from rb_studio.gui.rooms.trajectories.opened import Opened, read_opened
from rb_studio.gui.rooms.trajectories.presenter import DROPPED, GONE, RUNNING, Presenter
from rb_studio.jobs.request import RunRequest
from rb_studio.records.event import Event
from rb_studio.records.outcome import LiveEvent
from rb_studio.records.trajectory import ExitReason
from rb_studio.store import live, runs
from rb_studio.store.rollout_list import listed
from rb_studio.store.workspace import Workspace
from tests.gui.trajectories.samples import step, trajectory

UID = "live-1"


@dataclass
class SeenView:
    """Remembers what it was told to show."""

    opened: Opened | None = None
    steps: list[int] = field(default_factory=list)
    selected: tuple[int, ...] = ()
    late: tuple[str, int, LateText] | None = None
    standing: tuple[str, bool] = ("", False)
    playing: bool = False
    follow: bool = False
    found_nothing: bool = False
    said: list[str] = field(default_factory=list)

    def show_rollout(self, opened: Opened | None) -> None:
        self.opened = opened

    def show_step(self, number: int) -> None:
        self.steps.append(number)

    def show_selected(self, steps: Sequence[int]) -> None:
        self.selected = tuple(steps)

    def show_late(self, name: str, place: int, text: LateText) -> None:
        self.late = (name, place, text)

    def show_standing(self, text: str, can_resume: bool) -> None:
        self.standing = (text, can_resume)

    def show_playing(self, on: bool) -> None:
        self.playing = on

    def show_follow(self, on: bool) -> None:
        self.follow = on

    def nothing_found(self) -> None:
        self.found_nothing = True

    def say(self, sentence: str) -> None:
        self.said.append(sentence)


@pytest.fixture
def view() -> SeenView:
    return SeenView()


@pytest.fixture
def presenter(frame: Frame, view: SeenView) -> Presenter:
    return Presenter(frame, view)


@pytest.fixture
def opened(presenter: Presenter, view: SeenView, practised_rollout: Opened, qtbot) -> Opened:
    presenter.open(practised_rollout.id)
    qtbot.waitUntil(lambda: view.opened is not None)
    return view.opened


def begin_run(workspace: Workspace, status: str = "running") -> int:
    """A further run of the practice suite, with the request it was begun with."""
    conn = workspace.reader()
    arm = replace(runs.runs(conn)[0].arm, seed=5)
    request = RunRequest("practice", memory="none", limit=1, seed=5)
    config = {"request": request.to_json()}
    run = workspace.run(lambda db: runs.create_run(db, arm, simulated=True, config=config))
    workspace.run(lambda db: runs.set_run_status(db, run, status))
    return run


def tell(workspace: Workspace, run: int, steps: int, first: int = 1, uid: str = UID) -> list[Event]:
    """Live steps of a rollout, and the events that point to them."""
    begun = trajectory((), uid=uid, task_key="practice/1", exit_reason=ExitReason.CANCELLED)
    told = [LiveEvent("rollout_started", "practice/1", uid, 0, begun)] if first == 1 else []
    told += [LiveEvent("step", "practice/1", uid, 0, step(number)) for number in range(first, first + steps)]
    workspace.run(lambda db: live.append_live(db, run, told))
    return [Event(1, run, "step", "step", 1, "")]


def row_of(workspace: Workspace, uid: str = UID) -> int:
    return workspace.reader().execute("SELECT id FROM rollout WHERE uid = ?", (uid,)).fetchone()[0]


def test_a_rollout_opens_at_its_first_step_with_everything_told_about_it(opened: Opened, presenter, view) -> None:
    assert (presenter.step, view.steps) == (1, [1])
    assert opened.verdicts
    assert opened.truths
    assert opened.retrieval.hits
    assert all(link.id for link in opened.items.values())
    assert set(opened.calls) == set(range(1, opened.count + 1))


def test_steps_stop_at_both_ends(opened: Opened, presenter: Presenter, view: SeenView) -> None:
    presenter.move(-1)
    presenter.jump(99)
    presenter.move(1)
    assert view.steps == [1, opened.count]
    presenter.jump(2)
    presenter.last()
    assert presenter.step == opened.count


def test_a_step_named_is_the_one_shown(presenter, view, practised_rollout, qtbot) -> None:
    presenter.open_uid(practised_rollout.row.uid, 3, practised_rollout.run.id)
    qtbot.waitUntil(lambda: view.opened is not None)
    assert (view.opened.id, view.steps) == (practised_rollout.id, [3])
    presenter.open_uid(practised_rollout.row.uid, 2)
    qtbot.waitUntil(lambda: view.steps[-1] == 2)


def test_an_unknown_rollout_is_said_to_be_gone(presenter: Presenter, view: SeenView, qtbot) -> None:
    presenter.open_uid("nobody")
    qtbot.waitUntil(lambda: bool(view.said))
    presenter.open(10_000)
    qtbot.waitUntil(lambda: view.said == [GONE, GONE])
    assert view.opened is None
    assert presenter.wanted is None


def test_playing_goes_to_the_end_and_stops_there(opened: Opened, presenter: Presenter, view: SeenView) -> None:
    presenter.set_playing(True)
    for _ in range(opened.count + 1):
        presenter.play_tick()
    assert (presenter.step, view.playing) == (opened.count, False)
    presenter.set_playing(True)
    assert (presenter.step, view.playing) == (1, True)
    presenter.move(1)
    assert not view.playing


def test_a_running_rollout_grows_and_moves_nobody(workspace, presenter, view, qtbot) -> None:
    run = begin_run(workspace)
    tell(workspace, run, 2)
    presenter.open(row_of(workspace))
    qtbot.waitUntil(lambda: view.opened is not None)
    presenter.events(tell(workspace, run, 3, first=3))
    qtbot.waitUntil(lambda: view.opened.count == 5)
    assert presenter.step == 1
    assert set(view.steps) == {1}


def test_a_rollout_without_a_step_shows_none_then_its_first(workspace, presenter, view, qtbot) -> None:
    run = begin_run(workspace)
    tell(workspace, run, 0)
    presenter.open(row_of(workspace))
    qtbot.waitUntil(lambda: view.opened is not None)
    assert presenter.step == 0
    presenter.events(tell(workspace, run, 1, first=1))
    qtbot.waitUntil(lambda: presenter.step == 1)


def test_following_jumps_to_the_newest_step_and_on_to_the_newest_rollout(workspace, presenter, view, qtbot) -> None:
    run = begin_run(workspace)
    tell(workspace, run, 9)
    presenter.open(row_of(workspace))
    qtbot.waitUntil(lambda: view.opened is not None)
    presenter.set_follow(True)
    presenter.follow_tick()
    assert presenter.step == 9
    presenter.events(tell(workspace, run, 1, uid="live-2"))
    newer = row_of(workspace, "live-2")
    qtbot.waitUntil(lambda: presenter._newest == newer)
    presenter.follow_tick()
    qtbot.waitUntil(lambda: view.opened.id == newer)
    assert view.follow


def test_following_walks_through_what_came_at_once(opened: Opened, presenter: Presenter) -> None:
    presenter.set_follow(True)
    presenter.follow_tick()
    assert presenter.step == 2


def test_a_persons_step_ends_following_and_so_does_a_persons_choice(opened, presenter, view) -> None:
    presenter.set_follow(True)
    presenter.move(1)
    assert not view.follow
    presenter.set_follow(True)
    presenter.choose(opened.id)
    assert not view.follow


def test_following_opens_the_newest_while_nothing_is_open(presenter: Presenter, view: SeenView, qtbot) -> None:
    presenter.set_follow(True)
    qtbot.waitUntil(lambda: view.opened is not None)


def test_events_of_other_runs_read_nothing_again(opened: Opened, presenter: Presenter, view: SeenView) -> None:
    presenter.events([Event(1, 999, "step", "step", 1, ""), Event(2, opened.run.id, "prompt", "prompt", 1, "")])
    assert not presenter.asked


def test_an_interrupted_run_can_be_resumed_and_then_runs(workspace, presenter, view, frame, qtbot, monkeypatch) -> None:
    run = begin_run(workspace)
    tell(workspace, run, 2)
    presenter.open(row_of(workspace))
    qtbot.waitUntil(lambda: view.opened is not None)
    assert view.standing == ("The run was interrupted", True)
    asked = []
    monkeypatch.setattr(frame.jobs, "run", lambda request, settings, title, **_: asked.append((request, title)))
    presenter.resume()
    assert asked[0][0] == RunRequest("practice", memory="none", limit=1, seed=5)
    frame.jobs.state = JobState("x", "running", runs=(run,))
    presenter.job_changed(frame.jobs.state)
    assert view.standing == (RUNNING, False)
    presenter.resume()
    assert len(asked) == 1


@pytest.mark.parametrize(
    ("status", "sentence"),
    [("paused", "The run was paused by a fault"), ("cancelled", "The run was stopped"), ("finished", "")],
)
def test_how_a_run_stands_is_told(workspace, presenter, view, qtbot, status: str, sentence: str) -> None:
    run = begin_run(workspace, status)
    tell(workspace, run, 1)
    presenter.open(row_of(workspace))
    qtbot.waitUntil(lambda: view.opened is not None)
    assert view.standing == (sentence, bool(sentence))


def test_a_run_without_its_request_says_so(workspace, presenter, view, qtbot) -> None:
    arm = runs.runs(workspace.reader())[0].arm
    run = workspace.run(lambda db: runs.create_run(db, arm))
    tell(workspace, run, 1)
    presenter.open(row_of(workspace))
    qtbot.waitUntil(lambda: view.opened is not None)
    presenter.resume()
    assert "what it was begun with is not kept" in view.said[0]


def test_a_rollout_dropped_by_a_resumed_run_stays_on_screen_and_comes_back(workspace, presenter, view, qtbot) -> None:
    run = begin_run(workspace)
    tell(workspace, run, 2)
    presenter.open(row_of(workspace))
    qtbot.waitUntil(lambda: view.opened is not None)
    workspace.run(lambda db: live.drop_unfinished(db, run))
    presenter.refresh()
    qtbot.waitUntil(lambda: view.standing[0] == DROPPED)
    assert view.opened.count == 2
    tell(workspace, run, 4)
    presenter.events([Event(1, run, "step", "step", 1, "")])
    qtbot.waitUntil(lambda: view.opened.count == 4)
    assert presenter.step == 1
    assert listed(workspace.reader(), [presenter.wanted])


def test_many_events_lead_to_few_reads_and_the_last_state_is_shown(workspace, presenter, view, qtbot) -> None:
    run = begin_run(workspace)
    tell(workspace, run, 1)
    presenter.open(row_of(workspace))
    qtbot.waitUntil(lambda: view.opened is not None)
    shown = len(view.steps)
    for number in range(2, 40):
        presenter.events(tell(workspace, run, 1, first=number))
    qtbot.waitUntil(lambda: view.opened.count == 39)
    assert len(view.steps) - shown <= 3


def test_of_a_rollout_that_grows_only_the_new_steps_are_read(workspace: Workspace) -> None:
    run = begin_run(workspace)
    tell(workspace, run, 3)
    known = read_opened(workspace.reader(), row_of(workspace))
    tell(workspace, run, 2, first=4)
    asked: list[str] = []
    conn = workspace.reader()
    conn.set_trace_callback(asked.append)
    grown = read_opened(conn, known.id, known)
    conn.set_trace_callback(None)
    assert grown.count == 5
    assert all(one is other for one, other in zip(known.trajectory.steps, grown.trajectory.steps, strict=False))
    assert any("s.number > 3" in one for one in asked)
    assert not any("s.number > 0" in one for one in asked)
    assert grown == read_opened(conn, known.id)


def test_a_rollout_with_an_end_is_read_anew_when_its_end_comes_and_then_no_more(
    workspace: Workspace, practised_rollout: Opened
) -> None:
    conn = workspace.reader()
    again = read_opened(conn, practised_rollout.id, practised_rollout)
    assert again == practised_rollout
    assert again.trajectory is practised_rollout.trajectory
    assert again.calls is practised_rollout.calls
    ran = replace(practised_rollout, row=replace(practised_rollout.row, status="running"))
    ended = read_opened(conn, ran.id, ran)
    assert ended.trajectory == practised_rollout.trajectory
    assert ended.trajectory is not practised_rollout.trajectory
