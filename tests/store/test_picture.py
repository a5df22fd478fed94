"""The picture of a bank against the lists and counts of SQL, after any operations, in banks and forks."""

from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rb_studio.records.effect import EffectEstimate, ItemEffect
from rb_studio.records.errors import UsageError
from rb_studio.records.item_text import ItemText
from rb_studio.records.memory import Experience, ItemSource, ItemState, MemoryItem
from rb_studio.store import banks, curation, items, operations, runs, vectors
from rb_studio.store.first_page import bank_counts, first_page
from rb_studio.store.item_facets import facets
from rb_studio.store.item_import import import_items
from rb_studio.store.items import ORDERS, ItemFilter, item_ids
from rb_studio.store.picture import BankPicture
from rb_studio.store.trash import empty_trash, trash
from rb_studio.store.workspace import Workspace
from tests.store.conftest import Ground
from tests.store.samples import ARM, EMBEDDER, vector

STATES = tuple(map(str, ItemState))
WORDS = ("sort", "sorting", "table", "page", "検索", "検索結果", "い", "50%", "save the", "_", "zebra")
TEXTS = ("Sort the table", "sort every page", "Page 50% off_line", "検索結果を並べる", "い", "save the table", "zebra")
TAGS = ("a", "b", "needs work", "é", "B")
MODELS, MODES, LABELS = ("m-1", "m-2", ""), ("reasoningbank", "awm"), ("judge", "gt", "human", "")
POLARITIES = ("success", "failure", "contrast", "")
COMPARISONS = ("<", "<=", "=", ">=", ">")
SITES, TEMPLATES = ("shop", "map"), ("t1", "t2")


@dataclass
class World:
    """A workspace with two banks, runs and a picture of each bank that follows all that happens."""

    workspace: Workspace
    banks: list[int]
    runs: list[int]
    made: int = 0
    pictures: dict[int, BankPicture] = field(default_factory=dict)

    def picture(self, bank: int) -> BankPicture:
        return self.pictures.setdefault(bank, BankPicture(bank, EMBEDDER))


def experiences(world: World, dice: np.random.Generator, count: int) -> list[Experience]:
    found = []
    for _ in range(count):
        world.made += 1
        lessons = tuple(
            MemoryItem(
                f"i{world.made}-{n}",
                str(dice.choice(TEXTS)),
                str(dice.choice(TEXTS)),
                str(dice.choice(TEXTS)),
                polarity=str(dice.choice(POLARITIES)),
                state=ItemState(str(dice.choice(STATES))),
                tags=tuple(dict.fromkeys(str(tag) for tag in dice.choice(TAGS, dice.integers(0, 3)))),
                sources=(ItemSource(f"r{dice.integers(0, 4)}", (), ""),),
                label_source=str(dice.choice(LABELS)),
                mode=str(dice.choice(MODES)),
                model=str(dice.choice(MODELS)),
            )
            for n in range(int(dice.integers(1, 4)))
        )
        one = Experience(f"e{world.made}", f"shop/{dice.integers(0, 3)}", str(dice.choice(TEXTS)), lessons)
        site, template = dice.choice((*SITES, "")), dice.choice((*TEMPLATES, ""))
        found.append(replace(one, site=str(site) or None, template=str(template) or None))
    return found


