"""SWE-bench style instances: an issue of a repository at a commit, graded by its tests."""

from dataclasses import replace

from rb_studio.environments.registry import runnable
from rb_studio.interchange.tasks.table import Row, Table
from rb_studio.records.errors import UnreadableInput
from rb_studio.records.task import Grading, Suite, SuiteContent, Task

_MARKS = ("instance_id", "problem_statement")
_SETUP = ("repo", "base_commit", "version", "environment_setup_commit")
_EXPECTED = ("patch", "test_patch", "FAIL_TO_PASS", "PASS_TO_PASS")


def is_swebench(table: Table) -> bool:
    """Whether every row has an instance id and a problem statement."""
    return all(all(isinstance(row.values.get(mark), str) for mark in _MARKS) for row in table.rows)


def swebench_suite(table: Table, name: str) -> SuiteContent:
    """One task per instance, in the file's order; gold patch and tests go into the grading only.

    Raises
    ------
    UnreadableInput
        When a row is no instance or an instance id occurs twice.
    """
    suite = Suite(name, "shell", "swebench", source=str(table.path))
    ready, reason = runnable(suite)
    _check(table)
    tasks = tuple(_task(row, name, ordinal) for ordinal, row in enumerate(table.rows, start=1))
    gradings = tuple(_grading(task, row) for task, row in zip(tasks, table.rows, strict=True))
    return SuiteContent(replace(suite, runnable=ready, reason=reason), tasks, gradings)


def _check(table: Table) -> None:
    seen: dict[str, str] = {}
    for row in table.rows:
        missing = [mark for mark in _MARKS if not str(row.values.get(mark) or "").strip()]
        if missing:
            raise UnreadableInput(f"{table.path} is no SWE-bench file: {row.where} lacks {' and '.join(missing)}")
        identity = str(row.values["instance_id"])
        if identity in seen:
            raise UnreadableInput(
                f"{table.path}: the instance_id {identity!r} at {row.where} was already used at {seen[identity]}"
            )
        seen[identity] = row.where


def _task(row: Row, name: str, ordinal: int) -> Task:
    repository = row.values.get("repo")
    return Task(
        key=f"{name}/{row.values['instance_id']}",
        suite=name,
        ordinal=ordinal,
        text=str(row.values["problem_statement"]).strip(),
        site=str(repository) if repository else None,
        setup={key: row.values[key] for key in _SETUP if row.values.get(key) is not None},
    )


def _grading(task: Task, row: Row) -> Grading:
    return Grading(task.key, "swebench", {key: row.values[key] for key in _EXPECTED if key in row.values})
