"""What stands beside the figures (checklist 12, 15, 16, 17, 20, 21, 23, 25)."""

from collections.abc import Iterator
from dataclasses import replace
from math import comb

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rb_studio.analysis.arm_metrics import RolloutRow, arm_metrics, task_figures
from rb_studio.analysis.bestofk import best_of_k
from rb_studio.analysis.intervals import few_tasks_warning
from rb_studio.analysis.ledger import PHASES, TOTAL, Entry, ledger
from rb_studio.analysis.passk import pass_at_k
from rb_studio.analysis.streams import cumulative_success, sibling_share
from rb_studio.cli.curves import FEW_NOTE, describe
from rb_studio.interchange.tasks import load
from rb_studio.jobs.curves import to_json
from rb_studio.jobs.paper import reference_points
from rb_studio.jobs.pools import read_pools
from rb_studio.jobs.report import Report, report
from rb_studio.jobs.request import RunRequest, SweepRequest, split_by_template
from rb_studio.jobs.results import run_result, sweep_results
from rb_studio.jobs.run import run_arm
from rb_studio.jobs.statistics import run_statistics
from rb_studio.jobs.sweep import run_sweep
from rb_studio.jobs.sweep_report import sweep_report
from rb_studio.models.profile import Profile
from rb_studio.models.settings import Settings
from rb_studio.records.arm import MEMORY_MODES, SCALINGS
from rb_studio.records.judgement import Status
from rb_studio.store import rollouts, runs, suites
from rb_studio.store.workspace import Workspace
from tests.jobs import sums
from tests.jobs.conftest import PRACTICE, practice, sweep
from tests.models.fake_server import Answer, FakeServer

CANARY = "zebra 4711 quagga"
ORDERS = tuple(f"shuffle:{number}" for number in range(1, 6))
FLASH = "gemini-2.5-flash"
PARTS = ("shopping", "admin", "gitlab", "reddit", "multi")
# Printed rates that no whole number of tasks gives.
ODD = {("gemini-2.5-pro", "awm", "admin"), *(("claude-3.7-sonnet", name, "gitlab") for name in ("synapse", "awm"))}


def reported_of(workspace, sweep: int) -> Report:
    conn = workspace.reader()
    return report(conn, read_pools(conn, sweep=sweep), repeated=False)


