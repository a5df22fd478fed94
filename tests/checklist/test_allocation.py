"""Allocation through the whole engine, offline and from the command line (memory_tools 3.5)."""

import json
from dataclasses import replace

import pytest

from rb_studio.analysis.beta import marginal_gain, next_success
from rb_studio.cli.main import main
from rb_studio.jobs import allocation
from rb_studio.jobs.allocation import CONTROLS, ReplayRequest, replays
from rb_studio.jobs.allocation_pools import read_draws
from rb_studio.jobs.results import run_result
from rb_studio.jobs.run import run_arm
from rb_studio.records.arm import ALLOCATIONS
from rb_studio.records.errors import UsageError
from rb_studio.records.judgement import Status
from rb_studio.records.precedence import Precedence
from rb_studio.store import rollouts
from rb_studio.store.workspace import Workspace
from tests.jobs.conftest import PRACTICE, practice, practice_sweep, sweep


@pytest.fixture(autouse=True)
def own_settings(tmp_path, monkeypatch):
    """Settings and data folders of this test alone."""
    monkeypatch.setenv("RB_STUDIO_CONFIG_DIR", str(tmp_path / "config"))
    monkeypatch.setenv("RB_STUDIO_DATA_DIR", str(tmp_path / "data"))


def test_golden_gains_of_a_flat_prior():
    assert [round(marginal_gain(1, 1, j), 4) for j in range(5)] == [0.5, 0.1667, 0.0833, 0.05, 0.0333]
    reached = 1.0
    for j in range(5):
        assert marginal_gain(1, 1, j) == pytest.approx(reached * next_success(1, 1, j))
        reached *= 1 - next_success(1, 1, j)


def test_a_sweep_without_the_axis_has_the_identity_it_had():
    request = practice_sweep()
    assert "allocations" not in request.to_json()
    assert request.hash != replace(request, allocations=("uniform", "greedy")).hash


def test_a_budget_alone_decides_how_many_a_task_may_get():
    settled = practice(allocation="greedy", budget=2.0).settled()
    assert (settled.k, settled.scaling) == (3, "parallel")
    assert practice(allocation="greedy").settled().k == 1


def test_without_memory_an_allocation_that_goes_by_earlier_tasks_is_swept_in_every_order():
    request = practice_sweep(memories=("none",), ks=(2,), allocations=ALLOCATIONS, orders=("shuffle:1", "shuffle:2"))
    found = [(cell.allocation, cell.order) for cell in request.cells()[0]]
    assert found == [
        ("uniform", "shuffle:1"),
        ("first-success", "shuffle:1"),
        *((policy, order) for policy in ("difficulty", "greedy") for order in ("shuffle:1", "shuffle:2")),
    ]
    budgeted = replace(request, base=replace(request.base, budget=1.5), allocations=("first-success",))
    assert len(budgeted.cells()[0]) == 2


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--allocation", "greedy", "--budget", "5", "--k", "2,3"), "greedy, k = 2 cannot spend 5 rollouts a task"),
        (("--allocation", "greedy", "--budget", "0.5", "--k", "3"), "smaller than the number of tasks"),
        (("--budget", "2"), "leave --budget out"),
        (("--k", "2", "--scaling", "none", "--memory", "awm"), "awm, k = 2 without scaling"),
    ],
)
def test_a_sweep_of_no_arm_says_why(tmp_path, capsys, arguments, said):
    assert main(["sweep", str(tmp_path / "no.rbank"), "--suite", "practice", *arguments]) == 2
    assert said in capsys.readouterr().err
    assert not (tmp_path / "no.rbank").exists()


