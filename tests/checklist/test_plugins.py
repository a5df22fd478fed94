"""A memory method of one's own is an arm like any other, and one that fails is a defined, visible outcome."""

import json
import re
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from rb_studio.cli.main import main
from rb_studio.jobs.curves import curve_set
from rb_studio.jobs.plan import ensure_suite
from rb_studio.jobs.plugins import with_methods
from rb_studio.jobs.pools import read_pools
from rb_studio.jobs.reproduce import rerun_request
from rb_studio.jobs.request import RunRequest, SweepRequest
from rb_studio.jobs.results import run_result, sweep_results
from rb_studio.jobs.run import Paused, run_arm
from rb_studio.jobs.statistics import run_statistics
from rb_studio.jobs.sweep import run_sweep
from rb_studio.method.case import Case, Lesson, Note
from rb_studio.method.modes import check
from rb_studio.method.protocol import BuiltIn
from rb_studio.records.arm import ArmConfig
from rb_studio.records.errors import Cancelled, UsageError
from rb_studio.records.judgement import Status
from rb_studio.records.memory import ItemState
from rb_studio.store import banks, outcomes, runs
from rb_studio.store.rollouts import task_rows
from tests.jobs.conftest import PRACTICE, StopAfter, at_once, lines, open_new, own_settings, workspace
from tests.jobs.killing import Killing

__all__ = ["at_once", "open_new", "own_settings", "workspace"]
EXAMPLES = ("ace_playbook", "expel_insights")
# The same as ReasoningBank, in one's own words.
TWIN = """
def retrieve(case):
    return case.nearest()


def inject(case, notes):
    return case.block(notes)


def distil(case, attempts):
    return case.lessons(attempts)


def consolidate(case, lessons):
    return lessons
"""


def request(*memories, **changes):
    base, names = with_methods(RunRequest("practice", **{"limit": 6, **changes}), memories, PRACTICE)
    return base, names


def one(workspace, memory, **changes):
    base, (name,) = request(memory, **changes)
    return runs.run(workspace.reader(), run_arm(workspace, replace(base, memory=name).settled(), PRACTICE))


def written(tmp_path, code, name="mine"):
    path = tmp_path / f"{name}.py"
    path.write_text(code, "utf-8")
    return str(path)


def done(workspace, run):
    return outcomes.load_outcomes(workspace.reader(), run)


def texts(outcome):
    """What an outcome holds that does not name its arm."""
    return (
        [[(step.thought, step.action_text) for step in rollout.steps] for rollout in outcome.rollouts],
        [rollout.memory_block for rollout in outcome.rollouts],
        [item.content for item in outcome.experience.items] if outcome.experience else None,
        [(hit.task_key, hit.score) for hit in outcome.retrieval.hits],
    )


@pytest.mark.parametrize(("scaling", "k"), [("none", 1), ("parallel", 2), ("vanilla", 2), ("sequential", 2)])
def test_reasoningbank_written_as_a_plugin_plays_the_same(workspace, tmp_path, scaling, k):
    own = one(workspace, written(tmp_path, TWIN), scaling=scaling, k=k)
    shipped = one(workspace, "reasoningbank", scaling=scaling, k=k)
    assert own.arm.hash != shipped.arm.hash
    assert [texts(a) for a in done(workspace, own.id)] == [texts(b) for b in done(workspace, shipped.id)]
    assert any(outcome.experience for outcome in done(workspace, own.id))


