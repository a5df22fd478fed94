"""Verdicts read in SQL say what the judge's report says."""

import pytest

from rb_studio.gui.rooms.verdicts.reading import PAIRS, load, report
from rb_studio.jobs.judge_report import judge_report
from rb_studio.jobs.request import RunRequest
from rb_studio.jobs.run import run_arm
from rb_studio.records.judgement import Status, Verdict
from rb_studio.store import verdict_reads
from rb_studio.store.verdict_reads import NONE, SIDES, SORTS, Cell, Scope
from rb_studio.store.verdicts import add_verdicts
from rb_studio.store.workspace import Workspace
from tests.gui.conftest import PRACTICE, TASKS
from tests.gui.verdicts.conftest import DRAWS


def rate(shown, name: str):
    return next(one for one in shown.rates if one.name == name)


@pytest.fixture
def noisy(workspace: Workspace) -> Workspace:
    """A run more, whose labels were turned over on purpose."""
    run_arm(workspace, RunRequest("practice", memory="reasoningbank", limit=TASKS, label_noise=0.5, seed=3), PRACTICE)
    return workspace


@pytest.mark.parametrize("run", [None, 1, 3])
def test_counts_and_rates_are_those_of_the_engine(noisy: Workspace, run: int | None) -> None:
    conn = noisy.reader()
    engine = judge_report(conn, run=run)
    shown = report(verdict_reads.counts(conn, Scope(run=run)), "judge and truth")
    for judge, row in engine.table.rows().items():
        for truth, count in row.items():
            assert shown.count(judge, truth) == count
    assert rate(shown, "PPV (precision)").estimate == engine.quality.ppv
    assert rate(shown, "Recall").estimate == engine.quality.recall
    assert rate(shown, "Cohen's kappa").value == engine.quality.kappa
    assert rate(shown, "Corrected success").estimate == engine.corrected
    assert (shown.invalid, shown.unjudged, shown.simulated) == (engine.invalid, engine.unjudged, True)


def test_the_rate_as_said_has_an_interval_beside_the_corrected_one(workspace: Workspace) -> None:
    said = rate(report(verdict_reads.counts(workspace.reader(), Scope()), "judge and truth"), "Success as said")
    assert said.estimate is not None
    assert (said.value, said.estimate.n) == (said.estimate.value, DRAWS)
    assert said.estimate.low < said.value < said.estimate.high


def test_rates_without_anything_to_go_by_are_undefined() -> None:
    shown = report([], "judge and truth")
    assert {one.value for one in shown.rates} == {None}


def test_the_cells_share_out_all_rollouts(workspace: Workspace) -> None:
    standing, order = load(workspace.reader(), "all")[2], verdict_reads.ordered(workspace.reader(), Scope())
    seen = [
        rollout
        for judge in SIDES["judge"]
        for truth in SIDES["truth"]
        for rollout in standing.ids(order, Cell({"judge": judge, "truth": truth}))
    ]
    everything, repeats = standing.ids(order, Cell()), standing.ids(order, Cell(repeated=True))
    assert sorted(seen) == sorted(everything)
    assert len(everything) == DRAWS
    assert sorted([*everything, *repeats]) == sorted(order) == sorted(standing.kinds)


@pytest.mark.parametrize("sort", SORTS)
@pytest.mark.parametrize("descending", [False, True])
def test_every_order_has_the_same_rollouts(workspace: Workspace, sort: str, descending: bool) -> None:
    conn = workspace.reader()
    ids = verdict_reads.ordered(conn, Scope(), sort=sort, descending=descending)
    assert sorted(ids) == sorted(verdict_reads.ordered(conn, Scope()))
    rows = verdict_reads.judged_rows(conn, ids)
    if sort in ("judge", "truth", "human", "reason"):
        values = [getattr(rows[one], sort) for one in ids]
        assert values == sorted(values, reverse=descending)


def test_words_are_words_and_no_patterns(workspace: Workspace) -> None:
    conn = workspace.reader()
    assert verdict_reads.ordered(conn, Scope(), "%") == []
    ids = verdict_reads.ordered(conn, Scope())
    word = verdict_reads.judged_rows(conn, ids)[ids[0]].task_text.split()[0]
    assert ids[0] in verdict_reads.ordered(conn, Scope(), word.upper())


def test_a_persons_word_is_counted_against_judge_and_truth(workspace: Workspace) -> None:
    conn = workspace.reader()
    ids = verdict_reads.ordered(conn, Scope(run=1))
    row = verdict_reads.judged_rows(conn, ids)[ids[0]]
    given = Verdict("mine", row.uid, Status.UNKNOWN, "cannot tell", "human")
    workspace.run(lambda db: add_verdicts(db, [given], rows=[row.id]))
    counts = verdict_reads.counts(conn, Scope())
    for pair in PAIRS:
        assert report(counts, pair).valid == DRAWS
    assert report(counts, "human and truth").count("unknown", None) == 1
    assert report(counts, "judge and human").count(None, NONE) == DRAWS - 1
    detail = verdict_reads.judged_detail(conn, row.id)
    assert [one.verdict.source for one in detail.verdicts] == ["judge", "human"]
    assert [one.learned for one in detail.verdicts] == [True, False]
    assert verdict_reads.judged_detail(conn, 10**9) is None


def test_a_verdict_goes_to_the_named_row_not_to_a_namesake(workspace: Workspace) -> None:
    run_arm(workspace, RunRequest("practice", memory="none", limit=TASKS), PRACTICE)
    conn = workspace.reader()
    first = verdict_reads.ordered(conn, Scope(run=1))
    row = verdict_reads.judged_rows(conn, first)[first[0]]
    workspace.run(lambda db: add_verdicts(db, [Verdict("x", row.uid, Status.FAILURE, "", "human")], rows=[row.id]))
    assert verdict_reads.judged_rows(conn, [row.id])[row.id].human == "failure"
    assert report(verdict_reads.counts(conn, Scope(run=3)), "human and truth").human == 0
