"""`rb-studio export`: whole files or none, never over something by accident."""

import csv
import json
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from rb_studio.jobs.results import run_result
from rb_studio.records.memory import Experience, ItemState, MemoryItem
from rb_studio.store import banks, rollouts
from rb_studio.store.item_import import import_items
from rb_studio.store.workspace import Workspace
from tests.cli.conftest import Run
from tests.interchange.files import tool_call_run


def item(number: int, **more) -> MemoryItem:
    return MemoryItem(f"item-{number}", f"Title {number}", "When to use it", f"What to do, {number}", **more)


EXPERIENCES = (
    Experience("e1", "shop/1", "Find the order", (item(1, tags=("a", "b")), item(2, state=ItemState.CANDIDATE))),
    Experience("e2", "shop/2", "Cancel the order", (item(3, state=ItemState.DELETED), item(4, polarity="failure"))),
)


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    path = tmp_path / "mine.rbank"
    with Workspace.open(path, write=True, create=True) as opened:
        bank = opened.run(lambda db: banks.create_bank(db, "reasoningbank", "reasoningbank"))
        opened.run(lambda db: import_items(db, bank, EXPERIENCES))
    return path


def test_memories_come_back_from_our_own_lines_as_they_were(run: Run, workspace: Path, tmp_path: Path) -> None:
    target = tmp_path / "memories.jsonl"
    ran = run("export", workspace, "memories", "-o", target, "--json")
    assert ran.code == 0
    assert (ran.json["written"], ran.json["count"]) == (str(target), 3)
    text = target.read_text("utf-8")
    assert [number for number in range(1, 5) if f"item-{number}" in text] == [1, 2, 4]


def test_memories_as_markdown_and_csv_hold_the_chosen_states(run: Run, workspace: Path, tmp_path: Path) -> None:
    markdown, table = tmp_path / "memories.md", tmp_path / "memories.csv"
    only = ("--state", "active,deleted", "--bank", "reasoningbank")
    assert run("export", workspace, "memories", "--format", "md", "-o", markdown, *only, "--json").json["count"] == 3
    assert run("export", workspace, "memories", "--format", "csv", "-o", table, *only, "--json").json["count"] == 3
    assert "## Title Title 4" in markdown.read_text("utf-8")
    with table.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["uid"], row["state"], row["tags"]) for row in rows] == [
        ("item-1", "active", "a; b"),
        ("item-3", "deleted", ""),
        ("item-4", "active", ""),
    ]


def test_what_is_there_is_not_written_over_without_force(run: Run, workspace: Path, tmp_path: Path) -> None:
    target = tmp_path / "memories.md"
    target.write_text("mine", "utf-8")
    ran = run("export", workspace, "memories", "--format", "md", "-o", target)
    assert ran.code == 2
    assert "--force" in ran.err
    assert target.read_text("utf-8") == "mine"
    assert run("export", workspace, "memories", "--format", "md", "-o", target, "--force").code == 0
    assert "Title 1" in target.read_text("utf-8")


@pytest.mark.parametrize("state", ["closed", "open"])
def test_a_copy_of_the_workspace_is_whole_also_while_it_is_open(
    run: Run, workspace: Path, tmp_path: Path, state: str
) -> None:
    target = tmp_path / "copies" / "copy.rbank"
    opened = Workspace.open(workspace, write=True) if state == "open" else None
    try:
        if opened is not None:
            opened.run(lambda db: banks.create_bank(db, "later", "reasoningbank"))
        ran = run("export", workspace, "workspace", "-o", target, "--json")
    finally:
        if opened is not None:
            opened.close()
    assert (ran.code, ran.json["count"]) == (0, 1)
    assert sorted(path.name for path in target.parent.iterdir()) == ["copy.rbank"]
    with Workspace.open(target, write=True) as copy:
        assert copy.check() == []
        names = [row.name for row in banks.banks(copy.reader())]
    assert names == ["reasoningbank", "later"][: 1 + (state == "open")]


