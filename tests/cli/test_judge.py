import json
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from rb_studio.jobs.judge_report import judge_report
from rb_studio.jobs.results import run_result
from rb_studio.jobs.statistics import run_statistics
from rb_studio.method.prompts import shipped
from rb_studio.records.judgement import Status, Truth, Verdict
from rb_studio.records.outcome import TaskOutcome
from rb_studio.records.precedence import USUAL, Precedence
from rb_studio.store import judgings, rollouts, runs, suites
from rb_studio.store.outcomes import commit_outcome
from rb_studio.store.workspace import Workspace
from tests.cli.conftest import Run
from tests.models.fake_server import Answer, FakeServer, error
from tests.store import samples

STATUSES = ("success", "failure", "unknown")
# (judge, truth) -> rollouts: 6 of 8 judged successes are true, 6 of 9 true successes are found.
COUNTS = {
    ("success", True): 6,
    ("success", False): 2,
    ("failure", True): 3,
    ("failure", False): 9,
    ("unknown", True): 1,
    ("unknown", False): 2,
    ("success", None): 4,
}
TASKS = sum(COUNTS.values())


def _outcome(number: int, judged: str, truth: bool | None) -> TaskOutcome:
    (one,) = samples.outcome(f"shop/{number}", k=1, learns=False).rollouts
    verdict = Verdict(f"verdict-{number}", one.uid, Status(judged), "because of step 1")
    return TaskOutcome(samples.ARM.hash, one.task_key, 1, (one,), None, (verdict,), truths={one.uid: (Truth(truth),)})


def _fill(path: Path) -> None:
    cells = [cell for cell, number in COUNTS.items() for _ in range(number)]
    with Workspace.open(path, write=True, create=True) as workspace:
        workspace.run(lambda db: suites.save_suite(db, samples.suite(count=TASKS + 2)))
        run = workspace.run(lambda db: runs.create_run(db, samples.ARM))
        for number, (judged, truth) in enumerate(cells):
            outcome = _outcome(number, judged, truth)
            workspace.run(lambda db, one=outcome: commit_outcome(db, run, None, one))
        unjudged = replace(_outcome(TASKS, "success", True), verdicts=())
        workspace.run(lambda db: commit_outcome(db, run, None, unjudged))
        workspace.run(lambda db: commit_outcome(db, run, None, samples.invalid_outcome(f"shop/{TASKS + 1}")))


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("judged") / "judged.rbank"
    _fill(path)
    return path


@pytest.fixture
def ws(prepared: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(prepared, tmp_path))


@pytest.fixture
def server() -> Iterator[FakeServer]:
    with FakeServer() as running:
        yield running


def _report(run: Run, ws: Path, *options: object) -> Any:
    ran = run("judge", ws, "report", *options, "--json")
    assert ran.code == 0, ran.err
    return ran.json


def test_verdicts_are_set_beside_the_truth(run: Run, ws: Path) -> None:
    report = _report(run, ws)
    for (judged, truth), number in COUNTS.items():
        column = "unknown" if truth is None else "success" if truth else "failure"
        assert report["table"][judged][column] == number
    assert sum(report["table"][row][column] for row in STATUSES for column in STATUSES) == report["n"] == TASKS
    assert report["ppv"] == pytest.approx(6 / 8)
    assert report["recall"] == pytest.approx(6 / 9)
    assert report["specificity"] == pytest.approx(9 / 11)
    assert report["prevalence"] == pytest.approx(9 / 20)
    # Observed agreement 15/20; by chance 8/20 * 9/20 + 12/20 * 11/20.
    assert report["kappa"] == pytest.approx((0.75 - 0.51) / (1 - 0.51))
    # 12 of 24 known verdicts are success: (12/24 + 9/11 - 1) / (6/9 + 9/11 - 1).
    assert report["corrected_success"] == pytest.approx((0.5 + 9 / 11 - 1) / (6 / 9 + 9 / 11 - 1))


def test_every_rate_has_its_interval(run: Run, ws: Path) -> None:
    report = _report(run, ws)
    for name in ("ppv", "recall", "specificity", "prevalence", "corrected_success"):
        low, high = report["intervals"][name]
        assert 0 <= low <= report[name] <= high <= 1


def test_rollouts_without_data_or_judge_are_counted_apart(run: Run, ws: Path) -> None:
    report = _report(run, ws)
    assert (report["invalid"], report["unjudged"], report["simulated"]) == (1, 1, True)
    text = run("judge", ws, "report").out
    assert "1 without data, 1 that no judge has seen" in text
    assert "75.0 %" in text
    assert "simulated" in text


