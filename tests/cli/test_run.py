"""`rb-studio run`: one arm, from the command line to figures."""

import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from rb_studio.records.resources import root
from rb_studio.store.workspace import Workspace
from tests.cli.conftest import Ran, Run
from tests.jobs import sums
from tests.jobs.conftest import at_once
from tests.models.fake_server import Answer, FakeServer, error

__all__ = ["at_once"]

SPLIT = ("--suite", "practice", "--limit", "6", "--split", "0.4:2", "--embedder", "hashing")
KEYS = {
    "run",
    "simulated",
    "tasks",
    "pass_at_1",
    "best_of_k",
    "pass_at_k",
    "judged_success",
    "mean_steps",
    "mean_steps_solved",
    "mean_steps_failed",
    "fixes",
    "regressions",
    "remarks",
    "tokens",
    "cost",
    "experiences",
    "items",
    "invalid",
    "start_state",
    "pass_number",
    "missing",
    "exit_reasons",
    "truth_unknown",
    "truth_reason",
    "dropped",
    "split",
    "label",
    "label_noise",
}
BESIDE = {"ledger", "rates", "siblings", "audit", "allocation"}
HELD_BACK = {"withhold", "injected", "withheld", "review", "candidates"}
PHASES = {"act", "judge", "grade", "select", "distill", "consolidate", "embed", "total"}
SHORT = ("--suite", "practice", "--limit", 6, "--embedder", "hashing")


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    return tmp_path / "mine.rbank"


def rows(path: Path, *tables: str) -> dict[str, int]:
    with sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True) as conn:
        return {table: conn.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in tables}


def test_the_keys_are_those_of_the_contract(run: Run, workspace: Path) -> None:
    ran = run("run", workspace, *SHORT, "--scaling", "parallel", "-k", 2, "--json")
    assert ran.code == 0
    data = ran.json
    assert data.keys() == KEYS | {"status", "notes"} | BESIDE | HELD_BACK
    assert data["tokens"].keys() == PHASES
    assert (data["run"], data["simulated"], data["tasks"], data["invalid"]) == (1, True, 6, 0)
    assert (data["start_state"], data["pass_number"], data["experiences"]) == ("empty", 1, 6)
    for name in ("run", "tasks", "experiences", "items", "invalid", "pass_number"):
        assert type(data[name]) is int
    assert data["best_of_k"] <= data["pass_at_k"]
    assert data["tokens"]["total"] == sum(data["tokens"][phase] for phase in PHASES - {"total"}) > 0


def test_best_of_one_is_pass_at_one(run: Run, workspace: Path) -> None:
    data = run("run", workspace, *SHORT, "--memory", "none", "--json").json
    assert data["pass_at_1"] == data["best_of_k"] == data["pass_at_k"]


def test_the_text_says_the_same_and_that_it_is_simulated(run: Run, workspace: Path) -> None:
    ran = run("run", workspace, *SHORT)
    assert ran.code == 0
    assert "run 1: 6 tasks, empty start, pass 1 (simulated)" in ran.out


def test_starting_states_follow_one_another(run: Run, workspace: Path) -> None:
    """A repeated suite starts empty, a named bank goes on in a second pass, a frozen one stays as it is."""
    first = run("run", workspace, *SHORT, "--json").json
    again = run("run", workspace, *SHORT, "--json").json
    assert (again["start_state"], again["pass_number"]) == ("empty", 1)
    assert {**again, "run": 1} == first
    second = run("run", workspace, *SHORT, "--bank", "reasoningbank", "--json").json
    assert (second["start_state"], second["pass_number"]) == ("continued", 2)
    assert "continued start, pass 3" in run("run", workspace, *SHORT, "--bank", "reasoningbank").out
    before = bank_hash(workspace, "reasoningbank")
    frozen = run("run", workspace, *SHORT, "--learn", "off", "--json").json
    assert (frozen["start_state"], frozen["experiences"], frozen["items"]) == ("frozen", 0, 0)
    assert bank_hash(workspace, "reasoningbank") == before
    assert [name for name, _ in banks_of(workspace)] == ["reasoningbank", "reasoningbank 2"]


