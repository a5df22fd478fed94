"""Outcomes committed together leave what they leave one by one."""

from dataclasses import replace
from pathlib import Path

from rb_studio.records.outcome import TaskOutcome
from rb_studio.records.review import Doubt
from rb_studio.store import banks, outcomes, review, runs
from rb_studio.store.canonical import canonical_jsonl
from rb_studio.store.trajectory_rows import RUNNING, save_rollout
from rb_studio.store.workspace import Workspace
from tests.store.conftest import Ground
from tests.store.samples import ARM, EMBEDDER, invalid_outcome, outcome


def together(ground: Ground, *given: TaskOutcome) -> list[bool]:
    """Commit in one transaction; whether each left anything."""
    commits = [outcomes.Commit(ground.run, ground.bank, one, EMBEDDER) for one in given]
    return [not change.empty for change in ground.workspace.run(lambda db: outcomes.commit_outcomes(db, commits))]


def everything(workspace: Workspace) -> list[tuple[object, ...]]:
    """Rows of every table by id, without what tells the time."""
    conn, rows = workspace.reader(), []
    for table in ("rollout", "step", "verdict", "llm_call", "experience", "memory_item", "outcome", "event", "blob"):
        columns = [row[1] for row in conn.execute(f"PRAGMA table_info({table})")]
        kept = ",".join(name for name in columns if name not in ("at", "created_at"))
        rows += [(table, *row) for row in conn.execute(f"SELECT {kept} FROM {table} ORDER BY id")]
    return rows


def test_rows_and_ids_are_those_of_one_by_one(ground: Ground, tmp_path: Path) -> None:
    given = [outcome("shop/1"), outcome("shop/2", k=3), invalid_outcome("shop/3")]
    for one in given:
        together(ground, one)
    alone, text = everything(ground.workspace), canonical_jsonl(ground.workspace.reader(), run=ground.run)
    with Workspace.open(tmp_path / "together.rbank", write=True, create=True) as workspace:
        bank = workspace.run(lambda db: banks.create_bank(db, "reasoningbank", "reasoningbank"))
        other = Ground(workspace, bank, workspace.run(lambda db: runs.create_run(db, ARM, bank=bank, simulated=True)))
        assert together(other, *given) == [True, True, True]
        assert sorted(map(repr, everything(workspace))) == sorted(map(repr, alone))
        assert canonical_jsonl(workspace.reader(), run=other.run) == text


def test_a_task_that_comes_again_among_them_is_what_it_would_be_later(ground: Ground) -> None:
    lost, whole = invalid_outcome("shop/1"), outcome("shop/1")
    assert together(ground, lost, whole, whole, outcome("shop/2")) == [True, True, False, True]
    assert outcomes.finished_tasks(ground.workspace.reader(), ground.run) == {"shop/1", "shop/2"}
    assert ground.workspace.check() == []


def test_one_that_was_begun_live_is_completed_among_others(ground: Ground) -> None:
    given = [outcome(f"shop/{n}") for n in (1, 2, 3)]
    first = given[1].rollouts[0]
    ground.workspace.run(lambda db: save_rollout(db, ground.run, first, status=RUNNING))
    together(ground, *given)
    conn = ground.workspace.reader()
    read = [outcomes.load_outcome(conn, ground.run, one.task_key, with_calls=True) for one in given]
    assert [one and one.rollouts for one in read] == [one.rollouts for one in given]
    assert [one and one.calls for one in read] == [one.calls for one in given]
    assert ground.workspace.check() == []


def test_doubts_come_along(ground: Ground) -> None:
    made = outcome("shop/2", ARM)
    assert made.experience is not None
    uid = made.experience.items[0].uid
    together(ground, outcome("shop/1"), replace(made, doubts={uid: (Doubt("too long", 3.0),)}))
    conn = ground.workspace.reader()
    (row,) = conn.execute("SELECT id FROM memory_item WHERE uid = ?", (uid,)).fetchall()
    assert review.doubts(conn, [row[0]]) == {row[0]: (Doubt("too long", 3.0),)}
