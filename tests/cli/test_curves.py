"""`rb-studio curves`: numbers, pictures and comparisons of what is stored."""

import csv
import os
import re
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from tests.cli.conftest import Run
from tests.conftest import shared_file
from tests.jobs import sums
from tests.models.fake_server import FakeServer

METRICS = {"best_of_k", "pass_at_1", "pass_at_k"}
SHORT = ("--suite", "practice", "--limit", 4, "--embedder", "hashing")


@pytest.fixture(autouse=True)
def offscreen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")


def test_the_keys_are_those_of_the_contract(run: Run, swept: Path) -> None:
    data = run("curves", swept, "--sweep", 1, "--json").json
    assert data["simulated"] is True
    names = [series["name"] for series in data["series"]]
    assert len(set(names)) == len(names)
    for series in data["series"]:
        arm = series["arm"]
        assert {"memory", "scaling", "allocation", "source"} <= arm.keys()
        assert series["metric"] in METRICS
        mark = "" if series["truth"] == "true" else " (judged)"
        assert series["name"] == f"{arm['memory']} {arm['scaling']}{mark} · {series['metric']}"
        assert series["truth"] in ("true", "judged")
        for point in series["points"]:
            assert point.keys() == {"x", "k", "n", "value", "low", "high"}
            assert (point["x"], point["n"]) == (point["k"], 4)
            assert 0 <= point["low"] <= point["value"] <= point["high"] <= 1
    true = {(s["arm"]["memory"], s["metric"]) for s in data["series"] if s["truth"] == "true"}
    assert true == {(memory, metric) for memory in ("none", "reasoningbank") for metric in METRICS}
    for comparison in data["comparisons"]:
        assert comparison.keys() >= {"a", "b", "metric", "difference", "low", "high", "p", "n"}
        assert comparison["few_tasks"] is True
    pairs = {(c["a"], c["b"], c["metric"]) for c in data["comparisons"]}
    assert ("none parallel · k=1", "reasoningbank parallel · k=1", "pass_at_1") in pairs
    assert ("reasoningbank parallel · k=1", "reasoningbank parallel · k=2", "best_of_k") in pairs


def test_the_figures_agree_with_the_arms(run: Run, swept: Path) -> None:
    """With equal tasks in every seed a curve's value is the mean of its arms' figures."""
    from rb_studio.jobs.results import sweep_results
    from rb_studio.store.workspace import Workspace

    with Workspace.open(swept, write=False) as workspace:
        arms = sweep_results(workspace.reader(), 1)
    data = run("curves", swept, "--sweep", 1, "--json").json
    for series in data["series"]:
        if series["truth"] == "judged":
            continue
        for point in series["points"]:
            cell = [a for a in arms if (a.memory, a.k) == (series["arm"]["memory"], point["k"])]
            assert len(cell) == 2
            assert point["value"] == pytest.approx(sum(getattr(a, series["metric"]) for a in cell) / 2)


def test_csv_holds_the_same_numbers(run: Run, swept: Path, tmp_path: Path) -> None:
    file = tmp_path / "curves.csv"
    data = run("curves", swept, "--sweep", 1, "--csv", file, "--json").json
    with file.open(encoding="utf-8", newline="") as text:
        written = list(csv.DictReader(text))
    expected = [
        (series["name"], str(point["k"]), str(point["value"]), str(point["low"]), str(point["high"]))
        for series in data["series"]
        for point in series["points"]
    ]
    assert [(row["series"], row["k"], row["value"], row["low"], row["high"]) for row in written] == expected
    assert data["written"] == [str(file)]


def test_pictures_are_drawn_without_a_display_and_say_that_they_are_simulated(
    run: Run, swept: Path, tmp_path: Path
) -> None:
    from PySide6.QtGui import QImage

    png, svg = tmp_path / "curves.png", tmp_path / "curves.svg"
    ran = run("curves", swept, "--sweep", 1, "--png", png, "--svg", svg, "--json")
    assert (ran.code, ran.json["written"]) == (0, [str(png), str(svg)])
    image = QImage(str(png))
    assert image.width() >= 1000
    colours = {image.pixel(x, y) for x in range(0, image.width(), 3) for y in range(0, image.height(), 3)}
    assert {0xFF0072B2, 0xFFD55E00, 0xFFFFFFFF} <= colours
    text = svg.read_text("utf-8")
    assert len(re.findall(r"<(?:path|polyline)", text)) > 20
    shown = " ".join(re.findall(r">([^<>]+)</text>", text))
    assert "Simulated" in shown
    assert "reasoningbank" in shown


