"""Equal prefixes run once: a rollout that another arm has played is taken over under one's own uids.

Seeds know neither k nor the arm, so two arms that show the same memory block to the same models throw the same dice:
rollout i of one is rollout i of the other, to the byte.
"""

from collections import Counter
from dataclasses import dataclass, replace

from rb_studio.method.allocate import follows_past
from rb_studio.method.calls import Caller, call_uid
from rb_studio.method.judge import verdict_of
from rb_studio.method.label import truth_verdict, with_noise
from rb_studio.records.arm import ArmConfig
from rb_studio.records.calls import LlmCall
from rb_studio.records.identity import call_seed, canonical_json, digest, uid
from rb_studio.records.judgement import Truth, Verdict
from rb_studio.records.outcome import TaskOutcome
from rb_studio.records.trajectory import Trajectory

# What decides how many rollouts there are and what becomes of them, not how one is played.
_AFTER_ROLLOUTS = ("k", "scaling", "allocation")


@dataclass(frozen=True, slots=True)
class Taken:
    """A rollout taken over, with its truths and its label."""

    trajectory: Trajectory
    truths: tuple[Truth, ...]
    verdict: Verdict


def family(arm: ArmConfig) -> str | None:
    """What arms with rollouts in common share; None for an arm whose rollouts nobody else can be known to play.

    The memory block must be known to be equal, so an arm that learns is on its own; a spread of k that follows
    earlier outcomes, and passes that go on from an answer, are too. One that stops at a success takes over as many
    as it gets to.
    """
    arm = arm.canonical()
    learns = arm.memory != "none" and arm.learn
    if learns or follows_past(arm) or arm.scaling == "sequential":
        return None
    values = {name: value for name, value in arm.to_json().items() if name not in _AFTER_ROLLOUTS}
    return digest(canonical_json(values))


def take_over(caller: Caller, memory_block: str, index: int) -> Taken | None:
    """Rollout `index` as another arm played it, None where it is not there, not whole or not the same draw.

    Its calls count as the caller's own.
    """
    given = caller.tools.given
    played = None if given is None else next((one for one in given.rollouts if one.rollout_index == index), None)
    if given is None or played is None or not _same_draw(caller, played, memory_block):
        return None
    calls = _renamed(caller, played, given)
    judged = [call for call in calls.values() if call.role == "judge"]
    own_uid = uid(caller.arm_hash, caller.task.key, index)
    steps = tuple(replace(step, call_uid=_own(calls, step.call_uid)) for step in played.steps)
    trajectory = replace(played, uid=own_uid, steps=steps, same_as=played.same_as or played.uid)
    truths = given.truths.get(played.uid, ())
    if caller.arm.label != "gt" and not judged:
        return None
    own = truth_verdict(caller, trajectory, truths) if caller.arm.label == "gt" else verdict_of(judged[-1], trajectory)
    caller.adopt(index, list(calls.values()))
    return Taken(trajectory, truths, with_noise(caller, own, index))


def _same_draw(caller: Caller, played: Trajectory, memory_block: str) -> bool:
    seed = call_seed(caller.arm.seed, caller.task.key, played.rollout_index, "actor", 0)
    return played.valid and played.memory_block == memory_block and played.seed == seed


def _renamed(caller: Caller, played: Trajectory, given: TaskOutcome) -> dict[str, LlmCall]:
    """The rollout's calls under the caller's uids, by the uids they had."""
    attempts: Counter[tuple[str, int]] = Counter()
    own_uid = uid(caller.arm_hash, caller.task.key, played.rollout_index)
    found: dict[str, LlmCall] = {}
    for call in given.calls:
        if call.rollout_uid != played.uid:
            continue
        attempt = attempts[(call.role, call.number)]
        attempts[(call.role, call.number)] += 1
        name = call_uid(caller, played.rollout_index, call.role, call.number, attempt)
        found[call.uid] = replace(call, uid=name, rollout_uid=own_uid)
    return found


def _own(calls: dict[str, LlmCall], name: str | None) -> str | None:
    return calls[name].uid if name in calls else name
