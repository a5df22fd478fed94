"""Two people's notes: out of one workspace, into the other and back, with what they agree on."""

import csv
import json
import shutil
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rb_studio.analysis.agreement import agreement, kappa
from rb_studio.jobs import annotations as jobs
from rb_studio.jobs.importing import ImportedFile, files_at, store_file
from rb_studio.records.anchors import anchor_at
from rb_studio.records.annotation import Kind, Part
from rb_studio.records.label_set import Label, LabelSet
from rb_studio.records.trajectory import Action, ExitReason, Step, Trajectory
from rb_studio.store import annotations, operations
from rb_studio.store.imported import ImportedTrajectory, SourceFile, save_imported
from rb_studio.store.label_sets import label_sets, save_label_set
from rb_studio.store.workspace import Workspace

LABELS = ("Loop", "Detour", "Misread")
# Whose turn it is, what they say (nothing: remove; or read the other's file), and of which note.
ACTS = st.tuples(st.booleans(), st.sampled_from((*LABELS, "", "read", "read")), st.integers(0, 5))


def trajectory(name: str, thoughts: tuple[str, ...] = ("look", "read", "write")) -> Trajectory:
    steps = tuple(
        Step(number, thought, (Action(f"do {thought}"),), f"saw {thought}")
        for number, thought in enumerate(thoughts, 1)
    )
    return Trajectory(f"rollout {name}", f"task/{name}", 0, 1, "start", steps, ExitReason.IMPORTED, answer="=1+1")


SHOP = trajectory("shop")


def bring(workspace: Workspace, *found: Trajectory) -> None:
    file = SourceFile("/runs.json", "odd")
    rows = [ImportedTrajectory(one, "run a", family="odd") for one in found]
    workspace.run(lambda db: save_imported(db, file, rows, {}))


