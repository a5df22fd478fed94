"""One task of one arm, from retrieval to the experience: pure, picklable in and out."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from rb_studio.environments.errors import EnvironmentFailure
from rb_studio.environments.protocol import Environment
from rb_studio.method import allocate, modes, refine
from rb_studio.method.agent import Agent
from rb_studio.method.calls import Caller
from rb_studio.method.distill import Distilled, Labelled
from rb_studio.method.label import label
from rb_studio.method.matts import known
from rb_studio.method.own import MethodFault
from rb_studio.method.prefix import take_over
from rb_studio.method.protocol import MemoryMethod, method_of
from rb_studio.method.retrieve import asked, left_out
from rb_studio.method.review import reviewed
from rb_studio.method.select import select
from rb_studio.method.tools import Tools
from rb_studio.records.arm import ArmConfig
from rb_studio.records.calls import Reply
from rb_studio.records.errors import UsageError
from rb_studio.records.identity import uid
from rb_studio.records.judgement import Status, Truth, Verdict
from rb_studio.records.memory import Bank, Consolidation, Experience, Retrieval
from rb_studio.records.outcome import EmbeddingUse, LiveEvent, TaskOutcome
from rb_studio.records.review import Doubt
from rb_studio.records.task import Task
from rb_studio.records.trajectory import Trajectory


@dataclass(frozen=True, slots=True)
class Played:
    """A rollout with its truths, its label and the domain of its environment."""

    trajectory: Trajectory
    truths: tuple[Truth, ...]
    verdict: Verdict
    domain: str


@dataclass(frozen=True, slots=True)
class Learned:
    """What a task leaves in the bank, with the texts embedded for it; `fault` where a method of one's own failed."""

    experience: Experience | None = None
    change: Consolidation | None = None
    vectors: Mapping[str, NDArray[np.float32]] = field(default_factory=dict)
    texts: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    fault: MethodFault | None = None
    doubts: Mapping[str, tuple[Doubt, ...]] = field(default_factory=dict)


def run_task(arm: ArmConfig, task: Task, bank: Bank, tools: Tools) -> TaskOutcome:
    """Retrieve, roll out as often as the allocation says, label, select, distil.

    Parameters
    ----------
    arm, task, bank
        The configuration, the task, and the bank value as it stands before this task.
    tools
        Models, environment, prompts, events and cancel.

    Raises
    ------
    Cancelled
        When stop was asked for; nothing of the task is kept then.
    UsageError
        When the arm needs an embedder and the tools have none, or the bank's vectors come from another one.
    """
    caller = Caller(arm, arm.hash, task, tools)
    tools.check_cancelled()
    bank = left_out(bank, arm.without)
    key = _key(arm, task, tools)
    query, embedded = _query(arm, task, tools, key)
    method = method_of(caller)
    try:
        retrieval = _retrieve(caller, method, bank, query)
    except MethodFault as fault:
        return _lost(caller, method, embedded, fault)
    share = allocate.share(arm, task, bank, key)
    played = _play_all(caller, retrieval.block if retrieval else "", share)
    k = len(played) if share.stops else share.limit
    domain = played[0].domain
    rollouts = tuple(one.trajectory for one in played)
    verdicts = tuple(one.verdict for one in played)
    selection = select(caller, rollouts, verdicts, domain)
    tools.on_event(LiveEvent("selected", task.key, selection.rollout_uid if selection else None, payload=selection))
    usable = modes.usable(arm, known(rollouts, verdicts), selection)
    learned = _learned(caller, method, bank, retrieval, played, usable) if modes.learns(arm, task) else Learned()
    return TaskOutcome(
        arm_hash=caller.arm_hash,
        task_key=task.key,
        k=k,
        rollouts=rollouts,
        retrieval=retrieval,
        verdicts=verdicts,
        selection=selection,
        experience=learned.experience,
        experience_vector=key if learned.experience else None,
        truths={one.trajectory.uid: one.truths for one in played},
        calls=caller.calls(),
        embedding=_embedding_use(tools, (*embedded, *method.embedded, *learned.texts)),
        notes=(*method.notes, *learned.notes),
        consolidation=learned.change,
        item_vectors=learned.vectors,
        allocation=allocate.record(arm, task, share, k, rollouts, verdicts, key),
        doubts=learned.doubts,
        fault=str(learned.fault or ""),
        fault_lasts=learned.fault is None or learned.fault.lasting,
    )


