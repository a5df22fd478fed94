"""Opened and dropped files: trajectories are stored, task files are asked about, the rest is said."""

import json
from pathlib import Path

from rb_studio.gui.reading import FilesRead, read_files
from rb_studio.gui.rooms.room import Place
from rb_studio.interchange.annotation_jsonl import write_annotations
from rb_studio.records.annotation import Anchor, Kind, NotePast, NoteVersion, Said
from rb_studio.store import rollouts
from rb_studio.store.workspace import Workspace
from tests.interchange.files import tool_call_run


def test_task_files_are_left_to_be_asked_about(empty_workspace: Workspace, tmp_path: Path) -> None:
    path = tmp_path / "sums.csv"
    path.write_text("question,answer\n1 + 1?,2\n", "utf-8")
    found = read_files(empty_workspace, [path])
    assert found == FilesRead(0, (), (path,))
    assert found.sentence() == ""


def test_what_is_none_of_ours_is_said(empty_workspace: Workspace, tmp_path: Path) -> None:
    path = tmp_path / "letter.txt"
    path.write_text("Dear all,\nnothing to see here.\n", "utf-8")
    found = read_files(empty_workspace, [path, tmp_path / "missing.json"])
    assert (found.read, found.tasks) == (0, ())
    assert "letter.txt" in found.problems[0]
    assert "missing.json" in found.problems[1]
    assert found.sentence().startswith("Read 0 files. ")


def test_trajectories_are_stored(empty_workspace: Workspace, samples: Path) -> None:
    found = read_files(empty_workspace, [samples / "mini-swe-agent"])
    assert found.read > 0
    stored = empty_workspace.reader().execute("SELECT count(*) FROM rollout").fetchone()[0]
    assert stored > 0
    assert len(found.rollouts) == stored, "what predictions and reports say again of a rollout is counted once"
    assert all(".yaml: exit statuses" in problem for problem in found.problems)


def test_several_and_broken_tables_are_all_left_to_be_asked_about(empty_workspace: Workspace, tmp_path: Path) -> None:
    good, latin = tmp_path / "good.csv", tmp_path / "latin.csv"
    good.write_text("question,answer\n1 + 1?,2\n", "utf-8")
    latin.write_bytes("question,answer\nWo ist K\xf6ln?,Rhein\n".encode("latin-1"))
    found = read_files(empty_workspace, [good, latin])
    assert found.problems == ()
    (place,) = found.places()
    assert place.target == {"files": [str(good), str(latin)]}


def test_files_of_memories_are_left_to_be_asked_about(empty_workspace: Workspace, tmp_path: Path) -> None:
    notes, sums = tmp_path / "notes.md", tmp_path / "sums.csv"
    notes.write_text("# Memory Item 1\n## Title Look\n## Description Before.\n## Content Look twice.\n", "utf-8")
    sums.write_text("question,answer\n1 + 1?,2\n", "utf-8")
    found = read_files(empty_workspace, [notes, sums])
    assert (found.read, found.memories, found.sentence()) == (0, (notes,), "")
    assert [place.room for place in found.places()] == ["tasks", "memories"]
    assert empty_workspace.reader().execute("SELECT count(*) FROM memory_item").fetchone()[0] == 0


def test_somebodys_notes_are_counted_and_lead_to_their_rollouts(empty_workspace: Workspace, tmp_path: Path) -> None:
    run = tmp_path / "a__a-1.traj.json"
    run.write_text(json.dumps(tool_call_run("a__a-1")), "utf-8")
    read_files(empty_workspace, [run])
    (row,) = rollouts.rollout_rows(empty_workspace.reader())
    places = (Anchor(row.uid), Anchor("elsewhere"))
    versions = [NoteVersion(Said(Kind.TAG, label="odd"), "ann", f"2026-01-0{day}") for day in (1, 2)]
    notes = [NotePast(one.at, place, "ann", one.at, (one,)) for one, place in zip(versions, places, strict=True)]
    file = tmp_path / "ann.jsonl"
    write_annotations(notes, (), file)
    found = read_files(empty_workspace, [file])
    assert found.sentence() == (
        "Read 2 notes from 1 file. Notes on 1 rollout that are not in this workspace, kept until it is imported: 1."
    )
    assert found.places() == [Place("trajectories", {"rollouts": [row.uid]})]
