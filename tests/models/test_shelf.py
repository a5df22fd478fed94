"""Vectors shared by the processes of a job: each text computed once, and never at the price of an answer."""

import os
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from rb_studio.models import shelf as shelves
from rb_studio.models.minilm import MiniLmEmbedder
from rb_studio.models.shelf import Shelf

KEY, OTHER = bytes(range(32)), bytes(32)


class Computing:
    """Counts how often it is asked."""

    def __init__(self, *values: float) -> None:
        self.vector, self.times = np.array(values, np.float32), 0

    def __call__(self) -> np.ndarray:
        self.times += 1
        return self.vector


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "vectors"
    path.touch()
    return path


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shelves, "_PATIENCE", 0.02)


def test_what_one_computed_the_other_reads_to_the_bit(path: Path) -> None:
    computing, never = Computing(0.1, -2.5, 3e-39), Computing(9.0, 9.0, 9.0)
    one, other = Shelf(path, 3), Shelf(path, 3)
    assert one.get(KEY, computing) is computing.vector
    found = other.get(KEY, never)
    assert found.tobytes() == computing.vector.tobytes()
    assert (computing.times, never.times) == (1, 0)
    assert not found.flags.writeable


def test_vectors_of_several_go_on_one_shelf_whoever_puts_them_there(path: Path) -> None:
    several = [Shelf(path, 2) for _ in range(3)]
    keys = [bytes([number]) * 32 for number in range(30)]
    for number, key in enumerate(keys):
        several[number % 3].get(key, Computing(number, -number))
    for shelf in several:
        found = [shelf.get(key, Computing(99, 99)).tolist() for key in keys]
        assert found == [[number, -number] for number in range(30)]


def test_threads_that_need_the_same_text_compute_it_once(path: Path) -> None:
    shelf, computing, together = Shelf(path, 1), Computing(7.0), threading.Barrier(4)

    def get() -> float:
        together.wait()
        return float(shelf.get(KEY, computing)[0])

    with ThreadPoolExecutor(4) as pool:
        assert [one.result() for one in [pool.submit(get) for _ in range(4)]] == [7.0] * 4
    assert computing.times == 1


def test_half_a_vector_of_somebody_killed_is_written_over(path: Path) -> None:
    Shelf(path, 2).get(KEY, Computing(1, 2))
    whole = path.stat().st_size
    with path.open("ab") as file:
        file.write(b"half of one")
    late = Shelf(path, 2)
    assert late.get(OTHER, Computing(3, 4)).tolist() == [3, 4]
    assert path.stat().st_size == 2 * whole
    assert Shelf(path, 2).get(OTHER, Computing(9, 9)).tolist() == [3, 4]
    assert Shelf(path, 2).get(KEY, Computing(9, 9)).tolist() == [1, 2]


@pytest.mark.usefixtures("impatient")
def test_nobody_waits_long_for_one_that_hangs(path: Path) -> None:
    computing, holder = Computing(5.0), os.open(path, os.O_RDWR)
    try:
        shelves._lock(holder)
        shelf = Shelf(path, 1)
        assert shelf.get(KEY, computing).tolist() == [5.0]
        assert path.stat().st_size == 0
        shelves._unlock(holder)
        assert shelf.get(KEY, computing).tolist() == [5.0]
        assert path.stat().st_size > 0
    finally:
        os.close(holder)


def test_without_a_file_and_after_closing_all_is_computed(tmp_path: Path, path: Path) -> None:
    computing, closed = Computing(1.0), Shelf(path, 1)
    closed.close()
    for shelf in (Shelf(tmp_path / "not" / "there", 1), closed):
        assert shelf.get(KEY, computing).tolist() == [1.0]
    assert computing.times == 2


def test_a_full_shelf_takes_no_more(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shelves, "_MOST", 1)
    shelf, computing = Shelf(path, 1), Computing(2.0)
    shelf.get(KEY, Computing(1.0))
    size = path.stat().st_size
    assert [shelf.get(OTHER, computing).tolist() for _ in range(2)] == [[2.0], [2.0]]
    assert computing.times == 2
    assert path.stat().st_size == size
    assert shelf.get(KEY, computing).tolist() == [1.0]


def test_what_fails_to_be_computed_is_told_and_not_kept(path: Path) -> None:
    def fails() -> np.ndarray:
        raise ValueError("no weights")

    shelf = Shelf(path, 1)
    with pytest.raises(ValueError, match="no weights"):
        shelf.get(KEY, fails)
    assert shelf.get(KEY, Computing(4.0)).tolist() == [4.0]


def test_embedders_that_share_give_the_vectors_they_would_alone(path: Path) -> None:
    alone, first, second = (MiniLmEmbedder() for _ in range(3))
    for one in (first, second):
        one.share(path)
    texts = ["find the cheapest tent", "change the address", ""]
    wanted = alone.embed(texts)
    assert first.embed(texts).tobytes() == wanted.tobytes()
    written = path.stat().st_size
    assert second.embed(texts).tobytes() == wanted.tobytes()
    assert path.stat().st_size == written
    assert second._loaded is None, "what the other one computed needs no weights"
    first.close()
    assert first.embed(texts[:1]).tobytes() == wanted[:1].tobytes()
