"""What goes out to workers: the very bank arrives, little of it travels twice, and quick tasks go together."""

import math
import pickle
from collections.abc import Sequence
from concurrent.futures import Executor, Future
from dataclasses import replace

import numpy as np
import pytest

from rb_studio.jobs import luggage, perform, sweep
from rb_studio.jobs.faults import Lost
from rb_studio.jobs.luggage import RECENT, Packer, Trunk, Unpacker
from rb_studio.jobs.strand import Errand, Made, Results, Strand
from rb_studio.method.tools import Tools
from rb_studio.records.arm import ArmConfig
from rb_studio.records.memory import Bank, Experience, ItemState, MemoryItem, Tally
from rb_studio.records.outcome import TaskOutcome
from rb_studio.records.task import Task
from rb_studio.store.packed import pack
from tests.jobs.conftest import lines, practice_sweep
from tests.jobs.conftest import sweep as run


def experience(number: int) -> Experience:
    items = (MemoryItem(f"i{number}", "title", "description", f"advice {number}"),)
    return Experience(f"e{number}", f"shop/{number}", f"task {number}", items)


def vector(number: int) -> np.ndarray:
    return np.full(4, number, np.float32)


def bank(numbers: Sequence[int]) -> Bank:
    vectors = {f"e{n}": vector(n) for n in numbers if n % 2 == 0}
    found = Bank(
        tuple(map(experience, numbers)), vectors, "hashing", item_vectors={f"i{n}": vector(n) for n in numbers}
    )
    return replace(found, tally=Tally(3, 1, {"i1": (1, 1)}))


def sent(trunk: Trunk) -> Trunk:
    return pickle.loads(pickle.dumps(trunk))


def same(found: Bank | None, wanted: Bank) -> bool:
    if found is None:
        return False
    for name in ("vectors", "item_vectors"):
        got, expected = getattr(found, name), getattr(wanted, name)
        assert got.keys() == expected.keys()
        assert all(np.array_equal(got[uid], expected[uid]) for uid in expected)
    return replace(found, vectors={}, item_vectors={}) == replace(wanted, vectors={}, item_vectors={})


def test_a_bank_that_grows_arrives_whole_at_a_worker_that_stays():
    packer, worker, value = Packer(), Unpacker(), bank([])
    for number in range(4 * RECENT):
        grown = bank([number])
        vectors = {**value.vectors, **grown.vectors}
        items = {**value.item_vectors, **grown.item_vectors}
        value = replace(
            grown, experiences=(*value.experiences, *grown.experiences), vectors=vectors, item_vectors=items
        )
        trunk = packer.pack(value)
        assert len(trunk.pieces) <= RECENT
        assert same(worker.unpack(sent(trunk)), value)


def test_a_worker_that_lacks_pieces_says_so_and_is_sent_them_all():
    packer, worker, value = Packer(), Unpacker(), bank(range(2 * RECENT))
    assert worker.unpack(sent(packer.pack(value))) is None
    assert same(worker.unpack(sent(packer.pack(value, whole=True))), value)
    assert same(worker.unpack(sent(packer.pack(value))), value)


def test_experiences_that_are_rewritten_or_taken_out_are_other_banks():
    packer, worker, value = Packer(), Unpacker(), bank(range(5))
    worker.unpack(sent(packer.pack(value)))
    first = value.experiences[0]
    archived = replace(first, items=(replace(first.items[0], state=ItemState.ARCHIVED),))
    changed = replace(value, experiences=(archived, *value.experiences[1:]))
    assert same(worker.unpack(sent(packer.pack(changed))), changed)
    shorter = replace(bank([1, 3]), experiences=(changed.experiences[3], changed.experiences[1]))
    assert same(worker.unpack(sent(packer.pack(shorter))), shorter)


def test_what_a_worker_holds_is_bounded_but_never_less_than_one_bank(monkeypatch):
    monkeypatch.setattr(luggage, "MOST_HELD", 6)
    worker = Unpacker()
    for start in range(0, 40, 4):
        value = bank(range(start, start + 4))
        assert same(worker.unpack(sent(Packer().pack(value))), value)
    assert len(worker._held) == 6
    large = bank(range(100, 120))
    assert same(worker.unpack(sent(Packer().pack(large))), large)
    assert len(worker._held) == 20


class Forgetful(Executor):
    """Runs each call at once, in a process that has seen nothing before, as it were."""

    def __init__(self, workers: int) -> None:
        self.lacking = 0

    def submit(self, fn, /, *args, **kwargs):
        done: Future = Future()
        perform._unpacker = Unpacker()
        found = fn(*pickle.loads(pickle.dumps(args)), **kwargs)
        self.lacking += found is None
        done.set_result(found)
        return done

    def shutdown(self, wait=True, *, cancel_futures=False):
        pass


