"""Prompts by domain, and no result of one wording ever under another's name (checklist 8, 12; D11)."""

from dataclasses import replace

import pytest

from rb_studio.environments.answer import AnswerOnly
from rb_studio.environments.graders import grader
from rb_studio.environments.registry import domain_of, open_environment, runnable
from rb_studio.jobs.pools import read_pools
from rb_studio.jobs.run import run_arm
from rb_studio.jobs.sweep import run_sweep
from rb_studio.method.prompts import PromptSet, shipped, slots
from rb_studio.method.replies import parse_act
from rb_studio.method.stream import run_task
from rb_studio.records.arm import MEMORY_MODES, ArmConfig
from rb_studio.records.errors import Cancelled, UsageError
from rb_studio.records.memory import Bank
from rb_studio.records.task import Grading, Suite
from rb_studio.records.trajectory import Observation
from rb_studio.store import outcomes, prompts, rollouts, runs
from tests.jobs.conftest import PRACTICE, StopAfter, open_new, own_settings, practice, practice_sweep, workspace
from tests.method.scripted import answer_tools, arm, cast, items_text, question

__all__ = ["open_new", "own_settings", "workspace"]

PROMPTS = PromptSet.with_overrides()
DOMAINS = ("web", "answer", "swe")
ALIKE = {"act", "judge", "distill-success", "distill-failure", "workflow"}


def change(workspace, name="act.web", more="\nBe brief."):
    workspace.run(lambda db: prompts.set_prompt(db, name, shipped()[name] + more))


def test_every_domain_has_every_prompt_of_the_loop_with_the_slots_of_the_others():
    for base in sorted({name.partition(".")[0] for name in shipped()}):
        found = {domain: shipped()[PROMPTS.name(base, domain)] for domain in DOMAINS}
        assert len({frozenset(slots(text)) for text in found.values()}) == 1, base
    assert all(f"{base}.swe" in shipped() for base in ALIKE)


def test_point_8_software_tasks_have_their_own_words_for_success_failure_and_contrast():
    for base in ("distill-success", "distill-failure", "contrast"):
        name = PROMPTS.name(base, "swe")
        assert name == f"{base}.swe"
        assert "repositories" in shipped()[name]
        assert "website" not in shipped()[name]
    assert shipped()["distill-success.swe"] != shipped()["distill-failure.swe"]


@pytest.mark.parametrize(
    ("suite", "domain"),
    [
        (Suite("practice", "practice", "practice"), "web"),
        (Suite("webarena", "browser", "webarena"), "web"),
        (Suite("webarena", "imported", "none"), "web"),
        (Suite("swe", "shell", "swebench"), "swe"),
        (Suite("swe-bench", "imported", "none"), "swe"),
        (Suite("mine", "answer", "exact"), "answer"),
        (Suite("mine", "imported", "none"), "answer"),
    ],
)
def test_the_suites_environment_picks_the_domain(suite, domain):
    assert domain_of(suite) == domain
    if runnable(suite)[0]:
        environment = open_environment(suite, Grading("t/1", ""))
        assert environment.domain == domain
        environment.close()


def test_a_software_agent_replies_with_an_action():
    reply = parse_act("<think>look</think>\n<action>grep -rn 'def parse' src\nls</action>", "swe")
    assert (reply.thought, reply.action) == ("look", "grep -rn 'def parse' src\nls")


def test_prompts_of_a_new_domain_change_no_arm_of_another():
    without = {name: text for name, text in shipped().items() if not name.endswith(".swe")}
    for domain in ("web", "answer"):
        known = ArmConfig("s", prompts=PromptSet(without).hashes())
        assert ArmConfig("s", prompts=PROMPTS.hashes(domain)).hash == known.hash
    assert {name.partition(".")[2] for name in PROMPTS.hashes("swe")} == {"", "swe"}
    changed = PromptSet.with_overrides({"act.web": "[user]\nother {{task}}{{memory}}"})
    assert changed.hashes("swe") == PROMPTS.hashes("swe")
    assert changed.hashes("web") != PROMPTS.hashes("web")


def test_a_run_with_another_wording_is_another_arm_with_results_of_its_own(workspace):
    first = run_arm(workspace, practice(limit=2), PRACTICE)
    change(workspace)
    second = run_arm(workspace, practice(limit=2), PRACTICE)
    workspace.run(lambda db: prompts.reset_prompt(db, "act.web"))
    third = run_arm(workspace, practice(limit=2), PRACTICE)
    arms = [runs.run(workspace.reader(), run).arm for run in (first, second, third)]
    assert arms[0].prompts["act.web"] != arms[1].prompts["act.web"]
    assert arms[0].prompts == arms[2].prompts
    assert len({replace(one, repeat=0).hash for one in arms}) == 2
    for one in arms[:2]:
        stored = prompts.prompt_by_hash(workspace.reader(), one.prompts["act.web"])
        assert (stored.name, "Be brief." in stored.text) == ("act.web", one is arms[1])


def test_a_run_is_not_continued_under_another_wording_and_is_under_its_own(workspace):
    with pytest.raises(Cancelled):
        run_arm(workspace, practice(limit=4), PRACTICE, cancel=StopAfter(workspace, 2))
    change(workspace)
    assert run_arm(workspace, practice(limit=4), PRACTICE) == 2
    assert (
        len(outcomes.finished_tasks(workspace.reader(), 1)) < len(outcomes.finished_tasks(workspace.reader(), 2)) == 4
    )
    workspace.run(lambda db: prompts.reset_prompt(db, "act.web"))
    assert run_arm(workspace, practice(limit=4), PRACTICE) == 1
    assert len(outcomes.finished_tasks(workspace.reader(), 1)) == 4
    assert run_arm(workspace, practice(limit=4), PRACTICE) == 3


