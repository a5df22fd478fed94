"""Contrast, common pattern, common mistake and selection over several attempts."""

import json
from dataclasses import replace

from rb_studio.method.replies import parse_evidence
from tests.models.practice.driver import Run, ask, attempts, contrasted, filled, of_template

TASK = of_template("set-price")[0]


def run(*thoughts, final="Done.", success=True, error=None) -> Run:
    steps = tuple((thought, "click('1')", "page", error) for thought in thoughts)
    return Run(TASK, steps, final, success)


SAVED = run("I open Products from the menu.", "I press it so that the change is saved.", "I am done.")
LEFT = run("I open Products from the menu.", "The value is in, that is it.", success=False)


def selected(*runs) -> int:
    return json.loads(ask(filled("select", task=TASK.text, attempts=attempts(runs))))["index"]


def test_a_contrast_names_what_only_the_successes_did_and_cites_it():
    items = contrasted([LEFT, SAVED, SAVED, LEFT], ["failure", "success", "success", "failure"])
    assert len(items) == 1
    assert "save" in items[0].content.lower()
    assert parse_evidence(items[0].evidence) == {2: (2,), 3: (2,)}


def test_what_all_attempts_share_is_not_named_by_a_contrast():
    assert contrasted([SAVED, SAVED], ["success", "failure"]) == ()


def test_turned_labels_name_nothing_that_the_successes_did():
    assert contrasted([LEFT, SAVED], ["success", "failure"]) == ()


def test_a_common_pattern_names_what_all_did():
    titles = {item.title for seed in range(8) for item in contrasted([SAVED, SAVED], ["success"] * 2, seed)}
    assert any("save" in title.lower() for title in titles)
    assert any("menu" in title.lower() for title in titles)


def test_a_common_mistake_follows_the_reasons():
    runs = [LEFT, LEFT]
    text = attempts(runs, ["failure"] * 2).replace("none given", "The change was not saved")
    reply = ask(filled("common-mistake", task=TASK.text, attempts=text), 1, 1.0)
    assert "save" in reply.partition("# Memory Item 2")[0].lower()
    assert "## Evidence Attempt 1 step 2; Attempt 2 step 2" in reply


def test_the_attempt_with_the_careful_behaviours_the_goal_calls_for_is_chosen():
    assert selected(LEFT, SAVED, LEFT) == 2


def test_then_fewer_errors_then_fewer_steps_decide():
    assert selected(replace(SAVED, steps=tuple((*s[:3], "bad id") for s in SAVED.steps)), SAVED) == 2
    assert selected(run(*[s[0] for s in SAVED.steps], "I look around."), SAVED) == 2


def test_an_attempt_without_a_final_message_is_passed_over():
    assert selected(replace(SAVED, final="(none)"), LEFT) == 2


def test_a_selection_does_not_depend_on_the_seed():
    text = filled("select", task=TASK.text, attempts=attempts([LEFT, SAVED]))
    assert len({ask(text, seed) for seed in range(8)}) == 1
