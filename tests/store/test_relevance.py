"""Labelled pairs of task and item belong to the bank: undone, rolled back and forked with it."""

import pytest

from rb_studio.records.errors import UsageError
from rb_studio.records.memory import MemoryItem
from rb_studio.store import banks, curation, operations
from rb_studio.store.relevance import relevance, set_relevance
from rb_studio.store.workspace import Workspace


@pytest.fixture
def bank(tmp_path):
    with Workspace.open(tmp_path / "w.rbank", write=True, create=True) as workspace:
        bank = workspace.run(lambda db: banks.create_bank(db, "b", "reasoningbank"))
        for n in range(3):
            workspace.run(lambda db, n=n: curation.add_item(db, bank, MemoryItem(f"i{n}", f"t{n}", "d", "c")))
        yield workspace, bank


def grades(workspace, bank, at=None):
    return {task.text: dict(task.grades) for task in relevance(workspace.reader(), bank, at)}


def test_labels_are_kept_changed_and_taken_off_each_as_one_step(bank):
    workspace, bank = bank
    workspace.run(lambda db: set_relevance(db, bank, "  find it ", {1: 2, 2: 1}, template="t"))
    workspace.run(lambda db: set_relevance(db, bank, "find it", {2: 0, 3: 3}))
    assert grades(workspace, bank) == {"find it": {1: 2, 3: 3}}
    assert workspace.run(lambda db: set_relevance(db, bank, "find it", {3: 3})).empty
    workspace.run(lambda db: operations.undo(db, "memories"))
    assert grades(workspace, bank) == {"find it": {1: 2, 2: 1}}
    workspace.run(lambda db: operations.undo(db, "memories"))
    assert grades(workspace, bank) == {}
    workspace.run(lambda db: operations.redo(db, "memories"))
    workspace.run(lambda db: operations.redo(db, "memories"))
    assert grades(workspace, bank) == {"find it": {1: 2, 3: 3}}
    assert relevance(workspace.reader(), bank)[0].template == "t"


def test_a_fork_inherits_labels_and_changes_its_own_alone(bank):
    workspace, bank = bank
    workspace.run(lambda db: set_relevance(db, bank, "find it", {1: 2, 2: 1}))
    fork = workspace.run(lambda db: banks.fork_bank(db, bank, "fork"))
    workspace.run(lambda db: set_relevance(db, fork, "find it", {1: 0, 2: 3}))
    assert grades(workspace, fork) == {"find it": {2: 3}}
    assert grades(workspace, bank) == {"find it": {1: 2, 2: 1}}
    workspace.run(lambda db: set_relevance(db, fork, "find it", {1: 2, 2: 1}))
    assert grades(workspace, fork) == grades(workspace, bank)


def test_a_snapshot_keeps_the_labels_and_rolling_back_brings_them_back(bank):
    workspace, bank = bank
    workspace.run(lambda db: set_relevance(db, bank, "find it", {1: 2}))
    at = workspace.run(lambda db: banks.take_snapshot(db, bank, "before")).operation
    workspace.run(lambda db: set_relevance(db, bank, "find it", {1: 0}))
    assert (grades(workspace, bank), grades(workspace, bank, at)) == ({}, {"find it": {1: 2}})
    workspace.run(lambda db: curation.rollback(db, bank, "before"))
    assert grades(workspace, bank) == {"find it": {1: 2}}


def test_a_paraphrase_belongs_to_the_family_of_what_it_paraphrases(bank):
    workspace, bank = bank
    workspace.run(lambda db: set_relevance(db, bank, "find it", {1: 1}))
    workspace.run(lambda db: set_relevance(db, bank, "look for it", {1: 1}, paraphrase_of="find it"))
    workspace.run(lambda db: set_relevance(db, bank, "search it", {1: 1}, paraphrase_of="look for it"))
    tasks = relevance(workspace.reader(), bank)
    assert [task.family for task in tasks] == [tasks[0].id] * 3


@pytest.mark.parametrize(
    ("text", "given", "paraphrase", "says"),
    [
        (" ", {1: 1}, None, "empty"),
        ("x", {1: 4}, None, "4 is no grade"),
        ("x", {99: 1}, None, "no memory item 99"),
        ("x", {1: 1}, "unheard of", "no other labelled task"),
        ("x", {1: 1}, "x", "no other labelled task"),
    ],
)
def test_what_cannot_be_a_label_is_refused(bank, text, given, paraphrase, says):
    workspace, bank = bank
    with pytest.raises(UsageError, match=says):
        workspace.run(lambda db: set_relevance(db, bank, text, given, paraphrase_of=paraphrase))
    assert grades(workspace, bank) == {}