def test_the_arm_is_known_by_name_and_bytes_and_older_arms_keep_their_hash(workspace, tmp_path):
    row = one(workspace, written(tmp_path, TWIN), limit=2)
    assert row.arm.memory == "mine"
    assert row.arm.method.startswith("sha256:")
    assert banks.bank(workspace.reader(), row.bank).mode == "mine"
    assert ArmConfig.from_json(row.arm.to_json()) == row.arm
    assert "method" not in ArmConfig("practice", memory="reasoningbank").to_json()
    assert str(tmp_path) not in json.dumps(row.config)
    items = [item for outcome in done(workspace, row.id) if outcome.experience for item in outcome.experience.items]
    assert {item.mode for item in items} == {"mine"}
    assert all(source.rollout_uid for item in items for source in item.sources)


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_examples_run_end_to_end_and_have_a_curve(workspace, name):
    base, names = request("none", name, limit=8)
    swept = run_sweep(workspace, SweepRequest(base, names, ("parallel",), (1, 2), (0,)), PRACTICE, workers=2)
    arms = sweep_results(workspace.reader(), swept.sweep)
    assert {(arm.memory, arm.k) for arm in arms} == {(memory, k) for memory in ("none", name) for k in (1, 2)}
    assert all(arm.missing == 0 and arm.invalid == 0 for arm in arms)
    pool = next(pool for pool in read_pools(workspace.reader(), sweep=swept.sweep) if pool.arm["memory"] == name)
    assert (pool.name, pool.ks) == (f"{name} parallel", [1, 2])
    series = [found for found in curve_set(workspace.reader(), sweep=swept.sweep).series if found.arm["memory"] == name]
    assert any(len(found.points) == 2 for found in series)
    row = next(row for row in runs.runs(workspace.reader(), sweep=swept.sweep) if row.arm.memory == name)
    assert any(outcome.consolidation for outcome in done(workspace, row.id))
    assert any(
        "## Title" in rollout.memory_block for outcome in done(workspace, row.id) for rollout in outcome.rollouts
    )


def test_a_playbook_counts_what_helped_and_rewrites_no_bullet(workspace):
    row = one(workspace, "ace_playbook", limit=12)
    value = banks.bank_value(workspace.reader(), row.bank, embedder="")
    contents = {item.uid: item.content for outcome in done(workspace, row.id) if outcome.experience
                for item in outcome.experience.items}  # fmt: skip
    bullets = [item for experience in value.experiences for item in experience.items]
    assert {item.uid: item.content for item in bullets} == contents
    assert any("[helpful 0, harmful 0]" not in item.description for item in bullets)
    change = next(outcome.consolidation for outcome in done(workspace, row.id) if outcome.consolidation)
    assert change.policy == "ace_playbook"


def test_insights_are_voted_up_and_out(workspace):
    row = one(workspace, "expel_insights", limit=20)
    value = banks.bank_value(workspace.reader(), row.bank, embedder="")
    items = [item for experience in value.experiences for item in experience.items]
    weights = {item.description.rsplit("[importance ", 1)[-1] for item in items}
    assert len(weights) > 1
    changes = [outcome.consolidation for outcome in done(workspace, row.id) if outcome.consolidation]
    gone = {found.uid for change in changes for found in change.archived}
    assert {item.uid for item in items if item.state is ItemState.ARCHIVED} == gone
    ledger = workspace.reader().execute("SELECT role, count(*) FROM llm_call WHERE rollout_uid IS NULL GROUP BY role")
    assert dict(ledger.fetchall())["distiller"] > 0


def test_the_token_ledger_of_a_run_with_own_questions_sums(workspace, tmp_path):
    code = "def distil(case, attempts):\n    return [case.lesson('t', 'd', case.ask('distiller', 'Say.') or 'c')]\n"
    row = one(workspace, written(tmp_path, code), limit=3)
    tokens = run_result(workspace.reader(), row.id).tokens
    assert sum(tokens[phase] for phase in tokens if phase != "total") == tokens["total"]
    spent = sum(task.tokens_distill for task in task_rows(workspace.reader(), run=row.id))
    assert spent == tokens["distill"] > 0


def test_point_21_what_a_method_asks_while_it_consolidates_is_a_phase_of_its_own(workspace, tmp_path):
    code = (
        "def distil(case, attempts):\n    return case.lessons(attempts)\n\n\n"
        "def consolidate(case, lessons):\n    case.ask('distiller', 'In one word?')\n    return lessons\n"
    )
    row = one(workspace, written(tmp_path, code), limit=3)
    conn = workspace.reader()
    tokens, found = run_result(conn, row.id).tokens, run_statistics(conn, row.id).ledger
    assert sum(tokens[phase] for phase in tokens if phase != "total") == tokens["total"]
    assert found["consolidate"].calls == 3
    assert found["consolidate"].tokens == tokens["consolidate"] > 0
    assert found["distill"].tokens == tokens["distill"] > 0


def test_calls_from_before_phases_were_kept_are_known_by_their_prompt(workspace):
    run = run_arm(workspace, RunRequest("practice", limit=6, consolidation="llm-merge"), PRACTICE)
    before = run_result(workspace.reader(), run).tokens
    workspace.run(lambda db: db.execute("UPDATE llm_call SET extra = '{}'"))
    assert run_result(workspace.reader(), run).tokens == before
    assert before["consolidate"] > 0


