"""Going back into a rollout: its first steps stay as they were, and from one of them on it is played anew.

Nothing but what is meant to be changed differs from then on: with the same memory, prompt, index and models that draw
the same for a seed, a continuation repeats the rollout to the byte.
"""

import contextlib
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from rb_studio.environments.errors import EnvironmentFailure, RestoreUnsupported
from rb_studio.environments.protocol import Environment
from rb_studio.method.agent import Agent, overflowed, size, turn, unkept
from rb_studio.method.calls import Caller
from rb_studio.method.stream import Played, played
from rb_studio.records.calls import FailureKind, LlmCall, Message
from rb_studio.records.errors import UsageError
from rb_studio.records.trajectory import Observation, Step, Trajectory

START, STATE, REPLAY = "start", "state", "replay"
FORK = "fork"
"""Where a continuation tells of it in its `extra`: {"by": START, STATE or REPLAY, "diverged": step or None}."""


@dataclass(frozen=True, slots=True)
class Point:
    """A place in a rollout: before the decision on `step`.

    `calls` are the agent's calls of all steps before it, failed ones too, in the order they were made.
    """

    trajectory: Trajectory
    step: int
    calls: tuple[LlmCall, ...]

    @property
    def kept(self) -> tuple[Step, ...]:
        """The steps that stay."""
        return self.trajectory.steps[: self.step - 1]

    def check(self) -> None:
        """Raise `UsageError` where nothing can be continued from here."""
        steps = self.trajectory.steps
        if not 1 <= self.step <= len(steps):
            raise UsageError(f"there is no step {self.step} to go back to: the rollout has {len(steps)}")
        if steps[self.step - 1].pass_number > 1:
            raise UsageError(
                f"step {self.step} belongs to a refinement pass, which builds on the answer before it: "
                "go back to a step of the first pass"
            )
        known = {call.uid for call in self.calls}
        lacking = next((step.number for step in self.kept if step.call_uid not in known), None)
        if lacking is not None:
            raise UsageError(f"what the agent was sent at step {lacking} is not stored, so nothing can go on after it")


def continued(caller: Caller, point: Point, index: int, memory_block: str) -> Played:
    """Play a rollout on from a point, with a memory block of its own; raises `Cancelled`.

    `index` decides the dice. The continuation's `extra` tells how the state at the point was reached. A state that is
    not what it was then makes the continuation invalid.
    """
    caller.tools.check_cancelled()
    agents: list[_Continuing] = []

    def agent_in(environment: Environment) -> Agent:
        passes = max(1, len(point.trajectory.passes))
        agents.append(
            _Continuing(caller, environment, caller.arm.limits, index, memory_block, passes, point=point, told=told)
        )
        return agents[-1]

    told: dict[str, object] = {"by": START if point.step == 1 else STATE, "diverged": None}
    found = played(caller, index, max(1, len(point.trajectory.passes)), agent_in)
    extra = {**found.trajectory.extra, FORK: told}
    return replace(found, trajectory=replace(found.trajectory, extra=extra))


@dataclass
class _Continuing(Agent):
    """An agent that finds itself in the middle of a rollout; `told` gets how it came there."""

    point: Point = field(kw_only=True)
    told: dict[str, object] = field(kw_only=True)

    def enter(self, seed: int) -> str:
        """Go to the point, with all that was said and spent before it."""
        point = self.point
        self.seen = self._back(point.trajectory.seed)
        self.steps, self.answered = list(point.kept), self.seen.answered
        said = {call.uid: call.reply.text for call in point.calls}
        self.turns = [turn(said[step.call_uid or ""], step.error) for step in point.kept]
        self.caller.follow(self.rollout_index, point.calls)
        for call in point.calls:
            self.spent.add(call)
        self.spent.started = time.monotonic() - sum(step.elapsed or 0.0 for step in point.kept)
        self._shorten()
        return point.trajectory.first_observation

    def _back(self, seed: int) -> Observation:
        """The environment as it stood before the point, by its stored state or by doing everything again."""
        kept, start = self.point.kept, self.environment.reset(self.caller.task, seed)
        if not kept:
            return self._same(start, self.point.trajectory.first_observation, None, 0)
        last, restored = kept[-1], None
        with contextlib.suppress(RestoreUnsupported):
            restored = None if last.state is None else self.environment.restore(last.state)
        if restored is not None and restored.text == last.observation:
            return replace(restored, error=last.error, sent=False)
        return self._replayed(start if last.state is None else self.environment.reset(self.caller.task, seed))

    def _replayed(self, start: Observation) -> Observation:
        self.told["by"] = REPLAY
        seen = self._same(start, self.point.trajectory.first_observation, None, 0)
        for step in self.point.kept:
            for action in step.actions:
                self.caller.tools.check_cancelled()
                seen = self.environment.step(action.text)
            seen = self._same(seen, step.observation, step.error, step.number)
        return replace(seen, sent=False)

    def _same(self, seen: Observation, text: str, error: str | None, number: int) -> Observation:
        """What was seen, if it is what was seen then. Raises `EnvironmentFailure`."""
        if (seen.text, seen.error) == (text, error):
            return seen
        self.told["diverged"] = number
        when = f"after step {number}" if number else "at its start"
        raise EnvironmentFailure(
            f"the environment is not what it was {when}, so nothing can be continued from step {self.point.step}"
        )

    def _shorten(self) -> None:
        """Keep to the length of requests that the endpoint turned out to take before the point."""
        opening = size(_opening(self.point))
        extra: list[Message] = []
        step: int | None = None
        for call in self.point.calls:
            if call.step != step:
                step, extra = call.step, []
            failure = call.reply.failure
            if failure is None:
                extra += unkept(call.reply.text)
            elif failure.kind is FailureKind.CONTEXT_OVERFLOW:
                left = overflowed(call, opening + size(extra))
                self.context_chars, self.overflow = (self.context_chars if left is None else left), failure


def _opening(point: Point) -> Sequence[Message]:
    """What stood before the first page in the requests of that time."""
    first = point.calls[0].messages if point.calls else ()
    return first[:-1] if point.trajectory.first_observation else first
