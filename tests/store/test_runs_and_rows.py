"""Runs, sweeps and the flat rows analysis works on."""

from dataclasses import replace

import pytest

from rb_studio.records.errors import UsageError
from rb_studio.records.judgement import Status, Truth, Verdict
from rb_studio.store import operations, outcomes, rollouts, runs, suites
from rb_studio.store.canonical import canonical_jsonl
from rb_studio.store.verdicts import add_verdicts
from tests.store.conftest import Ground
from tests.store.samples import ARM, outcome, suite


def test_a_run_keeps_its_arm_as_given_and_equal_arms_share_a_row(ground: Ground) -> None:
    conn = ground.workspace.reader()
    row = runs.run(conn, ground.run)
    assert (row.arm, row.status, row.simulated, row.pass_number) == (ARM, "planned", True, 1)
    first = replace(ARM, k=1, scaling="parallel")
    second = replace(ARM, k=1, scaling="vanilla")
    ids = [ground.workspace.run(lambda db, arm=arm: runs.create_run(db, arm)) for arm in (first, second)]
    assert [runs.run(conn, run).arm.scaling for run in ids] == ["parallel", "vanilla"]
    assert runs.run(conn, ids[0]).arm_id == runs.run(conn, ids[1]).arm_id
    assert [one.id for one in runs.runs(conn, arm_hash=first.hash)] == ids


def test_a_sweep_holds_its_runs_and_its_configuration(ground: Ground) -> None:
    conn, run = ground.workspace.reader(), ground.workspace.run
    sweep = run(lambda db: runs.create_sweep(db, {"k": [1, 2], "memory": ["none"]}))
    again = run(lambda db: runs.create_sweep(db, {"memory": ["none"], "k": [1, 2]}))
    one = run(lambda db: runs.create_run(db, ARM, sweep=sweep, config={"request": {"k": 2}}))
    assert runs.sweep(conn, sweep).hash == runs.sweep(conn, again).hash
    assert [(row.id, row.config) for row in runs.runs(conn, sweep=sweep)] == [(one, {"request": {"k": 2}})]
    run(lambda db: runs.set_sweep_status(db, sweep, "running"))
    assert [row.status for row in runs.sweeps(conn)] == ["running", "planned"]
    assert runs.sweep(conn, 99) is None


def test_the_status_of_a_run_records_start_and_end(ground: Ground) -> None:
    conn, run = ground.workspace.reader(), ground.workspace.run
    run(lambda db: runs.set_run_status(db, ground.run, "running"))
    started = runs.run(conn, ground.run).started_at
    run(lambda db: runs.set_run_status(db, ground.run, "paused", "the endpoint is gone"))
    assert runs.run(conn, ground.run).note == "the endpoint is gone"
    run(lambda db: runs.set_run_status(db, ground.run, "running"))
    run(lambda db: runs.set_run_status(db, ground.run, "finished"))
    row = runs.run(conn, ground.run)
    assert (row.started_at, row.note, row.status) == (started, "", "finished")
    assert row.ended_at is not None
    for wrong in (
        lambda db: runs.set_run_status(db, ground.run, "done"),
        lambda db: runs.set_run_status(db, 9, "running"),
    ):
        with pytest.raises(UsageError):
            run(wrong)


def test_a_rollout_in_one_line(ground: Ground) -> None:
    run, conn = ground.workspace.run, ground.workspace.reader()
    run(lambda db: suites.save_suite(db, suite()))
    given = outcome("shop/1")
    run(lambda db: outcomes.commit_outcome(db, ground.run, ground.bank, given))
    first, second = rollouts.rollout_rows(conn, run=ground.run)
    assert (first.task_key, first.template, first.site, first.source) == ("shop/1", "t0", "shopping", "run")
    assert (first.truth, first.first_truth, first.any_truth, first.reward) == (True, True, True, 1.0)
    assert (second.truth, second.any_truth, second.selected, first.selected) == (False, False, True, False)
    assert (first.judged, second.judged, first.human, first.label) == ("success", "unknown", None, "success")
    assert (first.steps, first.tokens_act, first.tokens_judge, first.cost) == (2, 120, 120, 1.0)
    assert (first.exit_reason, first.valid, first.seconds, first.simulated) == ("answered", True, 2.0, True)
    assert first.arm == runs.run(conn, ground.run).arm_id
    task = rollouts.task_rows(conn, run=ground.run)[0]
    assert (task.ordinal, task.k, task.valid, task.items, task.notes) == (1, 2, True, 2, ("one item was cut",))
    assert (task.tokens_select, task.tokens_distill, task.tokens_embed, task.cost) == (120, 120, 12, 1.0)
    assert task.experience_uid == given.experience.uid


def test_refinement_passes_are_told_apart(ground: Ground) -> None:
    given = outcome("shop/1", learns=False, k=1)
    uid = given.rollouts[0].uid
    passes = (Truth(False), Truth(True, pass_index=1), Truth(None, pass_index=2))
    ground.workspace.run(
        lambda db: outcomes.commit_outcome(db, ground.run, ground.bank, replace(given, truths={uid: passes}))
    )
    conn = ground.workspace.reader()
    row = rollouts.rollout_rows(conn, run=ground.run)[0]
    assert (row.first_truth, row.truth, row.any_truth) == (False, None, True)
    assert rollouts.truths(conn, uid) == passes


