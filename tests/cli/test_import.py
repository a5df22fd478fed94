"""`rb-studio import`: what is readable is stored once, what is not is said, and one bad file stops nothing."""

import json
import os
import random
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from rb_studio.records.memory import ItemState
from rb_studio.store import banks, rollouts, runs, schema
from rb_studio.store.items import ItemFilter, list_items
from rb_studio.store.workspace import Workspace
from tests.cli.conftest import Ran, Run
from tests.interchange.files import tool_call_run

KEYS = {
    "path",
    "format",
    "trajectories",
    "steps",
    "experiences",
    "items",
    "mapped",
    "guessed",
    "skipped",
    "report",
    "warnings",
    "error",
}


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    return tmp_path / "mine.rbank"


def batch_run(folder: Path, *instances: str, resolved: tuple[str, ...] = ()) -> Path:
    """A run of mini-swe-agent as it lies on the disk, with its report."""
    for instance in instances:
        path = folder / instance / f"{instance}.traj.json"
        path.parent.mkdir(parents=True)
        path.write_text(json.dumps(tool_call_run(instance)), "utf-8")
    report = {"resolved_ids": list(resolved), "unresolved_ids": sorted(set(instances) - set(resolved))}
    (folder / "report.json").write_text(json.dumps(report), "utf-8")
    return folder


def entry(ran: Ran, name: str) -> dict[str, Any]:
    """The entry of the file of that name."""
    (found,) = [file for file in ran.json["files"] if Path(file["path"]).name == name]
    return found


def rows_of(workspace: Path) -> dict[str, int]:
    """How many rows each table of content has."""
    tables = ("run", "rollout", "step", "truth", "verdict", "task", "suite", "memory_item", "experience", "source_file")
    connection = sqlite3.connect(workspace)
    try:
        return {table: connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in tables}
    finally:
        connection.close()


def test_a_run_is_read_with_its_tasks_and_results_and_again_without_doubling(
    run: Run, workspace: Path, tmp_path: Path
) -> None:
    folder = batch_run(tmp_path / "night-run", "demo__lib-1", "demo__lib-2", resolved=("demo__lib-1",))
    ran = run("import", workspace, folder, "--json")
    assert ran.code == 0
    first = entry(ran, "demo__lib-1.traj.json")
    assert first.keys() >= KEYS
    assert (first["format"], first["trajectories"], first["steps"], first["error"]) == (
        "mini-swe-agent-1.1-toolcall",
        1,
        2,
        None,
    )
    with Workspace.open(workspace, write=False) as opened:
        conn = opened.reader()
        assert [row.name for row in runs.runs(conn)] == ["night-run"]
        assert {row.task_key: row.truth for row in rollouts.rollout_rows(conn)} == {
            "swe-bench/demo__lib-1": True,
            "swe-bench/demo__lib-2": False,
        }
    suites = run("tasks", workspace, "list", "--suite", "swe-bench", "--json").json["suites"]
    assert (suites[0]["tasks"], suites[0]["runnable"]) == (2, False)

    before = rows_of(workspace)
    assert run("import", workspace, folder).code == 0
    assert rows_of(workspace) == before


@pytest.mark.parametrize("order", [("preds", "report", "run"), ("report", "run", "preds"), ("run", "preds", "report")])
def test_side_files_and_trajectories_agree_in_whatever_order_they_come(
    run: Run, workspace: Path, tmp_path: Path, order: tuple[str, ...]
) -> None:
    folder = batch_run(tmp_path / "night-run", "demo__lib-1", resolved=("demo__lib-1",))
    patch = "diff --git a/x b/x\n"
    (folder / "preds.json").write_text(json.dumps({"demo__lib-1": {"model_patch": patch}}), "utf-8")
    places = {"preds": "preds.json", "report": "report.json", "run": "demo__lib-1"}
    for name in order:
        assert run("import", workspace, folder / places[name]).code == 0
    with Workspace.open(workspace, write=False) as opened:
        conn = opened.reader()
        (row,) = rollouts.rollout_rows(conn)
        assert (row.steps, row.truth) == (2, True)
        assert rollouts.trajectory(conn, row.uid).patch == patch


def test_results_alone_become_rollouts_without_steps(run: Run, workspace: Path, tmp_path: Path) -> None:
    folder = batch_run(tmp_path / "night-run", "demo__lib-1", "demo__lib-2", resolved=("demo__lib-2",))
    assert run("import", workspace, folder / "report.json", "--json").json["truths"] == 2
    with Workspace.open(workspace, write=False) as opened:
        rows = rollouts.rollout_rows(opened.reader())
    assert [(row.steps, row.truth) for row in rows] == [(0, False), (0, True)]