def test_a_sweep_tells_what_allocations_spent_and_what_stopping_makes_of_pass_at_1(tmp_path, capsys):
    where = str(tmp_path / "a.rbank")
    chosen = [
        "--limit",
        "6",
        "--memory",
        "none",
        "--k",
        "1,3",
        "--allocation",
        "uniform,greedy",
        "--embedder",
        "hashing",
    ]
    assert main(["sweep", where, "--suite", "practice", *chosen, "--json"]) == 0
    swept = json.loads(capsys.readouterr().out)
    assert main(["curves", where, "--sweep", "1", "--json"]) == 0
    curves = json.loads(capsys.readouterr().out)
    (greedy,) = [arm for arm in swept["arms"] if arm["allocation"] == "greedy"]
    spent = f"none parallel greedy spent on average {greedy['mean_rollouts']:.2f} of at most 3 rollouts a task"
    for told in (swept["notes"], curves["warnings"]):
        assert any(one.startswith(spent) for one in told)
        assert any(one.startswith("none parallel greedy stopped at a judged success, so pass@1") for one in told)
        assert not any(one.startswith("none parallel spent") for one in told)
    assert all("remarks" in arm for arm in swept["arms"])


@pytest.fixture(scope="module")
def stored(tmp_path_factory):
    """Three seeds of three rollouts without memory, one run of each stopping policy beside them."""
    with Workspace.open(tmp_path_factory.mktemp("stored") / "d.rbank", write=True, create=True) as made:
        for seed in range(3):
            run_arm(made, practice(limit=10, scaling="parallel", k=3, seed=seed), PRACTICE)
        run_arm(made, practice(limit=10, scaling="parallel", k=3, allocation="first-success"), PRACTICE)
        yield made


def replayed(stored, **changes):
    request = ReplayRequest(**{"permutations": 12, "k": 4, "budget": 2.0, "embedder": "hashing", **changes})
    found, notes = replays(stored.reader(), request)
    return found, notes


def test_any_policy_is_replayed_over_stored_rollouts_against_controls_that_spend_the_same(stored):
    (pool,), notes = replayed(stored)
    assert (pool.runs, pool.tasks, pool.rollouts, pool.not_estimable) == ((1, 2, 3), 10, 90, ())
    assert pool.simulated
    assert any("run 4 stopped at a success" in note for note in notes)
    assert [one.policy for one in pool.policies] == list(ALLOCATIONS)
    for policy in pool.policies:
        assert policy.spent[0] <= policy.spend <= policy.spent[1] <= 2.0 * 10 + 1
        assert policy.best_of_k.value <= policy.pass_at_k.value
        assert policy.best_of_k.low <= policy.best_of_k.value <= policy.best_of_k.high
        assert [one.name for one in policy.controls] == list(CONTROLS)
        assert all(one.mean_rollouts == pytest.approx(policy.mean_rollouts) for one in policy.controls)
        assert sum(one.k for one in policy.tasks) == pytest.approx(policy.spend)
        assert all(1 <= one.least <= one.k <= one.most <= 4 and one.reason for one in policy.tasks)
    uniform = pool.policies[0]
    assert (uniform.spend, uniform.correlation, uniform.gain["difference"]) == (20.0, None, 0.0)
    assert uniform.best_of_k == uniform.controls[0].best_of_k
    assert all(one.correlation > 0 for one in pool.policies if one.policy in ("first-success", "greedy"))


def test_a_replay_is_the_same_for_the_same_seed_and_another_for_another(stored):
    assert replayed(stored) == replayed(stored)
    assert replayed(stored)[0][0].policies != replayed(stored, seed=1)[0][0].policies


def test_all_stored_rollouts_at_once_leave_nothing_to_chance(stored):
    (pool,), _ = replayed(stored, k=9, budget=9.0, policies=("uniform",))
    best = pool.policies[0].best_of_k
    assert best.draws_low == pytest.approx(best.draws_high)
    solved = {row.task_key for row in rollouts.rollout_rows(stored.reader()) if row.truth and row.run < 4}
    assert pool.policies[0].pass_at_k.value == pytest.approx(len(solved) / 10)


