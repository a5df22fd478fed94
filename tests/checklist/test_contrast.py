"""Contrast on stored rollouts, outside any run (checklist 8, 9, 13; D2, D4)."""

import re
from dataclasses import replace

import pytest

from rb_studio.jobs.learn_groups import COPY, LearnRequest
from rb_studio.jobs.learning import learn_from
from rb_studio.jobs.starts import second_pass
from rb_studio.method.prompts import PromptSet
from rb_studio.method.retrieve import retrieve
from rb_studio.models.hashing import HashingEmbedder
from rb_studio.models.profile import Profile
from rb_studio.models.settings import Settings
from rb_studio.records.arm import ArmConfig
from rb_studio.records.identity import uid
from rb_studio.records.judgement import Status, Truth, Verdict
from rb_studio.records.memory import Bank, ItemState
from rb_studio.records.outcome import TaskOutcome
from rb_studio.records.task import Suite, SuiteContent, Task
from rb_studio.records.trajectory import Action, ExitReason, Step, Trajectory
from rb_studio.store import banks, outcomes, runs, suites
from rb_studio.store.verdicts import add_verdicts
from rb_studio.store.workspace import Workspace
from tests.models.fake_server import Answer, FakeServer

WON, LOST, OPEN = Status.SUCCESS, Status.FAILURE, Status.UNKNOWN
TASKS = [Task(f"own/{n}", "own", n, f"What is {n} doubled?", template="doubling") for n in (1, 2, 3)]
ONE_ITEM = "# Memory Item 1\n## Title Look twice\n## Description Before acting\n## Content Read, then act.\n"
HEADING = re.compile(r"^## Attempt (\d+) - outcome: (\w+)$", re.MULTILINE)


def rollout(task, index, statement="I double it", **more):
    step = Step(1, f"{statement} in attempt {index} of {task.key}", (Action("<answer>2</answer>"),), "")
    made = uid("own arm", task.key, index)
    return Trajectory(made, task.key, index, 1, "", (step,), ExitReason.ANSWERED, answer="2", **more)


def verdict(trajectory, status):
    return Verdict(uid("verdict", trajectory.uid), trajectory.uid, status, f"it is a {status}")


@pytest.fixture
def stored(tmp_path):
    """Puts rollouts with these verdicts, by task, into a workspace."""
    opened = []

    def store(*by_task):
        workspace = Workspace.open(tmp_path / "mine.rbank", write=True, create=True)
        opened.append(workspace)
        workspace.run(lambda db: suites.save_suite(db, SuiteContent(Suite("own", "answer", "exact"), tuple(TASKS), ())))
        arm = ArmConfig("own", memory="none", scaling="parallel", k=9)
        run = workspace.run(lambda db: runs.create_run(db, arm, bank=None, start_state="empty", simulated=False))
        for task, statuses in zip(TASKS, by_task, strict=False):
            made = [rollout(task, index) for index in range(len(statuses))]
            outcome = TaskOutcome(
                arm_hash=arm.hash,
                task_key=task.key,
                k=len(made),
                rollouts=tuple(made),
                verdicts=tuple(verdict(one, status) for one, status in zip(made, statuses, strict=True)),
                truths={one.uid: (Truth(status is WON),) for one, status in zip(made, statuses, strict=True)},
            )
            workspace.run(lambda db, one=outcome: outcomes.commit_outcome(db, run, None, one))
        return workspace

    yield store
    for workspace in opened:
        workspace.close()


def learned(workspace, reply=ONE_ITEM, **request):
    """What came of it, the experiences, and the texts the distiller was sent, system and user."""
    with FakeServer(Answer(reply)) as server:
        settings = Settings(profiles={"fake": Profile("fake", server.url, "m", retries=0)}, profile="fake")
        done = learn_from(workspace, LearnRequest(**request), settings)
        sent = [tuple(message["content"] for message in body["messages"]) for body in server.bodies]
    conn = workspace.reader()
    bank = banks.find_bank(conn, "reasoningbank")
    return done, () if bank is None else banks.bank_value(conn, bank.id, embedder="").experiences, sent


@pytest.mark.parametrize(
    ("statuses", "kind", "words"),
    [
        ((WON, LOST, WON), "contrast", "some succeeded and some failed"),
        ((WON, WON), "common-pattern", "all of them succeeded"),
        ((LOST, LOST, LOST), "common-mistake", "all of them failed"),
    ],
)
def test_point_13_mixed_outcomes_contrast_and_alike_ones_look_for_what_they_share(stored, statuses, kind, words):
    done, [experience], [(system, _)] = learned(stored(statuses), contrast="task")
    assert experience.kind == kind
    assert words in system
    assert (done.experiences, len(experience.rollout_uids)) == (1, len(statuses))


@pytest.mark.parametrize("statuses", [(WON,), (OPEN, LOST), (WON, OPEN, OPEN)])
def test_fewer_than_two_known_attempts_go_the_way_of_a_single_one_and_it_is_said(stored, statuses):
    done, [experience], [(system, user)] = learned(stored(statuses), contrast="task")
    assert experience.kind == "single"
    assert "at most three memory items" in system
    assert "## Attempt" not in user
    assert done.notes == ("1 task with one known attempt: nothing to compare, so it was distilled by itself",)


def test_d4_unknown_attempts_are_in_no_contrast_and_alone_teach_nothing(stored):
    done, [experience], [(_, user)] = learned(stored((WON, OPEN, LOST), (OPEN, OPEN)), contrast="task")
    assert [outcome for _, outcome in HEADING.findall(user)] == ["success", "failure"]
    assert "attempt 1 of own/1" not in user
    assert done.reasons == {"without a known judge label": 3}
    assert len(experience.rollout_uids) == 2