@pytest.fixture(scope="module")
def workspaces(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    folder = tmp_path_factory.mktemp("statistics")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RB_STUDIO_CONFIG_DIR", str(folder / "config"))
        patch.setenv("RB_STUDIO_DATA_DIR", str(folder / "data"))
        with Workspace.open(folder / "mine.rbank", write=True, create=True) as opened:
            yield opened


@pytest.fixture(scope="module")
def shuffled(workspaces: Workspace) -> tuple[Workspace, int]:
    """A sweep over five orders with a repeated arm."""
    request = SweepRequest(RunRequest("practice", limit=8, order=ORDERS[0]), orders=ORDERS, aa=True)
    return workspaces, sweep(workspaces, request, workers=1).sweep


@pytest.fixture
def workspace(tmp_path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workspace]:
    monkeypatch.setenv("RB_STUDIO_CONFIG_DIR", str(tmp_path / "config"))
    monkeypatch.setenv("RB_STUDIO_DATA_DIR", str(tmp_path / "data"))
    with Workspace.open(tmp_path / "one.rbank", write=True, create=True) as opened:
        yield opened


# Point 12


@pytest.mark.parametrize("label", ["judge", "gt"])
@pytest.mark.parametrize("memory", MEMORY_MODES)
def test_point_12_the_truth_is_in_no_recorded_call_of_any_mode_and_scaling(workspace, memory, label):
    workspace.run(lambda db: suites.save_suite(db, sums.suite(CANARY, grader="exact")))
    with FakeServer(sums.solving()) as server:
        profile = Profile("fake", server.url, "fake-model", timeout=5, retries=0)
        settings = Settings(profiles={"fake": profile}, profile="fake", embedder="hashing")
        for scaling in SCALINGS:
            k = 1 if scaling == "none" else 3
            asked = RunRequest("sums", memory=memory, scaling=scaling, k=k, limit=2, bank="empty", label=label)
            run = run_arm(workspace, asked.settled(), settings)
            calls = rollouts.calls(workspace.reader(), run=run)
            assert {"actor"} <= {call.role for call in calls}
            shown = [message.content for call in calls for message in call.messages]
            shown += [call.reply.text for call in calls]
            assert shown
            assert not [text for text in shown if any(part in text for part in CANARY.split())]
            assert run_result(workspace.reader(), run).pass_at_1 == 0  # graded by the planted answer all the same


# Point 15


@st.composite
def arms(draw):
    """Rollouts of a few tasks under any scaling, with faults, missing truths and selections."""
    rows = []
    for task in range(draw(st.integers(1, 5))):
        k = draw(st.integers(1, 4))
        if draw(st.booleans()):
            passes = tuple(draw(st.lists(st.sampled_from([True, False, None]), min_size=k, max_size=k)))
            rows.append(RolloutRow(f"t{task}", k=k, success=passes[-1], passes=passes if k > 1 else ()))
            continue
        chosen = draw(st.integers(0, k - 1))
        for index in range(k):
            truth, valid = draw(st.sampled_from([True, False, None])), draw(st.integers(0, 9)) > 0
            rows.append(RolloutRow(f"t{task}", k=k, valid=valid, success=truth, selected=index == chosen))
    return rows


@given(arms())
def test_point_15_best_of_k_is_never_above_pass_at_k_on_the_same_rollouts(rows):
    for figures in task_figures(rows).values():
        if figures.best is not None and figures.any is not None:
            assert figures.best <= figures.any + 1e-12
    metrics = arm_metrics(rows)
    if metrics.best_of_k is not None:
        assert metrics.best_of_k <= metrics.pass_at_k + 1e-12


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=9), st.data())
def test_point_15_the_unbiased_best_of_k_is_never_above_the_unbiased_pass_at_k(pairs, data):
    scores, correct = zip(*pairs, strict=True)
    k = data.draw(st.integers(1, len(pairs)))
    assert best_of_k(scores, correct, k) <= pass_at_k(len(pairs), sum(correct), k) + 1e-12


# Points 16 and 17


def reported(backbone, method, metric, scaling="none"):
    """Table 1 as the resources have it: value and tasks by part."""
    return {
        point.subset: (point.value, point.tasks)
        for point in reference_points()
        if (point.benchmark, point.backbone, point.method, point.metric, point.scaling)
        == ("webarena", backbone, method, metric, scaling)
        and point.source.startswith("Table")
    }


BACKBONES = (FLASH, "gemini-2.5-pro", "claude-3.7-sonnet")
METHODS = ("none", "synapse", "awm", "reasoningbank")


@pytest.mark.parametrize("backbone", BACKBONES)
@pytest.mark.parametrize("method", METHODS)
def test_point_16_solved_counts_give_the_printed_rates_and_the_pooled_overall(backbone, method):
    table = reported(backbone, method, "pass_at_1")
    pooled = []
    for part in PARTS:
        rate, size = table[part]
        solved = round(rate * size / 100)
        rows = [RolloutRow(f"{part}/{i}", success=i < solved) for i in range(size)]
        near = 0.5 if (backbone, method, part) in ODD else 0.05
        assert abs(100 * arm_metrics(rows).pass_at_1 - rate) <= near + 1e-9
        pooled += rows
    overall, tasks = table["overall"]
    assert len(pooled) == tasks == 684
    assert abs(100 * arm_metrics(pooled).pass_at_1 - overall) <= 0.15 + 1e-9


