"""Find and replace: what would change, what is refused, and the change as one step."""

import time

import pytest

from rb_studio.records.errors import UsageError
from rb_studio.records.item_text import ItemText
from rb_studio.records.memory import Experience
from rb_studio.store import curation, items, operations
from rb_studio.store.item_import import import_items
from rb_studio.store.replacing import Replacement, replace_texts, replacements
from tests.store.conftest import Ground
from tests.store.samples import item


@pytest.fixture
def filled(ground: Ground) -> Ground:
    three = (item(1, "list"), item(2, "List of lists"), item(3, "a.b"))
    ground.workspace.run(lambda db: import_items(db, ground.bank, [Experience("e1", "", "task", three)]))
    return ground


def found(filled: Ground, *given: str, **how: object) -> list[Replacement]:
    return list(replacements(items.list_items(filled.workspace.reader(), filled.bank), *given, **how))


def test_what_would_change_is_told_text_by_text(filled: Ground) -> None:
    told = found(filled, "list", "table", fields=("title",))
    assert [(one.item, one.after, one.count) for one in told] == [
        (1, "Title 1 table", 1),
        (2, "Title 2 table of tables", 2),
    ]
    assert [one.after for one in found(filled, "list", "table", case=True, fields=("title",))] == [
        "Title 1 table",
        "Title 2 List of tables",
    ]
    assert found(filled, "a.b", "x", fields=("title",))[0].item == 3, "a literal text is no pattern"
    assert found(filled, "nothing", "x") == []


def test_a_pattern_may_use_its_groups(filled: Ground) -> None:
    told = found(filled, r"title (\d)", r"No. \1", regex=True)
    assert [one.after for one in told][:1] == ["No. 1 list"]
    assert found(filled, r"(?P<n>\d) list$", r"\g<n> \\1", regex=True, fields=("title",))[0].after == r"Title 1 \1"
    assert found(filled, "list", r"\1", fields=("title",))[0].after == r"Title 1 \1", "a literal text has no groups"


def test_replacing_is_one_step_that_undo_takes_back(filled: Ground) -> None:
    told = found(filled, "list", "table")
    change = filled.workspace.run(lambda db: replace_texts(db, filled.bank, told, what="“list”", who="Ann"))
    assert (change.label, change.ids["memory_item"]) == ("Replace “list” in 2 memories", (1, 2))
    conn = filled.workspace.reader()
    assert (items.item(conn, filled.bank, 1).title, items.item(conn, filled.bank, 1).version) == ("Title 1 table", 2)
    filled.workspace.run(lambda db: operations.undo(db, "memories"))
    assert items.item(conn, filled.bank, 1).title == "Title 1 list"
    assert filled.workspace.run(lambda db: replace_texts(db, filled.bank, [])).empty


def test_a_text_that_changed_in_between_stops_all_of_it(filled: Ground) -> None:
    told = found(filled, "list", "table")
    filled.workspace.run(lambda db: curation.edit_item(db, filled.bank, 2, ItemText("Other list", "d", "c")))
    with pytest.raises(UsageError, match="memory item 2 was changed in between"):
        filled.workspace.run(lambda db: replace_texts(db, filled.bank, told))
    assert items.item(filled.workspace.reader(), filled.bank, 1).title == "Title 1 list"


def test_an_item_left_without_a_title_stops_all_of_it(filled: Ground) -> None:
    told = found(filled, "title.*", "", regex=True, fields=("title",))
    with pytest.raises(UsageError, match="memory item 1 would be left without a title"):
        filled.workspace.run(lambda db: replace_texts(db, filled.bank, told))


@pytest.mark.parametrize(
    ("pattern", "by"), [("(", ""), ("[a", ""), ("a**", ""), ("a", r"\1"), ("a", r"\g<no>"), ("a", "\\"), ("", "x")]
)
def test_a_pattern_that_cannot_be_read_is_one_sentence(filled: Ground, pattern: str, by: str) -> None:
    with pytest.raises(UsageError):
        found(filled, pattern, by, regex=True)


def test_a_pattern_without_end_is_a_sentence_soon(filled: Ground) -> None:
    text = ItemText("Sort", "when", "a" * 5000)
    filled.workspace.run(lambda db: curation.edit_item(db, filled.bank, 3, text))
    begun = time.monotonic()
    with pytest.raises(UsageError, match="takes too long for the content of memory item 3"):
        found(filled, "(a+)+b", "x", regex=True)
    assert time.monotonic() - begun < 10


def test_unknown_texts_are_refused(filled: Ground) -> None:
    for fields in (("name",), ()):
        with pytest.raises(UsageError, match="choose title, description, content"):
            found(filled, "a", "b", fields=fields)
