"""Notes: added, changed, removed, undone, and every version kept."""

import pytest

from rb_studio.records.anchors import anchor_at
from rb_studio.records.annotation import Anchor, Kind, Note, Part
from rb_studio.records.errors import UsageError
from rb_studio.records.label_set import MOST_LABELS, SHIPPED, Label, LabelSet
from rb_studio.store import annotations, label_sets, operations, outcomes
from rb_studio.store.workspace import Workspace
from tests.store.conftest import Ground
from tests.store.faults import check_whole
from tests.store.samples import ARM, outcome, rollout

SHOP = rollout(ARM, "shop/1")


@pytest.fixture
def noted(ground: Ground) -> Workspace:
    ground.workspace.run(lambda db: outcomes.commit_outcome(db, ground.run, ground.bank, outcome("shop/1")))
    return ground.workspace


def place(part: Part = Part.STEP, number: int | None = 1, *span: int) -> Anchor:
    return anchor_at(SHOP, part, number, *span)


def on_shop(workspace: Workspace) -> tuple[Note, ...]:
    return annotations.of_rollouts(workspace.reader(), [SHOP.uid])[SHOP.uid]


def said(workspace: Workspace) -> list[tuple[str, str, str]]:
    return [(str(note.kind), note.value, note.changed_by) for note in on_shop(workspace)]


def label(workspace: Workspace, name: str, who: str = "ann", number: int = 1) -> int:
    change = workspace.run(
        lambda db: annotations.add(db, place(number=number), Kind.LABEL, label_set="Steps", label=name, who=who)
    )
    return change.ids["annotation"][-1]


def test_a_note_is_read_as_it_was_made(noted: Workspace) -> None:
    there = place(Part.OBSERVATION, 2, 0, 11)
    change = noted.run(lambda db: annotations.add(db, there, Kind.COMMENT, comment="odd\ud800 検索", who=" Ann  B. "))
    (note,) = on_shop(noted)
    assert (note.anchor, note.comment, note.who, note.origin) == (there, "odd\\ud800 検索", "Ann B.", "")
    assert (note.changed_by, note.changed_at) == (note.who, note.at)
    assert change.ids == {"annotation": (note.id,)}
    assert annotations.note(noted.reader(), note.id) == note
    assert annotations.authors(noted.reader()) == {"Ann B.": 1}
    noted.run(lambda db: check_whole(db, commit=False))


def test_undo_and_redo_go_through_everything_and_over_a_restart(noted: Workspace) -> None:
    one = label(noted, "Detour")
    noted.run(lambda db: annotations.change(db, one, label="Loop", who="ben"))
    noted.run(lambda db: annotations.remove(db, one, "ann"))
    states = [[], [("label", "Loop", "ben")], [("label", "Detour", "ann")], []]
    noted.close()
    with Workspace.open(noted.path, write=True) as again:
        assert said(again) == states[0]
        for state in states[1:]:
            undone = again.run(lambda db: operations.undo(db, "annotations"))
            assert undone.ids == {"annotation": (one,)}
            assert said(again) == state
        with pytest.raises(UsageError, match="nothing to undo"):
            again.run(lambda db: operations.undo(db, "annotations"))
    with Workspace.open(noted.path, write=True) as again:
        for state in states[::-1][1:]:
            again.run(lambda db: operations.redo(db, "annotations"))
            assert said(again) == state


def test_the_history_of_a_note_tells_everything_that_happened(noted: Workspace) -> None:
    one = label(noted, "Detour")
    noted.run(lambda db: annotations.change(db, one, label="Loop", comment="again", who="ben"))
    noted.run(lambda db: operations.undo(db, "annotations"))
    noted.run(lambda db: annotations.remove(db, one, "cat"))
    events = annotations.history(noted.reader(), one)
    assert [(event.act, event.who, event.said.label if event.said else None) for event in events] == [
        ("Add label “Detour”", "ann", "Detour"),
        ("Change label “Loop”", "ben", "Loop"),
        ("Undo: Change label “Loop”", "ann", "Detour"),
        ("Remove label “Detour”", "cat", None),
    ]
    with pytest.raises(UsageError, match="never was a note 99"):
        annotations.history(noted.reader(), 99)


def test_what_a_person_said_already_changes_nothing_and_one_may_agree_with_another(noted: Workspace) -> None:
    label(noted, "Detour")
    again = noted.run(
        lambda db: annotations.add(db, place(), Kind.LABEL, label_set="Steps", label=" Detour ", who="ann")
    )
    assert again.empty
    assert again.operation is None
    same = noted.run(lambda db: annotations.change(db, on_shop(noted)[0].id, label="Detour", who="ben"))
    assert same.empty
    label(noted, "Detour", who="ben")
    assert said(noted) == [("label", "Detour", "ann"), ("label", "Detour", "ben")]


def test_a_person_has_one_first_error_and_one_rating_at_a_place(noted: Workspace) -> None:
    def add(number: int | None, kind: Kind, who: str, rating: int | None = None) -> None:
        there = place(Part.STEP if number else Part.ROLLOUT, number)
        noted.run(lambda db: annotations.add(db, there, kind, rating=rating, who=who))

    add(1, Kind.FIRST_ERROR, "ann")
    add(2, Kind.FIRST_ERROR, "ann")
    add(1, Kind.FIRST_ERROR, "ben")
    add(None, Kind.RATING, "ann", 2)
    add(1, Kind.RATING, "ann", 3)
    add(None, Kind.RATING, "ann", 5)
    assert said(noted) == [
        ("first_error", "2", "ann"),
        ("first_error", "1", "ben"),
        ("rating", "3", "ann"),
        ("rating", "5", "ann"),
    ]
    noted.run(lambda db: operations.undo(db, "annotations"))
    assert said(noted)[-2:] == [("rating", "2", "ann"), ("rating", "3", "ann")]


