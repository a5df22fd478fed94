"""The agent: ReAct, one action a turn, limits checked in one place (paper, section 3.1)."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from rb_studio.environments.errors import EnvironmentFailure
from rb_studio.environments.protocol import Environment
from rb_studio.method import refine
from rb_studio.method.calls import Caller
from rb_studio.method.render import cut
from rb_studio.method.replies import ActReply, parse_act
from rb_studio.records.arm import Limits
from rb_studio.records.calls import Failure, FailureKind, LlmCall, Message, Usage
from rb_studio.records.identity import call_seed, uid
from rb_studio.records.outcome import LiveEvent
from rb_studio.records.trajectory import INVALID_EXITS, PASS, Action, ExitReason, Observation, Step, Trajectory

OVERFLOW_TRIES = 4
SHORTEST_PAGE = 500
# What an observation is called where it is no page.
SEEN = {"swe": "Output of your last command"}
FORMAT_REMINDER = "Result: error: the reply did not keep the form asked for; answer again in exactly that form"


class _Ended(Exception):
    """The rollout is over: the exit reason as data."""

    def __init__(self, reason: ExitReason, detail: str = "", failure: Failure | None = None) -> None:
        super().__init__(detail)
        self.reason, self.detail, self.failure = reason, detail, failure


@dataclass
class Spent:
    """What a rollout is known to have used: a call that reports no count adds nothing to it."""

    tokens: int = 0
    cost: float = 0.0
    started: float = field(default_factory=time.monotonic)

    def add(self, call: LlmCall) -> None:
        self.tokens += (call.reply.usage.total if call.reply.usage else None) or 0
        self.cost += call.reply.cost or 0.0


def unheard() -> None:
    """Nobody waits for the end of a pass."""


@dataclass
class Agent:
    """Plays one rollout in an environment, in one pass or several.

    Every pass has the whole of the limits to itself. `on_pass` is called between two passes, while the
    environment stands as the first of them left it; it tells the agent nothing.
    """

    caller: Caller
    environment: Environment
    limits: Limits
    rollout_index: int
    memory_block: str = ""
    passes: int = 1
    on_pass: Callable[[], None] = unheard
    steps: list[Step] = field(default_factory=list)
    spent: Spent = field(default_factory=Spent)
    answered: str | None = None
    ends: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.uid = uid(self.caller.arm_hash, self.caller.task.key, self.rollout_index)
        prompts = self.caller.tools.prompts
        name = prompts.name("act", self.environment.domain)
        self.prompt_hash = prompts.hash(name)
        self.opening = list(prompts.fill(name, {"task": self.caller.task.text, "memory": self.memory_block}))
        self.turns: list[tuple[Message, ...]] = []
        self.context_chars = self.limits.context_chars
        self.overflow: Failure | None = None

    def play(self) -> Trajectory:
        """Act until the agent answers, a limit is reached or a fault ends it, in every pass.

        Raises only `Cancelled`. The exit reason is the last pass's, the answer the one that stands then.
        """
        started_at = self.caller.tools.now()
        seed = call_seed(self.caller.arm.seed, self.caller.task.key, self.rollout_index, "actor", 0)
        model = self.caller.tools.models["actor"]
        begun = Trajectory(
            uid=self.uid,
            task_key=self.caller.task.key,
            rollout_index=self.rollout_index,
            seed=seed,
            first_observation="",
            steps=(),
            exit_reason=ExitReason.ANSWERED,
            memory_block=self.memory_block,
            started_at=started_at,
            model=model.identity,
            simulated=model.simulated,
        )
        try:
            begun = replace(begun, first_observation=self.enter(seed))
            self._tell("rollout_started", begun)
            for step in self.steps:
                self._tell("step", step)
            ended = self._all_passes()
        except EnvironmentFailure as fault:
            ended = _Ended(ExitReason.ENVIRONMENT_FAILURE, str(fault))
        trajectory = replace(
            begun,
            steps=tuple(self.steps),
            exit_reason=ended.reason,
            exit_detail=ended.detail,
            failure=ended.failure,
            answer=None if ended.reason in INVALID_EXITS else self.answered,
            passes=(*self.ends, *[len(self.steps)] * (self.passes - len(self.ends))),
            ended_at=self.caller.tools.now(),
        )
        self._tell("rollout_ended", trajectory)
        return trajectory

    def enter(self, seed: int) -> str:
        """Go where the rollout begins, so that `seen` is what its first decision goes by; the task's first page.

        Raises `EnvironmentFailure`.
        """
        self.seen = self.environment.reset(self.caller.task, seed)
        return self.seen.text

    def _all_passes(self) -> _Ended:
        """The rollout, then its refinement passes; how the last one ended."""
        ended = self._pass()
        while len(self.ends) < self.passes and self.steps and ended.reason in refine.GOES_ON:
            self.on_pass()
            again = refine.request(self.caller.tools.prompts, self.environment.domain, len(self.ends))
            self.turns[-1] = (*self.turns[-1], again)
            self.spent, self.seen = Spent(), replace(self.seen, sent=False)
            ended = self._pass()
        return ended

    def _pass(self) -> _Ended:
        """Act until an answer is sent or something ends it; an answer that stands already does not."""
        standing = self.answered
        try:
            while not self.seen.sent and self.seen.answered in (None, standing):
                self._turn()
            ended = _Ended(ExitReason.ANSWERED)
        except _Ended as end:
            ended = end
        self.ends.append(len(self.steps))
        return ended

    def _turn(self) -> None:
        """One observe-think-act cycle."""
        self._check_limits()
        started_at, clock = self.caller.tools.now(), time.monotonic()
        reply, calls = self._ask(self.seen)
        after = self.environment.step(reply.action)
        self.answered, self.seen = after.answered, after
        last = calls[-1]
        step = Step(
            number=len(self.steps) + 1,
            thought=reply.thought,
            actions=(Action(reply.action),),
            observation=after.text,
            error=after.error,
            state=self.environment.state(),
            reasoning=last.reply.reasoning,
            usage=_summed(calls),
            cost=_cost(calls),
            started_at=started_at,
            elapsed=round(time.monotonic() - clock, 6),
            call_uid=last.uid,
            extra={PASS: len(self.ends) + 1} if self.ends else {},
        )
        self.steps.append(step)
        self.turns.append(turn(last.reply.text, after.error))
        self._tell("step", step)

    def _check_limits(self) -> None:
        """Every limit of a pass in one place; what no call reported cannot exceed one."""
        limits, spent = self.limits, self.spent
        if len(self.steps) - sum(self.ends[-1:]) >= limits.steps:
            raise _Ended(ExitReason.STEP_LIMIT, f"{limits.steps} steps taken without an answer")
        if limits.tokens is not None and spent.tokens >= limits.tokens:
            raise _Ended(ExitReason.TOKEN_LIMIT, f"{spent.tokens} of {limits.tokens} tokens used")
        if limits.cost is not None and spent.cost >= limits.cost:
            raise _Ended(ExitReason.COST_LIMIT, f"${spent.cost:.4f} of ${limits.cost:.4f} spent")
        if limits.seconds is not None and time.monotonic() - spent.started >= limits.seconds:
            raise _Ended(ExitReason.TIME_LIMIT, f"{limits.seconds:g} seconds are over")

    def _ask(self, observation: Observation) -> tuple[ActReply, list[LlmCall]]:
        """Ask until the reply keeps the form, at most `format_retries` times more."""
        calls: list[LlmCall] = []
        extra: list[Message] = []
        for _ in range(self.limits.format_retries + 1):
            calls.append(self._call(observation, extra))
            text = calls[-1].reply.text
            reply = parse_act(text, self.environment.domain)
            if reply is not None:
                return reply, calls
            extra += unkept(text)
        cut_off = "; the last one was cut off at max_tokens" if calls[-1].reply.finish == "length" else ""
        raise _Ended(ExitReason.FORMAT_ERROR, f"{len(calls)} replies in a row did not keep the form asked for{cut_off}")

    def _call(self, observation: Observation, extra: Sequence[Message]) -> LlmCall:
        """One call; when the endpoint says the context is too long, turns and page are halved and it is asked again."""
        for _ in range(OVERFLOW_TRIES):
            call = self.caller.ask(
                "actor",
                self._messages(observation, extra),
                rollout_index=self.rollout_index,
                rollout_uid=self.uid,
                step=len(self.steps) + 1,
                prompt_hash=self.prompt_hash,
            )
            self.spent.add(call)
            failure = call.reply.failure
            if failure is None:
                return call
            left = overflowed(call, size(self.opening) + size(extra))
            if failure.kind is not FailureKind.CONTEXT_OVERFLOW or left is None:
                break
            self.context_chars, self.overflow = left, failure
        assert failure is not None
        raise _Ended(_exit_of(failure), failure.message, failure)

    def _messages(self, observation: Observation, extra: Sequence[Message]) -> list[Message]:
        """Opening, past turns, current page, and what was said about the form.

        Earlier messages stay byte-identical from step to step; only the newest page is shown. Above
        `context_chars` the oldest turns leave, and a message says how many; a page that is too long by
        itself loses its middle.
        """
        room = self.context_chars - size(self.opening) - size(extra)
        if room < min(len(observation.text), SHORTEST_PAGE):
            detail = f"a request of {self.context_chars} characters has no room beside goal and memory"
            raise _Ended(ExitReason.CONTEXT_LIMIT, detail, self.overflow)
        heading = SEEN.get(self.environment.domain, "Current page")
        page = [Message("user", f"{heading}:\n{cut(observation.text, room)}")] if observation.text else []
        room -= size(page)
        kept = len(self.turns)
        while kept and sum(size(turn) for turn in self.turns[-kept:]) > room:
            kept -= 1
        left_out = len(self.turns) - kept
        note = [Message("user", f"[{left_out} earlier steps are left out]")] if left_out else []
        turns = [message for turn in self.turns[left_out:] for message in turn]
        return [*self.opening, *note, *turns, *page, *extra]

    def _tell(self, kind: str, payload: object) -> None:
        self.caller.tools.on_event(LiveEvent(kind, self.caller.task.key, self.uid, self.rollout_index, payload))


def turn(said: str, error: str | None) -> tuple[Message, ...]:
    """What later requests hold of a step: what the agent said, and what came of its action."""
    result = f"Result: error: {error}" if error else "Result: ok"
    return Message("assistant", said), Message("user", result)


def overflowed(failed: LlmCall, fixed: int) -> int | None:
    """The characters a request may have after one of it was too long; None where nothing of it could leave.

    `fixed` are those that never leave: opening, and what was said about the form.
    """
    spare = size(failed.messages) - fixed
    return None if spare == 0 else size(failed.messages) - (spare + 1) // 2


def unkept(said: str) -> list[Message]:
    """What is said about a reply that did not keep the form."""
    return [*([Message("assistant", said)] if said.strip() else []), Message("user", FORMAT_REMINDER)]


def _exit_of(failure: Failure) -> ExitReason:
    special = {
        FailureKind.REFUSAL: ExitReason.REFUSAL,
        FailureKind.CONTEXT_OVERFLOW: ExitReason.CONTEXT_LIMIT,
    }
    return special.get(failure.kind, ExitReason.MODEL_FAILURE)


def size(messages: Sequence[Message]) -> int:
    """Characters of messages."""
    return sum(len(message.content) for message in messages)


def _summed(calls: Sequence[LlmCall]) -> Usage | None:
    usages = [call.reply.usage for call in calls]
    if any(usage is None for usage in usages):
        return None
    prompts = [usage.prompt for usage in usages if usage]
    completions = [usage.completion for usage in usages if usage]
    return Usage(
        None if None in prompts else sum(p for p in prompts if p is not None),
        None if None in completions else sum(c for c in completions if c is not None),
    )


def _cost(calls: Sequence[LlmCall]) -> float | None:
    costs = [call.reply.cost for call in calls]
    return None if None in costs else sum(cost for cost in costs if cost is not None)
