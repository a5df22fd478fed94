"""Memory-aware test-time scaling: how k rollouts become one experience (paper, section 4).

k = 1 takes the single-trajectory path in every scaling, so it equals the plain loop to the byte.
"""

from collections.abc import Sequence

from rb_studio.method.calls import Caller
from rb_studio.method.distill import Distilled, Labelled, distil_contrast
from rb_studio.method.modes import remember
from rb_studio.records.judgement import Status, Verdict
from rb_studio.records.trajectory import Trajectory


def known(rollouts: Sequence[Trajectory], verdicts: Sequence[Verdict]) -> list[Labelled]:
    """Rollouts that did something and whose label is success or failure, each once.

    Unknown never feeds distillation.
    """
    by_rollout = {verdict.rollout_uid: verdict for verdict in verdicts}
    tried = {rollout.uid: rollout for rollout in rollouts if rollout.valid and rollout.steps}
    pairs = [Labelled(rollout, by_rollout[rollout.uid]) for rollout in tried.values()]
    return [pair for pair in pairs if pair.verdict.status is not Status.UNKNOWN]


def learn(caller: Caller, rollouts: Sequence[Labelled], domain: str) -> Distilled | None:
    """What a task's labelled rollouts teach under the arm's scaling; None when no label is known.

    A sequential arm has one rollout, whose passes and notes are all in its steps.
    """
    if not rollouts:
        return None
    if len(rollouts) == 1:
        return remember(caller, rollouts[0], domain)
    if caller.arm.scaling == "parallel":
        return distil_contrast(caller, rollouts, domain)
    return each_on_its_own(caller, rollouts, domain)


def each_on_its_own(caller: Caller, rollouts: Sequence[Labelled], domain: str) -> Distilled:
    """Vanilla scaling: every rollout distilled alone, all items in one experience."""
    union = Distilled(kind="vanilla")
    for rollout in rollouts:
        one = remember(caller, rollout, domain, first_ordinal=len(union.items))
        raw = "\n\n".join(text for text in (union.raw, one.raw) if text)
        union = Distilled((*union.items, *one.items), raw, (*union.notes, *one.notes), "vanilla")
    return union
