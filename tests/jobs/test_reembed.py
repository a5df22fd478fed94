"""Embedding a bank anew goes on where it was stopped or killed, and says what is lacking."""

import os
import signal
import threading

import pytest

from rb_studio.jobs import reembed as module
from rb_studio.jobs.reembed import embedding_state, lacking, reembed
from rb_studio.jobs.workers import WorkerDied
from rb_studio.models.hashing import HashingEmbedder
from rb_studio.models.minilm import MiniLmEmbedder
from rb_studio.records.errors import Cancelled
from rb_studio.records.item_text import ItemText
from rb_studio.records.memory import Experience, MemoryItem
from rb_studio.store import banks, curation
from rb_studio.store.item_import import import_items
from rb_studio.store.workspace import Workspace
from tests.jobs.killing import workers

HASHING = HashingEmbedder().identity


@pytest.fixture
def bank(tmp_path):
    with Workspace.open(tmp_path / "w.rbank", write=True, create=True) as workspace:
        bank = workspace.run(lambda db: banks.create_bank(db, "b", "reasoningbank"))
        learned = [
            Experience(
                f"e{n}", f"s/{n}", f"task {n}", tuple(MemoryItem(f"i{n}{m}", f"t {n} {m}", "d", "c") for m in "ab")
            )
            for n in range(100)
        ]
        workspace.run(lambda db: import_items(db, bank, learned))
        yield workspace, bank


def test_all_tasks_and_items_get_a_vector_in_a_process_of_its_own(bank):
    workspace, bank = bank
    before = embedding_state(workspace.reader(), bank, HASHING)
    assert (before.items, before.items_missing, before.tasks, before.tasks_missing) == (200, 200, 100, 100)
    assert before.sentence() == f"200 of 200 items and 100 of 100 tasks have no vector of {HASHING}"
    heard = []
    after = reembed(workspace, bank, "hashing", told=lambda done, total: heard.append((done, total)))
    assert after.missing == 0
    assert heard[-1] == (300, 300)
    assert [done for done, _ in heard] == sorted(done for done, _ in heard)
    value = banks.bank_value(workspace.reader(), bank, embedder=HASHING, items=True)
    assert not banks.missing_vectors(value)
    assert not banks.missing_item_vectors(value)
    assert (value.vectors["e3"] == HashingEmbedder().embed(["task 3"])[0]).all()


@pytest.mark.parametrize("isolated", [True, False])
def test_what_is_stored_stays_when_it_is_stopped_and_is_not_made_again(bank, isolated):
    workspace, bank = bank

    def told(done, total):
        if done >= 64:
            raise Cancelled("stopped")

    with pytest.raises(Cancelled):
        reembed(workspace, bank, "hashing", told=told, isolated=isolated)
    left = embedding_state(workspace.reader(), bank, HASHING).missing
    assert 0 < left < 300
    heard = []
    reembed(workspace, bank, "hashing", told=lambda done, total: heard.append(total), isolated=isolated)
    assert set(heard) == {left}
    assert embedding_state(workspace.reader(), bank, HASHING).missing == 0


def one_batch_and_no_more(embedder, texts):
    """Embeds in its process as ever, but is still at it when the first batch has been kept."""
    module._embed_aside(embedder, texts[: module.BATCH])
    threading.Event().wait()


def test_when_its_process_is_killed_that_is_said_and_the_next_call_goes_on(bank, monkeypatch):
    workspace, bank = bank

    def kill(done, total):
        if done:
            for process in workers():
                os.kill(process, signal.SIGKILL)

    with monkeypatch.context() as patched:
        patched.setattr(module, "_embed_aside", one_batch_and_no_more)
        with pytest.raises(WorkerDied, match="died"):
            reembed(workspace, bank, "hashing", told=kill)
    assert embedding_state(workspace.reader(), bank, HASHING).missing == 300 - module.BATCH
    assert reembed(workspace, bank, "hashing").missing == 0


def test_after_a_restart_only_the_rest_is_lacking(bank, monkeypatch):
    workspace, bank = bank
    path = workspace.path
    monkeypatch.setattr(module, "BATCH", 10)

    def told(done, total):
        if done == 30:
            raise Cancelled("stopped")

    with pytest.raises(Cancelled):
        reembed(workspace, bank, "hashing", told=told, isolated=False)
    workspace.close()
    with Workspace.open(path, write=True) as again:
        assert len(lacking(again.reader(), bank, HASHING)) == 270
        assert reembed(again, bank, "hashing", isolated=False).missing == 0


def test_an_edited_item_and_another_embedder_are_told(bank):
    workspace, bank = bank
    reembed(workspace, bank, "hashing", isolated=False)
    workspace.run(lambda db: curation.edit_item(db, bank, 1, ItemText("new", "d", "c")))
    assert embedding_state(workspace.reader(), bank, HASHING).items_missing == 1
    other = embedding_state(workspace.reader(), bank, MiniLmEmbedder.identity)
    assert other.missing == 300
    assert other.others == ((HASHING, 299),)
    assert f"vectors of {HASHING} are there" in other.sentence()


def test_an_empty_bank_lacks_nothing(bank):
    workspace, _ = bank
    empty = workspace.run(lambda db: banks.create_bank(db, "empty", "reasoningbank"))
    assert reembed(workspace, empty, "hashing").sentence() == f"all 0 items and 0 tasks have a vector of {HASHING}"
