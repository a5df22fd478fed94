from collections import Counter
from dataclasses import replace

import pytest

from tests.models.practice.driver import SUITE, Run, ask, distilled, filled, judged, of_template, play


def careful_run(template, wanted=True):
    """A rollout of a template that succeeds (or fails)."""
    for task in of_template(template):
        for index in range(30):
            run = play(task, index=index)
            if run.success is wanted:
                return run
    raise AssertionError(f"no such rollout of {template}")


def status(run: Run) -> str:
    return judged(run).rpartition("Status: ")[2]


def test_an_edit_without_save_is_judged_a_failure():
    run = careful_run("set-price")
    assert status(run) == "success"
    before = [step for step in run.steps if "Notes: save" not in step[0] and "You saved" not in step[2]]
    cut = replace(run, steps=tuple(before))
    assert status(cut) == "failure"
    assert "saved" in judged(cut)


@pytest.mark.parametrize(
    ("template", "word"),
    [
        ("extreme-order", "sorted|status"),
        ("count-status-period", "pages|dates|status"),
        ("review-mentions", "reviews|similar"),
        ("sales-report", "range|status"),
        ("move-customer", "saved|similar"),
        ("orders-view", "sorted|status"),
        ("customer-by-phone", "nearest|missing"),
    ],
)
def test_what_was_careless_is_named_in_the_reason(template, word):
    reason = judged(careful_run(template, wanted=False))
    assert reason.endswith("Status: failure")
    assert any(part in reason for part in word.split("|")), reason
    assert "[step " in reason


def test_a_missing_final_message_is_a_failure_for_a_question():
    run = careful_run("extreme-order")
    assert status(replace(run, final="(none)", steps=run.steps[:-1])) == "failure"


def test_goals_it_does_not_understand_are_unknown():
    run = careful_run("extreme-order")
    text = filled("judge.web", task="Write a haiku.", steps=run.text, observations=run.pages, answer=run.final)
    assert ask(text).endswith("Status: unknown")


def test_the_verdict_does_not_depend_on_the_seed():
    run = careful_run("bestseller")
    text = filled("judge.web", task=run.task.text, steps=run.text, observations=run.pages, answer=run.final)
    assert len({ask(text, seed) for seed in range(10)}) == 1


def test_it_is_mostly_right_and_errs_both_ways():
    table = Counter()
    for task in SUITE.tasks:
        for seed in (0, 1):
            run = play(task, seed)
            table[status(run), run.success] += 1
    right = table["success", True] + table["failure", False]
    assert 0.75 <= right / table.total() <= 0.95
    assert table["success", False] > 0 < table["failure", True]


def test_a_failures_reason_decides_which_lessons_come_first():
    run = careful_run("set-price", wanted=False)
    for reason, words in (("It was not saved", "save"), ("Another product of a similar name", "name")):
        for seed in range(5):
            assert words in distilled(run, "failure", reason, seed)[0].content.lower()


def test_a_success_yields_behaviours_it_shows_in_at_most_three_items():
    run = careful_run("set-price")
    for seed in range(10):
        items = distilled(run, "success", "fine", seed)
        assert 1 <= len(items) <= 3
        assert len({item.title for item in items}) == len(items)
        assert not any(run.task.text.split(" of ")[1].split(" to ")[0] in item.content for item in items)
    assert len({distilled(run, "success", "fine", seed) for seed in range(10)}) > 1
