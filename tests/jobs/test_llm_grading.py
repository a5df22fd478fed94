"""The grader that asks a model: recorded and counted like any call, and never a label."""

import pytest

from rb_studio.jobs.learn_groups import LearnRequest
from rb_studio.jobs.learning import learn_from
from rb_studio.jobs.request import RunRequest
from rb_studio.jobs.results import run_result
from rb_studio.jobs.run import Paused, run_arm
from rb_studio.models.profile import Profile
from rb_studio.models.settings import Settings
from rb_studio.records.errors import UsageError
from rb_studio.store import prompts, rollouts
from tests.jobs import sums
from tests.jobs.conftest import with_sums
from tests.models.fake_server import error

pytestmark = pytest.mark.usefixtures("at_once")
USAGE = {"prompt_tokens": 100, "completion_tokens": 10}


@pytest.fixture
def settings(server):
    fake = Profile("fake", server.url, "fake-model", timeout=5, retries=0)
    server.default = sums.solving(usage=USAGE)
    return Settings(profiles={"fake": fake}, profile="fake", embedder="hashing")


def graded(workspace, settings, grader="llm", **changes):
    with_sums(workspace, grader=grader)
    return run_arm(workspace, RunRequest(**{"suite": "sums", "memory": "none", "limit": 2, **changes}), settings)


def test_its_calls_are_stored_seeded_and_in_the_token_ledger(workspace, settings):
    run = graded(workspace, settings)
    calls = rollouts.calls(workspace.reader(), run=run, role="grader")
    rows = rollouts.rollout_rows(workspace.reader(), run=run)
    assert {call.rollout_uid for call in calls} == {row.uid for row in rows}
    assert all(call.settings.temperature == 0.0 and "Reference: " in call.messages[-1].content for call in calls)
    assert len({call.seed for call in calls}) == 2
    result = run_result(workspace.reader(), run)
    assert (result.tokens["grade"], result.tokens["total"]) == (220, 660)
    assert [(row.truth is None, row.report_only) for row in rows] == [(False, True)] * 2


def test_it_reads_the_workspaces_own_prompt(workspace, settings, server):
    text = "[system]\nYou check an answer with care.\n[user]\nReference: {{reference}}\nAnswer: {{answer}}\n{{task}}"
    workspace.run(lambda db: prompts.set_prompt(db, "grade", text))
    run = graded(workspace, settings, limit=1)
    (call,) = rollouts.calls(workspace.reader(), run=run, role="grader")
    assert call.messages[0].content == "You check an answer with care."
    assert "You check an answer with care." in str(server.bodies)


def test_a_grader_that_cannot_be_reached_costs_the_task_a_part(workspace, settings, server):
    server.default = sums.failing("grader", error(503, "overloaded"))
    with pytest.raises(Paused, match="sums/0"):
        graded(workspace, settings, memory="reasoningbank")
    (row,) = rollouts.rollout_rows(workspace.reader())
    (truth,) = rollouts.truths(workspace.reader(), row.uid)
    assert (truth.success, row.valid) == (None, False)
    assert "overloaded" in truth.detail


@pytest.mark.parametrize("grader", ["llm", "none"])
def test_labels_by_ground_truth_are_refused_where_nothing_may_be_learned_from(workspace, settings, server, grader):
    with pytest.raises(UsageError, match=rf"--label gt needs ground truth.* \(grader {grader}\)"):
        graded(workspace, settings, grader=grader, label="gt", memory="reasoningbank")
    assert server.bodies == []
    assert graded(workspace, settings, grader="number", label="gt", memory="reasoningbank") == 1


def test_stored_reports_are_no_labels_to_learn_from(workspace, settings):
    graded(workspace, settings)
    learned = learn_from(workspace, LearnRequest(label="gt"), settings)
    assert (learned.experiences, dict(learned.reasons)) == (0, {"without a known gt label": 2})