@pytest.mark.skipif(sys.platform == "win32", reason="limits of file size are POSIX")
@pytest.mark.parametrize("kind", ["svg", "png", "csv"])
def test_a_full_disk_leaves_the_figure_that_was_there(swept: Path, tmp_path: Path, kind: str) -> None:
    target = tmp_path / "out" / f"curves.{kind}"
    target.parent.mkdir()
    target.write_text("older", "utf-8")
    limited = (
        "import resource, sys; from rb_studio.cli.main import main; from rb_studio.gui import figures;"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000)); sys.exit(main(sys.argv[1:]))"
    )
    command = [sys.executable, "-c", limited, "curves", swept, "--sweep", "1", f"--{kind}", target]
    with closing(sqlite3.connect(swept)) as kept_open:  # the limit is not for the workspace's own side files
        kept_open.execute("SELECT count(*) FROM run").fetchone()
        environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
        done = subprocess.run(command, capture_output=True, text=True, env=environment)
    assert done.returncode == 1, done.stderr
    assert str(target) in done.stderr
    assert "Traceback" not in done.stderr
    assert target.read_text("utf-8") == "older"
    assert [path.name for path in target.parent.iterdir()] == [target.name]


@pytest.mark.parametrize("axis", ["tokens", "cost", "time"])
def test_what_a_task_cost_can_be_the_axis(run: Run, swept: Path, axis: str) -> None:
    data = run("curves", swept, "--sweep", 1, "--x", axis, "--json").json
    for series in data["series"]:
        first, second = (point["x"] for point in series["points"])
        assert first < second or axis == "cost"


def test_text_holds_the_table_and_the_label(run: Run, swept: Path) -> None:
    out = run("curves", swept, "--sweep", 1).out
    assert "none parallel · best_of_k" in out
    assert "Simulated: produced by the practice model" in out
    assert "only 4 tasks" in out


def test_a_workspace_opened_for_reading_is_left_as_it_is(run: Run, swept: Path) -> None:
    before = (swept.stat().st_mtime_ns, sorted(path.name for path in swept.parent.iterdir()))
    run("curves", swept, "--sweep", 1)
    assert (swept.stat().st_mtime_ns, sorted(path.name for path in swept.parent.iterdir())) == before


@pytest.mark.parametrize(
    "arguments", [("--sweep", 9), ("--sweep", 0), ("--x", "weather"), ("--sweep", "1", "--x", "weather")]
)
def test_what_cannot_be_drawn_is_one_sentence(run: Run, swept: Path, arguments: tuple[object, ...]) -> None:
    ran = run("curves", swept, *arguments, "--json")
    assert (ran.code, ran.err.count("\n")) == (2, 1)


def test_the_newest_sweep_is_drawn_where_there_is_nothing_else_and_named_where_there_is(
    run: Run, tmp_path: Path
) -> None:
    path = tmp_path / "w.rbank"
    for seed in (0, 1):
        run("sweep", path, *SHORT, "--memory", "none", "--seeds", seed, "--workers", 1)
    ran = run("curves", path, "--json")
    assert (ran.code, ran.json["sweep"]) == (0, 2)
    assert ran.json["notes"] == ["drawn from sweep 2; add --sweep N for another of 1, 2"]
    assert run("curves", path, "--sweep", 1, "--json").json["notes"] == []
    run("run", path, *SHORT, "--memory", "none", "--seed", 5)
    ran = run("curves", path, "--json")
    assert (ran.json["sweep"], ran.json["notes"]) == (None, ["sweeps are drawn by themselves: add --sweep 1 or 2"])


def test_a_picture_that_cannot_be_written_is_one_sentence(run: Run, swept: Path, tmp_path: Path) -> None:
    (tmp_path / "nowhere").write_text("in the way", "utf-8")
    for option in ("--png", "--svg", "--csv"):
        ran = run("curves", swept, "--sweep", 1, option, tmp_path / "nowhere" / "file")
        assert (ran.code, ran.err.count("\n")) == (1, 1)
        assert "nowhere" in ran.err
    assert [path.name for path in tmp_path.iterdir()] == ["nowhere"]


def test_a_missing_workspace_is_not_made(run: Run, tmp_path: Path) -> None:
    assert run("curves", tmp_path / "none.rbank").code == 2
    assert list(tmp_path.iterdir()) == []


