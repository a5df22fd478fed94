"""The paper's own tables through the figures of an arm (checklist 16, 17; Table 1 and Table 4)."""

import pytest

from rb_studio.analysis.arm_metrics import RolloutRow, arm_metrics
from rb_studio.interchange.load import load_path
from tests.conftest import shared_file

SIZES = {"shopping": 187, "admin": 182, "gitlab": 180, "reddit": 106, "multi": 29}
# Solved tasks by subset, the printed rates, the rate over all: every one is a whole number of tasks. Two printed rates
# over all differ by 0.1 from what the printed rates of their subsets give.
TABLE_1 = {
    "flash none": ([73, 81, 61, 59, 3], [39.0, 44.5, 33.9, 55.7, 10.3], 40.5),
    "flash synapse": ([76, 82, 64, 63, 3], [40.6, 45.1, 35.6, 59.4, 10.3], 42.1),
    "flash awm": ([83, 85, 67, 66, 1], [44.4, 46.7, 37.2, 62.3, 3.4], 44.2),  # printed: 44.1
    "flash reasoningbank": ([93, 93, 73, 71, 4], [49.7, 51.1, 40.6, 67.0, 13.8], 48.8),
    "pro none": ([85, 93, 63, 76, 2], [45.5, 51.1, 35.0, 71.7, 6.9], 46.6),  # printed: 46.7
    "pro synapse": ([87, 95, 69, 73, 2], [46.5, 52.2, 38.3, 68.9, 6.9], 47.7),
    "pro reasoningbank": ([97, 103, 80, 85, 4], [51.9, 56.6, 44.4, 80.2, 13.8], 53.9),
    "claude none": ([72, 90, 66, 57, 0], [38.5, 49.5, 36.7, 53.8, 0.0], 41.7),
    "claude reasoningbank": ([84, 97, 74, 61, 1], [44.9, 53.3, 41.1, 57.5, 3.4], 46.3),
}
# Table 4 (steps of solved and of failed tasks) and the mean it gives, printed in Table 1.
STEPS = {
    "admin none": ("admin", 81, 8.4, 10.4, 9.5),
    "gitlab none": ("gitlab", 61, 8.6, 15.7, 13.3),
    "reddit none": ("reddit", 59, 6.1, 7.6, 6.7),
    "admin reasoningbank": ("admin", 93, 7.0, 9.5, 8.2),
    "gitlab reasoningbank": ("gitlab", 73, 7.6, 15.5, 12.3),
    "reddit reasoningbank": ("reddit", 71, 5.0, 6.8, 5.6),
}


def rows_of(name: str, solved: int, won: int = 1, lost: int = 1) -> list[RolloutRow]:
    return [
        RolloutRow(f"{name}/{task}", success=task < solved, steps=won if task < solved else lost, selected=True)
        for task in range(SIZES[name])
    ]


def percent(rows: list[RolloutRow]) -> float:
    rate = arm_metrics(rows).pass_at_1
    assert rate is not None
    return round(100 * rate, 1)


@pytest.mark.parametrize(("solved", "rates", "overall"), TABLE_1.values(), ids=TABLE_1)
def test_point_16_counts_give_the_printed_rates_and_the_pooled_one(
    solved: list[int], rates: list[float], overall: float
) -> None:
    parts = [rows_of(name, count) for name, count in zip(SIZES, solved, strict=True)]
    assert [percent(part) for part in parts] == rates
    pooled = [row for part in parts for row in part]
    assert len(pooled) == 684
    assert percent(pooled) == overall


def test_point_16_the_rate_over_all_is_no_mean_of_the_subsets() -> None:
    solved, rates, overall = TABLE_1["flash none"]
    assert round(sum(rates) / len(rates), 1) != overall
    assert sum(solved) == 277
    assert sum(TABLE_1["flash reasoningbank"][0]) == 334


@pytest.mark.parametrize(("site", "solved", "won", "lost", "overall"), STEPS.values(), ids=STEPS)
def test_point_17_steps_of_solved_and_failed_tasks_give_the_printed_mean(
    site: str, solved: int, won: float, lost: float, overall: float
) -> None:
    # Steps are whole: tenths of a step are counted, so that every task of a side has the printed mean.
    metrics = arm_metrics(rows_of(site, solved, round(10 * won), round(10 * lost)))
    assert (metrics.mean_steps_solved, metrics.mean_steps_failed) == (10 * won, 10 * lost)
    assert metrics.mean_steps is not None
    # Both sides and the mean are printed to a tenth, so that each may be off by half of one.
    assert metrics.mean_steps / 10 == pytest.approx(overall, abs=0.1)


def test_point_17_steps_of_a_software_run_are_its_calls() -> None:
    run = shared_file("samples", "mini-swe-agent", "v1.1_runs")
    read = [file for file in load_path(run) if file.rollouts]
    assert read
    for file in read:
        for trajectory in file.trajectories:
            assert len(trajectory.steps) == trajectory.extra["info"]["model_stats"]["api_calls"], file.path
