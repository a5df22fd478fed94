"""Trajectories: what an agent saw, thought and did, step by step."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from rb_studio.records.calls import Failure, Usage
from rb_studio.records.quick import Quick

PASS = "pass"


@dataclass(frozen=True, slots=True)
class State(Quick):
    """Where the environment stands after an action.

    `location` is a URL or a working directory; `form` holds field values; `changes` what the episode
    has altered so far (an environment's own JSON), enough for `restore` where that is possible.
    """

    location: str = ""
    form: Mapping[str, str] = field(default_factory=dict)
    changes: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Observation:
    """What the environment shows after `reset` or an action.

    `error` is the last action's error in one sentence; `answered` the answer the agent has sent so
    far, or None. An answer does not close the episode; `sent` tells that the last action sent one, be it
    the same again.
    """

    text: str
    error: str | None = None
    answered: str | None = None
    sent: bool = False


@dataclass(frozen=True, slots=True)
class Action(Quick):
    """One action as the agent wrote it; `tool` and `call_id` where a foreign format has them."""

    text: str
    tool: str | None = None
    call_id: str | None = None


@dataclass(frozen=True, slots=True)
class Step(Quick):
    """One observe-think-act cycle. `number` starts at 1; `observation` is what followed the actions.

    A step of a refinement pass tells its pass in `extra`.

    `elapsed` is in seconds, `cost` in US dollars; None is unknown. `extra` keeps what a foreign
    format had and we do not map; `pointer` says where in the source file the step stands.
    """

    number: int
    thought: str
    actions: tuple[Action, ...]
    observation: str
    error: str | None = None
    state: State | None = None
    reasoning: str | None = None
    usage: Usage | None = None
    cost: float | None = None
    started_at: str | None = None
    elapsed: float | None = None
    call_uid: str | None = None
    pointer: str | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)

    @property
    def action_text(self) -> str:
        return "\n".join(action.text for action in self.actions)

    @property
    def pass_number(self) -> int:
        """1 for the rollout itself, 2 for its first refinement pass."""
        number = self.extra.get(PASS, 1)
        return number if isinstance(number, int) else 1


class ExitReason(StrEnum):
    """How a rollout ended. The invalid ones are faults outside the agent."""

    ANSWERED = "answered"
    STEP_LIMIT = "step_limit"
    TOKEN_LIMIT = "token_limit"
    COST_LIMIT = "cost_limit"
    TIME_LIMIT = "time_limit"
    CONTEXT_LIMIT = "context_limit"
    FORMAT_ERROR = "format_error"
    REFUSAL = "refusal"
    MODEL_FAILURE = "model_failure"
    ENVIRONMENT_FAILURE = "environment_failure"
    CANCELLED = "cancelled"
    IMPORTED = "imported"


INVALID_EXITS = frozenset({ExitReason.MODEL_FAILURE, ExitReason.ENVIRONMENT_FAILURE, ExitReason.CANCELLED})


@dataclass(frozen=True, slots=True)
class Trajectory(Quick):
    """One rollout: a single attempt at a task.

    `rollout_index` counts from 0 within a task of an arm. `answer` is the agent's final message and
    `patch` its final diff, where there is one. `memory_block` is the injected text, empty for none.
    `passes` holds the number of the last step of each refinement pass (one entry for a plain run).
    `exit_detail` is the sentence behind the exit reason, or a foreign tool's own exit status.
    `same_as` is the uid of the rollout that was played where this one only takes over its result: one draw.
    """

    uid: str
    task_key: str
    rollout_index: int
    seed: int
    first_observation: str
    steps: tuple[Step, ...]
    exit_reason: ExitReason
    answer: str | None = None
    patch: str | None = None
    exit_detail: str = ""
    failure: Failure | None = None
    memory_block: str = ""
    passes: tuple[int, ...] = ()
    started_at: str | None = None
    ended_at: str | None = None
    model: str = ""
    simulated: bool = False
    extra: Mapping[str, Any] = field(default_factory=dict)
    same_as: str | None = None

    @property
    def valid(self) -> bool:
        """False when an infrastructure fault cut the attempt short: no data, never a failure."""
        return self.exit_reason not in INVALID_EXITS
