import pytest

from rb_studio.records.errors import UsageError
from rb_studio.records.memory import ItemState, MemoryItem
from rb_studio.store import banks, curation
from rb_studio.store.item_facets import all_tags, facets
from rb_studio.store.items import ItemFilter, item_ids
from tests.store.conftest import Ground


@pytest.fixture
def filled(ground: Ground) -> Ground:
    texts = (
        ("Sort the table", "Use when the largest is asked for", "Click the heading, then read the first row."),
        ("Wait for the page", "Use after saving", "Saving takes a while; sorting starts anew."),
        ("読み込みを待つ", "保存の後に使う", "ページの読み込みを待つ。"),
    )
    for number, (title, description, content) in enumerate(texts):
        polarity = "failure" if number == 1 else "success"
        item = MemoryItem(f"item{number}", title, description, content, polarity, tags=("review",) if number else ())
        ground.workspace.run(lambda db, item=item: curation.add_item(db, ground.bank, item))
    return ground


def found(ground: Ground, where: ItemFilter, order: str = "id") -> list[int]:
    return item_ids(ground.workspace.reader(), ground.bank, where, order=order)


@pytest.mark.parametrize(
    ("words", "ids"),
    [(("sort",), [1, 2]), (("sorting", "wait"), [2]), (("first row",), [1]), (("row first",), []),
     (("待つ",), [3]), (("読み込み",), [3]), (("tab",), [1]), (("%",), []), (('"',), [])],
)  # fmt: skip
def test_every_word_must_occur_in_some_form(filled: Ground, words: tuple[str, ...], ids: list[int]) -> None:
    assert found(filled, ItemFilter(words=words)) == ids


def test_an_underscore_is_looked_for_as_it_is(filled: Ground) -> None:
    item = MemoryItem("named", "Fill in order_id", "d", "c")
    filled.workspace.run(lambda db: curation.add_item(db, filled.bank, item))

    assert found(filled, ItemFilter(words=("_",))) == found(filled, ItemFilter(words=("order_id",))) == [4]


def test_a_rewritten_text_is_found_by_its_new_words_only(filled: Ground) -> None:
    from rb_studio.records.item_text import ItemText

    new = ItemText("Leaf through", "Use when a list is long", "Press next.")
    filled.workspace.run(lambda db: curation.edit_item(db, filled.bank, 1, new))

    assert found(filled, ItemFilter(words=("heading",))) == []
    assert found(filled, ItemFilter(words=("leaf",))) == [1]


def test_facets_leave_their_own_part_of_the_filter_aside(filled: Ground) -> None:
    filled.workspace.run(lambda db: curation.set_state(db, filled.bank, [2], ItemState.EXCLUDED))

    counts = facets(filled.workspace.reader(), filled.bank, ItemFilter(states=("active",), polarity="success"))

    assert counts.states == {"active": 2}
    assert counts.polarities == {"success": 2}
    assert counts.tags == {"review": 1}
    assert counts.total == 3


def test_deleted_items_are_counted_as_a_state_and_not_in_the_total(filled: Ground) -> None:
    filled.workspace.run(lambda db: curation.set_state(db, filled.bank, [1], ItemState.DELETED))

    counts = facets(filled.workspace.reader(), filled.bank, ItemFilter())

    assert counts.states == {"active": 2, "deleted": 1}
    assert counts.total == 2


def test_a_fork_counts_what_it_shows(filled: Ground) -> None:
    fork = filled.workspace.run(lambda db: banks.fork_bank(db, filled.bank, "fork"))
    filled.workspace.run(lambda db: curation.add_tag(db, fork, [1], "mine"))
    conn = filled.workspace.reader()

    assert facets(conn, fork, ItemFilter()).tags == {"review": 2, "mine": 1}
    assert all_tags(conn, filled.bank) == ["review"]


def test_items_without_a_tag_and_by_numbers_and_task(filled: Ground) -> None:
    assert found(filled, ItemFilter(untagged=True)) == [1]
    assert found(filled, ItemFilter(numbers=(("used", ">", 0),))) == []
    assert found(filled, ItemFilter(numbers=(("version", "<=", 1), ("used", "=", 0)))) == [1, 2, 3]
    assert found(filled, ItemFilter(task="after saving")) == [2]


def test_items_sort_by_tags_and_task(filled: Ground) -> None:
    filled.workspace.run(lambda db: curation.add_tag(db, filled.bank, [3], "a first"))

    assert found(filled, ItemFilter(), "tags") == [1, 3, 2]
    assert found(filled, ItemFilter(), "task") == [1, 2, 3]


def test_a_number_no_item_has_is_refused(filled: Ground) -> None:
    with pytest.raises(UsageError, match=r"no number .age.*used, version"):
        found(filled, ItemFilter(numbers=(("age", ">", 1),)))
