"""Tasks against arms, and columns of whatever is known."""

from dataclasses import replace

import pytest

from rb_studio.records.errors import UsageError
from rb_studio.records.judgement import Truth
from rb_studio.records.trajectory import ExitReason
from rb_studio.store import live, outcomes, runs
from rb_studio.store.extra_columns import ExtraColumn, extra_columns, values
from rb_studio.store.heat_map import HeatCell, heat
from rb_studio.store.imported import ImportedTrajectory, SourceFile, save_imported
from rb_studio.store.rollout_list import RolloutFilter, list_rollouts
from tests.store.conftest import Ground
from tests.store.samples import ARM, outcome, rollout
from tests.store.test_live import events_of

PLAIN = replace(ARM, memory="none", scaling="none", k=1, seed=7)


@pytest.fixture
def grid(ground: Ground) -> Ground:
    """Two arms, the second run twice, and a file of three rollouts with fields of their own."""
    run = ground.workspace.run
    for key in ("shop/1", "shop/2"):
        run(lambda db, key=key: outcomes.commit_outcome(db, 1, 1, outcome(key)))
    for _ in range(2):
        other = run(lambda db: runs.create_run(db, PLAIN, simulated=True))
        run(lambda db, other=other: outcomes.commit_outcome(db, other, None, outcome("shop/1", PLAIN, 1, learns=False)))
    given = [
        ImportedTrajectory(
            replace(
                rollout(ARM, "swe/1", index),
                uid=f"swe-{index}",
                model=f"m{index % 2}",
                exit_reason=exit_reason,
                extra={"score": score, "info": {"exit status": "x" * 900, "ok": index == 0}, "list": [1]},
            ),
            "lite",
            truths=truths,
        )
        for index, score, exit_reason, truths in (
            (0, 9, ExitReason.IMPORTED, (Truth(True, 1.0),)),
            (1, 10, ExitReason.IMPORTED, ()),
            (2, None, ExitReason.ENVIRONMENT_FAILURE, (Truth(False, 0.0),)),
        )
    ]
    run(lambda db: save_imported(db, SourceFile("/a.json", "x"), given, {}))
    return ground


def test_attempts_are_counted_by_task_and_arm(grid: Ground) -> None:
    found = heat(grid.workspace.reader(), RolloutFilter())
    assert (found.tasks, found.columns) == (("shop/1", "shop/2", "swe/1"), (1, 2, 4))
    assert found.cells["shop/1", 1] == HeatCell(2, 1, 0, 1.0)
    assert found.cells["shop/1", 2] == HeatCell(2, 2, 0, 1.0)
    assert ("shop/2", 2) not in found.cells


def test_what_was_cut_short_or_still_runs_is_no_attempt_and_unknown_is_no_failure(grid: Ground) -> None:
    grid.workspace.run(lambda db: live.append_live(db, 1, events_of("shop/3")[:3]))
    found = heat(grid.workspace.reader(), RolloutFilter(), "memory")
    assert found.columns == ("imported", "none", "reasoningbank")
    cell = found.cells["swe/1", "imported"]
    assert (cell, cell.rate) == (HeatCell(2, 1, 1, 1.0), 1.0)
    assert HeatCell(1, 0, 1, None).rate is None
    assert "shop/3" not in found.tasks


def test_a_map_goes_by_model_filter_and_verdict(grid: Ground) -> None:
    conn = grid.workspace.reader()
    assert heat(conn, RolloutFilter(facets={"model": ("m0", "m1")}), "model").columns == ("m0", "m1")
    judged = heat(conn, RolloutFilter(run=1), "arm", "verdict")
    assert judged.cells["shop/1", 1] == HeatCell(2, 1, 1, 1.0)
    with pytest.raises(UsageError, match="a map is by arm, model, memory of truth or verdict"):
        heat(conn, RolloutFilter(), "site")


def test_one_draw_that_two_rollouts_of_a_column_share_counts_once(grid: Ground) -> None:
    copy = replace(rollout(PLAIN, "shop/1"), uid="taken-over", same_as=rollout(PLAIN, "shop/1").uid)
    given = replace(outcome("shop/1", PLAIN, 1, learns=False), rollouts=(copy,), verdicts=(), truths={}, calls=())
    run = grid.workspace.run(lambda db: runs.create_run(db, replace(PLAIN, seed=8), simulated=True))
    given = replace(given, selection=None, arm_hash=replace(PLAIN, seed=8).hash)
    grid.workspace.run(lambda db: outcomes.commit_outcome(db, run, None, given))
    conn = grid.workspace.reader()
    assert heat(conn, RolloutFilter()).cells["shop/1", run].n == 1
    assert heat(conn, RolloutFilter(), "memory").cells["shop/1", "none"].n == 2


