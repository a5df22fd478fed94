"""`rb-studio sweep`: many arms, numbered, resumable."""

from pathlib import Path

import pytest

from tests.cli.conftest import Run
from tests.cli.test_run import bank_hash, rows
from tests.jobs import sums
from tests.jobs.conftest import at_once
from tests.models.fake_server import FakeServer, error

__all__ = ["at_once"]

ARM_KEYS = {
    "memory",
    "scaling",
    "k",
    "allocation",
    "seed",
    "pass_at_1",
    "best_of_k",
    "pass_at_k",
    "mean_rollouts",
    "mean_steps",
    "tokens",
    "n",
    "shared_with",
    "fixes",
    "regressions",
}
SHORT = ("--suite", "practice", "--limit", 3, "--embedder", "hashing", "--workers", 1)


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    return tmp_path / "mine.rbank"


def test_the_keys_are_those_of_the_contract(run: Run, workspace: Path) -> None:
    ran = run("sweep", workspace, *SHORT, "--scaling", "none,parallel", "--k", "1,2", "--seeds", "0:2", "--json")
    assert ran.code == 0
    data = ran.json
    assert (data["sweep"], data["resumed"], data["simulated"]) == (1, False, True)
    assert data["notes"] == ["reasoningbank, k = 2 without scaling is no arm and was left out"]
    assert all(arm.keys() >= ARM_KEYS for arm in data["arms"])
    cells = [(arm["seed"], arm["memory"], arm["scaling"], arm["k"]) for arm in data["arms"]]
    assert len(set(cells)) == len(cells) == 12
    assert (0, "none", "parallel", 2) in cells
    for arm in data["arms"]:
        assert (arm["n"], arm["mean_rollouts"], arm["allocation"]) == (3, arm["k"], "uniform")
    by_run = {arm["run"]: arm for arm in data["arms"]}
    shared = [arm for arm in data["arms"] if arm["shared_with"] is not None]
    assert {(arm["scaling"], arm["k"]) for arm in shared} == {("parallel", 1)}
    for arm in shared:
        moot = {"run", "scaling", "shared_with"}
        twin = by_run[arm["shared_with"]]
        assert {k: v for k, v in arm.items() if k not in moot} == {k: v for k, v in twin.items() if k not in moot}


def test_resume_starts_what_is_absent_continues_what_matches_and_refuses_the_rest(run: Run, workspace: Path) -> None:
    command = ("sweep", workspace, *SHORT, "--memory", "none", "--resume", 5, "--json")
    first = run(*command)
    assert (first.code, first.json["sweep"], first.json["resumed"]) == (0, 5, False)
    before = rows(workspace, "run", "outcome", "event")
    again = run(*command, "--concurrency", 2, "--executor", "local", "--workers", 2)
    assert (again.code, again.json["resumed"]) == (0, True)
    assert again.json["arms"] == first.json["arms"]
    assert rows(workspace, "run", "outcome", "event") == before
    other = run(*command, "--seeds", "1")
    assert (other.code, other.err.count("\n")) == (2, 1)
    assert "sweep 5" in other.err
    assert run(*command[:-3], "--json").json["sweep"] == 6


def test_a_sweep_starts_from_a_bank_and_leaves_it_alone(run: Run, workspace: Path) -> None:
    run("run", workspace, *SHORT[:-2])
    before = bank_hash(workspace, "reasoningbank")
    data = run(
        "sweep", workspace, *SHORT, "--from", "reasoningbank", "--k", "1,2", "--scaling", "parallel,vanilla", "--json"
    )
    assert data.code == 0
    assert bank_hash(workspace, "reasoningbank") == before
    curves = run("curves", workspace, "--sweep", 1, "--json").json
    points = {series["name"]: [point["k"] for point in series["points"]] for series in curves["series"]}
    assert points["reasoningbank vanilla pass 2 · best_of_k"] == [1, 2]


WRONG = {
    "suite": ("--suite", "nowhere"),
    "memory": ("--suite", "practice", "--memory", "none,elephant"),
    "scaling": ("--suite", "practice", "--scaling", "sideways"),
    "k": ("--suite", "practice", "--k", "1,two"),
    "k 0": ("--suite", "practice", "--k", "0,1"),
    "nothing left": ("--suite", "practice", "--memory", "reasoningbank", "--scaling", "none", "--k", "2"),
    "empty range": ("--suite", "practice", "--seeds", "3:3"),
    "too many": ("--suite", "practice", "--seeds", "0:99999999"),
    "executor": ("--suite", "practice", "--executor", "cloud"),
    "workers": ("--suite", "practice", "--workers", "0"),
    "resume": ("--suite", "practice", "--resume", "0"),
    "huge number": ("--suite", "practice", "--resume", "9" * 30),
    "bank": ("--suite", "practice", "--from", "nowhere"),
    "profile": ("--suite", "practice", "--judge", "nobody"),
    "order": ("--suite", "practice", "--order", "shuffle:1,sideways"),
}


