"""A memory method of one's own, behind the same four functions as the shipped modes.

The method runs elsewhere (see `Runner`); here its view of a task is made, what it asks for is answered, and what it
gives back becomes records. The view is built field by field from what a method may see: ground truth, grading, the
task's setup and other arms are not among it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Protocol

from rb_studio.method import protocol
from rb_studio.method.calls import Caller
from rb_studio.method.case import Attempt, AttemptStep, Case, Lesson, Note
from rb_studio.method.consolidate import Settled
from rb_studio.method.distill import Distilled, Labelled, distil_contrast, distil_single, source_of
from rb_studio.method.render import answer_text, steps_text
from rb_studio.method.retrieve import (
    NEAR_MISSES,
    excluded,
    memory_block,
    ranked_experiences,
    refuse_other_embedder,
)
from rb_studio.records.calls import Message
from rb_studio.records.errors import RbStudioError
from rb_studio.records.identity import call_seed, uid
from rb_studio.records.item_text import embedded_text
from rb_studio.records.judgement import Status, Verdict
from rb_studio.records.memory import (
    Archived,
    Bank,
    Consolidation,
    Experience,
    MemoryItem,
    NearMiss,
    Retrieval,
    RetrievedExperience,
    Rewritten,
)
from rb_studio.records.trajectory import Trajectory

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from rb_studio.records.memory import Vector

ASKED = ("distiller", "selector")
MOST_LESSONS = 100
OUTSIDE_ROLLOUTS = -1  # the rollout index of a method's own calls: they throw no rollout's dice
TEXTS = ("title", "description", "content")
Answer = Callable[[str, Any], Any]


class MethodFault(RbStudioError):
    """A method of one's own failed: raised, took too long, or gave back what it must not.

    `lasting` tells that the same would happen again.
    """

    def __init__(self, message: str, *, lasting: bool = True) -> None:
        super().__init__(message)
        self.lasting = lasting


class Runner(Protocol):
    """Runs the functions of one method, out of reach of this process's memory."""

    @property
    def name(self) -> str: ...
    @property
    def functions(self) -> Sequence[str]:
        """Which of the four the method defines."""
        ...

    def call(self, function: str, case: Case, value: Any, answer: Answer, check: Callable[[], None]) -> Any:
        """What a function gives back, as plain values.

        `answer` is asked what the method asks its case for. `check` is called often and raises to stop.
        Raises `MethodFault`.
        """
        ...


