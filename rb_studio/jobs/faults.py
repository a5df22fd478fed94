"""What of a task was lost to faults outside the agent."""

from dataclasses import dataclass

from rb_studio.models.openai_embedder import EndpointEmbeddingError
from rb_studio.records.calls import Failure, FailureKind
from rb_studio.records.outcome import TaskOutcome

# Waiting mends none of these: a person has to.
LASTING = frozenset({FailureKind.AUTHENTICATION, FailureKind.MODEL_NOT_FOUND})
UNREACHED = LASTING | {
    FailureKind.RATE_LIMIT,
    FailureKind.SERVER,
    FailureKind.TIMEOUT,
    FailureKind.CONNECTION,
    FailureKind.CUT_STREAM,
}


@dataclass(frozen=True, slots=True)
class Lost:
    """Why a task is not whole, in one sentence; `lasting` when trying again soon is no use."""

    reason: str
    lasting: bool = False


def lost(outcome: TaskOutcome) -> Lost | None:
    """The fault that cost a task a rollout, or a judgement, selection or distillation; None for a whole task.

    An endpoint that answers, however unusably, loses nothing here: its verdict is unknown and the task counts.
    """
    for rollout in outcome.rollouts:
        if not rollout.valid:
            return _lost(rollout.failure) if rollout.failure else Lost(rollout.exit_detail)
    last_attempts = {(call.rollout_uid, call.role, call.number): call.reply.failure for call in outcome.calls}
    for failure in last_attempts.values():
        if failure is not None and failure.kind in UNREACHED:
            return _lost(failure)
    return Lost(outcome.fault, outcome.fault_lasts) if outcome.fault else None


def lost_to(error: Exception) -> Lost:
    """A whole task lost to an error; an embedding endpoint's carries its failure."""
    return _lost(error.failure) if isinstance(error, EndpointEmbeddingError) else Lost(str(error))


def _lost(failure: Failure) -> Lost:
    return Lost(failure.message, failure.kind in LASTING)
