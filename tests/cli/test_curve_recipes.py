"""`rb-studio curves --recipe`: a figure rebuilt from its recipe has the same numbers."""

import json
import shutil
from pathlib import Path

import pytest

from rb_studio.records.recipe import CHANGES, FIGURES, FRONTIER
from tests.cli.conftest import Run
from tests.conftest import shared_file


def rebuilt(run: Run, workspace: Path, folder: Path, **changes: object) -> list[str]:
    """The rows of a rebuilt figure after its recipe was changed."""
    recipe = json.loads((folder / "figure.json").read_text("utf-8")) | changes
    (folder / "changed.json").write_text(json.dumps(recipe), "utf-8")
    ran = run("curves", workspace, "--recipe", folder / "changed.json", "--csv", folder / "changed.csv")
    assert ran.code == 0, ran.err
    return (folder / "changed.csv").read_text("utf-8").splitlines()


@pytest.fixture
def written(run: Run, swept: Path, tmp_path: Path) -> Path:
    """A folder with a figure's recipe and its numbers."""
    files = ("--csv", tmp_path / "figure.csv", "--save-recipe", tmp_path / "figure.json")
    assert run("curves", swept, "--sweep", 1, "--x", "tokens", *files).code == 0
    return tmp_path


def test_the_same_numbers_come_back_to_the_byte(run: Run, swept: Path, written: Path) -> None:
    moved = shutil.copy(swept, written / "moved.rbank")
    ran = run("curves", moved, "--recipe", written / "figure.json", "--csv", written / "again.csv", "--json")
    assert (written / "again.csv").read_bytes() == (written / "figure.csv").read_bytes()
    assert ran.json["recipe"] == json.loads((written / "figure.json").read_text("utf-8"))
    assert ran.json["notes"] == []


def test_arms_are_hidden_named_and_ordered(run: Run, swept: Path, written: Path) -> None:
    first, second = json.loads((written / "figure.json").read_text("utf-8"))["arms"]
    renamed = rebuilt(run, swept, written, names={second: "Memory"}, arms=[second, first])
    assert renamed[1].startswith("Memory")
    assert len(renamed) == len((written / "figure.csv").read_text("utf-8").splitlines())
    hidden = rebuilt(run, swept, written, hidden=[first], metrics=["pass_at_1"], truth="true")
    assert {row.partition(",")[0] for row in hidden[1:]} == {"reasoningbank parallel · pass_at_1"}


@pytest.mark.parametrize("figure", FIGURES)
def test_every_figure_is_rebuilt_from_its_recipe_to_the_byte(run: Run, swept: Path, written: Path, figure: str) -> None:
    workspace, first = swept, json.loads((written / "figure.json").read_text("utf-8"))
    if figure == CHANGES:  # of arms whose passes refine each other
        workspace, passes = written / "passes.rbank", ("--scaling", "sequential", "-k", 2, "--limit", 2)
        assert run("run", workspace, "--suite", "practice", "--memory", "none", *passes).code == 0
        assert run("curves", workspace, "--save-recipe", written / "passes.json").code == 0
        first = json.loads((written / "passes.json").read_text("utf-8"))
    arms = [] if figure == FRONTIER else first["arms"]  # of one arm, the first where none is named
    rows = rebuilt(run, workspace, written, **{**first, "x": "k", "figure": figure, "arms": arms})
    assert len(rows) > 1
    moved = shutil.copy(workspace, written / "moved.rbank")
    again = written / "again.csv"
    assert run("curves", moved, "--recipe", written / "changed.json", "--csv", again).code == 0
    assert again.read_bytes() == (written / "changed.csv").read_bytes()


def test_other_draws_give_other_bounds_and_the_same_values(run: Run, swept: Path, written: Path) -> None:
    other = [row.split(",") for row in rebuilt(run, swept, written, bootstrap={"resamples": 50, "seed": 3})]
    same = [row.split(",") for row in (written / "figure.csv").read_text("utf-8").splitlines()]
    assert [row[6] for row in other] == [row[6] for row in same]
    assert [row[7:9] for row in other] != [row[7:9] for row in same]


def test_imported_runs_are_found_again_in_another_file(run: Run, tmp_path: Path) -> None:
    source = shared_file("samples", "mini-swe-agent", "v1.1_runs")
    one, other = tmp_path / "one.rbank", tmp_path / "other.rbank"
    for path in (one, other):
        assert run("import", path, source).code == 0
    files = ("--csv", tmp_path / "figure.csv", "--save-recipe", tmp_path / "figure.json")
    assert run("curves", one, *files).code == 0
    again = tmp_path / "again.csv"
    assert run("curves", other, "--recipe", tmp_path / "figure.json", "--csv", again).code == 0
    assert again.read_bytes() == (tmp_path / "figure.csv").read_bytes()
    readme = Path(__file__).resolve().parents[2] / "packaging" / "pictures" / "figure-imported.svg"
    ran = run("curves", other, "--recipe", readme, "--csv", tmp_path / "readme.csv", "--json")
    assert ran.json["notes"] == []
    assert (tmp_path / "readme.csv").read_bytes() == again.read_bytes()
    assert [row.split(",")[6][:5] for row in again.read_text("utf-8").splitlines()[2:]] == ["0.304", "0.362", "0.391"]


