"""The judge: success, failure or unknown, with reasons that cite steps (paper, section 3.2; checklist 7)."""

from rb_studio.method.calls import Caller
from rb_studio.method.render import answer_text, observations_text, steps_text
from rb_studio.method.replies import cited_steps, parse_verdict
from rb_studio.records.calls import LlmCall
from rb_studio.records.identity import uid
from rb_studio.records.judgement import Status, Verdict
from rb_studio.records.trajectory import Trajectory

UNREADABLE = "the judge's reply holds no plain status"


def judge(caller: Caller, trajectory: Trajectory, domain: str) -> Verdict:
    """Ask the judge about one rollout; a failed or unreadable call is unknown, never failure."""
    prompts = caller.tools.prompts
    name = prompts.name("judge", domain)
    messages = prompts.fill(
        name,
        {
            "task": caller.task.text,
            "steps": steps_text(trajectory.steps),
            "observations": observations_text(trajectory),
            "answer": answer_text(trajectory),
        },
    )
    call = caller.ask(
        "judge",
        messages,
        rollout_index=trajectory.rollout_index,
        rollout_uid=trajectory.uid,
        prompt_hash=prompts.hash(name),
    )
    return verdict_of(call, trajectory)


def verdict_of(call: LlmCall, trajectory: Trajectory) -> Verdict:
    """The verdict a judge's call amounts to."""
    reply = call.reply
    status, reason = parse_verdict(reply.text)
    if status is Status.UNKNOWN and not reason:
        reason = UNREADABLE
    if reply.failure is not None:
        status, reason = Status.UNKNOWN, f"the judge did not answer: {reply.failure.message}"
    return Verdict(
        uid=uid(call.uid, "verdict"),
        rollout_uid=trajectory.uid,
        status=status,
        reason=reason,
        raw=reply.text,
        cited=cited_steps(reason, len(trajectory.steps)) if reply.failure is None else (),
        model=reply.model,
        prompt_hash=call.prompt_hash,
        call_uid=call.uid,
        failure=reply.failure,
    )