def test_another_suite_goes_on_in_the_modes_own_bank_on_its_first_pass(run: Run, workspace: Path) -> None:
    run("run", workspace, *SHORT)
    other = run("run", workspace, *SHORT[:2], "--limit", 9, "--order", "shuffle:3", "--embedder", "hashing", "--json")
    assert other.json["start_state"] in ("empty", "continued")
    tasks = run("tasks", workspace, "list", "--suite", "practice", "--json")
    assert tasks.code == 0


def test_a_snapshot_is_forked(run: Run, workspace: Path) -> None:
    run("run", workspace, *SHORT)
    assert run("memories", workspace, "--bank", "reasoningbank", "snapshot", "six").code == 0
    before = bank_hash(workspace, "reasoningbank")
    forked = run("run", workspace, *SHORT, "--bank", "reasoningbank@six", "--json").json
    assert (forked["start_state"], forked["pass_number"], forked["experiences"]) == ("continued", 2, 6)
    assert bank_hash(workspace, "reasoningbank") == before
    assert [parent for _, parent in banks_of(workspace)] == [None, "reasoningbank"]


def test_an_empty_start_is_asked_for_by_name(run: Run, workspace: Path) -> None:
    run("run", workspace, *SHORT)
    data = run("run", workspace, *SHORT, "--bank", "empty", "--json").json
    assert (data["start_state"], data["pass_number"]) == ("empty", 1)


def test_rollouts_without_memory_stand_under_parallel(run: Run, workspace: Path) -> None:
    one = run("run", workspace, *SHORT, "--memory", "none", "-k", 2, "--json").json
    other = run("run", workspace, *SHORT, "--memory", "none", "--scaling", "parallel", "-k", 2, "--json").json
    assert {**one, "run": 0} == {**other, "run": 0}


