"""`rb-studio export annotations` and `import`: two people's notes through files alone."""

import csv
import json
import shutil
from pathlib import Path

import pytest

from rb_studio.records.anchors import anchor_at
from rb_studio.records.annotation import Kind, Part
from rb_studio.store import annotations, rollouts
from rb_studio.store.workspace import Workspace
from tests.cli.conftest import Run
from tests.interchange.files import tool_call_run


@pytest.fixture
def noted(run: Run, tmp_path: Path) -> Path:
    """An imported rollout with a label and a first error of one person, and a label that was removed."""
    file = tmp_path / "a__a-1.traj.json"
    file.write_text(json.dumps(tool_call_run("a__a-1")), "utf-8")
    path = tmp_path / "ann.rbank"
    assert run("import", path, file).code == 0
    with Workspace.open(path, write=True) as workspace:
        (row,) = rollouts.rollout_rows(workspace.reader())
        there = anchor_at(rollouts.trajectory(workspace.reader(), row.uid), Part.STEP, 1)
        for label in ("Loop", "Detour"):
            add = {"label_set": "Steps", "label": label, "who": "ann"}
            change = workspace.run(lambda db, add=add: annotations.add(db, there, Kind.LABEL, **add))
        workspace.run(lambda db: annotations.remove(db, change.ids["annotation"][0], "ann"))
        workspace.run(lambda db: annotations.add(db, there, Kind.FIRST_ERROR, who="ann"))
    return path


def test_notes_go_out_as_lines_and_come_into_another_workspace_once(run: Run, noted: Path, tmp_path: Path) -> None:
    target, other = tmp_path / "ann.jsonl", tmp_path / "ben.rbank"
    ran = run("export", noted, "annotations", "-o", target, "--json")
    assert ran.json == {"written": str(target), "count": 2, "what": "annotations", "format": "jsonl"}
    shutil.copy(noted, other)
    with Workspace.open(other, write=True) as workspace:
        workspace.run(
            lambda db: annotations.add(
                db, next(annotations.notes(db.conn)).anchor, Kind.LABEL, label_set="Steps", label="Misread", who="ben"
            )
        )
    ran = run("import", other, target, "--json")
    assert ran.json["annotations"] == 3
    (file,) = ran.json["files"]
    assert (file["format"], file["annotations"], file["report"]) == (
        "rb-studio-annotations",
        3,
        "rb-studio-annotations: 3 notes",
    )
    (pair,) = file["agreement"]
    assert (pair["first"], pair["second"], pair["n"], pair["agreed"], pair["kappa"]) == ("ann", "ben", 1, 0, 0.0)
    said = run("import", other, target).out
    assert "agreement of ann and ben in labels of “Steps”: 0 of 1" in said
    with Workspace.open(other, write=False) as workspace:
        assert len(list(annotations.notes(workspace.reader()))) == 3


def test_notes_alone_make_a_workspace_in_which_they_wait(run: Run, noted: Path, tmp_path: Path) -> None:
    target, fresh = tmp_path / "ann.jsonl", tmp_path / "fresh.rbank"
    run("export", noted, "annotations", "-o", target)
    ran = run("import", fresh, target)
    assert ran.code == 0
    assert "notes on 1 rollout that are not in this workspace, kept until it is imported: 2" in ran.out


def test_notes_as_a_table_of_one_run(run: Run, noted: Path, tmp_path: Path) -> None:
    table = tmp_path / "notes.csv"
    ran = run("export", noted, "annotations", "--format", "csv", "--run", 1, "-o", table)
    assert ran.out == f"2 notes written to {table}\n"
    with table.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["kind"], row["target"], row["step"], row["bound"]) for row in rows] == [
        ("label", "Loop", "1", "true"),
        ("first_error", "1", "1", "true"),
    ]
    assert run("export", noted, "annotations", "--run", 7, "-o", tmp_path / "x").code == 2


def test_of_a_file_that_was_cut_off_the_whole_lines_are_read_and_damage_is_one_sentence(
    run: Run, noted: Path, tmp_path: Path
) -> None:
    target, other = tmp_path / "ann.jsonl", tmp_path / "other.rbank"
    run("export", noted, "annotations", "-o", target)
    whole = target.read_text("utf-8")
    target.write_text(whole.replace('"rollout_uid"', '"rollout"', 1), "utf-8")
    ran = run("import", other, target)
    assert ran.code == 2
    assert len(ran.err.splitlines()) == 1
    assert f"line 1 of {target} is damaged" in ran.err
    assert not other.exists()
    target.write_text(whole[:-30], "utf-8")
    ran = run("import", other, target)
    assert ran.code == 0
    assert "line 3 is cut off" in ran.out