def test_a_copy_never_replaces_the_workspace_itself_or_one_in_use(run: Run, workspace: Path, tmp_path: Path) -> None:
    before = workspace.read_bytes()
    ran = run("export", workspace, "workspace", "-o", workspace, "--force")
    assert ran.code == 2
    assert workspace.read_bytes() == before

    other = tmp_path / "other.rbank"
    with Workspace.open(other, write=True, create=True) as opened:
        opened.run(lambda db: banks.create_bank(db, "kept", "reasoningbank"))
        ran = run("export", workspace, "workspace", "-o", other, "--force")
        assert ran.code == 1
        assert str(other) in ran.err
    with Workspace.open(other, write=False) as opened:
        assert [row.name for row in banks.banks(opened.reader())] == ["kept"]


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (("memories", "--format", "xml"), "jsonl"),
        (("memories", "--bank", "nowhere"), "nowhere"),
        (("memories", "--state", "asleep"), "archived"),
        (("trajectories", "--format", "atif"), "not in this version"),
        (("trajectories", "--run", "7"), "7"),
        (("curves", "--format", "png"), "no finished rollouts"),
        (("curves", "--format", "bmp"), "latex"),
        (("memories", "--preset", "slide"), "--preset is for curves"),
        (("everything",), "annotations"),
    ],
)
def test_what_cannot_be_exported_is_one_sentence_and_writes_nothing(
    run: Run, workspace: Path, tmp_path: Path, arguments: tuple[str, ...], named: str
) -> None:
    target = tmp_path / "out.file"
    ran = run("export", workspace, *arguments, "-o", target)
    assert ran.code == 2
    assert named in ran.err.splitlines()[-1]
    assert not target.exists()