def act(world: World, kind: str, seed: int) -> None:
    """One random operation of a kind; what is refused changes nothing."""
    dice = np.random.default_rng(seed)
    bank = world.banks[seed % len(world.banks)]
    known = [row.id for row in items.list_items(world.workspace.reader(), bank, ItemFilter(states=STATES))]
    some = [int(one) for one in dice.choice(known, min(len(known), 4), replace=False)] if known else []
    run = world.workspace.run
    if kind == "learn":
        run(lambda db: _learn(db, bank, experiences(world, dice, 2), world.runs[seed % 2]))
    elif kind == "state":
        run(lambda db: curation.set_state(db, bank, some, ItemState(str(dice.choice(STATES)))))
    elif kind == "tag":
        put = curation.add_tag if seed % 3 else curation.remove_tag
        run(lambda db: put(db, bank, some, str(dice.choice(TAGS))))
    elif kind == "edit" and some:
        text = ItemText(*(str(one) for one in dice.choice(TEXTS, 3)))
        run(lambda db: curation.edit_item(db, bank, some[0], text))
    elif kind == "write":
        world.made += 1
        new = MemoryItem(f"h{world.made}", str(dice.choice(TEXTS)), "by hand", "x", tags=("a",))
        run(lambda db: curation.add_item(db, bank, new, task_text="a task"))
    elif kind == "merge" and len(some) > 1:
        run(lambda db: curation.merge_items(db, bank, some[:2], ItemText("merged", "both", "zebra")))
    elif kind in ("undo", "redo"):
        turn = operations.undo if kind == "undo" else operations.redo
        run(lambda db: turn(db, curation.SCOPE))
    elif kind == "snapshot":
        run(lambda db: banks.take_snapshot(db, bank, f"s{seed}"))
    elif kind == "rollback" and (points := banks.snapshots(world.workspace.reader(), bank)):
        run(lambda db: curation.rollback(db, bank, points[seed % len(points)].name))
    elif kind == "erase":
        found = trash(world.workspace.reader(), bank)
        run(lambda db: empty_trash(db, bank, [one for one in found.items if one not in found.kept]))
    elif kind == "fork" and len(world.banks) < 5:
        world.banks.append(run(lambda db: banks.fork_bank(db, bank, f"fork {seed} {len(world.banks)}")))
    elif kind == "use" and some:
        run(lambda db: _give(db, world, seed, [items.item(db.conn, bank, one).uid for one in some]))
    elif kind == "embed":
        texts = vectors.items_without_vector(world.workspace.reader(), bank, EMBEDDER, limit=3)
        found = {text: vector(text) for text in texts.values()}
        run(lambda db: vectors.store_vectors(db, EMBEDDER, vectors.ITEM_RECIPE, found))


def _learn(db: Any, bank: int, learned: list[Experience], run: int) -> None:
    """An experience's run is written with it, never later."""
    before = db.execute("SELECT coalesce(max(id), 0) FROM experience").fetchone()[0]
    import_items(db, bank, learned)
    db.execute("UPDATE experience SET run = ? WHERE id % 3 > 0 AND id > ?", (run, before))


def _give(db: Any, world: World, seed: int, uids: list[str]) -> None:
    blob = db.execute("INSERT INTO blob (hash, size, data) VALUES (randomblob(8), 0, x'') RETURNING id").fetchone()[0]
    db.execute("DELETE FROM retrieval_event WHERE task_key = ?", (f"t{seed % 3}",))
    event = db.execute(
        "INSERT INTO retrieval_event (run, task_key, query, embedder, block, at) VALUES (?,?,'','',?,?) RETURNING id",
        (world.runs[0], f"t{seed % 3}", blob, f"now {seed} {world.made}"),
    ).fetchone()[0]
    pair = db.execute(
        "INSERT INTO retrieval_pair (event, experience_uid, rank, score, task_key, task_text) "
        "VALUES (?,'e',1,1.0,'',?) RETURNING id",
        (event, blob),
    ).fetchone()[0]
    for place, uid in enumerate(uids):
        db.execute("INSERT INTO retrieval_item (pair, position, item_uid) VALUES (?,?,?)", (pair, place, uid))


@pytest.fixture
def world(ground: Ground) -> World:
    second = ground.workspace.run(lambda db: banks.create_bank(db, "second", "awm"))
    other = ground.workspace.run(lambda db: runs.create_run(db, replace(ARM, k=3), bank=None))
    made = World(ground.workspace, [ground.bank, second], [ground.run, other])
    for seed in range(6):
        act(made, "learn", seed)
    return made


