"""The table of the method, and that nothing behind it is rigged (method.md, "The table" and "Against rigging")."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from rb_studio.analysis.arm_metrics import TaskFigures
from rb_studio.jobs.request import RunRequest, SweepRequest
from rb_studio.jobs.run_tasks import Attempt, RunTasks
from rb_studio.jobs.sweep import run_sweep
from rb_studio.models.practice import PracticeModel
from rb_studio.models.practice_constants import DEFAULT
from rb_studio.models.practice_habits import Habit
from rb_studio.models.settings import Settings
from rb_studio.records.arm import MEMORY_MODES, SCALINGS
from rb_studio.records.identity import digest
from rb_studio.store import rollouts, runs
from rb_studio.store.workspace import Workspace
from tests.benchmarks import method_arms, method_table, method_text
from tests.benchmarks.method_arms import BY_HAND, DECISIVE, Arm, decided_tasks, parts, tasks_of, variants
from tests.benchmarks.method_text import CLAIMS, CONTROLS, DECIDED, ONE_ROLLOUT, SEVERAL, Terms

ROOT = Path(__file__).resolve().parents[2]
SEEDS = tuple(range(2))
TERMS = Terms(SEEDS, 120, SEEDS, 120)


def cells():
    """(part, memory, scaling, k) of every arm of the first table."""
    return {(part.number, c.memory, c.scaling, c.k) for part in parts(SEEDS, 120) for c in part.request.cells()[0]}


def test_every_row_every_claim_and_every_control_has_an_arm_that_is_run():
    rows = {key for row in (*ONE_ROLLOUT, *SEVERAL, *DECIDED) for key in (row.arm, row.base)} - {method_text.NO_BASE}
    claimed = {key for claim in (*CLAIMS, *CONTROLS) for key in (claim.first, claim.second)}
    assert rows | claimed <= cells()


def test_all_modes_all_scalings_and_all_ablations_are_in_the_table():
    assert {memory for _, memory, _, _ in cells()} == set(MEMORY_MODES)
    assert {scaling for number, _, scaling, _ in cells() if number == 1} == set(SCALINGS) - {"none"}
    assert {k for _, _, _, k in cells()} == {1, 3, 5}
    by_number = {part.number: part.request.base for part in parts(SEEDS, 120)}
    assert by_number[3].most_items == 5
    assert by_number[4].exclude_template
    assert by_number[5].retrieve_n == 0
    assert not any(by_number[number].learn for number in (6, 7, 8, 9))


def test_no_cell_is_asked_for_twice():
    asked = [cell.to_json() for part in parts(SEEDS, 120) for cell in part.request.cells()[0]]
    starts = [part.request.start for part in parts(SEEDS, 120) for _ in part.request.cells()[0]]
    keys = [str((start, cell)) for start, cell in zip(starts, asked, strict=True)]
    assert len(set(keys)) == len(keys)


def test_at_least_120_tasks_and_30_that_one_habit_decides():
    assert len(tasks_of(method_table.TASKS)) >= 120
    assert len(decided_tasks(method_table.TASKS)) >= 30
    assert len(BY_HAND) == len(DECISIVE)


def test_each_constant_is_halved_and_doubled():
    assert variants() == [(name, factor) for name in DEFAULT.names() for factor in (0.5, 2.0)]
    for name, factor in variants():
        [actor] = {cell.profiles["actor"] for cell in method_arms.variant_request(name, factor, SEEDS, 9).cells()[0]}
        assert actor == f"practice:{name}*{factor:g}"


def test_the_published_seeds_are_used_nowhere_else():
    assert tuple(range(1000, 1010)) == method_table.SEEDS
    named = re.compile(r"(?i)\bseeds?\b.{0,20}\b100\d\b(?![_,]\d)|range\(\s*100\d\b|\b100\d:10")
    found = {
        path.name
        for folder in ("rb_studio", "tests", "packaging", "resources")
        for path in (ROOT / folder).rglob("*")
        if path.suffix in (".py", ".md", ".toml", ".json") and named.search(path.read_text(encoding="utf-8"))
    }
    assert found == {"method_table.py", "practice_constants.py", "test_table.py"}


def test_a_published_table_is_of_the_constants_there_are():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    table = readme.partition("<!-- table: begin -->")[2].partition("<!-- table: end -->")[0]
    assert "<!-- table: end -->" in readme
    assert not table.strip() or f"constants {method_text.constants()}" in table


def test_hand_written_items_are_no_lessons_of_the_model():
    lessons = {method_arms.lesson(habit, number).content for habit in Habit for number in range(3)}
    assert not lessons & {item.content for item in BY_HAND.values()}


def arm(values, steps, k=1):
    """An arm from truth by seed and task, all attempts of as many steps."""
    made = [
        RunTasks(
            run=seed,
            k=k,
            seed=seed,
            simulated=True,
            figures={f"t{n}": TaskFigures(won, won, won, None) for n, won in enumerate(row)},
            attempts={f"t{n}": (Attempt("u", won == 1, steps + n, True),) for n, won in enumerate(row)},
            costs={f"t{n}": {"tokens": 100.0} for n in range(len(row))},
        )
        for seed, row in enumerate(values)
    ]
    return Arm(k, tuple(made))


def test_differences_are_paired_by_task_and_seed():
    a, b = arm([[1, 1, 0], [1, 0, 0]], 5), arm([[0, 1, 0], [0, 0, None]], 8)
    success = method_text.paired(a, b, method_text.PASS)
    assert (success.n, success.difference) == (3, pytest.approx(1 / 3))
    assert method_text.paired(a, b, method_text.STEPS).difference == -3
    both = method_text.paired(a, b, method_text.BOTH)
    assert (both.n, both.difference) == (1, -3)


def text_with(memory, without):
    """The whole text where ReasoningBank at k = 1 and no memory come out like this, all else like no memory."""
    arms = dict.fromkeys(cells(), arm([without, without], 5))
    arms |= {key: replace(arms[key], k=key[3]) for key in arms} | {method_text.OWN1: arm([memory, memory], 5)}
    return method_text.whole_text(TERMS, arms, [], (3, 40))


def test_a_claim_holds_only_where_its_whole_interval_does():
    better, same, worse = (text_with(values, [0] * 20 + [1] * 20) for values in ([1] * 40, [0, 1] * 20, [0] * 40))
    claim = "memory helps: ReasoningBank minus no memory: pass@1"

    def section(text):
        return "not" if text.index(claim) > text.index("Not in the order the paper reports") else "as"

    assert (section(better), section(same), section(worse)) == ("as", "not", "not")
    assert f"{claim} +50.0 [+35.0, +65.0] over 40 tasks" in better
    assert "the interval holds zero" in same[same.index(claim) :].partition("\n")[0]
    assert "the interval lies on the other side" in worse[worse.index(claim) :].partition("\n")[0]


def test_the_text_says_that_it_is_simulated_with_seeds_tasks_and_constants():
    text = text_with([1] * 40, [0] * 40)
    assert text.startswith("Simulated: ")
    assert "seeds 0 to 1, 120 tasks" in text
    assert f"constants {digest(repr(DEFAULT))[:8]}" in text


@pytest.fixture(scope="module")
def played(tmp_path_factory):
    """Every mode and every scaling on a few tasks, and every call they made: (arm's memory, scaling, k), call."""
    path = tmp_path_factory.mktemp("played") / "played.rbank"
    base = RunRequest("practice", limit=4)
    request = SweepRequest(base, MEMORY_MODES, ("parallel", "sequential", "vanilla"), (1, 2), (7,))
    with Workspace.open(path, write=True, create=True) as workspace:
        run_sweep(workspace, request, Settings(), workers=2)
        conn = workspace.reader()
        own = [row for row in runs.runs(conn) if row.shared_with is None]
        return [(row.arm, call) for row in own for call in rollouts.calls(conn, run=row.id)]


def test_equal_bytes_and_seed_give_an_equal_reply_in_every_mode(played):
    replies, senders = {}, {}
    for arm_, call in played:
        asked = (call.messages, call.settings, call.seed)
        replies.setdefault(asked, set()).add(call.reply.text)
        senders.setdefault(asked, set()).add((call.role, arm_.memory))
    assert {len(texts) for texts in replies.values()} == {1}
    shared = [arms for arms in senders.values() if len({memory for _, memory in arms}) > 1]
    assert {role for arms in shared for role, _ in arms} >= {"actor", "judge", "selector"}
    modes = {(arm.memory, arm.scaling) for arm, _ in played}
    assert {memory for memory, _ in modes} == set(MEMORY_MODES)
    assert {scaling for _, scaling in modes} == set(SCALINGS) - {"none"}  # k = 1 of each is the plain loop


def test_the_messages_alone_decide_a_reply_whichever_arm_sent_them(played):
    """A model that never saw an arm, a task or an earlier call answers each recorded request in the same words."""
    fresh = PracticeModel()
    by_role = {}
    for _, call in played[::7]:
        by_role[call.role] = by_role.get(call.role, 0) + 1
        assert fresh.reply(call.messages, call.settings, call.seed).text == call.reply.text
    assert {"actor", "judge", "distiller"} <= by_role.keys()


def test_no_request_names_its_arm_its_task_or_its_template(played):
    templates = {task.template for task in tasks_of(180) if "-" in task.template}
    for arm_, call in played:
        sent = "\n".join(message.content for message in call.messages)
        assert arm_.hash not in sent
        assert "practice/" not in sent
        assert not [name for name in templates if name in sent]
        assert not re.search(r"(?i)\bsynapse\b|reasoningbank|\bvanilla\b|\bk ?= ?\d", sent)


@pytest.mark.long
@pytest.mark.timeout(900)
def test_long_with_every_label_turned_the_whole_loop_gains_nothing(tmp_path):
    """Memory is worth what the labels say: with each known one flipped, what is distilled helps nobody."""
    base = RunRequest("practice", limit=120)
    with Workspace.open(tmp_path / "turned.rbank", write=True, create=True) as workspace:
        whole = SweepRequest(base, ("none", "reasoningbank"), ("parallel",), (3,), (0, 1, 2))
        run_sweep(workspace, whole, Settings(), resume=1)
        turned = replace(whole, base=replace(base, label_noise=1.0), memories=("reasoningbank",))
        run_sweep(workspace, turned, Settings(), resume=2)
        right, wrong = (method_arms.read_arms(workspace, number) for number in (1, 2))
    none = right[("none", "parallel", 3)]
    gain, lost = (
        method_text.paired(arms[("reasoningbank", "parallel", 3)], none, method_text.PASS) for arms in (right, wrong)
    )
    assert gain.low > 0.05
    assert lost.high < 0.02


@pytest.mark.long
@pytest.mark.timeout(900)
def test_long_the_table_is_written_between_its_marks_and_a_second_time_runs_nothing(tmp_path, capsys):
    readme = tmp_path / "R.md"
    readme.write_text("before\n<!-- table: begin -->\nold\n<!-- table: end -->\nafter\n")
    short = ["--seeds", "0:1", "--tasks", "18", "--constants", "gain", "--variant-seeds", "1"]
    command = [*short, "--keep", str(tmp_path / "kept"), "--readme", str(readme)]
    assert method_table.main(command) == 0
    text = readme.read_text()
    assert text.startswith("before\n<!-- table: begin -->\nSimulated")
    assert text.endswith("<!-- table: end -->\nafter\n")
    assert "old" not in text.split("Simulated")[0]
    assert "equal those without memory in 18 of 18 results" in text
    assert "| gain | 3.5 | 0.5 |" in text
    capsys.readouterr()
    assert method_table.main(command) == 0
    assert readme.read_text() == text