def test_what_is_undefined_is_null(run: Run, tmp_path: Path) -> None:
    Workspace.open(tmp_path / "bare.rbank", write=True, create=True).close()
    report = _report(run, tmp_path / "bare.rbank")
    assert report["n"] == 0
    for name in ("ppv", "recall", "specificity", "kappa", "prevalence", "corrected_success"):
        assert report[name] is None
    assert report["intervals"]["ppv"] is None
    assert run("judge", tmp_path / "bare.rbank", "report").code == 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["report", "--run", "9"], "9"),
        (["report", "--sweep", "9"], "no sweep 9"),
        (["report", "--run", "x"], "whole number"),
        (["run"], "--judge"),
        (["run", "--judge", "practice", "--resume", "1"], "--resume"),
        (["run", "--resume", "4"], "no judging 4"),
        (["run", "--resume", "1", "--estimate", "--times", "3"], "leave --times, --estimate out"),
        (["run", "--judge", "practice", "--rollouts", "nobody"], "no finished rollout nobody"),
        (["report", "--judging", "3"], "no judging 3"),
        (["compare"], "no judging to compare"),
        (["run", "--judge", "nobody"], "nobody"),
        (["run", "--judge", "practice", "--limit", "0"], "out of range"),
        ([], "report"),
    ],
)
def test_wrong_usage_is_a_sentence(run: Run, ws: Path, arguments: list[str], said: str) -> None:
    refused = run("judge", ws, *arguments)
    assert refused.code == 2
    assert said in refused.err


def test_a_workspace_must_exist(run: Run, tmp_path: Path) -> None:
    for verb in (["report"], ["run", "--judge", "practice"]):
        assert run("judge", tmp_path / "no.rbank", *verb).code == 2
    assert not (tmp_path / "no.rbank").exists()


def test_another_model_judges_stored_rollouts_again(run: Run, ws: Path, server: FakeServer) -> None:
    server.default = Answer("Thoughts: [step 2] shows it.\nStatus: failure")
    ran = run("judge", ws, "run", "--judge", f"strict@{server.url}", "--limit", "10", "--json")
    assert ran.code == 0, ran.err
    assert (ran.json["judged"], ran.json["changed"], ran.json["unknown"], ran.json["failed"]) == (10, 8, 0, 0)
    assert ran.json["table"]["failure"] == {"success": 8, "failure": 2, "unknown": 0}
    assert ran.json["n"] == 10
    assert "judged 10 of 10" in ran.err
    sent = [request.body for request in server.requests]  # side by side, in any order
    assert {body["temperature"] for body in sent} == {0}
    assert all("Find order number" in json.dumps(body["messages"]) for body in sent)
    with Workspace.open(ws, write=False) as workspace:
        conn = workspace.reader()
        uid = _outcome(0, "success", True).rollouts[0].uid
        rollout = rollouts.rollout_id(conn, uid)
        [(judging, ask, verdict)] = judgings.verdicts(conn, rollout)
        assert (judging, ask, verdict.status, verdict.cited) == (1, 0, Status.FAILURE, (2,))
        assert [one.status for one in rollouts.verdicts(conn, uid)] == [Status.SUCCESS]
        [call] = judgings.calls(conn, 1, rollout)
        texts = [[one["content"] for one in body["messages"]] for body in sent]
        assert [message.content for message in call.messages] in texts


def test_a_judging_changes_no_figure(run: Run, ws: Path, server: FakeServer) -> None:
    before = (_report(run, ws), run("curves", ws, "--json").json)
    server.default = Answer("Status: failure")
    assert run("judge", ws, "run", "--judge", f"strict@{server.url}").code == 0
    assert (_report(run, ws), run("curves", ws, "--json").json) == before
    assert _report(run, ws, "--judging", 1)["ppv"] is None


def test_judging_twice_makes_two_judgings(run: Run, ws: Path) -> None:
    for _ in range(2):
        ran = run("judge", ws, "run", "--judge", "practice", "--limit", "3", "--times", "2", "--json")
        assert (ran.code, ran.json["judged"], ran.json["simulated"]) == (0, 6, True)
    listed = run("judge", ws, "list", "--json").json["judgings"]
    assert [(one["id"], one["answers"], one["status"]) for one in listed] == [(1, 6, "finished"), (2, 6, "finished")]
    compared = run("judge", ws, "compare", "--json").json
    assert [one["judging"] for one in compared["judges"]] == [None, 1, 2]
    assert [one["n"] for one in compared["pairs"]] == [3, 3, 3]
    assert compared["judges"][1]["again"]["rollouts"] == 3
    assert "same again" in run("judge", ws, "compare", "1").out
    assert "it is a simulator" in run("judge", ws, "run", "--judge", "practice", "--limit", "1").out