def test_point_16_the_overall_rate_pools_tasks_and_is_no_mean_of_the_parts():
    sizes = {"shopping": 187, "admin": 182, "gitlab": 180, "reddit": 106, "multi": 29}
    solved = dict(zip(PARTS, (73, 81, 61, 59, 3), strict=True))
    rows = [RolloutRow(f"{part}/{i}", success=i < solved[part]) for part in PARTS for i in range(sizes[part])]
    assert round(100 * arm_metrics(rows).pass_at_1, 1) == 40.5
    assert round(100 * sum(solved[part] / sizes[part] for part in PARTS) / 5, 1) == 36.7


@pytest.mark.parametrize(("part", "solved"), [("admin", 81), ("gitlab", 61), ("reddit", 59)])
def test_point_17_steps_of_solved_and_failed_tasks_give_the_printed_mean(part, solved):
    mean, size = reported(FLASH, "none", "steps")[part]
    won = reported(FLASH, "none", "steps_solved")[part][0]
    lost = reported(FLASH, "none", "steps_failed")[part][0]
    rows = [
        RolloutRow(f"{i}", success=i < solved, steps=round(10 * (won if i < solved else lost))) for i in range(size)
    ]
    metrics = arm_metrics(rows)
    assert (metrics.mean_steps_solved / 10, metrics.mean_steps_failed / 10) == pytest.approx((won, lost))
    assert metrics.mean_steps / 10 == pytest.approx(mean, abs=0.1)  # both parts are printed to a tenth


# Point 20


def test_point_20_noise_of_a_stored_run_hits_its_rate_and_without_it_labels_are_the_truth(workspace):
    def wrong(noise):
        asked = practice(memory="reasoningbank", limit=40, bank="empty", label="gt", label_noise=noise)
        rows = rollouts.rollout_rows(workspace.reader(), run=run_arm(workspace, asked, PRACTICE))
        assert len(rows) == 40
        return sum((row.label == Status.SUCCESS) is not row.truth for row in rows)

    assert wrong(0.0) == 0
    assert wrong(1.0) == 40
    flipped = wrong(0.3)
    chance = sum(comb(40, n) * 0.3**n * 0.7 ** (40 - n) for n in range(41) if abs(n - 12) >= abs(flipped - 12))
    assert chance > 0.001


def test_point_20_full_accuracy_is_the_ground_truth_arm_itself():
    exact, noisy = (RunRequest("practice", label="gt", label_noise=noise).arm() for noise in (0.0, 0.3))
    assert exact.hash == RunRequest("practice", label="gt").arm().hash != noisy.hash


# Point 21

numbers = st.one_of(st.none(), st.integers(0, 10**6))
entries = st.builds(Entry, st.integers(0, 99), numbers, st.one_of(st.none(), st.floats(0, 9)), st.floats(0, 9))


@given(st.lists(st.tuples(st.sampled_from(PHASES), entries)))
def test_point_21_the_phases_of_a_ledger_sum_to_its_total(spent):
    found = ledger(spent)
    assert [*found] == [*PHASES, TOTAL]
    for name in Entry.__slots__:
        parts = [getattr(found[phase], name) for phase in PHASES]
        given_parts = [getattr(entry, name) for _, entry in spent]
        for values in (parts, given_parts):
            total = None if None in values else sum(values)
            assert getattr(found[TOTAL], name) == (None if total is None else pytest.approx(total))


def test_point_21_what_is_no_phase_cannot_vanish_from_the_total():
    with pytest.raises(ValueError, match="no phase"):
        ledger([("daydream", Entry(1, 1, 1.0, 1.0))])


