"""Curating a bank of 100,000 items, one of two; the other is a fork of it."""

import os
import random
import statistics
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from rb_studio.jobs.map import map_aside
from rb_studio.models.registry import DEFAULT_EMBEDDER, embedder
from rb_studio.records.arm import ArmConfig
from rb_studio.records.item_text import ItemText
from rb_studio.records.memory import Experience, ItemSource, ItemState, MemoryItem
from rb_studio.store import banks, curation, operations, runs
from rb_studio.store.item_import import import_items
from rb_studio.store.items import item_ids
from rb_studio.store.picture import BankPicture
from rb_studio.store.vectors import ITEM_RECIPE, item_embedding_text, store_vectors
from rb_studio.store.workspace import Workspace
from tests.benchmarks.figure import Figure
from tests.benchmarks.search import DIMENSION, WORDS

ITEMS = 100_000
POLARITIES, LABELS = ("success", "failure", "contrast"), ("judge", "gt", "human")
MODELS, MODES = ("model-a", "model-b", "model-c"), ("reasoningbank", "awm")
STATES = (ItemState.CANDIDATE, ItemState.EXCLUDED, ItemState.ARCHIVED, ItemState.DELETED)


OPEN, WORDS_IN, MEANING_IN, SCROLL, STILL, TURN, MAP = 200, 50, 150, 16, 50, 3000, 1000
TYPED = ("sor", "sort", "sort tab", "sort table", "case12", "-sort", "tag:reviewed pri", "title:sort OR title:page")
MEANT = ("find the largest", "look at every page", "save what was changed", "compare prices before buying")
PAGES = 40


@dataclass
class Took:
    """Milliseconds by the clock and of this process's own work; the longest the event loop stood still, and worked."""

    clock: float
    work: float
    still: float = 0.0
    turn: float = 0.0


def measure(folder: Path) -> list[Figure]:
    """What a person feels in a bank of 100,000 items, and what acts on all of them take."""
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    os.environ["RB_STUDIO_CONFIG_DIR"] = os.environ["RB_STUDIO_DATA_DIR"] = str(folder / "settings")
    path = folder / "memories.rbank"
    build(path)
    return [*_in_the_window(path), *_on_all(path), *_mapped(path)]


def _figure(name: str, promise: int, times: list[Took]) -> Figure:
    clock, work = (statistics.median(getattr(one, kind) for one in times) for kind in ("clock", "work"))
    limit = f"at most {promise} ms" if promise < 1000 else f"at most {promise // 1000} s"
    measured = f"{clock:.0f} ms ({work:.0f} ms of work)" if promise < 1000 else f"{clock / 1000:.1f} s"
    return Figure(name, limit, measured, clock <= promise)


def _in_the_window(path: Path) -> list[Figure]:
    with _studio(path) as studio:
        window, beat = studio.window, _Beat()
        first = beat.until(lambda: window.show_room("memories"), lambda: _rows_are_here(window.rooms["memories"]))
        room, opened = window.rooms["memories"], []
        beat.until(lambda: None, lambda: _settled(studio, room))
        bank, fork = room.presenter.bank, next(one.id for one in room.presenter._banks if one.name == "fork")
        for other in (fork, bank, fork, bank):
            choose = lambda other=other: room.presenter.choose_bank(other)  # noqa: E731
            opened.append(beat.until(choose, lambda other=other: _shows(room, other)))
            beat.until(lambda: None, lambda: _settled(studio, room))
        typed = [took for text in TYPED for took in _typed(beat, studio, room, text)]
        meant = _meant(beat, studio, room)
        scrolled = _scrolled(beat, studio, room)
    built = f"{first.clock:.0f} ms ({first.work:.0f} ms of work)"
    every = (*opened, *typed, *meant, *scrolled)
    gap, turn = max(took.still for took in every), max(took.turn for took in every)
    return [
        Figure("the memories room built at its first sight, until rows are there", "reported", built, None),
        _figure(f"a bank of {ITEMS:,} items (and its fork) opened, until rows are there", OPEN, opened),
        _figure("first results while typing words, median", WORDS_IN, typed),
        _figure("first results of a meaning, median", MEANING_IN, meant),
        _figure(f"a page further in {ITEMS:,} items, median of {PAGES}", SCROLL, scrolled),
        Figure(
            "largest gap on the GUI thread meanwhile",
            f"at most {STILL} ms",
            f"{gap:.0f} ms ({turn:.0f} ms of work)",
            gap <= STILL,
        ),
    ]


def _typed(beat: "_Beat", studio, room, text: str) -> Iterator[Took]:
    """A query typed in one go, and taken out again."""
    for query in (text, ""):
        before = room.presenter._found
        yield beat.until(
            lambda query=query: room.presenter.set_query(query),
            lambda before=before: room.presenter._found is not before and _rows_are_here(room),
        )
        beat.until(lambda: None, lambda: _settled(studio, room))