@pytest.fixture(scope="module")
def read_in(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("notes") / "read.rbank"
    with Workspace.open(path, write=True, create=True) as workspace:
        bring(workspace, SHOP, trajectory("map"))
    return path


class Reader:
    """A person with a workspace of their own."""

    def __init__(self, name: str, folder: Path, source: Path) -> None:
        self.name = name
        self.file = folder / f"{name}.jsonl"
        shutil.copy(source, folder / f"{name}.rbank")
        self.workspace = Workspace.open(folder / f"{name}.rbank", write=True)

    def label(self, label: str, number: int = 1) -> int:
        place = anchor_at(SHOP, Part.STEP, number)
        change = self.workspace.run(
            lambda db: annotations.add(db, place, Kind.LABEL, label_set="Steps", label=label, who=self.name)
        )
        return change.ids["annotation"][-1] if not change.empty else 0

    def says(self, label: str, uid: str | None = None) -> None:
        note = self.notes()[0] if uid is None else next(one for one in self.notes() if one.uid == uid)
        self.workspace.run(lambda db: annotations.change(db, note.id, label=label, who=self.name))

    def remove(self, uid: str) -> None:
        note = next(one for one in self.notes() if one.uid == uid)
        self.workspace.run(lambda db: annotations.remove(db, note.id, self.name))

    def notes(self) -> list[annotations.Note]:
        return list(annotations.notes(self.workspace.reader()))

    def said(self) -> list[tuple[str, str, str]]:
        return sorted((note.uid, note.label, note.changed_by) for note in self.notes())

    def read(self, other: "Reader") -> ImportedFile:
        jobs.annotations_jsonl(other.workspace, other.file)
        (file,) = files_at([other.file])
        return store_file(self.workspace, file, who=self.name)


@pytest.fixture
def people(tmp_path: Path, read_in: Path) -> "tuple[Reader, Reader]":
    ann, ben = (Reader(name, tmp_path, read_in) for name in ("ann", "ben"))
    yield ann, ben
    ann.workspace.close()
    ben.workspace.close()


def test_what_one_noted_is_whole_in_the_other_workspace_and_nothing_comes_twice(people: tuple[Reader, Reader]) -> None:
    ann, ben = people
    one = ann.label("Loop")
    ann.says("Detour")
    ann.workspace.run(
        lambda db: annotations.add(
            db, anchor_at(SHOP, Part.OBSERVATION, 2, 4, 8), Kind.COMMENT, comment="see\n“here”", who="ann"
        )
    )
    entry = ben.read(ann).entry
    assert (entry["format"], entry["annotations"], entry["error"]) == ("rb-studio-annotations", 2, None)
    assert annotations.pasts(ben.workspace.reader()).keys() == annotations.pasts(ann.workspace.reader()).keys()
    mine, theirs = ann.notes()[0], ben.notes()[0]
    assert (theirs.anchor, theirs.who, theirs.at, theirs.changed_at) == (mine.anchor, "ann", mine.at, mine.changed_at)
    assert (mine.origin, theirs.origin) == ("", "ann.jsonl")
    labels = [event.said.label for event in annotations.history(ben.workspace.reader(), theirs.id) if event.said]
    assert labels == ["Loop", "Detour"]
    operation = operations.last_operation(ben.workspace.reader())
    again = ben.read(ann).entry
    assert operations.last_operation(ben.workspace.reader()) == operation
    assert again["error"] is None
    assert one == mine.id


def test_an_import_is_taken_back_whole_and_may_be_made_again(people: tuple[Reader, Reader]) -> None:
    ann, ben = people
    for number in (1, 2, 3):
        ann.label("Loop", number)
    ben.read(ann)
    assert len(ben.notes()) == 3
    ben.workspace.run(lambda db: operations.undo(db, "annotations"))
    assert ben.notes() == []
    ben.read(ann)
    assert len(ben.notes()) == 3


def test_what_only_one_changed_or_removed_is_changed_and_removed(people: tuple[Reader, Reader]) -> None:
    ann, ben = people
    first, second = ann.label("Loop", 1), ann.label("Loop", 2)
    ben.read(ann)
    uids = [note.uid for note in ann.notes()]
    ann.says("Detour", uids[0])
    ann.workspace.run(lambda db: annotations.remove(db, second, "ann"))
    told = ben.read(ann).entry["warnings"]
    assert ben.said() == [(uids[0], "Detour", "ann")]
    assert any("changed in the file since they came here, changed: 1" in text for text in told)
    assert any("removed in the file since they came here, removed: 1" in text for text in told)
    # An older file takes nothing back.
    ben.says("Misread", uids[0])
    ben.read(ann)
    assert ben.said() == [(uids[0], "Misread", "ben")]
    assert first


def test_what_both_changed_stands_twice_in_both_workspaces_alike(people: tuple[Reader, Reader]) -> None:
    ann, ben = people
    ann.label("Loop")
    ben.read(ann)
    ann.says("Detour")
    ben.says("Misread")
    told = ben.read(ann).entry["warnings"]
    assert any("changed both here and in the file, kept as two: 1" in text for text in told)
    assert sorted(label for _, label, _ in ben.said()) == ["Detour", "Misread"]
    ann.read(ben)
    assert ann.said() == ben.said()
    for reader, other in ((ben, ann), (ann, ben)):
        before = operations.last_operation(reader.workspace.reader())
        reader.read(other)
        assert operations.last_operation(reader.workspace.reader()) == before


def test_what_one_removed_and_the_other_changed_stays(people: tuple[Reader, Reader]) -> None:
    ann, ben = people
    ann.label("Loop")
    ben.read(ann)
    uid = ann.notes()[0].uid
    ann.remove(uid)
    ben.says("Misread")
    told = ben.read(ann).entry["warnings"]
    assert any("removed in the file and changed here, kept: 1" in text for text in told)
    ann.read(ben)
    assert ann.said() == ben.said() == [(uid, "Misread", "ben")]


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(ACTS, max_size=14))
def test_two_people_who_read_each_other_end_with_the_same_notes_and_none_is_lost(
    tmp_path_factory: pytest.TempPathFactory, read_in: Path, acts: list[tuple[bool, str, int]]
) -> None:
    folder = tmp_path_factory.mktemp("pair")
    ann, ben = (Reader(name, folder, read_in) for name in ("ann", "ben"))
    removed: set[str] = set()
    last: dict[str, str] = {}
    try:
        for by_ann, what, which in acts:
            me, other = (ann, ben) if by_ann else (ben, ann)
            mine = me.said()
            if what == "read":
                me.read(other)
            elif not mine or which == 5:
                me.label(what or "Loop", which % 3 + 1)
            elif what:
                me.says(what, mine[which % len(mine)][0])
            else:
                removed.add(mine[which % len(mine)][0])
                me.remove(mine[which % len(mine)][0])
            last |= {uid: label for uid, label, _ in me.said()}
        for _ in range(3):
            ann.read(ben)
            ben.read(ann)
        assert ann.said() == ben.said()
        assert set(last) - {uid for uid, _, _ in ann.said()} <= removed
    finally:
        ann.workspace.close()
        ben.workspace.close()


