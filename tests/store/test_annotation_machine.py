"""Random noting, undo, redo, re-imports of changed files, other people's files, crashes, reopening: nothing is lost."""

import shutil
import tempfile
from copy import deepcopy
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from rb_studio.records.anchors import anchor_at, bind, text_of
from rb_studio.records.annotation import Anchor, Kind, Note, NotePast, NoteVersion, Part, Said
from rb_studio.records.trajectory import Action, ExitReason, Step, Trajectory
from rb_studio.store import annotations, operations, rollouts
from rb_studio.store.annotation_merge import merge
from rb_studio.store.changes import ChangeRecord
from rb_studio.store.imported import ImportedTrajectory, SourceFile, save_imported
from rb_studio.store.workspace import Workspace

PEOPLE = ("ann", "ben", "検索")
WORDS = ("Loop", "Detour", "naïve", "x\ud800y", "nul\x00word", "'quoted'")
THOUGHTS = ("I look", "I read on", "I think of 検索 and 😀", "colour \x1b[31mred\x1b[0m here")
FILES = ("first", "second")


@dataclass(frozen=True)
class Noted:
    """What the model knows of a note."""

    place: Anchor
    said: Said
    by: str


Content = dict[str, Noted]


@dataclass
class Act:
    """An operation with everything that stood before and after it."""

    operation: int
    before: Content
    after: Content


@dataclass
class Model:
    """Notes by uid, the stacks, and every version that was ever said, by uid."""

    notes: Content = field(default_factory=dict)
    done: list[Act] = field(default_factory=list)
    undone: list[Act] = field(default_factory=list)
    ever: dict[str, list[Said]] = field(default_factory=dict)


class Died(Exception):
    """The process is gone."""


def trajectory(name: str, thoughts: tuple[str, ...]) -> Trajectory:
    steps = tuple(
        Step(number, thought, (Action(f"do {len(thought)}"),), f"seen after {thought}")
        for number, thought in enumerate(thoughts, 1)
    )
    return Trajectory(f"uid of {name}", f"task/{name}", 0, 1, "start", steps, ExitReason.IMPORTED, answer="42 or so")