@pytest.mark.parametrize(
    ("values", "any_truth"), [((), None), ((None,), None), ((False, None), None), ((False, False), False)]
)
def test_any_pass_is_unknown_until_one_succeeded_or_all_failed(
    ground: Ground, values: tuple[bool | None, ...], any_truth: bool | None
) -> None:
    given = outcome("shop/1", learns=False, k=1)
    truths = {given.rollouts[0].uid: tuple(Truth(value, pass_index=n) for n, value in enumerate(values))}
    ground.workspace.run(lambda db: outcomes.commit_outcome(db, ground.run, ground.bank, replace(given, truths=truths)))
    assert rollouts.rollout_rows(ground.workspace.reader(), run=ground.run)[0].any_truth is any_truth


def test_rows_come_in_commit_order_and_by_sweep(ground: Ground) -> None:
    run, conn = ground.workspace.run, ground.workspace.reader()
    sweep = run(lambda db: runs.create_sweep(db, {}))
    member = run(lambda db: runs.create_run(db, ARM, sweep=sweep, bank=ground.bank))
    sharer = run(lambda db: runs.create_run(db, ARM, sweep=sweep, shared_with=member))
    for key in ("shop/3", "shop/1"):
        run(lambda db, key=key: outcomes.commit_outcome(db, member, ground.bank, outcome(key)))
    assert [row.task_key for row in rollouts.rollout_rows(conn, sweep=sweep)] == ["shop/3"] * 2 + ["shop/1"] * 2
    assert [row.task_key for row in rollouts.task_rows(conn, run=sharer)] == ["shop/3", "shop/1"]
    assert [row.rollout_index for row in rollouts.rollout_rows(conn, task_key="shop/1")] == [0, 1]
    assert rollouts.rollout_rows(conn, run=ground.run) == []


def test_verdicts_given_later_are_added_can_be_undone_and_change_nothing_learned(ground: Ground) -> None:
    run, conn = ground.workspace.run, ground.workspace.reader()
    given = outcome("shop/1")
    run(lambda db: outcomes.commit_outcome(db, ground.run, ground.bank, given))
    uid = given.rollouts[0].uid
    human = Verdict("h1", uid, Status.FAILURE, "it did not save", source="human")
    run(lambda db: add_verdicts(db, [human], who="Ann"))
    assert rollouts.verdicts(conn, uid) == (given.verdicts[0], human)
    row = rollouts.rollout_rows(conn, run=ground.run)[0]
    assert (row.judged, row.human, row.label) == ("success", "failure", "success")
    assert outcomes.load_outcome(conn, ground.run, "shop/1").verdicts == given.verdicts
    assert operations.undo_label(conn, "verdicts") == "Judge 1 rollout"
    run(lambda db: operations.undo(db, "verdicts"))
    assert rollouts.verdicts(conn, uid) == given.verdicts[:1]
    run(lambda db: operations.redo(db, "verdicts"))
    assert rollouts.rollout_rows(conn, run=ground.run)[0].human == "failure"
    for wrong in (human, replace(human, uid="h2", rollout_uid="nobody")):
        with pytest.raises(UsageError):
            run(lambda db, wrong=wrong: add_verdicts(db, [wrong]))


def test_unknown_rollouts_are_refused(ground: Ground) -> None:
    for read in (rollouts.trajectory, rollouts.truths, rollouts.verdicts):
        with pytest.raises(UsageError, match="no rollout nobody"):
            read(ground.workspace.reader(), "nobody")


def test_results_are_identical_whatever_ids_and_times_they_have(ground: Ground) -> None:
    run, conn = ground.workspace.run, ground.workspace.reader()
    other = run(lambda db: runs.create_run(db, ARM, bank=ground.bank, simulated=True))
    run(lambda db: outcomes.commit_outcome(db, ground.run, ground.bank, outcome("shop/1")))
    run(lambda db: outcomes.commit_outcome(db, ground.run, ground.bank, outcome("shop/2")))
    later = outcome("shop/2")
    moved = replace(later.rollouts[0], started_at="2031-01-01T00:00:00Z", ended_at=None)
    run(lambda db: outcomes.commit_outcome(db, other, ground.bank, replace(later, rollouts=(moved, later.rollouts[1]))))
    assert canonical_jsonl(conn, run=other) != canonical_jsonl(conn, run=ground.run)
    run(lambda db: outcomes.commit_outcome(db, other, ground.bank, outcome("shop/1")))
    assert canonical_jsonl(conn, run=other) == canonical_jsonl(conn, run=ground.run)
    assert len(canonical_jsonl(conn, run=other).splitlines()) == 2
    worse = run(lambda db: runs.create_run(db, ARM, bank=ground.bank, simulated=True))
    changed = outcome("shop/1")
    verdict = replace(changed.verdicts[0], status=Status.FAILURE)
    run(lambda db: outcomes.commit_outcome(db, worse, ground.bank, replace(changed, verdicts=(verdict,))))
    assert canonical_jsonl(conn, run=worse) not in canonical_jsonl(conn, run=other)
