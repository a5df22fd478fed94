"""The practice model writes workflows and keeps a memory in order by the rules it acts and distils by."""

import json
import re

from rb_studio.method.prompts import PromptSet
from rb_studio.models.minilm import shared
from rb_studio.models.practice import PracticeModel
from rb_studio.models.practice_habits import Habit
from rb_studio.models.practice_lessons import lesson
from rb_studio.records.calls import CallSettings
from rb_studio.records.item_text import ItemText, parse_items, render_items

PROMPTS = PromptSet.with_overrides()
MODEL = PracticeModel(embedder=shared())
STEPS = """[step 1] Thought: I see Orders. I filter the orders by their status so that no other statuses count.
Action: select_option('7', 'pending')

[step 2] Thought: I go on.
Action: click('9')

[step 3] Thought: I read every page up to the last page.
Action: send_msg_to_user('17')"""


def reply(name, seed=1, **values):
    return MODEL.reply(PROMPTS.fill(name, values), CallSettings(), seed).text


def workflow(steps=STEPS, seed=1):
    return reply("workflow.web", seed, task="How many pending orders has Ann Lee?", reason="", steps=steps)


def test_a_workflow_tells_ways_of_working_and_kinds_of_action_and_nothing_of_the_task():
    text = workflow()
    assert text.startswith("# Workflow\n")
    [item] = parse_items(text.replace("# Workflow", "# Memory Item")).items
    assert len(re.findall(r"^\d+\. ", item.content, re.MULTILINE)) >= 3
    assert "{" in item.content
    assert not re.search(r"Ann|Lee|17|'7'|'9'", text)
    assert workflow() == text


def test_what_has_fewer_than_two_steps_is_no_workflow():
    assert workflow("[step 1] Thought: I am done.\nAction: send_msg_to_user('17')") == "none"
    assert workflow("(no steps)") == "none"


def decisions(new, existing):
    text = reply("merge", task="t", new=render_items(new), existing=render_items(existing))
    return json.loads(text)["decisions"]


def test_items_that_advise_alike_are_put_together_and_others_added():
    old, other = lesson(Habit.PAGES, 0), lesson(Habit.SAVE, 0)
    again, new = lesson(Habit.PAGES, 1), lesson(Habit.RANGE, 0)
    first, second = decisions([again, new], [other, old])
    assert (first["action"], first["existing"], first["title"]) == ("update", 2, old.title)
    assert first["content"] == f"{old.content}\n{again.content}"
    assert second == {"new": 2, "action": "add"}


def test_an_existing_item_is_used_once_and_what_advises_nothing_is_added():
    pages = [lesson(Habit.PAGES, n) for n in range(3)]
    assert [one["action"] for one in decisions(pages[1:], pages[:1])] == ["update", "add"]
    bread = ItemText("Bread", "For bakers.", "Let the dough rest.")
    assert [one["action"] for one in decisions([bread], [bread])] == ["add"]