@pytest.mark.parametrize(
    "changes",
    [
        {"memory": "none"},
        {"memory": "awm"},
        {"memory": "reasoningbank", "scaling": "parallel", "k": 3},
        {"memory": "reasoningbank", "scaling": "vanilla", "k": 2, "consolidation": "llm-merge"},
        {"memory": "reasoningbank", "scaling": "sequential", "k": 2},
    ],
    ids=lambda changes: "-".join(map(str, changes.values())),
)
def test_point_21_the_ledger_of_a_stored_run_sums_to_what_the_run_reports(workspace, changes):
    conn = workspace.reader()
    run = run_arm(workspace, practice(**changes), PRACTICE)
    found, tokens = run_statistics(conn, run).ledger, run_result(conn, run).tokens
    assert found[TOTAL].tokens == sum(found[phase].tokens for phase in PHASES) == tokens["total"] > 0
    assert (found["consolidate"].calls > 0) is (changes.get("consolidation") == "llm-merge")
    assert {phase: found[phase].tokens for phase in (*PHASES, TOTAL)} == tokens
    assert (tokens["consolidate"] > 0) is (changes.get("consolidation") == "llm-merge")
    calls = conn.execute("SELECT count(*) FROM llm_call WHERE run = ?", (run,)).fetchone()[0]
    assert found[TOTAL].calls - found["embed"].calls == calls


# Point 23


def test_point_23_three_of_four_tasks_of_the_papers_web_suite_follow_a_sibling(webarena_file):
    content = load(webarena_file)
    paper = next(subset for subset in content.subsets if subset.name == "webarena/paper")
    tasks = [task for task in content.tasks if task.ordinal in set(paper.ordinals)]
    found, total = sibling_share(tasks)
    assert (total, round(100 * found / total, 1)) == (684, 77.0)
    ordered, held_out = split_by_template(tasks, "0.3")
    tested = [task for task in ordered if (task.template or task.key) in held_out]
    assert ordered[-len(tested) :] == tested
    assert not {task.template for task in tested} & {task.template for task in ordered[: -len(tested)]}


def test_point_23_every_stream_has_its_cumulative_success_siblings_and_audit_beside_it(shuffled):
    workspace, number = shuffled
    found = reported_of(workspace, number)
    data = found.to_json()
    assert len(data["streams"]) == len(sweep_results(workspace.reader(), number)) == 7
    for stream in found.streams:
        rows = rollouts.rollout_rows(workspace.reader(), run=stream.run)
        assert stream.cumulative == pytest.approx(list(cumulative_success([row.truth for row in rows])))
        templates = [row.template for row in rows]
        assert stream.siblings.with_earlier_sibling == len(templates) - len(set(templates)) > 0
        assert stream.siblings.tasks == 8
    assert [one["arm"] for one in data["audit"]] == ["reasoningbank parallel"]
    assert data["audit"][0]["same_task"] == 0
    assert data["audit"][0]["exposed"] == 40


def test_point_23_an_audit_tells_what_was_eligible_beside_what_was_served(workspace):
    run = run_arm(workspace, practice(memory="reasoningbank", limit=12, bank="empty"), PRACTICE)
    conn = workspace.reader()
    found = run_statistics(conn, run).audit
    learned = [task.experience_uid is not None for task in rollouts.task_rows(conn, run=run)]
    assert found.eligible == sum(sum(learned[:place]) for place in range(12))
    assert (found.same_task, found.with_own_eligible, found.exposed) == (0, 0, 12)
    rows = rollouts.rollout_rows(conn, run=run)
    later = [row.template in {one.template for one in rows[:place]} for place, row in enumerate(rows)]
    assert found.with_sibling_eligible == sum(later)


def test_point_23_a_second_pass_has_its_own_tasks_eligible_and_never_served(workspace):
    for bank in (None, "reasoningbank"):
        run = run_arm(workspace, practice(memory="reasoningbank", limit=6, bank=bank), PRACTICE)
    found = run_statistics(workspace.reader(), run).audit
    assert found.with_own_eligible > 0
    assert found.same_task == 0


def test_an_arm_that_leaves_templates_out_has_no_sibling_eligible(workspace):
    asked = practice(memory="reasoningbank", limit=20, bank="empty", exclude_template=True)
    found = run_statistics(workspace.reader(), run_arm(workspace, asked, PRACTICE)).audit
    assert (found.same_template, found.with_sibling_eligible, found.expected_siblings) == (0, 0, 0)