SPY = """
import gc
import json
import os


def _seen(case, value):
    found = [repr(one) for one in gc.get_objects() if isinstance(one, (str, bytes, dict, tuple, list))]
    with open(os.environ["SPY_FILE"], "a", encoding="utf-8") as file:
        file.write(repr((case, value)) + "".join(found)[:20_000_000] + " ".join(os.sys.argv))


def retrieve(case):
    _seen(case, None)
    return case.nearest()


def inject(case, notes):
    _seen(case, notes)
    return case.block(notes)


def distil(case, attempts):
    _seen(case, attempts)
    return case.lessons(attempts)


def consolidate(case, lessons):
    _seen(case, lessons)
    return lessons
"""


def test_point_12_a_method_never_sees_truth(workspace, tmp_path, monkeypatch):
    """A canary in the reference answers, and the truths of the rollouts, show up nowhere in the method's process."""
    ensure_suite(workspace, "practice")
    seen = tmp_path / "seen.txt"
    monkeypatch.setenv("SPY_FILE", str(seen))
    canary = "canary-7f3e91"

    def plant(db):
        columns = [row[1] for row in db.execute("PRAGMA table_info(grading)")]
        assert "expected" in columns
        db.execute("UPDATE grading SET expected = ?", (json.dumps({"answer": {"includes": [canary]}}),))

    workspace.run(plant)
    row = one(workspace, written(tmp_path, SPY), limit=3)
    assert len(done(workspace, row.id)) == 3
    text = seen.read_text("utf-8")
    assert "Case(task=" in text
    assert "Attempt(number=1" in text
    assert canary not in text
    assert not [one for one in ("Truth(success", "Grading(task_key", "Outcome(arm_hash") if one in text]
    truths = [truth for outcome in done(workspace, row.id) for found in outcome.truths.values() for truth in found]
    assert truths
    assert not [truth.detail for truth in truths if truth.detail and truth.detail in text]


def test_a_workspace_from_elsewhere_runs_nothing_and_resuming_asks_for_the_file(
    workspace, tmp_path, capsys, monkeypatch
):
    monkeypatch.setattr("rb_studio.jobs.sweep.COMMIT_SECONDS", 0.0)
    trap, sprung = tmp_path / "trap.py", tmp_path / "sprung"
    trap.write_text(TWIN)
    base, names = request(str(trap), limit=120)
    stop = StopAfter(workspace, 2)
    with pytest.raises(Cancelled):
        run_sweep(workspace, SweepRequest(base, names, ("parallel",), (1,), (0,)), PRACTICE, workers=1, cancel=stop)
    trap.write_text(f"open({str(sprung)!r}, 'w')\n" + TWIN)
    conn = workspace.reader()

    def name_the_path(db):
        """As a workspace made to harm might."""
        for table, column in (("run", "arm_config"), ("run", "config"), ("sweep", "config")):
            db.execute(f"UPDATE {table} SET {column} = replace({column}, '\"trap\"', ?)", (json.dumps(str(trap)),))
        db.execute("UPDATE bank SET mode = ?", (str(trap),))

    workspace.run(name_the_path)
    stored = runs.sweep(conn, 1).config
    assert stored["memories"] == [str(trap)]
    list(read_pools(conn, sweep=1))
    sweep_results(conn, 1)
    again = SweepRequest(RunRequest("practice", limit=120), tuple(stored["memories"]), ("parallel",), (1,), (0,))
    with pytest.raises(UsageError, match=r"its file, PATH/NAME\.py.*a workspace never brings it along"):
        run_sweep(workspace, again, PRACTICE, resume=1, workers=1)
    planted = RunRequest("practice", memory="trap", methods=({"name": "trap", "code": "x"},))
    assert planted.methods == ()
    with pytest.raises(UsageError, match="choose none, synapse"):
        run_arm(workspace, planted, PRACTICE)
    workspace.close()
    path = str(tmp_path / "mine.rbank")
    for command in (
        ["curves", path],
        ["memories", path, "list"],
        ["export", path, "verdicts", "-o", f"{path}.csv"],
    ):
        main([str(part) for part in command])
    capsys.readouterr()
    assert not sprung.exists()


