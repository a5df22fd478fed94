"""The run dialog on screen."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QStandardItemModel

from rb_studio.gui.dialogs.choice import Choice
from rb_studio.gui.dialogs.choosing import fill, value
from rb_studio.gui.dialogs.run import RunDialog
from rb_studio.gui.frame import Frame
from rb_studio.gui.jobs import JobState
from rb_studio.gui.rooms.room import Place
from rb_studio.models.errors import SettingsError
from rb_studio.store import runs


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
