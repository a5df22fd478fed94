"""Judge quality and the success rate corrected by it."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rb_studio.analysis.judge_quality import JudgeTable, judge_quality, judge_table
from rb_studio.analysis.rogan_gladen import corrected_success, rogan_gladen
from rb_studio.records.judgement import Status

pairs = st.lists(st.tuples(st.sampled_from(list(Status)), st.sampled_from([True, False, None])), max_size=30)


@given(pairs)
def test_the_table_counts_every_pair_once_and_rates_are_bounded(found):
    table = judge_table(found)
    assert table.total == len(found) == sum(sum(row.values()) for row in table.rows().values())
    quality = judge_quality(table)
    for rate in (quality.accuracy, quality.ppv, quality.recall, quality.specificity, quality.prevalence):
        assert rate is None or 0 <= rate.low <= rate.value <= rate.high <= 1
    assert quality.kappa is None or -1 <= quality.kappa <= 1 + 1e-12


def test_the_table_is_three_by_three():
    table = judge_table(
        [(Status.SUCCESS, True), (Status.SUCCESS, None), (Status.UNKNOWN, False), (Status.FAILURE, True)]
    )
    assert table.rows() == {
        "success": {"success": 1, "failure": 0, "unknown": 1},
        "failure": {"success": 1, "failure": 0, "unknown": 0},
        "unknown": {"success": 0, "failure": 1, "unknown": 0},
    }


def test_rates_of_a_table():
    quality = judge_quality(JudgeTable(tp=40, fp=10, fn=5, tn=45, unsure_failure=25))
    assert quality.ppv.value == 0.8
    assert quality.ppv.n == 50
    assert quality.recall.value == pytest.approx(40 / 45)
    assert quality.specificity.value == pytest.approx(45 / 55)
    assert quality.f1 == pytest.approx(80 / 95)
    assert quality.prevalence.value == 0.45
    assert quality.unknown_rate.value == 0.2


def test_what_cannot_be_computed_is_undefined():
    quality = judge_quality(JudgeTable(tn=3))
    assert quality.ppv is quality.recall is quality.f1 is quality.kappa is None
    assert quality.specificity.value == 1
    empty = judge_quality(JudgeTable())
    assert empty.accuracy is empty.kappa is empty.unknown_rate is None


def test_the_corrected_rate_uses_all_verdicts_and_both_error_rates():
    table = JudgeTable(tp=90, fn=10, tn=85, fp=15, untold_success=600 - 105, untold_failure=400 - 95)
    estimate = corrected_success(table)
    assert estimate.value == pytest.approx(0.60)
    assert estimate.n == 1000
    assert estimate.low < 0.60 < estimate.high


@pytest.mark.parametrize(
    "table",
    [JudgeTable(), JudgeTable(tp=5, fn=1), JudgeTable(tn=5, fp=1), JudgeTable(tp=5, fn=5, tn=5, fp=5)],
)
def test_the_corrected_rate_is_undefined_without_a_judge_better_than_chance(table):
    assert corrected_success(table) is None


def test_rogan_gladen_is_clipped_and_needs_skill():
    assert rogan_gladen(0.05, 0.9, 0.85) == 0.0
    assert rogan_gladen(0.99, 0.9, 0.85) == 1.0
    assert rogan_gladen(0.5, 0.4, 0.6) is None


@given(st.integers(0, 40), st.integers(0, 40), st.integers(0, 40), st.integers(0, 40), st.integers(0, 40))
def test_the_corrected_interval_holds_its_value_within_zero_and_one(tp, fp, fn, tn, more):
    estimate = corrected_success(JudgeTable(tp, fp, fn, tn, untold_success=more))
    assert estimate is None or 0 <= estimate.low <= estimate.value <= estimate.high <= 1


def test_the_corrected_interval_covers_the_true_rate_about_as_often_as_it_says():
    dice = random.Random(7)
    covered = sum(_covers(dice, rate=0.35, sensitivity=0.85, specificity=0.75) for _ in range(400))
    assert 0.90 <= covered / 400 <= 0.995


def _covers(dice, rate, sensitivity, specificity):
    def judged(true):
        return Status.SUCCESS if dice.random() < (sensitivity if true else 1 - specificity) else Status.FAILURE

    truths = [dice.random() < rate for _ in range(300)]
    estimate = corrected_success(
        judge_table((judged(true), true if i < 120 else None) for i, true in enumerate(truths))
    )
    return estimate is not None and estimate.low <= rate <= estimate.high
