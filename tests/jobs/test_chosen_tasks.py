"""Running tasks chosen by hand: those and no others, an arm of its own, resumable."""

import pytest

from rb_studio.jobs.request import RunRequest
from rb_studio.jobs.run import run_arm
from rb_studio.models.settings import Settings
from rb_studio.records.arm import ArmConfig
from rb_studio.records.errors import UsageError
from rb_studio.store import outcomes, runs
from rb_studio.store.workspace import Workspace
from tests.jobs.conftest import run_sums

WANTED = ("sums/7", "sums/2")


def test_only_the_chosen_tasks_run(workspace: Workspace, settings: Settings) -> None:
    run = run_sums(workspace, settings, tasks=WANTED)
    conn = workspace.reader()
    assert outcomes.finished_tasks(conn, run) == {"sums/2", "sums/7"}
    row = runs.run(conn, run)
    assert row.arm.tasks == ("sums/2", "sums/7")
    assert ArmConfig.from_json(row.arm.to_json()) == row.arm


def test_a_limit_cuts_the_chosen_tasks(workspace: Workspace, settings: Settings) -> None:
    run = run_sums(workspace, settings, tasks=WANTED, limit=1)
    assert outcomes.finished_tasks(workspace.reader(), run) == {"sums/2"}


def test_the_same_choice_in_another_order_is_the_same_request() -> None:
    one, other = RunRequest("sums", tasks=("a", "b")), RunRequest("sums", tasks=("b", "a"))
    assert one.to_json() == other.to_json()
    assert one.arm().hash == other.arm().hash != RunRequest("sums").arm().hash
    assert "tasks" not in RunRequest("sums").to_json()


def test_a_task_of_another_suite_is_refused(workspace: Workspace, settings: Settings) -> None:
    with pytest.raises(UsageError, match="practice/1 is no task"):
        run_sums(workspace, settings, tasks=("sums/2", "practice/1"))


def test_the_same_choice_is_continued_where_it_was_cut(workspace: Workspace, settings: Settings) -> None:
    run = run_sums(workspace, settings, tasks=WANTED)
    workspace.run(lambda db: runs.set_run_status(db, run, "cancelled"))
    request = RunRequest("sums", memory="none", tasks=tuple(reversed(WANTED)))
    assert run_arm(workspace, request, settings) == run
