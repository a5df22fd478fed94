"""Tests of a bank: what is asked for and what it takes, a test run as a job, its result, stopping and going on."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from pytestqt.qtbot import QtBot

from rb_studio.gui.dialogs import cost_first
from rb_studio.gui.dialogs.choosing import value
from rb_studio.gui.frame import Frame
from rb_studio.gui.rooms.memories import (
    effect_part,
    experiments_part,
    points,
    reads,
)
from rb_studio.gui.rooms.memories.effect_part import EffectPart
from rb_studio.gui.rooms.memories.experiment_dialog import ExperimentDialog
from rb_studio.gui.rooms.memories.experiment_form import CURATION, LEAVE_ONE_OUT, ExperimentForm, Subject, read_offer
from rb_studio.gui.rooms.memories.experiment_reads import Trial, flip_cells, flips, status, summary
from rb_studio.gui.rooms.memories.experiments_panel import ExperimentsPanel
from rb_studio.gui.rooms.memories.experiments_part import ExperimentsPart
from rb_studio.gui.rooms.memories.points import Points
from rb_studio.gui.rooms.memories.view import MemoriesRoom
from rb_studio.gui.theme import Theme
from rb_studio.jobs.estimates import Estimate
from rb_studio.jobs.experiment_results import ExperimentResult, Flip
from rb_studio.jobs.experiments import Cost, estimate_cost
from rb_studio.records.curve import Comparison
from rb_studio.records.effect import EffectEstimate
from rb_studio.records.memory import ItemState
from rb_studio.store import curation, experiments, snapshots
from rb_studio.store.experiments import ExperimentRow
from rb_studio.store.workspace import Workspace
from tests.gui.conftest import PRACTICE

EFFECT = EffectEstimate(0.25, 0.0, 0.5, 0.75, 0.5, 0.1, 8, 8, 8, evidence="left out")
REQUEST = {"run": {"suite": "practice"}, "seeds": [0, 1]}
ROW = ExperimentRow(4, CURATION, 1, 10, 20, (), REQUEST, "hash", "finished", "2026-01-02T03:04:05.000000Z", {})
BETTER, WORSE = Flip("practice/1", 0.0, 1.0, ((0, "a", "b"),)), Flip("practice/2", 1.0, 0.5, ())
RESULT = ExperimentResult(
    ROW, EFFECT, (Comparison("before", "after", "steps", -1.5, -3.0, 0.2, 0.1, 8),), (BETTER, WORSE), 8, 2, 3, True
)


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (effect_part, experiments_part, cost_first):
        monkeypatch.setattr(module, "PAUSE", 0)


@pytest.fixture
def part(room: MemoriesRoom) -> Iterator[ExperimentsPart]:
    found = next(one for one in room.parts.all if isinstance(one, ExperimentsPart))
    yield found
    if found._dialog is not None:
        found._dialog.reject()


def curated(room: MemoriesRoom) -> None:
    """A snapshot, and half of what is active archived since."""
    workspace, bank = room.frame.session.workspace, room.bank()
    assert bank is not None
    workspace.run(lambda db: snapshots.take_snapshot(db, bank, "before"))
    active = room.model.ids[: max(1, len(room.model.ids) // 2)]
    workspace.run(lambda db: curation.set_state(db, bank, active, ItemState.ARCHIVED))


def opened(part: ExperimentsPart, qtbot: QtBot) -> ExperimentDialog:
    qtbot.waitUntil(lambda: part._dialog is not None)
    assert part._dialog is not None
    return part._dialog


def subject_of(room: MemoriesRoom) -> Subject:
    bank = room.bank()
    assert bank is not None
    return Subject(CURATION, bank, room.presenter.bank_name, "before")


def test_a_pair_of_points_is_tested_as_a_job_and_its_result_is_looked_at(
    room: MemoriesRoom, frame: Frame, part: ExperimentsPart, qtbot: QtBot
) -> None:
    curated(room)
    bank, went = room.bank(), []
    assert bank is not None
    assert points.testing(room.parts.all) is part
    part.test_curation(Points(bank, "before", 0))
    dialog = opened(part, qtbot)
    assert not dialog.run_button.isEnabled()
    dialog.first.setValue(3)
    qtbot.waitUntil(dialog.run_button.isEnabled)
    assert (value(dialog.before), value(dialog.after), value(dialog.suite)) == ("before", "", "practice")
    assert "6 rollouts to run over 3 tasks" in dialog.estimate.text()
    assert "free, because it is simulated" in dialog.estimate.text()
    assert "calls" in dialog.estimate.text()
    assert dialog.badge.isVisible()
    phases: list[str] = []
    totals: list[int] = []
    frame.jobs.changed.connect(lambda state: phases.append(state.phase))
    frame.jobs.changed.connect(lambda state: totals.append(state.progress.total if state.progress else 0))
    dialog.run_button.click()
    qtbot.waitUntil(lambda: "finished" in phases, timeout=60_000)
    qtbot.waitUntil(lambda: bool(part.panel._tests) and part.panel._tests[0].whole, timeout=10_000)

    assert set(totals) <= {0, 6}
    shown = part.panel.chosen()
    assert shown is not None
    assert shown.sides == "\u201cbefore\u201d \u2192 now"
    assert shown.result.n == 3
    assert "3 tasks on both sides, 1 seed" in part.panel.summary.text()
    assert part.panel.badge.isVisible()
    assert not frame.registry.action("memory.test.resume").isEnabled()
    assert not part.panel.progress.isVisible()
    room.go.connect(went.append)
    part._open(BETTER)
    assert went[0].target == {"rollouts": ["a", "b"]}


def test_a_test_that_was_stopped_goes_on_where_it_was(
    room: MemoriesRoom, frame: Frame, part: ExperimentsPart, qtbot: QtBot
) -> None:
    curated(room)
    workspace: Workspace = frame.session.workspace
    form = ExperimentForm(subject_of(room), "practice", first=2)
    offer = read_offer(workspace.reader(), form.subject, lambda: PRACTICE)
    request = form.request(offer)
    bank = room.bank()
    after = experiments.last_change(workspace.reader(), bank)
    before = next(row.operation for row in snapshots.snapshots(workspace.reader(), bank) if row.name == "before")
    written = {"run": request.run.to_json(), "seeds": [0]}
    made = workspace.run(
        lambda db: experiments.create_experiment(
            db, CURATION, bank, before_op=before, after_op=after, items=(), request=written
        )
    )
    workspace.run(lambda db: experiments.set_experiment_status(db, made, "cancelled"))
    frame.registry.action("memory.tests").trigger()
    qtbot.waitUntil(lambda: frame.registry.action("memory.test.resume").isEnabled())
    assert status(part.panel.chosen()) == "stopped"
    assert "4 results are not there yet" in part.panel.summary.text()
    begun: list[object] = []
    frame.jobs.experiment = lambda *asked: begun.append(asked)  # type: ignore[method-assign]
    frame.registry.action("memory.test.resume").trigger()

    assert begun
    asked = begun[0][0]  # type: ignore[index]
    assert estimate_cost(workspace.reader(), asked, PRACTICE).rollouts == 4
    written_again = {"run": asked.run.to_json(), "seeds": sorted(set(asked.seeds))}
    again = workspace.run(
        lambda db: experiments.create_experiment(
            db, CURATION, bank, before_op=before, after_op=after, items=(), request=written_again
        )
    )
    assert again == made


def test_one_item_is_left_out_of_the_tasks_it_was_retrieved_at(
    room: MemoriesRoom, frame: Frame, part: ExperimentsPart, qtbot: QtBot
) -> None:
    effects = next(one for one in room.parts.all if isinstance(one, EffectPart))
    qtbot.waitUntil(lambda: bool(effects.presenter.effects))
    bank, conn = room.bank(), frame.session.workspace.reader()
    assert bank is not None
    rows = reads.rows(conn, bank, room.model.ids).values()
    row = next(one for one in rows if one.uid in effects.presenter.effects and one.state == "active")
    room.table.choose(row.id)
    qtbot.waitUntil(lambda: part._detail is not None and part._detail.row.id == row.id)
    frame.registry.action("memory.effect").trigger()
    qtbot.waitUntil(effects.panel.leave_button.isVisible)
    effects.panel.leave_button.click()
    dialog = opened(part, qtbot)
    qtbot.waitUntil(dialog.run_button.isEnabled)
    assert row.title in dialog.what.text()
    assert "it was retrieved at" in dialog.which.currentText()
    dialog.seeds.setText("0:3")
    qtbot.waitUntil(dialog.run_button.isEnabled)
    asked: list[object] = []
    dialog.asked.disconnect()
    dialog.asked.connect(lambda request, _settings: asked.append(request))
    dialog.run_button.click()

    request = asked[0]
    assert request.kind == LEAVE_ONE_OUT
    assert request.items == (row.uid,)
    assert request.seeds == (0, 1, 2)
    assert request.run.tasks


def test_the_dialog_says_what_cannot_be_tested(
    room: MemoriesRoom, frame: Frame, part: ExperimentsPart, qtbot: QtBot
) -> None:
    bank = room.bank()
    frame.registry.action("memory.test").trigger()
    toast = frame.toast
    qtbot.waitUntil(lambda: any("no snapshot" in one for one in toast.said))  # type: ignore[attr-defined]
    frame.session.workspace.run(lambda db: snapshots.take_snapshot(db, bank, "same"))
    frame.registry.action("memory.test").trigger()
    dialog = opened(part, qtbot)
    qtbot.waitUntil(lambda: "nothing to test" in dialog.problem.text())
    assert not dialog.run_button.isEnabled()
    dialog.seeds.setText("x")
    assert "Seeds are whole numbers" in dialog.problem.text()
    dialog.seeds.setText("0")
    dialog.after.setCurrentIndex(1)
    dialog.after.activated.emit(1)
    assert "two points that differ" in dialog.problem.text()


def test_what_is_not_known_of_the_cost_is_said_to_be_unknown() -> None:
    told = Estimate(60, 1000, None, 90.0, "from 7 stored rollouts", unit="rollouts")
    cost = Cost(5, 20, 4, 7, told)
    assert cost.sentence() == (
        "20 rollouts to run over 5 tasks, 4 are there already. Estimate: 60 calls, about 1 k tokens, cost unknown, "
        "2 min of rollouts (from 7 stored rollouts)."
    )
    nothing = Cost(5, 20, 0, 0, Estimate(None, None, None, None, "")).sentence()
    assert "Tokens and cost unknown" in nothing
    assert "nothing is left to run" in replace(cost, rollouts=0).sentence()


def test_a_result_tells_both_directions_what_is_invalid_and_that_it_is_simulated(qtbot: QtBot) -> None:
    panel = ExperimentsPanel(Theme("light"))
    qtbot.addWidget(panel)
    one = Trial(ROW, "\u201cbefore\u201d \u2192 now", RESULT)
    panel.show_tests((one,))
    said = summary(one)
    assert "Success 50.0 % before, 75.0 % after: 8 tasks on both sides, 2 seeds." in said
    assert "+25.0 points, 90 % interval 0.0 to +50.0; it reaches over zero" in said
    assert "Steps \u22121.5, 95 % interval \u22123.0 to +0.2 (8 tasks)." in said
    assert "2 results without data" in said
    assert "3 results are not there yet" in said
    assert "1 better, 1 worse" in flips(RESULT)
    assert flip_cells(WORSE) == ["\u25bc worse", "practice/2", "100.0 %", "50.0 %"]
    assert not panel.badge.isHidden()
    assert panel.flips.topLevelItemCount() == 2
    assert panel.chosen_flip() == BETTER
    with qtbot.waitSignal(panel.flip_opened):
        panel.flips.itemActivated.emit(panel.flips.topLevelItem(0), 0)
    panel.show_tests(())
    assert "No test was made" in panel.summary.text()


def test_a_flip_without_a_pair_of_first_rollouts_says_so(
    room: MemoriesRoom, frame: Frame, part: ExperimentsPart
) -> None:
    part._open(WORSE)
    assert frame.toast.said == [experiments_part.NO_ROLLOUTS]  # type: ignore[attr-defined]