def _meant(beat: "_Beat", studio, room) -> list[Took]:
    """The model and the vectors are there after a first one."""
    times = []
    for text in ("warm up", *MEANT):
        before = room.presenter._found
        times.append(
            beat.until(
                lambda text=text: room.presenter.set_query(f'~ "{text}"'),
                lambda before=before: room.presenter._found is not before and _rows_are_here(room),
            )
        )
        beat.until(lambda: None, lambda: _settled(studio, room))
    room.presenter.set_query("")
    beat.until(lambda: None, lambda: _settled(studio, room) and len(room.model.ids) > ITEMS // 2)
    return times[1:]


def _scrolled(beat: "_Beat", studio, room) -> list[Took]:
    bar, times = room.table.verticalScrollBar(), []
    for _ in range(PAGES):
        times.append(
            beat.until(
                lambda: bar.setValue(bar.value() + bar.pageStep()),
                lambda: room.model.row_of(room.model.ids[min(bar.value(), len(room.model.ids) - 1)]) is not None,
            )
        )
        beat.until(lambda: None, lambda: _settled(studio, room))
    return times


def _on_all(path: Path) -> list[Figure]:
    """A tag for every item as one step, and its undo."""
    with Workspace.open(path, write=True) as workspace:
        conn = workspace.reader()
        bank = banks.find_bank(conn, "reasoningbank").id
        ids = item_ids(conn, bank)
        tagged, untagged = [], []
        for number in range(3):
            tag = f"all {number}"
            tagged.append(_took(lambda tag=tag: workspace.run(lambda db: curation.add_tag(db, bank, ids, tag))))
            untagged.append(_took(lambda: workspace.run(lambda db: operations.undo(db, curation.SCOPE))))
    return [
        _figure(f"{len(ids):,} items tagged as one step, median of 3", TURN, tagged),
        _figure("its undo, median of 3", TURN, untagged),
    ]


def _mapped(path: Path) -> list[Figure]:
    """The map by PCA on a thread beside one that only looks how long it is kept waiting, as a window's would be."""
    identity = embedder(DEFAULT_EMBEDDER).identity
    with Workspace.open(path, write=False) as workspace:
        bank = banks.find_bank(workspace.reader(), "reasoningbank").id
    map_aside(path, bank)  # what is loaded once is not counted
    picture, gaps = BankPicture(bank, identity), []
    read = _watched(lambda: map_aside(path, bank, picture=picture), gaps)
    again = [_watched(lambda: map_aside(path, bank, picture=picture), gaps) for _ in range(3)]
    said = f"{read.work / 1000:.2f} s of work ({read.clock / 1000:.1f} s)"
    gap = max(gaps)
    return [
        Figure(f"map of {ITEMS:,} items by PCA, their vectors read", "at most 1 s of work", said, read.work <= MAP),
        _figure("the same with the vectors in memory, median of 3", MAP, again),
        Figure("longest another thread waits meanwhile", f"at most {STILL} ms", f"{gap:.0f} ms", gap <= STILL),
    ]


def _watched(act: Callable[[], object], gaps: list[float]) -> Took:
    """An act on a thread of its own; adds the milliseconds this one was kept waiting at the longest."""
    took: list[Took] = []
    thread = threading.Thread(target=lambda: took.append(_took(act)))
    thread.start()
    last, longest = time.perf_counter(), 0.0
    while thread.is_alive():
        time.sleep(0.001)
        last, longest = time.perf_counter(), max(longest, time.perf_counter() - last)
    gaps.append(1000 * longest)
    return took[0]


def _took(act: Callable[[], object]) -> Took:
    begun, work = time.perf_counter(), time.process_time()
    act()
    return Took(1000 * (time.perf_counter() - begun), 1000 * (time.process_time() - work))


class _Beat:
    """Turns the event loop, and watches how long it stands still."""

    def until(self, act: Callable[[], object], ready: Callable[[], bool], seconds: float = 60) -> Took:
        from PySide6.QtWidgets import QApplication

        begun, work = time.perf_counter(), time.process_time()
        last, mine, still, turn = begun, time.thread_time(), 0.0, 0.0
        act()
        while True:
            QApplication.processEvents()
            now, own = time.perf_counter(), time.thread_time()
            last, mine, still, turn = now, own, max(still, now - last), max(turn, own - mine)
            if ready():
                break
            assert now - begun < seconds, "the room did not get there"
            time.sleep(0.001)
        return Took(*(1000 * one for one in (time.perf_counter() - begun, time.process_time() - work, still, turn)))


@contextmanager
def _studio(path: Path) -> Iterator[object]:
    from PySide6.QtWidgets import QApplication

    from rb_studio.gui.app import make_application
    from rb_studio.gui.studio import Studio
    from rb_studio.models.settings import Settings

    make_application()
    studio = Studio([path])
    studio.window.resize(1400, 900)
    studio.window.show()
    deadline = time.perf_counter() + 60
    while studio.frame is None or not studio.frame.session.idle:
        assert time.perf_counter() < deadline, "the workspace did not open"
        QApplication.processEvents()
    assert isinstance(studio.frame.settings(), Settings)
    yield studio
    studio.window.close()
    studio.close()


def _rows_are_here(room) -> bool:
    ids = room.model.ids
    return bool(ids) and room.model.row_of(ids[0]) is not None


def _shows(room, bank: int) -> bool:
    found = room.presenter._found
    return room.presenter.bank == bank and found is not None and room.model.ids == found.ids and _rows_are_here(room)


def _settled(studio, room) -> bool:
    return studio.frame.session.idle and not room.slow.busy("search") and room.presenter._found is not None


def build(path: Path, items: int = ITEMS) -> None:
    """A workspace with two banks of so many items, the second a fork of the first."""
    dice = random.Random(1)
    with Workspace.open(path, write=True, create=True) as workspace:
        bank = workspace.run(lambda db: banks.create_bank(db, "reasoningbank", "reasoningbank"))
        learned = [_experience(n, dice) for n in range(items // 2)]
        workspace.run(lambda db: import_items(db, bank, learned))
        _learned_by_runs(workspace)
        ids = list(range(1, items + 1))
        for number, state in enumerate(STATES):
            some = dice.sample(ids, items // 50)
            workspace.run(lambda db, some=some, state=state: curation.set_state(db, bank, some, state))
            workspace.run(lambda db, some=some, number=number: curation.add_tag(db, bank, some, f"tag {number}"))
        fork = workspace.run(lambda db: banks.fork_bank(db, bank, "fork"))
        for where in (bank, fork):
            some = dice.sample(ids, items // 100)
            workspace.run(lambda db, w=where, s=some: curation.set_state(db, w, s, ItemState.ARCHIVED))
            for item in some[:20]:
                workspace.run(lambda db, w=where, i=item: curation.edit_item(db, w, i, ItemText(*_texts(dice))))
        _embed(workspace)


def _experience(number: int, dice: random.Random) -> Experience:
    found = tuple(
        MemoryItem(
            f"item-{2 * number + n}",
            *_texts(dice),
            polarity=dice.choice(POLARITIES),
            tags=("reviewed",) if dice.random() < 0.2 else (),
            sources=(ItemSource(f"rollout-{number}", (1, 2), "success"),),
            label_source=dice.choice(LABELS),
            mode=MODES[number % 20 == 0],
            model=dice.choice(MODELS),
        )
        for n in range(2)
    )
    return Experience(
        f"experience-{number}", f"shop/{number % 500}", f"task {number} {' '.join(dice.choices(WORDS, k=6))}", found
    )


def _learned_by_runs(workspace: Workspace) -> None:
    """Most experiences belong to one of ten runs, and some items were given to agents."""
    arm = ArmConfig(suite="shop", suite_hash="x", memory="reasoningbank", scaling="parallel", k=1)
    arms = [replace(arm, repeat=number) for number in range(10)]
    made = [workspace.run(lambda db, arm=arm: runs.create_run(db, arm, bank=None)) for arm in arms]

    def write(db) -> None:
        db.execute("UPDATE experience SET run = ? + id % 10 WHERE id % 8 <> 0", (made[0],))
        db.execute("INSERT INTO blob (hash, size, data) VALUES (x'00', 0, x'')")
        blob = db.execute("SELECT max(id) FROM blob").fetchone()[0]
        for number in range(2000):
            event = db.execute(
                "INSERT INTO retrieval_event (run, task_key, query, embedder, block, at) VALUES (?,?,'','',?,'')",
                (made[0], f"shop/{number}", blob),
            ).lastrowid
            pair = db.execute(
                "INSERT INTO retrieval_pair (event, experience_uid, rank, score, task_key, task_text, reason) "
                "VALUES (?,?,1,0.5,'',?,NULL)",
                (event, f"experience-{number % 700}", blob),
            ).lastrowid
            for place in range(2):
                uid = f"item-{2 * (number % 700) + place}"
                db.execute("INSERT INTO retrieval_item (pair, position, item_uid) VALUES (?,?,?)", (pair, place, uid))

    workspace.run(write)


def _embed(workspace: Workspace) -> None:
    """Vectors of the present texts of every bank, drawn at random."""
    rows = workspace.reader().execute("SELECT DISTINCT title, description, content FROM item_version").fetchall()
    drawn = np.random.default_rng(1).standard_normal((len(rows), DIMENSION), dtype=np.float32)
    drawn /= np.linalg.norm(drawn, axis=1, keepdims=True)
    found = {item_embedding_text(*row): vector for row, vector in zip(rows, drawn, strict=True)}
    identity = embedder(DEFAULT_EMBEDDER).identity
    workspace.run(lambda db: store_vectors(db, identity, ITEM_RECIPE, found))


def _texts(dice: random.Random) -> tuple[str, str, str]:
    return (
        " ".join(dice.choices(WORDS, k=5)),
        " ".join(dice.choices(WORDS, k=12)),
        " ".join([*dice.choices(WORDS, k=25), f"case{dice.randrange(5000)}"]),
    )
