"""Whatever happens to a workspace, finding with the index finds what a look at every text finds."""

import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from rb_studio.records.annotation import Anchor, Kind
from rb_studio.records.errors import UsageError
from rb_studio.records.item_text import ItemText
from rb_studio.records.judgement import Status, Verdict
from rb_studio.records.outcome import LiveEvent
from rb_studio.records.trajectory import ExitReason
from rb_studio.store import (
    annotations,
    banks,
    curation,
    items,
    judgement_rows,
    live,
    operations,
    outcomes,
    runs,
    step_index,
    verdicts,
)
from rb_studio.store.find import Hit, Search, find, find_in
from rb_studio.store.find_text import Matcher
from rb_studio.store.imported import ImportedTrajectory, SourceFile, save_imported
from rb_studio.store.trajectory_rows import read_trajectories
from rb_studio.store.workspace import Workspace
from tests.store.faults import attempt, check_whole, fragile_database
from tests.store.samples import ARM, outcome, rollout, step

KEYS = ("shop/1", "shop/2")
WORDS = (
    "sorting",
    "Sort",
    "\u691c\u7d22\u7d50\u679c",
    "na\u00efve",
    "nul\x00word",
    '"quoted" it',
    "",
    "\u039f\u0394\u039f\u03a3",
)
SEARCHES = (
    *(
        Search(text)
        for text in ("sort", "\u691c\u7d22", "\u7d50", "NA\u00cfVE", "word", '"quoted', "page row", "it", "zz")
    ),
    Search("Sort", case=True),
    Search(r"\bsort\w+", regex=True),
    Search('"quoted" it', words=False),
    Search("page", runs=(2,)),
    Search("o", fields=frozenset(("error", "reasoning", "answer"))),
)
words = st.sampled_from(WORDS)
keys = st.sampled_from(KEYS)
# Where an operation fails; mostly nowhere.
faults = st.one_of(st.none(), st.none(), st.integers(1, 12))
Line = tuple[Any, ...]


def plain(conn: Any, search: Search) -> set[Line]:
    """What is found by looking at every text."""
    matcher = Matcher(search, words=search.words is not False)
    whole = replace(search, words=search.words is not False)
    several = len(matcher.terms) > 1

    def lines() -> Iterator[Line]:
        for row in conn.execute("SELECT * FROM rollout").fetchall():
            if search.runs and row["run"] not in search.runs:
                continue
            found: dict[tuple[Any, ...], Hit] = {}
            for hit in find_in(read_trajectories(conn, [row])[0], (), whole):
                shown = found.setdefault((hit.kind, hit.step, hit.field), hit)
                if several and hit.length > shown.length:
                    found[hit.kind, hit.step, hit.field] = hit
            for hit in found.values():
                yield hit.kind, row["run"], row["id"], hit.step, None, hit.field, hit.start, hit.length
            for verdict in judgement_rows.read_verdicts(conn, row["id"]):
                key = (row["id"], verdict.uid)
                one = conn.execute("SELECT id FROM verdict WHERE rollout = ? AND uid = ?", key).fetchone()[0]
                yield from said("verdict", row["run"], row["id"], None, one, verdict.reason)
        for note in annotations.notes(conn):
            place = conn.execute(
                "SELECT run, id FROM rollout WHERE uid = ? ORDER BY id DESC", (note.anchor.rollout_uid,)
            ).fetchone()
            if not search.runs or (place and place[0] in search.runs):
                run, at = tuple(place) if place else (None, None)
                yield from said("note", run, at, note.anchor.step_number or None, note.id, note.comment)
        for item in items.list_items(conn, 1):
            learned = "SELECT e.run FROM memory_item i JOIN experience e ON e.id = i.experience WHERE i.id = ?"
            run = conn.execute(learned, (item.id,)).fetchone()[0]
            if not search.runs or run in search.runs:
                text = f"{item.title}\n{item.description}\n{item.content}"
                yield from said("memory", run, None, None, item.id, text)

    def said(field: str, run: Any, at: Any, number: Any, item: Any, text: str) -> Iterator[Line]:
        spans = matcher.spans(text, 1000) if field in search.fields else []
        if spans:
            start, length = max(spans, key=lambda span: span[1]) if several else spans[0]
            yield field, run, at, number, item, field, start, length

    return set(lines())


def found(conn: Any, search: Search) -> list[Line]:
    hits = find(conn, search, limit=1_000_000).hits
    return [(h.kind, h.run, h.rollout, h.step, h.item, h.field, h.start, h.length) for h in hits]


@cache
def begun() -> Path:
    """A workspace with a bank, a run and one task of it, made once."""
    path = Path(tempfile.mkdtemp()) / "begun.rbank"
    with Workspace.open(path, write=True, create=True) as workspace:
        bank = workspace.run(lambda db: banks.create_bank(db, "reasoningbank", "reasoningbank"))
        run = workspace.run(lambda db: runs.create_run(db, ARM, bank=bank, simulated=True))
        workspace.run(lambda db: outcomes.commit_outcome(db, run, bank, outcome("shop/0", words="Sort it")))
    return path


