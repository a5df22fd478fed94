"""Finding a text in everything a workspace holds: steps, patches, answers, verdicts, memories, notes, prompts.

Whatever the index of steps names, and whatever it does not know yet, is read and compared, so what is found is what
a look at every text would find. Small tables come first, and the newest comes first in each.
"""

import sqlite3
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import Any

from rb_studio.store import blobs, step_index
from rb_studio.store.find_in import Extra as Extra
from rb_studio.store.find_in import find_in as find_in
from rb_studio.store.find_in import presence as presence
from rb_studio.store.find_text import FIELDS, Cancelled, Matcher, Patience, Search, TooSlow, never, snippet
from rb_studio.store.find_text import Hit as Hit
from rb_studio.store.found import Found as Found
from rb_studio.store.found import RolloutHits as RolloutHits
from rb_studio.store.found import RunHits as RunHits
from rb_studio.store.judgement_rows import STANDING
from rb_studio.store.memory_rows import SPACELESS
from rb_studio.store.rows import dump, load, select_in
from rb_studio.store.runs import source_run

LIMIT = 2000
_FIRST, _AT_ONCE = 50, 400
_COUNTED = 1000
_TELL = 0.2
_STEP_FIELDS = frozenset(("thought", "action", "error", "reasoning"))
_COLUMNS = {"thought": "s.thought", "action": "s.actions", "error": "s.error", "reasoning": "s.reasoning"}
_Row = sqlite3.Row


def find(
    conn: sqlite3.Connection,
    search: Search,
    *,
    limit: int = LIMIT,
    deadline: float | None = None,
    cancelled: Cancelled = never,
    partly: Callable[[Found], None] | None = None,
) -> Found:
    """Look for a text everywhere.

    Parameters
    ----------
    limit
        At most so many hits of each kind: steps' own texts, what was observed, and so on.
    deadline
        The time of `time.monotonic` to stop at; a regular expression reads every text and may need many seconds.
    cancelled
        Asked before every text; what was found until then is returned.
    partly
        Told a few times a second what was found so far, in the thread that looks.

    Raises
    ------
    UsageError
        A regular expression that cannot be read, or that takes too long for several texts.
    """
    return _Finding(conn, search, limit, deadline, cancelled, partly).found()


class _Stopped(Exception):
    """Time is up, or nobody wants to know any more."""


@dataclass(frozen=True, slots=True)
class _Place:
    """Where in one text it is shown to stand, and how often it does."""

    start: int
    length: int
    count: int
    snippet: str
    at: int