def _learned(
    caller: Caller,
    method: MemoryMethod,
    bank: Bank,
    retrieval: Retrieval | None,
    played: Sequence[Played],
    usable: Sequence[Labelled],
) -> Learned:
    """What the method makes of labelled rollouts; without any known label, nothing."""
    try:
        distilled = method.distil(caller, bank, retrieval, usable, played[0].domain)
        if distilled is None or not (distilled.items or method.always_consolidates):
            return Learned(notes=distilled.notes if distilled else ())
        verdicts = tuple(one.verdict for one in played)
        settled = method.consolidate(caller, bank, _experience(caller, played, distilled), retrieval, verdicts)
    except MethodFault as fault:
        return Learned(notes=(str(fault),), fault=fault)
    found = reviewed(caller.arm, bank, distilled, settled, verdicts)
    experience = found.experience if found.experience.items else None
    if experience is not None:
        caller.tools.on_event(LiveEvent("distilled", caller.task.key, payload=experience))
    notes = (*distilled.notes, *settled.notes)
    return Learned(experience, settled.change, settled.vectors, settled.texts, notes, doubts=found.doubts)


def _lost(caller: Caller, method: MemoryMethod, embedded: Sequence[str], fault: MethodFault) -> TaskOutcome:
    """A task that a method of one's own failed before any rollout: no data."""
    return TaskOutcome(
        arm_hash=caller.arm_hash,
        task_key=caller.task.key,
        k=0,
        rollouts=(),
        calls=caller.calls(),
        embedding=_embedding_use(caller.tools, (*embedded, *method.embedded)),
        notes=(*method.notes, str(fault)),
        fault=str(fault),
        fault_lasts=fault.lasting,
    )


def _key(arm: ArmConfig, task: Task, tools: Tools) -> NDArray[np.float32] | None:
    """The task text's vector: the key of the experience, and what neighbours are found by.

    None where nothing of that is needed.

    It is made once and first, so that a broken embedder stops the task before anything is spent on it.
    """
    if not allocate.needs_vector(arm):
        return None
    if tools.embedder is None:
        what = f"memory mode {arm.memory!r}" if arm.memory != "none" else f"allocation {arm.allocation!r}"
        raise UsageError(f"{what} needs an embedder: name one with --embedder")
    key: NDArray[np.float32] = tools.embedder.embed([task.text])[0]
    return key


def _query(
    arm: ArmConfig, task: Task, tools: Tools, key: NDArray[np.float32] | None
) -> tuple[NDArray[np.float32] | None, tuple[str, ...]]:
    """What memory is looked up by, and the texts embedded so far: the key itself where queries have no prefix."""
    if key is None or tools.embedder is None:
        return None, ()
    if not tools.embedder.query_prefix or arm.memory == "none" or arm.retrieve_n == 0:
        return key, (task.text,)
    text = asked(task, tools.embedder)
    query: NDArray[np.float32] = tools.embedder.embed([text])[0]
    return query, (task.text, text)


def _embedding_use(tools: Tools, texts: Sequence[str]) -> EmbeddingUse:
    if not texts or tools.embedder is None:
        return EmbeddingUse()
    return EmbeddingUse(len(texts), tools.embedder.tokens(texts))


def _retrieve(caller: Caller, method: MemoryMethod, bank: Bank, query: NDArray[np.float32] | None) -> Retrieval | None:
    """What the method retrieves, with the block it makes of it."""
    found = method.retrieve(caller, bank, query)
    if found is None:
        return None
    found = replace(found, block=method.inject(caller, bank, found))
    caller.tools.on_event(LiveEvent("retrieved", caller.task.key, payload=found))
    return found


