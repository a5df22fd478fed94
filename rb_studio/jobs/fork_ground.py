"""What a fork is asked for, resolved against the workspace, and what it will take."""

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from rb_studio.environments.registry import domain_of, runnable
from rb_studio.jobs import estimates
from rb_studio.jobs.estimates import Estimate
from rb_studio.jobs.plan import make_setup
from rb_studio.jobs.request import RunRequest
from rb_studio.jobs.toolbox import CHAT_ROLES, Setup
from rb_studio.method.fork import Point
from rb_studio.method.prompts import PromptSet
from rb_studio.method.retrieve import memory_block
from rb_studio.models.settings import Settings
from rb_studio.records.arm import ArmConfig
from rb_studio.records.errors import UsageError
from rb_studio.records.identity import canonical_json, digest
from rb_studio.records.task import Grading, Suite, Task
from rb_studio.store import banks, forks, judgement_rows, prompts, rollouts, runs, suites
from rb_studio.store.runs import RunRow
from rb_studio.store.spending import rollout_calls

MOST_TIMES = 1_000


@dataclass(frozen=True, slots=True)
class Variant:
    """What is changed from the step on; None is as it was.

    `memory_block` is the text injected, empty for no memory. `prompt` is the text of the prompt to act by, with its
    slots.
    """

    name: str
    memory_block: str | None = None
    prompt: str | None = None


@dataclass(frozen=True, slots=True)
class ForkRequest:
    """Which rollout is played on from which step (the first one decided anew), how often in which variants.

    `profile` names another model to act, None for the rollout's own. No further continuation begins once `max_cost`
    US dollars are known to be spent.
    """

    run: int
    rollout_uid: str
    step: int
    times: int
    variants: tuple[Variant, ...]
    profile: str | None = None
    max_cost: float | None = None

    def to_json(self) -> dict[str, Any]:
        """Plain values, without the variants, each of which is stored with its own run."""
        values = asdict(self)
        del values["variants"]
        return values


@dataclass(frozen=True, slots=True)
class Ground:
    """A request resolved against the workspace. `texts` are the prompts the rollout was played by."""

    request: ForkRequest
    row: RunRow
    point: Point
    suite: Suite
    task: Task
    grading: Grading
    setup: Setup
    arm: ArmConfig
    texts: Mapping[str, str]

    @property
    def calls(self) -> int:
        """How many replies of the agent are to be expected, if continuations are as long as the rollout was."""
        left = len(self.point.trajectory.steps) - self.request.step + 1
        return left * self.request.times * len(self.request.variants)

    @property
    def prompt(self) -> str:
        """The text of the prompt the rollout was acted by, with its slots."""
        known = PromptSet.with_overrides(self.texts)
        return known.texts[known.name("act", domain_of(self.suite))]

    def prompts_of(self, variant: Variant) -> dict[str, str]:
        """The prompts a variant is played by, where they are not the shipped ones."""
        name = PromptSet.with_overrides(self.texts).name("act", domain_of(self.suite))
        return {**self.texts, **({} if variant.prompt is None else {name: variant.prompt})}

    def arm_of(self, variant: Variant) -> ArmConfig:
        """What a variant's continuations are played by."""
        hashes = PromptSet.with_overrides(self.prompts_of(variant)).hashes(domain_of(self.suite))
        return replace(self.arm, prompts={name: text for name, text in hashes.items() if name in self.arm.prompts})

    def block_of(self, variant: Variant) -> str:
        """What is injected in a variant."""
        return self.point.trajectory.memory_block if variant.memory_block is None else variant.memory_block

    def hash_of(self, variant: Variant) -> str:
        """Identity of a variant: from the same step under the same conditions the same."""
        changed = [self.block_of(variant), self.prompts_of(variant)]
        origin = [self.request.run, self.request.rollout_uid, self.request.step]
        return digest(canonical_json(["fork", self.arm_of(variant).hash, *origin, *changed]))


def estimate_fork(conn: sqlite3.Connection, request: ForkRequest, settings: Settings) -> Estimate:
    """What a fork will take, by what the rollout itself took from the step on. Raises `UsageError` as `fork`."""
    ground = resolved(conn, request, settings)
    actor, judge = (ground.setup.profiles[role] for role in ("actor", "judge"))
    times = request.times * len(request.variants)
    uid = ground.point.trajectory.uid
    own = rollout_calls(conn, runs.source_run(conn, request.run), uid, "actor", request.step)
    same = own.calls and estimates.identity(actor) == (ground.row.arm.models.get("actor") if ground.row.arm else None)
    basis = f"from the {own.calls} calls of this rollout from step {request.step} on"
    acting = (
        estimates.of_calls(own, actor, ground.calls, basis)
        if same
        else estimates.estimate(conn, "actor", actor, ground.calls)
    )
    return estimates.together([acting, estimates.estimate(conn, "judge", judge, times)])