def test_a_card_from_elsewhere_that_names_a_file_runs_nothing(tmp_path):
    sprung = tmp_path / "sprung"
    trap = written(tmp_path, f"open({str(sprung)!r}, 'w')\n" + TWIN, "trap")
    for memory in (trap, f"{trap}:Best"):
        asked = SweepRequest(RunRequest("practice", limit=2), ("none", memory), ("parallel",), (1,), (0,))
        with pytest.raises(UsageError, match="no code that is brought along is run"):
            rerun_request({"request": asked.to_json(), "models": {}}, {}, "hashing", PRACTICE)
    assert not sprung.exists()


def test_a_card_loads_no_installed_method_unless_the_user_names_it(tmp_path, monkeypatch):
    sprung, site = tmp_path / "sprung", tmp_path / "site"
    entry = "[rb_studio.methods]\nneighbour = neighbour_package\nace_playbook = neighbour_package\n"
    info = site / "neighbour-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: neighbour\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(entry)
    (site / "neighbour_package.py").write_text(f"open({str(sprung)!r}, 'w')\n" + TWIN)
    monkeypatch.syspath_prepend(str(site))
    monkeypatch.setenv("PYTHONPATH", str(site))
    for memory in ("neighbour", "ace_playbook"):
        asked = SweepRequest(RunRequest("practice", limit=2), ("none", memory), ("parallel",), (1,), (0,))
        card = {"request": asked.to_json(), "models": {}}
        with pytest.raises(UsageError, match=f"add --method {memory}, or --method FILE.py"):
            rerun_request(card, {}, "hashing", PRACTICE)
        assert not sprung.exists()
        with pytest.raises(UsageError, match=f"the card has no such memory, only none, {memory}"):
            rerun_request(card, {}, "hashing", PRACTICE, [written(tmp_path, TWIN)])
        again = rerun_request(card, {}, "hashing", PRACTICE, [memory])
        assert [one.name for one in again.base.methods] == [memory]
        assert sprung.exists()
        sprung.unlink()


RAISES = """def retrieve(case):
    return case.nearest()


def distil(case, attempts):
    if len(case.notes) > 2:
        raise KeyError('lost')
    return case.lessons(attempts)
"""


def test_one_that_raises_loses_its_task_as_invalid_with_a_sentence_and_the_others_go_on(workspace, tmp_path):
    base, names = request("none", written(tmp_path, RAISES))
    sweeping = SweepRequest(base, names, ("parallel",), (1,), (0,))
    with pytest.raises(
        Paused, match=r"failed in distil: KeyError: 'lost' \(mine\.py, line 7, in distil\).*another arm"
    ):
        run_sweep(workspace, sweeping, PRACTICE, workers=2)
    arms = {arm.memory: arm for arm in sweep_results(workspace.reader(), 1)}
    assert (arms["none"].status, arms["none"].missing) == ("finished", 0)
    assert (arms["mine"].status, arms["mine"].missing) == ("paused", 1)
    broken = next(row for row in runs.runs(workspace.reader(), sweep=1) if row.arm.memory == "mine")
    [key] = outcomes.invalid_tasks(workspace.reader(), broken.id)
    lost = outcomes.load_outcome(workspace.reader(), broken.id, key)
    assert lost.experience is None
    assert any("mine.py, line 7, in distil" in note for note in lost.notes)
    told = curve_set(workspace.reader(), sweep=1).warnings
    assert any(text.startswith("1 invalid task of mine parallel, hit by a fault") for text in told)
    before = lines(workspace, sweep=1)
    with pytest.raises(Paused, match="mine failed in distil"):
        run_sweep(workspace, sweeping, PRACTICE, resume=1, workers=1)
    assert lines(workspace, sweep=1) == before


def test_one_that_raises_before_the_rollouts_leaves_an_invalid_task_without_any(workspace, tmp_path):
    code = "def retrieve(case):\n    raise RuntimeError('not today')\n"
    with pytest.raises(Paused, match=r"RuntimeError: not today \(mine\.py, line 2, in retrieve\)"):
        one(workspace, written(tmp_path, code))
    [row] = runs.runs(workspace.reader())
    [key] = outcomes.invalid_tasks(workspace.reader(), row.id)
    lost = outcomes.load_outcome(workspace.reader(), row.id, key)
    assert (lost.rollouts, lost.retrieval) == ((), None)
    assert "not today" in lost.notes[0]
    assert run_result(workspace.reader(), row.id).missing == 1