def test_what_is_not_there_or_said_twice_is_one_sentence(run: Run, swept: Path, written: Path) -> None:
    recipe = written / "figure.json"
    for arguments, said in (
        (("--recipe", recipe, "--x", "cost"), "leave --x out"),
        (("--recipe", written / "none.json"), "none.json cannot be read"),
        (("--recipe", written / "figure.csv"), "is no recipe"),
    ):
        ran = run("curves", swept, *arguments)
        assert (ran.code, ran.err.count("\n")) == (2, 1)
        assert said in ran.err
    data = json.loads(recipe.read_text("utf-8"))
    recipe.write_text(json.dumps(data | {"metrics": ["luck"]}), "utf-8")
    assert "draws nothing" in run("curves", swept, "--recipe", recipe).err
    recipe.write_text(json.dumps(data | {"source": data["source"] | {"sweep": "0" * 64}}), "utf-8")
    assert "is not in this workspace" in run("curves", swept, "--recipe", recipe).err
    recipe.write_text(json.dumps(data | {"source": data["source"] | {"results": 3}}), "utf-8")
    assert "there are 32 results by now" in run("curves", swept, "--recipe", recipe).out


@pytest.mark.parametrize("kind", ["png", "svg", "pdf", "latex"])
def test_a_figures_own_file_rebuilds_it_to_the_byte(run: Run, swept: Path, tmp_path: Path, kind: str) -> None:
    figure, numbers = tmp_path / ("figure.tex" if kind == "latex" else f"figure.{kind}"), tmp_path / "figure.csv"
    shown = ("--x", "tokens", "--log2", "--panels", "--preset", "paper-84")
    assert run("curves", swept, "--sweep", 1, *shown, f"--{kind}", figure, "--csv", numbers).code == 0
    again, other = tmp_path / "again.csv", tmp_path / f"other{figure.suffix}"
    ran = run("curves", swept, "--recipe", figure, "--csv", again, f"--{kind}", other, "--json")
    assert again.read_bytes() == numbers.read_bytes()
    assert (ran.json["recipe"]["preset"], ran.json["recipe"]["log2"]) == ("paper-84", True)
    if kind != "pdf":  # a PDF has the time it was made
        assert other.read_bytes() == figure.read_bytes()
    larger = run("curves", swept, "--recipe", figure, "--preset", "slide", "--json")
    assert larger.json["recipe"]["preset"] == "slide"
    assert larger.json["series"] == ran.json["series"]


def test_a_figure_without_a_recipe_and_a_hidden_arm_are_told(run: Run, swept: Path, written: Path) -> None:
    bare = written / "bare.svg"
    bare.write_text("<svg/>", "utf-8")
    ran = run("curves", swept, "--recipe", bare)
    assert (ran.code, "carries no recipe" in ran.err) == (2, True)
    recipe = json.loads((written / "figure.json").read_text("utf-8"))
    changed = {**recipe, "hidden": recipe["arms"][:1], "names": {recipe["arms"][0]: "Ours"}, "preset": "poster"}
    (written / "changed.json").write_text(json.dumps(changed), "utf-8")
    assert "preset poster" in run("curves", swept, "--recipe", written / "changed.json").err
    (written / "changed.json").write_text(json.dumps({**changed, "preset": ""}), "utf-8")
    assert "1 arm not drawn: Ours" in run("curves", swept, "--recipe", written / "changed.json").out


@pytest.mark.parametrize("kind", ["csv", "png", "svg", "pdf", "latex"])
def test_export_writes_curves_like_their_own_command(run: Run, swept: Path, tmp_path: Path, kind: str) -> None:
    one, other = tmp_path / f"one.{kind}", tmp_path / f"other.{kind}"
    assert run("curves", swept, "--sweep", 1, f"--{kind}", one).code == 0
    ran = run("export", swept, "curves", "--sweep", 1, "--format", kind, "-o", other, "--json")
    assert (ran.code, ran.json["written"], ran.json["count"]) == (0, str(other), 8)
    if kind != "pdf":
        assert other.read_bytes() == one.read_bytes()
    again = run("export", swept, "curves", "--sweep", 1, "--format", kind, "-o", other)
    assert (again.code, "--force" in again.err) == (2, True)


def test_an_arm_that_comes_later_takes_no_other_ones_colour(run: Run, swept: Path, written: Path) -> None:
    grown = shutil.copy(swept, written / "grown.rbank")
    arm = ("--suite", "practice", "--limit", 2, "--memory", "synapse", "--embedder", "hashing")
    assert run("run", grown, *arm).code == 0
    assert run("curves", grown, "--save-recipe", written / "single.json").code == 0
    assert run("curves", grown, "--sweep", 1, "--save-recipe", written / "swept.json").code == 0
    before, single, after = (
        json.loads((written / name).read_text("utf-8"))["places"]
        for name in ("figure.json", "single.json", "swept.json")
    )
    assert before == after
    assert [*before.values(), *single.values()] == [0, 1, 2]