def test_three_imported_runs_over_the_same_tasks_give_pass_at_k(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "imported.rbank"
    assert run("import", path, shared_file("samples", "mini-swe-agent", "v1.1_runs")).code == 0
    data = run("curves", path, "--json").json
    by_metric = {series["metric"]: series for series in data["series"]}
    assert {series["arm"]["source"] for series in data["series"]} == {"imported"}
    points = by_metric["pass_at_k"]["points"]
    assert [(point["k"], point["n"]) for point in points] == [(1, 23), (2, 23), (3, 23)]
    assert [round(point["value"], 3) for point in points] == [0.304, 0.362, 0.391]
    assert by_metric["pass_at_1"]["points"] == points[:1]
    assert data["simulated"] is False
    assert data["caption"].startswith("imported: 23 tasks, 3 imported runs; ")
    assert {series["name"].partition(" · ")[0] for series in data["series"]} == {"imported deepseek"}
    assert "seed" not in data["caption"].replace("seeds", "")


def test_runs_without_a_known_outcome_are_not_in_the_caption(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "imported.rbank"
    assert run("import", path, shared_file("samples", "mini-swe-agent")).code == 0
    data = run("curves", path, "--json").json
    assert data["caption"].startswith("imported: 23 tasks, 3 imported runs; ")
    assert {point["n"] for series in data["series"] for point in series["points"]} == {23}


def test_the_axis_has_a_column_only_where_it_is_not_k(run: Run, swept: Path) -> None:
    head = run("curves", swept, "--sweep", 1).out.splitlines()[0]
    assert re.split(r" {2,}", head) == ["series", "k", "tasks", "value", "95 % interval"]
    head = run("curves", swept, "--sweep", 1, "--x", "tokens").out.splitlines()[0]
    assert re.split(r" {2,}", head) == ["series", "k", "tasks", "value", "95 % interval", "tokens"]


def test_the_same_draw_is_not_counted_twice(run: Run, tmp_path: Path) -> None:
    """The practice model repeats a seed to the letter, so two runs of one seed are one attempt."""
    path = tmp_path / "twice.rbank"
    command = ("run", path, *SHORT, "--memory", "none")
    run(*command)
    run(*command)
    once = run("curves", path, "--json").json
    assert {point["k"] for series in once["series"] for point in series["points"]} == {1}
    run(*command, "--seed", 1)
    twice = run("curves", path, "--json").json
    assert {point["k"] for series in twice["series"] for point in series["points"]} == {1, 2}


def test_runs_of_different_models_are_different_curves(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "models.rbank"
    run("tasks", path, "import", sums.write_csv(tmp_path / "sums.csv"))
    with FakeServer(sums.solving()) as server:
        for model in ("one", "other"):
            assert run("run", path, "--suite", "sums", "--memory", "none", "--model", f"{model}@{server.url}").code == 0
        assert run("run", path, "--suite", "sums", "--model", f"other@{server.url}").code == 0
    data = run("curves", path, "--json").json
    names = {series["name"] for series in data["series"] if series["metric"] == "best_of_k"}
    assert names == {
        f"none by one@{server.url} · best_of_k",
        f"none by other@{server.url} · best_of_k",
        "reasoningbank · best_of_k",
    }
    assert {c["a"] for c in data["comparisons"]} == {f"none by other@{server.url} · k=1"}


def test_what_stands_beside_the_curves(run: Run, swept: Path) -> None:
    ran = run("curves", swept, "--sweep", 1, "--json")
    assert "paper" not in ran.json
    (first, *_) = ran.json["difficulty"]
    assert first["arm"] == "all arms"
    assert first["always"] + first["mixed"] + first["never"] + first["unknown"] == 4
    assert {(one["arm"], one["orders"], one["enough"]) for one in ran.json["positions"]} == {
        ("reasoningbank parallel", 1, False)
    }
    assert {len(one["cumulative"]) for one in ran.json["streams"]} == {4}
    assert [one["arm"] for one in ran.json["audit"]] == ["reasoningbank parallel"]
    out = run("curves", swept, "--sweep", 1).out
    for words in ("can carry a difference", "last part minus first", "siblings: ", "audit: of ", "fewer than 5 orders"):
        assert words in out
    assert "reported" not in out


def test_the_papers_figures_are_apart_and_grey_when_asked_for(run: Run, swept: Path, tmp_path: Path) -> None:
    svg = tmp_path / "curves.svg"
    plain, with_paper = (
        run("curves", swept, "--sweep", 1, *more, "--json").json for more in ((), ("--paper", "--svg", svg))
    )
    assert {key: value for key, value in with_paper.items() if key not in ("paper", "written")} == {
        key: value for key, value in plain.items() if key != "written"
    }
    assert {"source", "version", "status", "value", "k"} <= with_paper["paper"][0].keys()
    shown = " ".join(re.findall(r">([^<>]+)</text>", svg.read_text("utf-8")))
    assert "reported by the paper" in shown
    assert "not measured here" in shown
    assert "#9a9a9a" in svg.read_text("utf-8")
    out = run("curves", swept, "--sweep", 1, "--paper").out
    assert "reported, not measured" in out
    ran = run("curves", swept, "--sweep", 1, "--paper", "--x", "tokens")
    assert (ran.code, ran.err.count("\n")) == (2, 1)