def test_too_few_stored_rollouts_are_not_estimable_and_said(stored, tmp_path):
    found, notes = replayed(stored, k=10)
    assert found == []
    assert any("9 stored rollouts a task at most, too few to draw 10 from" in note for note in notes)
    with Workspace.open(tmp_path / "partly.rbank", write=True, create=True) as made:
        run_arm(made, practice(limit=6, scaling="parallel", k=3), PRACTICE)
        run_arm(made, practice(limit=4, scaling="parallel", k=3, seed=1), PRACTICE)
        (pool,), _ = replayed(made)
        assert (pool.tasks, len(pool.not_estimable)) == (4, 2)
        assert "2 of 6 tasks have fewer than 4 stored rollouts: not estimable" in pool.notes


def test_equal_draws_count_once(tmp_path):
    with Workspace.open(tmp_path / "twice.rbank", write=True, create=True) as made:
        sweep(made, practice_sweep(memories=("none",), ks=(1, 2, 3)), workers=1)
        (pool,), _ = replays(made.reader(), ReplayRequest(permutations=2, embedder="hashing"), sweep=1)
        assert (pool.rollouts, pool.k) == (12, 3)


def test_rollouts_that_are_drawn_are_right_by_whose_word_counts(stored):
    (by_judge,), _ = read_draws(stored.reader(), chosen=[1, 2, 3], precedence=Precedence(("judge",)))
    (by_truth,), _ = read_draws(stored.reader(), chosen=[1, 2, 3])
    draws = [draw for some in by_judge.draws.values() for draw in some]
    assert draws
    assert all(draw.correct is (draw.status is Status.SUCCESS) for draw in draws)
    assert by_truth.draws != by_judge.draws


def test_a_replay_never_changes_a_policys_decisions_by_the_truth(stored, monkeypatch):
    (pool,), _ = replayed(stored)
    seen = allocation.read_draws

    def turned(*args, **more):
        pools, notes = seen(*args, **more)
        for one in pools:
            one.draws = {key: [replace(d, correct=not d.correct) for d in draws] for key, draws in one.draws.items()}
        return pools, notes

    monkeypatch.setattr(allocation, "read_draws", turned)
    (other,), _ = replayed(stored)
    for a, b in zip(pool.policies, other.policies, strict=True):
        assert [(t.task, t.k, t.reason) for t in a.tasks] == [(t.task, t.k, t.reason) for t in b.tasks]


def command(capsys, *arguments):
    capsys.readouterr()
    code = main([str(one) for one in arguments])
    return code, capsys.readouterr()


def test_run_and_allocate_from_the_command_line(tmp_path, capsys):
    path = tmp_path / "w.rbank"
    short = ("--suite", "practice", "--limit", "6", "--memory", "none", "--model", "practice", "--embedder", "hashing")
    assert command(capsys, "run", path, *short, "--scaling", "parallel", "-k", 3)[0] == 0
    code, said = command(capsys, "run", path, *short, "--allocation", "greedy", "--budget", 2, "--json")
    spent = json.loads(said.out)["allocation"]
    assert (code, spent["policy"], spent["k"], spent["budget"], spent["bound"]) == (0, "greedy", 3, 2.0, 13.0)
    assert spent["spend"] <= 13
    assert "compare best-of-k at equal spend" in said.err
    code, said = command(capsys, "allocate", path, "--budget", 2, "--permutations", 5, "--json")
    found = json.loads(said.out)
    assert (code, found["simulated"]) == (0, True)
    assert [one["run"] for one in found["recorded"]] == [2]
    assert {"task_key", "k", "limit", "reason", "successes", "score"} <= found["recorded"][0]["tasks"][0].keys()
    (pool,) = found["replays"]
    assert [one["policy"] for one in pool["policies"]] == list(ALLOCATIONS)
    code, said = command(capsys, "allocate", path, "--budget", 2, "--permutations", 5)
    assert code == 0
    assert "Spearman" in said.out
    assert "number 1 was judged a success" in said.out
    assert run_result_of(path, 2).tasks == 6
    code, said = command(capsys, "allocate", path, "--permutations", 5, "--frontier", "--budgets", "1,2", "--json")
    (drawn,) = json.loads(said.out)["frontiers"]
    assert (code, drawn["tasks"], drawn["simulated"]) == (0, 6, True)
    at = {(one["policy"], one["budget"]): one for one in drawn["points"] if one["spread"] == "as decided"}
    assert [one["value"] for (name, budget), one in at.items() if budget == 2] == pytest.approx(
        [one["best_of_k"]["value"] for one in pool["policies"]]
    )
    assert at["uniform", 1.0]["spend"] == 6
    again = (tmp_path / "r.json", tmp_path / "f.csv")
    saved = ("--frontier", "--budgets", "1,2", "--permutations", 5, "--save-recipe", again[0], "--json")
    assert command(capsys, "allocate", path, *saved)[0] == 0
    assert command(capsys, "curves", path, "--recipe", again[0], "--csv", again[1])[0] == 0
    rows = [line.split(",") for line in again[1].read_text().splitlines()[1:]]
    assert [float(row[6]) for row in rows] == pytest.approx([one["value"] for one in at.values()])
    assert command(capsys, "allocate", path, "--budgets", "1,2")[0] == 2