def test_notes_on_rollouts_that_are_not_here_are_kept_and_bound_when_those_come(
    people: tuple[Reader, Reader], tmp_path: Path
) -> None:
    ann, _ = people
    ann.label("Loop")
    jobs.annotations_jsonl(ann.workspace, ann.file)
    with Workspace.open(tmp_path / "other.rbank", write=True, create=True) as other:
        (file,) = files_at([ann.file])
        told = store_file(other, file).entry["warnings"]
        assert told == ["notes on 1 rollout that are not in this workspace, kept until it is imported: 1"]
        (waiting,) = annotations.without_rollout(other.reader())
        assert jobs.annotations_csv(other, tmp_path / "waiting.csv") == 1
        assert _rows(tmp_path / "waiting.csv")[0]["bound"] == "false"
        bring(other, trajectory("shop", ("new", "look", "read")))
        assert annotations.without_rollout(other.reader()) == ()
        assert annotations.of_rollouts(other.reader(), [SHOP.uid])[SHOP.uid] == (waiting,)


def test_agreement_is_told_with_its_interval_and_beyond_chance(people: tuple[Reader, Reader]) -> None:
    ann, ben = people
    for number, (one, other) in enumerate((("Loop", "Loop"), ("Detour", "Detour"), ("Loop", "Misread")), 1):
        ann.label(one, number)
        ben.label(other, number)
    entry = ann.read(ben).entry
    (found,) = entry["agreement"]
    assert (found["first"], found["second"], found["what"]) == ("ann", "ben", "labels of “Steps”")
    assert (found["n"], found["agreed"]) == (3, 2)
    assert found["kappa"] == pytest.approx(0.5)
    assert found["raw"]["low"] < 2 / 3 < found["raw"]["high"]
    assert any(
        "agreement of ann and ben in labels of “Steps”: 2 of 3 (67%, 95% interval" in t for t in entry["warnings"]
    )
    json.dumps(entry)


def test_kappa_of_several_labels_is_as_computed_by_hand_and_undefined_without_a_choice() -> None:
    # Of 100 they agree on 89; by chance on 0.8 * 0.8 + 0.1 * 0.05 + 0.1 * 0.15 = 0.66 of them.
    table = {("p", "p"): 75, ("p", "n"): 1, ("p", "o"): 4, ("n", "p"): 5, ("n", "n"): 4, ("n", "o"): 1, ("o", "o"): 10}
    assert sum(table.values()) == 100
    assert kappa(table) == pytest.approx((0.89 - 0.66) / (1 - 0.66))
    assert kappa({}) is None
    assert kappa({("a", "a"): 7}) is None
    nothing = agreement({1: "a"}, {2: "a"})
    assert (nothing.n, nothing.raw, nothing.kappa, nothing.only_first, nothing.only_second) == (0, None, None, 1, 1)
    sure = agreement({1: "a", 2: "a"}, {1: "a", 2: "a", 3: "b"})
    assert (sure.kappa, sure.raw.value, sure.only_second) == (None, 1.0, 1)


