"""Known values through the room's own path: stored runs, session, presenter and the numbers on screen."""

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest
from PySide6.QtCore import QLocale

from rb_studio.cli.main import main
from rb_studio.gui.frame import Frame
from rb_studio.gui.rooms.scaling.comparison_part import ComparisonPart
from rb_studio.gui.rooms.scaling.view import ScalingRoom
from rb_studio.jobs.curves import PASS_HAT_K
from rb_studio.jobs.streams import arm_name, steps_set
from rb_studio.store.rollouts import rollout_rows
from rb_studio.store.workspace import Workspace
from tests.conftest import shared_file
from tests.gui.conftest import Frames
from tests.gui.scaling.conftest import entered
from tests.interchange.files import tool_call_run

Opened = Callable[[Path], ScalingRoom]
Points = list[tuple[int, int, float]]
SOLVED = {"two-of-five": (5, 2), "one-of-eight": (8, 1), "four-of-five": (5, 4)}


@pytest.fixture
def opened(tmp_path: Path, frames: Frames, make_frame, qtbot, capsys) -> Iterator[Opened]:
    """The room on what a folder holds."""
    workspaces = []

    def make(folder: Path) -> ScalingRoom:
        path = tmp_path / "read.rbank"
        assert main(["import", str(path), str(folder)]) == 0
        workspaces.append(Workspace.open(path, write=True))
        frame: Frame = make_frame(workspaces[-1])
        return entered(frame, qtbot)

    yield make
    frames.close()
    for workspace in workspaces:
        workspace.close()


def numbers(room: ScalingRoom) -> dict[tuple[str, str], Points]:
    """The rows of the table in front by arm and metric: k, n and the value."""
    found: dict[tuple[str, str], Points] = {}
    for series, point in room.front_pane.model.rows():
        found.setdefault((arm_name(series), series.metric), []).append((point.k, point.n, point.value))
    return found


def graded(folder: Path, runs: Mapping[str, Mapping[str, bool]]) -> Path:
    """Runs as the harness of a benchmark reports them, a folder each: whether each task was solved."""
    for name, tasks in runs.items():
        (folder / name).mkdir(parents=True)
        lists: dict[str, list[str]] = {"resolved_ids": [], "unresolved_ids": []}
        for task, right in tasks.items():
            lists["resolved_ids" if right else "unresolved_ids"].append(f"demo__{task}")
        (folder / name / "report.json").write_text(json.dumps(lists), "utf-8")
    return folder


def test_three_graded_runs_give_their_pass_at_k_in_the_room_and_on_the_command_line(opened: Opened, capsys) -> None:
    room = opened(shared_file("samples", "mini-swe-agent", "v1.1_runs"))
    shown = numbers(room)
    assert {arm for arm, _ in shown} == {"imported deepseek"}
    points = shown["imported deepseek", "pass_at_k"]
    assert [(k, n, round(value, 3)) for k, n, value in points] == [(1, 23, 0.304), (2, 23, 0.362), (3, 23, 0.391)]
    assert shown["imported deepseek", "pass_at_1"] == points[:1]
    capsys.readouterr()
    assert main(["curves", str(room.frame.session.workspace.path), "--json"]) == 0
    (series,) = (one for one in json.loads(capsys.readouterr().out)["series"] if one["metric"] == "pass_at_k")
    assert [(one["k"], one["n"], one["value"]) for one in series["points"]] == points
    figure = room.presenter.figure("curves")
    (drawn,) = (one for one in figure.series if one.metric == "pass_at_k")
    behind = {uid for point in drawn.points for uid in room.presenter.rollouts_behind(drawn, point)}
    rows = rollout_rows(room.frame.session.workspace.reader())
    assert behind == {row.uid for row in rows}
    stepped = [row.steps for row in rows if row.steps > 0]
    assert len(stepped) == 14  # the trajectories lie beside two of the three reports
    means = {one.metric: one.points[-1] for one in steps_set(room.presenter.figures.pools).series}
    assert means["steps"].n == len({row.task_key for row in rows if row.steps > 0}) < 23
    assert min(stepped) <= means["steps"].value <= max(stepped)


