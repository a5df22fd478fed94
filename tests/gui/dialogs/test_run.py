"""The run dialog on screen."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QStandardItemModel
from PySide6.QtWidgets import QApplication

from rb_studio.gui.dialogs.choice import Choice
from rb_studio.gui.dialogs.choosing import fill, value
from rb_studio.gui.dialogs.run import RunDialog
from rb_studio.gui.frame import Frame
from rb_studio.gui.jobs import JobState
from rb_studio.gui.rooms.room import Place
from rb_studio.jobs.own_tasks import NewTask, add_task
from rb_studio.models.errors import SettingsError
from rb_studio.models.profile import Profile
from rb_studio.store import runs
from tests.gui.conftest import PRACTICE


@pytest.fixture
def asked(frame: Frame, shown, qtbot) -> RunDialog:
    dialog = shown(RunDialog(frame, "practice"))
    qtbot.waitUntil(lambda: dialog._run.isEnabled())
    return dialog


def test_it_opens_ready_with_an_estimate_and_says_simulated(asked: RunDialog, qtbot) -> None:
    qtbot.waitUntil(lambda: "stored rollouts" in asked._estimate.text())
    assert asked._badge.isVisible()
    assert value(asked.fields.what) == "practice"


def test_what_cannot_be_chosen_is_grey_and_says_why(asked: RunDialog) -> None:
    box = asked.fields.memory
    fill(box, [Choice("none", "no memory"), Choice("dreams", "dreams", "not in this version")], "dreams")
    assert value(box) == "none"
    row = box.findData("dreams")
    model = box.model()
    assert isinstance(model, QStandardItemModel)
    assert not model.item(row).isEnabled()
    assert "not in this version" in box.itemText(row)


def test_without_memory_its_fields_wait_with_a_reason(asked: RunDialog) -> None:
    asked.fields.memory.setCurrentIndex(asked.fields.memory.findData("none"))
    assert not asked.fields.bank.isEnabled()
    assert "Without memory" in asked.fields.bank.toolTip()
    assert asked.problem() == ""


def test_scaling_begins_with_three_rollouts(asked: RunDialog) -> None:
    assert not asked.fields.k.isEnabled()
    before = int(asked._summary.text().split()[0].replace(",", ""))
    asked.fields.scaling.setCurrentIndex(asked.fields.scaling.findData("parallel"))
    assert asked.fields.k.value() == 3
    assert int(asked._summary.text().split()[0].replace(",", "")) == 3 * before


def test_several_seeds_take_a_bank_of_their_own(asked: RunDialog) -> None:
    asked.fields.seeds.setText("0:2")
    assert value(asked.fields.bank) == "empty"
    asked.fields.seeds.setText("0:x")
    assert "neither" in asked.problem()
    assert not asked._run.isEnabled()
    assert not asked._dry.isEnabled()
    assert asked._estimate.text() == ""


def test_models_per_role_are_shown_when_asked_for(asked: RunDialog) -> None:
    assert not asked.fields.roles["judge"].isVisible()
    asked.fields.per_role.setChecked(True)
    assert asked.fields.roles["judge"].isVisible()
    assert asked.form.request().profiles == {"actor": "practice"}


def test_a_dry_run_from_the_dialog_runs_and_goes_to_watch(asked: RunDialog, frame: Frame, qtbot) -> None:
    places = []
    asked.started.connect(places.append)
    before = len(runs.runs(frame.session.workspace.reader()))
    asked._dry.click()
    assert not asked._run.isEnabled()
    qtbot.waitUntil(lambda: frame.jobs.state is not None and not frame.jobs.state.active, timeout=30_000)
    assert places == [Place("trajectories", {"run": frame.jobs.state.runs[0]})]
    assert frame.jobs.state.phase == "finished", frame.jobs.state.detail
    made = runs.runs(frame.session.workspace.reader())[before:]
    assert [(run.start_state, run.arm.limit) for run in made] == [("frozen", 1)]


def test_more_settings_are_folded_away_until_enter_or_their_key_opens_them(asked: RunDialog, begun, qtbot) -> None:
    more = asked.fields.more
    assert not more.noise.isVisible()
    more.button.setFocus()
    qtbot.keyClick(more.button, Qt.Key.Key_Return)
    assert more.noise.isVisible()
    assert begun == []
    assert more.button.accessibleName() == "More settings, unfolded"
    fields = []
    for _ in range(40):
        qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Tab)
        fields.append(QApplication.focusWidget())
    reached = [more.retrieve, more.unit, more.scope, more.exclude, more.policy, more.noise, more.allocation, more.split]
    assert [one for one in fields if one in reached][: len(reached)] == reached
    qtbot.keyClick(more.button, Qt.Key.Key_Space)
    assert not more.noise.isVisible()


def test_what_is_chosen_in_the_folded_part_is_checked_counted_and_named(asked: RunDialog, qtbot) -> None:
    more = asked.fields.more
    more.allocation.setCurrentIndex(more.allocation.findData("first-success"))
    assert "k = 2 or more" in asked.problem()
    asked.fields.scaling.setCurrentIndex(asked.fields.scaling.findData("parallel"))
    assert asked.problem() == ""
    assert asked._summary.text().startswith("up to ")
    assert more.button.text().endswith(": stop at the first success")
    more.policy.setCurrentIndex(more.policy.findData("cap"))
    more.button.click()
    assert more.cap.isVisible()
    assert not more.near.isVisible()
    asked.fields.memory.setCurrentIndex(asked.fields.memory.findData("none"))
    assert not more.policy.isEnabled()
    assert "Without memory" in more._about["policy"].text()


def test_learning_by_a_person_waits_for_a_persons_verdict(asked: RunDialog, qtbot) -> None:
    asked.fields.label.setCurrentIndex(asked.fields.label.findData("human"))
    qtbot.waitUntil(lambda: "judge rollouts first" in asked.problem())
    assert not asked._run.isEnabled()
    asked.fields.label.setCurrentIndex(asked.fields.label.findData("judge"))
    qtbot.waitUntil(lambda: asked.problem() == "")
    assert asked._run.isEnabled()


def test_a_model_that_can_do_the_tasks_is_proposed_and_the_chosen_one_comes_back(frame: Frame, shown, qtbot) -> None:
    frame.session.workspace.run(lambda db: add_task(db, NewTask("sums", "1 + 1?", "2")))
    other = Profile("big", "https://api.example.org/v1", "big-1")
    frame.settings = lambda: PRACTICE.with_profile(other)
    dialog = shown(RunDialog(frame, "sums"))
    qtbot.waitUntil(lambda: dialog._run.isEnabled())
    profile, what = dialog.fields.profile, dialog.fields.what
    assert value(profile) == "big"
    what.setCurrentIndex(what.findData("practice"))
    assert value(profile) == "practice"
    profile.setCurrentIndex(profile.findData("big"))
    what.setCurrentIndex(what.findData("sums"))
    what.setCurrentIndex(what.findData("practice"))
    assert value(profile) == "big"


def test_without_a_model_that_can_do_the_tasks_the_dialog_says_what_to_do(frame: Frame, shown, qtbot) -> None:
    frame.session.workspace.run(lambda db: add_task(db, NewTask("sums", "1 + 1?", "2")))
    dialog = shown(RunDialog(frame, "sums"))
    qtbot.waitUntil(lambda: "add a profile of another model" in dialog.problem())
    assert not dialog._run.isEnabled()
    assert dialog.fields.profile.currentIndex() == -1


@pytest.fixture
def begun(frame: Frame) -> list[str]:
    """Titles of the jobs that were asked for; none runs."""
    titles: list[str] = []
    frame.jobs.run = lambda _request, _settings, title: titles.append(title)
    return titles


@pytest.mark.parametrize("key", [Qt.Key.Key_Return, Qt.Key.Key_Space])
def test_enter_on_the_dry_run_runs_one_task_only(asked: RunDialog, begun: list[str], key: Qt.Key, qtbot) -> None:
    asked._dry.setFocus()
    qtbot.keyClick(asked._dry, key)
    assert begun == ["dry run on practice"]


def test_enter_in_a_field_runs_everything_that_was_chosen(asked: RunDialog, begun: list[str], qtbot) -> None:
    asked._dry.setFocus()
    asked.fields.seeds.setFocus()
    qtbot.keyClick(asked.fields.seeds, Qt.Key.Key_Return)
    assert begun == ["practice: reasoningbank"]


def test_a_job_that_has_to_wait_says_so(frame: Frame, shown, qtbot) -> None:
    frame.jobs.state = JobState("other", "running")
    dialog = shown(RunDialog(frame, "practice"))
    qtbot.waitUntil(lambda: dialog._run.isEnabled())
    assert "waits its turn" in dialog._note.text()
    frame.jobs.state = None


def test_a_job_that_does_not_begin_says_why_in_the_dialog(asked: RunDialog, frame: Frame, qtbot) -> None:
    frame.jobs.run = lambda _request, _settings, title: frame.jobs.changed.emit(
        JobState(title, "failed", detail="there is no bank of that name")
    )
    asked._run.click()
    assert asked.problem() == "there is no bank of that name"
    assert asked._run.isEnabled()
    assert asked._run.text() == "Run"
    assert asked.isVisible()


def test_cancel_while_it_starts_stops_the_job(asked: RunDialog, frame: Frame) -> None:
    stopped = []
    frame.jobs.run = lambda _request, _settings, title: frame.jobs.changed.emit(JobState(title, "starting"))
    frame.jobs.stop = lambda: stopped.append(True)
    asked._run.click()
    assert asked._run.text() == "Starting\u2026"
    asked.reject()
    assert stopped == [True]


def test_a_job_that_waits_its_turn_leaves_the_room_as_it_is(asked: RunDialog, frame: Frame) -> None:
    asked_for, places = [], []
    frame.jobs.state = JobState("other", "running")
    frame.jobs.run = lambda _request, _settings, title: asked_for.append(title)
    asked.started.connect(places.append)
    asked._run.click()
    frame.jobs.state = None
    assert (asked_for, places) == (["practice: reasoningbank"], [])
    assert frame.toast.said == ["practice: reasoningbank waits its turn."]


def test_settings_that_cannot_be_read_are_said(frame: Frame, shown, qtbot) -> None:
    def damaged():
        raise SettingsError("the settings are damaged")

    frame.settings = damaged
    dialog = shown(RunDialog(frame, "practice"))
    qtbot.waitUntil(lambda: dialog.problem() == "the settings are damaged")
    assert not dialog._run.isEnabled()


def test_answers_after_closing_do_no_harm(frame: Frame, shown, qtbot) -> None:
    dialog = shown(RunDialog(frame, "practice"))
    with qtbot.waitSignal(dialog.destroyed):
        dialog.reject()
    answers = []
    frame.session.query("last", lambda _conn: 1, answers.append)
    qtbot.waitUntil(lambda: answers == [1])
