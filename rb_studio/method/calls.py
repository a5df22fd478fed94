"""One way to ask a model: seeded, recorded, retried where a fault is likely to pass."""

import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from rb_studio.method.tools import Tools
from rb_studio.records.arm import ArmConfig
from rb_studio.records.calls import CallSettings, FailureKind, LlmCall, Message, Reply
from rb_studio.records.errors import Cancelled
from rb_studio.records.identity import call_seed, uid
from rb_studio.records.task import Task

PASSING_FAULTS = frozenset({FailureKind.MALFORMED, FailureKind.EMPTY})
ATTEMPTS = 3
JUDGE_SETTINGS = CallSettings(temperature=0.0)


@dataclass
class Caller:
    """Asks models on behalf of one task of one arm and keeps every call, failed ones too.

    Faults that the client never retries itself (a malformed or empty reply) are tried again with the same seed;
    all others, a cut stream among them, have used up the retries of their profile.
    """

    arm: ArmConfig
    arm_hash: str
    task: Task
    tools: Tools
    _calls: list[LlmCall] = field(default_factory=list)
    _numbers: dict[tuple[int, str], int] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def ask(
        self,
        role: str,
        messages: Sequence[Message],
        *,
        rollout_index: int,
        rollout_uid: str | None = None,
        step: int | None = None,
        prompt_hash: str | None = None,
        phase: str | None = None,
    ) -> LlmCall:
        """Send messages to the model of a role; raises `Cancelled` on stop, else returns the recorded call.

        `phase` names what the call is for where that is another thing than its role's own.
        """
        number = self._next(rollout_index, role)
        seed = call_seed(self.arm.seed, self.task.key, rollout_index, role, number)
        settings = self.tools.settings.get(role, JUDGE_SETTINGS if role == "judge" else CallSettings())
        for attempt in range(ATTEMPTS):
            self.tools.check_cancelled()
            reply = self.tools.models[role].reply(messages, settings, seed)
            call = LlmCall(
                uid=call_uid(self, rollout_index, role, number, attempt),
                role=role,
                number=number,
                seed=seed,
                messages=tuple(messages),
                settings=settings,
                reply=reply,
                rollout_uid=rollout_uid,
                step=step,
                prompt_hash=prompt_hash,
                extra={"phase": phase} if phase else {},
            )
            self._keep(call)
            if not _worth_another(reply):
                break
        return call

    def _next(self, rollout_index: int, role: str) -> int:
        with self._lock:
            number = self._numbers.get((rollout_index, role), 0)
            self._numbers[(rollout_index, role)] = number + 1
            return number

    def _keep(self, call: LlmCall) -> None:
        failure = call.reply.failure
        if failure is not None and failure.kind is FailureKind.CANCELLED:
            raise Cancelled("stopped on request; finished tasks are kept")
        with self._lock:
            self._calls.append(call)

    def adopt(self, rollout_index: int, calls: Sequence[LlmCall]) -> None:
        """Count calls that another arm made for an equal rollout as this arm's own."""
        with self._lock:
            self._calls.extend(calls)
        self.follow(rollout_index, calls)

    def follow(self, rollout_index: int, calls: Iterable[LlmCall]) -> None:
        """Number the next calls of a rollout after these, which somebody else made and which count as theirs."""
        with self._lock:
            for call in calls:
                key = (rollout_index, call.role)
                self._numbers[key] = max(self._numbers.get(key, 0), call.number + 1)

    def calls(self) -> tuple[LlmCall, ...]:
        """Every call so far in an order that does not depend on threads; attempts of one call as they were made."""
        with self._lock:
            return tuple(sorted(self._calls, key=lambda call: (call.rollout_uid or "", call.role, call.number)))


def call_uid(caller: Caller, rollout_index: int, role: str, number: int, attempt: int) -> str:
    """The uid of one attempt of one call."""
    return uid(caller.arm_hash, caller.task.key, rollout_index, role, number, attempt)


def _worth_another(reply: Reply) -> bool:
    return reply.failure is not None and reply.failure.kind in PASSING_FAULTS