def test_d2_every_attempt_stands_once_with_its_own_outcome_and_steps(stored):
    _, [experience], [(_, user)] = learned(stored((WON, LOST, LOST, WON)), contrast="task")
    assert HEADING.findall(user) == [("1", "success"), ("2", "failure"), ("3", "failure"), ("4", "success")]
    for index in range(4):
        assert user.count(f"in attempt {index} of own/1") == 1
    assert len(set(experience.rollout_uids)) == 4


def test_d2_a_template_contrast_tells_which_task_each_attempt_was_after(stored):
    done, [experience], [(_, user)] = learned(stored((WON, LOST), (LOST,), (WON,)), contrast="template")
    assert experience.template == "doubling"
    goals = re.findall(r"^## Attempt \d+ - outcome: \w+\nGoal of this attempt: (.+)$", user, re.MULTILINE)
    assert goals == [TASKS[0].text, TASKS[0].text, TASKS[1].text, TASKS[2].text]
    assert done.notes == ()


def test_point_2_a_template_contrast_is_kept_from_every_task_it_was_learned_at(stored):
    workspace = stored((WON, LOST), (LOST,), (OPEN,))
    _, [experience], _ = learned(workspace, contrast="template")
    assert (experience.task_key, experience.other_tasks) == ("own/1", ("own/2",))
    active = replace(experience, items=tuple(replace(one, state=ItemState.ACTIVE) for one in experience.items))
    embedder = HashingEmbedder()
    bank = Bank().folded(active, embedder.embed([active.task_text])[0])
    bank = replace(bank, embedder=embedder.identity)
    found = [retrieve(bank, task, embedder, PromptSet.with_overrides()) for task in TASKS]
    assert [[miss.reason for miss in one.near_misses] for one in found] == [["same task"], ["same task"], []]
    assert second_pass(bank, TASKS[1:2]) == 2
    assert second_pass(bank, TASKS[2:]) == 1


def test_a_contrast_of_one_task_is_of_no_other(stored):
    _, [experience], _ = learned(stored((WON, LOST)), contrast="task")
    assert experience.other_tasks == ()


def test_d2_a_rollout_that_another_arm_took_over_stands_in_a_contrast_once(stored):
    workspace = stored((WON, LOST))
    copies = [replace(rollout(TASKS[0], n), uid=f"copy {n}", same_as=rollout(TASKS[0], n).uid) for n in (0, 1)]
    arm = ArmConfig("own", memory="none", scaling="parallel", k=2)
    run = workspace.run(lambda db: runs.create_run(db, arm, start_state="empty", simulated=False))
    verdicts = tuple(verdict(one, status) for one, status in zip(copies, (WON, LOST), strict=True))
    outcome = TaskOutcome(arm.hash, "own/1", 2, tuple(copies), verdicts=verdicts)
    workspace.run(lambda db: outcomes.commit_outcome(db, run, None, outcome))
    done, [experience], [(_, user)] = learned(workspace, contrast="task")
    assert HEADING.findall(user) == [("1", "success"), ("2", "failure")]
    assert len(experience.rollout_uids) == 2
    assert done.reasons == {COPY: 2}


def test_attempts_of_one_task_are_shown_as_they_are_in_a_run(stored):
    _, _, [(_, user)] = learned(stored((WON, LOST)), contrast="task")
    assert user.startswith(f"Task: {TASKS[0].text}\n")
    assert "Goal of this attempt" not in user


def test_point_9_at_most_five_items_citing_winning_and_losing_steps(stored):
    cited = "## Evidence Attempt 1 step 1; Attempt 2 step 1\n"
    blocks = [ONE_ITEM.replace("Item 1", f"Item {n}").replace("twice", f"{n} times") + cited for n in range(1, 41)]
    done, [experience], _ = learned(stored((WON, LOST)), "\n".join(blocks), contrast="task")
    assert len(experience.items) == done.items == 5
    assert any(re.search(r"\b40\b", note) for note in done.notes)
    for item in experience.items:
        assert [(source.status, source.steps) for source in item.sources] == [("success", (1,)), ("failure", (1,))]


def test_no_item_is_no_experience_and_said(stored):
    done, found, _ = learned(stored((WON, LOST)), "I would rather not.", contrast="task")
    assert (done.experiences, found) == (0, ())
    assert done.reasons == {"the distiller gave no item": 2}
    assert done.notes == ("the distiller gave no readable item",)


def test_point_8_labels_of_a_contrast_come_from_the_source_asked_for(stored):
    workspace = stored((OPEN, OPEN))
    _, [experience], [(_, user)] = learned(workspace, contrast="task", label="gt")
    assert HEADING.findall(user) == [("1", "failure"), ("2", "failure")]
    assert {item.label_source for item in experience.items} == {"gt"}
    assert experience.kind == "common-mistake"


def test_permuted_labels_make_another_contrast(stored):
    """The outcome told with an attempt is the attempt's own, not its place."""
    workspace = stored((WON, LOST))
    _, _, [(_, judged)] = learned(workspace, contrast="task")
    turned = [replace(verdict(rollout(TASKS[0], n), status), uid=f"turned {n}", source="human")
              for n, status in enumerate((LOST, WON))]  # fmt: skip
    workspace.run(lambda db: add_verdicts(db, turned))
    _, _, [(_, human)] = learned(workspace, contrast="task", label="human")
    assert HEADING.findall(judged) == [("1", "success"), ("2", "failure")]
    assert HEADING.findall(human) == [("1", "failure"), ("2", "success")]