class OwnMethod:
    """A method of one's own for one task; what it does not define is ReasoningBank's."""

    def __init__(self, runner: Runner) -> None:
        self._runner = runner
        self._shipped = protocol.BuiltIn()
        self._embedded: list[str] = []
        self._rollouts: Sequence[Labelled] = ()

    @property
    def always_consolidates(self) -> bool:
        return "consolidate" in self._runner.functions

    @property
    def embedded(self) -> Sequence[str]:
        return self._embedded

    def retrieve(self, caller: Caller, bank: Bank, key: "Vector | None") -> Retrieval | None:
        embedder = caller.tools.embedder
        if "retrieve" not in self._runner.functions or embedder is None or key is None:
            return self._shipped.retrieve(caller, bank, key)
        refuse_other_embedder(bank, embedder)
        if caller.arm.retrieve_n == 0 or not bank.experiences:
            return Retrieval(caller.task.text, embedder.identity)
        ranks = _ranks(bank, caller, key)
        allowed = {name for name, (_, _, reason) in ranks.items() if reason is None}
        case = self._case(caller, "retrieve", _notes(bank, allowed, ranks))
        chosen = self._call(caller, "retrieve", case, None, "")
        return Retrieval(
            caller.task.text,
            embedder.identity,
            *self._hits(bank, ranks, self._known(chosen, case)[: caller.arm.most_items]),
        )

    def inject(self, caller: Caller, bank: Bank, found: Retrieval) -> str:
        """Without a note nothing is injected, whatever the method would say."""
        uids = [name for hit in found.hits for name in hit.item_uids]
        if not uids:
            return ""
        items = {item.uid: item for one in bank.experiences for item in one.items}
        if "inject" not in self._runner.functions:
            return memory_block([items[name] for name in uids], caller.tools.prompts)
        notes = {note.uid: note for note in _notes(bank, {hit.uid for hit in found.hits})}
        chosen = tuple(notes[name] for name in uids)
        return str(self._call(caller, "inject", self._case(caller, "inject", tuple(notes.values())), chosen, ""))

    def distil(
        self, caller: Caller, bank: Bank, found: Retrieval | None, rollouts: Sequence[Labelled], domain: str
    ) -> Distilled | None:
        """Vanilla rollouts are distilled each alone, all others together."""
        self._rollouts = rollouts
        if "distil" not in self._runner.functions or not rollouts:
            return self._shipped.distil(caller, bank, found, rollouts, domain)
        groups = [[one] for one in rollouts] if caller.arm.scaling == "vanilla" else [list(rollouts)]
        made = Distilled(kind="method")
        for group in groups:
            one = self._distilled(caller, bank, found, group, domain, len(made.items))
            raw = "\n\n".join(text for text in (made.raw, one.raw) if text)
            made = Distilled((*made.items, *one.items), raw, (*made.notes, *one.notes), "method")
        return made

    def consolidate(
        self, caller: Caller, bank: Bank, experience: Experience, found: Retrieval | None, verdicts: Sequence[Verdict]
    ) -> Settled:
        if "consolidate" not in self._runner.functions:
            return self._shipped.consolidate(caller, bank, experience, found, verdicts)
        vectors = _embedded(caller, experience.items)
        lessons = tuple(
            Lesson(item.title, item.description, item.content, vectors[item.uid], number)
            for number, item in enumerate(experience.items)
        )
        case = self._case(caller, "consolidate", _notes(bank), found, self._rollouts)
        desk = _Desk(self, caller, self._rollouts, "")
        given = self._runner.call("consolidate", case, lessons, desk.answer, caller.tools.check_cancelled)
        return self._settled(caller, experience, case, given, desk, vectors)

    def _distilled(
        self,
        caller: Caller,
        bank: Bank,
        found: Retrieval | None,
        group: Sequence[Labelled],
        domain: str,
        first: int,
    ) -> Distilled:
        case = self._case(caller, "distil", _notes(bank), found, group)
        desk = _Desk(self, caller, group, domain)
        given = self._runner.call("distil", case, case.attempts, desk.answer, caller.tools.check_cancelled)
        self._refuse_too_many(given, "distil")
        items = tuple(desk.item(one, first + place) for place, one in enumerate(given))
        return Distilled(items, "\n\n".join(desk.raw), tuple(desk.notes), "method")

    def _settled(
        self,
        caller: Caller,
        experience: Experience,
        case: Case,
        given: Sequence[Mapping[str, Any]],
        desk: "_Desk",
        vectors: "Mapping[str, Vector]",
    ) -> Settled:
        """Lessons that come back enter; edits and drops are a change of what the bank holds, logged and reversible."""
        self._refuse_too_many([one for one in given if one["kind"] == "lesson"], "consolidate")
        self._known([one["uid"] for one in given if one["kind"] != "lesson"], case, "consolidate")
        desk.found = list(experience.items)
        items = tuple(
            desk.item(one["lesson"], place) for place, one in enumerate(one for one in given if one["kind"] == "lesson")
        )
        edits = {one["uid"]: one for one in given if one["kind"] == "edit"}
        drops = {one["uid"]: one for one in given if one["kind"] == "drop"}
        rewritten = tuple(Rewritten(name, *(one[text] for text in TEXTS)) for name, one in edits.items())
        archived = tuple(Archived(name, None, one["reason"]) for name, one in drops.items())
        change = Consolidation(caller.arm.memory, archived, rewritten) if rewritten or archived else None
        same = {item.uid: item for item in experience.items}
        entered: tuple[MemoryItem | Rewritten, ...] = (*items, *rewritten)
        new = [one for one in entered if not _texts_equal(one, same.get(one.uid))]
        texts = (*map(embedded_text, experience.items), *map(embedded_text, new))
        kept = {item.uid: vectors[item.uid] for item in items if item.uid in vectors}
        return Settled(
            replace(experience, items=items), change, {**kept, **_embedded(caller, new)}, texts, tuple(desk.notes)
        )

    def _call(self, caller: Caller, function: str, case: Case, value: Any, domain: str) -> Any:
        desk = _Desk(self, caller, (), domain)
        return self._runner.call(function, case, value, desk.answer, caller.tools.check_cancelled)

    def _case(
        self,
        caller: Caller,
        function: str,
        notes: tuple[Note, ...],
        found: Retrieval | None = None,
        group: Sequence[Labelled] = (),
    ) -> Case:
        uids = {name for hit in (found.hits if found else ()) for name in hit.item_uids}
        return Case(
            task=caller.task.text,
            site=caller.task.site,
            notes=notes,
            n=caller.arm.retrieve_n,
            seed=call_seed(caller.arm.seed, caller.task.key, OUTSIDE_ROLLOUTS, function, 0),
            preamble=caller.tools.prompts.texts["inject"],
            used=tuple(note for note in notes if note.uid in uids),
            attempts=tuple(_attempt(number, one) for number, one in enumerate(group, 1)),
        )

    def _known(self, uids: Sequence[str], case: Case, function: str = "retrieve") -> list[str]:
        """Uids without repetitions; a note the case does not hold was made up, or kept from another task."""
        there = {note.uid for note in case.notes}
        if set(uids) - there:
            raise MethodFault(
                f"the method {self._runner.name} gave back a note in {function} that this task's case does not hold: "
                "use those of case.notes"
            )
        return list(dict.fromkeys(uids))

    def _refuse_too_many(self, given: Sequence[Any], function: str) -> None:
        if len(given) > MOST_LESSONS:
            raise MethodFault(
                f"the method {self._runner.name} gave back {len(given)} lessons in {function}: "
                f"{MOST_LESSONS} of one task are the most"
            )

    def _hits(
        self, bank: Bank, ranks: Mapping[str, "_Rank"], chosen: Sequence[str]
    ) -> tuple[tuple[RetrievedExperience, ...], tuple[NearMiss, ...]]:
        """Chosen notes by experience in the order they were chosen; of the others the nearest, with the reason."""
        home = {item.uid: one for one in bank.experiences for item in one.items}
        groups: dict[str, list[str]] = {}
        for name in chosen:
            groups.setdefault(home[name].uid, []).append(name)
        by_uid = {one.uid: one for one in bank.experiences}
        hits = tuple(
            RetrievedExperience(name, rank, ranks[name][1], by_uid[name].task_key, by_uid[name].task_text, tuple(uids))
            for rank, (name, uids) in enumerate(groups.items(), 1)
        )
        missed = sorted((name for name in ranks if name not in groups), key=lambda name: ranks[name][0])
        why = f"not chosen by {self._runner.name}"
        misses = tuple(
            NearMiss(name, ranks[name][1], by_uid[name].task_key, by_uid[name].task_text, ranks[name][2] or why)
            for name in missed[:NEAR_MISSES]
        )
        return hits, misses