def block_without(conn: sqlite3.Connection, run: int, rollout_uid: str, without: Sequence[str]) -> str:
    """The text a rollout was given, made again without some of its items; empty where none is left.

    Raises
    ------
    UsageError
        Nothing was injected, or the text was not made of the bank's items as the program makes it.
    """
    row, trajectory = runs.run(conn, run), rollouts.trajectory(conn, rollout_uid, run=run)
    source = runs.source_run(conn, run)
    retrieval = judgement_rows.read_retrieval(conn, source, trajectory.task_key)
    if not trajectory.memory_block or retrieval is None or row.bank is None:
        raise UsageError("nothing of a bank was injected into this rollout: write the text to inject instead")
    before = conn.execute(
        "SELECT operation - 1 FROM outcome WHERE run = ? AND task_key = ?", (source, trajectory.task_key)
    ).fetchone()
    value = banks.bank_value(conn, row.bank, at_operation=before[0] if before else None, embedder="")
    known = {item.uid: item for experience in value.experiences for item in experience.items}
    given = [uid for hit in retrieval.hits for uid in hit.item_uids]
    texts = PromptSet.with_overrides(_texts(conn, row.arm))
    whole = memory_block([known[uid] for uid in given if uid in known], texts)
    if whole != trajectory.memory_block:
        raise UsageError("what was injected is not just its items' texts any more: change the text by hand instead")
    left = [known[uid] for uid in given if uid not in set(without)]
    return memory_block(left, texts) if left else ""


def resolved(conn: sqlite3.Connection, request: ForkRequest, settings: Settings) -> Ground:
    """Everything a fork stands on. Raises `UsageError` for what is not there or cannot be continued."""
    _check(request)
    row = runs.run(conn, request.run)
    trajectory = rollouts.trajectory(conn, request.rollout_uid, run=request.run)
    task = suites.task(conn, trajectory.task_key)
    if row.arm is None or task is None:
        raise UsageError("an imported rollout cannot be continued: there is no environment to play it on in")
    suite = suites.suite(conn, task.suite).suite
    ready, reason = runnable(suite)
    if not ready:
        raise UsageError(reason or f"the suite {suite.name} cannot run")
    calls = forks.agent_calls(conn, request.run, request.rollout_uid, request.step)
    point = Point(trajectory, request.step, tuple(calls))
    point.check()
    texts = _texts(conn, row.arm)
    setup = _setup(row, request, settings, texts)
    identities = {role: estimates.identity(profile) for role, profile in setup.profiles.items()}
    _refuse_other_model(row.arm, request, identities["actor"])
    models = {**row.arm.models, **{role: name for role, name in identities.items() if role in row.arm.models}}
    return Ground(
        request=request,
        row=row,
        point=point,
        suite=suite,
        task=task,
        grading=suites.gradings(conn, [task.key]).get(task.key) or Grading(task.key, "none"),
        setup=setup,
        arm=replace(row.arm, models=models, label="judge", label_noise=0.0),
        texts=texts,
    )


def _check(request: ForkRequest) -> None:
    if not 1 <= request.times <= MOST_TIMES:
        raise UsageError(f"a rollout cannot be continued {request.times} times: give a number from 1 to {MOST_TIMES}")
    names = [variant.name for variant in request.variants]
    if not names or len(set(names)) < len(names):
        raise UsageError("a fork needs at least one variant, and each a name of its own")
    for variant in request.variants:
        if variant.prompt is not None and not variant.prompt.strip():
            raise UsageError(f"the prompt of {variant.name} would be empty: write its text, or leave it as it was")


def _texts(conn: sqlite3.Connection, arm: ArmConfig | None) -> dict[str, str]:
    """The prompts a run was played by, as far as the workspace has kept them."""
    found = {name: prompts.prompt_by_hash(conn, text) for name, text in (arm.prompts if arm else {}).items()}
    return prompts.prompt_texts(conn) | {name: one.text for name, one in found.items() if one is not None}


def _setup(row: RunRow, request: ForkRequest, settings: Settings, texts: Mapping[str, str]) -> Setup:
    """The profiles of the run; another one to act leaves those who judge as they were."""
    stored = row.config.get("request")
    asked = RunRequest.from_json(stored) if stored else RunRequest(row.arm.suite if row.arm else "")
    if request.profile is not None:
        actor = asked.profiles.get("actor", settings.profile)
        others = {role: asked.profiles.get(role, actor) for role in CHAT_ROLES}
        asked = replace(asked, profiles={**others, "actor": request.profile})
    return make_setup(asked, settings, texts)


def _refuse_other_model(arm: ArmConfig, request: ForkRequest, actor: str) -> None:
    known = arm.models.get("actor")
    if request.profile is None and known is not None and known != actor:
        raise UsageError(
            f"the rollout was played by {known}, and its profile now names {actor}: choose the profile to continue with"
        )