def test_an_injected_item_that_holds_the_answer_is_found(workspace):
    """Every task has the same answer, and the distiller writes it down."""
    content = sums.suite("136")
    tasks = tuple(replace(task, text=f"{task.text} Count {n}.") for n, task in enumerate(content.tasks))
    workspace.run(lambda db: suites.save_suite(db, replace(content, tasks=tasks)))

    def solve(request):
        if sums.role_of(request) == "distiller":
            return "# Memory Item 1\n## Title Sum\n## Description For sums.\n## Content The sum was 136."
        return "Thoughts: fine.\nStatus: success" if sums.role_of(request) == "judge" else "<answer>136</answer>"

    with FakeServer(lambda request: Answer(solve(request))) as server:
        profile = Profile("fake", server.url, "fake-model", timeout=5, retries=0)
        settings = Settings(profiles={"fake": profile}, profile="fake", embedder="hashing")
        run = run_arm(workspace, RunRequest("sums", limit=4), settings)
    found = run_statistics(workspace.reader(), run).audit
    assert (found.leaks, found.leak_known) == (3, 3)


# Point 25


def test_point_25_figures_have_seeds_and_intervals_and_few_tasks_are_warned_about(shuffled):
    workspace, number = shuffled
    found = reported_of(workspace, number)
    data = to_json(found.curves)
    assert "2 seeds (0 to 1)" in data["caption"]
    assert all(point["low"] <= point["value"] <= point["high"] for one in data["series"] for point in one["points"])
    assert any("only 8 tasks" in warning for warning in data["warnings"])
    assert data["comparisons"]
    assert all(one["few_tasks"] for one in data["comparisons"])
    text = describe(found.curves)
    assert FEW_NOTE in text
    assert text.index("tasks solved by") < text.index("paired difference")
    assert "29 tasks" in few_tasks_warning(29)
    assert few_tasks_warning(30) is None


def test_point_25_every_metric_is_compared_over_all_tasks_and_over_those_both_solved(shuffled):
    workspace, number = shuffled
    found = reported_of(workspace, number).curves.comparisons
    against = [one for one in found if one.kind == "memory"]
    both = [f"{name}{ending}" for name in ("steps", "tokens", "cost", "time") for ending in ("", "_both")]
    assert [one.metric for one in against] == ["pass_at_1", *both]
    counts = {one.metric: one.n for one in against}
    assert {counts[name] for name in ("pass_at_1", "steps", "tokens")} == {8}
    assert counts["steps_both"] == counts["tokens_both"] <= 8
    assert [one.metric for one in against if one.mcnemar is not None] == ["pass_at_1"]


def test_beside_a_curve_stands_what_selecting_loses_and_what_a_rollout_gains(workspace):
    asked = SweepRequest(practice(limit=8), ("none",), ("parallel",), (1, 3), (0, 1))
    number = run_sweep(workspace, asked, PRACTICE, workers=1).sweep
    found = reported_of(workspace, number)
    values = {(one.metric, point.k): point.value for one in found.curves.series for point in one.points
              if one.truth == "true"}  # fmt: skip
    first, last = found.of_k
    assert (first.k, first.selection_loss, first.gain) == (1, 0.0, None)
    assert last.selection_loss == pytest.approx(values["pass_at_k", 3] - values["best_of_k", 3])
    assert last.gain == pytest.approx((values["best_of_k", 3] - values["best_of_k", 1]) / 2)
    assert last.gain_low <= last.gain <= last.gain_high
    assert last.loss_low <= last.selection_loss <= last.loss_high
    assert first.all_of_k == pytest.approx(values["pass_at_1", 1])
    assert last.all_of_k <= values["pass_at_1", 3] <= values["pass_at_k", 3]
    assert last.rate_low < last.rate < last.rate_high