class Annotating(RuleBasedStateMachine):
    """A workspace with two imported rollouts, and what should be noted on them."""

    empty: Path

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="notes-"))
        self.path = self.folder / "notes.rbank"
        self.model = Model()
        self.present: dict[str, Trajectory] = {}
        self.brought: list[NotePast] = []
        self.counter = 0

    @initialize()
    def begin(self) -> None:
        shutil.copy(self.empty, self.path)
        self.workspace = Workspace.open(self.path, write=True)
        for name in FILES:
            self._import(name, THOUGHTS[:3])

    def teardown(self) -> None:
        if hasattr(self, "workspace"):
            self.workspace.close()
        shutil.rmtree(self.folder)

    @rule(
        name=st.sampled_from(FILES),
        number=st.integers(0, 3),
        part=st.sampled_from((Part.STEP, Part.OBSERVATION, Part.THOUGHT, Part.ROLLOUT, Part.ANSWER)),
        span=st.none() | st.tuples(st.integers(0, 5), st.integers(6, 9)),
        kind=st.sampled_from(tuple(Kind)),
        word=st.sampled_from(WORDS),
        rating=st.integers(1, 5),
        who=st.sampled_from(PEOPLE),
    )
    def add(
        self,
        name: str,
        number: int,
        part: Part,
        span: tuple[int, int] | None,
        kind: Kind,
        word: str,
        rating: int,
        who: str,
    ) -> None:
        there = self.present[name]
        text = text_of(there, part, number)
        if text is None and part is not Part.ROLLOUT:
            return
        spans = span if span and text and part is not Part.STEP and len(text) >= span[1] else ()
        place = anchor_at(there, part, number, *spans)
        said = self._said(kind, word, rating)
        before = deepcopy(self.model.notes)
        fields = {"label_set": said.label_set, "label": word if said.label else "", "comment": said.comment}
        change = self.workspace.run(
            lambda db: annotations.add(db, place, kind, rating=said.rating, who=who, **fields)  # type: ignore[arg-type]
        )
        mine = {uid: one for uid, one in before.items() if one.by == who and one.place.rollout_uid == place.rollout_uid}
        if any(one.place.place == place.place and one.said == said for one in mine.values()):
            assert change.empty
            return
        for uid, one in mine.items():
            same = one.said.kind is kind
            if same and (kind is Kind.FIRST_ERROR or (kind is Kind.RATING and one.place.place == place.place)):
                del self.model.notes[uid]
        uid = annotations.note(self.workspace.reader(), change.ids["annotation"][-1]).uid
        assert uid not in self.model.ever
        self.model.notes[uid] = Noted(place, said, who)
        self._did(change, before)

    @rule(which=st.integers(0, 99), word=st.sampled_from(WORDS), rating=st.integers(1, 5), who=st.sampled_from(PEOPLE))
    def change(self, which: int, word: str, rating: int, who: str) -> None:
        uid = self._pick(which)
        if uid is None:
            return
        before = deepcopy(self.model.notes)
        old = before[uid]
        new = (
            replace(old.said, comment=stored(word))
            if old.said.kind is not Kind.RATING
            else replace(old.said, rating=rating)
        )
        fields = {"rating": rating} if old.said.kind is Kind.RATING else {"comment": word}
        change = self.workspace.run(lambda db: annotations.change(db, self._id(uid), who=who, **fields))  # type: ignore[arg-type]
        if new == old.said:
            assert change.empty
            return
        self.model.notes[uid] = Noted(old.place, new, who)
        self._did(change, before)

    @rule(which=st.integers(0, 99), several=st.booleans(), who=st.sampled_from(PEOPLE))
    def remove(self, which: int, several: bool, who: str) -> None:
        chosen = {self._pick(which), self._pick(which + 1) if several else None} - {None}
        if not chosen:
            return
        before = deepcopy(self.model.notes)
        ids = [self._id(uid) for uid in chosen if uid]
        change = self.workspace.run(lambda db: annotations.remove_all(db, ids, who))
        for uid in chosen:
            del self.model.notes[str(uid)]
        self._did(change, before)

    @rule(name=st.sampled_from((*FILES, "elsewhere")), word=st.sampled_from(WORDS), past=st.booleans())
    def bring(self, name: str, word: str, past: bool) -> None:
        """A file of somebody else, who may have noted on a rollout that is not here."""
        self.counter += 1
        place = Anchor(f"uid of {name}", Part.STEP, "0123456789abcdef#1", 1)
        first = NoteVersion(Said(Kind.TAG, label=stored(word)), "dora", f"2026-01-01T00:00:{self.counter:06}Z")
        last = NoteVersion(Said(Kind.TAG, label=stored(word), comment="later"), "emil", f"{first.at} later")
        versions = (first, last) if past else (first,)
        note = NotePast(f"brought {self.counter}", place, "dora", first.at, versions, "theirs.jsonl")
        before = deepcopy(self.model.notes)
        merged = self.workspace.run(lambda db: merge(db, [note], who="import"))
        self.brought.append(note)
        self.model.notes[note.uid] = Noted(place, versions[-1].said, versions[-1].who)
        self._did(merged.change, before)
        self.model.ever[note.uid] = [version.said for version in versions]

    @precondition(lambda self: self.brought)
    @rule(which=st.integers(0, 99))
    def bring_again(self, which: int) -> None:
        """The same file again: only what was taken back by undo comes back."""
        note = self.brought[which % len(self.brought)]
        taken_back = any(note.uid in act.after and note.uid not in act.before for act in self.model.undone)
        dropped = note.uid not in self.model.notes and not any(
            note.uid in act.after and note.uid not in act.before for act in self.model.done
        )
        before = deepcopy(self.model.notes)
        merged = self.workspace.run(lambda db: merge(db, [note], who="import"))
        if not (taken_back or dropped):
            assert merged.change.empty
            return
        self.model.notes[note.uid] = Noted(note.anchor, note.versions[-1].said, note.versions[-1].who)
        self._did(merged.change, before)

    @rule(name=st.sampled_from(FILES), thoughts=st.lists(st.sampled_from(THOUGHTS), max_size=5))
    def import_changed(self, name: str, thoughts: list[str]) -> None:
        self._import(name, tuple(thoughts))

    @rule(times=st.integers(1, 3))
    def undo_some(self, times: int) -> None:
        for act in [self.model.done.pop() for _ in range(min(times, len(self.model.done)))]:
            self.workspace.run(lambda db: operations.undo(db, annotations.SCOPE))
            self.model.notes = deepcopy(act.before)
            self.model.undone.append(act)

    @rule(times=st.integers(1, 3))
    def redo_some(self, times: int) -> None:
        for act in [self.model.undone.pop() for _ in range(min(times, len(self.model.undone)))]:
            self.workspace.run(lambda db: operations.redo(db, annotations.SCOPE))
            self.model.notes = deepcopy(act.after)
            self.model.done.append(act)

    @rule()
    def reopen(self) -> None:
        self.workspace.close()
        self.workspace = Workspace.open(self.path, write=True)

    @rule(within=st.booleans())
    def crash(self, within: bool) -> None:
        """The process is killed between two operations, or in the middle of one: its files stay as they lie."""
        self.counter += 1
        copy = self.folder / f"crashed {self.counter}.rbank"
        ids = [note.id for note in annotations.notes(self.workspace.reader())]

        def die(db: object) -> None:
            if within:
                db.execute("PRAGMA cache_size = 2")  # type: ignore[attr-defined]  # half of it is in the files already
                annotations.add(db, Anchor("uid of first"), Kind.COMMENT, comment="lost " * 5_000, who="ann")  # type: ignore[arg-type]
                annotations.remove_all(db, ids, "ann")  # type: ignore[arg-type]
            for suffix in ("", "-wal"):
                if self.path.with_name(self.path.name + suffix).exists():
                    shutil.copy(self.path.with_name(self.path.name + suffix), copy.with_name(copy.name + suffix))
            raise Died

        with pytest.raises(Died):
            self.workspace.run(die)
        self.workspace.close()
        self.path = copy
        self.workspace = Workspace.open(copy, write=True)
        assert self.workspace.check() == []

    @invariant()
    def database_equals_model(self) -> None:
        if not hasattr(self, "workspace"):
            return
        conn = self.workspace.reader()
        found = {note.uid: noted(note) for note in annotations.notes(conn)}
        assert found == self.model.notes
        here = {uid: one for uid, one in found.items() if one.place.rollout_uid != "uid of elsewhere"}
        by_rollout = annotations.of_rollouts(conn, [f"uid of {name}" for name in FILES])
        assert {note.uid for notes in by_rollout.values() for note in notes} == set(here)
        assert {note.uid for note in annotations.without_rollout(conn)} == set(found) - set(here)

    @invariant()
    def no_version_is_ever_lost(self) -> None:
        if not hasattr(self, "workspace"):
            return
        conn = self.workspace.reader()
        for uid, versions in self.model.ever.items():
            told = [event.said for event in annotations.history(conn, self._id(uid))]
            assert all(one in told for one in versions), uid

    @invariant()
    def notes_stand_on_their_words_or_nowhere(self) -> None:
        if not hasattr(self, "workspace"):
            return
        for name in FILES:
            stored_now = rollouts.trajectory(self.workspace.reader(), f"uid of {name}")
            for one in self.model.notes.values():
                if one.place.rollout_uid == stored_now.uid and one.place.start is not None:
                    bound = bind(one.place, stored_now)
                    text = "" if bound is None else text_of(stored_now, one.place.part, bound.step) or ""
                    assert bound is None or text[bound.start : bound.end] == one.place.quote

    @invariant()
    def what_would_travel_is_what_stands(self) -> None:
        if not hasattr(self, "workspace"):
            return
        travels = annotations.pasts(self.workspace.reader())
        standing = {uid: past for uid, past in travels.items() if not past.removed}
        assert {uid: past.versions[-1].said for uid, past in standing.items()} == {
            uid: one.said for uid, one in self.model.notes.items()
        }

    def _did(self, change: ChangeRecord, before: Content) -> None:
        assert change.operation is not None
        self.model.done.append(Act(change.operation, before, deepcopy(self.model.notes)))
        self.model.undone.clear()
        for uid, one in self.model.notes.items():
            if before.get(uid) != one:
                self.model.ever.setdefault(uid, []).append(one.said)

    def _import(self, name: str, thoughts: tuple[str, ...]) -> None:
        made = trajectory(name, thoughts)
        file = SourceFile(f"/{name}.json", "odd")
        self.workspace.run(lambda db: save_imported(db, file, [ImportedTrajectory(made, "run", family="odd")], {}))
        self.present[name] = made

    def _said(self, kind: Kind, word: str, rating: int) -> Said:
        text = stored(word)
        if kind is Kind.RATING:
            return Said(kind, rating=rating)
        if kind is Kind.COMMENT:
            return Said(kind, comment=text)
        if kind is Kind.FIRST_ERROR:
            return Said(kind)
        return Said(kind, "Steps" if kind is Kind.LABEL else "", text)

    def _pick(self, which: int) -> str | None:
        uids = sorted(self.model.notes)
        return uids[which % len(uids)] if uids else None

    def _id(self, uid: str) -> int:
        row = self.workspace.reader().execute("SELECT id FROM annotation WHERE uid = ?", (uid,)).fetchone()
        return int(row[0])


@pytest.fixture(autouse=True, scope="module")
def empty(fresh_file: Path) -> None:
    """An empty workspace, laid out once."""
    Annotating.empty = fresh_file


def stored(word: str) -> str:
    """As the store keeps it."""
    return word.encode("utf-8", "backslashreplace").decode()


def noted(note: Note) -> Noted:
    return Noted(note.anchor, Said(note.kind, note.label_set, note.label, note.comment, note.rating), note.changed_by)


QUIET = [HealthCheck.too_slow, HealthCheck.filter_too_much]
TestAnnotating = Annotating.TestCase
TestAnnotating.settings = settings(
    max_examples=15,
    stateful_step_count=20,
    deadline=None,
    suppress_health_check=QUIET,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
)


class LongAnnotating(Annotating):
    """The same, for longer."""


TestLongAnnotating = pytest.mark.timeout(3600)(pytest.mark.long(LongAnnotating.TestCase))
TestLongAnnotating.settings = settings(
    max_examples=200, stateful_step_count=60, deadline=None, suppress_health_check=QUIET
)