def test_a_prompt_the_arm_never_sends_does_not_keep_a_run_from_going_on(workspace):
    with pytest.raises(Cancelled):
        run_arm(workspace, practice(limit=4), PRACTICE, cancel=StopAfter(workspace, 2))
    change(workspace, "distill-success.swe")
    change(workspace, "merge")
    assert run_arm(workspace, practice(limit=4), PRACTICE) == 1


def test_a_sweep_is_not_resumed_under_another_wording(workspace, monkeypatch):
    monkeypatch.setattr("rb_studio.jobs.sweep.COMMIT_SECONDS", 0.0)
    request = practice_sweep()
    with pytest.raises(Cancelled):
        run_sweep(workspace, request, PRACTICE, resume=1, cancel=StopAfter(workspace, 3))
    change(workspace, "judge.web")
    with pytest.raises(UsageError, match="other tasks, prompts or models"):
        run_sweep(workspace, request, PRACTICE, resume=1)
    workspace.run(lambda db: prompts.reset_prompt(db, "judge.web"))
    assert run_sweep(workspace, request, PRACTICE, resume=1).resumed


def test_two_sweeps_of_two_wordings_share_no_rollout(workspace):
    request = practice_sweep(memories=("none",))
    run_sweep(workspace, request, PRACTICE)
    change(workspace)
    run_sweep(workspace, request, PRACTICE)
    rows = runs.runs(workspace.reader())
    by_sweep = {sweep: {row.id for row in rows if row.sweep == sweep} for sweep in (1, 2)}
    assert len(by_sweep[1]) == len(by_sweep[2]) > 0
    assert not {row.arm.hash for row in rows if row.sweep == 1} & {row.arm.hash for row in rows if row.sweep == 2}
    assert all(row.shared_with is None or row.shared_with in by_sweep[row.sweep] for row in rows)
    played = {sweep: {row.uid for row in rollouts.rollout_rows(workspace.reader(), sweep=sweep)} for sweep in (1, 2)}
    query = "SELECT run.sweep, r.same_as FROM rollout r JOIN run ON run.id = r.run WHERE r.same_as IS NOT NULL"
    copied = list(workspace.reader().execute(query))
    assert copied
    assert all(uid in played[sweep] for sweep, uid in copied)
    assert not played[1] & played[2]


def test_curves_keep_wordings_apart_and_name_them(workspace):
    for seed in (0, 1):
        run_arm(workspace, practice(limit=2, seed=seed), PRACTICE)
    change(workspace)
    run_arm(workspace, practice(limit=2), PRACTICE)
    change(workspace, more="\nBe thorough.")
    run_arm(workspace, practice(limit=2), PRACTICE)
    pools = read_pools(workspace.reader())
    assert [(pool.name, [run.run for run in pool.runs]) for pool in pools] == [
        ("none", [1, 2]),
        ("none with another act.web", [3]),
        ("none with another act.web (2)", [4]),
    ]


class Repository(AnswerOnly):
    """A world of software tasks in which every command prints the same and `submit` hands in."""

    domain = "swe"

    def reset(self, task, seed):
        return replace(super().reset(task, seed), text="README.md  src")

    def step(self, action):
        if action == "submit":
            return super().step("42")
        return Observation(f"ran {action}")


def software_tools(models):
    tools = answer_tools(models)

    def opened(task, ask):
        return Repository(Grading(task.key, "exact", "42"), grader("exact"))

    return replace(tools, open_environment=opened)


WORKS = "<think>look</think>\n<action>cat src/a.py</action>"
SUBMITS = "<think>done</think>\n<action>submit</action>"
FLOW = "# Workflow\n## Title Mend\n## Description For faults.\n## Content\n1. Find {fault}.\n2. Mend it."


@pytest.mark.parametrize("memory", [mode for mode in MEMORY_MODES if mode != "none"])
@pytest.mark.parametrize(("scaling", "k"), [("none", 1), ("parallel", 2), ("sequential", 2), ("vanilla", 2)])
def test_software_tasks_go_through_the_whole_loop_with_their_own_words(memory, scaling, k):
    def act(messages, seed):
        return WORKS if "README.md" in messages[-1].content else SUBMITS

    models = cast(actor=act, distiller=FLOW if memory == "awm" else items_text())
    outcome = run_task(arm(memory, k=k, scaling=scaling), question(), Bank(mode=memory), software_tools(models))
    assert [one.answer for one in outcome.rollouts] == ["42"] * len(outcome.rollouts)
    assert outcome.experience is not None
    first, second = models.actor.sent[:2]
    assert first.messages[-1].content == "Output of your last command:\nREADME.md  src"
    assert "ran cat src/a.py" in second.messages[-1].content
    assert not any("website" in sent.text or "Current page" in sent.text for sent in models.sent)
    for model, said in ((models.actor, "code repository"), (models.judge, "code repository")):
        assert all(said in sent.messages[0].content for sent in model.sent)
    if scaling == "sequential":
        assert any("The repository stands as you left it" in sent.text for sent in models.actor.sent)
