"""The practice model: a simulated chat model that plays every role of the method in the practice shop.

Its inputs are the messages, the temperature, the limit of tokens and the seed, and nothing else: equal
inputs give an equal reply. It is a simulator, and everything it writes is marked as such.
"""

import math
import re
from collections.abc import Sequence
from functools import cached_property

from rb_studio.models.errors import EmbeddingError
from rb_studio.models.practice_act import LASTING, UNABLE, act
from rb_studio.models.practice_constants import DEFAULT, VERSION, PracticeConstants
from rb_studio.models.practice_distill import distil, workflow
from rb_studio.models.practice_influence import Advisor
from rb_studio.models.practice_judge import judge
from rb_studio.models.practice_merge import reconcile
from rb_studio.models.practice_select import choose
from rb_studio.models.practice_talk import part, read_talk
from rb_studio.models.protocol import Embedder
from rb_studio.records.calls import CallSettings, Failure, FailureKind, Message, Reply, Usage
from rb_studio.records.identity import digest

CHARACTERS_PER_TOKEN = 4


class PracticeModel:
    """A ChatModel without weights. Tokens are counted as characters divided by four, rounded up.

    Parameters
    ----------
    constants
        The numbers it works with; others than the shipped ones change its identity.
    embedder
        Measures what memory items advise; the packaged MiniLM by default, loaded on first use.
    """

    simulated = True

    def __init__(self, constants: PracticeConstants = DEFAULT, embedder: Embedder | None = None) -> None:
        self._constants = constants
        self._embedder = embedder

    @cached_property
    def identity(self) -> str:
        """Name and version of the constants."""
        name = f"practice-{VERSION}"
        return name if self._constants == DEFAULT else f"{name}+{digest(repr(self._constants))[:8]}"

    def reply(self, messages: Sequence[Message], settings: CallSettings, seed: int) -> Reply:
        """One answer in the form that the prompt demands."""
        try:
            text = self._text(messages, settings.temperature, seed)
        except EmbeddingError as fault:
            return Reply("", failure=Failure(FailureKind.SERVER, str(fault)), model=self.identity)
        finish, limit = "stop", settings.max_tokens
        if limit is not None and tokens(len(text)) > limit:
            text, finish = text[: limit * CHARACTERS_PER_TOKEN], "length"
        usage = Usage(tokens(sum(len(message.content) for message in messages)), tokens(len(text)))
        return Reply(text, usage=usage, finish=finish, model=self.identity, cost=0.0)

    def close(self) -> None:
        """Nothing is held open."""

    @cached_property
    def _advisor(self) -> Advisor:
        if self._embedder is None:
            from rb_studio.models.minilm import shared

            self._embedder = shared()
        return Advisor(self._embedder, self._constants)

    def _text(self, messages: Sequence[Message], temperature: float | None, seed: int) -> str:
        demand = messages[0].content if messages else ""
        if "<action>" in demand:
            talk = read_talk(messages, LASTING)
            return act(talk, self._advisor.influence(talk.prompt), self._constants, temperature, seed)
        text = "\n".join(message.content for message in messages[1:]) if len(messages) > 1 else demand
        if "Status: correct or incorrect" in demand:
            return _compared(text)
        if "Status:" in demand:
            return judge(text)
        if '{"index"' in demand:
            return choose(text)
        if "# Workflow" in demand:
            return workflow(text, seed)
        if '{"decisions"' in demand:
            return reconcile(text, self._advisor)
        if "# Memory Item" in demand:
            return distil(text, self._constants, seed)
        if "<answer>" in demand:
            return f"<think>This is no task of the practice shop.</think>\n<answer>{UNABLE}</answer>"
        return UNABLE


def tokens(characters: int) -> int:
    """The stated rule: a token is four characters."""
    return math.ceil(characters / CHARACTERS_PER_TOKEN)


def _compared(text: str) -> str:
    """A grader's reply: whether answer and reference are the same words."""
    reference, answer = part(text, "Reference:", "\nAnswer:"), part(text, "\nAnswer:")
    same = re.findall(r"\w+", reference.casefold()) == re.findall(r"\w+", answer.casefold())
    thoughts = "I am the practice model and compare word by word."
    return f"Thoughts: {thoughts}\nStatus: {'correct' if same else 'incorrect'}"
