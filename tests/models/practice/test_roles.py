import json
import re
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rb_studio.models.errors import EmbeddingError
from rb_studio.models.practice import PracticeModel
from rb_studio.models.practice_constants import DEFAULT
from rb_studio.models.practice_habits import Habit
from rb_studio.models.practice_lessons import lesson
from rb_studio.records.calls import CallSettings, Message
from tests.models.practice.driver import MODEL, SUITE, ask, attempts, filled, of_template, opening, play

PAGE = (
    "RootWebArea 'Dashboard - Shop'\n\t[1] navigation 'Menu'\n\t\t[9] link 'Orders'\n"
    "\t[2] main ''\n\t\t[3] heading 'Dashboard'"
)
TASK = of_template("extreme-order")[0]
RUNS = [play(TASK, index=index) for index in range(3)]


def prompts():
    """One message list per role, with and without memory."""
    run, outcomes = RUNS[0], ["success", "failure", "success"]
    page = Message("user", f"Current page:\n{PAGE}")
    return {
        "act": [*opening(TASK.text), page],
        "act with memory": [*opening(TASK.text, (lesson(Habit.SORT, 0),)), page],
        "judge": filled("judge.web", task=TASK.text, steps=run.text, observations=run.pages, answer=run.final),
        "distil success": filled("distill-success.web", task=TASK.text, reason="fine", steps=run.text),
        "distil failure": filled("distill-failure.web", task=TASK.text, reason="not saved", steps=run.text),
        "contrast": filled("contrast", task=TASK.text, attempts=attempts(RUNS, outcomes)),
        "common pattern": filled("common-pattern", task=TASK.text, attempts=attempts(RUNS, ["success"] * 3)),
        "common mistake": filled("common-mistake", task=TASK.text, attempts=attempts(RUNS, ["failure"] * 3)),
        "select": filled("select", task=TASK.text, attempts=attempts(RUNS)),
    }


@pytest.mark.parametrize("role", prompts())
def test_equal_bytes_and_seed_give_an_equal_reply(role):
    messages = prompts()[role]
    again = PracticeModel()
    for seed in range(5):
        replies = [model.reply(messages, CallSettings(temperature=0.7), seed) for model in (MODEL, again, again)]
        assert replies[0] == replies[1] == replies[2]


def test_replies_are_the_same_from_many_threads():
    messages = prompts()["act with memory"]
    model = PracticeModel()
    with ThreadPoolExecutor(8) as pool:
        texts = list(pool.map(lambda seed: ask(messages, seed % 4, model=model), range(32)))
    assert texts == [ask(messages, seed % 4) for seed in range(32)]


def test_seeds_change_what_is_decided_but_not_at_temperature_zero():
    tasks = of_template("set-price", "review-mentions")
    assert len({play(task, seed).text for task in tasks[:1] for seed in range(12)}) > 2

    def decisions(seed):
        return [re.findall(r"(\w+)=(yes|no)", play(task, seed, temperature=0.0).text) for task in tasks]

    assert decisions(0) == decisions(1) == decisions(2)


def test_actions_come_in_the_form_asked_for():
    reply = ask(prompts()["act"], 3)
    assert re.fullmatch(r"<think>.+</think>\n<action>[a-z_]+\(.*\)</action>", reply, re.DOTALL)
    assert "<action>click('9')</action>" in reply


def test_verdicts_and_choices_come_in_the_form_asked_for():
    assert re.fullmatch(r"Thoughts: .*\[step \d+\].*\nStatus: (success|failure)", ask(prompts()["judge"]))
    assert json.loads(ask(prompts()["select"])).keys() == {"index", "analysis"}


