"""Answers to what-if questions with what is shown beside them; read off the GUI thread."""

import sqlite3
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING

from rb_studio.gui.rooms.memories.slow import Ticket
from rb_studio.jobs.embedding import chosen_embedder, quality_notes
from rb_studio.jobs.what_if import Answer, Question, answer, embedded_bank
from rb_studio.models.protocol import Embedder
from rb_studio.records.errors import UsageError
from rb_studio.records.item_text import embedded_text
from rb_studio.records.memory import Bank
from rb_studio.store import snapshots, vectors
from rb_studio.store.banks import banks, last_operation, save_vectors
from rb_studio.store.blobs import content_hash
from rb_studio.store.memory_reads import row_ids
from rb_studio.store.relevance import relevance
from rb_studio.store.temporal import chain, visible

if TYPE_CHECKING:
    from rb_studio.gui.frame import Frame
    from rb_studio.records.memory import Vector

KEPT = 2  # banks kept in memory: the two sides of a comparison
MOST_KNOWN = 2000
NO_TASK = "No stored task has this text, so it is of no suite or site: name its task, or let all experiences count"
State = tuple[int, int, str, bool]


@dataclass(frozen=True, slots=True)
class Moment:
    """A bank as it stands (`operation` None) or stood at a snapshot."""

    bank: int
    operation: int | None
    name: str


@dataclass(frozen=True, slots=True)
class Shown:
    """An answer with titles and row ids of its items by uid, and the grades of those labelled for this task."""

    question: Question
    answer: Answer
    titles: Mapping[str, str]
    ids: Mapping[str, int]
    grades: Mapping[int, int] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Known:
    """What a bank was learned from, to be proposed while one types."""

    tasks: tuple[str, ...]
    templates: tuple[str, ...]


class Answers:
    """Asks banks; the last ones asked are kept in memory while the workspace stays as it is."""

    def __init__(self, frame: "Frame") -> None:
        self._frame = frame
        self._guard = threading.Lock()
        self._kept: dict[State, Bank] = {}

    def ask(self, moment: Moment, question: Question, ticket: Ticket) -> Shown:
        """What would be injected. Raises Cancelled, UsageError."""
        conn = self._frame.session.workspace.reader()
        with self._guard, chosen_embedder(self._frame.settings().embedder) as embedder:
            ticket.check()
            bank = self._bank(conn, moment, embedder, question.unit == "item", ticket)
            ticket.check()
            whole = with_task(conn, question)
            found = answer(conn, bank, whole, embedder, name=moment.name, operation=moment.operation)
            found = _with_item_scores(conn, bank, whole, embedder, found)
            notes = tuple(quality_notes(embedder))
        uids = [uid for part in found.parts for uid in part.item_uids]
        titles = {item.uid: item.title for one in bank.experiences for item in one.items if item.uid in set(uids)}
        ids = row_ids(conn, "memory_item", chain(conn, moment.bank), uids)
        return Shown(whole, found, titles, ids, grades(conn, moment.bank, question.text), notes)

    def _bank(self, conn: sqlite3.Connection, moment: Moment, embedder: Embedder, items: bool, ticket: Ticket) -> Bank:
        stands = moment.operation if moment.operation is not None else last_operation(conn)
        state = (moment.bank, stands, embedder.identity, items)
        if state not in self._kept:
            keep = partial(self._keep, embedder.identity) if self._frame.session.workspace.writable else None
            value = embedded_bank(
                conn, moment.bank, moment.operation, embedder, items=items, told=ticket.tell, keep=keep
            )
            self._kept = dict([*self._kept.items(), (state, value)][-KEPT:])
        return self._kept[state]

    def _keep(self, embedder: str, found: "Mapping[str, Vector]") -> None:
        """Store vectors as they come, so that the next question finds them."""
        self._frame.session.workspace.run(lambda db: save_vectors(db, embedder, found))


def with_task(conn: sqlite3.Connection, question: Question) -> Question:
    """The question with suite and site of the stored task it is about. Raises UsageError where a scope needs one."""
    by, value = ("t.text", question.text) if question.without_task is None else ("t.key", question.without_task)
    row = conn.execute(
        f"SELECT s.name, t.site FROM task t JOIN suite s ON s.id = t.suite WHERE {by} = ? LIMIT 1", (value.strip(),)
    ).fetchone()
    if row is None:
        if question.scope != "global":
            raise UsageError(NO_TASK)
        return question
    return replace(question, suite=row[0], site=row[1])


def grades(conn: sqlite3.Connection, bank_id: int, text: str) -> dict[int, int]:
    """Grades by item of the labelled task of this text."""
    wanted = text.strip()
    return next((dict(task.grades) for task in relevance(conn, bank_id) if task.text == wanted), {})


def known(conn: sqlite3.Connection, bank_id: int) -> Known:
    """Tasks and templates that experiences of a bank were learned from."""
    query, params = visible("experience_presence", chain(conn, bank_id))
    found = [
        conn.execute(
            f"SELECT DISTINCT e.{column} FROM ({query}) p JOIN experience e ON e.id = p.experience "
            f"WHERE e.{column} <> '' ORDER BY 1 LIMIT {MOST_KNOWN}",
            params,
        )
        for column in ("task_key", "template")
    ]
    return Known(*(tuple(row[0] for row in rows) for rows in found))


def moments(conn: sqlite3.Connection, bank_id: int | None) -> list[Moment]:
    """Every bank as it stands, the shown one first with its snapshots."""
    rows = sorted(banks(conn), key=lambda row: (row.id != bank_id, -row.id))
    found = []
    for row in rows:
        found.append(Moment(row.id, None, f"{row.name}, now"))
        if row.id == bank_id:
            taken = reversed(snapshots.snapshots(conn, row.id))
            found += [Moment(row.id, one.operation, f"{row.name}, {one.name}") for one in taken]
    return found


def _with_item_scores(
    conn: sqlite3.Connection, bank: Bank, question: Question, embedder: Embedder, found: Answer
) -> Answer:
    """The answer with cosines of the items' own texts, as far as their vectors are stored."""
    if question.unit == "item" or not found.parts:
        return found
    from rb_studio.method.retrieve import asked, scores

    wanted = {uid for part in found.parts for uid in part.item_uids}
    texts = {i.uid: content_hash(embedded_text(i)) for one in bank.experiences for i in one.items if i.uid in wanted}
    stored = vectors.load_vectors(conn, embedder.identity, vectors.ITEM_RECIPE, texts.values())
    own = {uid: stored[hashed] for uid, hashed in texts.items() if hashed in stored}
    if not own:
        return found
    values = scores(list(own.values()), embedder.embed([asked(question.task, embedder)])[0]).tolist()
    by_uid = dict(zip(own, values, strict=True))
    parts = tuple(replace(part, item_scores=tuple(map(by_uid.get, part.item_uids))) for part in found.parts)
    return replace(found, parts=parts)