def test_report_predictions_and_trajectories_are_one_rollout_of_a_task(opened: Opened, tmp_path: Path) -> None:
    run = tmp_path / "runs" / "one"
    for name in ("demo__lib-1", "demo__lib-2"):
        (run / name).mkdir(parents=True)
        told = tool_call_run(name, resolved=name == "demo__lib-2")  # what a run says of itself is no truth
        (run / name / f"{name}.traj.json").write_text(json.dumps(told), "utf-8")
    lists = {"resolved_ids": ["demo__lib-1"], "unresolved_ids": ["demo__lib-2", "demo__lib-4"]}
    (run / "report.json").write_text(json.dumps({**lists, "error_ids": ["demo__lib-3"]}), "utf-8")
    predicted = {name: {"instance_id": name, "model_patch": "diff --git a/y b/y\n"} for name in ("demo__lib-4",)}
    (run / "preds.json").write_text(json.dumps(predicted), "utf-8")
    (run / "exit_statuses_1.5.yaml").write_text("instances_by_exit_status:\n    Odd:\n    - other__lib-9\n", "utf-8")
    room = opened(tmp_path / "runs")
    rows = {row.task_key.rpartition("/")[2]: row for row in rollout_rows(room.frame.session.workspace.reader())}
    told = {name: (row.steps > 0, row.truth) for name, row in rows.items()}
    assert told == {
        "demo__lib-1": (True, True),
        "demo__lib-2": (True, False),
        "demo__lib-3": (False, None),
        "demo__lib-4": (False, False),
    }
    (points,) = (points for (_, metric), points in numbers(room).items() if metric == "pass_at_1")
    assert points == [(1, 3, pytest.approx(1 / 3))]


def test_golden_values_of_pass_at_k_and_pass_hat_k_stand_in_the_table(opened: Opened, tmp_path: Path, qtbot) -> None:
    runs = {f"{t}-run-{place}": {t: place < right} for t, (n, right) in SOLVED.items() for place in range(n)}
    room = opened(graded(tmp_path / "runs", runs))
    room.presenter.show_metric(PASS_HAT_K, True)
    qtbot.waitUntil(lambda: any(metric == PASS_HAT_K for _, metric in numbers(room)))
    by_first = {(points[0][2], len(points), metric): points for (_, metric), points in numbers(room).items()}
    values = {key: [value for _, _, value in points] for key, points in by_first.items()}
    assert values[0.4, 5, "pass_at_k"] == pytest.approx([0.4, 0.7, 0.9, 1.0, 1.0])
    eight = values[0.125, 8, "pass_at_k"]
    assert [eight[k - 1] for k in (1, 2, 4, 8)] == pytest.approx([0.125, 0.25, 0.5, 1.0])
    assert values[0.8, 5, PASS_HAT_K] == pytest.approx([0.8, 0.6, 0.4, 0.2, 0.0])


def test_golden_sample_sizes_are_told_under_the_comparisons(opened: Opened, tmp_path: Path, qtbot) -> None:
    runs = {f"run-{odd}": {f"lib-{place}": place % 2 == odd for place in range(4)} for odd in (0, 1)}
    room = opened(graded(tmp_path / "runs", runs))
    room.presenter.choose_source("apart")
    (part,) = (one for one in room.parts.all if isinstance(one, ComparisonPart))
    qtbot.waitUntil(lambda: room.presenter.figures.source == "apart" and room.frame.session.idle)
    part.show()
    panel = part.panel
    qtbot.waitUntil(lambda: panel.model.rowCount() > 0)
    for points, tasks in ((5, 1570), (10, 392), (15, 174), (20, 98)):
        panel.difference.setValue(points)
        told = f", {QLocale().toString(tasks)} with other tasks in each arm"
        qtbot.waitUntil(lambda wanted=told: wanted in panel.needed.text())