def test_where_tasks_get_different_k_all_right_is_not_told_of_those_with_most(workspace):
    asked = SweepRequest(practice(limit=6, allocation="first-success"), ("none",), ("parallel",), (3,), (0,))
    number = run_sweep(workspace, asked, PRACTICE, workers=1).sweep
    (one,) = reported_of(workspace, number).of_k
    assert (one.k, one.all_of_k) == (3, None)


def test_difficulty_counts_every_task_once_and_tells_what_can_carry_a_difference(shuffled):
    workspace, number = shuffled
    for one in reported_of(workspace, number).curves.difficulty:
        assert one.always + one.mixed + one.never + one.unknown == 8
        tried_once = one.arm.startswith("none")  # no order makes another arm of it
        assert one.informative == (None if tried_once else one.mixed / 8)


# Orders and repetitions


def test_orders_are_runs_of_one_arm_and_no_memory_is_done_once(shuffled):
    workspace, number = shuffled
    rows = runs.runs(workspace.reader(), sweep=number)
    assert [(row.arm.memory, row.arm.order) for row in rows[:6]] == [
        ("none", ORDERS[0]),
        *(("reasoningbank", order) for order in ORDERS),
    ]
    done = [[task.task_key for task in rollouts.task_rows(workspace.reader(), run=row.id)] for row in rows]
    assert {tuple(sorted(keys)) for keys in done} == {tuple(sorted(done[0]))}
    assert len({tuple(keys) for keys in done[1:6]}) == 5
    (gain,) = reported_of(workspace, number).positions
    assert (gain.arm, gain.base, gain.k, gain.orders, gain.enough) == (
        "reasoningbank parallel",
        "none parallel",
        1,
        5,
        True,
    )
    assert sum(part.n for part in gain.parts) == 40
    assert [gain.parts[0].first, gain.parts[-1].last] == [1, 8]


def test_the_first_position_gains_nothing_because_nothing_is_remembered_yet(shuffled):
    workspace, number = shuffled
    rows = runs.runs(workspace.reader(), sweep=number)
    alone = {row.task_key: row.truth for row in rollouts.rollout_rows(workspace.reader(), run=rows[0].id)}
    for row in rows[1:6]:
        first = rollouts.rollout_rows(workspace.reader(), run=row.id)[0]
        assert first.truth == alone[first.task_key]


def test_an_arm_repeated_with_another_seed_is_compared_with_itself_alone(shuffled):
    workspace, number = shuffled
    arms_of = sweep_results(workspace.reader(), number)
    assert [(arm.memory, arm.seed) for arm in arms_of][-1] == ("none", 1)
    assert [one["repeat_of"] for one in sweep_report(workspace.reader(), number).beside.values()] == [None] * 6 + [0]
    found = reported_of(workspace, number).curves
    repeated = [one for one in found.comparisons if "repeated" in one.a + one.b]
    assert {one.kind for one in repeated} == {"a/a"}
    assert {(one.a, one.b) for one in repeated} == {("none parallel · k=1", "none parallel repeated · k=1")}
    assert [one.n for one in repeated if one.metric == "pass_at_1"] == [8]
    most = next(max(abs(one.low), abs(one.high)) for one in found.comparisons if one.kind == "a/a" and not one.unit)
    assert f"up to {100 * most:.1f} points either way may be nothing but chance" in describe(found)


def test_a_sweep_without_orders_and_repetition_is_what_it_was():
    plain = SweepRequest(RunRequest("practice"))
    assert {"orders", "aa", "consolidations"}.isdisjoint(plain.to_json())
    assert "repeat_of" not in plain.base.to_json()
    cells, _ = replace(plain, aa=True, seeds=(3, 5)).cells()
    assert [(cell.memory, cell.seed, cell.repeat_of) for cell in cells[-2:]] == [("none", 6, 3), ("none", 7, 5)]
