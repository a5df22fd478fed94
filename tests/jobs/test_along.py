"""How hard tasks are, phases and positions as figures, from pools made by hand, and the rollouts behind them."""

from dataclasses import replace

from rb_studio.jobs.along import buckets_set, difficulty_set, phases_set, positions_set, task_levels
from rb_studio.jobs.behind import behind
from rb_studio.jobs.curves import csv_rows
from rb_studio.jobs.figure_words import figure_table
from rb_studio.jobs.panels import loss_set
from rb_studio.jobs.places import LEVELS, PHASES
from tests.jobs.test_panels import MEMORY, NONE, pool, run

POOLS = [NONE, MEMORY]
BY_POSITION = pool("reasoningbank", replace(run(5, 0, "1 1 0 0 1 1"), order="id"))


def points(curves, arm: str = "none") -> dict[str, tuple[float | None, int]]:
    (series,) = (one for one in curves.series if one.name.startswith(arm))
    rows = [row for row in csv_rows(curves)[1:] if row[0] == series.name]
    return {row[3]: (point.value, point.n) for row, point in zip(rows, series.points, strict=True)}


def test_a_task_is_as_hard_as_the_rollouts_of_all_arms_say():
    assert {key: LEVELS[place - 1] for key, place in task_levels(POOLS).items()} == {
        "a": "at times",  # 4 of 8 rollouts
        "b": "mostly",  # 7 of 8
        "c": "rarely",  # 1 of 8
        "d": "at times",  # 4 of 8
    }


def test_success_by_difficulty_is_over_the_tasks_of_a_bucket_and_opens_their_rollouts():
    curves = difficulty_set(POOLS, 3, POOLS)
    assert points(curves) == {
        "never": (None, 0), "rarely": (0.0, 1), "at times": (0.0, 2), "mostly": (1.0, 1), "always": (None, 0)
    }  # fmt: skip
    assert "0 never, 1 rarely, 2 at times, 1 mostly, 0 always" in curves.caption
    (series,) = (one for one in curves.series if one.name.startswith("none"))
    assert behind(POOLS, series, series.points[2]) == ["2a0", "2a1", "2a2", "2d0", "2d1", "2d2"]
    alone = difficulty_set([NONE], 3, POOLS)
    assert alone.series == curves.series[:1], "hiding an arm makes no task harder"


def test_an_arms_own_buckets_share_out_all_its_tasks():
    curves = buckets_set(POOLS)
    assert points(curves) == {
        "never": (0.25, 4), "rarely": (0.25, 4), "at times": (0.25, 4), "mostly": (0.25, 4), "always": (0.0, 4)
    }  # fmt: skip
    assert "can carry a difference" in curves.caption
    series = curves.series[0]
    assert behind(POOLS, series, series.points[0]) == ["1c0", "2c0", "2c1", "2c2"]


def test_phases_are_per_task_with_the_runs_as_bounds():
    two = pool("none", run(1, 0, "0 1"), replace(run(2, 1, "1 1"), tokens={"act": 50, "judge": None}))
    curves = phases_set([two], 1)
    (series,) = curves.series
    act, judge = series.points[0], series.points[PHASES.index("judge")]
    assert (act.value, act.low, act.high, act.n) == (17.5, 10.0, 25.0, 2)
    assert judge.value is None


def test_a_gain_by_position_opens_the_rollouts_done_there():
    none = pool("none", run(1, 0, "0 1 0 0 0 1"))
    curves = positions_set([BY_POSITION], 1, [none, BY_POSITION])
    (series,) = curves.series
    assert [point.value for point in series.points] == [1.0, 0.0, 0.0, 1.0, 0.0]
    opened = [uid for point in series.points for uid in behind([none, BY_POSITION], series, point)]
    assert opened == [f"5{key}0" for key in "abcdef"], "each task stands in one stretch"
    assert "fewer than 5 orders" in curves.caption
    assert positions_set([none], 1, [none, BY_POSITION]).series == ()


def test_what_choosing_lost_opens_every_rollout():
    series = loss_set([NONE]).series[0]
    assert len(behind([NONE], series, series.points[-1])) == 12


def test_tables_of_phases_name_them_and_say_what_the_bounds_are():
    two = pool("none", run(1, 0, "0 1"), replace(run(2, 1, "1 1"), tokens={"act": 50, "judge": None}))
    table = figure_table(phases_set([two], 1))
    assert "lowest to highest" in table
    assert "act & 2 & 18 & 10 to 25" in table


def test_the_caption_of_a_table_ends_before_the_next_sentence_begins():
    made = replace(phases_set([pool("none", run(1, 0, "0 1"))], 1), caption="tasks of one suite", simulated=True)
    assert "tasks of one suite. Simulated: " in figure_table(made)
    assert "tasks of one suite. Simulated: " in figure_table(replace(made, caption="tasks of one suite."))