WRONG = {
    "suite": ("--suite", "nowhere"),
    "subset": ("--suite", "practice/nowhere"),
    "suite of a later version": ("--suite", "miniwob"),
    "memory": ("--suite", "practice", "--memory", "elephant"),
    "two policies": ("--suite", "practice", "--consolidation", "append,cap:5"),
    "split": ("--suite", "practice", "--split", "2"),
    "human without a verdict": ("--suite", "practice", "--label", "human"),
    "scaling": ("--suite", "practice", "--scaling", "up"),
    "bank": ("--suite", "practice", "--bank", "nowhere"),
    "snapshot": ("--suite", "practice", "--bank", "mine@nowhere"),
    "bank of another mode": ("--suite", "practice", "--bank", "flows"),
    "profile": ("--suite", "practice", "--model", "nobody"),
    "address": ("--suite", "practice", "--model", "m@http://"),
    "judge": ("--suite", "practice", "--judge", "nobody"),
    "embedder": ("--suite", "practice", "--embedder", "nobody/nothing"),
    "k 0": ("--suite", "practice", "--scaling", "parallel", "-k", "0"),
    "k without scaling": ("--suite", "practice", "--scaling", "none", "-k", "3"),
    "k is no number": ("--suite", "practice", "-k", "many"),
    "limit 0": ("--suite", "practice", "--limit", "0"),
    "order": ("--suite", "practice", "--order", "random"),
    "shuffle without seed": ("--suite", "practice", "--order", "shuffle:"),
    "shuffle by no number": ("--suite", "practice", "--order", "shuffle:--5"),
    "noise": ("--suite", "practice", "--label-noise", "1.5"),
    "noise nan": ("--suite", "practice", "--label-noise", "nan"),
    "label": ("--suite", "practice", "--label", "hearsay"),
    "learn": ("--suite", "practice", "--learn", "perhaps"),
    "allocation": ("--suite", "practice", "--allocation", "greedy"),
    "consolidation": ("--suite", "practice", "--consolidation", "newest"),
    "retrieve": ("--suite", "practice", "--retrieve", "11"),
    "concurrency": ("--suite", "practice", "--concurrency", "0"),
    "option": ("--suite", "practice", "--sweet", "yes"),
    "no suite": (),
}


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace that knows the practice suite and two banks, one of another memory mode."""
    from rb_studio.environments.builtin import builtin_suite
    from rb_studio.store import banks, suites

    path = tmp_path_factory.mktemp("wrong") / "mine.rbank"
    with Workspace.open(path, write=True, create=True) as workspace:
        workspace.run(lambda db: suites.save_suite(db, builtin_suite("practice")))
        workspace.run(lambda db: banks.create_bank(db, "mine", "reasoningbank"))
        workspace.run(lambda db: banks.create_bank(db, "flows", "awm"))
    return path


@pytest.mark.parametrize("arguments", WRONG.values(), ids=WRONG)
def test_wrong_usage_is_one_sentence_and_leaves_nothing(run: Run, prepared: Path, arguments: tuple[str, ...]) -> None:
    tables = ("run", "arm", "sweep", "bank", "rollout", "event", "operation")
    before = rows(prepared, *tables)
    ran = run("run", prepared, *arguments, "--json")
    assert ran.code == 2
    assert ran.err.startswith("rb-studio: ")
    assert ran.err.count("\n") == 1
    assert ran.json == {"error": ran.err.removeprefix("rb-studio: ").rstrip("\n")}
    assert rows(prepared, *tables) == before


@pytest.mark.parametrize("name", ["memory", "k 0", "order", "profile", "suite", "limit 0", "suite of a later version"])
def test_wrong_usage_makes_no_workspace(run: Run, workspace: Path, name: str) -> None:
    assert run("run", workspace, *WRONG[name]).code == 2
    assert list(workspace.parent.iterdir()) == []


def test_a_text_file_is_no_workspace(run: Run, workspace: Path) -> None:
    workspace.write_text("Dear diary", encoding="utf-8")
    ran = run("run", workspace, *SHORT)
    assert (ran.code, ran.err.count("\n")) == (2, 1)
    assert str(workspace) in ran.err
    assert workspace.read_text("utf-8") == "Dear diary"


def test_a_folder_that_is_not_there_is_named(run: Run, tmp_path: Path) -> None:
    ran = run("run", tmp_path / "nowhere" / "a.rbank", *SHORT)
    assert (ran.code, ran.err.count("\n")) == (1, 1)
    assert "nowhere" in ran.err


def test_a_second_writer_is_told_who_writes(run: Run, workspace: Path) -> None:
    with Workspace.open(workspace, write=True, create=True):
        ran = run_elsewhere("run", workspace, *SHORT, "--json")
    assert ran.returncode == 1
    assert (
        ran.stderr
        == f"rb-studio: {workspace} is being written to by process {os.getpid()}: " + ran.stderr.split(": ", 2)[2]
    )
    assert ran.stderr.count("\n") == 1
    assert rows(workspace, "run") == {"run": 0}


@pytest.mark.skipif(sys.platform == "win32", reason="folders have no write permission there")
def test_a_read_only_folder_is_one_sentence() -> None:
    """Root may write anywhere, so the command gives its rights up; the folder must be one others can enter."""
    folder = Path(tempfile.mkdtemp(prefix="rbank-"))
    folder.chmod(0o555)
    try:
        ran = run_elsewhere("run", folder / "mine.rbank", *SHORT, as_nobody=folder)
        left = list(folder.iterdir())
    finally:
        folder.chmod(0o755)
        shutil.rmtree(folder)
    assert (ran.returncode, left) == (1, [])
    assert ran.stderr.count("\n") == 1
    assert "cannot be written" in ran.stderr


def test_an_endpoint_by_address_alone_runs_ten_tasks_of_a_csv(run: Run, workspace: Path, tmp_path: Path) -> None:
    with FakeServer(sums.solving()) as server:
        model = f"adder@{server.url}"
        assert run("tasks", workspace, "import", sums.write_csv(tmp_path / "sums.csv")).code == 0
        plain = run("run", workspace, "--suite", "sums", "--memory", "none", "--model", model, "--json").json
        assert (plain["tasks"], plain["invalid"], plain["simulated"], plain["mean_steps"]) == (10, 0, False, 1.0)
        unasked = {"grade": 0, "select": 0, "distill": 0, "consolidate": 0, "embed": 0}
        assert plain["tokens"] == {"act": None, "judge": None, "total": None, **unasked}
        assert plain["cost"] is None
        learned = run("run", workspace, "--suite", "sums", "--model", model, "--json").json
        assert (learned["experiences"], learned["items"], learned["tokens"]["distill"]) == (10, 10, None)
        scaled = run(
            "run", workspace, "--suite", "sums", "--model", model, "--scaling", "parallel", "-k", 2, "--json"
        ).json
        assert scaled["pass_at_1"] <= scaled["best_of_k"] == scaled["pass_at_k"]
        assert plain["pass_at_1"] < learned["pass_at_1"] <= scaled["pass_at_1"] + 0.1
        assert {body["model"] for body in server.bodies} == {"adder"}


def test_known_usage_is_counted_and_an_unknown_price_stays_unknown(run: Run, workspace: Path, tmp_path: Path) -> None:
    usage = {"prompt_tokens": 100, "completion_tokens": 10}
    with FakeServer(sums.solving(usage=usage)) as server:
        run("tasks", workspace, "import", sums.write_csv(tmp_path / "sums.csv"))
        data = run(
            "run",
            workspace,
            "--suite",
            "sums",
            "--memory",
            "none",
            "--limit",
            3,
            "--model",
            f"a@{server.url}",
            "--json",
        ).json
    unasked = {"grade": 0, "select": 0, "distill": 0, "consolidate": 0, "embed": 0}
    assert data["tokens"] == {"act": 330, "judge": 330, "total": 660, **unasked}
    assert data["cost"] is None


def test_a_refused_key_pauses_an_arm_with_memory_and_the_same_command_goes_on(
    run: Run, workspace: Path, tmp_path: Path
) -> None:
    with FakeServer(error(401, "no such key")) as server:
        run("tasks", workspace, "import", sums.write_csv(tmp_path / "sums.csv"))
        command = ("run", workspace, "--suite", "sums", "--limit", 3, "--model", f"a@{server.url}", "--json")
        ran = run(*command)
        assert ran.code == 1
        assert "run 1 is paused at task sums/1" in ran.json["error"]
        assert "OPENAI_API_KEY" in ran.json["error"]
        without = run(*command, "--memory", "none")
        assert without.code == 1
        assert "run 2 is paused at task sums/" in without.json["error"]
        server.default = sums.solving()
        mended = run(*command).json
        assert (mended["run"], mended["tasks"], mended["invalid"]) == (1, 3, 0)


def test_a_run_without_any_data_fails_and_one_with_some_says_what_is_missing(
    run: Run, workspace: Path, tmp_path: Path, at_once: None
) -> None:
    with FakeServer(error(400, "no thanks")) as server:
        run("tasks", workspace, "import", sums.write_csv(tmp_path / "sums.csv"))
        command = ("run", workspace, "--suite", "sums", "--limit", 3, "--model", f"a@{server.url}", "--memory", "none")
        ran = run(*command, "--json")
        assert (ran.code, ran.json["status"], ran.json["missing"]) == (1, "incomplete", 3)
        assert ran.json["exit_reasons"] == {"model_failure": 3}
        assert ran.err.splitlines()[-1].endswith("give the same command again to try the 3 missing tasks")
        server.default = sums.failing_at("8 + 5", error(400, "no thanks"))
        ran = run(*command)
        assert ran.code == 0
        assert "rollouts ended: answered 2, model failure 1" in ran.out
        assert "1 of 3 tasks without data: give the same command again to try the 1 missing task\n" in ran.out
        server.default = sums.solving()
        whole = run(*command)
        assert "missing" not in whole.out + whole.err
        assert "rollouts ended" not in whole.out


def test_unknown_truths_are_counted_with_the_first_reason(run: Run, workspace: Path, tmp_path: Path) -> None:
    file = tmp_path / "sums.csv"
    file.write_text("question,answer\nWhat is 17 + 25?,^4(\nWhat is 8 + 5?,13\n", "utf-8")
    with FakeServer(sums.solving()) as server:
        imported = run("tasks", workspace, "import", file, "--grader", "regex")
        assert "1 pattern is invalid, the first in task sums/1" in imported.out
        command = ("run", workspace, "--suite", "sums", "--memory", "none", "--model", f"a@{server.url}")
        ran = run(*command)
        assert "truth unknown for 1 rollout, the first because the pattern '^4(' is invalid" in ran.out
        data = run(*command, "--json").json
        assert (data["truth_unknown"], data["tasks"], data["status"]) == (1, 2, "finished")
        assert data["truth_reason"].startswith("the pattern '^4(' is invalid")


def test_a_model_that_talks_past_the_form_fails_its_task_and_nothing_else(
    run: Run, workspace: Path, tmp_path: Path
) -> None:
    with FakeServer(Answer("I would rather not say.")) as server:
        run("tasks", workspace, "import", sums.write_csv(tmp_path / "sums.csv"))
        data = run("run", workspace, "--suite", "sums", "--limit", 2, "--model", f"a@{server.url}", "--json").json
    assert (data["tasks"], data["invalid"], data["pass_at_1"], data["judged_success"]) == (2, 0, 0.0, None)


def bank_hash(path: Path, name: str) -> str:
    from rb_studio.store import banks

    with Workspace.open(path, write=False) as workspace:
        conn = workspace.reader()
        return banks.bank_hash(conn, banks.resolve(conn, name)[0].id)


def banks_of(path: Path) -> list[tuple[str, str | None]]:
    """Names of the banks with those of their parents."""
    from rb_studio.store import banks

    with Workspace.open(path, write=False) as workspace:
        found = banks.banks(workspace.reader())
    names = {row.id: row.name for row in found}
    return [(row.name, names.get(row.parent_bank or 0)) for row in found]


def run_elsewhere(*arguments: object, as_nobody: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Run a command line in a process of its own, perhaps as a user who may write nowhere and has this home."""
    source = "import os, sys, sqlite_utils, rb_studio.cli.run, rb_studio.environments.practice\n"
    source += "from rb_studio.cli.main import main\n"
    environment = dict(os.environ) if as_nobody is None else {**os.environ, "RB_STUDIO_CONFIG_DIR": str(as_nobody)}
    if as_nobody and os.geteuid() == 0:
        source += "os.setgroups([]); os.setgid(65534); os.setuid(65534)\n"
    source += "sys.exit(main(sys.argv[1:]))"
    return subprocess.run(
        [sys.executable, "-B", "-c", source, *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=60,
        cwd=root().parent,
        env=environment,
    )


def warnings(ran: Ran) -> list[str]:
    """What is told beside results; how far it is may be told too, where the computer is slow."""
    return [line.removeprefix("rb-studio: ") for line in ran.err.splitlines() if line.startswith("rb-studio: ")]


@pytest.mark.parametrize("command", ["run", "sweep"])
def test_a_limit_that_cannot_take_effect_is_told_once(run: Run, workspace: Path, tmp_path: Path, command: str) -> None:
    limits = ("--max-cost", 1, "--max-tokens", 1000)
    with FakeServer(sums.solving()) as server:
        run("tasks", workspace, "import", sums.write_csv(tmp_path / "sums.csv"))
        asked = (command, workspace, "--suite", "sums", "--limit", 2, "--memory", "none", "--model", f"a@{server.url}")
        plain = run(*asked, "--json")
        limited = run(*asked, *limits, "--json")
    assert (plain.json["notes"], warnings(plain)) == ([], [])
    prices, usage = limited.json["notes"]
    assert prices.startswith("--max-cost limits nothing: no prices are known for 'a' at 127.0.0.1")
    assert usage == (
        "--max-tokens and --max-cost could not count 2 of 2 calls: the endpoint reported no usage for them"
    )
    assert warnings(limited) == [prices, usage]


def test_limits_of_what_is_counted_need_no_note(run: Run, workspace: Path) -> None:
    ran = run("run", workspace, *SHORT, "--max-cost", 1, "--max-tokens", 10**6, "--json")
    assert (ran.json["notes"], warnings(ran)) == ([], [])


def test_a_split_is_told_in_words_too(run: Run, tmp_path: Path) -> None:
    told = run("run", tmp_path / "w.rbank", *SPLIT).out.splitlines()
    train, test = (next(line for line in told if line.startswith(f"{part}: ")) for part in ("train", "test"))
    assert sum(int(line.split()[1]) for line in (train, test)) == 6
    assert "pass@1" in test


def test_a_bank_without_memory_is_refused(run: Run, tmp_path: Path) -> None:
    arguments = ("run", tmp_path / "w.rbank", "--suite", "practice", "--limit", "1", "--memory", "none", "--bank")
    refused = run(*arguments, "mine")
    assert refused.code == 2
    assert "without memory no bank is read or written" in refused.err
    assert run(*arguments, "empty").code == 0