def test_one_that_hangs_is_ended_in_time_and_told(workspace, tmp_path):
    hasty = PRACTICE.model_copy(update={"method_seconds": 1.0})
    code = "def distil(case, attempts):\n    while True:\n        pass\n"
    base, names = with_methods(RunRequest("practice", limit=3), (written(tmp_path, code),), hasty)
    with pytest.raises(Paused, match=r"longer than 1 seconds in distil.*method_seconds in the settings"):
        run_sweep(workspace, SweepRequest(base, names, ("none",), (1,), (0,)), hasty, workers=1)
    [row] = runs.runs(workspace.reader(), sweep=1)
    assert outcomes.invalid_tasks(workspace.reader(), row.id)


def test_wrong_types_and_too_many_lessons_are_sentences(workspace, tmp_path):
    with pytest.raises(Paused, match="a value of type str where a list of lessons is wanted"):
        one(workspace, written(tmp_path, "def distil(case, attempts):\n    return 'lesson'\n"))
    many = "def distil(case, attempts):\n    return [case.lesson('t', 'd', str(n)) for n in range(101)]\n"
    with pytest.raises(Paused, match="101 lessons in distil: 100 of one task are the most"):
        one(workspace, written(tmp_path, many, "many"))
    made_up = "def consolidate(case, lessons):\n    from rb_studio.method.case import Drop\n    return [Drop('x')]\n"
    with pytest.raises(Paused, match="a note in consolidate that this task's case does not hold"):
        one(workspace, written(tmp_path, made_up, "made_up"))


@pytest.mark.parametrize(
    ("asking", "said"),
    [
        ("[case.ask('distiller', 'Again?') for _ in range(501)]", "ask models 500 times in one call"),
        ("case.ask('distiller', 'x' * 1_000_001)", "ask with 1,000,000 characters, not 1,000,001"),
        ("case.ask('distiller', prompt='merge', task='x' * 1_000_001, new='', existing='')", "ask with 1,000,000"),
        ("case.embed([''] * 100_001)", "100,000 texts embedded at once, not 100,001"),
    ],
)
def test_asking_without_end_or_measure_is_a_sentence(workspace, tmp_path, asking, said):
    code = f"def distil(case, attempts):\n    {asking}\n    return []\n"
    with pytest.raises(Paused, match=said):
        one(workspace, written(tmp_path, code), limit=1)


def test_a_kill_of_workers_changes_no_result(open_new, tmp_path):
    base, names = request(str(written(tmp_path, TWIN)), "ace_playbook", limit=5)
    sweeping = SweepRequest(base, names, ("parallel",), (1, 2), (0,))
    whole, killed = open_new("whole"), open_new("killed")
    run_sweep(whole, sweeping, PRACTICE, workers=1)
    killing = Killing(killed, (2, 7, 12))
    run_sweep(killed, sweeping, PRACTICE, workers=2, cancel=killing)
    assert killing.killed == 3
    assert lines(killed, sweep=1) == lines(whole, sweep=1)


def test_one_whose_process_dies_is_started_again_with_the_same_result(open_new, tmp_path, monkeypatch, at_once):
    monkeypatch.setenv("DIED_FILE", str(tmp_path / "died"))
    dies = (
        "\n\ndef inject(case, notes):\n    import os\n    if not os.path.exists(os.environ['DIED_FILE']):\n"
        "        open(os.environ['DIED_FILE'], 'w').close()\n        os._exit(9)\n    return case.block(notes)\n"
    )
    path = written(tmp_path, TWIN + dies)
    disturbed, whole = open_new("disturbed"), open_new("whole")
    row = one(disturbed, path)
    assert (tmp_path / "died").exists()
    assert row.status == "finished"
    one(whole, path)
    assert lines(disturbed, run=1) == lines(whole, run=1)


