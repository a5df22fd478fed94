"""Which label learning goes by: the judge's, or in an explicit mode the environment's or a person's; seeded noise."""

from collections.abc import Sequence
from dataclasses import replace

from rb_studio.method.calls import Caller
from rb_studio.method.judge import judge
from rb_studio.method.replies import parse_verdict
from rb_studio.records.identity import call_seed, uid
from rb_studio.records.judgement import Status, Truth, Verdict
from rb_studio.records.trajectory import Trajectory

CARRIED = "carried"
FLIPPED = {Status.SUCCESS: Status.FAILURE, Status.FAILURE: Status.SUCCESS, Status.UNKNOWN: Status.UNKNOWN}


def label(caller: Caller, trajectory: Trajectory, truths: Sequence[Truth], domain: str) -> Verdict:
    """The verdict of the arm's label source, flipped at the arm's noise rate."""
    if not trajectory.valid:
        return _invalid(caller, trajectory)
    if caller.arm.label == "gt":
        verdict = truth_verdict(caller, trajectory, truths)
    elif caller.arm.label == "human":
        verdict = carried_verdict(caller, trajectory)
    else:
        verdict = judge(caller, trajectory, domain)
    return with_noise(caller, verdict, trajectory.rollout_index)


def truth_verdict(caller: Caller, trajectory: Trajectory, truths: Sequence[Truth]) -> Verdict:
    """Ground truth as a label, in the mode that says so (`--label gt`); one that only reports is unknown."""
    report_only = bool(truths) and truths[-1].report_only
    success = truths[-1].success if truths and not report_only else None
    status = Status.UNKNOWN if success is None else Status.SUCCESS if success else Status.FAILURE
    return Verdict(
        uid=uid(caller.arm_hash, trajectory.uid, "gt"),
        rollout_uid=trajectory.uid,
        status=status,
        reason="not labelled: the grading only reports" if report_only else "labelled by the environment's own grading",
        source="gt",
    )


def carried_verdict(caller: Caller, trajectory: Trajectory) -> Verdict:
    """A person's verdict on an earlier rollout of the same task as a label (`--label human`); without one unknown."""
    earlier = caller.tools.human
    return Verdict(
        uid=uid(caller.arm_hash, trajectory.uid, CARRIED),
        rollout_uid=trajectory.uid,
        status=earlier.status if earlier else Status.UNKNOWN,
        reason=earlier.reason if earlier else "not labelled: no person judged an earlier rollout of this task",
        source=CARRIED,
    )


def with_noise(caller: Caller, verdict: Verdict, rollout_index: int) -> Verdict:
    """Flip success and failure at the arm's rate with a die of the rollout's own; unknown stays.

    The die is thrown alike in every arm, so arms stay paired and a higher rate flips all that a lower one does.
    A flipped label has no reason, which would speak against it; the source's own words stay in `raw`.
    """
    rate = caller.arm.label_noise
    if rate <= 0 or verdict.status is Status.UNKNOWN:
        return verdict
    draw = call_seed(caller.arm.seed, caller.task.key, rollout_index, "label-noise", 0) / 2**31
    if draw >= rate:
        return verdict
    raw = verdict.raw or verdict.reason
    return replace(verdict, status=FLIPPED[verdict.status], reason="", raw=raw, noisy=True)


def without_noise(verdict: Verdict) -> Verdict:
    """What the source itself said, status and reason."""
    if not verdict.noisy:
        return verdict
    reason = parse_verdict(verdict.raw)[1] if verdict.source == "judge" else verdict.raw
    return replace(verdict, status=FLIPPED[verdict.status], reason=reason, noisy=False)


def _invalid(caller: Caller, trajectory: Trajectory) -> Verdict:
    return Verdict(
        uid=uid(caller.arm_hash, trajectory.uid, "invalid"),
        rollout_uid=trajectory.uid,
        status=Status.UNKNOWN,
        reason=f"not judged: the attempt was cut short ({trajectory.exit_detail or trajectory.exit_reason})",
        source=caller.arm.label,
        failure=trajectory.failure,
    )
