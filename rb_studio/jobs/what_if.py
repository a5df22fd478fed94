"""What would be injected for a task that nobody ran: retrieval over a bank as it stands, or stood."""

import sqlite3
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from rb_studio.jobs.tokens import count_tokens, tokenizer_name
from rb_studio.method.prompts import PromptSet
from rb_studio.method.retrieve import asked, excluded, left_out, no_room, retrieve, scores
from rb_studio.models.protocol import Embedder
from rb_studio.records.errors import UsageError
from rb_studio.records.item_text import embedded_text, render_item
from rb_studio.records.memory import Bank, Experience, MemoryItem, Retrieval
from rb_studio.records.task import Task
from rb_studio.store import banks, prompts, suites

if TYPE_CHECKING:
    from rb_studio.records.memory import Vector

BATCH = 64
# No stored task has this key, so that no experience is left out as the task's own.
ASKED = "retrieve:asked"
# How many that are not injected are listed.
NEAR = 20


@dataclass(frozen=True, slots=True)
class Question:
    """A task to retrieve for, and how.

    `n`, `unit`, `scope`, `most_items` are as of `retrieve`; `suite` and `site` are the task's, which a scope goes by.
    Left out are experiences of a template, those of the task with this key, items or experiences by uid, and
    templates `held_out` by a test split (of a task without one its key).
    """

    text: str
    n: int = 1
    unit: str = "experience"
    scope: str = "global"
    most_items: int | None = None
    without_template: str | None = None
    without_task: str | None = None
    without: tuple[str, ...] = ()
    suite: str = ""
    site: str | None = None
    held_out: tuple[str, ...] = ()

    @property
    def task(self) -> Task:
        """The task as retrieval sees it."""
        return Task(self.without_task or ASKED, self.suite, 0, self.text, self.site, self.without_template)


@dataclass(frozen=True, slots=True)
class ScorePart:
    """An experience, or an item where that is the unit, as it was ranked.

    `rank` counts from 1 before anything is left out. `item_scores` are the cosines of the items' own texts with the
    task, None where an item has no vector. `reason` says why it is not injected, and is empty where it is. `tokens`
    are those of its items' texts.
    """

    rank: int
    score: float
    experience_uid: str
    task_key: str
    task_text: str
    item_uids: tuple[str, ...]
    item_scores: tuple[float | None, ...]
    item_tokens: tuple[int, ...]
    reason: str = ""

    @property
    def injected(self) -> bool:
        return not self.reason

    @property
    def tokens(self) -> int:
        return sum(self.item_tokens)


@dataclass(frozen=True, slots=True)
class Answer:
    """What would be injected, and how everything near was ranked.

    The method knows no least score: the line between what is injected and what is not is drawn by `n`. `tokens` are
    those of the whole block, counted as `tokenizer` says. `bank` and `operation` (None: now) say what was asked.
    """

    retrieval: Retrieval
    parts: tuple[ScorePart, ...]
    tokens: int
    bank: str
    operation: int | None
    question: Question
    tokenizer: str = ""

    @property
    def line(self) -> float | None:
        """The score of the last that is injected."""
        return min((part.score for part in self.parts if part.injected), default=None)

    @property
    def margin(self) -> float | None:
        """How far the line lies above the best that was only not near enough."""
        below = [part.score for part in self.parts if part.reason.startswith(_BELOW)]
        return None if self.line is None or not below else round(self.line - max(below), 6)


@dataclass(frozen=True, slots=True)
class Beside:
    """One experience or item in two answers; None where an answer does not list it."""

    uid: str
    task_text: str
    left: ScorePart | None
    right: ScorePart | None


@dataclass(frozen=True, slots=True)
class SideBySide:
    """Two answers beside each other: what both list, injected ones first, and the items only one of them injects.

    `comparable` is False where the scores come from different embedders, or of texts of tasks and texts of items.
    """

    rows: tuple[Beside, ...]
    only_left: tuple[str, ...]
    only_right: tuple[str, ...]
    same_block: bool
    more_tokens: int
    comparable: bool


_BELOW = "below the top"


