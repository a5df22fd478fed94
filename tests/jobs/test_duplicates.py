"""Groups of a bank's items with their evidence, and the measurement behind the thresholds."""

import dataclasses
import threading

import pytest

from rb_studio.analysis.duplicates import Thresholds
from rb_studio.analysis.operating_point import RELATIONS, ScoredPair, best_point, operating_point
from rb_studio.jobs import operating_point as measured
from rb_studio.jobs.duplicates import find_aside, find_groups
from rb_studio.models.minilm import shared
from rb_studio.records.errors import Cancelled
from rb_studio.records.memory import Experience, ItemSource, ItemState, MemoryItem
from rb_studio.store import banks, curation
from rb_studio.store.item_import import import_items
from rb_studio.store.workspace import Workspace

TEXTS = {
    "sort": ("Sort before you compare prices", "Find the cheapest product.", "Sort the list by price first."),
    "sort2": ("Sort before comparing prices", "Find the cheapest product.", "First sort the list by price."),
    "not": ("Do not sort before you compare prices", "Find the cheapest product.", "Never sort the list by price."),
    "save": ("Save the form", "A change is lost otherwise.", "Press Save and wait for the green message."),
}


@pytest.fixture
def bank(tmp_path):
    path = tmp_path / "w.rbank"
    with Workspace.open(path, write=True, create=True) as workspace:
        bank = workspace.run(lambda db: banks.create_bank(db, "reasoningbank", "reasoningbank"))
        learned = [
            Experience(f"e-{uid}", f"t/{uid}", uid, (MemoryItem(uid, *text, sources=(ItemSource(f"r-{uid}"),)),))
            for uid, text in TEXTS.items()
        ]
        workspace.run(lambda db: import_items(db, bank, learned))
        yield workspace, bank


def test_a_group_tells_its_weakest_pair_what_might_be_kept_and_what_is_negated(bank):
    workspace, bank_id = bank
    workspace.run(lambda db: curation.set_state(db, bank_id, [1], ItemState.CANDIDATE))
    found = find_groups(workspace.reader(), bank_id, shared())
    assert found.compared == 4
    (group,) = [group for group in found.groups if 2 in [row.id for row in group.items]]
    assert {row.uid for row in group.items} <= {"sort", "sort2", "not"}
    assert group.weakest.cosine == min(pair.cosine for pair in group.pairs)
    assert all((3 in (pair.a, pair.b)) == pair.negated for pair in (*group.pairs, *group.near))
    alone = find_groups(workspace.reader(), bank_id, shared(), 0.97)
    assert all(3 not in [row.id for row in group.items] for group in alone.groups)


def test_the_active_item_is_suggested_before_a_candidate(bank):
    workspace, bank_id = bank
    workspace.run(lambda db: curation.set_state(db, bank_id, [1], ItemState.CANDIDATE))
    workspace.run(lambda db: curation.set_state(db, bank_id, [3, 4], ItemState.ARCHIVED))
    (group,) = find_groups(workspace.reader(), bank_id, shared()).groups
    assert [row.id for row in group.items] == [1, 2]
    assert group.suggested == (2, "the only active one")


def test_a_process_of_its_own_finds_the_same_and_can_be_stopped(bank):
    workspace, bank_id = bank
    heard = []
    found = find_aside(workspace.path, bank_id, told=lambda done, total: heard.append((done, total)))
    assert found == find_groups(workspace.reader(), bank_id, shared())
    assert heard

    stop = threading.Event()
    stop.set()

    def told(done, total):
        if stop.is_set():
            raise Cancelled("stopped")

    with pytest.raises(Cancelled):
        find_aside(workspace.path, bank_id, told=told)


def test_items_kept_apart_are_in_no_group_together(bank):
    workspace, bank_id = bank
    workspace.run(lambda db: curation.mark_distinct(db, bank_id, [1, 2, 3]))
    assert find_groups(workspace.reader(), bank_id, shared()).groups == ()


def test_the_labelled_pairs_are_many_and_of_every_kind():
    pairs = measured.labelled_pairs()
    assert len(pairs) >= 200
    assert {pair.relation for pair in pairs} == set(RELATIONS)
    assert len({(pair.a, pair.b) for pair in pairs}) == len(pairs)


def test_the_thresholds_in_use_are_those_that_were_measured_best():
    table = measured.shipped()
    assert table.chosen.thresholds == Thresholds()
    assert table.embedder == shared().identity
    assert table.chosen.precision.value >= measured.LEAST_PRECISION
    assert sum(table.pairs.values()) == len(measured.labelled_pairs())
    assert best_point((table.chosen, *table.curve), measured.LEAST_PRECISION).recall == table.chosen.recall


@pytest.mark.long
def test_the_stored_measurement_is_what_the_shipped_embedder_gives():
    assert dataclasses.asdict(measured.measure(shared())) == dataclasses.asdict(measured.shipped())


def test_a_stored_measurement_is_read_as_it_was_written(tmp_path):
    measured.write(measured.shipped(), tmp_path / "point.json")
    assert (tmp_path / "point.json").read_text() == (measured._file("operating_point.json")).read_text()


def test_precision_and_recall_by_hand():
    pairs = [
        ScoredPair("reworded", 0.9, 0.6),
        ScoredPair("paraphrase", 0.5, 0.1),
        ScoredPair("opposite", 0.9, 0.6),
        ScoredPair("unrelated", 0.1, 0.0),
    ]
    point = operating_point(pairs, Thresholds(0.85, 0.45, 0.95))
    assert (point.precision.value, point.recall.value) == (0.5, 0.5)
    assert operating_point(pairs, Thresholds(0.99, 0.9, 0.99)).precision is None


def test_another_embedder_is_said_to_be_unmeasured():
    assert "not measured for other:4:text" in measured.described("other:4:text")
    assert "precision 96 %" in measured.described(shared().identity)
    assert "cosine 0.70" in measured.described(shared().identity, 0.7)