def test_memories_keep_the_state_they_come_with_and_go_to_the_named_bank(
    run: Run, workspace: Path, tmp_path: Path
) -> None:
    text = "# Memory Item 1\n- State: candidate\n- Tags: care\n## Title Check twice\n## Content Look again.\n\n"
    text += "# Memory Item 2\n## Title Ask\n## Content When unsure, ask.\n"
    (tmp_path / "advice.md").write_text(text, "utf-8")
    ran = run("import", workspace, tmp_path / "advice.md", "--bank", "shared", "--json")
    assert (ran.json["files"][0]["items"], ran.json["files"][0]["bank"]) == (2, "shared")
    assert "in bank shared" in ran.json["files"][0]["report"]
    run("import", workspace, tmp_path / "advice.md", "--bank", "shared")
    with Workspace.open(workspace, write=False) as opened:
        conn = opened.reader()
        (bank,) = banks.banks(conn)
        found = list_items(conn, bank.id, ItemFilter())
    assert [(one.title, one.state, one.tags) for one in found] == [
        ("Check twice", ItemState.CANDIDATE, ("care",)),
        ("Ask", ItemState.ACTIVE, ()),
    ]


def test_a_published_bank_brings_experiences_and_what_was_done(run: Run, workspace: Path, tmp_path: Path) -> None:
    line = {
        "task_id": "21",
        "query": "Who likes the ear cups?",
        "think_list": ["Read the reviews."],
        "action_list": ["click('5')"],
        "status": "success",
        "memory_items": ["# Memory Item 1\n## Title Read all\n## Description d\n## Content Open every page."],
        "template_id": 222,
    }
    path = tmp_path / "memories_reasoningbank" / "shopping.jsonl"
    path.parent.mkdir()
    path.write_text(json.dumps(line) + "\n", "utf-8")
    ran = run("import", workspace, path, "--json")
    (file,) = ran.json["files"]
    assert (file["format"], file["experiences"], file["items"], file["trajectories"]) == ("reasoningbank-bank", 1, 1, 1)
    before = rows_of(workspace)
    run("import", workspace, path)
    assert rows_of(workspace) == before
    assert (before["experience"], before["verdict"], before["rollout"]) == (1, 1, 1)


def test_memories_travel_to_another_workspace_and_back(run: Run, workspace: Path, tmp_path: Path) -> None:
    (tmp_path / "advice.md").write_text("# Memory Item 1\n## Title Ask\n## Content When unsure, ask.\n", "utf-8")
    run("import", workspace, tmp_path / "advice.md")
    for name in ("out.jsonl", "out.md"):
        assert run("export", workspace, "memories", "--format", name[4:], "-o", tmp_path / name).code == 0
        other = tmp_path / f"{name}.rbank"
        assert run("import", other, tmp_path / name, "--json").json["items"] == 1
        assert run("export", other, "memories", "-o", tmp_path / f"{name}.again").code == 0
        again = (tmp_path / f"{name}.again").read_text("utf-8")
        assert '"title": "Ask"' in again


@pytest.mark.parametrize("form", ["jsonl", "mini-swe-agent"])
def test_trajectories_travel_to_another_workspace(run: Run, workspace: Path, tmp_path: Path, form: str) -> None:
    folder = batch_run(tmp_path / "night-run", "demo__lib-1", resolved=("demo__lib-1",))
    run("import", workspace, folder)
    target = tmp_path / "out" if form == "mini-swe-agent" else tmp_path / "out.jsonl"
    ran = run("export", workspace, "trajectories", "--format", form, "-o", target, "--json")
    assert (ran.code, ran.json["count"]) == (0, 1)
    other = tmp_path / "other.rbank"
    assert run("import", other, target).code == 0
    found = []
    for path in (workspace, other):
        with Workspace.open(path, write=False) as opened:
            (row,) = rollouts.rollout_rows(opened.reader())
            found.append((row.uid, row.source, rollouts.trajectory(opened.reader(), row.uid).steps))
    assert found[0] == found[1]
    before = rows_of(workspace)
    assert run("import", workspace, target).code == 0
    after = rows_of(workspace)
    assert {**after, "source_file": 0} == {**before, "source_file": 0}