class _Desk:
    """Answers what a method asks its case for; every model call is recorded with the task."""

    def __init__(self, method: OwnMethod, caller: Caller, group: Sequence[Labelled], domain: str) -> None:
        self._method, self._caller, self._group, self._domain = method, caller, group, domain
        self.found: list[MemoryItem] = []
        self.notes: list[str] = []
        self.raw: list[str] = []
        self._model = ""
        self._prompt_hash: str | None = None

    def answer(self, what: str, value: Any) -> Any:
        """Raises ValueError with a sentence for the method's author."""
        desks: Mapping[str, Callable[[Any], Any]] = {"ask": self._ask, "lessons": self._lessons, "embed": self._embed}
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

    def _ask(self, value: Mapping[str, Any]) -> str:
        role, prompts = value["role"], self._caller.tools.prompts
        if role not in ASKED:
            raise ValueError(f"a method may ask the arm's {' or '.join(ASKED)}, not {role!r}")
        messages: Sequence[Message] = (Message("user", str(value["text"])),)
        prompt_hash = None
        if value["prompt"]:
            name = prompts.name(str(value["prompt"]), self._domain)
            messages, prompt_hash = prompts.fill(name, value["values"]), prompts.hash(name)
        call = self._caller.ask(role, messages, rollout_index=OUTSIDE_ROLLOUTS, prompt_hash=prompt_hash)
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
        self._method._embedded += texts
        return embedder.embed(texts)


_Rank = tuple[int, float, str | None]


def _ranks(bank: Bank, caller: Caller, key: "Vector") -> dict[str, _Rank]:
    """Experiences by uid: rank among all that could be shown, cosine, and why one must not be."""
    arm = caller.arm
    ranks: dict[str, _Rank] = {}
    place = 0
    for one, score in ranked_experiences(bank, key):
        reason = excluded(one, caller.task, arm.exclude_template, arm.scope)
        place += reason is None
        ranks[one.uid] = (place if reason is None else 0, score, reason)
    return ranks


def _notes(bank: Bank, allowed: set[str] | None = None, ranks: Mapping[str, _Rank] | None = None) -> tuple[Note, ...]:
    """Items in use, the oldest first; of the allowed experiences where they are told."""
    return tuple(
        Note(
            item.title,
            item.description,
            item.content,
            bank.item_vectors.get(item.uid),
            uid=item.uid,
            task=one.task_text,
            polarity=item.polarity,
            tags=item.tags,
            rank=ranks[one.uid][0] if ranks else 0,
        )
        for one in bank.experiences
        if allowed is None or one.uid in allowed
        for item in one.active_items
    )


def _attempt(number: int, labelled: Labelled) -> Attempt:
    trajectory: Trajectory = labelled.trajectory
    return Attempt(
        number=number,
        success=labelled.verdict.status is Status.SUCCESS,
        reason=labelled.verdict.reason,
        answer=answer_text(trajectory),
        steps=tuple(
            AttemptStep(step.thought, step.action_text, step.observation, step.error) for step in trajectory.steps
        ),
        text=steps_text(trajectory.steps),
    )


def _texts_equal(one: MemoryItem | Rewritten, other: MemoryItem | None) -> bool:
    return other is not None and embedded_text(one) == embedded_text(other)


def _embedded(caller: Caller, items: Sequence[MemoryItem | Rewritten]) -> "dict[str, Vector]":
    embedder = caller.tools.embedder
    if not items or embedder is None:
        return {}
    rows = embedder.embed([embedded_text(item) for item in items])
    return {item.uid: row for item, row in zip(items, rows, strict=True)}