def test_several_notes_are_removed_at_once_and_come_back_at_once(noted: Workspace) -> None:
    ids = [label(noted, "Loop", number=number) for number in (1, 2)]
    noted.run(lambda db: annotations.remove_all(db, ids, "ann"))
    assert said(noted) == []
    noted.run(lambda db: operations.undo(db, "annotations"))
    assert len(on_shop(noted)) == 2
    assert noted.run(lambda db: annotations.remove_all(db, [], "ann")).empty


@pytest.mark.parametrize(
    ("kind", "more", "who", "told"),
    [
        (Kind.LABEL, {"label": " ", "label_set": "Steps"}, "ann", "a label needs a name"),
        (Kind.LABEL, {"label": "x"}, "ann", "needs the name of its set"),
        (Kind.TAG, {"label": "x" * 201}, "ann", "at most 200 characters, not 201"),
        (Kind.COMMENT, {"comment": "\n "}, "ann", "a comment needs words"),
        (Kind.COMMENT, {"comment": "x" * 100_001}, "ann", "at most 100,000 characters"),
        (Kind.RATING, {"rating": 6}, "ann", "from 1 to 5, not 6"),
        (Kind.RATING, {}, "ann", "a rating has a number"),
        (Kind.TAG, {"label": "x", "rating": 1}, "ann", "a rating has a number"),
        (Kind.TAG, {"label": "x"}, " ", "the name of who makes it"),
    ],
)
def test_what_cannot_be_noted_is_one_sentence(
    noted: Workspace, kind: Kind, more: dict[str, object], who: str, told: str
) -> None:
    with pytest.raises(UsageError, match=told):
        noted.run(lambda db: annotations.add(db, place(), kind, who=who, **more))  # type: ignore[arg-type]
    assert on_shop(noted) == ()


def test_a_rollout_that_is_not_there_or_a_note_that_is_gone_is_one_sentence(noted: Workspace) -> None:
    with pytest.raises(UsageError, match="no rollout nowhere"):
        noted.run(lambda db: annotations.add(db, Anchor("nowhere"), Kind.TAG, label="x", who="ann"))
    one = label(noted, "Loop")
    noted.run(lambda db: annotations.remove(db, one, "ann"))
    for act in (
        lambda db: annotations.remove(db, one, "ann"),
        lambda db: annotations.change(db, one, label="y", who="ann"),
    ):
        with pytest.raises(UsageError, match="there is no note"):
            noted.run(act)


def test_own_sets_of_labels_stand_beside_the_shipped_ones_and_may_replace_them(noted: Workspace) -> None:
    conn = noted.reader()
    assert label_sets.label_sets(conn) == list(SHIPPED)
    assert all(0 < len(one.labels) <= MOST_LABELS for one in SHIPPED)
    mine = LabelSet(" Mine ", (Label("good "), Label("bad", "it is")))
    noted.run(lambda db: label_sets.save_label_set(db, mine))
    noted.run(lambda db: label_sets.save_label_set(db, LabelSet("Steps", (Label("only"),))))
    steps, outcome, own = label_sets.label_sets(conn)
    assert (steps.labels, steps.shipped, outcome.shipped) == ((Label("only"),), False, True)
    assert own == LabelSet("Mine", (Label("good"), Label("bad", "it is")))
    assert (own.at_key(2), own.at_key(3), own.at_key(0)) == (Label("bad", "it is"), None, None)
    noted.run(lambda db: label_sets.delete_label_set(db, "Steps"))
    assert label_sets.label_sets(conn)[0] == SHIPPED[0]
    with pytest.raises(UsageError, match="no own set of labels 'Steps'; there is Mine"):
        noted.run(lambda db: label_sets.delete_label_set(db, "Steps"))


@pytest.mark.parametrize(
    ("found", "told"),
    [
        (LabelSet(" ", (Label("x"),)), "needs a name"),
        (LabelSet("s", ()), "1 to 9 labels"),
        (LabelSet("s", tuple(Label(str(n)) for n in range(10))), "1 to 9 labels"),
        (LabelSet("s", (Label("x"), Label(" x"))), "“x” twice"),
        (LabelSet("s", (Label(""),)), "needs a name"),
    ],
)
def test_a_set_of_labels_that_cannot_be_is_one_sentence(noted: Workspace, found: LabelSet, told: str) -> None:
    with pytest.raises(UsageError, match=told):
        noted.run(lambda db: label_sets.save_label_set(db, found))


def test_the_same_is_noted_at_several_places_in_one_step_of_undo(noted: Workspace) -> None:
    label(noted, "Loop", number=2)
    both = [place(number=number) for number in (1, 2)]
    change = noted.run(lambda db: annotations.add_all(db, both, Kind.LABEL, label_set="Steps", label="Loop", who="ann"))
    assert change.label == "Add label “Loop” at 2 places"
    assert len(change.ids["annotation"]) == 1
    assert len(on_shop(noted)) == 2
    noted.run(lambda db: operations.undo(db, "annotations"))
    assert [note.anchor.step_number for note in on_shop(noted)] == [2]
    assert noted.run(lambda db: annotations.add_all(db, [], Kind.TAG, label="x", who="ann")).empty
