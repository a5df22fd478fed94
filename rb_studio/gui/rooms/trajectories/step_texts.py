"""What the further tabs of a step show: the raw reply."""

from rb_studio.gui.rooms.trajectories.opened import Opened
from rb_studio.gui.rooms.trajectories.plain import DASH, number, seconds

NO_REPLY = "The raw reply of this step is not stored."


def reply_of(opened: Opened, place: int, *, blind: bool = False) -> str:
    """What the model answered, as it came, with what is known of the call; every try where there were several.

    Who judges `blind` is not told the model.
    """
    calls = opened.calls.get(place, ())
    if not calls:
        kept = opened.step(place).reasoning
        return f"{NO_REPLY}\n\nReasoning:\n{kept}" if kept else NO_REPLY
    parts = []
    for call in calls:
        reply = call.reply
        model = "" if blind else f"model {reply.model or DASH}, "
        tokens = (number(reply.usage.prompt), number(reply.usage.completion)) if reply.usage else (DASH, DASH)
        parts.append(
            f"{model}finish {reply.finish or DASH}, tokens {tokens[0]} + {tokens[1]}, "
            f"{seconds(reply.latency)}, attempts {reply.attempts}, seed {call.seed}"
        )
        if reply.failure is not None:
            parts.append(f"Failed: {reply.failure.message}")
        if reply.reasoning:
            parts.append(f"Reasoning:\n{reply.reasoning}\n\nReply:")
        parts.append(f"{reply.text}\n")
    return "\n".join(parts).rstrip("\n")
