"""The desk a method of one's own turns to: models by role, the shipped prompts, the embedder."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from rb_studio.method.calls import Caller
from rb_studio.method.distill import Labelled, distil_contrast, distil_single, source_of
from rb_studio.records.calls import Message
from rb_studio.records.identity import uid
from rb_studio.records.memory import MemoryItem

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

ASKED = ("distiller", "selector")
OUTSIDE_ROLLOUTS = -1  # the rollout index of a method's own calls: they throw no rollout's dice
TEXTS = ("title", "description", "content")
MOST_ASKED = 500  # questions to models in one call: waiting for them takes none of a method's own time
LONGEST_ASKED = 1_000_000
MOST_EMBEDDED = 100_000


class Desk:
    """Answers what a method asks its case for; every model call is recorded with the task."""

    def __init__(
        self,
        caller: Caller,
        group: Sequence[Labelled],
        domain: str,
        embedded: list[str],
        known: Sequence[MemoryItem] = (),
        phase: str | None = None,
    ) -> None:
        self._caller, self._group, self._domain, self._embedded = caller, group, domain, embedded
        self._phase = phase
        self._times = 0
        self._distilled = len(known)
        self.found = list(known)
        self.notes: list[str] = []
        self.raw: list[str] = []
        self._model = ""
        self._prompt_hash: str | None = None

    def answer(self, what: str, value: Any) -> Any:
        """Raises ValueError with a sentence for the method's author."""
        desks: Mapping[str, Callable[[Any], Any]] = {"ask": self._ask, "lessons": self._lessons, "embed": self._embed}
        self._times += what != "embed"
        if self._times > MOST_ASKED:
            raise ValueError(f"a method may ask models {MOST_ASKED} times in one call")
        return desks[what](value)

    def item(self, given: Mapping[str, Any], ordinal: int) -> MemoryItem:
        """A lesson as a memory item of this task; one that a shipped prompt found keeps where it comes from."""
        name = uid(self._caller.arm_hash, self._caller.task.key, "item", ordinal)
        title, description, content = (str(given[text]) for text in TEXTS)
        origin = given.get("origin")
        if isinstance(origin, int) and 0 <= origin < len(self.found):
            found = self.found[origin]
            return replace(found, uid=name, title=title, description=description, content=content)
        statuses = {str(one.verdict.status) for one in self._group}
        return MemoryItem(
            uid=name,
            title=title,
            description=description,
            content=content,
            polarity=statuses.pop() if len(statuses) == 1 else "contrast",
            sources=tuple(source_of(one, one.verdict.cited) for one in self._group),
            label_source=self._caller.arm.label,
            mode=self._caller.arm.memory,
            model=self._model,
            prompt_hash=self._prompt_hash,
            simulated=any(one.trajectory.simulated for one in self._group)
            or self._caller.tools.models["distiller"].simulated,
        )

    def entering(self, given: Sequence[Mapping[str, Any]]) -> tuple[MemoryItem, ...]:
        """Lessons that consolidation lets in: those distilled before keep their name, others get new ones."""
        items: dict[str, MemoryItem] = {}
        for place, one in enumerate(given, self._distilled):
            origin, item = one.get("origin"), self.item(one, place)
            if isinstance(origin, int) and origin < self._distilled and self.found[origin].uid not in items:
                item = replace(item, uid=self.found[origin].uid)
            items[item.uid] = item
        return tuple(items.values())

    def _ask(self, value: Mapping[str, Any]) -> str:
        role, prompts = value["role"], self._caller.tools.prompts
        if role not in ASKED:
            raise ValueError(f"a method may ask the arm's {' or '.join(ASKED)}, not {role!r}")
        length = sum(map(len, map(str, (value["text"], *value["values"].values()))))
        if length > LONGEST_ASKED:
            raise ValueError(f"a method may ask with {LONGEST_ASKED:,} characters, not {length:,}")
        messages: Sequence[Message] = (Message("user", str(value["text"])),)
        prompt_hash = None
        if value["prompt"]:
            name = prompts.name(str(value["prompt"]), self._domain)
            messages, prompt_hash = prompts.fill(name, value["values"]), prompts.hash(name)
        call = self._caller.ask(
            role, messages, rollout_index=OUTSIDE_ROLLOUTS, prompt_hash=prompt_hash, phase=self._phase
        )
        if call.reply.failure is not None:
            self.notes.append(f"the {role} gave no answer: {call.reply.failure.message}")
            return ""
        self._model, self._prompt_hash = call.reply.model, prompt_hash
        self.raw.append(call.reply.text)
        return call.reply.text

    def _lessons(self, numbers: Sequence[int]) -> list[tuple[int, str, str, str]]:
        chosen = [self._group[number - 1] for number in dict.fromkeys(numbers) if 1 <= number <= len(self._group)]
        if not chosen:
            return []
        if len(chosen) == 1:
            made = distil_single(self._caller, chosen[0], self._domain)
        else:
            made = distil_contrast(self._caller, chosen, self._domain)
        first = len(self.found)
        self.found += made.items
        self.notes += made.notes
        self.raw += [made.raw] if made.raw else []
        return [(n, item.title, item.description, item.content) for n, item in enumerate(made.items, first)]

    def _embed(self, texts: Sequence[str]) -> "NDArray[np.float32]":
        embedder = self._caller.tools.embedder
        assert embedder is not None, "every arm with memory has one"
        if len(texts) > MOST_EMBEDDED:
            raise ValueError(f"a method may have {MOST_EMBEDDED:,} texts embedded at once, not {len(texts):,}")
        self._embedded += texts
        return embedder.embed(texts)
