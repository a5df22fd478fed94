"""A colleague's notes: seen before they are merged, both sides of a conflict kept, agreement told; notes exported."""

import shutil
from pathlib import Path

import pytest

from rb_studio.gui.rooms.trajectories.annotate import AnnotatePart
from rb_studio.gui.rooms.trajectories.merge_dialog import NO_PAIR, NOTHING_NEW, MergeDialog
from rb_studio.gui.rooms.trajectories.opened import Opened
from rb_studio.gui.rooms.trajectories.view import TrajectoriesRoom
from rb_studio.jobs.annotations import annotations_jsonl
from rb_studio.records.anchors import anchor_at
from rb_studio.records.annotation import Kind, Part
from rb_studio.store import annotations, operations
from rb_studio.store.workspace import Workspace
from tests.gui.trajectories.test_view import go


@pytest.fixture
def part(room: TrajectoriesRoom, qtbot, practised_rollout: Opened) -> AnnotatePart:
    go(room, qtbot, practised_rollout)
    qtbot.waitUntil(lambda: room.frame.session.idle)
    return next(part for part in room.parts.all if isinstance(part, AnnotatePart))


def put(workspace: Workspace, opened: Opened, step: int, label: str, who: str) -> int:
    place = anchor_at(opened.trajectory, Part.STEP, step)
    change = workspace.run(lambda db: annotations.add(db, place, Kind.LABEL, label_set="Steps", label=label, who=who))
    return change.ids["annotation"][-1]


@pytest.fixture
def theirs(workspace: Workspace, tmp_path: Path, practised_rollout: Opened) -> Path:
    """A file of notes of somebody who had ours, changed one of them as we did, and said more."""
    ours = put(workspace, practised_rollout, 1, "Loop", "ann")
    workspace.run(lambda db: db.execute("SELECT 1"))
    with Workspace.open(workspace.path, write=False) as reading:
        first = tmp_path / "first.jsonl"
        annotations_jsonl(reading, first)
    copied = tmp_path / "theirs.rbank"
    workspace.run(lambda db: db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall())
    shutil.copyfile(workspace.path, copied)
    file = tmp_path / "theirs.jsonl"
    with Workspace.open(copied, write=True) as other:
        other.run(lambda db: annotations.change(db, ours, label="Detour", who="ben"))
        put(other, practised_rollout, 2, "Key step", "ben")
        annotations_jsonl(other, file)
    workspace.run(lambda db: annotations.change(db, ours, label="Misread", who="ann"))
    put(workspace, practised_rollout, 2, "Key step", "ann")
    return file


def merge(part: AnnotatePart, room: TrajectoriesRoom, qtbot, file: Path) -> MergeDialog:
    room.frame.dialogs.files = [[file]]
    room.frame.registry.action("trajectories.notes.merge").trigger()
    qtbot.waitUntil(lambda: part._files._dialog is not None)
    return part._files._dialog


def test_what_becomes_of_each_note_is_seen_first_and_conflicts_are_kept_as_two(
    theirs: Path, part, room, qtbot, practised_rollout: Opened
) -> None:
    uid = practised_rollout.row.uid
    conn = room.frame.session.workspace.reader()
    dialog = merge(part, room, qtbot, theirs)
    rows = [[dialog.tree.topLevelItem(row).text(column) for column in range(3)] for row in range(2)]
    assert rows == [
        ["changed here and there: both are kept", "■ Misread (ann)", "■ Detour (ben)"],
        ["new here", "–", "■ Key step (ben)"],
    ]
    assert "1 conflicts, kept as two" in dialog.summary.text()
    assert len(annotations.of_rollouts(conn, [uid])[uid]) == 2
    dialog.merge_button.click()
    qtbot.waitUntil(lambda: dialog.told.isVisible())
    assert "Agreement of ann and ben in labels of “Steps”: 1 of 2" in dialog.told.toPlainText()
    assert "kept as two: 1" in dialog.told.toPlainText()
    dialog.reject()
    said = sorted(note.label for note in annotations.of_rollouts(conn, [uid])[uid])
    assert said == ["Detour", "Key step", "Key step", "Misread"]
    qtbot.waitUntil(lambda: part.panel.tree.topLevelItemCount() == 4)
    room.frame.session.operate(lambda db: operations.undo(db, "annotations"))
    qtbot.waitUntil(lambda: part.panel.tree.topLevelItemCount() == 2)


def test_a_file_with_nothing_new_says_so_and_one_without_notes_is_refused(
    part, room, qtbot, tmp_path: Path, practised_rollout: Opened
) -> None:
    put(room.frame.session.workspace, practised_rollout, 1, "Loop", "ann")
    room.frame.dialogs.saves = [tmp_path / "out.jsonl"]
    room.frame.registry.action("trajectories.notes.export").trigger()
    qtbot.waitUntil(lambda: room.frame.toast.said[-1:] == ["1 note written to out.jsonl."])
    dialog = merge(part, room, qtbot, tmp_path / "out.jsonl")
    assert NOTHING_NEW in dialog.summary.text()
    assert not dialog.merge_button.isEnabled()
    dialog.reject()
    other = tmp_path / "other.jsonl"
    other.write_text('{"a": 1}\n')
    room.frame.dialogs.files = [[other]]
    room.frame.registry.action("trajectories.notes.merge").trigger()
    qtbot.waitUntil(lambda: "other.jsonl" in room.frame.toast.said[-1])


def test_notes_on_one_run_are_exported_as_a_table_and_never_over_the_workspace(
    part, room, qtbot, tmp_path: Path, practised_rollout: Opened
) -> None:
    put(room.frame.session.workspace, practised_rollout, 1, "Loop", "ann")
    room.frame.dialogs.saves = [tmp_path / "out.csv", room.frame.session.workspace.path]
    for told in ("1 note written to out.csv.", "That is the workspace itself: choose another name."):
        room.frame.registry.action("trajectories.notes.export.run").trigger()
        qtbot.waitUntil(lambda told=told: room.frame.toast.said[-1:] == [told])
    assert "Loop" in (tmp_path / "out.csv").read_text()


def test_agreement_is_told_at_any_time(part, room, qtbot, practised_rollout: Opened) -> None:
    room.frame.registry.action("trajectories.notes.agreement").trigger()
    qtbot.waitUntil(lambda: part._files._dialog is not None)
    dialog = part._files._dialog
    assert dialog.summary.text() == NO_PAIR
    dialog.reject()
    for who in ("ann", "ben"):
        put(room.frame.session.workspace, practised_rollout, 2, "Loop", who)
    room.frame.registry.action("trajectories.notes.agreement").trigger()
    qtbot.waitUntil(lambda: part._files._dialog is not None)
    assert part._files._dialog.told.toPlainText().startswith("Agreement of ann and ben")
    part._files._dialog.reject()