def _play_all(caller: Caller, memory_block: str, share: allocate.Share) -> list[Played]:
    """Independent rollouts with the identical memory block, in order of their index, or one of several passes."""
    rollouts, passes = refine.shape(caller.arm, share.limit)
    if share.stops:
        return _play_until_success(caller, memory_block, rollouts)
    pool = caller.tools.pool
    if pool is None:
        return [_play(caller, memory_block, index, passes) for index in range(rollouts)]
    futures = [pool.submit(_play, caller, memory_block, index, passes) for index in range(rollouts)]
    try:
        return [future.result() for future in futures]
    finally:
        for future in futures:
            future.cancel()


def _play_until_success(caller: Caller, memory_block: str, most: int) -> list[Played]:
    """One rollout after another: whether there is a next one depends on the label of the last."""
    played: list[Played] = []
    for index in range(most):
        played.append(_play(caller, memory_block, index, 1))
        if played[-1].verdict.status is Status.SUCCESS:
            break
    return played


def _play(caller: Caller, memory_block: str, index: int, passes: int) -> Played:
    """One rollout from its start to its label, graded after every pass."""
    caller.tools.check_cancelled()
    taken = take_over(caller, memory_block, index)
    if taken is not None:
        return Played(taken.trajectory, taken.truths, taken.verdict, _domain(caller))
    return played(caller, index, passes, partial(_agent, caller, memory_block, index, passes))


def _agent(caller: Caller, memory_block: str, index: int, passes: int, environment: Environment) -> Agent:
    return Agent(caller, environment, caller.arm.limits, index, memory_block, passes)


def played(caller: Caller, index: int, passes: int, agent_in: Callable[[Environment], Agent]) -> Played:
    """What an agent makes of rollout `index`, graded after every pass and labelled."""
    tools = caller.tools
    graded: list[Truth] = []
    environment = tools.open_environment(caller.task, partial(_ask_grader, caller, index))
    try:
        agent = agent_in(environment)
        agent.on_pass = lambda: graded.append(_graded(tools, environment))
        trajectory = agent.play()
        truths = refine.by_pass([*graded, _graded(tools, environment)], passes) if trajectory.valid else ()
        domain = environment.domain
    finally:
        environment.close()
    verdict = label(caller, trajectory, truths, domain)
    tools.on_event(LiveEvent("verdict", caller.task.key, trajectory.uid, index, verdict))
    return Played(trajectory, truths, verdict, domain)


def _domain(caller: Caller) -> str:
    environment = caller.tools.open_environment(caller.task, partial(_ask_grader, caller, 0))
    try:
        return environment.domain
    finally:
        environment.close()


def _graded(tools: Tools, environment: Environment) -> Truth:
    """What the environment says about how things stand; a grading that breaks is an unknown truth."""
    try:
        return tools.grade(environment)
    except EnvironmentFailure as fault:
        return Truth(None, detail=str(fault))


def _ask_grader(caller: Caller, index: int, values: Mapping[str, str]) -> Reply:
    """The reply of the grader's model about one rollout; the call is recorded like any other."""
    prompts = caller.tools.prompts
    call = caller.ask(
        "grader",
        prompts.fill("grade", values),
        rollout_index=index,
        rollout_uid=uid(caller.arm_hash, caller.task.key, index),
        prompt_hash=prompts.hash("grade"),
    )
    return call.reply


def _experience(caller: Caller, played: Sequence[Played], distilled: Distilled) -> Experience:
    labels = sorted({str(one.verdict.status) for one in played})
    return Experience(
        uid=uid(caller.arm_hash, caller.task.key, "experience"),
        task_key=caller.task.key,
        task_text=caller.task.text,
        items=distilled.items,
        rollout_uids=tuple(one.trajectory.uid for one in played),
        template=caller.task.template,
        site=caller.task.site,
        label="+".join(labels),
        kind=distilled.kind,
        raw=distilled.raw,
    )