KINDS = (
    *("learn", "state", "state", "tag", "tag", "edit", "write", "merge", "undo", "redo", "fork", "use", "embed"),
    *("snapshot", "rollback", "erase"),
)
EFFECTS = {
    f"i{n}-0": ItemEffect(n, n, 0, None if n % 2 else n, n, EffectEstimate(low, low, low, None, None, None, n, n, 1))
    for n, low in enumerate((-0.5, None, 0.0, 0.25, -0.25, None, 0.5))
}
NUMBERS = st.tuples(
    st.sampled_from(("used", "version", "retrieved", "injected", "cited", "effect", "low", "high")),
    st.sampled_from(COMPARISONS),
    st.sampled_from((-0.25, 0, 1, 2, 0.25)),
)


def few(values: Any) -> Any:
    return st.lists(values, max_size=2).map(tuple)


def filters(depth: int = 1) -> Any:
    """Filters with few conditions, so that they often find something."""
    parts: dict[str, Any] = {
        "states": few(st.sampled_from(STATES)),
        "tags": few(st.sampled_from((*TAGS, "none of these"))),
        "text": st.sampled_from(("", "Sort", "%", "PAGE", "zebra")),
        "polarity": st.sampled_from((None, *POLARITIES)),
        "source": st.sampled_from((None, "hand", "import", "run", "r1", "r9")),
        "ids": st.one_of(st.none(), st.lists(st.integers(0, 12), max_size=5).map(tuple)),
        "words": few(st.sampled_from(WORDS)),
        "untagged": st.booleans(),
        "task": st.sampled_from(("", "shop/1", "page", "%")),
        "numbers": few(NUMBERS),
        "modes": few(st.sampled_from((*MODES, "x"))),
        "models": few(st.sampled_from(MODELS)),
        "labels": few(st.sampled_from(LABELS)),
        "runs": few(st.integers(0, 3)),
        "sites": few(st.sampled_from((*SITES, ""))),
        "templates": few(st.sampled_from(TEMPLATES)),
        "created": few(st.tuples(st.sampled_from(COMPARISONS), st.sampled_from(("2000", "3000")))),
        "fields": few(st.tuples(st.sampled_from(("title", "description", "content")), st.sampled_from(WORDS))),
    }
    if depth:
        parts["without"] = few(filters(depth - 1))
        parts["any_of"] = few(few(filters(depth - 1)))
    chosen = st.lists(st.sampled_from(sorted(parts)), max_size=3, unique=True)
    return chosen.flatmap(lambda names: st.fixed_dictionaries({name: parts[name] for name in names})).map(
        lambda values: ItemFilter(**values)
    )


def agree(world: World, bank: int, where: ItemFilter, order: str, descending: bool) -> None:
    conn, picture = world.workspace.reader(), world.picture(bank)
    picture.set_effects(EFFECTS)
    picture.refresh(conn)
    wanted = item_ids(conn, bank, where, order=order, descending=descending, effects=EFFECTS)
    assert picture.find(conn, where, order=order, descending=descending).tolist() == wanted
    assert picture.facets(conn, where) == facets(conn, bank, where, EFFECTS)
    assert bank_counts(conn)[bank] == picture.facets(conn, ItemFilter()).total
    assert picture.unembedded() == len(vectors.items_without_vector(conn, bank, EMBEDDER))
    page = first_page(conn, bank, where, order=order, descending=descending, limit=5, effects=EFFECTS)
    assert {row.id for row in page} <= set(wanted)
    if order == "id" and not where.words and not where.fields:
        assert [row.id for row in page] == wanted[:5]


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    seed=st.integers(0, 2**32 - 1),
    where=filters(),
    order=st.sampled_from(sorted(ORDERS)),
    descending=st.booleans(),
    which=st.integers(0, 4),
)
def test_a_picture_finds_and_counts_what_sql_does_after_any_operations(
    world: World, seed: int, where: ItemFilter, order: str, descending: bool, which: int
) -> None:
    """The world goes on from example to example, so that its pictures are hundreds of operations old at the end."""
    dice = np.random.default_rng(seed)
    for kind in dice.choice(KINDS, 2):
        with suppress(UsageError):  # nothing to undo, or a name that is taken
            act(world, str(kind), int(dice.integers(0, 10_000)))
    agree(world, world.banks[which % len(world.banks)], where, order, descending)