@pytest.mark.parametrize("arguments", WRONG.values(), ids=WRONG)
def test_wrong_usage_is_one_sentence_and_begins_no_sweep(run: Run, workspace: Path, arguments: tuple[str, ...]) -> None:
    ran = run("sweep", workspace, *arguments, "--json")
    assert (ran.code, ran.err.count("\n")) == (2, 1)
    assert ran.json["error"] in ran.err
    if workspace.exists():
        assert rows(workspace, "sweep", "run", "bank", "arm") == {"sweep": 0, "run": 0, "bank": 0, "arm": 0}


def test_a_sweep_without_any_data_fails_and_says_how_to_go_on(
    run: Run, workspace: Path, tmp_path: Path, at_once: None
) -> None:
    with FakeServer(error(400, "no thanks")) as server:
        run("tasks", workspace, "import", sums.write_csv(tmp_path / "sums.csv"))
        limits = ("--limit", 2, "--memory", "none", "--k", "1,2", "--workers", 1)
        command = ("sweep", workspace, "--suite", "sums", *limits, "--model", f"a@{server.url}", "--json")
        ran = run(*command)
        assert ran.code == 1
        assert [(arm["status"], arm["missing"]) for arm in ran.json["arms"]] == 2 * [("incomplete", 2)]
        assert ran.err.splitlines()[-1].endswith("with --resume 1 to try the 4 missing tasks")
        server.default = sums.failing_at("8 + 5", error(400, "no thanks"))
        some = run(*command, "--resume", 1)
        assert (some.code, [arm["missing"] for arm in some.json["arms"]]) == (0, [1, 1])
        assert some.json["arms"][1]["exit_reasons"] == {"answered": 2, "model_failure": 2}
        server.default = sums.solving()
        assert [arm["status"] for arm in run(*command, "--resume", 1).json["arms"]] == ["finished", "finished"]


def test_orders_and_a_repeated_arm_are_told_with_how_hard_the_tasks_are(run: Run, workspace: Path) -> None:
    command = ("sweep", workspace, *SHORT, "--order", "shuffle:1,shuffle:2", "--aa", "--resume", 1)
    data = run(*command, "--json").json
    assert [(arm["memory"], arm["seed"], arm["repeat_of"]) for arm in data["arms"]] == [
        ("none", 0, None),
        ("reasoningbank", 0, None),
        ("reasoningbank", 0, None),
        ("none", 1, 0),
    ]
    assert data["difficulty"][0]["arm"] == "all arms"
    assert {(one["kind"], one["metric"]) for one in data["aa"]} >= {("a/a", "pass_at_1"), ("a/a", "steps")}
    assert [arm["audit"] is None for arm in data["arms"]] == [True, False, False, True]
    assert {arm["siblings"]["tasks"] for arm in data["arms"]} == {3}
    for arm in data["arms"]:
        assert arm["ledger"]["total"]["tokens"] == arm["tokens"]["total"]
        assert (arm["rates"]["graded"]["value"], arm["rates"]["end_to_end"]["n"]) == (arm["pass_at_1"], 3)
    out = run(*command).out
    assert "can carry a difference" in out
    assert "A/A: none parallel · k=1 and the same arm with other seeds differ by" in out
    assert "of 3 tasks" in out


def test_arms_that_differ_in_order_or_policy_are_told_apart(run: Run, workspace: Path) -> None:
    chosen = ("--suite", "practice", "--limit", "2", "--memory", "none,reasoningbank", "--embedder", "hashing")
    axes = ("--order", "shuffle:1,shuffle:2", "--consolidation", "append,cap:1")
    ran = run("sweep", workspace, *chosen, *axes)
    assert ran.code == 0
    told = [line.split("  ") for line in ran.out.splitlines() if line.startswith("reasoningbank  ")]
    assert [next(cell for cell in line[1:] if cell).strip() for line in told] == [
        "parallel, shuffle:1",
        "parallel, shuffle:2",
        "parallel, cap:1, shuffle:1",
        "parallel, cap:1, shuffle:2",
    ]
    again = run("sweep", workspace, *chosen, *axes, "--resume", "1", "--json").json["arms"]
    assert [(arm["consolidation"], arm["order"]) for arm in again] == [
        ("append", "shuffle:1"),
        ("append", "shuffle:1"),
        ("append", "shuffle:2"),
        ("cap:1", "shuffle:1"),
        ("cap:1", "shuffle:2"),
    ]


def test_a_pilot_tells_what_the_whole_takes_with_bounds(run: Run, workspace: Path) -> None:
    command = ("sweep", workspace, *SHORT, "--memory", "none", "--k", "1,2", "--pilot", 2)
    told = run(*command, "--json")
    assert (told.code, told.json["sweep"], told.json["simulated"]) == (0, 1, True)
    pilot = told.json["pilot"]
    assert (pilot["tasks"], pilot["rollouts"], pilot["left"]) == (2, 4, 2)
    assert pilot["calls"]["low"] <= pilot["calls"]["value"] <= pilot["calls"]["high"]
    assert pilot["cost"] == {"value": 0.0, "low": 0.0, "high": 0.0, "n": 2}
    assert "--resume 1" in run(*command, "--resume", 1).out
