"""Typed tasks and changed suites, from entry to a graded run."""

from dataclasses import replace

import pytest

from rb_studio.environments.builtin import builtin_suite
from rb_studio.jobs.own_tasks import NewTask, add_task, change_ground, own_suites, why_fixed
from rb_studio.jobs.request import RunRequest
from rb_studio.jobs.run import run_arm
from rb_studio.models.settings import Settings
from rb_studio.records.errors import UsageError
from rb_studio.store import rollouts, suites
from rb_studio.store.workspace import Workspace
from tests.jobs.conftest import with_sums

NEW = NewTask("mine", "What is 2 + 3?", "5", "number")


def test_a_typed_task_makes_its_suite_and_is_graded(workspace: Workspace, settings: Settings) -> None:
    change = workspace.run(lambda db: add_task(db, NEW))
    assert change.tables == ("suite", "task")
    run = run_arm(workspace, RunRequest("mine", memory="none"), settings)
    (row,) = rollouts.rollout_rows(workspace.reader(), run=run)
    assert (row.task_key, row.truth is None) == ("mine/1", False)


def test_a_second_one_is_counted_on(workspace: Workspace) -> None:
    workspace.run(lambda db: add_task(db, NEW))
    workspace.run(lambda db: add_task(db, replace(NEW, text="What is 4 + 4?", expected="8", grader="contains")))
    conn = workspace.reader()
    found = suites.tasks(conn, "mine")
    assert [(task.key, task.ordinal) for task in found] == [("mine/1", 1), ("mine/2", 2)]
    graded = suites.gradings(conn, ["mine/1", "mine/2"])
    assert (graded["mine/1"].grader, graded["mine/2"].grader) == ("number", "contains")
    assert [suite.name for suite in own_suites(conn)] == ["mine"]


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"text": "  "}, "what the agent"),
        ({"suite": "a/b"}, "without /"),
        ({"suite": " "}, "Name a suite"),
        ({"suite": "practice"}, "built in"),
        ({"grader": "guess"}, "Choose a grader"),
        ({"expected": ""}, "compares with"),
    ],
)
def test_what_cannot_be_is_said(workspace: Workspace, change: dict[str, str], sentence: str) -> None:
    with pytest.raises(UsageError, match=sentence):
        workspace.run(lambda db: add_task(db, replace(NEW, **change)))


def test_ungraded_and_python_graded_tasks_need_no_answer() -> None:
    assert replace(NEW, expected="", grader="none").problem() is None
    assert replace(NEW, expected="", grader="my.module:grade").problem() is None


def test_another_grader_takes_the_tasks_along_that_had_the_suites(workspace: Workspace, settings: Settings) -> None:
    with_sums(workspace)
    workspace.run(lambda db: add_task(db, replace(NEW, suite="sums", grader="contains")))
    workspace.run(lambda db: change_ground(db, "sums", "answer", "exact"))
    conn = workspace.reader()
    graders = {one.grader for one in suites.gradings(conn, (task.key for task in suites.tasks(conn, "sums"))).values()}
    assert graders == {"exact", "contains"}
    assert suites.find(conn, "sums").grader == "exact"


def test_an_environment_that_is_not_here_makes_the_suite_wait_with_a_reason(workspace: Workspace) -> None:
    with_sums(workspace)
    workspace.run(lambda db: change_ground(db, "sums", "browser", "exact"))
    found = suites.find(workspace.reader(), "sums")
    assert not found.runnable
    assert "browser" in found.reason
    workspace.run(lambda db: change_ground(db, "sums", "answer", "exact"))
    assert suites.find(workspace.reader(), "sums").runnable


def test_suites_that_are_not_ones_own_stay_as_they_are(workspace: Workspace) -> None:
    workspace.run(lambda db: suites.save_suite(db, builtin_suite("practice")))
    with pytest.raises(UsageError, match="built in"):
        workspace.run(lambda db: change_ground(db, "practice", "answer", "exact"))
    stored = suites.find(workspace.reader(), "practice")
    assert "graded by webarena" in why_fixed(replace(stored, name="w", environment="browser", grader="webarena"))
    with pytest.raises(UsageError, match="there is no suite"):
        workspace.run(lambda db: change_ground(db, "none such", "answer", "exact"))