def test_another_text_is_asked_with_and_remembered(run: Run, ws: Path, server: FakeServer, tmp_path: Path) -> None:
    server.default = Answer("Status: success")
    text = shipped()["judge.web"].replace("[system]\n", "[system]\nBe stricter than ever.\n")
    file = tmp_path / "stricter.md"
    file.write_text(text)
    asked = ("judge", ws, "run", "--judge", f"m@{server.url}", "--limit", "1")
    first = run(*asked, "--prompt", file, "--json")
    assert first.code == 0, first.err
    assert "Be stricter than ever." in json.dumps(server.requests[-1].body["messages"])
    hashed = run("judge", ws, "list", "--json").json["judgings"][0]["prompt"]
    assert run(*asked, "--prompt", hashed[:12]).code == 0
    assert "Be stricter than ever." in json.dumps(server.requests[-1].body["messages"])
    assert run(*asked).code == 0
    assert "Be stricter than ever." not in json.dumps(server.requests[-1].body["messages"])
    file.write_text("[user]\nnothing of the task")
    refused = run(*asked, "--prompt", file)
    assert (refused.code, "would lose" in refused.err) == (2, True)


def test_what_it_takes_is_told_before(run: Run, ws: Path, server: FakeServer) -> None:
    asked = ("judge", ws, "run", "--judge", f"m@{server.url}", "--limit", "4", "--times", "3", "--estimate", "--json")
    told = run(*asked).json
    assert (told["calls"], told["cost"], server.requests) == (12, None, [])
    assert run("judge", ws, "list", "--json").json["judgings"] == []


def test_an_unreadable_judge_is_unknown_never_failure(run: Run, ws: Path, server: FakeServer) -> None:
    server.default = Answer("I would rather not say.")
    ran = run("judge", ws, "run", "--judge", f"vague@{server.url}", "--limit", "5", "--json")
    assert (ran.json["judged"], ran.json["unknown"], ran.json["changed"]) == (5, 5, 5)


def test_a_judge_that_cannot_be_reached_changes_nothing(run: Run, ws: Path, server: FakeServer) -> None:
    before = _report(run, ws)
    server.default = error(401, "Incorrect API key provided")
    failed = run("judge", ws, "run", "--judge", f"locked@{server.url}", "--limit", "3", "--json")
    assert failed.code == 1
    assert "nothing was changed" in failed.json["error"]
    assert _report(run, ws) == before


def test_a_fault_of_the_endpoint_is_no_verdict(run: Run, ws: Path, server: FakeServer) -> None:
    server.default = Answer("Status: success")
    server.script(error(404, "The model `half` does not exist"))
    ran = run("judge", ws, "run", "--judge", f"half@{server.url}", "--limit", "4", "--json")
    assert (ran.json["judged"], ran.json["failed"], ran.json["unknown"]) == (3, 1, 0)
    assert ran.json["status"] == "paused"
    asked = len(server.requests)
    more = run("judge", ws, "run", "--resume", ran.json["judging"], "--json")
    assert (more.json["judged"], more.json["failed"], more.json["status"]) == (4, 0, "finished")
    assert len(server.requests) == asked + 1


@pytest.mark.skipif(sys.platform == "win32", reason="interrupts are sent the POSIX way")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_stop_ends_judging_at_once_and_is_one_sentence(ws: Path, server: FakeServer, number: signal.Signals) -> None:
    server.default = Answer("late", delay=90)
    command = [sys.executable, "-m", "rb_studio.cli", "judge", ws, "run", "--judge", f"m@{server.url}"]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    server.wait_for_requests(1, timeout=60)
    process.send_signal(number)
    _, said = process.communicate(timeout=30)
    assert (process.returncode, said) == (
        1,
        "rb-studio: stopped; 0 verdicts given before are kept; go on with --resume 1\n",
    )
    with Workspace.open(ws, write=True) as workspace:
        assert workspace.check() == []


