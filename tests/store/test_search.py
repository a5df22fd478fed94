"""Search by words and meaning: order, scripts, hostile text, states, embedders."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rb_studio.records.errors import WorkspaceError
from rb_studio.records.item_text import ItemText
from rb_studio.records.memory import Experience, ItemState, MemoryItem
from rb_studio.store import banks, curation, items, search, vectors
from rb_studio.store.index import ItemIndex
from rb_studio.store.item_import import import_items
from tests.store.conftest import Ground
from tests.store.samples import EMBEDDER, vector

TEXTS = (
    ("Sort before reading", "When the newest order is asked for", "Click the column header to sort"),
    ("Read every page", "When a total is asked for", "Lists show ten rows; open all pages"),
    ("Save the form", "When an address changes", "Press Save and check the message"),
    ("検索結果を並べ替える", "最新の注文", "見出しをクリック"),
    ("주문 정렬", "최신 주문", "머리글을 클릭"),
    ("Naïve café check", "When accents appear", "It's the café's \"own\" name: 50% off_line"),
)


@pytest.fixture
def filled(ground: Ground) -> Ground:
    found = tuple(MemoryItem(f"i{n}", *texts) for n, texts in enumerate(TEXTS, 1))
    ground.workspace.run(lambda db: import_items(db, ground.bank, [Experience("e", "", "task", found)]))
    _embed(ground)
    return ground


@pytest.fixture
def index(filled: Ground) -> ItemIndex:
    return ItemIndex(filled.bank, EMBEDDER)


def _embed(ground: Ground) -> None:
    texts = vectors.items_without_vector(ground.workspace.reader(), ground.bank, EMBEDDER)
    found = {text: vector(text) for text in texts.values()}
    ground.workspace.run(lambda db: vectors.store_vectors(db, EMBEDDER, vectors.ITEM_RECIPE, found))


def found(ground: Ground, index: ItemIndex, text: str, **more: object) -> list[int]:
    return [hit.item_id for hit in search.search_items(ground.workspace.reader(), index, text, **more)]


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("sorting", [1]),
        ("pages", [2]),
        ("cafe", [6]),
        ("asked", [1, 2]),
        ("検索結果", [4]),
        ("索結果", [4]),
        ("検索", [4]),
        ("注", [4]),
        ("주문", [5]),
        ("nothing of this", []),
        ("", []),
        ("   ", []),
    ],
)
def test_words_are_found_in_any_script(filled: Ground, index: ItemIndex, text: str, ids: list[int]) -> None:
    assert sorted(found(filled, index, text)) == ids


def test_a_title_weighs_more_than_the_content(filled: Ground, index: ItemIndex) -> None:
    other = MemoryItem("n", "Order", "d", "save it before going on")
    filled.workspace.run(lambda db: curation.add_item(db, filled.bank, other))
    assert found(filled, index, "save")[0] == 3


@pytest.mark.parametrize(
    "text",
    ['"', '"" OR', "sort AND", "NEAR(a b)", "title:sort", "a*", "(", ")", "^sort", "-sort", "'; DROP TABLE bank; --",
     "\x00", "\ud800", "%", "_", "\\", "sort NOT", "{a b}:c", "_ sort", "__ ²", "あ", "😀", "a" * 10_000, "x " * 5_000],
)  # fmt: skip
def test_no_query_text_is_an_error(filled: Ground, index: ItemIndex, text: str) -> None:
    assert isinstance(found(filled, index, text, query_vector=vector("q")), list)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(st.characters(codec=None), max_size=30))
def test_no_generated_query_text_is_an_error(filled: Ground, index: ItemIndex, text: str) -> None:
    found(filled, index, text)


def test_meaning_and_words_are_fused_and_what_both_find_comes_first(filled: Ground, index: ItemIndex) -> None:
    query = vector(vectors.item_embedding_text(*TEXTS[1]))
    hits = search.search_items(filled.workspace.reader(), index, "asked sort", query, embedder=EMBEDDER)
    assert hits[0].item_id in (1, 2)
    best = {hit.item_id: hit for hit in hits}[2]
    assert (best.meaning_rank, best.cosine) == (1, pytest.approx(1.0))
    assert best.score == pytest.approx(1 / (60 + best.word_rank) + 1 / 61)
    assert len(hits) == len(TEXTS)
    assert {hit.item_id for hit in hits if hit.word_rank is None} == {3, 4, 5, 6}
    assert len(search.search_items(filled.workspace.reader(), index, "asked", query, limit=3)) == 3


def test_only_the_states_asked_for_are_found(filled: Ground, index: ItemIndex) -> None:
    filled.workspace.run(lambda db: curation.set_state(db, filled.bank, [1], ItemState.DELETED))
    filled.workspace.run(lambda db: curation.set_state(db, filled.bank, [2], ItemState.ARCHIVED))
    assert found(filled, index, "asked") == [2]
    assert found(filled, index, "asked", states=("active",)) == []
    assert found(filled, index, "asked", states=("deleted",)) == [1]
    near = found(filled, index, "", query_vector=vector("q"), states=("active",))
    assert sorted(near) == [3, 4, 5, 6]


def test_an_edit_is_found_by_its_new_words_only_and_by_meaning_once_embedded(filled: Ground, index: ItemIndex) -> None:
    assert found(filled, index, "header") == [1]
    filled.workspace.run(lambda db: curation.edit_item(db, filled.bank, 1, ItemText("Zebra", "stripes", "run")))
    assert found(filled, index, "header") == []
    assert found(filled, index, "zebra") == [1]
    own = vector(vectors.item_embedding_text("Zebra", "stripes", "run"))
    assert 1 not in found(filled, index, "", query_vector=own)
    _embed(filled)
    assert found(filled, index, "", query_vector=own)[0] == 1


def test_a_fork_searches_its_own_texts(filled: Ground) -> None:
    fork = filled.workspace.run(lambda db: banks.fork_bank(db, filled.bank, "fork"))
    filled.workspace.run(lambda db: curation.edit_item(db, filled.bank, 1, ItemText("Zebra", "stripes", "run")))
    assert found(filled, ItemIndex(fork, EMBEDDER), "header") == [1]
    assert found(filled, ItemIndex(fork, EMBEDDER), "zebra") == []


def test_mixing_embedders_is_refused(filled: Ground, index: ItemIndex) -> None:
    conn = filled.workspace.reader()
    with pytest.raises(WorkspaceError, match="embedded with hashing:8:text, the query with other"):
        search.search_items(conn, index, "sort", vector("q"), embedder="other")
    with pytest.raises(WorkspaceError, match="3 numbers"):
        search.search_items(conn, index, "sort", np.ones(3, np.float32))
    wide = {"x": np.ones(9, np.float32)}
    with pytest.raises(WorkspaceError, match="8 and 9"):
        filled.workspace.run(lambda db: vectors.store_vectors(db, EMBEDDER, vectors.ITEM_RECIPE, wide))
    for broken in (np.zeros(0, np.float32), np.full(8, np.nan, np.float32)):
        with pytest.raises(WorkspaceError, match="empty or not finite"):
            filled.workspace.run(
                lambda db, v=broken: vectors.store_vectors(db, EMBEDDER, vectors.ITEM_RECIPE, {"y": v})
            )


def test_common_words_do_not_hide_rare_ones(ground: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "_BUDGET", 20)
    many = [MemoryItem(f"m{n}", f"common title {n}", "common", "words") for n in range(60)]
    many.append(MemoryItem("rare", "common zebra", "common", "words"))
    ground.workspace.run(lambda db: import_items(db, ground.bank, [Experience("e", "", "t", tuple(many))]))
    index, conn = ItemIndex(ground.bank, EMBEDDER), ground.workspace.reader()
    assert found(ground, index, "common words zebra") == [items.item_by_uid(conn, ground.bank, "rare").id]
    assert found(ground, index, "common", limit=5) == [61, 60, 59, 58, 57]
    assert len(found(ground, index, "common words", limit=50)) == 20


def test_the_index_takes_in_only_what_changed_and_grows(filled: Ground, index: ItemIndex) -> None:
    conn = filled.workspace.reader()
    assert index.refresh(conn) == len(TEXTS)
    assert index.refresh(conn) == 0
    filled.workspace.run(lambda db: curation.set_state(db, filled.bank, [1, 2], ItemState.ARCHIVED))
    assert index.refresh(conn) == 2
    more = [Experience(f"m{n}", "", f"t{n}", (MemoryItem(f"m{n}", f"Title {n}", "d", "c"),)) for n in range(1500)]
    filled.workspace.run(lambda db: import_items(db, filled.bank, more))
    _embed(filled)
    assert index.refresh(conn) == 1500
    assert len(index) == 1500 + len(TEXTS)
    own = vector(vectors.item_embedding_text("Title 7", "d", "c"))
    assert index.nearest(own, ("active",), 1)[0][1] == pytest.approx(1.0, abs=1e-5)
