"""Typed tasks and changed suites, from entry to a graded run."""

from dataclasses import replace

import pytest

from rb_studio.environments.builtin import builtin_suite
from rb_studio.interchange.tasks import load
from rb_studio.jobs.own_tasks import (
    NewTask,
    Replaced,
    add_task,
    change_ground,
    edit_task,
    import_suite,
    own_suites,
    remove_tasks,
    replaced,
    why_fixed,
)
from rb_studio.jobs.request import RunRequest
from rb_studio.jobs.run import run_arm
from rb_studio.models.settings import Settings
from rb_studio.records.errors import UsageError
from rb_studio.store import operations, rollouts, suites
from rb_studio.store.workspace import Workspace
from tests.jobs.conftest import with_sums

NEW = NewTask("mine", "What is 2 + 3?", "5", "number")


def test_a_typed_task_makes_its_suite_and_is_graded(workspace: Workspace, settings: Settings) -> None:
    change = workspace.run(lambda db: add_task(db, NEW))
    assert change.tables == ("suite", "task", "grading")
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
    with pytest.raises(UsageError, match="built in"):
        workspace.run(lambda db: remove_tasks(db, ["practice/3"]))
    with pytest.raises(UsageError, match="built in"):
        workspace.run(lambda db: edit_task(db, "practice/3", NEW))


def texts(workspace: Workspace, name: str = "mine") -> list[str]:
    return [task.text for task in suites.tasks(workspace.reader(), name)]


def undo(workspace: Workspace) -> str:
    return workspace.run(lambda db: operations.undo(db, "tasks")).label


def redo(workspace: Workspace) -> str:
    return workspace.run(lambda db: operations.redo(db, "tasks")).label


def test_adding_editing_and_removing_are_taken_back_one_by_one_and_done_again(workspace: Workspace) -> None:
    workspace.run(lambda db: add_task(db, NEW))
    workspace.run(lambda db: edit_task(db, "mine/1", replace(NEW, text="What is 3 + 3?", expected="6")))
    (edited,) = suites.tasks(workspace.reader(), "mine")
    assert (edited.text, edited.ordinal, edited.key) == ("What is 3 + 3?", 1, "mine/2")
    assert suites.gradings(workspace.reader(), ["mine/2"])["mine/2"].expected == "6"
    workspace.run(lambda db: remove_tasks(db, ["mine/2"]))
    assert texts(workspace) == []
    assert operations.undo_label(workspace.reader(), "tasks") == "Remove a task from mine"
    assert undo(workspace) == "Remove a task from mine"
    assert texts(workspace) == ["What is 3 + 3?"]
    assert undo(workspace) == "Edit task 1 of mine"
    assert texts(workspace) == ["What is 2 + 3?"]
    assert undo(workspace) == "Add a task to mine"
    assert texts(workspace) == []
    for _ in range(2):
        redo(workspace)
    assert texts(workspace) == ["What is 3 + 3?"]
    redo(workspace)
    assert texts(workspace) == []


def test_an_edit_that_changes_nothing_is_none(workspace: Workspace) -> None:
    workspace.run(lambda db: add_task(db, NEW))
    assert workspace.run(lambda db: edit_task(db, "mine/1", NEW)).empty
    assert [task.key for task in suites.tasks(workspace.reader(), "mine")] == ["mine/1"]


def test_rollouts_of_an_edited_task_stay_with_the_old_wording(workspace: Workspace, settings: Settings) -> None:
    workspace.run(lambda db: add_task(db, NEW))
    run = run_arm(workspace, RunRequest("mine", memory="none"), settings)
    workspace.run(lambda db: edit_task(db, "mine/1", replace(NEW, text="What is 9 + 9?", expected="18")))
    (row,) = rollouts.rollout_rows(workspace.reader(), run=run)
    assert suites.task(workspace.reader(), row.task_key).text == NEW.text


def test_a_changed_ground_goes_back_with_just_the_gradings_that_followed_it(workspace: Workspace) -> None:
    with_sums(workspace)
    workspace.run(lambda db: add_task(db, replace(NEW, suite="sums", grader="contains")))
    before = suites.suite_hash(workspace.reader(), "sums")
    workspace.run(lambda db: change_ground(db, "sums", "browser", "contains"))
    assert undo(workspace) == "Change the suite sums"
    assert suites.suite_hash(workspace.reader(), "sums") == before
    assert suites.find(workspace.reader(), "sums").runnable
    redo(workspace)
    assert suites.find(workspace.reader(), "sums").environment == "browser"


def test_an_imported_suite_goes_by_undo_and_a_newer_file_closes_its_history(workspace: Workspace, tmp_path) -> None:
    path = tmp_path / "capitals.csv"
    path.write_text("question,answer\nCapital of Peru?,Lima\nCapital of Fiji?,Suva\n", "utf-8")
    workspace.run(lambda db: import_suite(db, load(path)))
    assert undo(workspace) == "Import capitals"
    assert texts(workspace, "capitals") == []
    redo(workspace)
    workspace.run(lambda db: remove_tasks(db, ["capitals/1"]))
    content = load(path)
    keys = {task.key for task in content.tasks}
    assert replaced(workspace.reader(), "capitals", keys) == Replaced(1, 1)
    assert replaced(workspace.reader(), "nothing", keys) is None
    workspace.run(lambda db: import_suite(db, content))
    assert len(texts(workspace, "capitals")) == 2
    assert operations.undo_label(workspace.reader(), "tasks") is None


def test_a_typed_list_answer_keeps_its_type_through_an_edit_of_the_text(workspace: Workspace, tmp_path) -> None:
    path = tmp_path / "lists.json"
    path.write_text('[{"question": "Name a primary colour", "answer": ["red", "blue"]}]', "utf-8")
    workspace.run(lambda db: import_suite(db, load(path, grader="exact")))
    shown = '["red", "blue"]'
    new = NewTask("lists", "Name one primary colour", shown, "exact")
    workspace.run(lambda db: edit_task(db, "lists/1", new))
    (task,) = suites.tasks(workspace.reader(), "lists")
    assert suites.gradings(workspace.reader(), [task.key])[task.key].expected == ["red", "blue"]
