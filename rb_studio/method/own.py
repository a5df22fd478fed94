"""A memory method of one's own, behind the same four functions as the shipped modes.

The method runs elsewhere (see `Runner`); here its view of a task is made, what it asks for is answered, and what it
gives back becomes records. The view is built field by field from what a method may see: ground truth, grading, the
task's setup and other arms are not among it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from itertools import groupby
from typing import TYPE_CHECKING, Any, Protocol

from rb_studio.method import protocol
from rb_studio.method.calls import Caller
from rb_studio.method.case import Case, Lesson, Note
from rb_studio.method.consolidate import Settled
from rb_studio.method.distill import Distilled, Labelled
from rb_studio.method.own_desk import OUTSIDE_ROLLOUTS, TEXTS, Desk
from rb_studio.method.own_views import Rank, attempt_of, notes_of, ranks
from rb_studio.method.retrieve import (
    NEAR_MISSES,
    memory_block,
    refuse_other_embedder,
    with_withheld,
)
from rb_studio.records.calls import CONSOLIDATE
from rb_studio.records.errors import RbStudioError
from rb_studio.records.identity import call_seed, lot
from rb_studio.records.item_text import embedded_text
from rb_studio.records.judgement import Verdict
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

if TYPE_CHECKING:
    from rb_studio.records.memory import Vector

MOST_LESSONS = 100
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
        self._notes: list[str] = []
        self._rollouts: Sequence[Labelled] = ()
        self._domain = ""

    @property
    def always_consolidates(self) -> bool:
        return "consolidate" in self._runner.functions

    @property
    def embedded(self) -> Sequence[str]:
        return self._embedded

    @property
    def notes(self) -> Sequence[str]:
        return self._notes

    def retrieve(self, caller: Caller, bank: Bank, query: "Vector | None") -> Retrieval | None:
        embedder = caller.tools.embedder
        if "retrieve" not in self._runner.functions or embedder is None or query is None:
            return self._shipped.retrieve(caller, bank, query)
        refuse_other_embedder(bank, embedder)
        if caller.arm.retrieve_n == 0 or not bank.experiences:
            return Retrieval(caller.task.text, embedder.identity, withhold=caller.arm.withhold or None)
        ranked = ranks(bank, caller, query)
        allowed = {name for name, (_, _, reason) in ranked.items() if reason is None}
        case = self._case(caller, "retrieve", notes_of(bank, allowed, ranked))
        chosen = self._call(caller, "retrieve", case)
        found = Retrieval(
            caller.task.text,
            embedder.identity,
            *self._hits(bank, ranked, self._known(chosen, case)[: caller.arm.most_items]),
        )
        return with_withheld(found, caller.arm.withhold, partial(lot, caller.arm.seed, caller.task.key))

    def inject(self, caller: Caller, bank: Bank, found: Retrieval) -> str:
        """Without a note nothing is injected, whatever the method would say; withheld ones it does not see."""
        uids = [name for hit in found.hits for name in hit.item_uids]
        if not uids:
            return ""
        items = {item.uid: item for one in bank.experiences for item in one.items}
        if "inject" not in self._runner.functions:
            return memory_block([items[name] for name in uids], caller.tools.prompts)
        withheld = {name for hit in found.hits for name in hit.withheld_uids}
        shown = notes_of(bank, {hit.uid for hit in found.hits})
        notes = {note.uid: note for note in shown if note.uid not in withheld}
        chosen = tuple(notes[name] for name in uids)
        return str(self._call(caller, "inject", self._case(caller, "inject", tuple(notes.values())), chosen))

    def distil(
        self, caller: Caller, bank: Bank, found: Retrieval | None, rollouts: Sequence[Labelled], domain: str
    ) -> Distilled | None:
        """Vanilla rollouts are distilled each alone, all others together."""
        self._rollouts, self._domain = rollouts, domain
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
        case = self._case(caller, "consolidate", notes_of(bank), found, self._rollouts)
        desk = Desk(caller, self._rollouts, self._domain, self._embedded, experience.items, CONSOLIDATE)
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
        case = self._case(caller, "distil", notes_of(bank), found, group)
        desk = Desk(caller, group, domain, self._embedded)
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
        desk: Desk,
        vectors: "Mapping[str, Vector]",
    ) -> Settled:
        """Lessons that come back enter; edits and drops are a change of what the bank holds, logged and reversible."""
        lessons = [one["lesson"] for one in given if one["kind"] == "lesson"]
        self._refuse_too_many(lessons, "consolidate")
        self._known([one["uid"] for one in given if one["kind"] != "lesson"], case, "consolidate")
        items = desk.entering(lessons)
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

    def _call(self, caller: Caller, function: str, case: Case, value: Any = None) -> Any:
        desk = Desk(caller, (), "", self._embedded)
        given = self._runner.call(function, case, value, desk.answer, caller.tools.check_cancelled)
        self._notes += desk.notes
        return given

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
            attempts=tuple(attempt_of(number, one) for number, one in enumerate(group, 1)),
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
        self, bank: Bank, ranked: Mapping[str, Rank], chosen: Sequence[str]
    ) -> tuple[tuple[RetrievedExperience, ...], tuple[NearMiss, ...]]:
        """Chosen notes in their order, neighbours of one experience together; the nearest others with the reason."""
        home = {item.uid: one for one in bank.experiences for item in one.items}
        groups = [(name, tuple(uids)) for name, uids in groupby(chosen, key=lambda uid: home[uid].uid)]
        shown = {name for name, _ in groups}
        by_uid = {one.uid: one for one in bank.experiences}
        hits = tuple(
            RetrievedExperience(name, rank, ranked[name][1], by_uid[name].task_key, by_uid[name].task_text, uids)
            for rank, (name, uids) in enumerate(groups, 1)
        )
        missed = sorted((name for name in ranked if name not in shown), key=lambda name: ranked[name][0])
        why = f"not chosen by {self._runner.name}"
        misses = tuple(
            NearMiss(name, ranked[name][1], by_uid[name].task_key, by_uid[name].task_text, ranked[name][2] or why)
            for name in missed[:NEAR_MISSES]
        )
        return hits, misses


def _texts_equal(one: MemoryItem | Rewritten, other: MemoryItem | None) -> bool:
    return other is not None and embedded_text(one) == embedded_text(other)


def _embedded(caller: Caller, items: Sequence[MemoryItem | Rewritten]) -> "dict[str, Vector]":
    embedder = caller.tools.embedder
    if not items or embedder is None:
        return {}
    rows = embedder.embed([embedded_text(item) for item in items])
    return {item.uid: row for item, row in zip(items, rows, strict=True)}
