"""Faults of a real endpoint: each ends as a typed, stored, visible state, never as a traceback or a failed task."""

import json
import threading

import pytest

from rb_studio.jobs.curves import curve_set
from rb_studio.jobs.driver import RETRY_DELAYS
from rb_studio.jobs.judge_report import judge_report
from rb_studio.jobs.request import RunRequest, SweepRequest
from rb_studio.jobs.results import run_result
from rb_studio.jobs.run import Paused, run_arm
from rb_studio.jobs.sweep import run_sweep
from rb_studio.method.calls import ATTEMPTS
from rb_studio.models.profile import Profile
from rb_studio.models.settings import Settings
from rb_studio.records.errors import Cancelled
from rb_studio.records.judgement import Status
from rb_studio.store import rollouts, runs, task_list, verdict_reads
from rb_studio.store.outcomes import finished_tasks, invalid_tasks
from tests.jobs import sums
from tests.jobs.conftest import lines, run_sums, status, with_sums
from tests.models.fake_server import Answer, FakeServer, error

INVALID = {
    "401": (error(401, "no such key"), "authentication"),
    "404": (error(404, "The model `fake-model` does not exist", code="model_not_found"), "model_not_found"),
    "429": (Answer(status=429, headers={"retry-after": "0"}, error={"message": "slow down"}), "rate_limit"),
    "quota": (error(429, "You exceeded your quota", code="insufficient_quota"), "rate_limit"),
    "500": (error(500, "out of order"), "server"),
    "400": (error(400, "no thanks"), "bad_request"),
    "timeout": (Answer("late", delay=30), "timeout"),
    "cut": (Answer("never whole", cut=20), "cut_stream"),
    "malformed": (Answer(body="{not json"), "malformed"),
    "empty choices": (Answer(body=json.dumps({"id": "x", "object": "chat.completion", "choices": []})), "empty"),
}
VALID = {
    "refusal": (Answer(None, message={"refusal": "I will not."}), "refusal"),
    "filtered": (error(400, "The response was filtered", code="content_filter"), "refusal"),
    "overflow": (error(400, "maximum context length exceeded", code="context_length_exceeded"), "context_limit"),
    "garbage": (Answer("¯\\_(ツ)_/¯ \x00 <answer>"), "format_error"),
    "empty text": (Answer(""), "format_error"),
}
LASTING = ("401", "404")
PASSING = {name: case for name, case in INVALID.items() if name not in LASTING}
pytestmark = pytest.mark.usefixtures("at_once")


def settings_for(server: FakeServer, **changes) -> Settings:
    wanted = {"timeout": 5, "retries": 0, **changes}
    return Settings(
        profiles={"fake": Profile("fake", server.url, "fake-model", **wanted)}, profile="fake", embedder="hashing"
    )


@pytest.mark.parametrize(("answer", "kind"), PASSING.values(), ids=PASSING)
def test_without_memory_a_fault_leaves_an_invalid_cell_and_the_run_goes_on(workspace, server, answer, kind):
    """The second task meets the fault, every time it is tried; the third does not."""
    server.default = sums.failing_at("8 + 5", answer)
    run = run_sums(workspace, settings_for(server, timeout=0.2 if kind == "timeout" else 5), limit=3)
    result = run_result(workspace.reader(), run)
    assert (result.tasks, result.invalid, result.status, result.missing) == (3, 1, "incomplete", 1)
    assert (result.exit_reasons, status(workspace, run)) == ({"answered": 2, "model_failure": 1}, "finished")
    (row,) = [row for row in rollouts.rollout_rows(workspace.reader(), run=run) if not row.valid]
    assert (row.task_key, row.exit_reason, row.truth) == ("sums/1", "model_failure", None)
    trajectory = rollouts.trajectory(workspace.reader(), row.uid)
    assert trajectory.failure.kind == kind
    assert trajectory.exit_detail == trajectory.failure.message
    assert [v.status for v in rollouts.verdicts(workspace.reader(), row.uid)] == [Status.UNKNOWN]
    assert invalid_tasks(workspace.reader(), run) == {"sums/1"}


@pytest.mark.parametrize("kind", LASTING)
@pytest.mark.parametrize("role", ["actor", "judge"])
def test_a_fault_only_a_person_can_mend_pauses_an_arm_without_memory_too(open_new, server, kind, role, caplog):
    """It stops after the tasks under way, says the fault once, and goes on to the same result."""
    whole, broken = open_new("whole"), open_new("broken")
    settings = settings_for(server)
    run_sums(whole, settings)
    server.default = sums.failing(role, INVALID[kind][0])
    with pytest.raises(Paused, match=r"run 1 is paused at task sums/\d: .*; give the same command again"):
        run_sums(broken, settings, concurrency=2)
    assert status(broken, 1) == "paused"
    assert len(invalid_tasks(broken.reader(), 1)) <= 2
    warned = [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]
    assert len([text for text in warned if "is not whole" in text]) == 1
    server.default = sums.solving()
    assert run_sums(broken, settings) == 1
    assert lines(broken) == lines(whole) != ""


