"""`rb-studio tasks`: suites in, listed with what limits their use."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from rb_studio.store import runs
from rb_studio.store.workspace import Workspace
from tests.cli.conftest import Run


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    return tmp_path / "mine.rbank"


@pytest.fixture
def questions(tmp_path: Path) -> Path:
    path = tmp_path / "questions.csv"
    path.write_text("question,expected,kind\nTwo plus two?,4,sum\nThree plus three?,6,sum\nCapital?,7,\n", "utf-8")
    return path


def test_webarena_is_one_suite_with_its_subsets(run: Run, workspace: Path, webarena_file: Path) -> None:
    ran = run("tasks", workspace, "import", webarena_file, "--json")
    assert ran.code == 0
    (suite,) = ran.json["suites"]
    assert (ran.json["imported"], suite["name"], suite["tasks"]) == (812, "webarena", 812)
    assert suite["runnable"] is False
    assert "browser" in suite["reason"]
    subsets = {subset["name"]: subset for subset in suite["subsets"]}
    paper = subsets["webarena/paper"]
    assert (paper["tasks"], paper["siblings"]) == (684, 527)
    assert paper["sibling_share"] == pytest.approx(527 / 684)
    assert {"webarena/shopping", "webarena/gitlab", "webarena/reddit", "webarena/map"} <= subsets.keys()


def test_own_rows_become_a_runnable_suite_and_guesses_are_said(run: Run, workspace: Path, questions: Path) -> None:
    ran = run("tasks", workspace, "import", questions, "--map", "template=kind", "--name", "sums", "--json")
    (suite,) = ran.json["suites"]
    assert (suite["tasks"], suite["templates"], suite["siblings"]) == (3, 1, 1)
    assert (suite["environment"], suite["grader"], suite["runnable"]) == ("answer", "number", True)
    assert any("guessed" in warning for warning in ran.json["warnings"])


@pytest.mark.parametrize("command", ["run", "sweep"])
def test_the_practice_model_is_refused_tasks_it_would_fail(
    run: Run, workspace: Path, questions: Path, command: str
) -> None:
    run("tasks", workspace, "import", questions, "--name", "sums")
    for model in ("practice", "practice:gain*0.5"):
        ran = run(command, workspace, "--suite", "sums", "--memory", "none", "--model", model)
        assert ran.code == 2
        assert "works in the practice shop only and would fail every task of sums: name another model" in ran.err
    with Workspace.open(workspace, write=False) as opened:
        assert runs.runs(opened.reader()) == []


def test_several_columns_are_mapped_at_once(run: Run, workspace: Path, questions: Path) -> None:
    ran = run("tasks", workspace, "import", questions, "--map", "text=question", "answer=kind", "--grader", "exact")
    assert ran.code == 0
    assert "3 tasks imported as suite questions" in ran.out


def test_the_practice_suite_is_listed_before_it_was_used(run: Run, workspace: Path, questions: Path) -> None:
    run("tasks", workspace, "import", questions)
    ran = run("tasks", workspace, "list", "--json")
    suites = {suite["name"]: suite for suite in ran.json["suites"]}
    assert suites.keys() == {"questions", "practice"}
    assert suites["practice"]["simulated"] is True
    assert suites["practice"]["stored"] is False
    assert suites["practice"]["tasks"] >= 120
    only = run("tasks", workspace, "list", "--suite", "questions", "--json")
    assert [suite["name"] for suite in only.json["suites"]] == ["questions"]
    assert "practice (simulated)" in run("tasks", workspace, "list").out


def test_importing_again_updates_instead_of_doubling(run: Run, workspace: Path, questions: Path) -> None:
    run("tasks", workspace, "import", questions)
    questions.write_text("question,expected\nTwo plus two?,4\nFive?,5\n", "utf-8")
    run("tasks", workspace, "import", questions)
    ran = run("tasks", workspace, "list", "--suite", "questions", "--json")
    assert ran.json["suites"][0]["tasks"] == 2


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("prose.txt", b"Dear diary, nothing happened today."),
        ("noise.json", bytes(range(256)) * 8),
        ("empty.csv", b""),
        ("cut.json", b'[{"question": "a", "answer": '),
        ("numbers.json", b"[1, 2, 3]"),
    ],
)
def test_a_file_that_is_no_task_file_is_one_sentence_and_makes_no_workspace(
    run: Run, tmp_path: Path, workspace: Path, name: str, content: bytes
) -> None:
    file = tmp_path / name
    file.write_bytes(content)
    ran = run("tasks", workspace, "import", file, "--json")
    assert ran.code == 2
    assert str(file) in ran.json["error"]
    assert ran.err.count("\n") == 1
    assert not workspace.exists()


def test_a_missing_file_or_workspace_is_named(run: Run, tmp_path: Path, workspace: Path) -> None:
    assert str(tmp_path / "none.csv") in run("tasks", workspace, "import", tmp_path / "none.csv").err
    ran = run("tasks", workspace, "list")
    assert ran.code == 2
    assert str(workspace) in ran.err
    assert not workspace.exists()


def test_unknown_names_are_refused_with_those_that_exist(run: Run, workspace: Path, questions: Path) -> None:
    run("tasks", workspace, "import", questions)
    for arguments, named in (
        (("list", "--suite", "nonsense"), "practice"),
        (("import", questions, "--format", "xml"), "jsonl"),
        (("import", questions, "--grader", "guess"), "guess"),
        (("import", questions, "--map", "text=nowhere"), "question"),
        (("import", questions, "--name", "practice"), "built-in"),
        (("forget",), "forget"),
    ):
        ran = run("tasks", workspace, *arguments)
        assert ran.code == 2, arguments
        assert named in ran.err


def test_what_is_no_workspace_is_refused_and_left_as_it_is(run: Run, tmp_path: Path, questions: Path) -> None:
    text = tmp_path / "notes.rbank"
    text.write_text("shopping list", "utf-8")
    for arguments in (("import", questions), ("list",)):
        ran = run("tasks", text, *arguments)
        assert ran.code == 2
        assert str(text) in ran.err
    assert text.read_text("utf-8") == "shopping list"


def test_it_runs_as_a_program_and_prints_one_object(workspace: Path, questions: Path) -> None:
    command = [sys.executable, "-m", "rb_studio.cli", "tasks", str(workspace), "import", str(questions), "--json"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["imported"] == 3
