"""A less certain judge over stored rollouts: without noise it is what is known, and learning is not touched."""

from pathlib import Path

import pytest

from rb_studio.analysis.bestofk import best_of_k
from rb_studio.analysis.noise import LABEL, Flips
from rb_studio.jobs.judging import JudgingRequest, run_judging
from rb_studio.jobs.noise import noise_series
from rb_studio.jobs.noise_figure import CLEAR, MEASURED, NOISY, noise_arms, noise_figure
from rb_studio.jobs.pools import read_pools
from rb_studio.jobs.run import run_arm
from rb_studio.models.settings import Settings
from rb_studio.records.judgement import Status
from rb_studio.store import rollouts
from rb_studio.store.workspace import Workspace
from tests.jobs.conftest import practice

PRACTICE = Settings(embedder="hashing")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four tasks three times each, under clean and under flipped labels, and once each."""
    path = tmp_path_factory.mktemp("noise") / "made.rbank"
    with Workspace.open(path, write=True, create=True) as workspace:
        for more in ({"k": 3}, {"k": 3, "label_noise": 0.5}, {"k": 1}):
            run_arm(workspace, practice(limit=4, memory="none", scaling="parallel", **more), PRACTICE)
    return path


def test_without_noise_it_is_the_best_by_what_the_judge_said(made: Path) -> None:
    with Workspace.open(made, write=False) as workspace:
        conn = workspace.reader()
        found = noise_series(conn, read_pools(conn), [0.0, 0.5])
        clean = next(one for one in found if one.measured.rate == 0)
        expected = []
        rows = [row for row in rollouts.rollout_rows(conn, run=1) if row.valid]
        for key in {row.task_key for row in rows}:
            tried = [row for row in rows if row.task_key == key]
            scores = [float(row.judged == Status.SUCCESS) for row in tried]
            expected.append(best_of_k(scores, [bool(row.truth) for row in tried], 3))
        assert clean.points[0].value == pytest.approx(sum(expected) / 4)
        chance = sum(bool(row.truth) for row in rows if row.judged != Status.UNKNOWN) / len(rows)
        assert clean.points[1].value == pytest.approx(chance)
        assert (clean.k, clean.points[0].n, clean.to_json()["label"]) == (3, 4, LABEL)


def test_arms_that_ran_under_noise_stand_where_they_were_measured(made: Path) -> None:
    with Workspace.open(made, write=False) as workspace:
        conn = workspace.reader()
        pools = read_pools(conn)
        found = {one.measured.rate: one for one in noise_series(conn, pools, [0.0])}
        assert set(found) == {0.0, 0.5}
        assert all(one.k == 3 for one in found.values())
        assert found[0.5].points[0].value == found[0.0].points[0].value  # the judge itself said the same


def test_the_verdicts_of_a_judging_can_be_flipped_instead(made: Path, tmp_path: Path) -> None:
    path = tmp_path / "copy.rbank"
    path.write_bytes(made.read_bytes())
    with Workspace.open(path, write=True) as workspace:
        conn = workspace.reader()
        own = noise_series(conn, read_pools(conn), [0.2])
        ids = tuple(row[0] for row in conn.execute("SELECT id FROM rollout"))
        judging = run_judging(workspace, JudgingRequest(ids, "practice"), PRACTICE).id
        assert noise_series(conn, read_pools(conn), [0.2], judging=judging) == own


def test_a_figure_has_the_flipped_curve_beside_the_one_as_judged_and_what_ran_so_as_it_was_measured(made: Path) -> None:
    with Workspace.open(made, write=False) as workspace:
        conn = workspace.reader()
        pools = read_pools(conn)
        arms = noise_arms(conn, pools)
        series = {one.metric: one for one in noise_figure(arms, Flips(0.2, 0.1)).series}
        assert set(series) == {NOISY, CLEAR, MEASURED}
        assert [point.k for point in series[NOISY].points] == [1, 2, 3]
        assert series[NOISY].points[0] == series[CLEAR].points[0]  # one rollout leaves nothing to select
        measured = next(one.measured for one in noise_series(conn, pools, [0.0]) if one.measured.rate)
        assert [(one.k, one.value) for one in series[MEASURED].points] == [(3, measured.value)]
        assert "noise 0.5" in series[MEASURED].name
        unflipped = noise_figure(arms, Flips(0.0, 0.0))
        assert LABEL in unflipped.caption
        assert next(one for one in unflipped.series if one.metric == NOISY).points == series[CLEAR].points