def test_it_counts_a_token_per_four_characters():
    messages = prompts()["act"]
    reply = MODEL.reply(messages, CallSettings(), 0)
    assert reply.usage.prompt == -(-sum(len(message.content) for message in messages) // 4)
    assert reply.usage.completion == -(-len(reply.text) // 4)
    assert (reply.reasoning, reply.finish, reply.failure) == (None, "stop", None)


def test_it_stops_at_the_limit_of_tokens():
    reply = MODEL.reply(prompts()["act"], CallSettings(max_tokens=5), 0)
    assert len(reply.text) == 20
    assert reply.finish == "length"


def test_it_is_simulated_and_names_its_constants():
    assert MODEL.simulated
    assert MODEL.identity == "practice-1"
    other = PracticeModel(DEFAULT.scaled("gain", 2))
    assert other.identity.startswith("practice-1+")
    assert other.identity != PracticeModel(DEFAULT.scaled("gain", 0.5)).identity


def test_missing_embedding_weights_are_a_failure_of_the_call_with_a_sentence():
    class Broken:
        def embed(self, texts):
            raise EmbeddingError("the weights are missing; reinstall them")

    reply = PracticeModel(embedder=Broken()).reply(prompts()["act with memory"], CallSettings(), 0)
    assert reply.failure.message == "the weights are missing; reinstall them"
    assert PracticeModel(embedder=Broken()).reply(prompts()["act"], CallSettings(), 0).failure is None


def test_outside_the_shop_it_says_that_it_is_made_for_the_shop_only():
    question = "What is the capital of France?"
    assert "practice" in ask(filled("act.answer", task=question, memory=""))
    assert ask(filled("act.answer", task=question, memory="")).endswith("</answer>")
    verdict = ask(
        filled(
            "judge.answer",
            task=question,
            steps="[step 1] Thought: Paris\nAction: Paris",
            observations="",
            answer="Paris",
        )
    )
    assert verdict.endswith("Status: unknown")
    assert "practice model" in ask([Message("user", "Write a poem.")])
    reply = ask([*opening(question), Message("user", f"Current page:\n{PAGE}")])
    assert "<action>send_msg_to_user('I am the practice model" in reply


@pytest.mark.parametrize(("answer", "status"), [("The  blue one!", "correct"), ("the red one", "incorrect")])
def test_as_a_grader_it_compares_words(answer, status):
    reply = ask(filled("grade", task="Which?", reference="the blue one", answer=answer))
    assert reply.endswith(f"Status: {status}")


def test_prompts_may_be_edited_merged_or_lack_a_system_role():
    system, user = opening(TASK.text)
    page = Message("user", f"Current page:\n{PAGE}")
    usual = ask([system, user, page], 4)
    edited = Message("system", system.content.replace("You operate", "You are to operate") + "\nBe nice.")
    merged = Message("user", f"{system.content}\nGoal: of an old item\n\n{user.content}")
    past = [Message("assistant", usual), Message("user", f"Result: ok\n\nCurrent page:\n{PAGE}")]
    apart = [Message("assistant", usual), Message("user", "Result: ok"), page]
    assert ask([edited, user, page], 4) == ask([merged, page], 4) == usual
    assert ask([system, user, *past], 5) == ask([system, user, *apart], 5)
    left_out = [Message("user", "[2 earlier steps are left out]"), *apart]
    assert ask([system, user, *left_out], 5) == ask([system, user, *apart], 5)


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(["act.web", "judge.web", "contrast", "distill-failure.web", "select", "grade", "common-mistake"]),
    st.lists(st.text(max_size=120), max_size=4),
    st.integers(0, 2**31 - 1),
)
def test_garbage_in_any_role_gets_a_reply(name, texts, seed):
    messages = filled(name, task="".join(texts), memory="", steps="[step 1] Thought: x", attempts="## Attempt 1")
    more = [Message("user" if n % 2 else "assistant", text) for n, text in enumerate(texts)]
    assert MODEL.reply([*messages, *more], CallSettings(temperature=0.7), seed).text


def test_no_messages_at_all_get_a_reply():
    assert MODEL.reply([], CallSettings(), 0).text


def test_only_the_text_of_the_task_is_seen():
    task = SUITE.tasks[0]
    sent = [message.content for message in opening(task.text)]
    assert not any(str(task.template) in text or task.key in text for text in sent)
