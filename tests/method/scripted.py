"""A chat model that answers from a script and remembers what it was sent, and small worlds to use it in."""

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache

from rb_studio.environments.answer import AnswerOnly
from rb_studio.environments.graders import grader
from rb_studio.environments.graders.llm import Ask
from rb_studio.environments.practice import PracticeShop, practice_suite
from rb_studio.method.tools import Tools
from rb_studio.models.hashing import HashingEmbedder
from rb_studio.records.arm import ArmConfig
from rb_studio.records.calls import CallSettings, Failure, FailureKind, Message, Reply, Usage
from rb_studio.records.item_text import ItemText, render_items
from rb_studio.records.memory import Bank, Experience, MemoryItem
from rb_studio.records.task import Grading, SuiteContent, Task

Answer = str | Reply
Script = Answer | Sequence[Answer] | Callable[[Sequence[Message], int], Answer]

THINK = "<think>I work it out.</think>\n"
ANSWERS = f"{THINK}<answer>42</answer>"
SENDS = f"{THINK}<action>send_msg_to_user('42')</action>"
WAITS = f"{THINK}<action>noop()</action>"
SUCCESS = "Thoughts: it holds [step 1].\nStatus: success"
FAILURE = "Thoughts: it does not hold [step 1].\nStatus: failure"


def items_text(count: int = 1, word: str = "lesson", evidence: str = "") -> str:
    """A distiller's reply with so many items."""
    texts = [ItemText(f"{word} {n}", f"when {word} {n}", f"do {word} {n}") for n in range(1, count + 1)]
    line = f"\n## Evidence {evidence}" if evidence else ""
    return "I compare first.\n\n" + render_items(texts).replace("\n\n", f"{line}\n\n") + line


def fault(kind: FailureKind, message: str = "the endpoint is not well") -> Reply:
    """A reply that is a typed failure."""
    return Reply("", failure=Failure(kind, message), model="scripted")


@dataclass(frozen=True)
class Sent:
    """One request as the model got it."""

    messages: tuple[Message, ...]
    settings: CallSettings
    seed: int

    @property
    def text(self) -> str:
        return "\n".join(message.content for message in self.messages)


@dataclass
class ScriptedModel:
    """Implements ChatModel. A list is answered in order and must suffice; one text answers for ever."""

    script: Script
    identity: str = "scripted"
    simulated: bool = False
    usage: Usage | None = field(default_factory=lambda: Usage(10, 2))
    cost: float | None = 0.01
    sent: list[Sent] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def reply(self, messages: Sequence[Message], settings: CallSettings, seed: int) -> Reply:
        with self._lock:
            number = len(self.sent)
            self.sent.append(Sent(tuple(messages), settings, seed))
        answer = self._answer(messages, number, seed)
        if isinstance(answer, Reply):
            return answer
        return Reply(answer, usage=self.usage, finish="stop", model=self.identity, cost=self.cost)

    def close(self) -> None:
        pass

    def _answer(self, messages: Sequence[Message], number: int, seed: int) -> Answer:
        if callable(self.script):
            return self.script(messages, seed)
        return self.script if isinstance(self.script, str | Reply) else self.script[number]


@dataclass
class Cast:
    """The models of all roles, with what each was sent."""

    actor: ScriptedModel
    judge: ScriptedModel
    distiller: ScriptedModel
    selector: ScriptedModel

    @property
    def by_role(self) -> dict[str, ScriptedModel]:
        return {name: getattr(self, name) for name in ("actor", "judge", "distiller", "selector")}

    @property
    def sent(self) -> list[Sent]:
        return [sent for model in self.by_role.values() for sent in model.sent]


def cast(
    actor: Script = ANSWERS,
    judge: Script = SUCCESS,
    distiller: Script | None = None,
    selector: Script = '{"index": [1], "analysis": "first"}',
) -> Cast:
    """Scripted models for every role."""
    scripts = (actor, judge, items_text() if distiller is None else distiller, selector)
    return Cast(*(ScriptedModel(script) for script in scripts))


def question(number: int = 1, text: str | None = None, **more: object) -> Task:
    """A task of the answer-only environment."""
    words = text or f"What is {number} plus the number of the day?"
    return Task(f"sums/{number}", "sums", number, words, template=f"t{number}", **more)


def answer_tools(models: Cast | Mapping[str, ScriptedModel], expected: object = "42", **more: object) -> Tools:
    """Tools for answer-only tasks that expect one answer."""

    def opened(task: Task, ask: Ask) -> AnswerOnly:
        return AnswerOnly(Grading(task.key, "exact", expected), grader("exact"))

    return _tools(models, opened, **more)


@cache
def shop_suite() -> SuiteContent:
    return practice_suite()


def shop_task(ordinal: int = 0) -> Task:
    """A task of the practice shop."""
    return shop_suite().tasks[ordinal]


def shop_tools(models: Cast | Mapping[str, ScriptedModel], **more: object) -> Tools:
    """Tools for tasks of the practice shop."""
    gradings = {grading.task_key: grading for grading in shop_suite().gradings}
    return _tools(models, lambda task, ask: PracticeShop(gradings[task.key]), **more)


def _tools(models: Cast | Mapping[str, ScriptedModel], opened: Callable[[Task, Ask], object], **more: object) -> Tools:
    by_role = models.by_role if isinstance(models, Cast) else models
    given = {"embedder": HashingEmbedder(), "now": lambda: "2026-01-01T00:00:00.000Z", **more}
    return Tools(models=by_role, open_environment=opened, grade=lambda environment: environment.grade(), **given)


def arm(memory: str = "reasoningbank", k: int = 1, scaling: str | None = None, **more: object) -> ArmConfig:
    """An arm of the scripted tests."""
    return ArmConfig("sums", memory=memory, k=k, scaling=scaling or ("none" if k == 1 else "parallel"), **more)


def experience(name: str, text: str, *items: MemoryItem, template: str | None = None) -> Experience:
    """A past experience, with one item unless others are given."""
    own = items or (MemoryItem(f"item-{name}", f"title {name}", f"description {name}", f"content {name}"),)
    return Experience(f"exp-{name}", f"past/{name}", text, own, template=template)


def bank_of(*experiences: Experience) -> Bank:
    """A bank embedded with the embedder of the scripted tools."""
    embedder = HashingEmbedder()
    vectors = {one.uid: embedder.embed([one.task_text])[0] for one in experiences}
    return Bank(experiences, vectors, embedder.identity)