def test_a_fault_that_meets_every_task_is_told_once_and_counted(workspace, server, caplog):
    server.default = error(500, "out of order")
    run = run_sums(workspace, settings_for(server), limit=3)
    result = run_result(workspace.reader(), run)
    assert (result.status, result.missing, result.tasks) == ("incomplete", 3, 3)
    warned = [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]
    assert len(warned) == 2
    assert "is not whole (try 1)" in warned[0]
    assert warned[1].startswith("this came 9 times in all: ")


@pytest.mark.parametrize(("answer", "exit_reason"), VALID.values(), ids=VALID)
def test_what_the_model_itself_does_is_data_and_not_a_fault(workspace, server, answer, exit_reason):
    server.default = sums.failing_at("8 + 5", answer)
    run = run_sums(workspace, settings_for(server), limit=3, memory="reasoningbank")
    result = run_result(workspace.reader(), run)
    assert (result.tasks, result.invalid, result.status) == (3, 0, "finished")
    rows = {row.task_key: row for row in rollouts.rollout_rows(workspace.reader(), run=run)}
    assert (rows["sums/1"].exit_reason, rows["sums/1"].truth) == (exit_reason, False)


@pytest.mark.parametrize("role", ["judge", "distiller", "selector"])
@pytest.mark.parametrize(
    "answer", [Answer("¯\\_(ツ)_/¯"), Answer(""), Answer(body="{not json"), error(400, "no thanks")]
)
def test_an_unusable_reply_of_another_role_is_never_a_failure(workspace, server, role, answer):
    server.default = sums.failing(role, answer)
    run = run_sums(workspace, settings_for(server), limit=2, memory="reasoningbank", scaling="parallel", k=2)
    result = run_result(workspace.reader(), run)
    assert (result.tasks, result.invalid, result.status) == (2, 0, "finished")
    for row in rollouts.rollout_rows(workspace.reader(), run=run):
        verdicts = rollouts.verdicts(workspace.reader(), row.uid)
        assert [v.status is Status.UNKNOWN for v in verdicts] == [role == "judge"]
    if role == "judge":
        assert result.judged_success is None
        assert result.experiences == 0


def test_a_stream_that_is_cut_is_a_fault_and_a_whole_one_is_not(workspace, server):
    """Counts come with the last piece of a stream; a price makes a cost of them."""
    usage = {"prompt_tokens": 100, "completion_tokens": 10}
    cut = Answer("<think>so</think><answer>13</answer>", usage=usage, cut=200)
    server.default = lambda request: cut if "8 + 5" in str(request.body) else sums.solving(usage=usage)(request)
    settings = settings_for(server, stream=True, price_in=1.0, price_out=10.0)
    result = run_result(workspace.reader(), run_sums(workspace, settings, limit=3))
    assert (result.tasks, result.invalid, result.status) == (3, 1, "incomplete")
    (row,) = [row for row in rollouts.rollout_rows(workspace.reader()) if not row.valid]
    assert rollouts.trajectory(workspace.reader(), row.uid).failure.kind == "cut_stream"
    whole = [row for row in rollouts.rollout_rows(workspace.reader()) if row.valid]
    assert [(row.tokens_act, row.tokens_judge, row.cost) for row in whole] == 2 * [(110, 110, pytest.approx(4e-4))]
    assert result.cost is None  # nobody knows what the cut answers cost


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("retries", [0, 1])
def test_a_cut_answer_is_asked_for_no_more_often_than_the_profile_says(workspace, server, stream, retries):
    """Once a try of the task, and the profile's retries on top of each."""
    server.default = Answer("<answer>42</answer>", cut=60)
    settings = settings_for(server, stream=stream, retries=retries)
    run = run_sums(workspace, settings, limit=1)
    tries = 1 + len(RETRY_DELAYS)
    assert len(server.requests) == tries * (1 + retries)
    (call,) = rollouts.calls(workspace.reader(), run=run)
    assert (call.reply.failure.kind, call.reply.attempts) == ("cut_stream", 1 + retries)