class FindMachine(RuleBasedStateMachine):
    """What is found is what is there."""

    @initialize()
    def begin(self) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.path = Path(self.folder.name) / "w.rbank"
        shutil.copy(begun(), self.path)
        self.db = fragile_database(self.path)
        self.notes = 0

    def teardown(self) -> None:
        if hasattr(self, "db"):
            check_whole(self.db)
            self.db.close()
            self.folder.cleanup()

    def does(self, operation: Callable[[Any], object], fault: int | None) -> None:
        with suppress(UsageError):
            attempt(self.db, operation, fault)

    @rule(key=keys, word=words, fault=faults)
    def task_is_committed(self, key: str, word: str, fault: int | None) -> None:
        self.does(lambda db: outcomes.commit_outcome(db, 1, 1, outcome(key, words=word)), fault)

    @rule(key=keys, word=words, count=st.integers(0, 3), fault=faults)
    def steps_come_live(self, key: str, word: str, count: int, fault: int | None) -> None:
        one = rollout(ARM, key, steps=0, words=word)
        begun = replace(one, answer=None, exit_reason=ExitReason.CANCELLED)
        told = [LiveEvent("rollout_started", key, one.uid, 0, begun)]
        told += [LiveEvent("step", key, one.uid, 0, step(n, word)) for n in range(1, count + 1)]
        self.does(lambda db: live.append_live(db, 1, told), fault)

    @rule(fault=faults)
    def unfinished_is_dropped(self, fault: int | None) -> None:
        self.does(lambda db: live.drop_unfinished(db, 1), fault)

    @rule(word=words, count=st.integers(0, 3), fault=faults)
    def file_is_imported_again(self, word: str, count: int, fault: int | None) -> None:
        one = replace(rollout(ARM, "swe/1", steps=count, words=word), simulated=False, patch=word or None)
        given = ImportedTrajectory(one, "lite", task_text="Mend it")
        self.does(lambda db: save_imported(db, SourceFile("/a/b.json", "x"), [given], {}), fault)

    @rule(word=words.filter(str.strip), fault=faults)
    def rollout_is_annotated(self, word: str, fault: int | None) -> None:
        anchor = Anchor(rollout(ARM, "shop/0").uid)
        self.does(lambda db: annotations.add(db, anchor, Kind.COMMENT, comment=word, who="Ann"), fault)

    @rule(word=words, fault=faults)
    def person_judges(self, word: str, fault: int | None) -> None:
        self.notes += 1
        given = Verdict(f"human-{self.notes}", rollout(ARM, "shop/0").uid, Status.FAILURE, word, source="human")
        self.does(lambda db: verdicts.add_verdicts(db, [given]), fault)

    @rule(item=st.integers(1, 4), word=words, fault=faults)
    def memory_is_edited(self, item: int, word: str, fault: int | None) -> None:
        self.does(lambda db: curation.edit_item(db, 1, item, ItemText(f"T {word}", "D", f"C {word}")), fault)

    @rule(item=st.integers(1, 4), state=st.sampled_from(("active", "archived", "deleted")), fault=faults)
    def memory_changes_state(self, item: int, state: str, fault: int | None) -> None:
        self.does(lambda db: curation.set_state(db, 1, [item], state), fault)

    @rule(scope=st.sampled_from(("memories", "annotations", "verdicts")), back=st.booleans(), fault=faults)
    def act_is_taken_back_or_done_again(self, scope: str, back: bool, fault: int | None) -> None:
        self.does(lambda db: (operations.undo if back else operations.redo)(db, scope), fault)

    @rule(milliseconds=st.sampled_from((0, 1000)), fault=faults)
    def there_is_time_to_index(self, milliseconds: int, fault: int | None) -> None:
        self.does(lambda db: step_index.catch_up(db, milliseconds), fault)

    @rule()
    def process_dies(self) -> None:
        self.db.close()
        self.db = fragile_database(self.path)

    @rule(search=st.sampled_from(SEARCHES))
    def someone_looks(self, search: Search) -> None:
        self.same(search)

    @invariant()
    def the_usual_is_found(self) -> None:
        if hasattr(self, "db"):
            self.same(SEARCHES[0])

    def same(self, search: Search) -> None:
        there = found(self.db.conn, search)
        assert len(there) == len(set(there))
        assert set(there) == plain(self.db.conn, search)


QUIET = [HealthCheck.too_slow, HealthCheck.filter_too_much]
UNSHRUNK = (Phase.explicit, Phase.reuse, Phase.generate)
TestFinding = FindMachine.TestCase
TestFinding.settings = settings(
    max_examples=15, stateful_step_count=20, deadline=None, suppress_health_check=QUIET, phases=UNSHRUNK
)


class LongFindMachine(FindMachine):
    """The same, for longer."""


TestLongFinding = pytest.mark.timeout(3600)(pytest.mark.long(LongFindMachine.TestCase))
TestLongFinding.settings = settings(
    max_examples=200, stateful_step_count=50, deadline=None, suppress_health_check=QUIET
)
