"""The answer-only environment and the registry that opens it."""

import pytest

from rb_studio.environments.answer import AnswerOnly
from rb_studio.environments.builtin import builtin_suite
from rb_studio.environments.errors import EnvironmentFailure, RestoreUnsupported
from rb_studio.environments.graders import grader
from rb_studio.environments.registry import open_environment, runnable
from rb_studio.records.errors import UsageError
from rb_studio.records.task import Grading, Suite, Task

TASK = Task("own/1", "own", 1, "2 + 2?", setup={"context": "Count well."})
GRADING = Grading("own/1", "number", 4)
SUITE = Suite("own", "answer", "number")


def opened():
    return open_environment(SUITE, GRADING)


def test_reset_shows_the_context_and_forgets_an_earlier_answer():
    world = opened()
    assert world.reset(TASK, 0).text == "Count well."
    world.step("4")
    assert world.reset(TASK, 1).answered is None
    assert world.grade().success is False


def test_a_step_records_the_answer_and_the_last_one_counts():
    world = opened()
    world.reset(TASK, 0)
    assert world.step(" 5 ").answered == "5"
    assert world.grade().success is False
    assert world.step("4").answered == "4"
    assert world.grade().success is True
    assert world.domain == "answer"


def test_an_empty_answer_is_an_error_and_keeps_the_one_before():
    world = opened()
    world.reset(TASK, 0)
    world.step("4")
    observation = world.step("  ")
    assert observation.error == "The answer is empty."
    assert observation.answered == "4"


def test_a_state_can_be_restored():
    world = opened()
    world.reset(TASK, 0)
    before = world.state()
    world.step("4")
    after = world.state()
    assert world.restore(before).answered is None
    assert world.restore(after).answered == "4"
    assert world.grade().success is True


def test_grading_twice_asks_the_grader_once():
    calls = []

    def counting(answer, expected, task):
        calls.append(answer)
        return grader("number")(answer, expected, task)

    world = AnswerOnly(GRADING, counting)
    world.reset(TASK, 0)
    world.step("4")
    assert world.grade() == world.grade()
    assert calls == ["4"]
    world.close()


def test_a_grading_of_another_task_is_refused():
    with pytest.raises(EnvironmentFailure, match="own/2"):
        opened().reset(Task("own/2", "own", 2, "?"), 0)


def test_nothing_is_graded_or_restored_before_reset():
    world = opened()
    with pytest.raises(EnvironmentFailure):
        world.grade()
    with pytest.raises(RestoreUnsupported):
        world.restore(world.state())


@pytest.mark.parametrize(
    ("suite", "part"),
    [
        (Suite("w", "browser", "webarena"), "browser environment, which is not in this version"),
        (Suite("s", "shell", "swebench"), "shell sandbox"),
        (Suite("x", "holodeck", "none"), "unknown environment 'holodeck'"),
        (Suite("g", "answer", "magic"), "no grader 'magic'"),
        (Suite("r", "answer", "exact", runnable=False, reason="the file is incomplete"), "the file is incomplete"),
        (Suite("r", "answer", "exact", runnable=False), "marked as not runnable"),
    ],
)
def test_what_cannot_run_says_why(suite, part):
    ready, reason = runnable(suite)
    assert not ready
    assert part in reason
    with pytest.raises(UsageError, match=part):
        open_environment(suite, GRADING)


def test_answer_and_practice_suites_can_run():
    assert runnable(SUITE) == (True, None)
    assert runnable(Suite("practice", "practice", "practice")) == (True, None)


def test_the_practice_suite_is_built_in_and_opens_as_a_web_environment():
    content = builtin_suite("practice")
    world = open_environment(content.suite, content.gradings[0])
    assert world.reset(content.tasks[0], 0).text
    assert world.domain == "web"
    world.close()


def test_code_named_by_a_task_file_is_not_run_unless_the_suite_names_it():
    with pytest.raises(UsageError, match="--grader os:getcwd"):
        open_environment(SUITE, Grading("own/1", "os:getcwd"))


@pytest.mark.parametrize("name", ["miniwob", "repair"])
def test_built_in_suites_of_later_versions_say_so(name):
    with pytest.raises(UsageError, match="not in this version"):
        builtin_suite(name)


def test_an_unknown_built_in_suite_is_refused():
    with pytest.raises(UsageError, match="no built-in suite 'other'"):
        builtin_suite("other")
