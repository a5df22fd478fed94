"""A message that is neither result nor page asks the model to look again, by its ordinary rules."""

from collections import Counter
from dataclasses import fields

import pytest

from rb_studio.environments.practice import PracticeShop
from rb_studio.models.practice_constants import DEFAULT, PracticeConstants
from rb_studio.models.practice_habits import Habit
from rb_studio.models.practice_talk import read_notes
from rb_studio.records.calls import Message
from rb_studio.records.identity import call_seed
from rb_studio.records.resources import root
from tests.models.practice.driver import GRADINGS, SUITE, ask, of_template, opening

AGAIN = "Look at your work once more with fresh eyes: is every part of the goal met? Correct what is not, then report."
SHIPPED = [(root() / "prompts" / f"{name}.md").read_text().strip() for name in ("refine.web", "refine-again")]
STARTS_OVER = "I go through it again from the start."


def passes(task, count, seed=0, texts=(AGAIN,), index=0):
    """(truth, edits, thoughts) after the first pass and after each request to look again, in one shop."""
    shop = PracticeShop(GRADINGS[task.key])
    page, turns, found, number = shop.reset(task, 0), [], [], 0
    for done in range(count + 1):
        sent, steps, thoughts = False, 0, []
        while not sent and steps < 30:
            shown = Message("user", f"Current page:\n{page.text}")
            reply = ask([*opening(task.text), *turns, shown], call_seed(seed, task.key, index, "actor", number))
            thought, _, action = reply.removeprefix("<think>").removesuffix("</action>").partition("</think>\n<action>")
            page, sent = shop.step(action), action.startswith("send_msg")
            thoughts.append(thought)
            result = "Result: ok" if not page.error else "Result: error: x"
            turns += [Message("assistant", reply), Message("user", result)]
            number, steps = number + 1, steps + 1
        found.append((bool(shop.grade().success), shop.state().changes["edits"], thoughts))
        turns.append(Message("user", texts[min(done, len(texts) - 1)]))
    return found


def decisions(thoughts) -> Counter:
    """How often each habit was decided carefully and carelessly, as the notes tell."""
    noted = [read_notes(thought) for thought in thoughts]
    return Counter((habit, notes[habit]) for notes in noted for habit in Habit if habit in notes)


@pytest.mark.parametrize("text", [AGAIN, *SHIPPED])
def test_every_wording_of_the_request_starts_the_work_over(text):
    (task,) = of_template("extreme-order")[:1]
    _, (_, _, thoughts) = passes(task, 1, texts=(text,))
    assert STARTS_OVER in thoughts[0]
    assert sum(STARTS_OVER in thought for thought in thoughts) == 1


def careful_share(found) -> float:
    counts = sum((decisions(thoughts) for _, _, thoughts in found), Counter())
    careful = sum(count for (_, said), count in counts.items() if said == "yes")
    return careful / counts.total()


def test_being_asked_again_and_again_raises_no_chance_of_care():
    names = ("extreme-order", "review-mentions", "sales-report", "count-status-period", "monthly-counts")
    rounds = [passes(task, 3, seed, SHIPPED) for seed in range(2) for task in of_template(*names)]
    first, *later = [careful_share([found[index] for found in rounds]) for index in range(4)]
    assert all(abs(share - first) < 0.09 for share in later)
    assert later[-1] - later[0] < 0.09


def test_no_constant_is_about_looking_again():
    names = {field.name for field in fields(PracticeConstants)}
    assert not [name for name in names if "review" in name or "again" in name or "refine" in name]
    assert "reviews" in DEFAULT.careful


def test_looking_again_mends_and_spoils():
    truths = [[one[0] for one in passes(task, 1, texts=SHIPPED)] for task in SUITE.tasks[:90]]
    changes = Counter((before, after) for before, after in truths)
    assert changes[False, True] > 0
    assert changes[True, False] > 0


def test_an_answer_found_by_looking_again_is_as_good_as_one_of_another_rollout():
    """Where nothing lasts but the message, a second pass is one more throw of the dice and no more."""
    tasks = of_template("extreme-order", "review-mentions", "count-status-period", "sku-by-stock", "bestseller")
    seeds = range(3)
    second = [passes(task, 1, seed, SHIPPED)[1][0] for seed in seeds for task in tasks]
    other = [passes(task, 0, seed, index=1)[0][0] for seed in seeds for task in tasks]
    assert abs(sum(second) - sum(other)) / len(second) < 0.1


def test_units_are_not_added_twice():
    done = 0
    for task in of_template("restock"):
        ((key, values),) = GRADINGS[task.key].expected["edits"].items()
        for _, edits, _ in passes(task, 2):
            if key in edits:
                assert edits[key] == values
                done += 1
    assert done > 10