def answer(
    conn: sqlite3.Connection,
    bank: Bank,
    question: Question,
    embedder: Embedder,
    *,
    name: str = "",
    operation: int | None = None,
) -> Answer:
    """Rank a bank's experiences (or items) for a task and build the block to inject, as a run would.

    `bank` is from `embedded_bank`, with the vectors of items where the unit is the item; `name` and `operation` say
    what it is. Raises UsageError when the text is empty, or the bank was embedded with another model.
    """
    if not question.text.strip():
        raise UsageError("the task is empty: give its text")
    vector = embedder.embed([asked(question.task, embedder)])[0]
    found = retrieve(
        _left(bank, question),
        question.task,
        embedder,
        PromptSet.with_overrides(prompts.prompt_texts(conn)),
        n=question.n,
        exclude_template=question.without_template is not None,
        unit=question.unit,
        scope=question.scope,
        most_items=question.most_items,
        query=vector,
    )
    parts = tuple(_nearest(_ranked(bank, question, vector, found)))
    return Answer(found, parts, count_tokens(found.block), name, operation, question, tokenizer_name())


def compare(left: Answer, right: Answer) -> SideBySide:
    """Put two answers beside each other."""
    by_item = left.question.unit == right.question.unit == "item"
    sides = [{_key(part, by_item): part for part in reversed(one.parts)} for one in (left, right)]
    rows = [Beside(key, _text(key, sides), *(side.get(key) for side in sides)) for key in dict.fromkeys(_keys(sides))]
    rows.sort(key=_place)
    injected = [[uid for hit in one.retrieval.hits for uid in hit.item_uids] for one in (left, right)]
    return SideBySide(
        tuple(rows),
        tuple(uid for uid in injected[0] if uid not in injected[1]),
        tuple(uid for uid in injected[1] if uid not in injected[0]),
        left.retrieval.block == right.retrieval.block,
        right.tokens - left.tokens,
        left.retrieval.embedder == right.retrieval.embedder and left.question.unit == right.question.unit,
    )


def what_if(
    conn: sqlite3.Connection,
    bank: Bank,
    text: str,
    embedder: Embedder,
    *,
    n: int = 1,
    leave_out_template: str | None = None,
) -> Retrieval:
    """The retrieval of an `answer` to the simplest question."""
    return answer(conn, bank, Question(text, n, without_template=leave_out_template), embedder).retrieval


def _left(bank: Bank, question: Question) -> Bank:
    """The bank without what the question leaves out."""
    kept = tuple(one for one in bank.experiences if not _dropped(one, question))
    return left_out(replace(bank, experiences=kept), question.without)


def _dropped(experience: Experience, question: Question) -> str:
    """Why a whole experience is left out before anything is ranked."""
    if (experience.template or experience.task_key) in question.held_out:
        return "held out by the split"
    return "left out" if experience.uid in question.without else ""


def _ranked(bank: Bank, question: Question, vector: "Vector", found: Retrieval) -> Iterator[ScorePart]:
    """Everything that could be a hit, in the order of retrieval."""
    by_item = question.unit == "item"
    indexed = [one for one in _candidates(bank, by_item) if one[2] is not None]
    if not indexed:
        return
    values = scores([one[2] for one in indexed if one[2] is not None], vector).tolist()
    hits = {(hit.uid, uid) for hit in found.hits for uid in hit.item_uids}
    order = sorted(zip(indexed, values, strict=True), key=lambda pair: (-pair[1], pair[0][0].task_key))
    allowed = 0
    for rank, ((experience, items, _), score) in enumerate(order, 1):
        injected = tuple(item for item in items if (experience.uid, item.uid) in hits)
        shown = injected or tuple(item for item in items if item.uid not in question.without) or items
        reason = "" if injected else _reason(experience, items, question, allowed)
        allowed += reason in ("", _no_room(question))
        yield ScorePart(
            rank,
            score,
            experience.uid,
            experience.task_key,
            experience.task_text,
            tuple(item.uid for item in shown),
            tuple(_cosine(bank, item, vector) for item in shown),
            tuple(count_tokens(render_item(item, number)) for number, item in enumerate(shown, 1)),
            reason,
        )


