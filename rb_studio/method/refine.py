"""Sequential scaling: after its rollout an agent is asked to check its work, and goes on where it stands.

k counts the rollout and its checks, so k = 1 adds none (paper, section 4 and appendix; checklist 14).
"""

from collections.abc import Sequence
from dataclasses import replace

from rb_studio.method.prompts import PromptSet
from rb_studio.records.arm import ArmConfig
from rb_studio.records.calls import Message
from rb_studio.records.judgement import Truth
from rb_studio.records.trajectory import ExitReason

# A pass that ended thus leaves something to check; any other ending would only come again.
GOES_ON = frozenset(
    {
        ExitReason.ANSWERED,
        ExitReason.STEP_LIMIT,
        ExitReason.TOKEN_LIMIT,
        ExitReason.COST_LIMIT,
        ExitReason.TIME_LIMIT,
    }
)


def shape(arm: ArmConfig, k: int) -> tuple[int, int]:
    """How many rollouts a task's k stands for, and of how many passes each."""
    return (1, k) if arm.scaling == "sequential" else (k, 1)


def request(prompts: PromptSet, domain: str, done: int) -> Message:
    """What the agent is told after so many passes: a long prompt the first time, a short one after that."""
    name = prompts.name("refine" if done == 1 else "refine-again", domain)
    text = "\n".join(message.content for message in prompts.fill(name, {}))
    return Message("user", text.strip())


def by_pass(truths: Sequence[Truth], passes: int) -> tuple[Truth, ...]:
    """One truth a pass; a rollout that ended early stands as it is in the passes it did not come to."""
    every = [*truths, *[truths[-1]] * (passes - len(truths))]
    return tuple(replace(truth, pass_index=index) for index, truth in enumerate(every))
