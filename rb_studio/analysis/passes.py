"""Refinement passes of sequential rollouts: how things stood after each."""

from dataclasses import replace

from rb_studio.analysis.arm_metrics import RolloutRow
from rb_studio.records.judgement import Status


def after(row: RolloutRow, k: int) -> RolloutRow | None:
    """A sequential rollout as it stood after its first k passes, None when it has fewer.

    That is the rollout an arm of this k would have had from the same start: the same memory block, so the same
    bank. It holds for arms without memory and for frozen banks; where a bank grows, each k has its own.
    Only the last state was judged, so an earlier one's verdict is unknown.
    """
    if k < 1 or len(row.passes) < k:
        return None
    return replace(
        row,
        k=k,
        success=row.passes[k - 1],
        judged=row.judged if k == len(row.passes) else Status.UNKNOWN,
        steps=row.ends[k - 1] if len(row.ends) >= k else row.steps,
        passes=row.passes[:k] if k > 1 else (),
        ends=row.ends[:k],
    )