@pytest.mark.parametrize("retries", [0, 1])
def test_a_malformed_answer_is_asked_for_three_times_whatever_the_profile_says(workspace, server, retries):
    server.default = INVALID["malformed"][0]
    run = run_sums(workspace, settings_for(server, retries=retries), limit=1)
    assert len(server.requests) == ATTEMPTS * (1 + len(RETRY_DELAYS))
    assert [call.reply.attempts for call in rollouts.calls(workspace.reader(), run=run)] == ATTEMPTS * [1]


def test_a_passing_fault_is_ridden_out(workspace, server):
    again = Answer(status=429, headers={"retry-after": "0.01"}, error={"message": "slow down"})
    server.script(again, error(500, "out of order"), again)
    run = run_sums(workspace, settings_for(server, retries=4), limit=1)
    assert run_result(workspace.reader(), run).invalid == 0
    calls = rollouts.calls(workspace.reader(), run=run, task_key="sums/0")
    assert {call.role: call.reply.attempts for call in calls} == {"actor": 4, "judge": 1}


@pytest.mark.parametrize("kind", ["401", "404", "500", "malformed"])
def test_an_arm_with_memory_pauses_at_the_fault_and_continues_to_the_same_result(open_new, server, kind):
    answer, failure = INVALID[kind]
    whole, broken = open_new("whole"), open_new("broken")
    settings = settings_for(server)
    run_sums(whole, settings, memory="reasoningbank")
    server.default = sums.failing_at("90 + 11", answer)
    with pytest.raises(Paused, match=r"run 1 is paused at task sums/2: .*; give the same command again"):
        run_sums(broken, settings, memory="reasoningbank")
    assert status(broken, 1) == "paused"
    assert "sums/2" in runs.run(broken.reader(), 1).note
    assert invalid_tasks(broken.reader(), 1) == {"sums/2"}
    (row,) = rollouts.rollout_rows(broken.reader(), task_key="sums/2")
    assert rollouts.trajectory(broken.reader(), row.uid).failure.kind == failure
    server.default = sums.solving()
    assert run_sums(broken, settings, memory="reasoningbank") == 1
    assert lines(broken) == lines(whole) != ""
    assert status(broken, 1) == "finished"


@pytest.mark.parametrize("role", ["judge", "distiller"])
def test_learning_lost_to_a_fault_pauses_the_arm_too(open_new, server, role):
    """Going on would teach the bank less than the same run on a good day."""
    whole, broken = open_new("whole"), open_new("broken")
    settings = settings_for(server)
    run_sums(whole, settings, memory="reasoningbank", limit=3)
    server.default = sums.failing(role, error(503, "overloaded"))
    with pytest.raises(Paused, match="sums/0"):
        run_sums(broken, settings, memory="reasoningbank", limit=3)
    assert run_result(broken.reader(), 1).experiences == 0
    (row,) = rollouts.rollout_rows(broken.reader())
    assert (row.exit_reason, row.truth is None, row.valid) == ("answered", False, False)
    server.default = sums.solving()
    run_sums(broken, settings, memory="reasoningbank", limit=3)
    assert lines(broken) == lines(whole) != ""


def test_a_task_that_is_not_whole_enters_no_figure(workspace, server):
    """The actor answered and was graded; the pause at its judgement leaves nothing to count."""
    server.default = sums.failing("judge", error(500, "out of order"))
    with pytest.raises(Paused):
        run_sums(workspace, settings_for(server), memory="reasoningbank", limit=3)
    conn = workspace.reader()
    result = run_result(conn, 1)
    assert (result.tasks, result.invalid, result.pass_at_1, result.mean_steps) == (1, 1, None, None)
    assert [one for one in curve_set(conn).series if one.truth == "true"] == []
    assert judge_report(conn).table.total == 0
    assert [(one.valid, one.n) for one in verdict_reads.counts(conn, verdict_reads.Scope())] == [(False, 1)]
    assert [one.valid for one in task_list.attempts(conn, "sums/0")] == [False]
    (line,) = [one for one in task_list.task_lines(conn, task_list.task_ids(conn, "sums")) if one.ordinal == 0]
    assert (line.tried, line.graded) == (0, 0)


def test_without_memory_a_lost_judgement_leaves_the_verdict_unknown(workspace, server):
    server.default = sums.failing("judge", error(503, "overloaded"))
    run = run_sums(workspace, settings_for(server), limit=2)
    result = run_result(workspace.reader(), run)
    assert (result.tasks, result.invalid, result.judged_success) == (2, 0, None)
    assert result.pass_at_1 is not None
    uids = [row.uid for row in rollouts.rollout_rows(workspace.reader(), run=run)]
    found = [verdict for uid in uids for verdict in rollouts.verdicts(workspace.reader(), uid)]
    assert {(verdict.status, verdict.failure.kind) for verdict in found} == {(Status.UNKNOWN, "server")}