class _Finding:
    """One search under way."""

    def __init__(
        self,
        conn: sqlite3.Connection,
        search: Search,
        limit: int,
        deadline: float | None,
        cancelled: Cancelled,
        partly: Callable[[Found], None] | None,
    ) -> None:
        self._conn, self._search, self._limit = conn, search, limit
        self._matcher = Matcher(search, words=search.words is not False)
        self._eager = Patience(self._matcher)
        self._deadline, self._cancelled, self._partly = deadline, cancelled, partly
        self._hits: list[Hit] = []
        self._why: list[str] = []
        self._told = time.monotonic()
        self._pieces = step_index.pieces(self._matcher.terms)
        self._runs = dump(_known_runs(conn, search.runs)) if search.runs else None
        self._unindexed = 0

    def found(self) -> Found:
        if self._matcher.empty:
            return Found(())
        self._unindexed = step_index.waiting(self._conn)
        try:
            for wanted, source in self._sources():
                if self._search.fields & wanted:
                    self._take(source())
        except _Stopped as stopped:
            self._why.append(str(stopped))
        except TooSlow as slow:
            if not self._hits:
                raise
            self._why.append(str(slow))
        return self._so_far(complete=not self._why)

    def _sources(self) -> tuple[tuple[frozenset[str], Callable[[], Iterator[Hit]]], ...]:
        return (
            (frozenset(("note",)), self._notes),
            (frozenset(("verdict",)), self._verdicts),
            (frozenset(("memory",)), self._memories),
            (frozenset(("answer",)), self._answers),
            (_STEP_FIELDS, self._steps),
            (frozenset(("observation", "patch", "prompt")), self._seen),
            (frozenset(("prompt",)), partial(self._calls, "prompt", self._sent)),
            (frozenset(("reply",)), partial(self._calls, "reply", self._answered)),
        )

    def _take(self, hits: Iterator[Hit]) -> None:
        for hit in islice(hits, self._limit):
            self._hits.append(hit)
        if next(hits, None) is not None:
            more = f"the newest {self._limit:,} of each kind are listed"
            self._why += [] if more in self._why else [more]

    def _so_far(self, *, complete: bool) -> Found:
        place = {field: number for number, field in enumerate(FIELDS)}
        hits = sorted(
            self._hits,
            key=lambda hit: (-(hit.run or 0), hit.rollout or 0, hit.step or 0, place[hit.field], hit.item or 0),
        )
        return Found(tuple(hits), complete, "; ".join(self._why), self._unindexed, self._eager.skipped)

    def _place(self, text: str) -> _Place | None:
        """Where it stands in a text. Raises _Stopped."""
        now = time.monotonic()
        if self._cancelled():
            raise _Stopped("stopped")
        if self._deadline is not None and now > self._deadline:
            raise _Stopped("the time was up before everything was read")
        if self._partly is not None and now - self._told > _TELL:
            self._told = now
            self._partly(self._so_far(complete=False))
        spans = self._eager.spans(text, _COUNTED) if text else []
        if not spans:
            return None
        # Of several words the longest one tells most about the text.
        several = len(self._matcher.terms) > 1
        start, length = max(spans, key=lambda span: span[1]) if several else spans[0]
        return _Place(start, length, len(spans), *snippet(text, start, length))

    def _rows(self, sql: str, *columns: str, run: str = "r.run") -> Iterator[_Row]:
        """Rows of a query whose `{where}` leaves out what certainly holds nothing, or belongs to other runs."""
        conditions, params = self._may_hold(columns)
        if self._runs is not None:
            conditions.append(f"{run} IN (SELECT value FROM json_each(?))")
            params.append(self._runs)
        rows = self._conn.execute(sql.format(where=" AND ".join(conditions) or "1"), params).fetchall()
        return iter(rows)

    def _may_hold(self, columns: Sequence[str]) -> tuple[list[str], list[Any]]:
        """Conditions that are false only where no column holds a term; SQLite makes ASCII's letters small alone."""
        joined = " || char(10) || ".join(f"coalesce({column}, '')" for column in columns)
        conditions, params = [], list[Any]()
        for term in self._matcher.terms:
            if not term.isprintable() or '"' in term or "\\" in term:
                continue  # it stands otherwise in JSON, or not at all
            if term.isascii():
                conditions.append(f"instr(lower({joined}), ?)")
                params.append(term.lower())
            elif term.lower() == term.upper() == term:
                conditions.append(f"instr({joined}, ?)")
                params.append(term)
        return conditions, params

    def _notes(self) -> Iterator[Hit]:
        rows = self._rows(
            "SELECT a.id, a.step_number AS step, v.label || char(10) || v.comment AS text, r.id AS rollout, r.run "
            "FROM annotation_version v JOIN annotation a ON a.id = v.annotation LEFT JOIN rollout r ON r.id = "
            "(SELECT max(id) FROM rollout o WHERE o.uid = a.rollout_uid) "
            "WHERE v.op_to IS NULL AND {where} ORDER BY a.id DESC",
            "v.label",
            "v.comment",
        )
        for row in rows:
            if place := self._place(row["text"].strip("\n")):
                yield _hit("note", "note", place, row["rollout"], row["run"], row["step"] or None, row["id"])

    def _verdicts(self) -> Iterator[Hit]:
        rows = self._rows(
            f"SELECT v.id, v.reason, v.rollout, r.run FROM verdict v JOIN rollout r ON r.id = v.rollout "
            f"WHERE {{where}} AND v.judging IS NULL AND {STANDING} ORDER BY v.id DESC",
            "v.reason",
        )
        for row in rows:
            if place := self._place(row["reason"]):
                yield _hit("verdict", "verdict", place, row["rollout"], row["run"], item=row["id"])

    def _memories(self) -> Iterator[Hit]:
        """Items as they read now, in whatever bank."""
        rows = self._rows(
            "SELECT v.item, v.title || char(10) || v.description || char(10) || v.content AS text, e.run "
            "FROM item_version v JOIN memory_item i ON i.id = v.item JOIN experience e ON e.id = i.experience "
            "WHERE v.op_to IS NULL AND {where} AND NOT EXISTS (SELECT 1 FROM item_state t WHERE t.item = v.item "
            "AND t.bank = v.bank AND t.state = 'deleted' AND t.op_to IS NULL) ORDER BY v.id DESC",
            "v.title",
            "v.description",
            "v.content",
            run="e.run",
        )
        known = set()
        for row in rows:
            if row["item"] not in known and (place := self._place(row["text"])):
                known.add(row["item"])
                yield _hit("memory", "memory", place, run=row["run"], item=row["item"])

    def _answers(self) -> Iterator[Hit]:
        rows = self._rows(
            "SELECT r.id, r.run, r.answer FROM rollout r WHERE r.answer IS NOT NULL AND {where} ORDER BY r.id DESC",
            "r.answer",
        )
        for row in rows:
            if place := self._place(row["answer"]):
                yield _hit("rollout", "answer", place, row["id"], row["run"])

    def _steps(self) -> Iterator[Hit]:
        """The texts of steps themselves."""
        fields = sorted(self._search.fields & _STEP_FIELDS, key=FIELDS.index)
        columns = [_COLUMNS[field] for field in fields]
        conditions, params = self._may_hold(columns)
        there = " OR ".join(f"{column} <> ''" for column in columns)
        shown = ", ".join(f"{_COLUMNS[field]} AS {field}" for field in fields)
        sql = (
            f"SELECT s.number, s.rollout, r.run, {shown} FROM step s JOIN rollout r ON r.id = s.rollout "
            f"WHERE {' AND '.join((f'({there})', *conditions))} AND s.id"
        )
        for ids in _portions(self._step_ids(conditions, params)):
            for row in self._of_runs(sql, params, ids):
                for field in fields:
                    text = row[field] or ""
                    text = step_index.action_text(text) if field == "action" else text
                    if place := self._place(text):
                        yield _hit("step", field, place, row["rollout"], row["run"], row["number"])

    def _step_ids(self, conditions: Sequence[str], params: Sequence[Any]) -> Iterator[int]:
        """Steps to read; of a text too short for the index SQLite finds them in one go."""
        if self._pieces is None and conditions:
            sql = f"SELECT s.id FROM step s WHERE {' AND '.join(conditions)} ORDER BY s.id DESC"
            return iter([row[0] for row in self._conn.execute(sql, params)])
        return step_index.candidates(self._conn, step_index.STEPS, self._pieces)

    def _seen(self) -> Iterator[Hit]:
        """Blobs that rollouts show: what was observed, patches, injected memory."""
        places: dict[int, _Place] = {}
        for ids in _portions(self._seen_ids()):
            texts = blobs.get_many(self._conn, ids)
            new = {one: place for one in ids if (place := self._place(texts[one]))}
            places |= new
            if new and "observation" in self._search.fields:
                sql = (
                    "SELECT s.number, s.rollout, r.run, s.observation AS blob FROM step s "
                    "JOIN rollout r ON r.id = s.rollout WHERE s.observation"
                )
                for row in self._of_runs(sql, (), list(new)):
                    yield _hit("step", "observation", new[row["blob"]], row["rollout"], row["run"], row["number"])
        for column, field in (("first_observation", "observation"), ("patch", "patch"), ("memory_block", "prompt")):
            if field in self._search.fields and places:
                chosen = "" if self._runs is None else "AND r.run IN (SELECT value FROM json_each(:runs))"
                for row in self._conn.execute(
                    f"SELECT r.id, r.run, r.{column} AS blob FROM rollout r WHERE r.{column} IN "
                    f"(SELECT value FROM json_each(:blobs)) {chosen} ORDER BY r.id DESC",
                    {"blobs": dump(list(places)), "runs": self._runs},
                ).fetchall():
                    yield _hit("rollout", field, places[row["blob"]], row["id"], row["run"])

    def _seen_ids(self) -> Iterator[int]:
        """Of a word too short for the index only texts in scripts without spaces are read, where it is one of those."""
        short = self._pieces is None and any(map(SPACELESS.search, self._matcher.terms))
        source = step_index.SPACELESS_SEEN if short else step_index.SEEN
        return step_index.candidates(self._conn, source, self._pieces)

    def _calls(self, field: str, of_run: Callable[[int], dict[int, dict[int, int]]]) -> Iterator[Hit]:
        """Messages the agent was sent, or gave, each at the first step of a rollout it belongs to."""
        chosen = "" if self._runs is None else "WHERE id IN (SELECT value FROM json_each(:runs))"
        runs = self._conn.execute(f"SELECT id FROM run {chosen} ORDER BY id DESC", {"runs": self._runs}).fetchall()
        places: dict[int, _Place | None] = {}
        for (run,) in runs:
            sent = of_run(run)
            for ids in _portions(one for one in sent if one not in places):
                texts = blobs.get_many(self._conn, ids)
                places |= {one: self._place(texts[one]) for one in ids}
            for blob, steps in sent.items():
                if place := places[blob]:
                    for rollout, step in steps.items():
                        yield _hit("step", field, place, rollout, run, step)

    def _sent(self, run: int) -> dict[int, dict[int, int]]:
        """By blob, the first step of each rollout of a run at which it was part of the agent's prompt."""
        sent: defaultdict[int, dict[int, int]] = defaultdict(dict)
        for rollout, step, request in self._conn.execute(
            "SELECT r.id, c.step, c.request FROM llm_call c JOIN rollout r ON r.run = c.run AND r.uid = c.rollout_uid "
            "WHERE c.run = ? AND c.role = 'actor' AND c.step IS NOT NULL ORDER BY c.step",
            (run,),
        ).fetchall():
            for message in load(request)["messages"]:
                sent[message[1]].setdefault(rollout, step)
        return sent

    def _answered(self, run: int) -> dict[int, dict[int, int]]:
        """By blob, the first step of each rollout of a run at which the agent answered with it."""
        given: defaultdict[int, dict[int, int]] = defaultdict(dict)
        for rollout, step, text in self._conn.execute(
            "SELECT r.id, c.step, c.text FROM llm_call c JOIN rollout r ON r.run = c.run AND r.uid = c.rollout_uid "
            "WHERE c.run = ? AND c.role = 'actor' AND c.step IS NOT NULL ORDER BY c.step",
            (run,),
        ).fetchall():
            given[text].setdefault(rollout, step)
        return given

    def _of_runs(self, sql: str, params: Sequence[Any], ids: Sequence[int]) -> list[_Row]:
        """Steps of the chosen runs, newest first; the query ends with the column that is one of these ids."""
        sql, params = f"{sql} IN (SELECT value FROM json_each(?))", [*params, dump(ids)]
        if self._runs is not None:
            sql, params = f"{sql} AND r.run IN (SELECT value FROM json_each(?))", [*params, self._runs]
        return self._conn.execute(f"{sql} ORDER BY s.id DESC", params).fetchall()


def _hit(
    kind: str,
    field: str,
    place: _Place,
    rollout: int | None = None,
    run: int | None = None,
    step: int | None = None,
    item: int | None = None,
) -> Hit:
    return Hit(kind, rollout, run, step, item, field, place.snippet, place.start, place.length, place.at, place.count)


def _known_runs(conn: sqlite3.Connection, runs: Sequence[int]) -> list[int]:
    """The runs that hold the results of these, as far as they are there."""
    rows = select_in(conn, "SELECT id FROM run WHERE id IN ({})", runs)
    return sorted({source_run(conn, row[0]) for row in rows})


def _portions(ids: Iterable[int]) -> Iterator[list[int]]:
    """A few at first, so that something is found at once."""
    found, size = iter(ids), _FIRST
    while portion := list(islice(found, size)):
        yield portion
        size = min(2 * size, _AT_ONCE)
