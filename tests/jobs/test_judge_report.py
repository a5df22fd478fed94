"""How good the judge was: each draw counts once, however many arms show it."""

from dataclasses import replace

import pytest

from rb_studio.jobs.judge_report import judge_report
from rb_studio.jobs.request import RunRequest
from rb_studio.jobs.run import run_arm
from rb_studio.models.settings import Settings
from rb_studio.records.judgement import Status, Verdict
from rb_studio.store import verdict_reads
from rb_studio.store.verdict_reads import Cell, Scope
from rb_studio.store.verdicts import add_verdicts
from rb_studio.store.workspace import Workspace

TASKS = 4
PRACTICE = Settings(embedder="hashing")


@pytest.fixture
def arms(tmp_path, monkeypatch) -> Workspace:
    """One and three rollouts of the same tasks without memory, and three under another seed."""
    monkeypatch.setenv("RB_STUDIO_CONFIG_DIR", str(tmp_path / "config"))
    monkeypatch.setenv("RB_STUDIO_DATA_DIR", str(tmp_path / "data"))
    with Workspace.open(tmp_path / "arms.rbank", write=True, create=True) as workspace:
        asked = RunRequest("practice", memory="none", scaling="parallel", limit=TASKS)
        for k, seed in ((1, 0), (3, 0), (3, 1)):
            run_arm(workspace, replace(asked, k=k, seed=seed), PRACTICE)
        yield workspace


def test_the_first_of_three_rollouts_is_the_draw_of_the_arm_with_one(arms: Workspace) -> None:
    conn = arms.reader()
    assert [judge_report(conn, run=run).table.total for run in (1, 2, 3)] == [TASKS, 3 * TASKS, 3 * TASKS]
    together = judge_report(conn)
    assert (together.table.total, together.repeated) == (6 * TASKS, TASKS)
    assert together.to_json()["repeated"] == TASKS
    apart = [judge_report(conn, run=run).table.rows() for run in (2, 3)]
    for judged, row in together.table.rows().items():
        assert row == {truth: sum(one[judged][truth] for one in apart) for truth in row}


def test_a_draw_is_shown_by_the_rollout_a_person_judged(arms: Workspace) -> None:
    conn = arms.reader()
    shown = verdict_reads.ordered(conn, Scope(run=2))
    rows = verdict_reads.judged_rows(conn, shown)
    first = [row for row in rows.values() if row.rollout_index == 0]
    given = [Verdict(f"mine {row.uid}", row.uid, Status.UNKNOWN, "", "human") for row in first]
    arms.run(lambda db: add_verdicts(db, given, rows=[row.id for row in first]))
    counts = verdict_reads.counts(conn, Scope())
    assert sum(one.n for one in counts if one.human == "unknown" and not one.repeated) == TASKS
    assert sum(one.n for one in counts if one.repeated) == TASKS
    said = Cell({"human": "unknown"})
    assert {row.id for row in verdict_reads.sides(conn, Scope()) if said.holds(row)} == {row.id for row in first}


def test_another_seed_is_another_draw_even_where_it_went_the_same(arms: Workspace) -> None:
    conn = arms.reader()
    both = sum(one.n for one in verdict_reads.counts(conn, Scope()) if not one.repeated)
    assert both == conn.execute("SELECT count(DISTINCT task_key || seed) FROM rollout").fetchone()[0]