def test_part_of_a_task_lost_is_tried_again_whole(workspace, server):
    server.script(error(500, "out of order"))
    run = run_sums(workspace, settings_for(server), limit=1, scaling="parallel", k=3)
    result = run_result(workspace.reader(), run)
    assert (result.invalid, result.pass_at_k) == (0, 1.0)


def test_invalid_cells_are_filled_by_the_same_command(open_new, server):
    whole, broken = open_new("whole"), open_new("broken")
    settings = settings_for(server)
    run_sums(whole, settings)
    server.default = sums.failing_at("7 + 6", error(500, "out of order"))
    run_sums(broken, settings)
    assert invalid_tasks(broken.reader(), 1) == {"sums/4"}
    server.default = sums.solving()
    assert run_sums(broken, settings) == 1
    assert invalid_tasks(broken.reader(), 1) == set()
    assert lines(broken) == lines(whole) != ""


def test_an_endpoint_that_is_gone_pauses_and_the_run_continues_when_it_is_back(open_new):
    request = RunRequest("sums", limit=4)
    whole, broken = open_new("whole"), open_new("broken")
    with FakeServer(sums.solving()) as server:
        settings = settings_for(server)
        run_sums(whole, settings, memory="reasoningbank", limit=4)
        server.default = sums.failing_at("90 + 11", Answer("lost", cut=0))
        with pytest.raises(Paused):
            run_sums(broken, settings, memory="reasoningbank", limit=4)
    with pytest.raises(Paused, match="cannot be reached"):
        run_arm(broken, request, settings)
    assert finished_tasks(broken.reader(), 1) == {"sums/0", "sums/1"}
    with FakeServer(sums.solving(), port=server.port):
        run_arm(broken, request, settings)
    assert lines(broken) == lines(whole) != ""


def test_a_sweep_finishes_its_other_arms_and_says_which_is_paused(workspace, server):
    server.default = sums.failing_at("8 + 5", error(500, "out of order"))
    with_sums(workspace)
    request = SweepRequest(RunRequest("sums", limit=3), ks=(1,))
    with pytest.raises(Paused, match=r"1 arms? (is|are) paused.*--resume 1"):
        run_sweep(workspace, request, settings_for(server), workers=1)
    rows = {row.arm.memory: row for row in runs.runs(workspace.reader(), sweep=1)}
    assert {memory: row.status for memory, row in rows.items()} == {"none": "finished", "reasoningbank": "paused"}
    server.default = sums.solving()
    run_sweep(workspace, request, settings_for(server), workers=1, resume=1)
    assert {row.status for row in runs.runs(workspace.reader(), sweep=1)} == {"finished"}
    assert all(not invalid_tasks(workspace.reader(), row.id) for row in rows.values())


def test_stop_cancels_calls_in_flight_at_once(workspace, server):
    server.default = sums.solving(delay=60)
    cancel = threading.Event()
    threading.Thread(target=lambda: (server.wait_for_requests(4), cancel.set()), daemon=True).start()
    with_sums(workspace)
    with pytest.raises(Cancelled):
        run_arm(workspace, RunRequest("sums", memory="none", concurrency=4), settings_for(server), cancel=cancel)
    server.wait_for_hangups(4, timeout=2)
    assert status(workspace, 1) == "cancelled"


def test_embeddings_that_fail_pause_the_arm(workspace, server):
    server.default = lambda r: error(500, "no vectors") if r.path.endswith("embeddings") else sums.solving()(r)
    settings = settings_for(server)
    with pytest.raises(Paused, match="sums/0"):
        run_sums(workspace, settings, memory="reasoningbank", embedder="fake", limit=2)
    server.default = sums.solving()
    assert run_sums(workspace, settings, memory="reasoningbank", embedder="fake", limit=2) == 1
    result = run_result(workspace.reader(), 1)
    assert (result.tasks, result.experiences, result.tokens["embed"]) == (2, 2, None)


def test_embeddings_that_fail_in_a_worker_pause_the_arm(workspace, server):
    server.default = lambda r: error(401, "no key") if r.path.endswith("embeddings") else sums.solving()(r)
    with_sums(workspace)
    request = SweepRequest(RunRequest("sums", limit=2, embedder="fake"), ks=(1,), memories=("reasoningbank",))
    with pytest.raises(Paused, match="refused access"):
        run_sweep(workspace, request, settings_for(server), workers=1)


def test_an_embedder_nobody_needs_is_not_asked_for(workspace, server):
    assert run_sums(workspace, settings_for(server), embedder="no/such-model", limit=2) == 1
