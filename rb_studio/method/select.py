"""Best-of-k: one comparison of all attempts by a model (paper, section 4 and appendix)."""

from collections.abc import Sequence

from rb_studio.method.calls import Caller
from rb_studio.method.render import attempt_text
from rb_studio.method.replies import parse_selection
from rb_studio.records.calls import LlmCall
from rb_studio.records.identity import uid
from rb_studio.records.judgement import Selection, Status, Verdict
from rb_studio.records.trajectory import Trajectory


def select(
    caller: Caller, rollouts: Sequence[Trajectory], verdicts: Sequence[Verdict], domain: str
) -> Selection | None:
    """The rollout best-of-k stands on, None when no rollout is valid.

    With one valid rollout nothing is asked. A reply that names no attempt falls back to the first
    judged success, else to the first attempt, and says so.
    """
    valid = [rollout for rollout in rollouts if rollout.valid]
    if not valid:
        return None
    if len(valid) == 1:
        return _selection(caller, valid[0], "only")
    prompts = caller.tools.prompts
    name = prompts.name("select", domain)
    attempts = "\n\n".join(attempt_text(number, rollout) for number, rollout in enumerate(valid, 1))
    call = caller.ask(
        "selector",
        prompts.fill(name, {"task": caller.task.text, "attempts": attempts}),
        rollout_index=0,
        prompt_hash=prompts.hash(name),
    )
    chosen = None if call.reply.failure else parse_selection(call.reply.text, len(valid))
    if chosen is not None:
        return _selection(caller, valid[chosen - 1], "llm", call=call)
    why = call.reply.failure.message if call.reply.failure else "the reply names no attempt"
    return _selection(caller, _fallback(valid, verdicts), "fallback", why, call)


def _fallback(valid: Sequence[Trajectory], verdicts: Sequence[Verdict]) -> Trajectory:
    """Labels by ground truth decide nothing here: best-of-k would be told the answer."""
    judged = {one.rollout_uid for one in verdicts if one.status is Status.SUCCESS and one.source == "judge"}
    return next((rollout for rollout in valid if rollout.uid in judged), valid[0])


def _selection(
    caller: Caller, rollout: Trajectory, how: str, reason: str = "", call: LlmCall | None = None
) -> Selection:
    return Selection(
        uid=uid(caller.arm_hash, caller.task.key, "selection"),
        task_key=caller.task.key,
        rollout_uid=rollout.uid,
        how=how,
        reason=reason,
        raw=call.reply.text if call else "",
        call_uid=call.uid if call else None,
    )