def _candidates(bank: Bank, by_item: bool) -> "Iterator[tuple[Experience, tuple[MemoryItem, ...], Vector | None]]":
    for one in bank.experiences:
        if not by_item and one.active_items:
            yield one, one.active_items, bank.vectors.get(one.uid)
        elif by_item:
            yield from ((one, (item,), bank.item_vectors.get(item.uid)) for item in one.active_items)


def _reason(experience: Experience, items: tuple[MemoryItem, ...], question: Question, before: int) -> str:
    """Why one is not injected that so many that may be stand before."""
    dropped = _dropped(experience, question)
    if dropped or all(item.uid in question.without for item in items):
        return dropped or "left out"
    why = excluded(experience, question.task, question.without_template is not None, question.scope)
    return why or (_no_room(question) if before < question.n else "") or f"{_BELOW} {question.n}"


def _no_room(question: Question) -> str:
    return "" if question.most_items is None else no_room(question.most_items)


def _nearest(parts: Iterator[ScorePart]) -> Iterator[ScorePart]:
    """All that are injected, and the best of the others."""
    others = 0
    for part in parts:
        others += not part.injected
        if part.injected or others <= NEAR:
            yield part


def _cosine(bank: Bank, item: MemoryItem, vector: "Vector") -> float | None:
    own = bank.item_vectors.get(item.uid)
    return None if own is None else float(scores([own], vector)[0])


def _key(part: ScorePart, by_item: bool) -> str:
    return part.item_uids[0] if by_item else part.experience_uid


def _keys(sides: list[dict[str, ScorePart]]) -> list[str]:
    return [key for side in sides for key in side]


def _text(key: str, sides: list[dict[str, ScorePart]]) -> str:
    return next(side[key].task_text for side in sides if key in side)


def _place(row: Beside) -> tuple[bool, int]:
    """Injected ones first, then by the better rank."""
    known = [part for part in (row.left, row.right) if part is not None]
    return not any(part.injected for part in known), min(part.rank for part in known)


def held_out_of(conn: sqlite3.Connection, suite: str, split: str | None) -> tuple[str, ...]:
    """The templates that a split SHARE[:SEED] of a whole suite holds out. Raises `UsageError`."""
    if split is None:
        return ()
    from rb_studio.jobs.request import read_split, split_by_template

    read_split(split)
    return split_by_template(suites.tasks(conn, suite), split)[1]


def embedded_bank(
    conn: sqlite3.Connection,
    bank_id: int,
    operation: int | None,
    embedder: Embedder,
    *,
    items: bool = False,
    told: Callable[[int, int], None] | None = None,
    keep: "Callable[[Mapping[str, Vector]], None] | None" = None,
) -> Bank:
    """The bank's value with a vector for every experience that can be retrieved.

    Parameters
    ----------
    items
        Every item in use gets a vector too; those that are missing are made and not stored.
    told
        Called after each batch of missing vectors with how many are done, and of how many; it may raise to stop.
    keep
        Gets each batch's new vectors by task text; without it they are not stored.
    """
    value = banks.bank_value(conn, bank_id, at_operation=operation, embedder=embedder.identity, items=items)
    missing = [experience for experience in banks.missing_vectors(value) if experience.active_items]
    vectors = dict(value.vectors)
    for start in range(0, len(missing), BATCH):
        batch = missing[start : start + BATCH]
        rows = embedder.embed([experience.task_text for experience in batch])
        vectors |= {experience.uid: row for experience, row in zip(batch, rows, strict=True)}
        if keep is not None:
            keep({experience.task_text: row for experience, row in zip(batch, rows, strict=True)})
        if told is not None:
            told(start + len(batch), len(missing))
    value = replace(value, vectors=vectors)
    return _with_items(value, embedder) if items else value


def _with_items(value: Bank, embedder: Embedder) -> Bank:
    in_use = [item for one in value.experiences for item in one.active_items if item.uid not in value.item_vectors]
    vectors = dict(value.item_vectors)
    for start in range(0, len(in_use), BATCH):
        batch = in_use[start : start + BATCH]
        rows = embedder.embed([embedded_text(item) for item in batch])
        vectors |= {item.uid: row for item, row in zip(batch, rows, strict=True)}
    return replace(value, item_vectors=vectors)
