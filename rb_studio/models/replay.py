"""A model that answers from stored calls, and only from them."""

from collections.abc import Iterable, Mapping, Sequence

from rb_studio.records.calls import CallSettings, Failure, FailureKind, LlmCall, Message, Reply
from rb_studio.records.identity import canonical_json, digest


def call_digest(messages: Sequence[Message], settings: CallSettings, seed: int) -> str:
    """What makes two calls the same: messages in order, settings and seed."""
    worded = [[message.role, message.content] for message in messages]
    return digest(canonical_json([worded, settings.temperature, settings.max_tokens, seed]))


class RecordedModel:
    """Replays replies; a call that was not recorded is a BAD_REQUEST failure, never a guess.

    Parameters
    ----------
    replies
        Replies by `call_digest`.
    identity
        That of the model that gave them.
    simulated
        Whether that model was a simulation.
    """

    def __init__(self, replies: Mapping[str, Reply], identity: str = "recorded", simulated: bool = False) -> None:
        self._replies = dict(replies)
        self.identity = identity
        self.simulated = simulated

    @classmethod
    def from_calls(
        cls, calls: Iterable[LlmCall], identity: str = "recorded", simulated: bool = False
    ) -> "RecordedModel":
        """A model that gives these calls' replies; of equal calls the first that succeeded counts."""
        replies: dict[str, Reply] = {}
        for call in calls:
            key = call_digest(call.messages, call.settings, call.seed)
            if key not in replies or (replies[key].failure and not call.reply.failure):
                replies[key] = call.reply
        return cls(replies, identity, simulated)

    def reply(self, messages: Sequence[Message], settings: CallSettings, seed: int) -> Reply:
        """The recorded reply, as it was given."""
        known = self._replies.get(call_digest(messages, settings, seed))
        if known is not None:
            return known
        sentence = f"no answer to this call is recorded for {self.identity}; run it with a live model"
        return Reply("", failure=Failure(FailureKind.BAD_REQUEST, sentence), model=self.identity, attempts=0)

    def close(self) -> None:
        """Nothing is held."""