@pytest.mark.filterwarnings("ignore::ResourceWarning")
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_dask_workers_run_a_method_to_the_same_result(open_new, tmp_path):
    pytest.importorskip("distributed", reason="the extra `cluster` is not installed")
    base, names = request("none", written(tmp_path, TWIN), limit=4)
    sweeping = SweepRequest(base, names, ("parallel",), (1, 2), (0,))
    local, dask = open_new("local"), open_new("dask")
    run_sweep(local, sweeping, PRACTICE, workers=1)
    (tmp_path / "mine.py").unlink()
    run_sweep(dask, sweeping, PRACTICE, workers=2, executor="dask")
    assert lines(dask, sweep=1) == lines(local, sweep=1)


def test_a_stopped_run_goes_on_to_the_same_result_and_a_changed_file_is_another_arm(open_new, tmp_path, caplog):
    path = written(tmp_path, TWIN)
    base, (name,) = request(path)
    wanted = replace(base, memory=name)
    whole, stopped = open_new("whole"), open_new("stopped")
    run_arm(whole, wanted, PRACTICE)
    with pytest.raises(Cancelled):
        run_arm(stopped, wanted, PRACTICE, cancel=StopAfter(stopped, 3))
    moved = tmp_path / "elsewhere"
    moved.mkdir()
    same, _ = request(written(moved, TWIN))
    assert run_arm(stopped, replace(same, memory=name), PRACTICE) == 1
    assert lines(stopped, run=1) == lines(whole, run=1)
    with pytest.raises(Cancelled):
        run_arm(stopped, replace(wanted, seed=3), PRACTICE, cancel=StopAfter(stopped, 8))
    changed, _ = request(written(tmp_path, TWIN + "\n# better\n"))
    assert run_arm(stopped, replace(changed, memory=name, seed=3), PRACTICE) == 3
    assert "the method mine has changed since run 2, which stays unfinished: this is another arm" in caplog.text
    names = {pool.name for pool in read_pools(stopped.reader())}
    assert len(names) == 2
    assert all(found.startswith("mine (file ") for found in names)


def test_a_sweep_with_a_changed_file_is_refused_in_a_sentence(workspace, tmp_path):
    path = written(tmp_path, TWIN)
    base, names = request("none", path, limit=2)
    run_sweep(workspace, SweepRequest(base, names, ("none",), (1,), (0,)), PRACTICE, workers=1)
    written(tmp_path, TWIN + "\n# better\n")
    base, names = request("none", path, limit=2)
    with pytest.raises(UsageError, match="another version of the method mine, and a changed file is another arm"):
        run_sweep(workspace, SweepRequest(base, names, ("none",), (1,), (0,)), PRACTICE, resume=1, workers=1)


def test_a_frozen_bank_is_read_by_its_method_and_stays(workspace, tmp_path):
    first = one(workspace, "ace_playbook", limit=5)
    before = banks.bank_hash(workspace.reader(), first.bank)
    frozen = one(workspace, "ace_playbook", limit=5, bank="ace_playbook", learn=False)
    assert (frozen.start_state, frozen.pass_number) == ("frozen", 2)
    assert banks.bank_hash(workspace.reader(), first.bank) == before
    for outcome in done(workspace, frozen.id):
        assert outcome.retrieval.hits
        assert outcome.task_key not in {hit.task_key for hit in outcome.retrieval.hits}
    continued = one(workspace, "ace_playbook", limit=5, bank="ace_playbook")
    assert continued.bank != first.bank
    assert banks.bank_hash(workspace.reader(), first.bank) == before


def test_n_0_is_no_memory_for_a_method_too(workspace, tmp_path):
    code = "def inject(case, notes):\n    return 'Always do this.'\n"
    blind = one(workspace, written(tmp_path, code), limit=3, retrieve_n=0)
    plain = one(workspace, "none", limit=3)
    steps = [
        [[step.thought for step in outcome.rollouts[0].steps] for outcome in done(workspace, row.id)]
        for row in (blind, plain)
    ]
    assert steps[0] == steps[1]


def test_what_a_method_does_itself_is_not_asked_for_beside(workspace, tmp_path):
    path = written(tmp_path, TWIN)
    with pytest.raises(UsageError, match="mine consolidates by itself: leave --consolidation out"):
        one(workspace, path, consolidation="llm-merge")
    with pytest.raises(UsageError, match="mine retrieves by itself: leave --retrieve-unit out"):
        one(workspace, path, retrieve_unit="item")