def test_a_target_that_cannot_be_written_is_one_sentence(run: Run, workspace: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way", "utf-8")
    for what in ("memories", "workspace"):
        ran = run("export", workspace, what, "-o", tmp_path / "file" / "out")
        assert ran.code == 1
        assert str(tmp_path / "file") in ran.err.splitlines()[-1]


@pytest.mark.skipif(sys.platform == "win32", reason="limits of file size are POSIX")
@pytest.mark.parametrize("what", ["memories", "workspace"])
def test_a_full_disk_leaves_the_file_that_was_there(workspace: Path, tmp_path: Path, what: str) -> None:
    long = Experience("e3", "shop/3", "Long", (MemoryItem("long", "Long", "", "words " * 30_000),))
    with Workspace.open(workspace, write=True) as opened:
        opened.run(lambda db: import_items(db, 1, (long,)))
    target = tmp_path / "out" / "file"
    target.parent.mkdir()
    target.write_text("older", "utf-8")
    limited = (
        "import resource, sys; resource.setrlimit(resource.RLIMIT_FSIZE, (65536, 65536));"
        "from rb_studio.cli.main import main; sys.exit(main(sys.argv[1:]))"
    )
    command = [sys.executable, "-c", limited, "export", workspace, what, "-o", target, "--force"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 1
    assert str(target) in done.stderr
    assert "Traceback" not in done.stderr
    assert target.read_text("utf-8") == "older"
    assert [path.name for path in target.parent.iterdir()] == ["file"]


@pytest.mark.skipif(sys.platform == "win32", reason="limits of file size are POSIX")
@pytest.mark.parametrize(("what", "form"), [("trajectories", "mini-swe-agent"), ("workspace", "rbank")])
@pytest.mark.parametrize("limit", [0, 4096])
def test_a_full_disk_leaves_neither_folders_nor_a_lock(
    played: Path, tmp_path: Path, what: str, form: str, limit: int
) -> None:
    target = tmp_path / "new" / "deeper" / "out"
    limited = (
        "import resource, sys; from rb_studio.cli.main import main;"
        f"resource.setrlimit(resource.RLIMIT_FSIZE, ({limit}, {limit})); sys.exit(main(sys.argv[1:]))"
    )
    command = [sys.executable, "-c", limited, "export", played, what, "--format", form, "-o", target]
    with closing(sqlite3.connect(played)) as kept_open:  # the limit is not for the workspace's own side files
        kept_open.execute("SELECT count(*) FROM run").fetchone()
        done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 1
    assert str(target) in done.stderr
    assert "Traceback" not in done.stderr
    assert not list(tmp_path.iterdir())


def test_a_missing_workspace_is_not_made(run: Run, tmp_path: Path) -> None:
    ran = run("export", tmp_path / "none.rbank", "memories", "-o", tmp_path / "out.jsonl")
    assert ran.code == 2
    assert not list(tmp_path.iterdir())


def test_a_copy_is_a_database_other_tools_open(run: Run, workspace: Path, tmp_path: Path) -> None:
    run("export", workspace, "workspace", "-o", tmp_path / "copy.rbank")
    connection = sqlite3.connect(tmp_path / "copy.rbank")
    try:
        assert connection.execute("SELECT count(*) FROM memory_item").fetchone() == (4,)
    finally:
        connection.close()


def test_attempts_of_a_run_are_written_in_every_form(run: Run, played: Path, tmp_path: Path) -> None:
    targets = {"jsonl": "out.jsonl", "md": "out.md", "mini-swe-agent": "out"}
    for form, name in targets.items():
        ran = run("export", played, "trajectories", "--format", form, "--run", 1, "-o", tmp_path / name, "--json")
        assert (ran.code, ran.json["count"]) == (0, 9), form
    assert len((tmp_path / "out.jsonl").read_text("utf-8").splitlines()) == 9
    assert (tmp_path / "out.md").read_text("utf-8").count("Simulated") == 9
    assert len(list((tmp_path / "out").rglob("*.traj.json"))) == 9
    again = run("export", played, "trajectories", "--format", "mini-swe-agent", "-o", tmp_path / "out")
    assert again.code == 2
    assert "not empty" in again.err


def test_best_of_k_can_be_computed_from_the_exported_lines(run: Run, played: Path, tmp_path: Path) -> None:
    target = tmp_path / "out.jsonl"
    run("export", played, "trajectories", "--format", "jsonl", "--run", 1, "-o", target)
    lines = [json.loads(line) for line in target.read_text("utf-8").splitlines()]
    assert [line["arm"] for line in lines] == 9 * [{"memory": "none", "scaling": "parallel", "k": 3, "seed": 0}]
    chosen = {line["task"]["key"]: line["truths"][-1]["success"] for line in lines if line["selected"]}
    assert len(chosen) == sum(line["selected"] for line in lines) == 3
    with Workspace.open(played, write=False) as opened:
        expected = run_result(opened.reader(), 1).best_of_k
    assert sum(chosen.values()) / 3 == pytest.approx(expected)


def test_an_export_of_own_attempts_that_comes_back_changes_nothing(run: Run, played_copy: Path, tmp_path: Path) -> None:
    run("export", played_copy, "trajectories", "-o", tmp_path / "out.jsonl")
    with Workspace.open(played_copy, write=False) as opened:
        before = [(row.uid, row.run, row.truth) for row in rollouts.rollout_rows(opened.reader())]
    ran = run("import", played_copy, tmp_path / "out.jsonl", "--json")
    assert ran.code == 0
    assert any("own runs" in warning for warning in ran.json["files"][0]["warnings"])
    with Workspace.open(played_copy, write=False) as opened:
        assert [(row.uid, row.run, row.truth) for row in rollouts.rollout_rows(opened.reader())] == before


def test_own_attempts_arrive_in_another_workspace_with_their_outcomes(run: Run, played: Path, tmp_path: Path) -> None:
    run("export", played, "trajectories", "-o", tmp_path / "out.jsonl")
    other = tmp_path / "other.rbank"
    assert run("import", other, tmp_path / "out.jsonl", "--json").json["trajectories"] == 9
    found = []
    for path in (played, other):
        with Workspace.open(path, write=False) as opened:
            rows = rollouts.rollout_rows(opened.reader())
            found.append(sorted((row.uid, row.truth, row.judged, row.steps, row.simulated) for row in rows))
    assert found[0] == found[1]


def test_verdicts_are_a_table_with_the_truth_beside_them(run: Run, played: Path, tmp_path: Path) -> None:
    ran = run("export", played, "verdicts", "-o", tmp_path / "verdicts.csv", "--json")
    with (tmp_path / "verdicts.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert ran.json["count"] == len(rows) == 9
    with Workspace.open(played, write=False) as opened:
        known = {row.uid: row for row in rollouts.rollout_rows(opened.reader())}
    words = {True: "success", False: "failure", None: "unknown"}
    assert all(row["truth"] == words[known[row["rollout_uid"]].truth] for row in rows)
    assert all(row["status"] == known[row["rollout_uid"]].judged for row in rows)


def test_a_cell_a_spreadsheet_would_run_is_made_a_text(run: Run, workspace: Path, tmp_path: Path) -> None:
    formula = Experience("e9", "shop/9", "Odd", (MemoryItem("odd", "=1+1", "@sum", "-3"),))
    with Workspace.open(workspace, write=True) as opened:
        opened.run(lambda db: import_items(db, 1, (formula,)))
    run("export", workspace, "memories", "--format", "csv", "-o", tmp_path / "out.csv")
    with (tmp_path / "out.csv").open(encoding="utf-8", newline="") as file:
        (row,) = [row for row in csv.DictReader(file) if row["uid"] == "odd"]
    assert (row["title"], row["description"], row["content"]) == ("'=1+1", "'@sum", "'-3")


def test_patches_become_predictions(run: Run, tmp_path: Path) -> None:
    trajectory = tmp_path / "run" / "demo__lib-1" / "demo__lib-1.traj.json"
    trajectory.parent.mkdir(parents=True)
    trajectory.write_text(json.dumps(tool_call_run("demo__lib-1")), "utf-8")
    run("import", tmp_path / "mine.rbank", trajectory)
    target = tmp_path / "preds.json"
    ran = run("export", tmp_path / "mine.rbank", "trajectories", "--format", "preds", "-o", target, "--json")
    found = json.loads(target.read_text("utf-8"))
    assert ran.json["count"] == 1
    assert found["demo__lib-1"]["model_patch"] == "diff --git a/x b/x\n"