def test_without_a_stored_task_there_is_nothing_to_judge(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "bare.rbank"
    with Workspace.open(path, write=True, create=True) as workspace:
        row = workspace.run(lambda db: runs.create_run(db, samples.ARM))
        workspace.run(lambda db: commit_outcome(db, row, None, _outcome(0, "success", True)))
    ran = run("judge", path, "run", "--judge", "practice", "--json")
    assert ran.code == 2
    assert "import the tasks first" in ran.err


def test_label_noise_is_no_fault_of_the_judge(run: Run, tmp_path: Path) -> None:
    common = ("--suite", "practice", "--limit", 3, "--memory", "none", "--json")
    plain = run("run", tmp_path / "clean.rbank", *common).json
    flipped = run("run", tmp_path / "noisy.rbank", *common, "--label-noise", 1).json
    assert flipped["judged_success"] == plain["judged_success"] is not None
    drawn = [run("curves", tmp_path / name, "--json").json["series"] for name in ("clean.rbank", "noisy.rbank")]
    judged = [[one["points"] for one in series if one["truth"] == "judged"] for series in drawn]
    assert judged[0] == judged[1] != []
    clean, noisy = (_report(run, tmp_path / name, "--run", 1) for name in ("clean.rbank", "noisy.rbank"))
    assert clean["table"] == noisy["table"]
    assert clean["n"] == 3
    with Workspace.open(tmp_path / "noisy.rbank", write=False) as workspace:
        rows = rollouts.rollout_rows(workspace.reader(), run=1)
        assert all(rollouts.verdicts(workspace.reader(), row.uid)[0].noisy for row in rows)


def test_the_module_runs_as_a_program(ws: Path) -> None:
    command = [sys.executable, "-m", "rb_studio.cli", "judge", str(ws), "report", "--json", "--run", "1"]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    assert json.loads(ran.stdout)["n"] == TASKS


def test_an_override_says_what_was_learned_before_it_is_given(run: Run, tmp_path: Path) -> None:
    ws = tmp_path / "learned.rbank"
    common = ("--suite", "practice", "--limit", 5, "--memory", "reasoningbank", "--embedder", "hashing")
    assert run("run", ws, *common).code == 0
    with Workspace.open(ws, write=False) as workspace:
        rows = rollouts.rollout_rows(workspace.reader(), run=1)
    for row in rows:
        other = "failure" if row.judged == "success" else "success"
        asked = ("judge", ws, "override", row.uid, "--status", other, "--reason", "looked")
        told = run(*asked, "--preview", "--json").json
        if told["served"]:
            break
    assert (told["operation"], told["tainted_runs"]) == (None, {})
    assert "learned under another label" in run(*asked, "--preview").out
    given = run(*asked, "--archive", "--json").json
    assert given["archived"] == len(told["items"]) > 0
    assert given["tainted_runs"] == {"1": len({one["task_key"] for one in told["served"]})}
    active = run("memories", ws, "list", "--json").json["items"]
    assert {one["uid"] for one in told["items"]}.isdisjoint({one["uid"] for one in active if one["state"] == "active"})
    by_hand = run("curves", ws, "--precedence", "human,judge").out
    assert "success as said by a person, else the judge" in by_hand
    assert "success as said by" not in run("curves", ws).out
    assert run("curves", ws, "--precedence", "nobody").code == 2
    _by_whose_word(ws, row.uid, truly=row.truth, said=other == "success")


def _by_whose_word(ws: Path, rollout: str, *, truly: bool | None, said: bool) -> None:
    """A person's word, where it counts before the truth, moves what a run came to and what the judge is held to."""
    order = Precedence(("human", "truth", "judge"))
    with Workspace.open(ws, write=False) as workspace:
        conn = workspace.reader()
        usual, by_hand = (run_result(conn, 1, whose).pass_at_1 for whose in (USUAL, order))
        assert by_hand == pytest.approx(usual + (said - bool(truly)) / 5)
        assert run_statistics(conn, 1, order).rates.graded.value == pytest.approx(by_hand)
        alone = judge_report(conn, precedence=Precedence(("human",)))
        assert (alone.table.known, alone.quality.accuracy.value) == (1, 0.0)
        assert "measured_by" not in judge_report(conn).to_json()


def test_noise_is_of_the_selection_only(run: Run, swept: Path) -> None:
    told = run("judge", swept, "noise", "--rates", 0, 0.3, "--json").json
    assert [point["rate"] for point in told["series"][0]["points"]] == [0, 0.3]
    assert "selection only" in run("judge", swept, "noise").out