def test_one_bad_file_never_stops_the_others(run: Run, workspace: Path, tmp_path: Path) -> None:
    folder = batch_run(tmp_path / "run", "demo__lib-1", "demo__lib-2")
    whole = (folder / "demo__lib-1" / "demo__lib-1.traj.json").read_bytes()
    (folder / "a-cut.traj.json").write_bytes(whole[: len(whole) // 2])
    (folder / "b-empty.traj.json").write_bytes(b"")
    (folder / "c-noise.bin").write_bytes(random.Random(7).randbytes(4096))
    (folder / "d-notes.txt").write_text("nothing of ours", "utf-8")
    ran = run("import", workspace, tmp_path / "nowhere", folder, "--json")
    assert ran.code == 0
    assert ran.json["trajectories"] == 2
    for name in ("nowhere", "a-cut.traj.json", "b-empty.traj.json"):
        assert name in entry(ran, name)["error"]
    for name in ("c-noise.bin", "d-notes.txt"):
        found = entry(ran, name)
        assert (found["format"], found["error"], bool(found["skipped"])) == ("unknown", None, True)
    shown = run("import", workspace, folder)
    assert "failed: " in shown.out
    assert "2 files of no known format left out" in shown.out


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("cut.traj.json", json.dumps(tool_call_run())[:300].encode()),
        ("empty.traj.json", b""),
        ("noise.traj.json", random.Random(3).randbytes(2000)),
        ("prose.json", b"no json at all"),
    ],
)
def test_nothing_readable_is_one_sentence_with_json_and_no_workspace(
    run: Run, workspace: Path, tmp_path: Path, name: str, content: bytes
) -> None:
    (tmp_path / name).write_bytes(content)
    ran = run("import", workspace, tmp_path / name, "--json")
    assert ran.code == 2
    assert len(ran.json["files"]) == 1
    assert ran.err.count("\n") == 1
    assert name in ran.err
    assert not workspace.exists()


def test_what_is_no_workspace_is_refused_before_anything_is_read(run: Run, tmp_path: Path) -> None:
    folder = batch_run(tmp_path / "run", "demo__lib-1")
    text, newer = tmp_path / "notes.rbank", tmp_path / "newer.rbank"
    text.write_text("shopping list", "utf-8")
    Workspace.open(newer, write=True, create=True).close()
    connection = sqlite3.connect(newer)
    connection.execute(f"PRAGMA user_version = {schema.VERSION + 1}")
    connection.close()
    for path in (text, newer):
        before = path.read_bytes()
        ran = run("import", path, folder)
        assert ran.code == 2
        assert str(path) in ran.err
        assert ran.err.count("\n") == 1
        assert path.read_bytes() == before


def test_a_workspace_somebody_writes_to_is_refused(run: Run, workspace: Path, tmp_path: Path) -> None:
    folder = batch_run(tmp_path / "run", "demo__lib-1")
    with Workspace.open(workspace, write=True, create=True):
        ran = run("import", workspace, folder)
    assert ran.code == 1
    assert str(os.getpid()) in ran.err


def test_a_missing_folder_for_the_workspace_is_named(run: Run, tmp_path: Path) -> None:
    folder = batch_run(tmp_path / "run", "demo__lib-1")
    ran = run("import", tmp_path / "no" / "where.rbank", folder)
    assert ran.code == 1
    assert str(tmp_path / "no") in ran.err


@pytest.mark.skipif(sys.platform == "win32", reason="limits of file size are POSIX")
def test_a_full_disk_is_one_sentence_and_what_was_stored_stays(run: Run, workspace: Path, tmp_path: Path) -> None:
    small = batch_run(tmp_path / "small", "demo__lib-1")
    assert run("import", workspace, small).code == 0
    before = rows_of(workspace)
    large = tool_call_run("demo__lib-2")
    large["messages"][3]["content"] = "".join(map(str, range(400_000)))
    (tmp_path / "large.traj.json").write_text(json.dumps(large), "utf-8")
    limit = workspace.stat().st_size + 65536
    limited = (
        f"import resource, sys; resource.setrlimit(resource.RLIMIT_FSIZE, ({limit}, {limit}));"
        "from rb_studio.cli.main import main; sys.exit(main(sys.argv[1:]))"
    )
    command = [sys.executable, "-c", limited, "import", str(workspace), str(tmp_path / "large.traj.json"), "--json"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 1, done.stdout
    assert str(workspace) in done.stderr
    assert "Traceback" not in done.stderr
    assert rows_of(workspace) == before
    with Workspace.open(workspace, write=True) as opened:
        assert opened.check() == []


def test_the_samples_of_real_runs_are_read(run: Run, workspace: Path, samples: Path) -> None:
    ran = run("import", workspace, samples / "mini-swe-agent", "--json")
    assert ran.code == 0
    assert ran.json["trajectories"] >= 18
    assert not [file["error"] for file in ran.json["files"] if file["error"]]
    with Workspace.open(workspace, write=False) as opened:
        rows = rollouts.rollout_rows(opened.reader())
    known = [row for row in rows if row.truth is not None]
    assert len(known) == 3 * 23
    assert {row.source.rpartition("/")[2] for row in known} == {
        "deepseek_chat_dev",
        "deepseek_chat_dev_rerun",
        "deepseek_lite_dev_noparallel",
    }