def test_a_sweep_on_workers_that_remember_nothing_comes_to_the_same(open_new, monkeypatch):
    usual, forgetful = open_new("usual"), open_new("forgetful")
    request = practice_sweep(memories=("reasoningbank",))
    run(usual, request, workers=1)
    made = []

    def executor(workers):
        made.append(Forgetful(workers))
        return made[-1]

    monkeypatch.setattr(luggage, "RECENT", 1)
    monkeypatch.setattr(sweep, "LocalExecutor", executor)
    monkeypatch.setattr(sweep, "BATCH", 1)
    run(forgetful, request, workers=1)
    assert made[0].lacking
    assert lines(forgetful, sweep=1) == lines(usual, sweep=1) != ""


@pytest.mark.parametrize("batch", [1, 16])
def test_how_many_tasks_go_out_together_changes_no_result(open_new, monkeypatch, batch):
    usual, other = open_new("usual"), open_new("other")
    request = practice_sweep(ks=(1, 2))
    run(usual, request, workers=2)
    monkeypatch.setattr(sweep, "LocalExecutor", Forgetful)
    monkeypatch.setattr(sweep, "BATCH", batch)
    monkeypatch.setattr(perform, "BATCH_SECONDS", 60.0)
    run(other, request, workers=1)
    assert lines(other, sweep=1) == lines(usual, sweep=1) != ""


class Broken(Exception):
    pass


@pytest.mark.parametrize(("third", "done"), [("fault", 3), ("broken", 2), ("whole", 4)])
def test_a_task_that_is_not_whole_ends_what_goes_out_together(monkeypatch, third, done):
    """What is done already counts; the task that broke comes again as the first one, and then says why."""
    monkeypatch.setattr(perform, "BATCH_SECONDS", 60.0)

    def made(arms, task, *rest):
        if task.key == "shop/2" and third == "broken":
            raise Broken
        lost = Lost("no connection") if task.key == "shop/2" and third == "fault" else None
        return (Made(pack(TaskOutcome("arm", task.key, 1, ())), lost),)

    monkeypatch.setattr(perform, "run_members", made)
    tasks = [Task(f"shop/{number}", "shop", number, "a task") for number in range(4)]
    arms, tools = [ArmConfig("shop")], Tools(models={}, open_environment=None, grade=None)
    results = perform.run_tasks(arms, tasks, Bank(), None, tools, {})
    assert [one.outcome.task_key for (one,) in results] == [task.key for task in tasks[:done]]
    if third == "broken":
        with pytest.raises(Broken):
            perform.run_tasks(arms, tasks[2:], Bank(), None, tools, {})


def test_a_task_that_was_tried_before_goes_out_alone():
    tasks = [Task(f"shop/{number}", "shop", number, "a task") for number in range(6)]
    strand = Strand(ArmConfig("shop"), 1, tasks, finished={"shop/5"}, tries={"shop/3": 1})
    strand.begin()
    first = strand.next_task()
    assert [task.key for task in strand.following(first, (strand,), 15)] == ["shop/1", "shop/2"]
    assert strand.following(strand.next_task(), (strand,), 15) == ()
    assert [task.key for task in strand.waiting] == ["shop/4"]


def test_a_new_arms_tasks_go_out_as_many_together_as_those_before_it(open_new, monkeypatch):
    sent: list[tuple[int, int]] = []

    def counted(self: perform.OnExecutor, errand: Errand) -> "Future[Results]":
        sent.append((errand.strand.run, len(errand.tasks)))
        return original(self, errand)

    original = perform.OnExecutor.__call__
    monkeypatch.setattr(perform.OnExecutor, "__call__", counted)
    monkeypatch.setattr(sweep, "LocalExecutor", Forgetful)
    monkeypatch.setattr(sweep, "BATCH", 4)
    monkeypatch.setattr(perform, "BATCH_SECONDS", math.inf)
    monkeypatch.setattr("rb_studio.jobs.strand.QUICK_SECONDS", math.inf)
    run(open_new("paced"), practice_sweep(memories=("reasoningbank",), ks=(1,), seeds=(0, 1, 2)), workers=1)
    first = [next(number for run, number in sent if run == arm) for arm in (1, 2, 3)]
    assert first == [1, 1, 4], "two arms were begun before anything came back"


def test_only_quick_tasks_go_out_together():
    """A slow endpoint's tasks stay apart, so that every place has its own."""
    tasks = [Task(f"shop/{number}", "shop", number, "a task") for number in range(6)]
    strand = Strand(ArmConfig("shop"), 1, tasks)
    paces = []
    for seconds in (0.1, 0.3, 0.3, 0.3, 30.0, 0.1):
        strand.paced([seconds / strand.pace] * strand.pace, 4)
        paces.append(strand.pace)
    assert paces == [2, 4, 4, 4, 1, 2]
