"""Stages of advice and names of themes belong to the bank."""

import pytest

from rb_studio.records.errors import UsageError
from rb_studio.records.memory import MemoryItem
from rb_studio.store import banks, curation, operations
from rb_studio.store.themes import HUMAN, name_theme, set_stages, stages, theme_names
from rb_studio.store.workspace import Workspace


@pytest.fixture
def bank(tmp_path):
    with Workspace.open(tmp_path / "w.rbank", write=True, create=True) as workspace:
        bank = workspace.run(lambda db: banks.create_bank(db, "b", "reasoningbank"))
        for n in range(3):
            workspace.run(lambda db, n=n: curation.add_item(db, bank, MemoryItem(f"i{n}", f"t{n}", "d", "c")))
        yield workspace, bank


def test_a_person_and_a_model_each_keep_their_own_label(bank):
    workspace, bank = bank
    workspace.run(lambda db: set_stages(db, bank, {1: "procedure", 2: "adaptive"}, by="model-a"))
    workspace.run(lambda db: set_stages(db, bank, {1: "self-check"}))
    conn = workspace.reader()
    assert stages(conn, bank) == {1: {"model-a": "procedure", HUMAN: "self-check"}, 2: {"model-a": "adaptive"}}
    assert workspace.run(lambda db: set_stages(db, bank, {1: "self-check"})).empty
    workspace.run(lambda db: set_stages(db, bank, {1: ""}))
    assert stages(conn, bank)[1] == {"model-a": "procedure"}
    workspace.run(lambda db: operations.undo(db, "memories"))
    assert stages(conn, bank)[1][HUMAN] == "self-check"


def test_a_fork_takes_labels_off_for_itself_alone(bank):
    workspace, bank = bank
    workspace.run(lambda db: set_stages(db, bank, {1: "procedure"}))
    workspace.run(lambda db: name_theme(db, bank, 1, " Sorting "))
    fork = workspace.run(lambda db: banks.fork_bank(db, bank, "fork"))
    workspace.run(lambda db: set_stages(db, fork, {1: ""}))
    workspace.run(lambda db: name_theme(db, fork, 1, ""))
    conn = workspace.reader()
    assert (stages(conn, fork), theme_names(conn, fork)) == ({}, {})
    assert (stages(conn, bank), theme_names(conn, bank)) == ({1: {HUMAN: "procedure"}}, {1: "Sorting"})
    workspace.run(lambda db: operations.undo(db, "memories"))
    assert theme_names(conn, fork) == {1: "Sorting"}


def test_rolling_back_brings_labels_back(bank):
    workspace, bank = bank
    workspace.run(lambda db: set_stages(db, bank, {1: "procedure"}))
    workspace.run(lambda db: banks.take_snapshot(db, bank, "before"))
    workspace.run(lambda db: set_stages(db, bank, {1: "adaptive", 2: "adaptive"}))
    workspace.run(lambda db: curation.rollback(db, bank, "before"))
    assert stages(workspace.reader(), bank) == {1: {HUMAN: "procedure"}}


@pytest.mark.parametrize(
    ("given", "says"), [({1: "genius"}, "no stage 'genius'"), ({9: "adaptive"}, "no memory item 9")]
)
def test_what_is_no_stage_is_refused(bank, given, says):
    workspace, bank = bank
    with pytest.raises(UsageError, match=says):
        workspace.run(lambda db: set_stages(db, bank, given))
