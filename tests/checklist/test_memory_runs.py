"""Whole runs: start states, frozen banks, test split, labels by a person, axes of a sweep (checklist 2, 3, 5, 20)."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from rb_studio.cli.main import main
from rb_studio.cli.sweep import describe
from rb_studio.jobs.pools import read_pools
from rb_studio.jobs.request import SweepRequest, split_by_template
from rb_studio.jobs.results import run_result, sweep_results
from rb_studio.jobs.run import run_arm
from rb_studio.jobs.sweep import run_sweep
from rb_studio.records.arm import MEMORY_MODES
from rb_studio.records.errors import UsageError
from rb_studio.records.judgement import Status, Verdict
from rb_studio.store import banks, outcomes, rollouts, runs
from rb_studio.store.verdicts import add_verdicts
from rb_studio.store.workspace import Workspace
from tests.jobs.conftest import PRACTICE, lines, practice, practice_sweep
from tests.method.scripted import question, shop_suite

WITH_MEMORY = [mode for mode in MEMORY_MODES if mode != "none"]


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workspace]:
    monkeypatch.setenv("RB_STUDIO_CONFIG_DIR", str(tmp_path / "config"))
    monkeypatch.setenv("RB_STUDIO_DATA_DIR", str(tmp_path / "data"))
    with Workspace.open(tmp_path / "mine.rbank", write=True, create=True) as opened:
        yield opened


def run_row(workspace, **changes):
    return runs.run(workspace.reader(), run_arm(workspace, practice(**changes), PRACTICE))


@pytest.mark.parametrize("memory", WITH_MEMORY)
def test_start_state_and_pass_are_recorded_in_every_mode(workspace, memory):
    first = run_row(workspace, memory=memory, limit=4)
    assert (first.start_state, first.pass_number, first.arm.start) == ("empty", 1, "empty")
    assert banks.bank(workspace.reader(), first.bank).mode == memory
    own = banks.find_bank(workspace.reader(), memory)
    again = run_row(workspace, memory=memory, limit=4)
    assert (again.start_state, again.pass_number) == ("empty", 1)
    assert again.bank != first.bank == own.id
    before = banks.bank_hash(workspace.reader(), own.id)
    frozen = run_row(workspace, memory=memory, limit=4, bank=memory, learn=False)
    assert (frozen.start_state, frozen.pass_number, frozen.bank) == ("frozen", 2, own.id)
    assert banks.bank_hash(workspace.reader(), own.id) == before
    assert frozen.arm.start.startswith(f"{memory}@")
    continued = run_row(workspace, memory=memory, limit=4, bank=memory)
    assert (continued.start_state, continued.pass_number) == ("continued", 2)


@pytest.mark.parametrize("memory", WITH_MEMORY)
def test_point_2_a_task_sees_only_what_earlier_tasks_left_and_never_its_own(workspace, memory):
    run = run_row(workspace, memory=memory, limit=6, retrieve_n=10)
    done = outcomes.load_outcomes(workspace.reader(), run.id)
    for place, outcome in enumerate(done):
        earlier = {one.experience.uid for one in done[:place] if one.experience}
        assert {hit.uid for hit in outcome.retrieval.hits} <= earlier
        assert outcome.task_key not in [hit.task_key for hit in outcome.retrieval.hits]
    second = run_row(workspace, memory=memory, limit=6, retrieve_n=10, bank=memory)
    for outcome in outcomes.load_outcomes(workspace.reader(), second.id):
        assert outcome.task_key not in [hit.task_key for hit in outcome.retrieval.hits]


def test_point_3_no_memory_and_n_0_play_the_same(workspace):
    plain, blind = (run_row(workspace, memory=memory, retrieve_n=0, limit=4) for memory in ("none", "reasoningbank"))
    texts = [
        [[step.thought for step in one.rollouts[0].steps] for one in outcomes.load_outcomes(workspace.reader(), row.id)]
        for row in (plain, blind)
    ]
    assert texts[0] == texts[1]


def test_a_split_holds_out_whole_templates_and_puts_their_tasks_last():
    tasks = list(shop_suite().tasks)
    for share in ("0.01", "0.3", "0.3:7", ".99"):
        ordered, held_out = split_by_template(tasks, share)
        assert sorted(task.key for task in ordered) == sorted(task.key for task in tasks)
        tested = [task.template in held_out for task in ordered]
        assert tested == sorted(tested)
        assert 0 < sum(tested) < len(tasks)
    plain, zero, seven = (split_by_template(tasks, share)[1] for share in ("0.3", "0.3:0", "0.3:7"))
    assert plain == zero != seven
    assert split_by_template(tasks, None) == (tasks, ())


@pytest.mark.parametrize("split", ["0", "0.0", "1", "1.5", "half", "-0.2", "0.3:", "0.3:x", ""])
def test_a_split_that_cannot_be_read_is_refused(split):
    with pytest.raises(UsageError, match=r"0\.3:SEED"):
        split_by_template(shop_suite().tasks, split)


def test_one_template_cannot_be_split():
    with pytest.raises(UsageError, match="two templates"):
        split_by_template([question(1)], "0.5")


@pytest.mark.parametrize("memory", ["reasoningbank", "synapse"])
def test_point_23_nothing_is_learned_from_the_test_split_and_its_figures_stand_apart(workspace, memory):
    row = run_row(
        workspace, memory=memory, limit=None, tasks=tuple(f"practice/{n}" for n in range(0, 60, 5)), split="0.4"
    )
    done = outcomes.load_outcomes(workspace.reader(), row.id)
    templates = {task.key: task.template for task in shop_suite().tasks}
    tested = [templates[one.task_key] in row.arm.held_out for one in done]
    assert tested == sorted(tested)
    assert 0 < sum(tested) < len(done)
    assert all(one.experience is None for one, held in zip(done, tested, strict=True) if held)
    assert any(one.experience for one in done)
    assert any(one.retrieval.hits for one, held in zip(done, tested, strict=True) if held)
    split = run_result(workspace.reader(), row.id).split
    assert split["test"]["tasks"] == sum(tested)
    assert split["train"]["tasks"] + split["test"]["tasks"] == len(done)
    [pool] = read_pools(workspace.reader())
    assert pool.name == f"{memory} test tasks"
    assert len(pool.tasks) == sum(tested)


def test_labels_by_a_person_go_by_the_newest_standing_verdict_on_the_task(workspace):
    with pytest.raises(UsageError, match="--label human"):
        run_arm(workspace, practice(memory="reasoningbank", label="human", limit=3), PRACTICE)
    run_row(workspace, limit=3)
    first, second, _ = rollouts.rollout_rows(workspace.reader())
    said = [
        Verdict(f"v{n}", first.uid, status, "seen", source="human")
        for n, status in enumerate((Status.FAILURE, Status.SUCCESS))
    ]
    said.append(Verdict("v9", second.uid, Status.FAILURE, "seen", source="human"))
    for verdict in said:
        workspace.run(lambda db, verdict=verdict: add_verdicts(db, [verdict]))
    row = run_row(workspace, memory="reasoningbank", label="human", limit=3)
    done = {one.task_key: one for one in outcomes.load_outcomes(workspace.reader(), row.id)}
    status = {key: one.verdicts[0].status for key, one in done.items()}
    assert status.pop(first.task_key) is Status.SUCCESS
    assert status.pop(second.task_key) is Status.FAILURE
    assert list(status.values()) == [Status.UNKNOWN]
    assert {one.verdicts[0].source for one in done.values()} == {"carried"}
    labelled = [item.label_source for one in done.values() if one.experience for item in one.experience.items]
    assert set(labelled) == {"human"}
    human = [one.human for one in rollouts.rollout_rows(workspace.reader(), run=row.id)]
    assert human == [None, None, None]


def test_a_sweep_over_policies_has_an_arm_and_a_bank_for_each_and_one_without_memory(workspace):
    request = practice_sweep(
        ks=(1,), memories=("none", "reasoningbank"), consolidations=("append", "cap:1", "llm-merge")
    )
    done = run_sweep(workspace, request, PRACTICE, workers=1)
    arms = sweep_results(workspace.reader(), done.sweep)
    assert [(arm.memory, arm.consolidation) for arm in arms] == [
        ("none", "append"),
        ("reasoningbank", "append"),
        ("reasoningbank", "cap:1"),
        ("reasoningbank", "llm-merge"),
    ]
    rows = runs.runs(workspace.reader(), sweep=done.sweep)
    assert len({row.bank for row in rows if row.bank is not None}) == 3
    names = [pool.name for pool in read_pools(workspace.reader(), sweep=done.sweep)]
    assert len(set(names)) == 4
    assert any("cap:1" in name for name in names)
    capped = next(row for row in rows if row.arm.consolidation == "cap:1")
    value = banks.bank_value(workspace.reader(), capped.bank, embedder="hashing:384:text")
    assert sum(bool(one.active_items) for one in value.experiences) == 1 < len(value.experiences)
    assert lines(workspace).count('"consolidation"') >= 1


def test_the_new_choices_are_told_by_help_and_taken_by_the_command(tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("RB_STUDIO_CONFIG_DIR", str(tmp_path / "config"))
    monkeypatch.setenv("RB_STUDIO_DATA_DIR", str(tmp_path / "data"))
    ws = str(tmp_path / "w.rbank")
    common = ["--suite", "practice", "--limit", "4", "--embedder", "hashing", "--json"]
    for extra in (
        ["--memory", "synapse", "--scope", "site"],
        ["--memory", "awm", "--retrieve-unit", "item", "--split", "0.3"],
    ):
        assert main(["run", ws, *common, *extra]) == 0
    assert (
        main(["sweep", ws, *common, "--memory", "reasoningbank", "--consolidation", "append,cap:2", "--workers", "1"])
        == 0
    )
    out = capsys.readouterr().out
    assert '"cap:2"' in out
    assert main(["run", ws, *common, "--consolidation", "append,cap:2"]) == 2
    assert "consolidation" in capsys.readouterr().err
    assert main(["run", ws, *common, "--split", "2"]) == 2


def test_arms_of_several_modes_cannot_all_start_from_one_bank(workspace):
    run_row(workspace, memory="reasoningbank", limit=2)
    both = practice_sweep(memories=("none", "reasoningbank", "awm"), ks=(1,), start="reasoningbank")
    with pytest.raises(UsageError, match="reasoningbank, awm cannot all start from reasoningbank"):
        run_sweep(workspace, both, PRACTICE, workers=1)
    with pytest.raises(UsageError, match="holds reasoningbank memories"):
        run_sweep(workspace, practice_sweep(memories=("awm",), start="reasoningbank"), PRACTICE, workers=1)
    assert runs.sweeps(workspace.reader()) == []


def test_an_arm_that_goes_over_its_tasks_again_says_so_in_a_sweep_and_its_curves(workspace):
    run_row(workspace, memory="reasoningbank", limit=3)
    for learn, told in ((True, "parallel, pass 2"), (False, "parallel, frozen, pass 2")):
        base = practice(memory="reasoningbank", limit=3, learn=learn)
        request = SweepRequest(base, memories=("none", "reasoningbank"), start="reasoningbank")
        done = run_sweep(workspace, request, PRACTICE, workers=1)
        none, again = sweep_results(workspace.reader(), done.sweep)
        assert (none.start_state, none.pass_number) == ("empty", 1)
        assert (again.start_state, again.pass_number) == ("continued" if learn else "frozen", 2)
        assert told in describe(done.sweep, [none, again])
        assert read_pools(workspace.reader(), sweep=done.sweep)[1].name.endswith("pass 2")
