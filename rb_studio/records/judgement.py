"""Truth, verdicts and selections: three records that are never mixed."""

from dataclasses import dataclass
from enum import StrEnum

from rb_studio.records.calls import Failure
from rb_studio.records.quick import Quick


class Status(StrEnum):
    """The three-valued outcome of a rollout."""

    SUCCESS = "success"
    FAILURE = "failure"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Truth(Quick):
    """What the environment (or an imported report) says; `success` None is unknown.

    `pass_index` counts refinement passes from 0; the last one is the rollout's truth.
    `reward` lies in 0..1 where the grader gives one. `source` is environment, report or grader name.
    """

    success: bool | None
    reward: float | None = None
    source: str = "environment"
    detail: str = ""
    pass_index: int = 0
    report_only: bool = False


@dataclass(frozen=True, slots=True)
class Verdict(Quick):
    """A judgement of one rollout; `cited` holds step numbers.

    `source` is judge, human, gt, or carried: a person's, on an earlier rollout of the same task.
    `noisy` tells that label noise flipped the status of the source in use.
    """

    uid: str
    rollout_uid: str
    status: Status
    reason: str
    source: str = "judge"
    raw: str = ""
    cited: tuple[int, ...] = ()
    model: str = ""
    prompt_hash: str | None = None
    call_uid: str | None = None
    failure: Failure | None = None
    noisy: bool = False


@dataclass(frozen=True, slots=True)
class Selection(Quick):
    """Which of a task's rollouts best-of-k stands on. `how` is only, llm or fallback."""

    uid: str
    task_key: str
    rollout_uid: str
    how: str
    reason: str = ""
    raw: str = ""
    call_uid: str | None = None