def test_columns_are_offered_for_every_named_value(grid: Ground) -> None:
    found = {column.key: column for column in extra_columns(grid.workspace.reader())}
    assert found["extra:$.score"] == ExtraColumn("extra:$.score", "score", 2)
    assert found['extra:$.info."exit status"'].title == "info.exit status"
    assert found["arm:$.limits.steps"].of_arm
    assert found["arm:$.exclude_template"].count == 3
    assert not any("list" in key for key in found)


def test_values_are_those_of_the_file_and_the_arm(grid: Ground) -> None:
    keys = ("extra:$.score", "extra:$.info.ok", 'extra:$.info."exit status"', "arm:$.seed", "extra:$.list")
    found = values(grid.workspace.reader(), [1, 5, 7, 9, 99], keys)
    assert found[1] == (None, None, None, 0, None)
    assert found[5] == (None, None, None, 7, None)
    assert found[7] == (9, True, "x" * 500, None, None)
    assert found[9][:2] == (None, False)
    assert set(found) == {1, 5, 7, 9}
    assert values(grid.workspace.reader(), [1], ()) == {1: ()}


def test_rollouts_are_ordered_by_a_column_of_their_own(grid: Ground) -> None:
    conn = grid.workspace.reader()
    for descending, expected in ((False, [7, 8]), (True, [8, 7])):
        found = list_rollouts(conn, RolloutFilter(), group="", sort="extra:$.score", descending=descending)
        assert list(found.ids[:2]) == expected
        assert len(found.ids) == 9
    seeded = list_rollouts(conn, RolloutFilter(), group="", sort="arm:$.seed", descending=True)
    assert seeded.ids[:2] == (5, 6)


@pytest.mark.parametrize("key", ["nothing", "extra:score", "extra:$.a[0]", "extra:$.a'b", "other:$.a", "extra:$"])
def test_what_cannot_be_a_column_is_refused(grid: Ground, key: str) -> None:
    with pytest.raises(UsageError, match="there is no column"):
        list_rollouts(grid.workspace.reader(), RolloutFilter(), sort=key)


@pytest.mark.parametrize(
    ("group", "expected"),
    [
        ("arm", [4, 4, 4, 2, 2, 1, 1, 1, 1]),
        ("memory", ["imported"] * 3 + ["none"] * 2 + ["reasoningbank"] * 4),
        ("model", ["m0", "m0", "m1", *["practice"] * 6]),
    ],
)
def test_rollouts_stand_together_by_arm_memory_and_model(grid: Ground, group: str, expected: list[object]) -> None:
    assert list(list_rollouts(grid.workspace.reader(), RolloutFilter(), group=group).groups) == expected


def test_only_facets_that_are_asked_for_are_counted(grid: Ground) -> None:
    conn = grid.workspace.reader()
    chosen = RolloutFilter(facets={"cost": ("<1",), "model": ("m0",)})
    found = list_rollouts(conn, chosen, counted=("cost", "exit"))
    assert set(found.counts) == {"cost", "exit"}
    assert found.counts["cost"] == {"<1": 2}
    assert found.counts["exit"] == {"imported": 1, "environment_failure": 1}
    assert list_rollouts(conn, chosen, counted=()).counts == {}


def test_cost_is_banded_and_unknown_cost_stands_apart(grid: Ground) -> None:
    one = rollout(ARM, "swe/2")
    unknown, free = (
        replace(one, uid=f"cost {cost}", steps=tuple(replace(step, cost=cost) for step in one.steps))
        for cost in (None, 0.0)
    )
    given = [ImportedTrajectory(one, "more") for one in (unknown, free)]
    grid.workspace.run(lambda db: save_imported(db, SourceFile("/b.json", "x"), given, {}))
    assert list_rollouts(grid.workspace.reader(), RolloutFilter()).counts["cost"] == {"<1": 9, "none": 1, "0": 1}
