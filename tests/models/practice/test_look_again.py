"""A message that is neither result nor page asks the model to look again."""

from rb_studio.environments.practice import PracticeShop
from rb_studio.records.calls import Message
from rb_studio.records.identity import call_seed
from tests.models.practice.driver import GRADINGS, ask, of_template, opening

AGAIN = "Look at your work once more with fresh eyes: is every part of the goal met? Correct what is not, then report."


def passes(task, count, seed=0):
    """(truth, edits) after the first pass and after each request to look again, in one shop."""
    shop = PracticeShop(GRADINGS[task.key])
    page, turns, truths, number = shop.reset(task, 0), [], [], 0
    for _ in range(count + 1):
        answered, steps = False, 0
        while not answered and steps < 30:
            shown = Message("user", f"Current page:\n{page.text}")
            reply = ask([*opening(task.text), *turns, shown], call_seed(seed, task.key, 0, "actor", number))
            action = reply.partition("<action>")[2].removesuffix("</action>")
            page, answered = shop.step(action), action.startswith("send_msg")
            turns += [
                Message("assistant", reply),
                Message("user", "Result: ok" if not page.error else "Result: error: x"),
            ]
            number, steps = number + 1, steps + 1
        truths.append((bool(shop.grade().success), shop.state().changes["edits"]))
        turns.append(Message("user", AGAIN))
    return truths


def test_looking_again_fixes_more_than_it_breaks():
    tasks = of_template("set-price", "count-customer-orders", "extreme-order", "review-mentions", "sales-report")
    truths = [[truth for truth, _ in passes(task, 1)] for task in tasks]
    fixed = sum(after and not before for before, after in truths)
    broken = sum(before and not after for before, after in truths)
    assert fixed > broken


def test_units_are_not_added_twice():
    done = 0
    for task in of_template("restock"):
        ((key, values),) = GRADINGS[task.key].expected["edits"].items()
        for _, edits in passes(task, 2):
            if key in edits:
                assert edits[key] == values
                done += 1
    assert done > 10