def run_result_of(path, run):
    with Workspace.open(path, write=False) as made:
        return run_result(made.reader(), run)


WRONG = {
    "budget negative": ("--budget", "-1"),
    "budget nan": ("--budget", "nan"),
    "budget below one": ("--budget", "0.5"),
    "budget above k": ("-k", "3", "--budget", "4"),
    "policy": ("--policy", "random"),
    "k 1": ("-k", "1"),
    "run": ("--run", "77"),
    "sweep": ("--sweep", "77"),
    "both": ("--run", "1", "--sweep", "1"),
    "too few": ("-k", "50", "--run", "1"),
}


@pytest.mark.parametrize("arguments", WRONG.values(), ids=WRONG)
def test_wrong_questions_are_refused_in_a_sentence(stored, capsys, arguments):
    code, said = command(capsys, "allocate", stored.path, *arguments, "--json")
    assert code == 2
    assert said.err.count("\n") == 1
    assert json.loads(said.out) == {"error": said.err.removeprefix("rb-studio: ").rstrip("\n")}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--allocation", "greedy"), "nothing to decide"),
        (("--allocation", "greedy", "-k", "3", "--scaling", "parallel", "--budget", "0.2"), "smaller than the number"),
        (("--allocation", "greedy", "-k", "3", "--scaling", "parallel", "--budget", "nan"), "out of range"),
        (("--allocation", "greedy", "-k", "3", "--scaling", "parallel", "--budget", "-3"), "out of range"),
        (("--allocation", "greedy", "-k", "3", "--scaling", "parallel", "--budget", "99"), "no total"),
        (("--allocation", "uniform", "--budget", "2"), "leave --budget out"),
    ],
)
def test_terms_that_make_no_sense_leave_no_workspace(tmp_path, capsys, arguments, said):
    path = tmp_path / "none.rbank"
    code, out = command(capsys, "run", path, "--suite", "practice", "--memory", "none", *arguments)
    assert code == 2
    assert said in out.err
    assert not path.exists()


def test_a_replay_refuses_terms_nobody_can_keep():
    with pytest.raises(UsageError, match="draw nothing"):
        ReplayRequest(permutations=0).check()
    with pytest.raises(UsageError, match="unknown"):
        ReplayRequest(policies=("oracle",)).check()
    with pytest.raises(UsageError, match="smaller than the number of tasks"):
        ReplayRequest(policies=("uniform",), budget=0.5).check()


def test_a_pool_too_small_for_the_budget_is_left_out_with_a_note(tmp_path):
    with Workspace.open(tmp_path / "small.rbank", write=True, create=True) as made:
        run_arm(made, practice(limit=4, scaling="parallel", k=2), PRACTICE)
        found, notes = replays(made.reader(), ReplayRequest(budget=2.5, permutations=2, embedder="hashing"))
    assert found == []
    assert notes == ["none: 2 stored rollouts a task at most, too few to draw 3 from"]