def test_the_table_says_where_notes_stand_and_starts_no_formula(people: tuple[Reader, Reader], tmp_path: Path) -> None:
    ann, _ = people
    ann.label("Loop", 2)
    run = ann.workspace.run
    run(lambda db: annotations.add(db, anchor_at(SHOP, Part.OBSERVATION, 3, 4, 9), Kind.TAG, label="=sum", who="ann"))
    run(lambda db: annotations.add(db, anchor_at(SHOP, Part.ROLLOUT), Kind.RATING, rating=4, who="ann"))
    run(lambda db: annotations.add(db, anchor_at(SHOP, Part.STEP, 1), Kind.FIRST_ERROR, who="ann"))
    bring(ann.workspace, trajectory("shop", ("new", "look", "read")))
    assert jobs.annotations_csv(ann.workspace, tmp_path / "notes.csv") == 4
    label, tag, rating, error = _rows(tmp_path / "notes.csv")
    assert (label["id"], label["target"], label["bound"], label["step"]) == (SHOP.uid, "Loop", "true", "3")
    assert (tag["target"], tag["quote"], tag["bound"]) == ("'=sum", "write", "false")
    assert (rating["target"], rating["part"], rating["step"], rating["bound"]) == ("4", "rollout", "", "true")
    assert (error["kind"], error["run"], error["task_key"]) == ("first_error", "run a", "task/shop")


def test_sets_of_labels_travel_and_never_replace_ones_own(people: tuple[Reader, Reader]) -> None:
    ann, ben = people
    ann.workspace.run(lambda db: save_label_set(db, LabelSet("Mine", (Label("x", "when x"),))))
    ann.workspace.run(lambda db: save_label_set(db, LabelSet("Both", (Label("a"),))))
    ben.workspace.run(lambda db: save_label_set(db, LabelSet("Both", (Label("b"),))))
    told = ben.read(ann).entry["warnings"]
    assert told == ["sets of labels that are otherwise in this workspace, left as they are: “Both”"]
    sets = {one.name: one.labels for one in label_sets(ben.workspace.reader())}
    assert (sets["Mine"], sets["Both"]) == ((Label("x", "when x"),), (Label("b"),))


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"version": 2}, "written by another version"),
        ({"rb_studio": "item"}, "is no note"),
        ({"versions": []}, "1 to 10,000 versions, not 0"),
        ({"who": " "}, "the name of who makes it"),
        ({"anchor": {"rollout_uid": ""}}, "needs the rollout it is on"),
        ({"anchor": {"rollout_uid": "r", "part": "step"}}, "needs the number of its step"),
        ({"anchor": {"rollout_uid": "r", "part": "moon"}}, "anchor.part"),
        ({"anchor": {"rollout_uid": "r", "part": "answer", "start": 9, "end": 2}}, "beginning and an end"),
        ({"uid": ""}, "needs a uid"),
    ],
)
def test_a_damaged_file_is_one_sentence_and_changes_nothing(
    people: tuple[Reader, Reader], change: dict[str, object], told: str
) -> None:
    ann, ben = people
    ann.label("Loop", 1)
    ann.label("Loop", 2)
    jobs.annotations_jsonl(ann.workspace, ann.file)
    first, second = ann.file.read_text("utf-8").splitlines()
    ann.file.write_text(f"{first}\n{json.dumps(json.loads(second) | change)}\n", "utf-8")
    (file,) = files_at([ann.file])
    assert file.error is not None
    assert file.error.startswith(f"line 2 of {ann.file} ")
    assert told in file.error
    assert not store_file(ben.workspace, file).read
    assert ben.notes() == []


def test_who_notes_is_the_name_in_the_settings_else_the_user_of_the_computer(monkeypatch: pytest.MonkeyPatch) -> None:
    assert jobs.person(" Ann  B. ") == "Ann B."
    monkeypatch.setattr("getpass.getuser", lambda: "carla")
    assert jobs.person() == "carla"

    def nobody() -> str:
        raise KeyError

    monkeypatch.setattr("getpass.getuser", nobody)
    assert jobs.person() == "user"
