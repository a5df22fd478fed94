"""The allocation lab: a budget, what each policy reaches with it, and why each task got its k."""

import csv
import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QPushButton

from rb_studio.cli.main import main
from rb_studio.gui.commands.registry import Registry
from rb_studio.gui.frame import Frame
from rb_studio.gui.rooms.scaling.lab_part import LabPart
from rb_studio.gui.rooms.scaling.view import ScalingRoom
from rb_studio.gui.widgets.empty import EmptyState
from rb_studio.jobs.frontier import frontier, task_outcomes
from rb_studio.jobs.frontier_names import AT_BEST
from rb_studio.jobs.request import RunRequest
from rb_studio.jobs.run import run_arm
from rb_studio.store.workspace import Workspace
from tests.gui.conftest import PRACTICE
from tests.gui.scaling.conftest import entered

TASKS, K = 5, 3


@pytest.fixture(scope="module")
def spread(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three rollouts a task, made once; copy it, never open it."""
    folder = tmp_path_factory.mktemp("spread")
    with pytest.MonkeyPatch.context() as patch, Workspace.open(folder / "w.rbank", write=True, create=True) as opened:
        patch.setenv("RB_STUDIO_CONFIG_DIR", str(folder / "config"))
        patch.setenv("RB_STUDIO_DATA_DIR", str(folder / "data"))
        run_arm(opened, RunRequest("practice", memory="none", limit=TASKS, scaling="parallel", k=K), PRACTICE)
    return folder / "w.rbank"


@pytest.fixture
def stored(spread: Path, tmp_path: Path, frames) -> Iterator[Workspace]:
    """This test's own copy."""
    with Workspace.open(shutil.copyfile(spread, tmp_path / "w.rbank"), write=True) as opened:
        yield opened
        frames.close()


def opened(frame: Frame, qtbot) -> ScalingRoom:
    return entered(frame, qtbot)


@pytest.fixture
def room(stored: Workspace, make_frame, qtbot) -> ScalingRoom:
    made = opened(make_frame(stored), qtbot)
    run(made.frame.registry, "scaling.lab")
    lab = part(made)
    qtbot.waitUntil(lambda: bool(lab.panel.tasks.rows()) and len(lab.panel.pane.curves.series) == 8)
    return made


def run(registry: Registry, command: str) -> None:
    registry.refresh()
    registry.action(command).trigger()


def part(room: ScalingRoom) -> LabPart:
    return next(one for one in room.parts.all if isinstance(one, LabPart))


def marks(lab: LabPart) -> dict[str, tuple[float, float]]:
    return {
        str(one.arm["allocation"]): (one.points[0].x, one.points[0].value)
        for one in lab.panel.pane.curves.series
        if one.metric == AT_BEST
    }


def test_the_keys_of_the_slider_move_the_marks_and_the_reasons(room: ScalingRoom, qtbot) -> None:
    lab = part(room)
    assert lab.panel.budget.slider.hasFocus()
    qtbot.keyClick(lab.panel.budget.slider, Qt.Key.Key_Home)
    qtbot.waitUntil(lambda: lab.presenter.at.total == TASKS)
    assert marks(lab)["uniform"][0] == TASKS
    for _ in range(4):
        qtbot.keyClick(lab.panel.budget.slider, Qt.Key.Key_Right)
    qtbot.waitUntil(lambda: lab.presenter.at.total == TASKS + 4)
    points = frontier(lab.presenter.ready, [(TASKS + 4) / TASKS], controls=())
    assert marks(lab) == {one.policy: (one.spend, one.value) for one in points}
    assert lab.panel.tasks.rows() == list(task_outcomes(lab.presenter.ready, "greedy", (TASKS + 4) / TASKS))
    assert f"{TASKS + 4} rollouts in all" in lab.panel.budget.slider.accessibleDescription()
    assert f"budget of {TASKS + 4} rollouts" in lab.panel.pane.curves.caption


def test_a_task_opens_the_rollouts_it_got_and_a_point_those_of_all_tasks(room: ScalingRoom, qtbot) -> None:
    lab, places = part(room), []
    room.go.connect(places.append)
    lab.panel.table.setCurrentIndex(lab.panel.tasks.index(1, 0))
    qtbot.keyClick(lab.panel.table, Qt.Key.Key_Return)
    row = lab.panel.tasks.rows()[1]
    assert places[-1].target == {"rollouts": list(row.rollouts)}
    assert len(row.rollouts) == row.k
    pane = lab.panel.pane
    place = next(n for n, (series, _) in enumerate(pane.model.rows()) if series.arm["allocation"] == "greedy")
    series, point = pane.model.rows()[place]
    pane.opened.emit(series, point)
    qtbot.waitUntil(lambda: len(places) == 2)
    assert TASKS <= len(places[-1].target["rollouts"]) <= point.k + 1


def test_what_is_hidden_is_not_drawn_and_controls_stand_beside_their_policy(room: ScalingRoom, qtbot) -> None:
    lab = part(room)
    lab.panel.policies["uniform"].setChecked(False)
    assert set(marks(lab)) == {"first-success", "difficulty", "greedy"}
    run(room.frame.registry, "scaling.lab.controls")
    qtbot.waitUntil(lambda: len(lab.panel.pane.curves.series) == 12)
    assert "only the oracle knows the truth" in lab.panel.pane.curves.caption


def test_the_figure_is_rebuilt_from_its_recipe_to_the_same_numbers(room: ScalingRoom, qtbot, tmp_path, capsys) -> None:
    frame = room.frame
    run(frame.registry, "scaling.lab.controls")
    qtbot.waitUntil(lambda: len(part(room).panel.pane.curves.series) == 14)
    for kind, ending in (("csv", "csv"), ("recipe", "json"), ("svg", "svg")):
        frame.dialogs.saves = [tmp_path / f"f.{ending}"]
        run(frame.registry, f"scaling.export.{kind}")
        qtbot.waitUntil(lambda name=f"f.{ending}": f"Wrote {name}" in frame.toast.said)
    recipe = json.loads((tmp_path / "f.json").read_text())
    assert (recipe["figure"], recipe["replayed"]["controls_of"]) == ("frontier", "greedy")
    for number, source in enumerate(("f.json", "f.svg")):
        again = tmp_path / f"again{number}.csv"
        path = str(frame.session.workspace.path)
        assert main(["curves", path, "--recipe", str(tmp_path / source), "--csv", str(again)]) == 0
        assert again.read_bytes() == (tmp_path / "f.csv").read_bytes()
    capsys.readouterr()
    with (tmp_path / "f.csv").open(newline="", encoding="utf-8") as file:
        written = [(row["series"], float(row["value"])) for row in csv.DictReader(file)]
    shown = [(series.name, point.value) for series in part(room).panel.pane.curves.series for point in series.points]
    assert [name for name, _ in written] == [name for name, _ in shown]
    assert [value for _, value in written] == pytest.approx([value for _, value in shown])


def test_one_rollout_a_task_is_said_to_be_too_few_with_what_to_do(frame: Frame, qtbot) -> None:
    room = opened(frame, qtbot)
    run(frame.registry, "scaling.lab")
    lab = part(room)
    qtbot.waitUntil(lambda: bool(lab.panel.findChildren(EmptyState)))
    said = " ".join(label.text() for label in lab.panel.findChild(EmptyState).findChildren(QLabel))
    assert "at least two stored rollouts of each task" in said
    assert "with k = 3 or more" in said
    assert "sweep" in lab.panel.findChild(EmptyState).findChild(QPushButton).text()
    frame.registry.refresh()
    assert not frame.registry.action("scaling.lab.more").isEnabled()


def test_choices_come_back(room: ScalingRoom) -> None:
    lab = part(room)
    lab.panel.success.setCurrentIndex(1)
    lab.panel.over.setCurrentIndex(1)
    kept = lab.place_to_keep()
    assert (kept["metric"], kept["over"], kept["total"]) == ("pass_at_k", "tokens", TASKS * (1 + K) // 2)
    lab.restore_place(json.loads(json.dumps({**kept, "policy": "difficulty", "policies": ["greedy"]})))
    assert lab.panel.shown_policies == ("greedy",)
    assert lab.panel.policy.currentText() == lab.presenter.policy == "difficulty"


def test_results_that_come_are_read_and_budget_and_choices_stay(room: ScalingRoom, stored: Workspace, qtbot) -> None:
    lab = part(room)
    lab.panel.budget.number.setValue(TASKS + 2)
    qtbot.waitUntil(lambda: lab.presenter.at is not None and lab.presenter.at.total == TASKS + 2)
    run_arm(stored, RunRequest("practice", memory="none", limit=TASKS, scaling="parallel", k=K, seed=1), PRACTICE)
    room.refresh()
    qtbot.waitUntil(lambda: lab.presenter.ready.pool.rollouts == 2 * K * TASKS)
    qtbot.waitUntil(lambda: "2 seeds" in lab.panel.pane.curves.caption)
    assert lab.presenter.at.total == lab.panel.budget.total == TASKS + 2
