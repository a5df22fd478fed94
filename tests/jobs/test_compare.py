"""Comparing stored rollouts: real ones of one task, and those of the practice shop with and without memory."""

from pathlib import Path

import pytest

from rb_studio.jobs.compare import Used, compare
from rb_studio.jobs.importing import files_at, store_file
from rb_studio.jobs.run import run_arm
from rb_studio.records.errors import UsageError
from rb_studio.store import rollouts
from rb_studio.store.workspace import Workspace
from tests.jobs.conftest import PRACTICE, practice

TASK = "sqlfluff__sqlfluff-2419"


def rows(workspace: Workspace) -> list[tuple[int, str]]:
    return [(row.run, row.uid) for row in rollouts.rollout_rows(workspace.reader())]


def test_two_real_runs_of_one_task(samples: Path, workspace: Workspace) -> None:
    runs = samples / "mini-swe-agent" / "v1.1_runs"
    for file in files_at([runs / name / TASK for name in ("deepseek_chat_dev", "deepseek_chat_dev_rerun")]):
        store_file(workspace, file)
    chosen = [(row.run, row.uid) for row in rollouts.rollout_rows(workspace.reader()) if row.task_key.endswith(TASK)]
    found = compare(workspace.reader(), chosen[:2])
    a, b = found.sides
    assert found.alignment.first_divergence is not None
    assert len(found.used) == len(found.alignment.rows)
    assert a.total.cost == pytest.approx(sum(step.cost or 0 for step in a.trajectory.steps))
    assert found.total_deltas[0] == Used(0, 0.0, found.total_deltas[0].seconds)
    assert found.total_deltas[1].tokens == b.total.tokens - a.total.tokens
    both = next(i for i, row in enumerate(found.alignment.rows) if None not in row.steps)
    delta = found.deltas(both)[1]
    assert delta is not None
    assert delta.tokens is not None
    assert {file.path for file in found.files} >= {"src/sqlfluff/rules/L060.py"}
    assert not found.retrieved


def test_memory_of_one_side_only_is_told_item_by_item(workspace: Workspace) -> None:
    run_arm(workspace, practice(memory="reasoningbank", limit=6), PRACTICE)
    run_arm(workspace, practice(limit=6), PRACTICE)
    conn = workspace.reader()
    given = next(run for run in rollouts.rollout_rows(conn, run=1) if rollouts.trajectory(conn, run.uid).memory_block)
    plain = next(row for row in rollouts.rollout_rows(conn, run=2) if row.task_key == given.task_key)
    found = compare(conn, [(1, given.uid), (2, plain.uid)])
    assert found.blocks[0]
    assert not found.blocks[1]
    assert found.retrieved
    assert all(item.title and item.places[0] and item.places[1] is None for item in found.retrieved)
    assert not any(item.same for item in found.retrieved)
    assert found.files == ()


def test_what_cannot_be_compared_is_refused(workspace: Workspace) -> None:
    run_arm(workspace, practice(limit=1), PRACTICE)
    (one,) = rows(workspace)
    for chosen in ([one], [one, one], [one] * 5, [one, (1, "nobody")]):
        with pytest.raises(UsageError):
            compare(workspace.reader(), chosen)


def test_unknown_stays_unknown() -> None:
    assert Used(3, None, 1.0).minus(Used(1, 2.0, None)) == Used(2, None, None)
