"""Suites: saved once, brought up to date by key, read by name or subset."""

from dataclasses import replace

import pytest

from rb_studio.records.errors import UsageError
from rb_studio.records.task import Grading
from rb_studio.store import suites
from rb_studio.store.workspace import Workspace
from tests.store.samples import suite


def test_a_suite_reads_back_as_it_was_saved(workspace: Workspace) -> None:
    content = suite()
    workspace.run(lambda db: suites.save_suite(db, content))
    conn = workspace.reader()
    assert suites.tasks(conn, "shop") == list(content.tasks)
    assert suites.gradings(conn, [task.key for task in content.tasks]) == {g.task_key: g for g in content.gradings}
    row = suites.suite(conn, "shop")
    assert row.suite == content.suite
    assert (row.tasks, row.templates, row.siblings) == (4, 2, 4)
    assert [(one.name, one.tasks, one.templates, one.siblings) for one in row.subsets] == [("shop/odd", 2, 2, 0)]


def test_a_subset_lists_its_tasks_and_belongs_to_its_suite(workspace: Workspace) -> None:
    workspace.run(lambda db: suites.save_suite(db, suite()))
    conn = workspace.reader()
    assert [task.key for task in suites.tasks(conn, "shop/odd")] == ["shop/1", "shop/3"]
    assert suites.suite(conn, "shop/odd").suite.name == "shop"
    assert suites.suite_hash(conn, "shop/odd") != suites.suite_hash(conn, "shop")


def test_importing_again_updates_by_key_and_keeps_ids(workspace: Workspace) -> None:
    content = suite()
    first = workspace.run(lambda db: suites.save_suite(db, content))
    ids = [row["id"] for row in workspace.reader().execute("SELECT id FROM task ORDER BY key")]
    before = suites.suite_hash(workspace.reader(), "shop")
    assert workspace.run(lambda db: suites.save_suite(db, content)) == first
    assert suites.suite_hash(workspace.reader(), "shop") == before
    changed = replace(content, tasks=(replace(content.tasks[0], text="Find it"), *content.tasks[1:]))
    workspace.run(lambda db: suites.save_suite(db, changed))
    assert suites.tasks(workspace.reader(), "shop")[0].text == "Find it"
    assert suites.suite_hash(workspace.reader(), "shop") != before
    assert [row["id"] for row in workspace.reader().execute("SELECT id FROM task ORDER BY key")] == ids


def test_tasks_that_left_the_suite_are_kept_but_not_listed(workspace: Workspace) -> None:
    workspace.run(lambda db: suites.save_suite(db, suite(count=4)))
    workspace.run(lambda db: suites.save_suite(db, suite(count=3)))
    conn = workspace.reader()
    assert [task.key for task in suites.tasks(conn, "shop")] == ["shop/0", "shop/1", "shop/2"]
    assert suites.task(conn, "shop/3") is not None
    assert suites.suite(conn, "shop").tasks == 3


def test_a_changed_grading_changes_the_hash_and_never_reaches_a_task(workspace: Workspace) -> None:
    content = suite()
    workspace.run(lambda db: suites.save_suite(db, content))
    before = suites.suite_hash(workspace.reader(), "shop")
    secret = Grading("shop/0", "exact", {"must_include": ["a secret answer"]})
    workspace.run(lambda db: suites.save_suite(db, replace(content, gradings=(secret, *content.gradings[1:]))))
    assert suites.suite_hash(workspace.reader(), "shop") != before
    assert suites.gradings(workspace.reader(), ["shop/0"])["shop/0"] == secret
    assert "secret" not in repr(suites.tasks(workspace.reader(), "shop"))


def test_an_unknown_suite_is_refused_with_the_names_there_are(workspace: Workspace) -> None:
    with pytest.raises(UsageError, match="none yet"):
        suites.tasks(workspace.reader(), "shop")
    workspace.run(lambda db: suites.save_suite(db, suite()))
    with pytest.raises(UsageError, match="shop, shop/odd"):
        suites.tasks(workspace.reader(), "shp")


def test_a_task_key_of_another_suite_is_refused(workspace: Workspace) -> None:
    workspace.run(lambda db: suites.save_suite(db, suite()))
    thief = suite("other")
    stolen = replace(thief, tasks=(replace(thief.tasks[0], key="shop/0"), *thief.tasks[1:]), gradings=(), subsets=())
    with pytest.raises(UsageError, match="another suite"):
        workspace.run(lambda db: suites.save_suite(db, stolen))
    assert [row.suite.name for row in suites.suites(workspace.reader())] == ["shop"]
