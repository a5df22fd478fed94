"""What the audit says was in the bank is what the bank's own history says."""

import pytest

from rb_studio.analysis.bootstrap import task_weights
from rb_studio.jobs.run import run_arm
from rb_studio.jobs.statistics import run_statistics
from rb_studio.records.errors import UsageError
from rb_studio.store import banks, exposure, runs
from tests.jobs.conftest import PRACTICE, practice


@pytest.mark.parametrize("policy", ["append", "cap:3", "skip-near-duplicates:0.2"])
def test_what_a_task_met_is_the_bank_as_it_stood_before_it(workspace, policy):
    conn = workspace.reader()
    run_arm(workspace, practice(memory="reasoningbank", limit=5), PRACTICE)
    asked = practice(memory="reasoningbank", limit=10, bank="reasoningbank", consolidation=policy)
    row = runs.run(conn, run_arm(workspace, asked, PRACTICE))
    met = exposure.exposed_tasks(conn, row)
    operations = [op for (op,) in conn.execute("SELECT operation FROM outcome WHERE run = ? ORDER BY id", (row.id,))]
    assert len(met) == len(operations) == 10
    for task, operation in zip(met, operations, strict=True):
        value = banks.bank_value(conn, row.bank, at_operation=operation - 1, embedder="")
        assert {one.uid for one in task.held} == {one.uid for one in value.experiences if one.active_items}
    assert len(met[0].held) > 0


def test_a_frozen_bank_is_the_same_for_every_task(workspace):
    conn = workspace.reader()
    run_arm(workspace, practice(memory="reasoningbank", limit=5), PRACTICE)
    asked = practice(memory="reasoningbank", limit=8, bank="reasoningbank", learn=False)
    row = runs.run(conn, run_arm(workspace, asked, PRACTICE))
    held = [{one.uid for one in task.held} for task in exposure.exposed_tasks(conn, row)]
    assert held == [held[0]] * 8
    assert held[0]


def test_what_was_served_from_another_bank_keeps_where_it_comes_from(workspace):
    conn = workspace.reader()
    first = run_arm(workspace, practice(memory="reasoningbank", limit=3), PRACTICE)
    row = runs.run(conn, run_arm(workspace, practice(memory="synapse", limit=3), PRACTICE))
    elsewhere = conn.execute(
        "SELECT uid, template, site FROM experience WHERE run = ? AND site <> ''", (first,)
    ).fetchone()
    event = conn.execute("SELECT max(id) FROM retrieval_event WHERE run = ?", (row.id,)).fetchone()[0]
    moved = "UPDATE retrieval_pair SET experience_uid = ? WHERE event = ? AND rank = 1"
    workspace.run(lambda db: db.execute(moved, (elsewhere["uid"], event)))
    served = exposure.exposed_tasks(conn, row)[-1].served[0]
    assert (served.uid, served.template, served.site) == tuple(elsewhere)


def test_without_memory_there_is_nothing_to_audit(workspace):
    run = run_arm(workspace, practice(limit=2), PRACTICE)
    assert run_statistics(workspace.reader(), run).audit is None
    assert exposure.exposed_tasks(workspace.reader(), runs.run(workspace.reader(), run)) == []
    with pytest.raises(UsageError):
        run_statistics(workspace.reader(), 99)


def test_a_task_without_data_counts_as_not_solved_end_to_end(workspace):
    run = run_arm(workspace, practice(limit=4), PRACTICE)
    gone = workspace.reader().execute("SELECT task_key FROM outcome WHERE run = ? ORDER BY id", (run,)).fetchone()[0]
    before = run_statistics(workspace.reader(), run).rates
    workspace.run(lambda db: db.execute("UPDATE outcome SET valid = 0 WHERE run = ? AND task_key = ?", (run, gone)))
    after = run_statistics(workspace.reader(), run).rates
    assert (before.end_to_end.n, before.graded.n) == (4, 4)
    assert (after.end_to_end.n, after.graded.n) == (4, 3)


def test_draws_are_shared_between_comparisons_and_cannot_be_changed():
    weights = task_weights(5, 10, 0)
    assert task_weights(5, 10, 0) is weights
    with pytest.raises(ValueError, match="read-only"):
        weights[0, 0] = 7