def test_a_shipped_policy_serves_a_method_without_its_own(workspace, tmp_path):
    path = written(tmp_path, "def distil(case, attempts):\n    return case.lessons(attempts)\n")
    row = one(workspace, path, consolidation="cap:1", limit=8)
    value = banks.bank_value(workspace.reader(), row.bank, embedder="")
    assert sum(bool(experience.active_items) for experience in value.experiences) == 1


def test_the_command_line_takes_a_path_an_example_and_refuses_the_rest(tmp_path, capsys):
    path, ws = written(tmp_path, TWIN), str(tmp_path / "cli.rbank")
    common = ["--suite", "practice", "--limit", "2", "--embedder", "hashing", "--json"]
    sweep = ["sweep", ws, *common, "--memory", f"none,reasoningbank,{path}", "--scaling", "none", "--workers", "1"]
    assert main(sweep) == 0
    assert [arm["memory"] for arm in json.loads(capsys.readouterr().out)["arms"]] == ["none", "reasoningbank", "mine"]
    assert main(["run", ws, *common, "--memory", "expel_insights"]) == 0
    capsys.readouterr()
    assert main(["run", ws, *common, "--memory", "no_such_method"]) == 2
    assert "name a method of your own by its file" in capsys.readouterr().err
    assert main(["run", ws, *common, "--memory", str(tmp_path / "nowhere.py")]) == 2
    assert "nowhere.py cannot be read" in capsys.readouterr().err
    assert main(["curves", ws, "--sweep", "1", "--json"]) == 0
    series = json.loads(capsys.readouterr().out)["series"]
    assert {found["arm"]["memory"] for found in series} == {"none", "reasoningbank", "mine"}
    assert all(found["arm"]["method"].startswith("sha256:") for found in series if found["arm"]["memory"] == "mine")


def test_a_shipped_mode_needs_no_method_and_an_unknown_one_is_refused():
    check(ArmConfig("practice", memory="synapse"))
    check(ArmConfig("practice", memory="mine", method="sha256:0"))
    with pytest.raises(UsageError, match="'mine' is not available"):
        check(ArmConfig("practice", memory="mine"))
    assert not BuiltIn.always_consolidates


def test_labels_reach_a_method_and_unknown_ones_do_not(workspace, tmp_path, monkeypatch):
    seen = tmp_path / "labels.txt"
    monkeypatch.setenv("SEEN_FILE", str(seen))
    code = (
        "import os\n\n\ndef distil(case, attempts):\n    with open(os.environ['SEEN_FILE'], 'a') as file:\n"
        "        file.write(''.join('10'[not one.success] for one in attempts) + '\\n')\n    return []\n"
    )
    row = one(workspace, written(tmp_path, code), limit=5, scaling="parallel", k=2)
    known = [
        "".join("10"[v.status is Status.FAILURE] for v in outcome.verdicts if v.status is not Status.UNKNOWN)
        for outcome in done(workspace, row.id)
    ]
    assert seen.read_text().split() == [labels for labels in known if labels]


def test_no_process_is_left_behind(workspace, tmp_path):
    one(workspace, "ace_playbook", limit=2)
    assert not [thread.name for thread in threading.enumerate() if thread.name == "method-answers"]


def test_what_contributing_shows_is_true(workspace, tmp_path):
    text = (Path(__file__).resolve().parents[2] / "CONTRIBUTING.md").read_text("utf-8")
    code, consolidate = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    row = one(workspace, written(tmp_path, code, "newest"), limit=4)
    forgetting = one(workspace, written(tmp_path, consolidate.replace("30", "4"), "forgetting"), limit=8)
    changes = [outcome.consolidation for outcome in done(workspace, forgetting.id) if outcome.consolidation]
    assert any(change.archived for change in changes)
    assert any(change.rewritten for change in changes)
    assert row.arm.memory == "newest"
    retrieved = [outcome.retrieval.hits for outcome in done(workspace, row.id)]
    learned = [outcome.experience.uid for outcome in done(workspace, row.id) if outcome.experience]
    assert {hit.uid for hits in retrieved for hit in hits} <= set(learned)
    known = {"case": Case, "lesson": Lesson, "note": Note}
    for what, name in set(re.findall(r"`?\b(case|lesson|note)\.([a-z]+)\b", text)) - {("case", "py")}:
        assert hasattr(known[what], name) or name in known[what].__dataclass_fields__, f"{what}.{name}"
